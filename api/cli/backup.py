"""`flask backup` and `flask restore`: the whole database as one file, and back, on either engine."""

import pathlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import click
import peewee
from flask import current_app

from api.cli.arguments import FilledText, InputPath, OutputPath
from api.database.connection import database, is_postgres
from api.database.deadline import watch_statement
from api.database.failures import explain_write_failure
from api.export.output_files import open_unfinished
from api.recovery import backup_file
from api.recovery.backup_file import BackupError, Content, NotEmptyError
from api.recovery.copy_tables import CopyError
from schemas.sentences import count_noun

FILE = OutputPath(dir_okay=False)
EXISTING = InputPath(dir_okay=False)


class BackupFile(NamedTuple):
    """A backup to restore, its SHA-256 if one was given, and whether its records are compared with its log."""

    file: pathlib.Path
    sha256: str | None
    is_compared: bool


@click.command("backup")
@click.argument("file", type=FILE)
def write_backup(file: pathlib.Path) -> None:
    """Write the whole database to FILE, a SQLite file, while the server goes on: all of it, checked, or nothing."""
    with _report_errors("Nothing was written"), open_unfinished(file) as unfinished:
        with _make_work_folder(file.absolute().parent) as folder, database.connection_context():
            work = folder / "backup.db"
            with _show_progress("Copying", backup_file.measure_backup(), work) as advance:
                content = backup_file.write_backup(work, advance)
            work.rename(unfinished)
        digest = backup_file.hash_file(unfinished)
    click.echo(f"{file}: {_describe_content(content)}")
    click.echo(f"sha256 {digest}")
    click.echo(f"Not in it: {_list_other_files()}. Copy them too.")


@click.command("restore")
@click.argument("file", type=EXISTING)
@click.option(
    "--sha256", type=FilledText(), help="Refuse FILE if this is not its SHA-256, as `flask backup` showed it."
)
@click.option(
    "--unchecked",
    is_flag=True,
    help="Do not compare the records with the log (default: refuse a backup whose records differ from it).",
)
def restore_database(file: pathlib.Path, sha256: str | None, unchecked: bool) -> None:
    """Restore a backup, FILE, of either engine into the database, which must be empty or not exist yet."""
    restore = _restore_postgres if is_postgres() else _restore_sqlite
    with _report_errors("Nothing was restored"):
        content, upgraded = restore(BackupFile(file, sha256, not unchecked))
    click.echo(f"Restored: {_describe_content(content)}")
    if unchecked:
        click.echo("The records were not compared with the log. `flask log rebuild` does it later.")
    if upgraded:
        click.echo(f"The backup is of an older version. Upgraded: {', '.join(upgraded)}.")
    click.echo(f"Not in a backup: {_list_other_files()}. Put the old ones in place before you start the server.")
    click.echo("Run `flask log verify` with saved checkpoints: it shows what was published later and is missing here.")


def _restore_sqlite(backup: BackupFile) -> tuple[Content, list[str]]:
    target = pathlib.Path(database.obj.database)
    for rest in (f"{target}-wal", f"{target}-shm"):
        if pathlib.Path(rest).exists() and not target.exists():
            raise FileExistsError(f"{rest} exists. It belongs to another database: move it away, or remove it.")
    with open_unfinished(target) as unfinished, _make_work_folder(target.absolute().parent) as folder:
        prepared = _prepare_copy(backup, folder)
        backup_file.sync_file(folder / "backup.db")
        (folder / "backup.db").rename(unfinished)
    return prepared


def _restore_postgres(backup: BackupFile) -> tuple[Content, list[str]]:
    with database.connection_context():
        backup_file.refuse_rows(database.obj)  # `restore_rows` asks again, but here nothing was copied and checked yet
    with _make_work_folder(pathlib.Path(tempfile.gettempdir())) as folder:
        content, upgraded = _prepare_copy(backup, folder)
        with click.progressbar(length=2 * sum(content.counts.values()), label="Restoring") as bar:
            backup_file.restore_rows(folder / "backup.db", database.obj, bar.update)
    return content, upgraded


def _prepare_copy(backup: BackupFile, folder: pathlib.Path) -> tuple[Content, list[str]]:
    """Copy a backup to `backup.db` in the folder, check it, and upgrade it. Return its content and the migrations."""
    log = pathlib.Path(f"{backup.file}-wal")
    if log.exists() and log.stat().st_size:
        raise BackupError(f"it is a database in use, and its newest writes are in {log}; use a file of `flask backup`")
    prepared = folder / "backup.db"
    shutil.copyfile(backup.file, prepared)
    if backup.sha256 and backup_file.hash_file(prepared) != backup.sha256.lower():
        raise BackupError("its SHA-256 is another one")
    content = backup_file.read_content(prepared)
    upgraded = backup_file.upgrade_file(prepared)
    if backup.is_compared:
        with click.progressbar(length=content.counts["revision"], label="Comparing with the log") as bar:
            backup_file.compare_with_log(prepared, folder / "rebuilt.db", bar.update)
    return content, upgraded


@contextmanager
def _make_work_folder(parent: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield a hidden folder, which is removed at the end with all that SQLite leaves in it, also after Ctrl-C."""
    folder = parent / f".counterclaim.{secrets.token_hex(4)}.unfinished"
    try:
        folder.mkdir(0o700, parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _show_progress(label: str, length: int, growing: pathlib.Path) -> Iterator[Callable[[int], object]]:
    """Show a bar that follows the size of a growing SQLite file, or the rows that the caller adds."""
    with click.progressbar(length=length, label=label) as bar:

        def follow_size() -> None:
            if not is_postgres() and growing.exists():
                bar.update(min(growing.stat().st_size, length) - bar.pos)

        with watch_statement(follow_size):
            yield bar.update
        bar.update(length - bar.pos)


@contextmanager
def _report_errors(outcome: str) -> Iterator[None]:
    """Turn errors of files and databases into errors of the command."""
    try:
        yield
    except NotEmptyError:
        raise click.ClickException(f"{outcome}: the database has records. Give an empty one.") from None
    except BackupError as error:
        raise click.ClickException(f"{outcome}: the file is no good backup: {error}.") from None
    except (CopyError, OSError) as error:
        raise click.ClickException(f"{outcome}: {error}") from None
    except peewee.DatabaseError as error:
        raise click.ClickException(f"{outcome}: {explain_write_failure(error) or error}") from None


def _list_other_files() -> str:
    config = current_app.config
    return (
        f"the key of the log ({config['LOG_KEY_FILE']}), the secret ({config['SECRET_FILE']}), the folders of releases"
    )


def _describe_content(content: Content) -> str:
    entries = count_noun(content.head.size, "entry", "entries")
    records = ", ".join(count_noun(content.counts[name], name) for name in ("claim", "report", "event", "source"))
    when = f" of {content.made_at}" if content.made_at else ""
    return (
        f"revision {content.revision}{when}, {records}. The log of {entries} verifies.\n"
        f"Checkpoint: {content.head.size}, root {content.head.root.hex()}."
    )
