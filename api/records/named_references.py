"""References as answers have them, with a name, become the ids that are written: what is read can be sent back.

`{"id": "azerbaijan", "name": "Azerbaijan"}` → `"azerbaijan"`; in a list with more than ids,
`{"id": "azerbaijan", "name": "Azerbaijan", "role": "target"}` → `{"side": "azerbaijan", "role": "target"}`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from api.database.bulk import rows_by_slug
from api.database.models import Record, Source
from api.records.faults import Fault, Faults
from api.records.record_types import RECORD_TYPES, Many, RecordType
from schemas.fields import SLUG, SLUG_LENGTH, Slug

Document = dict[str, Any]
PARTS = {"id", "name"}


class NamedReference(NamedTuple):
    position: int
    path: str  # of its name
    model: type[Record]
    id: str
    name: Any


def read_references(record_type: str, documents: list[Any], faults: Faults) -> list[Any]:
    """Return the documents with an id for each named reference. Add a fault for each name that is not that of its id.

    Whatever is neither an id nor a named reference stays as it is, and the schema refuses it.
    """
    references: list[NamedReference] = []
    plain = [
        read_document(RECORD_TYPES[record_type], position, document, references)
        if isinstance(document, dict)
        else document
        for position, document in enumerate(documents)
    ]
    faults.add(find_wrong_names(RECORD_TYPES[record_type], plain, references))
    return plain


def read_document(
    record_type: RecordType, position: int, document: Document, references: list[NamedReference]
) -> Document:
    """Return the document with an id for each named reference. Add the references that have a name."""

    def read(value: Any, path: str, model: type[Record]) -> Any:
        if not (isinstance(value, dict) and isinstance(value.get("id"), str) and value.keys() <= PARTS):
            return value
        if "name" in value:
            references.append(NamedReference(position, f"{path}/name", model, value["id"], value["name"]))
        return value["id"]

    def read_entry(value: Any, path: str, many: Many) -> Any:
        if not many.entry_columns or not isinstance(value, dict) or "id" not in value or "side" in value:
            return read(value, path, many.model)
        parts = {name: part for name, part in value.items() if name in PARTS}
        return {"side": read(parts, path, many.model)} | {k: part for k, part in value.items() if k not in PARTS}

    result = dict(document)
    for name, model in record_type.references.items():
        if isinstance(value := document.get(name), dict) and is_named(record_type, name):
            result[name] = read(value, name, model)
    for name, many in record_type.lists.items():
        if isinstance(entries := document.get(name), list):
            result[name] = [read_entry(entry, f"{name}/{number}", many) for number, entry in enumerate(entries)]
    return result


def is_named(record_type: RecordType, name: str) -> bool:
    """Return whether answers show the reference with a name. A claim has none."""
    field = record_type.schema.fields[name]
    return isinstance(field, Slug) and field.named


def find_wrong_names(
    record_type: RecordType, documents: Sequence[Any], references: Sequence[NamedReference]
) -> Iterator[Fault]:
    """Yield a fault for each name that is not that of its id, in the database or among these documents."""
    ids: dict[type[Record], set[str]] = defaultdict(set)
    for reference in references:
        if len(reference.id) <= SLUG_LENGTH and re.fullmatch(SLUG, reference.id):
            ids[reference.model].add(reference.id)
    names: dict[tuple[type[Record], str], Any] = {
        (record_type.model, document["id"]): document.get("name")
        for document in documents
        if isinstance(document, dict) and isinstance(document.get("id"), str)
    }
    for model, slugs in ids.items():
        names |= {(model, slug): name for slug, name in load_names(model, slugs).items()}
    for position, path, model, slug, sent in references:
        name = names.get((model, slug))
        if name is not None and not is_same_name(sent, name):
            yield Fault(record_type.name, position, path, describe_wrong_name(slug, name, sent))


def name_field(model: type[Record]) -> str:
    """Return the field that answers show as the name of a record."""
    return "publisher" if model is Source else "name"


def load_names(model: type[Record], slugs: Iterable[str]) -> dict[str, Any]:
    return {slug: name for slug, _, name in rows_by_slug(model, slugs, name_field(model))}


def is_same_name(sent: Any, name: Any) -> bool:
    return isinstance(sent, str) and unicodedata.normalize("NFC", sent) == name


def describe_wrong_name(slug: str, name: Any, sent: Any) -> str:
    return f"{slug} is called {name!r}, but {sent!r} was sent. Send the id that you mean, without a name."


def drop_unchanged(patch: Document, record: Document) -> Document:
    """Return the fields of a patch that change the record, so that a whole record can be sent back with one correction.

    `record` is the record as answers have it. A change of `status` keeps its reason, which would fall with the old one.
    """
    changed = {name: value for name, value in patch.items() if name not in record or not _is_same(value, record[name])}
    if "status" in changed:
        changed |= {name: value for name, value in patch.items() if name.startswith("status_")}
    return changed


def _is_same(sent: Any, shown: Any) -> bool:
    """Return whether two JSON values are equal. `true` and 1.0 are not 1, but JavaScript writes 40.0 degrees as 40."""
    if isinstance(shown, dict):
        return (
            isinstance(sent, dict)
            and sent.keys() == shown.keys()
            and all(map(_is_same, map(sent.get, shown), shown.values()))
        )
    if isinstance(shown, list):
        return isinstance(sent, list) and len(sent) == len(shown) and all(map(_is_same, sent, shown))
    types = (int, float) if isinstance(shown, float) else (type(shown),)
    return type(sent) in types and bool(sent == shown)
