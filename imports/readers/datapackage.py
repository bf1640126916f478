"""Read data packages: the tables that a `datapackage.json` describes, checked by size and checksum."""

import hashlib
import io
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from imports.readers import csv, ndjson, xlsx
from imports.readers import json as json_reader
from imports.readers.compressed_files import CHUNK, File, Folder, Step
from imports.readers.table_schema import apply_schema, field_names
from imports.readers.tables import Table, UnreadableFileError, chain_tables

DESCRIPTOR = "datapackage.json"
Resource = dict[str, Any]


def read_tables(package: Folder, json_path: str | None = None) -> Iterator[Table]:
    """Return the tables of a package. Raise `UnreadableFileError` if a file is missing or not as described.

    `json_path`: the place of the array in resources that are JSON.
    """
    for files, resource in _checked_resources(package):
        schema = _load_part(package, resource, "schema")
        for table in _read_resource(files, resource, _load_part(package, resource, "dialect"), schema, json_path):
            yield apply_schema(table, schema)


def _read_resource(
    files: Sequence[File],
    resource: Resource,
    dialect: Mapping[str, Any],
    schema: Mapping[str, Any],
    json_path: str | None,
) -> Iterator[Table]:
    name = str(resource.get("name", files[0].name))
    format = str(resource.get("format") or pathlib.PurePath(files[0].name).suffix.removeprefix(".")).lower()
    if format in ("xlsx", "xls") and len(files) == 1:
        yield from (table._replace(name=name) for table in xlsx.read_tables(files[0]))
        return
    if format in ("json", "geojson"):
        tables = [json_reader.read_table(file, json_path) for file in files]
    elif format in ("ndjson", "jsonl"):
        tables = [ndjson.read_table(file) for file in files]
    else:
        names = field_names(schema) if dialect.get("header") is False else None
        form = csv.read_dialect(dialect)
        tables = [
            csv.read_table(file, resource.get("encoding"), dialect.get("delimiter"), dialect=form, names=names)
            for file in files[:1]
        ]
        names = list(tables[0].columns or ())
        tables += [
            csv.read_table(file, resource.get("encoding"), dialect.get("delimiter"), dialect=form, names=names)
            for file in files[1:]
        ]
    yield chain_tables(tables)._replace(name=name)


def _load_part(package: Folder, resource: Resource, name: str) -> Mapping[str, Any]:
    """Return the dialect or schema of a resource; it may be in a file of the package. Raise `UnreadableFileError`."""
    part = resource.get(name, {})
    if isinstance(part, str):
        file = package.files.get(f"{_find_folder(package)}{part}")
        if file is None:
            raise UnreadableFileError(
                f"{package.name}: the {name} of {resource.get('name')} is {part}, which is not in the package. Put it "
                "there: nothing is read from the network."
            )
        part = _load_json(file)
    return part if isinstance(part, dict) else {}


def _find_folder(package: Folder) -> str:
    descriptor = next(name for name in package.files if name.rpartition("/")[2] == DESCRIPTOR)
    return descriptor.removesuffix(DESCRIPTOR)


def checked_files(package: Folder) -> Iterator[tuple[File, Resource]]:
    """Return the files that the package lists, each with its description. Raise `UnreadableFileError`."""
    for files, resource in _checked_resources(package):
        for file in files:
            yield file, resource


def _checked_resources(package: Folder) -> Iterator[tuple[list[File], Resource]]:
    folder = _find_folder(package)
    for resource in read_descriptor(package.files[folder + DESCRIPTOR])["resources"]:
        if "data" in resource and "path" not in resource:
            yield [_inline_file(resource)], resource
            continue
        paths = resource.get("path")
        files = []
        for path in paths if isinstance(paths, list) and paths else [paths]:
            file = package.files.get(f"{folder}{path}")
            if file is None:
                raise UnreadableFileError(f"{package.name} lacks {path}, which its {DESCRIPTOR} lists.")
            files.append(file)
        _check_files(files, resource)
        yield files, resource


def _inline_file(resource: Resource) -> File:
    """Return the data that the descriptor itself has, as a file: a text in its format, or JSON."""
    data, format = resource["data"], str(resource.get("format", "csv"))
    is_text = isinstance(data, str)
    content = data.encode() if is_text else json.dumps(data if isinstance(data, list) else [data]).encode()

    @contextmanager
    def opener(step: Step) -> Iterator[IO[bytes]]:
        yield io.BytesIO(content)

    return File(f"{resource.get('name', 'data')}.{format if is_text else 'json'}", opener, lambda read: None)


def read_descriptor(file: File) -> dict[str, Any]:
    """Return the descriptor of the package. Raise `UnreadableFileError`."""
    descriptor = _load_json(file)
    listed = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(listed, list) or not all(isinstance(resource, dict) for resource in listed):
        raise UnreadableFileError(f"{file.name} lists no resources.")
    return {**descriptor, "resources": listed}


def _load_json(file: File) -> Any:
    with file.open(counted=False) as binary:
        try:
            return json.load(binary)
        except ValueError as error:
            raise UnreadableFileError(f"{file.name}: {error}.") from None


def _check_files(files: Sequence[File], resource: Resource) -> None:
    """Raise `UnreadableFileError` if the size or the checksum differs. Several files count as one."""
    algorithm, _, checksum = str(resource.get("hash", "")).rpartition(":")
    try:
        digest, size = hashlib.new(algorithm or "md5", usedforsecurity=False), 0  # MD5: the default
    except ValueError:
        raise UnreadableFileError(f"{files[0].name} has a checksum of an unknown kind: {algorithm}.") from None
    for file in files:
        with file.open(counted=False) as binary:
            while chunk := binary.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    if resource.get("bytes", size) != size or checksum and checksum.lower() != digest.hexdigest():
        names = " and ".join(file.name for file in files)
        raise UnreadableFileError(f"{names} is not the file that the package describes: its size or checksum differs.")
