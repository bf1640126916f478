"""Which claims stand on a day (rule 4): what was taken back, replaced, or not yet said."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from api.queries.evidence import ANY, Claim, Place, Refused, Relation, World

Bounds = tuple[int | None, int | None, int | None]


class Exclusion(NamedTuple):
    """Why a claim takes no part; `by` is the claim that displaced it, `figure` what it said where that is shown."""

    reason: str
    by: str | None = None
    figure: Bounds | None = None


class Standing(NamedTuple):
    fallen: dict[str, Exclusion]
    includes: list[tuple[Claim, Claim]]  # (containing, contained), as stated by then


def standing(world: World, claims: Mapping[str, Claim], relations: Iterable[Relation], as_of: str | None) -> Standing:
    """What fell by `as_of`, and which inclusions hold.

    An undated relation is as old as its claim. An undated retraction by the claimant counts at every `as_of`: better
    a figure too few than one that was taken back. The claims that act in a relation must be among `claims`.
    """
    relations = sorted(relations, key=lambda r: (*r[:3], r.stated_last or ""))
    originals = _originals(relations)
    instead = _instead(originals, claims)
    originals |= {claim: instead.get(original, original) for claim, original in originals.items()}
    fallen = _taken_back(claims, relations, originals, as_of)

    def acting(kind: str) -> list[tuple[Claim, Claim]]:
        pairs = []
        for relation in relations:
            claim = originals.get(relation.claim, relation.claim)
            target = originals.get(relation.target, instead.get(relation.target, relation.target))
            if relation.kind != kind or claim == target or target not in claims:
                continue
            if claim not in claims:
                raise Refused(f"claim {claim} {kind} {target} but was not given")
            if claim not in fallen and _by(relation.stated_last or "", as_of):
                pairs.append((claims[claim], claims[target]))
        return pairs

    superseding = acting("supersedes")
    _refuse_rings(superseding)
    includes = acting("includes")
    _supersede(world, claims, superseding, fallen)
    return Standing(fallen, includes)


def _refuse_rings(superseding: list[tuple[Claim, Claim]]) -> None:
    """Claims that replace each other would all be gone, and nobody would see that a figure is lost."""
    replaced: dict[str, list[str]] = {}
    for new, old in superseding:
        replaced.setdefault(new.id, []).append(old.id)
    try:
        TopologicalSorter(replaced).prepare()
    except CycleError as error:
        raise Refused("claims supersede each other in a ring: " + " > ".join(error.args[1])) from error


def _by(day: str, as_of: str | None) -> bool:
    return as_of is None or day <= as_of


def _originals(relations: list[Relation]) -> dict[str, str]:
    """Each repeated claim → the one that it repeats. In a ring of repetitions the lowest id is the original."""
    same = {r.claim: r.target for r in reversed(relations) if r.kind == "same_as"}
    originals = {}
    for claim in same:
        seen = [claim]
        while (target := same.get(seen[-1])) and target not in seen:
            seen.append(target)
        original = min(seen[seen.index(target) :]) if target else seen[-1]
        if original != claim:
            originals[claim] = original
    return originals


def _instead(originals: Mapping[str, str], claims: Mapping[str, Claim]) -> dict[str, str]:
    """Each original that an editor took back, or that its dataset no longer has → the repetition that stands for it.

    What it said was said none the less, or nobody would count the dead of both. Of several repetitions the lowest id.
    """
    instead: dict[str, str] = {}
    for claim, original in sorted(originals.items()):
        repeated = claims.get(original)
        if repeated and repeated.retracted_by == "editor" and claim in claims and not claims[claim].retracted_by:
            instead.setdefault(original, claim)
    return instead


def _taken_back(
    claims: Mapping[str, Claim], relations: list[Relation], originals: dict[str, str], as_of: str | None
) -> dict[str, Exclusion]:
    misreports = {r.claim: r.target for r in relations if r.kind == "misreports"}
    fallen = {}
    for claim in claims.values():
        if claim.retracted_by == "editor" or (claim.retracted_by and _by(claim.retracted_on or "", as_of)):
            fallen[claim.id] = Exclusion("retracted")
        elif claim.id in misreports:
            fallen[claim.id] = Exclusion("misreport", misreports[claim.id])
        elif originals.get(claim.id, claim.id) != claim.id:
            fallen[claim.id] = Exclusion("same_as", originals[claim.id])
        elif as_of is not None and claim.stated_last is None:
            fallen[claim.id] = Exclusion("undated")
        elif not _by(claim.stated_last or "", as_of):
            fallen[claim.id] = Exclusion("later")
    return fallen


def _supersede(
    world: World, claims: Mapping[str, Claim], pairs: list[tuple[Claim, Claim]], fallen: dict[str, Exclusion]
) -> None:
    """A superseded whole takes along the parts that its claimant had given with it, or before its successor."""
    replaced = {old.claimant for _, old in pairs}
    given: dict[tuple[str, str, Place | None], list[Claim]] = {}
    for claim in claims.values():
        if claim.claimant in replaced:
            given.setdefault((claim.claimant, claim.harm, world.place(claim, None)), []).append(claim)
    for new, old in pairs:
        fallen.setdefault(old.id, Exclusion("superseded", new.id))
        place = world.place(old, None)
        for part in given[old.claimant, old.harm, place] if place else ():
            by_then = part.said <= old.said or part.said < new.said
            if part.id not in (old.id, new.id) and by_then and _contains(world, place, old, part):
                fallen.setdefault(part.id, Exclusion("superseded", new.id))


def _contains(world: World, place: Place | None, whole: Claim, part: Claim) -> bool:
    """Whether the part's scope lies strictly within the whole's."""
    if place is None or _victims_and_side(whole) == _victims_and_side(part):
        return False
    in_side = whole.subject_side is None or (
        part.subject_side is not None and whole.subject_side in world.lineage(part.subject_side, place)
    )
    pairs = zip(_victims_and_side(whole)[:3], _victims_and_side(part)[:3], strict=True)
    return in_side and all(w in (ANY, p) for w, p in pairs)


def _victims_and_side(claim: Claim) -> tuple[str, str, str, str | None]:
    return claim.victim_status, claim.victim_sex, claim.victim_age, claim.subject_side


def newest(world: World, placed: Iterable[tuple[Claim, Place]], excluded: dict[str, Exclusion]) -> None:
    """A claimant's statement is the newest of its scope (rule 1): the others of it are superseded.

    Equal in day, hour, last day covered and best: the lower id.
    """
    latest: dict[object, Claim] = {}
    for claim, place in placed:
        scope = claim.claimant, claim.harm, place, _victims_and_side(claim)
        other = latest.setdefault(scope, claim)
        if other is not claim:
            new, old = (claim, other) if age(world, claim) > age(world, other) else (other, claim)
            latest[scope] = new
            excluded[old.id] = Exclusion("superseded", new.id)


def age(world: World, claim: Claim) -> tuple[tuple[str, str], str, int]:
    """By which the newest of a scope is found; what has no day comes before everything that has one."""
    best = next((b for b in (claim.best, claim.low, claim.high) if b is not None), 0)
    return claim.said, world.covers_to(claim), best
