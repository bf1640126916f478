"""`flask upgrade`: bring the database to the newest tables."""

import click

from api import upgrade as upgrading
from api.db import database
from api.queries.references import current_revision
from api.records import tallies


@click.command("upgrade")
def upgrade() -> None:
    """Create or upgrade the tables; safe to repeat, safe in two processes at once."""
    with database.connection_context():
        done = upgrading.upgrade()
        behind = done and not tallies.holds_at(current_revision())
    click.echo(f"Upgraded: {', '.join(done)}." if done else "The database is up to date.")
    if behind:
        click.echo("Broad statistics are slow, or refused, until `flask tallies rebuild`.")
