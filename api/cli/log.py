"""`flask log`: verify the change log, publish its newest checkpoint off the machine, tell the key that checks it."""

import pathlib

import click
from flask import current_app

from api import upgrade as upgrading
from api.db import database, handle_of, snapshot, using
from api.queries.references import current_revision
from api.records import audit, likewise, published, replay
from api.records.checkpoint import Signer, Untrue, signer_at

PATH = click.Path(exists=True, readable=True, path_type=pathlib.Path)


@click.group("log")
def log() -> None:
    """The change log: verify it, publish it."""


def _signer() -> Signer:
    try:
        return signer_at(current_app.config["LOG_KEY_FILE"], current_app.config["LOG_ORIGIN"])
    except (Untrue, OSError) as error:
        raise click.ClickException(str(error)) from None


def _own_verifier() -> str:
    """That of the key of this machine; none is made, which could not have signed what was kept."""
    path = current_app.config["LOG_KEY_FILE"]
    if not pathlib.Path(path).exists():
        told = f"{path} is not there: say with --verifier whose checkpoints these are (`flask log key`)."
        raise click.ClickException(told)
    return _signer().verifier


@log.command("verify")
@click.argument("kept", nargs=-1, type=PATH)
@click.option("--verifier", help="The key that signed, as `flask log key` tells it; our own unless given.")
def verify(kept: tuple[pathlib.Path, ...], verifier: str | None) -> None:
    """Walk the whole log: chain, tree, texts, and KEPT checkpoints (files, or folders that `publish` wrote)."""
    with database.connection_context():
        try:
            outside = published.kept(kept, verifier or _own_verifier()) if kept else audit.Kept()
            head = audit.verify(outside)
        except (audit.Bad, Untrue) as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"{head.size} entries, {len(outside.checkpoints)} checkpoints: nothing was changed.")
    click.echo(f"Root: {head.root.hex()}.")


@log.command("rebuild")
@click.option("--into", "url", required=True, help="An empty database, as in COUNTERCLAIM_DATABASE_URL.")
def rebuild(url: str) -> None:
    """Make every table anew from the log alone, in another database, and compare: the first difference is told."""
    source, target = database.obj, handle_of(url)
    with source.connection_context(), target.connection_context(), snapshot(None):
        with using(target):
            upgrading.upgrade()
        try:
            with click.progressbar(length=current_revision(), label="Replaying") as bar:
                for _ in replay.replay(source, target):
                    bar.update(1)
        except replay.NotEmpty:
            raise click.ClickException(f"{url} holds records already.") from None
        replay.finish(source, target)
        difference = likewise.first_difference(source, target)
    if difference:
        raise click.ClickException(f"Here and there differ: {difference}")
    click.echo("Every row of every table is what the log says.")


@log.command("publish")
@click.argument("target", type=click.Path(path_type=pathlib.Path))
def publish(target: pathlib.Path) -> None:
    """Write the newest checkpoint to TARGET: a folder (a git checkout, a mount), or one file that is replaced."""
    with database.connection_context():
        try:
            size = published.publish(_signer(), target)
        except (published.Contradicted, Untrue, OSError) as error:
            raise click.ClickException(f"Nothing was published: {error}") from None
    click.echo(f"Published to {target}: {size} entries.")


@log.command("key")
def key() -> None:
    """Tell the key by which anybody checks the checkpoints; no secret."""
    click.echo(_signer().verifier)
