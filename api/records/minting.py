"""Ids for records that come without one, made from what they say."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from api.db import tuples
from api.models import Record
from api.queries.search import fold
from api.records.faults import Fault
from api.records.nouns import NOUNS
from api.records.rows import keys
from schemas.fields import RESERVED, SLUG_LENGTH

#: The fields whose words make the id of a record of each noun.
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


#: The fields by which a record is the very one that is there, if all of them are equal.
SAME: dict[str, tuple[str, ...]] = {
    "claimants": ("name",),
    "sources": ("publisher", "title", "published_on", "url"),
}
LONGEST = 500  # characters of one field that are read before it was validated


def mint(noun: str, given: list[Any]) -> list[Any]:
    """What was given, each record of it with an id; those that have one keep it."""
    records = [document for document in given if isinstance(document, dict)]
    free = _Free(NOUNS[noun].model, {document["id"] for document in records if isinstance(document.get("id"), str)})
    return [
        {"id": free.one(_slug(noun, document)), **document}
        if isinstance(document, dict) and "id" not in document
        else document
        for document in given
    ]


def _slug(noun: str, document: dict[str, Any]) -> str:
    # Folding unbounded text costs minutes.
    words, _ = ascii_words(" ".join(str(document[name])[:LONGEST] for name in WORDS[noun] if document.get(name)))
    return words[: SLUG_LENGTH - 8].strip("-") or noun.removesuffix("s")


def ascii_words(text: str) -> tuple[str, bool]:
    """The words of a text joined by hyphens, as far as ASCII has their letters, and whether that is all of them."""
    folded = fold(text)
    return "-".join(re.findall(r"[a-z0-9]+", folded)), folded.replace(" ", "").isascii()


def repeating(noun: str, given: list[Any]) -> Iterator[Fault]:
    """A fault for each record without an id that says just what a standing one, or one before it, says."""
    seen: dict[tuple[str, ...], str] = {}
    for position, document in enumerate(given if noun in SAME else ()):
        if isinstance(document, dict) and "id" not in document:
            told = _told(noun, document)
            if told[0] and (there := seen.get(told) or _same(noun, document, told)):
                message = f"is all as in {there}: use that record, or give this one an id of its own."
                yield Fault(noun, position, SAME[noun][0], message)
            seen.setdefault(told, f"/{position}")


def _told(noun: str, document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", str(document.get(name) or "")[:LONGEST]) for name in SAME[noun])


def _same(noun: str, document: dict[str, Any], told: tuple[str, ...]) -> str | None:
    """The id of the standing record that says the same: it has the id that the document would get."""
    model, slug = NOUNS[noun].model, _slug(noun, document)
    columns = [getattr(model, name) for name in SAME[noun]]
    found = tuples(model.select(*columns).where(model.slug == slug, model.status == "active"))
    return slug if found and tuple(value or "" for value in found[0]) == told else None


class _Free:
    """Slugs that no record has, nor any that was given."""

    def __init__(self, model: type[Record], given: set[str]) -> None:
        self.model, self.given = model, given
        self.numbers: dict[str, int] = {}  # up to which the slugs of these words are known to be taken

    def one(self, slug: str) -> str:
        """The slug itself, or the first of slug-2, slug-3 … that is free."""
        number, candidate = self.numbers.get(slug, 0), slug
        while number == 0 or candidate in RESERVED or candidate in self.given or keys(self.model, [candidate]):
            number += 1
            candidate = f"{slug}-{number}" if number > 1 else slug
        self.numbers[slug] = number
        self.given.add(candidate)
        return candidate
