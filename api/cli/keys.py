"""`flask keys create|list|revoke`: who may write."""

import click
from marshmallow import ValidationError

from api.db import database
from api.records import keys as kept
from schemas.fields import Day


@click.group("keys")
def keys() -> None:
    """Create, list and revoke the keys with which editors write."""


@keys.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, default=("write",), help="Again for each: " + ", ".join(kept.SCOPES))
@click.option("--expires", "expires_on", help="Last day, YYYY-MM-DD; never unless given.")
def create(name: str, scopes: tuple[str, ...], expires_on: str | None) -> None:
    """Make a key and show it: it is shown this once."""
    try:
        if not (name.strip() and name.isprintable()):
            raise ValueError("A name is one line of text.")
        day = None if expires_on is None else Day().deserialize(expires_on)
        if day and day < kept.now()[:10]:
            raise ValueError(f"{day} is over.")
        with database.connection_context():
            click.echo(kept.create(name, list(scopes), day))
    except (ValueError, ValidationError) as error:
        raise click.ClickException(f"No key was made: {error}") from None


@keys.command("list")
def list_keys() -> None:
    """Tell every key's id, name, scopes, expiry and last use."""
    with database.connection_context():
        for key in kept.listed():
            state = f"revoked {key.revoked_at}" if key.revoked_at else f"expires {key.expires_on or 'never'}"
            used = key.last_used_at or "never"
            click.echo(f"{key.slug}\t{key.name}\t{','.join(sorted(key.scopes))}\t{state}\tlast used {used}")


@keys.command("revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke a key by its id, as the list tells it."""
    with database.connection_context():
        if not kept.revoke(key_id):
            raise click.ClickException(f"There is no valid key {key_id}.")
    click.echo(f"{key_id} is revoked.")
