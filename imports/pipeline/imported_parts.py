"""Parts of a dataset that are imported one by one, such as the files of several countries.

A release of a part withdraws only records that no other part has.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from api.database import bulk
from api.database.key_sets import split_batches
from api.database.models import DatasetPart, External
from api.database.statements import fetch_tuples
from api.records.record_types import RECORD_TYPES
from imports.pipeline import dataset_sync

PAGE = 500


class PartsOfDatasetError(Exception):
    """An import without the right name of a part, of a dataset that was imported in parts. The message names them."""


def check_part(dataset: str, part: str, list_missing: Callable[[str, Sequence[str]], Sequence[str]]) -> str:
    """Return a sentence about a new part of a dataset that has parts; otherwise the empty text.

    `list_missing` returns those ids of a record type that the files lack. Raise `PartsOfDatasetError` if no part is
    named, or if a new part has most claims of another one, whose name was probably meant.
    """
    parts = list_parts(dataset)
    if not parts or part in parts:
        return ""
    if not part:
        raise PartsOfDatasetError(
            f"The dataset {dataset} was imported in parts: {', '.join(parts)}. Give --part NAME, so that only the "
            "records of this part can be withdrawn."
        )

    for existing in parts:
        total, gone = 0, 0
        for slugs in active_members(dataset, existing, "claims", PAGE):
            total, gone = total + len(slugs), gone + len(list_missing("claims", slugs))
        if total and gone * 2 <= total:
            raise PartsOfDatasetError(
                f"The dataset {dataset} has no part {part}. Its parts: {', '.join(parts)}. The files have "
                f"{total - gone:,} of the {total:,} claims of {existing}. Give "
                f"--part {existing}, or leave these rows out."
            )
    return f"{part} is a new part of {dataset}. Its parts so far: {', '.join(parts)}."


def list_parts(dataset: str) -> list[str]:
    query = DatasetPart.select(DatasetPart.part).where(DatasetPart.dataset == dataset).distinct()
    return sorted(part for (part,) in fetch_tuples(query))


def active_members(dataset: str, part: str, record_type: str, size: int) -> Iterator[list[str]]:
    """Return the sorted ids of the active records of one type that only this part has, at most `size` at a time."""
    last = ""
    of_type = (DatasetPart.dataset == dataset) & (DatasetPart.record_type == record_type)
    mine = of_type & (DatasetPart.part == part)
    while True:
        query = DatasetPart.select(DatasetPart.slug).where(mine & (DatasetPart.slug > last))
        slugs = [slug for (slug,) in fetch_tuples(query.order_by(DatasetPart.slug).limit(size))]
        if not slugs:
            return
        others = DatasetPart.select(DatasetPart.slug).where(
            of_type & (DatasetPart.part != part) & DatasetPart.slug.in_(slugs)
        )
        shared = {slug for (slug,) in fetch_tuples(others)}
        rows = bulk.rows_by_slug(RECORD_TYPES[record_type].model, slugs, "status")
        active = {slug for slug, _, status in rows if status == "active"}
        yield [slug for slug in slugs if slug in active and slug not in shared]
        last = slugs[-1]


def describe_loose(dataset: str) -> str:
    """Return a sentence about the active claims of the dataset that are in none of its parts; without any, no text.

    A database made from a package or the log has such claims, and one in which the dataset was whole before.
    """
    total, first = 0, ""
    for slugs in dataset_sync.active_slugs(dataset, "claims", PAGE):
        of_part = (DatasetPart.dataset == dataset) & (DatasetPart.record_type == "claims")
        members = DatasetPart.select(DatasetPart.slug).where(of_part & DatasetPart.slug.in_(slugs)).distinct()
        if loose := sorted(set(slugs) - {slug for (slug,) in fetch_tuples(members)}):
            total, first = total + len(loose), first or loose[0]
    if not total:
        return ""
    counted = "1 active claim is" if total == 1 else f"{total:,} active claims are"
    return (
        f"{counted} in no part of {dataset}, such as {first}. No release withdraws them. Import the parts that have "
        "them, and retract those that are in none."
    )


def store_members(
    dataset: str, part: str, record_type: str, batches: Iterable[Sequence[str]], is_complete: bool
) -> None:
    """Store the ids of a part's records that belong to the dataset. `is_complete`: the part has no others."""
    mine = (DatasetPart.dataset == dataset) & (DatasetPart.record_type == record_type) & (DatasetPart.part == part)
    if is_complete:
        DatasetPart.delete().where(mine).execute()
    for slugs in batches:
        for batch in split_batches(slugs):
            owned = External.select(External.slug).where(
                (External.record_type == record_type) & (External.dataset == dataset) & External.slug.in_(batch)
            )
            stored = DatasetPart.select(DatasetPart.slug).where(mine & DatasetPart.slug.in_(batch))
            new = {slug for (slug,) in fetch_tuples(owned)} - {slug for (slug,) in fetch_tuples(stored)}
            bulk.insert_rows(DatasetPart, [(dataset, part, record_type, slug) for slug in sorted(new)])
