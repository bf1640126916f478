"""Read JSON: the objects of an array anywhere in the file, one by one, or the file as one row. Refuse repeated keys."""

import codecs
import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import IO, Any

import ijson

from imports.mapping_language.cells import UnfitCellError, flatten_cells
from imports.readers.compressed_files import File
from imports.readers.headers import SEARCHED_ROWS, describe_header, find_header, name_columns
from imports.readers.tables import TAG, Numbered, Table, UnreadableFileError, build_table, pair_cells
from schemas.imports.mappings import WHOLE

WHOLE_NOTE = "read as one row"
BUFFER = 64 * 1024
DEEPEST = 64  # levels; the reader's memory grows with the depth
LONGEST = 1 << 22  # bytes of a text, or of a line
TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|(\\?\Z))', re.DOTALL)  # the group: the text continues in the next piece
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
NOT_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))


class UniqueKeys(dict[str, Any]):
    """An object that notes a repeated key, for which JSON readers would silently take the last value.

    It does not raise an exception, because ijson's builder is written in C and would continue.
    """

    repeated_key: str | None = None

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.repeated_key = key
        super().__setitem__(key, value)


class BoundedFile:
    """A file of JSON without its byte order mark. It is refused if it is nested too deeply or has too long a text."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name, self.file = name, file
        self.depth, self.length = 0, 0
        self.unfinished = b""  # if the last piece ended inside a text: a quote, and a final backslash
        self.first = True

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        if self.first and piece:
            piece, self.first = piece.removeprefix(codecs.BOM_UTF8), False
        before, self.unfinished = self.unfinished, b""
        self._track_depth(TEXT.sub(self._skip_text, before + piece))
        return piece

    def _skip_text(self, match: re.Match[bytes]) -> bytes:
        self.length = 0 if match[1] is None else self.length + len(match[0])
        self.unfinished = b"" if match[1] is None else b'"' + match[1]
        if self.length > LONGEST:
            raise UnreadableFileError(f"{self.name} has a text of more than {LONGEST >> 20} MiB.")
        if SURROGATE.search(match[0]) and match.start() and match[1] is None:
            self._refuse_halves(match[0])
        return b""

    def _refuse_halves(self, text: bytes) -> None:
        """Raise `UnreadableFileError` for half a surrogate pair, which would be read as a question mark."""
        try:
            json.loads(text, strict=False).encode()
        except UnicodeEncodeError:
            excerpt = text[:80].decode(errors="replace")
            raise UnreadableFileError(
                f"{self.name}: {excerpt} has half of a surrogate pair, which is not a character."
            ) from None

    def _track_depth(self, bare: bytes) -> None:
        for bracket in bare.translate(None, NOT_BRACKETS):
            self.depth += 1 if bracket in b"[{" else -1
            if self.depth > DEEPEST:
                raise UnreadableFileError(f"{self.name} is nested more than {DEEPEST} levels deep.")


def read_table(file: File, path: str | None = None) -> Table:
    """Return the objects of the array at `path` (for example `a.b`), or the whole file as one row.

    Default: the file is the array. A file that is an array is read whatever the path: ours have both shapes. An array
    of arrays is a table with a header. Objects whose keys are HXL hashtags have these as columns.
    """
    if path == WHOLE:
        if _is_array(file):
            raise UnreadableFileError(f"{file.name} is an array, and `path: {WHOLE}` reads one object. Leave it out.")
        return Table(file.name, None, _read_whole(file), (WHOLE_NOTE,))
    prefix = f"{path}.item" if path and not _is_array(file) else "item"
    try:
        first = [value for _, value in islice(_read_values(file, prefix, counted=False), SEARCHED_ROWS)]
    except UnreadableFileError:
        first = []  # the rows raise it again
    if first and isinstance(first[0], list):
        return _build_array_table(file, prefix, [value if isinstance(value, list) else [] for value in first])
    names = dict.fromkeys(name for value in first if isinstance(value, dict) for name in value)
    rows = ((number, _object_cells(value)) for number, value in _read_values(file, prefix))
    if len(names) > 1 and all(map(TAG.fullmatch, names)):
        tags = {name: name for name in names}
        return Table(file.name, tuple(names), rows, ("its keys are HXL hashtags",), tags)
    return Table(file.name, None, rows)


def _build_array_table(file: File, prefix: str, first: list[list[Any]]) -> Table:
    """Return the table of an array of arrays. Its rows are numbered by their places in the array, from 1."""
    header = find_header(first)
    columns, unnamed = name_columns(file.name, [first[header - 1]])
    values = ((number, value) for number, value in _read_values(file, prefix) if number > header)
    notes = (*describe_header([header]), *unnamed)
    return build_table(file.name, columns, pair_cells(columns, values), notes)._replace(first=first)


def _is_array(file: File) -> bool:
    with file.open() as binary:
        return binary.read(BUFFER).removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"["


def _read_values(file: File, prefix: str, counted: bool = True) -> Iterator[tuple[int, Any]]:
    number, iterate_objects = (
        0,
        partial(ijson.items, prefix=prefix, use_float=True, map_type=UniqueKeys, buf_size=BUFFER),
    )
    with file.open(counted) as binary:
        try:
            for number, value in enumerate(iterate_objects(BoundedFile(file.name, binary)), 1):
                yield number, value
        except (ijson.JSONError, UnicodeDecodeError, RecursionError) as error:
            position = f"in the {BUFFER // 1024} KiB after object {number}" if number else "near its beginning"
            raise UnreadableFileError(f"{file.name}, {position}: {error}.") from None
    if number == 0:
        where = f" at {prefix.removesuffix('.item')}" if prefix != "item" else ""
        raise UnreadableFileError(
            f"{file.name} has no array of objects{where}. Give its place in the mapping (file: path)."
        )


def _read_whole(file: File) -> Iterator[Numbered]:
    with file.open() as binary:
        try:
            yield 1, _object_cells(json.load(binary, object_pairs_hook=_build_object))
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"{file.name}: {error}.") from None


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = UniqueKeys()
    for key, value in pairs:
        content[key] = value
    return content


def _object_cells(value: Any) -> dict[str, Any] | UnfitCellError:
    if not isinstance(value, dict):
        return UnfitCellError("", value, "Must be an object.")
    repeated = _find_repeated_key(value)
    return (
        flatten_cells(value) if repeated is None else UnfitCellError(repeated, repeated, "Appears twice in one object.")
    )


def _find_repeated_key(value: Any) -> str | None:
    """Return a key that is repeated in an object or in an object inside it, or None."""
    if isinstance(value, UniqueKeys) and value.repeated_key is not None:
        return value.repeated_key
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((key for entry in inner if (key := _find_repeated_key(entry)) is not None), None)


def read_line(text: bytes) -> dict[str, Any] | UnfitCellError:
    """Return the cells of one line of NDJSON. Raise `ValueError` or `RecursionError`."""
    return _object_cells(json.loads(text, object_pairs_hook=_build_object))
