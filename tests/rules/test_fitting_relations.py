"""Every way to write refuses a relation that cannot be true, also if a correction makes it untrue."""

import json
import pathlib
from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from api.records.faults import RefusedError
from imports.packages.load import load_package
from tests.conftest import Databases
from tests.support import imported, worlds
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import Document, World
from tests.v1.records.test_bad_inputs import ask, dumped, with_key


def said(id: str, claimant: str, day: str | None, best: int | None, **more: Any) -> Document:
    """Return a claim about Red's dead in the clash, stated on a day."""
    figure = {"qualifier": "exact", "value": best, "low": best, "best": best, "high": best}
    about = {"conflict": "war", "event": "clash", "measure": "incident", "subject_side": "red", "harm": "killed"}
    stated = {"stated_on": day, "stated_until": day}
    return {"id": id, "kind": "casualty", "claimant": claimant, **about, **stated, **(figure if best else {}), **more}


RUNNING = {"event": None, "measure": "cumulative"}
MARCH = {"event": None, "measure": "period", "covers_from": "2020-03-01", "covers_to": "2020-03-31"}
MAY = MARCH | {"covers_from": "2020-05-01", "covers_to": "2020-05-31"}
CLAIMS = [
    said("old", "red-army", "2020-03-02", 5),
    said("new", "red-army", "2020-03-04", 7),
    said("undated", "red-army", None, 7),
    said("morning", "red-army", "2020-03-05", 8, stated_precision=1, stated_at="08:00"),
    said("evening", "red-army", "2020-03-05", 8, stated_precision=1, stated_at="19:00"),
    said("of-north", "north-army", "2020-03-04", 5, subject_side="red-north"),
    said("of-south", "south-army", "2020-03-04", 5, subject_side="red-south"),
    said("of-exile", "exile", "2020-03-03", 5),
    said("of-alpha", "alpha-mod", "2020-03-04", 5),
    said("of-monitor", "monitor", "2020-03-04", 5),
    said("of-observer", "observers", "2020-03-05", 5),
    said("shelled", "red-army", "2020-05-12", 7, event="shelling"),
    said("elsewhere", "red-army", "2020-05-12", 7, conflict="other", **RUNNING),
    said("so-far", "red-army", "2020-05-12", 20, **RUNNING),
    said("since-may", "red-army", "2020-06-01", 9, **RUNNING, covers_from="2020-05-20"),
    said("in-march", "red-army", "2020-04-02", 6, **MARCH),
    said("in-may", "red-army", "2020-06-02", 4, **MAY),
    said("ours", "red-army", "2020-03-04", 7, subject_side="alpha"),
    said("hurt", "red-army", "2020-03-04", 7, harm="injured"),
    said("hit", "red-army", "2020-03-04", 9, harm="killed_or_injured"),
    said("soldiers", "red-army", "2020-03-03", 3, victim_status="member_of_armed_forces"),
    said("civilians", "red-army", "2020-03-04", 3, victim_status="civilian"),
    said("about-hundred", "red-army", "2020-03-04", 100, qualifier="about", low=None, high=None),
    said("many", "red-army", "2020-03-04", 50, qualifier="at_least", high=None),
    said("few", "red-army", "2020-03-04", None, qualifier="between", low=1, high=60),
    {"id": "denied", "kind": "denial", "conflict": "war", "claimant": "alpha-mod", "subject_side": "red",
     "stated_on": "2020-03-03", "stated_until": "2020-03-03"},
    {"id": "blamed", "kind": "responsibility", "conflict": "war", "event": "clash", "claimant": "red-army",
     "responsible_side": "alpha", "stated_on": "2020-03-06", "stated_until": "2020-03-06"},
]  # fmt: skip
WORLD: World = {
    record_type: worlds.SMALL[record_type] for record_type in ("sides", "conflicts", "sources", "events")
} | {
    "claimants": [
        *worlds.SMALL["claimants"],
        {"id": "north-army", "name": "North army", "side": "red-north"},
        {"id": "south-army", "name": "South army", "side": "red-south"},
        {"id": "exile", "name": "Exile", "affiliation": "red"},
        {"id": "monitor", "name": "Monitor"},
        {"id": "mirror", "name": "Mirror"},
    ],
    "claims": CLAIMS,
    "reports": [worlds.report(claim["id"], "times") for claim in CLAIMS],
}  # fmt: skip
#: Kind, claim, target and some words of the message; None: the relation can be true.
CASES: list[tuple[str, str, str, str | None]] = [
    ("supersedes", "new", "old", None),
    ("supersedes", "old", "new", "before new on 2020-03-04"),
    ("supersedes", "undated", "new", None),
    ("supersedes", "new", "undated", None),
    ("supersedes", "evening", "morning", None),
    ("supersedes", "morning", "evening", "before evening"),
    ("supersedes", "of-north", "old", None),  # a member can speak for its camp
    ("supersedes", "of-north", "of-exile", None),  # an authority of the side to which the exile belongs
    ("supersedes", "of-exile", "old", "does not speak for its side"),
    ("supersedes", "of-alpha", "old", "does not speak for its side"),
    ("supersedes", "of-monitor", "old", "does not speak for its side"),
    ("supersedes", "of-alpha", "of-monitor", "does not speak for its side"),
    ("supersedes", "of-observer", "of-exile", None),  # both belong to Red
    ("supersedes", "of-south", "of-north", "not about the same people"),
    ("supersedes", "shelled", "old", "different events"),
    ("supersedes", "elsewhere", "in-march", "neither conflict is a phase"),
    ("supersedes", "so-far", "old", "of that event only"),
    ("supersedes", "in-may", "in-march", "no day in common"),
    ("supersedes", "since-may", "so-far", "no day in common"),
    ("supersedes", "so-far", "in-march", None),
    ("supersedes", "ours", "old", "not about the same people"),
    ("supersedes", "hurt", "old", "not about the same people"),
    ("supersedes", "hit", "old", None),
    ("supersedes", "civilians", "soldiers", "not about the same people"),
    ("supersedes", "civilians", "old", None),  # the newer claim says that all victims are civilians
    ("supersedes", "blamed", "old", "one is a figure"),
    ("revises", "of-monitor", "old", None),
    ("revises", "old", "of-monitor", "before of-monitor"),
    ("revises", "hurt", "old", "not about the same people"),
    ("includes", "new", "old", None),
    ("includes", "old", "new", None),  # the part may be newer and higher
    ("includes", "of-monitor", "new", None),  # two claimants may contradict each other
    ("includes", "soldiers", "old", "greater than the whole"),
    ("includes", "few", "many", None),
    ("includes", "about-hundred", "many", None),
    ("includes", "new", "many", "greater than the whole"),
    ("includes", "many", "about-hundred", None),  # "at least 50" has no upper bound
    ("includes", "few", "about-hundred", "greater than the whole"),  # at least 90 is more than at most 60
    ("includes", "in-march", "old", None),
    ("includes", "in-may", "old", "no day in common"),
    ("includes", "in-march", "shelled", "no day in common"),
    ("includes", "so-far", "shelled", None),
    ("includes", "elsewhere", "old", "neither conflict is a phase"),
    ("includes", "so-far", "ours", "not about the same people"),
    ("includes", "so-far", "hurt", "not about the same people"),
    ("includes", "so-far", "blamed", "only a casualty figure"),
    ("same_as", "of-alpha", "of-exile", None),
    ("same_as", "of-exile", "of-observer", "before of-observer on 2020-03-05"),
    ("same_as", "of-exile", "of-alpha", None),  # one day apart can be another time zone
    ("same_as", "shelled", "new", None),  # they can be two records of one event
    ("same_as", "new", "of-alpha", "their ranges do not meet"),
    ("same_as", "hurt", "new", "not about the same people"),
    ("same_as", "denied", "old", "of its own kind"),
    ("misreports", "hurt", "ours", None),
    ("misreports", "old", "shelled", "before shelled"),
    ("contradicts", "hurt", "ours", None),
    ("contradicts", "shelled", "new", "different events"),
    ("denies", "denied", "new", None),
    ("denies", "denied", "elsewhere", "neither conflict is a phase"),
    ("distinct_from", "old", "shelled", None),
]  # fmt: skip


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    return with_key(worlds.made(databases, engine, WORLD))


@pytest.fixture
def client(app: Flask) -> HonestClient:
    worlds.rebound(app)
    return open_client(app)


def relation(kind: str, claim: str, target: str, **more: Any) -> Document:
    return {"id": f"{claim}-{kind.replace('_', '-')}-{target}", "kind": kind, "claim": claim, "target": target, **more}


def post(client: HonestClient, record_type: str, body: Any, query: str = "reason=x") -> Any:
    return ask(client, "POST", record_type, dumped(body), query=query)


def messages(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code in (200, 201, 422), answer.text
    return [(error["name"], error["message"]) for error in answer.json.get("errors", ())]


def test_relations_that_cannot_be_true_are_refused(client: HonestClient) -> None:
    for kind, claim, target, word in CASES:
        answer = post(client, "relations", relation(kind, claim, target), "reason=x&dry_run=1")
        faults = messages(answer)
        assert [name for name, _ in faults] == ["/target"] * len(faults), (kind, claim, target)
        assert (word is None and not faults) or any(word and word in message for _, message in faults), (
            kind, claim, target, faults,
        )  # fmt: skip


def test_an_array_names_each_and_other_faults(client: HonestClient) -> None:
    body = [relation("supersedes", "of-alpha", "old"), relation("includes", "soldiers", "old", note=3)]
    assert sorted(name for name, _ in messages(post(client, "relations", body))) == [
        "/0/target",
        "/1/note",
        "/1/target",
    ]


def test_a_relation_is_not_known_before_its_claim(client: HonestClient) -> None:
    for day, is_refused in (("2020-03-02", True), ("2020-03-03", False)):
        body = relation("supersedes", "new", "old", stated_on=day, stated_until=day)
        faults = messages(post(client, "relations", body, "reason=x&dry_run=1"))
        assert [name for name, _ in faults] == ["/stated_until"] * is_refused
    retracted = relation("supersedes", "of-alpha", "old", status="retracted", status_reason="A slip.")
    assert messages(post(client, "relations", retracted, "reason=x&dry_run=1")) == []


RELATIONS = [
    relation("supersedes", "of-north", "of-exile"),
    relation("supersedes", "new", "old"),
    relation("includes", "in-march", "old"),
    relation("includes", "so-far", "in-march"),
    relation("same_as", "of-alpha", "of-monitor"),
    relation("contradicts", "blamed", "denied"),
]
#: A correction, and the field that is refused; None: it is accepted.
CORRECTIONS: list[tuple[str, str, Document, str | None]] = [
    ("claims", "new", {"note": "Read again."}, None),
    ("claims", "new", {"claimant": "monitor"}, "claimant"),
    ("claims", "new", {"claimant": "north-army"}, None),
    ("claims", "new", {"stated_on": "2020-03-01", "stated_until": "2020-03-01"}, "stated_on"),
    ("claims", "old", {"harm": "injured"}, "harm"),
    ("claims", "old", {"value": 9}, "best"),  # the part would be nine, of a whole of six in March
    ("claims", "in-march", {"value": 30}, "best"),
    ("claims", "in-march", {"covers_from": "2020-03-10"}, "covers_from"),
    ("claims", "of-alpha", {"stated_on": "2020-03-02", "stated_until": "2020-03-02"}, "stated_on"),
    ("claimants", "north-army", {"side": "alpha"}, "side"),
    ("claimants", "exile", {"affiliation": None}, "side"),
    ("claimants", "exile", {"name": "The exile"}, None),
    ("events", "clash", {"started_on": "2020-04-04", "ended_on": "2020-04-04"}, "started_on"),
    ("sides", "red-north", {"member_of": []}, "member_of"),
    ("relations", "new-supersedes-old", {"claim": "of-alpha"}, "target"),
    ("relations", "new-supersedes-old", {"kind": "includes"}, None),
    ("relations", "in-march-includes-old", {"target": "ours"}, "target"),
]  # fmt: skip


def test_a_correction_that_makes_a_relation_untrue_is_refused(databases: Databases, engine: str) -> None:
    app = with_key(worlds.made(databases, engine, WORLD | {"relations": RELATIONS}))
    client = app.test_client()
    for record_type, slug, patch, field in CORRECTIONS:
        answer = ask(client, "PATCH", record_type, dumped(patch), path=slug, query="reason=x&dry_run=1")
        faults = messages(answer)
        assert {name for name, _ in faults} >= ({f"/{field}"} if field else set()), (record_type, slug, patch, faults)
        assert bool(faults) is bool(field), (record_type, slug, patch, faults)
        if field and record_type != "relations":
            assert any("This change makes the relation" in message for _, message in faults), faults
    six = {"qualifier": "exact", "value": 12, "low": 12, "best": 12, "high": 12, "harm": "killed"}
    carried = {"id": "old-in-wire", "claim": "old", "source": "wire", **six}
    assert post(client, "reports", carried).status_code == 422  # the part would be greater than its whole
    gone = {"status": "retracted", "status_reason": "A slip."}
    assert messages(ask(client, "PATCH", "claims", dumped(gone), path="new")) == []
    assert messages(ask(client, "PATCH", "claims", dumped({"claimant": "monitor"}), path="new")) == []
    faults = messages(ask(client, "PATCH", "claims", dumped({"status": "active"}), path="new"))
    assert "does not speak for its side" in dict(faults)["/claimant"]


def test_packages_and_imports_refuse_the_same(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    """A package contains claims and relations; an import relates claims that exist."""
    worlds.made(databases, engine, WORLD)
    files = {
        "sides": "id,name\nred,Red\nblue,Blue\n", "conflicts": "id,name\nwar,War\n",
        "claimants": "id,name,side_id\narmy,Army,red\nnavy,Navy,blue\n", "sources": "id,publisher\nt,Times\n",
        "claims": "id,conflict_id,claimant_id,harm,measure,qualifier,best\n"
        "one,war,army,killed,cumulative,about,3\ntwo,war,navy,killed,cumulative,about,4\n",
        "reports": "id,claim_id,source_id\nr1,one,t\nr2,two,t\n",
        "relations": "id,claim_id,kind,target_id\ntie,two,supersedes,one\n",
    }  # fmt: skip
    wrong = tmp_path / "relations.ndjson"
    wrong.write_text(json.dumps(relation("supersedes", "of-alpha", "old")) + "\n")
    refused = imported.run(wrong, "--mapping", "plain", "--report", tmp_path / "report.csv")
    assert refused.exit_code != 0
    assert "does not speak for its side" in (tmp_path / "report.csv").read_text()
    folder = tmp_path / "package"
    folder.mkdir()
    for record_type, text in files.items():
        (folder / f"{record_type}.csv").write_text(text)
    worlds.made(databases, engine, {})
    with database.connection_context(), pytest.raises(RefusedError, match="record 1, target: one is by army, and navy"):
        load_package(folder, "A package.")
    (folder / "claimants.csv").write_text(files["claimants"].replace("blue", "red"))
    with database.connection_context():
        assert load_package(folder, "A package.")["relations"] == 1
