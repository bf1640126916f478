"""An event: something that happened at a place and a time; not only violence."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.envelopes import (
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Ref,
    Sort,
    Standing,
    Stated,
    Strict,
    countries,
    months,
    ref,
    refs,
    slugs,
    texts,
    words,
    years,
)
from schemas.fields import COUNTRY, NONE, Box, Day, Degrees, Grade, Id, Slug, Span, Text, Word, about
from schemas.vocab import (
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
    id = Id(required=True, metadata=about("Id of the event.", "ganja-2020-10-17"))
    name = Text(longest=300, required=True, metadata=about("Name.", "Missile strike on Ganja, 17 October 2020"))
    type = Word(EVENT_TYPE, required=True, metadata={"examples": ["Explosions/Remote violence"]})
    sub_type = Word(
        EVENT_SUB_TYPE, load_default="unknown", metadata={"examples": ["Shelling/artillery/missile attack"]}
    )
    violence = Word(VIOLENCE, load_default="unknown", metadata={"examples": ["one_sided"]})
    cause = Word(CAUSE, load_default="unknown", metadata={"examples": ["heavy_weapons_and_explosive_munitions"]})
    started_on = Day(required=True, metadata=about("First possible day.", "2020-10-17"))
    ended_on = Day(required=True, metadata=about("Last possible day.", "2020-10-17"))
    date_precision = Grade(DATE_PRECISION, load_default=1, metadata={"examples": [1]})
    place = Text(longest=200, blank=True, load_default="", metadata=about("Place, as precise as its source.", "Ganja"))
    place_aliases = fields.List(
        Text(longest=200), load_default=list, metadata=about("Other names of the place.", ["Gandzak"])
    )
    admin1 = Text(
        longest=200,
        blank=True,
        load_default="",
        validate=validate.NoneOf([NONE], error="Leave it out where it is not stated."),
        metadata=about("First-order administrative region.", "Ganja"),
    )
    admin2 = Text(longest=200, blank=True, load_default="", metadata=about("Second-order administrative region.", ""))
    country = fields.String(
        load_default=None,
        allow_none=True,
        validate=COUNTRY,
        metadata=about("Country, as internationally recognised.", "AZE", "ISO 3166-1 alpha-3"),
    )
    latitude = Degrees(90, load_default=None, allow_none=True, metadata=about("Latitude.", 40.6828, "WGS 84"))
    longitude = Degrees(180, load_default=None, allow_none=True, metadata=about("Longitude.", 46.3606, "WGS 84"))
    place_precision = Grade(PLACE_PRECISION, load_default=None, allow_none=True, metadata={"examples": [2]})
    place_note = Text(
        blank=True,
        load_default="",
        metadata=about(
            "Dispute about the territory, or how the place was found.",
            "The point is that of the city, not of the impacts.",
        ),
    )
    clarity = Grade(CLARITY, load_default=1, metadata={"examples": [1]})
    note = Text(
        blank=True,
        load_default="",
        metadata=about("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class EventSideIn(Strict):
    side = Slug(required=True, metadata=about("Id of the side.", "azerbaijan"))
    role = Word(SIDE_ROLE, load_default="unknown", metadata={"examples": ["target"]})


class EventSideOut(Ref):
    role = Word(SIDE_ROLE, metadata={"examples": ["target"]})


class EventIn(EventFields, InOrder):
    DAYS = (("started_on", "ended_on"),)
    conflict = Slug(required=True, metadata=about("Conflict in which it happened.", "nagorno-karabakh-2020"))
    sides = fields.List(fields.Nested(EventSideIn), load_default=list, metadata=about("Sides in it, with their role."))

    @validates_schema(skip_on_field_errors=False)
    def hangs_together(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Fields that have faults of their own are not in `data`: of those nothing is asked."""
        errors: dict[str, list[str]] = {}
        if len({data[name] is None for name in ("latitude", "longitude") if name in data}) == 2:
            errors["longitude"] = ["Latitude and longitude go together."]
        sub_type = data.get("sub_type", "unknown")
        if sub_type != "unknown" and "type" in data and sub_type not in SUB_TYPES.get(data["type"], ()):
            allowed = ", ".join(SUB_TYPES.get(data["type"], ())) or "unknown"
            errors["sub_type"] = [f"Is not a sub-type of {data['type']}: allowed are {allowed}."]
        if errors:
            raise ValidationError(errors)


class EventOut(EventFields, Recorded):
    conflict = ref("Conflict in which it happened.")
    sides = refs("Sides in it, with their role.", EventSideOut)


class EventFilters(Stated):
    id = slugs("These events.", "ganja-2020-10-17")
    conflict = slugs("Events of these conflicts, their phases included.", "nagorno-karabakh")
    recorded_conflict = slugs("Events recorded under exactly these conflicts.", "nagorno-karabakh-2020")
    side = slugs("Events in which one of these sides is recorded; `none`: no side recorded.", "azerbaijan")
    dataset = slugs("Brought by these datasets; `none`: by no dataset, but entered by an editor.", "none")
    type = words(EVENT_TYPE)
    sub_type = words(EVENT_SUB_TYPE)
    violence = words(VIOLENCE)
    cause = words(CAUSE)
    country = countries("Country, ISO 3166-1 alpha-3; `none`: not stated.")
    admin1 = texts("First-order administrative region.", "Ganja")
    from_ = Span(0, data_key="from", attribute="from", metadata=about("Not over before.", "2020-10", UCDP))
    to = Span(1, metadata=about("Not begun after.", "2020-10"))
    year = years("Begun in one of these years.")
    month = months("Begun in one of these months.")
    bbox = Box(metadata=about("Within west,south,east,north; `none`: without a point.", "44,38,51,42", "RFC 7946"))
    place_precision = words(PLACE_PRECISION, none=True)
    q = Text(longest=100, metadata=about('Words, a "phrase" or -not, anywhere in the text.', "ganja"))


class EventQuery(EventFilters, ListQuery):
    sort = Sort("id", "name", "started_on", "ended_on", "type", "country")
    fields_ = Names(EventOut)
