"""The page of a conflict: each side's losses, every claimant's newest statement, its events and datasets."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from api.listings import conflicts, datasets, events
from api.reconciling.reconciled_answer import TOTALS
from api.web.record_pages.addresses import data_address, explorer_address, join_query
from api.web.record_pages.listed import list_records
from api.web.record_pages.page_statistics import ask_casualties
from api.web.record_pages.statements import add_claims
from schemas.vocabularies import HARM, MEASURE

Record = dict[str, Any]
EVENT_FIELDS = ("id", "name", "started_on", "ended_on", "place")


def build_conflict_page(conflict: Record, newer: Record | None, language: str) -> Record:
    slug = conflict["id"]
    losses = ask_casualties(conflict=slug, group_by="subject_side", limit="1000")
    rows = add_claims(losses.rows)
    phases = list_records(conflicts.LISTING, {"parent": (slug,)}, ("started_on",), ("id", "name", "started_on"))
    groups = group_by_side(rows, slug, [phase["id"] for phase in phases.records])
    return {
        "title": conflict["name"],
        "losses": losses,
        "groups": groups,
        "glance": [group for group in groups if group.killed],
        "phases": phases,
        "events": list_records(events.LISTING, {"conflict": (slug,)}, ("started_on",), EVENT_FIELDS),
        "datasets": _list_datasets(slug),
        "feed": join_query("/v1/changes.atom", {"conflict": slug}),
        "claims_csv": data_address("claims.csv", conflict=slug),
        "explorer": explorer_address(conflict=slug),
    }


class SideLosses(NamedTuple):
    """The rows of one side; `phase`: the conflict of totals that are about a phase, or about a wider conflict."""

    side: Record
    phase: Record | None
    rows: list[Record]

    @property
    def killed(self) -> list[Record]:
        return [row for row in self.rows if row["harm"] == "killed"]


def group_by_side(rows: Iterable[Record], conflict: str | None = None, phases: Sequence[str] = ()) -> list[SideLosses]:
    """Return the rows of each side, deaths first: latest totals before single events, as they are never added.

    Totals are never added over phases: those of another conflict than `conflict` are a group of their own, in the order
    of `phases`.
    """
    groups: dict[tuple[Any, ...], SideLosses] = {}
    for row in sorted(rows, key=sort_by_harm):
        side = row["subject_side"] or {"id": None, "name": ""}
        phase = row.get("conflict") if row["basis"] == TOTALS and conflict else None
        if phase and phase["id"] == conflict:
            phase = None
        groups.setdefault((side["id"], phase and phase["id"]), SideLosses(side, phase, [])).rows.append(row)
    places = {phase: place for place, phase in enumerate(phases)}

    def find_place(group: SideLosses) -> tuple[int, str, bool, str]:
        """Return the sort key: the conflict itself first, and all sides together last."""
        phase = group.phase or {"id": "", "name": ""}
        place = places.get(phase["id"], len(places)) if group.phase else -1
        return place, phase["name"], group.side["id"] in (None, "all"), group.side["name"]

    return sorted(groups.values(), key=find_place)


def sort_by_harm(row: Record) -> tuple[int, bool, int]:
    """Return the sort key of a row: deaths first, latest totals first, and of these the running totals."""
    measure = row.get("measure")
    return list(HARM).index(row["harm"]), row["basis"] != TOTALS, list(MEASURE).index(measure) if measure else 0


def _list_datasets(slug: str) -> list[Record]:
    """Return the datasets with claims about the conflict or its phases."""
    found = list_records(datasets.LISTING, {"conflict": (slug,)}, ("title",), ("id", "title", "publisher", "release"))
    return found.records
