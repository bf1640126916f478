"""A POST that is sent again gets its first answer again: kept with the records, in the same transaction."""

import datetime
import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import RawIOBase
from typing import NamedTuple

import peewee

from api.db import database, is_postgres, rows, tuples
from api.models import Answered
from api.records.keys import now

KEPT_DAYS = 7


class First(NamedTuple):
    """What was answered when the key came first."""

    request_sha256: str
    status: int
    body: str


def first(key: str, idempotency_key: str) -> First | None:
    found = tuples(
        Answered.select(Answered.request_sha256, Answered.status, Answered.body).where(
            (Answered.key == key) & (Answered.idempotency_key == idempotency_key)
        )
    )
    return First(*found[0]) if found else None


def keep(key: str, idempotency_key: str, answer: First) -> None:
    """Inside the transaction that wrote what is answered; what is older than a week goes."""
    ended = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=KEPT_DAYS)
    Answered.delete().where(Answered.made_at < ended.isoformat(timespec="seconds").replace("+00:00", "Z")).execute()
    values = {"key": key, "idempotency_key": idempotency_key, "made_at": now(), **answer._asdict()}
    Answered.insert(**values).execute()


SPENT = "0" * 64  # no request has this hash


def spend(revision: int) -> None:
    """Forget what was asked and answered under this revision; its key stays spent, so that no retry writes it again."""
    about = Answered.body.contains(f'"revision":{revision},')
    Answered.update(request_sha256=SPENT, body="").where(about).execute()


class InFlight(Exception):
    """Another request with the same key is being answered."""


@contextmanager
def alone(key: str, idempotency_key: str) -> Iterator[None]:
    """Nobody else works on this key meanwhile, in any process. Raises `InFlight`."""
    digest = hashlib.sha256(f"{key} {idempotency_key}".encode()).digest()
    if is_postgres():
        number = int.from_bytes(digest[:8], signed=True)
        # Ends with the transaction: behind PgBouncer the next statement may be another session's.
        with database.atomic():
            if not rows("SELECT pg_try_advisory_xact_lock(%s)", (number,))[0][0]:
                raise InFlight
            yield
    else:
        with ExitStack() as held:
            try:
                path = f"{database.obj.database}.post-lock-{digest[0] % 16:x}"
                _take(held.enter_context(open(path, "a+b", buffering=0)), digest)
            except OSError as error:  # a disk that has no room for the lock has none for what was sent
                raise peewee.OperationalError(str(error)) from error
            yield


def _take(lock: RawIOBase, digest: bytes) -> None:
    """Sixteen files serve all keys, and each tells which it serves: another one is waited for. Raises `InFlight`."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        if lock.read() == digest:
            raise InFlight from None
        fcntl.flock(lock, fcntl.LOCK_EX)
    lock.truncate(0)
    lock.write(digest)
