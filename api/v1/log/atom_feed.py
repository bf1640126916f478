"""The Atom feed of changes (RFC 4287), newest first. A title says what changed, with the old and the new figure."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from api.change_log.entries import LoggedEntry

MEDIA_TYPE = "application/atom+xml"
NO_CHANGE_YET = "1970-01-01T00:00:00Z"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_feed(entries: list[tuple[LoggedEntry, str]], public_url: str, feed_url: str, licence: str) -> str:
    """Return the feed of the entries, each with its title."""
    updated = max((entry.made_at for entry, _ in entries), default=NO_CHANGE_YET)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<feed xmlns="http://www.w3.org/2005/Atom">',
            _write_element("id", f"{public_url}/v1/changes"),
            _write_element("title", "Counterclaim: changes"),
            _write_element("updated", updated),
            _write_element("rights", licence),
            f'<link rel="self" type="{MEDIA_TYPE}" href={quoteattr(feed_url)}/>',
            *(line for entry, title in entries for line in _write_entry(entry, title, public_url)),
            "</feed>\n",
        ]
    )


def _write_entry(entry: LoggedEntry, title: str, public_url: str) -> Iterable[str]:
    history = f"{public_url}/v1/{entry.record_type}/{entry.record}/history"
    named = f"{entry.record_type}/{entry.record}: {entry.operation}"
    changed = f"{named}, {', '.join(entry.changed)}." if entry.changed else f"{named}."
    yield "<entry>"
    yield _write_element("id", f"{history}#{entry.seq}")
    yield _write_element("title", title)
    yield _write_element("updated", entry.made_at)
    yield f"<author>{_write_element('name', entry.who)}</author>"
    yield f'<link rel="alternate" type="application/json" href={quoteattr(history)}/>'
    yield _write_element("summary", f"{entry.reason} {changed}".strip())
    yield "</entry>"


def _write_element(name: str, text: str) -> str:
    printable = NOT_XML.sub("\ufffd", text)
    return f"<{name}>{escape(printable)}</{name}>"
