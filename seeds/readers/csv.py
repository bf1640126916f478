"""CSV (RFC 4180), UTF-8 with or without a byte order mark, to rows of text."""

import csv
import pathlib
from collections.abc import Iterator


class Unreadable(Exception):
    """A file that is not what its name says; the message names file and line."""


def read(path: pathlib.Path) -> Iterator[dict[str, str]]:
    """The rows of a file with a header line. Raises `Unreadable` for a ragged row or a repeated column."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        header = next(lines, [])
        if len(set(header)) < len(header) or not all(header):
            raise Unreadable(f"{path.name}: the header repeats a column or leaves one without a name.")
        for cells in lines:
            if len(cells) != len(header):
                raise Unreadable(f"{path.name}, line {lines.line_num}: {len(cells)} cells under {len(header)} columns.")
            yield dict(zip(header, cells, strict=True))
