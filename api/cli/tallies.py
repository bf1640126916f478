"""`flask tallies`: make the tallies of broad statistics anew, or prove them."""

import click
from flask.cli import AppGroup

from api.db import database, snapshot, writing
from api.queries.references import current_revision
from api.records import tallies as kept

tallies = AppGroup("tallies", help="The tables by which broad statistics are answered.")


@tallies.command("rebuild")
def rebuild() -> None:
    """Make the tallies anew from the record, in one transaction."""
    with database.connection_context(), writing():
        revision = current_revision()
        with click.progressbar(length=kept.size(), label="Settling") as bar:
            kept.rebuild(revision, bar.update)
    click.echo(f"The tallies hold at revision {revision}.")


@tallies.command("verify")
def verify() -> None:
    """Prove the tallies equal to a computation from scratch; else name the first difference and end with 1."""
    with database.connection_context(), snapshot(None):
        revision = current_revision()
        with click.progressbar(length=kept.size(), label="Settling") as bar:
            difference = kept.first_difference(revision, bar.update)
    if difference:
        raise click.ClickException(difference)
    click.echo(f"The tallies are what the record gives at revision {revision}.")
