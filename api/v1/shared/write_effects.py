"""Answers of writes: the records, the effects on other claims, and dry runs that write nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import current_app

from api.database.writing import writing
from api.statistics.effects import NO_EFFECTS, Written, find_effects

Document = dict[str, Any]


class _DryRunEndError(Exception):
    """Ends the transaction of a dry run without writing it."""


@contextmanager
def writing_unless(is_dry_run: bool) -> Iterator[None]:
    """Open a transaction. It is rolled back at its end if this is a dry run."""
    try:
        with writing():
            yield
            if is_dry_run:
                raise _DryRunEndError
    except _DryRunEndError:
        return


def write_receipt(record_type: str, slug: str, revision: int | None, reading: Document | None = None) -> Document:
    """Return the record as the answer to its write names it. `reading`: what was filled in, if anything."""
    url = f"{current_app.config['PUBLIC_URL']}/v1/{record_type}/{slug}"
    return {"id": slug, "revision": revision, "url": url, "reading": reading or None}


def answer_written(
    record_type: str,
    readings: Mapping[str, Document | None],
    revision: int,
    is_dry_run: bool,
    *,
    is_new: bool = True,
    is_single: bool = True,
) -> Document:
    """Return the answer to a write, inside its transaction. `readings`: what was filled in, by id.

    `is_new`: it made this revision, which is the newest.

    The revision of a dry run is null: another write may get its number.
    """
    effects = find_effects(revision, Written(record_type, dict.fromkeys(readings))) if is_new else NO_EFFECTS
    receipts = [
        write_receipt(record_type, slug, None if is_dry_run else revision, reading)
        for slug, reading in readings.items()
    ]
    return {
        "data": receipts[0] if is_single else receipts,
        "effects": [effect._asdict() for effect in effects.effects],
        "effects_complete": effects.is_complete,
        "dry_run": is_dry_run,
    }
