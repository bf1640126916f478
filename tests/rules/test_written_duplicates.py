"""The search for probable duplicates of an import reads each claim a few times, also if all are of one claimant."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.database.connection import database
from api.database.key_sets import KeySet
from api.database.models import Claim
from api.rules import written_duplicates
from tests.conftest import Databases
from tests.support import worlds

NUMBER = 1500
#: Each claim may pass through this many steps of a plan. Comparing all with all is a thousand.
MOST_READS = 20


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the plans of the statements that the search streams, with the rows that each step really had."""
    noted: list[Any] = []

    def explain_statement(sql: str, parameters: Any) -> Iterator[tuple[Any, ...]]:
        ((plan,),) = database.execute_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters).fetchall()
        noted.append(plan[0] if isinstance(plan, list) else json.loads(plan)[0])
        return iter(())

    monkeypatch.setattr(written_duplicates, "stream_rows", explain_statement)
    return noted


def list_steps(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from list_steps(inner)


def count_reads(step: dict[str, Any]) -> float:
    """Return the rows that a step yielded or left out, in all its loops."""
    removed = sum(number for name, number in step.items() if name.startswith("Rows Removed"))
    return float((step["Actual Rows"] + removed) * step["Actual Loops"])


WORLD: worlds.World = {
    "conflicts": [{"id": "war", "name": "The war"}],
    "claimants": [{"id": "voice", "name": "The voice", "kind": "ngo"}],
    "sources": [{"id": "wire", "publisher": "Wire", "kind": "report"}],
    "claims": [worlds.claim("first", claimant="voice", stated_on="2020-05-01", value=1, low=1, best=1, high=1)],
    "reports": [worlds.report("first", "wire")],
}


def copy_claims(number: int) -> KeySet:
    """Copy the only claim, as an import fills a table: in a transaction. Return the keys of the copies."""
    changed = {"id": "id + number", "slug": "'copy-' || number", "part": "'part ' || number"}
    columns = [column.name for column in database.get_columns("claim")]
    names, values = ", ".join(columns), ", ".join(changed.get(name, name) for name in columns)
    rows = f"SELECT {values} FROM claim, generate_series(1, {number}) AS number"
    copies = database.execute_sql(f"INSERT INTO claim ({names}) {rows} RETURNING id").fetchall()
    return KeySet(key for (key,) in copies)


def test_claims_of_one_claimant_are_not_compared_with_each_other(databases: Databases, plans: list[Any]) -> None:
    """Tables that an import fills have no statistics. PostgreSQL looked through all claims of a claimant for each."""
    worlds.made(databases, "postgres", WORLD)
    with database.connection_context(), database.atomic() as transaction:
        written_duplicates.find_pairs({Claim: copy_claims(NUMBER)})
        transaction.rollback()
    reads = [(count_reads(step), step["Node Type"]) for plan in plans for step in list_steps(plan["Plan"])]
    assert NUMBER <= max(reads)[0] <= NUMBER * MOST_READS, reads
