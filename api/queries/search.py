"""Full text: one small grammar (words, "a phrase", -not) over our own folded text, compiled to each engine.

The text is folded the same way when written and when asked (NFKD, no marks, casefold, words apart by one space), so
that SQLite's FTS5 and PostgreSQL's tsvector find the same rows.
"""

import json
import re
import unicodedata
from typing import Any

from peewee import SQL, Expression, NodeList, fn

from api.db import is_pinned, is_postgres
from api.models import Record

# Letters of Azerbaijani and Turkish that NFKD leaves alone, though readers type them without.
UNMARKED = str.maketrans("əı", "ei")
#: All of ASCII that stands between words.
APART = str.maketrans({character: " " for character in map(chr, range(128)) if not character.isalnum()})
#: A number of four digits or more, together or by threes. One that begins with 0 is no number.
NUMBER = re.compile("[1-9][0-9]{3,}|[1-9][0-9]{0,2}( [0-9]{3})+")
TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


def fold(text: str) -> str:
    """Words in lower case, without marks, apart by one space: `Ağdərə, 2020` → `agdere 2020`."""
    if text.isascii():
        return " ".join(text.lower().translate(APART).split())
    unmarked = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    plain = unmarked.casefold().translate(UNMARKED)
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def spellings(phrase: str) -> tuple[str, str]:
    """A folded phrase and, where it is a whole number from 1000, its other spelling: `2300` and `2 300`."""
    digits = phrase.replace(" ", "")
    if not NUMBER.fullmatch(phrase):
        return phrase, phrase
    return phrase, digits if " " in phrase else f"{int(digits):,}".replace(",", " ")


class EmptyQuestion(Exception):
    """A search text without a single word."""


def terms(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases that must occur and phrases that must not. Raises `EmptyQuestion`."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in TERM.findall(text):
        if folded := fold(phrase or word):
            (unwanted if minus else wanted).append(folded)
    if not wanted and not unwanted:
        raise EmptyQuestion(text)
    return tuple(wanted), tuple(unwanted)


def bind(text: str) -> tuple[str | None, str | None]:
    """What must match and what must not, each in the engine's own language."""
    wanted, unwanted = terms(text)
    if is_pinned():
        return _folded(wanted), _folded(unwanted)
    return _expression(wanted, " AND ", " & "), _expression(unwanted, " OR ", " | ")


def _folded(phrases: tuple[str, ...]) -> str | None:
    return json.dumps([spellings(phrase) for phrase in phrases], ensure_ascii=False) if phrases else None


def _expression(phrases: tuple[str, ...], fts5: str, tsquery: str) -> str | None:
    if not phrases:
        return None
    either = [tuple(dict.fromkeys(spellings(phrase))) for phrase in phrases]
    if is_postgres():
        return tsquery.join("(" + " | ".join(map(_adjacent, each)) + ")" for each in either)
    return fts5.join("(" + " OR ".join(f'"{phrase}"' for phrase in each) + ")" for each in either)


def _adjacent(phrase: str) -> str:
    return "(" + " <-> ".join(f"'{word}'" for word in phrase.split()) + ")"


def holds(noun: type[Record], phrases: Any, every: bool) -> Any:
    """The same without an index, for tables as they were: the folded text holds every phrase, or any of them."""
    each = "jsonb_array_elements(CAST(%s AS jsonb)) AS told (value)" if is_postgres() else "json_each(?) AS told"
    lacks = "NOT " if every else ""
    parts = (
        SQL(f"{lacks}EXISTS (SELECT 1 FROM {each} WHERE {lacks}(", (phrases.value,)),
        noun.folded,
        SQL(f" LIKE {_spelt(0)} OR "),
        noun.folded,
        SQL(f" LIKE {_spelt(1)}))"),
    )
    return NodeList(parts, parens=True)


def _spelt(at: int) -> str:
    """The pattern of one of a phrase's two spellings: the value is a pair of them."""
    if is_postgres():
        return f"'%%' || ' ' || (told.value ->> {at}) || ' ' || '%%'"
    return f"'% ' || json_extract(told.value, '$[{at}]') || ' %'"


def matches(noun: type[Record], expression: Any) -> Any:
    """The condition that a row of `noun` matches `expression`, a value made by `bind`."""
    if is_postgres():
        simple = SQL("'simple'")
        return Expression(fn.to_tsvector(simple, noun.folded), "@@", fn.to_tsquery(simple, expression))
    index = f"{noun._meta.table_name}_search"
    return noun.id.in_(SQL(f"(SELECT rowid FROM {index} WHERE {index} MATCH ?)", (expression.value,)))
