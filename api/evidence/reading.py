"""Read claims with the columns that the rules need, from the tables of the open snapshot."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from api.database.connection import parameter_mark
from api.database.statements import keys_clause, select_rows
from api.evidence.columns import NAMES, OF_CLAIMS, OF_EVENTS, Column
from api.evidence.derived import Deriver, derive_figure, derive_grade
from api.evidence.row_pieces import Piece, Pieces, Row, join_pieces
from api.reconciling.record import ACTING_KINDS

CHUNK = 10_000


class Condition(NamedTuple):
    """A condition on claims: SQL over a column that has their key, and its values."""

    sql: str  # with `{column}`
    values: tuple[Any, ...]

    def for_column(self, column: str) -> str:
        return self.sql.format(column=column)


def _select_list(columns: tuple[Column, ...]) -> str:
    return ", ".join(column.expression for column in columns)


CLAIMS = (
    f"SELECT {_select_list(OF_CLAIMS)} FROM claim "
    "LEFT JOIN side responsible ON responsible.id = claim.responsible_side_id "
    "LEFT JOIN external brought ON brought.noun = 'claims' AND brought.slug = claim.slug "
    "WHERE {condition} ORDER BY claim.id"
)
# No join with the claims: SQLite would build the whole event table of an older revision for each chunk.
EVENTS = (
    f"SELECT event.id, {_select_list(OF_EVENTS)} FROM event "
    "LEFT JOIN external brought ON brought.noun = 'events' AND brought.slug = event.slug WHERE event.id IN {keys}"
)
REPORTS = "SELECT claim_id, source_id FROM report WHERE status = 'active' AND {condition}"
CLAIMANTS = "SELECT id, slug, side_id, affiliation_id FROM claimant WHERE id IN {keys}"
SOURCES = "SELECT id, slug, reliability FROM source WHERE id IN {keys}"
EVENT_SIDES = "SELECT event_id, side_id FROM event_side WHERE event_id IN {keys} ORDER BY event_id, position"
RELATIONS = (
    "SELECT {column} FROM relation WHERE {condition} AND status = 'active' "
    f"AND kind IN ({', '.join(repr(kind) for kind in ACTING_KINDS)})"
)
KEY, CONFLICT, EVENT, CLAIMANT, SUBJECT, LOW, CREDIBILITY = map(
    NAMES.index, ("key", "conflict_key", "event_key", "claimant_key", "subject_key", "low", "credibility")
)
FIRST, LAST = (NAMES.index(name) - len(OF_CLAIMS) for name in ("event_first", "event_last"))
RELIABILITY = 1  # among OF_REPORTS
MOST_REMEMBERED = 16_384  # records of a kind

# An ungraded source ranks with F (cannot be judged), above D and E, as in RELIABILITY of
# `api.reconciling.statements`.
GRADES = {"A": 0, "B": 1, "C": 2, "F": 3, None: 3, "D": 4, "E": 5}


def read_by_keys(keys: Sequence[int]) -> Iterator[list[Row]]:
    """Yield rows of `COLUMNS` for the claims with these keys, in chunks. Keys without a claim are skipped."""
    reader = _Reader()
    for start in range(0, len(keys), CHUNK):
        sql, values = keys_clause(keys[start : start + CHUNK])
        yield [join_pieces(pieces) for pieces in reader.read_chunk(Condition(f"{{column}} IN {sql}", values))]


def read_every_claim() -> Iterator[list[Row]]:
    """Yield rows of `COLUMNS` for all claims, in chunks, in the order of their keys."""
    for chunk in read_pieces(CHUNK):
        yield [join_pieces(pieces) for pieces in chunk]


def read_pieces(size: int) -> Iterator[list[Pieces]]:
    """Yield the pieces of the rows of all claims, about `size` at a time, in the order of their keys."""
    reader = _Reader()
    mark = parameter_mark()
    last = int(select_rows("SELECT COALESCE(MAX(id), 0) FROM claim")[0][0])
    for start in range(0, last, size):
        yield reader.read_chunk(Condition(f"{{column}} > {mark} AND {{column}} <= {mark}", (start, start + size)))


def count_claims() -> int:
    """Return the number of claims in the open snapshot."""
    return int(select_rows("SELECT COUNT(*) FROM claim")[0][0])


class _Event(NamedTuple):
    columns: Piece
    days: tuple[str, str] | None
    sides: tuple[str, ...]


NO_EVENT = _Event(Piece((None,) * len(OF_EVENTS)), None, ())


class _Records:
    """Records that claims refer to, by key. They are remembered from one chunk to the next, but not too many."""

    def __init__(self, sql: str) -> None:
        self.rows: dict[int, Row] = {}
        self._sql = sql

    def load(self, keys: set[int]) -> None:
        """Let `rows` have the records with these keys."""
        _forget_if_many(self.rows)
        if missing := keys.difference(self.rows):
            sql, values = keys_clause(missing)
            self.rows |= {key: tuple(row) for key, *row in select_rows(self._sql.format(keys=sql), values)}


def _forget_if_many(records: dict[Any, Any]) -> None:
    if len(records) > MOST_REMEMBERED:
        records.clear()


class _Reader:
    """Read the claims of one snapshot in chunks."""

    def __init__(self) -> None:
        self.deriver, self.roots = Deriver(), read_roots()
        self.sides: dict[int | None, Any] = {None: None, **dict(select_rows("SELECT id, slug FROM side"))}
        self.claimants, self.sources = _Records(CLAIMANTS), _Records(SOURCES)
        self.parties: dict[tuple[Any, ...], Piece] = {}
        self.summaries: dict[tuple[Any, ...], Piece] = {}

    def read_chunk(self, condition: Condition) -> list[Pieces]:
        claims = select_rows(CLAIMS.format(condition=condition.for_column("claim.id")), condition.values)
        events = self._read_events({claim[EVENT] for claim in claims if claim[EVENT] is not None})
        reports, related = _read_reports(condition), _read_related(condition)
        _forget_if_many(self.parties)
        _forget_if_many(self.summaries)
        self.claimants.load({claim[CLAIMANT] for claim in claims})
        self.sources.load({source for sources in reports.values() for source in sources})
        return [
            self._divide_row(
                claim, events.get(claim[EVENT], NO_EVENT), reports.get(claim[KEY], ()), claim[KEY] in related
            )
            for claim in claims
        ]

    def _read_events(self, keys: set[int]) -> dict[int, _Event]:
        """Return the events with these keys, with their sides in their order."""
        sql, values = keys_clause(sorted(keys))
        sides: dict[int, tuple[str, ...]] = {}
        for event, side in select_rows(EVENT_SIDES.format(keys=sql), values):
            sides[event] = (*sides.get(event, ()), self.sides[side])
        return {
            key: _Event(Piece(columns), (columns[FIRST], columns[LAST]), sides.get(key, ()))
            for key, *columns in select_rows(EVENTS.format(keys=sql), values)
        }

    def _divide_row(self, claim: Row, event: _Event, sources: tuple[int, ...], is_related: bool) -> Pieces:
        """Return the pieces of the row of a claim: `claim` has its columns of `OF_CLAIMS`."""
        reports = self._find_summary(sources, is_related)
        return (
            claim,
            event.columns,
            self._find_parties(claim, event),
            reports,
            derive_figure(*claim[LOW : LOW + 4]),
            derive_grade(reports[RELIABILITY], claim[CREDIBILITY]),
        )

    def _find_parties(self, claim: Row, event: _Event) -> Piece:
        days = event.days if self.deriver.needs_days else bool(event.days)
        key = claim[CONFLICT], claim[CLAIMANT], claim[SUBJECT], event.sides, days
        parties = self.parties.get(key)
        if parties is None:
            parties = self.parties[key] = self._make_parties(*key[:3], event)
        return parties

    def _make_parties(self, conflict: int, claimant: int, subject: int | None, event: _Event) -> Piece:
        """Return the columns of `OF_PARTIES`."""
        slug, root = self.roots[conflict]
        name, side, affiliation = self.claimants.rows[claimant]
        speaker, subject_side = (name, self.sides[side], self.sides[affiliation]), self.sides[subject]
        cast = self.deriver.derive_cast(slug, event.days, event.sides, speaker, subject_side)
        return Piece((slug, root, *speaker, subject_side, *cast))

    def _find_summary(self, sources: tuple[int, ...], is_related: bool) -> Piece:
        key = sources, is_related
        summary = self.summaries.get(key)
        if summary is None:
            summary = self.summaries[key] = self._summarize_reports(*key)
        return summary

    def _summarize_reports(self, sources: tuple[int, ...], is_related: bool) -> Piece:
        """Return the columns of `OF_REPORTS` for the keys of the sources of the active reports."""
        if not sources:
            return Piece((is_related, None, None, None))
        rows = self.sources.rows
        grade = functools.reduce(better_grade, (rows[key][1] for key in sources))
        keys = sorted(set(sources), key=rows.__getitem__)
        return Piece((is_related, grade, [rows[key][0] for key in keys], keys))


def _read_reports(condition: Condition) -> dict[int, tuple[int, ...]]:
    """Return the keys of the sources of the active reports of each claim."""
    sources: dict[int, tuple[int, ...]] = {}
    sql = REPORTS.format(condition=condition.for_column("claim_id"))
    for claim, source in select_rows(sql, condition.values):
        sources[claim] = (*sources.get(claim, ()), source)
    return sources


def better_grade(first: str | None, second: str | None) -> str | None:
    """Return the better of two grades. F and None rank the same; then return F."""
    return min(first, second, key=lambda grade: (GRADES[grade], grade is None))


def _read_related(condition: Condition) -> set[int]:
    return {
        key
        for column in ("claim_id", "target_id")
        for (key,) in select_rows(
            RELATIONS.format(column=column, condition=condition.for_column(column)), condition.values
        )
    }


def read_roots() -> dict[int, tuple[str, str]]:
    """Return the slug of each conflict, and that of the top conflict above it, by key."""
    conflicts = select_rows("SELECT id, slug, parent_id FROM conflict")
    parents = {key: parent for key, _, parent in conflicts}
    slugs = {key: slug for key, slug, _ in conflicts}
    return {key: (slug, slugs[_climb_tree(parents, key)]) for key, slug in slugs.items()}


def _climb_tree(parents: dict[int, int | None], key: int) -> int:
    passed = {key}
    while (parent := parents[key]) is not None and parent not in passed:
        passed.add(key := parent)
    return key
