"""A conflict: a named armed conflict or a phase of one."""

from marshmallow import fields

from schemas.envelopes import InOrder, ListQuery, Names, Recorded, Sort, Standing, Stated, ref, refs, slugs
from schemas.fields import Day, Grade, Id, Slug, Span, Text, about
from schemas.vocab import DATE_PRECISION


class ConflictFields(Standing):
    id = Id(required=True, metadata=about("Id of the conflict.", "nagorno-karabakh-2020"))
    name = Text(longest=300, required=True, metadata=about("Name.", "2020 Nagorno-Karabakh war"))
    started_on = Day(load_default=None, allow_none=True, metadata=about("First day.", "2020-09-27"))
    ended_on = Day(load_default=None, allow_none=True, metadata=about("Last day; null: not ended.", "2020-11-10"))
    date_precision = Grade(DATE_PRECISION, load_default=1, metadata={"examples": [1]})
    note = Text(blank=True, load_default="", metadata=about("What a reader should know.", "Ended by a ceasefire."))


class ConflictIn(ConflictFields, InOrder):
    DAYS = (("started_on", "ended_on"),)
    parent = Slug(
        load_default=None, allow_none=True, metadata=about("The conflict of which this is a phase.", "nagorno-karabakh")
    )
    sides = fields.List(Slug(), load_default=list, metadata=about("Ids of the sides of the conflict."))


class ConflictOut(ConflictFields, Recorded):
    parent = ref("The conflict of which this is a phase.", allow_none=True)
    sides = refs("The sides of the conflict: camps and their members.")


class ConflictFilters(Stated):
    id = slugs("These conflicts.", "nagorno-karabakh-2020")
    parent = slugs("Phases of these conflicts; `none`: conflicts that are no phase.", "nagorno-karabakh")
    side = slugs("Conflicts in which one of these is a side.", "azerbaijan")
    from_ = Span(0, data_key="from", attribute="from", metadata=about("Not ended before.", "2020"))
    to = Span(1, metadata=about("Not begun after.", "2020-09"))
    q = Text(longest=100, metadata=about('Words, a "phrase" or -not, anywhere in the text.', "karabakh"))


class ConflictQuery(ConflictFilters, ListQuery):
    sort = Sort("id", "name", "started_on")
    fields_ = Names(ConflictOut)
