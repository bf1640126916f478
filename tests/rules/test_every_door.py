"""A POST, a PATCH, an import and a package refuse the same wrong records, and name the same field."""

import csv
import json
import pathlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask

from api.database.connection import database
from api.history.revisions import current_revision
from api.records.faults import RefusedError
from imports.packages.load import load_package
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.imported import run
from tests.support.worlds import Document, told
from tests.v1.records.test_bad_inputs import ask, dumped

FIGURE = {"qualifier": "exact", "value": 5, "low": 5, "best": 5, "high": 5}
#: A good record of each type. The database has a copy of each, and the tests make it wrong.
GOOD: dict[str, Document] = {
    "claims": {
        "conflict": "war", "claimant": "observers", "harm": "killed", "measure": "cumulative", "subject_side": "alpha",
        "stated_on": "2020-05-01", "stated_until": "2020-05-01", "stated_precision": 1, **FIGURE,
    },
    "reports": {"claim": "stored-claim", "source": "wire", "harm": "killed"},
    "events": {
        "name": "An event", "type": "Battles", "conflict": "war-first", "started_on": "2020-04-01",
        "ended_on": "2020-04-02",
    },
    "sources": {"publisher": "A paper", "published_on": "2020-04-01"},
    "conflicts": {"name": "A war", "started_on": "2020-04-01"},
}  # fmt: skip


class Wrong(NamedTuple):
    record_type: str
    changes: Document
    field: str


WRONG = {
    "bounds in order, flagged": Wrong("claims", {"flags": ["bounds_disordered"]}, "flags"),
    "stated in time, flagged": Wrong("claims", {"flags": ["stated_early"]}, "flags"),
    "a party, flagged": Wrong("claims", {"flags": ["not_a_party"]}, "flags"),
    "reports that agree, flagged": Wrong("claims", {"flags": ["reports_differ"]}, "flags"),
    "harms that agree, flagged": Wrong("claims", {"flags": ["reports_differ_in_harm"]}, "flags"),
    "a denial with a figure": Wrong("claims", {"kind": "denial"}, "value"),
    "a report of a denial, with a figure": Wrong(
        "reports", {"claim": "stored-denial", "harm": None, **FIGURE}, "qualifier"
    ),
    "words without a figure": Wrong("reports", {"phrase": "six or so brigades"}, "qualifier"),
    "a report before the statement": Wrong("reports", {"reported_on": "2020-04-28"}, "reported_on"),
    "a precision without a day": Wrong("claims", {"stated_on": None, "stated_until": None}, "stated_precision"),
    "an hour without a day": Wrong(
        "claims", {"stated_on": None, "stated_until": None, "stated_precision": None, "stated_at": "19:00"}, "stated_at"
    ),
    "taken back before it was stated": Wrong(
        "claims",
        {"status": "retracted", "status_reason": "Wrong.", "status_by": "claimant", "status_on": "2020-04-30"},
        "status_on",
    ),
    "a source of no day, precisely": Wrong(
        "sources", {"published_on": None, "published_precision": 4}, "published_precision"
    ),
    "a conflict of no day, roughly": Wrong("conflicts", {"started_on": None, "date_precision": 4}, "date_precision"),
    "an event after its conflict": Wrong(
        "events", {"started_on": "2020-07-02", "ended_on": "2020-07-03"}, "started_on"
    ),
    "an event before its conflict": Wrong(
        "events", {"started_on": "2019-12-01", "ended_on": "2019-12-30"}, "started_on"
    ),
    "an event in another country": Wrong(
        "events",
        {"conflict": "other", "started_on": "1990-05-01", "ended_on": "1990-05-02", "country": "AZE"},
        "country",
    ),
    "a phase in another country": Wrong("conflicts", {"parent": "other", "country": "AZE"}, "country"),
    "a country that there is not": Wrong("conflicts", {"country": "ZZZ"}, "country"),
    "an event of a stranger": Wrong("events", {"sides": [{"side": "hired", "role": "target"}]}, "sides/0/side"),
}  # fmt: skip
#: The correction of another record can make these flags untrue later, so a package accepts them.
OLD_FLAGS = {"stated in time, flagged", "a party, flagged"}
#: A POST can read a figure from the phrase alone, and names the phrase if no rule can read it.
FIELD_OF_POST = {"words without a figure": "phrase"}


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    made = worlds.made(databases, engine, worlds.SMALL)
    stored = {record_type: [{"id": f"stored-{record_type[:-1]}", **record}] for record_type, record in GOOD.items()}
    stored["reports"] = [{"id": "stored-report", **GOOD["reports"]}]
    stored["claims"].append(worlds.word("stored-denial", "denial", stated_on="2020-05-01"))
    stored["reports"].append(worlds.report("stored-denial", "wire"))
    worlds.write(stored)
    made.config["KEY"] = new_key("admin")
    return made


@pytest.fixture
def client(app: Flask) -> Iterator[HonestClient]:
    """Yield a client, and check afterwards that the database has no new revision."""
    worlds.rebound(app)
    before = read_revision()
    client = open_client(app)
    yield client
    worlds.rebound(app)
    assert read_revision() == before


def read_revision() -> int:
    with database.connection_context():
        return current_revision()


def build_records(wrong: Wrong) -> dict[str, list[Document]]:
    """Return the wrong record under a new id, with the report that a claim needs."""
    record = {"id": f"new-{wrong.record_type[:-1]}", **GOOD[wrong.record_type], **wrong.changes}
    if wrong.record_type == "reports":
        record["source"] = "agency"
    carried = {"id": "new-report", "claim": record["id"], "source": "wire"}
    return {wrong.record_type: [record]} | ({"reports": [carried]} if wrong.record_type == "claims" else {})


def test_a_post_refuses_what_is_wrong(client: HonestClient) -> None:
    for case, wrong in WRONG.items():
        (record,), *reports = build_records(wrong).values()
        body = record | ({"reports": [{"source": "wire"}]} if reports else {})
        found = told(ask(client, "POST", wrong.record_type, dumped(body)), 422, "invalid-body")
        assert f"/{FIELD_OF_POST.get(case, wrong.field)}" in [error["name"] for error in found["errors"]], case


def test_a_patch_refuses_what_is_wrong(client: HonestClient) -> None:
    for case, wrong in WRONG.items():
        answer = ask(client, "PATCH", wrong.record_type, dumped(wrong.changes), path=f"stored-{wrong.record_type[:-1]}")
        found = told(answer, 422, "invalid-body")
        assert f"/{wrong.field}" in [error["name"] for error in found["errors"]], case


def test_an_import_refuses_what_is_wrong(client: HonestClient, tmp_path: pathlib.Path) -> None:
    for case, wrong in WRONG.items():
        files = [tmp_path / f"{record_type}.ndjson" for record_type in build_records(wrong)]
        for file, records in zip(files, build_records(wrong).values(), strict=True):
            file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
        answer = run(*files, "--mapping", "plain", "--report", tmp_path / "report.csv")
        report = tmp_path / "report.csv"
        refused = answer.output + (report.read_text() if report.exists() else "")
        assert answer.exit_code != 0 and wrong.field in refused, (case, answer.output)


def test_a_package_refuses_what_is_wrong(client: HonestClient, tmp_path: pathlib.Path) -> None:
    for case, wrong in WRONG.items():
        if case in OLD_FLAGS:
            continue
        folder = tmp_path / case.replace(" ", "-")
        folder.mkdir()
        for record_type, records in build_records(wrong).items():
            write_table(folder / f"{record_type}.csv", list(map(flatten, records)))
        with database.connection_context(), pytest.raises(RefusedError) as refused:
            load_package(folder, "A test.")
        assert wrong.field in [fault.field for fault in refused.value.faults], (case, refused.value)


REFERENCES = ("conflict", "claimant", "subject_side", "claim", "source", "parent")


def flatten(record: Document) -> Document:
    """Return the record with our CSV headers as keys."""
    row: dict[str, Any] = {f"{name}_id" if name in REFERENCES else name: value for name, value in record.items()}
    row |= {"flags": ";".join(row["flags"])} if "flags" in row else {}
    if sides := row.pop("sides", None):
        row |= {"sides_id": sides[0]["side"], "sides_role": sides[0]["role"]}
    return row


def write_table(path: pathlib.Path, rows: list[Document]) -> None:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
