"""Write a feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from typing import Any

from api.http.formats import json_bytes
from api.v1.feeds.feed_parts import Feed, FeedEntry

VERSION = "https://jsonfeed.org/version/1.1"


def write_json_feed(feed: Feed, pretty: bool = False) -> bytes:
    """Return the feed as JSON. The format has no field for rights, so that the description names the licence."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.answer,
        "feed_url": feed.address,
        "description": f"Licence: {feed.licence}.",
        "authors": [{"name": "Counterclaim", "url": feed.site}],
        "language": "en",
        "items": [_build_item(entry) for entry in feed.entries],
    }
    return json_bytes(document, pretty)


def _build_item(entry: FeedEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.page or entry.data,
        "external_url": entry.data,
        "title": entry.title,
        "content_text": entry.content,
        "date_published": entry.updated,
        "date_modified": entry.updated,
        "authors": [{"name": entry.author}],
    }
