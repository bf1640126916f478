"""The codebook: every field of every noun, and every closed list, as the schemas tell them."""

import functools
from typing import Any

from marshmallow import Schema, fields

from schemas.claimants import ClaimantOut
from schemas.claims import ClaimOut, RelationOut, ReportOut
from schemas.conflicts import ConflictOut
from schemas.events import EventOut
from schemas.fields import Grade, Word
from schemas.log import ChangeOut
from schemas.sides import SideOut
from schemas.sources import SourceOut
from schemas.vocab import VOCABULARIES, Vocabulary

NOUNS: dict[str, type[Schema]] = {
    "claims": ClaimOut,
    "reports": ReportOut,
    "relations": RelationOut,
    "events": EventOut,
    "conflicts": ConflictOut,
    "sides": SideOut,
    "claimants": ClaimantOut,
    "sources": SourceOut,
    "changes": ChangeOut,
}


@functools.cache
def codebook() -> dict[str, Any]:
    words = [
        {"list": found.name, "about": found.about, "origin": found.origin, "words": _meanings(found)}
        for found in VOCABULARIES
    ]
    nouns = [{"noun": noun, "fields": _fields(schema())} for noun, schema in NOUNS.items()]
    return {"nouns": nouns, "lists": words}


def _meanings(words: Vocabulary) -> list[dict[str, str]]:
    return [{"word": word, "meaning": meaning} for word, meaning in words.items()]


def _fields(schema: Schema) -> list[dict[str, Any]]:
    return [
        {
            "field": name,
            "meaning": field.metadata["description"],
            "origin": field.metadata["x-origin"],
            "null": bool(field.allow_none),
            "list": _list_of(field),
        }
        for name, field in schema.fields.items()
    ]


def _list_of(field: fields.Field[Any]) -> str | None:
    """The name of the closed list whose words the field takes."""
    inner = field.inner if isinstance(field, fields.List) else field
    if isinstance(inner, Word | Grade) and isinstance(inner.words, Vocabulary):
        return inner.words.name
    return None
