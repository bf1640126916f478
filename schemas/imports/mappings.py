"""A mapping: how the rows of an outside file become records. docs/editors/mappings.md explains it.

A mapping has no code, only names of columns, words, and the forms of `schemas.imports.expressions`.
"""

import functools
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.claimants import ClaimantIn
from schemas.claims import ClaimIn
from schemas.conflicts import ConflictIn
from schemas.details import NAME, Details
from schemas.events import EventIn
from schemas.fields import NoRepeats, Slug, Text, describe
from schemas.imports.expressions import (
    NOT_EMPTY,
    Condition,
    DateFormat,
    Figure,
    MappingForm,
    Name,
    NumberFormat,
    SingleOrList,
    Table,
    Value,
    require_single_word,
    suggest_nearest,
)
from schemas.relations import RelationIn
from schemas.reports import ReportIn
from schemas.sides import SideIn
from schemas.sources import SourceIn

#: The names of the record types in a mapping, and the schema that each record must satisfy in the end.
RECORD_SCHEMAS: dict[str, type[Schema]] = {
    "side": SideIn,
    "conflict": ConflictIn,
    "claimant": ClaimantIn,
    "source": SourceIn,
    "event": EventIn,
    "claim": ClaimIn,
    "report": ReportIn,
    "relation": RelationIn,
}

WHOLE = "whole"  # the path of a JSON file that is read as one row


@functools.cache
def fields_of(record_type: str) -> Mapping[str, fields.Field[Any]]:
    """Return the fields of a record type by name. A schema is slow to make, and a mapping asks for many."""
    return RECORD_SCHEMAS[record_type]().fields


#: One date that fills two or three fields: first possible day, last possible day, precision.
DATE_SPANS: dict[str, tuple[str, str, str | None]] = {
    "stated": ("stated_on", "stated_until", "stated_precision"),
    "published": ("published_on", "published_until", "published_precision"),
    "happened": ("started_on", "ended_on", "date_precision"),
    "covers": ("covers_from", "covers_to", None),
}
#: Spans that may also be a list of two dates: from the first day of the one to the last day of the other.
DATE_RANGES = ("happened", "covers")
#: The cell with the number of people of a group of rows.
COUNT = "count"
MOST_HEADER_ROWS = 3
FORMATS = ("csv", "json", "ndjson", "xlsx")


FIGURE_FIELDS = frozenset({"value", "low", "best", "high", "qualifier", "figure_rule"})


class DateSpan(Value):
    """A date; for a range also a list of two dates."""

    def __init__(self, *, is_range: bool) -> None:
        self.is_range = is_range
        super().__init__()

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and not self.is_range:
            raise ValidationError("Must be one date, not a list.")
        if isinstance(value, list) and len(value) != 2:
            raise ValidationError("Must be one date, or a list of two: the first day and the last.")
        return super()._deserialize(value, *args, **kwargs)


class Content(fields.Field[Any]):
    """The fields of a record, each with its value."""

    def __init__(self, record_type: str, within: str | None = None, **kwargs: Any) -> None:
        self.record_type, self.within = record_type, within
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError("Must be fields with their values, for example {name: Alpha}.")
        loaded, faults = {}, {}
        for name, content in value.items():
            try:
                loaded[name] = self._find_field(name).deserialize(content)
            except ValidationError as error:
                faults[name] = error.messages
        if doubled := sorted(_find_doubled_names(value)):
            faults |= {
                name: ["Is set twice: directly, and by another field that fills it. Remove one."] for name in doubled
            }
        if faults:
            raise ValidationError(faults)
        return loaded

    def _allowed_names(self) -> list[str]:
        field_names = [
            name for name in fields_of(self.record_type) if name not in ("status", "status_reason", "status_by")
        ]
        spans = [name for name, filled in DATE_SPANS.items() if filled[0] in field_names]
        extra_names = {"claim": ["figure", "reports"], "report": ["figure"]}.get(self.record_type, [])
        return field_names + spans + extra_names

    def _find_field(self, name: str) -> fields.Field[Any]:
        if name not in self._allowed_names() or name == self.within:
            raise ValidationError(suggest_nearest(name, self._allowed_names()))
        if name == "figure":
            return fields.Nested(Figure)
        if name == "reports":
            return SingleOrList(Content("report", within="claim"))
        if name in DATE_SPANS:
            return DateSpan(is_range=name in DATE_RANGES)
        field = fields_of(self.record_type)[name]
        if isinstance(field, Details):
            return fields.Dict(keys=NAME, values=Value(), required=True)
        if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            return Value(field.inner.schema.fields)
        return Value()


def _find_doubled_names(record: Mapping[str, Any]) -> set[str]:
    spans = {name for span, filled in DATE_SPANS.items() if span in record for name in filled if name}
    return record.keys() & (spans | (FIGURE_FIELDS if "figure" in record else set()))


class Loop(MappingForm):
    """A list in a cell, or columns with similar names, each of which makes records."""

    column = Name(metadata=describe("The cell with the list; in JSON, an array or object.", "sources"))
    columns = SingleOrList(
        Name(),
        metadata=describe(
            "Columns, or keys of a JSON file that is read as a whole; `*` matches anything. An empty cell is no item.",
            "killed_*",
        ),
    )
    split = fields.String(
        validate=validate.Length(equal=1),
        metadata=describe("Separator between the items of a text. JSON needs none.", ";"),
    )
    quoted = fields.Boolean(
        load_default=False, metadata=describe("`true`: items may be in quotes, with the separator inside them.", True)
    )

    @validates_schema(skip_on_field_errors=True)
    def check_source(self, data: dict[str, Any], **kwargs: Any) -> None:
        require_single_word(data, ("column", "columns"))
        if "columns" in data and "split" in data:
            raise ValidationError({"split": ["Needs column: columns are a list already."]})


class Making(MappingForm):
    """A record, or several that share a condition or a list."""

    when = Condition(metadata=describe("Makes the record only if this holds."))
    for_ = fields.Nested(Loop, data_key="for", metadata=describe("Makes one record for each item of a list."))
    as_ = Name(data_key="as", metadata=describe("Name of an item (default: `item`).", "victim"))
    records = fields.List(fields.Nested(lambda: Making()), validate=NOT_EMPTY, metadata=describe("Several records."))
    side = Content("side", metadata=describe("A side."))
    conflict = Content("conflict", metadata=describe("A conflict."))
    claimant = Content("claimant", metadata=describe("A claimant."))
    source = Content("source", metadata=describe("A source."))
    event = Content("event", metadata=describe("An event."))
    claim = Content("claim", metadata=describe("A claim, with its `reports`."))
    report = Content("report", metadata=describe("A further report of a claim."))
    relation = Content("relation", metadata=describe("A relation between two claims."))

    @validates_schema(skip_on_field_errors=True)
    def check_record_type(self, data: dict[str, Any], **kwargs: Any) -> None:
        require_single_word(data, (*RECORD_SCHEMAS, "records"))
        if "as_" in data and "for_" not in data:
            raise ValidationError({"as": ["Needs for: as names the items of its list."]})


class Usual(MappingForm):
    """Fields that every record of a type has, unless the record sets them itself."""

    side = Content("side", metadata=describe("Fields of sides."))
    conflict = Content("conflict", metadata=describe("Fields of conflicts."))
    claimant = Content("claimant", metadata=describe("Fields of claimants."))
    source = Content("source", metadata=describe("Fields of sources."))
    event = Content("event", metadata=describe("Fields of events."))
    claim = Content("claim", metadata=describe("Fields of claims."))
    report = Content("report", metadata=describe("Fields of reports outside a claim."))
    relation = Content("relation", metadata=describe("Fields of relations."))


class Dataset(MappingForm):
    """The imported dataset, and how to cite it."""

    id = Slug(required=True, metadata=describe("Id of the dataset; the same for every release.", "ucdp-ged"))
    title = Text(longest=300, required=True, metadata=describe("Name of the dataset."))
    publisher = Text(longest=300, required=True, metadata=describe("Publisher of the dataset."))
    url = fields.String(
        load_default="", metadata=describe("Address where it is published.", "https://ucdp.uu.se/downloads/")
    )
    licence = Text(longest=200, required=True, metadata=describe("Licence of the dataset.", "CC BY 4.0"))
    citation = Text(longest=2000, required=True, metadata=describe("Citation that the dataset asks for."))
    terms = Text(
        longest=500,
        metadata=describe(
            "What the licence forbids. Each run prints it, and the mapping is used only if it is named.",
            "A public server must not serve these rows.",
        ),
    )
    release = fields.String(load_default="", metadata=describe("The release (default: `--release`).", "25.1"))
    counts = Text(
        blank=True,
        longest=500,
        load_default="",
        metadata=describe("What it counts, in a sentence for readers.", "Deaths in each event of organised violence."),
    )


class Gather(MappingForm):
    """Joins several consecutive rows about one thing into one row, with a cell for each value."""

    by = SingleOrList(
        Name(), required=True, metadata=describe("The columns that are equal in these rows.", "source_id")
    )
    name = Name(required=True, metadata=describe("The column that names the value.", "estimate_type"))
    value = Name(required=True, metadata=describe("The column that has the value.", "estimate"))


class Counting(MappingForm):
    """Counts the rows of a list of persons. The records are made from groups of rows, and read nothing of a person."""

    by = SingleOrList(
        Name(),
        required=True,
        metadata=describe("The columns or values that form a group; records can read them.", ["Place", "Day"]),
    )
    person = Name(
        metadata=describe("The column that identifies a person. A person who is listed twice is counted once.", "No")
    )
    people = Value(metadata=describe("How many people a row is about (default: 1).", "{Killed}"))
    parts = fields.Dict(
        keys=Name(),
        values=Value(),
        load_default=dict,
        metadata=describe(
            "How each group divides: a name, and the part that a row belongs to. Records can loop over the name.",
            {"sex": {"column": "Sex", "table": {"F": "woman", "M": "man"}}},
        ),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_names_differ(self, data: dict[str, Any], **kwargs: Any) -> None:
        names = [COUNT, *data["by"], *data["parts"]]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValidationError({"parts": [f"{', '.join(repeated)} is used twice. Choose another name."]})


def _check_header(rows: list[int]) -> None:
    if rows != list(range(rows[0], rows[0] + len(rows))) or len(rows) > MOST_HEADER_ROWS:
        raise ValidationError(f"Must be one row, or up to {MOST_HEADER_ROWS} rows that follow each other: [1, 2].")


class File(MappingForm):
    """How to read the file; settings that are left out are detected."""

    format = fields.String(
        validate=validate.OneOf(FORMATS),
        metadata=describe("Format, if the suffix of the file does not show it.", "csv"),
    )
    name = fields.String(
        metadata=describe("Files of a zip, sheets, or resources to read; `*` matches anything.", "Data*")
    )
    encoding = fields.String(metadata=describe("Encoding of CSV.", "windows-1251"))
    delimiter = fields.String(validate=validate.Length(equal=1), metadata=describe("Delimiter of CSV.", ";"))
    header = SingleOrList(
        fields.Integer(strict=True, validate=validate.Range(1, 1000)),
        validate=_check_header,
        metadata=describe("Number of the header row, in CSV and XLSX; of each row, if it has several.", [1, 2]),
    )
    columns = fields.List(
        Name(),
        validate=[validate.Length(min=1), NoRepeats()],
        metadata=describe("The columns of CSV without a header, in their order.", ["Name", "Age", "Place"]),
    )
    path = fields.String(
        metadata=describe("In JSON: the path of the array; `whole`: the file is one row.", "data.events")
    )
    fill = fields.List(
        Name(),
        validate=[validate.Length(min=1), NoRepeats()],
        metadata=describe(
            "Columns whose empty cells get the content above, as under merged cells. New content in one ends that of "
            "those after it.",
            ["State", "County"],
        ),
    )
    gather = fields.Nested(Gather, metadata=describe("Joins rows about one thing."))

    @validates_schema(skip_on_field_errors=True)
    def check_header_or_columns(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "columns" in data and "header" in data:
            raise ValidationError({"columns": ["Leave out header, or columns, which are for a file without one."]})


class DefinedTable(Table):
    """A table of `tables`. The names of tables that come along are replaced before."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, str):
            raise ValidationError(
                f"No table {value} comes along. Write a table, such as {{yes: civilian}}, or one of these names: "
                "gleditsch-ward, iso-3166-numeric."
            )
        return super()._deserialize(value, attr, data, **kwargs)


class IgnoredRows(MappingForm):
    """Rows that are left out."""

    when = Condition(required=True, metadata=describe("Condition for the rows."))
    because = Text(longest=300, required=True, metadata=describe("The reason, printed at each run."))


class Ignore(MappingForm):
    """The columns and rows that are left out, with the reasons."""

    columns = fields.Dict(
        keys=Name(),
        values=Text(longest=300),
        load_default=dict,
        error_messages={
            "invalid": "Must be columns with reasons for leaving them out, "
            "such as {{Desk: Notes of the desk to itself.}}."
        },
        metadata=describe("Columns with their reasons; `*` matches anything.", {"ext_*": "Extrapolated."}),
    )
    rows = fields.List(fields.Nested(IgnoredRows), load_default=list, metadata=describe("Rows with their reasons."))


class MappingIn(MappingForm):
    """A whole mapping."""

    about_ = Text(data_key="about", metadata=describe("Notes for readers of the mapping."))
    like = fields.String(
        metadata=describe(
            "A built-in mapping, from which it takes every word of this table that it does not set itself.", "ucdp-ged"
        )
    )
    dataset = fields.Nested(Dataset, required=True, metadata=describe("The imported dataset."))
    file = fields.Nested(File, load_default=dict, metadata=describe("How to read the file."))
    chosen_for = SingleOrList(
        fields.String(validate=NOT_EMPTY),
        load_default=list,
        metadata=describe(
            "Names of files for which it is chosen if several mappings fit their columns; `*` matches anything.",
            "GEDEvent_v*_0_*",
        ),
    )
    missing = SingleOrList(
        fields.String(), load_default=list, metadata=describe("Contents of cells that mean: not stated.", ["NA", "-"])
    )
    remove = fields.List(
        fields.String(validate=NOT_EMPTY),
        load_default=list,
        metadata=describe("Characters to remove from every text, for example invisible ones.", ["\\u200b"]),
    )
    dates = SingleOrList(
        DateFormat(),
        load_default=lambda: ["%Y-%m-%d", "%Y-%m", "%Y"],
        metadata=describe("Formats of dates.", ["%d/%m/%Y", "%Y"], "C strftime"),
    )
    numbers = fields.Nested(
        NumberFormat, load_default=lambda: NumberFormat().load({}), metadata=describe("Format of numbers.")
    )
    tables = fields.Dict(
        keys=Name(),
        values=DefinedTable(),
        load_default=dict,
        metadata=describe(
            "Named tables: words of the file and their meanings; or the name of a table that comes along.",
            {"harms": {"dead": "killed"}, "countries": "gleditsch-ward"},
        ),
    )
    values = fields.Dict(
        keys=Name(),
        values=Value(),
        load_default=dict,
        metadata=describe("Named values of a row, used below like columns."),
    )
    key = SingleOrList(
        Name(),
        metadata=describe(
            "Columns or values that identify a row of a file without ids. Records read them together as {key}.",
            ["Day", "Place"],
        ),
    )
    count = fields.Nested(Counting, metadata=describe("Counts rows, for a list with a row for each person."))
    optional = fields.List(Name(), load_default=list, metadata=describe("Columns that a release may lack.", ["iso3"]))
    ignore = fields.Nested(
        Ignore,
        load_default=lambda: Ignore().load({}),
        metadata=describe("Columns and rows that are left out, with reasons."),
    )
    usual = fields.Nested(Usual, load_default=dict, metadata=describe("Fields that all records of a type share."))
    always = fields.List(
        fields.Nested(Making),
        load_default=list,
        metadata=describe("Records that do not come from a row, such as the source."),
    )
    rows = fields.String(
        validate=validate.OneOf(["plain", "claims"]),
        metadata=describe(
            "`plain`: the columns have the names of our own answers. `claims`: the same, for a list of claims alone. "
            "The records that it names are made if they are missing.",
            "plain",
        ),
    )
    records = fields.List(fields.Nested(Making), load_default=list, metadata=describe("Records made from each row."))
    vanished = fields.String(
        load_default="withdraw",
        validate=validate.OneOf(["withdraw", "keep"]),
        metadata=describe("What to do with records that a release no longer has.", "withdraw"),
    )
    overlaps = fields.Dict(
        keys=Slug(),
        values=Text(longest=500),
        load_default=dict,
        metadata=describe(
            "Datasets that count some of the same deaths, with the reasons; importing prints a warning while they "
            "are present."
        ),
    )
    never_beside = fields.Dict(
        keys=Slug(),
        values=Text(longest=500),
        load_default=dict,
        metadata=describe(
            "Datasets that would double-count these deaths, with the reasons; importing is refused while they are "
            "present."
        ),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_consistency(self, data: dict[str, Any], **kwargs: Any) -> None:
        if bool(data["records"]) == ("rows" in data):
            raise ValidationError({"records": ["A mapping needs either records or rows: plain. It cannot have both."]})
        if "key" in data and ("rows" in data or "count" in data):
            raise ValidationError({"key": ["Needs records that are made from each row."]})
        if "count" in data and "rows" in data:
            raise ValidationError({"count": ["Cannot be used with rows: plain, whose rows are records."]})
        missing_fields = {name: _find_missing_fields(data[name], data["usual"]) for name in ("always", "records")}
        if faults := {name: lacking for name, lacking in missing_fields.items() if lacking}:
            raise ValidationError(faults)


def _find_missing_fields(makings: list[dict[str, Any]], usual: Mapping[str, Any]) -> dict[int, Any]:
    """Return the required fields that records lack, by the position of the making, with their messages."""
    faults: dict[int, Any] = {}
    for place, making in enumerate(makings):
        for record_type in making.keys() & RECORD_SCHEMAS.keys():
            content = {**usual.get(record_type, {}), **making[record_type]}
            stated_content = {name: value for name, value in content.items() if value is not None}
            if (
                lacking := _needed_fields(record_type)
                - stated_content.keys()
                - {name for span in stated_content.keys() & DATE_SPANS.keys() for name in DATE_SPANS[span]}
            ):
                faults[place] = {record_type: {name: [f"Required{_filling_hint(name)}."] for name in sorted(lacking)}}
            elif record_type == "claim" and "reports" not in stated_content:
                faults[place] = {record_type: {"reports": ["Required, because every claim needs a source."]}}
        if inner := _find_missing_fields(making.get("records", []), usual):
            faults[place] = {"records": inner}
    return faults


def _filling_hint(name: str) -> str:
    return next((f": {span} fills it" for span, filled in DATE_SPANS.items() if name in filled), "")


def _needed_fields(record_type: str) -> set[str]:
    """Return the fields that a record of the type needs. Reports and relations need no id."""
    needed = {name for name, field in RECORD_SCHEMAS[record_type]().fields.items() if field.required}
    return needed - {"id"} if record_type in ("report", "relation") else needed
