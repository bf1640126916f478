"""What is asked of the tables of tallies: which filters each of them takes, and the rows that one question needs."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from peewee import JOIN, SQL, ModelSelect, Value, fn

from api.db import dialect
from api.models import Claim, Conflict, Event, External, Fate, RollUp, RollUpLeft, Tally
from api.queries import claims, record, twice
from api.queries.amounts import WHOLE
from api.queries.filters import Filter, among, at_least, at_most, begun_in, inside, on_scale, refers
from api.queries.select import Bound, Listing, Slot, Text, narrowed, shape_of
from api.queries.sums import AMOUNTS, DETAILS

Rows = Iterable[tuple[Any, ...]]

WHERE: dict[str, Filter] = {
    "conflict": refers(Tally.conflict_id, Conflict),
    "recorded_conflict": refers(Tally.conflict_id, Conflict),
    "event": refers(Tally.event, Event),
    "event_type": among(Event.type),
    "harm": among(Tally.harm),
    "from": at_least(Event.ended_on),
    "to": at_most(Event.started_on),
    "year": begun_in(Tally.day, 4),
    "month": begun_in(Tally.day, 7),
    "country": among(Event.country),
    "admin1": among(fn.COALESCE(Event.admin1, ""), empty=""),
    "bbox": inside(Event.latitude, Event.longitude),
    "place_precision": on_scale(Event.place_precision),
}


def _by_month(model: Any) -> dict[str, Filter]:
    """The filters of a roll-up, in which what is not stated is ''."""
    return {
        "conflict": refers(model.conflict_id, Conflict),
        "recorded_conflict": refers(model.conflict_id, Conflict),
        "harm": among(model.harm, empty=""),
        "year": among(fn.substr(model.month, 1, 4), empty=""),
        "month": among(model.month, empty=""),
    }


def _join_event(query: ModelSelect[Any]) -> ModelSelect[Any]:
    return query.join(Event, on=Tally.event)


CELLS = Listing("tallies", Tally, {}, WHERE, {}, _join_event)
MONTHS = Listing("roll_ups", RollUp, {}, _by_month(RollUp), {})
LEFT = Listing("left", RollUpLeft, {}, _by_month(RollUpLeft), {})


def by_month(bound: Bound) -> bool:
    """Whether roll-ups take all of these filters."""
    return MONTHS.where.keys() >= bound.keys()


def months(bound: Bound, by_side: bool, policy: int) -> Rows:
    """Roll-ups: conflict, month, harm, side, cells, victims, then the columns that a `Sum` reads."""
    return _months_text(dialect(), shape_of(bound), by_side).ask(bound | {"policy": (policy,)})


def cells(bound: Bound, by_side: bool, policy: int) -> Rows:
    """Tallied cells: conflict, day, harm, side, event, its type, country and admin1, victims, then as for `months`."""
    return _cells_text(dialect(), shape_of(bound), by_side).ask(bound | {"policy": (1 << policy,)})


def recorded(bound: Bound, by_side: bool, policy: int, conflicts: tuple[int, ...], since: str, until: str) -> Rows:
    """Tallied cells of these days in these conflicts.

    Conflict, day, harm, side, victims, event, its last day and country, the dataset that brought it.
    """
    text = _recorded_text(dialect(), shape_of(bound), by_side, conflicts)
    return text.ask(bound | {"policy": (1 << policy,), "days": (since, until)})


def witnesses(bound: Bound, place: int, conflict: int, day: str, harm: str, letter: str) -> Rows:
    """Claims about a harm on a day with this letter at `place`: id, event's key and id, side, victim status."""
    asked = {"in_conflict": (conflict,), "on": (day,), "of_harm": (harm,), "letter": (letter,)}
    return _witnesses_text(dialect(), shape_of(bound), place).ask(bound | asked)


def letters(bound: Bound, place: int) -> Rows:
    """How many claims have which letter at `place`."""
    text = _left_text if LEFT.where.keys() >= bound.keys() else _fates_text
    return text(dialect(), shape_of(bound), place).ask(bound)


def named(bound: Bound, place: int, letter: str) -> Rows:
    """The claims with this letter at `place`: id, conflict, harm, side, day, event, its type, country and admin1."""
    return _named_text(dialect(), shape_of(bound), place).ask(bound | {"letter": (letter,)})


# SQL text --------------------------------------------------------------------------------------------------------

Engine = tuple[bool, bool]
Shape = tuple[Any, ...]


def _slot(name: str) -> Value:
    return Value(Slot(name, 0), converter=False)


def _columns(model: Any) -> list[Any]:
    return [getattr(model, name) for name in (*AMOUNTS, *DETAILS)]


def _of_side(model: Any, by_side: bool) -> Any:
    return model.side != WHOLE if by_side else model.side == WHOLE


@functools.lru_cache(maxsize=256)
def _months_text(engine: Engine, shape: Shape, by_side: bool) -> Text:
    about = RollUp.conflict_id, RollUp.month, RollUp.harm, RollUp.side, RollUp.cells, RollUp.victims
    query = narrowed(MONTHS, RollUp.select(*about, *_columns(RollUp)), shape)
    return Text(*query.where(RollUp.policy == _slot("policy"), _of_side(RollUp, by_side)).sql())


@functools.lru_cache(maxsize=256)
def _cells_text(engine: Engine, shape: Shape, by_side: bool) -> Text:
    about = (
        Tally.conflict_id, Tally.day, Tally.harm, Tally.side, Event.slug, Event.type, Event.country, Event.admin1,
        Tally.victims,
    )  # fmt: skip
    query = narrowed(CELLS, Tally.select(*about, *_columns(Tally)), shape)
    return Text(*query.where(Tally.policies.bin_and(_slot("policy")) != 0, _of_side(Tally, by_side)).sql())


@functools.lru_cache(maxsize=64)
def _recorded_text(engine: Engine, shape: Shape, by_side: bool, conflicts: tuple[int, ...]) -> Text:
    about = (
        Tally.conflict_id, Tally.day, Tally.harm, Tally.side, Tally.victims, Event.slug, Event.ended_on, Event.country,
        External.dataset,
    )  # fmt: skip
    query = narrowed(CELLS, Tally.select(*about), shape)
    query = query.join_from(Event, External, JOIN.LEFT_OUTER, on=twice.BROUGHT)
    query = query.where(record.having(Tally.conflict_id, conflicts))
    query = query.where(Tally.day >= _slot("days"), Tally.day <= Value(Slot("days", 1), converter=False))
    return Text(*query.where(Tally.policies.bin_and(_slot("policy")) != 0, _of_side(Tally, by_side)).sql())


@functools.lru_cache(maxsize=256)
def _witnesses_text(engine: Engine, shape: Shape, place: int) -> Text:
    about = Claim.slug, Fate.event_id, Event.slug, Fate.side, Claim.victim_status
    query = narrowed(claims.LISTING, Claim.select(*about), shape)
    query = query.join_from(Claim, Fate, on=(Fate.claim == Claim.id))
    query = query.where(Claim.conflict == _slot("in_conflict"), Claim.event_date == _slot("on"))
    return Text(*query.where(Claim.harm == _slot("of_harm"), _letter(place) == _slot("letter")).sql())


@functools.lru_cache(maxsize=256)
def _left_text(engine: Engine, shape: Shape, place: int) -> Text:
    query = narrowed(LEFT, RollUpLeft.select(RollUpLeft.letter, fn.SUM(RollUpLeft.claims)), shape)
    return Text(*query.where(RollUpLeft.place == place).group_by(RollUpLeft.letter).sql())


@functools.lru_cache(maxsize=256)
def _fates_text(engine: Engine, shape: Shape, place: int) -> Text:
    letter = _letter(place)
    query = narrowed(claims.LISTING, Claim.select(letter, fn.COUNT(Claim.id)), shape)
    return Text(*query.join_from(Claim, Fate, on=(Fate.claim == Claim.id)).group_by(letter).sql())


@functools.lru_cache(maxsize=256)
def _named_text(engine: Engine, shape: Shape, place: int) -> Text:
    about = (
        Claim.slug, Claim.conflict, Claim.harm, Fate.side, Claim.event_date, Event.slug, Event.type, Event.country,
        Event.admin1,
    )  # fmt: skip
    query = narrowed(claims.LISTING, Claim.select(*about), shape)
    query = query.join_from(Claim, Fate, on=(Fate.claim == Claim.id))
    return Text(*query.where(_letter(place) == _slot("letter")).order_by(Claim.slug).sql())


def _letter(place: int) -> Any:
    return fn.substr(Fate.letters, SQL(str(place + 1)), SQL("1"))
