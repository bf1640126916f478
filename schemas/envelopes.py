"""What is around the records: references, query parameters of every list, `{"data", "meta", "links"}`."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import NONE, Csv, PastDay, Slug, Text, Word, about
from schemas.vocab import STATUS, Vocabulary

FORMATS = ("json", "csv", "ndjson", "geojson", "xlsx")
GREATEST_PAGE, DEFAULT_PAGE = 1000, 100
GREATEST_REVISION = 2_147_483_647


class Strict(Schema):
    """Unknown names are refused."""

    class Meta:
        unknown = RAISE


class Ref(Strict):
    """A reference to another record: its id and its name."""

    id = fields.String(metadata=about("Id of the record referred to.", "azerbaijan"))
    name = fields.String(metadata=about("Its name.", "Azerbaijan"))


class SourceRef(Ref):
    """A reference to a source, with the address at which the document can be read."""

    url = fields.String(
        allow_none=True,
        metadata=about("Where the document can be read; null: nowhere.", "https://tass.com/world/1210971"),
    )


def ref(description: str, **kwargs: Any) -> fields.Nested:
    return fields.Nested(Ref, metadata=about(description), **kwargs)


def refs(description: str, schema: type[Schema] = Ref) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), metadata=about(description))


class Standing(Strict):
    """Whether a record stands. Nothing is deleted."""

    status = Word(STATUS, load_default="active", metadata={"examples": ["active"]})
    status_reason = Text(
        blank=True, load_default="", metadata=about("Why it no longer stands.", "A third soldier died of his wounds.")
    )

    @validates_schema(skip_on_field_errors=False)
    def says_why(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("status", "active") != "active" and not data.get("status_reason", "-").strip():
            raise ValidationError({"status_reason": ["What no longer stands says why."]})


class InOrder(Strict):
    """What has first and last days, of which none comes before its first."""

    DAYS: ClassVar[tuple[tuple[str, str], ...]]

    @validates_schema(skip_on_field_errors=False)
    def is_in_order(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Fields that have faults of their own are not in `data`: of those nothing is asked."""
        errors = {
            last: [f"Must not be before {first}."]
            for first, last in self.DAYS
            if data.get(first) and data.get(last) and data[last] < data[first]
        }
        if errors:
            raise ValidationError(errors)


class Recorded(Strict):
    """What the database adds to every record. No field of an answer is required: `fields=` may leave any out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, partial=True)

    revision = fields.Integer(metadata=about("Revision of this database that wrote the record as it stands.", 1))
    created_at = fields.DateTime(metadata=about("When the record entered this database.", "2026-01-31T12:00:00Z"))
    updated_at = fields.DateTime(metadata=about("When it was last written.", "2026-01-31T12:00:00Z"))


class Count(fields.Integer):
    """A whole number in a query string, plain ASCII digits."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [validate.Range(least, most), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12):
            raise ValidationError("Must be a whole number in plain digits.")
        return int(value)


class Switch(fields.Boolean):
    """`1`, `true`, `0` or `false` in a query string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(truthy={"1", "true"}, falsy={"0", "false"}, **kwargs)
        self.metadata = {"enum": ["1", "true", "0", "false"], **self.metadata}


class Sort(Csv):
    """Names to sort by, most important first; a leading hyphen turns the order round."""

    def __init__(self, *names: str, **kwargs: Any) -> None:
        self.names = names
        signed = validate.OneOf([*names, *(f"-{name}" for name in names)])
        super().__init__(fields.String(validate=signed), ordered=True, **kwargs)
        self.metadata = about("Order: names, a leading hyphen for descending.", f"-{names[-1]},{names[0]}")


class Names(Csv):
    """Some of the fields of a schema, in the order given."""

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        names = list(schema._declared_fields)
        inner = fields.String(validate=validate.OneOf(names))
        super().__init__(inner, ordered=True, data_key="fields", attribute="fields", **kwargs)
        self.metadata = about("Only these fields, in this order.", ",".join(names[:2]))


def words(vocabulary: Vocabulary, none: bool = False) -> Csv:
    """A filter over a closed list; with `none`, also the records that lack the fact."""
    allowed = [*vocabulary, NONE] if none else list(vocabulary)
    more = f" `{NONE}`: not stated." if none else ""
    return Csv(Word(allowed), metadata=about(vocabulary.about + more, allowed[0], vocabulary.origin))


def slugs(description: str, example: str | None = None) -> Csv:
    """A filter over ids."""
    return Csv(Slug(), metadata=about(description, example))


def texts(description: str, example: str | None = None) -> Csv:
    return Csv(Text(longest=200), metadata=about(description, example))


def shaped(description: str, example: str, pattern: str, none: bool = True) -> Csv:
    """A filter over words of one shape, such as years or country codes."""
    allowed = f"{pattern}|{NONE}" if none else pattern
    error = f"Must look like {example}" + (f", or be {NONE}." if none else ".")
    return Csv(
        fields.String(validate=validate.Regexp(f"^({allowed})$", error=error)), metadata=about(description, example)
    )


def years(description: str) -> Csv:
    return shaped(description, "2020", "(18|19|20)[0-9]{2}|2100")


def months(description: str) -> Csv:
    return shaped(description, "2020-10", "((18|19|20)[0-9]{2}|2100)-(0[1-9]|1[0-2])")


def days(description: str) -> Csv:
    return shaped(description, "2020-10-22", "((18|19|20)[0-9]{2}|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


def countries(description: str) -> Csv:
    return shaped(description, "AZE", "[A-Z]{3}")


class SingleQuery(Strict):
    """The parameters of a single record."""

    pretty = Switch(metadata=about("`1` indents JSON.", "1"))


class Stated(Strict):
    """The first clock."""

    as_of = PastDay(metadata=about("As publicly stated by this day; what has no day is left out.", "2020-10-22"))


class Pinned(Stated):
    """Both clocks."""

    revision = Count(1, GREATEST_REVISION, metadata=about("As this database held it at that revision.", "1"))
    release = Slug(metadata=about("As frozen in that release; goes without `revision`.", "2026-1"))

    @validates_schema(skip_on_field_errors=True)
    def holds_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "revision" in data and "release" in data:
            raise ValidationError({"release": ["Goes without revision: a release is one."]})


class RecordQuery(SingleQuery, Pinned):
    """The parameters of a single record."""


class FlatShape(RecordQuery):
    """The parameters of any table."""

    format = fields.String(
        validate=validate.OneOf(FORMATS),
        metadata=about("Format of the answer; a suffix (`/v1/claims.csv`) or `Accept` says the same.", "csv"),
    )
    bom = Switch(metadata=about("`1` puts a byte order mark before CSV, for Excel.", "1"))
    hxl = Switch(metadata=about("`1` adds the row of HXL hashtags under the header.", "1", "HXL 1.1"))
    shape = fields.String(
        validate=validate.OneOf(["array"]), metadata=about("`array` gives the bare array of records.", "array")
    )


class Paged(Strict):
    """The parameters of what answers in pages."""

    limit = Count(
        1,
        GREATEST_PAGE,
        metadata=about(
            f"Records on a page. JSON: {DEFAULT_PAGE} unless given; other formats: all unless given.", "100"
        ),
    )
    cursor = Text(longest=1000, metadata=about("Where the page starts: taken from `links.next`, never made by hand."))


class ListQuery(Paged, FlatShape):
    """The parameters of every list besides its filters."""


class Links(Strict):
    self = fields.Url(require_tld=False, metadata=about("This answer.", "http://127.0.0.1:8000/v1/claims"))
    next = fields.Url(
        require_tld=False,
        metadata=about("The next page; absent on the last one.", "http://127.0.0.1:8000/v1/claims?limit=100&cursor=…"),
    )


class Meta(Strict):
    """What every answer tells about itself."""

    licence = fields.String(metadata=about("Licence of the compilation; sources keep their own.", "CC BY 4.0"))
    contact = fields.String(metadata=about("Where to report an error in the data.", "mailto:errors@example.org"))


class ListMeta(Meta):
    revision = fields.Integer(metadata=about("Revision of the database that was read.", 1))
    total = fields.Integer(metadata=about("How many records answer the question, over all pages.", 3))
    limit = fields.Integer(allow_none=True, metadata=about("Records on a page; null: all.", 100))
    filters = fields.Dict(
        keys=fields.String(), metadata=about("The filters as they were understood.", {"harm": ["killed"]})
    )


def _around(meta: type[Schema]) -> dict[str, fields.Nested]:
    return {
        "meta": fields.Nested(meta, required=True, metadata=about("What the answer tells about itself.")),
        "links": fields.Nested(Links, required=True, metadata=about("Where it stands, and what comes next.")),
    }


@functools.cache
def listing(schema: type[Schema], meta: type[Schema] = ListMeta) -> type[Schema]:
    """The envelope around a list of `schema`."""
    name = schema.__name__.removesuffix("Out") + "List"
    return Strict.from_dict(
        {
            "data": fields.List(fields.Nested(schema), required=True, metadata=about("The records.")),
            **_around(meta),
        },
        name=name,
    )


@functools.cache
def single(schema: type[Schema], meta: type[Schema] = Meta) -> type[Schema]:
    """The envelope around one record."""
    return Strict.from_dict(
        {
            "data": fields.Nested(schema, required=True, metadata=about("The record.")),
            **_around(meta),
        },
        name=schema.__name__.removesuffix("Out"),
    )


def filter_names(schema: type[Schema]) -> Iterable[str]:
    """The wire names of the filters of a query schema: all that is not shape or paging."""
    paging = {*(set(ListQuery._declared_fields) - {"as_of"}), "sort", "fields_", "group_by"}
    return [field.data_key or name for name, field in schema._declared_fields.items() if name not in paging]
