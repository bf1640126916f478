"""`flask log`: verify the change log, rebuild the tables from it, publish its checkpoint, show its public key."""

import json
import pathlib

import click
from flask import current_app

from api.change_log import audit
from api.change_log import publish as publishing
from api.change_log.answer_proofs import AnswerProofError, verify_answer
from api.change_log.checkpoint import CheckpointError, Signer, signer_at
from api.database import upgrade as upgrading
from api.database.connection import database, handle_of, open_snapshot, use_database
from api.history.revisions import current_revision
from api.recovery import compare_databases, rebuild_from_log
from schemas.sentences import count_noun

PATH = click.Path(exists=True, readable=True, path_type=pathlib.Path)
FILE = click.Path(exists=True, readable=True, dir_okay=False, path_type=pathlib.Path)


@click.group("log")
def log_group() -> None:
    """Verify, rebuild or publish the change log."""


def _load_signer() -> Signer:
    try:
        return signer_at(current_app.config["LOG_KEY_FILE"], current_app.config["LOG_ORIGIN"])
    except (CheckpointError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _server_verifier() -> str:
    """Return the verifier of this server. Never create a key: a new one cannot have signed old checkpoints."""
    path = current_app.config["LOG_KEY_FILE"]
    if not pathlib.Path(path).exists():
        message = (
            f"{path} does not exist. Give the key that signed the checkpoints with --verifier (see `flask log key`)."
        )
        raise click.ClickException(message)
    return _load_signer().verifier


@log_group.command("verify")
@click.argument("kept", nargs=-1, type=PATH)
@click.option("--verifier", help="Check with this key, as shown by `flask log key` (default: the key of this server).")
def verify_log(kept: tuple[pathlib.Path, ...], verifier: str | None) -> None:
    """Check the whole log: chain, tree, texts, and KEPT checkpoints (files, or folders from `publish`)."""
    with database.connection_context():
        try:
            outside = (
                publishing.load_outside_copy(kept, verifier or _server_verifier()) if kept else audit.OutsideCopy()
            )
            head = audit.verify(outside)
        except (audit.BadEntryError, CheckpointError) as error:
            raise click.ClickException(str(error)) from None
    entries = count_noun(head.size, "entry", "entries")
    click.echo(f"{entries}, {count_noun(len(outside.checkpoints), 'checkpoint')}: the log was not altered.")
    click.echo(f"Root: {head.root.hex()}.")


@log_group.command("verify-answer")
@click.argument("answer", metavar="FILE", type=FILE)
@click.argument("proof", metavar="PROOF", type=FILE)
@click.option("--verifier", help="Check with this key, as shown by `flask log key` (default: the key of this server).")
def verify_saved_answer(answer: pathlib.Path, proof: pathlib.Path, verifier: str | None) -> None:
    """Check a saved answer, FILE, against its proof from /v1/log/proof/answer. No database is read."""
    try:
        document = json.loads(proof.read_bytes())
        proved = verify_answer(answer.read_bytes(), document.get("data", document), verifier or _server_verifier())
    except (AnswerProofError, CheckpointError) as error:
        raise click.ClickException(f"{answer} is not proved: {error}.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise click.ClickException(f"{proof} is not an answer of /v1/log/proof/answer.") from None
    click.echo(f"{answer} is the answer of {proved.address} at revision {proved.revision}.")
    click.echo(f"It uses {proved.entries} of the {proved.size} entries of the log.")


@log_group.command("rebuild")
@click.option("--into", "url", required=True, help="Write to this empty database, as in COUNTERCLAIM_DATABASE_URL.")
def rebuild_tables(url: str) -> None:
    """Rebuild every table from the log alone, in another database, and show the first difference."""
    source, target = database.obj, handle_of(url)
    with source.connection_context(), target.connection_context(), open_snapshot(None):
        with use_database(target):
            upgrading.upgrade()
        try:
            with click.progressbar(length=current_revision(), label="Replaying") as bar:
                for _ in rebuild_from_log.replay_log(source, target):
                    bar.update(1)
        except rebuild_from_log.NotEmptyError:
            raise click.ClickException(f"{url} already has records.") from None
        rebuild_from_log.complete_rebuild(source, target)
        difference = compare_databases.first_difference(source, target)
    if difference:
        raise click.ClickException(f"The two databases differ: {difference}")
    click.echo("Every row of every table agrees with the log.")


@log_group.command("publish")
@click.argument("target", type=click.Path(path_type=pathlib.Path))
def publish_log(target: pathlib.Path) -> None:
    """Write the newest checkpoint to TARGET: a folder (a git checkout, a mount), or one file that is replaced."""
    with database.connection_context():
        try:
            size = publishing.publish_checkpoint(_load_signer(), target)
        except (publishing.ContradictionError, CheckpointError, OSError) as error:
            raise click.ClickException(f"Nothing was published: {error}") from None
    click.echo(f"Published to {target}: {count_noun(size, 'entry', 'entries')}.")


@log_group.command("key")
def show_key() -> None:
    """Show the public key that verifies the checkpoints."""
    click.echo(_load_signer().verifier)
