"""Corrections and retractions: the old row is kept, the new one has a reason, and nothing is deleted."""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError

from api.db import tuples, writing
from api.models import Claim, Claimant, Conflict, Event, Record, Report, Side, Source
from api.queries import select
from api.records.documents import LISTINGS, document
from api.records.faults import Fault, InUse, NoSuchRecord, Refused, Stale, flat
from api.records.likeness import refuse_look_alikes
from api.records.nouns import NOUNS, Noun
from api.records.rows import copy_event_days, keys, own_columns, resolved, write_list
from api.records.transaction import Transaction, transaction
from api.records.versions import archive, claims_naming, hold_from

Document = dict[str, Any]


def revise(noun: str, slug: str, patch: Document, reason: str, who: str, seen: int | None = None) -> int:
    """Apply a merge patch (RFC 7396) to a record; its new revision, or the old one where nothing changes.

    `seen` is the revision that the writer had before his eyes. Raises `NoSuchRecord`, `Stale`, `Refused`.
    """
    kind = NOUNS[noun]
    return _change(kind, slug, lambda old: _validated(kind, merged(old, patch), slug), "revise", reason, who, seen)


def retract(noun: str, slug: str, reason: str, who: str, seen: int | None = None) -> int:
    """Let a record stand no longer. Raises `NoSuchRecord`, `Stale`, and `InUse` where standing records need it."""

    def gone(old: Document) -> Document:
        _refuse_in_use(NOUNS[noun], slug)
        by = {"status_by": "editor"} if noun == "claims" else {}
        return old | {"status": "retracted", "status_reason": reason} | by

    return _change(NOUNS[noun], slug, gone, "retract", reason, who, seen)


def merged(old: Any, patch: Any) -> Any:
    """RFC 7396: null removes, an object merges, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    made = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merged(made.get(name), value)
    return made


def _validated(noun: Noun, new: Document, slug: str) -> Document:
    try:
        loaded: Document = noun.schema().load(new)
    except ValidationError as error:
        raise Refused([Fault(noun.name, 0, *fault) for fault in flat(error.messages)]) from None
    if loaded["id"] != slug:
        raise Refused([Fault(noun.name, 0, "id", "cannot be changed: it is what others cite.")])
    return loaded


def _change(
    noun: Noun, slug: str, make: Callable[[Document], Document], operation: str, reason: str, who: str, seen: int | None
) -> int:
    with writing():
        found = select.one(LISTINGS[noun.name], slug)
        if found is None:
            raise NoSuchRecord(slug)
        if seen is not None and found["revision"] != seen:
            raise Stale(found["revision"])
        old = document(noun.name, found)
        new = make(old)
        if new == old:
            return int(found["revision"])
        with transaction(reason, who) as made:
            made.note(operation, noun.name, slug, old, new)
            _rewrite(noun, keys(noun.model, [slug])[slug], old, new, made)
        return made.revision


def _rewrite(noun: Noun, key: int, old: Document, new: Document, made: Transaction) -> None:
    refuse_look_alikes(noun, [new], old["id"])
    archive(noun.model, "id", [key], made.revision)
    rows = resolved(noun.name, [own_columns(noun, new)], noun.references)
    copy_event_days(noun, rows)
    noun.model.update({**rows[0], **made.stamp}).where(noun.model.id == key).execute()
    for name, many in noun.lists.items():
        if new[name] != old[name]:
            owner = getattr(many.table, many.owner)
            archive(many.table, owner.column_name, [key], made.revision)
            many.table.delete().where(owner == key).execute()
            write_list(noun, many, [(key, new[name])], made.revision)
    made.refolded[noun.model].add(key)
    _refresh_claims(noun, key, old, new, made)


def _refresh_claims(noun: Noun, key: int, old: Document, new: Document, made: Transaction) -> None:
    """Claims copy the days of their event and the names of what they refer to."""
    naming = claims_naming(noun.name, key)
    hold_from(Claim, naming, made.revision)
    made.refolded[Claim].update(naming)
    if noun.model is Event and (old["started_on"], old["ended_on"]) != (new["started_on"], new["ended_on"]):
        days = {"event_date": new["started_on"], "event_until": new["ended_on"]}
        Claim.update({**days, **made.stamp}).where(Claim.event == key).execute()


#: What would be left without a footing if a record of the noun were retracted.
NEEDED_BY: dict[type[Record], list[Any]] = {
    Conflict: [Event.conflict, Claim.conflict, Conflict.parent],
    Side: [Claimant.side, Claim.subject_side, Claim.responsible_side],
    Claimant: [Claim.claimant],
    Source: [Report.source],
    Event: [Claim.event],
}


def _refuse_in_use(noun: Noun, slug: str) -> None:
    key = keys(noun.model, [slug])[slug]
    for field in NEEDED_BY.get(noun.model, []):
        _refuse_standing(field.model.select(field.model.slug).where((field == key) & (field.model.status == "active")))
    if noun.model is Report:
        claim = Report.select(Report.claim).where(Report.id == key)
        others = Report.select(Report.id).where(
            (Report.claim.in_(claim)) & (Report.id != key) & (Report.status == "active")
        )
        if not tuples(others.limit(1)):
            _refuse_standing(Claim.select(Claim.slug).where((Claim.id.in_(claim)) & (Claim.status == "active")))


def _refuse_standing(query: Any) -> None:
    if found := tuples(query.limit(4)):
        names = ", ".join(slug for (slug,) in found[:3]) + (" …" if len(found) > 3 else "")
        raise InUse(f"it is needed by {names}")
