"""New records: all of them are written under one revision, or none is and every fault is told."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api.db import tuples
from api.models import Report
from api.records.faults import Fault, Refused
from api.records.nouns import NOUNS, Noun
from api.records.rows import batches, copy_event_days, insert, keys, own_columns, resolved, validated, write_list
from api.records.transaction import Transaction, transaction

Documents = Mapping[str, Sequence[Mapping[str, Any]]]


def _nothing(_: Transaction) -> None:
    """What is also done, unless told."""


def create(given: Documents, reason: str, who: str = "seed", also: Callable[[Transaction], None] = _nothing) -> int:
    """Write records of any nouns under one new revision, whose number is returned. Raises `Refused`.

    `also` is called inside the transaction, once everything is written.
    """
    loaded = _all_validated(given)
    with transaction(reason, who) as made:
        written = {name: _write(NOUNS[name], documents, made) for name, documents in loaded.items()}
        _refuse_unsourced_claims(written.get("claims", {}))
        also(made)
    return made.revision


def _all_validated(given: Documents) -> dict[str, list[dict[str, Any]]]:
    """The documents of every noun as they load. Raises `Refused` with every fault of all of them."""
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


def _write(noun: Noun, documents: list[dict[str, Any]], made: Transaction) -> dict[str, int]:
    """Rows of one noun; returns their keys by slug."""
    _refuse_taken(noun, documents)
    within = [name for name, model in noun.references.items() if model is noun.model]
    outside = {name: model for name, model in noun.references.items() if name not in within}
    rows = resolved(noun.name, [own_columns(noun, document) for document in documents], outside)
    copy_event_days(noun, rows)
    stamp = {"created_at": made.made_at, **made.stamp}
    insert(noun.model, [{**row, **dict.fromkeys(within), **stamp} for row in rows])
    written = keys(noun.model, [row["slug"] for row in rows])
    for name in within:
        _point_within(noun, name, rows, written)
    for name, many in noun.lists.items():
        write_list(noun, many, [(written[document["id"]], document[name]) for document in documents], made.revision)
    made.refolded[noun.model] |= set(written.values())
    for document in documents:
        made.note("create", noun.name, document["id"], None, document)
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


def _refuse_unsourced_claims(written: dict[str, int]) -> None:
    """A claim without a report does not exist: every number has a source."""
    reported: set[int] = set()
    for batch in batches(sorted(written.values())):
        reported |= {claim for (claim,) in tuples(Report.select(Report.claim).where(Report.claim.in_(batch)))}
    faults = [
        Fault("claims", position, "id", f"{slug} has no report: every claim needs a source.")
        for position, (slug, key) in enumerate(written.items())
        if key not in reported
    ]
    if faults:
        raise Refused(faults)
