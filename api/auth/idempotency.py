"""A POST that is sent again gets its first answer again.

The answer is stored with the records, in the same transaction.
"""

import datetime
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import RawIOBase
from typing import NamedTuple

import peewee

from api.database import bulk, write_waits
from api.database.clock import utc_now
from api.database.connection import database, is_postgres, parameter_mark
from api.database.models import Answered
from api.database.statements import select_rows
from api.database.writing import wait_for_standbys

RETENTION_DAYS = 7
RETRY_SECONDS = 0.02  # the kernel has no lock that waits for a limited time


class FirstAnswer(NamedTuple):
    """The first request with a key, as its hash, and the answer to it."""

    request_sha256: str
    status: int
    body: str


def find_answer(key: str, idempotency_key: str) -> FirstAnswer | None:
    """Return the first answer. On PostgreSQL the commit of this transaction then waits for the standbys."""
    mark = parameter_mark()
    answers = select_rows(
        f"SELECT request_sha256, status, body FROM answered WHERE key_id = {mark} AND idempotency_key = {mark}",
        (key, idempotency_key),
    )
    if not answers:
        return None
    wait_for_standbys()
    return FirstAnswer(*answers[0])


def keep_answer(key: str, idempotency_key: str, answer: FirstAnswer) -> None:
    """Store an answer, inside the transaction that wrote its records. Delete answers that are older than a week."""
    ended = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=RETENTION_DAYS)
    last_day = ended.isoformat(timespec="seconds").replace("+00:00", "Z")
    database.execute_sql(f"DELETE FROM answered WHERE made_at < {parameter_mark()}", (last_day,))
    bulk.insert_rows(Answered, [(key, idempotency_key, *answer, utc_now())])


SPENT = "0" * 64  # no request has this hash


def forget_answers(revision: int) -> None:
    """Erase the requests and answers of a revision. Their keys stay in use, so that no retry writes them again."""
    of_revision = Answered.body.contains(f'"revision":{revision},')
    Answered.update(request_sha256=SPENT, body="").where(of_revision).execute()


def forget_answers_with(text: str) -> None:
    """Erase the requests and answers that repeat a text, for example as the name of another record."""
    Answered.update(request_sha256=SPENT, body="").where(
        Answered.body.contains(json.dumps(text, ensure_ascii=False)[1:-1])
    ).execute()


class InFlightError(Exception):
    """Another request with the same key is being answered."""


@contextmanager
def lock_key(key: str, idempotency_key: str) -> Iterator[None]:
    """Lock an idempotency key against all other requests, in any process. Raise `InFlightError` if it is locked."""
    digest = hashlib.sha256(f"{key} {idempotency_key}".encode()).digest()
    if is_postgres():
        number = int.from_bytes(digest[:8], signed=True)
        # The lock ends with the transaction: behind PgBouncer the next statement may run in another session.
        with database.atomic():
            if not select_rows("SELECT pg_try_advisory_xact_lock(%s)", (number,))[0][0]:
                raise InFlightError
            yield
    else:
        with ExitStack() as stack:
            try:
                path = f"{database.obj.database}.post-lock-{digest[0] % 16:x}"
                _take_lock(stack.enter_context(open(path, "r+b", buffering=0, opener=_open_or_make)), digest)
            except OSError as error:  # a disk without room for the lock has no room for the records
                raise peewee.OperationalError(str(error)) from error
            yield


def _take_lock(lock: RawIOBase, digest: bytes) -> None:
    """Lock a file for a key and write the hash of the key into it. Raise `InFlightError` if it holds that hash.

    Sixteen files serve all keys. If the file is locked for another key, wait for it, as long as a write may wait.
    """
    ends_at = write_waits.find_end()
    while not _try_lock(lock):
        lock.seek(0)
        if lock.read() == digest:
            raise InFlightError
        if not write_waits.count_seconds_until(ends_at):
            raise peewee.OperationalError("database is locked")
        time.sleep(RETRY_SECONDS)
    lock.seek(0)
    lock.write(digest)  # as long as the one before: shortening the file first would take longer than all of this


def _open_or_make(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o666)


def _try_lock(lock: RawIOBase) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
