"""Rule 5: which claims count on a day, and which do not: later, retracted, repeated, misreported or replaced ones.

Rules: docs/developers/reconciling.md#rule-5.
"""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from api.reconciling.record import ANY, Claim, Relation, UnanswerableError, Unit, World


class Exclusion(NamedTuple):
    """Why a claim is not used; `by` is the claim that displaced it."""

    reason: str
    by: str | None = None


class Standing(NamedTuple):
    excluded: dict[str, Exclusion]
    includes: list[tuple[Claim, Claim]]  # (including, included), where the including claim is not retracted
    supersedes: list[tuple[Claim, Claim]]  # (new, old), as known on the day


class _DayRecord(NamedTuple):
    """The claims, why some do not count on the day, and for each repetition the claim that acts for it."""

    claims: Mapping[str, Claim]
    excluded: dict[str, Exclusion]
    representative: dict[str, str]


def find_standing(
    world: World, claims: Mapping[str, Claim], relations: Iterable[Relation], as_of: str | None
) -> Standing:
    """Return the claims that do not count as of a day, with the reasons, and the relations that act.

    A relation is as old as the claim that carries it, unless it has a day of its own. An undated retraction by the
    claimant counts on every day. Raises `UnanswerableError` if a claim that acts through a relation is not in `claims`.
    """
    excluded = {claim.id: out for claim in claims.values() if (out := _find_unknown_or_retracted(claim, as_of))}
    ordered = [
        relation
        for relation in sorted(relations, key=lambda r: (*r[:3], r.stated_last or ""))
        if _is_by(relation.stated_last or "", as_of) and not _is_unknown(relation.claim, excluded)
    ]
    for relation in ordered:
        if relation.kind == "misreports" and relation.claim in claims:
            excluded.setdefault(relation.claim, Exclusion("misreport", relation.target))
    record = _DayRecord(claims, excluded, {})
    _mark_repetitions(record, ordered)
    supersedes = _find_acting(record, ordered, "supersedes")
    includes = _find_acting(record, ordered, "includes")
    _refuse_rings(supersedes)
    _mark_superseded(world, record, supersedes)
    return Standing(excluded, includes, supersedes)


def _find_unknown_or_retracted(claim: Claim, as_of: str | None) -> Exclusion | None:
    if as_of is not None and claim.stated_last is None:
        return Exclusion("undated")
    if not _is_by(claim.stated_last or "", as_of):
        return Exclusion("later")
    if claim.retracted_by == "editor" or (claim.retracted_by and _is_by(claim.retracted_on or "", as_of)):
        return Exclusion("retracted")
    return None


def _is_unknown(claim: str, excluded: Mapping[str, Exclusion]) -> bool:
    return claim in excluded and excluded[claim].reason in ("later", "undated")


def _is_by(day: str, as_of: str | None) -> bool:
    return as_of is None or day <= as_of


def _mark_repetitions(record: _DayRecord, relations: list[Relation]) -> None:
    """Choose one claim of each group of repetitions to act for all, and exclude the others.

    It is the original, if that is known and no editor took it back; else the known repetition with the lowest id.
    """
    groups: dict[str, set[str]] = {}
    for claim, original in _find_originals(record, relations).items():
        groups.setdefault(original, {original}).add(claim)
    for original, group in sorted(groups.items()):
        usable = [c for c in sorted(group) if c in record.claims and c not in record.excluded]
        chosen = min(usable, default=None) if _is_gone(record, original) else original
        if chosen is None:
            continue
        for claim in group - {chosen}:
            record.representative[claim] = chosen
            if claim in record.claims:
                record.excluded.setdefault(claim, Exclusion("same_as", chosen))


def _is_gone(record: _DayRecord, claim: str) -> bool:
    """Return whether others may act: the claim is not in the record or not yet known, or an editor took it back."""
    return (
        claim not in record.claims
        or _is_unknown(claim, record.excluded)
        or record.claims[claim].retracted_by == "editor"
    )


def _find_originals(record: _DayRecord, relations: list[Relation]) -> dict[str, str]:
    """Return each repeated claim with the claim that it repeats in the end; in a ring the lowest id is the original.

    A claim that repeats several claims repeats the lowest of those that are not gone.
    """
    same: dict[str, str] = {}
    for relation in sorted(relations, key=lambda r: _is_gone(record, r.target)):
        if relation.kind == "same_as":
            same.setdefault(relation.claim, relation.target)
    originals = {}
    for claim in same:
        line = [claim]
        while (target := same.get(line[-1])) and target not in line:
            line.append(target)
        original = min(line[line.index(target) :]) if target else line[-1]
        if original != claim:
            originals[claim] = original
    return originals


def _find_acting(record: _DayRecord, relations: list[Relation], kind: str) -> list[tuple[Claim, Claim]]:
    """Return the pairs of known claims that a relation of this kind binds, seen through repetitions."""
    pairs = []
    for relation in relations:
        if relation.kind != kind:
            continue
        actor = record.representative.get(relation.claim, relation.claim)
        target = record.representative.get(relation.target, relation.target)
        if actor == target or target not in record.claims or _is_unknown(target, record.excluded):
            continue
        if actor not in record.claims:
            raise UnanswerableError(f"Claim {actor} {kind} {target} but is not in the record.")
        if actor not in record.excluded:
            pairs.append((record.claims[actor], record.claims[target]))
    return pairs


def _refuse_rings(supersedes: list[tuple[Claim, Claim]]) -> None:
    """Refuse claims that replace each other: all would be gone, and nobody would see that a figure is lost."""
    replaced: dict[str, list[str]] = {}
    for new, old in supersedes:
        replaced.setdefault(new.id, []).append(old.id)
    try:
        TopologicalSorter(replaced).prepare()
    except CycleError as error:
        raise UnanswerableError("Claims supersede each other in a ring: " + " > ".join(error.args[1]) + ".") from error


def _mark_superseded(world: World, record: _DayRecord, pairs: list[tuple[Claim, Claim]]) -> None:
    """Exclude superseded claims, and with a whole its claimant's older figures by status.

    These were stated with the whole or before it, or before the day of the claim that supersedes it.
    """
    claimants = {old.claimant for _, old in pairs}
    by_unit: dict[tuple[str, str, Unit | None], list[Claim]] = {}
    for claim in record.claims.values():
        if claim.claimant in claimants:
            by_unit.setdefault((claim.claimant, claim.harm, world.find_unit(claim, None)), []).append(claim)
    for new, old in pairs:
        record.excluded.setdefault(old.id, Exclusion("superseded", new.id))
        unit = world.find_unit(old, None)
        for part in by_unit[old.claimant, old.harm, unit] if unit else ():
            is_older = part.stated <= old.stated or part.stated[0] < new.stated[0]
            if part.id not in (old.id, new.id) and is_older and _is_status_of(part, old):
                record.excluded.setdefault(part.id, Exclusion("superseded", new.id))


def _is_status_of(part: Claim, whole: Claim) -> bool:
    return (
        part.kind == whole.kind == "casualty"
        and part.is_quantified
        and whole.victim_status == ANY
        and part.victim_status != ANY
        and part.subject_side == whole.subject_side
        and whole.victim_sex in (ANY, part.victim_sex)
        and whole.victim_age in (ANY, part.victim_age)
    )
