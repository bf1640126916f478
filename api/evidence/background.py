"""Write a new image in a separate process, while this one answers.

A thread would not do. Writing takes up to 20 CPU seconds, which would delay every answer of this worker, and 180 MB,
which a worker never returns completely. A killed process leaves a temporary file.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import threading
import time

from api.database.connection import database, is_postgres
from api.evidence.engine import Options

ROOT = pathlib.Path(__file__).parents[2]
PAUSE_SECONDS = 60  # seconds between two attempts of one process

_lock = threading.Lock()
_child: subprocess.Popen[bytes] | None = None
_started = float("-inf")


def start_refresh(options: Options) -> None:
    """Start a process that writes an image. Do nothing while one runs, or within `PAUSE_SECONDS` of the last start.

    A lock file lets one process write; others that run at the same time end.
    """
    global _child, _started
    with _lock:
        if (_child and _child.poll() is None) or time.monotonic() - _started < PAUSE_SECONDS:
            return
        _started = time.monotonic()
        folder = os.path.abspath(options.folder) if options.folder else ""
        request = {"url": url_of_database(), "options": options._replace(folder=folder)}
        # Through a pipe: the URL of a database may hold a password, and all users can read arguments.
        _child = subprocess.Popen(
            [sys.executable, "-m", "api.evidence.refresh"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert _child.stdin
        _child.stdin.write(json.dumps(request).encode())
        _child.stdin.close()


def url_of_database() -> str:
    """Return the address of the current database, as in the settings."""
    name = str(database.obj.database)
    return name if is_postgres() else f"sqlite:///{os.path.abspath(name)}"


def forget_child() -> None:
    """Forget the process that the parent started, in a forked process."""
    global _child, _started, _lock
    _child, _started, _lock = None, float("-inf"), threading.Lock()


os.register_at_fork(after_in_child=forget_child)
