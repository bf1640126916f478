"""Claims that differ from the image, in tables of DuckDB that are laid over it in memory."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import orjson

from api.evidence.changes import (
    count_entries,
    find_affected_claims,
    find_redacted_claims,
    last_redaction,
    newest_revision,
    tip_of_log,
)
from api.evidence.columns import COLUMNS, NAME_LIST, NAMES, TABLE_COLUMNS
from api.evidence.engine import fetch_rows
from api.evidence.image import Image
from api.evidence.reading import count_claims, read_by_keys, read_every_claim
from api.evidence.row_pieces import Row
from api.history.revisions import current_revision

if TYPE_CHECKING:
    import duckdb

_numbers = itertools.count(1)
_JSON_TYPES = orjson.dumps(
    {name: [[type[:-2]]] if type.endswith("[]") else [type] for name, type, _ in COLUMNS}
).decode()
FROM_JSON = (
    f"SELECT {', '.join(f'unnest(c.{name})' for name in NAMES)} FROM (SELECT from_json(?::JSON, '{_JSON_TYPES}') AS c)"
)


SHORT_LIST = 200  # up to this length a list of integers is faster than JSON
SINGLE_ROWS = 3  # up to this number parameters are faster than JSON


def insert_rows(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows of `COLUMNS`, as JSON with one list per column. This needs no file and no other library.

    Raises `TooSlowError` where the time of a question ends.
    """
    if 0 < len(rows) <= SINGLE_ROWS:
        values = ", ".join([f"({', '.join('?' * len(NAMES))})"] * len(rows))
        fetch_rows(cursor, f"INSERT INTO {table} VALUES {values}", [value for row in rows for value in row])
    elif rows:
        columns = dict(zip(NAMES, zip(*rows, strict=True), strict=True))
        fetch_rows(cursor, f"INSERT INTO {table} {FROM_JSON}", [orjson.dumps(columns).decode()])


def _check_size(claims: int, most: int | None) -> None:
    if most is not None and claims > most:
        raise OverlayTooLargeError


def _select_keys(keys: Sequence[int]) -> str:
    """Return a SELECT of these integers."""
    listed = f"[{', '.join(map(str, keys))}]"
    return f"SELECT unnest({listed})" if len(keys) < SHORT_LIST else keys_as_rows(f"'{listed}'")


def keys_as_rows(keys: str) -> str:
    """Return SQL of a column `key` with these integers; `keys` is SQL of a JSON list."""
    return f"SELECT unnest(from_json({keys}::JSON, '[\"INTEGER\"]')) AS key"


class OverlayTooLargeError(Exception):
    """More claims differ from the image than the caller allows."""


class Overlay:
    """The claims to hide in an image and to add to it, so that it reads as at a revision."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, image: Image | None) -> None:
        """Make an empty overlay, which reads like the image, or like an empty database without one."""
        self.connection, self.image = connection, image
        self.revision = image.revision if image else 0
        self.tip = image.identity.tip if image else tip_of_log(0)
        self._keys: set[int] = set()  # of the claims that are hidden, added, or both
        self._is_new = True
        number = next(_numbers)
        self.rows, self.hidden = f"overlay_{number}", f"hidden_{number}"
        connection.execute(f"CREATE TABLE {self.rows} ({TABLE_COLUMNS}); CREATE TABLE {self.hidden} (key INTEGER)")

    def drop(self) -> None:
        self.connection.execute(f"DROP TABLE {self.rows}; DROP TABLE {self.hidden}")

    def is_of_snapshot(self) -> bool:
        """Return whether the open snapshot is of the same database, at this revision or a newer one."""
        return self.revision <= newest_revision() and self.tip == tip_of_log(self.revision)

    def bring_to_snapshot(self, most: int | None) -> None:
        """Read the claims that differ, so that the overlay reads like the open snapshot. On failure it is unchanged.

        Raises `OverlayTooLargeError` if it would have more than `most` claims (None: no limit).
        """
        revision = current_revision()
        if revision == self.revision and not self._is_new:
            return
        if self.image is None and self._is_new:
            _check_size(count_claims(), most)
            self._replace_claims((), read_every_claim())
        elif affected := self._find_affected(most):
            self._replace_claims(affected, read_by_keys(affected))
        self.revision, self.tip, self._is_new = revision, tip_of_log(revision), False

    def _find_affected(self, most: int | None) -> list[int]:
        # A claim and its report make two entries; more than four entries for one claim are rare.
        _check_size(self.changed_count + count_entries(self.revision) // 4, most)
        affected = find_affected_claims(self.revision)
        if self._is_new and self.image and self.image.identity.redactions < last_redaction():
            # The image has texts that were erased since. Past revisions must not show them either.
            affected = sorted({*affected, *find_redacted_claims(self.image.identity.redactions)})
        _check_size(self.changed_count + len(affected), most)
        return affected

    def _replace_claims(self, keys: Sequence[int], chunks: Iterable[Sequence[Row]]) -> None:
        keys_to_hide = [key for key in keys if key not in self._keys] if self.image else []
        laid_keys = set(keys)
        cursor = self.connection.cursor()
        cursor.execute("BEGIN")
        try:
            if not self._keys.isdisjoint(keys):
                cursor.execute(f"DELETE FROM {self.rows} WHERE key IN ({_select_keys(keys)})")
            if keys_to_hide:
                cursor.execute(f"INSERT INTO {self.hidden} {_select_keys(keys_to_hide)}")
            for chunk in chunks:
                insert_rows(cursor, self.rows, chunk)
                laid_keys.update(row[0] for row in chunk)
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")
        self._keys |= laid_keys

    @property
    def changed_count(self) -> int:
        """Return the number of claims that are hidden, added, or both."""
        return len(self._keys)

    @functools.cached_property
    def claims(self) -> str:
        """Return FROM-able SQL of all claims at the revision. It names the columns: those of a file are not trusted."""
        if self.image is None:
            return f"(SELECT {NAME_LIST} FROM {self.rows})"
        return (
            f"(SELECT {NAME_LIST} FROM read_parquet('{_quoted(self.image)}') image ANTI JOIN {self.hidden} USING (key) "
            f"UNION ALL SELECT {NAME_LIST} FROM {self.rows})"
        )


def _quoted(image: Image) -> str:
    return str(image.path).replace("'", "''")
