"""A corrected conflict or side must still fit its claims and events: parents, days, parties, memberships.

Only those that fitted before the correction are refused. Large databases have few distinct pairs of a conflict and a
side: claims are read only for the pairs that the correction leaves without a party.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from peewee import fn

from api.database.key_sets import split_batches
from api.database.models import Claim, Conflict, Event, Side
from api.database.statements import fetch_tuples, is_among
from api.records.documents import load_documents
from api.records.faults import Fault, RefusedError, describe_broken
from api.records.reference_cache import Register
from api.rules.dependencies import COUNTED
from api.rules.event_fits_conflict import find_fallen_events
from api.rules.fitting_references import SIDES, build_scene, find_misfits
from api.rules.landscape import Landscape, load_landscape
from api.rules.phase_fits_conflict import find_fallen_phases

Document = Mapping[str, Any]
#: The fields of a conflict and of a side that its claims must fit.
FIELDS = {"conflicts": ("parent", "started_on", "ended_on", "country", "sides"), "sides": ("member_of",)}
#: The field that was corrected wrongly, by the field of the claim that is wrong then: of a conflict, of a side.
WRONG_FIELDS = {
    "conflicts": {"conflict": "parent", "stated_on": "started_on", **dict.fromkeys(SIDES, "sides")},
    "sides": dict.fromkeys(SIDES, "member_of"),
}
MOST_FAULTS = 20


class MovedLandscape:
    """The conflicts and sides that a transaction corrected, as they were before its first correction."""

    def __init__(self) -> None:
        self._before: dict[str, dict[str, Document]] = {"conflicts": {}, "sides": {}}

    def note(self, record_type: str, changes: Sequence[tuple[Document, Document]]) -> None:
        """Note the corrected records of a type whose claims must fit them again."""
        for old, new in changes:
            if any(old[name] != new[name] for name in FIELDS.get(record_type, ())):
                self._before[record_type].setdefault(old["id"], old)

    def refuse_misfits(self, register: Register) -> None:
        """Raise `RefusedError` for each claim, up to `MOST_FAULTS`, that does not fit any more."""
        if not any(self._before.values()):
            return
        after = load_landscape(register)
        before = after.with_documents(self._before["conflicts"].values(), self._before["sides"].values())
        record_type = next(record_type for record_type, records in self._before.items() if records)
        fallen = chain(find_fallen_phases(before, after), find_fallen_events(record_type, before, after))
        faults = [*islice(fallen, MOST_FAULTS)]
        for slugs in split_batches(sorted(_find_doubtful(before, after))):
            faults += [*_find_faults(record_type, slugs, before, register)]
            if len(faults) >= MOST_FAULTS:
                break
        if faults:
            raise RefusedError(faults[:MOST_FAULTS])


def _find_faults(record_type: str, slugs: list[str], before: Landscape, register: Register) -> Iterator[Fault]:
    claims = list(load_documents("claims", slugs).values())
    scene = build_scene({"claims": claims}, register)
    earlier = {(fault.position, fault.field) for fault in find_misfits(claims, scene._replace(landscape=before), True)}
    for fault in find_misfits(claims, scene, may_have_old_flags=True):
        if (fault.position, fault.field) not in earlier:
            slug, field = (
                claims[fault.position]["id"],
                WRONG_FIELDS[record_type].get(fault.field, FIELDS[record_type][0]),
            )
            yield Fault(record_type, 0, field, describe_broken(f"the claim {slug}", fault.message))


def _find_doubtful(before: Landscape, after: Landscape) -> set[str]:
    """Return the claims that may have fitted before and not after."""
    doubtful = _find_unnested(after)
    for claim_field in (Claim.subject_side, Claim.responsible_side):
        doubtful |= _find_strangers(claim_field, before, after)
    return doubtful | _find_early(before, after)


def _find_unnested(after: Landscape) -> set[str]:
    """Return claims whose conflict and that of their event are no longer nested."""
    Other = Conflict.alias("other")
    query = Claim.select(fn.MIN(Claim.slug), Conflict.slug, Other.slug).join(Conflict).switch(Claim).join(Event)
    query = query.join(Other, on=(Event.conflict == Other.id)).where(COUNTED, Claim.conflict != Event.conflict)
    pairs = fetch_tuples(query.group_by(Conflict.slug, Other.slug))
    return {slug for slug, conflict, other in pairs if not after.are_nested(conflict, other)}


def _find_strangers(claim_field: Any, before: Landscape, after: Landscape) -> set[str]:
    """Return claims about sides that were parties to their conflict and are none now."""
    pairs = fetch_tuples(Claim.select(Claim.conflict, claim_field).where(claim_field.is_null(False)).distinct())
    conflicts, sides = (dict(fetch_tuples(model.select(model.id, model.slug))) for model in (Conflict, Side))
    strangers: dict[int, list[int]] = defaultdict(list)
    for conflict, side in pairs:
        slugs = conflicts[conflict], sides[side]
        if before.accepts(*slugs) and not after.accepts(*slugs):
            strangers[conflict].append(side)
    return {
        slug
        for conflict, listed in strangers.items()
        for (slug,) in fetch_tuples(
            Claim.select(Claim.slug).where(Claim.conflict == conflict, is_among(claim_field, listed), COUNTED)
        )
    }


def _find_early(before: Landscape, after: Landscape) -> set[str]:
    """Return running totals that were stated before the new first day of their conflict."""
    later = {
        conflict: facts.started_on
        for conflict, facts in after.conflicts.items()
        if facts.started_on is not None and facts.started_on > (before.started_on(conflict) or "")
    }
    return {
        slug
        for conflict, day in later.items()
        for (slug,) in fetch_tuples(
            Claim.select(Claim.slug)
            .join(Conflict)
            .where(
                Conflict.slug == conflict,
                Claim.measure == "cumulative",
                fn.COALESCE(Claim.stated_until, Claim.stated_on) < day,
                COUNTED,
            )
        )
    }
