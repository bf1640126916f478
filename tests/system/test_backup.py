"""The command on the page copies a SQLite file during writes. The copy is complete and has one state."""

import pathlib
import re
import subprocess
import sys
import threading

import pytest
from flask import Flask

from api.change_log import audit
from api.database.connection import connect_to, database, select_rows
from tests.support import worlds

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "operators" / "running.md"
[COPYING] = re.findall(r'python -c "(import cysqlite.*)"\n', PAGE.read_text())


def test_a_copy_made_while_others_write_is_whole(empty: Flask, engine: str, tmp_path: pathlib.Path) -> None:
    if engine == "postgres":
        pytest.skip("PostgreSQL has pg_dump")
    worlds.write(worlds.SMALL)
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            worlds.write({"sides": [{"id": f"side-{number}", "name": f"side {number}", "note": "A note. " * 200}]})

    writer = threading.Thread(target=write)
    writer.start()
    copies = [tmp_path / f"{number}.db" for number in range(3)]
    for copy in copies:
        command = COPYING.replace('\\"', '"').replace("counterclaim.db", database.obj.database)
        subprocess.run([sys.executable, "-c", command.replace("backup.db", str(copy))], check=True)
    done.set()
    writer.join()
    for copy in copies:
        connect_to(f"sqlite:///{copy}")
        with database.connection_context():
            assert audit.verify().size > 0 and select_rows("PRAGMA integrity_check") == [("ok",)]
