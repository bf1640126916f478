"""A source: a document in which a statement can be read."""

from marshmallow import fields, validate

from schemas.fields import Grade, Id, LastDay, PastDay, Pattern, Span, Text, Word, describe
from schemas.responses import (
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Sort,
    Standing,
    Stated,
    pattern_filter,
    slug_filter,
    text_filter,
    word_filter,
)
from schemas.vocabularies import DATE_PRECISION, RELIABILITY, SOURCE_KIND

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
NOT_A_LANGUAGE = "Must be a language code (BCP 47), such as en or zh-Hant."
WEB_ADDRESS = r"^https?://[A-Za-z0-9.-]+\.[A-Za-z0-9-]+(:\d{1,5})?([/?#][!-~]*)?$"


class WebAddress(fields.String):
    """An http or https address, at most 2,048 ASCII characters, without a user name. We never fetch it."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.validators = [
            validate.Length(max=2048),
            Pattern(WEB_ADDRESS, error="Must be an http or https address in ASCII, without a user name."),
        ]
        self.metadata = {"format": "uri", **self.metadata}


class SourceFields(Standing):
    id = Id(required=True, metadata=describe("Id of the source.", "tass-1210971"))
    publisher = Text(
        longest=300, required=True, metadata=describe("Publisher; `unknown` if the source names none.", "TASS")
    )
    title = Text(
        longest=500,
        blank=True,
        load_default="",
        metadata=describe(
            "Title, or a description of the document.", "Two Killed in Azerbaijan-Armenia Border Clashes"
        ),
    )
    url = WebAddress(
        load_default=None,
        allow_none=True,
        metadata=describe("Address of the document.", "https://tass.com/world/1210971"),
    )
    archived_url = WebAddress(
        load_default=None,
        allow_none=True,
        metadata=describe("Address of an archived copy.", "https://archive.example.org/2020/article"),
    )
    published_on = PastDay(
        load_default=None, allow_none=True, metadata=describe("First possible day of publication.", "2020-10-11")
    )
    published_until = LastDay(
        load_default=None, allow_none=True, metadata=describe("Last possible day of publication.", "2020-10-11")
    )
    published_precision = Grade(DATE_PRECISION, load_default=None, allow_none=True, metadata={"examples": [1]})
    language = fields.String(
        load_default="und",
        validate=Pattern(LANGUAGE, error=NOT_A_LANGUAGE),
        metadata=describe("Language; `und`: not determined.", "en", "BCP 47"),
    )
    kind = Word(SOURCE_KIND, load_default="unknown", metadata={"examples": ["news_article"]})
    reliability = Word(RELIABILITY, load_default=None, allow_none=True, metadata={"examples": ["B"]})
    licence = Text(
        longest=200, blank=True, load_default="", metadata=describe("Licence of the document, if stated.", "CC BY 4.0")
    )
    note = Text(
        blank=True,
        load_default="",
        metadata=describe("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class SourceIn(SourceFields, InOrder):
    DAYS = (("published_on", "published_until"),)
    POSSIBLE_DAYS = (("published_on", "published_until", "published_precision"),)


class SourceOut(SourceFields, Recorded):
    pass


class SourceFilters(Stated):
    id = slug_filter("Source ids.", "tass-1210971")
    publisher = text_filter("Publishers, spelt as in the record.", "TASS")
    kind = word_filter(SOURCE_KIND)
    language = pattern_filter("Language tag, BCP 47.", "en", LANGUAGE.strip("^$"), "a language code", none=False)
    reliability = word_filter(RELIABILITY, none=True)
    from_ = Span(0, data_key="from", attribute="from", metadata=describe("Published on or after this day.", "2020-10"))
    to = Span(1, metadata=describe("Published on or before this day.", "2020-10"))
    q = Text(longest=100, metadata=describe('Words, a "phrase" or -not, anywhere in the text.', "karabakh"))


class SourceQuery(SourceFilters, ListQuery):
    sort = Sort("id", "publisher", "published_on", "title")
    fields_ = Names(SourceOut)
