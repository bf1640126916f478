"""Query all claims at the revision of the open snapshot with DuckDB."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from api.database.connection import is_postgres
from api.database.deadline import deadline, remaining_seconds
from api.database.models import Claim
from api.database.snapshot import SqlDialect, sql_dialect
from api.database.statements import select_rows
from api.evidence import world
from api.evidence.columns import NAME_LIST, TABLE_COLUMNS
from api.evidence.engine import fetch_rows, interrupt_after
from api.evidence.overlay import Overlay, insert_rows, keys_as_rows
from api.evidence.process import evidence_of_process
from api.evidence.reading import read_by_keys
from api.history.revisions import current_revision
from api.listings import claims as listing
from api.listings.query import Bound, SqlText, narrow_query, shape_of
from api.reconciling import record

if TYPE_CHECKING:
    import duckdb

FEW_KEYS = 1000  # up to this number the tables are faster than a scan of the image

#: The columns of `record.Claim` in its order, for `as_claims`.
CLAIM_LIST = ", ".join(
    {"id": "slug", "harm": "COALESCE(harm, '') AS harm", "sources": "source_keys"}.get(field, field)
    for field in record.Claim._fields
)
_SOURCES = record.Claim._fields.index("sources")


class Frame:
    """All claims at one revision. Get it from `open_frame`, and use it inside the `with` only."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, overlay: Overlay, revision: int, ends_at: float | None
    ) -> None:
        self.cursor, self.revision = cursor, revision
        self.claims = overlay.claims  # FROM-able SQL; its columns are those of `columns.COLUMNS`
        self._every_claim = overlay.claims
        self.has_image = overlay.image is not None
        self.has_overlay = overlay.changed_count > 0
        self._ends_at = ends_at
        self._numbers = itertools.count(1)

    def fetch(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Return all rows of a statement of DuckDB. Raises `TooSlowError` or its subclass `MemoryExceededError`."""
        return fetch_rows(self.cursor, sql, parameters, self._ends_at)

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

    def claims_where(self, bound: Bound) -> str:
        """Return FROM-able SQL of the claims that match the filters, with the columns of `claims`.

        Few claims are read from the tables, because DuckDB would read every row group of the image for them.
        """
        return self._claims_among(_select_keys_as_json(bound))

    def claims_with(self, keys: Iterable[int]) -> str:
        """Return FROM-able SQL of the claims with these keys, with the columns of `claims`."""
        return self._claims_among(orjson.dumps(list(keys)).decode())

    def _claims_among(self, keys: str) -> str:
        if keys.count(",") < FEW_KEYS:
            return self._load_claims(orjson.loads(keys))
        return f"(SELECT {NAME_LIST} FROM {self._every_claim} SEMI JOIN {self.load_keys(keys)} USING (key))"

    def _load_claims(self, keys: Sequence[int]) -> str:
        """Return FROM-able SQL of the claims with these keys, read from the tables. None of them is quiet."""
        name = f"few_claims_{next(self._numbers)}"
        self.fetch(f"CREATE TEMP TABLE {name} ({TABLE_COLUMNS})")
        for chunk in read_by_keys(keys):
            insert_rows(self.cursor, name, chunk)
        return f"(SELECT {NAME_LIST} FROM {name})"

    def keep_keys(self, keys: Sequence[int]) -> None:
        """Let `claims` be only the claims with these keys, read from the tables. Call it once, or `keep_claims`."""
        self.claims = self._load_claims(keys)

    def keep_claims(self, condition: str, values: list[Any]) -> None:
        """Let `claims` be only the claims that meet the condition, as a table in memory."""
        self.fetch(f"CREATE TEMP TABLE kept_claims AS SELECT {NAME_LIST} FROM {self.claims} WHERE {condition}", values)
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


def as_claims(rows: Iterable[Sequence[Any]]) -> list[record.Claim]:
    """Return rows of `CLAIM_LIST` as claims."""
    make = record.Claim._make
    return [make((*row[:_SOURCES], tuple(row[_SOURCES] or ()), *row[_SOURCES + 1 :])) for row in rows]


def _select_keys_as_json(bound: Bound) -> str:
    text = _keys_text(sql_dialect(), shape_of(bound))
    return str(select_rows(text.sql, text.fill_parameters(bound))[0][0] or "[]")


@functools.lru_cache(maxsize=256)
def _keys_text(engine: SqlDialect, shape: tuple[Any, ...]) -> SqlText:
    sql, parameters = narrow_query(listing.LISTING, Claim.select(Claim.id), shape).sql()
    # As one text: 250,000 integers in Python take ten times as long.
    gather = "json_agg(id)::text" if is_postgres() else "json_group_array(id)"
    return SqlText(f"SELECT {gather} FROM ({sql}) AS narrowed", parameters)
