"""Read NDJSON: one object per line."""

from collections.abc import Iterator

from imports.mapping_language.cells import UnfitCellError
from imports.readers.compressed_files import File
from imports.readers.json import LONGEST, read_line
from imports.readers.tables import Numbered, Table, UnreadableFileError


def read_table(file: File) -> Table:
    return Table(file.name, None, _read_objects(file))


def _read_objects(file: File) -> Iterator[Numbered]:
    number = 0
    with file.open() as binary:
        for number, text in enumerate(iter(lambda: binary.readline(LONGEST), b""), 1):
            if len(text) == LONGEST:
                raise UnreadableFileError(f"{file.name}, line {number} has more than {LONGEST >> 20} MiB.")
            if not text.strip():
                continue
            try:
                yield number, read_line(text)
            except (ValueError, RecursionError) as error:
                yield (
                    number,
                    UnfitCellError("", text[:80].decode(errors="replace"), f"Must be one JSON object: {error}."),
                )
    if number == 0:
        raise UnreadableFileError(f"{file.name} is empty.")
