"""Records that are there already read otherwise from this revision on; their old rows are kept."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.db import each
from api.models import Claim, Event, Report, Source
from api.queries.record import having
from api.records import bulk
from api.records.agreeing import OF_REPORT
from api.records.faults import Refused
from api.records.folding import NAMES, REPORTED
from api.records.keyset import batches
from api.records.likeness import refuse_look_alikes, renamed
from api.records.needs import NEEDED_BY, needs_footing, unfounded
from api.records.nouns import Noun
from api.records.register import DAYS, STANDS
from api.records.rows import Columns, dangling, keys, names_of, referred, repeated, write_list
from api.records.transaction import Transaction
from api.records.versions import archive, claims_naming, hold_from

Document = dict[str, Any]
Change = tuple[Document, Document]  # before, after; both as the In schema loads them


def rewrite(made: Transaction, noun: Noun, operation: str, changes: Sequence[Change]) -> None:
    """Write records of one noun anew, and note each in the log.

    Raises `Refused` for references to nothing, for new ones to what stands no longer, for new names that look like
    others, and for what another record says.
    """
    if faults := [*unfounded(noun, changes, {}, made.register)]:
        raise Refused(faults)
    for old, new in changes:
        if renamed(noun, old, new):
            refuse_look_alikes(noun, [new], old["id"])
    write_anew(made, noun, changes)
    _note_footing(made, noun, changes)
    for old, new in changes:
        made.note(operation, noun.name, new["id"], old, new)


def _note_footing(made: Transaction, noun: Noun, changes: Sequence[Change]) -> None:
    """At the end of the transaction every claim must have its report, and nothing that stands need what fell."""
    made.unsourced.update(keys(Claim, _unsettled(noun, changes)).values())
    if noun.model in NEEDED_BY:
        fallen = [old["id"] for old, new in changes if old["status"] == STANDS != new["status"]]
        made.fallen[noun.name].update(keys(noun.model, fallen).values())


def _unsettled(noun: Noun, changes: Sequence[Change]) -> set[str]:
    """Claims that need a report again, or that one carries no longer: the end tells whether they have another."""
    if noun.model is Claim:
        return {new["id"] for old, new in changes if needs_footing(noun, new) and not needs_footing(noun, old)}
    if noun.model is Report:
        kept = ("claim", "status")
        return {old["claim"] for old, new in changes if any(old[name] != new[name] for name in kept)}
    return set()


def write_anew(made: Transaction, noun: Noun, changes: Sequence[Change]) -> None:
    """The rows alone. Raises `Refused` for what the tables could not hold."""
    by_slug = keys(noun.model, [new["id"] for _, new in changes])
    copied = [by_slug[new["id"]] for old, new in changes if _copies(noun, old) != _copies(noun, new)]
    named_before = claims_naming(noun.name, copied) if noun.name == "reports" else []
    archive(noun.model, "id", list(by_slug.values()), made.revision)
    rows = _rows(noun, [new for _, new in changes], list(by_slug.values()), made)
    bulk.update(noun.model, [{**row, **made.stamp} for row in rows], "slug")
    for name in noun.lists:
        _rewrite_list(
            made, noun, name, [(by_slug[new["id"]], new[name]) for old, new in changes if new[name] != old[name]]
        )
    made.touch(noun.model, by_slug.values())
    _refresh_claims(made, named_before + claims_naming(noun.name, copied))
    _note_reported(made, noun, changes)
    if noun.model is Event:
        _move_claims(made, by_slug, changes)


def _rows(noun: Noun, documents: list[Document], own: list[int], made: Transaction) -> Iterator[Document]:
    """The columns that documents of the records with these keys give. Raises `Refused`."""
    wanted = referred(noun, documents)
    missing = {model: slugs - made.register.find(model, slugs).keys() for model, slugs in wanted.items()}
    if faults := [*dangling(noun, documents, missing), *repeated(noun, documents, made.register, own)]:
        raise Refused(faults)
    columns = Columns(noun, documents, made.register)
    names = [name for name in names_of(noun.model) if columns.has(name)]
    for values in zip(*map(columns.of, names), strict=True):
        yield dict(zip(names, values, strict=True))


def _rewrite_list(made: Transaction, noun: Noun, name: str, owned: list[tuple[int, list[Any]]]) -> None:
    many = noun.lists[name]
    owner = getattr(many.table, many.owner)
    owners = [key for key, _ in owned]
    archive(many.table, owner.column_name, owners, made.revision)
    if owners:
        many.table.delete().where(owner.in_(owners)).execute()
        write_list(many, owned, made.register, made.revision)


#: What of each noun claims copy: names by which they are found, days, and what their reports say.
COPIED: dict[Any, tuple[str, ...]] = {
    **{model: names + DAYS.get(model, ()) for model, names in NAMES.items()},
    Report: ("claim", "source", *REPORTED),
}


def _copies(noun: Noun, document: Document) -> list[Any]:
    return [document[name] for name in COPIED.get(noun.model, ())]


def _refresh_claims(made: Transaction, claims: list[int]) -> None:
    """Their search text is made anew: they name what changed, or did."""
    hold_from(Claim, claims, made.revision)
    made.touch(Claim, claims)


def _note_reported(made: Transaction, noun: Noun, changes: Sequence[Change]) -> None:
    """Claims whose reports say otherwise now, or are graded otherwise."""
    if noun.model is Report:
        changed = [pair for pair in changes if any(pair[0][name] != pair[1][name] for name in OF_REPORT)]
        made.note_reported(report for pair in changed for report in pair)
    elif noun.model is Source:
        graded = [new["id"] for old, new in changes if old["reliability"] != new["reliability"]]
        said = (Report.status == "active") & Report.qualifier.is_null(False)
        for batch in batches(list(keys(Source, graded).values())):
            query = Report.select(Report.claim).where(having(Report.source, batch), said)
            made.reported.update(key for (key,) in each(*query.sql()))


def _move_claims(made: Transaction, by_slug: dict[str, int], changes: Sequence[Change]) -> None:
    """Claims are of the days of their event."""
    moved = [new for old, new in changes if _days(old) != _days(new)]
    days = [{"event": by_slug[new["id"]], **_days(new), **made.stamp} for new in moved]
    bulk.update(Claim, days, "event")


def _days(event: Document) -> Document:
    return {"event_date": event["started_on"], "event_until": event["ended_on"]}
