"""Full-text search: a small grammar (words, "a phrase", -not) over folded text, compiled for each engine.

Records and search texts are folded the same way (plain letters and digits in lower case, one space between words), so
that SQLite's FTS5 and PostgreSQL's tsvector find the same rows. A change of the folding needs a migration that lists
the search text as stale, as `0014_search_letters` does.
"""

import functools
import json
import re
from typing import Any

from peewee import SQL, Expression, NodeList, fn

from api.database.connection import is_postgres
from api.database.models import Record
from api.database.snapshot import has_older_rows
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


def bind_terms(text: str) -> tuple[str | None, ...]:
    """Return what must match and what must not, in the query language of the engine, and then both as JSON.

    Raises `EmptySearchError`.
    """
    required, forbidden = parse_terms(text)
    expressions = _search_expression(required, " AND ", " & "), _search_expression(forbidden, " OR ", " | ")
    return *expressions, _phrases_as_json(required), _phrases_as_json(forbidden)


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


def match_terms(
    model: type[Record], required: Any, forbidden: Any, required_phrases: Any, forbidden_phrases: Any
) -> Any:
    """Return the condition that a row of `model` matches the values of `bind_terms`."""
    table = model._meta.table_name
    # SQLite's index has the text of current rows, PostgreSQL's versions are found by their own text.
    is_index_whole = is_postgres() or not has_older_rows(table)
    conditions = []
    if required is not None and is_index_whole:
        conditions.append(_match_index(model, required))
    elif required is not None:
        conditions.append(_match_index(model, required, f" UNION ALL SELECT id FROM older_{table}"))
        conditions.append(_contains_phrases(model, required_phrases, every=True))
    if forbidden is not None and is_index_whole:
        conditions.append(~_match_index(model, forbidden))
    elif forbidden is not None:
        conditions.append(~_contains_phrases(model, forbidden_phrases, every=False))
    return functools.reduce(lambda first, second: first & second, conditions)


def _match_index(model: type[Record], expression: Any, more_keys: str = "") -> Any:
    """Return the condition that the index has a row for `expression`, or on SQLite that it is one of `more_keys`."""
    if is_postgres():
        simple = SQL("'simple'")
        return Expression(fn.to_tsvector(simple, model.folded), "@@", fn.to_tsquery(simple, expression))
    index = f"{model._meta.table_name}_search"
    return model.id.in_(SQL(f"(SELECT rowid FROM {index} WHERE {index} MATCH ?{more_keys})", (expression.value,)))


def _contains_phrases(model: type[Record], phrases: Any, every: bool) -> Any:
    """Return SQLite's condition that the folded text has every phrase, or any of them, without an index."""
    lacks = "NOT " if every else ""
    parts = (
        SQL(f"{lacks}EXISTS (SELECT 1 FROM json_each(?) AS sent WHERE {lacks}(", (phrases.value,)),
        model.folded,
        SQL(f" LIKE {_spelling_pattern(0)} OR "),
        model.folded,
        SQL(f" LIKE {_spelling_pattern(1)}))"),
    )
    return NodeList(parts, parens=True)


def _spelling_pattern(position: int) -> str:
    """Return the LIKE pattern of one of the two spellings of a phrase."""
    return f"'% ' || json_extract(sent.value, '$[{position}]') || ' %'"
