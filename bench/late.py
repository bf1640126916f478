"""Claims after the generated ones, written through `api.records` like those of an editor: each batch is a revision."""

from typing import Any

from api.writes import create
from bench import generated
from bench.documents import claim_document

THIRD_PARTY = 2 * generated.VOICES * generated.CONFLICTS + generated.THIRD_PARTIES


def write_late_claims(first: int, claims: int, events: int) -> int:
    """Write this number of claims by a late claimant, about events from `first` on; return the revision."""
    documents = [_late_claim(event, events) for event in range(first, first + claims)]
    reports = [
        {"id": f"late-report-{document['id']}", "claim": document["id"], "source": "source-1"} for document in documents
    ]
    return create.create_records({"claims": documents, "reports": reports}, "The bench.")


def _late_claim(event: int, events: int) -> dict[str, Any]:
    row = next(generated.claims_of(event, events))
    if row["kind"] == "silence" or not row["event_id"]:
        row = {**row, "kind": "casualty", "measure": "incident", "event_id": event, "low": 7, "best": 7, "high": 7}
        row |= {"covers_from": None, "covers_to": None}
    day = f"{generated.FIRST_YEAR + generated.YEARS + 2}-01-01"
    row |= {"slug": f"late-{event}", "claimant_id": THIRD_PARTY, "stated_on": day, "stated_until": day}
    return claim_document(row)
