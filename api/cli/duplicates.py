"""`flask duplicates`: propose records that may be recorded twice. An editor confirms or rejects the proposals."""

import csv
import json
import sys
from collections.abc import Callable

import click
from marshmallow import ValidationError

from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.deduplication.candidates import FINDERS, Proposal, Search, relation_between
from api.http.formats import csv_cell
from api.records.faults import RefusedError
from api.records.slugs import mint_slugs
from api.writes.create import create_records
from schemas.sentences import count_noun
from schemas.writing import ReasonQuery

HEADER = ("record_type", "score", "one", "other", "one_dataset", "other_dataset", "same_dataset", "compared")


@click.group("duplicates", invoke_without_command=True)
@click.option(
    "--type",
    "record_types",
    multiple=True,
    type=click.Choice(list(FINDERS)),
    help="Compare claims or events (default: both).",
)
@click.option(
    "--least", default=85, type=click.IntRange(0, 100), help="Show proposals with at least this score (default 85)."
)
@click.option("--days", default=1, type=click.IntRange(0, 31), help="Compare events at most N days apart (default 1).")
@click.option("--across", is_flag=True, help="Compare only records of different datasets.")
@click.option("--most", default=200, type=click.IntRange(1), help="Show the N likeliest pairs (default 200).")
@click.option(
    "--format",
    "form",
    default="table",
    type=click.Choice(["table", "csv", "json"]),
    help="Write in this format (default table).",
)
@click.pass_context
def duplicates_group(
    context: click.Context, record_types: tuple[str, ...], least: int, days: int, across: bool, most: int, form: str
) -> None:
    """Propose claims and events that may be recorded twice, with the reasons. Nothing is changed."""
    if context.invoked_subcommand:
        return
    search = Search(days, least, within=not across)
    with database.connection_context(), open_snapshot(None):
        proposals = search.find_best(record_types or FINDERS, most)
    FORMS[form](proposals)
    for line in _summary_lines(search, len(proposals)):
        click.echo(line, err=True)


def _summary_lines(search: Search, shown: int) -> list[str]:
    """Return lines about the limits of the search: pairs compared, and pairs or records that are not shown."""
    lines = [f"{count_noun(search.compared, 'pair')} compared, {search.proposed:,} proposed."]
    if shown < search.proposed:
        lines.append(f"Only the {shown:,} likeliest are shown. Use --most to show more.")
    if search.undated:
        verb = "was" if search.undated == 1 else "were"
        lines.append(f"{count_noun(search.undated, 'record')} without a day {verb} not compared.")
    if search.crowded:
        lines.append(
            f"{count_noun(search.crowded, 'time')}, a day had more similar records than can be compared. "
            "Use a lower --days."
        )
    return lines


def _describe_parts(proposal: Proposal) -> str:
    return "; ".join(f"{part.name} {part.score}: {part.compared}" for part in proposal.parts)


def _proposal_row(proposal: Proposal) -> list[str | int | bool | None]:
    """Return a proposal as a row with the columns of `HEADER`."""
    same = proposal.has_same_dataset
    return [*proposal[:6], same, _describe_parts(proposal)]


def _print_table(proposals: list[Proposal]) -> None:
    for proposal in proposals:
        names = [name or "no dataset" for name in (proposal.first_dataset, proposal.second_dataset)]
        origin = f"both of {names[0]}" if proposal.has_same_dataset else " / ".join(names)
        click.echo(f"{proposal.score:3} {proposal.record_type} ({origin})\n    {proposal.first}\n    {proposal.second}")
        click.echo("".join(f"      {part.name} {part.score}: {part.compared}\n" for part in proposal.parts), nl=False)


def _print_csv(proposals: list[Proposal]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([csv_cell(cell) for cell in _proposal_row(proposal)] for proposal in proposals)


def _print_json(proposals: list[Proposal]) -> None:
    records = [
        {
            **dict(zip(HEADER, _proposal_row(proposal), strict=True)),
            "compared": [part._asdict() for part in proposal.parts],
        }
        for proposal in proposals
    ]
    click.echo(json.dumps(records, ensure_ascii=False, indent=1))


FORMS: dict[str, Callable[[list[Proposal]], None]] = {"table": _print_table, "csv": _print_csv, "json": _print_json}


#: For each kind of relation, the kind that contradicts it between the same claims.
OTHERWISE = {"same_as": "distinct_from", "distinct_from": "same_as"}


# Decisions of an editor ------------------------------------------------------------------------------------------


@duplicates_group.command("confirm")
@click.argument("claim")
@click.argument("target")
@click.option("--reason", required=True, help="State the reason, which is kept permanently with the relation.")
def confirm_duplicate(claim: str, target: str, reason: str) -> None:
    """Record that CLAIM repeats TARGET, so that statistics no longer use it."""
    click.echo(_record_relation(claim, "same_as", target, reason))


@duplicates_group.command("reject")
@click.argument("claim")
@click.argument("target")
@click.option("--reason", required=True, help="State the reason, which is kept permanently with the relation.")
def reject_duplicate(claim: str, target: str, reason: str) -> None:
    """Record that CLAIM and TARGET are different statements, so that they are not proposed again."""
    click.echo(_record_relation(claim, "distinct_from", target, reason))


def _record_relation(claim: str, kind: str, target: str, reason: str) -> str:
    relation = {"claim": claim, "kind": kind, "target": target, "note": reason}
    try:
        why = ReasonQuery().load({"reason": reason})["reason"]
        with database.connection_context():
            if contradicting := relation_between(claim, OTHERWISE[kind], target):
                raise click.ClickException(
                    f"Nothing was recorded. The relation {contradicting} says the opposite. Retract it first."
                )
            relations = mint_slugs("relations", [relation])
            revision = create_records({"relations": relations}, why, who="editor")
    except ValidationError as error:
        raise click.ClickException(f"Nothing was recorded. --reason: {error.messages_dict['reason'][0]}") from None
    except RefusedError as refused:
        message = "\n".join(f"{fault.field}: {fault.message}" for fault in refused.faults)
        raise click.ClickException(f"Nothing was recorded. {message}") from None
    return f"{relations[0]['id']}, revision {revision}."
