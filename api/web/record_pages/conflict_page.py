"""The page of a conflict: each side's losses, every claimant's newest statement, its events and datasets."""

from collections.abc import Iterable
from typing import Any

from api.listings import conflicts, datasets, events
from api.reconciling.reconcile import TOTALS
from api.web.record_pages.addresses import data_address, join_query
from api.web.record_pages.listed import list_records
from api.web.record_pages.questions import ask_casualties
from api.web.record_pages.statements import add_claims
from schemas.statistics.casualties import POLICIES
from schemas.vocabularies import HARM, MEASURE

Record = dict[str, Any]
DEFAULT_POLICY = "envelope"
EVENT_FIELDS = ("id", "name", "started_on", "ended_on", "place")


def build_conflict_page(conflict: Record, newer: Record | None) -> Record:
    slug = conflict["id"]
    losses = ask_casualties(conflict=slug, group_by="subject_side", limit="1000")
    rows = add_claims(losses.rows)
    groups = group_by_side(rows)
    return {
        "title": conflict["name"],
        "losses": losses,
        "groups": groups,
        "glance": [(side, killed) for side, rows in groups if (killed := [r for r in rows if r["harm"] == "killed"])],
        "policy": POLICIES[DEFAULT_POLICY],
        "phases": list_records(conflicts.LISTING, {"parent": (slug,)}, ("started_on",), ("id", "name", "started_on")),
        "events": list_records(events.LISTING, {"conflict": (slug,)}, ("started_on",), EVENT_FIELDS),
        "datasets": _list_datasets(slug),
        "feed": join_query("/v1/changes.atom", {"conflict": slug}),
        "claims_csv": data_address("claims.csv", conflict=slug),
        "explorer": join_query("/", {"conflict": slug}),
    }


def group_by_side(rows: Iterable[Record]) -> list[tuple[Record, list[Record]]]:
    """Return the rows of each side, deaths first: latest totals before single events, as they are never added."""
    groups: dict[str, tuple[Record, list[Record]]] = {}
    for row in sorted(rows, key=sort_by_harm):
        side = row["subject_side"] or {"id": None, "name": "Side not recorded"}
        groups.setdefault(side["id"], (side, []))[1].append(row)
    return sorted(groups.values(), key=lambda group: (group[0]["id"] in (None, "all"), group[0]["name"]))


def sort_by_harm(row: Record) -> tuple[int, bool, int]:
    """Return the sort key of a row: deaths first, latest totals first, and of these the running totals."""
    measure = row.get("measure")
    return list(HARM).index(row["harm"]), row["basis"] != TOTALS, list(MEASURE).index(measure) if measure else 0


def _list_datasets(slug: str) -> list[Record]:
    """Return the datasets with claims about the conflict or its phases."""
    found = list_records(datasets.LISTING, {"conflict": (slug,)}, ("title",), ("id", "title", "publisher", "release"))
    return found.records
