"""Figures on the map: single points, or squares of a grid that add what lies in them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.casualties import FIGURES, NOT_TAKEN, CasualtyFilters, CasualtyMeta, UsedQuery, number
from schemas.envelopes import Count, FlatShape, Strict, ref
from schemas.fields import Box, Degrees, Grade, Word, about
from schemas.vocab import HARM, PLACE_PRECISION, UCDP, Vocabulary

GRIDS = ("0", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30")
LIMIT, GREATEST_LIMIT = 500, 2000
LOCATED = Vocabulary(
    "located",
    "How the point is meant.",
    UCDP + ", where_prec",
    {
        "point": "where it happened, exactly or within about 25 km (place_precision 1 and 2)",
        "area": "the point stands for a whole area, or the record does not say how exact it is",
        "nowhere": "no point is recorded",
        "period": "a stretch of days, which has no place",
    },
)


class PlaceQuery(CasualtyFilters, FlatShape):
    """The figures of single events by where they happened."""

    class Meta:
        exclude = (*NOT_TAKEN, "basis")

    grid = fields.String(
        validate=validate.OneOf(GRIDS),
        metadata=about(
            "Side of the squares in degrees; 0: each point alone. Unless given, the finest that keeps to `limit`.", "1"
        ),
    )
    limit = Count(
        1,
        GREATEST_LIMIT,
        metadata=about(
            f"Rows to keep to by a coarser grid. JSON: {LIMIT} unless given; other formats: no limit.", "500"
        ),
    )


class UsedAnywhereQuery(UsedQuery):
    """As UsedQuery, or what the map puts together: the events within a box, of rows by event."""

    located = Word(LOCATED)
    within = Box(
        metadata=about("West,south,east,north of the events; none: they have no point.", "44,38,51,42", "RFC 7946")
    )

    @validates_schema(skip_on_field_errors=True)
    def is_of_events(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "located" in data and (data["group_by"] != ("event",) or len(data["row"]) != 1):
            raise ValidationError({"located": ["Goes with group_by=event, and row= is then the harm alone."]})


class PlaceLinks(Strict):
    claims = fields.String(
        metadata=about(
            "Exactly the claims used.",
            "http://127.0.0.1:8000/v1/claims?used_by=group_by%3Devent%26row%3Dganja-2020-10-17%2Ckilled",
        )
    )
    figures = fields.String(
        allow_none=True,
        metadata=about(
            "The figures that were added, event by event, as they are when nothing else is asked; null: no filter.",
            "http://127.0.0.1:8000/v1/statistics/casualties?bbox=46.3606,40.6828,46.3606,40.6828&group_by=event",
        ),
    )


SUMS = ("low", "best", "high", "open_ended", "imputed", "incomplete", "cells", "disputed", "spread", "claims")
PLACE: dict[str, fields.Field[Any]] = {
    "latitude": Degrees(
        90, allow_none=True, metadata=about("Latitude; of a square the middle of its points.", 40.6828)
    ),
    "longitude": Degrees(180, allow_none=True, metadata=about("Longitude, likewise.", 46.3606)),
    "located": Word(LOCATED, metadata={"examples": ["point"]}),
    "place_precision": Grade(PLACE_PRECISION, allow_none=True, metadata={"examples": [2]}),
    "place": fields.String(allow_none=True, metadata=about("Name of the place; null: several, or not named.", "Ganja")),
    "bbox": fields.String(
        allow_none=True,
        metadata=about(
            "The box around its points, as the filter takes it.", "46.3606,40.6828,46.3606,40.6828", "RFC 7946"
        ),
    ),
    "events": number("How many events.", 3),
    "event": ref("The event, where it is one.", allow_none=True),
    "harm": Word(HARM, allow_none=True, metadata={"examples": ["killed"]}),
    **{name: FIGURES[name] for name in SUMS},
    "links": fields.Nested(PlaceLinks, metadata=about("The evidence.")),
}
PlaceOut: type[Schema] = Strict.from_dict(PLACE, name="PlaceOut")


class PlaceMeta(CasualtyMeta):
    grid = fields.String(metadata=about("Side of the squares in degrees; 0: each point alone.", "0"))
