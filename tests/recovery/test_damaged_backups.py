"""A restore writes all of a good backup or nothing, and says why. Nothing is overwritten."""

import pathlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from api.database import upgrade
from api.database.connection import database, handle_of, use_database
from api.database.statements import select_rows
from tests.conftest import Databases
from tests.support.backups import Backup, make_backup, read_tables, run

NOTHING = "Error: Nothing was restored: "
ALTERED = "somebody altered its records, which differ from its log. First the backup, second the log: "
INSTEAD = r"\. Use another backup, or restore this one unchanged with --unchecked"


@pytest.fixture(scope="module")
def backup(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    return make_backup(databases, engine, tmp_path_factory.mktemp("backup"))


def test_nothing_is_overwritten(databases: Databases, backup: Backup, engine: str, tmp_path: pathlib.Path) -> None:
    _, url, file, _ = backup
    before = read_tables(url)
    (tmp_path / "old.db").write_text("Mine.")
    answer = run(url, "backup", tmp_path / "old.db")
    assert (answer.exit_code, (tmp_path / "old.db").read_text()) == (1, "Mine.")
    assert answer.output.endswith("old.db exists already.\n")
    answer = run(url, "restore", file)
    expected = "exists already." if engine == "sqlite" else "the database has records. Give an empty one."
    assert (answer.exit_code, answer.output.startswith(NOTHING)) == (1, True), answer
    assert answer.output.endswith(f"{expected}\n") and read_tables(url) == before


def test_the_log_of_another_database_is_not_mixed_in(
    databases: Databases, backup: Backup, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "new.db-wal").write_bytes(b"old pages")
    answer = run(f"sqlite:///{tmp_path}/new.db", "restore", backup.file)
    assert answer.exit_code == 1 and "new.db-wal exists. It belongs to another database" in answer.output
    assert [path.name for path in tmp_path.iterdir()] == ["new.db-wal"]


def test_a_database_in_use_is_no_backup(backup: Backup, tmp_path: pathlib.Path) -> None:
    """Its newest writes are in its write-ahead log, which a copy of the file alone would lose without a word."""
    file, target = tmp_path / "used.db", f"sqlite:///{tmp_path}/new.db"
    shutil.copyfile(backup.file, file)
    (tmp_path / "used.db-wal").write_bytes(b"newest pages")
    answer = run(target, "restore", file)
    assert answer.exit_code == 1 and "its newest writes are in" in answer.output
    (tmp_path / "used.db-wal").write_bytes(b"")
    assert run(target, "restore", file).exit_code == 0


def change_file(file: pathlib.Path, *statements: str) -> None:
    connection: Any = sqlite3.connect(file)
    connection.executescript(";".join(statements))
    connection.close()


def cut(file: pathlib.Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip(file: pathlib.Path) -> None:
    """Overwrite the middle of the page in which the table of claims begins."""
    connection: Any = sqlite3.connect(file)
    ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'claim'").fetchall()
    connection.close()
    content = bytearray(file.read_bytes())
    content[(page - 1) * 4096 : page * 4096 - 2048] = b"\xff" * 2048
    file.write_bytes(content)


DAMAGED: dict[str, tuple[Callable[[pathlib.Path], object], str]] = {
    "cut": (cut, r"it (cannot be read|is damaged): .*"),
    "empty": (lambda file: file.write_bytes(b""), "it is no SQLite file; use pg_restore for a file of pg_dump"),
    "text": (lambda file: file.write_text("PGDMP" * 100), "it is no SQLite file; use pg_restore for a file of pg_dump"),
    "pages": (flip, r"it (cannot be read|is damaged): .*"),
    "another": (
        lambda file: (file.unlink(), change_file(file, "CREATE TABLE a (b)")),
        "it has no change log",
    ),
    "newer": (
        lambda file: change_file(
            file, "INSERT INTO schema_migration (name, applied) VALUES ('0999_later', '2030-01-01')"
        ),
        "a newer version made it, with 0999_later; use that version",
    ),
    "rewritten": (
        lambda file: change_file(file, "DROP TRIGGER change_update", "UPDATE change SET reason = 'x' WHERE seq = 3"),
        "its log does not verify: entry 3: .*",
    ),
    "orphan": (
        lambda file: change_file(file, "DELETE FROM source WHERE slug = 'times'"),
        r"it is damaged: foreign_key_check says .*",
    ),
    "a record altered": (
        lambda file: change_file(file, "UPDATE source SET note = 'Altered.' WHERE slug = 'times'"),
        rf"{ALTERED}source: in the row of slug times, note is 'Altered\.' and ''{INSTEAD}",
    ),
    "a past record altered": (
        lambda file: change_file(file, "UPDATE claim_version SET note = 'Altered.'"),
        rf"{ALTERED}claim_version: in the row of .*, note is 'Altered\.' and .*{INSTEAD}",
    ),
    "a record removed": (
        lambda file: change_file(file, "DELETE FROM report WHERE id = (SELECT MAX(id) FROM report)"),
        rf"{ALTERED}report: only the second has .*{INSTEAD}",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_backup_is_refused_with_the_reason(
    databases: Databases, backup: Backup, engine: str, damage: str, tmp_path: pathlib.Path
) -> None:
    spoil, reason = DAMAGED[damage]
    file = tmp_path / "backup.db"
    shutil.copyfile(backup.file, file)
    spoil(file)
    before = file.read_bytes()
    target = databases.new(engine)
    answer = run(target, "restore", file)
    assert answer.exit_code == 1, answer.output
    error = answer.output.removeprefix("Comparing with the log\n")
    assert re.fullmatch(f"{NOTHING}the file is no good backup: {reason}\\.\n", error), error
    assert file.read_bytes() == before, "a backup is only read"
    assert is_absent(target)


def test_an_altered_backup_is_restored_unchecked(
    databases: Databases, backup: Backup, engine: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "backup.db"
    shutil.copyfile(backup.file, file)
    DAMAGED["a record altered"][0](file)
    target = databases.new(engine)
    answer = run(target, "restore", file, "--unchecked")
    assert answer.exit_code == 0, answer.output
    assert "The records were not compared with the log. `flask log rebuild` does it later.\n" in answer.output
    with use_database(handle_of(target)), database.connection_context():
        assert select_rows("SELECT note FROM source WHERE slug = 'times'") == [("Altered.",)]


def test_search_text_that_an_older_version_folded_is_made_again(
    databases: Databases, backup: Backup, engine: str, tmp_path: pathlib.Path
) -> None:
    """As `flask upgrade` does. Without it the search found nothing, and the text differed from that of the log."""
    file = tmp_path / "backup.db"
    shutil.copyfile(backup.file, file)
    change_file(file, "UPDATE source SET folded = ' old '", "INSERT INTO stale_search_text VALUES ('source')")
    target = databases.new(engine)
    answer = run(target, "restore", file)
    assert answer.exit_code == 0, answer.output
    with use_database(handle_of(target)), database.connection_context():
        assert select_rows("SELECT COUNT(*) FROM source WHERE folded = ' old '") == [(0,)]
        assert select_rows("SELECT * FROM stale_search_text") == []


def is_absent(url: str) -> bool:
    """Return whether nothing was written to a new database."""
    if url.startswith("sqlite"):
        path = pathlib.Path(url.removeprefix("sqlite:///"))
        return not [file for file in path.parent.iterdir() if file.name.strip(".").startswith(f"{path.name}.")]
    handle: Any = handle_of(url)
    with handle.connection_context():
        return not handle.get_tables()


def test_the_hash_is_compared(databases: Databases, backup: Backup) -> None:
    _, url, file, _ = backup
    (digest,) = re.findall("^sha256 (.*)$", backup.output, re.MULTILINE)
    refused = run(databases.new("sqlite"), "restore", file, "--sha256", "0" * 64)
    assert refused.output == f"{NOTHING}the file is no good backup: its SHA-256 is another one.\n"
    assert run(databases.new("sqlite"), "restore", file, "--sha256", digest.upper()).exit_code == 0


def test_a_backup_of_an_older_version_is_upgraded(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    source = handle_of(f"sqlite:///{tmp_path}/old.db")
    with source.connection_context(), use_database(source):
        upgrade._migration_runner().up("0015_indexes_of_pages")
        pending = upgrade.pending_scripts()
    target = databases.new(engine)
    answer = run(target, "restore", tmp_path / "old.db")
    assert answer.exit_code == 0, answer.output
    assert f"The backup is of an older version. Upgraded: {', '.join(pending)}.\n" in answer.output
    with use_database(handle_of(target)), database.connection_context():
        assert upgrade.pending_scripts() == []


def test_a_database_of_a_newer_version_is_not_saved_in_part(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite copies whatever is in the file; `restore` refuses it")
    url = databases.upgraded(engine)
    for statement, name in (
        ("CREATE TABLE later (id int)", "the table later"),
        ("ALTER TABLE side ADD x int", "side.x"),
    ):
        handle: Any = handle_of(url)
        with handle.connection_context():
            handle.execute_sql(statement)
        answer = run(url, "backup", tmp_path / "a.db")
        assert answer.output.endswith(f"This version does not know {name}. Use the version that made it.\n")
        assert answer.exit_code == 1 and list(tmp_path.iterdir()) == []
        with handle.connection_context():
            handle.execute_sql("DROP TABLE IF EXISTS later")
