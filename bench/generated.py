"""Deterministic records of any size, written without the checks of `api.records`: 10 claims an event.

In a database of any size, the first ten events have about 100 claims, and a country and a word that no other event has.

Eleven of the twelve conflicts are plain: several claimants of both camps and of none state each side's losses. So one
SQL query with windows can reconcile them too. The last conflict is not plain: it has parts by status and member, wholes
of all sides, corrections, periods, silences and running totals.
"""

import random
from collections.abc import Iterator
from typing import Any

from api.database.connection import database, is_postgres
from api.database.key_sets import split_batches
from api.database.models import (
    Claim,
    Claimant,
    Conflict,
    ConflictSide,
    Dataset,
    Event,
    EventSide,
    External,
    Record,
    Relation,
    Report,
    Revision,
    Side,
    SideMembership,
    Source,
)

CONFLICTS, THIRD_PARTIES, VOICES = 12, 200, 4
MESSY = CONFLICTS  # the key of the conflict that no window query can reconcile
FIRST_YEAR, YEARS = 2014, 10
Rows = Iterator[dict[str, Any]]
STAMP = {"revision": 1, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "held_from": 1}
BATCH = 20_000
RARE_EVENTS, RARE_COUNTRY, RARE_WORD = 10, "ZWE", "riverton"
COUNTRIES = ("ALB", "BGR", "CYP", "DZA", "EGY", "FIN", "GEO", "HUN")
COMMON_WORD, COMMON_EVERY = "market", 10  # the word of the claims of every tenth event
DATASET, DATASET_EVERY = "lists", 50  # the dataset from which the claims of every fiftieth event come


def write(claims: int) -> None:
    """Write about this number of claims into the current database, which has tables but no records."""
    write_world(claims)
    with database.atomic():
        for model in (Claim, Report, Relation, External):
            _insert(model, _many(model, claims // 10))
        if not is_postgres():  # almost no record has words
            searched = "SELECT id, folded FROM claim WHERE folded <> ''"
            database.execute_sql(f"INSERT INTO claim_search (rowid, folded) {searched}")
    if is_postgres():
        database.execute_sql("VACUUM ANALYZE")


def write_world(claims: int) -> None:
    """Write all records that this number of claims refers to."""
    with database.atomic():
        _insert(Revision, iter([{"number": 1, "made_at": STAMP["created_at"], "reason": "Generated."}]))
        for model, rows in _few(claims):
            _insert(model, rows)
        for model in (Event, EventSide):
            _insert(model, _many(model, claims // 10))


def write_spare_events(events: int, number: int) -> None:
    """Add `number` events without a claim after the first `events`."""
    with database.atomic():
        for model, make in ((Event, _event), (EventSide, _sides)):
            _insert(model, (row for event in range(events + 1, events + number + 1) for row in make(event, events)))


def _insert(model: Any, rows: Rows) -> None:
    table = model._meta.table_name
    for batch in split_batches(rows, BATCH):
        names, values = ", ".join(batch[0]), [tuple(row.values()) for row in batch]
        if is_postgres():
            with database.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(batch[0]))
            database.cursor().executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
    if is_postgres() and issubclass(model, Record):
        database.execute_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")


def _record(key: int, slug: str, **columns: Any) -> dict[str, Any]:
    return {"id": key, "slug": slug, **STAMP, **columns}


def _few(claims: int) -> Iterator[tuple[Any, Rows]]:
    conflicts = range(1, CONFLICTS + 1)
    slugs = {key: str(side_slug(key)) for key in range(1, 2 * CONFLICTS + 3)}
    members = [2 * CONFLICTS + 1, 2 * CONFLICTS + 2]
    yield Side, (_record(key, slug, name=slug, kind="state") for key, slug in slugs.items())
    yield (
        SideMembership,
        ({"side_id": key, "position": 0, "held_from": 1, "member_of_id": 2 * MESSY} for key in members),
    )
    yield Conflict, (_record(c, f"conflict-{c}", name=f"Conflict {c}") for c in conflicts)
    yield (
        ConflictSide,
        (
            {"conflict_id": c, "position": n, "held_from": 1, "side_id": 2 * c - 1 + n}
            for c in conflicts
            for n in (0, 1)
        ),
    )
    speaking = [2 * c - 1 + n for c in conflicts for n in (0, 1) for _ in range(VOICES)]
    yield (
        Claimant,
        (
            _record(key, f"claimant-{key}", name=f"Claimant {key}", kind="ministry", side_id=side)
            for key, side in enumerate([*speaking, *[None] * THIRD_PARTIES], 1)
        ),
    )
    yield Source, (
        _record(key, f"source-{key}", publisher=f"Paper {key % 400}", language="en", kind="report",
                reliability="ABCF"[key % 4])
        for key in range(1, max(claims // 50, 40) + 1)
    )  # fmt: skip
    yield Dataset, iter([
        {"slug": DATASET, "title": "Lists", "publisher": "Nobody", "licence": "CC BY 4.0", "citation": "Nobody.",
         "release": "1", "imported_at": STAMP["created_at"], "held_from": 1}
    ])  # fmt: skip


def side_slug(key: int | None) -> str | None:
    """Return the slug of a side by its key."""
    if key is None:
        return None
    if key > 2 * CONFLICTS:
        return f"member-{key - 2 * CONFLICTS}"
    return f"camp-{(key + 1) // 2}-{'ab'[(key + 1) % 2]}"


def _many(model: Any, events: int) -> Rows:
    makers = {
        Event: _event, EventSide: _sides, Claim: claims_of, Report: _reports, Relation: _relations,
        External: _brought,
    }  # fmt: skip
    for event in range(1, events + 1):
        yield from makers[model](event, events)


def _about(event: int) -> tuple[int, str]:
    """Return the conflict and the day of an event."""
    chance = random.Random(event)
    conflict = 1 + chance.randrange(CONFLICTS)
    return (
        conflict,
        f"{FIRST_YEAR + chance.randrange(YEARS)}-{1 + chance.randrange(12):02}-{1 + chance.randrange(28):02}",
    )


def _event(event: int, events: int) -> Rows:
    conflict, day = _about(event)
    types = ("Battles", "Explosions/Remote violence", "Violence against civilians")
    yield _record(
        event, f"event-{event}", conflict_id=conflict, name=f"Event {event}", type=types[event % 3], sub_type="unknown",
        violence="state_based", cause="unknown", started_on=day, ended_on=day,
        country=RARE_COUNTRY if event <= RARE_EVENTS else COUNTRIES[event % len(COUNTRIES)],
        admin1=f"Region {event % 40}",
        **_place(event),
    )  # fmt: skip


def _place(event: int) -> dict[str, Any]:
    """Return the place of an event: a point, a district, an area, or near a point; every fiftieth event has none."""
    if event % 50 == 7:
        return {"place": "", "latitude": None, "longitude": None, "place_precision": None}
    return {
        "place": f"Place {event % 5000}",
        "latitude": round(25 + event * 7919 % 2500 / 100, 2),
        "longitude": round(20 + event * 104729 % 4000 / 100, 2),
        "place_precision": {0: 3, 1: 4, 2: 6, 3: 2}.get(event % 10, 1),
    }


def _sides(event: int, events: int) -> Rows:
    conflict, _ = _about(event)
    for n in (0, 1):
        yield {"event_id": event, "position": n, "held_from": 1, "side_id": 2 * conflict - 1 + n, "role": "participant"}


def claims_of(event: int, events: int) -> Rows:
    """Yield ten claims: the killed and the injured of each side, by two or three claimants each, on different days."""
    conflict, day = _about(event)
    chance = random.Random(-event)
    for n in range(10):
        harm, subject = ("killed", "injured")[n % 2], 2 * conflict - 1 + n // 2 % 2
        claimant = _claimant(conflict, n, chance)
        best = chance.randrange(1, 60)
        low, high = (best, best) if chance.random() < 0.6 else (best - chance.randrange(best), None)
        told = {
            "kind": "casualty", "conflict_id": conflict, "event_id": event, "claimant_id": claimant,
            "stated_on": f"{int(day[:4]) + 1}-{1 + n:02}-01", "stated_until": f"{int(day[:4]) + 1}-{1 + n:02}-01",
            "subject_side_id": subject, "responsible_side_id": None, "harm": harm, "victim_status": "any",
            "victim_sex": "any", "victim_age": "any", "measure": "incident", "covers_from": None, "covers_to": None,
            "low": low, "best": best, "high": high, "qualifier": "as_given", "phrase_lang": "en",
            "confirmation": "reported", "credibility": 1 + chance.randrange(6), "event_date": day, "event_until": day,
            "folded": _words(event), "statement": f"statement-{event}-{n}" if event <= RARE_EVENTS else None,
        }  # fmt: skip
        if conflict == MESSY and event % 5 == 0 and n in (0, 8):
            told["claimant_id"] = _claimant(conflict, 0, chance)  # this claimant corrects its first figure
        elif conflict == MESSY:
            told |= _mess(event, n, subject, day, chance)
        yield _record(10 * event + n, f"claim-{10 * event + n}", **told)


def _words(event: int) -> str:
    """Return the search text of the claims about an event, as `api.listings.full_text` folds it."""
    words = [RARE_WORD] * (event <= RARE_EVENTS) + [COMMON_WORD] * (event % COMMON_EVERY == 0)
    return f" {' '.join(words)} " if words else ""


def _claimant(conflict: int, n: int, chance: random.Random) -> int:
    """Return a claimant of the first camp, of the second, or a third party; each makes one claim of a cell."""
    first = 2 * VOICES * (conflict - 1) + 1
    voices = 2 * VOICES * CONFLICTS
    return [first + n % VOICES, first + VOICES + n % VOICES, voices + 1 + chance.randrange(THIRD_PARTIES)][n // 4]


def _mess(event: int, n: int, subject: int, day: str, chance: random.Random) -> dict[str, Any]:
    lot = chance.random()
    if lot < 0.30:
        return {"victim_status": ("civilian", "member_of_armed_forces")[n // 2 % 2]}
    if lot < 0.35:
        return {"subject_side_id": None}
    if lot < 0.40 and subject == 2 * MESSY:
        return {"subject_side_id": 2 * CONFLICTS + 1 + n % 2}
    if lot < 0.42:
        return {"event_id": None, "measure": "cumulative", "covers_to": day, "event_date": None, "event_until": day}
    if lot < 0.425:
        last = day[:8] + "28"
        days = {"covers_from": day, "covers_to": last, "event_date": day, "event_until": last}
        return {"event_id": None, "measure": "period", **days}
    if lot < 0.427:
        days = {"covers_from": day, "covers_to": day, "event_date": day, "event_until": day}
        return {"event_id": None, "kind": "silence", "measure": None, "low": None, "best": None, "high": None, **days}
    if lot < 0.447:
        return {"responsible_side_id": 2 * MESSY - 1 if subject == 2 * MESSY else 2 * MESSY}
    return {}


def _reports(event: int, events: int) -> Rows:
    sources = max(events // 5, 40)
    for n in range(10):
        key = 10 * event + n
        yield _record(
            key, f"report-{key}", claim_id=key, source_id=1 + (event * 7 + n // 3) % sources, phrase_lang="en"
        )


def _relations(event: int, events: int) -> Rows:
    conflict, _ = _about(event)
    if conflict == MESSY and event % 5 == 0:
        yield _record(event, f"relation-{event}", claim_id=10 * event + 8, kind="supersedes", target_id=10 * event)


def _brought(event: int, events: int) -> Rows:
    if event % DATASET_EVERY == 0:
        for n in range(10):
            key = {"noun": "claims", "slug": f"claim-{10 * event + n}"}
            yield {**key, "dataset_id": DATASET, "digest": "0" * 64}
