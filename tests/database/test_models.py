"""Migrations and models make the same tables on both engines; every check refuses wrong values."""

import re
from collections import Counter
from typing import Any

import peewee
import pytest
from flask import Flask

from api.database import models, upgrade
from api.database.connection import connect_to, database, is_postgres
from api.database.statements import select_rows
from imports.packages.load import load_package
from seeds import DATA
from tests.conftest import Databases
from tests.support import worlds

ALL = models.TABLES
NAMES = [table._meta.table_name for table in ALL]
VERSIONED = [table._meta.table_name for table in ALL if "held_from" in table._meta.fields]
of_each_table = pytest.mark.parametrize("table", NAMES)
Schema = dict[str, dict[str, Any]]


def schema_of(databases: Databases, engine: str, make: Any) -> Schema:
    """Return every table of a new database after `make`: columns, keys, checks, indexes."""
    connect_to(databases.new(engine))
    with database.connection_context():
        make()
        return {table: (postgres if is_postgres() else sqlite)(table) for table in NAMES}


def sqlite(table: str) -> dict[str, Any]:
    (text,) = (
        sql for (sql,) in select_rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    )
    return {
        "columns": {row[1]: (*row[2:4], row[4], row[5] > 0) for row in select_rows(f"PRAGMA table_info({table})")},
        "keys": Counter((row[2], row[3], row[4], row[6]) for row in select_rows(f"PRAGMA foreign_key_list({table})")),
        "checks": Counter(checks(text)),
        "indexes": Counter(
            (row[2], *(column[2] for column in select_rows(f"PRAGMA index_info({row[1]})")))
            for row in select_rows(f"PRAGMA index_list({table})")
            if row[3] == "c" and "_sorted_by_" not in row[1] and row[1] != "change_prev"  # a trigger does more
        ),
        "primary": [
            row[1] for row in sorted(select_rows(f"PRAGMA table_info({table})"), key=lambda row: row[5]) if row[5]
        ],
    }


def postgres(table: str) -> dict[str, Any]:
    columns = "column_name, data_type, is_nullable, column_default"  # collations: below
    told = select_rows(f"SELECT {columns} FROM information_schema.columns WHERE table_name = %s", (table,))
    constraints = "SELECT contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
    # Search, and the orders of nulls: each engine has its own form. tests/listings test their use.
    indexes = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%_search' "
        "AND indexname NOT LIKE '%%_sorted_by_%%'"
    )
    return {
        "columns": {row[0]: row[1:] for row in told},
        "constraints": Counter(select_rows(constraints, (table,))),
        "indexes": Counter(text.replace(f"INDEX {name} ", "INDEX ") for name, text in select_rows(indexes, (table,))),
    }


def checks(sql: str) -> list[str]:
    """Return the CHECK conditions of a CREATE TABLE, without quotes and with single spaces."""
    return [plain(sql[start.end() : closing(sql, start.end())]) for start in re.finditer(r"CHECK\s*\(", sql)]


def closing(sql: str, position: int) -> int:
    """Return the position of the parenthesis that closes the one just before `position`."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[position], 0)
        position += 1
    return position - 1


def plain(condition: str) -> str:
    return " ".join(condition.replace('"', "").split())


@pytest.fixture(scope="module")
def migrated(databases: Databases, engine: str) -> Schema:
    return schema_of(databases, engine, upgrade.upgrade)


@pytest.fixture(scope="module")
def modelled(databases: Databases, engine: str) -> Schema:
    return schema_of(databases, engine, create_tables)


def create_tables() -> None:
    """Create the tables as peewee does, except the remainder sign, which psycopg reads as a placeholder."""
    for table in ALL:
        made = table._schema
        for context in (made._create_table(safe=False), *made._create_indexes(safe=False)):
            sql, parameters = context.query()
            database.execute_sql(sql.replace("%", "%%") if is_postgres() else sql, parameters)


@of_each_table
def test_migrations_make_what_the_models_say(migrated: Schema, modelled: Schema, table: str) -> None:
    assert migrated[table] == modelled[table]
    assert migrated[table]["columns"]


def test_migrations_make_nothing_else(empty: Flask) -> None:
    with database.connection_context():
        found = {name for name in database.get_tables() if "_search" not in name}
    versions = {f"{table}_version" for table in NAMES} & found
    assert found - set(NAMES) - versions == {"schema_migration"}
    assert set(NAMES) <= found


def test_the_versions_of_a_table_have_its_columns(empty: Flask) -> None:
    """A migration that adds a column to `claim` adds it to `claim_version`, so that a row version is complete."""
    with database.connection_context():
        columns = {
            name: {column.name for column in database.get_columns(name)}
            for table in VERSIONED
            for name in (table, f"{table}_version")
        }
    assert len(VERSIONED) == 12
    for table in VERSIONED:
        assert columns[f"{table}_version"] - {"held_until"} == columns[table], f"{table}_version and {table} differ"


def test_text_is_ordered_by_code_point(empty: Flask) -> None:
    worlds.write(
        {"sides": [{"id": f"s{n}", "name": name} for n, name in enumerate(["b", "B", "é", "Z", "ə", "a", "_"])]}
    )
    names = [record["name"] for record in empty.test_client().get("/v1/sides?sort=name").json["data"]]
    assert names == sorted(names) == ["B", "Z", "_", "a", "b", "é", "ə"]


def test_every_text_of_postgres_has_the_collation_c(empty: Flask) -> None:
    with database.connection_context():
        if not is_postgres():
            assert select_rows("SELECT 'B' < 'a'") == [(1,)]
            return
        told = select_rows(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns WHERE data_type = 'text' "
            "AND table_name = ANY(%s)",
            ([*NAMES, *(f"{table}_version" for table in VERSIONED)],),
        )
    assert len(told) > 150
    assert [row for row in told if row[2] != "C"] == []


def test_every_record_type_that_is_searched_has_its_index(empty: Flask) -> None:
    with database.connection_context():
        for model in models.SEARCHED:
            name = f"{model._meta.table_name}_search"
            catalogue = "pg_indexes WHERE indexname = %s" if is_postgres() else "sqlite_master WHERE name = ?"
            assert select_rows(f"SELECT count(*) FROM {catalogue}", (name,)) == [(1,)]


def test_the_search_index_of_sqlite_has_the_words_of_every_record(empty: Flask) -> None:
    with database.connection_context():
        load_package(DATA, "The seeds.")
        if is_postgres():
            assert select_rows("SELECT count(*) > 0 FROM claim WHERE to_tsvector('simple', folded) @@ 'killed'") == [
                (True,)
            ]
            return
        for model in models.SEARCHED:
            name = f"{model._meta.table_name}_search"
            assert select_rows(f"SELECT count(*) FROM {name}_docsize") == select_rows(
                f"SELECT count(*) FROM {model._meta.table_name}"
            )
            # Fails if the words of a row are not those of the index.
            database.execute_sql(f"INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)")


# Checks ----------------------------------------------------------------------------------------------------------

DAYS = ["'1799-12-31'", "'2101-01-01'", "'2020-1-1'", "'2020-01-01T00'", "''", "'soon'"]
FIGURES = ["-1", "1000000001"]
FIRST_KEY = "(SELECT MIN(id) FROM {})"
# table → column → values that its check refuses
REFUSED: dict[str, dict[str, list[str]]] = {
    "revision": {"reason": ["''"]},
    "conflict": {"started_on": DAYS, "ended_on": DAYS, "date_precision": ["0", "6"]},
    "side_membership": {"from_day": DAYS, "to_day": DAYS},
    "source": {"published_on": DAYS, "published_until": DAYS, "published_precision": ["0", "6"]},
    "event": {
        "started_on": [*DAYS, "'2100-12-31'"],
        "ended_on": [*DAYS, "'1800-01-01'"],
        "date_precision": ["0", "6"],
        "country": ["'AZ'", "'AZER'", "''"],
        "latitude": ["90.1", "-90.1"],
        "longitude": ["180.1", "-180.1"],
        "place_precision": ["0", "8"],
        "clarity": ["0", "3"],
    },
    "claim": {
        **dict.fromkeys(["stated_on", "stated_until", "covers_from", "covers_to", "status_on"], DAYS),
        **dict.fromkeys(["value", "low", "best", "high"], FIGURES),
        "stated_precision": ["0", "6"],
        "credibility": ["0", "7"],
        "status": ["'retracted'"],
    },
    "report": {"reported_on": DAYS, **dict.fromkeys(["value", "low", "best", "high"], FIGURES)},
    "relation": {"target_id": ["claim_id"], "stated_on": DAYS, "stated_until": DAYS},
}
RECORDS = [model._meta.table_name for model in models.TABLES if issubclass(model, models.Record)]
CASES = [
    (table, column, value)
    for table, columns in REFUSED.items()
    for column, values in columns.items()
    for value in values
]
CASES += [(table, "slug", value) for table in RECORDS for value in ("''", f"'{'a' * 161}'")]

LONG = f"'{'f' * 64}'"
NEXT = "(SELECT COALESCE(MAX(seq), 0) + 1 FROM change)"
SHORT = ["''", "'f'", f"'{'f' * 65}'"]
#: Rows that are valid except for one column. These tables refuse changes, or are empty.
WHOLE: dict[str, dict[str, str]] = {
    "change": dict(seq=NEXT, revision="1", made_at="'x'", who="'x'", noun="'x'", record="'x'", operation="'x'")
    | dict(reason="'x'", prev="(SELECT hash FROM change ORDER BY seq DESC LIMIT 1)", hash=LONG, nodes=LONG),
    "change_text": dict(seq="1", side="'after'", field="'x'", salt=LONG, value="'x'"),
    "api_key": dict(slug="'x'", sha256=LONG, name="'x'", scopes="'x'", created_at="'x'"),
    "release": dict(slug="'x'", revision="1", made_at="'x'", sha256=LONG),
    "dataset": dict(slug="'x'", title="'x'", publisher="'x'", licence="'x'", citation="'x'")
    | dict(release="'x'", imported_at="'x'"),
    "external": dict(noun="'x'", slug="'x'", dataset_id="'x'", digest=LONG),
    "answered": dict(key_id="'x'", idempotency_key="'x'", request_sha256=LONG, status="201", body="'x'", made_at="'x'"),
}
SPOILT: dict[str, dict[str, list[str]]] = {
    "change": {"seq": ["0", "-1"], "who": ["''"], "reason": ["''"], "prev": SHORT, "hash": SHORT, "nodes": SHORT},
    "change_text": {"side": ["''", "'both'"], "salt": SHORT, "value": ["''"]},
    "api_key": {"sha256": SHORT, "name": ["''"], "expires_on": DAYS},
    "answered": {"request_sha256": SHORT},
    "release": {"sha256": SHORT},
    "dataset": {"release": ["''"]},
    "external": {"digest": SHORT},
}
INSERTED = [
    (table, column, value)
    for table, columns in SPOILT.items()
    for column, values in columns.items()
    for value in values
]
TOGETHER = [
    ("harm", "harm = NULL", "kind = 'casualty'"),
    ("kind", "measure = NULL", "kind = 'casualty'"),
    ("kind", "qualifier = NULL", "kind = 'casualty'"),
    ("kind", "kind = 'casualty'", "kind = 'denial'"),
    ("measure", "event_id = NULL", "measure = 'incident'"),
    ("measure", "measure = 'period'", "covers_from IS NULL AND kind = 'casualty'"),
    ("covers_to", "covers_from = '2020-03-03'", "slug = 'a-killed'"),
    ("stated_until", "stated_on = '2020-03-03'", "slug = 'a-killed'"),
    ("status", "status_reason = ''", "status <> 'active'"),
]


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


def refuses(statement: str) -> None:
    with database.connection_context(), pytest.raises(peewee.IntegrityError), database.atomic():
        database.execute_sql(statement)


@pytest.mark.parametrize(("table", "column", "value"), CASES)
def test_a_check_refuses_what_lies_outside(world: Flask, table: str, column: str, value: str) -> None:
    worlds.rebound(world)
    order = "slug" if table in RECORDS else "number" if table == "revision" else "side_id"
    refuses(f"UPDATE {table} SET {column} = {value} WHERE {order} = (SELECT MIN({order}) FROM {table})")


@pytest.mark.parametrize(("table", "column", "value"), INSERTED)
def test_a_check_refuses_a_new_row(world: Flask, table: str, column: str, value: str) -> None:
    worlds.rebound(world)
    refuses(insertion(table, WHOLE[table] | {column: value}))


@pytest.mark.parametrize("table", ["change", "api_key", "release", "dataset"])
def test_the_row_would_be_written_otherwise(world: Flask, table: str) -> None:
    worlds.rebound(world)
    with database.connection_context(), database.atomic() as transaction:
        before = select_rows(f"SELECT count(*) FROM {table}")[0][0]
        database.execute_sql(insertion(table, WHOLE[table]))
        assert select_rows(f"SELECT count(*) FROM {table}") == [(before + 1,)]
        transaction.rollback()


def insertion(table: str, row: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


@pytest.mark.parametrize(("column", "change", "where"), TOGETHER)
def test_a_check_over_several_columns_refuses(world: Flask, column: str, change: str, where: str) -> None:
    worlds.rebound(world)
    refuses(f"UPDATE claim SET {change} WHERE {where}")


def test_every_check_has_a_bad_row_here(databases: Databases) -> None:
    schema = schema_of(databases, "sqlite", upgrade.upgrade)
    tried = {(table, column) for table, column, _ in CASES + INSERTED} | {
        ("claim", column) for column, _, _ in TOGETHER
    }
    for table in (model._meta.table_name for model in models.TABLES):
        for condition in schema[table]["checks"]:
            assert (table, re.split(r"\W", condition.removeprefix("length("))[0]) in tried, condition


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE claim SET claimant_id = 999999",
        "UPDATE claim SET event_id = 999999 WHERE event_id IS NOT NULL",
        "UPDATE report SET source_id = 999999",
        "UPDATE side SET revision = 999999",
        "UPDATE claim SET slug = 'a-own' WHERE slug = 'a-killed'",
        "DELETE FROM claimant WHERE slug = 'alpha-mod'",
        "DELETE FROM source WHERE slug = 'wire'",
        "UPDATE relation SET kind = 'contradicts', target_id = (SELECT id FROM claim WHERE slug = 'a-own') "
        "WHERE slug = 'd-denies-b'",
        "UPDATE claim SET phrase = NULL",
        "UPDATE event SET name = NULL",
    ],
)
def test_keys_and_nulls_are_kept(world: Flask, statement: str) -> None:
    worlds.rebound(world)
    refuses(statement)
