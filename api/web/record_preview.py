"""What a small page about a record says: its name, what it is, and its facts."""

from typing import Any

from flask import current_app

from api.database.snapshot import open_snapshot
from api.http.problems import ApiProblem
from api.name_matching.find_candidates import find_record
from schemas.labels import label_word
from schemas.vocabularies import CLAIMANT_KIND, SIDE_KIND, SOURCE_KIND

#: The fields that the page shows, where a record has them.
SHOWN = (
    "kind", "side", "affiliation", "member_of", "conflict", "parent", "started_on", "ended_on", "place", "country",
    "sides", "publisher", "published_on", "language", "url", "aliases", "note",
)  # fmt: skip
#: The words of `kind` by record type, which people read as labels.
KINDS = {"sides": SIDE_KIND, "claimants": CLAIMANT_KIND, "sources": SOURCE_KIND}


def describe_record(record_id: str, public_url: str) -> dict[str, Any]:
    """Return the values of the page of an active record, such as `sides/artsakh`. Raises the problem not-found."""
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        found = find_record(record_id)
    if found is None:
        raise ApiProblem("not-found", f"There is no active record {record_id!r}. Send an id such as sides/artsakh.")
    matched, record = found
    facts = {name.replace("_", " "): _write_fact(record[name]) for name in SHOWN if record.get(name)}
    if matched.id in KINDS and "kind" in facts:
        facts["kind"] = label_word(KINDS[matched.id], record["kind"])
    return {
        "name": matched.list_names(record)[0],
        "description": matched.describe(record),
        "facts": facts,
        "address": f"{public_url}/{matched.id}/{record['id']}",
    }


def _write_fact(value: Any) -> str:
    """Return a value as text: `{"id": "artsakh", "name": "Artsakh"}` → `Artsakh`, lists with commas."""
    if isinstance(value, list):
        return ", ".join(map(_write_fact, value))
    return str(value["name"] if isinstance(value, dict) else value)
