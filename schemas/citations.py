"""Queries of citations, and their styles."""

from collections.abc import Iterable
from typing import Any

from marshmallow import fields, validate

from schemas.fields import describe
from schemas.responses import Pinned, Strict

#: The styles and the media type of each.
STYLES = {
    "text": "text/plain; charset=utf-8",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "claimreview": "application/ld+json",
}
RELEASE_STYLES = ("text", "bibtex", "ris", "csl")


def media_type_of(style: str) -> str:
    """Return the media type of a style, without its charset."""
    return STYLES[style].partition(";")[0]


def style_field(styles: Iterable[str]) -> fields.String:
    about = "Style of the citation; the header `Accept` does the same (default: text)."
    return fields.String(validate=validate.OneOf(list(styles)), metadata=describe(about, "bibtex"))


class ClaimCitationQuery(Pinned):
    style = style_field(STYLES)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})  # a citation states its own day


class ReleaseCitationQuery(Strict):
    style = style_field(RELEASE_STYLES)
