"""How many, by where: what the explorer's map draws, and GeoJSON for any other."""

from collections.abc import Iterable
from typing import Any

from api import openapi
from api.queries.places import EXACT, POINT, Figure, places
from api.v1.answers import FORMATS, Told, serve
from api.v1.clocks import PINS
from api.v1.figures import CASUALTIES, address_of, linkable, pins, query_of, rounded, told_meta
from api.v1.reading import Query, ReadBlueprint, about_answer
from schemas.envelopes import listing
from schemas.fields import NONE, escaped
from schemas.places import GRIDS, LIMIT, PLACE, PlaceMeta, PlaceOut, PlaceQuery
from schemas.vocab import PLACE_PRECISION

blueprint = ReadBlueprint("places", __name__, description="Figures on the map.")
PRECISIONS = (*PLACE_PRECISION, NONE)


def tell_places(question: Query, revision: int) -> Told:
    question = question | {"basis": "incidents"}
    limit = question.get("limit", LIMIT if question["format"] == "json" else None)
    grids = (question["grid"],) if "grid" in question else GRIDS
    found = places({name: value for name, value in question.items() if name != "grid"}, grids, limit)
    rows = [_told(figure, question) for figure in found.figures]
    meta = {**about_answer(question, revision), **told_meta(found.answer, question, revision)}
    meta |= {"group_by": ["harm"], "grid": found.grid, "total": len(rows), "limit": limit}
    return Told(rows, PLACE, meta)


def _told(figure: Figure, question: Query) -> dict[str, Any]:
    west, south, east, north = figure.box or (None,) * 4
    (only,) = figure.events if len(figure.events) == 1 else (None,)
    return {
        "latitude": _middle(south, north),
        "longitude": _middle(west, east),
        "located": figure.located,
        "place_precision": _shared(spot.precision for spot in figure.spots),
        "place": _shared(spot.place for spot in figure.spots) or None,
        "bbox": _box(figure) if figure.box else None,
        "events": len(figure.events),
        "event": only and {"id": only, "name": figure.spots[0].name},
        "harm": figure.harm,
        **figure.amounts,
        "cells": figure.cells,
        "spread": rounded(figure.spread),
        "claims": figure.claims,
        "links": {"claims": _claims(figure, question), "figures": _by_event(figure, question)},
    }


def _shared(values: Iterable[Any]) -> Any:
    """The one value that all have."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _middle(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one if one == other else round((one + other) / 2, 6)


def _box(figure: Figure) -> str:
    return ",".join(f"{edge:.12f}".rstrip("0").rstrip(".") for edge in figure.box) or NONE


def _claims(figure: Figure, question: Query) -> str:
    """Of one event, or of the periods, the row by event; of several events those within their box."""
    harm = NONE if figure.harm is None else escaped(figure.harm)
    of = {"row": harm, "located": figure.located, "within": _box(figure)}
    if len(figure.events) < 2:
        of = {"row": ",".join((*(figure.events or (NONE,)), harm))}
    return address_of("/v1/claims", **pins(), used_by=linkable(query_of(question, PINS, group_by="event", **of)))


def _by_event(figure: Figure, question: Query) -> str | None:
    """None of several events without a point: no filter tells them from periods."""
    if len(figure.events) > 1 and not figure.box:
        return None
    of = {"harm": figure.harm or NONE, "group_by": "event"}
    if len(figure.events) < 2:
        of["event"] = figure.events[0] if figure.events else NONE
    else:
        of |= {"bbox": _box(figure), "place_precision": ",".join(_as_exact(figure, question))}
    asked = query_of(question, PINS, **of, **pins())
    return f"{address_of(CASUALTIES)}?{asked}"


def _as_exact(figure: Figure, question: Query) -> list[str]:
    """The precisions that were asked for, of places located like this one."""
    alike = [word for word in (*PLACE_PRECISION, NONE) if (word in map(str, EXACT)) == (figure.located == POINT)]
    return [word for word in alike if word in question.get("place_precision", alike)]


serve(
    blueprint,
    "places",
    "/statistics/places",
    PlaceQuery,
    openapi.either_shape(listing(PlaceOut, PlaceMeta)),
    PlaceOut,
    "How many, by place: points, or squares of a grid.",
    tell_places,
    formats=[*FORMATS, "geojson"],
)
