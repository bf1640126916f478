"""How to cite."""

from typing import Any

from marshmallow import fields, validate

from schemas.envelopes import Pinned, Strict
from schemas.fields import about

#: The styles and the media type of each.
STYLES = {
    "text": "text/plain; charset=utf-8",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "claimreview": "application/ld+json",
}
OF_RELEASES = ("text", "bibtex", "csl")


class ClaimCitationQuery(Pinned):
    style = fields.String(
        load_default="text", validate=validate.OneOf(list(STYLES)), metadata=about("Form of the citation.", "bibtex")
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})  # a citation tells when it was said


class ReleaseCitationQuery(Strict):
    style = fields.String(
        load_default="text",
        validate=validate.OneOf(list(OF_RELEASES)),
        metadata=about("Form of the citation.", "bibtex"),
    )
