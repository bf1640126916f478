"""The state of the database changes with every commit of any connection, and at no other time."""

import os
import pathlib
import shutil

from api.database.connection import handle_of, use_database
from api.database.current_state import read_state
from api.database.models import Dataset, Release, Revision
from api.database.writing import writing
from tests.conftest import Databases

FACTS = {"title": "T", "publisher": "P", "licence": "L", "citation": "C", "release": "1", "imported_at": "now"}


def test_the_state_changes_with_each_commit(databases: Databases, engine: str) -> None:
    handle = handle_of(databases.upgraded(engine))
    states = [read_state(handle)]
    with use_database(handle), handle.connection_context():
        Revision.select().count()
        assert [read_state(handle) for _ in range(3)] == states * 3, "reading changes nothing"
        with writing():
            Revision.insert(number=1, made_at="now", reason="A test.").execute()
            assert read_state(handle) == states[0] or engine == "postgres", "it is not committed"
        states.append(read_state(handle))
        for write in (
            Release.insert(slug="r", revision=1, made_at="now", sha256="0" * 64),  # without a revision
            Dataset.insert(slug="d", **FACTS),
            Dataset.update(title="U"),
            Dataset.delete(),
        ):
            write.execute()
            states.append(read_state(handle))
    assert None not in states and len(set(states)) == 6


def test_another_file_at_the_same_path_is_another_state(databases: Databases, tmp_path: pathlib.Path) -> None:
    """After the restore of a backup the counter of the file may be the same."""
    pattern = databases.upgraded("sqlite").removeprefix("sqlite:///")
    path = tmp_path / "claims.db"
    handle = handle_of(f"sqlite:///{path}")
    assert read_state(handle) is None and not path.exists(), "no file is made"
    shutil.copyfile(pattern, path)
    before = read_state(handle)
    shutil.copyfile(pattern, tmp_path / "restored.db")
    os.replace(tmp_path / "restored.db", path)
    after = read_state(handle)
    assert before and after and before != after


def test_two_databases_have_no_state_in_common(databases: Databases, engine: str) -> None:
    handles = [handle_of(databases.upgraded(engine)) for _ in range(2)]
    states = [read_state(handle) for handle in handles * 2]
    assert None not in states and len(set(states)) == 4


def test_an_unreachable_database_has_no_state() -> None:
    handle = handle_of("postgresql://nobody@127.0.0.1:1/none")
    assert [read_state(handle) for _ in range(2)] == [None, None]
