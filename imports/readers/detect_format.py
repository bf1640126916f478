"""Read the tables of a path: a file of any format, compressed or not, a zip, or a folder."""

import fnmatch
import pathlib
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from imports.readers import csv, datapackage, json, ndjson, xlsx
from imports.readers.compressed_files import File, Folder, Step, detect_compression, list_folder, list_zip, single_file
from imports.readers.tables import Table, UnreadableFileError, fill_cells, gather_rows

SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson",
    ".xlsx": "xlsx",
}  # fmt: skip


def read_tables(path: pathlib.Path, options: Mapping[str, Any], step: Step) -> Iterator[Table]:
    """Return the tables of a file or folder. `options` is the mapping's `file`. Raise `UnreadableFileError`."""
    remaining = _read_path(path, options, step)
    first = next(remaining, None)
    if first is None:
        raise UnreadableFileError(f"{path.name} has no sheet or table {options.get('name', '*')}.")
    for table in chain([first], remaining):
        filled = fill_cells(table, options["fill"]) if "fill" in options else table
        yield gather_rows(filled, **options["gather"]) if "gather" in options else filled


def _read_path(path: pathlib.Path, options: Mapping[str, Any], step: Step) -> Iterator[Table]:
    pattern = str(options.get("name", "*"))
    if path.is_dir():
        yield from _read_folder(list_folder(path, step), options, pattern)
    elif detect_compression(path) == "zip" and path.suffix.lower() != ".xlsx":
        yield from _read_folder(list_zip(path, step), options, pattern)
    else:
        yield from _read_file(single_file(path, step), options, pattern)


def total_size(path: pathlib.Path) -> int:
    """Return the size of a file or folder on the disk, in bytes."""
    return sum(bytes for bytes, _ in file_states(path))


def file_states(path: pathlib.Path) -> list[tuple[int, int]]:
    """Return the size in bytes and the time of the last change (ns) of each file. Raise `UnreadableFileError`."""
    paths = sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]
    try:
        return [(stat.st_size, stat.st_mtime_ns) for stat in map(pathlib.Path.stat, paths)]
    except OSError as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error.strerror}.") from None


def _read_folder(packed: Folder, options: Mapping[str, Any], pattern: str) -> Iterator[Table]:
    if any(name.rpartition("/")[2] == datapackage.DESCRIPTOR for name in packed.files):
        tables = datapackage.read_tables(packed, options.get("path"))
        yield from (table for table in tables if fnmatch.fnmatch(table.name, pattern))
        return
    names = [name for name in packed.files if fnmatch.fnmatch(name.rpartition("/")[2], pattern)]
    if not names:
        raise UnreadableFileError(f"{packed.name} has no file {pattern}.")
    for name in names:
        yield from _read_file(packed.files[name], options, "*")


def _read_file(file: File, options: Mapping[str, Any], pattern: str) -> Iterator[Table]:
    suffix = pathlib.PurePath(file.name).suffix.lower()
    file_format = options.get("format") or SUFFIXES.get(suffix)
    if file_format is None:
        suffix_hint = f"known suffixes are {', '.join(SUFFIXES)}; for others, give file: {{format: csv}} in a mapping"
        picks = 'or choose a file of a zip with file: {name: "*.csv"}'
        raise UnreadableFileError(
            f"{file.name}: the format cannot be seen from {suffix or 'a name without suffix'}; {suffix_hint}, {picks}."
        )
    if file_format == "xlsx":
        yield from (t for t in xlsx.read_tables(file, options.get("header", ())) if fnmatch.fnmatch(t.name, pattern))
    elif file_format == "json":
        yield json.read_table(file, options.get("path"))
    elif file_format == "ndjson":
        yield ndjson.read_table(file)
    else:
        yield csv.read_table(
            file,
            options.get("encoding"),
            options.get("delimiter"),
            options.get("header", ()),
            names=options.get("columns"),
        )
