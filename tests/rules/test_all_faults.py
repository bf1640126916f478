"""One answer names every fault of a write, each by its pointer. It leaves out faults that follow from other faults."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import Document, told
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped, dumped_all, unchanged, with_key

FIGURE = {"qualifier": "exact", "value": 5, "low": 5, "best": 5, "high": 5}
OTHER = FIGURE | {"value": 7, "low": 7, "best": 7, "high": 7}
CLAIM = GOOD["claims"] | FIGURE | {"reports": [{"source": "times", "harm": "killed"} | FIGURE]}
CHAIN = {"claim": "g-estimate", "kind": "includes", "target": "e-losses"}


def carried(*reports: Any) -> Document:
    return {"reports": list(reports)}


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    made = worlds.made(databases, engine, worlds.SMALL)
    worlds.write({"relations": [CHAIN | {"id": "g-includes-a"}]})
    repeated = worlds.claim("quoted", **FIGURE)
    worlds.write({"claims": [repeated], "reports": [worlds.report("quoted", "times")]})
    return with_key(made)


@pytest.fixture
def client(app: Flask) -> Iterator[HonestClient]:
    with unchanged(app) as client:
        yield client


#: Changes that make a good claim wrong, and the pointers of their faults.
CLAIMS: dict[str, tuple[Document, list[str]]] = {
    "a word and references": (
        {"harm": "dead", "claimant": "nobody"} | carried({"source": "no-paper"}),
        ["/claimant", "/harm", "/reports/0/source"],
    ),
    "no report": ({"harm": "dead", "event": "no-event", "reports": []}, ["/event", "/harm", "/reports"]),
    "reports that are none": (
        {"conflict": "no-war"} | carried(7, {"source": "no-paper"}, None),
        ["/conflict", "/reports/0", "/reports/1/source", "/reports/2"],
    ),
    "no array of reports": ({"conflict": "no-war", "reports": "times"}, ["/conflict", "/reports"]),
    "an id that is none": ({"id": "No Id", "claimant": "nobody"}, ["/claimant", "/id"]),
    "a number as id": ({"id": 7} | carried({"best": "5"}), ["/id", "/reports/0/best", "/reports/0/source"]),
    "an id that is taken": ({"id": "a-own", "harm": "dead"}, ["/harm", "/id"]),
    "an id of a report that is taken": (
        {"claimant": "nobody"} | carried({"id": "c-blame-in-wire", "source": "times"}),
        ["/claimant", "/reports/0/id"],
    ),
    "a report of another claim": (
        {"claimant": "nobody"} | carried({"claim": "a-own", "source": "times"}),
        ["/claimant", "/reports/0/claim"],
    ),
    "days out of order": (
        {"covers_from": "2020-02-01", "covers_to": "2020-01-01", "stated_at": "25:00", "event": "no-event"},
        ["/covers_to", "/event", "/stated_at"],
    ),
    "a day that is none": (
        {"covers_from": "2020-02-30", "covers_to": "2020-01-01", "measure": "period"},
        ["/covers_from"],
    ),
    "an incident without event": ({"measure": "incident", "value": "5"}, ["/event", "/value"]),
    "an incident of no event": ({"measure": "incident", "event": "No event", "note": 3}, ["/event", "/note"]),
    "a status without reason": (
        {"status": "retracted", "responsible_side": "nobody", "note": 3},
        ["/note", "/responsible_side", "/status_reason"],
    ),
    "a figure against its report": (
        {"claimant": "nobody"} | OTHER,
        ["/best", "/claimant", "/high", "/low"],
    ),
    "a slip of the pen": ({"claimant": "nobody", "qualifier": "as_given", "low": 50}, ["/claimant", "/flags"]),
    "a bound against its qualifier": ({"claimant": "nobody", "low": 4}, ["/claimant", "/low"]),
    "a figure against a report of no source": (
        {"flags": ["reports_differ"]} | carried({"source": "no-paper", "harm": "killed"} | OTHER),
        ["/best", "/flags", "/high", "/low", "/reports/0/source"],
    ),
    "a figure against a report that cannot be read": (
        {"claimant": "nobody"} | carried({"source": "times"} | OTHER | {"low": "7"}),
        ["/claimant", "/reports/0/low"],
    ),
    "a figure that cannot be read": ({"low": 5.5} | carried({"source": "times"} | OTHER), ["/low"]),
    "names of no field": ({"a/b": 1, "c~d": 1, "claimant": "nobody"}, ["/a~1b", "/claimant", "/c~0d"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CLAIMS)
def test_all_that_is_wrong_with_a_claim_is_told(client: HonestClient, case: str) -> None:
    given, pointers = CLAIMS[case]
    found = told(ask(client, "POST", "claims", dumped(CLAIM | given)), 422, "invalid-body")
    assert sorted(error["name"] for error in found["errors"]) == pointers


def test_of_many_claims_each_is_told_by_its_place(client: HonestClient) -> None:
    """References between claims of the array are no faults, and the fault of one claim is not named for another."""
    given = [case for case, _ in CLAIMS.values()]
    for at in range(0, len(given), 5):
        some = [CLAIM | case for case in given[at : at + 5]]
        pointers = [
            f"/{n}{pointer}" for n, (_, wrong) in enumerate([*CLAIMS.values()][at : at + 5]) for pointer in wrong
        ]
        data = dumped_all([*some, 1, CLAIM | {"id": "once"}, CLAIM | {"id": "once", "harm": "dead"}])
        answer = ask(client, "POST", "claims", data, query="reason=A+test&allow_duplicate=1")
        found = told(answer, 422, "invalid-body")
        last = len(some)
        assert sorted(error["name"] for error in found["errors"]) == sorted(
            [*pointers, f"/{last}", f"/{last + 2}/harm", f"/{last + 2}/id"]
        )


RECORDS: list[tuple[str, Document, list[str]]] = [
    (
        "sides",
        {"kind": "x", "member_of": [{"side": "nobody"}, {"side": "no-one", "from_day": "x"}, 7, {"side": "A b"}, {}]},
        ["/kind", "/member_of/0/side", "/member_of/1/from_day", "/member_of/1/side", "/member_of/2",
         "/member_of/3/side", "/member_of/4/side"],
    ),
    ("sides", {"id": "new", "note": 3, "member_of": [{"side": "new"}]}, ["/member_of", "/note"]),
    ("sides", {"member_of": [{"side": "nobody", "from_day": "2020-01-02", "to_day": "2020-01-01"}]},
     ["/member_of/0/side", "/member_of/0/to_day"]),
    ("conflicts", {"started_on": "2020-01-02", "ended_on": "2020-01-01", "parent": "no-war"},
     ["/ended_on", "/parent"]),
    ("conflicts", {"name": " ", "parent": "no-war", "sides": ["nobody", "A b", "alpha"]},
     ["/name", "/parent", "/sides/0", "/sides/1"]),
    ("conflicts", {"id": "war", "sides": "alpha", "date_precision": 99}, ["/date_precision", "/id", "/sides"]),
    ("events", {"type": "x", "conflict": "no-war", "latitude": 1, "ended_on": "2019-01-01", "sub_type": "Armed clash"},
     ["/conflict", "/ended_on", "/longitude", "/type"]),
    ("events", {"started_on": "x", "sub_type": "Shelling/artillery/missile attack", "latitude": "1"},
     ["/latitude", "/started_on", "/sub_type"]),
    ("claimants", {"name": "Observеrs", "kind": "x", "side": "nobody"}, ["/kind", "/name", "/side"]),
    ("claimants", {"name": "Observers", "id": "observers", "side": "nobody"}, ["/id", "/side"]),
    ("sources", {"publisher": "Аgency", "url": "x", "id": "wire"}, ["/id", "/publisher", "/url"]),
    ("sources", {"published_on": "2020-01-02", "published_until": "2020-01-01", "url": "x"},
     ["/published_until", "/url"]),
    ("reports", {"claim": "nothing", "source": "no-paper", "best": 3.5}, ["/best", "/claim", "/source"]),
    ("reports", {"claim": "quoted", "source": "no-paper"} | OTHER, ["/qualifier", "/source"]),
    ("relations", {"claim": "d-denial", "kind": "contradicts", "target": "a-own", "note": 3},
     ["/claim", "/note", "/target"]),
    ("relations", {"kind": "includes", "claim": "e-losses", "target": "g-estimate", "note": 3}, ["/note", "/target"]),
    ("relations", {"claim": "a-own", "target": "a-own", "kind": "x"}, ["/kind", "/target"]),
    ("relations", {"claim": "nothing", "stated_on": "2020-01-02", "stated_until": "2020-01-01"},
     ["/claim", "/stated_until"]),
    ("relations", {"claim": "nothing", "target": "A b", "stated_on": "x"}, ["/claim", "/stated_on", "/target"]),
]  # fmt: skip


@pytest.mark.parametrize(("record_type", "given", "pointers"), RECORDS)
def test_all_that_is_wrong_with_a_record_is_told(
    client: HonestClient, record_type: str, given: Document, pointers: list[str]
) -> None:
    found = told(ask(client, "POST", record_type, dumped(GOOD[record_type] | given)), 422, "invalid-body")
    assert sorted(error["name"] for error in found["errors"]) == pointers


def test_a_ring_among_new_records_is_told_beside_other_faults(client: HonestClient) -> None:
    given = [{"id": "one", "name": "One", "parent": "two"}, {"id": "two", "name": "Two", "parent": "one"}]
    alone = told(ask(client, "POST", "conflicts", dumped_all(given)), 422, "invalid-body")["errors"]
    assert [error["message"] for error in alone] == [
        "These records would refer to each other in a ring: one > two > one. Send another parent."
    ]
    found = told(ask(client, "POST", "conflicts", dumped_all([*given, {"name": 3}])), 422, "invalid-body")
    assert sorted(error["name"] for error in found["errors"]) == ["/0/parent", "/2/name"]


def test_a_record_that_is_there_is_told_beside_other_faults(client: HonestClient) -> None:
    same = {"name": "Observers", "kind": "ngo"}
    # Its id is made from its name, so it equals the id of the record with the same name.
    alone = told(ask(client, "POST", "claimants", dumped(same)), 409, "duplicate")
    assert [error["name"] for error in alone["errors"]] == ["/name"]
    found = told(ask(client, "POST", "claimants", dumped(same | {"side": "nobody"})), 422, "invalid-body")
    assert sorted(error["name"] for error in found["errors"]) == ["/name", "/side"]


PATCHES: list[tuple[str, str, Document, list[str]]] = [
    ("claims", "a-own", {"harm": "dead", "claimant": "nobody", "id": "other"}, ["/claimant", "/harm", "/id"]),
    ("claims", "a-own", {"nots": None, "claimant": "nobody"}, ["/claimant", "/nots"]),
    ("claims", "a-own", {"event": None, "claimant": "nobody", "note": 3}, ["/claimant", "/event", "/note"]),
    ("claims", "d-denial", {"status": "active", "note": 3, "claimant": None}, ["/claimant", "/note"]),
    ("reports", "a-own-in-times", {"claim": "nothing", "source": "gone", "best": 1.5}, ["/best", "/claim", "/source"]),
    ("reports", "c-blame-in-wire", {"status": "retracted", "source": "no-paper"},
     ["/source", "/status", "/status_reason"]),
    ("reports", "c-blame-in-wire", {"claim": "a-own", "source": "no-paper"}, ["/claim", "/source"]),
    ("relations", "d-denies-b", {"kind": "contradicts", "target": "a-own", "note": 3}, ["/note", "/target"]),
    ("relations", "d-denies-b", {"claim": "e-losses", "kind": "includes", "target": "g-estimate", "note": 3},
     ["/note", "/target"]),
    ("sides", "red", {"member_of": [{"side": "red-south"}], "kind": "x"}, ["/kind", "/member_of"]),
    ("conflicts", "war", {"parent": "war-first-north", "sides": ["nobody"]}, ["/parent", "/sides/0"]),
    ("conflicts", "war", {"started_on": "2020-01-02", "ended_on": "2020-01-01", "note": 3}, ["/ended_on", "/note"]),
    ("claimants", "alpha-mod", {"name": "Observеrs", "side": "nobody"}, ["/name", "/side"]),
    ("sources", "times", {"status": "retracted", "status_reason": "Gone.", "url": "x"}, ["/status", "/url"]),
    ("events", "clash", {"conflict": "no-war", "longitude": None, "sides": [{"side": "nobody", "role": "x"}]},
     ["/conflict", "/longitude", "/sides/0/role", "/sides/0/side"]),
]  # fmt: skip


@pytest.mark.parametrize(("record_type", "slug", "patch", "pointers"), PATCHES)
def test_all_that_is_wrong_with_a_correction_is_told(
    client: HonestClient, record_type: str, slug: str, patch: Document, pointers: list[str]
) -> None:
    found = told(ask(client, "PATCH", record_type, dumped(patch), path=slug), 422, "invalid-body")
    assert sorted(error["name"] for error in found["errors"]) == pointers


def test_reports_of_several_claims_get_ids_of_their_own(empty: Flask) -> None:
    """Also if the ids of two claims and of their sources join to the same words."""
    worlds.write(worlds.SMALL | {"sources": [*worlds.SMALL["sources"], {"id": "y-times", "publisher": "The Y"}]})
    empty.config["KEY"] = new_key("admin")
    client = open_client(empty)
    given = [CLAIM | {"id": "x-y"}, CLAIM | {"id": "x", "reports": [{"source": "y-times"}]}]
    assert ask(client, "POST", "claims", dumped_all(given)).status_code == 201
    assert worlds.ids(client.get("/v1/reports?claim=x,x-y&fields=id")) == ["x-y-times", "x-y-times-2"]


def test_a_record_in_use_alone_is_a_conflict(client: HonestClient) -> None:
    gone = {"status": "retracted", "status_reason": "Gone."}
    told(ask(client, "PATCH", "sources", dumped(gone), path="times"), 409, "in-use")
    moved = told(ask(client, "PATCH", "reports", dumped({"claim": "a-own"}), path="c-blame-in-wire"), 409, "in-use")
    assert (
        moved["detail"]
        == "c-blame-in-wire cannot be changed in this way, because active records depend on it: c-blame. Retract these "
        "first, or let them refer to another record."
    )


def test_more_faults_than_are_told_are_counted(client: HonestClient) -> None:
    found = told(ask(client, "POST", "sides", dumped_all([{"name": 3}] * 30)), 422, "invalid-body")
    assert (len(found["errors"]), "3 of 30 faults" in found["detail"]) == (20, True)
