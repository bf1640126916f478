"""Records of the pure statistics, turned into documents for a database, under unique ids.

`renamed` gives every id a prefix, so that many small worlds can be in one database and not affect each other.
`documents` returns such a world by record type.
"""

from collections.abc import Iterable
from typing import NamedTuple

from api.reconciling.record import Claim, Conflict, Event, Relation, Side, World, make_world
from schemas.vocabularies import NOT_A_PARTY, STATED_EARLY
from tests.support.worlds import Document, flagged
from tests.support.worlds import World as Documents


class Recorded(NamedTuple):
    world: World
    claims: list[Claim]
    relations: list[Relation]

    @property
    def roots(self) -> list[str]:
        """Return the conflicts that are not a phase of another. A question about them is about this world only."""
        return [conflict.id for conflict in self.world.conflicts.values() if conflict.parent is None]


def renamed(prefix: str, record: Recorded) -> Recorded:
    """Return the same world with `prefix` before every id, all ids as slugs."""

    def name(id: str) -> str:
        return f"{prefix}-{id}".lower().replace("_", "-")

    def maybe(id: str | None) -> str | None:
        return None if id is None else name(id)

    def names(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(name(id) for id in ids)

    known = record.world
    conflicts = [
        c._replace(id=name(c.id), parent=maybe(c.parent), sides=names(c.sides)) for c in known.conflicts.values()
    ]
    sides = [
        Side(name(s.id), tuple(m._replace(member_of=name(m.member_of)) for m in s.memberships))
        for s in known.sides.values()
    ]
    events = [e._replace(id=name(e.id), conflict=name(e.conflict), sides=names(e.sides)) for e in known.events.values()]
    claims = [
        claim._replace(
            id=name(claim.id),
            conflict=name(claim.conflict),
            event=maybe(claim.event),
            claimant=name(claim.claimant),
            claimant_side=maybe(claim.claimant_side),
            subject_side=maybe(claim.subject_side),
            responsible_side=maybe(claim.responsible_side),
            affiliation=maybe(claim.affiliation),
            statement=maybe(claim.statement),
            sources=names(claim.sources),
        )
        for claim in record.claims
    ]
    relations = [r._replace(claim=name(r.claim), target=name(r.target)) for r in record.relations]
    return Recorded(make_world(conflicts, sides, events), claims, relations)


def documents(record: Recorded) -> Documents:
    """Return the documents by record type. A source has the reliability that its claim states."""
    known = record.world
    claimants = {claim.claimant: (claim.claimant_side, claim.affiliation) for claim in record.claims}
    sources = {source: claim.reliability for claim in record.claims for source in claim.sources}
    return {
        "sides": [_side(side) for side in known.sides.values()],
        "conflicts": [_conflict(conflict) for conflict in known.conflicts.values()],
        "claimants": [
            {"id": id, "name": id, "side": side, "affiliation": affiliation}
            for id, (side, affiliation) in claimants.items()
        ],
        "sources": [{"id": id, "publisher": id, "reliability": letter} for id, letter in sources.items()],
        "events": [_event(event) for event in known.events.values()],
        "claims": [_claim(claim) for claim in record.claims],
        "reports": [
            {"id": f"{claim.id}-in-{source}", "claim": claim.id, "source": source}
            for claim in record.claims
            for source in claim.sources
        ],
        "relations": [_relation(relation) for relation in record.relations],
    }


def _side(side: Side) -> Document:
    member_of = [{"side": m.member_of, "from_day": m.since, "to_day": m.until} for m in side.memberships]
    return {"id": side.id, "name": side.id, "member_of": member_of}


def _conflict(conflict: Conflict) -> Document:
    days = {"started_on": conflict.started_on, "ended_on": conflict.ended_on}
    return {"id": conflict.id, "name": conflict.id, "parent": conflict.parent, **days, "sides": list(conflict.sides)}


def _event(event: Event) -> Document:
    days = {"started_on": event.started_on, "ended_on": event.ended_on or event.started_on}
    days |= {"date_precision": event.date_precision or 1}
    where = {"type": event.type or "unknown", "country": event.country, "admin1": event.admin1 or ""}
    sides = [{"side": side} for side in event.sides]
    return {"id": event.id, "name": event.id, "conflict": event.conflict, **days, **where, "sides": sides}


def _claim(claim: Claim) -> Document:
    same = (
        "id", "kind", "conflict", "event", "claimant", "subject_side", "responsible_side", "harm", "measure",
        "victim_status", "victim_sex", "victim_age", "covers_from", "covers_to", "low", "best", "high", "credibility",
        "part", "statement",
    )  # fmt: skip
    told = {field: getattr(claim, field) for field in same}
    told |= {"stated_on": claim.stated_on, "stated_until": claim.stated_last, "stated_at": claim.stated_time}
    if claim.kind == "casualty":
        told["qualifier"] = claim.qualifier or "as_given"
    if claim.kind == "silence":  # needs its coverage; statistics of running totals do not use it
        told |= {"covers_from": claim.covers_from or claim.stated_on, "covers_to": claim.covers_to or claim.stated_on}
    if claim.retracted_by:
        gone = {"status": "retracted", "status_by": claim.retracted_by, "status_on": claim.retracted_on}
        told |= {**gone, "status_reason": "Taken back."}
    # The rules are not about whether the drawn days and sides fit, so all are accepted.
    return flagged(told | {"flags": [STATED_EARLY, NOT_A_PARTY]})


def _relation(relation: Relation) -> Document:
    id = f"{relation.claim}-{relation.kind.replace('_', '-')}-{relation.target}"
    about = {"id": id, "kind": relation.kind, "claim": relation.claim, "target": relation.target}
    return about | {"stated_on": relation.stated_last, "stated_until": relation.stated_last}
