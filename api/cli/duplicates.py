"""`flask duplicates`: what may be recorded twice is proposed; an editor says what is."""

import csv
import json
import sys
from collections.abc import Callable

import click
from marshmallow import ValidationError

from api.db import database, snapshot
from api.queries.duplicates import FINDERS, Proposal, Search, between
from api.records.create import create
from api.records.faults import Refused
from api.records.minting import mint
from api.render import guarded
from schemas.writing import ReasonQuery

HEADER = ("noun", "score", "one", "other", "one_dataset", "other_dataset", "same_dataset", "compared")


@click.group("duplicates", invoke_without_command=True)
@click.option(
    "--noun", "nouns", multiple=True, type=click.Choice(list(FINDERS)), help="Claims, events; both unless told."
)
@click.option("--least", default=85, type=click.IntRange(0, 100), help="Least score of a proposal, 85 unless told.")
@click.option("--days", default=1, type=click.IntRange(0, 31), help="Days between events, 1 at the most unless told.")
@click.option("--across", is_flag=True, help="Only records of different datasets.")
@click.option("--most", default=200, type=click.IntRange(1), help="How many are shown, the likeliest; 200 unless told.")
@click.option("--format", "form", default="table", type=click.Choice(["table", "csv", "json"]))
@click.pass_context
def duplicates(
    context: click.Context, nouns: tuple[str, ...], least: int, days: int, across: bool, most: int, form: str
) -> None:
    """Propose claims and events that may be one thing recorded twice, with the reasons. Nothing is changed."""
    if context.invoked_subcommand:
        return
    search = Search(days, least, within=not across)
    with database.connection_context(), snapshot(None):
        found = search.best(nouns or FINDERS, most)
    FORMS[form](found)
    for line in _told(search, len(found)):
        click.echo(line, err=True)


def _told(search: Search, shown: int) -> list[str]:
    """What a reader must know of what is shown, and of what is not."""
    lines = [f"{search.compared:,} pairs compared, {search.proposed:,} proposed."]
    if shown < search.proposed:
        lines.append(f"The likeliest {shown:,} are shown: --most shows more.")
    if search.undated:
        lines.append(f"{search.undated:,} records without a day were not compared.")
    if search.crowded:
        lines.append(f"{search.crowded:,} times a day held more records alike than are compared: narrow --days.")
    return lines


def _compared(proposal: Proposal) -> str:
    return "; ".join(f"{part.name} {part.score}: {part.compared}" for part in proposal.parts)


def _row(proposal: Proposal) -> list[str | int | bool | None]:
    """As `HEADER` names it."""
    same = proposal.same_dataset
    return [*proposal[:6], same, _compared(proposal)]


def _table(found: list[Proposal]) -> None:
    for proposal in found:
        names = [name or "no dataset" for name in (proposal.one_dataset, proposal.other_dataset)]
        whence = f"both of {names[0]}" if proposal.same_dataset else " / ".join(names)
        click.echo(f"{proposal.score:3} {proposal.noun} ({whence})\n    {proposal.one}\n    {proposal.other}")
        click.echo("".join(f"      {part.name} {part.score}: {part.compared}\n" for part in proposal.parts), nl=False)


def _csv(found: list[Proposal]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([guarded(cell) for cell in _row(proposal)] for proposal in found)


def _json(found: list[Proposal]) -> None:
    told = [
        {**dict(zip(HEADER, _row(proposal), strict=True)), "compared": [part._asdict() for part in proposal.parts]}
        for proposal in found
    ]
    click.echo(json.dumps(told, ensure_ascii=False, indent=1))


FORMS: dict[str, Callable[[list[Proposal]], None]] = {"table": _table, "csv": _csv, "json": _json}


#: Of two relations between the same claims, the one that says the other is wrong.
OTHERWISE = {"same_as": "distinct_from", "distinct_from": "same_as"}


# What an editor says ---------------------------------------------------------------------------------------------


@duplicates.command("confirm")
@click.argument("claim")
@click.argument("target")
@click.option("--reason", required=True, help="Why; kept with the relation for good.")
def confirm(claim: str, target: str, reason: str) -> None:
    """CLAIM repeats TARGET: from here on it takes no part in statistics."""
    click.echo(_related(claim, "same_as", target, reason))


@duplicates.command("reject")
@click.argument("claim")
@click.argument("target")
@click.option("--reason", required=True, help="Why; kept with the relation for good.")
def reject(claim: str, target: str, reason: str) -> None:
    """CLAIM and TARGET are two statements, however alike: they are not proposed again."""
    click.echo(_related(claim, "distinct_from", target, reason))


def _related(claim: str, kind: str, target: str, reason: str) -> str:
    relation = {"claim": claim, "kind": kind, "target": target, "note": reason}
    try:
        why = ReasonQuery().load({"reason": reason})["reason"]
        with database.connection_context():
            if other := between(claim, OTHERWISE[kind], target):
                raise click.ClickException(f"Nothing was recorded. {other} says otherwise: retract it first.")
            made = mint("relations", [relation])
            revision = create({"relations": made}, why, who="editor")
    except ValidationError as error:
        raise click.ClickException(f"Nothing was recorded. --reason: {error.messages_dict['reason'][0]}") from None
    except Refused as refused:
        told = "\n".join(f"{fault.field}: {fault.message}" for fault in refused.faults)
        raise click.ClickException(f"Nothing was recorded. {told}") from None
    return f"{made[0]['id']}, revision {revision}."
