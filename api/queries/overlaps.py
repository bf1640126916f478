"""What crosses cells: figures that include others (rule 6), and periods that give way (rule 7)."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple, TypeVar

from api.queries.evidence import ANY, INCIDENT, PERIOD, Claim, Place, Refused, World

T = TypeVar("T")


class Key(NamedTuple):
    """A cell of rule 6. Claims about all sides are of the camp None."""

    place: Place
    camp: str | None
    harm: str


class Inclusion(NamedTuple):
    containing: Key
    by: str
    contained: Key
    claim: str

    @property
    def of_one_place(self) -> bool:
        return self.containing.place == self.contained.place

    @property
    def acts(self) -> bool:
        """Whether both figures could be counted: harms, and running totals of two places, are never added."""
        measures = {self.containing.place.measure, self.contained.place.measure}
        return self.containing.harm == self.contained.harm and (self.of_one_place or measures <= {INCIDENT, PERIOD})

    def leads_to(self, other: "Inclusion") -> bool:
        """Whether what this one contains may itself contain what the other one does."""
        near, far = self.contained, other.containing
        return (near.place, near.harm) == (far.place, far.harm) and _meet(near.camp, far.camp)


Spoken = Mapping[tuple[Place, str], Mapping[str | None, str]]  # place and harm → camp → a claim that has a figure there


class Inclusions:
    """Which cells are contained in which, however many stand between them, and whether or not those are asked about.

    It is made of the inclusions that act. Between claims of one place the scopes decide, and `inner` names the pairs.
    A claim about all sides of a contained cell's event goes with it: its figure cannot be divided, and adding it would
    count the contained dead twice. For the same reason the figure of all sides contains what that of one side does.
    """

    def __init__(self, inclusions: Iterable[Inclusion]) -> None:
        self.around: dict[tuple[Place, str], list[Inclusion]] = defaultdict(list)
        self.within: dict[tuple[Place, str], list[Inclusion]] = defaultdict(list)
        self.inner: dict[str, list[str]] = defaultdict(list)
        across = []
        for inclusion in inclusions:
            containing, contained = inclusion.containing, inclusion.contained
            if inclusion.of_one_place:
                self.inner[inclusion.claim].append(inclusion.by)
            if not inclusion.of_one_place or not _meet(containing.camp, contained.camp):
                across.append(inclusion)
                self.around[contained.place, contained.harm].append(inclusion)
                self.within[containing.place, containing.harm].append(inclusion)
        _refuse_rings(across, self.within, self.inner)

    def container(self, key: Key, spoken: Spoken) -> str | None:
        """The claim by which one of the cells with a figure contains this cell."""
        around = reached(self._around(key), lambda found: self._around(found[0]))
        return next((by for cell, by in around if _figure(cell, spoken)), None)

    def content(self, key: Key, spoken: Spoken) -> str | None:
        """A claim that has a figure in one of the cells that this cell contains."""
        within = reached(self._within(key), self._within)
        return next((claim for cell in within if (claim := _figure(cell, spoken))), None)

    def wholes(self, claim: str) -> Iterator[str]:
        """The claims of the same place that contain this one, directly or by way of others."""
        return reached(self.inner.get(claim, ()), lambda whole: self.inner.get(whole, ()))

    def _around(self, key: Key) -> Iterator[tuple[Key, str]]:
        """The cells that are said to contain this one, with the claim that says so."""
        for inclusion in self.around.get((key.place, key.harm), ()):
            if _meet(inclusion.contained.camp, key.camp):
                yield inclusion.containing._replace(camp=inclusion.containing.camp or key.camp), inclusion.by

    def _within(self, key: Key) -> Iterator[Key]:
        """The cells that this one is said to contain."""
        for inclusion in self.within.get((key.place, key.harm), ()):
            if _meet(inclusion.containing.camp, key.camp):
                yield inclusion.contained._replace(camp=inclusion.contained.camp or key.camp)


def reached(near: Iterable[T], further: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """These and all to which they lead, each once, the nearer first."""
    waiting, seen = list(near), set()
    for one in waiting:
        if one not in seen:
            seen.add(one)
            yield one
            waiting += further(one)


def _meet(camp: str | None, other: str | None) -> bool:
    return None in (camp, other) or camp == other


def _figure(key: Key, spoken: Spoken) -> str | None:
    """A claim with a figure of some of the same dead."""
    there = spoken.get((key.place, key.harm), {})
    return next((claim for camp, claim in there.items() if _meet(camp, key.camp)), None)


def _refuse_rings(
    across: list[Inclusion], within: Mapping[tuple[Place, str], list[Inclusion]], inner: Mapping[str, Iterable[str]]
) -> None:
    """A figure within itself has no right answer (rule 6)."""
    follow: dict[Any, Iterable[Any]] = {
        one: [other for other in within.get((one.contained.place, one.contained.harm), ()) if one.leads_to(other)]
        for one in across
    }
    try:
        TopologicalSorter({**follow, **inner}).prepare()
    except CycleError as error:
        raise Refused("figures include each other in a ring: " + " > ".join(map(_named, error.args[1]))) from error


def _named(node: Inclusion | str) -> str:
    if isinstance(node, str):
        return node
    place = node.containing.place
    return place.event or f"{place.since}..{place.until}"


class Victims(NamedTuple):
    """Whose dead a used claim counts: None and `any` meet all."""

    camp: str | None
    status: str
    sex: str
    age: str

    def meets(self, other: "Victims") -> bool:
        sides_meet = None in (self.camp, other.camp) or self.camp == other.camp
        return sides_meet and all(a == b or ANY in (a, b) for a, b in zip(self[1:], other[1:], strict=True))


def victims(claim: Claim, key: Key) -> Victims:
    return Victims(key.camp, claim.victim_status, claim.victim_sex, claim.victim_age)


class Stretch(NamedTuple):
    """The days of a used figure."""

    since: str
    until: str
    claim: str
    side: str | None  # whose dead a period counts; None of an incident, whose camp is that of its day


class Taken:
    """The days that used figures have taken, so that a later period can see whether it must give way.

    Of one row, conflict and kind of victims the stretches never overlap, which is what makes one bisection enough.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.days: dict[tuple[object, str], dict[Victims, list[Stretch]]] = defaultdict(lambda: defaultdict(list))

    def take(self, row: object, key: Key, claim: Claim) -> None:
        side = claim.subject_side if key.place.measure == PERIOD else None
        stretch = Stretch(key.place.since, key.place.until, claim.id, side)
        insort(self.days[row, key.place.conflict][victims(claim, key)], stretch, key=lambda taken: taken[:3])

    def met_by(self, row: object, key: Key, claim: Claim) -> str | None:
        """The used claim that the period's claim meets (an incident that starts inside it, a period that overlaps):
        of several the one that starts last, then the higher id."""
        asking = victims(claim, key)
        met = []
        for conflict in self.world.related(key.place.conflict):
            for others, stretches in self.days.get((row, conflict), {}).items():
                inside = _inside(stretches, key.place)
                if not others.meets(asking):
                    inside = (s for s in inside if meets_on(self.world, asking, claim, others, s.side, _shared(s, key)))
                if last := next(iter(inside), None):
                    met.append(last)
        return max(met, key=lambda stretch: stretch[:3]).claim if met else None


def _inside(stretches: list[Stretch], place: Place) -> Iterator[Stretch]:
    """Those that share a day with the place, the last first."""
    for at in range(bisect_right(stretches, place.until, key=lambda stretch: stretch.since), 0, -1):
        if stretches[at - 1].until < place.since:
            return
        yield stretches[at - 1]


def _shared(stretch: Stretch, key: Key) -> str:
    """The first day that both have."""
    return max(stretch.since, key.place.since)


def meets_on(world: World, asking: Victims, period: Claim, others: Victims, side: str | None, day: str) -> bool:
    """Whether a period counts victims of others on a day on which its side was in another camp than the one that it is
    read in: the camp of the others, or that of `side`."""
    if period.subject_side is None or not others.meets(asking._replace(camp=others.camp)):
        return False
    camp = world.camp_on(period.subject_side, period.conflict, day)
    return camp is not None and camp == (others.camp if side is None else world.camp_on(side, period.conflict, day))
