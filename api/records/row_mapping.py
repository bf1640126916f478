"""Documents become rows: references become keys, lists go to separate tables, and days of events are copied."""

import functools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from marshmallow import ValidationError

from api.database import bulk
from api.database.key_sets import split_batches
from api.database.models import Record, Table
from api.database.statements import fetch_tuples
from api.records.faults import Fault, RefusedError, flatten_messages
from api.records.record_types import RECORD_TYPES, Many, RecordType
from api.records.reference_cache import Named, Register
from schemas.fast_load import FastLoader, build_fast_loader

Document = Mapping[str, Any]


def validate_documents(record_type: RecordType, raw_documents: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the documents as their schema loads them. Raise `RefusedError` with every fault."""
    loaded, faults = load_sound(record_type, raw_documents)
    if faults:
        raise RefusedError(faults)
    return loaded


def load_sound(record_type: RecordType, raw_documents: Iterable[Any]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Return the documents as their schema loads them, without the fields that have faults, and the faults."""
    accept, schema = _acceptor_of(record_type.name), record_type.schema
    loaded: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for position, document in enumerate(raw_documents):
        try:
            loaded.append(accept(document) or schema.load(document))
        except ValidationError as error:
            faults += [Fault(record_type.name, position, *fault) for fault in flatten_messages(error.messages)]
            loaded.append(_sound_fields(record_type, document, error))
    return loaded, faults


def _sound_fields(record_type: RecordType, raw_document: Any, error: ValidationError) -> dict[str, Any]:
    wrong: Any = error.messages
    loaded = {name: value for name, value in dict(error.valid_data or {}).items() if name not in wrong}
    for name, many in record_type.lists.items():
        if isinstance(wrong.get(name), dict):
            loaded[name] = [many.sound_part(entry, wrong[name].get(n)) for n, entry in enumerate(raw_document[name])]
    return loaded


@functools.cache
def _acceptor_of(record_type: str) -> FastLoader:
    return build_fast_loader(RECORD_TYPES[record_type].schema)


# References ------------------------------------------------------------------------------------------------------


def referred_slugs(record_type: RecordType, documents: Sequence[Document]) -> dict[type[Record], set[str]]:
    """Return the slugs that documents of one type refer to, by model."""
    slugs_by_model: dict[type[Record], set[Any]] = defaultdict(set)
    for name, model in record_type.references.items():
        slugs_by_model[model] |= {document.get(name) for document in documents}
    for name, many in record_type.lists.items():
        slugs_by_model[many.model] |= {
            many.slug_of(entry) for document in documents for entry in document.get(name, ())
        }
    return {model: slugs - {None} for model, slugs in slugs_by_model.items()}


def find_dangling(
    record_type: RecordType, documents: Iterable[Document], missing: Mapping[type[Record], set[str]]
) -> Iterator[Fault]:
    """Yield a fault for each reference to one of the missing slugs."""
    for position, document in enumerate(documents):
        for path, model, slug in _list_references(record_type, document):
            if slug in missing.get(model, ()):
                message = f"There is no {model._meta.table_name} {slug}. Create it first, or send another id."
                yield Fault(record_type.name, position, path, message)


def find_duplicates(
    record_type: RecordType, documents: Sequence[Document], register: Register, except_keys: Sequence[int] = ()
) -> Iterator[Fault]:
    """Yield a fault for each document with the content of another record or document.

    `except_keys` are the keys of the records that the documents correct.
    """
    if not record_type.unique_together:
        return
    numbered = [
        (n, document) for n, document in enumerate(documents) if document.keys() >= set(record_type.unique_together)
    ]
    columns = Columns(record_type, [document for _, document in numbered], register, record_type.unique_together)
    contents = list(zip(*map(columns.keys_or_slugs, record_type.unique_together), strict=True))
    first, *_ = fields = [getattr(record_type.model, name) for name in record_type.unique_together]
    slug_of_content: dict[tuple[Any, ...], str] = {}
    for batch in split_batches(sorted({content[0] for content in contents if isinstance(content[0], int)})):
        others = record_type.model.select(record_type.model.slug, *fields).where(
            first.in_(batch) & record_type.model.id.not_in(except_keys)
        )
        slug_of_content |= {tuple(content): slug for slug, *content in fetch_tuples(others)}
    for content, (position, document) in zip(contents, numbered, strict=True):
        if content in slug_of_content:
            yield Fault(
                record_type.name,
                position,
                record_type.unique_together[-1],
                f"{slug_of_content[content]} has the same content.",
            )
        slug_of_content[content] = document.get("id", f"record {position + 1}")


def _list_references(record_type: RecordType, document: Document) -> Iterator[tuple[str, type[Record], str | None]]:
    """Yield the path, the model and the slug of each reference of a document."""
    yield from ((name, model, document.get(name)) for name, model in record_type.references.items())
    for name, many in record_type.lists.items():
        for number, entry in enumerate(document.get(name, ())):
            yield many.slug_path(name, number), many.model, many.slug_of(entry)


# Rows ------------------------------------------------------------------------------------------------------------


class Columns:
    """The columns of documents of one type: values, keys of references, lists as JSON, copied days.

    `names`: the fields that every document has, at least two (default: all).
    """

    def __init__(
        self, record_type: RecordType, documents: Sequence[Document], register: Register, names: Sequence[str] = ()
    ) -> None:
        self.record_type, self.documents = record_type, documents
        fields = tuple(names or record_type.schema.fields)
        # Row by row, and then turned: a document is in the processor's cache once.
        self._raw = dict(zip(fields, zip(*map(itemgetter(*fields), documents), strict=True), strict=bool(documents)))
        self.named: dict[str, list[Named | None]] = {}  # by field; None: no reference, or not written yet
        for name, model in record_type.references.items():
            slugs = self.raw_values(name)
            cached = register.find(model, set(slugs) - {None})
            self.named[name] = [cached.get(slug) for slug in slugs]

    def raw_values(self, name: str) -> Sequence[Any]:
        return self._raw[name] if self.documents else ()

    def has_column(self, name: str) -> bool:
        """Return whether the documents have this column of the table."""
        return name in ("slug", *DAYS_OF_CLAIM) or (name != "id" and name in self.record_type.schema.fields)

    def values_of(self, name: str) -> Iterable[Any]:
        """Return the values of a column that the documents have."""
        if name == "slug":
            return self.raw_values("id")
        if name in self.named:
            return [named and named.key for named in self.named[name]]
        if name in self.record_type.text_lists:
            return [json.dumps(words, ensure_ascii=False) if words else "[]" for words in self.raw_values(name)]
        if name in DAYS_OF_CLAIM:
            return self._event_days(*DAYS_OF_CLAIM[name])
        return self.raw_values(name)

    def keys_or_slugs(self, name: str) -> Iterable[Any]:
        """Return the values of a column, but the slug for a record that is not written yet."""
        return [
            raw if value is None else value
            for value, raw in zip(self.values_of(name), self.raw_values(name), strict=True)
        ]

    def _event_days(self, place: int, covered: str) -> Iterable[str | None]:
        """Return one day of each claim: that of its event, else the day that it covers."""
        events = zip(self.named["event"], self.raw_values(covered), strict=True)
        return [event.days[place] if event else day for event, day in events]


#: Columns of a claim that its document lacks: the index of the day of its event, and the field used without an event.
DAYS_OF_CLAIM = {"event_date": (0, "covers_from"), "event_until": (1, "covers_to")}


def write_list(many: Many, owned: Sequence[tuple[int, list[Any]]], register: Register, revision: int) -> None:
    """Write the rows of one list of several owners. `owned` has `(key of the owner, entries)`."""
    named = register.find(many.model, {many.slug_of(entry) for _, entries in owned for entry in entries})
    rows = [
        {
            many.owner: owner,
            "position": position,
            "held_from": revision,
            many.reference: named[many.slug_of(entry)].key,
            **{name: entry[name] for name in many.entry_columns},
        }
        for owner, entries in owned
        for position, entry in enumerate(entries)
    ]
    values = itemgetter(*names_of(many.table))
    bulk.insert_rows(many.table, [values(row) for row in rows])


@functools.cache
def names_of(table: type[Table]) -> tuple[str, ...]:
    """Return the names of a table's columns, in their order."""
    return tuple(field.name for field in table._meta.sorted_fields)


def find_keys(model: type[Record], slugs: Iterable[str]) -> dict[str, int]:
    """Return the integer keys of the slugs that exist."""
    return dict(bulk.rows_by_slug(model, slugs))
