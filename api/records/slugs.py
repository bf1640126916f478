"""Ids for records that come without one, built from their fields."""

import re
import unicodedata
from typing import Any

from api.database.models import Record
from api.records.record_types import RECORD_TYPES
from api.records.row_mapping import find_keys
from schemas.fields import RESERVED, SLUG_LENGTH

#: The fields whose words make the id of a record, by type.
WORDS: dict[str, tuple[str, ...]] = {
    "conflicts": ("name",),
    "sides": ("name",),
    "claimants": ("name",),
    "sources": ("publisher", "published_on", "title"),
    "events": ("name",),
    "claims": ("claimant", "stated_on", "event", "subject_side", "harm", "kind"),
    "reports": ("claim", "source"),
    "relations": ("claim", "kind", "target"),
}

#: Letters of Azerbaijani and Turkish that have no plain letter in Unicode.
PLAIN_LETTERS = str.maketrans("əı", "ei")
SLUG_WORD = re.compile("[a-z0-9]+")
LONGEST = 500  # characters of one field that are read before validation


def mint_slugs(record_type: str, documents: list[Any]) -> list[Any]:
    """Return the documents, each record with an id. An existing id stays."""
    records = [document for document in documents if isinstance(document, dict)]
    free = _FreeSlugs(
        RECORD_TYPES[record_type].model, {document["id"] for document in records if isinstance(document.get("id"), str)}
    )
    return [
        {"id": free.pick_slug(_build_slug(record_type, document)), **document}
        if isinstance(document, dict) and "id" not in document
        else document
        for document in documents
    ]


def _build_slug(record_type: str, document: dict[str, Any]) -> str:
    # Folding unbounded text costs minutes.
    words, _ = ascii_words(" ".join(str(document[name])[:LONGEST] for name in WORDS[record_type] if document.get(name)))
    return words[: SLUG_LENGTH - 8].strip("-") or record_type.removesuffix("s")


def ascii_words(text: str) -> tuple[str, bool]:
    """Return the ASCII words of a text, joined by hyphens, and whether the text has only ASCII letters.

    Search knows more letters (`api.listings.search_letters`). Here they would change the ids of imported records.
    """
    if text.isascii():
        return "-".join(SLUG_WORD.findall(text.lower())), True
    separate_letters = unicodedata.normalize("NFKD", text)
    unmarked = "".join(letter for letter in separate_letters if not unicodedata.combining(letter))
    plain = unmarked.casefold().translate(PLAIN_LETTERS)
    is_ascii = all(letter.isascii() for letter in plain if letter.isalnum())
    return "-".join(SLUG_WORD.findall(plain)), is_ascii


class _FreeSlugs:
    """Slugs that neither a record nor a document of the request has."""

    def __init__(self, model: type[Record], taken: set[str]) -> None:
        self.model, self.taken = model, taken
        self.numbers: dict[str, int] = {}  # the highest number in use, by slug without number

    def pick_slug(self, slug: str) -> str:
        """Return the slug, or the first of slug-2, slug-3 … that is free."""
        number, candidate = self.numbers.get(slug, 0), slug
        while number == 0 or candidate in RESERVED or candidate in self.taken or find_keys(self.model, [candidate]):
            number += 1
            candidate = f"{slug}-{number}" if number > 1 else slug
        self.numbers[slug] = number
        self.taken.add(candidate)
        return candidate
