"""Read, map, validate and write a folder of our own CSV files, in one transaction."""

import pathlib
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from api.models import Revision
from api.records.create import add, check
from api.records.faults import Fault, Refused
from api.records.nouns import NOUNS
from api.records.transaction import transaction
from seeds import plain
from seeds.readers import csv

DATA = pathlib.Path(__file__).parent / "data"
BATCH = 1000


def is_empty() -> bool:
    """Nothing was ever written to this database."""
    return not Revision.select().exists()


def load(folder: pathlib.Path, reason: str) -> dict[str, int]:
    """Write the records of `folder`, one `<noun>.csv` each; how many of each noun. Raises `Refused`, `Unreadable`.

    Files are read and written in batches, so that they may be of any size. Behind a refused batch the others are
    still checked: every fault that needs no other record is told.
    """
    counts: dict[str, int] = {}
    faults: list[Fault] = []
    with transaction(reason, "seed") as made:
        for name, batch in _batches(folder):
            start = counts.get(name, 0)
            counts[name] = start + len(batch)
            try:
                (check if faults else partial(add, made))({name: batch})
            except Refused as refused:
                faults += [fault._replace(position=fault.position + start) for fault in refused.faults]
        if faults:
            raise Refused(faults)
    return counts


def _batches(folder: pathlib.Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The documents of each noun in turn. Those of a noun that refers to itself stay together, in any order."""
    for noun in NOUNS.values():
        path = folder / f"{noun.name}.csv"
        if path.exists():
            schema = noun.schema()
            documents = (plain.document(schema, row) for row in csv.read(path))
            size = None if noun.refers_to_itself else BATCH
            while batch := list(islice(documents, size)):
                yield noun.name, batch
