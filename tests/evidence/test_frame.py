"""The frame equals the tables, at the newest revision and at every older one, with any image below it."""

from __future__ import annotations

import gc
import itertools
import json
import pathlib
import random
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest
from flask import Flask

from api.database.connection import database
from api.database.deadline import TooSlowError
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows
from api.evidence import background, process, reading
from api.evidence.columns import NAMES, TABLE_COLUMNS
from api.evidence.frame import as_claims, open_frame
from api.evidence.overlay import insert_rows
from api.evidence.process import ImageMissingError
from api.evidence.reading import read_every_claim
from api.history import pinned_snapshot
from api.listings import claims as listing
from api.listings import query
from api.reconciling.record import Claim
from api.writes import redact
from api.writes.create import create_records
from api.writes.update import mark_retracted, revise_record
from tests.conftest import Databases
from tests.support.editors import Editor, base
from tests.support.frames import (
    rows_of_frame,
    rows_of_tables,
    write_image,
)
from tests.support.worlds import SMALL, claim, made, report


@pytest.fixture
def app(databases: Databases, engine: str, tmp_path: pathlib.Path) -> Iterator[Flask]:
    yield made(databases, engine, base(), image_folder=str(tmp_path / "images"))


@pytest.fixture
def small(databases: Databases, engine: str, tmp_path: pathlib.Path) -> Iterator[Flask]:
    yield made(databases, engine, SMALL, image_folder=str(tmp_path / "images"))


def images(tmp_path: pathlib.Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "images").glob("*/claims-*.parquet"))


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.night) for n in range(1, 5))])
def test_a_frame_equals_the_tables_after_any_writes_and_at_every_revision(
    app: Flask, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "start_refresh", lambda options: None)
    chance = random.Random(seed)
    editor = Editor(app, chance)
    for _ in range(6):
        editor.add_dataset(2)
    for step in range(90):
        editor.act()
        with database.connection_context():
            if step % 10 == 5:
                redact_something(chance)
            if chance.random() < 0.6:
                assert rows_of_frame() == rows_of_tables()
        if step in (30, 50, 80):
            write_image(is_forced=chance.random() < 0.5)
        if step % 20 == 19:
            with database.connection_context():
                for revision in chance.sample(range(1, newest_revision_inside() + 1), 8):
                    assert rows_of_frame(revision) == rows_of_tables(revision), revision
    with database.connection_context():
        for revision in range(1, newest_revision_inside() + 1):
            assert rows_of_frame(revision) == rows_of_tables(revision), revision
        assert len(rows_of_frame()) > 10


def newest_revision_inside() -> int:
    return int(select_rows("SELECT MAX(number) FROM revision")[0][0])


def redact_something(chance: random.Random) -> None:
    """Redact the note of a claim, and a place of an event that the frame repeats in its claims."""
    for record_type, table, field in (("claims", "claim", "note"), ("events", "event", "place")):
        texts = f"{field} <> '' AND {field} <> '[redacted]'"
        written = select_rows(f"SELECT slug FROM {table} WHERE {texts} ORDER BY id")
        if written and chance.random() < 0.7:
            redact.redact_texts(record_type, chance.choice(written)[0], [field], "Private.", "editor")


def test_without_an_image_nothing_is_written(small: Flask, tmp_path: pathlib.Path) -> None:
    with database.connection_context():
        assert rows_of_frame() == rows_of_tables()
    assert write_image(is_forced=False) is None
    assert not (tmp_path / "images").exists()


def test_each_field_that_a_claim_repeats_is_followed(small: Flask) -> None:
    """Fields of its event, its claimant, its sources and its parent conflicts, each in its own revision."""
    write_image()
    changes: list[tuple[str, str, dict[str, Any], str]] = [
        ("events", "clash", {"type": "Riots", "sub_type": "Mob violence"}, "event_type"),
        ("events", "clash", {"sub_type": "unknown"}, "sub_type"),
        ("events", "clash", {"place": "Ganja"}, "place"),
        ("events", "clash", {"latitude": 1.5, "longitude": 2.5}, "latitude"),
        ("events", "clash", {"started_on": "2020-02-28"}, "event_first"),
        ("claimants", "red-army", {"side": "red-north"}, "claimant_side"),
        ("sources", "agency", {"reliability": "A"}, "reliability"),
        ("conflicts", "war-first-north", {"parent": "other"}, "root"),
        ("conflicts", "war-first", {"parent": None}, "root"),
        ("claims", "b-north", {"subject_side": "red-south"}, "subject_side"),
        ("reports", "b-north-in-agency", {"source": "wire"}, "sources"),
        ("relations", "d-denies-b", {"kind": "misreports"}, "is_related"),
    ]
    with database.connection_context():
        before = rows_of_frame()
        for record_type, slug, patch, column in changes:
            revise_record(record_type, slug, patch, "Changed.", "editor")
            after = rows_of_frame()
            assert after == rows_of_tables(), (record_type, patch)
            assert any(before[key][column] != after[key][column] for key in before), (record_type, patch)
            before = after
        newest = newest_revision_inside()
        for revision in range(1, newest + 1):
            assert rows_of_frame(revision) == rows_of_tables(revision), revision
    write_image()
    with database.connection_context():
        for revision in range(1, newest + 1):
            assert rows_of_frame(revision) == rows_of_tables(revision), revision


def test_a_report_that_moves_on_and_on_is_followed(small: Flask) -> None:
    """The image has the middle revision. At older and newer revisions the middle claim is without this report."""
    with database.connection_context():
        create_records({"reports": [report("c-blame", "agency")]}, "More.", "editor")
        revise_record("reports", "c-blame-in-agency", {"claim": "f-silence"}, "Moved.", "editor")
    write_image()
    with database.connection_context():
        revise_record("reports", "c-blame-in-agency", {"claim": "e-losses"}, "Moved.", "editor")
        revise_record("events", "shelling", {"country": "BGR"}, "Changed.", "editor")
        revise_record("claims", "g-estimate", {"event": "clash"}, "Moved.", "editor")
        for revision in range(1, newest_revision_inside() + 1):
            assert rows_of_frame(revision) == rows_of_tables(revision), revision


def test_a_new_image_is_written_where_the_overlay_grew(
    small: Flask, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(background, "start_refresh", started.append)
    for module in ("api.evidence.process", "api.evidence.refresh"):
        monkeypatch.setattr(f"{module}.LEAST_OVERLAY", 9)
    with database.connection_context():
        rows_of_frame()
        assert started == []
        create_records(
            {"claims": [claim("x1"), claim("x2")], "reports": [report("x1", "wire"), report("x2", "wire")]}, "More."
        )
        rows_of_frame()
        assert len(started) == 1
    assert write_image(is_forced=False) and not write_image(is_forced=False)
    assert len(images(tmp_path)) == 1
    with database.connection_context():
        mark_retracted("claims", "x1", "Gone.", "editor")
        assert rows_of_frame() == rows_of_tables()
        assert len(started) == 1
        # A redacted text leaves the disk with the next image, which is due at once.
        redact.redact_texts("claims", "a-killed", ["phrase"], "Private.", "editor")
        assert rows_of_frame() == rows_of_tables()
        assert len(started) == 2
    assert write_image(is_forced=False)
    assert len(images(tmp_path)) == 1
    with database.connection_context():
        redact.redact_texts("events", "clash", ["place", "admin1"], "Private.", "editor")
        for revision in (1, newest_revision_inside()):
            assert rows_of_frame(revision) == rows_of_tables(revision)
            assert "Ağdərə" not in repr(rows_of_frame(revision))
    assert write_image(is_forced=False)
    assert len(images(tmp_path)) == 1
    for number in range(3):
        with database.connection_context():
            revise_record("claims", "x2", {"note": str(number)}, "Noted.", "editor")
        write_image()
    assert len(images(tmp_path)) == 2


def test_a_question_does_not_wait_for_a_long_overlay(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(background, "start_refresh", started.append)
    monkeypatch.setattr(process, "MOST_OVERLAY", 5)
    with database.connection_context():
        with pytest.raises(ImageMissingError), open_snapshot(5), open_frame():
            pass
        assert len(started) == 1
        with open_snapshot(None), open_frame() as frame:  # no reader waits: the image is written first
            assert frame.fetch(f"SELECT COUNT(*) FROM {frame.claims}") == [(8,)]
        with open_snapshot(5), open_frame() as frame:
            assert "read_parquet" in frame.claims


def test_a_large_image_is_renewed_before_questions_are_refused(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of 1,000,000 claims is 100,000, but a question may read 60,000. Between the two, none was answered."""
    started: list[Any] = []
    monkeypatch.setattr(background, "start_refresh", started.append)
    for name, value in (("LEAST_OVERLAY", 1), ("SHARE_OF_IMAGE", 1), ("MOST_OVERLAY", 6)):
        monkeypatch.setattr(process, name, value)
    write_image()
    with database.connection_context():
        slugs = [slug for (slug,) in select_rows("SELECT slug FROM claim ORDER BY slug")]
        assert len(slugs) == 8
        for slug in slugs[:5]:
            revise_record("claims", slug, {"note": "Corrected."}, "Noted.", "editor")
        with open_snapshot(5), open_frame():
            assert len(started) == 1, "5 of 8 claims differ, which is more than 4: two thirds of 6"
        for slug in slugs[5:7]:
            revise_record("claims", slug, {"note": "Corrected."}, "Noted.", "editor")
        with pytest.raises(ImageMissingError), open_snapshot(5), open_frame():
            pass
    assert write_image(is_forced=False), "7 differ, which no question may read"
    with database.connection_context(), open_snapshot(5), open_frame() as frame:
        assert frame.fetch(f"SELECT COUNT(*) FROM {frame.claims}") == [(8,)]


def test_a_process_in_the_background_writes_an_image(small: Flask, tmp_path: pathlib.Path) -> None:
    with database.connection_context():
        background.forget_child()
        background.start_refresh(process._options)
        child = background._child
        assert child
        assert child.wait(60) == 0
    assert images(tmp_path) == []  # none is due
    background.forget_child()


def test_filters_of_the_listing_narrow_the_frame(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[dict[str, Any]] = [
        {"source": ("times",)}, {"publisher": ("=Wire",)}, {"q": "three women"}, {"flag": ("derived",)},
        {"conflict": ("war-first",)}, {"source": ("times",), "harm": ("missing",)}, {},
    ]  # fmt: skip
    read: dict[tuple[int | None, str], list[list[Claim]]] = {}
    write_image()
    with database.connection_context():
        revise_record("claims", "a-own", {"note": "Corrected."}, "Noted.", "editor")
        for few in (1000, 0):
            monkeypatch.setattr("api.evidence.frame.FEW_KEYS", few)
            for revision in (None, 1):
                for question in questions:
                    with open_snapshot(None):
                        if revision:
                            pinned_snapshot.pin_revision(revision)
                        bound = query.bind_question(listing.LISTING, question)
                        page = query.read_page(listing.LISTING, bound, fields=("id",))
                        with open_frame() as frame:
                            listed = frame.list_where(bound)
                            narrow = [(row[0],) for row in listed]
                            read.setdefault((revision, str(question)), []).append(as_claims(listed))
                            keys = frame.keys_where(bound)
                            joined = f"SELECT slug FROM {frame.claims} SEMI JOIN {keys} USING (key) ORDER BY slug"
                            assert narrow == frame.fetch(joined) == [(found["id"],) for found in page.records]
    assert all(from_tables == from_image for from_tables, from_image in read.values())


@pytest.mark.parametrize("few", [1000, 0])
def test_claims_are_read_by_their_keys_also_from_a_frame_of_others(
    few: int, small: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relation may lead from the claims of a question to any other claim."""
    write_image()
    monkeypatch.setattr("api.evidence.frame.FEW_KEYS", few)
    with database.connection_context(), open_snapshot(None), open_frame() as frame:
        keys = [key for (key,) in frame.fetch(f"SELECT key FROM {frame.claims} ORDER BY key")]
        frame.keep_claims("key = ?", keys[:1], 1)
        assert len(frame.list_with(keys)) == len(keys) > 1


@pytest.mark.parametrize("number", [1, 1_000_000])
def test_kept_claims_are_those_of_the_condition_however_many_they_are(number: int, small: Flask) -> None:
    write_image()
    with database.connection_context():
        revise_record("claims", "a-own", {"note": "Corrected."}, "Noted.", "editor")
        with open_snapshot(None), open_frame() as frame:
            sql = "SELECT {} FROM {} WHERE claimant_side IS NOT NULL ORDER BY key"
            columns = ", ".join(name for name in NAMES if name != "sources")
            claims = frame.fetch(sql.format(columns, frame.claims))
            frame.keep_claims("claimant_side IS NOT NULL", [], number)
            assert frame.fetch(f"SELECT * FROM {frame.claims} ORDER BY key") == claims != []


def test_a_question_does_not_read_the_description_of_the_image_again(small: Flask) -> None:
    """DuckDB sets this setting for one cursor only, unless it is said to be of all."""
    write_image()
    with database.connection_context(), open_snapshot(None), open_frame() as frame:
        assert frame.fetch("SELECT current_setting('parquet_metadata_cache')") == [(True,)]


def test_filters_reach_the_scan_of_the_image(small: Flask) -> None:
    write_image()
    with database.connection_context():
        revise_record("claims", "a-own", {"note": "Corrected."}, "Noted.", "editor")
        with open_snapshot(None), open_frame() as frame:
            plan = frame.fetch(
                f"EXPLAIN SELECT harm, COUNT(*) FROM {frame.claims} WHERE conflict = 'war' AND best > 3 GROUP BY ALL"
            )[0][1]
    scan = " ".join(plan[plan.upper().index("PARQUET") :].split())
    assert "Filters" in scan and "conflict" in scan and "best" in scan, plan
    assert "stated_on" not in plan


def test_the_world_events_and_relations_are_those_of_the_revision(small: Flask) -> None:
    with database.connection_context():
        revise_record("relations", "g-supersedes-e", {"stated_until": "2021-04-01"}, "Later.", "editor")
        revise_record("conflicts", "war", {"ended_on": "2020-11-10"}, "Ended.", "editor")
        revise_record("events", "clash", {"sides": [{"side": "alpha"}], "date_precision": 2}, "One side.", "editor")
        seen = {}
        for revision in (1, newest_revision_inside()):
            with open_snapshot(None):
                pinned_snapshot.pin_revision(revision)
                with open_frame() as frame:
                    world = frame.read_world(frame.read_events(["clash", "clash", "vow", "no-such"]))
                    keys = [key for (key,) in frame.fetch(f"SELECT key FROM {frame.claims} WHERE slug = 'e-losses'")]
                    seen[revision] = world, frame.read_relations(), frame.read_relations(keys), frame.read_relations([])
    (then, old, old_few, none), (now, new, new_few, _) = seen.values()
    assert (then.conflicts["war"].ended_on, now.conflicts["war"].ended_on) == (None, "2020-11-10")
    assert now.conflicts["war-first-north"].parent == "war-first"
    assert now.find_parties("war") == (
        "alpha",
        "red",
        "red-north",
    )
    assert now.conflicts["war"].started_on == "2020-01-01"
    assert now.sides["red-north"].memberships == (("red", "1991-09-02", None),)
    assert sorted(now.events) == ["clash", "vow"]
    assert (then.events["clash"].sides, now.events["clash"].sides) == (("alpha", "red-north"), ("alpha",))
    assert (then.events["clash"].date_precision, now.events["clash"].date_precision) == (1, 2)
    assert old == old_few and new == new_few and none == []
    assert [tuple(found) for found in new] == [("supersedes", "g-estimate", "e-losses", "2021-04-01")]
    assert old[0].stated_last == "2021-03-31"


def test_a_question_ends_with_its_time(small: Flask) -> None:
    endless = "SELECT COUNT(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
    with database.connection_context():
        began = time.monotonic()
        with pytest.raises(TooSlowError), open_snapshot(1), open_frame() as frame:
            frame.fetch(endless)
        assert time.monotonic() - began < 10
        assert rows_of_frame() == rows_of_tables()


def test_claims_that_are_still_being_read_end_with_the_time_too(small: Flask) -> None:
    """Rows of few claims are inserted into a table in memory. An interrupt there was an error of the server."""
    with database.connection_context(), open_snapshot(None), open_frame() as frame:
        (row,) = itertools.islice(itertools.chain.from_iterable(read_every_claim()), 1)
        frame.fetch(f"CREATE TEMP TABLE many ({TABLE_COLUMNS})")
        with pytest.raises(TooSlowError), interrupting(frame.cursor):
            for _ in range(1_000):
                insert_rows(frame.cursor, "many", [row] * 1_000)
    with database.connection_context():
        assert rows_of_frame() == rows_of_tables()


@contextmanager
def interrupting(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt the cursor again and again: an interrupt between two statements is lost."""
    done = threading.Event()

    def interrupt() -> None:
        while not done.wait(0.001):
            cursor.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_nothing_but_its_folder_can_be_reached(small: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    secret = [1, 2, 3]  # noqa: F841
    with database.connection_context(), open_snapshot(None):
        for sql in (
            f"SELECT * FROM read_csv('{tmp_path}/secret.csv')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "SELECT * FROM secret",
            "SET memory_limit = '10GB'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(Exception) as refused, open_frame() as frame:
                frame.fetch(sql)
            assert "duckdb" in type(refused.value).__module__.lower(), sql


def test_threads_ask_side_by_side_while_somebody_writes(small: Flask) -> None:
    """Each thread reads the rows of its own snapshot, whatever the overlays of the others are."""
    write_image()
    handle, failures, ends = database.obj, list[BaseException](), threading.Event()

    def ask() -> None:
        try:
            with handle.connection_context():
                while not ends.is_set():
                    with open_snapshot(None):
                        expected = select_rows("SELECT id, best FROM claim ORDER BY id")
                        with open_frame() as frame:
                            assert frame.fetch(f"SELECT key, best FROM {frame.claims} ORDER BY key") == expected
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    with database.connection_context():
        for best in range(100, 125):
            revise_record("claims", "a-killed", {"best": best, "value": best, "low": best}, "More.", "editor")
            if best % 10 == 0:
                write_image_inside()
    ends.set()
    for thread in threads:
        thread.join()
    assert failures == []


def write_image_inside() -> None:
    from api.evidence.refresh import refresh_image

    refresh_image(is_forced=True)


def test_what_reads_claims_is_no_garbage(small: Flask) -> None:
    """Statistics pause the collection of garbage, so what they leave would stay."""
    with database.connection_context(), open_snapshot(None):
        reader = reading._Reader()
        assert reader.read_chunk(reading.Condition("{column} > 0", ()))
        freed = weakref.ref(reader), weakref.ref(reader.deriver)
        gc.disable()
        try:
            del reader
            assert [reference() for reference in freed] == [None, None]
        finally:
            gc.enable()


def test_columns_are_those_that_the_claims_of_the_rules_need() -> None:
    needed = {"slug" if field == "id" else field for field in Claim._fields}
    assert needed <= set(NAMES)
    assert json.dumps(NAMES)


def test_another_duckdb_takes_the_place_of_one_that_answered_many_questions(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MOST_QUESTIONS", 3)
    write_image()
    with database.connection_context():
        expected = rows_of_tables()
        with open_snapshot(None), open_frame() as frame:
            first = weakref.ref(process.evidence_of_process())
            for _ in range(4):
                with open_frame() as other:
                    assert other.fetch(f"SELECT COUNT(*) FROM {other.claims}") == [(len(expected),)]
            assert process.evidence_of_process() is not first()
            assert frame.fetch(f"SELECT COUNT(*) FROM {frame.claims}") == [(len(expected),)], "its own is still open"
        assert rows_of_frame() == expected
    assert first() is None, "it is closed, as nobody reads it any more"


def test_a_duckdb_with_many_changed_claims_stays(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MOST_QUESTIONS", 3)
    monkeypatch.setattr(process, "QUICKLY_READ", 0)
    write_image()
    with database.connection_context():
        revise_record("claims", "a-own", {"note": "Corrected."}, "Noted.", "editor")
        first = process.evidence_of_process()
        for _ in range(5):
            assert rows_of_frame() == rows_of_tables()
        assert process.evidence_of_process() is first
