"""Data packages: the tabular files that a `datapackage.json` lists, each held to its size and checksum."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from seeds.readers import csv
from seeds.readers.files import CHUNK, File, Folder
from seeds.readers.tables import Table, Unreadable

DESCRIPTOR = "datapackage.json"


def tables(package: Folder) -> Iterator[Table]:
    """Raises `Unreadable` for a resource that is missing or is not what the package says."""
    for file, resource in checked(package):
        dialect = resource.get("dialect")
        delimiter = dialect.get("delimiter") if isinstance(dialect, dict) else None
        yield csv.table(file, resource.get("encoding"), delimiter)._replace(name=str(resource.get("name", file.name)))


def checked(package: Folder) -> Iterator[tuple[File, dict[str, Any]]]:
    """The files that the package lists, with what it says of each. Raises `Unreadable`."""
    folder = next(name for name in package.files if name.rpartition("/")[2] == DESCRIPTOR).removesuffix(DESCRIPTOR)
    for resource in described(package.files[folder + DESCRIPTOR])["resources"]:
        file = package.files.get(f"{folder}{resource.get('path')}")
        if file is None:
            raise Unreadable(f"{package.name} lacks {resource.get('path')}, which its {DESCRIPTOR} lists.")
        _check(file, resource)
        yield file, resource


def described(file: File) -> dict[str, Any]:
    """What the package says of itself. Raises `Unreadable`."""
    with file.open(counted=False) as binary:
        try:
            told: Any = json.load(binary)
        except ValueError as error:
            raise Unreadable(f"{file.name}: {error}.") from None
    listed = told.get("resources") if isinstance(told, dict) else None
    if not isinstance(listed, list) or not all(isinstance(resource, dict) for resource in listed):
        raise Unreadable(f"{file.name} lists no resources.")
    return {**told, "resources": listed}


def _check(file: File, resource: dict[str, Any]) -> None:
    kind, _, told = str(resource.get("hash", "")).rpartition(":")
    try:
        found, size = hashlib.new(kind or "md5", usedforsecurity=False), 0  # as the specification has it
    except ValueError:
        raise Unreadable(f"{file.name} has a checksum of a kind that is not known here: {kind}.") from None
    with file.open(counted=False) as binary:
        while chunk := binary.read(CHUNK):
            found.update(chunk)
            size += len(chunk)
    if resource.get("bytes", size) != size or told and told.lower() != found.hexdigest():
        raise Unreadable(f"{file.name} is not the file that the package describes: its size or checksum differs.")
