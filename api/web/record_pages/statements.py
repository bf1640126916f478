"""The statements behind the rows of a statistic, with the words and names of their claims."""

from collections.abc import Iterable
from typing import Any

from api.listings import claims
from api.web.record_pages.claim_page import RELATED_FIELDS

Record = dict[str, Any]


def add_claims(rows: Iterable[Record]) -> list[Record]:
    """Return the rows, each statement with the fields of its claim: one query for all, however many rows."""
    rows = list(rows)
    ids = {statement["claim"] for row in rows for statement in row["statements"] or ()}
    records = claims.read_fields(ids, (*RELATED_FIELDS, "event", "conflict", "sources")) if ids else {}
    return [
        {
            **row,
            "statements": None
            if row["statements"] is None
            else sorted(
                ({**records[s["claim"]], **_of_statement(s)} for s in row["statements"]), key=_sort_newest, reverse=True
            ),
        }
        for row in rows
    ]


def _of_statement(statement: Record) -> Record:
    """Return what the statistic says of a claim, and the claim itself does not."""
    return {name: statement[name] for name in ("stance", "first_day", "last_day", "used", "reason")}


def _sort_newest(statement: Record) -> tuple[str, str]:
    return statement["stated_until"] or statement["stated_on"] or "", statement["id"]
