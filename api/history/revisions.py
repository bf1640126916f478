"""The current revision, and what identifies its content."""

from typing import Any

from api.database.snapshot import is_pinned, read_once
from api.database.statements import select_rows

REVISION = "revision"  # the key of `read_once`


def current_revision() -> int:
    """Return the newest revision of the database; 0 if nothing was written yet."""
    return read_once(REVISION, lambda: int(select_rows("SELECT COALESCE(MAX(number), 0) FROM revision")[0][0]))


def redaction_after_pin() -> int:
    """Return the newest redaction after a pinned revision, which changes what the revision shows; 0 if none."""
    if not is_pinned():
        return 0  # a redaction makes a new revision
    since = "revision > (SELECT MAX(number) FROM revision)"
    return int(select_rows(f"SELECT COALESCE(MAX(seq), 0) FROM change WHERE operation = 'redact' AND {since}")[0][0])


def newest_redaction() -> int:
    """Return the number of the newest redaction in the log, whatever is pinned; 0 if there is none."""
    return int(select_rows("SELECT COALESCE(MAX(seq), 0) FROM change WHERE operation = 'redact'")[0][0])


def last_changed_at() -> str:
    """Return when the content was last changed: by its revision, or by a later redaction. RFC 3339."""
    sql = "SELECT made_at FROM revision ORDER BY number DESC LIMIT 1"
    of_redaction = "SELECT made_at FROM change WHERE seq = " + str(redaction_after_pin())
    return max(str(made_at) for (made_at,) in [*select_rows(sql), *select_rows(of_redaction), ("",)])


def read_first_moment() -> str:
    """Return when the first revision was made; the beginning of 1970 if nothing was written yet. RFC 3339."""
    rows = select_rows("SELECT made_at FROM revision ORDER BY number LIMIT 1")
    return str(rows[0][0]) if rows else "1970-01-01T00:00:00Z"


def read_moment(number: int) -> str:
    """Return when a revision was made; empty if there is none of this number."""
    rows = select_rows(f"SELECT made_at FROM revision WHERE number = {int(number)}")
    return str(rows[0][0]) if rows else ""


def key_of_content() -> tuple[int, int]:
    """Return the key of cached answers: they are valid as long as it stays the same."""
    return current_revision(), redaction_after_pin()


def identify_content() -> list[Any]:
    """Return values that identify the content, also among other databases."""
    newest = select_rows("SELECT number, made_at FROM revision ORDER BY number DESC LIMIT 1")
    read_once(REVISION, lambda: int(newest[0][0]) if newest else 0)
    return [*map(list, newest), redaction_after_pin()]
