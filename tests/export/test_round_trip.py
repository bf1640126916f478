"""A package survives export, import into an empty database, and export: every byte is equal, also across engines."""

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from api.records.record_types import RECORD_TYPES
from api.writes.update import mark_retracted, revise_record
from imports.packages.load import load_package
from seeds import DATA
from tests.conftest import Databases, make_app
from tests.support import nasty, sparse, worlds
from tests.support.exports import contents, ids, loaded, package

RECORDED = {"revision", "created_at", "updated_at"}
OTHER = {"sqlite": "postgres", "postgres": "sqlite"}


def seeds(databases: Databases, engine: str) -> Flask:
    """Return the seeds with a few corrections by editors."""
    app = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        load_package(DATA, "The seeds.")
        by = ("An editor found it wrong; see =1+1.", "editor")
        mark_retracted("claims", "karlinsky-torrisi-2023-all-killed", *by)
        mark_retracted("reports", "putin-2020-10-22-all-killed-in-urdupoint-1064747", *by)
        revise_record("sides", "armenia", {"aliases": ["Hayastan; HH", "-", "a\\b"]}, *by)
        revise_record("events", "ganja-2020-10-17", {"note": "", "latitude": 40.1 + 0.2, "longitude": -0.0}, *by)
    return app


def nastiest(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, nasty.world())


def sparsest(databases: Databases, engine: str) -> Flask:
    """Return records that are empty in one field each, and figures of each shape. Nothing may be derived for them."""
    app = make_app(databases.upgraded(engine), databases.folder)
    worlds.write_as_given(sparse.world())
    return app


@pytest.mark.parametrize("make", [seeds, nastiest, sparsest])
def test_a_package_comes_back_the_same_to_the_byte(
    databases: Databases, engine: str, tmp_path: pathlib.Path, make: Callable[[Databases, str], Flask]
) -> None:
    app = make(databases, engine)
    first = package(app, tmp_path / "first")
    across = package(loaded(databases, OTHER[engine], first), tmp_path / "across")
    back = loaded(databases, engine, across)
    assert contents(first) == contents(across) == contents(package(back, tmp_path / "back"))
    for record_type in worlds.RECORD_TYPES:
        assert ids(first, record_type) != []
        assert records(back, record_type) == records(app, record_type)


def test_the_nasty_world_is_nasty() -> None:
    """The world contains the hard cases that it is made for."""
    made = nasty.world()
    for record_type in worlds.RECORD_TYPES:
        assert {record["status"] for record in made[record_type]} == {"active", "superseded", "withdrawn", "retracted"}
    texts = {text for records in made.values() for record in records for text in strings(record)}
    assert texts >= set(nasty.TEXTS)
    assert {event["latitude"] for event in made["events"]} >= {None, 0.1 + 0.2, 1e-7}


def test_the_sparse_world_has_each_field_with_and_without_a_value() -> None:
    made = sparse.world()
    for name, record_type in RECORD_TYPES.items():
        documents = [record_type.schema.load(document) for document in made[name]]
        for field in record_type.schema.fields:
            for empty in sparse.find_empty_value(record_type.schema.fields[field]):
                assert {document[field] == empty for document in documents} == {True, False}, (name, field)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def records(app: Flask, record_type: str) -> list[worlds.Document]:
    """Return all records as JSON, without revision and timestamps. Null and empty text differ here."""
    found = app.test_client().get(f"/v1/{record_type}?limit=1000").json["data"]
    return [{name: value for name, value in record.items() if name not in RECORDED} for record in found]
