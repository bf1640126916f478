"""The page of a side: what it, its opponents and third parties say about its losses, in each conflict."""

from collections.abc import Iterable
from typing import Any

from api.listings import claimants, conflicts, sides
from api.web.record_pages.addresses import data_address
from api.web.record_pages.conflict_page import sort_by_harm
from api.web.record_pages.listed import list_claims, list_records
from api.web.record_pages.page_statistics import ask_casualties
from api.web.record_pages.statements import add_claims
from schemas.statistics.casualties import STANCES

Record = dict[str, Any]


def build_side_page(side: Record, newer: Record | None, language: str) -> Record:
    slug = side["id"]
    losses = ask_casualties(subject_side=slug, group_by="conflict,subject_side", limit="1000")
    rows = [row for row in add_claims(losses.rows) if row["subject_side"] is not None]
    return {
        "title": side["name"],
        "losses": losses,
        "by_conflict": _group_by_conflict(rows),
        "stances": STANCES,
        "conflicts": list_records(conflicts.LISTING, {"side": (slug,)}, ("started_on",), ("id", "name", "started_on")),
        "members": list_records(sides.LISTING, {"member_of": (slug,)}, ("name",), ("id", "name")),
        "claimants": list_records(claimants.LISTING, {"side": (slug,)}, ("name",), ("id", "name")),
        "affiliated": list_records(claimants.LISTING, {"affiliation": (slug,)}, ("name",), ("id", "name")),
        "claims": list_claims({"subject_side": (slug,)}),
        "matrix": data_address("statistics/matrix"),
    }


def _group_by_conflict(rows: Iterable[Record]) -> list[tuple[Record, list[Record]]]:
    """Return the rows of each conflict, deaths first, with the statements of each stance."""
    groups: dict[str, tuple[Record, list[Record]]] = {}
    for row in sorted(rows, key=sort_by_harm):
        conflict = row["conflict"]
        voices = {stance: [s for s in row["statements"] or () if s["stance"] == stance] for stance in STANCES}
        groups.setdefault(conflict["id"], (conflict, []))[1].append({**row, "voices": voices})
    return sorted(groups.values(), key=lambda group: group[0]["name"])
