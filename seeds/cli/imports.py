"""`flask import`: files of others become records, by a mapping."""

import pathlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
import peewee
from marshmallow import ValidationError

from api.db import database, hindrance
from api.records.faults import Refused
from schemas.fields import Text
from seeds.choosing import chosen, settings
from seeds.importing import WORDS, Asked, Bar, Run, Told, Twice
from seeds.language.cells import Unfit
from seeds.language.load import Wrong
from seeds.readers.tables import Unreadable
from seeds.reports import Report
from seeds.vanishing import Doubtful

PATH = click.Path(exists=True, path_type=pathlib.Path)
LONGEST = 500  # of a release and a reason: records that are withdrawn tell both


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("--mapping", help="Name of a shipped mapping, or path of one (.yaml).")
@click.option("--dry-run", is_flag=True, help="Do everything, then undo it.")
@click.option("--release", default="", help="Label of the release; the files' names unless told.")
@click.option("--reason", default="", help="Why; kept with every change.")
@click.option(
    "--max-errors", default=0, type=click.IntRange(0), help="Refused rows up to which the others are imported."
)
@click.option("--vanished", type=click.IntRange(0), help="How many records the release lacks, where that is many.")
@click.option(
    "--set", "settled", multiple=True, metavar="NAME=VALUE", help="What a file with HXL hashtags leaves open."
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="Where refused rows are told.")
def imports(
    files: tuple[pathlib.Path, ...], mapping: str | None, dry_run: bool, release: str, reason: str, max_errors: int,
    vanished: int | None, settled: tuple[str, ...], report: pathlib.Path | None,
) -> None:  # fmt: skip
    """Import files by a mapping, in one transaction; a dataset's next release updates what the last one brought."""
    path = report or pathlib.Path(f"{files[0].name}.report.csv")
    if path.exists() and any(path.samefile(file) for file in files):
        raise click.ClickException(f"Nothing was imported.\nThe report would be written over {path}: say --report.")
    try:
        with database.connection_context():
            found, understood = chosen(files, mapping, settings(settled))
        label = release or found.told["dataset"]["release"] or ", ".join(file.name for file in files)
        label = _text("--release", label)
        why = _text("--reason", reason) if reason else f"Import of {found.told['dataset']['title']}, release {label}."
        asked = Asked(files, found, label, why, max_errors, dry_run, vanished)
        with database.connection_context(), Report(path) as lines:
            told = Run(asked, lines, progress).run()
    except (Unreadable, Wrong, Unfit, Refused, Twice, Doubtful) as error:
        raise click.ClickException(f"Nothing was imported.\n{error}") from None
    except OSError as error:
        raise click.ClickException(f"Nothing was imported.\n{error.filename}: {error.strerror}.") from None
    except (peewee.OperationalError, peewee.InternalError) as error:
        hindered = hindrance(error)
        if hindered is None:
            raise
        raise click.ClickException(f"Nothing was imported.\n{hindered}") from None
    click.echo("\n".join([*understood, *summary(asked, told, lines)]))
    if told.refused > max_errors:
        raise click.ClickException("Nothing was imported.")


def _text(option: str, given: str) -> str:
    """As records can hold it."""
    try:
        return str(Text(longest=LONGEST).deserialize(given))
    except ValidationError as wrong:
        raise Wrong(f"{option} tells what no record can hold: {' '.join(map(str, wrong.messages))}") from None


@contextmanager
def progress(label: str, length: int) -> Iterator[Bar]:
    """A bar with the rate and the time left; on anything but a terminal its label alone."""
    began = time.monotonic()

    def rate(_: object) -> str:
        return f"{bar.pos / max(time.monotonic() - began, 0.001):,.0f}/s"

    with click.progressbar(length=length, label=label, show_pos=True, item_show_func=rate, file=sys.stderr) as bar:
        yield bar


def summary(asked: Asked, told: Told, report: Report) -> Iterator[str]:
    """What came of it, in lines."""
    yield from (f"Read {found}." for found in told.found)
    yield f"{told.rows} rows by the mapping {asked.mapping.name}, release {asked.release}."
    if told.unmapped:
        yield f"Columns that the mapping does not know: {', '.join(told.unmapped)}."
    if told.absent:
        yield f"Columns that the mapping reads and no row has: {', '.join(told.absent)}."
    yield from (f"{number} rows left out: {why}" for why, number in told.ignored.items())
    yield from (f"Warning: {warning}" for warning in told.warnings)
    yield from _refused(asked, told, report)
    if told.refused <= asked.max_errors:
        yield from _counted(told)
        yield _ending(asked, told)


def _refused(asked: Asked, told: Told, report: Report) -> Iterator[str]:
    if told.refused:
        yield f"{told.refused} rows refused:"
        yield from (f"  {line}" for line in report.first)
    if 0 < told.refused <= asked.max_errors:
        yield "While rows are refused nothing is withdrawn: they may have been about just that."
    if report.file:
        yield f"All that was refused, or left as it stands, is in {report.path}."


def _counted(told: Told) -> Iterator[str]:
    yield f"{'':12}" + "".join(f"{word:>11}" for word in WORDS)
    for noun, counts in told.counts.items():
        if counts.total():
            yield f"{noun:12}" + "".join(f"{counts[word]:>11}" for word in WORDS)


def _ending(asked: Asked, told: Told) -> str:
    if asked.dry_run:
        return "A dry run: nothing was written."
    return f"Revision {told.revision}." if told.revision else "Nothing changed: no new revision."
