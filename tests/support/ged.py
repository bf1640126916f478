"""The figures of the UCDP Georeferenced Event Dataset, read with `csv` only. Tests compare imports with them."""

import csv
import pathlib
from collections import defaultdict
from collections.abc import Callable, Iterable

Row = dict[str, str]
Bounds = tuple[int, int, int]
SOLDIERS = {"deaths_a": "side_a_new_id", "deaths_b": "side_b_new_id"}
OTHERS = {"deaths_civilians": "civilian", "deaths_unknown": "unknown"}


def rows(path: pathlib.Path) -> list[Row]:
    """Return the events of a dataset release; its second line has HXL tags."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[1:]


def bounds(row: Row) -> Bounds:
    return int(row["low"]), int(row["best"]), int(row["high"])


def disordered(row: Row) -> bool:
    low, best, high = bounds(row)
    return not low <= best <= high


def summed(events: Iterable[Row], group: Callable[[Row], str]) -> dict[str, Bounds]:
    """Return the sums of low, best and high by group."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in events:
        for position, number in enumerate(bounds(row)):
            sums[group(row)][position] += number
    return {name: (low, best, high) for name, (low, best, high) in sums.items()}
