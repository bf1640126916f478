"""Import a list of our claims without the files of the records that it names, such as `claims.csv?hxl=1`.

Each row also names its conflict, sides, claimant, event and sources. Those that the database lacks are made from what
the row says of them. A new claim gets a report for each of its sources.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import ACTIVE
from api.records.row_mapping import find_keys
from api.rules.reports_share_ending import ending_of
from imports.mapping_language.cells import Cells, cell_text
from imports.mapping_language.record_makers import RecordDocument
from imports.packages import native_rows
from imports.readers.tables import Table
from schemas.fields import remove_guard, split_entries
from schemas.reports import FigureFields
from schemas.responses import Standing
from schemas.vocabularies import REPORT_FLAGS

SIDES = ("claimant_side", "subject_side", "responsible_side")
SOURCES = ("sources_id", "sources_name", "sources_url")
FIGURE = tuple(FigureFields().fields.keys() - Standing().fields.keys())
DIFFERS = "The sources of this claim differ. The file from which it was imported does not say how."
#: The columns that a list of claims must have, to be imported alone.
NEEDED = frozenset({"id", "conflict_id", "conflict_name", "claimant_id", "claimant_name", *SOURCES})
#: The columns of an event that claims repeat.
PLACE = ("place", "country")
POINT = ("latitude", "longitude")
Exists = Callable[[str, str], bool]


def is_list_of_claims(table: Table) -> bool:
    """Return whether the table has the columns of our claims."""
    return table.columns is not None and NEEDED <= set(table.columns)


def is_in_database(record_type: str, record: str) -> bool:
    return bool(find_keys(RECORD_TYPES[record_type].model, [record]))


def build_maker(table: Table, exists: Exists = is_in_database) -> Callable[[Cells], Iterator[RecordDocument]]:
    """Return a function that makes a claim of each row, and the records that it names and the database lacks.

    `exists`: whether the database has a record of this type and id.
    """
    make_claims = native_rows.build_maker(table._replace(name="claims"))
    is_guarded = not table.book
    present: set[tuple[str, str]] = set()  # records in the database, and those that a row above has made

    def make(cells: Cells) -> Iterator[RecordDocument]:
        row = {name: _read_cell(cell, is_guarded) for name, cell in cells.items()}
        claims = list(make_claims(cells))
        reports = [] if exists("claims", row["id"]) else _reports(row, claims[0].document)
        for document in (*_named_records(row), *claims, *reports):
            key = (document.record_type, document.document["id"])
            if document.record_type == "claims" or key not in present and not exists(*key):
                yield document
            present.add(key)

    return make


def _read_cell(cell: Any, is_guarded: bool) -> str:
    text = "" if cell is None else cell if isinstance(cell, str) else cell_text(cell)
    return remove_guard(text) if is_guarded else text


def _named_records(row: dict[str, str]) -> Iterator[RecordDocument]:
    for name in SIDES:
        if row.get(f"{name}_id"):
            yield RecordDocument("sides", {"id": row[f"{name}_id"], "name": row[f"{name}_name"]})
    yield RecordDocument("conflicts", {"id": row["conflict_id"], "name": row["conflict_name"]})
    speaker = {"side": row["claimant_side_id"]} if row.get("claimant_side_id") else {}
    yield RecordDocument("claimants", {"id": row["claimant_id"], "name": row["claimant_name"], **speaker})
    for source, publisher, url in _sources(row):
        address = {"url": url} if url else {}
        yield RecordDocument("sources", {"id": source, "publisher": publisher, **address})
    if row.get("event_id"):
        yield RecordDocument("events", _event(row))


def _sources(row: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield id, name and address of each source. A source without an address has an empty entry in its place."""
    ids, *others = (split_entries(row[name]) if row[name] else [] for name in SOURCES)
    return itertools.zip_longest(ids, *others, fillvalue="")


def _event(row: dict[str, str]) -> dict[str, Any]:
    day = row.get("event_date", "")
    return {
        "id": row["event_id"],
        "conflict": row["conflict_id"],
        "name": row["event_name"],
        "type": "unknown",
        "started_on": day,
        "ended_on": day,
        **{name: row[name] for name in PLACE if row.get(name)},
        **{name: float(row[name]) for name in POINT if row.get(name)},
    }


def _ending(claim: dict[str, Any]) -> dict[str, str]:
    status, reason = ending_of({"status": ACTIVE, "status_reason": "", **claim})
    return {} if status == ACTIVE else {"status": status, "status_reason": reason}


def _reports(row: dict[str, str], claim: dict[str, Any]) -> Iterator[RecordDocument]:
    """Yield a report of a new claim for each source, with the figure of the claim, and its ending if it counts no more.

    Where the sources differ the list does not say how, so that their reports have no figure.
    """
    figure = {name: claim[name] for name in FIGURE if name in claim}
    content = {"note": DIFFERS} if set(REPORT_FLAGS) & set(claim.get("flags", ())) else figure
    for source, _, _ in _sources(row):
        report = {"id": f"{row['id']}-in-{source}", "claim": row["id"], "source": source, **_ending(claim)}
        yield RecordDocument("reports", content | report)
