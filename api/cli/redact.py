"""`flask redact`: erase texts that should never have been entered, permanently."""

import click
from flask import current_app
from marshmallow import ValidationError

from api.database.connection import database
from api.records.faults import NoSuchRecordError, RefusedError
from api.records.record_types import RECORD_TYPES
from api.v1.shared.pinned_answers import forget_files
from api.writes import redact as redaction
from schemas.writing import ReasonQuery


@click.command("redact")
@click.argument("record", metavar="TYPE/ID")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD…")
@click.option(
    "--reason", required=True, help="State the reason, which is kept permanently. Do not repeat the text in it."
)
@click.confirmation_option(prompt="The texts cannot be brought back. Erase them?")
def redact_record(record: str, fields: tuple[str, ...], reason: str) -> None:
    """Erase texts of a record (`claims/ID note`) permanently, from all its revisions, search and the log."""
    record_type, _, slug = record.partition("/")
    if record_type not in RECORD_TYPES:
        raise click.ClickException(
            f"{record} is not a record. Write one of {', '.join(RECORD_TYPES)}, a slash, and the id."
        )
    try:
        why = ReasonQuery().load({"reason": reason})["reason"]
        with database.connection_context():
            result = redaction.redact_texts(record_type, slug, list(dict.fromkeys(fields)), why, "editor")
    except NoSuchRecordError:
        raise click.ClickException(f"There is no record {slug} among {record_type}.") from None
    except ValidationError as error:
        raise click.ClickException(f"Nothing was erased. --reason: {error.messages_dict['reason'][0]}") from None
    except RefusedError as refused:
        why = " ".join(fault.message for fault in refused.faults)
        raise click.ClickException(f"Nothing was erased. {why}") from None
    forget_files()
    click.echo(f"{record}, revision {result.revision}: texts erased: {result.erased}.")
    for record_path in result.elsewhere:
        click.echo(f"The same words are also in {'/'.join(record_path)}.")
    for remaining in redaction.beyond_reach(result, current_app.config["CACHE_SECONDS"]):
        click.echo(f"Remaining copies: {remaining}")
