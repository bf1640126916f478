"""What answers use and the log does not have: releases, datasets, and the dataset of each record.

A mirror copies them, and nobody can prove them to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from api.change_log.tiles import Tile, refuse_beyond_tree
from api.database import bulk
from api.database.connection import database, parameter_mark
from api.database.models import Change, Dataset, External, Release, Revision
from api.database.statements import fetch_tuples, select_rows
from api.database.writing import writing
from api.listings.releases import NAMES as RELEASE_COLUMNS
from api.listings.releases import read_releases

DATASET_COLUMNS = tuple(field.column_name for field in Dataset._meta.sorted_fields)
VERSION_COLUMNS = (*DATASET_COLUMNS, "held_until")
NO_DIGEST = "0" * 64  # an import is compared with the digest of the last one; a mirror imports nothing


class UnloggedFacts(NamedTuple):
    """Releases as `/v1/releases` lists them, and rows of datasets. `held_until` is null in those that are valid."""

    releases: list[dict[str, Any]]
    datasets: list[dict[str, Any]]


class Owner(NamedTuple):
    """The dataset of the record that an entry created."""

    seq: int
    dataset: str


def read_unlogged() -> UnloggedFacts:
    """Return the releases and datasets, with old versions of the datasets."""
    return UnloggedFacts(read_releases(), [*_read_datasets("dataset"), *_read_datasets("dataset_version")])


def _read_datasets(table: str) -> list[dict[str, Any]]:
    columns = VERSION_COLUMNS if table.endswith("_version") else DATASET_COLUMNS
    listed = ", ".join(f'"{column}"' for column in columns)
    rows = select_rows(f"SELECT {listed} FROM {table} ORDER BY slug, held_from")
    return [{"held_until": None, **dict(zip(columns, row, strict=True))} for row in rows]


def read_owners(tile: Tile) -> list[Owner]:
    """Return the datasets of the records that the entries of a tile created. Raise `NoSuchTileError`."""
    refuse_beyond_tree(tile)
    created = (
        External.select(Change.seq, External.dataset)
        .join(Change, on=(Change.record_type == External.record_type) & (Change.record == External.slug))
        .where(Change.seq.between(tile.first + 1, tile.first + tile.width), Change.operation == "create")
    )
    return list(map(Owner._make, fetch_tuples(created.order_by(Change.seq))))


def write_datasets(facts: UnloggedFacts) -> None:
    """Replace the datasets of a mirror, before records that belong to them are written."""
    if facts.datasets == read_unlogged().datasets:
        return
    with writing():
        database.execute_sql("DELETE FROM dataset_version")
        for dataset in facts.datasets:
            if dataset["held_until"] is None:
                row = {getattr(Dataset, name): dataset[name] for name in DATASET_COLUMNS}
                Dataset.insert(row).on_conflict(conflict_target=[Dataset.slug], update=row).execute()
                continue
            listed = ", ".join(f'"{column}"' for column in VERSION_COLUMNS)
            marks = ", ".join([parameter_mark()] * len(VERSION_COLUMNS))
            values = tuple(dataset[name] for name in VERSION_COLUMNS)
            database.execute_sql(f"INSERT INTO dataset_version ({listed}) VALUES ({marks})", values)


def write_releases(facts: UnloggedFacts) -> None:
    """Add the releases that a mirror lacks, of revisions that it has."""
    existing = {release["id"] for release in read_releases()}
    missing = [release for release in facts.releases if release["id"] not in existing]
    with writing():
        for release in missing:
            if Revision.select().where(Revision.number == release["revision"]).exists():
                others = {name: value for name, value in release.items() if name != "id"}
                Release.insert(slug=release["id"], **others).execute()


def write_owners(owners: Iterable[tuple[str, str, str]]) -> None:
    """Write record type, id and dataset of new records of a mirror."""
    bulk.insert_rows(External, [(*owner, NO_DIGEST) for owner in owners])


def is_complete(facts: Mapping[str, Any]) -> bool:
    """Return whether what an origin sent has all columns, as text, whole numbers or null."""
    columns = {"releases": RELEASE_COLUMNS, "datasets": VERSION_COLUMNS}
    return all(
        set(row) == set(names) and {type(value) for value in row.values()} <= {str, int, type(None)}
        for kind, names in columns.items()
        for row in facts[kind]
    )
