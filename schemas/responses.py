"""The parts around records: references, query parameters of every listing, `{"data", "meta", "links"}`."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from schemas.countries import CountryCode
from schemas.derived_fields import EXACT_DAY
from schemas.fields import NONE, NOT_WITHIN, Csv, PastDay, Slug, SubjectSide, Text, Word, describe
from schemas.vocabularies import STATUS, Vocabulary

#: What the columns of a CSV or TSV file are (CSV on the Web), in a file beside it. Its name has that of the file.
TABLE_DESCRIPTIONS = ("tsv-metadata.json", "csv-metadata.json")
TABLE_FORMATS = ("json", "csv", "tsv", "ndjson", "xlsx", "parquet", *TABLE_DESCRIPTIONS)
FORMATS = (*TABLE_FORMATS, "geojson")  # of records with places
FEED_FORMATS = ("atom", "jsonfeed")  # of what changed in an answer
GREATEST_PAGE, DEFAULT_PAGE = 1000, 100
GREATEST_REVISION = 2_147_483_647


#: Plain messages in place of those of marshmallow, by its name for the fault.
PLAIN_MESSAGES = {"required": "Required.", "null": "Must not be null."}


class Strict(Schema):
    """Unknown names are refused."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        defaults = fields.Field.default_error_messages
        for name, message in PLAIN_MESSAGES.items():
            if field_obj.error_messages.get(name) == defaults[name]:
                field_obj.error_messages[name] = message


class Ref(Strict):
    """A reference to another record: its id and its name."""

    id = fields.String(metadata=describe("Id of the record referred to.", "azerbaijan"))
    name = fields.String(metadata=describe("Its name.", "Azerbaijan"))


class RefIn(Strict):
    """A reference as answers have it, in what is sent: `name` may be left out, and must be that of the record."""

    id = Slug(required=True, metadata=describe("Id of the record referred to.", "azerbaijan"))
    name = fields.String(metadata=describe("Its name, as answers have it.", "Azerbaijan"))


@functools.cache
def named_entry(schema: type[Schema]) -> type[Schema]:
    """Return the schema of an entry as answers have it, in what is sent: `id` and `name` in place of `side`."""
    others = {name: field for name, field in schema._declared_fields.items() if name != "side"}
    return RefIn.from_dict({**others}, name=schema.__name__.removesuffix("In") + "NamedIn")


class SourceRef(Ref):
    """A reference to a source, with the address of the document."""

    url = fields.String(
        allow_none=True,
        metadata=describe("Address of the document; null: none.", "https://tass.com/world/1210971"),
    )


class OneOrMore(fields.Raw):
    """An answer to one record or to an array: one object of a schema, or an array of them."""

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        self.schema = schema
        super().__init__(**kwargs)


def ref_field(description: str, **kwargs: Any) -> fields.Nested:
    return fields.Nested(Ref, metadata=describe(description), **kwargs)


def ref_list(description: str, schema: type[Schema] = Ref) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), metadata=describe(description))


def dataset_field() -> fields.String:
    return fields.String(
        allow_none=True,
        metadata=describe("Id of the dataset that it was imported from; null: entered by an editor.", "ucdp-ged"),
    )


class Standing(Strict):
    """Whether a record is active. Nothing is deleted."""

    status = Word(STATUS, load_default="active", metadata={"examples": ["active"]})
    status_reason = Text(
        blank=True,
        load_default="",
        metadata=describe("Why the record is no longer active.", "A third soldier died of his wounds."),
    )

    @validates_schema(skip_on_field_errors=False)
    def check_status_reason(self, data: dict[str, Any], **kwargs: Any) -> None:
        status, reason = data.get("status"), data.get("status_reason")
        if status is None or reason is None:
            return  # one of them has a fault of its own
        if status != "active" and not reason.strip():
            raise ValidationError({"status_reason": ["Required when status is not active. Give the reason."]})
        if status == "active" and reason:
            raise ValidationError({"status_reason": ["Must be empty when status is active. Leave it out."]})


class InOrder(Strict):
    """A record with first and last days.

    No last day comes before its first day, an exact day is one day, and a precision has a day.
    """

    DAYS: ClassVar[tuple[tuple[str, str], ...]]
    #: First and last possible day, and their precision.
    POSSIBLE_DAYS: ClassVar[tuple[tuple[str, str, str], ...]] = ()

    @validates_schema(skip_on_field_errors=False)
    def check_day_order(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a last day before its first day. Invalid fields are not in `data`, so they are not compared."""
        errors = {
            last: [f"Must not be before {first}."]
            for first, last in self.DAYS
            if data.get(first) and data.get(last) and data[last] < data[first]
        }
        for first, last, precision in self.POSSIBLE_DAYS:
            if data.get(precision) == EXACT_DAY and data.get(first) and (data.get(last) or data[first]) > data[first]:
                message = (
                    f"Must be {data[first]}, as {first}, when {precision} is 1, an exact day. Correct one of them."
                )
                errors[last] = [message]
            if data.get(precision) is not None and first in data and data[first] is None:
                errors[precision] = [NEEDS_DAY.format(first)]
        if errors:
            raise ValidationError(errors)


#: The message for what is said of a day that is not sent.
NEEDS_DAY = "Must be null without {0}. Send {0}, or leave it out."


class Recorded(Strict):
    """Fields that the database adds to every record.

    A field may be missing when an answer is loaded, because `fields=` may leave any out.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, partial=True)

    revision = fields.Integer(metadata=describe("Revision of this database that wrote this version of the record.", 1))
    created_at = fields.DateTime(metadata=describe("When the record entered this database.", "2026-01-31T12:00:00Z"))
    updated_at = fields.DateTime(metadata=describe("When the record was last written.", "2026-01-31T12:00:00Z"))


class Count(fields.Integer):
    """A whole number in a query string, plain ASCII digits."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [validate.Range(least, most, error=NOT_WITHIN), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12):
            raise ValidationError("Must be a whole number in plain digits.")
        return int(value)


class Switch(fields.Boolean):
    """`1`, `true`, `0` or `false` in a query string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(truthy={"1", "true"}, falsy={"0", "false"}, **kwargs)
        self.error_messages["invalid"] = "Must be 1 (yes) or 0 (no)."
        self.metadata = {"enum": ["1", "true", "0", "false"], **self.metadata}


class Sort(Csv):
    """Names to sort by, most important first; a leading hyphen reverses the order."""

    def __init__(self, *names: str, **kwargs: Any) -> None:
        self.names = names
        signed = validate.OneOf([*names, *(f"-{name}" for name in names)])
        super().__init__(fields.String(validate=signed), ordered=True, **kwargs)
        self.metadata = describe(
            "Field names to sort by; prefix with - for descending order.", f"-{names[-1]},{names[0]}"
        )


class Names(Csv):
    """Some of the fields of a schema, in the order given."""

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        names = list(schema._declared_fields)
        inner = fields.String(validate=validate.OneOf(names))
        super().__init__(inner, ordered=True, data_key="fields", attribute="fields", **kwargs)
        self.metadata = describe(
            "Only these fields, in this order. The other fields are absent, although the schema requires them.",
            ",".join(names[:2]),
        )


def word_filter(vocabulary: Vocabulary, none: bool = False) -> Csv:
    """Return a filter over a closed list; with `none`, also for records that lack the fact."""
    allowed = [*vocabulary, NONE] if none else list(vocabulary)
    null_hint = f" `{NONE}`: not stated." if none else ""
    inner = Word(allowed, vocabulary=vocabulary)
    return Csv(inner, metadata=describe(vocabulary.description + null_hint, allowed[0], vocabulary.origin))


def slug_filter(description: str, example: str | None = None) -> Csv:
    """Return a filter over ids."""
    return Csv(Slug(), metadata=describe(description, example))


def subject_side_filter(description: str) -> Csv:
    """Return a filter over ids of sides; `all`: all sides together."""
    return Csv(SubjectSide(), metadata=describe(description, "azerbaijan"))


def text_filter(description: str, example: str | None = None) -> Csv:
    return Csv(Text(longest=200), metadata=describe(description, example))


def pattern_filter(description: str, example: str, pattern: str, thing: str, none: bool = True) -> Csv:
    """Return a filter over words of one pattern, such as years. `thing` is what they are, with its article."""
    allowed = f"{pattern}|{NONE}" if none else pattern
    error = f"Must be {thing} such as {example}" + (f", or {NONE}." if none else ".")
    return Csv(
        fields.String(validate=validate.Regexp(f"^({allowed})$", error=error)), metadata=describe(description, example)
    )


def year_filter(description: str) -> Csv:
    return pattern_filter(description, "2020", "(18|19|20)[0-9]{2}|2100", "a year")


def month_filter(description: str) -> Csv:
    return pattern_filter(description, "2020-10", "((18|19|20)[0-9]{2}|2100)-(0[1-9]|1[0-2])", "a month")


def day_filter(description: str) -> Csv:
    return pattern_filter(
        description, "2020-10-22", "((18|19|20)[0-9]{2}|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "a day"
    )


def country_filter(description: str) -> Csv:
    return Csv(fields.String(validate=CountryCode((NONE,))), metadata=describe(description, "AZE", "ISO 3166"))


class SingleQuery(Strict):
    """The parameters of a single record."""

    pretty = Switch(metadata=describe("`1` indents JSON.", "1"))


def find_ranges(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of filters that are the two ends of a range: `from` and `to`, `best_min` and `best_max`."""
    ends = {name: name.replace("from", "to").replace("_min", "_max") for name in names}
    return [(first, last) for first, last in ends.items() if first != last and last in ends]


class Stated(Strict):
    """The parameter of the first clock, the as-of day; ranges of filters must be in order."""

    as_of = PastDay(
        metadata=describe("Only what had been said publicly by this date; undated claims are left out.", "2020-10-22")
    )

    @validates_schema(skip_on_field_errors=True)
    def refuse_reversed_ranges(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a range whose first end is above its last: an empty answer would read like a fact."""
        errors = {
            first: [
                f"Must not be {'later' if isinstance(data[last], str) else 'greater'} than {last}, which is "
                f"{data[last]}. Exchange the two."
            ]
            for first, last in find_ranges(data)
            if data[first] > data[last]
        }
        if errors:
            raise ValidationError(errors)


class Pinned(Stated):
    """The parameters of both clocks."""

    revision = Count(1, GREATEST_REVISION, metadata=describe("State of this database at that revision.", "1"))
    release = Text(
        longest=300,
        metadata=describe(
            "State frozen in that release; of a dataset's release (`ucdp-ged:25.1`, or `25.1` if no other release has "
            "that name) the first revision with it. Cannot be combined with `revision`.",
            "2026-1",
        ),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_pinned_revision(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "revision" in data and "release" in data:
            raise ValidationError({"release": ["Cannot be combined with revision: a release is a revision."]})


class RecordQuery(SingleQuery, Pinned):
    """The parameters of a single record."""


class FlatShape(RecordQuery):
    """The parameters of any table."""

    format = fields.String(
        validate=validate.OneOf((*FORMATS, *FEED_FORMATS)),
        metadata=describe(
            "Format of the answer; a suffix (`/v1/claims.csv`) or the header `Accept` does the same.", "csv"
        ),
    )
    bom = Switch(metadata=describe("`1` begins CSV with a byte order mark, for Excel.", "1"))
    hxl = Switch(metadata=describe("`1` adds the row of HXL hashtags under the header.", "1", "HXL 1.1"))
    shape = fields.String(
        validate=validate.OneOf(["array"]),
        metadata=describe("`array` gives the bare array of all records, as `application/json; shape=array`.", "array"),
    )


class Paged(Strict):
    """The parameters of answers in pages."""

    limit = Count(
        1,
        GREATEST_PAGE,
        metadata=describe(
            f"Records on a page (default: {DEFAULT_PAGE} in JSON, all in other formats and with `shape=array`).", "100"
        ),
    )
    cursor = Text(
        longest=1000, metadata=describe("Start or end of the page. Copy it from `links.next` or `links.prev`.")
    )


class ListQuery(Paged, FlatShape):
    """The parameters of every list, without its filters."""


class Links(Strict):
    self = fields.Url(
        require_tld=False, metadata=describe("Address of this answer.", "http://127.0.0.1:8000/v1/claims")
    )
    next = fields.Url(
        require_tld=False,
        metadata=describe(
            "Address of the next page; absent on the last page.",
            "http://127.0.0.1:8000/v1/claims?limit=100&cursor=WyJhIl0",
            x_absent="on the last page",
        ),
    )
    prev = fields.Url(
        require_tld=False,
        metadata=describe(
            "Address of the page before; absent on the first page, and in statistics and differences of releases.",
            "http://127.0.0.1:8000/v1/claims?limit=100&cursor=WyJhIl1",
            x_absent="on the first page",
        ),
    )


class PinnedRelease(Strict):
    """The release that an answer is pinned to."""

    kind = fields.String(
        validate=validate.OneOf(["database", "dataset"]),
        metadata=describe("`database`: a release of this database; `dataset`: of an imported dataset.", "database"),
    )
    id = fields.String(metadata=describe("Its name; of a dataset's release, `dataset:name`.", "2026-1"))
    revision = fields.Integer(metadata=describe("The revision of this database that was read.", 1))


class Meta(Strict):
    """The metadata of every answer."""

    release = fields.Nested(
        PinnedRelease,
        metadata=describe("With `release=`: which release was read.", x_absent="in an answer without `release`"),
    )

    licence = fields.String(metadata=describe("Licence of the compilation; sources keep their own.", "CC BY 4.0"))
    contact = fields.String(metadata=describe("Where to report an error in the data.", "mailto:errors@example.org"))


class WarningOut(Strict):
    code = fields.String(metadata=describe("Code of the warning, for programs.", "rows_do_not_add_up"))
    text = fields.String(
        metadata=describe(
            "The warning as a sentence.", "Running totals answer this question too; they are another basis."
        )
    )
    url = fields.String(
        metadata=describe(
            "Address of a query for what this answer leaves out.",
            "http://127.0.0.1:8000/v1/statistics/casualties?conflict=nagorno-karabakh-2020&basis=totals",
            x_absent="if no query answers with it",
        )
    )


class NewerVersion(Strict):
    """What has become of a record since the pinned revision."""

    revision = fields.Integer(metadata=describe("Revision that wrote its newest version.", 2))
    status = Word(STATUS, metadata={"examples": ["retracted"]})
    status_reason = fields.String(
        metadata=describe("Why it is no longer active; empty: it is active.", "The ministry took it back.")
    )
    changed = fields.List(
        fields.String(), metadata=describe("Fields that differ now.", ["status", "status_reason", "best"])
    )


class RecordMeta(Meta):
    newer = fields.Nested(
        NewerVersion,
        allow_none=True,
        metadata=describe(
            "In a pinned answer: what has changed in the record since; null: nothing.",
            x_absent="in an answer without `revision` and `release`",
        ),
    )


class ListMeta(Meta):
    revision = fields.Integer(metadata=describe("Revision of the database that was read.", 1))
    total = fields.Integer(metadata=describe("Number of matching records, over all pages.", 3))
    limit = fields.Integer(allow_none=True, metadata=describe("Records on a page; null: all.", 100))
    first_row = fields.Integer(
        allow_none=True,
        metadata=describe(
            "Number of the first record of the page among all; null: the database changed since the page before it.",
            1,
            x_absent="in statistics and differences of releases",
        ),
    )
    filters = fields.Dict(
        keys=fields.String(), metadata=describe("The filters as the server read them.", {"harm": ["killed"]})
    )


def _meta_and_links(meta: type[Schema]) -> dict[str, fields.Nested]:
    return {
        "meta": fields.Nested(meta, required=True, metadata=describe("Metadata of the answer.")),
        "links": fields.Nested(
            Links, required=True, metadata=describe("Addresses of this page and of those beside it.")
        ),
    }


@functools.cache
def list_response(schema: type[Schema], meta: type[Schema] = ListMeta) -> type[Schema]:
    """Return the schema of an answer with a list of records."""
    name = schema.__name__.removesuffix("Out") + "List"
    return Strict.from_dict(
        {
            "data": fields.List(fields.Nested(schema), required=True, metadata=describe("The records.")),
            **_meta_and_links(meta),
        },
        name=name,
    )


@functools.cache
def record_response(schema: type[Schema], meta: type[Schema] = Meta) -> type[Schema]:
    """Return the schema of an answer with one record."""
    return Strict.from_dict(
        {
            "data": fields.Nested(schema, required=True, metadata=describe("The record.")),
            **_meta_and_links(meta),
        },
        name=schema.__name__.removesuffix("Out"),
    )


def filter_names(schema: type[Schema]) -> Iterable[str]:
    """Return the wire names of the filters of a query schema, without format, sorting and paging."""
    paging = {*(set(ListQuery._declared_fields) - {"as_of"}), "sort", "fields_", "group_by"}
    return [field.data_key or name for name, field in schema().fields.items() if name not in paging]
