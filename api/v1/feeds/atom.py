"""Write a feed as Atom (RFC 4287)."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from api.v1.feeds.feed_parts import Feed, FeedEntry

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ATOM, JSON, HTML = "application/atom+xml", "application/json", "text/html"


def write_atom(feed: Feed, pretty: bool = False) -> str:
    """Return the feed as Atom. It is always indented."""
    lines = [
        _write_element("id", feed.address),
        _write_element("title", feed.title),
        _write_element("updated", feed.updated),
        _write_element("rights", feed.licence),
        f"<author>{_write_element('name', 'Counterclaim')}{_write_element('uri', feed.site)}</author>",
        _write_link("self", ATOM, feed.address),
        _write_link("alternate", "", feed.answer),
        *(line for entry in feed.entries for line in _write_entry(entry)),
    ]
    head = '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
    return "\n".join([head, *lines, "</feed>\n"])


def _write_entry(entry: FeedEntry) -> Iterable[str]:
    yield "<entry>"
    yield _write_element("id", entry.id)
    yield _write_element("title", entry.title)
    yield _write_element("updated", entry.updated)
    yield f"<author>{_write_element('name', entry.author)}</author>"
    if entry.page:
        yield _write_link("alternate", HTML, entry.page)
    yield _write_link("alternate", JSON if entry.page else "", entry.data)
    yield _write_element("content", entry.content, ' type="text"')
    yield "</entry>"


def _write_link(relation: str, media_type: str, address: str) -> str:
    """Return a link. Without a media type: a reader takes no typed link but one of HTML as that of an entry."""
    kind = f' type="{media_type}"' if media_type else ""
    return f'<link rel="{relation}"{kind} href={quoteattr(address)}/>'


def _write_element(name: str, text: str, attributes: str = "") -> str:
    printable = NOT_XML.sub("\ufffd", text)
    return f"<{name}{attributes}>{escape(printable)}</{name}>"
