"""`flask redact`: a text that should never have been entered is erased for good."""

import click
from flask import current_app
from marshmallow import ValidationError

from api.db import database
from api.records import redaction
from api.records.faults import NoSuchRecord, Refused
from api.records.nouns import NOUNS
from schemas.writing import ReasonQuery


@click.command("redact")
@click.argument("record", metavar="NOUN/ID")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD…")
@click.option("--reason", required=True, help="Why; kept with the change for good. Do not repeat the text in it.")
@click.confirmation_option(prompt="The texts cannot be brought back. Erase them?")
def redact(record: str, fields: tuple[str, ...], reason: str) -> None:
    """Erase texts of a record (`claims/ID note`) for good: from all its revisions, from search and from the log."""
    noun, _, slug = record.partition("/")
    if noun not in NOUNS:
        raise click.ClickException(f"{record}: give one of {', '.join(NOUNS)}, a slash, and the id.")
    try:
        why = ReasonQuery().load({"reason": reason})["reason"]
        with database.connection_context():
            told = redaction.redact(noun, slug, list(dict.fromkeys(fields)), why, "editor")
    except NoSuchRecord:
        raise click.ClickException(f"There is no record {slug} among {noun}.") from None
    except ValidationError as error:
        raise click.ClickException(f"Nothing was erased. --reason: {error.messages_dict['reason'][0]}") from None
    except Refused as refused:
        why = " ".join(fault.message for fault in refused.faults)
        raise click.ClickException(f"Nothing was erased. {why}") from None
    click.echo(f"{record}, revision {told.revision}: texts erased: {told.erased}.")
    for other in told.elsewhere:
        click.echo(f"The very words are also in {'/'.join(other)}.")
    for left in redaction.beyond_reach(told, current_app.config["CACHE_SECONDS"]):
        click.echo(f"Beyond reach: {left}")
