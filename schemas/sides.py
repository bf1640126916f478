"""A side: a party to a conflict. Sides form trees; the top of a tree is a camp."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.countries import CountryCode
from schemas.fields import FIRST_DAY, Day, Id, Slug, Text, Word, describe
from schemas.responses import (
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Ref,
    Sort,
    Standing,
    Stated,
    country_filter,
    ref_list,
    slug_filter,
    word_filter,
)
from schemas.vocabularies import SIDE_KIND


class SideFields(Standing):
    id = Id(required=True, metadata=describe("Id of the side.", "artsakh"))
    name = Text(longest=300, required=True, metadata=describe("Name.", "Artsakh"))
    kind = Word(SIDE_KIND, load_default="unknown", metadata={"examples": ["de_facto_state"]})
    country = fields.String(
        load_default=None,
        allow_none=True,
        validate=CountryCode(),
        metadata=describe("Country, if the side is a state.", "AZE", "ISO 3166-1 alpha-3"),
    )
    aliases = fields.List(
        Text(longest=300),
        load_default=list,
        metadata=describe("Other names of the side.", ["Nagorno-Karabakh Republic"]),
    )
    note = Text(
        blank=True,
        load_default="",
        metadata=describe("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class MembershipIn(InOrder):
    DAYS = (("from_day", "to_day"),)
    side = Slug(named=True, required=True, metadata=describe("The side that it is a member of.", "armenian"))
    from_day = Day(
        load_default=None,
        allow_none=True,
        metadata=describe("First day of membership; null: since always.", "1991-09-02"),
    )
    to_day = Day(
        load_default=None,
        allow_none=True,
        metadata=describe("Last day of membership; null: still a member.", "2023-12-31"),
    )


class MembershipOut(Ref):
    from_day = Day(allow_none=True, metadata=describe("First day of membership; null: since always.", "1991-09-02"))
    to_day = Day(allow_none=True, metadata=describe("Last day of membership; null: still a member.", "2023-12-31"))


class NoOverlaps(validate.Validator):
    """A list of memberships in which a side is a member of another once at a time."""

    def __call__(self, entries: Any) -> Any:
        ends: dict[str, str] = {}  # the last day of the earlier memberships, by side
        for entry in sorted(filter(_is_named, entries), key=lambda entry: entry.get("from_day") or FIRST_DAY):
            side, first, last = entry["side"], entry.get("from_day") or FIRST_DAY, entry.get("to_day") or FOREVER
            if first <= ends.get(side, ""):
                raise ValidationError(f"Two memberships of {side} overlap. Correct their days, or leave one out.")
            ends[side] = max(last, ends.get(side, ""))
        return entries


FOREVER = "9999-12-31"


def _is_named(entry: Any) -> bool:
    """The fast loader asks before the entries are loaded."""
    return isinstance(entry, dict) and "side" in entry


class SideIn(SideFields):
    member_of = fields.List(
        fields.Nested(MembershipIn),
        load_default=list,
        validate=NoOverlaps(),
        metadata=describe("The sides that it is a member of."),
    )


class SideOut(SideFields, Recorded):
    member_of = ref_list("The sides that it is a member of, with the days.", MembershipOut)


class SideFilters(Stated):
    id = slug_filter("Side ids.", "azerbaijan")
    kind = word_filter(SIDE_KIND)
    country = country_filter("Country, ISO 3166-1 alpha-3; `none`: sides that are not states.")
    conflict = slug_filter("Sides of these conflicts.", "nagorno-karabakh-2020")
    member_of = slug_filter("Members of these sides.", "armenian")
    q = Text(longest=100, metadata=describe('Words, a "phrase" or -not, anywhere in the text.', "artsakh"))


class SideQuery(SideFilters, ListQuery):
    sort = Sort("id", "name", "kind")
    fields_ = Names(SideOut)
