"""Tampering by raw SQL without the triggers: verification detects every kind, and names the first bad entry."""

import pathlib
import random
import shlex
import subprocess
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.change_log import audit, publish, stored_tree
from api.change_log.checkpoint import CheckpointError, Signer, signer_at
from api.cli.log import log_group
from api.database.connection import database
from tests.conftest import Databases, make_app
from tests.support import logs
from tests.support.logs import KINDS, Tampering
from tests.support.servers import ROOT
from tests.test_operator_commands import list_commands

COVERED = 110  # entries under the last checkpoint
TRIALS = [pytest.param(10, id="10"), pytest.param(100, id="100", marks=pytest.mark.night)]


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return a log of 120 entries, which was published at 40, 75 and 110."""
    folder, chance = tmp_path_factory.mktemp(f"published-{engine}"), random.Random(engine)
    app = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        for count in (40, 35, 35):
            for batch in (count - 10, 10):
                logs.append(logs.entries(chance, batch), f"Revision of {batch}.")
            publish.publish_checkpoint(signer(app), folder)
        logs.append(logs.entries(chance, 10))
    app.config["FOLDER"] = folder
    return app


def signer(app: Flask) -> Signer:
    return signer_at(app.config["LOG_KEY_FILE"], app.config["LOG_ORIGIN"])


@pytest.fixture
def folder(app: Flask) -> Iterator[pathlib.Path]:
    app.test_client().get("/healthz")  # back to the database of this app
    with database.connection_context():
        yield app.config["FOLDER"]


def found(
    tampering: Tampering, chance: random.Random, kept: audit.OutsideCopy
) -> tuple[int, audit.BadEntryError | None]:
    """Return the tampered entry and the error of verification, and restore the log."""
    with database.atomic() as transaction:
        logs.unguarded()
        seq = tampering(chance, COVERED)
        try:
            audit.Walk(kept).to_the_end()
            bad = None
        except audit.BadEntryError as error:
            bad = error
        transaction.rollback()
    return seq, bad


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("tampering", KINDS, ids=lambda kind: kind.__name__)
def test_with_a_published_folder_the_first_bad_entry_is_named(
    app: Flask, folder: pathlib.Path, tampering: Tampering, trials: int
) -> None:
    kept, chance = publish.load_outside_copy([folder], signer(app).verifier), random.Random(1)
    assert (len(kept.checkpoints), len(kept.leaves)) == (3, COVERED)
    for _ in range(trials):
        seq, bad = found(tampering, chance, kept)
        assert bad is not None
        assert (bad.first, bad.last) == (seq, seq), str(bad)
        assert str(bad).startswith(f"entry {seq}: ")
    assert audit.verify(kept).size == 120


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("tampering", KINDS, ids=lambda kind: kind.__name__)
def test_with_checkpoints_alone_it_is_found_and_told_between_which(
    app: Flask, folder: pathlib.Path, tampering: Tampering, trials: int
) -> None:
    kept, chance = (
        publish.load_outside_copy(sorted(folder.glob("checkpoint-*")), signer(app).verifier),
        random.Random(2),
    )
    for _ in range(trials):
        seq, bad = found(tampering, chance, kept)
        assert bad is not None
        if tampering is logs.rewrite:
            sizes = [0, *sorted(checkpoint.size for checkpoint in kept.checkpoints.values())]
            (before,) = (one for one, next in zip(sizes, sizes[1:], strict=False) if one < seq <= next)
            assert (bad.first, bad.last) == (before + 1, min(size for size in sizes if size >= seq))
            assert "the log was rewritten: its root is not that of" in str(bad)
        elif tampering is logs.insert:  # it is consistent itself; the next entry, or its checkpoint, is not
            assert bad.first in (seq, seq + 1) or (bad.first <= seq == bad.last and "was rewritten" in str(bad))
        else:
            assert (bad.first, bad.last) == (seq, seq)


@pytest.mark.parametrize("tampering", KINDS, ids=lambda kind: kind.__name__)
def test_without_anything_kept_only_another_past_or_a_cut_end_goes_unseen(
    app: Flask, folder: pathlib.Path, tampering: Tampering
) -> None:
    bad = found(tampering, random.Random(3), audit.OutsideCopy())[1]
    assert (bad is None) == (tampering in (logs.rewrite, logs.truncate))


def test_entries_behind_the_last_checkpoint_can_still_be_rewritten(app: Flask, folder: pathlib.Path) -> None:
    """This is why a log is published often."""
    kept = publish.load_outside_copy([folder], signer(app).verifier)
    with database.atomic() as transaction:
        logs.unguarded()
        assert logs.rewrite(random.Random(4), COVERED) <= COVERED
        transaction.rollback()
    with database.atomic() as transaction:
        logs.unguarded()
        logs.run("UPDATE change SET after = ? WHERE seq = 118", logs.other(logs.row(118).after or "{}"))
        logs.rechain(118)
        assert audit.Walk(kept).to_the_end().size == 120
        transaction.rollback()


def test_bytes_moved_between_columns_are_found(app: Flask, folder: pathlib.Path) -> None:
    """The hash covers both documents in one text, which does not show where one ends and the other begins."""
    with database.atomic() as transaction:
        logs.append([logs.Entry("claims", "x", "revise", {"a": 1, "before": 2}, {"a": 3})])
        assert audit.Walk(audit.OutsideCopy()).to_the_end().size == 121
        logs.unguarded()
        moved = '{"a":3},"before":{"a":1', "2}"
        logs.run("UPDATE change SET after = ?, before = ? WHERE seq = 121", *moved)
        with pytest.raises(audit.BadEntryError, match="entry 121: its after is not JSON"):
            audit.Walk(audit.OutsideCopy()).to_the_end()
        transaction.rollback()


UNREADABLE = [
    "UPDATE change SET reason = CAST(reason AS BLOB) WHERE seq = 121",
    "UPDATE change SET after = CAST(after AS BLOB) WHERE seq = 121",
    "UPDATE change SET revision = 'first' WHERE seq = 121",
    "UPDATE change_text SET value = CAST(value AS BLOB) WHERE seq = 121",
    "UPDATE change_text SET salt = CAST(salt AS BLOB) WHERE seq = 121",
    f"UPDATE change_text SET salt = '{'x' * 64}' WHERE seq = 121",
]


@pytest.mark.parametrize("statement", UNREADABLE)
def test_an_entry_that_cannot_be_read_is_named(app: Flask, folder: pathlib.Path, engine: str, statement: str) -> None:
    """SQLite stores values that do not have the type of the column."""
    if engine == "postgres" and "'x" not in statement:
        return
    with database.atomic() as transaction:
        logs.append([logs.Entry("claims", "x", "create", None, {"note": "A text."})])
        logs.unguarded()
        logs.run(statement)
        with pytest.raises(audit.BadEntryError, match="entry 121: "):
            audit.Walk(audit.OutsideCopy()).to_the_end()
        transaction.rollback()


def test_leaves_that_no_checkpoint_confirms_accuse_nobody(app: Flask, folder: pathlib.Path) -> None:
    kept = publish.load_outside_copy([folder], signer(app).verifier)
    forged = [*kept.leaves[:79], bytes(32), *kept.leaves[80:]]
    assert len(audit.trusted_leaves(kept._replace(leaves=forged))) == 75
    assert audit.verify(kept._replace(leaves=forged)).size == 120


def test_an_entry_that_was_really_altered_ends_the_command_with_1(empty: Flask, tmp_path: pathlib.Path) -> None:
    """The change is outside our transactions, and the triggers are removed."""
    with database.connection_context():
        logs.append(logs.entries(random.Random(9), 30))
        publish.publish_checkpoint(signer(empty), tmp_path)
        with database.atomic():
            logs.unguarded()
            seq = logs.rewrite(random.Random(9), 30)
    assert run(empty, "verify").exit_code == 0, "whoever rewrites all leaves no trace in the database"
    result = run(empty, "verify", str(tmp_path))
    assert (result.exit_code, result.output.partition(":")[2].partition(":")[0]) == (1, f" entry {seq}")


# The commands ----------------------------------------------------------------------------------------------------


def run(app: Flask, *words: str) -> Result:
    with app.app_context():
        return CliRunner().invoke(log_group, words)


def test_verify_tells_the_size_and_names_the_first_bad_entry(
    app: Flask, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for kept in ([], [folder], sorted(folder.glob("checkpoint-*"))):
        result = run(app, "verify", *map(str, kept))
        assert (result.exit_code, result.output.split(",")[0]) == (0, "120 entries")
    newest = max(folder.glob("checkpoint-*"))
    other = newest.with_name("altered")
    other.write_text(newest.read_text().replace(f"\n{COVERED}\n", "\n111\n"))
    result = run(app, "verify", str(other))
    assert result.exit_code == 1 and "is not signed by" in result.output
    other.unlink()
    assert run(app, "verify", str(newest), "--verifier", run(app, "key").output.strip()).exit_code == 0
    assert "is no Ed25519 verifier" in run(app, "verify", str(newest), "--verifier", "nonsense").output
    result = run(app, "verify", str(newest), str(tmp_path))  # for example a disk that is not mounted
    assert (result.exit_code, result.output) == (1, f"Error: {tmp_path}: it has no checkpoint\n")


def test_on_a_machine_without_the_key_verify_asks_for_the_verifier_and_makes_no_key(
    app: Flask, folder: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = run(app, "key").output.strip()
    monkeypatch.setitem(app.config, "LOG_KEY_FILE", str(tmp_path / "none"))
    asked = run(app, "verify", str(folder))
    assert (asked.exit_code, asked.output) == (
        1,
        f"Error: {tmp_path}/none does not exist. "
        "Give the key that signed the checkpoints with --verifier (see `flask log key`).\n",
    )
    assert run(app, "verify", str(folder), "--verifier", verifier).exit_code == 0
    assert run(app, "verify").exit_code == 0
    started = run(app, "key", "--if-new")  # as a unit does before each start
    assert started.exit_code == 0 and "The log has entries, and its key is missing. None was made" in started.output
    assert not (tmp_path / "none").exists()


def test_the_commands_of_the_page_publish_into_a_repository(
    app: Flask, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of git run in a shell, those of flask in this process."""
    remote, folder = tmp_path / "counterclaim-log.git", tmp_path / "log"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "An operator")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "operator@example.org")
    clone, publish, verify = list_commands((ROOT / "docs/operators/log.md").read_text())[:3]
    for command in (clone, *publish.split(" && "), verify):
        words = command.replace("/srv/counterclaim-log", str(folder))
        words = words.replace("git@git.example:counterclaim-log", str(remote))
        if words.startswith("git "):
            subprocess.run(shlex.split(words), check=True, capture_output=True)
        else:
            result = run(app, *shlex.split(words)[4:])
            assert result.exit_code == 0, result.output
    pushed = subprocess.run(["git", "-C", str(remote), "log", "--format=%s"], check=True, capture_output=True)
    assert pushed.stdout == b"Checkpoint\n"


def test_publish_writes_a_checkpoint_and_never_goes_back(
    app: Flask, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    file, target = tmp_path / "checkpoint", tmp_path / "folder"
    target.mkdir()
    for place in (file, target):
        result = run(app, "publish", str(place))
        assert (result.exit_code, result.output) == (0, f"Published to {place}: 120 entries.\n")
        assert run(app, "publish", str(place)).exit_code == 0
    assert sorted(path.name for path in target.iterdir()) == ["checkpoint-000000000120.txt", "leaves-000001.txt"]
    assert file.read_text() == (target / "checkpoint-000000000120.txt").read_text()
    assert file.stat().st_mode & 0o777 == 0o644
    with database.atomic() as transaction:
        logs.unguarded()
        logs.truncate(random.Random(5), COVERED)
        with pytest.raises(publish.ContradictionError, match="has 120 entries, the log only"):
            publish.publish_within(signer(app), file)
        transaction.rollback()
    with database.atomic() as transaction:
        logs.unguarded()
        logs.rewrite(random.Random(6), COVERED)
        with pytest.raises(publish.ContradictionError, match="the log differs from .* in its first 120 entries"):
            publish.publish_within(signer(app), target)
        transaction.rollback()
    assert stored_tree.log_size() == 120


def test_what_stands_in_the_way_is_told(app: Flask, folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "diary").write_text("Dear diary")
    result = run(app, "publish", str(tmp_path / "diary"))
    assert result.exit_code == 1 and "Nothing was published" in result.output
    assert (tmp_path / "diary").read_text() == "Dear diary"
    assert run(app, "publish", str(tmp_path / "no" / "folder")).exit_code == 1
    (tmp_path / "leaves-000001.txt").write_text("zz\n")
    with pytest.raises(CheckpointError, match="is no leaf hash"):
        publish.load_outside_copy([tmp_path], signer(app).verifier)


def test_long_logs_are_published_in_several_files_that_grow(
    app: Flask, folder: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "LEAVES_IN_FILE", 50)
    publish.publish_checkpoint(signer(app), tmp_path)
    assert [len(path.read_text().split()) for path in sorted(tmp_path.glob("leaves-*"))] == [50, 50, 20]
    first = (tmp_path / "leaves-000001.txt").stat().st_mtime_ns
    publish.publish_checkpoint(signer(app), tmp_path)
    assert (tmp_path / "leaves-000001.txt").stat().st_mtime_ns == first
    assert audit.verify(publish.load_outside_copy([tmp_path], signer(app).verifier)).size == 120
