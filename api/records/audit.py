"""Verification of the change log: chain, tree, texts, and what others have kept of it; the first bad entry is named.

Without a copy from outside, a log that somebody rewrote from some entry on verifies. A checkpoint kept elsewhere
tells that it was rewritten, and between which checkpoints; published leaf hashes tell at which entry.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from api.db import snapshot, tuples
from api.models import Change, ChangeText, Revision
from api.queries.changes import AFTER, BEFORE, COMMITMENT, REDACTED
from api.records.checkpoint import Checkpoint
from api.records.log import FIRST, Row, commitment, entry_json
from api.records.merkle import leaf_hash
from api.records.tree import Frontier, grown, root_of

CHUNK = 2000
#: The types of its columns: SQLite keeps what they are not declared for.
KINDS = {
    (int, int, str, str, str, str, str, str, type(before), type(after), str, str, str)
    for before in ("", None)
    for after in ("", None)
}
OBJECT = '":{"'
ERASED = f'"{REDACTED}":true'
#: Bytes moved from one column to the next would leave the hash as it was: only where what parts them stands twice.
SEAM_OF_BEFORE, SEAM_OF_MADE_AT = ',"before":', ',"made_at":'
Texts = dict[tuple[str, str], tuple[str, str]]  # by side and field: salt and value
COLUMNS = (*(getattr(Change, name) for name in Row._fields), Change.hash, Change.nodes)


class Bad(Exception):
    """An entry, or one of several, is not what it was."""

    def __init__(self, first: int, message: str, last: int | None = None) -> None:
        self.first, self.last = first, last or first
        entries = f"entry {first}" if self.first == self.last else f"one of the entries {first} to {last}"
        super().__init__(f"{entries}: {message}")


class Kept(NamedTuple):
    """What was kept outside: checkpoints whose signature is good, by name, and the hashes of the first leaves."""

    checkpoints: Mapping[str, Checkpoint] = {}
    leaves: Sequence[bytes] = ()


class Head(NamedTuple):
    size: int
    root: bytes


def verify(kept: Kept | None = None) -> Head:
    """Walk the whole log as it stands at one moment. Raises `Bad`, naming the first bad entry."""
    with snapshot(None):
        return Walk(kept or Kept()).to_the_end()


class Walk:
    """From the first entry to the last, inside a transaction."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.leaves = trusted(kept)
        self.of_size: dict[int, list[str]] = {}
        for name, found in kept.checkpoints.items():
            self.of_size.setdefault(found.size, []).append(name)
        self.size, self.hash = 0, FIRST
        self.frontier: Frontier = []
        self.good = 0  # entries that a kept checkpoint confirms
        self.erased: dict[tuple[str, str, str], int] = {}  # noun, record, field → the first entry without its text

    def to_the_end(self) -> Head:
        self._confirm()
        for rows in _chunks():
            texts, revisions = _texts(rows), _revisions(rows)
            for stored in rows:
                row = Row._make(stored[:-2])
                if tuple(map(type, stored)) not in KINDS:
                    raise Bad(row.seq, "it holds what its columns are not made for")
                self._follow(row, *stored[-2:])
                if revisions.get(row.revision) != (row.made_at, row.reason):
                    raise Bad(row.seq, f"revision {row.revision} tells another time or reason")
                self._check_texts(row, texts.get(row.seq))
                if row.seq in self.of_size:
                    self._confirm()
        self._check_nothing_is_missing()
        return Head(self.size, root_of(self.frontier))

    def _follow(self, row: Row, own: str, nodes: str) -> None:
        """The next row is the next entry, chained to the one before, and a leaf of the tree."""
        expected = self.size + 1
        if row.seq != expected:
            raise Bad(expected, f"it is missing; entry {row.seq} comes next")
        made = entry_json(row)
        leaf = leaf_hash(made)
        if row.seq <= len(self.leaves) and leaf != self.leaves[row.seq - 1]:
            raise Bad(row.seq, "it is not the one that was published")
        if row.prev != self.hash:
            raise Bad(row.seq, "it is chained to another entry than the one before it")
        self.hash = sha256(made).hexdigest()
        if own != self.hash:
            raise Bad(row.seq, "what it says does not have its hash")
        if nodes != grown(self.frontier, leaf).hex():
            raise Bad(row.seq, "its hashes in the tree are not those of what it says")
        self.size = row.seq

    def _check_texts(self, row: Row, found: Texts | None) -> None:
        """Every text has its commitment, and every commitment its text or a later entry that says it was redacted."""
        texts = found or {}
        for side, field, value in _stand_ins(row):
            if value == ERASED:
                self._check_erased(row, field)
                continue
            text = texts.pop((side, field), None)
            if text is None:
                self.erased.setdefault((row.noun, row.record, field), row.seq)
            elif not _opens(text, value):
                raise Bad(row.seq, f"the text of {side}/{field} is not the one it is committed to")
        for side, field in texts:
            raise Bad(row.seq, f"there is a text for {side}/{field}, to which nothing is committed")

    def _check_erased(self, row: Row, field: str) -> None:
        self.erased.pop((row.noun, row.record, field), None)
        left = (
            ChangeText.select(Change.seq)
            .join(Change, on=ChangeText.seq)
            .where((Change.noun == row.noun) & (Change.record == row.record) & (Change.seq < row.seq))
            .where(ChangeText.field == field)
        )
        for (seq,) in tuples(left.order_by(Change.seq).limit(1)):
            raise Bad(seq, f"the text of {field} is there, though entry {row.seq} says that it was redacted")

    def _confirm(self) -> None:
        """The checkpoints of the size that the walk has come to."""
        for name in self.of_size.get(self.size, ()):
            if self.kept.checkpoints[name].root != root_of(self.frontier):
                raise Bad(self.good + 1, f"the log was rewritten: its root is not that of {name}", self.size)
            self.good = self.size

    def _check_nothing_is_missing(self) -> None:
        for name, kept in sorted(self.kept.checkpoints.items(), key=lambda item: item[1].size):
            if kept.size > self.size:
                raise Bad(self.size + 1, f"it is missing; {name} has {kept.size} entries")
        for (_, _, field), seq in sorted(self.erased.items(), key=lambda item: item[1]):
            raise Bad(seq, f"the text of {field} is gone, and no later entry says that it was redacted")


def trusted(kept: Kept) -> Sequence[bytes]:
    """The leaf hashes up to the last kept checkpoint that they lead to: those behind it are nobody's word."""
    roots = {found.size: found.root for found in kept.checkpoints.values()}
    frontier: Frontier = []
    good = 0
    for size, leaf in enumerate(kept.leaves, 1):
        grown(frontier, leaf)
        if size in roots and roots[size] == root_of(frontier):
            good = size
    return kept.leaves[:good]


def _chunks() -> Iterator[list[tuple[Any, ...]]]:
    last = 0
    while rows := tuples(Change.select(*COLUMNS).where(Change.seq > last).order_by(Change.seq).limit(CHUNK)):
        yield rows
        last = rows[-1][0]


def _texts(rows: list[tuple[Any, ...]]) -> dict[int, Texts]:
    """By entry."""
    own = ChangeText.seq.between(rows[0][0], rows[-1][0])
    found: dict[int, Texts] = {}
    for seq, side, field, salt, value in tuples(ChangeText.select().where(own)):
        found.setdefault(seq, {})[side, field] = salt, value
    return found


def _opens(text: tuple[str, str], committed: str) -> bool:
    """Salt and text are what an entry commits itself to."""
    try:
        return committed == f'"{COMMITMENT}":"{commitment(*text)}"'
    except (ValueError, TypeError, AttributeError):  # neither hexadecimal nor text
        return False


def _revisions(rows: list[tuple[Any, ...]]) -> dict[int, tuple[str, str]]:
    numbers = [number for _, number, *_ in rows if type(number) is int] or [0]
    own = Revision.number.between(min(numbers), max(numbers))
    found = tuples(Revision.select(Revision.number, Revision.made_at, Revision.reason).where(own))
    return {number: (made_at, reason) for number, made_at, reason in found}


def _stand_ins(row: Row) -> list[tuple[str, str, str]]:
    """Side, field and what stands there, within its braces, in place of a text."""
    found: list[tuple[str, str, str]] = []
    for side, text in ((AFTER, row.after), (BEFORE, row.before)):
        if text is None:
            continue
        if (SEAM_OF_BEFORE in text or SEAM_OF_MADE_AT in text) and not _is_json(text):
            raise Bad(row.seq, f"{side} is not JSON")
        # Canonical JSON has a bare `":{"` only where a field is an object: in a text its quotes stand behind strokes.
        at = text.find(OBJECT)
        while at >= 0:
            end = text.index("}", at)
            found.append((side, text[text.rindex('"', 0, at) + 1 : at], text[at + 3 : end]))
            at = text.find(OBJECT, end)
    return found


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
        return True
    except orjson.JSONDecodeError:
        return False
