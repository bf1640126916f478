"""What the generated clients need: npm, a copy of a folder of clients/ with the document, a server with the seeds."""

import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

import pytest

from api.database.connection import connect_to, database
from imports.packages.load import load_package
from seeds import DATA
from tests.conftest import Databases, make_app
from tests.support.servers import ROOT

CLIENTS = ROOT / "clients"
NPM = shutil.which("npm")
needs_npm = pytest.mark.skipif(NPM is None, reason="needs npm, which this machine does not have")
#: The first statement about the event in the seeds, as each example writes it.
EVENT, LINE = "ganja-2020-10-17", "Ministry of Emergency Situations of Azerbaijan: 13 of Azerbaijan killed"


def npm(folder: pathlib.Path, *words: str, **environment: str) -> None:
    assert NPM is not None
    run([NPM, *words], folder, **environment)


def run(command: Iterable[str], folder: pathlib.Path, **environment: str) -> str:
    """Run a command that must succeed, and return what it prints."""
    ran = subprocess.run(
        [*command], cwd=folder, capture_output=True, text=True, timeout=600, env={**os.environ, **environment}
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def copy_client(name: str, into: pathlib.Path, databases: Databases) -> pathlib.Path:
    """Copy a folder of clients/ without its generated files, and write the served document into it."""
    folder = into / name
    generated = shutil.ignore_patterns("node_modules", "built", ".venv", "counterclaim*", "openapi.json")
    shutil.copytree(CLIENTS / name, folder, ignore=generated)
    (folder / "openapi.json").write_text(json.dumps(read_document(databases)))
    return folder


def read_document(databases: Databases) -> Any:
    return make_app(databases.upgraded("sqlite"), databases.folder).test_client().get("/v1/openapi.json").json


def load_seeds(databases: Databases) -> str:
    """Return the address of a database with the seeds."""
    url = databases.upgraded("sqlite")
    connect_to(url)
    with database.connection_context():
        load_package(DATA, "The seeds.")
    return url
