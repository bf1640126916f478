"""Read data packages: the tabular files that a `datapackage.json` lists, checked by size and checksum."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from imports.readers import csv
from imports.readers.compressed_files import CHUNK, File, Folder
from imports.readers.tables import Table, UnreadableFileError

DESCRIPTOR = "datapackage.json"


def read_tables(package: Folder) -> Iterator[Table]:
    """Return the tables of a package. Raise `UnreadableFileError` if a file is missing or not as described."""
    for file, resource in checked_files(package):
        dialect = resource.get("dialect")
        delimiter = dialect.get("delimiter") if isinstance(dialect, dict) else None
        yield csv.read_table(file, resource.get("encoding"), delimiter)._replace(
            name=str(resource.get("name", file.name))
        )


def checked_files(package: Folder) -> Iterator[tuple[File, dict[str, Any]]]:
    """Return the files that the package lists, each with its description. Raise `UnreadableFileError`."""
    folder = next(name for name in package.files if name.rpartition("/")[2] == DESCRIPTOR).removesuffix(DESCRIPTOR)
    for resource in read_descriptor(package.files[folder + DESCRIPTOR])["resources"]:
        file = package.files.get(f"{folder}{resource.get('path')}")
        if file is None:
            raise UnreadableFileError(f"{package.name} lacks {resource.get('path')}, which its {DESCRIPTOR} lists.")
        _check_file(file, resource)
        yield file, resource


def read_descriptor(file: File) -> dict[str, Any]:
    """Return the descriptor of the package. Raise `UnreadableFileError`."""
    with file.open(counted=False) as binary:
        try:
            descriptor: Any = json.load(binary)
        except ValueError as error:
            raise UnreadableFileError(f"{file.name}: {error}.") from None
    listed = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(listed, list) or not all(isinstance(resource, dict) for resource in listed):
        raise UnreadableFileError(f"{file.name} lists no resources.")
    return {**descriptor, "resources": listed}


def _check_file(file: File, resource: dict[str, Any]) -> None:
    algorithm, _, checksum = str(resource.get("hash", "")).rpartition(":")
    try:
        digest, size = hashlib.new(algorithm or "md5", usedforsecurity=False), 0  # MD5: the default
    except ValueError:
        raise UnreadableFileError(f"{file.name} has a checksum of an unknown kind: {algorithm}.") from None
    with file.open(counted=False) as binary:
        while chunk := binary.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    if resource.get("bytes", size) != size or checksum and checksum.lower() != digest.hexdigest():
        raise UnreadableFileError(
            f"{file.name} is not the file that the package describes: its size or checksum differs."
        )
