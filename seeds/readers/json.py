"""JSON: the objects of an array somewhere in the file, one after the other; or the file as one row. No key twice."""

import json
from collections.abc import Iterator
from typing import Any

import ijson

from seeds.language.cells import Unfit, flat
from seeds.readers.files import File
from seeds.readers.tables import Numbered, Table, Unreadable

WHOLE = "whole"


class Once(dict[str, Any]):
    """An object that refuses a second value for a key, where JSON's readers would silently take the last."""

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            raise Unreadable(f"{key} stands twice in one object")
        super().__setitem__(key, value)


def table(file: File, path: str | None = None) -> Table:
    """The objects of the array at `path` (`a.b`; none: the file is the array), or of the file as a whole."""
    if path == WHOLE:
        return Table(file.name, None, _whole(file), ("read as one row",))
    return Table(file.name, None, _objects(file, f"{path}.item" if path else "item"), ())


def _objects(file: File, prefix: str) -> Iterator[Numbered]:
    number = 0
    with file.open() as binary:
        try:
            for number, found in enumerate(ijson.items(binary, prefix, use_float=True, map_type=Once), 1):
                yield number, _cells(found)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise Unreadable(f"{file.name}, behind object {number}: {error}.") from None
        except Unreadable as error:
            raise Unreadable(f"{file.name}, object {number + 1}: {error}.") from None
    if number == 0:
        raise Unreadable(f"{file.name} has no objects at {prefix!r}: say in the mapping where they are (file: path).")


def _whole(file: File) -> Iterator[Numbered]:
    with file.open() as binary:
        try:
            yield 1, _cells(json.load(binary, object_pairs_hook=_once))
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError, Unreadable) as error:
            raise Unreadable(f"{file.name}: {error}.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = Once()
    for key, value in pairs:
        made[key] = value
    return made


def _cells(found: Any) -> dict[str, Any] | Unfit:
    return flat(found) if isinstance(found, dict) else Unfit("", found, "Allowed is an object.")


def line(text: bytes) -> dict[str, Any] | Unfit:
    """One line of NDJSON. Raises `json.JSONDecodeError`, `UnicodeDecodeError`, `RecursionError`, `Unreadable`."""
    return _cells(json.loads(text, object_pairs_hook=_once))
