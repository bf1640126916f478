"""Documents on their way into the database, in a temporary file: memory does not grow with what is imported."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import orjson

from api.records.canonical import canonical
from api.records.intake import digest
from api.records.nouns import NOUNS

Document = dict[str, Any]
CACHE = "-16000"  # KiB
TABLES = [
    f"CREATE TABLE {noun} (slug TEXT UNIQUE, digest TEXT, body BLOB, tab INTEGER, row INTEGER, claim TEXT, word TEXT)"
    for noun in NOUNS
]
REFERENCES = "CREATE TABLE reference (noun TEXT, slug TEXT, tab INTEGER, row INTEGER, owner TEXT, id TEXT, field TEXT)"


class Staged(NamedTuple):
    """A document of a row: the table that the row is in, and its number there."""

    document: Document
    tab: int
    row: int


class Reference(NamedTuple):
    """What a document of a row refers to: a record of `noun`."""

    noun: str
    slug: str
    tab: int
    row: int
    owner: str  # noun of the document
    id: str
    field: str


class Staging:
    """What was read so far, by noun and id; a claim is known to its reports."""

    def __init__(self) -> None:
        self.file = sqlite3.connect("", isolation_level=None)  # a file without a name, which is gone with the process
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", f"PRAGMA cache_size = {CACHE}"):
            self.file.execute(statement)
        for statement in (*TABLES, REFERENCES, "CREATE INDEX reports_claim ON reports (claim)", "BEGIN"):
            self.file.execute(statement)

    def there(self, noun: str, slugs: Sequence[str]) -> dict[str, Staged]:
        """Those of the documents that are there."""
        marks = ", ".join("?" * len(slugs))
        found = self.file.execute(f"SELECT slug, body, tab, row FROM {noun} WHERE slug IN ({marks})", slugs)
        return {slug: Staged(orjson.loads(body), tab, row) for slug, body, tab, row in found}

    def put(self, noun: str, found: Iterable[Staged]) -> None:
        """Add documents, or put them in the place of those with their id."""
        self.file.executemany(
            f"INSERT INTO {noun} (slug, digest, body, tab, row, claim) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (slug) DO UPDATE SET digest = excluded.digest, body = excluded.body",
            (
                (made["id"], digest(made), canonical(made), tab, row, made["claim"] if noun == "reports" else None)
                for made, tab, row in found
            ),
        )

    def remember(self, references: Iterable[Reference]) -> None:
        """References to what has not been seen yet."""
        self.file.executemany("INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?, ?)", references)

    def open_references(self) -> Iterator[Reference]:
        """Those to what has not been seen to the end."""
        for noun in NOUNS:
            yield from map(
                Reference._make,
                self.file.execute(
                    f"SELECT * FROM reference WHERE noun = ? AND slug NOT IN (SELECT slug FROM {noun})", (noun,)
                ),
            )

    def unreported(self) -> Iterator[Staged]:
        """Claims without a report beside them."""
        reported = "SELECT 1 FROM reports WHERE reports.claim = claims.slug"
        for body, tab, row in self.file.execute(f"SELECT body, tab, row FROM claims WHERE NOT EXISTS ({reported})"):
            yield Staged(orjson.loads(body), tab, row)

    def count(self, noun: str, word: str | None = None) -> int:
        """How many documents of a noun, or of those for which there is this verdict."""
        where = "" if word is None else " WHERE word = ?"
        (found,) = self.file.execute(f"SELECT count(*) FROM {noun}{where}", () if word is None else (word,)).fetchone()
        return int(found)

    def batches(self, noun: str, size: int | None, word: str | None = None) -> Iterator[list[Staged]]:
        """Documents of a noun as they came, so many at a time; those for which there is this verdict."""
        last = 0
        while True:
            found = self.file.execute(
                f"SELECT rowid, body, tab, row FROM {noun} WHERE rowid > ? AND (? IS NULL OR word = ?) "
                "ORDER BY rowid LIMIT ?",
                (last, word, word, -1 if size is None else size),
            ).fetchall()
            if not found:
                return
            yield [Staged(orjson.loads(body), tab, row) for _, body, tab, row in found]
            last = found[-1][0]

    def judge(self, noun: str, words: Iterable[tuple[str, str]]) -> None:
        """Note what becomes of documents: (word, id)."""
        self.file.executemany(f"UPDATE {noun} SET word = ? WHERE slug = ?", words)

    def carry(self) -> None:
        """Let new reports of new claims come with these, so that each claim is written once and whole."""
        of_claim = "SELECT word FROM claims WHERE slug = reports.claim"
        self.file.execute(f"UPDATE reports SET word = 'carried' WHERE word = 'created' AND ({of_claim}) = 'created'")

    def carried(self, claims: Sequence[str]) -> list[Staged]:
        """The reports that come with these claims."""
        marks = ", ".join("?" * len(claims))
        query = f"SELECT body, tab, row FROM reports WHERE word = 'carried' AND claim IN ({marks}) ORDER BY rowid"
        return [Staged(orjson.loads(body), tab, row) for body, tab, row in self.file.execute(query, claims)]

    def missing(self, noun: str, slugs: Sequence[str]) -> list[str]:
        """Those of the ids for which there is no document."""
        marks = ", ".join("?" * len(slugs))
        found = {slug for (slug,) in self.file.execute(f"SELECT slug FROM {noun} WHERE slug IN ({marks})", slugs)}
        return [slug for slug in slugs if slug not in found]


@contextmanager
def staging() -> Iterator[Staging]:
    made = Staging()
    try:
        yield made
    finally:
        made.file.close()
