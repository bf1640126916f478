"""Figures on the map: figures of events, added by place. Figures of events add up, whatever the place.

Rules: docs/developers/reconciling.md#rule-18.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import Value

from api.database.models import Event
from api.database.statements import fetch_tuples
from api.listings.filters import long_list_filter
from api.reconciling.reconciled_answer import Answer, Row
from api.statistics.casualties import answer_casualties
from api.statistics.casualty_question import make_question

POINT, AREA, NOWHERE, A_PERIOD = "point", "area", "nowhere", "period"
EXACT = (1, 2)  # UCDP where_prec: exact, or within about 25 km
AMOUNTS = ("low", "best", "high", "open_ended", "imputed", "incomplete", "reaches_over", "disputed")


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


class PlaceFigure(NamedTuple):
    """The sum of the events of one point or square."""

    harm: str | None
    located: str
    spots: tuple[Spot, ...]  # of its events
    events: tuple[str, ...]
    amounts: dict[str, int]
    cells: int
    claims: int
    spread: float | None
    rows: tuple[Row, ...]  # by event

    @property
    def box(self) -> tuple[float, ...]:
        """Return west, south, east, north; empty without a point."""
        across = [spot.longitude for spot in self.spots if spot.longitude is not None]
        up = [spot.latitude for spot in self.spots if spot.latitude is not None]
        return (min(across), min(up), max(across), max(up)) if across else ()


class Places(NamedTuple):
    answer: Answer
    grid: str
    figures: list[PlaceFigure]


def find_places(parameters: dict[str, Any], grids: Iterable[str], limit: int | None) -> Places:
    """Add by the first of the grids that gives at most `limit` figures, else by the last.

    Raises what `answer_casualties` raises.
    """
    answer = answer_casualties(make_question(parameters | {"basis": "incidents", "group_by": ("event",)}))
    spots = _read_spots([event for row in answer.rows if (event := dict(row.key)["event"])])
    steps = list(grids)
    grid = next((step for step in steps if _is_within_limit(limit, answer.rows, spots, float(step))), steps[-1])
    return Places(answer, grid, _make_figures(answer.rows, spots, float(grid)))


def _is_within_limit(limit: int | None, rows: Iterable[Row], spots: dict[str, Spot], grid: float) -> bool:
    """Return whether the grid gives at most `limit` figures. The count stops at the first figure too many."""
    squares: set[tuple[Any, ...]] = set()
    for row in rows if limit is not None else ():
        squares.add(_find_square(dict(row.key), spots, grid))
        if limit is not None and len(squares) > limit:
            return False
    return True


def _read_spots(events: list[str]) -> dict[str, Spot]:
    """Return where each of these events happened."""
    columns = Event.slug, Event.latitude, Event.longitude, Event.place_precision, Event.place, Event.name
    among = long_list_filter(Event.slug)
    query = Event.select(*columns).where(among.condition(Value(*among.bind(events))))
    return {slug: Spot(*rest) for slug, *rest in fetch_tuples(query)}


def find_claims(rows: Iterable[Row], harm: str | None, located: str, box: tuple[float, ...]) -> list[str]:
    """Return the claims of a figure: those of its events, from the rows by event that `find_places` added."""
    events = {event: row for row in rows if dict(row.key)["harm"] == harm and (event := dict(row.key)["event"])}
    spots = _read_spots(list(events))
    matching_rows = [row for event, row in events.items() if _is_inside(spots[event], located, box)]
    return sorted(claim for row in matching_rows for claim in row.claims)


def _is_inside(spot: Spot, located: str, box: tuple[float, ...]) -> bool:
    if spot.located != located or spot.latitude is None or spot.longitude is None or not box:
        return spot.located == located == NOWHERE
    west, south, east, north = box
    return west <= spot.longitude <= east and south <= spot.latitude <= north


def _make_figures(rows: Iterable[Row], spots: dict[str, Spot], grid: float) -> list[PlaceFigure]:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[_find_square(dict(row.key), spots, grid)].append(row)
    figures = [_add_rows(square[0], square[1], members, spots) for square, members in groups.items()]
    return sorted(
        figures, key=lambda figure: (figure.harm or "", not figure.box, -figure.amounts["best"], figure.events)
    )


def _find_square(key: dict[str, str | None], spots: dict[str, Spot], grid: float) -> tuple[Any, ...]:
    """Return the key of the rows that are added: the harm, and a point or a square.

    Without a grid each point has a key of its own, and each event without a point too.
    """
    harm, event = key["harm"], key["event"]
    if event is None:
        return harm, A_PERIOD
    spot = spots[event]
    if spot.latitude is None or spot.longitude is None:
        return (harm, NOWHERE) if grid else (harm, NOWHERE, event)
    if not grid:
        return harm, spot.located, *spot[:-1]
    return harm, spot.located, math.floor(spot.latitude / grid), math.floor(spot.longitude / grid)


def _add_rows(harm: str | None, located: str, rows: list[Row], spots: dict[str, Spot]) -> PlaceFigure:
    events = sorted(event for row in rows if (event := dict(row.key)["event"]))
    spreads = [row.spread for row in rows]
    return PlaceFigure(
        harm=harm,
        located=located,
        spots=tuple(spots[event] for event in events),
        events=tuple(events),
        amounts={name: sum(getattr(row, name) for row in rows) for name in AMOUNTS},
        cells=sum(row.cells_count for row in rows),
        claims=sum(len(row.claims) for row in rows),
        spread=None if None in spreads else max(spread for spread in spreads if spread is not None),
        rows=tuple(rows),
    )
