"""A real PgBouncer in transaction mode, which gives each transaction any session of its server."""

import contextlib
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import psycopg

from tests.support.servers import free_port
from tests.support.waiting import wait_until

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SETTINGS = """
[databases]
* = host={socket_folder}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {sessions}
ignore_startup_parameters = extra_float_digits
"""


@contextlib.contextmanager
def pooling(server: Any, folder: pathlib.Path, sessions: int) -> Iterator[int]:
    """Run a PgBouncer before a server of the tests, with so many sessions for all clients. Yield its port."""
    assert PROGRAM
    socket_folder = server.get_postmaster_info().socket_dir
    port, file = free_port(), folder / "pgbouncer.ini"
    file.write_text(SETTINGS.format(socket_folder=socket_folder, folder=folder, port=port, sessions=sessions))
    (folder / "users").write_text('"postgres" ""\n')
    command = [PROGRAM, str(file)]
    if server.system_user:  # neither may run as root, and only this user can reach the socket
        command += ["--user", server.system_user]
        folder.chmod(0o755)
    with open(folder / "pgbouncer.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or _accepts(port))
        assert process.poll() is None, (folder / "pgbouncer.log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _accepts(port: int) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
        return True
    return False
