"""Read, map, validate and write a package of ours, our own CSV files in a folder or a zip, in one transaction."""

import contextlib
import pathlib
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from api.models import Revision
from api.records import restoring
from api.records.create import add, check
from api.records.faults import Fault, Refused
from api.records.nouns import NOUNS
from api.records.restoring import Owned
from api.records.transaction import Transaction, transaction
from seeds import plain
from seeds.readers import csv, datapackage
from seeds.readers.files import DAMAGED
from seeds.readers.files import folder as files_of
from seeds.readers.tables import Unreadable

DATA = pathlib.Path(__file__).parent / "data"
BATCH = 1000


class Batch(NamedTuple):
    """Some of the records of one noun, and whose they are where a dataset brought them."""

    noun: str
    documents: list[dict[str, Any]]
    owned: list[Owned]


def is_empty() -> bool:
    """Nothing was ever written to this database."""
    return not Revision.select().exists()


def load(package: pathlib.Path, reason: str) -> dict[str, int]:
    """Write the records of a package, one `<noun>.csv` each; how many of each noun. Raises `Refused`, `Unreadable`.

    Files are read and written in batches, so that they may be of any size. Behind a refused batch the others are
    still checked: every fault that needs no other record is told.
    """
    counts: dict[str, int] = {}
    faults: list[Fault] = []
    with _unpacked(package) as folder, transaction(reason, "seed") as made:
        _verify(folder)
        _register(folder, made.revision)
        for batch in _batches(folder):
            start = counts.get(batch.noun, 0)
            counts[batch.noun] = start + len(batch.documents)
            try:
                _write(made, batch, write=not faults)
            except Refused as refused:
                faults += [fault._replace(position=fault.position + start) for fault in refused.faults]
        if faults:
            raise Refused(faults)
    return counts


def _write(made: Transaction, batch: Batch, write: bool) -> None:
    if not write:
        check({batch.noun: batch.documents})
        return
    add(made, {batch.noun: batch.documents})
    restoring.own(batch.noun, batch.owned)


@contextlib.contextmanager
def _unpacked(package: pathlib.Path) -> Iterator[pathlib.Path]:
    """The folder itself, or one into which a zip was unpacked. Raises `Unreadable`."""
    if package.is_dir():
        yield package
        return
    with tempfile.TemporaryDirectory(prefix="counterclaim-package-") as folder:
        try:
            with zipfile.ZipFile(package) as archive:
                archive.extractall(folder)
        except DAMAGED as error:
            raise Unreadable(f"{package.name} is damaged or no zip: {error}.") from None
        yield pathlib.Path(folder)


def _verify(folder: pathlib.Path) -> None:
    """Raises `Unreadable` where nothing is to be loaded, or not what the package's description says, if it has one."""
    there = [name for noun in (*NOUNS, "datasets") if (folder / (name := f"{noun}.csv")).exists()]
    if not there:
        raise Unreadable("It holds no table of ours, such as claims.csv, or only in a folder within.")
    if (folder / datapackage.DESCRIPTOR).exists():
        listed = {file.name for file, _ in datapackage.checked(files_of(folder, lambda read: None))}
        if unlisted := [name for name in there if name not in listed]:
            raise Unreadable(f"{', '.join(unlisted)} lies there and {datapackage.DESCRIPTOR} does not list it.")


def _register(folder: pathlib.Path, revision: int) -> None:
    """The datasets that brought records of the package."""
    path = folder / "datasets.csv"
    for position, row in enumerate(csv.read(path) if path.exists() else ()):
        restoring.register(position, row, revision)


def _batches(folder: pathlib.Path) -> Iterator[Batch]:
    """The documents of each noun in turn. Those of a noun that refers to itself stay together, in any order."""
    for noun in NOUNS.values():
        path = folder / f"{noun.name}.csv"
        if path.exists():
            schema, rows = noun.schema, csv.read(path)
            size = None if noun.refers_to_itself else BATCH
            while chunk := list(islice(rows, size)):
                owned = [found for row in chunk if (found := _owned(row))]
                yield Batch(noun.name, [plain.document(schema, row) for row in chunk], owned)


def _owned(row: dict[str, str]) -> Owned | None:
    """Whose the record is; takes that out of the row."""
    dataset, digest = (row.pop(name, "") for name in plain.ORIGIN)
    return Owned(row.get("id", ""), dataset, digest) if dataset and digest else None
