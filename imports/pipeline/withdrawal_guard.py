"""Check the records that a release no longer has before they are withdrawn, because the file may be cut off.

Releases of official data lack some records of the previous one (UCDP's of 2021 for Ukraine 94 of 1,168). A file
that was cut off lacks its end; one of several files lacks most records (docs/developers/adr/0009).
"""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.sentences import count_noun

TENTH, FEW = 10, 10


class DoubtfulReleaseError(Exception):
    """A release that lacks too many records, or not as many as announced. The message gives the numbers."""


class MissingRecords(NamedTuple):
    """The dataset's active records of one type: how many there are, and how many the release lacks."""

    gone: int
    total: int

    @property
    def is_doubtful(self) -> bool:
        """Return whether more than half are gone, or more than a tenth and more than `FEW`."""
        return self.gone * 2 > self.total or self.gone > max(FEW, self.total / TENTH)


def refuse_doubtful(release: str, by_type: Mapping[str, MissingRecords], announced: int | None) -> None:
    """Raise `DoubtfulReleaseError` if too many records are missing, or not as many as `announced`."""
    gone = sum(records.gone for records in by_type.values())
    if gone == announced or announced is None and not any(records.is_doubtful for records in by_type.values()):
        return
    if not gone:
        raise DoubtfulReleaseError(f"Nothing is missing from {release}. Leave --vanished out.")
    lines = "\n".join(
        f"  {records.gone:,} of {count_noun(records.total, record_type.removesuffix('s'))}"
        for record_type, records in by_type.items()
        if records.gone
    )
    raise DoubtfulReleaseError(
        f"These active records are missing from {release} and would be withdrawn:\n{lines}\n{_guess_cause(by_type)}"
        "If your files have only new records, put `vanished: keep` in the mapping.\n"
        f"To withdraw all of them, give --vanished {gone}"
    )


def _guess_cause(by_type: Mapping[str, MissingRecords]) -> str:
    """Return why records may be missing: claims or events of which none is there are those of another file."""
    counted = [by_type[record_type] for record_type in ("events", "claims") if record_type in by_type]
    if counted and all(records.gone == records.total for records in counted):
        return (
            "The files have none of them, so they may be another part of the dataset, such as another country. Then "
            "import all files of the dataset in one command: flask import FILE FILE. Or give each a name: --part NAME\n"
        )
    return "Is the file cut off? Is it one of several? Then import all of them in one command: flask import FILE FILE\n"
