"""Keeps the tallies beside the record (docs/adr/0005): follows every write, makes them anew, proves them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.db import database, each, for_each, is_postgres, one_of, rows, tuples
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
from api.queries.record import GREATEST, batches, having
from api.queries.sums import left_over, rolled_up
from api.records import keyset
from api.records.keyset import KeySet

TABLES = (Tally, Fate, Untallied, RollUp, RollUpLeft)
BATCH = 500
EVENTS = 100  # settled at once
MONTHS = 50  # rolled up at once
Row = tuple[Any, ...]
Month = tuple[int, str]
Step = Callable[[int], object]  # told how many events or claims were done


def follow(revision: int, written: Mapping[type[Record], KeySet]) -> None:
    """Bring the tallies up to `revision`, which wrote the records with these keys.

    Tallies that lag behind already stay behind, and are not used, until they are made anew. So it is when a large
    record's sides change, on which every cell may depend.
    """
    if not holds_at(revision - 1):
        return
    if _changes_camps(revision):
        if Claim.select().count() <= GREATEST:
            rebuild(revision)
        return
    claims = _claims_of(written)
    claims.update(_former_claims(revision))
    events = KeySet(_events_of(claims))
    events.update(written.get(Event, ()))
    touch(events, claims)
    _stamp(revision)


def touch(events: KeySet, claims: KeySet) -> None:
    """Settle these events anew, and of these claims those that are about no event; then the months that they lie in."""
    months = _forget(events, claims)
    known = units.known()
    for batch in events.batches(EVENTS):
        months |= _write(units.of_events(batch, known))
    for batch in claims.batches():
        without = tuples(Claim.select(Claim.id).where(having(Claim.id, batch), Claim.event.is_null()))
        months |= _write(units.of_no_event([key for (key,) in without], known))
    _roll_up(months)


def rebuild(revision: int, step: Step = lambda done: None) -> None:
    """Make all tallies from nothing."""
    for table in TABLES:
        table.delete().execute()
    known = units.known()
    for settled in _everything(known, step):
        _write(settled)
    _roll_up(_months())
    _stamp(revision)


def holds_at(revision: int) -> bool:
    """Whether the tallies have followed up to this revision; where not, answers do without them."""
    return tuples(Tallied.select(Tallied.revision)) == [(revision,)]


def size() -> int:
    """How many steps `rebuild` and `verify` take."""
    alone = Claim.select().where(Claim.event.is_null()).count()
    return int(Event.select().count()) + int(alone)


# What a write touches --------------------------------------------------------------------------------------------


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


def _claims_of(written: Mapping[type[Record], KeySet]) -> KeySet:
    """The claims that were written, reported, related, or are of what was written."""
    found = KeySet(written.get(Claim, ()))
    for model, select in _CLAIMS.items():
        for batch in written.get(model, KeySet()).batches():
            for query in select(batch):
                found.update(key for (key,) in each(*query.sql()))
    return found


#: From records of a noun to claims whose figures may read otherwise.
_CLAIMS: dict[type[Record], Callable[[list[int]], list[Any]]] = {
    Report: lambda keys: [Report.select(Report.claim).where(having(Report.id, keys))],
    Source: lambda keys: [Report.select(Report.claim).where(having(Report.source, keys))],
    Claimant: lambda keys: [Claim.select(Claim.id).where(having(Claim.claimant, keys))],
    Relation: lambda keys: [
        Relation.select(Relation.claim).where(having(Relation.id, keys)),
        Relation.select(Relation.target).where(having(Relation.id, keys)),
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


#: The claims that reports and relations were about before this revision, and the fellows of those replaced.
FORMER = """
SELECT claim_id FROM (
    SELECT claim_id FROM report_version WHERE held_until = {mark}
    UNION SELECT claim_id FROM relation_version WHERE held_until = {mark}
    UNION SELECT target_id FROM relation_version WHERE held_until = {mark}
    UNION SELECT other.id FROM relation_version AS old JOIN claim ON claim.id = old.target_id
        JOIN claim AS other ON other.claimant_id = claim.claimant_id AND other.conflict_id = claim.conflict_id
        WHERE old.held_until = {mark} AND claim.event_id IS NULL AND other.event_id IS NULL
) AS former WHERE claim_id > {mark} AND claim_id <= {mark}
"""
KEYS_AT_ONCE = 200_000


def _former_claims(revision: int) -> Iterator[int]:
    sql = FORMER.format(mark=_mark())
    greatest = int(Claim.select(Claim.id).order_by(Claim.id.desc()).limit(1).scalar() or 0)
    for start in range(0, greatest, KEYS_AT_ONCE):
        for (key,) in each(sql, [*[revision] * (FORMER.count("{mark}") - 2), start, start + KEYS_AT_ONCE]):
            yield key


def _events_of(claims: KeySet) -> Iterator[int]:
    """The events that the claims are about, and those that they were about when they were last settled."""
    for batch in claims.batches():
        for event, claim in (
            (Claim.event, Claim.id),
            (Fate.event_id, Fate.claim),
            (Untallied.event_id, Untallied.claim),
        ):
            about = event.model.select(event).where(having(claim, batch), event.is_null(False)).distinct()
            yield from (key for (key,) in tuples(about))


# Rows ------------------------------------------------------------------------------------------------------------


def _forget(events: KeySet, claims: KeySet) -> set[Month]:
    """Delete what is told of these; the months in which it was counted."""
    months: set[Month] = set()
    for batch in events.batches():
        months |= _forget_rows("fate", "month", "event_id", batch)
        months |= _forget_rows("tally", "substr(day, 1, 7)", "event_id", batch)
        _forget_rows("untallied", None, "event_id", batch)
    for batch in claims.batches():
        months |= _forget_rows("fate", "month", "claim_id", batch)
        _forget_rows("untallied", None, "claim_id", batch)
    return months


def _forget_rows(table: str, month: str | None, column: str, keys: list[int]) -> set[Month]:
    listed, values = one_of(keys)
    where = f"FROM {table} WHERE {column} IN {listed}"
    months = set(rows(f"SELECT DISTINCT conflict_id, {month} {where}", values)) if month else set()
    database.execute_sql(f"DELETE {where}", values)
    return months


def _write(settled: units.Settled) -> set[Month]:
    """Insert rows; the months in which they are counted."""
    _insert(Tally, settled.tallies)
    _insert(Fate, settled.fates)
    _insert(Untallied, settled.untallied)
    return {(row[2], row[3]) for row in settled.fates} | {(row[4], row[5][:7]) for row in settled.tallies}


def _insert(model: type[Table], found: Sequence[Row]) -> None:
    if found:
        marks = ", ".join([_mark()] * len(found[0]))
        for_each(f"INSERT INTO {_name(model)} ({_columns(model)}) VALUES ({marks})", found)


def _name(model: Any) -> str:
    return str(model._meta.table_name)


def _columns(model: Any) -> str:
    return ", ".join(field.column_name for field in model._meta.sorted_fields)


def _mark() -> str:
    return "%s" if is_postgres() else "?"


def _roll_up(months: Iterable[Month]) -> None:
    """Make the roll-ups of these conflicts and months anew."""
    for batch in keyset.batches(sorted(months), MONTHS):
        for month in batch:
            for model in (RollUp, RollUpLeft):
                database.execute_sql(f"DELETE FROM {_name(model)} WHERE {_of_month()}", month)
        _insert(RollUp, [row for month in batch for row in rolled_up(_tallies_of(month))])
        _insert(RollUpLeft, [row for month in batch for row in left_over(_fates_of(month))])


def _of_month() -> str:
    return f"conflict_id = {_mark()} AND month = {_mark()}"


def _tallies_of(month: Month) -> Iterator[Row]:
    conflict, name = month
    where = f"conflict_id = {_mark()} AND day BETWEEN {_mark()} AND {_mark()}"
    return _rows_of(Tally, where, (conflict, f"{name}-01", f"{name}-31")) if name else iter(())


def _fates_of(month: Month) -> list[Row]:
    """Counted here: SQLite would sort them first, in memory of their size."""
    alike = Counter(each(f"SELECT conflict_id, month, harm, letters FROM fate WHERE {_of_month()}", month))
    return [(*fate, claims) for fate, claims in alike.items()]


def _rows_of(model: Any, where: str, values: Sequence[Any] = ()) -> Iterator[Row]:
    """Rows as they are inserted; bytes as bytes on both engines."""
    found = each(f"SELECT {_columns(model)} FROM {_name(model)} WHERE {where}", values)
    return map(_plain, found) if is_postgres() else found


def _months() -> list[Month]:
    return sorted(set(rows("SELECT DISTINCT conflict_id, month FROM fate")))


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


# Proof -----------------------------------------------------------------------------------------------------------


def first_difference(revision: int, step: Step = lambda done: None) -> str | None:
    """How the tables first differ from what the record gives when it is settled from nothing; None: not at all."""
    if not holds_at(revision):
        return f"the tallies do not hold at revision {revision}: rebuild them"
    counted: Counter[Any] = Counter()
    for model, wanted, where, values in _should_be(step):
        counted[model] += len(wanted)
        if difference := _difference(model, wanted, _rows_of(model, where, values)):
            return difference
    return next((extra for model in TABLES if (extra := _surplus(model, counted[model]))), None)


def _should_be(step: Step) -> Iterator[tuple[Any, list[Row], str, Sequence[Any]]]:
    """Part by part: a table, the rows that it should have, and the condition that selects these."""
    for settled in _everything(units.known(), step):
        parts: tuple[tuple[Any, list[Row]], ...] = (
            (Tally, settled.tallies), (Fate, settled.fates), (Untallied, settled.untallied)
        )  # fmt: skip
        for model, wanted in parts:
            for batch in batches(sorted({row[0] for row in wanted})):
                among = set(batch)
                listed, values = one_of(batch)
                where = f"{model._meta.sorted_fields[0].column_name} IN {listed}"
                yield model, [row for row in wanted if row[0] in among], where, values
    for month in _months():
        yield RollUp, rolled_up(_tallies_of(month)), _of_month(), month
        yield RollUpLeft, left_over(_fates_of(month)), _of_month(), month


def _difference(model: Any, wanted: Iterable[Row], stored: Iterable[Row]) -> str | None:
    should, does = set(wanted), set(stored)
    if should == does:
        return None
    row = min(should ^ does, key=repr)
    told = dict(zip(_columns(model).split(", "), row, strict=True))
    return f"{_name(model)}: {'there should be' if row in should else 'there should not be'} {told}"


def _surplus(model: Any, number: int) -> str | None:
    there = int(model.select().count())
    return None if there == number else f"{_name(model)} has {there} rows, of which {number} should be there"
