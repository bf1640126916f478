"""Query all claims at the revision of the open snapshot with DuckDB."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from api.database.connection import is_postgres
from api.database.deadline import deadline, remaining_seconds
from api.database.models import Claim
from api.database.snapshot import SqlDialect, sql_dialect
from api.database.statements import select_rows
from api.evidence import world
from api.evidence.columns import COLUMNS, NAMES
from api.evidence.engine import fetch_rows, interrupt_after
from api.evidence.overlay import Overlay, keys_as_rows
from api.evidence.process import evidence_of_process
from api.evidence.reading import read_by_keys
from api.evidence.row_pieces import Row
from api.history.revisions import current_revision
from api.listings import claims as listing
from api.listings.query import Bound, SqlText, narrow_query, shape_of
from api.reconciling import record

if TYPE_CHECKING:
    import duckdb

FEW_KEYS = 1000  # up to this number the tables are faster than a scan of the image
MOST_KEYS_FIRST = 10_000  # up to this number of claims, finding their keys first costs less than it saves

#: The columns of `record.Claim` in its order, then the key of the claim, and whether a relation touches it.
_OTHER_NAMES = {"id": "slug", "sources": "source_keys"}
LISTED_NAMES = [*(_OTHER_NAMES.get(field, field) for field in record.Claim._fields), "key", "is_related"]
LISTED = ", ".join(LISTED_NAMES)
#: Positions of the columns of words in `LISTED`. Ids of claims and of their statements are in few rows.
_SHARED = [
    position
    for position, name in enumerate(LISTED_NAMES)
    if name not in ("slug", "statement") and COLUMNS[NAMES.index(name)].type == "VARCHAR"
]
_pick_listed = itemgetter(*map(NAMES.index, LISTED_NAMES))
#: The ids of sources take as long to read as ten other columns, and no statistic reads them: it has their keys.
READ_COLUMNS = ", ".join(name for name in NAMES if name != "sources")
_HARM, _SOURCES = map(record.Claim._fields.index, ("harm", "sources"))


class FewClaims(NamedTuple):
    """All claims of a question, where they are few. The tables of the database are read for them, without DuckDB."""

    rows: list[Row]  # of `columns.COLUMNS`, in the order of their slugs
    counted: frozenset[int]  # keys of the claims within the filters on what is counted
    audible: frozenset[int]  # keys of the claims within the filters on who speaks


class Frame:
    """All claims at one revision. Get it from `open_frame`, and use it inside the `with` only."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, overlay: Overlay, revision: int, ends_at: float | None
    ) -> None:
        self.cursor, self.revision = cursor, revision
        self.claims = overlay.claims  # FROM-able SQL; its columns are those of `columns.COLUMNS`
        self._every_claim = overlay.claims
        self.few: FewClaims | None = None
        self.has_image = overlay.image is not None
        self.has_overlay = overlay.changed_count > 0
        self._ends_at = ends_at
        self._numbers = itertools.count(1)

    def fetch(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Return all rows of a statement of DuckDB. Raises `TooSlowError` or its subclass `MemoryExceededError`."""
        return fetch_rows(self.cursor, sql, parameters, self._ends_at)

    def fetch_listed(self, sql: str, parameters: Any = None) -> list[Row]:
        """Return the same for a statement that begins with `LISTED`. Equal words of its rows are one object."""
        return fetch_rows(self.cursor, sql, parameters, self._ends_at, functools.partial(_share_words, {}))

    # Claims -----------------------------------------------------------------------------------------------------

    def keys_where(self, bound: Bound) -> str:
        """Return the name of a table with the column `key`: the claims that match the filters of their listing.

        The database applies the filters in the same snapshot. `bound` is from `query.bind_question(claims.LISTING, …)`.
        """
        return self.load_keys(_select_keys_as_json(bound))

    def load_keys(self, keys: Iterable[int] | str) -> str:
        """Return the name of a table with these integer keys (or a JSON list of them) in the column `key`."""
        name = f"keys_{next(self._numbers)}"
        listed = keys if isinstance(keys, str) else orjson.dumps(list(keys)).decode()
        self.fetch(f"CREATE TEMP TABLE {name} AS {keys_as_rows('?')}", [listed])
        return name

    def list_where(self, bound: Bound) -> list[Row]:
        """Return the claims that match the filters as rows of `LISTED`, in the order of their slugs."""
        return self._list_among(_select_keys_as_json(bound))

    def list_with(self, keys: Iterable[int]) -> list[Row]:
        """Return the claims with these keys as rows of `LISTED`, in the order of their slugs."""
        return self._list_among(orjson.dumps(list(keys)).decode())

    def _list_among(self, keys: str) -> list[Row]:
        """Read few claims from the tables: DuckDB would read every row group of the image for them."""
        if keys.count(",") < FEW_KEYS:
            return list_rows(_read_rows(orjson.loads(keys)))
        return self.fetch_listed(
            f"SELECT {LISTED} FROM {self._every_claim} SEMI JOIN {self.load_keys(keys)} USING (key) ORDER BY slug"
        )

    def keep_few(self, keys: Sequence[int], counted: Iterable[int], audible: Iterable[int]) -> None:
        """Let `few` be the claims with these keys. Call it once, or `keep_claims`."""
        self.few = FewClaims(_read_rows(keys), frozenset(counted), frozenset(audible))

    def keep_claims(self, condition: str, values: list[Any], number: int) -> None:
        """Let `claims` be only the claims that meet the condition, as a table in memory without `sources`.

        `number`: how many they are.
        """
        source = f"{self.claims} WHERE {condition}"
        if number <= MOST_KEYS_FIRST:
            # The keys first: DuckDB then reads wide columns only where the image has one of them. Without a sort,
            # scattered claims would enter the table in hundreds of small pieces, which takes as long as reading them.
            self.fetch(f"CREATE TEMP TABLE kept_keys AS SELECT key FROM {source}", values)
            source, values = f"{self.claims} SEMI JOIN kept_keys USING (key) ORDER BY key", []
        self.fetch(f"CREATE TEMP TABLE kept_claims AS SELECT {READ_COLUMNS} FROM {source}", values)
        self.claims = "kept_claims"

    # Input of the rules -----------------------------------------------------------------------------------------

    def read_world(self, events: Iterable[record.Event] = ()) -> record.World:
        """Return all conflicts and sides, with these events."""
        return world.read_world(events)

    def read_events(self, slugs: Iterable[str]) -> list[record.Event]:
        """Return the events with these slugs."""
        return world.read_events(slugs)

    def read_relations(self, keys: Sequence[int] | None = None) -> list[record.Relation]:
        """Return the active relations of `world.RELATION_KINDS` that touch these claims (None: any claim)."""
        return world.read_relations(keys)


@contextmanager
def open_frame() -> Iterator[Frame]:
    """Open the frame of the open snapshot, within its time limit. Raises `TooSlowError`, also inside."""
    with evidence_of_process().overlay_at_snapshot() as (overlay, cursor):
        with interrupt_after(cursor, remaining_seconds()):
            # The overlay itself may be at a later revision by now; the cursor's transaction is not.
            yield Frame(cursor, overlay, current_revision(), deadline.at)


def _share_words(words: dict[str | None, str | None], rows: list[Row]) -> list[Row]:
    """Return rows that begin with `LISTED`, with the objects of `words` for equal words, which gets the new ones.

    Each row has some twenty words, most of them in many rows: without this, 84,000 claims take 130 MB more.
    """
    columns: list[Any] = list(zip(*rows, strict=True))
    for position in _SHARED:
        columns[position] = map(words.setdefault, columns[position], columns[position])
    return list(zip(*columns, strict=True))


def list_rows(rows: Iterable[Row]) -> list[Row]:
    """Return rows of `columns.COLUMNS` as rows of `LISTED`."""
    return [_pick_listed(row) for row in rows]


def as_claims(rows: Iterable[Row]) -> list[record.Claim]:
    """Return rows of `LISTED` as claims."""
    make, end = record.Claim._make, len(record.Claim._fields)
    return [
        make(
            (
                *row[:_HARM],
                row[_HARM] or "",
                *row[_HARM + 1 : _SOURCES],
                tuple(row[_SOURCES] or ()),
                *row[_SOURCES + 1 : end],
            )
        )
        for row in rows
    ]


def _read_rows(keys: Sequence[int]) -> list[Row]:
    rows = [row for chunk in read_by_keys(keys) for row in chunk]
    return sorted(rows, key=itemgetter(NAMES.index("slug")))


def _select_keys_as_json(bound: Bound) -> str:
    text = _keys_text(sql_dialect(), shape_of(bound))
    return str(select_rows(text.sql, text.fill_parameters(bound))[0][0] or "[]")


@functools.lru_cache(maxsize=256)
def _keys_text(engine: SqlDialect, shape: tuple[Any, ...]) -> SqlText:
    sql, parameters = narrow_query(listing.LISTING, Claim.select(Claim.id), shape).sql()
    # As one text: 250,000 integers in Python take ten times as long.
    gather = "json_agg(id)::text" if is_postgres() else "json_group_array(id)"
    return SqlText(f"SELECT {gather} FROM ({sql}) AS narrowed", parameters)
