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
        delimiter = resource.get("dialect", {}).get("delimiter")
        yield csv.table(file, resource.get("encoding"), delimiter)._replace(name=str(resource["name"]))


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
            told = json.load(binary)
        except ValueError as error:
            raise Unreadable(f"{file.name}: {error}.") from None
    if not isinstance(told, dict) or not isinstance(told.get("resources"), list):
        raise Unreadable(f"{file.name} lists no resources.")
    return told


def _check(file: File, resource: dict[str, Any]) -> None:
    found, size = hashlib.sha256(), 0
    with file.open(counted=False) as binary:
        while chunk := binary.read(CHUNK):
            found.update(chunk)
            size += len(chunk)
    told = str(resource.get("hash", ""))
    if resource.get("bytes", size) != size or (told.startswith("sha256:") and told[7:] != found.hexdigest()):
        raise Unreadable(f"{file.name} is not the file that the package describes: its size or checksum differs.")
