"""Casualty figures by place, for the map of the explorer, and as GeoJSON for other maps."""

from collections.abc import Iterable
from typing import Any

from api.statistics.map_places import EXACT, POINT, PlaceFigure, find_places
from api.statistics.notices import Notice, find_codes
from api.v1.shared.addresses import address_of, read_pins, similar_address, similar_query
from api.v1.shared.figure_json import (
    CASUALTIES,
    find_notices,
    require_linkable,
    round_spread,
    write_meta,
)
from api.v1.shared.listing_routes import Query, ReadBlueprint, answer_meta
from api.v1.shared.pinning import PINS
from api.v1.shared.statistic_routes import StatisticAnswer, default_limit, serve_statistic
from schemas.fields import NONE, escape_commas
from schemas.responses import FORMATS, list_response
from schemas.statistics.map_places import GRIDS, LIMIT, PLACE, PlaceMeta, PlaceOut, PlaceQuery
from schemas.vocabularies import PLACE_PRECISION

blueprint = ReadBlueprint("places", __name__, description="Figures on the map.")
PRECISIONS = (*PLACE_PRECISION, NONE)


def show_places(question: Query, revision: int) -> StatisticAnswer:
    question = question | {"basis": "incidents", "group_by": ("event",)}
    limit = question.get("limit", default_limit(question, LIMIT))
    grids = (question["grid"],) if "grid" in question else GRIDS
    places = find_places(question, grids, limit)
    notices = find_notices(places.answer, question)
    rows = [_write_place(figure, question, notices) for figure in places.figures]
    meta = {
        **answer_meta(question, revision),
        **write_meta(places.answer, question, revision, notices),
    }
    meta |= {"group_by": ["harm"], "grid": places.grid, "total": len(rows), "limit": limit}
    return StatisticAnswer(rows, PLACE, meta)


def _write_place(figure: PlaceFigure, question: Query, notices: Iterable[Notice]) -> dict[str, Any]:
    west, south, east, north = figure.box or (None,) * 4
    (only,) = figure.events if len(figure.events) == 1 else (None,)
    return {
        "latitude": _find_middle(south, north),
        "longitude": _find_middle(west, east),
        "located": figure.located,
        "place_precision": _common_value(spot.precision for spot in figure.spots),
        "place": _common_value(spot.place for spot in figure.spots) or None,
        "bbox": _write_box(figure) if figure.box else None,
        "events": len(figure.events),
        "event": only and {"id": only, "name": figure.spots[0].name},
        "harm": figure.harm,
        **figure.amounts,
        "cells": figure.cells,
        "spread": round_spread(figure.spread),
        "claims": figure.claims,
        "warnings": find_codes(notices, figure.rows),
        "links": {"claims": _claims_address(figure), "figures": _figures_address(figure, question)},
    }


def _common_value(values: Iterable[Any]) -> Any:
    """Return the value that all have, or None if they differ."""
    distinct_values = set(values)
    return distinct_values.pop() if len(distinct_values) == 1 else None


def _find_middle(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first if first == second else round((first + second) / 2, 6)


def _write_box(figure: PlaceFigure) -> str:
    return ",".join(f"{edge:.12f}".rstrip("0").rstrip(".") for edge in figure.box) or NONE


def _claims_address(figure: PlaceFigure) -> str:
    """Return the address of the claims: of one event or of the periods by row, of several events by their box."""
    harm = NONE if figure.harm is None else escape_commas(figure.harm)
    args = {"row": harm, "located": figure.located, "within": _write_box(figure)}
    if len(figure.events) < 2:
        args = {"row": ",".join((*(figure.events or (NONE,)), harm))}
    return address_of(
        "/v1/claims",
        **read_pins(),
        used_by=require_linkable(similar_query(PINS, basis="incidents", group_by="event", **args)),
    )


def _figures_address(figure: PlaceFigure, question: Query) -> str | None:
    """Return the address of the figures by event. None for several events without a point: no filter selects them."""
    if len(figure.events) > 1 and not figure.box:
        return None
    args = {"harm": figure.harm or NONE, "basis": "incidents", "group_by": "event"}
    if len(figure.events) < 2:
        args["event"] = figure.events[0] if figure.events else NONE
    else:
        args |= {"bbox": _write_box(figure), "place_precision": ",".join(_list_precisions(figure, question))}
    return similar_address(CASUALTIES, PINS, **args, **read_pins())


def _list_precisions(figure: PlaceFigure, question: Query) -> list[str]:
    """Return the precisions in the question, of places that are located like this figure."""
    alike = [word for word in (*PLACE_PRECISION, NONE) if (word in map(str, EXACT)) == (figure.located == POINT)]
    return [word for word in alike if word in question.get("place_precision", alike)]


serve_statistic(
    blueprint,
    "places",
    "/statistics/places",
    PlaceQuery,
    list_response(PlaceOut, PlaceMeta),
    PlaceOut,
    "Casualty figures by place: points, or squares of a grid.",
    show_places,
    formats=FORMATS,
)
