"""Parse dates: return the first and last possible day, and UCDP's code for the precision."""

import calendar
import datetime
import functools
from typing import Any, NamedTuple

from imports.mapping_language.cells import cell_text

Formats = tuple[str, ...]


class Days(NamedTuple):
    first: str
    last: str
    precision: int  # 1 a day, 4 a month, 5 a year

    def __str__(self) -> str:
        """Return the day, month or year in ISO 8601."""
        return self.first[: {4: 7, 5: 4}.get(self.precision, 10)]


def parse_days(value: Any, formats: Formats) -> Days:
    """Return the days of a cell. Raise `ValueError`, whose message says what is allowed."""
    if isinstance(value, Days):  # the mapping has already parsed it
        return value
    if isinstance(value, datetime.date):  # spreadsheets have cells that are dates
        day = value.isoformat()[:10]
        return Days(day, day, 1)
    return _parse_text(cell_text(value), formats)


@functools.lru_cache(maxsize=10_000)
def _parse_text(written: str, formats: Formats) -> Days:
    readings = {reading for format in formats if (reading := _try_format(written, format))}
    if not readings:
        raise ValueError(f"Must be a date written {' or '.join(formats)}.")
    if len(readings) > 1:
        raise ValueError(f"Ambiguous: {' and '.join(formats)} give different days.")
    return readings.pop()


def _try_format(written: str, format: str) -> Days | None:
    try:
        moment = datetime.datetime.strptime(written, format)
    except ValueError:
        return None
    if not written.isascii():  # strptime accepts digits of other scripts
        return None
    if any(letter in format for letter in ("%d", "%j", "%u")):
        return Days(moment.date().isoformat(), moment.date().isoformat(), 1)
    month = any(letter in format for letter in ("%m", "%b", "%B"))
    last = calendar.monthrange(moment.year, moment.month)[1] if month else 31
    year = f"{moment.year:04}"
    return Days(f"{year}-{moment.month:02}-01", f"{year}-{moment.month if month else 12:02}-{last}", 4 if month else 5)
