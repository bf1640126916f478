"""`flask export`: everything, or what a question needs, as a folder, a zip, a workbook or Parquet."""

import contextlib
import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

import click

from api import workbook
from api.db import database, snapshot
from api.export import archive, files, package
from api.export.parquet import Missing
from api.export.tables import Export
from api.params import embedded, refuse_unknown
from api.problems import ApiProblem
from api.queries.evidence import Refused
from api.queries.record import TooMany
from api.queries.references import NoSuchRecord
from api.queries.search import EmptyQuestion
from api.v1.clocks import hold
from api.v1.exports import Chosen, chosen, sheets
from schemas.exports import ExportQuery

#: Endings of files that an export is not; a folder may be called anything else.
NOT_WRITTEN = frozenset(
    {".csv", ".gz", ".hxl", ".json", ".jsonl", ".ndjson", ".ods", ".parquet", ".tar", ".tsv", ".xls"}
)


def _target(context: click.Context, parameter: click.Parameter, target: pathlib.Path) -> pathlib.Path:
    if (ending := target.suffix.lower()) in NOT_WRITTEN:
        raise click.BadParameter(f"no {ending} is written: give FILE.zip, FILE.xlsx or a folder.")
    return target


@click.command("export")
@click.argument("target", type=click.Path(path_type=pathlib.Path), callback=_target)
@click.option("--question", default="", help="Only the claims that answer it, as in /v1/claims?QUESTION.")
@click.option("--hxl", is_flag=True, help="Add the row of HXL hashtags under each header.")
@click.option("--parquet", is_flag=True, help="Parquet in place of CSV; needs pyarrow.")
def export(target: pathlib.Path, question: str, hxl: bool, parquet: bool) -> None:
    """Write everything, or what a question needs, to TARGET: whole or not at all.

    TARGET is FILE.zip (a data package), FILE.xlsx (a sheet a noun) or a folder (a data package).
    """
    form = package.PARQUET if parquet else package.CSV
    with database.connection_context(), snapshot(None), _faults_told():
        asked = _loaded(question)
        hold(asked)
        held = chosen(asked)
        length = held.export().size()
        with click.progressbar(length=length, label="Exporting") as bar:
            _write(target, held, held.export(bar.update), form, hxl)
    click.echo(f"{target}: {length} records of revision {held.about['version']}.")


def _write(target: pathlib.Path, held: Chosen, found: Export, form: package.Form, hxl: bool) -> None:
    if target.suffix.lower() == ".xlsx":
        with files.becoming(target) as unfinished, workbook.written(sheets(found), held.about, hxl) as book:
            files.write_through(unfinished, iter(lambda: book.read(65_536), b""))
        return
    members = package.members(held.about, found, form, hxl)
    if target.suffix.lower() == ".zip":
        files.write_file(target, archive.zipped(members))
    else:
        files.write_folder(target, members)


def _loaded(question: str) -> dict[str, Any]:
    schema = ExportQuery()
    names = [field.data_key or name for name, field in schema.fields.items()]
    refuse_unknown(dict(urllib.parse.parse_qsl(question, keep_blank_values=True)), names)
    return embedded(schema, "question", question)


@contextlib.contextmanager
def _faults_told() -> Iterator[None]:
    """What cannot be answered or written becomes the command's error."""
    try:
        yield
    except ApiProblem as problem:
        meant = [word for fault in problem.errors for word in fault.get("did_you_mean", ())]
        raise click.ClickException(problem.detail + _meant(meant)) from None
    except NoSuchRecord as error:
        raise click.ClickException(f"{error.parameter}: there is no {error.value!r}.{_meant(error.nearest)}") from None
    except EmptyQuestion:
        raise click.ClickException("q holds no word to look for.") from None
    except (Refused, TooMany, Missing, OSError) as error:
        raise click.ClickException(f"Nothing was written: {error}") from None


def _meant(words: list[str]) -> str:
    return f" Did you mean {', '.join(words)}?" if words else ""
