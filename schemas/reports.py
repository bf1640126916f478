"""A report: a claim as one source carries it. Reports and claims share the fields of a figure."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.fields import (
    Day,
    Figure,
    Id,
    PastDay,
    Pattern,
    Slug,
    Text,
    Word,
    describe,
)
from schemas.figures import find_contradictions
from schemas.responses import (
    ListQuery,
    Names,
    Recorded,
    Sort,
    Standing,
    Stated,
    dataset_field,
    ref_field,
    slug_filter,
    text_filter,
    word_filter,
)
from schemas.sources import LANGUAGE, NOT_A_LANGUAGE
from schemas.vocabularies import (
    HARM,
    MEASURE,
    QUALIFIER,
)


def figure_field(description: str, example: int | None = None) -> Figure:
    return Figure(load_default=None, allow_none=True, metadata=describe(description, example))


class FigureFields(Standing):
    """A figure as spoken and as read. Claims and reports share these fields."""

    harm = Word(HARM, load_default=None, allow_none=True, metadata={"examples": ["killed"]})
    value = figure_field("The number as spoken; for a range, its lower end.", 2300)
    low = figure_field("Lower bound as stated; null: not stated.", 2300)
    best = figure_field("The figure that the speaker gave as their best; null: not stated.", 2300)
    high = figure_field("Upper bound as stated; null: not stated.", 2300)
    qualifier = Word(QUALIFIER, load_default=None, allow_none=True, metadata={"examples": ["about"]})
    phrase = Text(
        longest=300,
        blank=True,
        load_default="",
        metadata=describe("The source's wording for the figure.", "about 2,300"),
    )
    phrase_lang = fields.String(
        load_default="und",
        validate=Pattern(LANGUAGE, error=NOT_A_LANGUAGE),
        metadata=describe("Language of the phrase; `und`: not determined.", "en", "BCP 47"),
    )


class ReportFields(FigureFields):
    id = Id(required=True, metadata=describe("Id of the report.", "putin-2020-10-22-reuters"))
    reported_on = PastDay(
        load_default=None,
        allow_none=True,
        metadata=describe("Day of the report if it differs from the source's.", "2020-10-23"),
    )
    source_original = Text(
        longest=500,
        blank=True,
        load_default="",
        metadata=describe("The claimant as the dataset names it, free text.", "MoD"),
    )
    note = Text(
        blank=True,
        load_default="",
        metadata=describe("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class ReportIn(ReportFields):
    @validates_schema(skip_on_field_errors=False)
    def check_figure(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a figure that its qualifier contradicts. A report without one repeats the figure of its claim."""
        if errors := find_contradictions(data):
            raise ValidationError(errors)

    claim = Slug(required=True, metadata=describe("The claim that the report carries.", "putin-2020-10-22-all-killed"))
    source = Slug(named=True, required=True, metadata=describe("The document that carries it.", "tass-1210971"))


class ReportOut(ReportFields, Recorded):
    claim = fields.String(metadata=describe("Id of the claim that the report carries.", "putin-2020-10-22-killed"))
    claimant = ref_field("The claimant.")
    subject_side = ref_field("Side whose losses they are; null: all sides together.", allow_none=True)
    measure = Word(MEASURE, allow_none=True, metadata={"examples": ["cumulative"]})
    stated_on = Day(allow_none=True, metadata=describe("First possible day of the statement.", "2020-09-30"))
    source = ref_field("The document that carries it.")
    url = fields.String(
        allow_none=True, metadata=describe("Where the document can be read.", "https://tass.com/world/1210971")
    )
    dataset = dataset_field()


class ReportFilters(Stated):
    id = slug_filter("Report ids.")
    claim = slug_filter("Ids of the claims that the reports carry.")
    source = slug_filter("Source ids.", "tass-1210971")
    publisher = text_filter("Reports in a source of these publishers.", "TASS")
    dataset = slug_filter("Reports imported from these datasets; `none`: reports entered by an editor.", "none")
    harm = word_filter(HARM, none=True)
    q = Text(longest=100, metadata=describe('Words, a "phrase" or -not, anywhere in the text.', "almost"))


class ReportQuery(ReportFilters, ListQuery):
    sort = Sort("id", "best")
    fields_ = Names(ReportOut)
