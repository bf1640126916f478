"""`flask import`: import outside files as records, with a mapping."""

import pathlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import click
import peewee
from marshmallow import ValidationError

from api.cli.arguments import FilledText, InputPath, OutputPath
from api.cli.image import write_with_progress
from api.cli.rare_collections import collect_rarely
from api.database.connection import database
from api.database.failures import explain_write_failure
from api.monitoring import metrics
from api.records.faults import RefusedError
from api.rules.written_duplicates import describe_pairs
from imports.mapping_language.cells import UnfitCellError
from imports.mapping_language.compile import Mapping, MappingError
from imports.pipeline.choose_mapping import choose_mapping, parse_settings
from imports.pipeline.dataset_overlap import describe_overlaps, find_overlaps
from imports.pipeline.draft_mapping import draft_mapping
from imports.pipeline.error_report import ErrorReport
from imports.pipeline.explain_row import explain_row
from imports.pipeline.imported_parts import PartsOfDatasetError
from imports.pipeline.moved_rows import MovedRowsError
from imports.pipeline.no_record import NoRecordError
from imports.pipeline.run import WORDS, DoubleCountingError, ImportOptions, ImportOutcome, ImportRun, ProgressBar
from imports.pipeline.withdrawal_guard import DoubtfulReleaseError
from imports.readers.tables import UnreadableFileError
from schemas.fields import Text
from schemas.sentences import count_noun

#: Errors whose message says why nothing was imported.
REFUSALS = (
    UnreadableFileError,
    MappingError,
    UnfitCellError,
    RefusedError,
    DoubleCountingError,
    DoubtfulReleaseError,
    MovedRowsError,
    PartsOfDatasetError,
    NoRecordError,
)
LONGEST = 500  # of a release and a reason, because withdrawn records state both


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=InputPath())
@click.option(
    "--mapping",
    type=FilledText(),
    help="Use this built-in mapping, or the mapping in this .yaml file (default: the one that fits the columns).",
)
@click.option("--dry-run", is_flag=True, help="Do everything, then roll back.")
@click.option(
    "--release", default="", help="Set the label of the release (default: that of the mapping, else the file names)."
)
@click.option(
    "--reason", default="", help="State the reason, which is kept with every change (default: dataset and release)."
)
@click.option(
    "--max-errors", default=0, type=click.IntRange(0), help="Import if at most N rows are refused (default 0)."
)
@click.option("--vanished", type=click.IntRange(0), help="Allow exactly N records to be missing from the release.")
@click.option(
    "--part",
    type=FilledText(),
    metavar="NAME",
    help="Import one part of a dataset, such as a country. Only records of this part can be withdrawn (default: all).",
)
@click.option(
    "--set",
    "settled",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a value that a file with HXL hashtags does not give; repeatable.",
)
@click.option(
    "--explain", type=click.IntRange(1), metavar="ROW", help="Show how this row of FILE becomes records. Write nothing."
)
@click.option(
    "--draft",
    is_flag=True,
    help="Write a first mapping for FILE, which you finish by hand. Import nothing.",
)
@click.option(
    "--output",
    type=OutputPath(dir_okay=False),
    help="Write the drafted mapping to this file, which must not exist (default: standard output).",
)
@click.option(
    "--report",
    type=OutputPath(dir_okay=False),
    help="Write refused rows and probable duplicates to this file (default: FILE.report.csv).",
)
def import_files(
    files: tuple[pathlib.Path, ...], mapping: str | None, dry_run: bool, release: str, reason: str, max_errors: int,
    vanished: int | None, part: str | None, settled: tuple[str, ...], explain: int | None, draft: bool,
    output: pathlib.Path | None, report: pathlib.Path | None,
) -> None:  # fmt: skip
    """Import files with a mapping, in one transaction. A dataset's next release updates the records of the last one."""
    _refuse_several_files(files, explain, draft)
    if draft or output:
        return write_draft(files[0], output)
    path = report or pathlib.Path(f"{files[0].name}.report.csv")
    if path.exists() and any(path.samefile(file) for file in files):
        raise click.ClickException(
            f"Nothing was imported.\nThe report would overwrite {path}. Give another file with --report."
        )
    try:
        with nullcontext() if explain else database.connection_context():
            chosen_mapping, notes = choose_mapping(files, mapping, parse_settings(settled), with_database=not explain)
        _refuse_incomplete_counts(chosen_mapping, max_errors)
        label = release or chosen_mapping.definition["dataset"]["release"] or ", ".join(file.name for file in files)
        label = _check_text("--release", label)
        if explain:
            click.echo("\n".join([*notes, *explain_row(files[0], chosen_mapping, explain, label)]))
            return
        why = (
            _check_text("--reason", reason)
            if reason
            else f"Import of {chosen_mapping.definition['dataset']['title']}, release {label}."
        )
        part_name = _check_text("--part", part) if part else ""
        options = ImportOptions(files, chosen_mapping, label, why, max_errors, dry_run, vanished, part_name)
        with database.connection_context(), ErrorReport(path) as error_report, collect_rarely():
            outcome = ImportRun(options, error_report, show_progress).run()
            overlaps = find_overlaps(options.mapping.definition["dataset"]["id"]) if outcome.revision else []
            if outcome.revision:
                write_with_progress()
    except REFUSALS as error:
        raise click.ClickException(f"Nothing was imported.\n{error}") from None
    except OSError as error:
        raise click.ClickException(f"Nothing was imported.\n{error.filename}: {error.strerror}.") from None
    except (peewee.OperationalError, peewee.InternalError) as error:
        obstacle = explain_write_failure(error)
        if obstacle is None:
            raise
        raise click.ClickException(f"Nothing was imported.\n{obstacle}") from None
    click.echo("\n".join([*notes, *describe_outcome(options, outcome, error_report)]))
    for line in describe_overlaps(options.mapping.definition["dataset"]["id"], overlaps):
        click.echo(line)
    if outcome.refused > max_errors:
        raise click.ClickException("Nothing was imported.")


def write_draft(file: pathlib.Path, output: pathlib.Path | None) -> None:
    """Write a drafted mapping to a new file, or to the standard output."""
    try:
        text = "".join(f"{line}\n" for line in draft_mapping(file))
        if output is None:
            click.echo(text, nl=False)
            return
        with output.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except UnreadableFileError as error:
        raise click.ClickException(f"Nothing was drafted.\n{error}") from None
    except FileExistsError:
        raise click.ClickException(f"{output} exists already. Give the name of a new file with --output.") from None
    except OSError as error:
        raise click.ClickException(f"Nothing was drafted.\n{error.filename}: {error.strerror}.") from None
    click.echo(f"Wrote {output}. Fill in every FILL_IN, then try it: --mapping {output} --dry-run")


def _refuse_several_files(files: Sequence[pathlib.Path], explain: int | None, draft: bool) -> None:
    if len(files) == 1 or not (explain or draft):
        return
    names = ", ".join(map(str, files))
    if draft:
        raise click.ClickException(
            f"--draft reads one file, and these are {len(files)}: {names}. Give one of them. If all have the same "
            "columns, its mapping fits all."
        )
    raise click.ClickException(
        f"--explain shows a row of one file, and these are {len(files)}: {names}. Give the file with row {explain}."
    )


def _refuse_incomplete_counts(mapping: Mapping, max_errors: int) -> None:
    if mapping.grouping and max_errors:
        raise MappingError(
            "--max-errors does not work with a mapping that counts rows, because a count without the refused rows is "
            "too low. Correct the rows, or leave them out with a reason (`ignore`)."
        )


def _check_text(option: str, text: str) -> str:
    """Return the text as a record can store it. Raise `MappingError` if it cannot be stored."""
    try:
        return str(Text(longest=LONGEST).deserialize(text))
    except ValidationError as error:
        raise MappingError(f"{option} cannot be stored: {' '.join(map(str, error.messages))}") from None


@contextmanager
def show_progress(label: str, length: int) -> Iterator[ProgressBar]:
    """Show a bar with the rate and the remaining time. Without a terminal, show only the label."""
    began = time.monotonic()

    def format_rate(_: object) -> str:
        return f"{bar.pos / max(time.monotonic() - began, 0.001):,.0f}/s"

    with click.progressbar(
        length=length, label=label, show_pos=True, item_show_func=format_rate, file=sys.stderr
    ) as bar:
        yield CountedBar(bar, label.lower(), length)


class CountedBar:
    """A progress bar that `/metrics` shows too."""

    def __init__(self, bar: Any, step: str, length: int) -> None:
        self.bar, self.step = bar, step
        metrics.set_level("import_steps_total", length, step)

    def update(self, n_steps: int) -> None:
        self.bar.update(n_steps)
        metrics.set_level("import_steps_done", self.bar.pos, self.step)


def describe_outcome(options: ImportOptions, outcome: ImportOutcome, report: ErrorReport) -> Iterator[str]:
    """Return the outcome of an import, as lines of text."""
    yield from (f"Read {note}." for note in outcome.file_notes)
    yield f"{count_noun(outcome.rows, 'row')} by the mapping {options.mapping.name}, release {options.release}."
    if terms := options.mapping.definition["dataset"].get("terms"):
        yield f"Terms: {terms}"
    if outcome.unmapped:
        yield f"Columns that the mapping does not know: {', '.join(outcome.unmapped)}."
    if outcome.absent:
        yield f"Columns that the mapping reads and no row has: {', '.join(outcome.absent)}."
    yield from (f"{count_noun(number, 'row')} left out: {why}" for why, number in outcome.ignored.items())
    yield from outcome.notices
    yield from (f"Warning: {warning}" for warning in outcome.warnings)
    yield from _describe_refusals(options, outcome, report)
    if outcome.refused <= options.max_errors:
        yield from _format_counts(outcome)
        yield _describe_ending(options, outcome)


def _describe_refusals(options: ImportOptions, outcome: ImportOutcome, report: ErrorReport) -> Iterator[str]:
    if outcome.refused:
        yield f"{count_noun(outcome.refused, 'row')} refused:"
        yield from (f"  {line}" for line in report.first)
    if 0 < outcome.refused <= options.max_errors:
        yield "No record is withdrawn while rows are refused, because a refused row may be about it."
    if outcome.refused <= options.max_errors:
        yield from describe_pairs(outcome.pairs)
    if report.file:
        yield f"Details of all these, and of records left unchanged, are in {report.path}."


def _format_counts(outcome: ImportOutcome) -> Iterator[str]:
    yield f"{'':12}" + "".join(f"{word:>11}" for word in WORDS)
    for record_type, counts in outcome.counts.items():
        if counts.total():
            yield f"{record_type:12}" + "".join(f"{counts[word]:>11}" for word in WORDS)


def _describe_ending(options: ImportOptions, outcome: ImportOutcome) -> str:
    if options.dry_run:
        return "Dry run: nothing was written."
    return f"Revision {outcome.revision}." if outcome.revision else "Nothing changed: no new revision."
