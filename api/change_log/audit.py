"""Verification of the change log: chain, tree, texts, and outside copies. The error names the first bad entry.

Without an outside copy, a log that somebody rewrote from some entry on still verifies. A checkpoint stored elsewhere
shows that it was rewritten, and between which checkpoints. Published leaf hashes show at which entry.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from api.change_log.append import NO_PREVIOUS_HASH, Row, commitment_of, entry_json
from api.change_log.checkpoint import Checkpoint
from api.change_log.entries import AFTER, BEFORE, COMMITMENT, REDACTED
from api.change_log.merkle import leaf_hash
from api.change_log.stored_tree import Frontier, add_leaf, root_of
from api.database.models import Change, ChangeText, Revision
from api.database.snapshot import open_snapshot
from api.database.statements import fetch_tuples
from schemas.sentences import count_noun

CHUNK = 2000
#: The types of the columns of an entry: SQLite also stores values of types that are not declared.
COLUMN_TYPES = {
    (int, int, str, str, str, str, str, str, type(before), type(after), str, str, str)
    for before in ("", None)
    for after in ("", None)
}
OBJECT = '":{"'
ERASED = f'"{REDACTED}":true'
#: Bytes moved from one column to the next leave the hash unchanged if the text between the columns occurs twice.
SEAM_OF_BEFORE, SEAM_OF_TIME = ',"before":', ',"made_at":'
Texts = dict[tuple[str, str], tuple[str, str]]  # by side and field: salt and value
COLUMNS = (*(getattr(Change, name) for name in Row._fields), Change.hash, Change.nodes)


class BadEntryError(Exception):
    """An entry, or one of several, was changed."""

    def __init__(self, first: int, message: str, last: int | None = None) -> None:
        self.first, self.last = first, last or first
        entries = f"entry {first}" if self.first == self.last else f"one of the entries {first} to {last}"
        super().__init__(f"{entries}: {message}")


class OutsideCopy(NamedTuple):
    """An outside copy: checkpoints with valid signatures, by name, and the hashes of the first leaves."""

    checkpoints: Mapping[str, Checkpoint] = {}
    leaves: Sequence[bytes] = ()
    witnessed: int = 0  # size of the newest checkpoint that a quorum of witnesses cosigned


class Head(NamedTuple):
    size: int
    root: bytes


def verify(outside: OutsideCopy | None = None) -> Head:
    """Verify the whole log in one snapshot. Return its head; raise `BadEntryError` for the first bad entry."""
    with open_snapshot(None):
        return Walk(outside or OutsideCopy()).to_the_end()


class Walk:
    """The verification of all entries in their order, inside a transaction."""

    def __init__(self, outside: OutsideCopy) -> None:
        self.outside = outside
        self.leaves = trusted_leaves(outside)
        self.of_size: dict[int, list[str]] = {}
        for name, checkpoint in outside.checkpoints.items():
            self.of_size.setdefault(checkpoint.size, []).append(name)
        self.size, self.hash = 0, NO_PREVIOUS_HASH
        self.frontier: Frontier = []
        self.good = 0  # entries that an outside checkpoint confirms
        self.erased: dict[tuple[str, str, str], int] = {}  # record type, record, field → first entry without its text

    def to_the_end(self) -> Head:
        self._confirm_checkpoints()
        for rows in _read_chunks():
            texts, revisions = _load_texts(rows), _load_revisions(rows)
            for stored in rows:
                row = Row._make(stored[:-2])
                if tuple(map(type, stored)) not in COLUMN_TYPES:
                    raise BadEntryError(row.seq, "it has values of a wrong type")
                self._check_row(row, *stored[-2:])
                if revisions.get(row.revision) != (row.made_at, row.reason):
                    raise BadEntryError(row.seq, f"its time or reason is not that of revision {row.revision}")
                self._check_texts(row, texts.get(row.seq))
                if row.seq in self.of_size:
                    self._confirm_checkpoints()
        self._check_nothing_is_missing()
        return Head(self.size, root_of(self.frontier))

    def _check_row(self, row: Row, stored_hash: str, nodes: str) -> None:
        """Check that a row is the next entry, chained to the one before, and a leaf of the tree."""
        expected = self.size + 1
        if row.seq != expected:
            raise BadEntryError(expected, f"it is missing; entry {row.seq} comes next")
        content = entry_json(row)
        leaf = leaf_hash(content)
        if row.seq <= len(self.leaves) and leaf != self.leaves[row.seq - 1]:
            raise BadEntryError(row.seq, "it differs from the published entry")
        if row.prev != self.hash:
            raise BadEntryError(row.seq, "its `prev` is not the hash of the entry before it")
        self.hash = sha256(content).hexdigest()
        if stored_hash != self.hash:
            raise BadEntryError(row.seq, "its hash does not match its content")
        if nodes != add_leaf(self.frontier, leaf).hex():
            raise BadEntryError(row.seq, "its hashes in the tree do not match its content")
        self.size = row.seq

    def _check_texts(self, row: Row, stored_texts: Texts | None) -> None:
        """Check that each text has a commitment, and each commitment a text. Note commitments without one."""
        texts = stored_texts or {}
        for side, field, value in _stand_ins(row):
            if value == ERASED:
                self._check_erased(row, field)
                continue
            text = texts.pop((side, field), None)
            if text is None:
                self.erased.setdefault((row.record_type, row.record, field), row.seq)
            elif not _opens_commitment(text, value):
                raise BadEntryError(row.seq, f"the text of {side}/{field} does not match its commitment")
        for side, field in texts:
            raise BadEntryError(row.seq, f"there is a text for {side}/{field} without a commitment")

    def _check_erased(self, row: Row, field: str) -> None:
        self.erased.pop((row.record_type, row.record, field), None)
        remaining = (
            ChangeText.select(Change.seq)
            .join(Change, on=ChangeText.seq)
            .where((Change.record_type == row.record_type) & (Change.record == row.record) & (Change.seq < row.seq))
            .where(ChangeText.field == field)
        )
        for (seq,) in fetch_tuples(remaining.order_by(Change.seq).limit(1)):
            raise BadEntryError(seq, f"the text of {field} exists, but entry {row.seq} says that it was redacted")

    def _confirm_checkpoints(self) -> None:
        """Check the outside checkpoints of the current size."""
        for name in self.of_size.get(self.size, ()):
            if self.outside.checkpoints[name].root != root_of(self.frontier):
                raise BadEntryError(self.good + 1, f"the log was rewritten: its root is not that of {name}", self.size)
            self.good = self.size

    def _check_nothing_is_missing(self) -> None:
        for name, checkpoint in sorted(self.outside.checkpoints.items(), key=lambda item: item[1].size):
            if checkpoint.size > self.size:
                raise BadEntryError(
                    self.size + 1, f"it is missing; {name} has {count_noun(checkpoint.size, 'entry', 'entries')}"
                )
        for (_, _, field), seq in sorted(self.erased.items(), key=lambda item: item[1]):
            raise BadEntryError(seq, f"the text of {field} is gone, and no later entry says that it was redacted")


def trusted_leaves(outside: OutsideCopy) -> Sequence[bytes]:
    """Return the leaf hashes up to the last outside checkpoint that they lead to: no signature confirms the rest."""
    roots = {checkpoint.size: checkpoint.root for checkpoint in outside.checkpoints.values()}
    frontier: Frontier = []
    good = 0
    for size, leaf in enumerate(outside.leaves, 1):
        add_leaf(frontier, leaf)
        if size in roots and roots[size] == root_of(frontier):
            good = size
    return outside.leaves[:good]


def _read_chunks() -> Iterator[list[tuple[Any, ...]]]:
    last = 0
    while rows := fetch_tuples(Change.select(*COLUMNS).where(Change.seq > last).order_by(Change.seq).limit(CHUNK)):
        yield rows
        last = rows[-1][0]


def _load_texts(rows: list[tuple[Any, ...]]) -> dict[int, Texts]:
    """Return the texts of entries, by the number of the entry."""
    of_rows = ChangeText.seq.between(rows[0][0], rows[-1][0])
    texts: dict[int, Texts] = {}
    for seq, side, field, salt, value in fetch_tuples(ChangeText.select().where(of_rows)):
        texts.setdefault(seq, {})[side, field] = salt, value
    return texts


def _opens_commitment(text: tuple[str, str], committed: str) -> bool:
    """Return whether salt and text match the commitment of an entry."""
    try:
        return committed == f'"{COMMITMENT}":"{commitment_of(*text)}"'
    except (ValueError, TypeError, AttributeError):  # neither hexadecimal nor text
        return False


def _load_revisions(rows: list[tuple[Any, ...]]) -> dict[int, tuple[str, str]]:
    numbers = [number for _, number, *_ in rows if type(number) is int] or [0]
    in_range = Revision.number.between(min(numbers), max(numbers))
    revisions = fetch_tuples(Revision.select(Revision.number, Revision.made_at, Revision.reason).where(in_range))
    return {number: (made_at, reason) for number, made_at, reason in revisions}


def _stand_ins(row: Row) -> list[tuple[str, str, str]]:
    """Return side, field and content of each object in an entry: it replaces a text. Raise `BadEntryError`."""
    stand_ins: list[tuple[str, str, str]] = []
    for side, text in ((AFTER, row.after), (BEFORE, row.before)):
        if text is None:
            continue
        if (SEAM_OF_BEFORE in text or SEAM_OF_TIME in text) and not _is_json(text):
            raise BadEntryError(row.seq, f"its {side} is not JSON")
        # Canonical JSON has a bare `":{"` only if a field is an object: within a text, quotes have a backslash.
        at = text.find(OBJECT)
        while at >= 0:
            end = text.index("}", at)
            stand_ins.append((side, text[text.rindex('"', 0, at) + 1 : at], text[at + 3 : end]))
            at = text.find(OBJECT, end)
    return stand_ins


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
        return True
    except orjson.JSONDecodeError:
        return False
