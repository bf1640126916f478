"""Every statistic has a feed with an entry for each write that changed its answer, and for no other write."""

import json
import random
from collections import OrderedDict
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.change_log.matching_changes import list_revisions_behind
from api.database.connection import database
from api.database.deadline import deadline
from api.database.statements import select_rows
from api.listings import claims
from api.listings.query import bind_question
from api.v1.feeds import statistic_entries
from api.v1.feeds.statistic_entries import MOST_COMPARED
from api.v1.feeds.statistic_rows import KEYS, RowChange, drop_addresses, name_row, say_change, say_row
from api.writes.update import mark_retracted, revise_record
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.contract import open_client
from tests.support.editors import Editor, base

HERE = "http://127.0.0.1:8000"
#: By statistic: a question about the random world.
QUESTIONS = {
    "casualties": "/v1/statistics/casualties{}?conflict=war&group_by=harm,subject_side",
    "casualties of a phase": "/v1/statistics/casualties{}?recorded_conflict=phase&basis=totals&policy=latest",
    "casualties of an event": "/v1/statistics/casualties{}?event=clash&group_by=event",
    "casualties of a harm": "/v1/statistics/casualties{}?harm=killed&claimant=one-mod",
    "casualties by dataset": "/v1/statistics/casualties{}?group_by=dataset",
    "matrix": "/v1/statistics/matrix{}?conflict=war",
    "disagreement": "/v1/statistics/disagreement{}?of=both",
    "disagreement about an event": "/v1/events/clash/disagreement{}",
    "places": "/v1/statistics/places{}?conflict=war",
    "timeliness": "/v1/statistics/timeliness{}?subject_side=camp-one&of=events",
    "series": "/v1/statistics/series{}?conflict=war",
    "check": "/v1/check{}?conflict=war&number=3",
    "number of claims": "/v1/statistics/claims{}?group_by=harm,claimant_side",
    "number of events": "/v1/statistics/events{}?group_by=type",
}
every_question = pytest.mark.parametrize("name", QUESTIONS)


@pytest.fixture(scope="module")
def edited(databases: Databases, engine: str) -> Flask:
    """Return an application with as many random writes as a feed compares."""
    app = make_app(databases.upgraded(engine), databases.folder)
    worlds.write(base())
    editor = Editor(app, random.Random(3))
    while newest(app) < MOST_COMPARED:
        editor.act()
    return app


def newest(app: Flask) -> int:
    worlds.rebound(app)
    with database.connection_context():
        return int(select_rows("SELECT MAX(number) FROM revision")[0][0])


def read_feed(app: Flask, address: str) -> Any:
    worlds.rebound(app)
    answer = open_client(app).get(address)
    assert answer.status_code == 200, answer.text
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def read_rows(app: Flask, address: str) -> list[str]:
    """Return the rows of an answer without addresses and names; an answer about what did not exist yet has none."""
    answer = FlaskClient(app).get(address, buffered=True)
    if answer.status_code in (404, 422):
        return []
    assert answer.status_code == 200, answer.text
    return sorted(json.dumps(drop_addresses(json.loads(line)), sort_keys=True) for line in answer.text.splitlines())


@every_question
def test_an_entry_for_each_write_that_changed_the_answer(edited: Flask, name: str) -> None:
    """The answers are asked again, one by one, at every revision."""
    question = QUESTIONS[name]
    pin = question.format(".ndjson") + ("&" if "?" in question else "?") + "revision="
    rows = {0: list[str](), **{number: read_rows(edited, f"{pin}{number}") for number in range(1, newest(edited) + 1)}}
    changed = [number for number in range(newest(edited), 0, -1) if rows[number] != rows[number - 1]]
    feed = read_feed(edited, question.format(".atom"))
    assert [int(entry.id.rpartition("#revision-")[2]) for entry in feed.entries] == changed
    for entry, number in zip(feed.entries, changed, strict=True):
        assert read_rows(edited, entry.link.removeprefix(HERE).replace("?", ".ndjson?", 1)) == rows[number]


@every_question
def test_both_forms_have_the_same_entries_and_a_304(edited: Flask, name: str) -> None:
    atom = read_feed(edited, QUESTIONS[name].format(".atom"))
    client = open_client(edited)
    answer = client.get(QUESTIONS[name].format(".jsonfeed"))
    other = json.loads(answer.data)
    assert [(entry.id, entry.title, entry.link) for entry in atom.entries] == [
        (item["id"], item["title"], item["url"]) for item in other["items"]
    ]
    assert other["title"] == atom.feed.title
    same = client.get(QUESTIONS[name].format(".jsonfeed"), headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
    link = client.get(QUESTIONS[name].format("")).headers["Link"]
    assert f'<{atom.feed.links[0].href}>; rel="alternate"; type="application/atom+xml"' in link


@pytest.fixture(scope="module")
def counted(databases: Databases, engine: str) -> Flask:
    """Write one running total of 10 dead; correct it to 12; add another war's; take the first back."""
    world = {
        "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "beta", "name": "Beta"}],
        "conflicts": [
            {"id": "war", "name": "The war", "sides": ["alpha", "beta"]},
            {"id": "other", "name": "Another war", "sides": ["alpha", "beta"]},
        ],
        "claimants": [{"id": "alpha-mod", "name": "Ministry of Alpha", "side": "alpha"}],
        "sources": [{"id": "times", "publisher": "Times"}],
        "claims": [total("first", "war", 10)],
        "reports": [worlds.report("first", "times")],
    }
    app = worlds.made(databases, engine, world)
    with database.connection_context():
        revise_record("claims", "first", dict.fromkeys(("value", "low", "best", "high"), 12), "Counted again.", "key")
        revise_record("sources", "times", {"note": "Weekly."}, "A note.", "key")
    worlds.write({"claims": [total("second", "other", 7)], "reports": [worlds.report("second", "times")]}, who="key")
    with database.connection_context():
        mark_retracted("claims", "first", "A mistake.", "key")
    return app


def total(id: str, conflict: str, number: int) -> dict[str, Any]:
    figure = dict.fromkeys(("value", "low", "best", "high"), number)
    days = {"covers_from": "2020-01-01", "covers_to": "2020-03-01", "stated_on": "2020-03-02"}
    exact = {"stated_until": "2020-03-02", "stated_precision": 1, "qualifier": "exact", "subject_side": "alpha"}
    return worlds.claim(id, conflict=conflict, **figure, **days, **exact)


def test_a_title_says_the_figure_before_and_after(counted: Flask) -> None:
    feed = read_feed(counted, "/v1/statistics/casualties.atom?conflict=war&group_by=subject_side&basis=totals")
    assert [entry.title for entry in feed.entries] == [
        "The war, Alpha, killed, running total: no figure; before: 12",
        "The war, Alpha, killed, running total: 12; before: 10",
        "The war, Alpha, killed, running total: 10; before: no figure",
    ]
    assert [entry.author for entry in feed.entries] == ["key", "key", "seed"]
    assert feed.entries[1].content[0].value.split("\n") == ["Counted again.", feed.entries[1].title]
    assert feed.feed.title.startswith("Counterclaim: casualty figures, conflict war, ")


def test_a_row_of_a_series_is_named_by_its_people_and_its_day() -> None:
    row = {
        "claimant": {"id": "mod", "name": "Ministry"}, "subject_side": {"id": "alpha", "name": "Alpha"},
        "harm": "killed", "victim_status": "civilian", "victim_sex": "any", "victim_age": "child",
        "measure": "cumulative", "part": None, "kind": "point", "stated_on": "2020-10-03", "claim": "a-b", "from": None,
    }  # fmt: skip
    assert (
        name_row(row, KEYS["series"]) == "Ministry, Alpha, killed, civilians, children, running total, 3 October 2020"
    )
    assert name_row(row | {"victim_status": "any", "victim_age": "any", "stated_on": None}, KEYS["series"]) == (
        "Ministry, Alpha, killed, running total"
    )


def test_a_recorded_silence_is_said_with_its_days() -> None:
    row = {
        "claimant": {"id": "mod", "name": "Ministry"}, "subject_side": {"id": "alpha", "name": "Alpha"},
        "harm": "killed", "kind": "gap", "claim": "silent", "best": None, "from": "2020-10-03", "to": "2020-10-31",
    }  # fmt: skip
    assert say_change(RowChange(None, row), KEYS["series"]) == (
        "Ministry, Alpha, killed: no figure of its own, 3 October 2020 to 31 October 2020, a recorded silence; "
        "before: no figure"
    )


def test_a_figure_without_an_upper_end_says_so() -> None:
    figure = {"low": 10, "best": 12, "high": 15, "open_ended": 1}
    about = {"qualifier": "about", "value": 60, "low": None, "best": 60, "high": None}
    assert say_row(about) == "about 60"
    assert say_row(figure) == "12 (10 to 15) or more" and say_row(figure | {"open_ended": 0}) == "12 (10 to 15)"


def test_the_figures_of_another_question_are_no_entry(counted: Flask) -> None:
    feed = read_feed(counted, "/v1/statistics/casualties.atom?conflict=other&group_by=subject_side&basis=totals")
    assert [entry.title for entry in feed.entries] == [
        "Another war, Alpha, killed, running total: 7; before: no figure"
    ]


def test_a_count_says_its_numbers(counted: Flask) -> None:
    feed = read_feed(counted, "/v1/statistics/claims.atom?group_by=harm,responsible_side&status=active")
    assert [entry.title for entry in feed.entries] == [
        "Killed, responsible side not stated: 1 claim; before: 2 claims",
        "Killed, responsible side not stated: 2 claims; before: 1 claim",
        "Killed, responsible side not stated: 1 claim; before: no figure",
    ]


@pytest.mark.parametrize("sent", ["revision=1", "limit=3", "cursor=x&limit=3", "sort=best", "evidence=1&limit=3"])
def test_a_parameter_that_a_feed_does_not_have_is_refused(counted: Flask, sent: str) -> None:
    worlds.rebound(counted)
    worlds.told(open_client(counted).get(f"/v1/statistics/casualties.atom?{sent}"), 422, "invalid-parameter")


def test_an_unknown_record_is_refused_as_in_the_answer(counted: Flask) -> None:
    worlds.rebound(counted)
    worlds.told(open_client(counted).get("/v1/statistics/casualties.atom?conflict=wart"), 422, "unknown-record")
    worlds.told(open_client(counted).get("/v1/events/nothing/disagreement.atom"), 404, "not-found")


def test_a_body_cannot_be_subscribed_to(counted: Flask) -> None:
    worlds.rebound(counted)
    answer = open_client(counted).post("/v1/check?format=atom", json={"conflict": "war", "number": 10})
    worlds.told(answer, 422, "format-not-available")


def test_a_feed_that_takes_too_long_has_the_newest_and_goes_on_at_the_next_request(
    counted: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is up after each comparison: four comparisons need four requests."""
    address = "/v1/statistics/casualties.atom?conflict=war&group_by=subject_side&basis=totals&policy=latest"
    worlds.rebound(counted)
    client = open_client(counted)
    checks: list[None] = []

    def stop_at_the_second() -> None:
        checks.append(None)
        if len(checks) % 2 == 0:
            raise statistic_entries.TooSlowError

    monkeypatch.setattr(statistic_entries, "check_time", stop_at_the_second)
    answers = [client.get(address) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
    assert [answer.headers["Cache-Control"] == "no-store" for answer in answers] == [True, True, True, False]
    titles = [[entry.title for entry in feedparser.parse(answer.data).entries] for answer in answers]
    assert len(titles[-1]) == 3 and all(titles[-1][: len(some)] == some for some in titles)
    assert 1 <= len(titles[0]) <= len(titles[1]) <= len(titles[2])


def test_a_feed_has_the_time_of_two_answers_for_its_first_comparison(
    counted: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of now takes all the time that a page has: the one before it still has as much."""
    worlds.rebound(counted)
    read_newest = statistic_entries._Comparison.read_newest

    def read_until_the_end(comparison: Any) -> Any:
        rows = read_newest(comparison)
        monkeypatch.setattr(deadline, "at", 0.0)
        return rows

    monkeypatch.setattr(statistic_entries._Comparison, "read_newest", read_until_the_end)
    feed = read_feed(counted, "/v1/statistics/casualties.atom?conflict=war&group_by=harm&basis=totals")
    assert feed.entries[0].title == "The war, killed, running total: no figure; before: 12"


def test_a_feed_whose_older_answer_takes_too_long_asks_to_try_again(
    counted: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Narrowing the question is no advice: the newest answer is stored, and the next request has all the time."""
    address = "/v1/statistics/casualties.atom?conflict=war&group_by=subject_side&policy=lowest"
    worlds.rebound(counted)

    def end_at_once(_: int) -> Any:
        raise statistic_entries.TooSlowError

    with monkeypatch.context() as busy:
        busy.setattr(statistic_entries, "at_revision", end_at_once)
        answer = open_client(counted).get(address)
        worlds.told(answer, 503, "unavailable")
        assert answer.headers["Retry-After"] == "5"
    assert len(read_feed(counted, address).entries) == 3


def test_another_process_reads_no_answer_again(counted: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "/v1/statistics/casualties{}?conflict=war&group_by=subject_side&policy=highest"
    titles = [entry.title for entry in read_feed(counted, address.format(".atom")).entries]
    assert len(titles) == 3
    monkeypatch.setattr(statistic_entries, "_remembered", OrderedDict())  # as in a process that has just begun

    def refuse(*_: Any) -> Any:
        raise AssertionError("An answer is worked out again.")

    monkeypatch.setattr(statistic_entries._Comparison, "read_newest", refuse)
    monkeypatch.setattr(statistic_entries, "at_revision", refuse)
    other = json.loads(open_client(counted).get(address.format(".jsonfeed")).data)
    assert [item["title"] for item in other["items"]] == titles


def test_after_a_write_a_feed_reads_only_the_newest_answer(
    databases: Databases, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = worlds.made(databases, engine, worlds.SMALL)
    address = "/v1/statistics/claims.atom?group_by=harm,status"
    before = [entry.title for entry in read_feed(app, address).entries]
    with database.connection_context():
        mark_retracted("claims", "c-blame", "A mistake.", "key")

    def refuse(*_: Any) -> Any:
        raise AssertionError("An older answer is worked out again.")

    monkeypatch.setattr(statistic_entries, "at_revision", refuse)
    after = [entry.title for entry in read_feed(app, address).entries]
    assert len(after) == len(before) + 1 and after[1:] == before


def test_a_correction_of_another_conflict_is_not_compared(databases: Databases, engine: str) -> None:
    """Each comparison costs an answer: an import that corrects a thousand events of another war costs none."""
    app = worlds.made(databases, engine, worlds.SMALL)
    with database.connection_context():
        revise_record("events", "clash", {"place": "Elsewhere"}, "Another place.", "key")
        revise_record("claimants", "alpha-mod", {"note": "Seldom heard."}, "A note.", "key")
        revise_record("sides", "alpha", {"note": "A coalition."}, "A note.", "key")
    worlds.rebound(app)
    with database.connection_context():
        behind = {
            name: list_revisions_behind(bind_question(claims.LISTING, {"conflict": (name,)}), 10)
            for name in ("war", "other")
        }
    assert behind == {"war": [4, 3, 2, 1], "other": [4, 1]}


def test_a_server_without_a_folder_of_answers_has_the_same_feed(databases: Databases, engine: str) -> None:
    url = databases.upgraded(engine)
    app = make_app(url, databases.folder, bulk_megabytes=0)
    worlds.write(worlds.SMALL)
    assert len(read_feed(app, "/v1/statistics/claims.atom?group_by=harm").entries) == 1
