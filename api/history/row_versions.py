"""Save rows before they change."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.database.connection import database, parameter_mark
from api.database.key_sets import split_batches
from api.database.models import Claim, Report, Table
from api.database.statements import fetch_tuples, keys_clause, select_rows


def archive_rows(table: type[Table], column: str, keys: list[int], revision: int) -> None:
    """Copy the rows with these keys to `<table>_version`, as replaced by `revision`; once per revision."""
    for batch in split_batches(keys):
        _copy_rows(table, f'"{column}" IN ({", ".join(str(int(key)) for key in batch)})', (), revision)


def archive_by_slug(table: type[Table], slug: str, revision: int) -> None:
    """Copy the row with this slug to `<table>_version`, in a table that has no integer key."""
    _copy_rows(table, f"slug = {parameter_mark()}", (slug,), revision)


def _copy_rows(table: type[Table], condition: str, parameters: tuple[Any, ...], revision: int) -> None:
    name = table._meta.table_name
    columns = ", ".join(f'"{field.column_name}"' for field in table._meta.sorted_fields)
    database.execute_sql(
        f"INSERT INTO {name}_version ({columns}, held_until) SELECT {columns}, {int(revision)} FROM {name} "
        f"WHERE {condition} AND held_from < {int(revision)}",
        parameters,
    )


def read_versions(table: type[Table], names: Sequence[str], keys: list[int]) -> Iterator[tuple[Any, ...]]:
    """Yield `(id, held_from, held_until, *names)` of every version of the rows; of the row now `held_until` is None."""
    name, columns = table._meta.table_name, ", ".join(names)
    for batch in split_batches(keys):
        among, values = keys_clause(batch)
        for source, until in ((name, "NULL"), (f"{name}_version", "held_until")):
            yield from select_rows(
                f"SELECT id, held_from, {until}, {columns} FROM {source} WHERE id IN {among}", values
            )


def begin_row_versions(table: Any, keys: list[int], revision: int) -> None:
    """Archive the rows and mark them as new from `revision`. The caller then changes their content."""
    archive_rows(table, "id", keys, revision)
    for batch in split_batches(keys):
        table.update(held_from=revision).where(table.id.in_(batch)).execute()


#: By record type: the columns of claims through which they copy its search text and days.
NAMED_IN_CLAIMS = {
    "conflicts": ("conflict",),
    "events": ("event",),
    "claimants": ("claimant",),
    "sides": ("subject_side", "responsible_side"),
}


def claims_naming(record_type: str, keys: list[int]) -> list[int]:
    """Return the keys of the claims whose search text names one of these records."""
    claim_keys: set[int] = set()
    for batch in split_batches(keys):
        for query in _queries_naming(record_type, batch):
            claim_keys.update(key for (key,) in fetch_tuples(query))
    return sorted(claim_keys)


def _queries_naming(record_type: str, keys: list[int]) -> list[Any]:
    if record_type == "reports":
        return [Report.select(Report.claim).where(Report.id.in_(keys))]
    if record_type == "sources":
        return [Report.select(Report.claim).where(Report.source.in_(keys))]
    columns = [getattr(Claim, name) for name in NAMED_IN_CLAIMS.get(record_type, ())]
    return [Claim.select(Claim.id).where(column.in_(keys)) for column in columns]
