"""The texts of a page, and the words in them that are neither recorded nor of the language of the page."""

import html
import re
from collections.abc import Callable, Iterable
from typing import Any

from schemas.pages import PAGE_TYPES

#: Names of formats, of commands and of this site, in every language.
NAMES = frozenset(
    "Counterclaim CSV XLSX JSON SVG PNG GeoJSON RIS BibTeX CSL ClaimReview schema org curl RSS API"
    " OpenStreetMap Natural Earth Leaflet CC BY redacted XML HTML SQLite".split()
)
#: Attributes that a reader sees or hears.
SPOKEN = re.compile(r'\s(?:aria-label|title|alt|placeholder|content|data-label|data-meaning)="([^"]*)"')
#: Elements whose content is no text of the page, or is said to be in English or of a record.
SILENT = re.compile(r"<(script|style|code|q|blockquote|pre|svg)\b.*?</\1>", re.DOTALL)
#: Links, and what `meta` says to programs: addresses, sizes and kinds.
FOR_MACHINES = re.compile(
    r'<(meta|link)[^>]*(?:name="(viewport|color|twitter|robots)|property="og:(?!title|description|image:alt)|rel=)[^>]*>'
)
ENGLISH = re.compile(r'<(\w+)[^>]*\slang="en"[^>]*>.*?</\1>', re.DOTALL)
LATIN = re.compile(r"[A-Za-z][A-Za-z'’]{2,}")


def read_plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def read_visible(page: str) -> str:
    """Return the text of the body, without what is in English by its own word."""
    return html.unescape(re.sub(r"<[^>]*>", " ", ENGLISH.sub(" ", SILENT.sub(" ", _find_body(page)))))


def _find_body(page: str) -> str:
    return page.partition("<body")[2].partition(">")[2]


def list_recorded_texts(read: Callable[[str], dict[str, Any]]) -> list[str]:
    """Return every text of every record, the longest first: names, words, notes, reasons, ids.

    `read` returns the JSON of an address.
    """
    texts: set[str] = set()
    for record_type in (*PAGE_TYPES, "reports", "relations"):
        texts.update(_list_texts(read(f"/v1/{record_type}?limit=1000")["data"]))
    texts.update(_list_texts(read("/v1/claims?limit=1000&status=superseded,retracted")["data"]))
    entries = read("/v1/changes?limit=1000")["data"]
    texts.update(entry[name] for entry in entries for name in ("who", "reason"))
    return sorted(texts, key=len, reverse=True)


def _list_texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _list_texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _list_texts(each)


def find_foreign_words(page: str, recorded: Iterable[str]) -> list[str]:
    """Return the words in Latin letters that a reader of a Russian page meets, without names of ours and records."""
    kept = ENGLISH.sub(" ", SILENT.sub(" ", page))
    title = " ".join(re.findall(r"<title>(.*?)</title>", kept, re.DOTALL))
    spoken = " ".join(SPOKEN.findall(FOR_MACHINES.sub("", kept)))
    text = html.unescape(" ".join([title, re.sub(r"<[^>]*>", " ", _find_body(kept)), spoken]))
    for each in recorded:
        if len(each) > 2 and each in text:
            text = text.replace(each, " ")
    return sorted({word for word in LATIN.findall(text) if word not in NAMES})
