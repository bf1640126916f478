"""An active record refers only to active records, and no record is retracted while active records depend on it.

The same holds for a claim that was active on a day: statistics as of that day count it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from peewee import fn

from api.database.key_sets import KeySet, split_batches
from api.database.models import Claim, Claimant, Conflict, Event, Record, Report, Side, Source
from api.database.statements import fetch_tuples
from api.records.faults import Fault, RefusedError
from api.records.record_types import RECORD_TYPES, Many, RecordType
from api.records.reference_cache import ACTIVE, Register
from api.records.row_mapping import find_keys

#: The references of active records to those of each type.
NEEDED_BY: dict[type[Record], list[Any]] = {
    Conflict: [Event.conflict, Claim.conflict, Conflict.parent],
    Side: [Claimant.side, Claimant.affiliation, Claim.subject_side, Claim.responsible_side],
    Claimant: [Claim.claimant],
    Source: [Report.source],
    Event: [Claim.event],
}
#: The same by the type that refers: the names of its references, and their types.
NEEDS: dict[type[Record], dict[str, type[Record]]] = {
    record_type.model: {
        field.name: model for model, fields in NEEDED_BY.items() for field in fields if field.model is record_type.model
    }
    for record_type in RECORD_TYPES.values()
}
#: Claims that statistics count, today or as of some day.
COUNTED = Claim.status.in_((ACTIVE, "superseded")) | (
    (fn.COALESCE(Claim.status_by, "") == "claimant") & Claim.status_on.is_null(False)
)
MOST_NAMES = 3
Document = Mapping[str, Any]
Statuses = Mapping[type[Record], Mapping[str, str]]


def needs_footing(record_type: RecordType, document: Document) -> bool:
    """Return whether a document is active, or a claim that was active on some day. (Empty: a record to come.)"""
    status = document.get("status")
    if record_type.model is not Claim or status in (None, ACTIVE):
        return status == ACTIVE
    return status == "superseded" or (document.get("status_by") == "claimant" and bool(document.get("status_on")))


def find_unfounded(
    record_type: RecordType, changes: Sequence[tuple[Document, Document]], statuses: Statuses, register: Register
) -> Iterator[Fault]:
    """Yield a fault for each reference to an inactive record that a change adds or makes count again.

    Only records with `needs_footing` count. A new record has an empty document before, and counts only if it is active:
    packages are imported as they were exported. `statuses` are those of records that are written with it. Fields with
    faults are skipped.
    """
    for name, model in NEEDS[record_type.model].items():
        fallen = _find_fallen(model, {new.get(name) for _, new in changes} - {None}, statuses.get(model, {}), register)
        for position, (old, new) in enumerate(changes if fallen else ()):
            slug, is_new = new.get(name), not needs_footing(record_type, old) or old[name] != new.get(name)
            if slug in fallen and is_new and _needs_after(record_type, old, new):
                yield Fault(record_type.name, position, name, FALLEN.format(slug, fallen[slug]))
    for name, many in record_type.lists.items():
        yield from _find_fallen_entries(record_type, name, many, changes, statuses, register)


FALLEN = "{} is {}. An active record can refer only to active records."


def _needs_after(record_type: RecordType, old: Document, new: Document) -> bool:
    return needs_footing(record_type, new) if old else new.get("status") == ACTIVE


def _find_fallen_entries(
    record_type: RecordType,
    name: str,
    many: Many,
    changes: Sequence[tuple[Document, Document]],
    statuses: Statuses,
    register: Register,
) -> Iterator[Fault]:
    """Yield a fault for each entry of a list that is an inactive record."""
    slugs = {many.slug_of(entry) for _, new in changes for entry in new.get(name, ())} - {None}
    fallen = _find_fallen(many.model, slugs, statuses.get(many.model, {}), register) if slugs else {}
    for position, (old, new) in enumerate(changes if fallen else ()):
        if not _needs_after(record_type, old, new):
            continue
        before = set(map(many.slug_of, old[name])) if needs_footing(record_type, old) else set()
        for number, slug in enumerate(map(many.slug_of, new.get(name, ()))):
            if slug in fallen and slug not in before:
                yield Fault(record_type.name, position, many.slug_path(name, number), FALLEN.format(slug, fallen[slug]))


def _find_fallen(
    model: type[Record], slugs: set[Any], statuses: Mapping[str, str], register: Register
) -> dict[str, str]:
    """Return the statuses of the records that are not active, by slug."""
    existing = register.find(model, slugs - statuses.keys())
    all_statuses = {slug: existing[slug].status for slug in slugs & existing.keys()}
    all_statuses |= {slug: statuses[slug] for slug in slugs & statuses.keys()}
    return {slug: status for slug, status in all_statuses.items() if status != ACTIVE}


def find_needed(record_type: RecordType, slugs: list[str]) -> dict[str, str]:
    """Return those of the records that active ones need, each with the ids of some that need it."""
    slugs_by_key: dict[int, list[str]] = {}
    by_slug = find_keys(record_type.model, slugs)
    for batch in split_batches(sorted(by_slug.values())):
        for key, slug in _find_needing(record_type, batch):
            slugs_by_key.setdefault(key, []).append(slug)
    return {slug: _join_names(slugs_by_key[key]) for slug, key in by_slug.items() if key in slugs_by_key}


#: What to do about a record that cannot be changed because others need it.
FREE_FIRST = "Retract these first, or let them refer to another record."


def refuse_needed(fallen: Mapping[str, KeySet]) -> None:
    """Raise `RefusedError` for each of these records, by type, that active ones need."""
    faults = []
    for name, key_set in fallen.items():
        model = RECORD_TYPES[name].model
        for batch in key_set.in_batches():
            slugs = [slug for (slug,) in fetch_tuples(model.select(model.slug).where(model.id.in_(batch)))]
            for slug, by in find_needed(RECORD_TYPES[name], slugs).items():
                message = f"{slug} cannot be retracted or withdrawn, because active records depend on it: {by}."
                faults.append(Fault(name, 0, "status", f"{message} {FREE_FIRST}"))
    if faults:
        raise RefusedError(faults)


def _find_needing(record_type: RecordType, batch: list[int]) -> list[tuple[int, str]]:
    if record_type.model is Report:
        return _needing_report(batch)
    rows = []
    for field in NEEDED_BY.get(record_type.model, []):
        stands = COUNTED if field.model is Claim else field.model.status == ACTIVE
        query = field.model.select(field, field.model.slug).where(field.in_(batch), stands)
        rows += fetch_tuples(query.order_by(field.model.id))
    for other in RECORD_TYPES.values():
        for many in other.lists.values():
            if many.model is record_type.model:
                rows += _listing(other.model, many, batch)
    return rows


def _listing(owner: type[Record], many: Many, batch: list[int]) -> list[tuple[int, str]]:
    """Return the active records that list one of the keys, with that key."""
    reference, owned_by = getattr(many.table, many.reference), getattr(many.table, many.owner)
    query = many.table.select(reference, owner.slug).join(owner, on=(owned_by == owner.id))
    return fetch_tuples(query.where(reference.in_(batch), owner.status == ACTIVE).order_by(owner.id))


def _needing_report(batch: list[int]) -> list[tuple[int, str]]:
    """Return the reports that are the last active report of a counted claim, with the slug of that claim."""
    Sibling = Report.alias("other")
    others = Sibling.select(Sibling.id).where(
        (Sibling.claim == Report.claim) & (Sibling.id.not_in(batch)) & (Sibling.status == "active")
    )
    alone = (Report.id.in_(batch)) & COUNTED & ~fn.EXISTS(others)
    return fetch_tuples(Report.select(Report.id, Claim.slug).join(Claim, on=Report.claim).where(alone))


def _join_names(slugs: list[str]) -> str:
    return ", ".join(slugs[:MOST_NAMES]) + (" …" if len(slugs) > MOST_NAMES else "")
