"""How to cite."""

from marshmallow import fields, validate

from schemas.envelopes import Count, Strict
from schemas.fields import about

#: The styles and the media type of each.
STYLES = {
    "text": "text/plain; charset=utf-8",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "claimreview": "application/ld+json",
}
OF_RELEASES = ("text", "bibtex", "csl")


class ClaimCitationQuery(Strict):
    style = fields.String(
        load_default="text", validate=validate.OneOf(list(STYLES)), metadata=about("Form of the citation.", "bibtex")
    )
    revision = Count(1, 2_147_483_647, metadata=about("Revision to cite; the newest unless given.", "1"))


class ReleaseCitationQuery(Strict):
    style = fields.String(
        load_default="text",
        validate=validate.OneOf(list(OF_RELEASES)),
        metadata=about("Form of the citation.", "bibtex"),
    )
