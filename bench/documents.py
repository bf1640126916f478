"""The generated claims as the documents that editors send and imports make, with a report each."""

from typing import Any

from api.db import rows
from bench import generated
from schemas.claims import ClaimIn

Document = dict[str, Any]
NAMES = {"conflict_id": "conflict", "event_id": "event", "claimant_id": "claimant"}
OWN = set(ClaimIn().fields)


def about(first: int, last: int, events: int) -> dict[str, list[Document]]:
    """Those about the events `first` to `last`, of a world with so many."""
    sides = dict(rows("SELECT id, slug FROM side"))
    claims, reports = [], []
    for event in range(first, last + 1):
        for row in generated.claims_of(event, events):
            if row["kind"] != "silence":
                claims.append(_claim(row, sides))
                source = f"source-{1 + row['id'] % max(events // 5, 40)}"
                reports.append({"id": f"report-{row['id']}", "claim": row["slug"], "source": source})
    return {"claims": claims, "reports": reports}


def _claim(row: Document, sides: dict[int, str]) -> Document:
    told = {name: value for name, value in row.items() if name in OWN}
    told |= {name: f"{name}-{row[column]}" for column, name in NAMES.items() if row[column]}
    told |= {"id": row["slug"], "subject_side": sides.get(row["subject_side_id"])}
    return {name: value for name, value in told.items() if value is not None}
