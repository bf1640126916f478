"""Servers of other projects for comparison; they run in `.venv-bench`, where `make bench` installs them."""

import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager

from bench.ports import free_port
from bench.serving import Server, stopped_at_the_end

PROGRAMS = pathlib.Path(os.environ.get("PEERS", ".venv-bench/bin"))
SETTINGS = {"sql_time_limit_ms": "600000", "max_returned_rows": "100000"}


@contextmanager
def serving_datasette(file: pathlib.Path) -> Iterator[Server]:
    """Serve the database with Datasette, which answers any SQL at `/bench.json?sql=`."""
    port = free_port()
    settings = [word for setting in SETTINGS.items() for word in ("--setting", *setting)]
    command = [str(PROGRAMS / "datasette"), "serve", str(file), "--port", str(port), *settings]
    with stopped_at_the_end(Server(command, port, "/-/versions.json", {})) as server:
        yield server


@contextmanager
def serving_orm(database_url: str) -> Iterator[Server]:
    """Serve the database with `orm_server`: FastAPI and SQLAlchemy, behind uvicorn."""
    port = free_port()
    command = [str(PROGRAMS / "uvicorn"), "bench.peers.orm_server:app", "--port", str(port), "--log-level", "warning"]
    with stopped_at_the_end(Server(command, port, "/openapi.json", {"PEER_DATABASE_URL": database_url})) as server:
        yield server
