"""What splits the rows of an answer: dimensions, the value of a claim in each, and the scope of a row.

Rules: docs/developers/reconciling.md#rule-17, #rule-18.
"""

from collections.abc import Callable, Iterable
from datetime import date
from operator import attrgetter

from api.reconciling.choosing import BOTH_STATUSES
from api.reconciling.figures import Frame, find_top_side
from api.reconciling.question import ALL, DAY_PERIODS, Question, RowKey
from api.reconciling.reconciled_answer import INCIDENTS
from api.reconciling.record import ANY, PERIOD, Claim, Unit, World

#: The highest (least precise) UCDP date precision with which an event still lies in one of these (rule 18).
FINEST_PRECISION = {"day": 1, "week": 3, "month": 4, "quarter": 4, "year": 5}


def find_dimensions(question: Question, basis: str) -> tuple[str, ...]:
    """Return the dimensions that split rows: the question's, and those that must never be added (rule 17)."""
    never_added = ["harm"] if basis == INCIDENTS else ["conflict", "measure", "harm"]
    for dimension, values in (("victim_sex", question.sexes), ("victim_age", question.ages)):
        if values is not None and len(values) > 1:
            never_added.append(dimension)
    return tuple(dict.fromkeys((*question.group_by, *never_added)))


def find_frame(question: Question, key: RowKey) -> Frame:
    """Return the side and status of a row: those of its key, else the only ones that the question names."""
    values, statuses = dict(key), question.statuses
    side = values.get("subject_side") or _find_only(question.sides) or ALL
    status = values.get("victim_status") or _find_only(statuses) or ANY
    # If the question also names the whole, a sum of some of its parts is not complete.
    needed = BOTH_STATUSES if statuses is None or ANY in statuses else (statuses & BOTH_STATUSES) or statuses
    return Frame(None if side == ALL else side, status, question.sides, needed)


def choose_reader(dimension: str, world: World, question: Question) -> Callable[[Claim, Unit], str | None]:
    """Return the function that reads a claim's value in a dimension."""
    if dimension == "subject_side":
        return lambda claim, unit: find_counted_side(world, claim, unit, question)
    if dimension == "period":
        return lambda _, unit: f"{unit.first}/{unit.last}" if unit.measure == PERIOD else None
    if dimension in DAY_PERIODS:
        return lambda _, unit: find_day_period(world, dimension, unit)
    if dimension in ("event_type", "country", "admin1"):
        of_event = attrgetter(dimension.removeprefix("event_"))
        return lambda _, unit: of_event(world.events[unit.event]) if unit.event else None
    read = attrgetter(dimension)
    if dimension in ("conflict", "event", "measure"):
        return lambda _, unit: read(unit)
    return lambda claim, _: read(claim)


def find_counted_side(world: World, claim: Claim, unit: Unit, question: Question) -> str:
    side = claim.subject_side
    return ALL if side is None else find_top_side(world, side, unit, question.sides)


def find_day_period(world: World, dimension: str, unit: Unit) -> str | None:
    """Return the day, week, month, quarter or year of a unit that is dated that precisely (rule 18)."""
    event = world.events.get(unit.event or "")
    if event and (event.date_precision or 1) > FINEST_PRECISION[dimension]:
        return None
    first, last = name_day_period(dimension, unit.first), name_day_period(dimension, unit.last)
    return first if first == last else None


def name_day_period(dimension: str, day: str) -> str:
    if dimension == "year":
        return day[:4]
    if dimension == "quarter":
        return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"
    if dimension == "month":
        return day[:7]
    if dimension == "week":
        return "{}-W{:02}".format(*date.fromisoformat(day).isocalendar())
    return day


def order_values(values: Iterable[str | None]) -> list[tuple[bool, str]]:
    """Return the sort key of a row's values: those that are None come last."""
    return [(value is None, value or "") for value in values]


def _find_only(values: frozenset[str] | None) -> str | None:
    return min(values) if values is not None and len(values) == 1 else None
