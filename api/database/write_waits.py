"""How long a write waits for earlier writes, and the last look at its client before it is committed."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DEFAULT_SECONDS = 5


class _Setting:
    seconds: float = DEFAULT_SECONDS


class _Limit(threading.local):
    """The limit of the request of this thread. Outside a request each write has its own."""

    ends_at: float | None = None  # on the clock that is never put back
    before_commit: Callable[[], None] | None = None


_setting, _limit = _Setting(), _Limit()


def configure(seconds: float) -> None:
    """Let each request, and each write of a command, wait at most this long."""
    _setting.seconds = seconds


@contextmanager
def limit_waits() -> Iterator[None]:
    """Let all writes inside wait for the time of the setting together."""
    _limit.ends_at = time.monotonic() + _setting.seconds
    try:
        yield
    finally:
        _limit.ends_at = _limit.before_commit = None


def check_commits(before_commit: Callable[[], None]) -> None:
    """Call a function before each further commit inside `limit_waits`. What it raises rolls the write back."""
    _limit.before_commit = before_commit


def find_end() -> float:
    """Return when a write that begins now must stop waiting, on the clock of `time.monotonic`."""
    return time.monotonic() + _setting.seconds if _limit.ends_at is None else _limit.ends_at


def count_seconds_until(ends_at: float) -> float:
    return max(ends_at - time.monotonic(), 0)


def confirm_commit() -> None:
    """Call the function of `check_commits`, if there is one. Raises what it raises."""
    if _limit.before_commit is not None:
        _limit.before_commit()
