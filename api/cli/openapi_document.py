"""`flask openapi`: writes the OpenAPI document, for generators of clients."""

import json
import pathlib

import click
from flask import current_app
from flask.cli import with_appcontext

from api.cli.arguments import OutputPath


@click.command("openapi")
@click.argument("path", metavar="FILE", type=OutputPath(dir_okay=False))
@with_appcontext
def write_document(path: pathlib.Path) -> None:
    """Write the OpenAPI document that `/v1/openapi.json` serves to FILE."""
    path.write_text(json.dumps(current_app.extensions["counterclaim-openapi"].to_dict(), indent=2) + "\n")
