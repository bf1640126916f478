"""The pages of records: which record types have one, and the parameters of a page."""

from marshmallow import fields, validate

from schemas.claims import ClaimQuery
from schemas.fields import describe
from schemas.language_files import DEFAULT_LANGUAGE, LANGUAGES
from schemas.responses import Pinned

#: Record types with a page at `/<type>/<id>`.
PAGE_TYPES = ("claims", "events", "conflicts", "sides", "claimants", "sources", "datasets")


class PageQuery(Pinned):
    """The parameters of a page: the revision or release that it shows."""

    class Meta:
        exclude = ("as_of",)


class ClaimPageQuery(PageQuery):
    lang = fields.String(
        validate=validate.OneOf(LANGUAGES),
        load_default=DEFAULT_LANGUAGE,
        metadata=describe("Language of labels and sentences.", DEFAULT_LANGUAGE, "BCP 47"),
    )


class ClaimListPageQuery(ClaimQuery):
    """The filters of the page with the first claims of a list. A page has neither formats nor a second page."""

    class Meta:
        exclude = ("cursor", "fields_", "format", "shape", "pretty", "bom", "hxl")
