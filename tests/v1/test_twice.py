"""What two datasets, or a dataset and an editor, recorded of one war and day is not added without a warning."""

import json
from typing import Any

import pytest
from flask import Flask

from api.db import database
from api.models import External
from api.queries import casualties
from api.records import bulk, intake
from api.records.create import create
from api.records.transaction import transaction
from schemas.fields import NONE
from tests.conftest import Databases, make_app
from tests.worlds import Document, World, report

FIGURE = ("value", "low", "best", "high", "qualifier")
DATASET = {"title": "A dataset", "publisher": "Somebody", "url": "", "licence": "CC0-1.0", "citation": "A dataset."}
ANYBODY: World = {
    "sides": [{"id": "north", "name": "North", "country": "UKR"}, {"id": "south", "name": "South"}],
    "conflicts": [
        {"id": "war", "name": "The war", "sides": ["north", "south"]},
        {"id": "phase", "name": "A phase", "parent": "war"},
        {"id": "same-war", "name": "The war, as a dataset names it"},
        {"id": "far-war", "name": "Another war"},
    ],
    "claimants": [{"id": "monitor", "name": "A monitor"}],
    "sources": [{"id": "paper", "publisher": "A paper"}],
}


def event(id: str, day: str, conflict: str = "war", until: str | None = None, country: str = "UKR") -> Document:
    return {
        "id": id, "name": f"Event {id}", "conflict": conflict, "type": "Battles", "started_on": day,
        "ended_on": until or day, "country": country,
    }  # fmt: skip


def killed(about: Document, best: int, **given: Any) -> Document:
    usual = {"kind": "casualty", "harm": "killed", "measure": "incident", "qualifier": "exact", "claimant": "monitor"}
    of = {"conflict": about["conflict"], "event": about["id"], "value": best, "low": best, "best": best, "high": best}
    return {"id": f"{about['id']}-{given.get('harm', 'killed')}", **usual, **of, **given}


def bring(dataset: str | None, *tolls: tuple[Document, Document]) -> None:
    """Events with a claim of each, brought by a dataset or entered by an editor."""
    given = {
        "events": [about for about, _ in tolls],
        "claims": [claim for _, claim in tolls],
        "reports": [report(claim["id"], "paper", **{f: claim[f] for f in FIGURE}) for _, claim in tolls],
    }
    with database.connection_context():
        create(given, "A test.")
        if dataset:
            with transaction("A test.", "import"):
                intake.register({"slug": dataset, **DATASET}, "1")
                own = [(noun, record["id"], dataset, "0" * 64) for noun in given for record in given[noun]]
                bulk.insert(External, own)


@pytest.fixture
def app(databases: Databases, engine: str) -> Flask:
    made = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        create(ANYBODY, "A test.")
    return made


def asked(app: Flask, query: str = "", path: str = "casualties") -> Any:
    answer = app.test_client().get(f"/v1/statistics/{path}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json


def warned(app: Flask, query: str = "", path: str = "casualties") -> list[str]:
    return [w["text"] for w in asked(app, query, path)["meta"]["warnings"] if w["code"] == "datasets_added"]


def both(app: Flask, monkeypatch: pytest.MonkeyPatch, query: str = "") -> list[str]:
    """The warnings by the tallies, which `reconcile` gives too."""
    tallied = asked(app, query)
    with monkeypatch.context() as patched:
        patched.setattr("api.v1.casualties.broad", casualties.casualties)
        assert json.dumps(asked(app, query)) == json.dumps(tallied)
    return [w["text"] for w in tallied["meta"]["warnings"] if w["code"] == "datasets_added"]


def text(one: str, other: str, events: str, ask: str) -> str:
    return (
        f"the same dead may be counted twice: {one} and {other} recorded the same days of one conflict or country, and "
        f"nobody has told these records apart, such as {events}; {ask} asks for one alone"
    )


def test_a_dataset_beside_an_editor(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = event("mine", "2020-05-02", "phase"), event("theirs", "2020-05-01", until="2020-05-03")
    bring("ged", (theirs, killed(theirs, 5)))
    assert both(app, monkeypatch) == []
    bring(None, (mine, killed(mine, 4)))
    told = text("ged", "what no dataset brought", "theirs and mine", "dataset=ged or dataset=none")
    for query in ("", "group_by=event", "group_by=subject_side,month", "policy=third_party", "conflict=war"):
        assert both(app, monkeypatch, query) == [told], query
    (row,) = asked(app)["data"]
    assert row["best"] == 9
    for dataset, best in (("ged", 5), (NONE, 4)):
        (row,) = asked(app, f"dataset={dataset}")["data"]
        assert row["best"] == best
        assert warned(app, f"dataset={dataset}") == []
    assert warned(app, "conflict=war&basis=incidents&harm=killed", "matrix") == [told]
    assert warned(app, "", "places") == [told]
    explained = asked(app, "row=killed", "casualties/explain")["data"]["warnings"]
    assert [w["text"] for w in explained if w["code"] == "datasets_added"] == [told]
    for query in ("policy=own_side", "event=mine", "basis=totals", "harm=injured", "from=2020-06"):
        assert warned(app, query) == [], query


def test_what_cannot_be_the_same_dead_is_added_in_silence(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = event("theirs", "2020-05-01", until="2020-05-03")
    bring("ged", (theirs, killed(theirs, 5, subject_side="north")))
    later, elsewhere = event("later", "2020-05-04"), event("elsewhere", "2020-05-02", "far-war", country="AZE")
    others = event("others", "2020-05-02")
    hurt = event("hurt", "2020-05-02")
    bring(
        None,
        (later, killed(later, 1)),
        (elsewhere, killed(elsewhere, 2)),
        (others, killed(others, 3, subject_side="south")),
        (hurt, killed(hurt, 4, harm="injured")),
    )
    assert both(app, monkeypatch) == []


def test_one_war_under_two_names_and_two_datasets(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = event("one", "2020-05-01"), event("other", "2020-05-01", "same-war")
    bring("first", (one, killed(one, 5, subject_side="north")))
    bring("second", (other, killed(other, 6)))
    told = text("first", "second", "one and other", "dataset=first or dataset=second")
    assert both(app, monkeypatch) == [told]
    assert both(app, monkeypatch, "group_by=conflict") == [told]
    assert both(app, monkeypatch, "conflict=war") == both(app, monkeypatch, "victim_status=civilian") == []


def test_a_period_of_a_dataset_beside_events(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one conflict it gives way to them; of a war of another name it does not."""
    one = event("one", "2020-05-02", "same-war")
    bring("ged", (one, killed(one, 5)))
    month = {"event": None, "measure": "period", "covers_from": "2020-05-01", "covers_to": "2020-05-31"}
    about = {"id": "may", "conflict": "war"}
    with database.connection_context():
        claim = killed(about, 50, **month)
        said = report(claim["id"], "paper", **{f: claim[f] for f in FIGURE})
        create({"claims": [claim], "reports": [said]}, "A test.")
    told = text("ged", "what no dataset brought", "may-killed and one", "dataset=ged or dataset=none")
    assert both(app, monkeypatch) == [told]
    assert asked(app)["data"][0]["best"] == 55


def test_told_apart_it_is_added_in_silence(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = event("mine", "2020-05-01"), event("theirs", "2020-05-01")
    bring("ged", (theirs, killed(theirs, 5)))
    bring(None, (mine, killed(mine, 4)))
    assert len(both(app, monkeypatch)) == 1
    apart = {"id": "apart", "claim": "mine-killed", "kind": "distinct_from", "target": "theirs-killed"}
    with database.connection_context():
        create({"relations": [apart]}, "A test.")
    assert both(app, monkeypatch) == []


def test_the_seeds_are_of_one_hand(seeded: Flask) -> None:
    assert warned(seeded) == []
    assert warned(seeded, "dataset=none&group_by=event") == []


def test_lists_by_dataset(app: Flask) -> None:
    mine, theirs = event("mine", "2020-05-01"), event("theirs", "2020-05-01")
    bring("ged", (theirs, killed(theirs, 5)))
    bring(None, (mine, killed(mine, 4)))
    client = app.test_client()
    for noun, of in (("claims", "-killed"), ("events", "")):
        for dataset, ids in (("ged", {"theirs"}), (NONE, {"mine"}), ("ged,none", {"mine", "theirs"})):
            answer = client.get(f"/v1/{noun}?dataset={dataset}").json
            assert {record["id"] for record in answer["data"]} == {id + of for id in ids}
            assert answer["meta"]["total"] == len(ids)
    assert client.get("/v1/claims?dataset=gde").status_code == 422


def test_a_count_joins_only_what_its_filters_need(seeded: Flask) -> None:
    """A filter that the count does not join for gives the total that whole lists have."""
    client = seeded.test_client()
    for query in (
        "side=azerbaijan&harm=killed", "event=none", "from=2020-10&to=2020-10", "q=tass", "country=AZE", "bbox=none",
        "event_type=Battles,none&harm=killed", "place_precision=none", "camp=armenian", "source=none", "year=2020",
        "as_of=2020-10-22", "admin1=none", "stated_from=2020-10", "reliability=none", "best_min=10", "has_figure=0",
    ):  # fmt: skip
        total = client.get(f"/v1/claims?limit=1&{query}").json["meta"]["total"]
        assert total == len(client.get(f"/v1/claims.ndjson?fields=id&{query}").text.splitlines()), query
