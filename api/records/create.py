"""New records: all of them are written under one revision, or none is and every fault is told."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api.db import database
from api.models import Claim
from api.records.faults import Fault, Refused
from api.records.likeness import refuse_look_alikes
from api.records.nouns import NOUNS, Noun
from api.records.rows import (
    copy_event_days,
    insert,
    keys,
    own_columns,
    refuse_repeated,
    resolved,
    validated,
    write_list,
)
from api.records.transaction import Transaction, transaction
from api.records.versions import hold_from

Documents = Mapping[str, Sequence[Mapping[str, Any]]]


def _nothing(_: Transaction) -> None:
    """What is also done, unless told."""


def create(given: Documents, reason: str, who: str = "seed", also: Callable[[Transaction], None] = _nothing) -> int:
    """Write records of any nouns under one new revision, whose number is returned. Raises `Refused`.

    `also` is called inside the transaction, once everything is written.
    """
    loaded = check(given)
    with transaction(reason, who) as made:
        _add(made, loaded)
        also(made)
    return made.revision


def add(made: Transaction, given: Documents) -> None:
    """Write one batch of the records of an open transaction, which may have any number of batches.

    They may refer to each other and to all that was written before. A claim may get its report in a later batch:
    the end of the transaction refuses those that have none. Raises `Refused` with the faults of the batch, whose
    positions count within it; nothing of the batch was written then, and the transaction may go on.
    """
    _add(made, check(given))


def check(given: Documents) -> dict[str, list[dict[str, Any]]]:
    """The documents of every noun as their schemas load them. Raises `Refused` with every fault of all of them."""
    loaded, faults = {}, []
    for noun in NOUNS.values():
        try:
            if given.get(noun.name):
                loaded[noun.name] = validated(noun, list(given[noun.name]))
        except Refused as refused:
            faults += refused.faults
    if faults:
        raise Refused(faults)
    return loaded


def _add(made: Transaction, loaded: dict[str, list[dict[str, Any]]]) -> None:
    with database.atomic():
        written = {name: _write(NOUNS[name], documents, made) for name, documents in loaded.items()}
    for name, keys_by_slug in written.items():
        made.refolded[NOUNS[name].model].update(keys_by_slug.values())
        for document in loaded[name]:
            made.note("create", name, document["id"], None, document)
    _follow_reports(made, written.get("claims", {}), loaded.get("reports", []))


def _follow_reports(made: Transaction, claims: dict[str, int], reports: list[dict[str, Any]]) -> None:
    """Of claims that are written, which have no report as yet; of those that were, new search text."""
    carried = {report["claim"] for report in reports if report["status"] == "active"}
    made.claims.update(claims.values())
    made.unsourced.update(key for slug, key in claims.items() if slug not in carried)
    before = list(keys(Claim, sorted({report["claim"] for report in reports} - claims.keys())).values())
    hold_from(Claim, before, made.revision)
    made.refolded[Claim].update(before)


def _write(noun: Noun, documents: list[dict[str, Any]], made: Transaction) -> dict[str, int]:
    """Rows of one noun; returns their keys by slug."""
    _refuse_taken(noun, documents)
    refuse_look_alikes(noun, documents)
    within = [name for name, model in noun.references.items() if model is noun.model]
    outside = {name: model for name, model in noun.references.items() if name not in within}
    rows = resolved(noun.name, [own_columns(noun, document) for document in documents], outside)
    refuse_repeated(noun, rows)
    copy_event_days(noun, rows)
    stamp = {"created_at": made.made_at, **made.stamp}
    insert(noun.model, [{**row, **dict.fromkeys(within), **stamp} for row in rows])
    written = keys(noun.model, [row["slug"] for row in rows])
    for name in within:
        _point_within(noun, name, rows, written)
    for name, many in noun.lists.items():
        write_list(noun, many, [(written[document["id"]], document[name]) for document in documents], made.revision)
    return written


def _refuse_taken(noun: Noun, documents: list[dict[str, Any]]) -> None:
    seen = set(keys(noun.model, [document["id"] for document in documents]))
    faults = []
    for position, document in enumerate(documents):
        if document["id"] in seen:
            faults.append(Fault(noun.name, position, "id", f"{document['id']} is taken."))
        seen.add(document["id"])
    if faults:
        raise Refused(faults)


def _point_within(noun: Noun, name: str, rows: list[dict[str, Any]], written: dict[str, int]) -> None:
    """References among the records of one noun, once all of them have keys."""
    for row in resolved(noun.name, [row for row in rows if row[name] is not None], {name: noun.model}):
        noun.model.update({name: row[name]}).where(noun.model.id == written[row["slug"]]).execute()
