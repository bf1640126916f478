"""An event: something that happened at a place and a time; not only violence."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.countries import CountryCode
from schemas.fields import NONE, Box, Degrees, Grade, Id, LastDay, NoRepeats, PastDay, Slug, Span, Text, Word, describe
from schemas.responses import (
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Ref,
    Sort,
    Standing,
    Stated,
    Strict,
    country_filter,
    dataset_field,
    month_filter,
    ref_field,
    ref_list,
    slug_filter,
    text_filter,
    word_filter,
    year_filter,
)
from schemas.vocabularies import (
    CAUSE,
    CLARITY,
    DATE_PRECISION,
    EVENT_SUB_TYPE,
    EVENT_TYPE,
    PLACE_PRECISION,
    SIDE_ROLE,
    SUB_TYPES,
    UCDP,
    VIOLENCE,
)


class EventFields(Standing):
    id = Id(required=True, metadata=describe("Id of the event.", "ganja-2020-10-17"))
    name = Text(longest=300, required=True, metadata=describe("Name.", "Missile strike on Ganja, 17 October 2020"))
    type = Word(EVENT_TYPE, required=True, metadata={"examples": ["Explosions/Remote violence"]})
    sub_type = Word(
        EVENT_SUB_TYPE, load_default="unknown", metadata={"examples": ["Shelling/artillery/missile attack"]}
    )
    violence = Word(VIOLENCE, load_default="unknown", metadata={"examples": ["one_sided"]})
    cause = Word(CAUSE, load_default="unknown", metadata={"examples": ["heavy_weapons_and_explosive_munitions"]})
    started_on = PastDay(required=True, metadata=describe("First possible day of the event.", "2020-10-17"))
    ended_on = LastDay(required=True, metadata=describe("Last possible day of the event.", "2020-10-17"))
    date_precision = Grade(DATE_PRECISION, load_default=1, metadata={"examples": [1]})
    place = Text(
        longest=200,
        blank=True,
        load_default="",
        metadata=describe("Place, as precise as the source gives it.", "Ganja"),
    )
    place_aliases = fields.List(
        Text(longest=200), load_default=list, metadata=describe("Other names of the place.", ["Gandzak"])
    )
    admin1 = Text(
        longest=200,
        blank=True,
        load_default="",
        validate=validate.NoneOf(
            [NONE], error="`none` is not the name of a region. Leave the field out if the region is not stated."
        ),
        metadata=describe("First-order administrative region.", "Ganja"),
    )
    admin2 = Text(
        longest=200, blank=True, load_default="", metadata=describe("Second-order administrative region.", "")
    )
    country = fields.String(
        load_default=None,
        allow_none=True,
        validate=CountryCode(),
        metadata=describe("Country, as internationally recognised.", "AZE", "ISO 3166-1 alpha-3"),
    )
    latitude = Degrees(90, load_default=None, allow_none=True, metadata=describe("Latitude.", 40.6828, "WGS 84"))
    longitude = Degrees(180, load_default=None, allow_none=True, metadata=describe("Longitude.", 46.3606, "WGS 84"))
    place_precision = Grade(PLACE_PRECISION, load_default=None, allow_none=True, metadata={"examples": [2]})
    place_note = Text(
        blank=True,
        load_default="",
        metadata=describe(
            "Dispute about the territory, or how the point was determined.",
            "The point is that of the city, not of the impacts.",
        ),
    )
    clarity = Grade(CLARITY, load_default=1, metadata={"examples": [1]})
    note = Text(
        blank=True,
        load_default="",
        metadata=describe("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class EventSideIn(Strict):
    side = Slug(named=True, required=True, metadata=describe("Id of the side.", "azerbaijan"))
    role = Word(SIDE_ROLE, load_default="unknown", metadata={"examples": ["target"]})


class EventSideOut(Ref):
    role = Word(SIDE_ROLE, metadata={"examples": ["target"]})


class EventIn(EventFields, InOrder):
    DAYS = (("started_on", "ended_on"),)
    conflict = Slug(named=True, required=True, metadata=describe("Conflict of the event.", "nagorno-karabakh-2020"))
    sides = fields.List(
        fields.Nested(EventSideIn),
        load_default=list,
        validate=NoRepeats("side", "role"),
        metadata=describe("Sides of the event, with their roles."),
    )

    @validates_schema(skip_on_field_errors=False)
    def check_consistency(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse half a point and a sub-type of another type. Invalid fields are not in `data` and not checked."""
        errors: dict[str, list[str]] = {}
        if len({data[name] is None for name in ("latitude", "longitude") if name in data}) == 2:
            errors["longitude"] = ["Send latitude and longitude together."]
        sub_type = data.get("sub_type", "unknown")
        if sub_type != "unknown" and "type" in data and sub_type not in SUB_TYPES.get(data["type"], ()):
            allowed = ", ".join(SUB_TYPES.get(data["type"], ())) or "unknown"
            errors["sub_type"] = [f"Is not a sub-type of {data['type']}. One of: {allowed}."]
        if errors:
            raise ValidationError(errors)


class EventOut(EventFields, Recorded):
    conflict = ref_field("Conflict of the event.")
    sides = ref_list("Sides of the event, with their roles.", EventSideOut)
    dataset = dataset_field()


class EventFilters(Stated):
    id = slug_filter("Event ids.", "ganja-2020-10-17")
    conflict = slug_filter("Events of these conflicts or their phases.", "nagorno-karabakh")
    recorded_conflict = slug_filter(
        "Events recorded under exactly these conflicts, not their phases.", "nagorno-karabakh-2020"
    )
    side = slug_filter(
        "Events in which one of these sides is recorded; `none`: events without a recorded side.", "azerbaijan"
    )
    dataset = slug_filter("Events imported from these datasets; `none`: events entered by an editor.", "none")
    type = word_filter(EVENT_TYPE)
    sub_type = word_filter(EVENT_SUB_TYPE)
    violence = word_filter(VIOLENCE)
    cause = word_filter(CAUSE)
    country = country_filter("Country, ISO 3166-1 alpha-3; `none`: not stated.")
    admin1 = text_filter("First-order administrative region.", "Ganja")
    from_ = Span(
        0, data_key="from", attribute="from", metadata=describe("Event ends on or after this day.", "2020-10", UCDP)
    )
    to = Span(1, metadata=describe("Event starts on or before this day.", "2020-10"))
    year = year_filter("Event starts in one of these years.")
    month = month_filter("Event starts in one of these months.")
    bbox = Box(
        metadata=describe(
            "Events within west,south,east,north; `none`: events without a point.", "44,38,51,42", "RFC 7946"
        )
    )
    place_precision = word_filter(PLACE_PRECISION, none=True)
    q = Text(longest=100, metadata=describe('Words, a "phrase" or -not, anywhere in the text.', "ganja"))


class EventQuery(EventFilters, ListQuery):
    sort = Sort("id", "name", "started_on", "ended_on", "type", "country")
    fields_ = Names(EventOut)
