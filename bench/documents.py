"""The generated claims as documents, with a report each, as editors send and imports make them."""

from typing import Any

from bench import generated
from schemas.claims import ClaimIn

Document = dict[str, Any]
NAMES = {"conflict_id": "conflict", "event_id": "event", "claimant_id": "claimant"}
OWN = set(ClaimIn().fields)


def about(first: int, last: int, events: int) -> dict[str, list[Document]]:
    """Return the claims and reports about the events `first` to `last`, in a world with `events` events."""
    claims, reports = [], []
    for event in range(first, last + 1):
        for row in generated.claims_of(event, events):
            if row["kind"] != "silence":
                claims.append(claim_document(row))
                source = f"source-{1 + row['id'] % max(events // 5, 40)}"
                reports.append({"id": f"report-{row['id']}", "claim": row["slug"], "source": source})
    return {"claims": claims, "reports": reports}


def claim_document(row: Document) -> Document:
    """Return a generated row as a document."""
    document = {name: value for name, value in row.items() if name in OWN}
    document |= {name: f"{name}-{row[column]}" for column, name in NAMES.items() if row[column]}
    for name in ("subject_side", "responsible_side"):
        document[name] = generated.side_slug(row[f"{name}_id"])
    document["id"] = row["slug"]
    return {name: value for name, value in document.items() if value is not None}
