"""Full-text search: a small grammar (words, "a phrase", -not) over folded text, compiled for each engine.

Records and search texts are folded the same way (plain letters and digits in lower case, one space between words), so
that SQLite's FTS5 and PostgreSQL's tsvector find the same rows. A change of the folding needs a migration that lists
the search text as stale, as `0014_search_letters` does.
"""

import json
import re
from typing import Any

from peewee import SQL, Expression, NodeList, fn

from api.database.connection import is_pinned, is_postgres
from api.database.models import Record
from api.listings.search_letters import fold_letters

#: All ASCII characters that separate words, as spaces.
SEPARATORS = str.maketrans({character: " " for character in map(chr, range(128)) if not character.isalnum()})
#: A number of four digits or more, with or without a space before every three: `2300`, `2 300`, but not `0300`.
NUMBER = re.compile("[1-9][0-9]{3,}|[1-9][0-9]{0,2}( [0-9]{3})+")
TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


def fold_text(text: str) -> str:
    """Return the words in plain lower-case letters, separated by one space: `Ağdərə, 2020` → `agdere 2020`."""
    if text.isascii():
        return " ".join(text.lower().translate(SEPARATORS).split())
    return " ".join(fold_letters(text).split())


def number_spellings(phrase: str) -> tuple[str, str]:
    """Return a folded phrase twice, or a whole number from 1000 in both spellings: `2300` and `2 300`."""
    digits = phrase.replace(" ", "")
    if not NUMBER.fullmatch(phrase):
        return phrase, phrase
    return phrase, digits if " " in phrase else f"{int(digits):,}".replace(",", " ")


class EmptySearchError(Exception):
    """A search text without a single word."""


def parse_terms(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the phrases that must occur and those that must not. Raises `EmptySearchError`."""
    required: list[str] = []
    forbidden: list[str] = []
    for minus, phrase, word in TERM.findall(text):
        if folded := fold_text(phrase or word):
            (forbidden if minus else required).append(folded)
    if not required and not forbidden:
        raise EmptySearchError(text)
    return tuple(required), tuple(forbidden)


def bind_terms(text: str) -> tuple[str | None, str | None]:
    """Return what must match and what must not, in the query language of the engine. Raises `EmptySearchError`."""
    required, forbidden = parse_terms(text)
    if is_pinned():
        return _phrases_as_json(required), _phrases_as_json(forbidden)
    return _search_expression(required, " AND ", " & "), _search_expression(forbidden, " OR ", " | ")


def _phrases_as_json(phrases: tuple[str, ...]) -> str | None:
    return json.dumps([number_spellings(phrase) for phrase in phrases], ensure_ascii=False) if phrases else None


def _search_expression(phrases: tuple[str, ...], fts5: str, tsquery: str) -> str | None:
    if not phrases:
        return None
    alternatives = [tuple(dict.fromkeys(number_spellings(phrase))) for phrase in phrases]
    if is_postgres():
        return tsquery.join("(" + " | ".join(map(_adjacent_words, each)) + ")" for each in alternatives)
    return fts5.join("(" + " OR ".join(f'"{phrase}"' for phrase in each) + ")" for each in alternatives)


def _adjacent_words(phrase: str) -> str:
    return "(" + " <-> ".join(f"'{word}'" for word in phrase.split()) + ")"


def contains_phrases(model: type[Record], phrases: Any, every: bool) -> Any:
    """Return the condition that the folded text has every phrase, or any of them, without an index.

    Pinned snapshots need it: tables of a past revision have no index.
    """
    each = "jsonb_array_elements(CAST(%s AS jsonb)) AS sent (value)" if is_postgres() else "json_each(?) AS sent"
    lacks = "NOT " if every else ""
    parts = (
        SQL(f"{lacks}EXISTS (SELECT 1 FROM {each} WHERE {lacks}(", (phrases.value,)),
        model.folded,
        SQL(f" LIKE {_spelling_pattern(0)} OR "),
        model.folded,
        SQL(f" LIKE {_spelling_pattern(1)}))"),
    )
    return NodeList(parts, parens=True)


def _spelling_pattern(position: int) -> str:
    """Return the LIKE pattern of one of the two spellings of a phrase."""
    if is_postgres():
        return f"'%%' || ' ' || (sent.value ->> {position}) || ' ' || '%%'"
    return f"'% ' || json_extract(sent.value, '$[{position}]') || ' %'"


def match_index(model: type[Record], expression: Any) -> Any:
    """Return the condition that a row of `model` matches `expression`, a value of `bind_terms`."""
    if is_postgres():
        simple = SQL("'simple'")
        return Expression(fn.to_tsvector(simple, model.folded), "@@", fn.to_tsquery(simple, expression))
    index = f"{model._meta.table_name}_search"
    return model.id.in_(SQL(f"(SELECT rowid FROM {index} WHERE {index} MATCH ?)", (expression.value,)))
