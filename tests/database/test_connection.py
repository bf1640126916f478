"""The database handle: opening a connection, what a snapshot sees, who may write, how long a query may take."""

import fcntl
import gc
import os
import pathlib
import signal
import threading
import warnings
from collections.abc import Callable
from typing import Any

import peewee
import pytest
from flask import Flask

from api.database import write_waits
from api.database.connection import SQLITE_DBCONFIG_ENABLE_QPSG, connect_to, database, is_postgres
from api.database.deadline import TooSlowError, allow_interrupts, watch_statement
from api.database.models import Revision, Side
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows
from api.database.writing import writing
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.waiting import wait_until
from tests.support.worlds import rebound

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

LONG = "WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT i + 1 FROM n WHERE i < 50000000) SELECT count(*) FROM n"


def elsewhere(*tasks: Callable[[], Any]) -> None:
    """Run each task in its own thread, with its own connection, and wait for all."""
    failed: list[BaseException] = []

    def run(task: Callable[[], Any]) -> None:
        try:
            task()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


def side(name: str) -> Callable[[], int]:
    return lambda: worlds.write({"sides": [{"id": name, "name": name}]})


def test_a_connection_is_durable_and_strict(empty: Flask) -> None:
    with database.connection_context():
        if is_postgres():
            assert select_rows("SHOW synchronous_commit") == [("on",)]
            return
        found = {
            name: select_rows(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "trusted_schema")
            + ("cell_size_check", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "busy_timeout": 5000,
    }


def test_nothing_is_opened_unasked(empty: Flask) -> None:
    with pytest.raises(peewee.InterfaceError):
        select_rows("SELECT 1")


def test_a_snapshot_sees_one_state_while_others_write(empty: Flask) -> None:
    side("first")()
    with database.connection_context():
        with open_snapshot(None):
            assert Side.select().count() == 1
            elsewhere(side("second"))
            assert Side.select().count() == 1
        assert Side.select().count() == 2


def test_a_snapshot_does_not_write(empty: Flask) -> None:
    with database.connection_context():
        with open_snapshot(None):
            assert select_rows("SELECT count(*) FROM side") == [(0,)]
        assert not database.in_transaction()


def test_writers_wait_for_each_other(empty: Flask) -> None:
    elsewhere(*(side(f"side-{n}") for n in range(12)))
    with database.connection_context():
        assert [row for (row,) in Revision.select(Revision.number).order_by(Revision.number).tuples()] == list(
            range(1, 13)
        )
        assert Side.select().count() == 12


def test_a_part_that_fails_undoes_the_whole_transaction(empty: Flask) -> None:
    def count_revisions() -> int:
        return int(Revision.select().count())

    def write_two_parts(is_second_hidden: bool) -> None:
        with writing():
            Revision.insert(number=1, made_at="2026-01-01T00:00:00Z", reason="The outer part.").execute()
            try:
                with writing():
                    Revision.insert(number=2, made_at="2026-01-01T00:00:00Z", reason="The inner part.").execute()
                    raise KeyError
            except KeyError:
                assert count_revisions() == 0
                if not is_second_hidden:
                    raise

    with database.connection_context():
        for error, is_hidden in ((KeyError, False), (RuntimeError, True)):
            with pytest.raises(error):
                write_two_parts(is_hidden)
            assert count_revisions() == 0
        with writing(), writing():
            Revision.insert(number=1, made_at="2026-01-01T00:00:00Z", reason="Both parts.").execute()
        assert count_revisions() == 1


def test_writers_write_in_their_order(empty: Flask) -> None:
    """A writer that arrives when a lock is released does not overtake waiting writers."""
    order: list[str] = []

    def first() -> None:
        with database.connection_context(), writing():
            order.append("first")

    waiting = threading.Thread(target=first)
    with database.connection_context():
        with writing():
            waiting.start()
            while not is_waited_for():
                assert waiting.is_alive()
        with writing():
            order.append("second")
    waiting.join(60)
    assert order == ["first", "second"]


def is_waited_for() -> bool:
    """Return whether a writer waits for this one."""
    if is_postgres():
        here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        return bool(select_rows(f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND {here}"))
    with open(f"{database.obj.database}.write-turn") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_whoever_has_waited_long_enough_is_refused(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a long import, a writer waits for the import only, not for the other waiting writers."""
    connect_to(databases.upgraded("sqlite"))
    monkeypatch.setattr(write_waits._setting, "seconds", 0)

    def late() -> None:
        with pytest.raises(peewee.OperationalError, match="locked"):
            worlds.write({"sides": [{"id": "late", "name": "Late"}]})

    with database.connection_context():
        with writing():
            elsewhere(late, late)
        worlds.write({"sides": [{"id": "next", "name": "Next"}]})
        assert select_rows("SELECT slug FROM side") == [("next",)]


def test_all_is_written_or_nothing(empty: Flask) -> None:
    with database.connection_context():
        with pytest.raises(ZeroDivisionError), writing():
            Revision.insert(number=1, made_at="2020-01-01T00:00:00Z", reason="A test.").execute()
            raise ZeroDivisionError
        assert Revision.select().count() == 0


def test_a_question_has_its_time_and_the_next_its_own(empty: Flask) -> None:
    with database.connection_context():
        with pytest.raises(TooSlowError), open_snapshot(1):
            select_rows(ENDLESS)
        with open_snapshot(None):
            assert select_rows("SELECT 1") == [(1,)]
        assert select_rows("SELECT 2") == [(2,)]


def test_an_address_may_be_spelt_both_ways(databases: Any) -> None:
    address = databases.new("postgres")
    assert address.startswith("postgresql://")
    connect_to(address.replace("postgresql://", "postgres://", 1))
    with database.connection_context():
        assert select_rows("SELECT 1") == [(1,)]


def test_a_question_cut_short_while_its_rows_are_fetched_is_too_slow(empty: Flask) -> None:
    """SQLite returns the first row at once, and is interrupted before the next."""
    rebound(empty)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT i FROM n"
    with database.connection_context(), pytest.raises(TooSlowError), open_snapshot(0.1):
        select_rows(f"{numbers} WHERE i = 1 OR i = 99999999")


def test_a_statement_can_be_interrupted_while_sqlite_is_at_it(databases: Databases) -> None:
    begun = threading.Event()

    def interrupt() -> None:
        begun.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    connect_to(databases.new("sqlite"))
    with database.connection_context():
        database.obj.register_function(lambda: begun.set() or 0, "begun", 0)
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt), allow_interrupts():
            select_rows(LONG)
        thread.join(60)
        assert select_rows("SELECT 1") == [(1,)]


def test_an_interrupt_that_sqlite_loses_is_one_even_where_its_error_was_put_in_other_words(
    databases: Databases,
) -> None:
    """SQLite loses an exception of the watcher of a statement. A command turns errors of the database into its own."""
    signals = iter([signal.SIGINT])
    connect_to(databases.new("sqlite"))
    with database.connection_context(), pytest.raises(KeyboardInterrupt), allow_interrupts():
        with watch_statement(lambda: [os.kill(os.getpid(), number) for number in signals]):
            try:
                select_rows(ENDLESS)
            except peewee.OperationalError as error:
                raise ValueError(str(error)) from error


def test_a_thread_that_ends_leaves_no_session(databases: Databases) -> None:
    """Even if garbage in a cycle still knew of its connection: psycopg would warn that nobody closed it."""
    connect_to(databases.upgraded("postgres"))
    others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    def leave_a_cycle() -> None:
        database.connect()
        cycle: list[Any] = [database.connection()]
        cycle.append(cycle)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        elsewhere(*[leave_a_cycle] * 3)
        gc.collect()
    assert [str(one.message) for one in warned if "psycopg" in str(one.message)] == []
    with database.connection_context():
        wait_until(lambda: select_rows(others) == [(0,)])


def test_a_file_that_was_moved_away_is_not_made_again(databases: Databases) -> None:
    app = make_app(databases.upgraded("sqlite"), databases.folder)
    client = app.test_client()
    assert client.get("/v1/claims").status_code == 200
    file = pathlib.Path(database.obj.database)
    moved = file.rename(file.with_suffix(".moved"))
    assert client.get("/v1/claims?limit=2").status_code == 503
    assert client.get("/readyz").status_code == 503
    assert not file.exists()
    moved.rename(file)
    assert client.get("/v1/claims?limit=3").status_code == 200


def test_sqlite_plans_a_statement_with_a_limit_once(databases: Databases) -> None:
    handle = connect_to(databases.new("sqlite"))
    with handle.connection_context():
        assert handle.connection().db_config(SQLITE_DBCONFIG_ENABLE_QPSG) == 1
