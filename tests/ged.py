"""The UCDP Georeferenced Event Dataset as records: a loader of the tests, and its figures by `csv` alone.

UCDP states low, best and high of each event, and of its best how many were of either side, civilians, or unknown:
one claim about all sides, and one a part that is not 0, all by UCDP. Nothing is reordered or filled in.
"""

import csv
import pathlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from tests.worlds import Document

Row = dict[str, str]
Bounds = tuple[int, int, int]
SOLDIERS = {"deaths_a": "side_a", "deaths_b": "side_b"}
OTHERS = {"deaths_civilians": "civilian", "deaths_unknown": "unknown"}
VIOLENCE = {"1": "state_based", "2": "non_state", "3": "one_sided"}


def rows(path: pathlib.Path) -> list[Row]:
    """The events of a release; its second line holds HXL tags."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[1:]


def bounds(row: Row) -> Bounds:
    return int(row["low"]), int(row["best"]), int(row["high"])


def disordered(row: Row) -> bool:
    low, best, high = bounds(row)
    return not low <= best <= high


def summed(events: Iterable[Row], group: Callable[[Row], str]) -> dict[str, Bounds]:
    """Lows, bests and highs added by group."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in events:
        for position, number in enumerate(bounds(row)):
            sums[group(row)][position] += number
    return {name: (low, best, high) for name, (low, best, high) in sums.items()}


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def documents(events: list[Row]) -> dict[str, list[Document]]:
    sides = {row[side] for row in events for side in SOLDIERS.values()}
    conflicts: dict[str, set[str]] = defaultdict(set)
    for row in events:
        conflicts[row["conflict_name"]] |= {row["side_a"], row["side_b"]}
    claims = [claim for row in events for claim in _claims(row)]
    originals = {f"ged-{row['id']}": row["source_original"] for row in events}
    return {
        "sides": [{"id": slug(name), "name": name} for name in sorted(sides)],
        "conflicts": [
            {"id": slug(name), "name": name, "sides": [slug(side) for side in sorted(parties)]}
            for name, parties in conflicts.items()
        ],
        "claimants": [{"id": "ucdp", "name": "Uppsala Conflict Data Program", "kind": "dataset"}],
        "sources": [
            {"id": "ged", "publisher": "UCDP", "title": "GED", "kind": "dataset", "licence": "CC BY 4.0"},
        ],
        "events": [_event(row) for row in events],
        "claims": claims,
        "reports": [
            {
                "id": f"{claim['id']}-in-ged",
                "claim": claim["id"],
                "source": "ged",
                "source_original": originals[claim["event"]],
            }
            for claim in claims
        ],
    }


def _event(row: Row) -> Document:
    return {
        "id": f"ged-{row['id']}",
        "name": f"{row['dyad_name']}, {row['where_coordinates']}",
        "conflict": slug(row["conflict_name"]),
        "type": "Battles",
        "violence": VIOLENCE[row["type_of_violence"]],
        "started_on": row["date_start"][:10],
        "ended_on": row["date_end"][:10],
        "date_precision": int(row["date_prec"]),
        "place": row["where_coordinates"],
        "place_precision": int(row["where_prec"]),
        "admin1": row["adm_1"],
        "admin2": row["adm_2"],
        "country": row["iso3"],
        "latitude": float(row["latitude"]),
        "longitude": float(row["longitude"]),
        "clarity": int(row["event_clarity"]),
        "sides": [{"side": slug(row[side])} for side in SOLDIERS.values()],
    }


def _claims(row: Row) -> Iterable[Document]:
    low, best, high = bounds(row)
    usual = {"conflict": slug(row["conflict_name"]), "event": f"ged-{row['id']}", "claimant": "ucdp"}
    usual |= {"harm": "killed", "measure": "incident", "qualifier": "as_given"}
    usual["flags"] = ["bounds_disordered"] if disordered(row) else []
    yield {"id": f"ged-{row['id']}-all", **usual, "low": low, "best": best, "high": high}
    usual["flags"] = []
    for column, side in SOLDIERS.items():
        if int(row[column]):
            about = {"subject_side": slug(row[side]), "victim_status": "member_of_armed_forces"}
            yield {"id": f"ged-{row['id']}-{column[-1]}", **usual, **about, "best": int(row[column])}
    for column, status in OTHERS.items():
        if int(row[column]):
            yield {"id": f"ged-{row['id']}-{status}", **usual, "victim_status": status, "best": int(row[column])}
