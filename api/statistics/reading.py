"""Read from the claims frame what the rules need: claims, relations, and the world that they refer to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from api.database.deadline import check_time
from api.database.statements import select_rows, texts_clause
from api.evidence.frame import LISTED, LISTED_NAMES, FewClaims, Frame, as_claims, list_rows, open_frame
from api.listings.query import Bound
from api.reconciling.question import Question
from api.reconciling.record import ACTING_KINDS, Claim, Relation, World
from api.reconciling.standing import Exclusion, find_standing
from api.statistics.selection import Condition

#: Why a claim had not been publicly made on the day.
NOT_YET = frozenset({"later", "undated"})
KEY, IS_RELATED = map(LISTED_NAMES.index, ("key", "is_related"))


class Reading(NamedTuple):
    """Claims of a question, and those that act on them through a relation.

    `counted` are within the filters on what is counted, `audible` within those on who speaks.
    """

    world: World
    claims: list[Claim]
    relations: list[Relation]
    counted: frozenset[str]
    audible: frozenset[str]

    def narrow(self, question: Question) -> Question:
        """Return the question with functions that apply the filters on what is counted and on who speaks."""
        return question._replace(
            is_counted=lambda claim: claim.id in self.counted,
            is_heard=lambda claim: claim.id in self.audible,
            check_time=check_time,
        )


class ClaimsAsOf(NamedTuple):
    """The claims within some filters, and which of all claims do not count as of a day."""

    world: World
    claims: list[Claim]
    excluded: dict[str, Exclusion]


def read_claims_as_of(bound: Bound, as_of: str | None) -> ClaimsAsOf:
    """Read the claims within filters of their listing. Raises `UnanswerableError` if relations make no sense."""
    with open_frame() as frame:
        claim_rows = frame.list_where(bound)
        slugs = frozenset(row[0] for row in claim_rows)
        reading = complete_reading(frame, claim_rows, slugs, slugs)
    standing = find_standing(reading.world, {c.id: c for c in reading.claims}, reading.relations, as_of)
    return ClaimsAsOf(reading.world, [c for c in reading.claims if c.id in reading.counted], standing.excluded)


def read_claims(frame: Frame, units: Condition, deeds: Condition, voices: Condition) -> Reading:
    """Read the claims about the units; `deeds` and `voices` are further filters on what is counted and who speaks."""
    if frame.few:
        return _complete_few(frame, frame.few)
    sql = (
        f"SELECT {LISTED}, COALESCE({deeds.sql}, FALSE), COALESCE({voices.sql}, FALSE) "
        f"FROM {frame.claims} WHERE {units.sql} ORDER BY slug"
    )
    claim_rows = frame.fetch_listed(sql, [*deeds.values, *voices.values, *units.values])
    counted = frozenset(row[0] for row in claim_rows if row[-2])
    audible = frozenset(row[0] for row in claim_rows if row[-1])
    return complete_reading(frame, [row[:-2] for row in claim_rows], counted, audible)


def _complete_few(frame: Frame, few: FewClaims) -> Reading:
    claim_rows = list_rows(few.rows)
    counted = frozenset(row[0] for row in claim_rows if row[KEY] in few.counted)
    audible = frozenset(row[0] for row in claim_rows if row[KEY] in few.audible)
    return complete_reading(frame, claim_rows, counted, audible)


def complete_reading(
    frame: Frame, claim_rows: list[tuple[Any, ...]], counted: frozenset[str], audible: frozenset[str]
) -> Reading:
    """Add the relations of these rows of `LISTED`, and the claims that act through them."""
    within = {row[0] for row in claim_rows}
    relations = _read_relations(frame, [row[KEY] for row in claim_rows if row[IS_RELATED]])
    while missing := sorted(_find_actors(relations, within) - within):
        claim_rows = claim_rows + _read_slugs(frame, missing)
        within.update(missing)
        relations = _read_relations(frame, [row[KEY] for row in claim_rows if row[IS_RELATED]])
    claims = as_claims(claim_rows)
    events = frame.read_events(claim.event for claim in claims if claim.event)
    return Reading(frame.read_world(events), claims, relations, counted, audible)


def _read_relations(frame: Frame, keys: list[int]) -> list[Relation]:
    return [relation for relation in frame.read_relations(keys) if relation.kind in ACTING_KINDS] if keys else []


def _find_actors(relations: Iterable[Relation], within: set[str]) -> set[str]:
    """Return the claims that must be known for the relations to act."""
    actors = {r.claim for r in relations if r.target in within}
    return actors | {r.target for r in relations if r.kind == "same_as"}


def _read_slugs(frame: Frame, slugs: list[str]) -> list[tuple[Any, ...]]:
    sql, values = texts_clause(slugs)
    keys = [key for (key,) in select_rows(f"SELECT id FROM claim WHERE slug IN {sql}", values)]
    return frame.list_with(keys)


def read_world(events: Iterable[str]) -> World:
    """Read conflicts, sides and these events."""
    with open_frame() as frame:
        return frame.read_world(frame.read_events(events))
