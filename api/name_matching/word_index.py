"""Candidates for a name: records that share words with it, also misspelt ones, from an index in memory.

The index of a record type has the words of all its names, as they sound, and the keys of the records. It only finds
candidates, and scores come from the records themselves. So a word that a record has lost does no harm: a new revision
adds what it changed. After a redaction the index is read again, so that no erased word stays.
"""

import heapq
import json
import math
import threading
from array import array
from collections import defaultdict
from typing import Any, NamedTuple

from api.database.connection import database
from api.database.models import Record
from api.database.statements import fetch_tuples
from api.history.revisions import current_revision, newest_redaction
from api.listings.nearest_ids import LISTS, NAME_COLUMNS
from api.name_matching.sounds import sound_words

MOST_WORDS = 16  # of a query; the rest is not looked up
SIMILAR_WORDS = 8  # of the index, for each word of a query
LEAST_SIMILARITY = 60  # percent of the letters of a word
MOST_KEYS = 100_000  # that one query walks through, words of few records first
MOST_REMEMBERED = 2_000  # words of queries with their similar words
READ_AT_ONCE = 20_000  # records


class _State(NamedTuple):
    """What an index was read from."""

    database: Any
    redaction: int
    revision: int


class WordIndex:
    """The words of the names of one record type, and the records that have them."""

    def __init__(self, model: type[Record]) -> None:
        self.model = model
        self.lock = threading.Lock()
        self.state: _State | None = None
        self.keys_by_word: dict[str, array[int]] = {}
        self.words: list[str] = []  # the same words; process.extract needs a sequence
        self.size = 0
        self.similar: dict[str, dict[str, float]] = {}  # by word of a query: tables repeat their words

    def find_keys(self, text: str, most: int, is_prefix: bool = False) -> list[int]:
        """Return the keys of at most `most` records with similar words, the most similar first.

        `is_prefix`: the text is still being typed, so its last word may be the beginning of one.
        """
        with self.lock:
            self._refresh()
            weights: dict[int, float] = defaultdict(float)
            budget = MOST_KEYS
            words = self._similar_words(text) | (self._words_after(text) if is_prefix else {})
            for word, similarity in sorted(words.items(), key=self._order_of_word):
                keys = self.keys_by_word[word]
                weight = similarity * math.log(1 + self.size / len(keys))
                for key in keys[:budget]:
                    weights[key] += weight
                budget -= len(keys)
                if budget <= 0:
                    break
        return heapq.nsmallest(most, weights, key=lambda key: (-weights[key], key))

    def _order_of_word(self, found: tuple[str, float]) -> tuple[int, str]:
        return len(self.keys_by_word[found[0]]), found[0]

    def _words_after(self, text: str) -> dict[str, float]:
        """Return the words of the index that begin as the last word of the text does."""
        start = (sound_words(text) or [""])[-1]
        return {word: 1.0 for word in self.words if word.startswith(start)} if start else {}

    def _similar_words(self, text: str) -> dict[str, float]:
        """Return words of the index like those of the text, each once with its greatest similarity (0 to 1)."""
        similar: dict[str, float] = {}
        for word in list(dict.fromkeys(sound_words(text)))[:MOST_WORDS]:
            if word not in self.similar:
                if len(self.similar) >= MOST_REMEMBERED:
                    self.similar.clear()
                self.similar[word] = self._words_like(word)
            for match, similarity in self.similar[word].items():
                similar[match] = max(similar.get(match, 0), similarity)
        return similar

    def _words_like(self, word: str) -> dict[str, float]:
        """Return the most similar words of the index; to a word of one or two letters, only itself."""
        from rapidfuzz import fuzz, process  # imported here, because commands never need it

        same = {word: 1.0} if word in self.keys_by_word else {}
        if len(word) <= 2:
            return same
        matches = process.extract(
            word, self.words, scorer=fuzz.ratio, limit=SIMILAR_WORDS, score_cutoff=LEAST_SIMILARITY
        )
        return {match: score / 100 for match, score, _ in matches} | same

    def _refresh(self) -> None:
        """Add the records of new revisions. Read all again after a redaction, and for another database."""
        state = _State(database.obj, newest_redaction(), current_revision())
        before = self.state
        if before == state:
            return
        is_continued = before is not None and before[:2] == state[:2] and before.revision <= state.revision
        since = before.revision if before is not None and is_continued else -1
        if since < 0:
            self.keys_by_word, self.words, self.size = {}, [], 0
        self.similar = {}
        self.state = None  # a failure while reading leaves an index that is read again
        self._read_since(since)
        self.state = state

    def _read_since(self, revision: int) -> None:
        columns = NAME_COLUMNS[self.model]
        last = -1
        while True:
            query = self.model.select(self.model.id, self.model.slug, *columns)
            query = query.where(self.model.id > last, self.model.held_from > revision, self.model.status == "active")
            rows = fetch_tuples(query.order_by(self.model.id).limit(READ_AT_ONCE))
            for key, slug, *values in rows:
                self._add(key, slug, *_split_names(columns, values))
            if len(rows) < READ_AT_ONCE:
                return
            last = rows[-1][0]

    def _add(self, key: int, *names: str) -> None:
        self.size += 1
        for word in {word for name in names for word in sound_words(name)}:
            if word not in self.keys_by_word:
                self.keys_by_word[word] = array("l")
                self.words.append(word)
            self.keys_by_word[word].append(key)


def _split_names(columns: tuple[Any, ...], values: list[Any]) -> list[str]:
    """Return the names in the columns; some columns have a JSON list of names."""
    names: list[str] = []
    for column, value in zip(columns, values, strict=True):
        names += json.loads(value) if any(column is listed for listed in LISTS) else [value or ""]
    return names
