"""The words by which search finds a record: its own, and the names of what it refers to."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from peewee import JOIN

from api.db import for_each, is_postgres, tuples
from api.models import Claim, Claimant, Conflict, Event, Record, Report, Side, Source
from api.queries.search import fold
from api.records.keyset import KeySet

#: The columns whose words are a record's own.
OWN: dict[type[Record], tuple[str, ...]] = {
    Conflict: ("name", "note"),
    Side: ("name", "aliases", "note"),
    Claimant: ("name", "note"),
    Source: ("publisher", "title", "note"),
    Event: ("name", "place", "place_aliases", "admin1", "admin2", "place_note", "note"),
    Claim: ("phrase", "note", "harm"),
    Report: ("phrase", "source_original", "note"),
}
#: The columns with the names by which a claim that refers to the record is found.
NAMES: dict[type[Record], tuple[str, ...]] = {
    Conflict: ("name",),
    Side: ("name",),
    Claimant: ("name",),
    Event: ("name", "place", "place_aliases"),
    Source: ("publisher", "title"),
    Claim: (),
}
#: What a claim refers to, in the order of the names by which it is found.
NAMED_BY_CLAIMS = ("conflict", "claimant", "event", "subject_side", "responsible_side")
#: The columns of a report by which its claim is found, besides the names of its source.
REPORTED = ("phrase", "source_original")
LISTS = frozenset({"aliases", "place_aliases"})


def folded(model: type[Record], document: Mapping[str, Any], names: Iterable[str] = ()) -> str:
    """The text of a new record; of a claim with the folded names of what it refers to, and words of its reports."""
    if model not in OWN:
        return ""
    own = [_listed(told) for name in OWN[model] if (told := document[name])]
    return _spaced([fold(" ".join(own)), *names])


def folded_names(columns: tuple[str, ...], values: Iterable[str | None]) -> str:
    """Of a row that holds these columns."""
    return fold(" ".join(filter(None, map(_plain, columns, values))))


def reported(document: Mapping[str, Any]) -> str:
    """What a report adds to the words of its claim, besides the names of its source."""
    return fold(" ".join([document[name] for name in REPORTED if document[name]]))


def _spaced(parts: Iterable[str]) -> str:
    return f" {' '.join(filter(None, parts))} "


def _listed(value: Any) -> Any:
    return " ".join(value) if type(value) is list else value


def _plain(column: str, value: str | None) -> str | None:
    """The words of a column of the database, where lists are JSON."""
    return " ".join(json.loads(value)) if value and column in LISTS else value


# Anew ------------------------------------------------------------------------------------------------------------


def refold(model: type[Record], keys: KeySet) -> None:
    """Write the folded text of the records with these keys anew."""
    if model not in OWN:
        return
    mark = "%s" if is_postgres() else "?"
    statement = f"UPDATE {model._meta.table_name} SET folded = {mark} WHERE id = {mark}"
    for batch in keys.batches():
        for_each(statement, [(text, key) for key, text in read(model, batch)])


def read(model: type[Record], keys: list[int]) -> Iterable[tuple[int, str]]:
    """The folded text of records of a noun that search finds, from their rows."""
    return _claims_read(model, keys) if model is Claim else _own_read(model, keys)


def _own_read(model: type[Record], keys: list[int]) -> Iterable[tuple[int, str]]:
    names = OWN[model]
    for key, *values in tuples(_selected(model, names).where(model.id.in_(keys))):
        yield key, _spaced([folded_names(names, values)])


def _selected(model: Any, names: Iterable[str]) -> Any:
    return model.select(model.id, *(getattr(model, name) for name in names))


Responsible = Side.alias("responsible")
OF_CLAIMS = (
    Claim.phrase, Claim.note, Claim.harm, Conflict.name, Claimant.name, Event.name, Event.place, Event.place_aliases,
    Side.name, Responsible.name,
)  # fmt: skip


def _claims_read(model: type[Record], keys: list[int]) -> Iterable[tuple[int, str]]:
    told: dict[int, list[str]] = defaultdict(list)
    reports = (
        Report.select(Report.claim, Report.phrase, Report.source_original, Source.publisher, Source.title)
        .join(Source, on=Report.source)
        .where(Report.claim.in_(keys))
        .order_by(Report.id)
    )
    for key, *words in tuples(reports):
        told[key] += [word for word in words if word]
    names = tuple(column.name for column in OF_CLAIMS)
    claims = (
        Claim.select(Claim.id, *OF_CLAIMS)
        .join(Conflict, on=Claim.conflict)
        .join_from(Claim, Claimant, on=Claim.claimant)
        .join_from(Claim, Event, JOIN.LEFT_OUTER, on=Claim.event)
        .join_from(Claim, Side, JOIN.LEFT_OUTER, on=Claim.subject_side)
        .join_from(Claim, Responsible, JOIN.LEFT_OUTER, on=(Claim.responsible_side == Responsible.id))
        .where(Claim.id.in_(keys))
    )
    return ((key, _spaced([folded_names(names, words), fold(" ".join(told[key]))])) for key, *words in tuples(claims))
