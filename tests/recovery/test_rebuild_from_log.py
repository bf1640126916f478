"""The change log alone rebuilds every table, at every revision. So it shows rows that somebody altered."""

import random
import re
from collections.abc import Iterator

import peewee
import pytest
from click.testing import CliRunner, Result
from flask import Flask, Response
from flask.testing import FlaskClient

from api.change_log import append, audit
from api.change_log.append import Entry
from api.change_log.free_texts import MARK
from api.change_log.stored_tree import log_size
from api.cli.log import log_group as commands
from api.database.connection import database, handle_of, use_database
from api.database.statements import select_rows
from api.database.writing import writing
from api.history.revisions import current_revision
from api.records.record_types import RECORD_TYPES
from api.recovery import compare_databases, rebuild_from_log
from api.recovery.rebuild_from_log import ReplayedTransaction
from api.writes.rewrite import write_rows
from api.writes.transaction import ENTRIES, Transaction
from api.writes.update import revise_record
from tests.conftest import Databases, make_app
from tests.history.test_past import LISTS, STATISTICS, pinned
from tests.support import worlds
from tests.support.editors import Editor, base
from tests.support.worlds import rebound

SECRET = "Ivan Ivanovich Secretov"
SIZES = [pytest.param(60, id="60"), pytest.param(10_000, id="10000", marks=pytest.mark.night)]
MOMENTS = [pytest.param(10, id="10"), pytest.param(200, id="200", marks=pytest.mark.night)]


def history(databases: Databases, url: str, seed: int, writes: int) -> Flask:
    """Return an application on that database, after random changes of its records."""
    app = make_app(url, databases.folder)
    worlds.write(base())
    editor = Editor(app, random.Random(seed))
    editor.add_dataset(8)
    for _ in range(writes):
        editor.act()
    assert {200, 201, 422} <= set(editor.told) or writes < 50
    rebound(app)
    return app


def into(app: Flask, url: str) -> Result:
    with app.app_context():
        return CliRunner().invoke(commands, ["rebuild", "--into", url])


@pytest.mark.parametrize("writes", SIZES)
@pytest.mark.parametrize("other", ["same", "other"])
def test_every_table_is_what_the_log_says(databases: Databases, engine: str, writes: int, other: str) -> None:
    """On both engines, with the rows of the other engine."""
    app = history(databases, databases.upgraded(engine), writes, writes)
    url = databases.new(engine if other == "same" else ({"sqlite", "postgres"} - {engine}).pop())
    result = into(app, url)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Every row of every table agrees with the log.")
    with database.connection_context():
        head, newest = audit.verify(), current_revision()
    with use_database(handle_of(url)), database.connection_context():
        assert (audit.verify(), current_revision()) == (head, newest)
    assert into(app, url).output.strip().endswith("already has records.")


def test_a_revision_of_more_entries_than_a_writer_keeps_in_memory(databases: Databases, engine: str) -> None:
    """A writer writes these to the log in batches. Who has them from the log must not write them a second time."""
    app = make_app(databases.upgraded(engine), databases.folder)
    worlds.write(worlds.many(ENTRIES // len(RECORD_TYPES) + 1))
    with database.connection_context():
        assert log_size() > ENTRIES
    result = into(app, databases.new(engine))
    assert (result.exit_code, result.output.splitlines()[-1:]) == (0, ["Every row of every table agrees with the log."])


@pytest.mark.parametrize("writes", MOMENTS)
def test_the_past_is_the_log_up_to_then(databases: Databases, engine: str, writes: int) -> None:
    """`revision=` answers as a database with the log replayed up to that revision."""
    urls = databases.upgraded(engine), databases.upgraded(engine)
    app, again = history(databases, urls[0], 7, writes), make_app(urls[1], databases.folder)
    addresses = [address for address in (*LISTS, *STATISTICS) if "xlsx" not in address]
    chance, told = random.Random(writes), 0
    source, target = map(handle_of, urls)  # each application opens and closes its own
    with source.connection_context(), target.connection_context():
        for revision in rebuild_from_log.replay_log(source, target):
            for address in chance.sample(addresses, 9):
                assert body(app, pinned(address, revision), revision) == body(again, address, revision), address
            told += 1
    assert told > writes / 4


def body(app: Flask, address: str, revision: int) -> bytes:
    """Return the answer without the pin in its links."""
    answer = FlaskClient(app, Response).get(address, buffered=True)
    assert answer.status_code in (200, 422), answer.text
    text = re.sub(rb',"request_id":"[0-9a-f]*"', b"", answer.data)
    for pin in (f"revision={revision}&", f"?revision={revision}", f"&revision={revision}"):
        text = text.replace(pin.encode(), b"")
    # A pinned record also says what has changed since.
    return re.sub(rb',"newer":(null|\{[^{}]*\})', b"", text)


# Rows that somebody altered without the log ----------------------------------------------------------------------

Rebuilt = tuple[peewee.Database, peewee.Database]


@pytest.fixture(scope="module")
def rebuilt(databases: Databases, engine: str) -> Iterator[Rebuilt]:
    """Yield a database and the one that is rebuilt from its log."""
    urls = databases.upgraded(engine), databases.upgraded(engine)
    make_app(urls[0], databases.folder)
    worlds.write(worlds.SMALL)
    with database.connection_context():
        revise_record("claims", "a-own", {"value": 4}, "Another died.", "editor")
        revise_record("events", "clash", {"sides": []}, "Nobody knows who.", "editor")
    source, target = map(handle_of, urls)
    with use_database(source), source.connection_context(), target.connection_context():
        assert list(rebuild_from_log.replay_log(source, target)) == [1, 2, 3]
        rebuild_from_log.complete_rebuild(source, target)
        yield source, target


ALTERED = {
    "UPDATE claim SET best = 5 WHERE slug = 'a-own'": "claim: in the row of slug a-own, .*best is 5 and 4",
    "UPDATE claim SET best = NULL WHERE slug = 'a-killed'": "claim: .*slug a-killed, .*best is None and 50",
    "UPDATE claim SET status = 'active' WHERE slug = 'e-losses'": "claim: .*e-losses, .*'active' and 'superseded'",
    "UPDATE claim SET revision = 1 WHERE slug = 'a-own'": "claim: .*slug a-own, .*revision is 1 and 2",
    "UPDATE claim SET created_at = '2020-01-01T00:00:00Z' WHERE slug = 'a-own'": "claim: .*slug a-own, .*created_at",
    "UPDATE claim SET folded = ' other words ' WHERE slug = 'a-own'": "claim: .*slug a-own, .*folded",
    "UPDATE claim_version SET best = 5": "claim_version: in the row of slug a-own, .*best is 5 and 3",
    "DELETE FROM claim_version": "claim_version: only the second has .*a-own",
    "UPDATE event_side_version SET role = 'target'": "event_side_version: in the row of event clash, .*role",
    "DELETE FROM report WHERE slug = 'a-own-in-agency'": "report: in the row of slug b-north-in-agency",
    "DELETE FROM relation WHERE slug = 'd-contradicts-a'": "relation: only the second has .*d-contradicts-a",
    "UPDATE report SET source_id = 3 WHERE slug = 'a-killed-in-times'": "report: .*source is 'wire' and 'times'",
    "UPDATE side_membership SET to_day = '2020-01-01'": "side_membership: in the row of side red-north, .*to_day",
    "UPDATE conflict SET parent_id = NULL WHERE slug = 'war-first'": "conflict: .*parent is None and 'war'",
    "UPDATE revision SET reason = 'Another.' WHERE number = 2": "revision: in the row of number 2, .*reason",
    "INSERT INTO revision VALUES (4, '2020-01-01T00:00:00Z', 'x')": "revision: only the first has .*4",
}  # fmt: skip


@pytest.mark.parametrize("statement", ALTERED)
def test_a_row_that_somebody_altered_is_named(rebuilt: Rebuilt, statement: str) -> None:
    source, target = rebuilt
    assert compare_databases.first_difference(source, target) is None
    with use_database(source), source.atomic() as transaction:
        assert source.execute_sql(statement).rowcount > 0
        assert re.match(ALTERED[statement], compare_databases.first_difference(source, target) or "")
        transaction.rollback()


def test_the_command_ends_with_1_where_rows_differ(databases: Databases, engine: str) -> None:
    app = make_app(databases.upgraded(engine), databases.folder)
    worlds.write(worlds.SMALL)
    with database.connection_context():
        database.execute_sql("UPDATE claim SET best = 5 WHERE slug = 'a-own'")
    result = into(app, databases.new(engine))
    assert result.exit_code == 1 and "claim: in the row of slug a-own, best is 5 and 3" in result.output


def test_texts_that_were_erased_come_back_as_what_stands_in_their_place(databases: Databases, engine: str) -> None:
    urls = databases.upgraded(engine), databases.upgraded(engine)
    make_app(urls[0], databases.folder)
    speaker = {"id": "speaker", "name": SECRET, "kind": "unknown", "note": "", "side": None, "affiliation": None}
    worlds.write({"claimants": [speaker]})
    source, target = map(handle_of, urls)
    with use_database(source), source.connection_context(), target.connection_context():
        with writing():
            whole = {**speaker, "status": "active", "status_reason": ""}
            made = Transaction(2, "2026-01-31T12:00:00Z", "A private person.", "editor")
            write_rows(made, RECORD_TYPES["claimants"], [(whole, whole | {"name": MARK})])
            entry = Entry("claimants", "speaker", "redact", whole, whole | {"name": MARK})
            append.redact(entry, ["name"], 2, made.made_at, "editor", made.reason)
            ReplayedTransaction.finish(made)
        assert list(rebuild_from_log.replay_log(source, target)) == [1, 2]
        rebuild_from_log.complete_rebuild(source, target)
    with use_database(target), target.connection_context():
        tables = [table.name for table in compare_databases.COMPARED_TABLES]
        assert SECRET not in str([select_rows(f"SELECT * FROM {table}") for table in tables])
        assert select_rows("SELECT name FROM claimant UNION ALL SELECT name FROM claimant_version") == [(MARK,)] * 2
