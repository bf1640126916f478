"""The scopes of a key, and the record version that a write names, in the HTTP headers."""

import itertools

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support import worlds
from tests.support.clients import new_key, open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped

Headers = dict[str, str | None]


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world with a key for every scope."""
    return open_small_world(empty, "admin")


def by(*scopes: str) -> Headers:
    return {"Authorization": f"Bearer {new_key(*scopes)}"}


def test_whether_a_record_stands_is_said_with_the_scope_retract(client: HonestClient) -> None:
    """A PATCH of `status` retracts as DELETE does, or undoes it. Sending the current status changes nothing."""
    writes, both = by("write"), by("write", "retract")
    for record_type, status in itertools.product(GOOD, ("retracted", "withdrawn", "superseded", None)):
        patch = dumped({"status": status, "status_reason": "Gone."})
        found = told(ask(client, "PATCH", record_type, patch, headers=writes), 403, "forbidden")
        assert "lacks the scope retract" in found["detail"] and "status" in found["detail"]
    gone = dumped({"status": "retracted", "status_reason": "Gone."})
    assert ask(client, "PATCH", "claims", gone, path="a-own", headers=both).status_code == 200
    back = dumped({"status": None, "status_reason": None})
    told(ask(client, "PATCH", "claims", back, path="a-own", headers=writes), 403, "forbidden")
    assert ask(client, "PATCH", "claims", back, path="a-own", headers=both).status_code == 200
    told(ask(client, "PATCH", "claims", gone, path="a-own", headers=by("retract")), 403, "forbidden")


def test_on_which_days_a_claim_stood_is_said_with_the_scope_retract(client: HonestClient) -> None:
    """With a day, a claim that an editor retracted would be active again as of every earlier day."""
    gone = {"status": "retracted", "status_reason": "Gone."}
    assert ask(client, "PATCH", "claims", dumped(gone), path="a-own").status_code == 200
    for patch in ({"status_by": "claimant"}, {"status_on": "2021-01-01"}):
        told(ask(client, "PATCH", "claims", dumped(patch), path="a-own", headers=by("write")), 403, "forbidden")
    slip = dumped({"status_reason": "Gone!"})
    assert ask(client, "PATCH", "claims", slip, path="a-own", headers=by("write")).status_code == 200


OF_STATUS = ("status", "status_reason", "status_by", "status_on")
ENDED = {"status": "superseded", "status_reason": "Said anew.", "status_by": "claimant", "status_on": "2020-05-01"}


def status_of(client: HonestClient, slug: str, query: str = "") -> tuple[str | None, ...]:
    record = client.get(f"/v1/{slug}{query}").json["data"]
    return tuple(record[name] for name in OF_STATUS if name in record)


def test_the_reason_of_a_status_goes_with_it(client: HonestClient) -> None:
    """The history preserves it."""
    for patch in ({"status": "active"}, {"status": None}):
        assert ask(client, "PATCH", "claims", dumped(ENDED), path="a-own").status_code == 200
        ended = client.get("/v1/claims/a-own").json["data"]["revision"]
        assert status_of(client, "claims/a-own") == tuple(ENDED.values())
        assert ask(client, "PATCH", "claims", dumped(patch), path="a-own").status_code == 200
        assert status_of(client, "claims/a-own") == ("active", "", None, None)
        assert status_of(client, "claims/a-own", f"?revision={ended}") == tuple(ENDED.values())
        told_of = [one for entry in client.get("/v1/claims/a-own/history").json["data"] for one in entry["differences"]]
        assert ("status_reason", "Said anew.", "") in [(one["field"], one["before"], one["after"]) for one in told_of]


def test_another_status_says_why_itself(client: HonestClient) -> None:
    assert ask(client, "PATCH", "claims", dumped(ENDED), path="a-own").status_code == 200
    found = told(ask(client, "PATCH", "claims", dumped({"status": "withdrawn"}), path="a-own"), 422, "invalid-body")
    assert [error["name"] for error in found["errors"]] == ["/status_reason"]
    given = {"status": "withdrawn", "status_reason": "Gone from the release.", "status_by": "dataset"}
    assert ask(client, "PATCH", "claims", dumped(given), path="a-own").status_code == 200
    assert status_of(client, "claims/a-own") == (*given.values(), None)
    assert ask(client, "DELETE", "claims", b"", path="a-own", query="reason=Misread.").status_code == 200
    assert status_of(client, "claims/a-own") == ("retracted", "Misread.", "editor", None)


def test_a_retraction_does_not_keep_the_day_of_another_status(client: HonestClient) -> None:
    """A retraction by an editor counts on every day, whatever the claimant said and when."""
    assert ask(client, "PATCH", "claims", dumped(ENDED), path="a-own").status_code == 200
    assert ask(client, "DELETE", "claims", b"", path="a-own", query="reason=Misread.").status_code == 200
    assert status_of(client, "claims/a-own") == ("retracted", "Misread.", "editor", None)
    found = client.get("/v1/claims?id=a-own&as_of=2020-04-01").json["data"]
    assert [claim["status"] for claim in found] == ["retracted"]


def test_every_record_type_stands_again_without_its_old_reason(client: HonestClient) -> None:
    assert ask(client, "POST", "sides", dumped({"id": "lonely", "name": "Lonely"})).status_code == 201
    for record_type, slug in (("relations", "g-supersedes-e"), ("sides", "lonely"), ("reports", "g-estimate-in-times")):
        assert ask(client, "DELETE", record_type, b"", path=slug, query="reason=Misread.").status_code == 200
        assert status_of(client, f"{record_type}/{slug}") == ("retracted", "Misread.")
        assert ask(client, "PATCH", record_type, dumped({"status": "active"}), path=slug).status_code == 200
        assert status_of(client, f"{record_type}/{slug}") == ("active", "")


def test_a_new_record_that_stands_no_longer_takes_nothing_back(client: HonestClient) -> None:
    """An editor can add a claim that a ministry made and later retracted."""
    gone = {"status": "retracted", "status_by": "claimant", "status_on": "2020-01-02", "status_reason": "Taken back."}
    new = GOOD["claims"] | gone | {"id": "said-once"}
    before = client.get("/v1/statistics/casualties?basis=totals&group_by=conflict").json["data"]
    assert ask(client, "POST", "claims", dumped(new), headers=by("write")).status_code == 201
    assert client.get("/v1/claims/said-once").json["data"]["status"] == "retracted"
    assert client.get("/v1/statistics/casualties?basis=totals&group_by=conflict").json["data"] == before


# Active records refer to active records -----------------------------------------------------------------------------

#: For each record type and field: a record that only this reference needs.
FOOTING = {
    "claimants": {"side": ("sides", {"name": "Fallen side"})},
    "conflicts": {"parent": ("conflicts", {"name": "Fallen war"})},
    "events": {"conflict": ("conflicts", {"name": "Fallen war"})},
    "reports": {"source": ("sources", {"publisher": "Fallen paper"})},
    "claims": {
        "conflict": ("conflicts", {"name": "Fallen war"}),
        "event": ("events", GOOD["events"]),
        "claimant": ("claimants", {"name": "Fallen voice"}),
        "subject_side": ("sides", {"name": "Fallen side"}),
        "responsible_side": ("sides", {"name": "Fallen side"}),
    },
}
FOOTINGS = [(record_type, field, *told) for record_type, fields in FOOTING.items() for field, told in fields.items()]
every_footing = pytest.mark.parametrize(("record_type", "field", "of", "needed"), FOOTINGS)
#: The event of a claim belongs to its conflict, so neither can be corrected alone.
OF_ONE_CONFLICT = {("claims", "conflict"), ("claims", "event")}
FALLEN = "fallen is retracted. An active record can refer only to active records."


def fall(client: HonestClient, of: str, needed: worlds.Document) -> None:
    assert ask(client, "POST", of, dumped(needed | {"id": "fallen"})).status_code == 201
    assert ask(client, "DELETE", of, b"", path="fallen", query="reason=Misread.").status_code == 200


def faults(answer: TestResponse) -> list[tuple[str, str]]:
    return [(error["name"], error["message"]) for error in told(answer, 422, "invalid-body")["errors"]]


@every_footing
def test_a_record_is_refused_that_would_stand_on_one_that_does_not(
    client: HonestClient, record_type: str, field: str, of: str, needed: worlds.Document
) -> None:
    """Otherwise a statistic counts the dead of an event that an editor retracted."""
    fall(client, of, needed)
    odd = {"flags": ["not_a_party"]} if of == "sides" and record_type == "claims" else {}
    path = "vow" if record_type == "events" else None  # no claim refers to it
    new = GOOD[record_type] | {"id": "upon", field: "fallen"} | odd
    assert faults(ask(client, "POST", record_type, dumped(new))) == [(f"/{field}", FALLEN)]
    wrong = faults(ask(client, "POST", record_type, dumped([GOOD[record_type] | {"id": "sound"}, new | {"note": 3}])))
    assert {name for name, _ in wrong} == {f"/1/{field}", "/1/note"}
    patch = ask(client, "PATCH", record_type, dumped({field: "fallen"} | odd), path=path)
    assert (f"/{field}", FALLEN) in faults(patch)
    taken_back = {"status": "retracted", "status_reason": "With it."}
    assert ask(client, "POST", record_type, dumped(new | taken_back)).status_code == 201
    again = ask(client, "PATCH", record_type, dumped({"status": "active"}), path="upon")
    assert (f"/{field}", FALLEN) in faults(again)
    assert ask(client, "PATCH", of, dumped({"status": "active"}), path="fallen").status_code == 200
    if (record_type, field) not in OF_ONE_CONFLICT:
        assert ask(client, "PATCH", record_type, dumped({field: "fallen"} | odd), path=path).status_code == 200


def test_what_is_written_together_stands_together(client: HonestClient) -> None:
    war = {"id": "new-war", "name": "New war", "status": "retracted", "status_reason": "Never was."}
    phase = {"id": "new-phase", "name": "New phase", "parent": "new-war"}
    refused = ask(client, "POST", "conflicts", dumped([phase, war]))
    assert faults(refused) == [
        ("/0/parent", "new-war is retracted. An active record can refer only to active records.")
    ]
    war |= {"status": "active", "status_reason": ""}
    assert ask(client, "POST", "conflicts", dumped([phase, war])).status_code == 201
    fall(client, "sources", {"publisher": "Fallen paper"})
    refused = ask(client, "POST", "claims", dumped(GOOD["claims"] | {"reports": [{"source": "fallen"}]}))
    assert faults(refused) == [("/reports/0/source", FALLEN)]


def test_the_same_twice_in_one_array_is_refused_as_one_by_one(client: HonestClient) -> None:
    """Two claimants with one name would count as two in every statistic."""
    twice = [{"name": "New voice"}, {"name": "New voice", "kind": "ngo"}]
    found = told(ask(client, "POST", "claimants", dumped(twice)), 409, "duplicate")
    assert [error["name"] for error in found["errors"]] == ["/1/name"]
    assert "Duplicates /0" in found["errors"][0]["message"]
    namesake = [twice[0], twice[1] | {"id": "new-voice-of-an-ngo"}]
    assert ask(client, "POST", "claimants", dumped(namesake)).status_code == 201
    papers = [{"publisher": "New paper", "title": title} for title in ("One", "Two")]
    assert ask(client, "POST", "sources", dumped(papers)).status_code == 201


def test_a_claim_keeps_a_report_also_when_it_stands_no_longer(client: HonestClient) -> None:
    """Otherwise an import refuses the package of these records, because every number needs a source."""
    assert ask(client, "DELETE", "claims", b"", path="e-losses", query="reason=Misread.").status_code == 200
    refused = ask(client, "PATCH", "reports", dumped({"claim": "a-own"}), path="e-losses-in-wire")
    ((place, message),) = faults(refused)
    assert place == "/reports" and message.startswith("e-losses has no report. Every claim needs a source. A new claim")
    another = {"id": "e-losses-in-times", "claim": "e-losses", "source": "times", "status": "retracted"}
    another["status_reason"] = "Misread."
    assert ask(client, "POST", "reports", dumped(another)).status_code == 201
    assert ask(client, "PATCH", "reports", dumped({"claim": "a-own"}), path="e-losses-in-wire").status_code == 200


#: Statuses of a claim that is no longer active, but counts in statistics of earlier days.
ON_OTHER_DAYS = [
    {"status": "superseded", "status_reason": "Said anew."},
    {"status": "retracted", "status_reason": "Taken back.", "status_by": "claimant", "status_on": "2020-05-01"},
]


@pytest.mark.parametrize("ended", ON_OTHER_DAYS, ids=["superseded", "taken back"])
def test_what_stood_on_a_day_needs_what_stands(client: HonestClient, ended: worlds.Document) -> None:
    """Otherwise figures as of that day have no source, or an event that an editor retracted."""
    needs = {
        "conflicts": ("conflict", {"name": "A war"}),
        "sides": ("subject_side", {"name": "A side"}),
        "claimants": ("claimant", {"name": "A voice"}),
        "events": ("event", GOOD["events"] | {"conflict": "needed"}),
    }
    for record_type, (_, needed) in needs.items():
        assert ask(client, "POST", record_type, dumped(needed | {"id": "needed"})).status_code == 201
    assert ask(client, "POST", "sources", dumped({"id": "needed", "publisher": "A paper"})).status_code == 201
    own = {field: "needed" for field, _ in needs.values()}
    new = GOOD["claims"] | own | {"id": "upon", "reports": [{"id": "needed", "source": "needed"}]}
    assert ask(client, "POST", "claims", dumped(new)).status_code == 201
    assert ask(client, "PATCH", "claims", dumped(ended), path="upon").status_code == 200
    for record_type in (*needs, "sources", "reports"):
        told(ask(client, "DELETE", record_type, b"", path="needed", query="reason=Gone."), 409, "in-use")
    assert ask(client, "DELETE", "claims", b"", path="upon", query="reason=Misread.").status_code == 200
    for record_type in ("reports", "sources", "events", "claimants", "sides", "conflicts"):
        assert ask(client, "DELETE", record_type, b"", path="needed", query="reason=Gone.").status_code == 200
    again = {name for name, _ in faults(ask(client, "PATCH", "claims", dumped(ended), path="upon"))}
    assert again == {f"/{field}" for field in own} | {"/status"}


def test_bounds_out_of_order_are_what_the_source_says_or_a_slip(client: HonestClient) -> None:
    """A correction raised best but not the upper bound; or the source itself says 154, 154, 153."""
    slip = told(ask(client, "PATCH", "claims", dumped({"best": 1300}), path="g-estimate"), 422, "invalid-body")
    assert [(error["name"], error["message"]) for error in slip["errors"]] == [
        (
            "/flags",
            "low, best and high are out of order: low null, best 1300, high 1200. "
            "Correct them, or add the flag bounds_disordered if the source says so.",
        )
    ]
    assert ask(client, "PATCH", "claims", dumped({"best": 1300, "high": 1300}), path="g-estimate").status_code == 200
    figure = {"id": "official", "low": 154, "best": 154, "high": 153, "qualifier": "as_given", "value": None}
    told(ask(client, "POST", "claims", dumped(GOOD["claims"] | figure)), 422, "invalid-body")
    given = dumped(GOOD["claims"] | figure | {"flags": ["bounds_disordered"]})
    assert ask(client, "POST", "claims", given).status_code == 201
    stored = client.get("/v1/claims/official").json["data"]
    assert [stored[name] for name in ("low", "best", "high")] == [154, 154, 153]
