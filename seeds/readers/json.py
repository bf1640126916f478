"""JSON: the objects of an array somewhere in the file, one after the other; or the file as one row. No key twice."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import ijson

from seeds.language.cells import Unfit, flat
from seeds.readers.files import File
from seeds.readers.tables import Numbered, Table, Unreadable

WHOLE = "whole"
BUFFER = 64 * 1024


class Once(dict[str, Any]):
    """An object that remembers a second value for a key, of which JSON's readers would silently take the last.

    It must not raise: ijson's builder is written in C, and goes on.
    """

    twice: str | None = None

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.twice = key
        super().__setitem__(key, value)


def table(file: File, path: str | None = None) -> Table:
    """The objects of the array at `path` (`a.b`; none: the file is the array), or of the file as a whole."""
    if path == WHOLE:
        return Table(file.name, None, _whole(file), ("read as one row",))
    return Table(file.name, None, _objects(file, f"{path}.item" if path else "item"), ())


def _objects(file: File, prefix: str) -> Iterator[Numbered]:
    number, found_in = 0, partial(ijson.items, prefix=prefix, use_float=True, map_type=Once, buf_size=BUFFER)
    with file.open() as binary:
        try:
            for number, found in enumerate(found_in(binary), 1):
                yield number, _cells(found)
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            about = f"in the {BUFFER // 1024} KiB behind object {number}" if number else "near its beginning"
            raise Unreadable(f"{file.name}, {about}: {error}.") from None
    if number == 0:
        raise Unreadable(f"{file.name} has no objects at {prefix!r}: say in the mapping where they are (file: path).")


def _whole(file: File) -> Iterator[Numbered]:
    with file.open() as binary:
        try:
            yield 1, _cells(json.load(binary, object_pairs_hook=_once))
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable(f"{file.name}: {error}.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = Once()
    for key, value in pairs:
        made[key] = value
    return made


def _cells(found: Any) -> dict[str, Any] | Unfit:
    if not isinstance(found, dict):
        return Unfit("", found, "Allowed is an object.")
    twice = _twice(found)
    return flat(found) if twice is None else Unfit(twice, twice, "Stands twice in one object.")


def _twice(found: Any) -> str | None:
    """A key that stands twice in the object, or in one within it."""
    if isinstance(found, Once) and found.twice is not None:
        return found.twice
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return next((twice for one in inner if (twice := _twice(one)) is not None), None)


def line(text: bytes) -> dict[str, Any] | Unfit:
    """One line of NDJSON. Raises `json.JSONDecodeError`, `UnicodeDecodeError`, `RecursionError`."""
    return _cells(json.loads(text, object_pairs_hook=_once))
