"""The time in which a worker that was told to stop still answers. gunicorn.conf.py begins it."""

import time

LAST_SECONDS = 5  # before gunicorn kills the worker: in them, streams write their last line


class _Drain:
    ends_at: float | None = None  # on the clock that is never put back


_drain = _Drain()


def begin_drain(seconds: float) -> None:
    """Let streams go on for `seconds`, less what their last line needs. Only the first call counts."""
    if _drain.ends_at is None:
        _drain.ends_at = time.monotonic() + seconds - min(LAST_SECONDS, seconds / 2)


def has_drained() -> bool:
    """Return whether the time is over, so that streams must end."""
    return _drain.ends_at is not None and time.monotonic() > _drain.ends_at
