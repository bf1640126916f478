"""Find a release by its name: a release of this database, or one of a dataset that was imported."""

from typing import Any, NamedTuple

from api.database.models import Dataset
from api.database.statements import fetch_tuples
from api.listings.datasets import read_release_rows
from api.listings.releases import read_release, read_releases

DATABASE, DATASET = "database", "dataset"


class NamedRelease(NamedTuple):
    """A release. `id` names it and no other: `2026-1`, or `ucdp-ged:25.1` for one of a dataset."""

    kind: str
    id: str
    revision: int

    def describe(self) -> dict[str, Any]:
        return self._asdict()


def list_dataset_releases() -> list[NamedRelease]:
    """Return the releases of all datasets, each with the revision that first had it, sorted by dataset.

    A dataset that was imported before revisions were recorded with it has no such revision and is left out.
    """
    slugs = [slug for (slug,) in fetch_tuples(Dataset.select(Dataset.slug).order_by(Dataset.slug))]
    return [
        NamedRelease(DATASET, f"{slug}:{name}", revision)
        for slug in slugs
        for name, _, revision in read_release_rows(slug)
        if revision > 0
    ]


def list_release_ids() -> list[str]:
    return [*(release["id"] for release in read_releases()), *(release.id for release in list_dataset_releases())]


def find_releases(name: str) -> list[NamedRelease]:
    """Return the releases that the name may mean: one of this database, else those of datasets.

    `25.1` means a dataset's release if only one dataset has it; `ucdp-ged:25.1` always does.
    """
    own = read_release(name)
    if own is not None:
        return [NamedRelease(DATABASE, own["id"], own["revision"])]
    releases = list_dataset_releases()
    return [release for release in releases if name in (release.id, release.id.partition(":")[2])]
