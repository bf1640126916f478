"""Dates as a file writes them, to the first and last possible day and UCDP's precision."""

import calendar
import datetime
import functools
from typing import Any, NamedTuple

from seeds.language.cells import text

Formats = tuple[str, ...]


class Days(NamedTuple):
    first: str
    last: str
    precision: int  # 1 a day, 4 a month, 5 a year

    def __str__(self) -> str:
        """ISO 8601: a day, a month or a year."""
        return self.first[: {4: 7, 5: 4}.get(self.precision, 10)]


def days(value: Any, formats: Formats) -> Days:
    """The days that a cell tells. Raises `ValueError`, telling what is allowed."""
    if isinstance(value, Days):  # read already
        return value
    if isinstance(value, datetime.date):  # a spreadsheet's own
        day = value.isoformat()[:10]
        return Days(day, day, 1)
    return _read(text(value), formats)


@functools.lru_cache(maxsize=10_000)
def _read(written: str, formats: Formats) -> Days:
    found = {made for format in formats if (made := _tried(written, format))}
    if not found:
        raise ValueError(f"Allowed is a date written {' or '.join(formats)}.")
    if len(found) > 1:
        raise ValueError(f"Is ambiguous: {' and '.join(formats)} read it as different days.")
    return found.pop()


def _tried(written: str, format: str) -> Days | None:
    try:
        read = datetime.datetime.strptime(written, format)
    except ValueError:
        return None
    if not written.isascii():  # digits of other scripts, which strptime takes for its own
        return None
    if any(letter in format for letter in ("%d", "%j", "%u")):
        return Days(read.date().isoformat(), read.date().isoformat(), 1)
    month = any(letter in format for letter in ("%m", "%b", "%B"))
    last = calendar.monthrange(read.year, read.month)[1] if month else 31
    year = f"{read.year:04}"
    return Days(f"{year}-{read.month:02}-01", f"{year}-{read.month if month else 12:02}-{last}", 4 if month else 5)
