"""Read, map, validate and write our own package, CSV files in a folder or a zip, in one transaction."""

import contextlib
import pathlib
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from api.database.models import Revision
from api.records.faults import Fault, RefusedError
from api.records.named_references import NamedReference, find_wrong_names
from api.records.record_types import RECORD_TYPES
from api.rules.written_duplicates import Pair, find_pairs
from api.writes.create import add_batch, check_documents
from api.writes.transaction import Transaction, open_transaction
from imports.packages import native_rows, restore_ownership
from imports.packages.restore_ownership import Ownership
from imports.readers import csv, datapackage
from imports.readers.compressed_files import DAMAGED
from imports.readers.compressed_files import list_folder as list_folder
from imports.readers.tables import UnreadableFileError

BATCH = 1000


class Batch(NamedTuple):
    """Some of the records of one type, and the datasets that imported records belong to."""

    record_type: str
    documents: list[dict[str, Any]]
    names: list[NamedReference]  # those that rows give next to ids
    ownerships: list[Ownership]


def is_empty() -> bool:
    """Return whether nothing was ever written to this database."""
    return not Revision.select().exists()


def load_package(package: pathlib.Path, reason: str, pairs: list[Pair] | None = None) -> dict[str, int]:
    """Write the records of a package, one `<record type>.csv` each. Return the number of records of each type.

    Records that probably repeat others are loaded too, and added to `pairs` (default: they are not looked for).
    Raise `Refused` or `UnreadableFileError`. Files are read and written in batches, so that they may have any size.
    After a refused batch the others are still checked, to report all faults that do not depend on other records.
    """
    counts: dict[str, int] = {}
    faults: list[Fault] = []
    with _unpack_package(package) as folder, open_transaction(reason, "seed") as transaction:
        _verify_package(folder)
        _register_datasets(folder, transaction.revision)
        for batch in _read_batches(folder):
            start = counts.get(batch.record_type, 0)
            counts[batch.record_type] = start + len(batch.documents)
            try:
                _write_batch(transaction, batch, is_written=not faults)
            except RefusedError as refused:
                faults += [fault._replace(position=fault.position + start) for fault in refused.faults]
        if faults:
            raise RefusedError(faults)
        if pairs is not None:
            pairs += find_pairs(transaction.created)
    return counts


def _write_batch(transaction: Transaction, batch: Batch, is_written: bool) -> None:
    if not is_written:
        check_documents({batch.record_type: batch.documents})
        return
    if faults := list(find_wrong_names(RECORD_TYPES[batch.record_type], batch.documents, batch.names)):
        raise RefusedError(faults)
    add_batch(transaction, {batch.record_type: batch.documents})
    restore_ownership.assign_owners(batch.record_type, batch.ownerships)


@contextlib.contextmanager
def _unpack_package(package: pathlib.Path) -> Iterator[pathlib.Path]:
    """Return the folder, or a temporary folder with the unpacked zip. Raise `UnreadableFileError`."""
    if package.is_dir():
        yield package
        return
    with tempfile.TemporaryDirectory(prefix="counterclaim-package-") as folder:
        try:
            with zipfile.ZipFile(package) as archive:
                archive.extractall(folder)
        except DAMAGED as error:
            raise UnreadableFileError(f"{package.name} is damaged or not a zip file: {error}.") from None
        yield pathlib.Path(folder)


def _verify_package(folder: pathlib.Path) -> None:
    """Raise `UnreadableFileError` if there is nothing to load, or if the files differ from the package's descriptor."""
    present = [
        name for record_type in (*RECORD_TYPES, "datasets") if (folder / (name := f"{record_type}.csv")).exists()
    ]
    if not present:
        raise UnreadableFileError("It has no table of records, such as claims.csv, at its top level.")
    if (folder / datapackage.DESCRIPTOR).exists():
        listed = {file.name for file, _ in datapackage.checked_files(list_folder(folder, lambda read: None))}
        if unlisted := [name for name in present if name not in listed]:
            raise UnreadableFileError(
                f"{', '.join(unlisted)} is in the package, but {datapackage.DESCRIPTOR} does not list it."
            )


def _register_datasets(folder: pathlib.Path, revision: int) -> None:
    """Register the datasets from which the records of the package were imported."""
    path = folder / "datasets.csv"
    for position, row in enumerate(csv.read(path) if path.exists() else ()):
        restore_ownership.register_dataset(position, row, revision)


def _read_batches(folder: pathlib.Path) -> Iterator[Batch]:
    """Return the documents of each record type in turn.

    Records of a type that refers to itself form one batch, because they may refer to each other in any order.
    """
    for record_type in RECORD_TYPES.values():
        path = folder / f"{record_type.name}.csv"
        if path.exists():
            schema, rows = record_type.schema, csv.read(path)
            size = None if record_type.refers_to_itself else BATCH
            while chunk := list(islice(rows, size)):
                ownerships = [ownership for row in chunk if (ownership := _take_ownership(row))]
                names = [
                    name._replace(position=position)
                    for position, row in enumerate(chunk)
                    for name in native_rows.list_names(record_type, row)
                ]
                documents = [native_rows.build_document(schema, row) for row in chunk]
                yield Batch(record_type.name, documents, names, ownerships)


def _take_ownership(row: dict[str, str]) -> Ownership | None:
    """Return the dataset of the record, or None, and remove its columns from the row."""
    dataset, digest = (row.pop(name, "") for name in native_rows.ORIGIN_COLUMNS)
    return Ownership(row.get("id", ""), dataset, digest) if dataset and digest else None
