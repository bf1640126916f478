"""NDJSON: one object a line."""

from collections.abc import Iterator

from seeds.language.cells import Unfit
from seeds.readers.files import File
from seeds.readers.json import LONGEST, line
from seeds.readers.tables import Numbered, Table, Unreadable


def table(file: File) -> Table:
    return Table(file.name, None, _objects(file))


def _objects(file: File) -> Iterator[Numbered]:
    number = 0
    with file.open() as binary:
        for number, text in enumerate(iter(lambda: binary.readline(LONGEST), b""), 1):
            if len(text) == LONGEST:
                raise Unreadable(f"{file.name}, line {number} has more than {LONGEST >> 20} MiB.")
            if not text.strip():
                continue
            try:
                yield number, line(text)
            except (ValueError, RecursionError) as error:
                yield number, Unfit("", text[:80].decode(errors="replace"), f"Allowed is one JSON object: {error}.")
    if number == 0:
        raise Unreadable(f"{file.name} is empty.")
