"""A mapping: how the rows of an outside file become records. docs/mappings.md tells it to a newcomer.

A mapping holds no code: names of columns, words, and the few forms of `schemas.expressions`.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.claimants import ClaimantIn
from schemas.claims import ClaimIn, RelationIn, ReportIn
from schemas.conflicts import ConflictIn
from schemas.events import EventIn
from schemas.expressions import (
    SOME,
    Condition,
    DateFormat,
    Figure,
    Known,
    Name,
    NumberFormat,
    OneOrMore,
    Table,
    Value,
    exactly_one,
    near,
)
from schemas.fields import Slug, Text, about
from schemas.sides import SideIn
from schemas.sources import SourceIn

#: What a record is called in a mapping, and the schema that it must satisfy in the end.
NOUNS: dict[str, type[Schema]] = {
    "side": SideIn,
    "conflict": ConflictIn,
    "claimant": ClaimantIn,
    "source": SourceIn,
    "event": EventIn,
    "claim": ClaimIn,
    "report": ReportIn,
    "relation": RelationIn,
}
#: One date that fills two or three fields: first possible day, last possible day, precision.
SPANS: dict[str, tuple[str, str, str | None]] = {
    "stated": ("stated_on", "stated_until", "stated_precision"),
    "published": ("published_on", "published_until", "published_precision"),
    "happened": ("started_on", "ended_on", "date_precision"),
    "covers": ("covers_from", "covers_to", None),
}
FORMATS = ("csv", "json", "ndjson", "xlsx")


FIGURE_FIELDS = frozenset({"value", "low", "best", "high", "qualifier", "figure_rule"})


class Content(fields.Field[Any]):
    """The fields of a record, each with its value."""

    def __init__(self, noun: str, within: str | None = None, **kwargs: Any) -> None:
        self.noun, self.within = noun, within
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError("Must be fields with their values.")
        loaded, wrong = {}, {}
        for name, given in value.items():
            try:
                loaded[name] = self._field(name).deserialize(given)
            except ValidationError as error:
                wrong[name] = error.messages
        if both := sorted(_doubled(value)):
            wrong |= {name: ["Is told twice: by itself, and by what fills it."] for name in both}
        if wrong:
            raise ValidationError(wrong)
        return loaded

    def _names(self) -> list[str]:
        own = [name for name in NOUNS[self.noun]().fields if name not in ("status", "status_reason", "status_by")]
        spans = [name for name, filled in SPANS.items() if filled[0] in own]
        more = {"claim": ["figure", "reports"], "report": ["figure"]}.get(self.noun, [])
        return own + spans + more

    def _field(self, name: str) -> fields.Field[Any]:
        if name not in self._names() or name == self.within:
            raise ValidationError(near(name, self._names()))
        if name == "figure":
            return fields.Nested(Figure)
        if name == "reports":
            return OneOrMore(Content("report", within="claim"))
        field = NOUNS[self.noun]().fields[name] if name not in SPANS else None
        nested = isinstance(field, fields.List) and isinstance(field.inner, fields.Nested)
        return Value(field.inner.schema.fields if nested else ())  # type: ignore[union-attr]


def _doubled(given: Mapping[str, Any]) -> set[str]:
    spans = {name for span, filled in SPANS.items() if span in given for name in filled if name}
    return given.keys() & (spans | (FIGURE_FIELDS if "figure" in given else set()))


class Loop(Known):
    """A list in a cell, each of whose items makes records."""

    column = Name(required=True, metadata=about("The cell with the list; of JSON, an array or object.", "sources"))
    split = fields.String(
        validate=validate.Length(equal=1), metadata=about("What stands between items of a text; JSON needs none.", ";")
    )
    quoted = fields.Boolean(
        load_default=False, metadata=about("`true`: items may stand in quotes, and the mark within these.", True)
    )


class Making(Known):
    """A record, or several that share a condition or a list."""

    when = Condition(metadata=about("Makes it only where this holds."))
    for_ = fields.Nested(Loop, data_key="for", metadata=about("Makes one for each item of a list."))
    as_ = Name(data_key="as", metadata=about("What an item is called: `item` unless told.", "victim"))
    records = fields.List(fields.Nested(lambda: Making()), validate=SOME, metadata=about("Several records."))
    side = Content("side", metadata=about("A side."))
    conflict = Content("conflict", metadata=about("A conflict."))
    claimant = Content("claimant", metadata=about("A claimant."))
    source = Content("source", metadata=about("A source."))
    event = Content("event", metadata=about("An event."))
    claim = Content("claim", metadata=about("A claim, with its `reports`."))
    report = Content("report", metadata=about("A further report of a claim."))
    relation = Content("relation", metadata=about("What one claim is to another."))

    @validates_schema(skip_on_field_errors=True)
    def makes_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        exactly_one(data, (*NOUNS, "records"))
        if "as_" in data and "for_" not in data:
            raise ValidationError({"as": ["Goes with for."]})


class Usual(Known):
    """Fields that every record of a noun has unless it says otherwise."""

    side = Content("side", metadata=about("Of sides."))
    conflict = Content("conflict", metadata=about("Of conflicts."))
    claimant = Content("claimant", metadata=about("Of claimants."))
    source = Content("source", metadata=about("Of sources."))
    event = Content("event", metadata=about("Of events."))
    claim = Content("claim", metadata=about("Of claims."))
    report = Content("report", metadata=about("Of reports that stand by themselves."))
    relation = Content("relation", metadata=about("Of relations."))


class Dataset(Known):
    """What is imported, and how it asks to be cited."""

    id = Slug(required=True, metadata=about("By which its next release is known; never changes.", "ucdp-ged"))
    title = Text(longest=300, required=True, metadata=about("Its name."))
    publisher = Text(longest=300, required=True, metadata=about("Who publishes it."))
    url = fields.String(load_default="", metadata=about("Where it is published.", "https://ucdp.uu.se/downloads/"))
    licence = Text(longest=200, required=True, metadata=about("Its licence.", "CC BY 4.0"))
    citation = Text(longest=2000, required=True, metadata=about("How it asks to be cited."))
    release = fields.String(load_default="", metadata=about("The release, unless `--release` tells it.", "25.1"))


class Gather(Known):
    """Where one thing takes several rows that follow each other: they become one, with a cell for each value."""

    by = OneOrMore(Name(), required=True, metadata=about("The columns in which the rows agree.", "source_id"))
    name = Name(required=True, metadata=about("The column that tells what the value is.", "estimate_type"))
    value = Name(required=True, metadata=about("The column of the value.", "estimate"))


class File(Known):
    """What must be known to read the file; what is not told is found out."""

    format = fields.String(
        validate=validate.OneOf(FORMATS), metadata=about("What it is, where its suffix does not say.", "csv")
    )
    name = fields.String(metadata=about("Which files of a zip, sheets or resources; `*` stands for anything.", "Data*"))
    encoding = fields.String(metadata=about("Of CSV.", "windows-1251"))
    delimiter = fields.String(validate=validate.Length(equal=1), metadata=about("Of CSV.", ";"))
    header = fields.Integer(
        strict=True, validate=validate.Range(1, 1000), metadata=about("Row of the header of CSV and XLSX.", 3)
    )
    path = fields.String(metadata=about("Of JSON: where its array is; `whole`: the file is one row.", "data.events"))
    gather = fields.Nested(Gather, metadata=about("Joins rows that tell one thing."))


class IgnoredRows(Known):
    """Rows that are left out."""

    when = Condition(required=True, metadata=about("Which."))
    because = Text(longest=300, required=True, metadata=about("Why; told at each run."))


class Ignore(Known):
    """What is left out, and why."""

    columns = fields.Dict(
        keys=Name(),
        values=Text(longest=300),
        load_default=dict,
        error_messages={"invalid": "Must be columns, each with the reason: {{Desk: Notes of the desk to itself.}}."},
        metadata=about("Columns, each with the reason; `*` stands for anything.", {"ext_*": "Extrapolated."}),
    )
    rows = fields.List(fields.Nested(IgnoredRows), load_default=list, metadata=about("Rows."))


class MappingIn(Known):
    """The whole of a mapping."""

    about_ = Text(data_key="about", metadata=about("What a reader of the mapping should know."))
    dataset = fields.Nested(Dataset, required=True, metadata=about("What is imported."))
    file = fields.Nested(File, load_default=dict, metadata=about("How the file is read."))
    missing = OneOrMore(fields.String(), load_default=list, metadata=about("Cells that mean: not stated.", ["NA", "-"]))
    remove = fields.List(
        fields.String(validate=SOME),
        load_default=list,
        metadata=about("What is taken out of every text, such as characters that cannot be seen.", ["\\u200b"]),
    )
    dates = OneOrMore(
        DateFormat(),
        load_default=lambda: ["%Y-%m-%d", "%Y-%m", "%Y"],
        metadata=about("How dates are written.", ["%d/%m/%Y", "%Y"], "C strftime"),
    )
    numbers = fields.Nested(
        NumberFormat, load_default=lambda: NumberFormat().load({}), metadata=about("How numbers are written.")
    )
    tables = fields.Dict(
        keys=Name(), values=Table(), load_default=dict, metadata=about("What words of the file mean, by name.")
    )
    values = fields.Dict(
        keys=Name(), values=Value(), load_default=dict, metadata=about("Values of a row, used below as if columns.")
    )
    optional = fields.List(Name(), load_default=list, metadata=about("Columns that a release may lack.", ["iso3"]))
    ignore = fields.Nested(Ignore, load_default=lambda: Ignore().load({}), metadata=about("What is left out, and why."))
    usual = fields.Nested(Usual, load_default=dict, metadata=about("Fields that all records of a noun share."))
    always = fields.List(
        fields.Nested(Making), load_default=list, metadata=about("Records that stand for no row, such as the source.")
    )
    rows = fields.String(
        validate=validate.OneOf(["plain"]),
        metadata=about("`plain`: the columns are those of our own answers.", "plain"),
    )
    records = fields.List(fields.Nested(Making), load_default=list, metadata=about("What becomes of each row."))
    vanished = fields.String(
        load_default="withdraw",
        validate=validate.OneOf(["withdraw", "keep"]),
        metadata=about("What becomes of records that a release no longer has.", "withdraw"),
    )
    overlaps = fields.Dict(
        keys=Slug(),
        values=Text(longest=500),
        load_default=dict,
        metadata=about("Datasets that count the same dead, each with how; a warning is told where both are there."),
    )
    never_beside = fields.Dict(
        keys=Slug(),
        values=Text(longest=500),
        load_default=dict,
        metadata=about("Datasets whose dead would be added to the same dead of this one, each with how: no import."),
    )

    @validates_schema(skip_on_field_errors=True)
    def hangs_together(self, data: dict[str, Any], **kwargs: Any) -> None:
        if bool(data["records"]) == ("rows" in data):
            raise ValidationError({"records": ["Must say what becomes of a row, unless rows is plain."]})
        found = {name: _lacking(data[name], data["usual"]) for name in ("always", "records")}
        if wrong := {name: lacking for name, lacking in found.items() if lacking}:
            raise ValidationError(wrong)


def _lacking(makings: list[dict[str, Any]], usual: Mapping[str, Any]) -> dict[int, Any]:
    """What no record can be made without and these do not tell, by its place."""
    wrong: dict[int, Any] = {}
    for place, making in enumerate(makings):
        for noun in making.keys() & NOUNS.keys():
            given = {**usual.get(noun, {}), **making[noun]}
            told = {name: value for name, value in given.items() if value is not None}
            if (
                lacking := _needed(noun)
                - told.keys()
                - {name for span in told.keys() & SPANS.keys() for name in SPANS[span]}
            ):
                wrong[place] = {noun: {name: [f"Is needed{_filled(name)}."] for name in sorted(lacking)}}
            elif noun == "claim" and "reports" not in told:
                wrong[place] = {noun: {"reports": ["Is needed: every claim has a source."]}}
        if inner := _lacking(making.get("records", []), usual):
            wrong[place] = {"records": inner}
    return wrong


def _filled(name: str) -> str:
    return next((f": {span} fills it" for span, filled in SPANS.items() if name in filled), "")


def _needed(noun: str) -> set[str]:
    """Fields without which no record of the noun can be made; what joins others may do without an id."""
    needed = {name for name, field in NOUNS[noun]().fields.items() if field.required}
    return needed - {"id"} if noun in ("report", "relation") else needed
