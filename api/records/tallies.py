"""Keeps the tallies beside the record (docs/adr/0005): follows every write, makes them anew, proves them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from peewee import fn

from api.db import database, is_postgres, rows, tuples
from api.models import (
    Claim,
    Claimant,
    Event,
    Fate,
    Record,
    Relation,
    Report,
    RollUp,
    RollUpLeft,
    Source,
    Table,
    Tallied,
    Tally,
    Untallied,
)
from api.queries import units
from api.queries.record import GREATEST
from api.queries.sums import left_over, rolled_up

TABLES = (Tally, Fate, Untallied, RollUp, RollUpLeft)
BATCH = 500
Row = tuple[Any, ...]
Month = tuple[int, str]
Step = Callable[[int], object]  # told how many events or claims were done


def follow(revision: int, written: Mapping[type[Record], set[int]]) -> None:
    """Bring the tallies up to `revision`, which wrote the records with these keys.

    Tallies that lag behind already stay behind, and are not used, until they are made anew. So it is when a large
    record's sides change, on which every cell may depend.
    """
    if not _holds_at(revision - 1):
        return
    if _changes_camps(revision):
        if Claim.select().count() <= GREATEST:
            rebuild(revision)
        return
    claims = _claims_of(written)
    events = {event for event in _events_of(claims) if event is not None} | written.get(Event, set())
    touch(events, claims)
    _stamp(revision)


def touch(events: Iterable[int], claims: Iterable[int] = ()) -> None:
    """Settle these events anew, and of these claims those that are about no event; then the months that they lie in."""
    about, alone = sorted(events), sorted(claims)
    months = _forget(about, alone)
    known = units.known()
    for batch in _batches(about):
        months |= _write(units.of_events(batch, known))
    for batch in _batches(alone):
        without = tuples(Claim.select(Claim.id).where(Claim.id.in_(batch), Claim.event.is_null()))
        months |= _write(units.of_no_event([key for (key,) in without], known))
    for month in sorted(months):
        _roll_up(month)


def rebuild(revision: int, step: Step = lambda done: None) -> None:
    """Make all tallies from nothing."""
    for table in TABLES:
        table.delete().execute()
    known = units.known()
    for settled in _everything(known, step):
        _write(settled)
    for month in _months():
        _roll_up(month)
    _stamp(revision)


def size() -> int:
    """How many steps `rebuild` and `verify` take."""
    alone = Claim.select().where(Claim.event.is_null()).count()
    return int(Event.select().count()) + int(alone)


# What a write touches --------------------------------------------------------------------------------------------


def _holds_at(revision: int) -> bool:
    return tuples(Tallied.select(Tallied.revision)) == [(revision,)]


def _stamp(revision: int) -> None:
    Tallied.delete().execute()
    Tallied.insert(id=1, revision=revision).execute()


#: Whether a revision changed of which camp an older side is, which members an older coalition has, or which sides or
#: parent an older conflict: every cell may depend on it.
CAMPS_CHANGED = """
SELECT 1 FROM side_membership_version WHERE held_until = {mark}
UNION ALL
SELECT 1 FROM side_membership WHERE held_from = {mark} AND (
    side_id IN (SELECT id FROM side_version WHERE held_until = {mark})
    OR member_of_id IN (SELECT id FROM side WHERE held_from < {mark})
    OR member_of_id IN (SELECT id FROM side_version WHERE held_until = {mark}))
UNION ALL
SELECT 1 FROM conflict_side_version WHERE held_until = {mark}
UNION ALL
SELECT 1 FROM conflict_side WHERE held_from = {mark}
    AND conflict_id IN (SELECT id FROM conflict_version WHERE held_until = {mark})
UNION ALL
SELECT 1 FROM conflict_version AS old JOIN conflict ON conflict.id = old.id
    WHERE old.held_until = {mark} AND COALESCE(old.parent_id, 0) <> COALESCE(conflict.parent_id, 0)
LIMIT 1
"""


def _changes_camps(revision: int) -> bool:
    sql = CAMPS_CHANGED.format(mark=_mark())
    return bool(rows(sql, [revision] * CAMPS_CHANGED.count("{mark}")))


def _claims_of(written: Mapping[type[Record], set[int]]) -> set[int]:
    """The claims that were written, reported, related, or are of what was written."""
    found = set(written.get(Claim, ()))
    for model, select in _CLAIMS.items():
        for batch in _batches(sorted(written.get(model, ()))):
            for query in select(batch):
                found |= {key for (key,) in tuples(query)}
    return found


#: From records of a noun to claims whose figures may read otherwise.
_CLAIMS: dict[type[Record], Callable[[list[int]], list[Any]]] = {
    Report: lambda keys: [Report.select(Report.claim).where(Report.id.in_(keys))],
    Source: lambda keys: [Report.select(Report.claim).where(Report.source.in_(keys)).distinct()],
    Claimant: lambda keys: [Claim.select(Claim.id).where(Claim.claimant.in_(keys))],
    Relation: lambda keys: [
        Relation.select(Relation.claim).where(Relation.id.in_(keys)),
        Relation.select(Relation.target).where(Relation.id.in_(keys)),
        _fellows(keys),
    ],
}


def _fellows(relations: list[int]) -> Any:
    """What the claimant of a replaced running figure said besides: the parts that go with it (rule 4)."""
    Other = Claim.alias("other")
    replaced = Relation.select(Relation.target).where(Relation.id.in_(relations), Relation.kind == "supersedes")
    same = (Other.claimant == Claim.claimant) & (Other.conflict == Claim.conflict)
    return (
        Claim.select(Other.id)
        .join(Other, on=same)
        .where(Claim.id.in_(replaced), Claim.event.is_null(), Other.event.is_null())
        .distinct()
    )


def _events_of(claims: Iterable[int]) -> set[int | None]:
    """The events that the claims are about, and those that they were about when they were last settled."""
    found: set[int | None] = set()
    for batch in _batches(sorted(claims)):
        for event, claim in (
            (Claim.event, Claim.id),
            (Fate.event_id, Fate.claim),
            (Untallied.event_id, Untallied.claim),
        ):
            found |= {key for (key,) in tuples(event.model.select(event).where(claim.in_(batch)).distinct())}
    return found


# Rows ------------------------------------------------------------------------------------------------------------


def _forget(events: list[int], claims: list[int]) -> set[Month]:
    """Delete what is told of these; the months in which it was counted."""
    months: set[Month] = set()
    for batch in _batches(events):
        months |= _delete(Fate, Fate.event_id.in_(batch))
        months |= {(conflict, day[:7]) for conflict, day in _delete_tallies(batch)}
        Untallied.delete().where(Untallied.event_id.in_(batch)).execute()
    for batch in _batches(claims):
        months |= _delete(Fate, Fate.claim.in_(batch))
        Untallied.delete().where(Untallied.claim.in_(batch)).execute()
    return months


def _delete(model: Any, condition: Any) -> set[Month]:
    months = set(tuples(model.select(model.conflict_id, model.month).where(condition).distinct()))
    model.delete().where(condition).execute()
    return months


def _delete_tallies(events: list[int]) -> set[tuple[int, str]]:
    condition = Tally.event.in_(events)
    found = set(tuples(Tally.select(Tally.conflict_id, Tally.day).where(condition).distinct()))
    Tally.delete().where(condition).execute()
    return found


def _write(settled: units.Settled) -> set[Month]:
    """Insert rows; the months in which they are counted."""
    _insert(Tally, settled.tallies)
    _insert(Fate, settled.fates)
    _insert(Untallied, settled.untallied)
    return {(row[2], row[3]) for row in settled.fates} | {(row[4], row[5][:7]) for row in settled.tallies}


def _insert(model: type[Table], found: Sequence[Row]) -> None:
    if found:
        columns = ", ".join(field.column_name for field in model._meta.sorted_fields)
        marks = ", ".join([_mark()] * len(found[0]))
        cursor = database.cursor()
        cursor.executemany(f"INSERT INTO {model._meta.table_name} ({columns}) VALUES ({marks})", found)


def _mark() -> str:
    return "%s" if is_postgres() else "?"


def _roll_up(month: Month) -> None:
    """Make the roll-ups of one conflict and month anew."""
    conflict, name = month
    for table in (RollUp, RollUpLeft):
        table.delete().where(_of_month(table, conflict, name)).execute()
    _insert(RollUp, rolled_up(_tallies_of(month)))
    _insert(RollUpLeft, left_over(_fates_of(month)))


def _tallies_of(month: Month) -> list[Row]:
    conflict, name = month
    within = Tally.day.between(f"{name}-01", f"{name}-31")
    return _rows_of(Tally, (Tally.conflict_id == conflict) & within) if name else []


def _fates_of(month: Month) -> list[Row]:
    alike = Fate.conflict_id, Fate.month, Fate.harm, Fate.letters
    query = Fate.select(*alike, fn.COUNT(Fate.claim)).where(Fate.conflict_id == month[0], Fate.month == month[1])
    return tuples(query.group_by(*alike))


def _months() -> list[Month]:
    found = set(tuples(Fate.select(Fate.conflict_id, Fate.month).distinct()))
    return sorted(found)


def _rows_of(model: Any, condition: Any) -> list[Row]:
    """Rows as they are inserted; bytes as bytes on both engines."""
    return [_plain(row) for row in tuples(model.select(*model._meta.sorted_fields).where(condition))]


def _plain(row: Row) -> Row:
    return tuple(bytes(value) if isinstance(value, memoryview | bytearray) else value for value in row)


def _everything(known: units.Known, step: Step) -> Iterator[units.Settled]:
    """All of the record, settled from nothing, in the order of keys."""
    for batch in _all_keys(Event.id, None):
        yield units.of_events(batch, known)
        step(len(batch))
    for batch in _all_keys(Claim.id, Claim.event.is_null()):
        yield units.of_no_event(batch, known)
        step(len(batch))


def _all_keys(column: Any, condition: Any) -> Iterator[list[int]]:
    last = 0
    while True:
        query = column.model.select(column).where(column > last)
        if condition is not None:
            query = query.where(condition)
        found = [key for (key,) in tuples(query.order_by(column).limit(BATCH))]
        if not found:
            return
        yield found
        last = found[-1]


def _batches(keys: list[int]) -> Iterator[list[int]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


# Proof -----------------------------------------------------------------------------------------------------------


def first_difference(revision: int, step: Step = lambda done: None) -> str | None:
    """How the tables first differ from what the record gives when it is settled from nothing; None: not at all."""
    if not _holds_at(revision):
        return f"the tallies do not hold at revision {revision}: rebuild them"
    counted: Counter[Any] = Counter()
    for model, wanted, condition in _should_be(step):
        counted[model] += len(wanted)
        if difference := _difference(model, wanted, _rows_of(model, condition)):
            return difference
    return next((extra for model in TABLES if (extra := _surplus(model, counted[model]))), None)


def _should_be(step: Step) -> Iterator[tuple[Any, list[Row], Any]]:
    """Part by part: a table, the rows that it should have, and the condition that selects these."""
    for settled in _everything(units.known(), step):
        parts: tuple[tuple[Any, list[Row]], ...] = (
            (Tally, settled.tallies), (Fate, settled.fates), (Untallied, settled.untallied)
        )  # fmt: skip
        for model, wanted in parts:
            first = model._meta.sorted_fields[0]
            for batch in _batches(sorted({row[0] for row in wanted})):
                among = set(batch)
                yield model, [row for row in wanted if row[0] in among], first.in_(batch)
    for conflict, name in _months():
        yield RollUp, rolled_up(_tallies_of((conflict, name))), _of_month(RollUp, conflict, name)
        yield RollUpLeft, left_over(_fates_of((conflict, name))), _of_month(RollUpLeft, conflict, name)


def _of_month(model: Any, conflict: int, name: str) -> Any:
    return (model.conflict_id == conflict) & (model.month == name)


def _difference(model: Any, wanted: Iterable[Row], stored: Iterable[Row]) -> str | None:
    missing, surplus = set(wanted) - set(stored), set(stored) - set(wanted)
    if not missing and not surplus:
        return None
    row = min(missing | surplus, key=repr)
    told = dict(zip((field.column_name for field in model._meta.sorted_fields), row, strict=True))
    return f"{model._meta.table_name}: {'there should be' if row in missing else 'there should not be'} {told}"


def _surplus(model: Any, number: int) -> str | None:
    there = int(model.select().count())
    return None if there == number else f"{model._meta.table_name} has {there} rows, of which {number} should be there"
