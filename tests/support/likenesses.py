"""Invented files in the real formats of datasets, imported by the mappings that come along."""

import pathlib
from typing import NamedTuple

from api.database.connection import database
from api.database.models import TABLES
from api.database.statements import fetch_tuples
from tests.conftest import Databases, make_app
from tests.support.imported import Imported, Row, bounds, command

LIKENESSES = pathlib.Path(__file__).parents[1] / "imports" / "mappings" / "likenesses"


class Run(NamedTuple):
    """One run of `flask import`."""

    mapping: str
    file: str
    release: str = "1"


def import_likenesses(databases: Databases, engine: str, *runs: Run) -> Imported:
    """Import invented files one after another into a new database. No row may be refused."""
    app = make_app(databases.upgraded(engine), databases.folder)
    told = [command(run.mapping, [LIKENESSES / run.file], databases, "--release", run.release) for run in runs]
    return Imported(app, LIKENESSES, False, "\n".join(told))


def list_figures(imported: Imported, question: str = "") -> dict[str, tuple[int | None, int | None, int | None]]:
    """Return low, best and high of each claim, by its id."""
    return {row["id"]: bounds(row) for row in imported.claims(question)}


def total_by_harm(imported: Imported, question: str = "") -> dict[str, tuple[int, int]]:
    """Return the low and the high of the statistic, by harm."""
    return {row["harm"]: (row["low"], row["high"]) for row in imported.totals(f"group_by=harm&{question}")}


def list_stored_texts() -> str:
    """Return everything that the database has, as one text."""
    with database.connection_context():
        rows: list[Row] = [row for table in TABLES for row in fetch_tuples(table.select())]
    return repr(rows)
