"""A new record without an id that has the content of an existing one is probably sent a second time.

Names are compared as search compares them, without case, accents and signs: `TASS Agency` is `Tass agency`. A client
that means another record sends `allow_duplicate=1`, or an id.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from peewee import fn

from api.database.models import Record
from api.database.statements import fetch_tuples
from api.listings.full_text import fold_text
from api.records.faults import Fault, RefusedError
from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import ACTIVE, Register
from api.records.row_mapping import load_sound

Document = Mapping[str, Any]
Content = tuple[Any, ...]
#: Fields of a claim of which the first with a number says how many. Whether it is "20" or "about 20" is wording.
NUMBERS = ("value", "best", "low", "high")
HOW_MANY = "number"
#: Fields of words, of which two spellings are probably one.
WORDS = frozenset({"name", "publisher", "title", "part"})


class DuplicateError(RefusedError):
    """Records that are probably in the database already."""


class Sameness(NamedTuple):
    """Fields that two records share only if they are probably one. The first is not empty."""

    fields: tuple[str, ...]
    message: str = "Duplicates {0}. Use {0}"


#: What makes records the same, by type. A report is refused by `repeated_sources`, a relation by its content.
SAME: dict[str, tuple[Sameness, ...]] = {
    "sides": (Sameness(("name",)),),
    "conflicts": (Sameness(("name",)),),
    "claimants": (Sameness(("name",)),),
    "events": (Sameness(("name", "started_on", "conflict")),),
    "sources": (
        Sameness(("publisher", "title", "published_on", "url")),
        Sameness(("url", "published_on"), "Duplicates {0}, which has the same address and day. Use {0}"),
    ),
    "claims": (
        Sameness(
            (
                "claimant", "kind", "stated_on", "conflict", "event", "harm", "measure", "covers_from", "covers_to",
                "subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age", "part", HOW_MANY,
            ),
            "Duplicates {0}: the same claimant, day, scope and number. Add its source as a report of {0}",
        ),
    ),
}  # fmt: skip
ANYWAY = "{0}, or send allow_duplicate=1 if this is a different record."


def find_duplicates(record_type: str, raw_documents: Sequence[Any], unnamed: Sequence[int]) -> Iterator[Fault]:
    """Yield a fault for each record sent without an id that duplicates an active record, or an earlier one of these.

    `unnamed` has their positions. Their documents have a minted id, which is not compared.
    """
    if record_type not in SAME or not unnamed:
        return
    loaded, _ = load_sound(RECORD_TYPES[record_type], [raw_documents[position] for position in unnamed])
    documents = dict(zip(unnamed, loaded, strict=True))
    register, seen = Register(), set[int]()
    for sameness in SAME[record_type]:
        for position, existing in _find_same(record_type, sameness, documents, register):
            if position not in seen:
                seen.add(position)
                field = "" if record_type == "claims" else sameness.fields[0]
                yield Fault(record_type, position, field, ANYWAY.format(sameness.message.format(existing)))


def _find_same(
    record_type: str, sameness: Sameness, documents: Mapping[int, Document], register: Register
) -> Iterator[tuple[int, str]]:
    """Yield the position of each duplicate with the id, or the pointer, of what it duplicates."""
    contents = {
        position: content
        for position, document in documents.items()
        if (content := _content_of(record_type, sameness, document, register)) is not None
    }
    existing = _load_existing(record_type, sameness, list(contents.values())) if contents else {}
    for position, content in contents.items():
        if content in existing:
            yield position, existing[content]
        existing.setdefault(content, f"/{position}")


def _content_of(record_type: str, sameness: Sameness, document: Document, register: Register) -> Content | None:
    """Return the values that are compared, with keys for references. None: a field is empty, or has a fault."""
    values: list[Any] = []
    references = RECORD_TYPES[record_type].references
    for name in sameness.fields:
        needed = NUMBERS if name == HOW_MANY else (name,)
        if not document.keys() >= set(needed):
            return None
        value = next((document[field] for field in needed if document[field] is not None), None)
        if name in references and value is not None:
            named = register.find(references[name], {value}).get(value)
            if named is None:
                return None
            value = named.key
        values.append(fold_words(name, value))
    return tuple(values) if values[0] else None


def fold_words(name: str, value: Any) -> Any:
    """Return words as search has them; a text of signs alone stays."""
    return (fold_text(value) or value) if name in WORDS and isinstance(value, str) else value


def _load_existing(record_type: str, sameness: Sameness, contents: Sequence[Content]) -> dict[Content, str]:
    """Return the ids of active records by content, with one query: of all records that could be the same."""
    model = RECORD_TYPES[record_type].model
    columns = [column_of(model, name) for name in sameness.fields]
    conditions = [model.status == ACTIVE]
    for number, (name, column) in enumerate(zip(sameness.fields, columns, strict=True)):
        if name in WORDS:
            continue  # the rows are compared as search has their words
        values = {content[number] for content in contents}
        among = column.in_(sorted(values - {None}))
        conditions.append(among | column.is_null() if None in values else among)
    rows = fetch_tuples(model.select(model.slug, *columns).where(*conditions).order_by(model.id.desc()))
    return {tuple(map(fold_words, sameness.fields, values)): slug for slug, *values in rows}


def column_of(model: type[Record], name: str) -> Any:
    """Return the column of a field, or the number of a claim."""
    if name == HOW_MANY:
        return fn.COALESCE(*(getattr(model, field) for field in NUMBERS))
    return getattr(model, name)
