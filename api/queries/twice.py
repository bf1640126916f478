"""Whether an answer may count the same dead twice: what datasets recorded apart from each other, of one war and day.

Who recorded two events has told them apart, and so has an editor who says that their claims are `distinct_from` each
other. Of an event of one dataset and one of another, or of nobody's, nobody has; where their days, victims and harm
meet within a conflict and what it is nested in, or, of conflicts that are not related, within a country,
both are counted.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from peewee import JOIN, SQL, fn

from api.db import database, tuples
from api.models import Claim, Conflict, ConflictSide, Event, External, Relation, Side
from api.queries import record
from api.queries.evidence import Claim as Said
from api.queries.evidence import World
from api.queries.overlaps import Victims
from api.queries.questions import INCREMENTS, OF_CLAIMS, RowKey
from api.queries.references import held
from api.queries.rows import Caution, Reconciled, Row
from schemas.fields import NONE

CODE = "datasets_added"
Datasets = frozenset[str]  # `none`: of records that no dataset brought
Pair = frozenset[Datasets]


class Group(NamedTuple):
    """Events of one month, or a period, recorded by the same: where among them the same dead may be."""

    since: str
    until: str
    conflict: str
    countries: frozenset[str]
    datasets: Datasets


class Counted(NamedTuple):
    """An event or a period whose dead an answer counts. Rows by what only events have add up, and are one row here."""

    since: str
    id: str  # of the event, or of a claim of the period
    until: str
    row: RowKey
    conflict: str
    countries: frozenset[str]
    victims: frozenset[Victims]
    datasets: Datasets


class Sweep:
    """Goes through what is counted by its first days, and keeps the first that meet of any two recorders."""

    def __init__(self, world: World, hoped: int | None = None) -> None:
        self.world, self.hoped = world, hoped
        self.apart: set[frozenset[str]] | None = None
        self.running: dict[RowKey, dict[Datasets, list[Counted]]] = defaultdict(lambda: defaultdict(list))
        self.found: dict[Pair, tuple[Counted, Counted]] = {}

    @property
    def done(self) -> bool:
        return len(self.found) == self.hoped

    def take(self, counted: Iterable[Counted]) -> None:
        for one in sorted(counted, key=lambda c: (c.since, c.id, str(c.row))):
            running = self.running[one.row]
            for datasets, before in running.items():
                pair = frozenset((datasets, one.datasets))
                if datasets.isdisjoint(one.datasets) and pair not in self.found:
                    running[datasets] = [other for other in before if other.until >= one.since]
                    met = next((other for other in running[datasets] if self._meet(other, one)), None)
                    if met:
                        self.found[pair] = met, one
            running[one.datasets].append(one)

    def _meet(self, one: Counted, other: Counted) -> bool:
        related = other.conflict in self.world.related(one.conflict)
        if not related and not (self._strangers(one, other) and one.countries & other.countries):
            return False
        # Sides of conflicts that nobody related may be the same under two names.
        pairs = ((a, b) if related else (a._replace(camp=None), b) for a in one.victims for b in other.victims)
        return any(a.meets(b) for a, b in pairs) and frozenset((one.id, other.id)) not in self._told_apart()

    def _strangers(self, one: Counted, other: Counted) -> bool:
        """Phases of one conflict are told apart; conflicts that nothing holds together may be one under two names."""
        return self.world.ancestry(one.conflict)[-1] != self.world.ancestry(other.conflict)[-1]

    def _told_apart(self) -> set[frozenset[str]]:
        if self.apart is None:
            self.apart = set(_distinct())
        return self.apart

    def cautions(self) -> Iterator[Caution]:
        for pair, met in sorted(self.found.items(), key=lambda found: sorted(map(sorted, found[0]))):
            names = [name for datasets in sorted(map(sorted, pair)) for name in datasets]
            told = " and ".join("what no dataset brought" if name == NONE else name for name in names)
            alone = " or ".join(f"dataset={name}" for name in names)
            text = (
                f"the same dead may be counted twice: {told} recorded the same days of one conflict or country, and "
                f"nobody has told these records apart, such as {met[0].id} and {met[1].id}; {alone} asks for one alone"
            )
            yield Caution(CODE, text)


Target, Other = Claim.alias("target"), Event.alias("other")


def _distinct() -> Iterator[frozenset[str]]:
    """The events and claims of periods of which an editor said that they are not one."""
    query = (
        Relation.select(Claim.slug, Event.slug, Target.slug, Other.slug)
        .join(Claim, on=Relation.claim)
        .join(Event, JOIN.LEFT_OUTER, on=Claim.event)
        .join_from(Relation, Target, on=(Relation.target == Target.id))
        .join(Other, JOIN.LEFT_OUTER, on=(Target.event == Other.id))
        .where((Relation.kind == "distinct_from") & (Relation.status == "active"))
    )
    for claim, event, target, other in tuples(query):
        yield frozenset((event or claim, other or target))


# What a reconciled answer counts -----------------------------------------------------------------------------------


def cautions(world: World, claims: Mapping[str, Said], rows: Iterable[Row]) -> Iterable[Caution]:
    """The warnings of rows whose cells are known one by one."""
    if not came():
        return ()
    sweep = Sweep(world)
    sweep.take(counted(world, claims, rows))
    return sweep.cautions()


def counted(world: World, claims: Mapping[str, Said], rows: Iterable[Row]) -> list[Counted]:
    """What the rows count of incidents and periods."""
    cells = [(row.key, cell) for row in rows for cell in row.cells if cell.place.measure in INCREMENTS]
    periods = [claim for _, cell in cells if not cell.place.event for claim in cell.figure.claims]
    brought = {noun: _brought(noun, slugs) for noun, slugs in (("events", _events(cells)), ("claims", periods))}
    last = _last_days(_events(cells))
    countries = states()
    return [_counted(world, claims, key, cell, brought, last, countries) for key, cell in cells]


def _events(cells: Iterable[tuple[RowKey, Reconciled]]) -> list[str]:
    return sorted({cell.place.event for _, cell in cells if cell.place.event})


def _counted(
    world: World, claims: Mapping[str, Said], key: RowKey, cell: Reconciled, brought: Mapping[str, Mapping[str, str]],
    last: Mapping[str, str], countries: Mapping[str, frozenset[str]],
) -> Counted:  # fmt: skip
    place, used = cell.place, [claims[i] for i in cell.figure.claims]
    recorded = [brought["events"].get(place.event, NONE)] if place.event else []
    event = world.events.get(place.event or "")
    return Counted(
        since=place.since,
        id=place.event or min(cell.figure.claims),
        until=last.get(place.event or "", place.until),
        row=whose(key),
        conflict=place.conflict,
        countries=where(world, place.conflict, event and event.country, countries),
        victims=frozenset(
            Victims(c.subject_side and world.camp(c.subject_side, place), c.victim_status, c.victim_sex, c.victim_age)
            for c in used
        ),
        datasets=frozenset(recorded or (brought["claims"].get(c.id, NONE) for c in used)),
    )


def whose(key: RowKey) -> RowKey:
    """What of a row tells whose dead it counts, and not of which events."""
    return tuple(pair for pair in key if pair[0] in OF_CLAIMS)


def where(world: World, conflict: str, country: str | None, countries: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The country of an event; where none is stated, those of the states in its conflict."""
    of_conflict = (countries[near] for near in world.ancestry(conflict) if near in countries)
    return frozenset((country,)) if country else next(of_conflict, frozenset())


def _brought(noun: str, slugs: Iterable[str]) -> dict[str, str]:
    """The datasets that brought these records."""
    query = External.select(External.slug, External.dataset).where(External.noun == noun)
    return dict(row for batch in record.batches(sorted(slugs)) for row in tuples(query.where(External.slug.in_(batch))))


def _last_days(events: list[str]) -> dict[str, str]:
    query = Event.select(Event.slug, Event.ended_on)
    return dict(row for batch in record.batches(events) for row in tuples(query.where(Event.slug.in_(batch))))


def states() -> dict[str, frozenset[str]]:
    """By conflict the states among its sides."""
    query = ConflictSide.select(Conflict.slug, Side.country).join(Conflict, on=ConflictSide.conflict)
    found: dict[str, set[str]] = defaultdict(set)
    for conflict, country in tuples(query.join_from(ConflictSide, Side, on=ConflictSide.side)):
        found[conflict].update(filter(None, (country,)))
    return {conflict: frozenset(states) for conflict, states in found.items() if states}


# Where in the whole record to look ---------------------------------------------------------------------------------


class Windows(NamedTuple):
    """Days on which, in these conflicts, records of different recorders lie; in order, apart, and of one year each."""

    days: list[tuple[str, str]]
    conflicts: frozenset[str]
    pairs: frozenset[Pair]


def windows(known: World, beside: Iterable[Counted]) -> Windows:
    """Where the events of the record, and what is counted `beside` them, may meet."""
    groups = [Group(c.since, c.until, c.conflict, c.countries, c.datasets) for c in beside]
    recorders = {group.datasets for group in groups} | _recorders(database.obj.database, held())
    groups += _recorded(database.obj.database, held()) if len(recorders) > 1 else ()
    shared = {group for war in _by_war(known, groups) for group in _clustered(war)}
    days: list[tuple[str, str]] = []
    for group in sorted(shared, key=lambda g: g[:2]):
        if days and group.since <= days[-1][1]:
            days[-1] = days[-1][0], max(days[-1][1], group.until)
        else:
            days.append((group.since, group.until))
    pairs = {frozenset(two) for two in combinations({g.datasets for g in shared}, 2) if two[0].isdisjoint(two[1])}
    return Windows(
        [year for span in days for year in _years(*span)], frozenset(g.conflict for g in shared), frozenset(pairs)
    )


def _years(since: str, until: str) -> Iterator[tuple[str, str]]:
    for year in range(int(since[:4]), int(until[:4]) + 1):
        yield max(since, f"{year:04}-01-01"), min(until, f"{year:04}-12-31")


def _by_war(known: World, groups: Iterable[Group]) -> Iterable[list[Group]]:
    """Those of one tree of conflicts, and those of one country."""
    wars: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in groups:
        wars["conflict", known.ancestry(group.conflict)[-1]].append(group)
        for country in group.countries:
            wars["country", country].append(group)
    return wars.values()


def _clustered(groups: list[Group]) -> Iterator[Group]:
    """Those whose days hang together with those of another recorder."""
    cluster: list[Group] = []
    until = ""
    for group in sorted(groups, key=lambda g: (g.since, g.until)):
        if cluster and group.since > until:
            yield from cluster if len({one.datasets for one in cluster}) > 1 else ()
            cluster = []
        until = max(until, group.until) if cluster else group.until
        cluster.append(group)
    yield from cluster if len({one.datasets for one in cluster}) > 1 else ()


BROUGHT = (External.slug == Event.slug) & (External.noun == "events")


@functools.lru_cache(maxsize=2)
def _recorders(database_name: str, of: tuple[int, int]) -> frozenset[Datasets]:
    query = Event.select(External.dataset).join(External, JOIN.LEFT_OUTER, on=BROUGHT).distinct()
    return frozenset(frozenset((dataset or NONE,)) for (dataset,) in tuples(query))


@functools.lru_cache(maxsize=2)
def _recorded(database_name: str, of: tuple[int, int]) -> tuple[Group, ...]:
    """The events of each month by conflict, country and recorder."""
    about = Conflict.slug, Event.country, External.dataset
    query = (
        Event.select(fn.MIN(Event.started_on), fn.MAX(Event.ended_on), *about)
        .join(External, JOIN.LEFT_OUTER, on=BROUGHT)
        .join_from(Event, Conflict, on=Event.conflict)
        .group_by(*about, fn.substr(Event.started_on, SQL("1"), SQL("7")))
    )
    countries, known = states(), record.world(())
    return tuple(
        Group(since, until, conflict, where(known, conflict, country, countries), frozenset((dataset or NONE,)))
        for since, until, conflict, country, dataset in tuples(query)
    )


def came() -> bool:
    """Whether any dataset brought an event or a claim: without one editors have recorded everything."""
    return bool(tuples(External.select(External.slug).where(External.noun.in_(("events", "claims"))).limit(1)))
