"""Exports made by the command, and databases made from them."""

import csv
import io
import json
import pathlib
import zipfile
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask

from api.cli.export_package import export_records
from api.database.connection import database
from imports.packages.load import load_package
from schemas.fields import remove_guard
from tests.conftest import Databases, make_app
from tests.support import worlds


def exported(app: Flask, target: pathlib.Path, *options: str) -> Result:
    """Run `flask export` on the database of the application, and return its result."""
    worlds.rebound(app)
    with app.app_context():
        return CliRunner().invoke(export_records, [str(target), *options])


def package(app: Flask, target: pathlib.Path, *options: str) -> pathlib.Path:
    told = exported(app, target, *options)
    assert told.exit_code == 0, told.output
    return target


def loaded(databases: Databases, engine: str, folder: pathlib.Path) -> Flask:
    """Return an application on a new database with the records of a package."""
    app = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        load_package(folder, "A package.")
    return app


def contents(package: pathlib.Path) -> dict[str, bytes]:
    """Return the files of a package, without the version and citation in its description."""
    if package.suffix == ".zip":
        with zipfile.ZipFile(package) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
    else:
        found = {path.name: path.read_bytes() for path in package.iterdir()}
    about = json.loads(found["datapackage.json"])
    told = about.pop("version"), about.pop("citation")
    assert all(told)
    return found | {"datapackage.json": json.dumps(about).encode()}


def rows(data: bytes) -> list[dict[str, Any]]:
    """Return the rows of a CSV file of ours; an empty cell is None."""
    found = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    return [{name: remove_guard(cell) or None for name, cell in row.items()} for row in found]


def ids(package: pathlib.Path, record_type: str) -> list[str]:
    return [row["id"] for row in rows(contents(package)[f"{record_type}.csv"])]
