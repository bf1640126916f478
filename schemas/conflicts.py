"""A conflict: a named armed conflict or a phase of one."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.countries import CountryCode
from schemas.derived_fields import EXACT_DAY
from schemas.fields import Grade, Id, LastDay, NoRepeats, PastDay, Slug, Span, Text, describe
from schemas.responses import (
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Sort,
    Standing,
    Stated,
    country_filter,
    ref_field,
    ref_list,
    slug_filter,
)
from schemas.vocabularies import DATE_PRECISION


class ConflictFields(Standing):
    id = Id(required=True, metadata=describe("Id of the conflict.", "nagorno-karabakh-2020"))
    name = Text(longest=300, required=True, metadata=describe("Name.", "2020 Nagorno-Karabakh war"))
    started_on = PastDay(
        load_default=None, allow_none=True, metadata=describe("First day of the conflict.", "2020-09-27")
    )
    ended_on = LastDay(
        load_default=None,
        allow_none=True,
        metadata=describe("Last day of the conflict; null: it goes on.", "2020-11-10"),
    )
    date_precision = Grade(DATE_PRECISION, load_default=1, metadata={"examples": [1]})
    country = fields.String(
        load_default=None,
        allow_none=True,
        validate=CountryCode(),
        metadata=describe(
            "Country in which the whole conflict was fought; null: in several, or not stated.",
            "AZE",
            "ISO 3166-1 alpha-3",
        ),
    )
    note = Text(blank=True, load_default="", metadata=describe("What a reader should know.", "Ended by a ceasefire."))


class ConflictIn(ConflictFields, InOrder):
    DAYS = (("started_on", "ended_on"),)
    parent = Slug(
        named=True,
        load_default=None,
        allow_none=True,
        metadata=describe("The conflict that this is a phase of.", "nagorno-karabakh"),
    )
    sides = fields.List(
        Slug(named=True),
        load_default=list,
        validate=NoRepeats(),
        metadata=describe("Ids of the sides of the conflict."),
    )

    @validates_schema(skip_on_field_errors=False)
    def check_precision(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a precision of no day. The default, an exact day, says nothing about a conflict without days."""
        has_day = any(data.get(name, "") is not None for name in ("started_on", "ended_on"))
        if data.get("date_precision", EXACT_DAY) != EXACT_DAY and not has_day:
            raise ValidationError({"date_precision": ["Must be 1 without a day. Send started_on, or leave it out."]})


class ConflictOut(ConflictFields, Recorded):
    parent = ref_field("The conflict that this is a phase of.", allow_none=True)
    sides = ref_list("The sides of the conflict: camps and their members.")


class ConflictFilters(Stated):
    id = slug_filter("Conflict ids.", "nagorno-karabakh-2020")
    parent = slug_filter("Phases of these conflicts; `none`: conflicts that are not a phase.", "nagorno-karabakh")
    side = slug_filter("Conflicts that have one of these sides.", "azerbaijan")
    country = country_filter("Country in which the whole conflict was fought, ISO 3166-1 alpha-3; `none`: not stated.")
    from_ = Span(0, data_key="from", attribute="from", metadata=describe("Conflict ends on or after this day.", "2020"))
    to = Span(1, metadata=describe("Conflict starts on or before this day.", "2020-09"))
    q = Text(longest=100, metadata=describe('Words, a "phrase" or -not, anywhere in the text.', "karabakh"))


class ConflictQuery(ConflictFilters, ListQuery):
    sort = Sort("id", "name", "started_on")
    fields_ = Names(ConflictOut)
