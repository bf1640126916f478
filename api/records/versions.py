"""Rows that are about to change are kept as they were."""

from typing import Any

from api.db import database, is_postgres, tuples
from api.models import Claim, Report, Table
from api.records.keyset import batches


def archive(table: type[Table], column: str, keys: list[int], revision: int) -> None:
    """Copy the rows with these keys into `<table>_version`, ended by `revision`; once for each revision."""
    for batch in batches(keys):
        _copy(table, f'"{column}" IN ({", ".join(str(int(key)) for key in batch)})', (), revision)


def archive_named(table: type[Table], slug: str, revision: int) -> None:
    """The same for the row with this slug, in a table that has no other key."""
    _copy(table, f"slug = {'%s' if is_postgres() else '?'}", (slug,), revision)


def _copy(table: type[Table], condition: str, parameters: tuple[Any, ...], revision: int) -> None:
    name = table._meta.table_name
    columns = ", ".join(f'"{field.column_name}"' for field in table._meta.sorted_fields)
    database.execute_sql(
        f"INSERT INTO {name}_version ({columns}, held_until) SELECT {columns}, {int(revision)} FROM {name} "
        f"WHERE {condition} AND held_from < {int(revision)}",
        parameters,
    )


def hold_from(table: Any, keys: list[int], revision: int) -> None:
    """Keep the rows as they were and let them read anew from `revision`; their content is changed by the caller."""
    archive(table, "id", keys, revision)
    for batch in batches(keys):
        table.update(held_from=revision).where(table.id.in_(batch)).execute()


#: For each noun, the columns of claims by which search text and days are copied from it.
NAMED_IN_CLAIMS = {
    "conflicts": ("conflict",),
    "events": ("event",),
    "claimants": ("claimant",),
    "sides": ("subject_side", "responsible_side"),
}


def claims_naming(noun: str, keys: list[int]) -> list[int]:
    """Keys of the claims whose search text names one of these records."""
    found: set[int] = set()
    for batch in batches(keys):
        for query in _naming(noun, batch):
            found.update(key for (key,) in tuples(query))
    return sorted(found)


def _naming(noun: str, keys: list[int]) -> list[Any]:
    if noun == "reports":
        return [Report.select(Report.claim).where(Report.id.in_(keys))]
    if noun == "sources":
        return [Report.select(Report.claim).where(Report.source.in_(keys))]
    columns = [getattr(Claim, name) for name in NAMED_IN_CLAIMS.get(noun, ())]
    return [Claim.select(Claim.id).where(column.in_(keys)) for column in columns]
