"""The seed records on disk: each is valid, together they are consistent, and they have the known numbers."""

import csv
import graphlib
import json
import pathlib
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from marshmallow import Schema

from schemas.claimants import ClaimantIn
from schemas.claims import ClaimIn
from schemas.conflicts import ConflictIn
from schemas.events import EventIn
from schemas.fields import SLUG, SLUG_LENGTH
from schemas.relations import RelationIn
from schemas.reports import ReportIn
from schemas.sides import SideIn
from schemas.sources import SourceIn

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT / "seeds" / "data"
PACKAGE = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))

SCHEMAS: dict[str, type[Schema]] = {
    "conflicts": ConflictIn,
    "sides": SideIn,
    "claimants": ClaimantIn,
    "sources": SourceIn,
    "events": EventIn,
    "claims": ClaimIn,
    "reports": ReportIn,
    "relations": RelationIn,
}
REFERENCES = {
    "conflicts": {"parent_id": "conflicts", "sides_id": "sides"},
    "sides": {"member_of_id": "sides"},
    "claimants": {"side_id": "sides", "affiliation_id": "sides"},
    "sources": {},
    "events": {"conflict_id": "conflicts", "sides_id": "sides"},
    "claims": {
        "conflict_id": "conflicts",
        "event_id": "events",
        "claimant_id": "claimants",
        "subject_side_id": "sides",
        "responsible_side_id": "sides",
    },
    "reports": {"claim_id": "claims", "source_id": "sources"},
    "relations": {"claim_id": "claims", "target_id": "claims"},
}
WHOLE = {"value", "low", "best", "high", "credibility", "clarity"}
LISTS = {"aliases", "place_aliases", "flags"}
# A list of records is parallel columns: field of the schema → column of the file → name in the record.
NESTED = {
    "sides": {"member_of": {"member_of_id": "side", "member_of_from_day": "from_day", "member_of_to_day": "to_day"}},
    "events": {"sides": {"sides_id": "side", "sides_role": "role"}},
}

Row = dict[str, Any]


def read(record_type: str) -> list[Row]:
    with (DATA / f"{record_type}.csv").open(encoding="utf-8", newline="") as file:
        return [{name: typed(name, cell) for name, cell in row.items()} for row in csv.DictReader(file, strict=True)]


def typed(name: str, cell: str) -> Any:
    if cell == "":
        return None
    if name in WHOLE or name.endswith("_precision"):
        return int(cell)
    if name in ("latitude", "longitude"):
        return float(cell)
    return cell


def split(cell: str | None) -> list[str]:
    return cell.split(";") if cell else []


def document(record_type: str, row: Row) -> dict[str, Any]:
    """Return the row as the body that the schema validates."""
    nested = NESTED.get(record_type, {})
    parallel = {column for columns in nested.values() for column in columns}
    body = {}
    for column, value in row.items():
        if value is None or column in parallel:
            continue
        if column in LISTS or column == "sides_id":
            body[column.removesuffix("_id")] = split(value)
        else:
            body[column.removesuffix("_id") if column in REFERENCES[record_type] else column] = value
    for field, columns in nested.items():
        body[field] = records(row, columns)
    return body


def records(row: Row, columns: dict[str, str]) -> list[dict[str, str]]:
    count = len(split(row[next(iter(columns))]))
    cells = [split(row[column]) or [""] * count for column in columns]
    return [
        {name: cell for name, cell in zip(columns.values(), entry, strict=True) if cell}
        for entry in zip(*cells, strict=True)
    ]


ROWS = {record_type: read(record_type) for record_type in SCHEMAS}
CLAIMS = {row["id"]: row for row in ROWS["claims"]}
CASUALTIES = [row for row in ROWS["claims"] if row["kind"] == "casualty"]
REPORTS: dict[str, list[Row]] = defaultdict(list)
for report in ROWS["reports"]:
    REPORTS[report["claim_id"]].append(report)


def figure(row: Row) -> tuple[int | None, int | None, int | None]:
    return row["low"], row["best"], row["high"]


def relations(kind: str) -> set[tuple[str, str]]:
    return {(row["claim_id"], row["target_id"]) for row in ROWS["relations"] if row["kind"] == kind}


# The files


def test_the_package_describes_exactly_the_files() -> None:
    described = {resource["name"]: resource["schema"]["fields"] for resource in PACKAGE["resources"]}
    assert set(described) == set(SCHEMAS)
    for record_type, fields in described.items():
        assert [field["name"] for field in fields] == list(ROWS[record_type][0])
        assert all(field["type"] and field["description"] for field in fields)


def test_the_package_is_valid() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from frictionless import validate

        report = validate(DATA / "datapackage.json")
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:10]


def test_closed_lists_of_the_package_are_those_of_the_contract() -> None:
    for resource in PACKAGE["resources"]:
        schema = SCHEMAS[resource["name"]]()
        for field in resource["schema"]["fields"]:
            words = field.get("constraints", {}).get("enum")
            if words:
                assert [str(word) for word in words] == [str(word) for word in schema.fields[field["name"]].words]


@pytest.mark.parametrize("record_type", SCHEMAS)
def test_a_file_opens_in_a_spreadsheet_and_comes_back_the_same(record_type: str) -> None:
    raw = (DATA / f"{record_type}.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") in (0, raw.count(b"\n"))
    for row in ROWS[record_type]:
        for cell in row.values():
            assert not str(cell or "").startswith(("=", "+", "-", "@", "\t", "\r")), row["id"]
            assert str(cell).strip() == str(cell), row["id"]


@pytest.mark.parametrize("record_type", SCHEMAS)
def test_every_row_is_a_valid_record(record_type: str) -> None:
    schema = SCHEMAS[record_type]()
    refused = {
        row["id"]: errors for row in ROWS[record_type] if (errors := schema.validate(document(record_type, row)))
    }
    assert refused == {}


@pytest.mark.parametrize("record_type", SCHEMAS)
def test_ids_are_slugs_and_unique(record_type: str) -> None:
    ids = [row["id"] for row in ROWS[record_type]]
    assert len(ids) == len(set(ids))
    assert all(re.match(SLUG, id) and len(id) <= SLUG_LENGTH for id in ids)


@pytest.mark.parametrize("record_type", SCHEMAS)
def test_references_exist(record_type: str) -> None:
    for column, target in REFERENCES[record_type].items():
        known = {row["id"] for row in ROWS[target]}
        referred = {id for row in ROWS[record_type] for id in split(row[column])}
        assert referred <= known, (column, referred - known)


def test_nothing_lies_unused() -> None:
    assert {row["source_id"] for row in ROWS["reports"]} == {row["id"] for row in ROWS["sources"]}
    assert {row["claimant_id"] for row in ROWS["claims"]} == {row["id"] for row in ROWS["claimants"]}


# The records


def test_every_claim_has_a_report() -> None:
    assert set(REPORTS) == set(CLAIMS)


def test_a_claim_about_an_event_names_the_conflict_of_the_event() -> None:
    conflict_of = {row["id"]: row["conflict_id"] for row in ROWS["events"]}
    for row in ROWS["claims"]:
        assert row["event_id"] is None or row["conflict_id"] == conflict_of[row["event_id"]], row["id"]


def test_days_and_their_precision_go_together() -> None:
    for row in ROWS["claims"]:
        assert (row["stated_on"] is None) == (row["stated_until"] is None) == (row["stated_precision"] is None)
        assert (row["stated_precision"] == 1) == (
            row["stated_on"] is not None and row["stated_on"] == row["stated_until"]
        )
    for row in ROWS["sources"]:
        assert (row["published_on"] is None) == (row["published_until"] is None) == (row["published_precision"] is None)


def read_as(qualifier: str | None, row: Row) -> tuple[int | None, int | None, int | None]:
    """Return low, best and high by the table of the codebook."""
    value = row["value"]
    match qualifier:
        case "exact":
            return value, value, value
        case "about":
            return None, value, None
        case "at_least" | "more_than":
            return value, value, None
        case "nearly":
            return None, value, value
        case "up_to":
            return None, None, value
        case "between":
            return value, None, row["high"]
        case "vague":
            return row["low"], None, None
    return None, None, None


@pytest.mark.parametrize("row", ROWS["reports"], ids=lambda row: row["id"])
def test_a_report_follows_the_table_of_qualifiers(row: Row) -> None:
    assert figure(row) == read_as(row["qualifier"], row)
    assert (row["value"] is None) == (row["qualifier"] in (None, "vague", "unquantified"))


@pytest.mark.parametrize("row", CASUALTIES, ids=lambda row: row["id"])
def test_a_claim_follows_its_rule(row: Row) -> None:
    rule = row["figure_rule"]
    if rule == "reports_combined":
        assert figure(row) == combined(REPORTS[row["id"]])
        return
    assert figure(row) == read_as(row["qualifier"], row)
    if rule == "round_number":
        assert row["qualifier"] == "about" and row["value"] % 1000 == 0
    elif rule == "derived":
        assert "derived" in split(row["flags"])
    else:
        assert rule == row["qualifier"]


def combined(reports: Iterable[Row]) -> tuple[int | None, int | None, int | None]:
    """Return the lowest low, lowest best (no source outranks another) and highest high; None if one is missing."""
    lows, bests, highs = zip(*(figure(report) for report in reports), strict=True)
    return (
        None if None in lows else min(lows),
        None if None in bests else min(bests),
        None if None in highs else max(highs),
    )


@pytest.mark.parametrize("row", CASUALTIES, ids=lambda row: row["id"])
def test_reports_agree_or_the_claim_says_that_they_do_not(row: Row) -> None:
    said = [report for report in REPORTS[row["id"]] if report["qualifier"]]
    figures = {figure(report) for report in said}
    flags = split(row["flags"])
    assert ("reports_differ" in flags) == (len(figures) > 1) == (row["figure_rule"] == "reports_combined")
    assert ("reports_differ_in_harm" in flags) == (len({report["harm"] for report in said}) > 1)
    if len(figures) == 1:
        assert figures == {figure(row)}


def test_statuses_follow_relations() -> None:
    replaced = {target for _, target in relations("supersedes")}
    assert {row["id"] for row in ROWS["claims"] if row["status"] == "superseded"} == replaced
    for row in ROWS["claims"]:
        ended = row["status"] != "active"
        assert ended == bool(row["status_by"]) == bool(row["status_on"]) == bool(row["status_reason"]), row["id"]


@pytest.mark.parametrize("kind", ["includes", "supersedes", "same_as", "revises"])
def test_relations_have_no_cycle(kind: str) -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for claim, target in relations(kind):
        graph[claim].add(target)
    assert graph.keys() <= set(graphlib.TopologicalSorter(graph).static_order())  # raises for a cycle


def test_a_running_total_never_includes_a_figure_of_its_own_cell() -> None:
    """Such a relation would exclude its own cell from every figure. Scopes alone decide on parts and whole."""
    for claim, target in relations("includes"):
        assert CLAIMS[claim]["measure"] == "cumulative"
        assert CLAIMS[target]["measure"] == "incident"


def test_denials_silences_and_responsibility_carry_no_figure() -> None:
    for row in ROWS["claims"]:
        if row["kind"] != "casualty":
            assert figure(row) == (None, None, None) and row["qualifier"] is None, row["id"]


# The known numbers


def one(claim: str) -> Row:
    return CLAIMS[claim]


def of_event(event: str, harm: str, claimant: str | None = None) -> dict[str, int | None]:
    return {
        row["id"]: row["best"]
        for row in CASUALTIES
        if row["event_id"] == event and row["harm"] == harm and claimant in (None, row["claimant_id"])
    }


def test_border_clash_of_12_july() -> None:
    clash = "border-clash-2020-07-12"
    assert sorted(of_event(clash, "killed", "azerbaijan-mod").values()) == [2, 3]
    assert sorted(of_event(clash, "injured", "azerbaijan-mod").values()) == [4, 5]
    assert of_event(clash, "killed", "armenia-mod") == {"armenia-mod-2020-07-13-armenian-killed": 0}
    assert of_event(clash, "injured", "armenia-mod") == {"armenia-mod-2020-07-13-armenian-injured": 0}
    assert of_event(clash, "killed", "unattributed") == {"article-2020-09-30-azerbaijani-killed-2020-07-12": 3}
    assert of_event(clash, "injured", "unattributed") == {"article-2020-09-30-azerbaijani-injured-2020-07-12": 4}
    assert of_event("border-clash-2020-07-13", "killed") == {"az-mod-2020-07-13-azerbaijani-killed-night": 1}
    four = one("az-mod-2020-07-13-azerbaijani-injured")
    assert split(four["flags"]) == ["derived"]
    assert {
        ("az-mod-2020-07-13-azerbaijani-killed", "az-mod-2020-07-12-azerbaijani-killed"),
        ("az-mod-2020-07-13-azerbaijani-injured", "az-mod-2020-07-12-azerbaijani-injured"),
    } <= relations("supersedes")


def test_30_september_claimed_against_admitted() -> None:
    claimed = one("az-mod-2020-09-30-armenian-killed-or-injured")
    assert (claimed["harm"], claimed["measure"], claimed["best"]) == ("killed_or_injured", "cumulative", 2300)
    admitted = one("artsakh-mod-2020-09-30-armenian-killed")
    assert (admitted["harm"], figure(admitted)) == ("killed", (103, 103, 104))
    assert sorted(report["value"] for report in REPORTS[admitted["id"]]) == [103, 104]


def test_ganja() -> None:
    assert list(of_event("ganja-2020-10-04", "killed").values()) == [1]
    assert list(of_event("ganja-2020-10-04", "injured").values()) == [32]
    assert sorted(of_event("ganja-2020-10-11", "killed").values()) == [7, 10]
    assert sorted(of_event("ganja-2020-10-17", "killed").values()) == [12, 13]
    whole = one("az-prosecutor-undated-ganja-2020-10-04-2020-10-17-killed")
    assert (whole["measure"], whole["best"], whole["stated_on"]) == ("period", 26, None)
    assert whole["best"] - 1 - 10 == 15
    assert not {claim for claim, _ in relations("includes")} & {whole["id"]}


def test_three_definitions_are_three_series() -> None:
    known = {
        "artsakh-mod-2020-11-13-armenian-killed": ("cumulative", "member_of_armed_forces", 1383),
        "armenia-moh-2020-11-14-armenian-bodies": ("bodies", "member_of_armed_forces", 2317),
        "armenia-ic-2021-09-27-armenian-killed": ("cumulative", "any", 3781),
        "az-mod-2020-12-03-azerbaijani-killed": ("cumulative", "member_of_armed_forces", 2783),
        "az-mod-2020-12-08-azerbaijani-buried": ("buried", "member_of_armed_forces", 2723),
    }
    assert {id: (one(id)["measure"], one(id)["victim_status"], one(id)["best"]) for id in known} == known


def test_the_article() -> None:
    nearly = one("article-2020-09-30-all-killed")
    assert (nearly["subject_side_id"], nearly["confirmation"], figure(nearly)) == (
        None,
        "confirmed",
        (None, 100, 100),
    )
    round_number = one("article-2020-09-30-first-war-all-killed")
    assert (round_number["figure_rule"], figure(round_number)) == ("round_number", (None, 30000, None))
    multiple = one("article-2020-09-30-all-losses-2020-09-27")
    assert (multiple["harm"], figure(multiple)) == ("losses", (2, None, None))
    blamed = {
        row["claimant_id"]: row["responsible_side_id"]
        for row in ROWS["claims"]
        if row["kind"] == "responsibility" and row["event_id"] == "border-clashes-2020-09-27"
    }
    assert blamed == {
        "unattributed": "armenian",
        "azerbaijan-officials": "armenian",
        "armenia-officials": "azerbaijan",
        "macron": "azerbaijan",
    }


def test_silence_is_recorded_and_is_no_zero() -> None:
    silence = one("az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed")
    assert (silence["kind"], silence["harm"], silence["victim_status"]) == (
        "silence",
        "killed",
        "member_of_armed_forces",
    )
    assert (silence["covers_from"], silence["covers_to"]) == ("2020-09-27", "2020-12-02")


def test_one_utterance_two_translations() -> None:
    for side in ("azerbaijani", "armenian"):
        each = one(f"putin-2020-10-22-{side}-killed")
        assert figure(each) == (None, 2000, None)
        assert {report["qualifier"] for report in REPORTS[each["id"]]} == {"more_than", "nearly"}


def test_who_speaks_for_no_side() -> None:
    side_of = {row["id"]: row["side_id"] for row in ROWS["claimants"]}
    for third in (
        "unattributed",
        "macron",
        "putin",
        "minasyan",
        "bagratyan",
        "ohchr",
        "sohr",
        "turkey-officials",
    ):
        assert side_of[third] is None
    assert side_of["artsakh-mod"] == "artsakh" and side_of["armenia-moh"] == "armenia"


def test_the_documentation_names_every_claim() -> None:
    text = (ROOT / "docs" / "readers" / "data.md").read_text(encoding="utf-8")
    assert [claim for claim in CLAIMS if f"`{claim}`" not in text] == []
    for record_type, rows in ROWS.items():
        assert f"| {record_type} | {len(rows)} |" in text
