"""From a path to the tables in it, whatever it is packed in."""

import fnmatch
import pathlib
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from seeds.readers import csv, datapackage, json, ndjson, xlsx
from seeds.readers.files import File, Folder, Step, folder, kind, single, unzipped
from seeds.readers.tables import Table, Unreadable, gathered

SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson",
    ".xlsx": "xlsx",
}  # fmt: skip


def tables(path: pathlib.Path, told: Mapping[str, Any], step: Step) -> Iterator[Table]:
    """The tables of a file or folder, read as `told` (the mapping's `file`). Raises `Unreadable`."""
    found = _tables(path, told, step)
    first = next(found, None)
    if first is None:
        raise Unreadable(f"{path.name} holds no sheet or table {told.get('name', '*')}.")
    for table in chain([first], found):
        yield gathered(table, **told["gather"]) if "gather" in told else table


def _tables(path: pathlib.Path, told: Mapping[str, Any], step: Step) -> Iterator[Table]:
    wanted = str(told.get("name", "*"))
    if path.is_dir():
        yield from _folder(folder(path, step), told, wanted)
    elif kind(path) == "zip" and path.suffix.lower() != ".xlsx":
        yield from _folder(unzipped(path, step), told, wanted)
    else:
        yield from _file(single(path, step), told, wanted)


def size(path: pathlib.Path) -> int:
    """Bytes on the disk."""
    return sum(bytes for bytes, _ in state(path))


def state(path: pathlib.Path) -> list[tuple[int, int]]:
    """Bytes of each file, and when it was last changed. Raises `Unreadable`."""
    found = sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]
    try:
        return [(told.st_size, told.st_mtime_ns) for told in map(pathlib.Path.stat, found)]
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from None


def _folder(found: Folder, told: Mapping[str, Any], wanted: str) -> Iterator[Table]:
    if any(name.rpartition("/")[2] == datapackage.DESCRIPTOR for name in found.files):
        yield from (table for table in datapackage.tables(found) if fnmatch.fnmatch(table.name, wanted))
        return
    names = [name for name in found.files if fnmatch.fnmatch(name.rpartition("/")[2], wanted)]
    if not names:
        raise Unreadable(f"{found.name} holds no file {wanted}.")
    for name in names:
        yield from _file(found.files[name], told, "*")


def _file(file: File, told: Mapping[str, Any], wanted: str) -> Iterator[Table]:
    suffix = pathlib.PurePath(file.name).suffix.lower()
    form = told.get("format") or SUFFIXES.get(suffix)
    if form is None:
        known = f"known are {', '.join(SUFFIXES)}; else a mapping says file: {{format: csv}}"
        picks = 'or of a zip which of its files: file: {name: "*.csv"}'
        raise Unreadable(f"{file.name}: {suffix or 'no suffix'} tells no format; {known}, {picks}.")
    if form == "xlsx":
        yield from (t for t in xlsx.tables(file, told.get("header")) if fnmatch.fnmatch(t.name, wanted))
    elif form == "json":
        yield json.table(file, told.get("path"))
    elif form == "ndjson":
        yield ndjson.table(file)
    else:
        yield csv.table(file, told.get("encoding"), told.get("delimiter"), told.get("header"))
