"""Changes as an Atom feed (RFC 4287), newest first, for readers that watch."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from api.queries.changes import Logged

MEDIA_TYPE = "application/atom+xml"
NEVER = "1970-01-01T00:00:00Z"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(entries: list[Logged], public_url: str, own_url: str, licence: str) -> str:
    updated = max((entry.made_at for entry in entries), default=NEVER)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            '<feed xmlns="http://www.w3.org/2005/Atom">',
            _text("id", f"{public_url}/v1/changes"),
            _text("title", "Counterclaim: changes"),
            _text("updated", updated),
            _text("rights", licence),
            f'<link rel="self" type="{MEDIA_TYPE}" href={quoteattr(own_url)}/>',
            *(line for entry in entries for line in _entry(entry, public_url)),
            "</feed>\n",
        ]
    )


def _entry(entry: Logged, public_url: str) -> Iterable[str]:
    history = f"{public_url}/v1/{entry.noun}/{entry.record}/history"
    changed = f"Fields: {', '.join(entry.changed)}." if entry.changed else ""
    yield "<entry>"
    yield _text("id", f"{history}#{entry.seq}")
    yield _text("title", f"{entry.operation} {entry.noun}/{entry.record}")
    yield _text("updated", entry.made_at)
    yield f"<author>{_text('name', entry.who)}</author>"
    yield f'<link rel="alternate" type="application/json" href={quoteattr(history)}/>'
    yield _text("summary", f"{entry.reason} {changed}".strip())
    yield "</entry>"


def _text(name: str, text: str) -> str:
    printable = NOT_XML.sub("\ufffd", text)
    return f"<{name}>{escape(printable)}</{name}>"
