"""The search text of a record: its words, and for a claim the names of the records that it refers to."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from peewee import JOIN

from api.database.connection import database, parameter_mark
from api.database.key_sets import KeySet, split_batches
from api.database.models import SEARCHED, Claim, Claimant, Conflict, Event, Record, Report, Side, Source
from api.database.statements import execute_many, fetch_tuples, keys_clause, select_rows
from api.database.writing import writing
from api.history.pinned_snapshot import at_revision
from api.listings.full_text import fold_text
from schemas.details import list_texts

#: The columns whose words go into the search text of their record.
SEARCHED_COLUMNS: dict[type[Record], tuple[str, ...]] = {
    Conflict: ("name", "note"),
    Side: ("name", "aliases", "note"),
    Claimant: ("name", "note"),
    Source: ("publisher", "title", "note"),
    Event: ("name", "place", "place_aliases", "admin1", "admin2", "place_note", "note"),
    Claim: ("phrase", "note", "harm", "part", "details"),
    Report: ("phrase", "source_original", "note"),
}
#: The columns whose words go into the search text of claims that refer to the record.
NAMES: dict[type[Record], tuple[str, ...]] = {
    Conflict: ("name",),
    Side: ("name",),
    Claimant: ("name",),
    Event: ("name", "place", "place_aliases"),
    Source: ("publisher", "title"),
    Claim: (),
}
#: The references of a claim, in the order of their names in its search text.
NAMED_BY_CLAIMS = ("conflict", "claimant", "event", "subject_side", "responsible_side")
#: The columns of a report whose words go into the search text of its claim, with the names of its source.
REPORTED = ("phrase", "source_original")
LISTS = frozenset({"aliases", "place_aliases"})
DETAILS = "details"


def fold_record(model: type[Record], document: Mapping[str, Any], names: Iterable[str] = ()) -> str:
    """Return the search text of a new record. `names` are folded words of other records, for a claim."""
    if model not in SEARCHED_COLUMNS:
        return ""
    words = [_join_words(name, value) for name in SEARCHED_COLUMNS[model] if (value := document[name])]
    return _join_spaced([fold_text(" ".join(words)), *names])


def folded_names(columns: tuple[str, ...], values: Iterable[str | None]) -> str:
    """Return the folded words of a row with these columns."""
    return fold_text(" ".join(filter(None, map(_plain_words, columns, values))))


def fold_report(document: Mapping[str, Any]) -> str:
    """Return the folded words of a report for its claim, without the names of its source."""
    return fold_text(" ".join([document[name] for name in REPORTED if document[name]]))


def _join_spaced(parts: Iterable[str]) -> str:
    return f" {' '.join(filter(None, parts))} "


def _join_words(name: str, value: Any) -> Any:
    if name == DETAILS:
        return " ".join(list_texts(value))
    return " ".join(value) if type(value) is list else value


def _plain_words(column: str, value: str | None) -> str | None:
    """Return the words of a database column, in which lists and details are JSON."""
    if column == DETAILS:
        return " ".join(list_texts(value))
    return " ".join(json.loads(value)) if value and column in LISTS else value


# From rows -------------------------------------------------------------------------------------------------------


def refold_records(model: type[Record], keys: KeySet) -> None:
    """Renew the search text of the records with these keys."""
    if model not in SEARCHED_COLUMNS:
        return
    for batch in keys.in_batches():
        _update_folded(model._meta.table_name, "", fold_rows(model, batch))


def refold_with_versions(model: type[Record], keys: Iterable[int]) -> None:
    """Renew the search text of the records with these keys, in their rows and in all row versions."""
    table = model._meta.table_name
    for batch in split_batches(keys):
        _update_folded(table, "", fold_rows(model, batch))
        listed, values = keys_clause(batch)
        for (since,) in select_rows(f"SELECT DISTINCT held_from FROM {table}_version WHERE id IN {listed}", values):
            with at_revision(since):
                texts = list(fold_rows(model, batch))
            _update_folded(f"{table}_version", f" AND held_from = {since}", texts)


def _update_folded(table: str, condition: str, texts: Iterable[tuple[int, str]]) -> None:
    mark = parameter_mark()
    statement = f"UPDATE {table} SET folded = {mark} WHERE id = {mark}{condition}"
    execute_many(statement, [(text, key) for key, text in texts])


def refold_stale_tables() -> list[str]:
    """Renew all search text of the tables that a migration listed as stale. Return their names."""
    stale = {table for (table,) in select_rows("SELECT table_name FROM stale_search_text")}
    for model in (model for model in SEARCHED if model._meta.table_name in stale):
        with writing():
            refold_with_versions(model, KeySet(key for (key,) in fetch_tuples(model.select(model.id))))
            database.execute_sql(f"DELETE FROM stale_search_text WHERE table_name = '{model._meta.table_name}'")
    return sorted(stale)


def fold_rows(model: type[Record], keys: list[int]) -> Iterable[tuple[int, str]]:
    """Return the key and search text of each record, from its row."""
    return _fold_claims(model, keys) if model is Claim else _fold_plain_rows(model, keys)


def _fold_plain_rows(model: type[Record], keys: list[int]) -> Iterable[tuple[int, str]]:
    names = SEARCHED_COLUMNS[model]
    for key, *values in fetch_tuples(_select_columns(model, names).where(model.id.in_(keys))):
        yield key, _join_spaced([folded_names(names, values)])


def _select_columns(model: Any, names: Iterable[str]) -> Any:
    return model.select(model.id, *(getattr(model, name) for name in names))


Responsible = Side.alias("responsible")
OF_CLAIMS = (
    Claim.phrase, Claim.note, Claim.harm, Claim.part, Claim.details, Conflict.name, Claimant.name, Event.name,
    Event.place, Event.place_aliases, Side.name, Responsible.name,
)  # fmt: skip


def _fold_claims(model: type[Record], keys: list[int]) -> Iterable[tuple[int, str]]:
    report_words: dict[int, list[str]] = defaultdict(list)
    reports = (
        Report.select(Report.claim, Report.phrase, Report.source_original, Source.publisher, Source.title)
        .join(Source, on=Report.source)
        .where(Report.claim.in_(keys))
        .order_by(Report.id)
    )
    for key, *words in fetch_tuples(reports):
        report_words[key] += [word for word in words if word]
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
    return (
        (key, _join_spaced([folded_names(names, words), fold_text(" ".join(report_words[key]))]))
        for key, *words in fetch_tuples(claims)
    )
