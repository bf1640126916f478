"""`flask seed`: load the seed records."""

import pathlib

import click
from marshmallow import ValidationError

from api.cli.arguments import InputPath
from api.cli.image import write_with_progress
from api.database.connection import database
from api.records.faults import RefusedError
from api.rules.written_duplicates import Pair, describe_pairs
from imports.packages.load import is_empty, load_package
from imports.readers.tables import UnreadableFileError
from schemas.sentences import count_noun
from schemas.writing import ReasonQuery
from seeds import DATA

SEEDS = "The seed claims on the Nagorno-Karabakh conflict."


@click.command("seed")
@click.option(
    "--folder",
    type=InputPath(),
    default=DATA,
    help="Load this package, a folder or zip (default: the seed claims).",
)
@click.option("--reason", help="State the reason, which is kept with every record.")
@click.option("--if-empty", is_flag=True, help="Do nothing if the database has records.")
def load_seeds(folder: pathlib.Path, reason: str | None, if_empty: bool) -> None:
    """Load a package of CSV files as written by `flask export`: all of it or nothing."""
    with database.connection_context():
        if if_empty and not is_empty():
            click.echo("The database already has records. Nothing was loaded.")
            return
        try:
            why = reason or (SEEDS if folder == DATA else f"The package {folder.name[:100]}.")
            pairs: list[Pair] = []
            counts = load_package(folder, ReasonQuery().load({"reason": why})["reason"], pairs)
        except ValidationError as error:
            raise click.ClickException(f"Nothing was loaded.\n--reason: {error.messages_dict['reason'][0]}") from None
        except (RefusedError, UnreadableFileError) as error:
            raise click.ClickException(f"Nothing was loaded.\n{error}") from None
        write_with_progress()
    summary = ", ".join(count_noun(count, record_type.removesuffix("s")) for record_type, count in counts.items())
    click.echo(f"Loaded {summary or 'nothing: the package has no records'}.")
    for line in describe_pairs(pairs):
        click.echo(line)
