"""Which tables the role of a PostgreSQL connection may use. A new table has no rights before deploy/roles.sql runs."""

from typing import NamedTuple

from api.database.models import TABLES
from api.database.statements import select_rows

MIGRATIONS = "schema_migration"  # the table of the migrations, which only `flask upgrade` writes to


class MissingRight(NamedTuple):
    """The role of the connection, and the tables for which it lacks a right."""

    role: str
    tables: list[str]


def find_missing_right(right: str) -> MissingRight | None:
    """Return for which of our tables the role lacks `SELECT` or `INSERT`; None if it has the right for all."""
    names = [table._meta.table_name for table in TABLES]
    names += [f"{name}_version" for name in names] + ([MIGRATIONS] if right == "SELECT" else [])
    listed = ", ".join(f"('{name}')" for name in names)
    lacking = select_rows(
        f"SELECT name, current_user FROM (VALUES {listed}) named (name) "
        f"WHERE to_regclass(name) IS NOT NULL AND NOT has_table_privilege(to_regclass(name)::oid, '{right}') ORDER BY 1"
    )
    return MissingRight(lacking[0][1], [name for name, _ in lacking]) if lacking else None
