"""The time limit of the question of a thread, and what ends a statement before it."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class TooSlowError(Exception):
    """A question that did not end within its time limit."""


class _Deadline(threading.local):
    """When the question of this thread must end. SQLite calls `has_passed` every few thousand steps."""

    at: float | None = None
    watcher: Callable[[], None] | None = None
    is_watching = False  # SQLite waits for the watcher, and loses what it raises

    def has_passed(self, *_: Any) -> int:
        if self.watcher:
            self.is_watching = True
            try:
                self.watcher()
            finally:
                self.is_watching = False
        return int(self.at is not None and time.monotonic() > self.at)


deadline = _Deadline()


@contextmanager
def watch_statement(watcher: Callable[[], None]) -> Iterator[None]:
    """Call `watcher` every few thousand steps of SQLite inside, for example to show progress."""
    deadline.watcher = watcher
    try:
        yield
    finally:
        deadline.watcher = None


@contextmanager
def allow_interrupts() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM also end the current statement of SQLite, and undo what the command has begun.

    SQLite loses an exception that is raised while it calls `has_passed`, so the deadline is set to the past instead.
    """
    is_interrupted = False

    def stop_statement(_: int, frame: FrameType | None) -> None:
        nonlocal is_interrupted
        is_interrupted, deadline.at = True, 0.0
        is_lost = deadline.is_watching or (frame is not None and frame.f_code is _Deadline.has_passed.__code__)
        if not is_lost:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop_statement) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Exception:  # also an error of the command, which has that of the statement in its own words
        if is_interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        deadline.at = None


def remaining_seconds() -> float | None:
    """Return the seconds until the open snapshot must end; None: it has no limit."""
    return None if deadline.at is None else max(deadline.at - time.monotonic(), 0)


def restart_clock(seconds: float | None) -> None:
    """Let the open snapshot, if it has a limit, end in so many seconds from now. None: it has no limit from now on."""
    if deadline.at is not None:
        deadline.at = None if seconds is None else time.monotonic() + seconds


def check_time() -> None:
    """Raise `TooSlowError` where the open snapshot should have ended."""
    if remaining_seconds() == 0:
        raise TooSlowError
