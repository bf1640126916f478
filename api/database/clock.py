"""The time, as records and API keys store it. In the database it never goes back, even if the machine's clock does."""

import datetime
from typing import NamedTuple

from api.database.statements import select_rows


class LastRevision(NamedTuple):
    """The newest revision, and when it was made."""

    number: int
    made_at: str


def utc_now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def write_time() -> str:
    """Return the time for what is written now: that of the clock, but never before the last revision's."""
    ahead = revision_ahead_of_clock()
    return ahead.made_at if ahead else utc_now()


def revision_ahead_of_clock() -> LastRevision | None:
    """Return the newest revision if the clock is behind it, else None. The clock was put back, or was ahead before."""
    newest = read_newest_revision()
    return newest if newest and newest.made_at > utc_now() else None


def read_newest_revision() -> LastRevision | None:
    """Return the newest revision; None in an empty database."""
    rows = select_rows("SELECT number, made_at FROM revision ORDER BY number DESC LIMIT 1")
    return LastRevision(*rows[0]) if rows else None


def describe_delay(ahead: LastRevision) -> str:
    """Return the warning about a clock that is behind."""
    return (
        f"The clock of this machine is behind revision {ahead.number} ({ahead.made_at}): it says {utc_now()}. New "
        "revisions get the time of the last one. Set the clock."
    )
