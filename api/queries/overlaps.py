"""What crosses cells: figures that include others (rule 6), and periods that give way (rule 7)."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from api.queries.evidence import ANY, INCIDENT, PERIOD, Claim, Place, Refused, World


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


class Inclusions:
    """Which cells are contained in which; between claims of one place the scopes decide, and `inner` names the pairs.

    A claim about all sides of a contained cell's event goes with it: its figure cannot be divided, and adding it
    would count the contained dead twice.
    """

    def __init__(self, inclusions: Iterable[Inclusion]) -> None:
        self.containers: dict[tuple[Place, str], dict[Key, list[tuple[Key, str]]]] = defaultdict(dict)
        self.contents: dict[Key, list[Key]] = defaultdict(list)
        self.inner: dict[str, list[str]] = defaultdict(list)
        for containing, by, contained, claim in inclusions:
            if containing.harm != contained.harm:
                continue
            if containing.place == contained.place:
                self.inner[claim].append(by)
            elif {containing.place.measure, contained.place.measure} <= {INCIDENT, PERIOD}:
                around = self.containers[contained.place, contained.harm].setdefault(contained, [])
                around.append((containing, by))
                self.contents[containing].append(contained)
        _refuse_rings(self.contents)
        _refuse_rings(self.inner)

    def container(self, key: Key, speaking: Container[Key]) -> str | None:
        """The claim by which one of the cells that `speaking` holds contains this cell."""
        for contained, around in self.containers.get((key.place, key.harm), {}).items():
            if contained.camp == key.camp or None in (contained.camp, key.camp):
                for containing, by in around:
                    if containing in speaking:
                        return by
        return None


def _refuse_rings(graph: Mapping[Any, Iterable[Any]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        ring = [
            n if isinstance(n, str) else n.place.event or f"{n.place.since}..{n.place.until}" for n in error.args[1]
        ]
        raise Refused("figures include each other in a ring: " + " > ".join(ring)) from error


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


class Taken:
    """The days that used figures have taken, so that a later period can see whether it must give way.

    Of one row, conflict and kind of victims the stretches never overlap, which is what makes one bisection enough.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.days: dict[tuple[object, str], dict[Victims, list[tuple[str, str, str]]]] = defaultdict(
            lambda: defaultdict(list)
        )

    def take(self, row: object, key: Key, claim: Claim) -> None:
        stretch = (key.place.since, key.place.until, claim.id)
        insort(self.days[row, key.place.conflict][victims(claim, key)], stretch)

    def met_by(self, row: object, key: Key, claim: Claim) -> str | None:
        """The used claim that the period's claim meets (an incident that starts inside it, a period that overlaps):
        of several the one that starts last, then the higher id."""
        asking = victims(claim, key)
        met = []
        for conflict in self.world.related(key.place.conflict):
            for others, stretches in self.days.get((row, conflict), {}).items():
                if others.meets(asking):
                    at = bisect_right(stretches, key.place.until, key=lambda stretch: stretch[0])
                    if at and stretches[at - 1][1] >= key.place.since:
                        met.append(stretches[at - 1])
        return max(met)[2] if met else None
