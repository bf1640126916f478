"""What standing records would be left without if others stood no longer."""

from typing import Any

from peewee import fn

from api.db import tuples
from api.models import Claim, Claimant, Conflict, Event, Record, Report, Side, Source
from api.records.keyset import batches
from api.records.nouns import Noun
from api.records.rows import keys

#: The references of standing records to those of each noun.
NEEDED_BY: dict[type[Record], list[Any]] = {
    Conflict: [Event.conflict, Claim.conflict, Conflict.parent],
    Side: [Claimant.side, Claim.subject_side, Claim.responsible_side],
    Claimant: [Claim.claimant],
    Source: [Report.source],
    Event: [Claim.event],
}
TOLD = 3


def needed(noun: Noun, slugs: list[str]) -> dict[str, str]:
    """Of these records those that standing ones need, each with the names of some that do."""
    found: dict[int, list[str]] = {}
    by_slug = keys(noun.model, slugs)
    for batch in batches(sorted(by_slug.values())):
        for key, slug in _needing(noun, batch):
            found.setdefault(key, []).append(slug)
    return {slug: _named(found[key]) for slug, key in by_slug.items() if key in found}


def _needing(noun: Noun, batch: list[int]) -> list[tuple[int, str]]:
    if noun.model is Report:
        return _needing_report(batch)
    found = []
    for field in NEEDED_BY.get(noun.model, []):
        standing = (field.in_(batch)) & (field.model.status == "active")
        found += tuples(field.model.select(field, field.model.slug).where(standing).order_by(field.model.id))
    return found


def _needing_report(batch: list[int]) -> list[tuple[int, str]]:
    """Standing claims that no other report carries."""
    Other = Report.alias("other")
    others = Other.select(Other.id).where(
        (Other.claim == Report.claim) & (Other.id.not_in(batch)) & (Other.status == "active")
    )
    alone = (Report.id.in_(batch)) & (Claim.status == "active") & ~fn.EXISTS(others)
    return tuples(Report.select(Report.id, Claim.slug).join(Claim, on=Report.claim).where(alone))


def _named(slugs: list[str]) -> str:
    return ", ".join(slugs[:TOLD]) + (" …" if len(slugs) > TOLD else "")
