"""A feed as JSON Feed 1.1."""

from marshmallow import fields, validate

from schemas.fields import describe
from schemas.responses import Strict

ORIGIN = "JSON Feed 1.1"


class FeedAuthorOut(Strict):
    name = fields.String(metadata=describe("Name.", "import", ORIGIN))
    url = fields.String(
        metadata=describe("Address of the author.", "http://127.0.0.1:8000", ORIGIN, x_absent="at an entry")
    )


AUTHORS = fields.List(
    fields.Nested(FeedAuthorOut),
    metadata=describe("Who wrote: the id of a key; or `seed`, `import`, `editor`.", None, ORIGIN),
)


class FeedItemOut(Strict):
    id = fields.String(
        metadata=describe(
            "Id of the entry. It never changes.",
            "http://127.0.0.1:8000/v1/claims/putin-2020-10-22-all-killed/history#17",
            ORIGIN,
        )
    )
    url = fields.String(
        metadata=describe("Address for people.", "http://127.0.0.1:8000/claims/putin-2020-10-22-all-killed", ORIGIN)
    )
    external_url = fields.String(
        metadata=describe(
            "Address for programs.", "http://127.0.0.1:8000/v1/claims/putin-2020-10-22-all-killed/history", ORIGIN
        )
    )
    title = fields.String(
        metadata=describe("The change in words.", "Ministry of Alpha: 12 people of Alpha killed; before: 10", ORIGIN)
    )
    content_text = fields.String(metadata=describe("Why, and what changed, as plain text.", "Corrected.", ORIGIN))
    date_published = fields.DateTime(metadata=describe("When it was written.", "2026-01-31T12:00:00Z", ORIGIN))
    date_modified = fields.DateTime(metadata=describe("The same.", "2026-01-31T12:00:00Z", ORIGIN))
    authors = AUTHORS


class JsonFeedOut(Strict):
    """A feed: what changed in the answer to a question, newest first."""

    version = fields.String(
        validate=validate.OneOf(["https://jsonfeed.org/version/1.1"]),
        metadata=describe("Version of the format.", "https://jsonfeed.org/version/1.1", ORIGIN),
    )
    title = fields.String(metadata=describe("The question.", "Counterclaim: claims, harm killed", ORIGIN))
    home_page_url = fields.String(
        metadata=describe("Address of the answer as JSON.", "http://127.0.0.1:8000/v1/claims?harm=killed", ORIGIN)
    )
    feed_url = fields.String(
        metadata=describe("Address of the feed.", "http://127.0.0.1:8000/v1/claims.jsonfeed?harm=killed", ORIGIN)
    )
    description = fields.String(metadata=describe("The licence.", "Licence: CC BY 4.0.", ORIGIN))
    authors = AUTHORS
    language = fields.String(metadata=describe("Language of the titles.", "en", ORIGIN))
    items = fields.List(fields.Nested(FeedItemOut), metadata=describe("The entries, newest first.", None, ORIGIN))
