"""Store documents on their way into the database in a temporary file, so that large imports need little memory."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from api.records.record_types import RECORD_TYPES
from imports.pipeline.dataset_sync import dump_hashed, restore_added

Document = dict[str, Any]
CACHE = "-16000"  # KiB
CREATED = "created"  # the verdict of most documents, which needs no second write
#: Each table has the claim of a report, and the last day on which a claim may have been stated.
TABLES = [
    f"CREATE TABLE {record_type} "
    "(slug TEXT UNIQUE, digest TEXT, body BLOB, tab INTEGER, row INTEGER, claim TEXT, stated TEXT, "
    f"word TEXT DEFAULT '{CREATED}')"
    for record_type in RECORD_TYPES
]
NAMES = (
    "CREATE TABLE named (record_type TEXT, slug TEXT, name TEXT, tab INTEGER, row INTEGER, owner TEXT, id TEXT, "
    "field TEXT)"
)
KEYS = "CREATE TABLE key_digest (digest BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID"
REFERENCES = (
    "CREATE TABLE reference (record_type TEXT, slug TEXT, tab INTEGER, row INTEGER, owner TEXT, id TEXT, field TEXT)"
)
#: What the columns `claim` and `stated` have, by record type.
OWN_COLUMNS: Mapping[str, Callable[[Document], tuple[str | None, str | None]]] = {
    "reports": lambda report: (report["claim"], None),
    "claims": lambda claim: (None, claim["stated_until"] or claim["stated_on"]),
}


class Staged(NamedTuple):
    """A document, with the table and number of its row. `digest`: see `hash_document`; empty before it is staged."""

    document: Document
    tab: int
    row: int
    digest: str = ""


class Reference(NamedTuple):
    """A reference from a document of a row to a record."""

    record_type: str  # the record type of the target
    slug: str
    tab: int
    row: int
    owner: str  # the record type of the document
    id: str
    field: str


class NamedRow(NamedTuple):
    """A name that a row gives to a record which was not staged before it."""

    record_type: str  # the record type of the named record
    slug: str
    name: str
    tab: int
    row: int
    owner: str  # the record type of the document
    id: str
    field: str


class Staging:
    """The documents that were read, by record type and id; reports also by their claim."""

    def __init__(self) -> None:
        self.file = sqlite3.connect("", isolation_level=None)  # a file without a name, deleted when it is closed
        for setting in ("page_size = 16384", "journal_mode = OFF", "synchronous = OFF", f"cache_size = {CACHE}"):
            self.file.execute(f"PRAGMA {setting}")
        self._words = {record_type: {CREATED} for record_type in RECORD_TYPES}  # all verdicts so far
        for statement in (*TABLES, REFERENCES, NAMES, KEYS, "CREATE INDEX reports_claim ON reports (claim)", "BEGIN"):
            self.file.execute(statement)

    def load_documents(self, record_type: str, slugs: Sequence[str]) -> dict[str, Staged]:
        """Return the staged documents with these ids, by id."""
        marks = ", ".join("?" * len(slugs))
        rows = self.file.execute(f"SELECT slug, body, tab, row FROM {record_type} WHERE slug IN ({marks})", slugs)
        return {slug: Staged(_parse_document(record_type, body), tab, row) for slug, body, tab, row in rows}

    def load_written(self, record_type: str, slugs: Sequence[str], words: Sequence[str]) -> dict[str, Staged]:
        """Return the staged documents with these ids and one of these verdicts, by id."""
        marks, verdicts = ", ".join("?" * len(slugs)), ", ".join("?" * len(words))
        rows = self.file.execute(
            f"SELECT slug, body, tab, row FROM {record_type} WHERE slug IN ({marks}) AND word IN ({verdicts})",
            [*slugs, *words],
        )
        return {slug: Staged(_parse_document(record_type, body), tab, row) for slug, body, tab, row in rows}

    def put_documents(self, record_type: str, entries: Iterable[Staged]) -> None:
        """Add documents. A document replaces an earlier one with the same id."""
        find_columns = OWN_COLUMNS.get(record_type, _find_none)
        self.file.executemany(
            f"INSERT INTO {record_type} (slug, body, digest, tab, row, claim, stated) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (slug) DO UPDATE SET digest = excluded.digest, body = excluded.body, stated = excluded.stated",
            [
                (document["id"], *dump_hashed(document), tab, row, *find_columns(document))
                for document, tab, row, _ in entries
            ],
        )

    def add_references(self, references: Iterable[Reference]) -> None:
        """Add references to records that are not staged yet."""
        self.file.executemany("INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?, ?)", references)

    def count_key(self, key: str) -> int:
        """Return the number of rows with this key so far, with this one."""
        digest = blake2b(key.encode(errors="surrogatepass"), digest_size=16).digest()
        statement = "INSERT INTO key_digest VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET number = number + 1"
        (number,) = self.file.execute(f"{statement} RETURNING number", (digest,)).fetchone()
        return int(number)

    def add_names(self, names: Iterable[NamedRow]) -> None:
        """Add names of records that are neither staged yet nor in the database."""
        self.file.executemany("INSERT INTO named VALUES (?, ?, ?, ?, ?, ?, ?, ?)", names)

    def read_names(self, size: int) -> Iterator[list[NamedRow]]:
        """Return the added names, `size` at a time."""
        rows = self.file.execute("SELECT * FROM named ORDER BY rowid")
        while batch := rows.fetchmany(size):
            yield list(map(NamedRow._make, batch))

    def open_references(self) -> Iterator[Reference]:
        """Return the references to records that are still not staged."""
        for record_type in RECORD_TYPES:
            yield from map(
                Reference._make,
                self.file.execute(
                    f"SELECT * FROM reference WHERE record_type = ? AND slug NOT IN (SELECT slug FROM {record_type})",
                    (record_type,),
                ),
            )

    def claims_without_report(self) -> Iterator[Staged]:
        """Return the staged claims without a staged report."""
        reported = "SELECT 1 FROM reports WHERE reports.claim = claims.slug"
        for body, tab, row in self.file.execute(f"SELECT body, tab, row FROM claims WHERE NOT EXISTS ({reported})"):
            yield Staged(_parse_document("claims", body), tab, row)

    def count_documents(self, record_type: str) -> int:
        """Return the number of documents of a record type."""
        (number,) = self.file.execute(f"SELECT count(*) FROM {record_type}").fetchone()
        return int(number)

    def count_verdicts(self, record_type: str) -> Counter[str]:
        """Return the number of documents of a record type, by verdict."""
        return Counter(dict(self.file.execute(f"SELECT word, count(*) FROM {record_type} GROUP BY word")))

    def read_batches(self, record_type: str, size: int | None, word: str | None = None) -> Iterator[list[Staged]]:
        """Return the documents of a record type in the order of reading, `size` at a time (default verdict: any)."""
        if word is not None and word not in self._words[record_type]:
            return
        last = 0
        while rows := self.file.execute(
            f"SELECT rowid, body, tab, row, digest FROM {record_type} WHERE rowid > ? AND (? IS NULL OR word = ?) "
            "ORDER BY rowid LIMIT ?",
            (last, word, word, -1 if size is None else size),
        ).fetchall():
            yield [Staged(_parse_document(record_type, body), tab, row, digest) for _, body, tab, row, digest in rows]
            last = rows[-1][0]

    def read_stated_claims(self, size: int) -> Iterator[list[Staged]]:
        """Return the claims with a day on which they were stated, in the order of reading, `size` at a time."""
        last = 0
        while rows := self.file.execute(
            "SELECT rowid, body, tab, row, digest FROM claims WHERE rowid > ? AND stated IS NOT NULL ORDER BY rowid "
            "LIMIT ?",
            (last, size),
        ).fetchall():
            yield [Staged(_parse_document("claims", body), tab, row, digest) for _, body, tab, row, digest in rows]
            last = rows[-1][0]

    def read_digests(self, record_type: str, size: int) -> Iterator[dict[str, str]]:
        """Return the digests of the documents of a record type by id, in the order of reading, `size` at a time."""
        last = 0
        while rows := self.file.execute(
            f"SELECT rowid, slug, digest FROM {record_type} WHERE rowid > ? ORDER BY rowid LIMIT ?", (last, size)
        ).fetchall():
            yield {slug: digest for _, slug, digest in rows}
            last = rows[-1][0]

    def set_verdicts(self, record_type: str, words: Mapping[str, str]) -> None:
        """Store the verdicts of documents, by id. Without one, a document is to be created."""
        slugs_by_word: dict[str, list[str]] = {}
        for slug, word in words.items():
            slugs_by_word.setdefault(word, []).append(slug)
        for word, slugs in slugs_by_word.items():
            marks = ", ".join("?" * len(slugs))
            self.file.execute(f"UPDATE {record_type} SET word = ? WHERE slug IN ({marks})", (word, *slugs))
        self._words[record_type].update(slugs_by_word)

    def mark_carried(self) -> None:
        """Mark new reports of new claims, which are written together with their claims."""
        of_claim = "SELECT word FROM claims WHERE slug = reports.claim"
        self.file.execute(f"UPDATE reports SET word = 'carried' WHERE word = 'created' AND ({of_claim}) = 'created'")
        self._words["reports"].add("carried")

    def load_carried(self, claims: Sequence[str]) -> list[Staged]:
        """Return the reports that are written together with these claims."""
        marks = ", ".join("?" * len(claims))
        query = (
            f"SELECT body, tab, row, digest FROM reports WHERE word = 'carried' AND claim IN ({marks}) ORDER BY rowid"
        )
        return [
            Staged(_parse_document("reports", body), tab, row, digest)
            for body, tab, row, digest in self.file.execute(query, claims)
        ]

    def missing_slugs(self, record_type: str, slugs: Sequence[str]) -> list[str]:
        """Return those of the ids that are not staged."""
        marks = ", ".join("?" * len(slugs))
        present = {
            slug for (slug,) in self.file.execute(f"SELECT slug FROM {record_type} WHERE slug IN ({marks})", slugs)
        }
        return [slug for slug in slugs if slug not in present]


def _find_none(_: Document) -> tuple[None, None]:
    return None, None


def _parse_document(record_type: str, body: bytes) -> Document:
    return restore_added(record_type, orjson.loads(body))


@contextmanager
def open_staging() -> Iterator[Staging]:
    opened = Staging()
    try:
        yield opened
    finally:
        opened.file.close()
