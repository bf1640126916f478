"""`flask upgrade`: create the tables, or upgrade them to the newest ones."""

import click

from api.cli.image import write_with_progress
from api.database import upgrade as upgrading
from api.database.connection import database
from api.records.search_text import refold_stale_tables


@click.command("upgrade")
def upgrade() -> None:
    """Create or upgrade the tables; safe to repeat, safe in two processes at once."""
    with database.connection_context():
        done = upgrading.upgrade()
        refolded = refold_stale_tables()
    click.echo(f"Upgraded: {', '.join(done)}." if done else "The database is up to date.")
    if refolded:
        click.echo(f"Search text made again: {', '.join(refolded)}.")
    with database.connection_context():
        write_with_progress()
