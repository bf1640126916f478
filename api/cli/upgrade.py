"""`flask upgrade`: bring the database to the newest tables."""

import click

from api import upgrade as upgrading
from api.db import database


@click.command("upgrade")
def upgrade() -> None:
    """Create or upgrade the tables; safe to repeat, safe in two processes at once."""
    with database.connection_context():
        done = upgrading.upgrade()
    click.echo(f"Upgraded: {', '.join(done)}." if done else "The database is up to date.")
