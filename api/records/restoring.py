"""A package of ours comes back: its records belong to the datasets that once brought them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from marshmallow import ValidationError

from api.db import tuples
from api.models import Dataset, External
from api.records import bulk, intake
from api.records.faults import Fault, Refused, flat
from schemas.datasets import DatasetOut


class Owned(NamedTuple):
    """Whose a record is, and by which digest the dataset's next release knows it again (hexadecimal)."""

    slug: str
    dataset: str
    digest: str


def register(position: int, given: Mapping[str, Any], revision: int | None = None) -> None:
    """A dataset of a package, from `revision` on. Raises `Refused`, also where it is here in another release."""
    try:
        told = DatasetOut().load(given)
    except ValidationError as error:
        raise Refused([Fault("datasets", position, *fault) for fault in flat(error.messages)]) from None
    slug, release = told.pop("id"), told.pop("release")
    for (here,) in tuples(Dataset.select(Dataset.release).where(Dataset.slug == slug)):
        if here != release:
            raise Refused([Fault("datasets", position, "release", f"{slug} is here already, in release {here}.")])
        return
    intake.register({"slug": slug, **told}, release, revision)


def own(noun: str, owned: Sequence[Owned]) -> None:
    """Note whose the records are that were just created. Raises `Refused` for datasets that are not here."""
    there = intake.imported({one.dataset for one in owned})
    missing = [(place, one.dataset) for place, one in enumerate(owned) if one.dataset not in there]
    if missing:
        raise Refused([Fault(noun, place, "dataset", f"there is no dataset {name}.") for place, name in missing])
    bulk.insert(External, [(noun, *one) for one in owned])
