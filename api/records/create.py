"""New records: all of them are written under one revision, or none is and every fault is told."""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from marshmallow import ValidationError

from api.db import tuples, writing
from api.models import Claim, Event, Record, Report, Revision
from api.records.folding import refold
from api.records.nouns import NOUNS, Many, Noun

BATCH = 500
Document = Mapping[str, Any]


class Fault(NamedTuple):
    """What is wrong, and where: the noun, the position of the record in what was given, the field."""

    noun: str
    position: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.noun}, record {self.position + 1}, {self.field}: {self.message}"


class Refused(Exception):
    """Records that cannot be written; nothing was."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def create(given: Mapping[str, Sequence[Document]], reason: str) -> int:
    """Write records of any nouns under one new revision, whose number is returned. Raises `Refused`."""
    loaded = {noun.name: _validated(noun, given[noun.name]) for noun in NOUNS.values() if given.get(noun.name)}
    with writing():
        stamp = _next_revision(reason)
        written = {name: _write(NOUNS[name], documents, stamp) for name, documents in loaded.items()}
        _refuse_unsourced_claims(written.get("claims", {}))
        for name, keys in written.items():
            refold(NOUNS[name].model, list(keys.values()))
    return int(stamp["revision"])


def _validated(noun: Noun, documents: Sequence[Document]) -> list[dict[str, Any]]:
    schema, loaded, faults = noun.schema(), [], []
    for position, document in enumerate(documents):
        try:
            loaded.append(schema.load(document))
        except ValidationError as error:
            faults += [Fault(noun.name, position, *fault) for fault in _flat(error.messages)]
    if faults:
        raise Refused(faults)
    return loaded


def _flat(messages: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """marshmallow's nested messages as `(field, message)`."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flat(inner, f"{path}/{name}" if path else str(name))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield path, str(message)


def _next_revision(reason: str) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    newest = Revision.select(Revision.number).order_by(Revision.number.desc()).limit(1).scalar() or 0
    Revision.insert(number=newest + 1, made_at=now, reason=reason).execute()
    return {"revision": newest + 1, "created_at": now, "updated_at": now, "held_from": newest + 1}


def _write(noun: Noun, documents: list[dict[str, Any]], stamp: dict[str, Any]) -> dict[str, int]:
    """Rows of one noun; returns their keys by slug."""
    _refuse_taken(noun, documents)
    within = [name for name, model in noun.references.items() if model is noun.model]
    outside = {name: model for name, model in noun.references.items() if name not in within}
    rows = _resolved(noun.name, [_row(noun, document) for document in documents], outside)
    if noun.model is Claim:
        _copy_event_days(rows)
    _insert(noun.model, [{**row, **dict.fromkeys(within), **stamp} for row in rows])
    keys = _keys(noun.model, [row["slug"] for row in rows])
    for name in within:
        _point_within(noun, name, rows, keys)
    for name, many in noun.lists.items():
        _write_list(noun, many, [(keys[document["id"]], document[name]) for document in documents], stamp)
    return keys


def _row(noun: Noun, document: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in document.items() if name not in noun.lists and name != "id"}
    lists = {name: json.dumps(value, ensure_ascii=False) for name, value in own.items() if isinstance(value, list)}
    return own | lists | {"slug": document["id"]}


def _refuse_taken(noun: Noun, documents: list[dict[str, Any]]) -> None:
    seen = set(_keys(noun.model, [document["id"] for document in documents]))
    faults = []
    for position, document in enumerate(documents):
        if document["id"] in seen:
            faults.append(Fault(noun.name, position, "id", f"{document['id']} is taken."))
        seen.add(document["id"])
    if faults:
        raise Refused(faults)


def _resolved(
    noun_name: str, rows: list[dict[str, Any]], references: Mapping[str, type[Record]]
) -> list[dict[str, Any]]:
    """Rows with keys in place of slugs."""
    faults = []
    for name, model in references.items():
        keys = _keys(model, sorted({row[name] for row in rows if row[name] is not None}))
        for position, row in enumerate(rows):
            slug = row[name]
            row[name] = keys.get(slug)
            if slug is not None and slug not in keys:
                faults.append(Fault(noun_name, position, name, f"there is no {model._meta.table_name} {slug}."))
    if faults:
        raise Refused(faults)
    return rows


def _keys(model: type[Record], slugs: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(slugs), BATCH):
        batch = slugs[start : start + BATCH]
        found |= {slug: key for slug, key in tuples(model.select(model.slug, model.id).where(model.slug.in_(batch)))}
    return found


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        model.insert_many(rows[start : start + BATCH]).execute()


def _point_within(noun: Noun, name: str, rows: list[dict[str, Any]], keys: dict[str, int]) -> None:
    """References among the records of one noun, once all of them have keys."""
    for row in _resolved(noun.name, [row for row in rows if row[name] is not None], {name: noun.model}):
        noun.model.update({name: row[name]}).where(noun.model.id == keys[row["slug"]]).execute()


def _write_list(noun: Noun, many: Many, owned: list[tuple[int, list[Any]]], stamp: dict[str, Any]) -> None:
    rows = [
        many.row(entry) | {many.owner: owner, "position": position, "held_from": stamp["held_from"]}
        for owner, entries in owned
        for position, entry in enumerate(entries)
    ]
    _insert(many.table, _resolved(noun.name, rows, many.references))


def _copy_event_days(rows: list[dict[str, Any]]) -> None:
    """The days that a claim is about: those of its event, else those that it covers."""
    events = sorted({row["event"] for row in rows if row["event"]})
    days: dict[int, tuple[str, str]] = {}
    for start in range(0, len(events), BATCH):
        batch = Event.id.in_(events[start : start + BATCH])
        for key, first, last in tuples(Event.select(Event.id, Event.started_on, Event.ended_on).where(batch)):
            days[key] = first, last
    for row in rows:
        row["event_date"], row["event_until"] = days.get(row["event"], (row["covers_from"], row["covers_to"]))


def _refuse_unsourced_claims(keys: dict[str, int]) -> None:
    """A claim without a report does not exist: every number has a source."""
    reported = {claim for (claim,) in tuples(Report.select(Report.claim).distinct())} if keys else set()
    faults = [
        Fault("claims", position, "id", f"{slug} has no report: every claim needs a source.")
        for position, (slug, key) in enumerate(keys.items())
        if key not in reported
    ]
    if faults:
        raise Refused(faults)
