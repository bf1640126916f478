"""The record that a statistic is made of: claims with what acts on them, as `reconcile` wants them."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from peewee import JOIN, SQL

from api.db import database, dialect, one_of, rows, tuples
from api.models import (
    Claim,
    Conflict,
    ConflictSide,
    Event,
    EventSide,
    Relation,
    Report,
    Side,
    SideMembership,
    Source,
    Untallied,
)
from api.queries import claims, evidence
from api.queries.references import References, current_revision, references
from api.queries.select import Bound, Text, narrowed, shape_of
from api.queries.statements import RELIABILITY

ACTING = ("supersedes", "includes", "misreports", "same_as")
GREATEST = 20_000
BATCH = 500

T = TypeVar("T")
Few = tuple[list[evidence.Conflict], list[evidence.Side]]


class TooMany(Exception):
    """More claims than a statistic reconciles while somebody waits."""


class Record(NamedTuple):
    """Claims that answer to the cell filters (`counted`), and those that act on them through a relation."""

    world: evidence.World
    claims: list[evidence.Claim]
    relations: list[evidence.Relation]
    counted: frozenset[str]


class Reported(NamedTuple):
    """By the keys of claims the best grade of their reports, and the sources that carry them; the keys of these."""

    graded: dict[int, str | None]
    carried: dict[int, tuple[str, ...]]
    sources: dict[str, int]


def read(bound: Bound) -> Record:
    """The record within the filters. Raises `TooMany`."""
    found = _claims_text(dialect(), shape_of(bound)).ask(bound)
    if len(found) > GREATEST:
        raise TooMany
    return completed(found)


def untallied(bound: Bound) -> list[tuple[Any, ...]]:
    """Rows of the claims within the filters that no tally answers for. Raises `TooMany`."""
    found = _claims_text(dialect(), shape_of(bound), True).ask(bound)
    if len(found) > GREATEST:
        raise TooMany
    return found


def completed(found: list[tuple[Any, ...]]) -> Record:
    """The record of the claims in these rows and of those that act on them."""
    counted = frozenset(row[1] for row in found)
    needed, relations = acting([row[0] for row in found])
    while missing := sorted(needed - {row[0] for row in found}):
        found = found + by_key(missing)
        needed, relations = acting([row[0] for row in found])
    made = as_evidence(found, references(current_revision()), reported([row[0] for row in found]))
    return Record(world({claim.event for claim in made if claim.event}), made, relations, counted)


def as_evidence(found: list[tuple[Any, ...]], told: References, reported: Reported) -> list[evidence.Claim]:
    """Rows of `FIELDS` (and maybe more) as claims."""
    return [_claim(row[: len(FIELDS)], told, reported) for row in found]


def slugs(bound: Bound) -> frozenset[str]:
    """Slugs of the claims that answer to the filters."""
    found = _slugs_text(dialect(), shape_of(bound)).ask(bound)
    return frozenset(slug for (slug,) in found)


# The order in which `_claim` reads them.
FIELDS = (
    Claim.id, Claim.slug, Claim.kind, Claim.conflict, Event.slug, Claim.claimant, Claim.subject_side, Claim.harm,
    Claim.measure, Claim.stated_on, Claim.stated_until, Claim.stated_at, Claim.responsible_side, Claim.victim_status,
    Claim.victim_sex, Claim.victim_age, Claim.covers_from, Claim.covers_to, Claim.low, Claim.best, Claim.high,
    Claim.qualifier, Claim.status, Claim.status_by, Claim.status_on, Claim.credibility,
)  # fmt: skip


@functools.lru_cache(maxsize=256)
def _claims_text(engine: tuple[bool, bool], shape: tuple[Any, ...], untallied: bool = False) -> Text:
    query = narrowed(claims.LISTING, Claim.select(*FIELDS), shape)
    if untallied:
        query = query.where(Claim.id.in_(Untallied.select(Untallied.claim)))
    return Text(*query.order_by(Claim.id).limit(GREATEST + 1).sql())


@functools.lru_cache(maxsize=256)
def _slugs_text(engine: tuple[bool, bool], shape: tuple[Any, ...]) -> Text:
    return Text(*narrowed(claims.LISTING, Claim.select(Claim.slug), shape).sql())


def by_key(keys: list[int], *more: Any) -> list[tuple[Any, ...]]:
    """Rows of `FIELDS`, and of the columns in `more`."""
    query = claims.join_event(Claim.select(*FIELDS, *more))
    return [row for batch in batches(keys) for row in tuples(query.where(having(Claim.id, batch)))]


def having(column: Any, keys: Iterable[int]) -> Any:
    """The column holds one of these integer keys, however many."""
    return column.in_(SQL(*one_of(keys)))


def batches(keys: list[T]) -> Iterable[list[T]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def _claim(row: tuple[Any, ...], told: References, reported: Reported) -> evidence.Claim:
    (
        key, slug, kind, conflict, event, claimant, subject, harm, measure, stated_on, stated_until, stated_at,
        responsible, status_of_victims, sex, age, covers_from, covers_to, low, best, high, qualifier, status, status_by,
        status_on, credibility,
    ) = row  # fmt: skip
    gone = status in ("retracted", "withdrawn")
    return evidence.Claim(
        id=slug,
        kind=kind,
        conflict=_id(told.conflicts[conflict]) or "",
        event=event,
        claimant=_id(told.claimants[claimant]) or "",
        claimant_side=_id(told.claimant_sides[claimant]),
        subject_side=_id(told.sides[subject]),
        harm=harm or "",
        measure=measure,
        stated_on=stated_on,
        stated_last=stated_until,
        stated_time=stated_at,
        responsible_side=_id(told.sides[responsible]),
        victim_status=status_of_victims,
        victim_sex=sex,
        victim_age=age,
        covers_from=covers_from,
        covers_to=covers_to,
        low=low,
        best=best,
        high=high,
        qualifier=qualifier,
        retracted_by=("claimant" if status_by == "claimant" else "editor") if gone else None,
        retracted_on=status_on if gone else None,
        reliability=reported.graded.get(key),
        credibility=credibility,
        sources=reported.carried.get(key, ()),
    )


def _id(ref: dict[str, str] | None) -> str | None:
    return None if ref is None else ref["id"]


def reported(keys: list[int]) -> Reported:
    """What the reports of these claims tell of them."""
    graded: dict[int, str | None] = {}
    carried: dict[int, set[str]] = defaultdict(set)
    sources: dict[str, int] = {}
    fields = Report.claim, Source.id, Source.slug, Source.reliability
    query = Report.select(*fields).join(Source, on=Report.source).where(Report.status == "active")
    for batch in batches(keys):
        for key, source, slug, letter in tuples(query.where(having(Report.claim, batch))):
            carried[key].add(slug)
            sources[slug] = source
            if key not in graded or RELIABILITY[letter] < RELIABILITY[graded[key]]:  # ungraded is above D and E
                graded[key] = letter
    return Reported(graded, {key: tuple(sorted(slugs)) for key, slugs in carried.items()}, sources)


Acting = Claim.alias("acting")


def acting(keys: list[int]) -> tuple[set[int], list[evidence.Relation]]:
    """The relations that these claims take part in, and the claims besides them that must be known for those to act."""
    found: dict[int, tuple[Any, ...]] = {}
    query = (
        Relation.select(
            Relation.id, Relation.kind, Relation.claim, Relation.target, Acting.slug, Claim.slug, Relation.stated_until
        )
        .join(Acting, on=(Relation.claim == Acting.id))
        .join_from(Relation, Claim, on=Relation.target)
        .where(Relation.kind.in_(ACTING) & (Relation.status == "active"))
    )
    for batch in batches(keys):
        for row in tuples(query.where(having(Relation.claim, batch) | having(Relation.target, batch))):
            found[row[0]] = row
    within = set(keys)
    needed = {row[2] for row in found.values() if row[3] in within}
    needed |= {row[3] for row in found.values() if row[1] == "same_as"}
    return needed, [evidence.Relation(row[1], row[4], row[5], row[6]) for _, row in sorted(found.items())]


# The world -------------------------------------------------------------------------------------------------------


def world(events: Iterable[str]) -> evidence.World:
    """Conflicts, sides and those of the events."""
    conflicts, sides = _few(database.obj.database, current_revision())
    return evidence.world(conflicts, sides, events_named(sorted(events)))


@functools.lru_cache(maxsize=4)
def _few(database_name: str, revision: int) -> Few:
    return few()


def few() -> Few:
    """All conflicts and sides."""
    parties: dict[int, list[str]] = defaultdict(list)
    listed = ConflictSide.select(ConflictSide.conflict, Side.slug).join(Side, on=ConflictSide.side)
    for conflict, slug in tuples(listed.order_by(ConflictSide.conflict, ConflictSide.position)):
        parties[conflict].append(slug)
    Parent = Conflict.alias("parent")
    conflicts = [
        evidence.Conflict(slug, parent, ended_on, tuple(parties[key]))
        for key, slug, parent, ended_on in tuples(
            Conflict.select(Conflict.id, Conflict.slug, Parent.slug, Conflict.ended_on)
            .join(Parent, JOIN.LEFT_OUTER, on=(Conflict.parent == Parent.id))
            .order_by(Conflict.id)
        )
    ]
    Camp = Side.alias("camp")
    memberships: dict[str, list[evidence.Membership]] = defaultdict(list)
    joined = (
        SideMembership.select(Side.slug, Camp.slug, SideMembership.from_day, SideMembership.to_day)
        .join(Side, on=SideMembership.side)
        .join_from(SideMembership, Camp, on=(SideMembership.member_of == Camp.id))
        .order_by(SideMembership.side, SideMembership.position)
    )
    for side, camp, since, until in tuples(joined):
        memberships[side].append(evidence.Membership(camp, since, until))
    sides = [evidence.Side(slug, tuple(memberships[slug])) for (slug,) in rows("SELECT slug FROM side ORDER BY id")]
    return conflicts, sides


def events_named(slugs: list[str]) -> list[evidence.Event]:
    return [event for batch in batches(slugs) for event in _events(Event.slug.in_(batch))]


def events_having(keys: list[int]) -> list[evidence.Event]:
    return [event for batch in batches(keys) for event in _events(having(Event.id, batch))]


def _events(condition: Any) -> Iterable[evidence.Event]:
    involved: dict[int, list[str]] = defaultdict(list)
    listed = (
        EventSide.select(EventSide.event, Side.slug)
        .join(Side, on=EventSide.side)
        .join_from(EventSide, Event, on=EventSide.event)
        .where(condition)
        .order_by(EventSide.event, EventSide.position)
    )
    for key, slug in tuples(listed):
        involved[key].append(slug)
    columns = (
        Event.id, Event.slug, Conflict.slug, Event.started_on, Event.ended_on, Event.type, Event.country, Event.admin1,
    )  # fmt: skip
    query = Event.select(*columns).join(Conflict, on=Event.conflict).where(condition)
    for key, slug, conflict, first, last, kind, country, admin1 in tuples(query.order_by(Event.id)):
        yield evidence.Event(slug, conflict, first, last, tuple(involved[key]), kind, country, admin1 or None)
