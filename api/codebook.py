"""The codebook: every field of every record type, and every closed list, as the schemas define them."""

import functools
from typing import Any

from marshmallow import Schema, fields

from schemas.claimants import ClaimantOut
from schemas.claims import ClaimOut
from schemas.conflicts import ConflictOut
from schemas.datasets import DatasetOut
from schemas.events import EventOut
from schemas.fields import Grade, Word
from schemas.labels import list_labels
from schemas.log import ChangeOut
from schemas.relations import RelationOut
from schemas.reports import ReportOut
from schemas.sides import SideOut
from schemas.sources import SourceOut
from schemas.statistics.casualties import BASES, POLICIES, REASONS, STANCES
from schemas.statistics.figure_check import RELATIONS, VERDICTS
from schemas.statistics.reporting_delay import EXPLANATIONS
from schemas.statistics.stance_matrix import RATIO_REASONS
from schemas.statistics.time_series import BREAKS, STANDING
from schemas.vocabularies import VOCABULARIES, Vocabulary

RECORD_TYPES: dict[str, type[Schema]] = {
    "claims": ClaimOut,
    "reports": ReportOut,
    "relations": RelationOut,
    "events": EventOut,
    "conflicts": ConflictOut,
    "sides": SideOut,
    "claimants": ClaimantOut,
    "sources": SourceOut,
    "datasets": DatasetOut,
    "changes": ChangeOut,
}


#: Every closed list: of records, then of statistics.
LISTS: tuple[Vocabulary, ...] = (
    *VOCABULARIES, BASES, POLICIES, STANCES, REASONS, RATIO_REASONS, BREAKS, STANDING, VERDICTS, RELATIONS,
    EXPLANATIONS,
)  # fmt: skip


@functools.cache
def build_codebook(language: str) -> dict[str, Any]:
    """Return the codebook with the labels of a language. Meanings are in English."""
    lists = [
        {
            "list": vocabulary.name,
            "about": vocabulary.description,
            "origin": vocabulary.origin,
            "words": _list_words(vocabulary, language),
        }
        for vocabulary in LISTS
    ]
    record_types = [
        {"noun": record_type, "fields": _list_fields(schema())} for record_type, schema in RECORD_TYPES.items()
    ]
    return {"lang": language, "nouns": record_types, "lists": lists}


def _list_words(vocabulary: Vocabulary, language: str) -> list[dict[str, str]]:
    return [
        {"word": word, "label": label.label, "plural": label.plural, "meaning": vocabulary[word]}
        for word, label in list_labels(vocabulary, language).items()
    ]


def _list_fields(schema: Schema) -> list[dict[str, Any]]:
    return [
        {
            "field": name,
            "meaning": field.metadata["description"],
            "origin": field.metadata["x-origin"],
            "null": bool(field.allow_none),
            "list": _find_list(field),
        }
        for name, field in schema.fields.items()
    ]


def _find_list(field: fields.Field[Any]) -> str | None:
    """Return the name of the closed list whose words the field accepts, or None."""
    inner = field.inner if isinstance(field, fields.List) else field
    if isinstance(inner, Word | Grade) and isinstance(inner.words, Vocabulary):
        return inner.words.name
    return None
