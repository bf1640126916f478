"""Documents become rows: references resolved, lists in tables of their own, copies of what others say filled in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from api.db import tuples
from api.models import Claim, Event, Record
from api.records.faults import Fault, Refused, flat
from api.records.nouns import Many, Noun

BATCH = 500
Row = dict[str, Any]


def validated(noun: Noun, given: list[Any]) -> list[dict[str, Any]]:
    """The documents as their schema loads them. Raises `Refused` with every fault of all of them."""
    schema, loaded, faults = noun.schema(), [], []
    for position, document in enumerate(given):
        try:
            loaded.append(schema.load(document))
        except ValidationError as error:
            faults += [Fault(noun.name, position, *fault) for fault in flat(error.messages)]
    if faults:
        raise Refused(faults)
    return loaded


def own_columns(noun: Noun, document: dict[str, Any]) -> Row:
    """The document's values without its lists of references; other lists are JSON text."""
    own = {name: value for name, value in document.items() if name not in noun.lists and name != "id"}
    lists = {name: json.dumps(value, ensure_ascii=False) for name, value in own.items() if isinstance(value, list)}
    return own | lists | {"slug": document["id"]}


def resolved(noun_name: str, rows: list[Row], references: Mapping[str, type[Record]]) -> list[Row]:
    """The rows with keys in place of slugs. Raises `Refused` for each that names nothing."""
    faults = []
    for name, model in references.items():
        known = keys(model, sorted({row[name] for row in rows if row[name] is not None}))
        for position, row in enumerate(rows):
            slug = row[name]
            row[name] = known.get(slug)
            if slug is not None and slug not in known:
                faults.append(Fault(noun_name, position, name, f"there is no {model._meta.table_name} {slug}."))
    if faults:
        raise Refused(faults)
    return rows


def keys(model: type[Record], slugs: list[str]) -> dict[str, int]:
    """The integer keys of the slugs that exist."""
    found: dict[str, int] = {}
    for batch in batches(slugs):
        found |= {slug: key for slug, key in tuples(model.select(model.slug, model.id).where(model.slug.in_(batch)))}
    return found


def refuse_repeated(noun: Noun, rows: list[Row], own: Sequence[int] = ()) -> None:
    """Raise `Refused` for each row that says what another record, or another row, says; `own` are the rows' keys."""
    if not noun.together:
        return
    first, *_ = columns = [getattr(noun.model, name) for name in noun.together]
    said: dict[tuple[Any, ...], str] = {}
    for batch in batches(sorted({row[first.name] for row in rows})):
        others = noun.model.select(noun.model.slug, *columns).where(first.in_(batch) & noun.model.id.not_in(own))
        said |= {tuple(told): slug for slug, *told in tuples(others)}
    faults = []
    for position, row in enumerate(rows):
        told = tuple(row[name] for name in noun.together)
        if told in said:
            faults.append(Fault(noun.name, position, noun.together[-1], f"{said[told]} says the same."))
        said[told] = row["slug"]
    if faults:
        raise Refused(faults)


def insert(model: Any, rows: list[Row]) -> None:
    for batch in batches(rows):
        model.insert_many(batch).execute()


def batches(values: list[Any]) -> Iterator[list[Any]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def write_list(noun: Noun, many: Many, owned: list[tuple[int, list[Any]]], revision: int) -> None:
    """The rows of one list of several owners: `(owner's key, entries)`."""
    rows = [
        many.row(entry) | {many.owner: owner, "position": position, "held_from": revision}
        for owner, entries in owned
        for position, entry in enumerate(entries)
    ]
    insert(many.table, resolved(noun.name, rows, many.references))


def copy_event_days(noun: Noun, rows: list[Row]) -> None:
    """The days that a claim is about: those of its event, else those that it covers."""
    if noun.model is not Claim:
        return
    days: dict[int, tuple[str, str]] = {}
    for batch in batches(sorted({row["event"] for row in rows if row["event"]})):
        events = Event.select(Event.id, Event.started_on, Event.ended_on).where(Event.id.in_(batch))
        days |= {key: (first, last) for key, first, last in tuples(events)}
    for row in rows:
        row["event_date"], row["event_until"] = days.get(row["event"], (row["covers_from"], row["covers_to"]))
