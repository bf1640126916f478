"""Duplicate candidates have a score, worked out by hand here. Only an editor's decision changes records."""

import csv
import datetime
import io
import itertools
import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.cli.duplicates import duplicates_group
from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.deduplication import candidates as finding
from api.deduplication import neighbour_window
from api.deduplication.similarity import compare_claims, kilometres_between, score_names
from api.writes.update import mark_retracted
from imports.packages import restore_ownership
from tests.conftest import Databases
from tests.support import worlds

OTHERS = {"id": "others", "title": "T", "publisher": "P", "url": "", "licence": "L", "citation": "C", "release": "1"}


def event(id: str, day: str, **given: Any) -> worlds.Document:
    where = {"place": "Ganja", "country": "ALB", "latitude": 40.68, "longitude": 46.36}
    days = {"started_on": day, "ended_on": day}
    about = {"id": id, "name": "Missile strike on Ganja", "conflict": "war", "type": "Explosions/Remote violence"}
    return {**about, **days, **where, "sides": [{"side": "alpha", "role": "target"}], **given}


def toll(id: str, event: str, best: int | None, **given: Any) -> worlds.Document:
    figure = {"best": best, "value": best, "qualifier": "unquantified" if best is None else "exact"}
    return worlds.claim(id, event=event, measure="incident", subject_side="alpha", **figure, **given)


def world(*claims: worlds.Document) -> worlds.World:
    """Return one strike as two datasets have it, a day apart, and the claims of its dead."""
    return {
        "sides": worlds.SMALL["sides"],
        "conflicts": worlds.SMALL["conflicts"],
        "claimants": [*worlds.SMALL["claimants"], {"id": "ministry", "name": "Alpha Ministry", "side": "alpha"}],
        "sources": worlds.SMALL["sources"],
        "events": [event("strike", "2020-10-17"), event("strike-again", "2020-10-18", name="Strike on Ganja, missile")],
        "claims": list(claims),
        "reports": [worlds.report(claim["id"], "times") for claim in claims],
    }


def made(databases: Databases, engine: str, *claims: worlds.Document, brought: tuple[str, ...] = ()) -> Flask:
    """Return an application with these claims. The dataset `others` brought some of them."""
    app = worlds.made(databases, engine, world(*claims))
    with database.connection_context():
        restore_ownership.register_dataset(0, OTHERS)
        restore_ownership.assign_owners(
            "claims", [restore_ownership.Ownership(id, "others", "0" * 64) for id in brought]
        )
    return app


def proposed(**how: Any) -> list[finding.Proposal]:
    with database.connection_context(), open_snapshot(None):
        return finding.Search(**how).find_best(["claims"], 100)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(duplicates_group, list(arguments))


A, B = toll("a", "strike", 12), toll("b", "strike-again", 13, claimant="ministry")


def test_claims_about_different_parts_are_not_one(databases: Databases, engine: str) -> None:
    made(databases, engine, {**A, "part": "by strikes"}, {**B, "part": "in captivity"}, toll("c", "strike", 12))
    assert proposed() == []


def test_the_score_is_the_weighed_mean_of_what_was_compared(databases: Databases, engine: str) -> None:
    made(databases, engine, A, B, brought=("b",))
    (found,) = proposed()
    scores = {part.name: part.score for part in found.parts}
    # 12 of 13. `alpha ministry` in `alpha ministry of`: 2 x 14 of 31 letters. A day apart: 100 - 30.
    assert scores == {"figure": 92, "name": 90, "day": 70, "side": 100, "place": 100, "victims": 100}
    # (3 x 92 + 3 x 90 + 2 x 70 + 2 x 100 + 2 x 100 + 100) / 13 = 91.2
    assert (found.score, found.first, found.second) == (91, "a", "b")
    assert (found.first_dataset, found.second_dataset, found.has_same_dataset) == (None, "others", False)
    assert proposed(least=92) == proposed(days=0) == []


OTHERS_OF_A = {
    "harm": {"harm": "injured"},
    "figure": {"best": 17, "value": 17},  # 71 of 100
    "no-figure": {"best": None, "value": None, "qualifier": "unquantified"},
    "claimant": {"claimant": "red-army"},
    "victims": {"victim_status": "civilian"},
    "utterance": {"statement": "one"},
    "retracted": {"status": "retracted", "status_reason": "Wrong."},
    "running": {"event": None, "measure": "cumulative", "stated_on": "2020-10-17"},
}


def test_what_is_another_claim_is_not_proposed(databases: Databases, engine: str) -> None:
    others = [{**toll(id, "strike-again", 12), **other} for id, other in OTHERS_OF_A.items()]
    one = {**A, "statement": "one", "victim_status": "member_of_armed_forces"}
    made(databases, engine, one, *others, toll("same", "strike-again", 12))
    found = [proposal for proposal in proposed(least=0) if "a" in (proposal.first, proposal.second)]
    assert [(proposal.first, proposal.second) for proposal in found] == [("a", "same")]


def test_running_totals_are_of_one_day(databases: Databases, engine: str) -> None:
    given = {"subject_side": "alpha", "qualifier": "exact"}
    days = [("a", "2020-10-17", 700), ("b", "2020-10-18", 701), ("c", "2020-10-18", 702)]
    claims = [worlds.claim(id, stated_on=day, best=best, value=best, **given) for id, day, best in days]
    made(databases, engine, *claims, worlds.claim("undated", best=700, **given))
    assert [(found.first, found.second) for found in proposed(days=31)] == [("b", "c")]
    assert "1 record without a day was not compared." in run("--type", "claims").stderr


def test_records_of_one_dataset_are_flagged_and_can_be_left_out(databases: Databases, engine: str) -> None:
    made(databases, engine, A, B)
    (found,) = proposed()
    assert found.has_same_dataset
    assert proposed(within=False) == []
    assert "91 claims (both of no dataset)" in run("--type", "claims").stdout


def test_events_are_proposed_too(databases: Databases, engine: str) -> None:
    made(databases, engine, A, B)
    with database.connection_context(), open_snapshot(None):
        (found,) = finding.Search(least=0).find_best(["events"], 9)
    scores = {part.name: part.score for part in found.parts}
    name = score_names("Missile strike on Ganja", "Strike on Ganja, missile")
    assert name == 100  # the words are the same
    assert scores == {"figure": 92, "name": name, "day": 70, "side": 100, "place": 100, "type": 100}
    assert found.score == round((3 * 92 + 3 * 100 + 2 * 70 + 2 * 100 + 2 * 100 + 100) / 13) == 94


def test_a_place_is_known_by_its_name_or_by_its_distance() -> None:
    assert score_names("Ağdərə", "agdere") == 100
    assert round(kilometres_between(40.0, 46.0, 41.0, 46.0)) == 111  # a degree of latitude
    assert kilometres_between(0.0, 179.5, 0.0, -179.5) == pytest.approx(kilometres_between(0.0, 0.0, 0.0, 1.0))


# Only an editor decides ------------------------------------------------------------------------------------------


def total(app: Flask) -> worlds.Document:
    answer = app.test_client().get("/v1/statistics/casualties?conflict=war&harm=killed").json
    row: worlds.Document = answer["data"][0]
    return {"best": row["best"], "claims": row["claims"], "left_out": answer["meta"].get("left_out")}


def test_confirming_takes_the_repetition_out_and_nothing_else_does(databases: Databases, engine: str) -> None:
    app = made(databases, engine, A, {**B, "claimant": "alpha-mod", "best": 12, "value": 12}, brought=("b",))
    before = total(app)
    assert before["best"] == 24  # one strike counted twice
    worlds.rebound(app)
    assert "a\n    b" in run().stdout
    assert total(app) == before

    worlds.rebound(app)
    told = run("confirm", "b", "a", "--reason", "One communique.")
    assert told.output == "b-same-as-a, revision 2.\n"
    assert total(app)["best"] == 12
    repeated = app.test_client().get("/v1/claims?left_out_of=conflict%3Dwar%26harm%3Dkilled%26reason%3Dsame_as")
    assert worlds.ids(repeated) == ["b"]
    relation = app.test_client().get("/v1/relations/b-same-as-a").json["data"]
    assert (relation["kind"], relation["note"]) == ("same_as", "One communique.")
    assert proposed() == []


def test_what_is_rejected_is_not_proposed_again_and_changes_no_figure(databases: Databases, engine: str) -> None:
    app = made(databases, engine, A, {**B, "claimant": "alpha-mod"}, brought=("b",))
    before = total(app)
    worlds.rebound(app)
    assert len(proposed()) == 1
    assert run("reject", "a", "b", "--reason", "Two strikes.").output == "a-distinct-from-b, revision 2.\n"
    assert proposed() == []
    assert total(app) == before


@pytest.mark.parametrize(
    ("claim", "target", "told"),
    [
        ("a", "z", "target: There is no claim z."),
        ("strike", "strike-again", "claim: There is no claim strike."),
        ("a", "a", "Nothing was recorded."),
    ],
)
def test_what_cannot_be_confirmed_is_refused(
    databases: Databases, engine: str, claim: str, target: str, told: str
) -> None:
    app = made(databases, engine, A, B)
    refused = run("confirm", claim, target, "--reason", "Why not.")
    assert (refused.exit_code, told in refused.output) == (1, True), refused.output
    assert app.test_client().get("/v1/relations").json["meta"]["total"] == 0


@pytest.mark.parametrize(("first", "then"), [("confirm", "reject"), ("reject", "confirm")])
def test_the_opposite_is_refused_until_it_is_taken_back(
    databases: Databases, engine: str, first: str, then: str
) -> None:
    made(databases, engine, A, {**B, "claimant": "alpha-mod"})
    relation = run(first, "a", "b", "--reason", "So it is.").output.split(",")[0]
    assert run(then, "b", "a", "--reason", "Or not.").output == (
        f"Error: Nothing was recorded. The relation {relation} says the opposite. Retract it first.\n"
    )
    with database.connection_context():
        mark_retracted("relations", relation, "A slip.", "editor")
    assert run(then, "b", "a", "--reason", "Or not.").exit_code == 0


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_told_in_words(databases: Databases, engine: str, reason: str) -> None:
    made(databases, engine, A, B)
    told = run("confirm", "a", "b", "--reason", reason)
    assert told.exit_code == 1 and told.output.startswith("Error: Nothing was recorded. --reason: ")


# Forms, and the number of comparisons ----------------------------------------------------------------------------


def test_table_csv_and_json_tell_the_same(databases: Databases, engine: str) -> None:
    made(databases, engine, A, B, brought=("b",))
    (row,) = csv.DictReader(io.StringIO(run("--type", "claims", "--format", "csv").stdout))
    (told,) = json.loads(run("--type", "claims", "--format", "json").stdout)
    assert row["score"] == str(told["score"]) == "91"
    assert (
        (row["record_type"], row["one"], row["other"])
        == (told["record_type"], told["one"], told["other"])
        == ("claims", "a", "b")
    )
    assert (row["other_dataset"], row["same_dataset"], told["same_dataset"]) == ("others", "false", False)
    assert row["compared"].startswith("figure 92: 12 / 13; name 90: Ministry of Alpha / Alpha Ministry; day 70")
    assert told["compared"][0] == {"name": "figure", "score": 92, "compared": "12 / 13"}
    table = run("--type", "claims")
    assert table.stdout.startswith(" 91 claims (no dataset / others)\n    a\n    b\n      figure 92: 12 / 13\n")
    assert table.stderr == "1 pair compared, 1 proposed.\n"


def crowd(days: int, each: int) -> list[worlds.Document]:
    first = datetime.date(2020, 1, 1)
    return [
        worlds.claim(
            f"day-{day:03}-{number:02}",
            stated_on=str(first + datetime.timedelta(day)),
            subject_side="alpha",
            qualifier="exact",
            best=10 ** (number % 9),
            value=10 ** (number % 9),
        )
        for day in range(days)
        for number in range(each)
    ]


def test_comparisons_grow_as_the_records_do(databases: Databases, engine: str) -> None:
    counts = []
    for days in (10, 20):
        made(databases, engine, *crowd(days, each=10))
        with database.connection_context(), open_snapshot(None):
            search = finding.Search()
            search.find_best(["claims"], 10)
        counts.append(search.compared)
    assert counts == [
        10,
        20,
    ]  # of the ten claims of a day, two have figures of one size; comparing all would be 45 pairs


def test_a_crowded_day_is_bounded_and_told(databases: Databases, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbour_window, "NEIGHBOURS", 5)
    made(databases, engine, *crowd(1, each=60))
    told = run("--type", "claims").stderr
    # Six sizes have 7 claims and three have 6: 6 x (0 + 1 + 2 + 3 + 4 + 5 + 5) + 3 x (0 + 1 + 2 + 3 + 4 + 5).
    assert "165 pairs compared" in told
    assert "15 times, a day had more similar records than can be compared. Use a lower --days." in told


def test_the_crowd_of_one_dataset_does_not_hide_another(
    databases: Databases, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault I22: of five datasets 29 pairs were compared, and 8,804 days were too full."""
    monkeypatch.setattr(neighbour_window, "NEIGHBOURS", 2)
    given = {"stated_on": "2020-01-01", "subject_side": "alpha", "qualifier": "exact", "value": 10}
    ours = [worlds.claim(id, best=10, **given) for id in ("a1", "a2")]
    theirs = [worlds.claim(f"b{number}", best=10, **given) for number in range(5)]
    made(databases, engine, *ours, *theirs, brought=tuple(claim["id"] for claim in theirs))
    pairs = {(found.first, found.second) for found in proposed(within=False)}
    assert {first for first, _ in pairs} == {"a1", "a2"} and pairs == {
        (first, f"b{number}") for first in ("a1", "a2") for number in range(5)
    }


def test_no_pair_that_matters_is_left_out(databases: Databases, engine: str) -> None:
    """Figures of every size, also at the edges of the blocks, against a comparison of all pairs."""
    numbers = [0, 1, 2, 3, 4, 5, 12, 13, 15, 16, 17, 75, 100, 134, 135, 745, 999, 1000, 1342]
    sides = [{"subject_side": "alpha"}, {"subject_side": None}]
    claims = [
        worlds.claim(f"c{number}-{place}", stated_on="2020-01-01", qualifier="exact", best=number, value=number, **side)
        for number in numbers
        for place, side in enumerate(sides)
    ]
    made(databases, engine, *claims)
    with database.connection_context(), open_snapshot(None):
        records = list(finding._read_claims("stated_on", False))
    alike = {
        tuple(sorted((first["id"], second["id"])))
        for first, second in itertools.combinations(records, 2)
        if first["subject_side"] == second["subject_side"] and compare_claims(first, second)
    }
    found = finding.Search(least=0)
    with database.connection_context(), open_snapshot(None):
        assert {(one.first, one.second) for one in found.find_best(["claims"], 10_000)} == alike
    assert len(alike) < found.compared < len(claims) * (len(claims) - 1) / 4


def test_the_seeds_hold_a_figure_that_two_ministries_state(seeded: Flask) -> None:
    """84 Armenian soldiers by 29 September 2020: Armenia's ministry repeats Artsakh's Defence Army."""
    worlds.rebound(seeded)
    found = {(proposal.first, proposal.second): proposal.score for proposal in proposed()}
    assert found["armenia-mod-2020-09-29-armenian-killed", "artsakh-mod-2020-09-29-armenian-killed"] == 94
    assert len(found) == 3
