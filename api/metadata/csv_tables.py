"""CSV on the Web (W3C): what the columns of a CSV or TSV file are, in a file beside it."""

import re
from collections.abc import Mapping
from typing import Any

from api.http.formats import MEDIA_TYPES, Layout
from api.metadata.licences import find_address

CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
#: By kind of column: `2020-09-27`, `2026-01-31T12:00:00Z`, and true or false as JSON writes them.
DATATYPES: dict[str, Any] = {
    "day": {"base": "date", "format": "yyyy-MM-dd"},
    "time": "dateTimeStamp",
    "integer": "integer",
    "number": "double",
    "boolean": {"base": "boolean", "format": "true|false"},
}
#: What the numbers of a column count or measure. `old_best` and `lowest_best` are as `best`.
UNITS = {
    **dict.fromkeys(("value", "low", "best", "high", "number", "change"), "people"),
    **dict.fromkeys(("latitude", "longitude"), "degrees (WGS 84)"),
    **{name: name for name in ("claims", "reports", "events", "claimants", "sources", "cells", "days")},
}
PREFIX = re.compile("^(old|new|lowest|highest|figure)_")
#: Tables with a row for each record.
OF_RECORDS = frozenset(
    {"claims", "reports", "relations", "events", "conflicts", "sides", "claimants", "sources", "datasets"}
)
CAVEATS = (
    "Claims are alternatives, not parts: never add figures of different claimants, of running totals over time, or of "
    "different harms. An empty cell is null, never zero. Lists are joined by `;`, and a `;` or `\\` within an entry "
    "has a `\\` before it. A text that a spreadsheet would run as a formula has an apostrophe before it, which is not "
    "part of it."
)


def describe_table(
    address: str, name: str, title: str, layout: Layout, meta: Mapping[str, Any], has_tags: bool = False,
    is_tsv: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return the description of the CSV or TSV file at `address`. `name`: what its rows are; `title`: what it holds.

    `meta` is the `meta` of the same answer in JSON; its warnings are the caveats of a statistic. `has_tags`: the row
    under the header has HXL tags.
    """
    licence, revision = meta["licence"], meta.get("revision")
    return {
        "@context": CONTEXT,
        "url": address,
        "dc:title": title,
        "dc:description": " ".join([CAVEATS, *(warning["text"] for warning in meta.get("warnings", ()))]),
        "dc:source": {"@id": _strip_suffix(address)},
        "dc:license": {"@id": find_address(licence)} if find_address(licence) else licence,
        "dc:bibliographicCitation": f"Counterclaim{f', revision {revision}' if revision else ''}. {address}",
        "schema:version": str(revision or ""),
        "schema:contactPoint": meta["contact"],
        "schema:encodingFormat": MEDIA_TYPES["tsv" if is_tsv else "csv"],
        "dialect": _describe_dialect(has_tags, is_tsv),
        "tableSchema": {
            "columns": [_describe_column(name, layout) for name in layout.header],
            **({"primaryKey": "id"} if name in OF_RECORDS and "id" in layout.header else {}),
        },
    }


def _strip_suffix(address: str) -> str:
    """Return the address of the same question as JSON: `…/v1/claims.csv?harm=killed` → `…/v1/claims?harm=killed`."""
    path, mark, query = address.partition("?")
    return path.removesuffix(".csv").removesuffix(".tsv") + mark + query


def _describe_dialect(has_tags: bool, is_tsv: bool) -> dict[str, Any]:
    return {
        "delimiter": "\t" if is_tsv else ",",
        "encoding": "utf-8",
        "header": True,
        "headerRowCount": 2 if has_tags else 1,
        "doubleQuote": True,
        "lineTerminators": ["\r\n"],
    }


def _describe_column(name: str, layout: Layout) -> dict[str, Any]:
    kind = layout.kinds.get(name, "")
    unit = find_unit(name) if kind in ("integer", "number") else None
    return {
        "name": name,
        "titles": name,
        "datatype": DATATYPES.get(kind, "string"),
        "null": "",
        **({"dc:description": layout.descriptions[name]} if name in layout.descriptions else {}),
        **({"schema:unitText": unit} if unit else {}),
    }


def find_unit(name: str) -> str | None:
    """Return what the numbers of a column count: `old_best` → people. Grades and revisions have no unit."""
    return UNITS.get(PREFIX.sub("", name))
