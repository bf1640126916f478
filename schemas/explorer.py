"""The explorer: the state of its page, of a frame in another page, and of an oEmbed request."""

from typing import Any

from marshmallow import fields, validates_schema

from schemas.fields import Text, Word, describe
from schemas.pages import page_language
from schemas.pictures import FORM, PictureQuery
from schemas.responses import Count, Strict
from schemas.vocabularies import HARM

#: Every harm at once: for a list of claims, never for a figure.
ANY_HARM = "any"
#: Names that parameters had in earlier addresses.
RENAMED = {"side": "subject_side"}
LEAST_FRAME, MOST_FRAME, FRAME_WIDTH = 240, 2000, 800


class ExplorerQuery(PictureQuery):
    """The state of the page: what a picture shows, without the form of a picture."""

    class Meta:
        exclude = FORM

    harm = Word(
        [*HARM, ANY_HARM], load_default="killed",
        metadata=describe("The harm; harms are never added. `any`: every harm, in the table.", "killed"),
    )  # fmt: skip
    lang = page_language()

    @validates_schema(skip_on_field_errors=True)
    def check_view(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Accept a state that lacks a conflict or a claimant: the page then offers them."""


class OembedQuery(Strict):
    """The parameters of an oEmbed request, as https://oembed.com names them."""

    is_for_readers = True

    url = Text(longest=4000, required=True, metadata=describe("The address of a page of the explorer."))
    maxwidth = Count(1, 100_000, metadata=describe("Greatest width of the frame in pixels.", "640"))
    maxheight = Count(1, 100_000, metadata=describe("Greatest height of the frame in pixels.", "480"))
    format = fields.String(load_default="json", metadata=describe("Only `json`.", "json"))
