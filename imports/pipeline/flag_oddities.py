"""Flag the claims of official data that are odd but true, as an editor would flag them."""

from collections.abc import Iterable, Iterator

from api.records.reference_cache import Register
from api.rules.fitting_references import EventFacts, Scene, find_early_statement, load_events
from api.rules.landscape import load_landscape
from imports.pipeline.staging_store import Staged, Staging
from schemas.vocabularies import FLAG, STATED_EARLY

BATCH = 500
#: The verdicts for records that the import writes. For any other the database has what its claims refer to.
WRITTEN = ("created", "revised")


def flag_early_statements(staging: Staging) -> None:
    """Add the flag `stated_early` to staged claims that were stated before their event or their count began.

    The verdicts for conflicts, sides and events must be stored already.
    """
    conflicts = _read_written(staging, "conflicts")
    landscape = load_landscape(Register()).with_documents([entry.document for entry in conflicts], ())
    for batch in staging.read_stated_claims(BATCH):
        named = {entry.document["event"] for entry in batch} - {None}
        scene = Scene(landscape, load_events(named) | _load_staged_events(staging, named), {})
        odd = [entry for entry in batch if find_early_statement(entry.document, scene)]
        staging.put_documents("claims", [_add_flag(entry) for entry in odd])


def _read_written(staging: Staging, record_type: str) -> Iterator[Staged]:
    for verdict in WRITTEN:
        for batch in staging.read_batches(record_type, BATCH, verdict):
            yield from batch


def _load_staged_events(staging: Staging, slugs: Iterable[str]) -> dict[str, EventFacts]:
    entries = staging.load_written("events", sorted(slugs), WRITTEN)
    return {
        slug: EventFacts(entry.document["conflict"], entry.document["started_on"]) for slug, entry in entries.items()
    }


def _add_flag(entry: Staged) -> Staged:
    flags = {*entry.document["flags"], STATED_EARLY}
    return entry._replace(document=entry.document | {"flags": [flag for flag in FLAG if flag in flags]})
