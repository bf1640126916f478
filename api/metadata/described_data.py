"""What there is to describe: the whole compilation, an imported dataset, a release; and the files that have it."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.http.formats import MEDIA_TYPES
from api.metadata.licences import find_address

NAME = "Counterclaim"
SUMMARY = (
    "Casualty claims: who says how many people were killed or hurt, on which side, in which event, by which source."
)
CAVEAT = (
    "Contradicting claims stand side by side. They are alternatives, not parts: figures of different claimants, of "
    "running totals over time, or of different harms must not be added. Null is not zero. Documents keep their own "
    "licences."
)
KEYWORDS = ("casualties", "armed conflict", "deaths", "fatalities", "claims", "open data")
#: What the records state, for search by variable.
VARIABLES = {
    "value": "Number of people that the claim states",
    "low": "Lowest number that the claim allows",
    "best": "Number that the claimant gives as its own",
    "high": "Highest number that the claim allows",
    "harm": "What people suffered: killed, injured, missing, captured and others",
    "claimant": "Who makes the claim",
    "subject_side": "The side whose people are counted",
}
METHOD = "Claims are recorded as their sources state them, with claimant, source, side, day and kind of count."


class Licence(NamedTuple):
    name: str
    address: str | None


class File(NamedTuple):
    """A file with the data. `address` always has the same bytes only if the data are frozen."""

    name: str
    address: str
    format_name: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format_name]


class Described(NamedTuple):
    """The facts of a dataset, for every vocabulary."""

    path: str  # of its address, without the host
    id: str
    title: str
    description: str
    version: str
    modified: str | None  # time or day
    licence: Licence
    publisher: str
    citation: str
    first_day: str | None
    last_day: str | None
    countries: Sequence[str]
    conflicts: Sequence[str]
    files: Sequence[File]
    based_on: str | None = None  # the address of the original
    part_of: str | None = None  # path of the whole
    is_release: bool = False  # of this database


def read_licence(text: str) -> Licence:
    return Licence(text, find_address(text))


def list_files(public_url: str, query: str, record_types: Sequence[str], with_package: bool) -> list[File]:
    """Return the addresses of the record types as CSV, Parquet and NDJSON. `query`: what narrows them, or empty."""
    mark = f"?{query}" if query else ""
    files = [
        File(f"{name}.{suffix}", f"{public_url}/v1/{name}.{suffix}{mark}", suffix)
        for name in record_types
        for suffix in ("csv", "parquet", "ndjson")
    ]
    package = [File("data package", f"{public_url}/v1/export.zip{mark}", "zip")] if with_package else []
    return package + files


def describe_whole(
    facts: Mapping[str, Any], public_url: str, licence: str, path: str = "/v1/metadata.jsonld"
) -> Described:
    """Return the description of the compilation at its newest revision. `facts` are those of `read_facts`."""
    revision = facts["revision"]
    return Described(
        path=path,
        id="counterclaim",
        title=f"{NAME}: who says how many",
        description=f"{SUMMARY} {CAVEAT}",
        version=str(revision),
        modified=facts["modified"],
        licence=read_licence(licence),
        publisher=NAME,
        citation=f"{NAME}, revision {revision}. {public_url}",
        first_day=facts["first_day"],
        last_day=facts["last_day"],
        countries=facts["countries"],
        conflicts=facts["conflicts"],
        files=list_files(public_url, "", RECORD_TYPES, with_package=True),
    )


RECORD_TYPES = ("claims", "reports", "relations", "events", "conflicts", "sides", "claimants", "sources")


def describe_release(release: Mapping[str, Any], facts: Mapping[str, Any], public_url: str, licence: str) -> Described:
    """Return the description of a release. `facts` are of its revision."""
    name = release["id"]
    whole = describe_whole(facts, public_url, licence)
    return whole._replace(
        path=f"/v1/releases/{name}/metadata.jsonld",
        id=f"counterclaim-{name}",
        title=f"{NAME}, release {name}",
        version=name,
        modified=release["made_at"],
        citation=f"{NAME}, release {name}, revision {release['revision']}. {public_url}/v1/releases/{name}",
        files=list_files(public_url, f"release={name}", RECORD_TYPES, with_package=True),
        part_of=whole.path,
        is_release=True,
    )


def describe_dataset(dataset: Mapping[str, Any], public_url: str) -> Described:
    """Return the description of an imported dataset, as it is in this database."""
    slug = dataset["id"]
    imported = dataset["releases"][-1]["imported_at"] if dataset["releases"] else None
    counts = f" It counts: {dataset['counts']}" if dataset["counts"] else ""
    apart = [other["title"] or other["id"] for other in dataset["not_added_to"]]
    never = f" Do not add its figures to those of {', '.join(apart)}." if apart else ""
    return Described(
        path=f"/v1/datasets/{slug}/metadata.jsonld",
        id=slug,
        title=f"{dataset['title']}, release {dataset['release']}, as claims",
        description=f"The records of {dataset['title']} in {NAME}.{counts} {CAVEAT}{never}",
        version=dataset["release"],
        modified=imported,
        licence=read_licence(dataset["licence"]),
        publisher=dataset["publisher"],
        citation=dataset["citation"],
        first_day=dataset["first_day"],
        last_day=dataset["last_day"],
        countries=dataset["countries"],
        conflicts=[conflict["name"] for conflict in dataset["conflicts"]],
        files=list_files(public_url, f"dataset={slug}", ("claims", "events"), with_package=False),
        based_on=dataset["url"] or None,
        part_of="/v1/metadata.jsonld",
    )


def write_interval(first_day: str | None, last_day: str | None) -> str | None:
    """Return days as ISO 8601 has an interval: `2020-09-27/2020-11-10`, open-ended with `..`."""
    return f"{first_day or '..'}/{last_day or '..'}" if first_day or last_day else None


def day_of(moment: str | None) -> str | None:
    """Return the day of a time or a day."""
    return None if moment is None else datetime.date.fromisoformat(moment[:10]).isoformat()
