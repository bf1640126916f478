"""NDJSON: one object a line."""

import json
from collections.abc import Iterator

from seeds.language.cells import Unfit
from seeds.readers.files import File
from seeds.readers.json import line
from seeds.readers.tables import Numbered, Table


def table(file: File) -> Table:
    return Table(file.name, None, _objects(file))


def _objects(file: File) -> Iterator[Numbered]:
    with file.open() as binary:
        for number, text in enumerate(binary, 1):
            if not text.strip():
                continue
            try:
                yield number, line(text)
            except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
                yield number, Unfit("", text[:80].decode(errors="replace"), f"Allowed is one JSON object: {error}.")
