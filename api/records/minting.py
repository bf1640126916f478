"""Ids for records that come without one, made from what they say."""

import re
from typing import Any

from api.models import Record
from api.queries.search import fold
from api.records.nouns import NOUNS
from api.records.rows import keys
from schemas.fields import SLUG_LENGTH

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


def mint(noun: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documents, each with an id; those that have one keep it."""
    given = {document["id"] for document in documents if isinstance(document.get("id"), str)}
    return [
        document if "id" in document else {"id": _free(NOUNS[noun].model, _slug(noun, document), given), **document}
        for document in documents
    ]


def _slug(noun: str, document: dict[str, Any]) -> str:
    words = fold(" ".join(str(document[name]) for name in WORDS[noun] if document.get(name)))
    ascii_words = re.findall(r"[a-z0-9]+", words)
    return "-".join(ascii_words)[: SLUG_LENGTH - 8].strip("-") or noun.removesuffix("s")


def _free(model: type[Record], slug: str, given: set[str]) -> str:
    """The slug itself, or the first of slug-2, slug-3 … that is free."""
    number, candidate = 1, slug
    while candidate in given or keys(model, [candidate]):
        number += 1
        candidate = f"{slug}-{number}"
    given.add(candidate)
    return candidate
