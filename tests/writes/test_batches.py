"""Batches in one transaction write the same rows and log as one write, or nothing."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from api.change_log import audit, entries
from api.database.connection import database, is_postgres
from api.database.key_sets import KeySet
from api.database.models import TABLES, Change, ChangeText, Claim, Revision
from api.database.statements import select_rows
from api.records.faults import RefusedError
from api.writes.create import add_batch
from api.writes.transaction import open_transaction
from tests.conftest import Databases, make_app
from tests.support import worlds

TIMES = {"created_at", "updated_at", "made_at"}
BASE = ("sides", "conflicts", "claimants", "sources", "events")


@given(st.sets(st.integers(0, 5000)), st.integers(1, 700))
def test_a_set_of_keys_tells_them_in_ascending_order(keys: set[int], size: int) -> None:
    found = KeySet(keys)
    assert list(found) == sorted(keys)
    assert bool(found) == bool(keys)
    batches = list(found.in_batches(size))
    assert [key for batch in batches for key in batch] == sorted(keys)
    assert all(len(batch) == size for batch in batches[:-1])


def everything() -> dict[str, Any]:
    """Return all rows without times and hashes, and the entries of the change log."""
    with database.connection_context():
        told: dict[str, Any] = {}
        for model in {*TABLES} - {Change, ChangeText}:
            columns = [f.column_name for f in model._meta.sorted_fields if f.column_name not in TIMES]
            names = ", ".join(f'"{column}"' for column in columns)  # `overlaps` is a keyword of SQL
            found = select_rows(f"SELECT {names} FROM {model._meta.table_name}")
            told[model.__name__] = sorted(map(repr, found))
        told["log"] = [
            (entry.seq, entry.revision, entry.record_type, entry.record, entry.operation, entry.after, entry.reason)
            for entry in entries.read_entries()
        ]
        assert audit.verify().size == len(told["log"])
        return told


def type_by_type(world: worlds.World, size: int) -> list[worlds.World]:
    return [
        {record_type: given[start : start + size]}
        for record_type, given in world.items()
        for start in range(0, len(given), size)
    ]


def row_by_row(world: worlds.World, size: int) -> list[worlds.World]:
    """Return batches in the order of the rows of a file: claims with their reports."""
    claims, reports = world["claims"], world["reports"]
    pairs = [
        {"claims": claims[start : start + size], "reports": reports[start : start + size]}
        for start in range(0, len(claims), size)
    ]
    return [{record_type: world[record_type] for record_type in BASE}, *pairs, {"relations": world["relations"]}]


def write_batches(batches: list[worlds.World]) -> None:
    with database.connection_context(), open_transaction("A test.", "seed") as made:
        for batch in batches:
            add_batch(made, batch)


@pytest.mark.parametrize("cut", [type_by_type, row_by_row])
def test_batches_write_what_is_written_at_once(databases: Databases, engine: str, cut: Any) -> None:
    world = worlds.many(9)
    worlds.made(databases, engine, world)
    at_once = everything()
    make_app(databases.upgraded(engine), databases.folder)
    write_batches(cut(world, 4))
    told = everything()
    if cut is row_by_row:  # the log has the records in the order of the batches
        told["log"], at_once["log"] = (sorted(entry[2:4] for entry in found["log"]) for found in (told, at_once))
    assert len(told["log"]) == sum(map(len, world.values()))
    for name, found in told.items():
        assert found == at_once[name], name


def test_a_batch_that_is_refused_leaves_nothing_and_the_next_is_written(empty: Flask) -> None:
    world = worlds.many(4)
    with database.connection_context():
        with open_transaction("A test.", "seed") as made:
            add_batch(made, {record_type: world[record_type] for record_type in BASE})
            for wrong in (
                {"claims": [*world["claims"], world["claims"][0]], "reports": world["reports"]},
                {"claims": world["claims"], "reports": [*world["reports"][1:], worlds.report("nothing", "source-0")]},
                {"claims": world["claims"], "reports": [{**world["reports"][0], "best": -1}]},
            ):
                with pytest.raises(RefusedError) as refused:
                    add_batch(made, wrong)
                assert len(refused.value.faults) == 1
                assert Claim.select().count() == 0
            add_batch(made, {record_type: world[record_type] for record_type in ("claims", "reports", "relations")})
        assert Revision.select().count() == 1
    assert len(everything()["log"]) == sum(map(len, world.values()))


def test_a_claim_without_report_is_refused_at_the_end_by_its_place_among_all(empty: Flask) -> None:
    world = worlds.many(6)
    batches = type_by_type(world, 2)
    reports = [batch for batch in batches if "reports" in batch]
    reports[1]["reports"].pop()
    with pytest.raises(RefusedError) as refused:
        write_batches(batches)
    assert [(fault.record_type, fault.position, fault.field) for fault in refused.value.faults] == [
        ("claims", 3, "reports")
    ]
    assert "claim-3" in str(refused.value)
    with database.connection_context():
        assert sum(table.select().count() for table in TABLES) == 0


def test_a_second_source_is_found_by_the_search_and_was_not_before(empty: Flask) -> None:
    client = empty.test_client()
    worlds.write({record_type: worlds.SMALL[record_type] for record_type in BASE})
    worlds.write({"claims": [worlds.claim("a")], "reports": [worlds.report("a", "times")]})
    worlds.write({"reports": [worlds.report("a", "agency")]})
    assert worlds.ids(client.get("/v1/claims?q=communique")) == ["a"]
    assert worlds.ids(client.get("/v1/claims?q=communique&revision=2")) == []
    assert worlds.ids(client.get("/v1/claims?q=weekly&revision=2")) == ["a"]


@pytest.mark.parametrize("number", [3, 1500])
def test_postgres_knows_how_much_a_long_transaction_wrote_before_it_ends(empty: Flask, number: int) -> None:
    """Without a count of uncommitted rows, PostgreSQL can take a table for empty, and reads all of it for each row."""
    claimants = [{"id": f"claimant-{n}", "name": f"Claimant {n}"} for n in range(number)]
    with database.connection_context():
        with open_transaction("Many.", "test") as made:
            add_batch(made, {"claimants": claimants})
        assert select_rows("SELECT count(*) FROM claimant") == [(number,)]
        if is_postgres():
            ((counted,),) = select_rows("SELECT reltuples FROM pg_class WHERE relname = 'claimant'")
            assert counted == (number if number == 1500 else -1)
