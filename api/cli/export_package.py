"""`flask export`: write everything, or the records of a question, as a folder, a zip, a workbook or Parquet."""

import contextlib
import pathlib
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import click

from api.cli.arguments import FilledText, OutputPath
from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.export import data_package, output_files, zip_archive
from api.export.tables import Export
from api.http import xlsx
from api.http.problems import ApiProblem
from api.http.query_strings import load_embedded, refuse_unknown
from api.listings.full_text import EmptySearchError
from api.listings.references import UnknownValueError
from api.reconciling.record import UnanswerableError
from api.v1.exports import Selection, list_sheets, select_export
from api.v1.shared.pinning import pin_snapshot
from schemas.exports import ExportQuery
from schemas.sentences import count_noun

#: An ending that a file has, as `.csv` or `.pdf`. A folder may have any other name, as `export-2026.11`.
FILE_ENDING = re.compile(r"\.[a-z]{2,7}")
WRITTEN = frozenset({".zip", ".xlsx"})


def _check_target(context: click.Context, parameter: click.Parameter, target: pathlib.Path) -> pathlib.Path:
    ending = target.suffix.lower()
    if FILE_ENDING.fullmatch(ending) and ending not in WRITTEN:
        raise click.BadParameter(f"{ending} is not supported. Use FILE.zip, FILE.xlsx or a folder.")
    return target


@click.command("export")
@click.argument("target", type=OutputPath(), callback=_check_target)
@click.option(
    "--question",
    type=FilledText(),
    help="Export only the claims matching this query of /v1/claims (default: everything).",
)
@click.option("--hxl", is_flag=True, help="Add the row of HXL hashtags under each header.")
@click.option("--parquet", is_flag=True, help="Write Parquet instead of CSV.")
def export_records(target: pathlib.Path, question: str | None, hxl: bool, parquet: bool) -> None:
    """Write everything, or the claims of a query with the records they refer to, to TARGET.

    TARGET is FILE.zip (a data package), FILE.xlsx (one sheet per record type) or a folder (a data package).
    """
    form = data_package.PARQUET if parquet else data_package.CSV
    with database.connection_context(), open_snapshot(None), _report_errors():
        query = _load_question(question or "")
        pin_snapshot(query)
        selection = select_export(query)
        length = selection.open_tables().size()
        with click.progressbar(length=length, label="Exporting") as bar:
            _write_export(target, selection, selection.open_tables(bar.update), form, hxl)
    click.echo(f"{target}: {count_noun(length, 'record')} of revision {selection.description['version']}.")


def _write_export(
    target: pathlib.Path, selection: Selection, content: Export, form: data_package.Form, hxl: bool
) -> None:
    if target.suffix.lower() == ".xlsx":
        with (
            output_files.open_unfinished(target) as unfinished,
            xlsx.write_workbook(list_sheets(content), selection.description, hxl) as book,
        ):
            output_files.write_through(unfinished, iter(lambda: book.read(65_536), b""))
        return
    members = data_package.members(selection.description, content, form, hxl)
    if target.suffix.lower() == ".zip":
        output_files.write_file(target, zip_archive.zip_members(members))
    else:
        output_files.write_folder(target, members)


def _load_question(question: str) -> dict[str, Any]:
    schema = ExportQuery()
    names = [field.data_key or name for name, field in schema.fields.items()]
    refuse_unknown(dict(urllib.parse.parse_qsl(question, keep_blank_values=True)), names)
    return load_embedded(schema, "question", question)


@contextlib.contextmanager
def _report_errors() -> Iterator[None]:
    """Turn the errors of questions and of writing into errors of the command."""
    try:
        yield
    except ApiProblem as problem:
        meant = [word for fault in problem.errors for word in fault.get("did_you_mean", ())]
        raise click.ClickException(problem.detail + _suggest_words(meant)) from None
    except UnknownValueError as error:
        raise click.ClickException(
            f"{error.parameter}: {error.value!r} is not in this database.{_suggest_words(error.nearest)}"
        ) from None
    except EmptySearchError:
        raise click.ClickException("q contains no word to search for.") from None
    except (UnanswerableError, OSError) as error:
        raise click.ClickException(f"Nothing was written: {error}") from None


def _suggest_words(words: list[str]) -> str:
    return f" Did you mean {', '.join(words)}?" if words else ""
