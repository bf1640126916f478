"""Read, map, validate and write a folder of our own CSV files, in one transaction."""

import pathlib

from api.models import Revision
from api.records.create import create
from api.records.nouns import NOUNS
from seeds import plain
from seeds.readers import csv

DATA = pathlib.Path(__file__).parent / "data"


def is_empty() -> bool:
    """Nothing was ever written to this database."""
    return not Revision.select().exists()


def load(folder: pathlib.Path, reason: str) -> dict[str, int]:
    """Write the records of `folder`, one `<noun>.csv` each; how many of each noun. Raises `Refused`, `Unreadable`."""
    documents = {}
    for noun in NOUNS.values():
        path = folder / f"{noun.name}.csv"
        if path.exists():
            schema = noun.schema()
            documents[noun.name] = [plain.document(schema, row) for row in csv.read(path)]
    create(documents, reason)
    return {name: len(found) for name, found in documents.items()}
