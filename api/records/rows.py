"""Documents become rows: references resolved, lists in tables of their own, copies of what others say filled in."""

import functools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from marshmallow import ValidationError

from api.db import tuples
from api.models import Record, Table
from api.records import bulk
from api.records.faults import Fault, Refused, flat
from api.records.keyset import batches
from api.records.nouns import NOUNS, Many, Noun
from api.records.register import Named, Register
from schemas.accepting import Accept, acceptor

Document = Mapping[str, Any]


def validated(noun: Noun, given: Iterable[Any]) -> list[dict[str, Any]]:
    """The documents as their schema loads them. Raises `Refused` with every fault of all of them."""
    loaded, faults = sound(noun, given)
    if faults:
        raise Refused(faults)
    return loaded


def sound(noun: Noun, given: Iterable[Any]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The documents as their schema loads them, without the fields that have faults, and these faults."""
    accept, schema = _acceptor(noun.name), noun.schema
    loaded: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for position, document in enumerate(given):
        try:
            loaded.append(accept(document) or schema.load(document))
        except ValidationError as error:
            faults += [Fault(noun.name, position, *fault) for fault in flat(error.messages)]
            loaded.append(_sound(noun, document, error))
    return loaded, faults


def _sound(noun: Noun, given: Any, error: ValidationError) -> dict[str, Any]:
    wrong: Any = error.messages
    found = {name: value for name, value in dict(error.valid_data or {}).items() if name not in wrong}
    for name, many in noun.lists.items():
        if isinstance(wrong.get(name), dict):
            found[name] = [many.sound(entry, wrong[name].get(n)) for n, entry in enumerate(given[name])]
    return found


@functools.cache
def _acceptor(noun: str) -> Accept:
    return acceptor(NOUNS[noun].schema)


# References ------------------------------------------------------------------------------------------------------


def referred(noun: Noun, documents: Sequence[Document]) -> dict[type[Record], set[str]]:
    """The slugs to which documents of the noun refer, by what they are slugs of."""
    found: dict[type[Record], set[Any]] = defaultdict(set)
    for name, model in noun.references.items():
        found[model] |= {document.get(name) for document in documents}
    for name, many in noun.lists.items():
        found[many.model] |= {many.slug(entry) for document in documents for entry in document.get(name, ())}
    return {model: slugs - {None} for model, slugs in found.items()}


def dangling(noun: Noun, documents: Iterable[Document], missing: Mapping[type[Record], set[str]]) -> Iterator[Fault]:
    """A fault for each reference to one of the slugs that are missing."""
    for position, document in enumerate(documents):
        for path, model, slug in _references(noun, document):
            if slug in missing.get(model, ()):
                yield Fault(noun.name, position, path, f"there is no {model._meta.table_name} {slug}.")


def repeated(noun: Noun, documents: Sequence[Document], register: Register, own: Sequence[int] = ()) -> Iterator[Fault]:
    """A fault for each document that says what another record, or another document, says; `own` are their keys."""
    if not noun.together:
        return
    given = [(n, document) for n, document in enumerate(documents) if document.keys() >= set(noun.together)]
    columns = Columns(noun, [document for _, document in given], register)
    tolds = list(zip(*map(columns.meant, noun.together), strict=True))
    first, *_ = fields = [getattr(noun.model, name) for name in noun.together]
    said: dict[tuple[Any, ...], str] = {}
    for batch in batches(sorted({told[0] for told in tolds if isinstance(told[0], int)})):
        others = noun.model.select(noun.model.slug, *fields).where(first.in_(batch) & noun.model.id.not_in(own))
        said |= {tuple(told): slug for slug, *told in tuples(others)}
    for told, (position, document) in zip(tolds, given, strict=True):
        if told in said:
            yield Fault(noun.name, position, noun.together[-1], f"{said[told]} says the same.")
        said[told] = document.get("id", f"record {position + 1}")


def _references(noun: Noun, document: Document) -> Iterator[tuple[str, type[Record], str | None]]:
    """Where a document refers to what, and to which slug."""
    yield from ((name, model, document.get(name)) for name, model in noun.references.items())
    for name, many in noun.lists.items():
        for number, entry in enumerate(document.get(name, ())):
            yield many.path(name, number), many.model, many.slug(entry)


# Rows ------------------------------------------------------------------------------------------------------------


class Columns:
    """The columns of documents of one noun: their values, keys of what they refer to, lists as JSON, copies of days."""

    def __init__(self, noun: Noun, documents: Sequence[Document], register: Register) -> None:
        self.noun, self.documents = noun, documents
        self.named: dict[str, list[Named | None]] = {}  # what is referred to; None: nothing, or not written yet
        for name, model in noun.references.items():
            slugs = self.told(name)
            known = register.find(model, set(slugs) - {None})
            self.named[name] = [known.get(slug) for slug in slugs]

    def told(self, name: str) -> list[Any]:
        return [document[name] for document in self.documents]

    def has(self, name: str) -> bool:
        """Whether documents give this column of the table."""
        return name in ("slug", *DAYS_OF_CLAIM) or (name != "id" and name in self.noun.schema.fields)

    def of(self, name: str) -> Iterable[Any]:
        """The values of a column that documents give."""
        if name == "slug":
            return self.told("id")
        if name in self.named:
            return [named and named.key for named in self.named[name]]
        if name in self.noun.texts:
            return [json.dumps(told, ensure_ascii=False) if told else "[]" for told in self.told(name)]
        if name in DAYS_OF_CLAIM:
            return self._days(*DAYS_OF_CLAIM[name])
        return self.told(name)

    def meant(self, name: str) -> Iterable[Any]:
        """The same, but for a slug where what is referred to is not written yet."""
        return [told if value is None else value for value, told in zip(self.of(name), self.told(name), strict=True)]

    def _days(self, place: int, covered: str) -> Iterable[str | None]:
        """The days that a claim is about: those of its event, else those that it covers."""
        events = zip(self.named["event"], self.told(covered), strict=True)
        return [event.days[place] if event else day for event, day in events]


#: The columns of a claim that its document does not have: which of the event's days, and which day that it covers.
DAYS_OF_CLAIM = {"event_date": (0, "covers_from"), "event_until": (1, "covers_to")}


def write_list(many: Many, owned: Sequence[tuple[int, list[Any]]], register: Register, revision: int) -> None:
    """The rows of one list of several owners: `(owner's key, entries)`."""
    named = register.find(many.model, {many.slug(entry) for _, entries in owned for entry in entries})
    rows = [
        {
            many.owner: owner,
            "position": position,
            "held_from": revision,
            many.reference: named[many.slug(entry)].key,
            **{name: entry[name] for name in many.more},
        }
        for owner, entries in owned
        for position, entry in enumerate(entries)
    ]
    values = itemgetter(*names_of(many.table))
    bulk.insert(many.table, [values(row) for row in rows])


@functools.cache
def names_of(table: type[Table]) -> tuple[str, ...]:
    """The names of its columns in documents and rows, in the order of the table."""
    return tuple(field.name for field in table._meta.sorted_fields)


def keys(model: type[Record], slugs: Iterable[str]) -> dict[str, int]:
    """The integer keys of the slugs that exist."""
    return dict(bulk.by_slug(model, slugs))
