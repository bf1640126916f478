"""The pages of records: which record types have one, and the parameters of a page."""

from marshmallow import fields, validate

from schemas.claims import ClaimQuery
from schemas.fields import describe
from schemas.language_files import DEFAULT_LANGUAGE, LANGUAGES
from schemas.responses import Pinned, Strict

#: Record types with a page at `/<type>/<id>`.
PAGE_TYPES = ("claims", "events", "conflicts", "sides", "claimants", "sources", "datasets")


def page_language() -> fields.String:
    """Return the parameter `lang` of pages. A page without it is in the language that its reader prefers."""
    return fields.String(
        validate=validate.OneOf(LANGUAGES),
        metadata=describe(
            f"Language of labels and sentences: {', '.join(LANGUAGES)} (default: the best for Accept-Language).",
            DEFAULT_LANGUAGE,
            "BCP 47",
        ),
    )


class PageQuery(Pinned):
    """The parameters of a page: the revision or release that it shows, and its language."""

    class Meta:
        exclude = ("as_of",)

    is_for_readers = True
    lang = page_language()


class LanguageQuery(Strict):
    """The parameter of a page that has no filter: that of a release, or of the documentation."""

    is_for_readers = True
    lang = page_language()


class ClaimListPageQuery(ClaimQuery):
    """The filters of the page with the claims of a list. A page has no formats."""

    class Meta:
        exclude = ("fields_", "format", "shape", "pretty", "bom", "hxl")

    is_for_readers = True
    lang = page_language()
