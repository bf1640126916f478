"""Answers warn of people whom they may count twice: entries of two recorders, and similar entries of one."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from api.database import bulk
from api.database.connection import database
from api.database.models import External
from api.database.snapshot import open_snapshot
from api.evidence import process
from api.reconciling.reconciled_answer import DoubleCount
from api.statistics import casualties, double_counting, relevant_claims
from api.statistics.casualty_question import make_question
from api.statistics.likely_wars import Party, War, find_pairs
from api.writes.create import create_records
from api.writes.transaction import open_transaction
from imports.pipeline import dataset_sync
from schemas.fields import NONE
from tests.conftest import Databases, make_app
from tests.support.frames import write_image
from tests.support.worlds import Document, World, report

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


def event(id: str, day: str, conflict: str = "war", until: str | None = None, **given: Any) -> Document:
    return {
        "id": id, "name": f"Event {id}", "conflict": conflict, "type": "Battles", "started_on": day,
        "ended_on": until or day, "country": "UKR", **given,
    }  # fmt: skip


def killed(about: Document, best: int, **given: Any) -> Document:
    usual = {"kind": "casualty", "harm": "killed", "measure": "incident", "qualifier": "exact", "claimant": "monitor"}
    of = {"conflict": about["conflict"], "event": about["id"], "value": best, "low": best, "best": best, "high": best}
    return {"id": f"{about['id']}-{given.get('harm', 'killed')}", **usual, **of, **given}


def bring(dataset: str | None, *tolls: tuple[Document, Document]) -> None:
    """Write events with one claim each, imported from a dataset or entered by an editor."""
    given = {
        "events": [about for about, _ in tolls],
        "claims": [claim for _, claim in tolls],
        "reports": [report(claim["id"], "paper", **{f: claim[f] for f in FIGURE}) for _, claim in tolls],
    }
    with database.connection_context():
        create_records(given, "A test.")
        if dataset:
            with open_transaction("A test.", "import"):
                dataset_sync.register_release({"slug": dataset, **DATASET}, "1")
                own = [
                    (record_type, record["id"], dataset, "0" * 64)
                    for record_type in given
                    for record in given[record_type]
                ]
                bulk.insert_rows(External, own)


@pytest.fixture
def app(databases: Databases, engine: str) -> Iterator[Flask]:
    process._evidence = None
    made = make_app(databases.upgraded(engine), databases.folder, image_folder=str(databases.folder / "images"))
    with database.connection_context():
        create_records(ANYBODY, "A test.")
    yield made
    process._evidence = None


def ask(app: Flask, query: str = "", path: str = "casualties") -> Any:
    answer = app.test_client().get(f"/v1/statistics/{path}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json


def warnings(app: Flask, query: str = "", path: str = "casualties", code: str = "datasets_added") -> list[str]:
    return [w["text"] for w in ask(app, query, path)["meta"]["warnings"] if w["code"] == code]


def count_twice(**question: Any) -> tuple[DoubleCount, ...]:
    casualties._answer_question.cache_clear()
    with database.connection_context(), open_snapshot(None):
        answer = casualties.answer_casualties(
            make_question({"basis": "both", "policy": "envelope", "group_by": (), **question})
        )
    return answer.double_counts


def word(one: str, other: str, grounds: str, events: str, hint: str) -> str:
    return (
        f"The same people may be counted twice. {one} and {other} share days {grounds}, such as {events}. "
        f"Use {hint} for one alone. If they are different, relate a claim of each with distinct_from."
    )


def test_a_dataset_beside_an_editor(app: Flask) -> None:
    mine, theirs = event("mine", "2020-05-02", "phase"), event("theirs", "2020-05-01", until="2020-05-03")
    bring("ged", (theirs, killed(theirs, 5)))
    assert warnings(app) == []
    bring(None, (mine, killed(mine, 4)))
    text = word(
        "1 event of dataset ged (5 killed)", "1 event of no dataset (4 killed)", "in one conflict or in one country",
        "theirs and mine", "dataset=ged or dataset=none",
    )  # fmt: skip
    for query in ("", "group_by=event", "group_by=subject_side,month", "policy=third_party", "conflict=war"):
        assert warnings(app, query) == [text], query
    (row,) = ask(app)["data"]
    assert row["best"] == 9
    assert row["warnings"] == ["datasets_added"]
    for dataset, best in (("ged", 5), (NONE, 4)):
        (row,) = ask(app, f"dataset={dataset}")["data"]
        assert row["best"] == best
        assert warnings(app, f"dataset={dataset}") == []
    assert warnings(app, "conflict=war&basis=incidents&harm=killed", "matrix") == [text]
    assert warnings(app, "", "places") == [text]
    explained = ask(app, "row=killed", "casualties/explain")["data"]["warnings"]
    assert [w["text"] for w in explained if w["code"] == "datasets_added"] == [text]
    assert [w["text"] for w in ask(app, "evidence=1&limit=9")["meta"]["warnings"] if w["code"] == "datasets_added"] == [
        text
    ]
    for query in ("policy=own_side", "event=mine", "basis=totals", "harm=injured", "from=2020-06"):
        assert warnings(app, query) == [], query


def test_what_cannot_be_the_same_dead_is_added_in_silence(app: Flask) -> None:
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
    assert warnings(app) == []


def test_one_war_under_two_names_and_two_datasets(app: Flask) -> None:
    one, other = event("one", "2020-05-01"), event("other", "2020-05-01", "same-war")
    bring("first", (one, killed(one, 5, subject_side="north")))
    bring("second", (other, killed(other, 6)))
    text = word(
        "1 event of dataset first (5 killed)", "1 event of dataset second (6 killed)", "in one country",
        "one and other", "dataset=first or dataset=second",
    )  # fmt: skip
    assert warnings(app) == warnings(app, "group_by=conflict") == [text]
    assert warnings(app, "conflict=war") == warnings(app, "victim_status=civilian") == []


def test_a_period_of_a_dataset_beside_events(app: Flask) -> None:
    """In the same conflict it gives way to them; in a conflict with another name it does not."""
    one = event("one", "2020-05-02", "same-war")
    bring("ged", (one, killed(one, 5)))
    claims = [
        killed({"id": name, "conflict": "war"}, best, event=None, measure="period", covers_from=first, covers_to=last)
        for name, best, first, last in (
            ("may", 50, "2020-05-01", "2020-05-31"),
            ("year", 70, "2019-01-01", "2019-12-31"),
        )
    ]
    with database.connection_context():
        reports = [report(claim["id"], "paper", **{f: claim[f] for f in FIGURE}) for claim in claims]
        create_records({"claims": claims, "reports": reports}, "A test.")
    text = word(
        "1 event of dataset ged (5 killed)", "1 period of no dataset (50 killed)", "in one country",
        "one and may-killed", "dataset=ged or dataset=none",
    )  # fmt: skip
    assert warnings(app) == [text]
    assert ask(app)["data"][0]["best"] == 125
    winter = event("winter", "2019-12-30", "same-war")
    bring("second", (winter, killed(winter, 3)))
    assert any("1 event of dataset second (3 killed) and 1 period" in text for text in warnings(app))


def test_told_apart_it_is_added_in_silence(app: Flask) -> None:
    mine, theirs = event("mine", "2020-05-01"), event("theirs", "2020-05-01")
    bring("ged", (theirs, killed(theirs, 5)))
    bring(None, (mine, killed(mine, 4)))
    assert len(warnings(app)) == 1
    apart = {"id": "apart", "claim": "mine-killed", "kind": "distinct_from", "target": "theirs-killed"}
    with database.connection_context():
        create_records({"relations": [apart]}, "A test.")
    assert warnings(app) == []


def test_the_seeds_are_of_one_hand(seeded: Flask) -> None:
    for code in ("datasets_added", "possible_duplicates", "same_war"):
        assert warnings(seeded, code=code) == []
    assert warnings(seeded, "dataset=none&group_by=event") == []


TIGRAY: World = {
    "sides": [
        {"id": "ethiopia", "name": "Government of Ethiopia"},
        {"id": "ethiopian-army", "name": "Ethiopian armed forces"},
        {"id": "tplf", "name": "Tigray People's Liberation Front", "aliases": ["TPLF"]},
        {"id": "tplf-2", "name": "TPLF"},
    ],
    "conflicts": [
        {"id": "tigray", "name": "Tigray War", "sides": ["ethiopia", "tplf"]},
        {"id": "acled-eth", "name": "Ethiopia: northern front 2020", "sides": ["ethiopian-army", "tplf-2"]},
        {"id": "oromo", "name": "Oromo insurgency", "sides": ["ethiopia"]},
    ],
}


def test_one_war_of_two_ids_without_a_country(app: Flask) -> None:
    """F19: the answer was 160, not 80."""
    with database.connection_context():
        create_records(TIGRAY, "A test.")
    one = event("one", "2020-11-09", "tigray", country=None)
    bring("ged", (one, killed(one, 80, subject_side="tplf")))
    oromo = event("oromo", "2020-11-09", "oromo", country=None)
    bring("acled", (oromo, killed(oromo, 7)))
    assert warnings(app) == []
    other = event("other", "2020-11-09", "acled-eth", country=None)
    bring("acled", (other, killed(other, 80, subject_side="tplf-2")))
    text = word(
        "1 event of dataset acled (80 killed)", "1 event of dataset ged (80 killed)",
        "in conflicts with similar names or sides", "other and one", "dataset=acled or dataset=ged",
    )  # fmt: skip
    assert warnings(app, "conflict=tigray,acled-eth") == warnings(app) == [text]
    assert ask(app, "conflict=tigray,acled-eth")["data"][0]["best"] == 160


def test_totals_of_one_war_of_two_ids(app: Flask) -> None:
    with database.connection_context():
        create_records(TIGRAY, "A test.")
        claims = [
            killed({"id": c, "conflict": c}, best, event=None, measure="cumulative", stated_on="2021-01-01",
                   stated_until="2021-01-01")
            for c, best in (("tigray", 300), ("acled-eth", 350), ("oromo", 20))
        ]  # fmt: skip
        reports = [report(claim["id"], "paper", **{f: claim[f] for f in FIGURE}) for claim in claims]
        create_records({"claims": claims, "reports": reports}, "A test.")
    assert warnings(app, code="same_war") == []
    with database.connection_context(), open_transaction("A test.", "import"):
        dataset_sync.register_release({"slug": "ged", **DATASET}, "1")
        bulk.insert_rows(External, [("claims", "acled-eth-killed", "ged", "0" * 64)])
    text = (
        "Ethiopia: northern front 2020 (acled-eth) and Tigray War (tigray) may be one war with two ids, of dataset ged "
        "and no dataset: their names or sides are similar. Do not add their totals of 350 killed and 300 killed. "
        "Use dataset=ged or dataset=none for one alone."
    )
    assert warnings(app, "basis=totals", code="same_war") == [text]
    assert warnings(app, "basis=incidents", code="same_war") == []


def test_places_near_each_other_and_far_apart(app: Flask) -> None:
    def located(id: str, conflict: str, latitude: float, **given: Any) -> Document:
        where = {"latitude": latitude, "longitude": 46.36, "place_precision": 1, "country": None}
        return event(id, "2020-10-17", conflict, **{**where, **given})

    near, remote = located("near", "same-war", 40.6), located("remote", "same-war", 43.0)
    rough = located("rough", "far-war", 40.6, place_precision=6)
    bring("ged", *((e, killed(e, 5)) for e in (near, remote, rough)))
    mine = located("mine", "war", 40.68, country="UKR")
    bring(None, (mine, killed(mine, 4)))
    text = word(
        "1 event of dataset ged (5 killed)", "1 event of no dataset (4 killed)", "at one place", "near and mine",
        "dataset=ged or dataset=none",
    )  # fmt: skip
    assert warnings(app) == [text]
    other = located("other", "war", 44.5)
    bring("acled", (other, killed(other, 9)))
    assert len(warnings(app)) == 1, "precise places far apart are two, also in one conflict"


def test_one_name_of_a_place(app: Flask) -> None:
    theirs = event("theirs", "2020-10-17", "same-war", country=None, place="Gəncə")
    bring("ged", (theirs, killed(theirs, 5)))
    mine = event("mine", "2020-10-17", "far-war", country="AZE", place="gəncə")
    bring(None, (mine, killed(mine, 4)))
    (text,) = warnings(app)
    assert "share days at one place" in text


def test_kinds_of_events_that_exclude_each_other(app: Flask) -> None:
    """F19: drone strikes and suicide attacks in one country caused a false warning."""

    def explosion(id: str, day: str, conflict: str, sub_type: str) -> Document:
        return event(id, day, conflict, type="Explosions/Remote violence", sub_type=sub_type, country="PAK")

    drones = [explosion(f"drone-{n}", f"2010-01-0{n}", "war", "Air/drone strike") for n in range(1, 6)]
    attacks = [explosion(f"suicide-{n}", f"2010-01-0{n}", "far-war", "Suicide bomb") for n in range(1, 6)]
    bring("drones", *((e, killed(e, 10)) for e in drones))
    bring("suicide-attacks", *((e, killed(e, 20)) for e in attacks))
    assert warnings(app) == []
    unknown = explosion("unknown", "2010-01-03", "far-war", "unknown")
    bring("third", (unknown, killed(unknown, 30)))
    texts = warnings(app)
    assert len(texts) == 2, "an unknown kind excludes nothing"
    assert all("30 killed" in text for text in texts)


def test_an_attack_that_one_body_enters_as_two_events(app: Flask) -> None:
    """F18: the answer was 24, not 12."""
    where: dict[str, Any] = {"place": "Ganja", "latitude": 40.68, "longitude": 46.36, "country": "AZE"}
    one = event("one", "2020-10-17", name="Missile strike on Ganja", **where)
    other = event("other", "2020-10-17", name="Strike on Gandja, missiles", **where)
    far = event("far", "2020-10-17", name="Shelling of Terter", place="Terter", country="AZE")
    bring(None, *((e, killed(e, best)) for e, best in ((one, 12), (other, 12), (far, 12))))
    text = (
        "2 events of no dataset (24 killed) look like 1 event entered twice: one and other (99 of 100). "
        "If they are different, relate a claim of each with distinct_from. If they are one, move the claims to one "
        "event and retract the other. `flask duplicates` lists the pairs."
    )
    for query in ("", "group_by=event", "group_by=month,subject_side", "dataset=none"):
        assert warnings(app, query, code="possible_duplicates") == [text], query
    assert warnings(app, "event=one", code="possible_duplicates") == []
    apart = {"id": "apart", "claim": "other-killed", "kind": "distinct_from", "target": "one-killed"}
    with database.connection_context():
        create_records({"relations": [apart]}, "A test.")
    assert warnings(app, code="possible_duplicates") == []


def bring_many() -> None:
    """Write events of two datasets and of editors, with several days, harms, victims and places."""
    tolls: dict[str | None, list[tuple[Document, Document]]] = {"ged": [], "acled": [], None: []}
    for number in range(60):
        recorder = ("ged", "acled", None)[number % 3]
        day = f"2020-05-{1 + number % 7:02}"
        where = {"latitude": 40 + number % 5 / 10, "longitude": 46.0, "place_precision": 1 + number % 3}
        about = event(
            f"{recorder or 'editor'}-{number}", day, ("war", "phase", "same-war", "far-war")[number % 4],
            f"2020-05-{1 + number % 7 + number % 2:02}", country=("UKR", None, "AZE")[number // 3 % 3],
            **(where if number % 4 else {}),
        )  # fmt: skip
        harm, side = ("killed", "injured")[number % 2], ("north", "south", None)[number // 4 % 3]
        tolls[recorder].append((about, killed(about, 1 + number % 9, harm=harm, subject_side=side)))
    for recorder, brought in tolls.items():
        bring(recorder, *brought)


def test_plain_cells_give_the_same_warnings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relevant_claims, "MOST_WALKED", 0)
    bring_many()
    questions: list[dict[str, Any]] = [
        {}, {"group_by": ("subject_side",)}, {"group_by": ("event",)}, {"from": "2020-05-03", "to": "2020-05-04"},
        {"conflict": ("war",)}, {"policy": "third_party", "group_by": ("conflict", "month")}, {"dataset": ("ged",)},
    ]  # fmt: skip
    walked = [count_twice(**question) for question in questions]
    assert [len(found) for found in walked] == [3, 3, 3, 3, 3, 3, 0]
    assert len([d for d in walked[0] if d.code == "datasets_added"]) == 3
    assert write_image()
    process._evidence = None
    assert [count_twice(**question) for question in questions] == walked


def test_of_very_many_pairs_the_first_days_are_compared(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_many()
    whole = count_twice()
    monkeypatch.setattr(double_counting, "MOST_PAIRS", 40)
    monkeypatch.setattr(double_counting, "MOST_SCORED", 1)
    least = count_twice()
    assert 0 < sum(d.number for d in least) < sum(d.number for d in whole)
    assert all(d.is_least for d in least)
    assert any("At least " in text for text in warnings(app, "policy=latest"))


def test_names_of_wars() -> None:
    def war(id: str, name: str, *sides: str) -> War:
        return War(id, id, name, tuple(Party(side, (side,)) for side in sides))

    wars = [
        war("a", "Russo-Ukrainian War"),
        war("b", "Russian invasion of Ukraine"),
        war("c", "Gaza war", "Israel", "Hamas"),
        war("d", "2023 crisis", "State of Israel", "HAMAS"),
        war("e", "Israel-Hezbollah conflict", "Israel", "Hezbollah"),
        war("f", "Syrian civil war"),
        war("g", "Syria: Government"),
        war("h", "The war"),
        war("i", "Civil war"),
    ]
    assert find_pairs(wars) == [("a", "b"), ("c", "d"), ("f", "g")]
    phases = [wars[0], wars[1]._replace(root="a")]
    assert find_pairs(phases) == []


def test_lists_by_dataset(app: Flask) -> None:
    mine, theirs = event("mine", "2020-05-01"), event("theirs", "2020-05-01")
    bring("ged", (theirs, killed(theirs, 5)))
    bring(None, (mine, killed(mine, 4)))
    client = app.test_client()
    for record_type, of in (("claims", "-killed"), ("events", "")):
        for dataset, ids in (("ged", {"theirs"}), (NONE, {"mine"}), ("ged,none", {"mine", "theirs"})):
            answer = client.get(f"/v1/{record_type}?dataset={dataset}").json
            assert {record["id"] for record in answer["data"]} == {id + of for id in ids}
            assert answer["meta"]["total"] == len(ids)
    assert client.get("/v1/claims?dataset=gde").status_code == 422


def test_a_count_joins_only_what_its_filters_need(seeded: Flask) -> None:
    """Without the join of other filters, the total is still the length of the whole list."""
    client = seeded.test_client()
    for query in (
        "subject_side=azerbaijan&harm=killed", "event=none", "from=2020-10&to=2020-10", "q=tass", "country=AZE",
        "event_type=Battles,none&harm=killed", "place_precision=none", "subject_side=armenian&members=1", "bbox=none",
        "source=none", "year=2020",
        "as_of=2020-10-22", "admin1=none", "stated_from=2020-10", "reliability=none", "best_min=10", "has_figure=0",
    ):  # fmt: skip
        total = client.get(f"/v1/claims?limit=1&{query}").json["meta"]["total"]
        assert total == len(client.get(f"/v1/claims.ndjson?fields=id&{query}").text.splitlines()), query
