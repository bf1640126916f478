"""`flask seed`: load the seed claims."""

import pathlib

import click
from marshmallow import ValidationError

from api.db import database
from api.records.faults import Refused
from schemas.writing import ReasonQuery
from seeds.load import DATA, is_empty, load
from seeds.readers.tables import Unreadable

SEEDS = "The seed claims on the Nagorno-Karabakh conflict."


@click.command("seed")
@click.option(
    "--folder",
    type=click.Path(exists=True, path_type=pathlib.Path),
    default=DATA,
    help="A package of ours, also as zip.",
)
@click.option("--reason", help="Why; kept with every record.")
@click.option("--if-empty", is_flag=True, help="Do nothing when the database holds records.")
def seed(folder: pathlib.Path, reason: str | None, if_empty: bool) -> None:
    """Load a package of our own CSV files, the seed claims unless told otherwise: all of it or nothing."""
    with database.connection_context():
        if if_empty and not is_empty():
            click.echo("The database holds records already: nothing was loaded.")
            return
        try:
            why = reason or (SEEDS if folder == DATA else f"The package {folder.name[:100]}.")
            counts = load(folder, ReasonQuery().load({"reason": why})["reason"])
        except ValidationError as error:
            raise click.ClickException(f"Nothing was loaded.\n--reason: {error.messages_dict['reason'][0]}") from None
        except (Refused, Unreadable) as error:
            raise click.ClickException(f"Nothing was loaded.\n{error}") from None
    told = ", ".join(f"{count} {noun}" for noun, count in counts.items())
    click.echo(f"Loaded {told or 'nothing: it holds no records'}.")
