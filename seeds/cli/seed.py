"""`flask seed`: load the seed claims."""

import pathlib

import click

from api.db import database
from api.records.faults import Refused
from seeds.load import DATA, is_empty, load
from seeds.readers.tables import Unreadable


@click.command("seed")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=pathlib.Path), default=DATA)
@click.option("--if-empty", is_flag=True, help="Do nothing when the database holds records.")
def seed(folder: pathlib.Path, if_empty: bool) -> None:
    """Load a folder of our own CSV files, the seed claims unless told otherwise: all of it or nothing."""
    with database.connection_context():
        if if_empty and not is_empty():
            click.echo("The database holds records already: nothing was loaded.")
            return
        try:
            counts = load(folder, "The seed claims on the Nagorno-Karabakh conflict.")
        except (Refused, Unreadable) as error:
            raise click.ClickException(f"Nothing was loaded.\n{error}") from None
    click.echo("Loaded " + ", ".join(f"{count} {noun}" for noun, count in counts.items()) + ".")
