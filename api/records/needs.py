"""What stands needs what stands: it takes nothing else for its footing, and what it stands on does not go.

So does a claim that stands no longer but stood on a day: statistics as of that day count it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from peewee import fn

from api.db import tuples
from api.models import Claim, Claimant, Conflict, Event, Record, Report, Side, Source
from api.records.faults import Fault, Refused
from api.records.keyset import KeySet, batches
from api.records.nouns import NOUNS, Noun
from api.records.register import STANDS, Register
from api.records.rows import keys

#: The references of standing records to those of each noun.
NEEDED_BY: dict[type[Record], list[Any]] = {
    Conflict: [Event.conflict, Claim.conflict, Conflict.parent],
    Side: [Claimant.side, Claim.subject_side, Claim.responsible_side],
    Claimant: [Claim.claimant],
    Source: [Report.source],
    Event: [Claim.event],
}
#: The same by the noun that refers: the names of its references, and to what.
NEEDS: dict[type[Record], dict[str, type[Record]]] = {
    noun.model: {
        field.name: model for model, found in NEEDED_BY.items() for field in found if field.model is noun.model
    }
    for noun in NOUNS.values()
}
#: Claims that statistics count, today or as of some day.
COUNTED = Claim.status.in_((STANDS, "superseded")) | (
    (fn.COALESCE(Claim.status_by, "") == "claimant") & Claim.status_on.is_null(False)
)
TOLD = 3
Document = Mapping[str, Any]
Statuses = Mapping[type[Record], Mapping[str, str]]


def needs_footing(noun: Noun, document: Document) -> bool:
    """Whether it stands, or is a claim that stood on a day. (No document: there is none yet.)"""
    status = document.get("status")
    if noun.model is not Claim or status in (None, STANDS):
        return status == STANDS
    return status == "superseded" or (document.get("status_by") == "claimant" and bool(document.get("status_on")))


def unfounded(
    noun: Noun, changes: Sequence[tuple[Document, Document]], given: Statuses, register: Register
) -> Iterator[Fault]:
    """A fault for each reference to what stands no longer, which a record that needs footing gets or comes back with.

    A new record has nothing before, and needs footing only if it stands: packages come back as they were. `given` are
    the statuses of what is written with it. Fields with faults of their own are left out.
    """
    for name, model in NEEDS[noun.model].items():
        fallen = _fallen(model, {new.get(name) for _, new in changes} - {None}, given.get(model, {}), register)
        for position, (old, new) in enumerate(changes if fallen else ()):
            slug, is_new = new.get(name), not needs_footing(noun, old) or old[name] != new.get(name)
            needs = needs_footing(noun, new) if old else new.get("status") == STANDS
            if slug in fallen and is_new and needs:
                yield Fault(noun.name, position, name, f"{slug} is {fallen[slug]}: what stands needs what stands.")


def _fallen(model: type[Record], slugs: set[Any], given: Mapping[str, str], register: Register) -> dict[str, str]:
    """Those of the records that do not stand, and what they are instead."""
    there = register.find(model, slugs - given.keys())
    told = {slug: there[slug].status for slug in slugs & there.keys()}
    told |= {slug: given[slug] for slug in slugs & given.keys()}
    return {slug: status for slug, status in told.items() if status != STANDS}


def needed(noun: Noun, slugs: list[str]) -> dict[str, str]:
    """Of these records those that standing ones need, each with the names of some that do."""
    found: dict[int, list[str]] = {}
    by_slug = keys(noun.model, slugs)
    for batch in batches(sorted(by_slug.values())):
        for key, slug in _needing(noun, batch):
            found.setdefault(key, []).append(slug)
    return {slug: _named(found[key]) for slug, key in by_slug.items() if key in found}


def refuse_needed(fallen: Mapping[str, KeySet]) -> None:
    """Raise `Refused` for each of these records, by noun, that standing ones need."""
    faults = []
    for name, found in fallen.items():
        model = NOUNS[name].model
        for batch in found.batches():
            slugs = [slug for (slug,) in tuples(model.select(model.slug).where(model.id.in_(batch)))]
            for slug, by in needed(NOUNS[name], slugs).items():
                faults.append(Fault(name, 0, "status", f"{slug} cannot go: it is needed by {by}."))
    if faults:
        raise Refused(faults)


def _needing(noun: Noun, batch: list[int]) -> list[tuple[int, str]]:
    if noun.model is Report:
        return _needing_report(batch)
    found = []
    for field in NEEDED_BY.get(noun.model, []):
        stands = COUNTED if field.model is Claim else field.model.status == STANDS
        query = field.model.select(field, field.model.slug).where(field.in_(batch), stands)
        found += tuples(query.order_by(field.model.id))
    return found


def _needing_report(batch: list[int]) -> list[tuple[int, str]]:
    """Standing claims that no other report carries."""
    Other = Report.alias("other")
    others = Other.select(Other.id).where(
        (Other.claim == Report.claim) & (Other.id.not_in(batch)) & (Other.status == "active")
    )
    alone = (Report.id.in_(batch)) & COUNTED & ~fn.EXISTS(others)
    return tuples(Report.select(Report.id, Claim.slug).join(Claim, on=Report.claim).where(alone))


def _named(slugs: list[str]) -> str:
    return ", ".join(slugs[:TOLD]) + (" …" if len(slugs) > TOLD else "")
