"""Figures on the map: those of events added by where they happened. Figures of events add up, whatever the place."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import Value

from api.db import tuples
from api.models import Event
from api.queries.casualties import broad
from api.queries.filters import listed
from api.queries.reconcile import Answer
from api.queries.rows import Row

POINT, AREA, NOWHERE, A_PERIOD = "point", "area", "nowhere", "period"
EXACT = (1, 2)  # UCDP where_prec: exact, or within about 25 km
AMOUNTS = ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed")


class Spot(NamedTuple):
    """Where an event happened, as far as it is recorded."""

    latitude: float | None
    longitude: float | None
    precision: int | None
    place: str
    name: str  # of the event

    @property
    def located(self) -> str:
        if self.latitude is None:
            return NOWHERE
        return POINT if self.precision in EXACT else AREA


class Figure(NamedTuple):
    """What the events of one point or square add up to."""

    harm: str | None
    located: str
    spots: tuple[Spot, ...]  # of its events
    events: tuple[str, ...]
    amounts: dict[str, int]
    cells: int
    claims: int
    spread: float | None

    @property
    def box(self) -> tuple[float, ...]:
        """West, south, east, north; empty without a point."""
        across = [spot.longitude for spot in self.spots if spot.longitude is not None]
        up = [spot.latitude for spot in self.spots if spot.latitude is not None]
        return (min(across), min(up), max(across), max(up)) if across else ()


class Found(NamedTuple):
    answer: Answer
    grid: str
    figures: list[Figure]


def places(asked: dict[str, Any], grids: Iterable[str], limit: int | None) -> Found:
    """By the first of the grids that gives no more rows than `limit`, else by the last.

    Raises what `casualties` raises.
    """
    answer = broad(asked | {"basis": "incidents", "group_by": ("event",)})
    spots = _spots([event for row in answer.rows if (event := dict(row.key)["event"])])
    steps = list(grids)
    grid = next((step for step in steps if _keeps_to(limit, answer.rows, spots, float(step))), steps[-1])
    return Found(answer, grid, _figures(answer.rows, spots, float(grid)))


def _keeps_to(limit: int | None, rows: Iterable[Row], spots: dict[str, Spot], grid: float) -> bool:
    """Whether the grid gives no more figures than that; one too many is enough to know."""
    found: set[tuple[Any, ...]] = set()
    for row in rows if limit is not None else ():
        found.add(_square(dict(row.key), spots, grid))
        if limit is not None and len(found) > limit:
            return False
    return True


def _spots(events: list[str]) -> dict[str, Spot]:
    """Where each of these events happened."""
    columns = Event.slug, Event.latitude, Event.longitude, Event.place_precision, Event.place, Event.name
    among = listed(Event.slug)
    query = Event.select(*columns).where(among.condition(Value(*among.bind(events))))
    return {slug: Spot(*rest) for slug, *rest in tuples(query)}


def used(rows: Iterable[Row], harm: str | None, located: str, box: tuple[float, ...]) -> list[str]:
    """The claims of a figure, from the rows by event that `places` added: those of its events."""
    events = {event: row for row in rows if dict(row.key)["harm"] == harm and (event := dict(row.key)["event"])}
    spots = _spots(list(events))
    found = [row for event, row in events.items() if _lies(spots[event], located, box)]
    return sorted(claim for row in found for claim in row.claims)


def _lies(spot: Spot, located: str, box: tuple[float, ...]) -> bool:
    if spot.located != located or spot.latitude is None or spot.longitude is None or not box:
        return spot.located == located == NOWHERE
    west, south, east, north = box
    return west <= spot.longitude <= east and south <= spot.latitude <= north


def _figures(rows: Iterable[Row], spots: dict[str, Spot], grid: float) -> list[Figure]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[_square(dict(row.key), spots, grid)].append(row)
    found = [_added(square[0], square[1], members, spots) for square, members in groups.items()]
    return sorted(found, key=lambda figure: (figure.harm or "", not figure.box, -figure.amounts["best"], figure.events))


def _square(key: dict[str, str | None], spots: dict[str, Spot], grid: float) -> tuple[Any, ...]:
    """What a row is put together with: what has no point stands alone as long as every point does."""
    harm, event = key["harm"], key["event"]
    if event is None:
        return harm, A_PERIOD
    spot = spots[event]
    if spot.latitude is None or spot.longitude is None:
        return (harm, NOWHERE) if grid else (harm, NOWHERE, event)
    if not grid:
        return harm, spot.located, *spot[:-1]
    return harm, spot.located, math.floor(spot.latitude / grid), math.floor(spot.longitude / grid)


def _added(harm: str | None, located: str, rows: list[Row], spots: dict[str, Spot]) -> Figure:
    events = sorted(event for row in rows if (event := dict(row.key)["event"]))
    spreads = [row.spread for row in rows]
    return Figure(
        harm=harm,
        located=located,
        spots=tuple(spots[event] for event in events),
        events=tuple(events),
        amounts={name: sum(getattr(row, name) for row in rows) for name in AMOUNTS},
        cells=sum(len(row.cells) for row in rows),
        claims=sum(len(row.claims) for row in rows),
        spread=None if None in spreads else max(spread for spread in spreads if spread is not None),
    )
