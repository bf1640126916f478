"""Figures on the map: single points, or squares of a grid that add the figures in them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import Box, Degrees, Grade, Word, describe
from schemas.responses import Count, FlatShape, Strict, ref_field
from schemas.statistics.casualties import (
    FIGURES,
    UNUSED_FILTERS,
    WARNING_CODES,
    CasualtyFilters,
    CasualtyMeta,
    UsedQuery,
    number_field,
)
from schemas.vocabularies import HARM, PLACE_PRECISION, UCDP, Vocabulary

GRIDS = ("0", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30")
LIMIT, GREATEST_LIMIT = 500, 2000
LOCATED = Vocabulary(
    "located",
    "What the point means.",
    UCDP + ", where_prec",
    {
        "point": "the place of the event, exactly or within about 25 km (place_precision 1 and 2)",
        "area": "the point stands for a whole area, or the record does not say how exact it is",
        "nowhere": "no point is recorded",
        "period": "a stretch of days, which has no place",
    },
)


class PlaceQuery(CasualtyFilters, FlatShape):
    """The figures of single events by place."""

    class Meta:
        exclude = (*UNUSED_FILTERS, "basis")

    grid = fields.String(
        validate=validate.OneOf(GRIDS),
        metadata=describe(
            "Grid cell size in degrees; 0: each point alone (default: the finest grid that keeps to `limit`).", "1"
        ),
    )
    limit = Count(
        1,
        GREATEST_LIMIT,
        metadata=describe(
            f"The greatest number of rows; a coarser grid keeps to it (default in JSON: {LIMIT}; in other formats: "
            "no limit).",
            "500",
        ),
    )


class UsedAnywhereQuery(UsedQuery):
    """Like UsedQuery, or for the map: the events within a box, from rows by event."""

    located = Word(LOCATED)
    within = Box(
        metadata=describe(
            "Box of the events: west,south,east,north; none: events without a point.", "44,38,51,42", "RFC 7946"
        )
    )

    @validates_schema(skip_on_field_errors=True)
    def check_located_row(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "located" in data and (data["group_by"] != ("event",) or len(data["row"]) != 1):
            raise ValidationError({"located": ["Needs group_by=event; row= is then the harm alone."]})


class PlaceLinks(Strict):
    claims = fields.String(
        metadata=describe(
            "Address of exactly the claims used.",
            "http://127.0.0.1:8000/v1/claims?used_by=group_by%3Devent%26row%3Dganja-2020-10-17%2Ckilled",
        )
    )
    figures = fields.String(
        allow_none=True,
        metadata=describe(
            "Address of the figures that were added, one row per event; null: there is no filter for them.",
            "http://127.0.0.1:8000/v1/statistics/casualties?bbox=46.3606,40.6828,46.3606,40.6828&group_by=event",
        ),
    )


SUMS = (
    "low", "best", "high", "open_ended", "imputed", "incomplete", "reaches_over", "cells", "disputed", "spread",
    "claims",
)  # fmt: skip
PLACE: dict[str, fields.Field[Any]] = {
    "latitude": Degrees(
        90, allow_none=True, metadata=describe("Latitude; for a square, the middle of its points.", 40.6828)
    ),
    "longitude": Degrees(
        180, allow_none=True, metadata=describe("Longitude; for a square, the middle of its points.", 46.3606)
    ),
    "located": Word(LOCATED, metadata={"examples": ["point"]}),
    "place_precision": Grade(PLACE_PRECISION, allow_none=True, metadata={"examples": [2]}),
    "place": fields.String(
        allow_none=True, metadata=describe("Name of the place; null: several places, or no name.", "Ganja")
    ),
    "bbox": fields.String(
        allow_none=True,
        metadata=describe(
            "The box around the points, as the filter bbox takes it.", "46.3606,40.6828,46.3606,40.6828", "RFC 7946"
        ),
    ),
    "events": number_field("Number of events.", 3),
    "event": ref_field("The event, if the row has only one.", allow_none=True),
    "harm": Word(HARM, allow_none=True, metadata={"examples": ["killed"]}),
    **{name: FIGURES[name] for name in SUMS},
    "warnings": WARNING_CODES,
    "links": fields.Nested(PlaceLinks, metadata=describe("Addresses of the evidence.")),
}
PlaceOut: type[Schema] = Strict.from_dict(PLACE, name="PlaceOut")


class PlaceMeta(CasualtyMeta):
    grid = fields.String(metadata=describe("Grid cell size in degrees; 0: each point alone.", "0"))
