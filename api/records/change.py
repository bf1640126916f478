"""Corrections and retractions: the old row is kept, the new one has a reason, and nothing is deleted."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from api.db import writing
from api.queries import select
from api.records import judging
from api.records.agreeing import OF_CLAIM
from api.records.documents import LISTINGS, document, documents
from api.records.faults import Fault, Faults, InUse, NoSuchRecord, Refused, Stale
from api.records.needs import needed, needs_footing
from api.records.nouns import NOUNS, Noun
from api.records.rewriting import rewrite
from api.records.rows import keys, validated
from api.records.sourcing import refuse_unreported
from api.records.transaction import transaction

Document = dict[str, Any]


def revise(noun: str, slug: str, patch: Document, reason: str, who: str, seen: int | None = None) -> int:
    """Apply a merge patch (RFC 7396) to a record; its new revision, or the old one where nothing changes.

    `seen` is the revision that the writer had before his eyes. Raises `NoSuchRecord`, `Stale`, `Refused`, and `InUse`
    where a standing record would lose its footing.
    """
    kind = NOUNS[noun]

    def corrected(old: Document) -> Document:
        new = _validated(kind, _patched(old, patch), slug)
        _refuse_loss(kind, old, new)
        return new

    faults = Faults()
    with suppress(InUse), faults.gathered():
        return _change(kind, slug, corrected, "revise", reason, who, seen)
    _gather(kind, slug, patch, faults)
    raise faults.refused()


def retract(noun: str, slug: str, reason: str, who: str, seen: int | None = None) -> int:
    """Let a record stand no longer. Raises `NoSuchRecord`, `Stale`, and `InUse` where standing records need it."""

    def gone(old: Document) -> Document:
        _refuse_in_use(NOUNS[noun], slug)
        by = {"status_by": "editor", "status_on": None} if noun == "claims" else {}
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


#: Why, by whom and since when a record no longer stands: they belong to that status, and go with it.
OF_STATUS = ("status_reason", "status_by", "status_on")


def _patched(old: Document, patch: Document) -> Document:
    """The record as the patch has it; of another status it keeps nothing that the patch does not tell."""
    # RFC 7396 removes in silence what is not there; a name that no record has stays, and is refused.
    unknown = {name: value for name, value in patch.items() if name not in old}
    new: Document = merged(old, patch) | unknown
    if new.get("status", "active") == old["status"]:
        return new
    return {name: value for name, value in new.items() if name not in OF_STATUS or name in patch}


def _validated(noun: Noun, new: Document, slug: str) -> Document:
    (loaded,) = validated(noun, [new])
    if loaded["id"] != slug:
        raise Refused([Fault(noun.name, 0, "id", CITED)])
    return loaded


CITED = "cannot be changed: it is what others cite."


def _gather(noun: Noun, slug: str, patch: Document, faults: Faults) -> None:
    """All that is wrong with a correction that was refused. Raises `InUse` where nothing but this is."""
    old = documents(noun.name, [slug])[slug]
    new = judging.corrected(noun, old, _patched(old, patch), faults)
    if new.get("id", slug) != slug:
        faults.add([Fault(noun.name, 0, "id", CITED)])
    try:
        with faults.gathered():
            _refuse_loss(noun, old, old | new)
    except InUse as in_use:
        if not faults.found:
            raise
        field = "claim" if new.get("status") == old["status"] else "status"
        faults.add([Fault(noun.name, 0, field, f"cannot be changed: {in_use}.")])


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
            rewrite(made, noun, operation, [(old, new)])
            if noun.name == "claims" and any(old[name] != new[name] for name in OF_CLAIM):
                made.vouched.update(keys(noun.model, [slug]).values())
        return made.revision


def _refuse_loss(noun: Noun, old: Document, new: Document) -> None:
    """What stands keeps its footing: no record in use goes, nor does a claim's last report go over to another claim."""
    goes = old["status"] == "active" != new["status"]
    if goes or (noun.name == "reports" and old["claim"] != new["claim"]):
        _refuse_in_use(noun, old["id"])
    if noun.name == "claims" and needs_footing(noun, new) and not needs_footing(noun, old):
        refuse_unreported(old["id"])


def _refuse_in_use(noun: Noun, slug: str) -> None:
    if found := needed(noun, [slug]).get(slug):
        raise InUse(f"it is needed by {found}")
