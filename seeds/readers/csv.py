"""CSV (RFC 4180), UTF-8 with or without a byte order mark, to rows of text."""

import csv
import pathlib
from collections.abc import Iterator
from typing import Any


class Unreadable(Exception):
    """A file that is not what its name says; the message names file and line."""


def read(path: pathlib.Path) -> Iterator[dict[str, str]]:
    """The rows of a file with a header line. Raises `Unreadable` for what is no table."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        try:
            yield from _rows(path.name, lines)
        except (csv.Error, UnicodeDecodeError) as error:
            raise Unreadable(f"{path.name}, behind line {lines.line_num}: {error}.") from None


def _rows(name: str, lines: Any) -> Iterator[dict[str, str]]:
    header: list[str] = next(lines, [])
    if len(set(header)) < len(header) or not all(header):
        raise Unreadable(f"{name}: the header repeats a column or leaves one without a name.")
    for cells in lines:
        if len(cells) != len(header):
            raise Unreadable(f"{name}, line {lines.line_num}: {len(cells)} cells under {len(header)} columns.")
        yield dict(zip(header, cells, strict=True))
