"""Changes give old and new figures in words, in JSON, CSV and Atom. They take the filters of a list of claims."""

import csv
import io
import logging
import pathlib
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from api.writes.update import mark_retracted, revise_record
from seeds import DATA
from tests.cli.test_make_release import create
from tests.conftest import Databases
from tests.support import worlds
from tests.support.imported import command

ATOM = "{http://www.w3.org/2005/Atom}"
EVENTS = DATA / "ucdp-ged-ukraine" / "conflict_data_ukr.v2-to2019.csv"


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Write release one, then a correction, a retraction and a claim that replaces another, then release two."""
    app = worlds.made(databases, engine, worlds.SMALL)
    folder = tmp_path_factory.mktemp("releases")
    create(app, "one", folder)
    with database.connection_context():
        figure = dict.fromkeys(("value", "low", "best", "high"), 2783)
        revise_record("claims", "a-own", {**figure, "qualifier": "exact"}, "The ministry counted again.", "editor")
        revise_record("claims", "a-own", {"note": "See the ministry."}, "A note.", "editor")
        mark_retracted("claims", "g-estimate", "Not theirs.", "editor")
    create(app, "two", folder)
    return app


def get(app: Flask, address: str) -> Any:
    worlds.rebound(app)
    answer = app.test_client().get(address, buffered=True)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("form", ["", ".csv", ".ndjson"])
def test_a_page_of_changes_reads_its_entries_once_for_its_columns(
    app: Flask, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Six columns are parts of an entry. Each of them read and parsed all entries of the page again."""
    columns = "old,new,before,after,redacted"
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "peewee"):
        get(app, f"/v1/changes{form}?fields=id,{columns}")
    statements = [str(record.msg[0]) for record in caplog.records if record.name == "peewee"]
    assert len([sql for sql in statements if '"change_text"' in sql]) == 1


def test_the_diff_tells_old_and_new_figures(app: Flask) -> None:
    answer = get(app, "/v1/releases/two/diff?from=one&resource=claims").json
    own, estimate = answer["data"]
    assert own["text"] == "Ministry of Alpha: 2,783 killed, was 3"
    assert (own["old"]["best"], own["old"]["qualifier"], own["new"]["best"]) == (3, "exact", 2783)
    assert own["reasons"] == ["The ministry counted again.", "A note."]
    assert estimate["text"] == "Observers: 1,000 (up to 1,200) missing, now retracted"
    assert (estimate["old"]["status"], estimate["new"]["status"]) == ("active", "retracted")
    assert answer["meta"]["total"] == 2


@pytest.mark.parametrize("form", ["csv", "ndjson", "xlsx"])
def test_the_diff_has_the_other_forms(app: Flask, form: str) -> None:
    answer = get(app, f"/v1/releases/two/diff.{form}?from=one&resource=claims")
    if form == "csv":
        own, _ = csv.DictReader(io.StringIO(answer.text))
        assert (own["text"], own["old_best"], own["new_best"]) == (
            "Ministry of Alpha: 2,783 killed, was 3",
            "3",
            "2783",
        )
    assert get(app, f"/v1/releases/two/diff?from=one&format={form}&fields=id,text").data


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("claimant=alpha-mod", ["a-own"]),
        ("claimant=observers", ["g-estimate"]),
        ("conflict=war", ["a-own", "g-estimate"]),
        ("conflict=other", []),
        ("event=clash", ["a-own"]),
        ("event=none", []),
        ("subject_side=alpha&harm=killed", ["a-own"]),
        ("harm=missing", ["g-estimate"]),
        ("dataset=none", ["a-own", "g-estimate"]),
        ("operation=retract", ["g-estimate"]),
        ("resource=reports", ["g-estimate-in-times", "g-estimate-in-wire"]),
        ("id=a-own", ["a-own"]),
    ],
)
def test_the_diff_is_filtered_like_a_list(app: Flask, question: str, ids: list[str]) -> None:
    answer = get(
        app, f"/v1/releases/two/diff?from=one&{question}{'' if 'resource=' in question else '&resource=claims'}"
    ).json
    assert [changed["id"] for changed in answer["data"]] == ids
    assert answer["meta"]["total"] == len(ids)


def test_the_diff_has_pages_within_a_filter(app: Flask) -> None:
    first = get(app, "/v1/releases/two/diff?from=one&conflict=war&resource=claims&limit=1").json
    second = get(app, first["links"]["next"].removeprefix("http://127.0.0.1:8000")).json
    assert [page["data"][0]["id"] for page in (first, second)] == ["a-own", "g-estimate"]
    elsewhere = first["links"]["next"].replace("conflict=war", "conflict=other")
    worlds.told(app.test_client().get(elsewhere), 400, "bad-cursor")


def sentences(app: Flask, question: str) -> list[str]:
    return [change["text"] for change in get(app, f"/v1/changes?{question}").json["data"]]


def titles(app: Flask, question: str) -> list[str]:
    feed = ElementTree.fromstring(get(app, f"/v1/changes.atom?{question}").text)
    return [entry.findtext(f"{ATOM}title") or "" for entry in feed.findall(f"{ATOM}entry")]


def test_titles_of_the_feed_are_what_a_person_would_say(app: Flask) -> None:
    assert titles(app, "limit=3&resource=claims") == [
        "Observers: 1,000 (up to 1,200) people of Red South missing; now retracted",
        "Ministry of Alpha: 2,783 civilians (female) of Alpha killed; note changed",
        "Ministry of Alpha: 2,783 civilians (female) of Alpha killed; before: 3",
    ]
    assert titles(app, "claimant=red-army&resource=claims,claimants") == [
        "A test: 2 claims and 1 claimant added by the seeds"
    ]
    assert sentences(app, "claimant=red-army&resource=claims,claimants") == [
        "Army of the Reds (claimant): new",
        "Army of the Reds: an unstated number (at least 24) injured (new claim)",
        "Army of the Reds: denial (new claim)",
    ]


def test_a_sentence_keeps_the_figures_of_its_day(app: Flask) -> None:
    """The target was 3 when the relation was entered; it is 2,783 now."""
    (words,) = sentences(app, "id=d-contradicts-a")
    assert words == "Army of the Reds: denial, contradicts Ministry of Alpha: 3 killed"
    assert sentences(app, "id=g-supersedes-e") == [
        "Observers: 1,000 (up to 1,200) missing, was losses, number not stated"
    ]


def test_a_report_without_a_figure_repeats_that_of_its_claim(app: Flask) -> None:
    """The claim was 3 when the report was entered; it is 2,783 now."""
    reports = ",".join(report["id"] for report in worlds.SMALL["reports"] if report["claim"] in ("a-own", "d-denial"))
    assert sorted(sentences(app, f"id={reports}&operation=create")) == [
        "Agency on Army of the Reds: repeats denial (new report)",
        "Agency on Ministry of Alpha: repeats 3 killed (new report)",
        "Times, Weekly on Ministry of Alpha: repeats 3 killed (new report)",
    ]


def test_changes_have_the_words_and_the_figures(app: Flask) -> None:
    changes = get(app, "/v1/changes?id=a-own&resource=claims").json["data"]
    assert [change["text"] for change in changes] == [
        "Ministry of Alpha: 3 killed (new claim)",
        "Ministry of Alpha: 2,783 killed, was 3",
        "Ministry of Alpha: 2,783 killed; note changed",
    ]
    assert [change["old"] and change["old"]["best"] for change in changes] == [None, 3, 2783]
    _, row, _ = csv.DictReader(io.StringIO(get(app, "/v1/changes.csv?id=a-own&resource=claims").text))
    assert (row["text"], row["old_best"], row["new_best"]) == ("Ministry of Alpha: 2,783 killed, was 3", "3", "2783")


def test_a_filter_that_names_nothing_is_refused_with_the_nearest(app: Flask) -> None:
    for address in ("/v1/changes?", "/v1/changes.atom?", "/v1/releases/two/diff?from=one&"):
        worlds.rebound(app)
        body = worlds.told(app.test_client().get(f"{address}claimant=alpha-mud"), 422, "unknown-record")
        assert body["errors"][0]["did_you_mean"] == ["alpha-mod"]


@pytest.fixture(scope="module")
def imported(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A small world, release 2018 of a dataset, and a release of this database."""
    app = worlds.made(databases, engine, worlds.SMALL)
    command("ucdp-ged", [EVENTS], databases, "--release", "2018")
    with database.connection_context():
        revise_record("claims", "a-own", {"note": "Later."}, "A note.", "editor")
    create(app, "2026-1", tmp_path_factory.mktemp("releases"))
    return app


def test_both_kinds_of_release_are_found_by_name_and_told_apart(imported: Flask) -> None:
    for name, kind, id, revision in (
        ("2018", "dataset", "ucdp-ged:2018", 2),
        ("ucdp-ged:2018", "dataset", "ucdp-ged:2018", 2),
        ("2026-1", "database", "2026-1", 3),
    ):
        meta = get(imported, f"/v1/claims?release={name}&limit=1").json["meta"]
        assert meta["release"] == {"kind": kind, "id": id, "revision": revision}
        assert meta["revision"] == revision
    assert "release" not in get(imported, "/v1/claims?limit=1").json["meta"]
    assert get(imported, "/v1/claims/a-own?release=2018").json["meta"]["release"]["kind"] == "dataset"
    changed = get(imported, "/v1/releases/2026-1/diff?from=ucdp-ged:2018").json["data"]
    assert [row["id"] for row in changed] == ["a-own"]


def test_a_release_that_is_neither_is_refused_with_both_kinds(imported: Flask, tmp_path: pathlib.Path) -> None:
    worlds.rebound(imported)
    body = worlds.told(imported.test_client().get("/v1/claims?release=2017"), 422, "unknown-record")
    assert body["errors"][0]["allowed"] == ["2026-1", "ucdp-ged:2018"]
    missing = worlds.told(imported.test_client().get("/v1/releases/2018"), 404, "not-found")
    assert "It is a release of the dataset ucdp-ged: see /v1/datasets." in missing["detail"]
    taken = create(imported, "2018", tmp_path)
    assert (taken.exit_code, "A dataset has a release of this name: ucdp-ged:2018." in taken.output) == (1, True)


def test_changes_are_filtered_by_dataset(imported: Flask) -> None:
    changes = get(imported, "/v1/changes?dataset=ucdp-ged&resource=claims&limit=1").json
    assert (changes["meta"]["total"], changes["data"][0]["revision"]) == (85, 2)
    assert get(imported, "/v1/changes?dataset=none&since=1").json["meta"]["total"] == 1
