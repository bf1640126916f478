"""`flask keys create|list|revoke`: the keys of editors."""

import click
from marshmallow import ValidationError

from api.auth import api_keys as api_keys
from api.change_log.mirrored_origin import refuse_mirror
from api.database import clock
from api.database.connection import database
from schemas.fields import Day


@click.group("keys")
def keys_group() -> None:
    """Create, list and revoke the keys with which editors write."""


@keys_group.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("write",),
    help="Add a scope; repeat the option for several (default write): " + ", ".join(api_keys.SCOPES),
)
@click.option("--expires", "expires_on", help="Set the last day of the key, YYYY-MM-DD (default: it never expires).")
def create_key(name: str, scopes: tuple[str, ...], expires_on: str | None) -> None:
    """Make a key and show it. It is shown only once."""
    try:
        if not (name.strip() and name.isprintable()):
            raise ValueError("A name must be one line of text.")
        day = None if expires_on is None else Day().deserialize(expires_on)
        if day and day < clock.utc_now()[:10]:
            raise ValueError(f"{day} is in the past.")
        with database.connection_context():
            refuse_mirror()  # a key is for writing, and nothing else
            click.echo(api_keys.create(name, list(scopes), day))
    except (ValueError, ValidationError) as error:
        message = f"--expires: {error.messages[0]}" if isinstance(error, ValidationError) else error
        raise click.ClickException(f"No key was created. {message}") from None


@keys_group.command("list")
def list_keys() -> None:
    """List every key's id, name, scopes, expiry and last use."""
    with database.connection_context():
        for key in api_keys.load_keys():
            state = f"revoked {key.revoked_at}" if key.revoked_at else f"expires {key.expires_on or 'never'}"
            used = key.last_used_at or "never"
            click.echo(f"{key.slug}\t{key.name}\t{','.join(sorted(key.scopes))}\t{state}\tlast used {used}")


@keys_group.command("revoke")
@click.argument("key_id")
def revoke_key(key_id: str) -> None:
    """Revoke a key by its id, as shown by `list`."""
    with database.connection_context():
        if not api_keys.revoke(key_id):
            raise click.ClickException(f"There is no valid key {key_id}.")
    click.echo(f"{key_id} is revoked.")
