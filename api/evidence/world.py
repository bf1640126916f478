"""Read conflicts, sides, events and relations of the open snapshot for the rules."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from api.database.connection import database
from api.database.statements import keys_clause, select_rows, texts_clause
from api.evidence.changes import tip_of_log
from api.history.revisions import current_revision
from api.reconciling.record import ACTING_KINDS, Conflict, Event, Membership, Relation, Side, World

#: Kinds of relations that the rules use; `distinct_from` marks two claims as different.
RELATION_KINDS = (*ACTING_KINDS, "distinct_from")
BATCH = 5000

T = TypeVar("T")


def read_world(events: Iterable[Event]) -> World:
    """Return all conflicts and sides, with these events."""
    revision = current_revision()
    conflicts, sides = _conflicts_and_sides(str(database.obj.database), revision, tip_of_log(revision))
    return World(conflicts, sides, {event.id: event for event in events})


@functools.lru_cache(maxsize=4)
def _conflicts_and_sides(name: str, revision: int, tip: str) -> tuple[Mapping[str, Conflict], Mapping[str, Side]]:
    return {conflict.id: conflict for conflict in _read_conflicts()}, {found.id: found for found in _read_sides()}


def _read_conflicts() -> Iterable[Conflict]:
    parties: dict[int, list[str]] = defaultdict(list)
    listed = (
        "SELECT conflict_side.conflict_id, side.slug FROM conflict_side JOIN side ON side.id = conflict_side.side_id "
        "ORDER BY conflict_side.conflict_id, conflict_side.position"
    )
    for conflict, side in select_rows(listed):
        parties[conflict].append(side)
    conflicts = select_rows("SELECT id, slug, parent_id, ended_on, started_on FROM conflict ORDER BY id")
    slugs = {key: slug for key, slug, *_ in conflicts}
    for key, slug, parent, ended_on, started_on in conflicts:
        yield Conflict(slug, slugs.get(parent), ended_on, tuple(parties[key]), started_on)


def _read_sides() -> Iterable[Side]:
    memberships: dict[str, list[Membership]] = defaultdict(list)
    listed = (
        "SELECT side.slug, coalition.slug, from_day, to_day FROM side_membership "
        "JOIN side ON side.id = side_membership.side_id JOIN side coalition ON coalition.id = member_of_id "
        "ORDER BY side_membership.side_id, side_membership.position"
    )
    for side, coalition, since, until in select_rows(listed):
        memberships[side].append(Membership(coalition, since, until))
    for (slug,) in select_rows("SELECT slug FROM side ORDER BY id"):
        yield Side(slug, tuple(memberships[slug]))


def read_events(slugs: Iterable[str]) -> list[Event]:
    """Return the events with these slugs, each once, sorted by slug. Slugs without an event are skipped."""
    listed = sorted(set(slugs))
    events = (event for batch in _split_batches(listed) for event in _read_events(batch))
    return sorted(events, key=lambda event: event.id)


def _read_events(slugs: Sequence[str]) -> Iterable[Event]:
    sql, values = texts_clause(slugs)
    events = select_rows(
        "SELECT id, slug, conflict_id, started_on, ended_on, type, country, admin1, date_precision FROM event "
        f"WHERE slug IN {sql}",
        values,
    )
    involved: dict[int, list[str]] = defaultdict(list)
    keys, values = keys_clause(row[0] for row in events)
    sides = dict(select_rows("SELECT id, slug FROM side"))
    conflicts = dict(select_rows("SELECT id, slug FROM conflict"))
    listed = f"SELECT event_id, side_id FROM event_side WHERE event_id IN {keys} ORDER BY event_id, position"
    for key, side in select_rows(listed, values):
        involved[key].append(sides[side])
    for key, slug, conflict, first, last, type, country, admin1, precision in events:
        yield Event(
            slug, conflicts[conflict], first, last, tuple(involved[key]), type, country, admin1 or None, precision
        )


def read_relations(keys: Sequence[int] | None) -> list[Relation]:
    """Return the active relations of `RELATION_KINDS` that touch the claims with these keys (None: any), by key."""
    relations: dict[int, tuple[Any, ...]] = {}
    for condition, values in _conditions_touching(keys):
        for row in select_rows(f"{RELATIONS} AND {condition}", values):
            relations[row[0]] = row
    if keys is not None:
        claim_keys = set(keys)
        relations = {key: row for key, row in relations.items() if row[2] in claim_keys or row[3] in claim_keys}
    slugs = _slugs_of({key for row in relations.values() for key in row[2:4]})
    return [Relation(row[1], slugs[row[2]], slugs[row[3]], row[4]) for _, row in sorted(relations.items())]


RELATIONS = (
    "SELECT id, kind, claim_id, target_id, stated_until FROM relation WHERE status = 'active' "
    f"AND kind IN ({', '.join(repr(kind) for kind in RELATION_KINDS)})"
)


def _conditions_touching(keys: Sequence[int] | None) -> Iterable[tuple[str, tuple[Any, ...]]]:
    if keys is None or len(keys) > BATCH:  # reading all relations is then faster
        yield "1 = 1", ()
        return
    sql, values = keys_clause(keys)
    for column in ("claim_id", "target_id"):
        yield f"{column} IN {sql}", values


def _slugs_of(claims: set[int]) -> dict[int, str]:
    slugs: dict[int, str] = {}
    for batch in _split_batches(sorted(claims)):
        sql, values = keys_clause(batch)
        slugs.update(select_rows(f"SELECT id, slug FROM claim WHERE id IN {sql}", values))
    return slugs


def _split_batches(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))
