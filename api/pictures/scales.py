"""From numbers and days to pixels, with the ticks of an axis."""

import datetime
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.language_files import DEFAULT_LANGUAGE
from schemas.regional_formats import format_date

DAY = datetime.timedelta(days=1)


class Scale(NamedTuple):
    """A scale of numbers. On one of ratios equal lengths are equal ratios, and zero stands apart at its start."""

    is_ratio: bool
    least: float
    most: float
    start: float  # pixels
    end: float
    ticks: tuple[int, ...]
    zero: float = 0.0  # pixels between zero and `least` on a scale of ratios

    def find_place(self, value: float) -> float:
        length = self.end - self.start - self.zero
        if not self.is_ratio:
            return self.start + (self.end - self.start) * value / self.most
        if value < self.least:
            return self.start
        return self.start + self.zero + length * math.log(value / self.least) / math.log(self.most / self.least)


def make_scale(
    kind: str, values: Iterable[int], start: float, end: float, ticks: int = 5, smaller: Iterable[int] = ()
) -> Scale:
    """Return the scale `ratio` or `count` of these values between two pixels.

    On a scale of ratios `smaller` numbers do not stretch it: they and zero stand apart at its start.
    """
    numbers = list(values)
    most = max([1, *numbers])
    if kind == "count":
        steps = list_steps(most, ticks)
        return Scale(False, 0, max(most, steps[-1]), start, end, steps)
    least = 10 ** math.floor(math.log10(min([most, *(n for n in numbers if n > 0)])))
    most = max(10 * least, most)
    powers = range(round(math.log10(least)), int(math.log10(most) + 1e-9) + 1)
    factors = (1, 2, 5) if len(powers) <= 2 else (1,)
    tens = tuple(factor * 10**power for power in powers for factor in factors if factor * 10**power <= most)
    has_apart = any(number < least for number in (*numbers, *smaller))
    return Scale(True, least, most, start, end, tens, (end - start) * 0.07 * has_apart)


def list_steps(most: int, count: int) -> tuple[int, ...]:
    """Return round numbers from 0 to `most` or the next above it: `(0, 500, 1000, 1500)`."""
    rough = max(1.0, most / max(1, count))
    power = 10 ** math.floor(math.log10(rough))
    step = int(max(1, next(n * power for n in (1, 2, 2.5, 5, 10) if n * power >= rough)))
    return tuple(range(0, step * math.ceil(most / step) + 1, step))


class DayScale(NamedTuple):
    first: datetime.date
    last: datetime.date
    start: float
    end: float

    def find_place(self, day: datetime.date) -> float:
        days = max(1, (self.last - self.first).days)
        return self.start + (self.end - self.start) * (day - self.first).days / days

    def list_ticks(self, room: float, language: str = DEFAULT_LANGUAGE) -> list[tuple[float, str]]:
        """Return the places and words of days, months or years, at least `room` pixels apart."""
        most = max(1, int((self.end - self.start) / room))
        for step in STEPS:
            days = [day for day in iterate_days(self.first, self.last, step)]
            if len(days) <= most:
                break
        form = "year" if step[0] == "year" else f"short_{step[0]}"
        spots = [(self.find_place(day), format_date(day, form, language)) for day in days]
        return [spot for number, spot in enumerate(spots) if not number or spot[0] - spots[0][0] >= room * 0.9]


STEPS: tuple[tuple[str, int], ...] = (
    ("day", 1), ("day", 2), ("day", 7), ("day", 14), ("month", 1), ("month", 2), ("month", 3), ("month", 6),
    ("year", 1), ("year", 2), ("year", 5), ("year", 10), ("year", 50), ("year", 1000),
)  # fmt: skip


def iterate_days(first: datetime.date, last: datetime.date, step: tuple[str, int]) -> Iterator[datetime.date]:
    """Yield the round days between two days: firsts of months or years, or each so many days."""
    unit, size = step
    if unit == "day":
        day = first
        while day <= last:
            yield day
            day += size * DAY
        return
    months = first.year * 12 + first.month - 1 + (first.day > 1)
    size *= 12 if unit == "year" else 1
    months += -months % size
    while months // 12 <= min(last.year, 9998):
        day = datetime.date(months // 12, months % 12 + 1, 1)
        if day > last:
            return
        yield day
        months += size
