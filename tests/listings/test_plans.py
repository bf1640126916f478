"""Answers read large tables through an index, according to the plans of the engines.

The plans are those of a small database without statistics of its values. PostgreSQL is set to avoid scans and sorts
wherever an index can serve, as it does by itself in a large table.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from api.database.connection import database, is_postgres
from api.database.snapshot import sql_dialect
from api.listings.query import LISTINGS, RecordColumns, _page_text, bind_question, shape_of
from imports.packages.load import load_package
from seeds import DATA
from tests.support.contract import HonestClient, open_client

LARGE = ("claim", "report", "event", "source", "relation", "change", "external", "event_side")
#: Sorts without an index. SQLite would use an index of so few values for a filter that others narrow far more.
SORTED_EACH_TIME = {("claims", "harm"), ("claims", "measure"), ("relations", "kind")}
#: Filters that scan a large list. The page ends early, and the total of a revision is counted once. Most of their words
#: match many records, and an index would mislead SQLite (docs/developers/adr/0017).
WITHOUT_INDEX = {
    "claims": {
        "kind", "harm", "victim_status", "victim_sex", "victim_age", "measure", "qualifier", "confirmation",
        "status", "flag", "has_figure", "reliability", "from", "to", "year", "month", "stated_year", "stated_month",
        "dataset",
        "admin1", "part",  # these can match few records: an index is missing
    },
    "reports": {"harm", "dataset", "as_of"},
    "relations": {"kind", "as_of"},
    "events": {
        "violence", "sub_type", "cause", "year", "month", "dataset",
        "admin1",  # it can match few records: an index is missing
    },
    "sources": {"kind", "language", "reliability", "from", "as_of"},
}  # fmt: skip
WITHOUT_EXAMPLE = {"id", "claim", "target", "used_by", "left_out_of"}  # keys of their tables, and whole questions
Statement = tuple[str, Any, str]  # SQL, its values, and its address


def list_addresses(client: HonestClient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every GET of the API with each parameter that shows a value, one at a time."""
    for path, item in client.get("/v1/openapi.json").json["paths"].items():
        if "get" not in item:
            continue
        told = [*item.get("parameters", []), *item["get"].get("parameters", [])]
        shown = {parameter["name"]: parameter["example"] for parameter in told if "example" in parameter}
        inside = {parameter["name"] for parameter in told if parameter["in"] == "path"}
        yield path.format(**shown), {}
        for name in shown.keys() - inside:
            value = shown[name]
            yield path.format(**shown), {name: ",".join(value) if isinstance(value, list) else value}


@pytest.fixture
def fresh(empty: Flask) -> HonestClient:
    """Return a client of a new database with the seeds and an empty cache."""
    with database.connection_context():
        load_package(DATA, "The seeds.")
    return open_client(empty)


@contextlib.contextmanager
def recorded_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Yield a dictionary that collects every SELECT, with its values."""
    statements: dict[str, Any] = {}
    run = database.obj.execute_sql

    def record_statement(sql: str, params: Any = None, **more: Any) -> Any:
        if sql.startswith(("SELECT", "WITH")):
            statements.setdefault(sql, params or ())
        return run(sql, params, **more)

    with monkeypatch.context() as patch:
        patch.setattr(database.obj, "execute_sql", record_statement)
        yield statements


@pytest.fixture
def statements(fresh: HonestClient, monkeypatch: pytest.MonkeyPatch) -> list[Statement]:
    """Return every SELECT that answers the addresses of the API, once."""
    found: dict[str, Statement] = {}
    for address, query in list_addresses(fresh):
        with recorded_statements(monkeypatch) as recorded:
            fresh.get(address, query_string=query)
        for sql, values in recorded.items():
            found.setdefault(sql, (sql, values, f"{address} {query}"))
    assert len(found) > 200
    return list(found.values())


def explain(sql: str, values: Any) -> list[str]:
    """Return the lines of the engine's plan."""
    if is_postgres():
        return [line for (line,) in database.execute_sql(f"EXPLAIN {sql}", values).fetchall()]
    return [row[3] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]


def prefer_indexes() -> None:
    """Set PostgreSQL to choose as in a large table, until the connection closes."""
    if is_postgres():
        for way in ("seqscan", "sort"):
            database.execute_sql(f"SET enable_{way} = off")


def find_scans(sql: str, plan: list[str], are_indexes_counted: bool = False) -> list[str]:
    """Return the lines of a plan that scan a large table, or SQLite's index of it."""
    if is_postgres():
        return [line for line in plan if re.search(rf"Seq Scan on ({'|'.join(LARGE)})\b", line)]
    names = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(\w+)"', sql)}
    scans = [line for line in plan if re.match(r"SCAN ", line) and (are_indexes_counted or "INDEX" not in line)]
    return [line for line in scans if names.get(name := line.split()[1].removeprefix("main."), name) in LARGE]


def is_meant(sql: str, plan: list[str], address: str) -> bool:
    """Return whether a statement may scan a table."""
    is_page = "LIMIT" in sql and not any("TEMP B-TREE FOR ORDER BY" in line for line in plan)  # it ends with the page
    return is_page or "(0 = 1)" in sql or address.startswith("/v1/export.")  # no records; sends what it reads


def test_no_answer_reads_a_large_table_whole(statements: list[Statement]) -> None:
    with database.connection_context():
        prefer_indexes()
        plans = [(address, sql, explain(sql, values)) for sql, values, address in statements]
    found = {
        address: (scans, sql)
        for address, sql, plan in plans
        if (scans := find_scans(sql, plan)) and not is_meant(sql, plan, address)
    }
    assert found == {}


def list_examples(client: HonestClient, name: str) -> dict[str, str]:
    """Return an example of each filter of a list, from the OpenAPI document."""
    document = client.get("/v1/openapi.json").json["paths"][f"/v1/{name}"]
    parameters = {p["name"]: p for p in [*document.get("parameters", []), *document["get"].get("parameters", [])]}
    shown = {
        filter_: parameters[filter_].get("example", next(iter(parameters[filter_]["schema"].get("examples", ())), None))
        for filter_, how in LISTINGS[name].where.items()
        if not how.is_switch
    }
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in shown.items() if value}


@pytest.mark.parametrize("name", WITHOUT_INDEX)
def test_a_filter_of_a_large_list_has_an_index(fresh: HonestClient, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new filter needs an index, or its name in `WITHOUT_INDEX` if each of its values matches many records.

    A full scan of an SQLite index does not count as an index. PostgreSQL's plans do not show the difference.
    """
    examples = list_examples(fresh, name)
    switches = {filter_ for filter_, how in LISTINGS[name].where.items() if how.is_switch}
    assert LISTINGS[name].where.keys() - examples.keys() - switches <= WITHOUT_EXAMPLE
    assert examples.keys() >= WITHOUT_INDEX[name]
    recorded: dict[str, dict[str, Any]] = {}
    for filter_, value in examples.items():
        with recorded_statements(monkeypatch) as recorded[filter_]:
            assert fresh.get(f"/v1/{name}", query_string={filter_: value}).status_code in (200, 422), filter_
    with database.connection_context():
        prefer_indexes()
        scanning = {
            filter_
            for filter_, statements in recorded.items()
            for sql, values in statements.items()
            if find_scans(sql, plan := explain(sql, values), are_indexes_counted=True) and not is_meant(sql, plan, "")
        }
    assert scanning - WITHOUT_INDEX[name] == set(), "Make an index, or name the filter in WITHOUT_INDEX."


SORTS = [
    (name, sort, sign)
    for name, listing in LISTINGS.items()
    if listing.model._meta.table_name in LARGE
    for sort in listing.sort
    for sign in ("", "-")
    if (name.removesuffix(" as of"), sort) not in SORTED_EACH_TIME
]


@pytest.mark.parametrize("is_backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(("name", "sort", "sign"), SORTS)
def test_an_index_gives_the_order_of_a_page(seeded: Flask, name: str, sort: str, sign: str, is_backward: bool) -> None:
    with database.connection_context():
        prefer_indexes()
        columns = RecordColumns(("id",))
        text = _page_text(sql_dialect(), name, columns, (sign + sort,), (), None, is_backward, 101, False)
        plan = explain(text.sql, text.fill_parameters({"as_of": ("2020-01-01",)}))
    # PostgreSQL may sort the records of one value by id: "LAST TERM", "Incremental Sort".
    assert not re.search(r"TEMP B-TREE FOR ORDER BY|(?<!Incremental )Sort  \(", "\n".join(plan)), plan


@pytest.mark.parametrize("is_known_to_be_many", [False, True])
def test_a_filter_of_events_is_searched_unless_many_match(seeded: Flask, is_known_to_be_many: bool) -> None:
    with database.connection_context():
        prefer_indexes()
        bound = bind_question(LISTINGS["claims"], {"country": ("AZE",)})
        text = _page_text(
            sql_dialect(), "claims", RecordColumns(("id",)), (), shape_of(bound), None, False, 101, is_known_to_be_many
        )
        plan = explain(text.sql, text.fill_parameters(bound))
    is_by_country = any(re.search("event_(sorted_by_)?country", line) for line in plan)
    assert is_by_country == (is_postgres() or not is_known_to_be_many), plan


@pytest.mark.parametrize("is_known_to_be_many", [False, True])
def test_claims_with_a_common_word_are_met_in_their_order(seeded: Flask, is_known_to_be_many: bool) -> None:
    """Many claims with a word would each be read, and then sorted, to show the first few."""
    with database.connection_context():
        bound = bind_question(LISTINGS["claims"], {"q": "killed"})
        text = _page_text(
            sql_dialect(), "claims", RecordColumns(("id",)), (), shape_of(bound), None, False, 101, is_known_to_be_many
        )
        plan = explain(text.sql, text.fill_parameters(bound))
        found = text.fetch_rows(bound)
    listed = "\n".join(plan)
    assert is_postgres() or ("TEMP B-TREE FOR ORDER BY" not in listed) == is_known_to_be_many, plan
    assert is_postgres() or ("SEARCH t1 USING INTEGER PRIMARY KEY" in listed) == (not is_known_to_be_many), plan
    slugs = [slug for _, slug, *_ in found]
    assert len(slugs) == 101 and slugs == sorted(slugs)
