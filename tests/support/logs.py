"""Change logs for tests: random entries, and tampering by the owner of the database."""

import json
import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from api.change_log import append as log
from api.change_log import stored_tree
from api.change_log.append import Entry, Row
from api.change_log.canonical_json import dump_canonical
from api.change_log.merkle import leaf_hash
from api.database.connection import database, is_postgres
from api.database.models import Change, Revision
from api.database.statements import select_rows
from api.database.writing import writing

MADE_AT = "2026-01-31T12:00:00Z"
ROW_COLUMNS = tuple(getattr(Change, name).column_name for name in Row._fields)
COLUMNS = (*ROW_COLUMNS, "hash", "nodes")
WORDS = ("кто", "Şuşa", "=1+1", 'a "quoted" \\ word', "\U0001f4a7", "née", "line\nbreak", "'")


def document(chance: random.Random, slug: str) -> dict[str, Any]:
    texts = {name: chance.choice(["", " ".join(chance.choices(WORDS, k=3))]) for name in ("note", "phrase")}
    places = {"latitude": chance.choice([None, 40.0, -0.0, 46.25, 1e-7]), "flags": chance.sample(["derived", "x"], 1)}
    return {"id": slug, "best": chance.choice([None, chance.randrange(10**9)]), **texts, **places}


def entries(chance: random.Random, count: int) -> list[Entry]:
    """Return creations, corrections and retractions of a few records."""
    found = []
    for _ in range(count):
        slug, operation = f"record-{chance.randrange(9)}", chance.choice(["create", "revise", "retract"])
        before = None if operation == "create" else document(chance, slug)
        after = document(chance, slug)
        if before and chance.random() < 0.5:
            after["note"] = before["note"]
        found.append(Entry(chance.choice(["claims", "events"]), slug, operation, before, after))
    return found


def append(found: list[Entry], reason: str = "A test.", who: str = "editor") -> int:
    """Write entries in a new revision. Return its number."""
    with writing():
        number = int(select_rows("SELECT COALESCE(MAX(number), 0) + 1 FROM revision")[0][0])
        Revision.insert(number=number, made_at=MADE_AT, reason=reason).execute()
        log.append_entries(found, number, MADE_AT, who, reason)
    return number


def run(statement: str, *values: Any) -> None:
    database.execute_sql(statement.replace("?", "%s") if is_postgres() else statement, values)


def unguarded() -> None:
    """Remove the protection against tampering, as the owner of a database can. The transaction is rolled back later."""
    if is_postgres():
        for table in ("change", "change_text"):
            run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        return
    run("PRAGMA defer_foreign_keys = 1")
    for (name,) in select_rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'change%'"):
        run(f"DROP TRIGGER {name}")


def row(seq: int) -> Row:
    return Row._make(select_rows(f"SELECT {', '.join(ROW_COLUMNS)} FROM change WHERE seq = {seq}")[0])


def other(text: str) -> str:
    """Return a different document in canonical JSON."""
    told = json.loads(text)
    told["best"] = (told.get("best") or 0) + 1
    return dump_canonical(told).decode()


# Each function takes the number of the last entry under a checkpoint, and returns the first entry that it made bad.

Tampering = Callable[[random.Random, int], int]


def edit_after(chance: random.Random, covered: int) -> int:
    seq = chance.randint(1, covered)
    run("UPDATE change SET after = ? WHERE seq = ?", other(row(seq).after or "{}"), seq)
    return seq


def edit_before(chance: random.Random, covered: int) -> int:
    seq = chance.choice(select_rows(f"SELECT seq FROM change WHERE before IS NOT NULL AND seq <= {covered}"))[0]
    run("UPDATE change SET before = ? WHERE seq = ?", other(row(seq).before or "{}"), seq)
    return int(seq)


def edit_reason(chance: random.Random, covered: int) -> int:
    """Change the reason in all its places."""
    revision = row(chance.randint(1, covered)).revision
    run("UPDATE change SET reason = 'Another.' WHERE revision = ?", revision)
    run("UPDATE revision SET reason = 'Another.' WHERE number = ?", revision)
    return int(select_rows(f"SELECT MIN(seq) FROM change WHERE revision = {revision}")[0][0])


def edit_column(chance: random.Random, covered: int) -> int:
    """Change the author, the time, the operation or the record of an entry."""
    seq = chance.randint(1, covered)
    others = {"who": "nobody", "made_at": "2020-01-01T00:00:00Z", "noun": "sides", "record": "x", "operation": "redact"}
    column, value = chance.choice(list(others.items()))
    run(f"UPDATE change SET {column} = ? WHERE seq = ?", value, seq)
    return seq


def edit_hash(chance: random.Random, covered: int) -> int:
    """Change a hash of an entry in the chain or in the tree."""
    seq = chance.randint(1, covered)
    column = chance.choice(["prev", "hash", "nodes"])
    (told,) = select_rows(f"SELECT {column} FROM change WHERE seq = {seq}")[0]
    at = chance.randrange(len(told))
    changed = told[:at] + ("a" if told[at] != "a" else "b") + told[at + 1 :]
    run(f"UPDATE change SET {column} = ? WHERE seq = ?", changed, seq)
    return seq


def edit_text(chance: random.Random, covered: int) -> int:
    """Change a text that is stored beside the log, or its salt."""
    seq, side, field = chance.choice(select_rows(f"SELECT seq, side, field FROM change_text WHERE seq <= {covered}"))
    column, value = chance.choice([("value", "Another text."), ("salt", "ab" * 32)])
    run(f"UPDATE change_text SET {column} = ? WHERE seq = ? AND side = ? AND field = ?", value, seq, side, field)
    return int(seq)


def delete_text(chance: random.Random, covered: int) -> int:
    """Delete a text as a redaction does, but without an entry in the log."""
    seq, side, field = chance.choice(select_rows(f"SELECT seq, side, field FROM change_text WHERE seq <= {covered}"))
    run("DELETE FROM change_text WHERE seq = ? AND side = ? AND field = ?", seq, side, field)
    return int(seq)


def delete(chance: random.Random, covered: int) -> int:
    seq = chance.randint(1, covered)
    run("DELETE FROM change_text WHERE seq = ?", seq)
    run("DELETE FROM change WHERE seq = ?", seq)
    return seq


def insert(chance: random.Random, covered: int) -> int:
    """Insert a well-formed entry. The chain is right up to it, and the next entry is chained to it."""
    seq = chance.randint(1, covered)
    forged = row(seq)._replace(operation="revise", before='{"id":"forged"}', after='{"id":"forged"}')
    for table in ("change", "change_text"):
        run(f"UPDATE {table} SET seq = seq + 1000000 WHERE seq >= ?", seq)
        run(f"UPDATE {table} SET seq = seq - 999999 WHERE seq >= 1000000")
    own = sha256(log.entry_json(forged)).hexdigest()
    run("UPDATE change SET prev = ? WHERE seq = ?", own, seq + 1)
    _write(forged, own, stored_tree.add_leaf(_frontier(seq - 1), leaf_hash(log.entry_json(forged))).hex())
    return seq


def swap(chance: random.Random, covered: int) -> int:
    """Swap the contents of two entries, but not their places in the chain."""
    first, second = sorted(chance.sample(range(1, covered + 1), 2))
    names = "noun, record, operation, before, after"
    one, two = (select_rows(f"SELECT {names} FROM change WHERE seq = {seq}")[0] for seq in (first, second))
    for seq, told in ((first, two), (second, one)):
        run("UPDATE change SET noun = ?, record = ?, operation = ?, before = ?, after = ? WHERE seq = ?", *told, seq)
    return first


def truncate(chance: random.Random, covered: int) -> int:
    seq = chance.randint(1, covered)
    run("DELETE FROM change_text WHERE seq >= ?", seq)
    run("DELETE FROM change WHERE seq >= ?", seq)
    return seq


def rewrite(chance: random.Random, covered: int) -> int:
    """Write a different past. Its chain and tree are right to the end."""
    seq = chance.randint(1, covered)
    run("UPDATE change SET after = ? WHERE seq = ?", other(row(seq).after or "{}"), seq)
    rechain(seq)
    return seq


def rechain(seq: int) -> None:
    """Compute the chain and the tree again, from an entry on."""
    frontier, prev = _frontier(seq - 1), row(seq).prev
    for number in range(seq, stored_tree.log_size() + 1):
        made = log.entry_json(row(number)._replace(prev=prev))
        own, nodes = sha256(made).hexdigest(), stored_tree.add_leaf(frontier, leaf_hash(made)).hex()
        run("UPDATE change SET prev = ?, hash = ?, nodes = ? WHERE seq = ?", prev, own, nodes, number)
        prev = own


KINDS: tuple[Tampering, ...] = (
    edit_after, edit_before, edit_reason, edit_column, edit_hash, edit_text, delete_text, delete, insert, swap,
    truncate, rewrite,
)  # fmt: skip


def _frontier(size: int) -> stored_tree.Frontier:
    nodes = stored_tree.spine_of(0, size)
    kept = stored_tree.load_hashes(nodes)
    return [(node[0], kept[node]) for node in nodes]


def _write(forged: Row, own: str, nodes: str) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    run(f"INSERT INTO change ({', '.join(COLUMNS)}) VALUES ({marks})", *forged, own, nodes)
