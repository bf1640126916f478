"""`flask release create NAME`: give the newest revision a name, and write its data package."""

import hashlib
import pathlib

import click
from marshmallow import ValidationError

from api.cli.arguments import OutputPath
from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.export import data_package, output_files
from api.listings import release_names, releases
from api.v1.exports import select_export
from api.writes.name_release import NameTakenError, add_release
from schemas.fields import Slug, Text


@click.group("release")
def release_group() -> None:
    """Give a revision a name and write it out."""


@release_group.command("create")
@click.argument("name")
@click.option("--note", default="", help="Add a note for readers.")
@click.option(
    "--folder",
    type=OutputPath(file_okay=False),
    default="releases",
    help="Write into this folder (default releases).",
)
def create_release(name: str, note: str, folder: pathlib.Path) -> None:
    """Write the data package FOLDER/NAME and list it under /v1/releases: all of it or nothing."""
    try:
        Slug().deserialize(name)
        Text(blank=True).deserialize(note)
    except ValidationError as error:
        raise click.ClickException(f"{name}: {' '.join(map(str, error.messages))}") from None
    with database.connection_context():
        if releases.read_release(name) is not None:
            raise click.ClickException(f"Release {name} exists already. Choose another name.")
        if same_name := release_names.find_releases(name):
            raise click.ClickException(
                f"A dataset has a release of this name: {same_name[0].id}. release={name} would be ambiguous. Choose "
                "another name."
            )
        try:
            revision = _write_package(folder / name, name)
            digest = hashlib.sha256((folder / name / "datapackage.json").read_bytes()).hexdigest()
        except OSError as error:
            raise click.ClickException(f"Nothing was released: {error}") from None
        try:
            add_release(name, revision, note, digest)
        except NameTakenError:
            raise click.ClickException(f"Release {name} exists already. Choose another name.") from None
    click.echo(f"{name}: revision {revision} in {folder / name}, datapackage.json sha256 {digest}")


def _write_package(folder: pathlib.Path, name: str) -> int:
    """Write the package from one snapshot. Return its revision."""
    with open_snapshot(None):
        package = select_export({}, f"Counterclaim {name}")
        if package.description["version"] == "0":
            raise click.ClickException("The database is empty.")
        if not folder.exists():
            output_files.write_folder(folder, data_package.members(package.description, package.open_tables()))
        elif not output_files.has_members(folder, data_package.members(package.description, package.open_tables())):
            raise click.ClickException(
                f"{folder} exists and has other content. Move it elsewhere, then run this command again."
            )
        return int(package.description["version"])
