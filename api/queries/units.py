"""What can be settled apart, read from the record: the claims about one harm of one event; a claim about no event.

Nothing outside such a unit bears on it, whatever is asked of incidents, unless a relation reaches over its border or
its claims copy their event badly: then, as silences and periods always, its claims stay *untallied*.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from api.db import tuples
from api.models import Claim, Event, Relation
from api.queries import evidence, record
from api.queries.amounts import Amounts, Fate
from api.queries.evidence import PERIOD, Refused
from api.queries.outcomes import Outcomes, alone
from api.queries.references import References, load
from api.queries.sums import packed

Row = tuple[Any, ...]
COPIES = (Claim.event, Event.conflict, Event.started_on, Event.ended_on, Claim.event_date, Claim.event_until)


class Settled(NamedTuple):
    """Rows of the tables `tally`, `fate` and `untallied`."""

    tallies: list[Row]
    fates: list[Row]
    untallied: list[Row]


class Known(NamedTuple):
    """Names, conflicts and sides as they are while somebody writes: nothing of it may be kept."""

    told: References
    few: record.Few


def known() -> Known:
    return Known(load(), record.few())


class _Stored(NamedTuple):
    """A claim with what its row tells besides."""

    claim: evidence.Claim
    key: int
    conflict: int
    claimant: int
    event: int | None
    event_conflict: int | None
    day: str | None
    is_copy: bool  # it says of its event what the event says

    @property
    def unit(self) -> tuple[object, ...]:
        apart = self.event is None or self.claim.measure == PERIOD or self.claim.kind == "silence"
        return (self.key,) if apart else (self.event, self.claim.harm)

    def left_untallied(self) -> Row:
        return self.key, self.event

    def fate(self, fate: Fate) -> Row:
        month = (self.day or "")[:7]
        return self.key, self.event, self.conflict, month, self.claim.harm, fate.side, fate.letters


def of_events(events: Sequence[int], known: Known) -> Settled:
    """Everything about these events."""
    keys = [key for batch in record.batches(list(events)) for (key,) in tuples(_about(batch))]
    return _settled(*_stored(keys, known), known)


def of_no_event(claims: Sequence[int], known: Known) -> Settled:
    """These claims, which are about no event."""
    return _settled(*_stored(claims, known), known)


def _about(events: list[int]) -> Any:
    return Claim.select(Claim.id).where(record.having(Claim.event, events)).order_by(Claim.id)


def _stored(keys: Sequence[int], known: Known) -> tuple[list[_Stored], dict[str, int]]:
    """These claims, and the keys of their sources."""
    found = record.by_key(list(keys), *COPIES)
    reported = record.reported([row[0] for row in found])
    made = record.as_evidence(found, known.told, reported)
    width = len(record.FIELDS)
    return [_with_copies(claim, row, *row[width:]) for claim, row in zip(made, found, strict=True)], reported.sources


def _with_copies(
    claim: evidence.Claim, row: Row, event: int | None, conflict: int | None, first: str | None, last: str | None,
    event_date: str | None, event_until: str | None,
) -> _Stored:  # fmt: skip
    is_copy = event is None or (row[3], event_date, event_until) == (conflict, first, last)
    return _Stored(claim, row[0], row[3], row[5], event, conflict, event_date, is_copy)


def _settled(stored: list[_Stored], sources: dict[str, int], known: Known) -> Settled:
    units: dict[tuple[object, ...], list[_Stored]] = defaultdict(list)
    for one in stored:
        units[one.unit].append(one)
    within, crossed = _related(stored)
    replaced = _replaced([one for one in stored if one.event is None])
    outcomes = Outcomes(_world(stored, known))
    settled = Settled([], [], [])
    for unit, members in units.items():
        if unit in crossed or not all(map(_can_be_tallied, members)) or _about_whom(members[0]) in replaced:
            settled.untallied.extend(one.left_untallied() for one in members)
        elif members[0].event is None:
            settled.fates.extend(one.fate(alone(one.claim)) for one in members)
        else:
            _settle(members, within[unit], outcomes, sources, settled)
    return settled


def _can_be_tallied(one: _Stored) -> bool:
    return one.is_copy and one.claim.kind != "silence" and one.claim.measure != PERIOD


def _related(
    stored: list[_Stored],
) -> tuple[dict[tuple[object, ...], list[evidence.Relation]], set[tuple[object, ...]]]:
    """The relations inside each unit, and the units over whose border one reaches."""
    units = {one.claim.id: one.unit for one in stored}
    within: dict[tuple[object, ...], list[evidence.Relation]] = defaultdict(list)
    crossed = set()
    _, relations = record.acting([one.key for one in stored])
    for relation in relations:
        ends = {units.get(relation.claim), units.get(relation.target)}
        if len(ends) == 1:
            within[units[relation.claim]].append(relation)
        else:
            crossed |= {end for end in ends if end}
    return within, crossed


def _about_whom(one: _Stored) -> tuple[int, str, int] | None:
    return None if one.event is not None else (one.claimant, one.claim.harm, one.conflict)


def _replaced(stored: list[_Stored]) -> set[tuple[int, str, int] | None]:
    """By whom, on which harm and conflict a figure was replaced: the parts that went with it depend on the question."""
    found: set[tuple[int, str, int] | None] = set()
    for batch in record.batches(sorted({one.claimant for one in stored})):
        query = Relation.select(Claim.claimant, Claim.harm, Claim.conflict).join(Claim, on=Relation.target)
        query = query.where(Relation.kind == "supersedes", Claim.event.is_null(), record.having(Claim.claimant, batch))
        found |= {(claimant, harm or "", conflict) for claimant, harm, conflict in tuples(query)}
    return found


def _world(stored: Iterable[_Stored], known: Known) -> evidence.World:
    return evidence.world(*known.few, record.events_having(sorted({one.event for one in stored if one.event})))


def _settle(
    members: list[_Stored], relations: list[evidence.Relation], outcomes: Outcomes, sources: dict[str, int],
    settled: Settled,
) -> None:  # fmt: skip
    try:
        outcome = outcomes.of([one.claim for one in members], relations)
    except Refused:  # as the question will be
        settled.untallied.extend(one.left_untallied() for one in members)
        return
    first = members[0]
    claimants = {one.claim.claimant: one.claimant for one in members}
    settled.fates.extend(one.fate(outcome.fates[one.claim.id]) for one in members)
    for amounts, policies in outcome.cells.items():
        head = first.event, first.claim.harm, amounts.side, policies, first.conflict, first.day
        settled.tallies.append(head + _columns(amounts, claimants, sources))


def _columns(cell: Amounts, claimants: dict[str, int], sources: dict[str, int]) -> Row:
    return (
        cell.low, cell.best, cell.high, int(cell.open_ended), int(cell.imputed), int(cell.incomplete),
        int(cell.disputed), cell.spread, cell.claims, packed(claimants[c] for c in cell.claimants),
        packed(sources[s] for s in cell.sources), cell.missing, cell.victims, cell.larger,
    )  # fmt: skip
