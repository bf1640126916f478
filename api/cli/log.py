"""`flask log`: verify the change log, rebuild the tables from it, publish its checkpoint, show its public key."""

import json
import os
import pathlib

import click
import peewee
from flask import current_app

from api.change_log import audit
from api.change_log import publish as publishing
from api.change_log.answer_proofs import AnswerProofError, verify_answer
from api.change_log.checkpoint import CheckpointError, Signer, signer_at
from api.change_log.cosigned_checkpoints import note_of_size
from api.change_log.mirrored_origin import read_origin, refuse_mirror
from api.change_log.outside_requests import OutsideClient, OutsideError
from api.change_log.stored_tree import log_size
from api.change_log.tlog_proofs import TlogProofError, parse_tlog_proof, verify_tlog_proof
from api.change_log.trust_policy import NOBODY, Policy, PolicyError, parse_policy
from api.change_log.witnesses import MOST_BYTES, WitnessError, ask_witness, read_head
from api.cli.arguments import FilledText, InputPath, OutputPath
from api.database.connection import database, handle_of, is_postgres
from api.database.models import Change, Origin
from api.database.snapshot import open_snapshot
from api.history.revisions import current_revision
from api.recovery import rebuild_from_log
from schemas.sentences import count_noun

PATH = InputPath()
FILE = InputPath(dir_okay=False)
VERIFIER = click.option(
    "--verifier",
    type=FilledText(),
    help="Check with this key, as shown by `flask log key` (default: the key of this server).",
)


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
@VERIFIER
@click.option("--policy", "policy_file", type=FILE, help="Require a checkpoint cosigned by the quorum of this policy.")
def verify_log(kept: tuple[pathlib.Path, ...], verifier: str | None, policy_file: pathlib.Path | None) -> None:
    """Check the whole log: chain, tree, texts, and KEPT checkpoints (files, or folders from `publish`)."""
    policy = read_policy(policy_file) if policy_file else None
    with database.connection_context():
        try:
            outside = _load_outside(kept, verifier, policy)
            head = audit.verify(outside)
        except (audit.BadEntryError, CheckpointError) as error:
            raise click.ClickException(str(error)) from None
    entries = count_noun(head.size, "entry", "entries")
    click.echo(f"{entries}, {count_noun(len(outside.checkpoints), 'checkpoint')}: the log was not altered.")
    if policy and policy.quorum != NOBODY:
        click.echo(f"Cosigned by the quorum {policy.quorum}: the first {outside.witnessed} of them.")
    click.echo(f"Root: {head.root.hex()}.")


def _load_outside(kept: tuple[pathlib.Path, ...], verifier: str | None, policy: Policy | None) -> audit.OutsideCopy:
    """Return what the log is compared with. A policy without files is applied to the cosignatures of this database."""
    if kept:
        key = verifier or ("" if policy and policy.logs else _server_verifier())
        return publishing.load_outside_copy(kept, key, policy)
    if policy is None:
        return audit.OutsideCopy()
    origin = read_origin()
    if origin:
        checkpoint = policy.open_checkpoint(origin.checkpoint, origin.verifier)
        return audit.OutsideCopy({f"the checkpoint of {origin.url}": checkpoint}, (), checkpoint.size)
    _server_verifier()
    return publishing.load_own_cosigned(_load_signer(), policy)


@log_group.command("witness")
@click.option(
    "--policy",
    "policy_file",
    type=FILE,
    help="Ask the witnesses of this policy (default: COUNTERCLAIM_LOG_POLICY_FILE).",
)
def ask_witnesses(policy_file: pathlib.Path | None) -> None:
    """Let each witness of a policy cosign the newest checkpoint. Exit 1 if the quorum did not."""
    path = policy_file or pathlib.Path(current_app.config["LOG_POLICY_FILE"] or "-")
    if not path.exists():
        missing = f"{path} of COUNTERCLAIM_LOG_POLICY_FILE does not exist."
        raise click.ClickException(
            missing
            if current_app.config["LOG_POLICY_FILE"]
            else "There is no policy. Name its file with --policy, or set COUNTERCLAIM_LOG_POLICY_FILE."
        )
    policy, signer = read_policy(path), _load_signer()
    with database.connection_context():
        refuse_mirror()
    witnesses = [witness for witness in policy.witnesses.values() if witness.url]
    if not witnesses:
        raise click.ClickException(f"{path} has no witness with a URL.")
    client = OutsideClient(MOST_BYTES)
    with database.connection_context():
        head = read_head(signer)
        for witness in witnesses:
            try:
                ask_witness(client, witness, head)
                click.echo(f"{witness.name}: cosigned {count_noun(head.size, 'entry', 'entries')}.")
            except (WitnessError, OutsideError) as error:
                click.echo(f"{witness.name}: {error}.", err=True)
        note = note_of_size(signer, head.size).note
    if not policy.is_cosigned(note):
        raise click.ClickException(f"The quorum {policy.quorum} did not cosign the checkpoint.")


def read_policy(path: pathlib.Path) -> Policy:
    """Return the policy in a file. Raise an error of the command."""
    try:
        return parse_policy(path.read_bytes())
    except (PolicyError, OSError) as error:
        raise click.ClickException(f"{path}: {error}.") from None


@log_group.command("verify-answer")
@click.argument("answer", metavar="FILE", type=FILE)
@click.argument("proof", metavar="PROOF", type=FILE)
@VERIFIER
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


@log_group.command("verify-proof")
@click.argument("proof", metavar="PROOF", type=FILE)
@click.option("--entry", type=FILE, help="Check this entry (default: the entry in the proof).")
@VERIFIER
@click.option("--policy", "policy_file", type=FILE, help="Check with the logs and the quorum of this policy.")
def verify_proof_file(
    proof: pathlib.Path, entry: pathlib.Path | None, verifier: str | None, policy_file: pathlib.Path | None
) -> None:
    """Check PROOF, a file from /v1/log/proof/inclusion.tlog-proof. No database is read."""
    policy = read_policy(policy_file) if policy_file else parse_policy(b"quorum none")
    key = verifier or (None if policy.logs else _server_verifier())
    try:
        proved = verify_tlog_proof(
            parse_tlog_proof(proof.read_text()),
            lambda note: policy.open_checkpoint(note, key),
            entry.read_bytes() if entry else None,
        )
    except (TlogProofError, CheckpointError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{proof} proves nothing: {error}.") from None
    content, checkpoint = proved
    click.echo(
        f"Entry {content['seq']}, {content['operation']} of {content['noun']}/{content['record']} in revision "
        f"{content['revision']}, is one of the first {checkpoint.size} of {checkpoint.origin}."
    )
    if policy.quorum != NOBODY:
        click.echo(f"Cosigned by the quorum {policy.quorum}.")


@log_group.command("rebuild")
@click.option(
    "--into",
    "url",
    type=FilledText(),
    required=True,
    help="Write to this empty database, as in COUNTERCLAIM_DATABASE_URL.",
)
def rebuild_tables(url: str) -> None:
    """Rebuild every table from the log alone, in another database, and show the first difference."""
    source, target = database.obj, handle_of(url)
    with source.connection_context(), target.connection_context(), open_snapshot(None):
        try:
            with click.progressbar(length=current_revision(), label="Replaying") as bar:
                difference = rebuild_from_log.find_difference(source, target, bar.update)
        except rebuild_from_log.NotEmptyError:
            raise click.ClickException(f"{url} already has records.") from None
    if difference:
        raise click.ClickException(f"The two databases differ: {difference}")
    click.echo("Every row of every table agrees with the log.")


@log_group.command("publish")
@click.argument("target", type=OutputPath())
def publish_log(target: pathlib.Path) -> None:
    """Write the newest checkpoint to TARGET: a folder (a git checkout, a mount), or one file that is replaced."""
    with database.connection_context():
        refuse_mirror()
        try:
            size = publishing.publish_checkpoint(_load_signer(), target)
        except (publishing.ContradictionError, CheckpointError, OSError) as error:
            raise click.ClickException(f"Nothing was published: {error}") from None
    click.echo(f"Published to {target}: {count_noun(size, 'entry', 'entries')}.")


@log_group.command("key")
@click.option("--if-new", is_flag=True, help="Make a missing key only if the log has no entries (default: always).")
def show_key(if_new: bool) -> None:
    """Show the public key that verifies the checkpoints: of a mirror, that of its origin. Make a missing key."""
    origin, has_entries = None, False
    if is_postgres() or pathlib.Path(database.obj.database).exists():  # of a new log, nothing may be made but its key
        try:
            with database.connection_context():
                origin = read_origin() if database.table_exists(Origin._meta.table_name) else None
                has_entries = database.table_exists(Change._meta.table_name) and log_size() > 0
        except peewee.OperationalError as error:
            raise click.ClickException(f"The database does not answer, which may be a mirror: {error}") from None
    if origin:
        click.echo(origin.verifier)
    elif if_new and has_entries and not os.path.exists(current_app.config["LOG_KEY_FILE"]):
        click.echo("The log has entries, and its key is missing. None was made; /readyz says what to do.", err=True)
    else:
        click.echo(_load_signer().verifier)
