"""`flask release create NAME`: freeze what the database holds under a name."""

import hashlib
import pathlib

import click
from flask import current_app

from api import export
from api.db import begin_snapshot, database, end_snapshot
from api.queries import releases
from api.queries.references import current_revision
from api.records.releases import Taken, add
from schemas.fields import Slug


@click.group("release")
def release() -> None:
    """Give a revision a name and write it out."""


@release.command("create")
@click.argument("name")
@click.option("--note", default="", help="What a reader should know of it.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=pathlib.Path), default="releases")
def create(name: str, note: str, folder: pathlib.Path) -> None:
    """Write the data package FOLDER/NAME and list it under /v1/releases: whole, or not at all."""
    try:
        Slug().deserialize(name)
    except ValueError as error:
        raise click.ClickException(f"{name}: {error}") from None
    with database.connection_context():
        if releases.one(name) is not None:
            raise click.ClickException(f"There is a release {name} already.")
        revision = _written(folder / name, name)
        digest = hashlib.sha256((folder / name / "datapackage.json").read_bytes()).hexdigest()
        try:
            add(name, revision, note, digest)
        except Taken:
            raise click.ClickException(f"There is a release {name} already.") from None
    click.echo(f"{name}: revision {revision} in {folder / name}, datapackage.json sha256 {digest}")


def _written(folder: pathlib.Path, name: str) -> int:
    """Write the package from one snapshot; the revision that it holds."""
    config = current_app.config
    begin_snapshot(None)
    try:
        revision = current_revision()
        if not revision:
            raise click.ClickException("The database is empty.")
        about = export.described(f"Counterclaim {name}", revision, config["LICENCE"], config["PUBLIC_URL"])
        if not folder.exists():
            export.write(folder, about, {})
        return revision
    finally:
        end_snapshot()
