"""Read claims with the columns that the rules need, from the tables of the open snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from api.database.connection import parameter_mark
from api.database.statements import keys_clause, select_rows
from api.evidence.columns import HAS_AFFILIATION, NAMES, OF_CLAIMS, OF_EVENTS, Column
from api.evidence.derived import Deriver
from api.reconciling.record import ACTING_KINDS

Row = tuple[Any, ...]
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
    "JOIN conflict ON conflict.id = claim.conflict_id "
    "JOIN claimant ON claimant.id = claim.claimant_id "
    "LEFT JOIN side spoken_for ON spoken_for.id = claimant.side_id "
    "LEFT JOIN side subject ON subject.id = claim.subject_side_id "
    "LEFT JOIN side responsible ON responsible.id = claim.responsible_side_id "
    + ("LEFT JOIN side affiliated ON affiliated.id = claimant.affiliation_id " if HAS_AFFILIATION else "")
    + "LEFT JOIN external brought ON brought.noun = 'claims' AND brought.slug = claim.slug "
    "WHERE {condition} ORDER BY claim.id"
)
# No join with the claims: SQLite would build the whole event table of an older revision for each chunk.
EVENTS = (
    f"SELECT event.id, {_select_list(OF_EVENTS)} FROM event "
    "LEFT JOIN external brought ON brought.noun = 'events' AND brought.slug = event.slug WHERE event.id IN {keys}"
)
REPORTS = (
    "SELECT report.claim_id, source.id, source.slug, source.reliability FROM report "
    "JOIN source ON source.id = report.source_id WHERE report.status = 'active' AND {condition}"
)
RELATIONS = (
    "SELECT {column} FROM relation WHERE {condition} AND status = 'active' "
    f"AND kind IN ({', '.join(repr(kind) for kind in ACTING_KINDS)})"
)
KEY, CONFLICT, EVENT, CLAIMANT, SPOKEN_FOR, AFFILIATION, SUBJECT, LOW, CREDIBILITY = map(
    NAMES.index,
    ("key", "conflict", "event_key", "claimant", "claimant_side", "affiliation", "subject_side", "low", "credibility"),
)
FIRST, LAST = (NAMES.index(name) - len(OF_CLAIMS) for name in ("event_first", "event_last"))
NO_EVENT = (None,) * len(OF_EVENTS)

# An ungraded source ranks with F (cannot be judged), above D and E, as in RELIABILITY of
# `api.reconciling.statements`.
GRADES = {"A": 0, "B": 1, "C": 2, "F": 3, None: 3, "D": 4, "E": 5}


def read_by_keys(keys: Sequence[int]) -> Iterator[list[Row]]:
    """Yield rows of `COLUMNS` for the claims with these keys, in chunks. Keys without a claim are skipped."""
    reader = _Reader()
    for start in range(0, len(keys), CHUNK):
        sql, values = keys_clause(keys[start : start + CHUNK])
        yield reader.read_chunk(Condition(f"{{column}} IN {sql}", values))


def read_every_claim(size: int = CHUNK) -> Iterator[list[Row]]:
    """Yield rows of `COLUMNS` for all claims, about `size` at a time, in the order of their keys."""
    reader = _Reader()
    mark = parameter_mark()
    last = int(select_rows("SELECT COALESCE(MAX(id), 0) FROM claim")[0][0])
    for start in range(0, last, size):
        yield reader.read_chunk(Condition(f"{{column}} > {mark} AND {{column}} <= {mark}", (start, start + size)))


def count_claims() -> int:
    """Return the number of claims in the open snapshot."""
    return int(select_rows("SELECT COUNT(*) FROM claim")[0][0])


class _Reader:
    """Read the claims of one snapshot in chunks."""

    def __init__(self) -> None:
        self.roots, self.sides, self.deriver = read_roots(), dict(select_rows("SELECT id, slug FROM side")), Deriver()

    def read_chunk(self, condition: Condition) -> list[Row]:
        claims = select_rows(CLAIMS.format(condition=condition.for_column("claim.id")), condition.values)
        keys = {claim[EVENT] for claim in claims if claim[EVENT] is not None}
        events, sides = _read_events(keys), self._read_sides(keys)
        reports, related = _read_reports(condition), _read_related(condition)
        return [
            self._complete_row(claim, events[claim[EVENT]], sides.get(claim[EVENT], ()), reports, claim[KEY] in related)
            for claim in claims
        ]

    def _read_sides(self, keys: set[int]) -> dict[int, tuple[str, ...]]:
        """Return the sides of each event, in their order."""
        sql, values = keys_clause(sorted(keys))
        sides: dict[int, tuple[str, ...]] = {}
        listed = f"SELECT event_id, side_id FROM event_side WHERE event_id IN {sql} ORDER BY event_id, position"
        for event, side in select_rows(listed, values):
            sides[event] = (*sides.get(event, ()), self.sides[side])
        return sides

    def _complete_row(
        self, claim: Row, event: Row, sides: tuple[str, ...], reports: dict[int, _Reports], is_related: bool
    ) -> Row:
        claim_reports = reports.get(claim[KEY], NO_REPORTS)
        days = None if claim[EVENT] is None else (event[FIRST], event[LAST])
        speaker = claim[CLAIMANT], claim[SPOKEN_FOR], claim[AFFILIATION]
        cast = self.deriver.find_cast(claim[CONFLICT], days, sides, speaker, claim[SUBJECT])
        listed = sorted(claim_reports.sources)
        return (
            *claim,
            *event,
            self.roots[claim[CONFLICT]],
            claim_reports.grade,
            [slug for slug, _ in listed] or None,
            is_related,
            [key for _, key in listed] or None,
            *(cast or NO_CAST),
            *self.deriver.derive_figure(*claim[LOW : LOW + 4]),
            self.deriver.derive_grade(claim_reports.grade, claim[CREDIBILITY]),
            None,
            None,
        )


class _Reports(NamedTuple):
    """The active reports of a claim: their sources as (slug, key), and the best grade of these sources."""

    sources: set[tuple[str, int]]
    grade: str | None


NO_REPORTS, NO_CAST = _Reports(set(), None), (None,) * 4


def _read_events(keys: set[int]) -> dict[int | None, Row]:
    sql, values = keys_clause(sorted(keys))
    events: dict[int | None, Row] = {row[0]: row[1:] for row in select_rows(EVENTS.format(keys=sql), values)}
    events[None] = NO_EVENT
    return events


def _read_reports(condition: Condition) -> dict[int, _Reports]:
    reports: dict[int, _Reports] = {}
    for key, source, slug, grade in select_rows(
        REPORTS.format(condition=condition.for_column("report.claim_id")), condition.values
    ):
        before = reports.get(key)
        if before is None:
            reports[key] = _Reports({(slug, source)}, grade)
        else:
            reports[key] = _Reports({*before.sources, (slug, source)}, better_grade(grade, before.grade))
    return reports


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


def read_roots() -> dict[str, str]:
    """Return the top conflict above each conflict, by slug."""
    conflicts = select_rows("SELECT id, slug, parent_id FROM conflict")
    parents = {key: parent for key, _, parent in conflicts}
    slugs = {key: slug for key, slug, _ in conflicts}
    return {slug: slugs[_climb_tree(parents, key)] for key, slug, _ in conflicts}


def _climb_tree(parents: dict[int, int | None], key: int) -> int:
    passed = {key}
    while (parent := parents[key]) is not None and parent not in passed:
        passed.add(key := parent)
    return key
