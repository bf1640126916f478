"""Erasure of texts that should never have been entered: from the record, from how it read, from search and the log.

The one exception to "a past revision reads as it read then": wherever the text stood a mark stands now, in every
revision, and the log tells who erased which field, when and why, and verifies as before.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from api.db import database, for_each, is_postgres, one_of, rows, tuples, writing
from api.models import SEARCHED, Change, ChangeText, Claim, External, Record, Release
from api.queries import select
from api.queries.search import fold
from api.queries.versions import held
from api.records import log, replays
from api.records.documents import LISTINGS, document
from api.records.faults import Fault, NoSuchRecord, Refused
from api.records.folding import read
from api.records.keyset import batches
from api.records.nouns import NOUNS, Noun
from api.records.rows import keys
from api.records.transaction import Transaction, transaction
from api.records.versions import archive

#: The fields whose texts are copied into the search text of claims, and how those claims are found, then and now.
COPIED = {
    "claimants": ({"name"}, "SELECT id FROM {claim} WHERE claimant_id = {key}"),
    "sources": ({"title"}, "SELECT claim_id FROM {report} WHERE source_id = {key}"),
    "reports": ({"phrase", "source_original"}, "SELECT claim_id FROM {report} WHERE id = {key}"),
}
MOST_TOLD = 20


class Redaction(NamedTuple):
    """What was erased, and what is left to do."""

    revision: int
    erased: int  # texts, each counted as often as the log held it
    elsewhere: list[tuple[str, str]]  # noun and id of other records with the very words; the first few
    releases: list[str]  # made while the text stood: their packages hold it


def beyond_reach(told: Redaction, cache_seconds: int) -> list[str]:
    """The copies that are left, in words: of them a server that is asked cannot know, or must not touch them."""
    packages = [f"The packages of the releases {', '.join(told.releases)}, wherever they are."] if told.releases else []
    return [
        f"Caches: {cache_seconds * 11} seconds at the most; a year what was asked at a revision or release.",
        *packages,
        "The ids of records and the reasons of revisions: others cite them, and the log is hashed over them.",
        "Backups, replicas, and what the database leaves on disk until it is written over (docs/running.md).",
    ]


def redact(
    noun: str, slug: str, fields: Sequence[str], reason: str, who: str,
    also: Callable[[Redaction], None] = lambda _: None,
) -> Redaction:  # fmt: skip
    """Erase the texts of these fields of a record for good. Raises `NoSuchRecord`, and `Refused` where none is.

    `also` is called inside the transaction, once everything is written.
    """
    kind = NOUNS[noun]
    with writing():
        found = select.one(LISTINGS[noun], slug)
        if found is None:
            raise NoSuchRecord(slug)
        old = document(noun, found)
        key = keys(kind.model, [slug])[slug]
        texts = _texts(kind, key, slug, fields)
        with transaction(reason, who) as made:
            entry = log.Entry(noun, slug, "redact", old, _marked(old, fields))
            _overwrite(kind, key, fields, made)
            _refold(kind, key, fields)
            erased = log.redact(entry, fields, made.revision, made.made_at, who, reason)
            _forget_hashes(noun, slug)
            told = Redaction(made.revision, erased, _elsewhere(noun, slug, texts), _released(noun, slug))
            also(told)
    _empty_write_ahead_log()
    return told


def _texts(noun: Noun, key: int, slug: str, fields: Sequence[str]) -> set[str]:
    """What is to be erased. Raises `Refused` for fields that cannot be, and for those that hold nothing."""
    known = sorted(log.sensitive(noun.name) & noun.schema.fields.keys())
    texts: set[str] = set()
    faults = []
    for place, field in enumerate(fields):
        texts |= (own := set(_held(noun, key, slug, field)) - {"", log.MARK} if field in known else set())
        if not own:
            why = "never held a text, or holds none any more" if field in known else f"is none of {', '.join(known)}"
            faults.append(Fault(noun.name, 0, f"fields/{place}", f"{field} {why}."))
    if faults:
        raise Refused(faults)
    return texts


def _held(noun: Noun, key: int, slug: str, field: str) -> Iterator[str]:
    """Every text that the field ever held and that is still somewhere."""
    table = noun.model._meta.table_name
    for name in (table, f"{table}_version"):
        yield from (text for (text,) in rows(f"SELECT DISTINCT {field} FROM {name} WHERE id = {key}"))
    logged = ChangeText.select(ChangeText.value).join(Change).where(Change.noun == noun.name, Change.record == slug)
    yield from (text for (text,) in tuples(logged.where(ChangeText.field == field)))


def _marked(old: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return old | {field: log.MARK for field in fields if old[field]}


def _overwrite(noun: Noun, key: int, fields: Sequence[str], made: Transaction) -> None:
    """The mark in place of the texts, in the row as it stands and in all that it was."""
    table = noun.model._meta.table_name
    archive(noun.model, "id", [key], made.revision)
    noun.model.update(**made.stamp).where(noun.model.id == key).execute()
    for name in (table, f"{table}_version"):
        for field in fields:
            database.execute_sql(f"UPDATE {name} SET {field} = '{log.MARK}' WHERE id = {key} AND {field} <> ''")


# Search ----------------------------------------------------------------------------------------------------------


def _refold(noun: Noun, key: int, fields: Sequence[str]) -> None:
    """The words by which search finds the record, and claims that name it, made anew; then and now."""
    _refold_rows(noun.model, [key])
    copied, naming = COPIED.get(noun.name, (set(), ""))
    if copied & set(fields):
        now, then = (naming.format(claim=f"claim{v}", report=f"report{v}", key=key) for v in ("", "_version"))
        _refold_rows(Claim, [claim for (claim,) in rows(f"{now} UNION {then}")])


def _refold_rows(model: type[Record], own: list[int]) -> None:
    if model not in SEARCHED:
        return
    table = model._meta.table_name
    for batch in batches(own):
        _write(table, "", read(model, batch))
        listed, values = one_of(batch)
        for (since,) in rows(f"SELECT DISTINCT held_from FROM {table}_version WHERE id IN {listed}", values):
            with held(since):
                texts = list(read(model, batch))
            _write(f"{table}_version", f" AND held_from = {since}", texts)
    if not is_postgres():
        # FTS5 only marks words as deleted until it merges.
        database.execute_sql(f"INSERT INTO {table}_search ({table}_search) VALUES ('optimize')")


def _write(table: str, where: str, texts: Any) -> None:
    mark = "%s" if is_postgres() else "?"
    statement = f"UPDATE {table} SET folded = {mark} WHERE id = {mark}{where}"
    for_each(statement, [(text, key) for key, text in texts])


# What is left ----------------------------------------------------------------------------------------------------


def _entered(noun: str, slug: str) -> list[int]:
    """The revisions in which the record was made: their answers and the hashes of what was sent are kept for a week."""
    made = Change.select(Change.revision).where(Change.noun == noun, Change.record == slug)
    return [number for (number,) in tuples(made.where(Change.operation == "create"))]


def _forget_hashes(noun: str, slug: str) -> None:
    """What was sent and imported is known again by hashes without salt, from which a short text could be guessed."""
    for number in _entered(noun, slug):
        replays.spend(number)
    External.update(digest=replays.SPENT).where(External.noun == noun, External.slug == slug).execute()


def _elsewhere(noun: str, slug: str, texts: set[str]) -> list[tuple[str, str]]:
    """Other records that search finds by the very words."""
    found: dict[tuple[str, str], None] = {}
    for phrase in filter(None, map(fold, sorted(texts))):
        for listing in LISTINGS.values():
            if "q" in listing.where:
                bound = select.bind(listing, {"q": f'"{phrase}"'})
                for record in select.page(listing, bound, fields=("id",), limit=MOST_TOLD + 1).records:
                    found[listing.name, record["id"]] = None
    found.pop((noun, slug), None)
    return list(found)[:MOST_TOLD]


def _released(noun: str, slug: str) -> list[str]:
    """Releases since the record was made."""
    first = min(_entered(noun, slug), default=0)
    found = Release.select(Release.slug).where(Release.revision >= first).order_by(Release.revision)
    return [name for (name,) in tuples(found)]


def _empty_write_ahead_log() -> None:
    """SQLite keeps pages as they were in a file beside, as long as a reader needs them or nobody asks."""
    if not is_postgres():
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
