"""How well a record fits a name and stated facts, from 0 to 100. The same query always has the same scores.

100 is only for the id or a name of the record, in the letters that search takes for one. A misspelt name, one in other
letters and a part of a name have less, whatever they are: a person must confirm them.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from api.listings.full_text import fold_text
from api.name_matching.matched_types import Document, Property
from api.name_matching.sounds import sound_words

EXACT = 100.0
MOST_ALIKE = 99.0  # of any name that is not the same
OTHER_ORDER = 0.98  # the same words in another order
OTHER_LETTERS = 0.93  # the same sounds in other letters
HINT = 0.9  # a name that other records share: its place or publisher
PART_LEAST, PART_MORE = 0.6, 0.35  # a part of a name: by the share of its letters
ALIKE_FACT = 88.0  # percent of the letters at which a stated fact agrees
PENALTY = 0.25  # of the score, if every stated fact differs


class NameQuery(NamedTuple):
    """A name as it was sent, prepared for comparing."""

    folded: str
    sounds: str

    @classmethod
    def prepare(cls, text: str) -> "NameQuery":
        return cls(fold_text(text), " ".join(sound_words(text)))


def score_record(query: NameQuery, slug: str, names: Iterable[str], hints: Iterable[str]) -> float:
    """Return the score of the best of the names, or a part of that of the best hint. An id counts only as a whole."""
    if query.folded == fold_text(slug):
        return EXACT
    of_hints = [HINT * _score_name(query, hint) for hint in hints if hint]
    return max([_score_name(query, name) for name in names if name] + of_hints, default=0.0)


def _score_name(query: NameQuery, text: str) -> float:
    name = NameQuery.prepare(text)
    return EXACT if name.folded == query.folded else _score_alike(query, name)


def _score_alike(query: NameQuery, name: NameQuery) -> float:
    same_letters = _score_texts(query.folded, name.folded)
    other_letters = OTHER_LETTERS * _score_texts(query.sounds, name.sounds)
    return min(MOST_ALIKE, max(same_letters, other_letters))


def _score_texts(sent: str, name: str) -> float:
    from rapidfuzz import fuzz  # imported here, because commands never need it

    if not sent or not name:
        return 0.0
    part = PART_LEAST + PART_MORE * min(len(sent), len(name)) / max(len(sent), len(name))
    return max(
        fuzz.ratio(sent, name),
        OTHER_ORDER * fuzz.token_sort_ratio(sent, name),
        part * fuzz.token_set_ratio(sent, name),
    )


class Fact(NamedTuple):
    """A fact that a query states: a property and the texts or ids that it may have."""

    property: Property
    values: tuple[str, ...]


def compare_fact(fact: Fact, record: Document, above: Iterable[str] = ()) -> bool | None:
    """Return whether a record has the fact. Return None where the record does not say.

    `above`: ids and names of the conflicts of which that of the record is a phase.
    """
    known = [text for field in fact.property.fields for text in _list_texts(record[field])]
    if not known:
        return None
    if fact.property.id == "day":
        return any(_is_within(value, min(known), max(known)) for value in fact.values)
    if fact.property.id in ("conflict", "parent"):
        known += above
    return any(_is_alike(value, text) for value in fact.values for text in known)


def lower_score(score: float, agreements: Iterable[bool | None]) -> float:
    """Return the score of the name after facts were compared: each one that differs takes a part of it."""
    answers = list(agreements)
    if not answers:
        return score
    return score * (1 - PENALTY * sum(answer is False for answer in answers) / len(answers))


def _list_texts(value: Any) -> list[str]:
    """Return the texts of a field: a reference has its id and its name."""
    if isinstance(value, dict):
        return [value["id"], value["name"]]
    if isinstance(value, list):
        return [text for entry in value for text in _list_texts(entry)]
    return [str(value)] if value not in (None, "") else []


def _is_alike(value: str, text: str) -> bool:
    from rapidfuzz import fuzz

    folded, known = fold_text(value), fold_text(text)
    return bool(folded) and (folded == known or (len(folded) > 3 and fuzz.ratio(folded, known) >= ALIKE_FACT))


def _is_within(value: str, first: str, last: str) -> bool:
    """Return whether a day, month or year touches the days from first to last: `2020-10` touches 2020-10-17."""
    start = value[:10]
    return first[: len(start)] <= start <= last[: len(start)]
