"""JSON: the objects of an array somewhere in the file, one after the other; or the file as one row. No key twice."""

import codecs
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

import ijson

from seeds.language.cells import Unfit, flat
from seeds.readers.files import File
from seeds.readers.tables import Numbered, Table, Unreadable

WHOLE = "whole"
BUFFER = 64 * 1024
DEEPEST = 64  # levels; each costs the reader memory that grows with its depth
LONGEST = 1 << 22  # bytes of a text, or of a line
TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|(\\?\Z))', re.DOTALL)  # the group: it goes on in the next piece
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
NOT_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))


class Once(dict[str, Any]):
    """An object that remembers a second value for a key, of which JSON's readers would silently take the last.

    It must not raise: ijson's builder is written in C, and goes on.
    """

    twice: str | None = None

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.twice = key
        super().__setitem__(key, value)


class Bounded:
    """A file of JSON without its byte order mark; refused where it is nested deeper, or a text in it is longer, than
    anything that is meant to be read."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name, self.file = name, file
        self.depth, self.length = 0, 0
        self.open = b""  # of the text in which the last piece ended: its quote, and a backslash that wants more
        self.first = True

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        if self.first and piece:
            piece, self.first = piece.removeprefix(codecs.BOM_UTF8), False
        before, self.open = self.open, b""
        self._descend(TEXT.sub(self._text, before + piece))
        return piece

    def _text(self, found: re.Match[bytes]) -> bytes:
        self.length = 0 if found[1] is None else self.length + len(found[0])
        self.open = b"" if found[1] is None else b'"' + found[1]
        if self.length > LONGEST:
            raise Unreadable(f"{self.name} holds a text of more than {LONGEST >> 20} MiB.")
        if SURROGATE.search(found[0]) and found.start() and found[1] is None:
            self._refuse_halves(found[0])
        return b""

    def _refuse_halves(self, text: bytes) -> None:
        """Half a surrogate pair would be read as a question mark."""
        try:
            json.loads(text, strict=False).encode()
        except UnicodeEncodeError:
            told = text[:80].decode(errors="replace")
            raise Unreadable(f"{self.name}: {told} holds half a surrogate pair, which is not a character.") from None

    def _descend(self, bare: bytes) -> None:
        for bracket in bare.translate(None, NOT_BRACKETS):
            self.depth += 1 if bracket in b"[{" else -1
            if self.depth > DEEPEST:
                raise Unreadable(f"{self.name} is nested more than {DEEPEST} levels deep.")


def table(file: File, path: str | None = None) -> Table:
    """The objects of the array at `path` (`a.b`; none: the file is the array), or of the file as a whole."""
    if path == WHOLE:
        return Table(file.name, None, _whole(file), ("read as one row",))
    return Table(file.name, None, _objects(file, f"{path}.item" if path else "item"), ())


def _objects(file: File, prefix: str) -> Iterator[Numbered]:
    number, found_in = 0, partial(ijson.items, prefix=prefix, use_float=True, map_type=Once, buf_size=BUFFER)
    with file.open() as binary:
        try:
            for number, found in enumerate(found_in(Bounded(file.name, binary)), 1):
                yield number, _cells(found)
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            about = f"in the {BUFFER // 1024} KiB behind object {number}" if number else "near its beginning"
            raise Unreadable(f"{file.name}, {about}: {error}.") from None
    if number == 0:
        where = f" at {prefix.removesuffix('.item')}" if prefix != "item" else ""
        raise Unreadable(f"{file.name} has no array of objects{where}: the mapping says where it is (file: path).")


def _whole(file: File) -> Iterator[Numbered]:
    with file.open() as binary:
        try:
            yield 1, _cells(json.load(binary, object_pairs_hook=_once))
        except (ValueError, RecursionError) as error:
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
    """One line of NDJSON. Raises `ValueError`, `RecursionError`."""
    return _cells(json.loads(text, object_pairs_hook=_once))
