"""Restore the ownership of the records in our own package: they belong to the datasets that they came from."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from marshmallow import ValidationError

from api.change_log.canonical_json import dump_canonical
from api.database import bulk
from api.database.models import Dataset, External
from api.database.statements import fetch_tuples
from api.records.faults import Fault, RefusedError, flatten_messages
from imports.pipeline import dataset_sync
from schemas.datasets import REASONS, DatasetRow


class Ownership(NamedTuple):
    """The dataset of a record, and the hexadecimal digest with which the next release is compared."""

    slug: str
    dataset: str
    digest: str


def register_dataset(position: int, row: Mapping[str, Any], revision: int | None = None) -> None:
    """Register a dataset of a package, from `revision` on.

    Raise `RefusedError`, also if it exists in another release.
    """
    try:
        loaded = DatasetRow().load(row)
    except ValidationError as error:
        raise RefusedError(
            [Fault("datasets", position, *fault) for fault in flatten_messages(error.messages)]
        ) from None
    slug, release = loaded.pop("id"), loaded.pop("release")
    for (stored_release,) in fetch_tuples(Dataset.select(Dataset.release).where(Dataset.slug == slug)):
        if stored_release != release:
            raise RefusedError(
                [Fault("datasets", position, "release", f"{slug} exists already, in release {stored_release}.")]
            )
        return
    reasons = {name: dump_canonical(loaded[name]).decode() for name in REASONS}
    dataset_sync.register_release({"slug": slug, **loaded, **reasons}, release, revision)


def assign_owners(record_type: str, ownerships: Sequence[Ownership]) -> None:
    """Store the datasets of newly created records. Raise `RefusedError` for a dataset that is not in the database."""
    existing_datasets = dataset_sync.existing_datasets({ownership.dataset for ownership in ownerships})
    missing = [
        (place, ownership.dataset)
        for place, ownership in enumerate(ownerships)
        if ownership.dataset not in existing_datasets
    ]
    if missing:
        raise RefusedError(
            [Fault(record_type, place, "dataset", f"There is no dataset {name}.") for place, name in missing]
        )
    bulk.insert_rows(External, [(record_type, *ownership) for ownership in ownerships])
