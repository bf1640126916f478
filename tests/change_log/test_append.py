"""The change log on both engines: new entries verify, the database refuses changes, texts can be redacted."""

import random
import threading
from collections.abc import Iterator

import peewee
import pytest
from flask import Flask

from api.change_log import append, audit, entries, proofs, stored_tree
from api.change_log.append import Entry
from api.change_log.merkle import EMPTY, leaf_hash, proves_consistency, proves_inclusion
from api.database.connection import database, is_postgres
from api.database.models import Change, ChangeText, Revision
from api.database.statements import select_rows
from api.database.writing import writing
from api.records.documents import load_documents
from api.writes.create import create_records
from tests.support import logs
from tests.support.worlds import SMALL

SECRET = "Ivan Ivanovich Secretov"


@pytest.fixture
def connected(empty: Flask) -> Iterator[Flask]:
    with database.connection_context():
        yield empty


def test_a_log_without_entries_verifies(connected: Flask) -> None:
    append.append_entries([], 1, logs.MADE_AT, "editor", "Nothing.")
    assert audit.verify() == (0, EMPTY)
    assert stored_tree.root_at(0) == EMPTY


def test_every_record_written_is_an_entry_that_holds_its_document(connected: Flask) -> None:
    revision = create_records(SMALL, "The small world.", "import")
    head, logged = audit.verify(), list(entries.read_entries())
    assert head.size == len(logged) == sum(map(len, SMALL.values()))
    assert [entry.seq for entry in logged] == list(range(1, head.size + 1))
    for entry in logged:
        told = (entry.revision, entry.who, entry.operation, entry.reason, entry.before, entry.redacted)
        assert told == (revision, "import", "create", "The small world.", None, [])
    for record_type, records in SMALL.items():
        standing = load_documents(record_type, [record["id"] for record in records])
        assert {entry.record: entry.after for entry in logged if entry.record_type == record_type} == standing


def test_nothing_is_logged_of_what_was_not_written(connected: Flask) -> None:
    with pytest.raises(ZeroDivisionError), database.atomic():
        logs.append(logs.entries(random.Random(1), 5))
        raise ZeroDivisionError
    assert audit.verify().size == 0


def test_what_is_appended_verifies_and_reads_back(connected: Flask) -> None:
    chance, given = random.Random(2), []
    for count in [1, 2, 1, 5, 30, *chance.choices(range(1, 9), k=12)]:
        batch = logs.entries(chance, count)
        logs.append(batch)
        given += batch
        head = audit.verify()
        assert head == (len(given), stored_tree.root_at(stored_tree.log_size()))
    assert [Entry(*entry[4:7], *entry[8:10]) for entry in entries.read_entries()] == given
    assert [entry.seq for entry in entries.read_entries("claims", "record-1", since=9)] == [
        seq for seq, entry in enumerate(given, 1) if entry[:2] == ("claims", "record-1") and seq > 9
    ]
    for entry, told in zip(given, entries.read_entries(), strict=True):
        before = entry.before or {"best": None, "note": "", "phrase": "", "latitude": None}
        assert {found.field for found in entries.list_differences(told)} == {
            name for name, value in (entry.after or {}).items() if value != before.get(name)
        }


def test_proofs_from_the_rows_are_those_of_the_leaves(connected: Flask) -> None:
    chance, sizes = random.Random(3), [0]
    for _ in range(9):
        logs.append(logs.entries(chance, chance.randint(1, 9)))
        sizes.append(stored_tree.log_size())
    roots = {size: stored_tree.root_at(size) for size in range(sizes[-1] + 1)}
    for size in range(1, sizes[-1] + 1):
        for seq in range(1, size + 1):
            proof = proofs.prove_inclusion(seq, size)
            assert proof.leaf == leaf_hash(proof.entry)
            assert proves_inclusion(seq - 1, size, proof.leaf, proof.hashes, roots[size])
    for first in sizes[1:]:
        for second in range(first, sizes[-1] + 1):
            assert proves_consistency(
                first, second, roots[first], roots[second], stored_tree.prove_consistency(first, second)
            )
    for ask in (
        lambda: stored_tree.root_at(sizes[-1] + 1),
        lambda: stored_tree.prove_consistency(1, 999),
        lambda: stored_tree.prove_inclusion(1, 999),
    ):
        with pytest.raises(stored_tree.NoSuchSizeError):
            ask()


def test_an_entry_needs_a_constant_number_of_questions(connected: Flask) -> None:
    """Appending reads the last entry and at most 64 hashes, whatever the length of the log."""
    logs.append(logs.entries(random.Random(4), 1023))
    assert len(stored_tree.read_tip().frontier) == 10
    logs.append(logs.entries(random.Random(4), 1))
    assert [level for level, _ in stored_tree.read_tip().frontier] == [10]
    assert audit.verify().size == 1024


REFUSED = [
    "UPDATE change SET reason = 'x'",
    "UPDATE change SET seq = seq WHERE seq = 1",
    "DELETE FROM change",
    "DELETE FROM change WHERE seq = 3",
    "UPDATE change_text SET value = 'x'",
    "UPDATE change_text SET salt = salt",
    "INSERT INTO change SELECT * FROM change WHERE seq = 3 ON CONFLICT (seq) DO UPDATE SET reason = 'x'",
    "INSERT INTO change SELECT * FROM change WHERE seq = 3",
    "INSERT INTO change_text SELECT * FROM change_text ON CONFLICT (seq, side, field) DO UPDATE SET value = 'x'",
]
OF_SQLITE = [
    "REPLACE INTO change SELECT * FROM change WHERE seq = 3",
    "UPDATE OR REPLACE change SET seq = 4 WHERE seq = 3",
    "REPLACE INTO change SELECT 9, revision, made_at, who, noun, record, operation, reason, before, after, prev, hash, "
    "nodes FROM change WHERE seq = 3",
    "INSERT OR REPLACE INTO change SELECT 90, revision, made_at, who, noun, record, operation, reason, before, after, "
    f"'{'a' * 64}', hash, nodes FROM change WHERE seq = 3",
    "INSERT INTO change SELECT 9, revision, made_at, who, noun, record, operation, reason, before, after, "
    f"'{'a' * 64}', hash, nodes FROM change WHERE seq = 3",
    "INSERT INTO change SELECT 10, revision, made_at, who, noun, record, operation, reason, before, after, "
    "hash, hash, nodes FROM change WHERE seq = 8",
    "REPLACE INTO change_text SELECT * FROM change_text",
]
OF_POSTGRES = ["TRUNCATE change CASCADE", "TRUNCATE change_text", "TRUNCATE revision CASCADE"]


def test_the_database_refuses_to_alter_the_log(connected: Flask) -> None:
    logs.append(logs.entries(random.Random(5), 8))
    before = _everything()
    for pragma in [None] if is_postgres() else ["recursive_triggers = 1", "recursive_triggers = 0"]:
        if pragma:
            database.execute_sql(f"PRAGMA {pragma}")
        for statement in [*REFUSED, *(OF_POSTGRES if is_postgres() else OF_SQLITE)]:
            with pytest.raises(peewee.DatabaseError), database.atomic():
                database.execute_sql(statement)
                raise AssertionError(f"was not refused: {statement}")
    with pytest.raises(peewee.DatabaseError):
        Change.delete().execute()
    if not is_postgres():
        with pytest.raises(peewee.DatabaseError):
            Change.replace(**Change.select().where(Change.seq == 2).dicts().get()).execute()
    assert _everything() == before
    assert audit.verify().size == 8


def _everything() -> list[tuple[object, ...]]:
    tables = ["change", "change_text", "revision"]
    return [row for table in tables for row in select_rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]


def test_two_entries_never_follow_one(connected: Flask) -> None:
    logs.append(logs.entries(random.Random(6), 3))
    fork = "SELECT 4, revision, made_at, who, noun, record, operation, reason, before, after, prev, hash, nodes"
    with pytest.raises(peewee.DatabaseError), database.atomic():
        database.execute_sql(f"INSERT INTO change {fork} FROM change WHERE seq = 3")


def test_eight_writers_at_once_make_one_chain(connected: Flask) -> None:
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        try:
            with database.connection_context():
                for _ in range(6):
                    logs.append(logs.entries(chance, chance.randint(1, 4)), f"By {seed}.", f"key-{seed}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    head = audit.verify()
    assert [number for (number,) in select_rows("SELECT seq FROM change ORDER BY seq")] == list(range(1, head.size + 1))
    assert select_rows("SELECT COUNT(DISTINCT prev), COUNT(DISTINCT revision) FROM change")[0] == (head.size, 48)


# Redaction -----------------------------------------------------------------------------------------------------------


def claimant(name: str, note: str = "") -> dict[str, object]:
    return {"id": "speaker", "name": name, "kind": "unknown", "note": note, "side": None}


def told_of_a_secret() -> int:
    """Write two entries with a name that is later redacted, and return the number of entries."""
    first, second = claimant(SECRET), claimant(SECRET, f"{SECRET} said so.")
    logs.append(logs.entries(random.Random(7), 5))
    logs.append([Entry("claimants", "speaker", "create", None, first)])
    logs.append([Entry("claimants", "speaker", "revise", first, second)])
    logs.append(logs.entries(random.Random(8), 5))
    return 12


def redact_the_secret() -> int:
    with writing():
        Revision.insert(number=9, made_at=logs.MADE_AT, reason="A private person.").execute()
        entry = Entry("claimants", "speaker", "redact", claimant(SECRET, f"{SECRET} said so."), claimant("[redacted]"))
        return append.redact(entry, ["name", "note"], 9, logs.MADE_AT, "key-1", "A private person.")


def test_an_erased_text_is_nowhere_and_the_log_verifies_as_before(connected: Flask) -> None:
    size = told_of_a_secret()
    assert SECRET in str(_everything())
    head = audit.verify()
    kept = audit.OutsideCopy({"before": audit.Checkpoint("log", head.size, head.root)})
    assert redact_the_secret() == 4
    assert SECRET not in str(_everything())
    after = audit.verify(kept)
    assert after.size == size + 1
    assert proves_consistency(size, size + 1, head.root, after.root, stored_tree.prove_consistency(size, size + 1))
    created, revised, redacted = entries.read_entries("claimants", "speaker")
    assert (created.after or {})["name"] is None and created.redacted == ["after/name"]
    assert sorted(revised.redacted) == ["after/name", "after/note", "before/name"]
    assert revised.changed == ["note"], "that the name did not change can still be seen"
    assert list(entries.list_differences(revised)) == [("note", "", None, True)]
    assert (redacted.operation, redacted.reason, redacted.who) == ("redact", "A private person.", "key-1")
    assert list(entries.list_differences(redacted)) == [
        ("name", None, "[redacted]", True),
        ("note", None, "", True),
    ]


def test_a_text_that_is_gone_without_a_word_is_found(connected: Flask) -> None:
    told_of_a_secret()
    ChangeText.delete().where(ChangeText.seq == 7).execute()
    with pytest.raises(audit.BadEntryError, match="entry 7: the text of .* is gone, and no later entry says"):
        audit.verify()


@pytest.mark.parametrize("column", ["value", "salt"])
def test_a_text_altered_beside_the_log_is_found(connected: Flask, column: str) -> None:
    told_of_a_secret()
    with database.atomic() as transaction:
        logs.unguarded()
        logs.run(f"UPDATE change_text SET {column} = ? WHERE seq = 6", "ab" * 32)
        with pytest.raises(audit.BadEntryError, match="entry 6: the text of after/name does not match its commitment"):
            audit.Walk(audit.OutsideCopy()).to_the_end()
        transaction.rollback()


def test_a_text_put_back_or_put_in_is_found(connected: Flask) -> None:
    told_of_a_secret()
    (text,) = select_rows("SELECT * FROM change_text WHERE seq = 6")
    redact_the_secret()
    with database.atomic() as transaction:
        logs.run("INSERT INTO change_text VALUES (?, ?, ?, ?, ?)", *text)
        with pytest.raises(audit.BadEntryError, match="entry 6: the text of name exists, but entry 13 says"):
            audit.Walk(audit.OutsideCopy()).to_the_end()
        transaction.rollback()
    logs.run("INSERT INTO change_text VALUES (13, 'before', 'name', ?, 'x')", "ab" * 32)
    with pytest.raises(audit.BadEntryError, match="entry 13: there is a text for before/name without a commitment"):
        audit.verify()


def test_only_texts_can_be_erased_and_none_is_written_again(connected: Flask) -> None:
    told_of_a_secret()
    entry = Entry("claimants", "speaker", "redact", claimant(SECRET), claimant(SECRET))
    with pytest.raises(ValueError, match="name of speaker would be written again"):
        append.redact(entry, ["name"], 9, logs.MADE_AT, "editor", "x")
    with pytest.raises(ValueError, match="no commitments for kind, side of claimants"):
        append.redact(entry, ["kind", "side"], 9, logs.MADE_AT, "editor", "x")
    assert audit.verify().size == 12
