"""`flask openapi`: the document as a file."""

import json
import pathlib

from click.testing import CliRunner
from flask import Flask

from api.cli.openapi_document import write_document
from tests.conftest import Databases, make_app
from tests.support.contract import HonestClient


def test_the_file_holds_what_is_served(client: HonestClient, seeded: Flask, tmp_path: pathlib.Path) -> None:
    with seeded.app_context():
        told = CliRunner().invoke(write_document, [str(tmp_path / "openapi.json")])
    assert told.exit_code == 0, told.output
    assert json.loads((tmp_path / "openapi.json").read_text()) == client.get("/v1/openapi.json").json


def test_each_application_names_its_own_settings(databases: Databases, seeded: Flask) -> None:
    """All applications of a process share the description of the addresses, but not the settings."""
    settings = {"public_url": "https://claims.example", "licence": "Claims by the example."}
    other = make_app(databases.upgraded("sqlite"), databases.folder, **settings)
    document = other.extensions["counterclaim-openapi"].to_dict()
    assert document["servers"] == [{"url": "https://claims.example"}]
    assert document["info"]["license"]["name"] == "Claims by the example."
    assert document["info"]["contact"] == {"url": "https://claims.example"}
    assert document["paths"] == seeded.extensions["counterclaim-openapi"].to_dict()["paths"]
    assert seeded.extensions["counterclaim-openapi"].to_dict()["servers"] != document["servers"]
