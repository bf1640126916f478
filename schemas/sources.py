"""A source: a document in which a statement can be read."""

from marshmallow import fields, validate

from schemas.envelopes import InOrder, ListQuery, Names, Recorded, Sort, Standing, Stated, shaped, slugs, texts, words
from schemas.fields import Day, Grade, Id, Pattern, Span, Text, Word, about
from schemas.vocab import DATE_PRECISION, RELIABILITY, SOURCE_KIND

LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
WEB_ADDRESS = r"^https?://[A-Za-z0-9.-]+\.[A-Za-z0-9-]+(:\d{1,5})?([/?#][!-~]*)?$"


class WebAddress(fields.String):
    """An http or https address, at most 2,048 ASCII characters, without a user name. Never fetched by us."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.validators = [
            validate.Length(max=2048),
            Pattern(WEB_ADDRESS, error="Must be an http or https address in ASCII, without a user name."),
        ]
        self.metadata = {"format": "uri", **self.metadata}


class SourceFields(Standing):
    id = Id(required=True, metadata=about("Id of the source.", "tass-1210971"))
    publisher = Text(
        longest=300, required=True, metadata=about("Who published it; `unknown` if it does not say.", "TASS")
    )
    title = Text(
        longest=500,
        blank=True,
        load_default="",
        metadata=about("Title, or what the document is.", "Two Killed in Azerbaijan-Armenia Border Clashes"),
    )
    url = WebAddress(
        load_default=None, allow_none=True, metadata=about("Where it can be read.", "https://tass.com/world/1210971")
    )
    archived_url = WebAddress(
        load_default=None,
        allow_none=True,
        metadata=about("An archived copy.", "https://archive.example.org/2020/article"),
    )
    published_on = Day(
        load_default=None, allow_none=True, metadata=about("First possible day of publication.", "2020-10-11")
    )
    published_until = Day(
        load_default=None, allow_none=True, metadata=about("Last possible day of publication.", "2020-10-11")
    )
    published_precision = Grade(DATE_PRECISION, load_default=None, allow_none=True, metadata={"examples": [1]})
    language = fields.String(
        load_default="und",
        validate=Pattern(LANGUAGE),
        metadata=about("Language; `und`: not determined.", "en", "BCP 47"),
    )
    kind = Word(SOURCE_KIND, load_default="unknown", metadata={"examples": ["news_article"]})
    reliability = Word(RELIABILITY, load_default=None, allow_none=True, metadata={"examples": ["B"]})
    licence = Text(
        longest=200, blank=True, load_default="", metadata=about("Licence of the document, where stated.", "CC BY 4.0")
    )
    note = Text(
        blank=True,
        load_default="",
        metadata=about("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class SourceIn(SourceFields, InOrder):
    DAYS = (("published_on", "published_until"),)


class SourceOut(SourceFields, Recorded):
    pass


class SourceFilters(Stated):
    id = slugs("These sources.", "tass-1210971")
    publisher = texts("Published by one of these, spelt as in the record.", "TASS")
    kind = words(SOURCE_KIND)
    language = shaped("Language tag, BCP 47.", "en", LANGUAGE.strip("^$"), none=False)
    reliability = words(RELIABILITY, none=True)
    from_ = Span(0, data_key="from", attribute="from", metadata=about("Published on or after.", "2020-10"))
    to = Span(1, metadata=about("Published on or before.", "2020-10"))
    q = Text(longest=100, metadata=about('Words, a "phrase" or -not, anywhere in the text.', "karabakh"))


class SourceQuery(SourceFilters, ListQuery):
    sort = Sort("id", "publisher", "published_on", "title")
    fields_ = Names(SourceOut)
