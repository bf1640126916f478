"""A relation must be possible between its claims, when it is written and after a correction of what it depends on.

Only active relations between claims that count are judged. A correction is refused only for relations that fitted
before it. `related_claims` says what is compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.database.key_sets import split_batches
from api.database.models import Claim, Relation
from api.database.statements import fetch_tuples, is_among
from api.records.documents import load_documents
from api.records.faults import Fault, RefusedError, describe_broken
from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import ACTIVE, Register
from api.records.row_mapping import find_keys
from api.rules.dependencies import needs_footing
from api.rules.landscape import load_landscape
from api.rules.related_claims import (
    CHECKS,
    OF_CLAIM,
    EventDays,
    Misfit,
    Pair,
    Speaker,
    Surroundings,
    find_misfits,
)
from schemas.fields import next_day

Document = Mapping[str, Any]
Documents = Mapping[str, Mapping[str, Document]]  # by record type and slug
Change = tuple[Document, Document]  # before, after
#: The fields of a relation that decide whether it fits.
OF_RELATION = ("claim", "target", "kind", "status", "stated_on", "stated_until")
#: The fields of each other type that its relations must fit.
FIELDS: dict[str, tuple[str, ...]] = {
    "claims": OF_CLAIM,
    "claimants": ("side", "affiliation"),
    "events": ("started_on", "ended_on"),
    "conflicts": ("parent",),
    "sides": ("member_of",),
}
#: The columns of claims by which relations depend on records of a type.
COLUMNS: dict[str, Any] = {"claims": Claim.id, "claimants": Claim.claimant, "events": Claim.event}
MOST_FAULTS = 20
JUDGED = (Relation.status == ACTIVE) & Relation.kind.in_(list(CHECKS))


def find_unfitting(
    relations: Sequence[Document], loaded: Mapping[str, Sequence[Document]], register: Register
) -> Iterator[Fault]:
    """Yield a fault for each relation that cannot be true. `loaded` are documents that are written with them."""
    judged = {n: one for n, one in enumerate(relations) if one.keys() >= set(OF_RELATION) and _is_judged(one)}
    if judged:
        new = {name: {one["id"]: one for one in documents if "id" in one} for name, documents in loaded.items()}
        yield from _find_faults(judged, new, register)


def find_moved_relations(changes: Sequence[Change], register: Register) -> Iterator[Fault]:
    """Yield a fault for each corrected relation that cannot be true. Positions are those of the changes."""
    moved = {
        n: new
        for n, (old, new) in enumerate(changes)
        if new.keys() >= set(OF_RELATION) and _is_judged(new) and any(old[name] != new[name] for name in OF_RELATION)
    }
    if moved:
        yield from _find_faults(moved, {}, register)


def _is_judged(relation: Document) -> bool:
    return relation["status"] == ACTIVE and relation["kind"] in CHECKS


def _find_faults(relations: Mapping[int, Document], new: Documents, register: Register) -> Iterator[Fault]:
    for places in split_batches(relations):
        for place, misfit in _judge_relations({n: relations[n] for n in places}, new, register):
            field = "stated_until" if misfit.field == "stated_until" else "target"
            yield Fault("relations", place, field, misfit.message)


def _judge_relations(
    relations: Mapping[Any, Document], written: Documents, register: Register
) -> Iterator[tuple[Any, Misfit]]:
    """Yield what cannot be true, each with the name of its relation.

    `written` are documents that take the place of those in the database. Documents with faults are not compared.
    """
    slugs = {relation[end] for relation in relations.values() for end in ("claim", "target")}
    claims = _load_with("claims", slugs, written)
    whole = {slug: claim for slug, claim in claims.items() if claim.keys() >= set(OF_CLAIM)}
    around = _load_surroundings(whole.values(), written, register)
    for name, relation in relations.items():
        claim, target = whole.get(relation["claim"]), whole.get(relation["target"])
        if claim and target and all(needs_footing(RECORD_TYPES["claims"], one) for one in (claim, target)):
            yield from ((name, misfit) for misfit in find_misfits(relation["kind"], Pair(claim, target, around)))
            yield from ((name, misfit) for misfit in _compare_own_days(relation, claim))


def _compare_own_days(relation: Document, claim: Document) -> Iterator[Misfit]:
    """Yield a misfit if a relation was known before its claim was stated. One day of difference is allowed."""
    last, first = relation["stated_until"] or relation["stated_on"], claim["stated_on"]
    if last and first and next_day(last) < first:
        message = (
            f"The relation was stated on {last}, before {claim['id']} was stated on {first}. Correct the days, or "
            "leave them out."
        )
        yield Misfit("stated_until", message)


def _load_with(record_type: str, slugs: Iterable[str], written: Documents) -> dict[str, Document]:
    """Return documents by slug: those that are written, and for the others those in the database."""
    documents = written.get(record_type, {})
    stored = load_documents(record_type, sorted(set(slugs) - documents.keys()))
    return stored | {slug: documents[slug] for slug in slugs if slug in documents}


def _load_surroundings(claims: Iterable[Document], written: Documents, register: Register) -> Surroundings:
    claims = list(claims)
    claimants = _load_with("claimants", {claim["claimant"] for claim in claims}, written)
    events = _load_with("events", {claim["event"] for claim in claims} - {None}, written)
    landscape = load_landscape(register)
    conflicts, sides = written.get("conflicts", {}), written.get("sides", {})
    return Surroundings(
        {
            slug: Speaker(one["side"], one["affiliation"])
            for slug, one in claimants.items()
            if one.keys() >= {"side", "affiliation"}
        },
        {
            slug: EventDays(one["started_on"], one["ended_on"])
            for slug, one in events.items()
            if one.keys() >= {"started_on", "ended_on"}
        },
        landscape.with_documents(conflicts.values(), sides.values()) if conflicts or sides else landscape,
    )


# After a correction --------------------------------------------------------------------------------------------------


class MovedRelations:
    """The records that a transaction corrected and that relations depend on, as they were before."""

    def __init__(self) -> None:
        self._before: dict[str, dict[str, Document]] = defaultdict(dict)

    def note(self, record_type: str, changes: Sequence[Change]) -> None:
        """Note corrected records of a type whose relations must fit again. Only those with relations need memory."""
        moved = {old["id"]: old for old, new in changes if _is_moved(record_type, old, new)}
        if record_type in COLUMNS and moved:
            moved = {slug: moved[slug] for slug in {record for _, record in _find_ending_at(record_type, moved)}}
        for slug, old in moved.items():
            self._before[record_type].setdefault(slug, old)

    def refuse_misfits(self, register: Register) -> None:
        """Raise `RefusedError` for each relation, up to `MOST_FAULTS`, that does not fit any more."""
        if faults := find_broken(self._before, {}, register):
            raise RefusedError(faults)


def find_broken_by(record_type: str, change: Change, register: Register) -> list[Fault]:
    """Return a fault for each relation that the correction of one record makes wrong."""
    old, new = change
    if not _is_moved(record_type, old, new):
        return []
    return find_broken({record_type: {old["id"]: old}}, {record_type: {old["id"]: new}}, register)


def _is_moved(record_type: str, old: Document, new: Document) -> bool:
    return any(old[name] != new.get(name) for name in FIELDS.get(record_type, ()))


def find_broken(before: Documents, after: Documents, register: Register) -> list[Fault]:
    """Return a fault for each relation, up to `MOST_FAULTS`, that fitted before and does not fit after.

    `after` are documents that are not in the database yet.
    """
    if not any(before.values()):  # a new claim corrects nothing: ten joins need not be built
        return []
    faults: list[Fault] = []
    for slugs in split_batches(_find_touched(before)):
        relations = load_documents("relations", slugs)
        earlier = {(slug, misfit.field) for slug, misfit in _judge_relations(relations, before, register)}
        for slug, misfit in _judge_relations(relations, after, register):
            if (slug, misfit.field) not in earlier:
                faults.append(_describe_broken(slug, misfit, before))
        if len(faults) >= MOST_FAULTS:
            break
    return faults[:MOST_FAULTS]


def _describe_broken(slug: str, misfit: Misfit, before: Documents) -> Fault:
    record_type = next(record_type for record_type in FIELDS if before.get(record_type))
    field = "stated_on" if misfit.field == "stated_until" else misfit.field
    return Fault(
        record_type,
        0,
        field if record_type == "claims" else FIELDS[record_type][0],
        describe_broken(f"the relation {slug}", misfit.message),
    )


def _find_touched(before: Documents) -> list[str]:
    """Return the active relations between claims that are, or refer to, these records."""
    touched = _find_apart(before)
    for record_type in COLUMNS:
        touched |= {relation for relation, _ in _find_ending_at(record_type, before.get(record_type, ()))}
    return sorted(touched)


def _find_ending_at(record_type: str, slugs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the active relations of claims that are, or refer to, one of these records, each with the record."""
    column = COLUMNS[record_type]
    by_key = {key: slug for slug, key in find_keys(RECORD_TYPES[record_type].model, list(slugs)).items()}
    for end in (Relation.claim, Relation.target):
        query = Relation.select(Relation.slug, column).join(Claim, on=(end == Claim.id))
        for batch in split_batches(by_key):
            for relation, key in fetch_tuples(query.where(is_among(column, batch), JUDGED)):
                yield relation, by_key[key]


def _find_apart(before: Documents) -> set[str]:
    """Return the active relations between claims of two conflicts or sides, if any of these was corrected."""
    Target = Claim.alias("target")
    conditions = []
    if before.get("conflicts"):
        conditions.append(Claim.conflict != Target.conflict)
    if before.get("sides"):
        conditions.append((Claim.subject_side != Target.subject_side) | (Claim.claimant != Target.claimant))
    query = Relation.select(Relation.slug).join(Claim, on=(Relation.claim == Claim.id))
    query = query.join(Target, on=(Relation.target == Target.id))
    return {slug for condition in conditions for (slug,) in fetch_tuples(query.where(condition, JUDGED))}
