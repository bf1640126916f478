"""The words by which search finds a record: its own, and the names of what it refers to."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from peewee import JOIN

from api.db import database, is_postgres, tuples
from api.models import Claim, Claimant, Conflict, Event, Record, Report, Side, Source
from api.queries.search import fold
from api.records.keyset import KeySet


def refold(model: type[Record], keys: KeySet) -> None:
    """Write the folded text of the records with these keys anew."""
    if model not in WORDS:
        return
    mark = "%s" if is_postgres() else "?"
    statement = f"UPDATE {model._meta.table_name} SET folded = {mark} WHERE id = {mark}"
    for batch in keys.batches():
        cursor = database.cursor()
        cursor.executemany(statement, [(f" {fold(' '.join(words))} ", key) for key, words in WORDS[model](batch)])


def _own(model: type[Record], *columns: Any) -> Any:
    """A reader of the words in the record's own columns; JSON lists count as their words."""

    def read(keys: list[int]) -> Iterator[tuple[int, list[str]]]:
        for key, *values in tuples(model.select(model.id, *columns).where(model.id.in_(keys))):
            yield key, _texts(columns, values)

    return read


def _texts(columns: Sequence[Any], values: Sequence[str | None]) -> list[str]:
    """The values that say something. (That a text begins with a bracket does not make it a list.)"""
    said = [(column.name, value) for column, value in zip(columns, values, strict=True) if value]
    return [" ".join(json.loads(value)) if name in LISTS else value for name, value in said]


LISTS = ("aliases", "place_aliases")  # columns of JSON
Responsible = Side.alias("responsible")
OF_CLAIMS = (
    Claim.phrase, Claim.note, Claim.harm, Conflict.name, Claimant.name, Event.name, Event.place, Event.place_aliases,
    Side.name, Responsible.name,
)  # fmt: skip


def _claim_words(keys: list[int]) -> Iterable[tuple[int, list[str]]]:
    told: dict[int, list[str]] = defaultdict(list)
    reports = (
        Report.select(Report.claim, Report.phrase, Report.source_original, Source.publisher, Source.title)
        .join(Source, on=Report.source)
        .where(Report.claim.in_(keys))
        .order_by(Report.id)
    )
    for key, *words in tuples(reports):
        told[key] += [word for word in words if word]
    claims = (
        Claim.select(Claim.id, *OF_CLAIMS)
        .join(Conflict, on=Claim.conflict)
        .join_from(Claim, Claimant, on=Claim.claimant)
        .join_from(Claim, Event, JOIN.LEFT_OUTER, on=Claim.event)
        .join_from(Claim, Side, JOIN.LEFT_OUTER, on=Claim.subject_side)
        .join_from(Claim, Responsible, JOIN.LEFT_OUTER, on=(Claim.responsible_side == Responsible.id))
        .where(Claim.id.in_(keys))
    )
    return ((key, _texts(OF_CLAIMS, words) + told[key]) for key, *words in tuples(claims))


WORDS: dict[type[Record], Any] = {
    Conflict: _own(Conflict, Conflict.name, Conflict.note),
    Side: _own(Side, Side.name, Side.aliases, Side.note),
    Claimant: _own(Claimant, Claimant.name, Claimant.note),
    Source: _own(Source, Source.publisher, Source.title, Source.note),
    Event: _own(
        Event, Event.name, Event.place, Event.place_aliases, Event.admin1, Event.admin2, Event.place_note, Event.note
    ),
    Claim: _claim_words,
    Report: _own(Report, Report.phrase, Report.source_original, Report.note),
}
