"""Imported datasets, and the dataset of a record."""

import json
from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate

from schemas.fields import Slug, Span, Text, describe
from schemas.responses import (
    ListQuery,
    Names,
    RecordQuery,
    Sort,
    Strict,
    country_filter,
    ref_list,
    slug_filter,
    text_filter,
    word_filter,
)
from schemas.vocabularies import HARM

IMPORTS = {"refused": "an import next to it is refused", "warned": "an import next to it prints a warning"}


class DatasetFields(Strict):
    """What the mapping of a dataset states of it."""

    id = Slug(required=True, metadata=describe("Id of the dataset.", "ucdp-ged"))
    title = Text(required=True, metadata=describe("Name of the dataset.", "UCDP Georeferenced Event Dataset (GED)"))
    publisher = Text(required=True, metadata=describe("Publisher of the dataset.", "Uppsala Conflict Data Program"))
    url = Text(
        blank=True,
        load_default="",
        metadata=describe("Address where it is published.", "https://ucdp.uu.se/downloads/"),
    )
    licence = Text(required=True, metadata=describe("Licence of the dataset.", "CC BY 4.0"))
    citation = Text(required=True, metadata=describe("Citation that the dataset asks for.", "UCDP GED 25.1."))
    release = Text(required=True, metadata=describe("The newest release that was imported.", "25.1"))
    counts = Text(
        blank=True,
        load_default="",
        metadata=describe("What it counts; empty: not stated.", "Deaths in each event of organised violence."),
    )


def _reasons_field(description: str) -> fields.Dict:
    return fields.Dict(
        keys=Slug(),
        values=Text(),
        load_default=dict,
        metadata=describe(description, {"ucdp-country-year": "Its dead are those of these events."}),
    )


class DatasetRow(DatasetFields):
    """A dataset in a package. `overlaps` and `never_beside` are JSON text in its cells."""

    overlaps = _reasons_field("Datasets that count some of the same people, with the reasons.")
    never_beside = _reasons_field("Datasets next to which its import is refused, with the reasons.")

    @pre_load
    def parse_reasons(self, row: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {name: _parse_reasons(name, cell) if name in REASONS else cell for name, cell in row.items()}


REASONS = ("overlaps", "never_beside")


def _parse_reasons(name: str, cell: Any) -> Any:
    try:
        return json.loads(cell or "{}") if isinstance(cell, str) else cell
    except ValueError:
        example = '{"acled": "Counts the same battles."}'
        message = f"{cell[:100]!r} is not JSON. Send an object from dataset to reason, such as {example}."
        raise ValidationError({name: [message]}) from None


class DatasetReleaseOut(Strict):
    """A release of a dataset that was imported."""

    name = fields.String(metadata=describe("Name of the release.", "25.1"))
    imported_at = fields.DateTime(metadata=describe("When it was first imported.", "2026-01-31T12:00:00Z", "RFC 3339"))
    revision = fields.Integer(metadata=describe("First revision of this database that has it.", 3))
    claims = fields.Integer(metadata=describe("Active claims of the dataset until the next release.", 3172))
    reports = fields.Integer(metadata=describe("Active reports of the dataset until the next release.", 3172))
    events = fields.Integer(metadata=describe("Active events of the dataset until the next release.", 892))


class ApartOut(Strict):
    """A dataset to whose figures those of a dataset must not be added."""

    id = fields.String(metadata=describe("Id of the other dataset.", "ucdp-country-year"))
    title = fields.String(
        allow_none=True,
        metadata=describe(
            "Its name; null: it is not in this database.", "UCDP Country-Year Dataset on Organized Violence"
        ),
    )
    reason = fields.String(
        metadata=describe(
            "Why their figures must not be added.", "The dead of a country and year are those of its events."
        )
    )
    importing = fields.String(
        validate=validate.OneOf(list(IMPORTS)),
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in IMPORTS.items()) + ".", "refused"),
    )


def _day_field(description: str, example: str) -> fields.String:
    return fields.String(allow_none=True, metadata=describe(description, example))


def _words_field(description: str, example: str) -> fields.List[Any]:
    return fields.List(fields.String(), metadata=describe(description, [example]))


class DatasetOut(DatasetFields):
    """A dataset, and what its active records cover."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "partial": True})

    first_day = _day_field("First day that its claims cover, or on which one was stated; null: undated.", "1989-01-01")
    last_day = _day_field("Last day that its claims cover, or on which one was stated; null: undated.", "2024-12-31")
    countries = _words_field("Countries of its events and conflicts, ISO 3166-1 alpha-3.", "UKR")
    conflicts = ref_list("Conflicts of its claims and events, as recorded.")
    harms = _words_field("Harms of its claims.", "killed")
    measures = _words_field("Measures of its claims.", "incident")
    claims = fields.Integer(metadata=describe("Number of its active claims.", 3172))
    reports = fields.Integer(metadata=describe("Number of its active reports.", 3172))
    events = fields.Integer(metadata=describe("Number of its active events.", 892))
    releases = fields.List(
        fields.Nested(DatasetReleaseOut), metadata=describe("Its releases in this database, oldest first.")
    )
    not_added_to = fields.List(
        fields.Nested(ApartOut), metadata=describe("Datasets that count some of the same people: add neither to it.")
    )
    revision = fields.Integer(metadata=describe("First revision with its newest release.", 3))


class DatasetFilters(Strict):
    id = slug_filter("Dataset ids.", "ucdp-ged")
    publisher = text_filter("Datasets of these publishers, spelt as in the record.", "Uppsala Conflict Data Program")
    conflict = slug_filter("Datasets with claims about these conflicts or their phases.", "nagorno-karabakh")
    country = country_filter("Datasets with claims about events or conflicts in these countries, ISO 3166-1 alpha-3.")
    harm = word_filter(HARM)
    from_ = Span(
        0,
        data_key="from",
        attribute="from",
        metadata=describe("Datasets with a claim about this day or a later one.", "2020-09-27"),
    )
    to = Span(1, metadata=describe("Datasets with a claim about this day or an earlier one.", "2020-11-10"))


class DatasetOneQuery(RecordQuery):
    """The parameters of a single dataset. It has no as-of day: its claims have one each."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})


class DatasetQuery(DatasetFilters, ListQuery):
    sort = Sort("id", "title", "publisher")
    fields_ = Names(DatasetOut)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})


class Origin(Strict):
    """Fields that a package adds to a record."""

    dataset = Slug(
        load_default=None,
        allow_none=True,
        metadata=describe("Id of the dataset that it was imported from; null: none."),
    )
    dataset_digest = fields.String(
        load_default=None,
        allow_none=True,
        metadata=describe(
            "SHA-256 of the record in the newest release of the dataset, for comparison with the next one. Null in "
            "a past revision, which no release can update.",
            origin="FIPS 180-4",
        ),
    )
