"""A side: a party to a conflict. Sides form trees; the top of a tree is a camp."""

from marshmallow import fields

from schemas.envelopes import (
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Ref,
    Sort,
    Standing,
    Stated,
    countries,
    refs,
    slugs,
    words,
)
from schemas.fields import COUNTRY, Day, Id, Slug, Text, Word, about
from schemas.vocab import SIDE_KIND


class SideFields(Standing):
    id = Id(required=True, metadata=about("Id of the side.", "artsakh"))
    name = Text(longest=300, required=True, metadata=about("Name.", "Artsakh"))
    kind = Word(SIDE_KIND, load_default="unknown", metadata={"examples": ["de_facto_state"]})
    country = fields.String(
        load_default=None,
        allow_none=True,
        validate=COUNTRY,
        metadata=about("Country, where the side is a state.", "AZE", "ISO 3166-1 alpha-3"),
    )
    aliases = fields.List(
        Text(longest=300),
        load_default=list,
        metadata=about("Other names it goes by.", ["Nagorno-Karabakh Republic"]),
    )
    note = Text(
        blank=True,
        load_default="",
        metadata=about("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class MembershipIn(InOrder):
    DAYS = (("from_day", "to_day"),)
    side = Slug(required=True, metadata=about("The side of which it is a member.", "armenian"))
    from_day = Day(load_default=None, allow_none=True, metadata=about("First day; null: always.", "1991-09-02"))
    to_day = Day(load_default=None, allow_none=True, metadata=about("Last day; null: still.", "2023-12-31"))


class MembershipOut(Ref):
    from_day = fields.String(allow_none=True, metadata=about("First day; null: always.", "1991-09-02"))
    to_day = fields.String(allow_none=True, metadata=about("Last day; null: still.", "2023-12-31"))


class SideIn(SideFields):
    member_of = fields.List(
        fields.Nested(MembershipIn), load_default=list, metadata=about("The sides of which it is a member.")
    )


class SideOut(SideFields, Recorded):
    member_of = refs("The sides of which it is a member, and when.", MembershipOut)


class SideFilters(Stated):
    id = slugs("These sides.", "azerbaijan")
    kind = words(SIDE_KIND)
    country = countries("Country, ISO 3166-1 alpha-3; `none`: no state.")
    conflict = slugs("Sides of these conflicts.", "nagorno-karabakh-2020")
    member_of = slugs("Members of these sides.", "armenian")
    q = Text(longest=100, metadata=about('Words, a "phrase" or -not, anywhere in the text.', "artsakh"))


class SideQuery(SideFilters, ListQuery):
    sort = Sort("id", "name", "kind")
    fields_ = Names(SideOut)
