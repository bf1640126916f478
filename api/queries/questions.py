"""What a reader asks of the claims: the basis, the policy, the day, the rows, and who and what is counted."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from api.queries.evidence import ANY, INCIDENT, PERIOD, Claim, Place, Refused, World
from api.queries.scopes import BOTH, Frame, top_side
from api.queries.statements import PICKS

RowKey = tuple[tuple[str, str | None], ...]
ALL = "all"
STANCES = frozenset({"own_side", "opposing_side", "third_party"})
POLICIES = frozenset({"envelope", "claimant", *STANCES, *PICKS})
INCREMENTS = frozenset({INCIDENT, PERIOD})
DATES: dict[str, Callable[[str], str]] = {
    "year": lambda day: day[:4],
    "quarter": lambda day: f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}",
    "month": lambda day: day[:7],
    "week": lambda day: "{}-W{:02}".format(*date.fromisoformat(day).isocalendar()),
    "day": lambda day: day,
}
OF_EVENTS = frozenset({"event", "period", "event_type", "country", "admin1", *DATES})
OF_CLAIMS = ("harm", "subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age")
NOT_ADDING_UP = frozenset(OF_CLAIMS) - {"harm"}
DIMENSIONS = frozenset({"conflict", *OF_EVENTS, *OF_CLAIMS})


def everything(_: Claim) -> bool:
    return True


class Question(NamedTuple):
    """`counted` chooses cells and must judge by what a cell's claims share; `speaks` chooses who is heard (rule 8).

    Sides, statuses, sexes and ages asked for are named, because they decide what a complete sum needs.
    """

    basis: str = "incidents"
    policy: str = "envelope"
    claimant: str | None = None
    as_of: str | None = None
    group_by: tuple[str, ...] = ()
    sides: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    sexes: frozenset[str] | None = None
    ages: frozenset[str] | None = None
    counted: Callable[[Claim], bool] = everything
    speaks: Callable[[Claim], bool] = everything

    def check(self) -> None:
        """Refuse what has no answer."""
        if self.basis not in ("incidents", "totals"):
            raise Refused(f"no basis is called {self.basis}")
        if self.policy not in POLICIES:
            raise Refused(f"no policy is called {self.policy}")
        if (self.policy == "claimant") != (self.claimant is not None):
            raise Refused("policy=claimant and the claimant's name go together")
        if unknown := set(self.group_by) - DIMENSIONS:
            raise Refused(f"no rows by {', '.join(sorted(unknown))}")
        if self.basis == "totals" and (dated := OF_EVENTS & set(self.group_by)):
            raise Refused(f"rows by {', '.join(sorted(dated))} need basis=incidents")

    def dimensions(self) -> tuple[str, ...]:
        """What rows are split by: what was asked, and what must never be added (rule 3)."""
        never_added = ["harm"] if self.basis == "incidents" else ["conflict", "measure", "harm"]
        for dimension, named in (("victim_sex", self.sexes), ("victim_age", self.ages)):
            if named is not None and len(named) > 1:
                never_added.append(dimension)
        return tuple(dict.fromkeys((*self.group_by, *never_added)))

    def asks_for(self, world: World, claim: Claim, place: Place | None) -> bool:
        """Whether the claim's victims are among those asked for; a member of a side is of that side."""
        side = claim.subject_side
        line = [] if side is None else world.lineage(side, place) if place else [side]
        return (
            (self.sides is None or not self.sides.isdisjoint(line))
            and (self.statuses is None or claim.victim_status in self.statuses)
            and (self.sexes is None or claim.victim_sex in self.sexes)
            and (self.ages is None or claim.victim_age in self.ages)
        )

    def splits(self, claim: Claim) -> bool:
        """Claims split by sex or age take part only in questions that ask for it (rule 1)."""
        by_sex = self.sexes is not None or "victim_sex" in self.group_by
        by_age = self.ages is not None or "victim_age" in self.group_by
        return (by_sex or claim.victim_sex == ANY) and (by_age or claim.victim_age == ANY)

    def frame(self, row: RowKey) -> Frame:
        key, asked = dict(row), self.statuses
        side = key.get("subject_side", ALL)
        status = key.get("victim_status") or (ANY if asked is None or len(asked) > 1 else min(asked, default=ANY))
        # Where the whole is asked for too, a sum of some of its parts is no complete one.
        needed = BOTH if asked is None or ANY in asked else (asked & BOTH) or asked
        return Frame(None if side == ALL else side, status, self.sides, needed)

    def row(self, world: World, dimensions: tuple[str, ...], claim: Claim, place: Place) -> RowKey:
        return tuple((dimension, self._value(world, dimension, claim, place)) for dimension in dimensions)

    def _value(self, world: World, dimension: str, claim: Claim, place: Place) -> str | None:
        """A period has no event or place, and a date only as far as its first and last day share it (rule 9)."""
        if dimension == "subject_side":
            side = claim.subject_side
            return ALL if side is None else top_side(world, side, place, self.sides)
        if dimension in DATES:
            first, last = DATES[dimension](place.since), DATES[dimension](place.until)
            return first if first == last else None
        if dimension == "period":
            return f"{place.since}/{place.until}" if place.measure == PERIOD else None
        event = world.events.get(place.event or "")
        of_event = {"event_type": "type", "country": "country", "admin1": "admin1"}
        value: str | None
        if dimension in of_event:
            value = event and getattr(event, of_event[dimension])
        else:
            value = getattr(claim if dimension in OF_CLAIMS else place, dimension)
        return value
