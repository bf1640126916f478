"""`flask release create NAME`: freeze what the database holds under a name."""

import hashlib
import pathlib

import click
from marshmallow import ValidationError

from api.db import database, snapshot
from api.export import files, package
from api.queries import releases
from api.records.releases import Taken, add
from api.v1.exports import chosen
from schemas.fields import Slug, Text


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
        Text(blank=True).deserialize(note)
    except ValidationError as error:
        raise click.ClickException(f"{name}: {' '.join(map(str, error.messages))}") from None
    with database.connection_context():
        if releases.one(name) is not None:
            raise click.ClickException(f"There is a release {name} already.")
        try:
            revision = _written(folder / name, name)
            digest = hashlib.sha256((folder / name / "datapackage.json").read_bytes()).hexdigest()
        except OSError as error:
            raise click.ClickException(f"Nothing was released: {error}") from None
        try:
            add(name, revision, note, digest)
        except Taken:
            raise click.ClickException(f"There is a release {name} already.") from None
    click.echo(f"{name}: revision {revision} in {folder / name}, datapackage.json sha256 {digest}")


def _written(folder: pathlib.Path, name: str) -> int:
    """Write the package from one snapshot; the revision that it holds."""
    with snapshot(None):
        held = chosen({}, f"Counterclaim {name}")
        if held.about["version"] == "0":
            raise click.ClickException("The database is empty.")
        if not folder.exists():
            files.write_folder(folder, package.members(held.about, held.export()))
        elif not files.holds(folder, package.members(held.about, held.export())):
            raise click.ClickException(f"{folder} holds something else: move it away.")
        return int(held.about["version"])
