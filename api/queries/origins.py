"""Which datasets brought the records of a package. Known while they are read, a chunk at a time."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from api.db import is_pinned, tuples
from api.models import Dataset, External
from api.queries.references import current_revision
from api.queries.versions import held

FIELDS = ("dataset", "dataset_digest")
COLUMNS = (
    Dataset.slug, Dataset.title, Dataset.publisher, Dataset.url, Dataset.licence, Dataset.citation, Dataset.release,
)  # fmt: skip
NAMES = ("id", "title", "publisher", "url", "licence", "citation", "release")


class Origins:
    """The datasets that were met so far.

    Digests are those of today: an answer of a revision has none, lest it tell others later on. Its records belong to
    no dataset once they are loaded.
    """

    def __init__(self, digests: bool = True) -> None:
        self.met: set[str] = set()
        self.digests = digests

    def mark(self, noun: str, records: list[dict[str, Any]]) -> None:
        """Add to each record the dataset that brought it and by which digest its next release knows it again."""
        slugs = [record["id"] for record in records]
        query = External.select(External.slug, External.dataset, External.digest)
        found = {slug: told for slug, *told in tuples(query.where((External.noun == noun) & External.slug.in_(slugs)))}
        for record in records:
            dataset, digest = found.get(record["id"], (None, None))
            record |= {"dataset": dataset, "dataset_digest": digest if self.digests else None}
            if dataset:
                self.met.add(dataset)

    def chunks(self, _: tuple[str, ...] = ()) -> Iterator[list[dict[str, Any]]]:
        """The datasets that were met, by their ids."""
        query = Dataset.select(*COLUMNS).where(Dataset.slug.in_(sorted(self.met))).order_by(Dataset.slug)
        # A release that changed no record is told from the next revision on: what was answered of this one stays so.
        with nullcontext() if is_pinned() else held(current_revision()):
            found = tuples(query)
        if found:
            yield [dict(zip(NAMES, row, strict=True)) for row in found]
