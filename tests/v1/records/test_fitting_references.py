"""References of a claim that contradict each other: it is refused, or accepted with a flag that names the reason."""

from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped

FIGURE = {"conflict": "war", "claimant": "observers", "harm": "killed", "qualifier": "about", "best": 5, "value": 5}
CLAIM = FIGURE | {"measure": "cumulative", "reports": [{"source": "times"}]}


@pytest.fixture(scope="module")
def app(databases: Any, engine: str) -> Flask:
    app = worlds.made(databases, engine, worlds.SMALL)
    app.config["KEY"] = new_key("admin")
    return app


@pytest.fixture
def client(app: Flask) -> HonestClient:
    return ready(app)


@pytest.fixture
def own(empty: Flask) -> HonestClient:
    """Yield a client of a small world for one test."""
    worlds.write(worlds.SMALL)
    empty.config["KEY"] = new_key("admin")
    return ready(empty)


def ready(app: Flask) -> HonestClient:
    client = open_client(app)
    client.get("/healthz")  # binds the models to its database
    return client


def refused(client: HonestClient, claim: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the field and message of each fault of a new claim."""
    found = told(ask(client, "POST", "claims", dumped(claim)), 422, "invalid-body")
    return [(error["name"], error["message"]) for error in found["errors"]]


def accept(client: HonestClient, claim: dict[str, Any]) -> str:
    answer = ask(client, "POST", "claims", dumped(claim))
    assert answer.status_code == 201, answer.text
    slug: str = answer.json["data"]["id"]
    return slug


def patch(client: HonestClient, record_type: str, slug: str, change: dict[str, Any]) -> Any:
    return ask(client, "PATCH", record_type, dumped(change), path=slug)


def test_a_claim_is_of_the_conflict_of_its_event_or_of_one_nested_with_it(client: HonestClient) -> None:
    about = FIGURE | {"measure": "incident", "event": "clash", "reports": [{"source": "times"}]}
    before = client.get("/v1/statistics/casualties?event=clash&harm=killed").json["data"]
    assert refused(client, about | {"conflict": "other"}) == [
        (
            "/conflict",
            "The event clash belongs to war-first-north. Neither that conflict nor other is a phase of the other. "
            "Send the conflict war-first-north, or another event.",
        )
    ]
    assert client.get("/v1/statistics/casualties?event=clash&harm=killed").json["data"] == before
    for number, conflict in enumerate(("war-first-north", "war-first", "war")):
        accept(client, about | {"conflict": conflict, "id": f"nested-{number}"})
    accept(client, about | {"conflict": "war-first-north", "event": "shelling", "id": "of-the-whole"})


def test_a_side_is_a_party_or_akin_to_one(client: HonestClient) -> None:
    """red-south is a member of the party red. hired is no party. The first phase has the parties alpha and red."""
    for field in ("subject_side", "responsible_side"):
        ((name, message),) = refused(client, CLAIM | {field: "hired"})
        assert name == f"/{field}"
        assert message == (
            "hired is not a party to war, whose sides are alpha, red, red-north. Send one of them, a member or a "
            "coalition. Or add the flag not_a_party if the source says so."
        )
        slug = accept(client, CLAIM | {field: "hired", "flags": ["not_a_party"], "id": f"hired-{field[:4]}"})
        assert client.get(f"/v1/claims/{slug}").json["data"]["flags"] == ["not_a_party"]
        assert slug in worlds.ids(client.get("/v1/claims?flag=not_a_party"))
        for side in ("alpha", "red", "red-north", "red-south"):
            accept(client, CLAIM | {field: side, "conflict": "war-first-north", "id": f"{side}-{field[:4]}"})
    # A phase without sides has those of its parent. A conflict without any sides accepts all.
    assert [name for name, _ in refused(client, CLAIM | {"subject_side": "hired", "conflict": "war-first-north"})] == [
        "/subject_side"
    ]
    accept(client, CLAIM | {"subject_side": "hired", "conflict": "other", "id": "of-another-war"})


def test_a_side_of_the_event_is_a_party_to_its_claims(own: HonestClient) -> None:
    new = GOOD["events"] | {"id": "ambush", "sides": [{"side": "hired", "role": "not_a_party"}]}
    assert ask(own, "POST", "events", dumped(new)).status_code == 201
    about = FIGURE | {"event": "ambush", "measure": "incident", "subject_side": "hired"}
    accept(own, about | {"id": "hired-dead", "reports": [{"source": "times"}]})
    answer = patch(own, "events", "ambush", {"sides": []})
    (error,) = told(answer, 422, "invalid-body")["errors"]
    assert error["name"] == "/sides"
    assert error["message"].startswith("This change makes the claim hired-dead wrong: hired is not a party")
    assert error["message"].endswith("Correct the claim hired-dead first, or leave this change out.")


def test_a_statement_before_its_event_is_flagged(client: HonestClient) -> None:
    """The clash began on 1 March. In another time zone it was still 29 February, but not 28 February."""
    about = FIGURE | {"conflict": "war-first", "measure": "incident", "event": "clash", "reports": [{"source": "wire"}]}
    early = {"stated_on": "2019-03-01", "stated_until": "2020-02-28"}
    assert refused(client, about | early) == [
        (
            "/stated_on",
            "The claim was stated on 2020-02-28 at the latest, before the event clash began on 2020-03-01. Correct the "
            "days, or add the flag stated_early if the source says so.",
        )
    ]
    slug = accept(client, about | early | {"flags": ["stated_early"], "id": "vow"})
    assert client.get(f"/v1/claims/{slug}").json["data"]["flags"] == ["stated_early"]
    accept(client, about | early | {"stated_until": "2020-02-29", "id": "on-the-eve"})


def test_a_running_figure_before_its_count_is_flagged(client: HonestClient) -> None:
    """The count begins on covers_from, or else with the conflict: this war began on 1 January 2020."""
    for begun, day in (({"covers_from": "2020-04-01"}, "2020-03-01"), ({}, "2019-06-01")):
        ((name, message),) = refused(client, CLAIM | begun | {"stated_on": day, "stated_until": day})
        assert name == "/stated_on" and f"The claim was stated on {day} at the latest, before the" in message
    flags = {"flags": ["stated_early"], "id": "forecast", "stated_on": "2019-06-01", "stated_until": "2019-06-01"}
    accept(client, CLAIM | flags)


def test_a_source_carries_a_claim_once(own: HonestClient) -> None:
    twice = CLAIM | {"reports": [{"source": "times", "id": "one"}, {"source": "times", "id": "two"}], "id": "twice"}
    assert refused(own, twice) == [
        (
            "/reports/1/source",
            "twice has a report of the source times already: one. Correct that report, or send another source.",
        )
    ]
    again = {"id": "again", "claim": "a-own", "source": "times"}
    answer = ask(own, "POST", "reports", dumped(again))
    (error,) = told(answer, 422, "invalid-body")["errors"]
    assert (error["name"], error["message"][:53]) == (
        "/source",
        "a-own has a report of the source times already: a-own",
    )
    assert told(patch(own, "reports", "a-own-in-agency", {"source": "times"}), 422, "invalid-body")["errors"][0][
        "name"
    ] == ("/source")
    # A retracted report frees its source. It cannot become active again beside another report of that source.
    assert ask(own, "DELETE", "reports", b"", path="a-own-in-times", query="reason=Misread.").status_code == 200
    assert ask(own, "POST", "reports", dumped(again)).status_code == 201
    told(patch(own, "reports", "a-own-in-times", {"status": "active"}), 422, "invalid-body")


def test_a_correction_must_fit_too(own: HonestClient) -> None:
    changes: list[tuple[str, str, dict[str, Any], str]] = [
        ("claims", "a-own", {"conflict": "other"}, "/conflict"),
        ("claims", "a-own", {"event": "long-ago"}, "/conflict"),
        ("claims", "a-own", {"subject_side": "hired"}, "/subject_side"),
        ("claims", "b-north", {"responsible_side": "hired"}, "/responsible_side"),
        ("claims", "a-own", {"stated_on": "2020-01-01", "stated_until": "2020-01-01"}, "/stated_on"),
        ("events", "clash", {"conflict": "other"}, "/started_on"),
        ("events", "clash", {"conflict": "other", "started_on": "1990-03-01", "ended_on": "1990-03-03"}, "/conflict"),
        ("events", "clash", {"started_on": "2020-03-20", "ended_on": "2020-03-20"}, "/started_on"),
    ]
    for record_type, slug, change, field in changes:
        found = told(patch(own, record_type, slug, change), 422, "invalid-body")
        assert field in [error["name"] for error in found["errors"]], (slug, change)
    early = {"stated_on": "2020-01-01", "stated_until": "2020-01-01", "flags": ["stated_early"]}
    assert patch(own, "claims", "a-own", early).status_code == 200
    answer = patch(own, "claims", "a-own", {"flags": []})
    assert told(answer, 422, "invalid-body")["errors"][0]["name"] == "/stated_on"


def test_a_conflict_or_side_that_is_corrected_must_still_fit_its_claims(own: HonestClient) -> None:
    """A correction changes a conflict's days, parties or parent, or a side's members. The fault names the claim."""
    duel = {"id": "duel", "name": "A duel", "started_on": "2020-01-01", "sides": ["alpha", "red"]}
    assert ask(own, "POST", "conflicts", dumped(duel)).status_code == 201
    accept(own, CLAIM | {"id": "of-south", "conflict": "duel", "subject_side": "red-south", "stated_on": "2020-05-01"})
    accept(own, CLAIM | {"id": "of-clash", "event": "clash", "measure": "incident", "stated_on": "2020-05-02"})

    def refused_patch(record_type: str, slug: str, change: dict[str, Any]) -> list[tuple[str, str]]:
        found = told(patch(own, record_type, slug, change), 422, "invalid-body")
        return [(error["name"], error["message"].split(": ")[0]) for error in found["errors"]]

    would_not = "This change makes the claim {} wrong".format
    assert refused_patch("conflicts", "duel", {"started_on": "2020-06-01"}) == [("/started_on", would_not("of-south"))]
    assert refused_patch("conflicts", "duel", {"sides": ["alpha"]}) == [("/sides", would_not("of-south"))]
    assert ("/member_of", would_not("of-south")) in refused_patch("sides", "red-south", {"member_of": []})
    assert ("/parent", would_not("of-clash")) in refused_patch("conflicts", "war-first-north", {"parent": "other"})
    assert patch(own, "conflicts", "duel", {"started_on": "2020-04-01"}).status_code == 200
    assert patch(own, "conflicts", "duel", {"sides": ["alpha", "red-south"]}).status_code == 200


def test_a_country_of_a_conflict_must_fit_its_events_and_phases(own: HonestClient) -> None:
    """An error that existed before the correction does not stop it."""

    def find_faults(slug: str, change: dict[str, Any]) -> list[tuple[str, str]]:
        found = told(patch(own, "conflicts", slug, change), 422, "invalid-body")
        return [(error["name"], error["message"]) for error in found["errors"]]

    abroad = "The event is in ALB, but all of war-first-north was fought in AZE. Correct the country, or send the "
    assert find_faults("war", {"country": "AZE"})[0] == (
        "/country",
        f"This change makes the event clash wrong: {abroad}conflict to which the event belongs. Correct the event "
        "clash first, or leave this change out.",
    )
    assert patch(own, "events", "clash", {"country": None}).status_code == 200
    assert patch(own, "events", "shelling", {"country": None}).status_code == 200
    assert patch(own, "events", "vow", {"country": "AZE"}).status_code == 200
    assert patch(own, "conflicts", "war-first", {"country": "AZE"}).status_code == 200
    assert find_faults("war", {"country": "ALB"}) == [
        ("/country", "war-first is in AZE. It is a phase of war, which is in ALB. Correct one of the two.")
    ]
    assert patch(own, "conflicts", "war", {"country": "AZE"}).status_code == 200
    found = told(patch(own, "events", "clash", {"country": "ALB"}), 422, "invalid-body")
    assert [error["name"] for error in found["errors"]] == ["/country"]
    assert own.get("/v1/conflicts?country=AZE&fields=id&shape=array").json == [{"id": "war"}, {"id": "war-first"}]


def test_a_claim_that_did_not_fit_before_does_not_stop_a_correction(own: HonestClient) -> None:
    """A flagged claim needs no party. An older claim without the flag is not part of this correction."""
    accept(own, CLAIM | {"id": "odd", "flags": ["not_a_party"], "subject_side": "hired", "stated_on": "2020-05-01"})
    assert patch(own, "conflicts", "war", {"sides": ["alpha", "red", "red-north", "hired"]}).status_code == 200
    assert patch(own, "conflicts", "war", {"sides": ["alpha", "red", "red-north"]}).status_code == 200
    with database.connection_context():
        database.execute_sql("UPDATE claim SET flags = '[]' WHERE slug = 'odd'")
    assert patch(own, "conflicts", "war", {"sides": ["alpha", "red"]}).status_code == 200


def test_an_array_tells_every_misfit_at_its_place(client: HonestClient) -> None:
    many = [CLAIM | {"id": f"m{n}"} for n in range(3)]
    many[0] |= {"harm": "hurt", "subject_side": "hired"}
    many[2] |= {"event": "long-ago"}
    found = told(ask(client, "POST", "claims", dumped(many)), 422, "invalid-body")  # type: ignore[arg-type]
    assert {error["name"] for error in found["errors"]} == {"/0/harm", "/0/subject_side", "/2/conflict"}
