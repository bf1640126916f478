"""Collect the datasets of the records of a data package while they are read, a chunk at a time."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from peewee import SQL, Value

from api.database.models import Dataset, External, Record
from api.database.snapshot import is_pinned
from api.database.statements import fetch_tuples, texts_clause
from api.history.pinned_snapshot import at_revision
from api.history.revisions import current_revision
from api.listings.columns import Column, plain_column
from api.listings.filters import dataset_of, digest_of

FIELDS = ("dataset", "dataset_digest")
COLUMNS = (
    Dataset.slug, Dataset.title, Dataset.publisher, Dataset.url, Dataset.licence, Dataset.citation, Dataset.release,
    Dataset.counts, Dataset.overlaps, Dataset.never_beside,
)  # fmt: skip
JSON_NAMES = ("overlaps", "never_beside")
NAMES = ("id", "title", "publisher", "url", "licence", "citation", "release", "counts", *JSON_NAMES)


class Origins:
    """The datasets of the records that were read so far.

    Digests are current ones. A pinned answer has none, because it would change later. Its records therefore belong to
    no dataset when the package is loaded.
    """

    def __init__(self, digests: bool = True) -> None:
        self.met_datasets: set[str] = set()
        self.digests = digests

    def columns_of(self, record_type: str, model: type[Record]) -> dict[str, Column]:
        """Return the columns that `mark_records` adds, for a query of the records."""
        return {
            "dataset": plain_column(dataset_of(record_type, model)),
            "dataset_digest": plain_column(digest_of(record_type, model) if self.digests else Value(None)),
        }

    def mark_records(self, record_type: str, records: list[dict[str, Any]]) -> None:
        """Add to each record its dataset, and the digest by which the next dataset release recognises it."""
        slugs = [record["id"] for record in records]
        query = External.select(External.slug, External.dataset, External.digest)
        origins = {
            slug: origin
            for slug, *origin in fetch_tuples(
                query.where((External.record_type == record_type) & External.slug.in_(SQL(*texts_clause(slugs))))
            )
        }
        for record in records:
            dataset, digest = origins.get(record["id"], (None, None))
            record |= {"dataset": dataset, "dataset_digest": digest if self.digests else None}
            if dataset:
                self.met_datasets.add(dataset)

    def read_chunks(self, _: tuple[str, ...] = ()) -> Iterator[list[dict[str, Any]]]:
        """Yield the collected datasets, sorted by id."""
        query = Dataset.select(*COLUMNS).where(Dataset.slug.in_(sorted(self.met_datasets))).order_by(Dataset.slug)
        # A dataset release without changes of records is shown from the next revision on: answers of this one stay.
        with nullcontext() if is_pinned() else at_revision(current_revision()):
            datasets = fetch_tuples(query)
        if datasets:
            yield [_build_dataset(row) for row in datasets]


def _build_dataset(row: tuple[Any, ...]) -> dict[str, Any]:
    dataset = dict(zip(NAMES, row, strict=True))
    return dataset | {name: json.loads(dataset[name]) for name in JSON_NAMES}
