"""Synchronise records with a dataset: create new ones, revise changed ones, withdraw vanished ones.

A record belongs to the dataset that it was imported from. With it we store the SHA-256 of the dataset's last version.
If the record no longer matches this digest, an editor corrected it. Then the editor's version stays, and the report
lists the dataset's version.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from api.change_log.canonical_json import dump_record
from api.database import bulk
from api.database.clock import write_time
from api.database.connection import is_postgres
from api.database.key_sets import split_batches
from api.database.models import Claim, Dataset, External
from api.database.statements import execute_many, fetch_tuples
from api.history.revisions import current_revision
from api.history.row_versions import archive_by_slug
from api.records.documents import load_documents
from api.records.record_types import RECORD_TYPES
from api.records.row_mapping import find_keys
from api.rules.dependencies import find_needed
from api.rules.reports_share_ending import Ending, end_with_claims, ending_of, load_endings
from api.writes.create import add_loaded
from api.writes.rewrite import rewrite_records
from api.writes.transaction import Transaction

Document = dict[str, Any]
#: Record types whose ids several datasets may use. Any other id belongs to one dataset.
SHARED = frozenset({"sides", "conflicts", "claimants", "sources", "events"})
#: The order in which records are withdrawn: a record before those that it needs.
LAST_FIRST = ("relations", "claims", "reports", "events", "sources", "claimants", "conflicts", "sides")


class Verdict(NamedTuple):
    """The result for a document that differs from the record in the database: revised, adopted, kept, matched or taken.

    `adopted`: an editor had already changed the record to this version. `kept`: an editor changed it to another
    version, which stays. `matched`: the record is not the dataset's, which only refers to it. `taken`: the record is
    not the dataset's, and its id cannot be shared.
    """

    word: str
    current: Document | None = None  # the record in the database; None for adopted


#: Fields that were added later. Without a value they are not in the digest, so that old digests stay valid.
ADDED_LATER = ("part", "affiliation", "details")
PHASE_ADDED_LATER = (*ADDED_LATER, "country")
ADDED_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    name: tuple(
        field for field in (PHASE_ADDED_LATER if name == "conflicts" else ADDED_LATER) if field in found.schema.fields
    )
    for name, found in RECORD_TYPES.items()
}


def hash_document(document: Document) -> str:
    """Return the SHA-256 of a document in hexadecimal, to compare it with the next release."""
    return dump_hashed(document)[1]


def dump_hashed(document: Document) -> tuple[bytes, str]:
    """Return the canonical JSON of a document, without null in fields that were added later, and its SHA-256."""
    stated = dict(document)
    for name in PHASE_ADDED_LATER if "parent" in document else ADDED_LATER:  # sides and events always had a country
        if stated.get(name, "") is None:
            del stated[name]
    body = dump_record(stated)
    return body, sha256(body).hexdigest()


def restore_added(record_type: str, document: Document) -> Document:
    """Put null into the fields that `dump_hashed` left out, in place."""
    for name in ADDED_BY_TYPE[record_type]:
        document.setdefault(name)
    return document


def find_differing(dataset: str, record_type: str, digests: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Return the ids that the database has, and of these the ids with another digest, or of no or another dataset.

    `digests`: the digest of each new document of one record type, by id.
    """
    existing = find_keys(RECORD_TYPES[record_type].model, digests).keys()
    owners = _load_owners(record_type, list(existing))
    return set(existing), {slug for slug in existing if owners.get(slug) != (dataset, digests[slug])}


def judge_differing(dataset: str, record_type: str, new_documents: Sequence[Document]) -> list[Verdict]:
    """Return a verdict for each document of `find_differing`, as its schema loads them. Nothing is written."""
    slugs = [document["id"] for document in new_documents]
    owners, current = _load_owners(record_type, slugs), load_documents(record_type, slugs)
    return [
        _judge_document(dataset, record_type, new, owners.get(new["id"]), current[new["id"]]) for new in new_documents
    ]


def _judge_document(
    dataset: str,
    record_type: str,
    new: Document,
    owner: tuple[str, str] | None,
    current: Document,
) -> Verdict:
    if owner is None or owner[0] != dataset:
        return Verdict("matched" if record_type in SHARED or current == new else "taken", current)
    if current == new:
        return Verdict("adopted")
    return Verdict("revised" if hash_document(current) == owner[1] else "kept", current)


def _load_owners(record_type: str, slugs: Sequence[str]) -> dict[str, tuple[str, str]]:
    owners: dict[str, tuple[str, str]] = {}
    for batch in split_batches(list(slugs)):
        query = External.select(External.slug, External.dataset, External.digest)
        rows = fetch_tuples(query.where((External.record_type == record_type) & External.slug.in_(batch)))
        owners |= {slug: (dataset, mark) for slug, dataset, mark in rows}
    return owners


def active_slugs(dataset: str, record_type: str, size: int) -> Iterator[list[str]]:
    """Return the sorted ids of the dataset's active records of one type, at most `size` at a time.

    Each table is queried alone: PostgreSQL has no statistics of uncommitted rows, and would plan a join badly.
    """
    for slugs in _dataset_slugs(dataset, record_type, size):
        active = {
            slug
            for slug, _, status in bulk.rows_by_slug(RECORD_TYPES[record_type].model, slugs, "status")
            if status == "active"
        }
        yield [slug for slug in slugs if slug in active]


def _dataset_slugs(dataset: str, record_type: str, size: int) -> Iterator[list[str]]:
    """Return the sorted ids of all records of one type that were ever imported from the dataset, by `size`."""
    last = ""
    mine = (External.dataset == dataset) & (External.record_type == record_type)
    while True:
        query = External.select(External.slug).where(mine & (External.slug > last)).order_by(External.slug)
        slugs = [slug for (slug,) in fetch_tuples(query.limit(size))]
        if not slugs:
            return
        yield slugs
        last = slugs[-1]


def existing_datasets(datasets: Iterable[str]) -> set[str]:
    """Return those of the datasets that are in this database."""
    return {slug for (slug,) in fetch_tuples(Dataset.select(Dataset.slug).where(Dataset.slug.in_(list(datasets))))}


def datasets_with_claims(datasets: Iterable[str]) -> set[str]:
    """Return those of the datasets that have an active claim."""
    with_claim = External.select(External.slug).join(Claim, on=(Claim.slug == External.slug)).limit(1)
    mine = with_claim.where((External.record_type == "claims") & (Claim.status == "active"))
    return {slug for slug in datasets if fetch_tuples(mine.where(External.dataset == slug))}


# Writing -------------------------------------------------------------------------------------------------------------


def register_release(dataset: dict[str, str], release: str, revision: int | None = None) -> None:
    """Write the dataset, as its mapping describes it, and the imported release.

    The row is valid from `revision` on (default: the next revision, so that answers of the newest do not change).
    """
    since = current_revision() + 1 if revision is None else revision
    row = {**dataset, "release": release}
    mine = Dataset.slug == dataset["slug"]
    if fetch_tuples(Dataset.select(*(getattr(Dataset, name) for name in row)).where(mine)) == [tuple(row.values())]:
        return
    archive_by_slug(Dataset, dataset["slug"], since)
    written = {**row, "imported_at": write_time(), "held_from": since}
    Dataset.insert(written).on_conflict(conflict_target=[Dataset.slug], update=written).execute()


def create_records(
    transaction: Transaction, dataset: str, by_type: Mapping[str, Sequence[Document]], digests: Mapping[str, list[str]]
) -> None:
    """Create records, loaded by their schemas, which then belong to the dataset. Raise `RefusedError`.

    `digests`: of the documents of each record type, in their order. A report of a claim that no longer counts gets its
    ending. The digest is that of the dataset's version, so that the report is unchanged again when its claim is active
    again.
    """
    written = {record_type: list(documents) for record_type, documents in by_type.items()}
    if "reports" in written:
        written["reports"] = end_with_claims(written["reports"], _find_endings(transaction, written))
    add_loaded(transaction, written)
    for record_type, new_documents in by_type.items():
        bulk.insert_rows(
            External,
            [
                (record_type, document["id"], dataset, digest)
                for document, digest in zip(new_documents, digests[record_type], strict=True)
            ],
        )


def _find_endings(transaction: Transaction, by_type: Mapping[str, Sequence[Document]]) -> dict[str, Ending]:
    """Return the endings of the reports' claims that do not count: among these documents, or in the database."""
    claims = {claim["id"]: ending_of(claim) for claim in by_type.get("claims", ())}
    others = {report["claim"] for report in by_type["reports"]} - claims.keys()
    return claims | load_endings(others, transaction.register)


def revise_records(transaction: Transaction, record_type: str, new_documents: Sequence[Document]) -> None:
    """Rewrite records that changed in their dataset."""
    current = load_documents(record_type, [document["id"] for document in new_documents])
    # A report that came back with its claim may be as the dataset has it.
    changes = [(current[new["id"]], new) for new in new_documents if current[new["id"]] != new]
    rewrite_records(transaction, RECORD_TYPES[record_type], "revise", changes)
    update_digests(record_type, new_documents)


def update_digests(record_type: str, new_documents: Sequence[Document]) -> None:
    """Store the digests of records that now agree with their dataset."""
    mark = "%s" if is_postgres() else "?"
    execute_many(
        f"UPDATE external SET digest = {mark} WHERE noun = {mark} AND slug = {mark}",
        [(hash_document(document), record_type, document["id"]) for document in new_documents],
    )


class WithdrawalResult(NamedTuple):
    """The ids of withdrawn records, those that stay unchanged, and reports that were withdrawn with their claims."""

    withdrawn: list[str]
    unchanged: dict[str, str]  # id → reason
    reports: list[str]


def withdraw_records(
    transaction: Transaction, dataset: str, record_type: str, slugs: Sequence[str], why: str
) -> WithdrawalResult:
    """Withdraw active records, except those that an editor corrected or that active records need."""
    current = {
        slug: document
        for slug, document in load_documents(record_type, list(slugs)).items()
        if document["status"] == "active"
    }
    owners = _load_owners(record_type, list(current))
    unchanged = {
        slug: "An editor corrected it."
        for slug, document in current.items()
        if hash_document(document) != owners[slug][1]
    }
    needs = find_needed(RECORD_TYPES[record_type], [slug for slug in current if slug not in unchanged])
    unchanged |= {slug: f"Active records depend on it: {by}." for slug, by in needs.items()}
    gone = [(old, _withdrawn_document(record_type, old, why)) for slug, old in current.items() if slug not in unchanged]
    if not gone:
        return WithdrawalResult([], unchanged, [])
    reports = rewrite_records(transaction, RECORD_TYPES[record_type], "withdraw", gone)
    update_digests(record_type, [new for _, new in gone])
    update_digests("reports", _unedited_documents(dataset, "reports", reports))
    return WithdrawalResult([new["id"] for _, new in gone], unchanged, [new["id"] for _, new in reports])


def _unedited_documents(dataset: str, record_type: str, changes: Sequence[tuple[Document, Document]]) -> list[Document]:
    """Return the new documents of the dataset's records that were as the dataset had them."""
    owners = _load_owners(record_type, [old["id"] for old, _ in changes])
    return [new for old, new in changes if owners.get(old["id"]) == (dataset, hash_document(old))]


def _withdrawn_document(record_type: str, old: Document, why: str) -> Document:
    by = {"status_by": "dataset"} if record_type == "claims" else {}
    return old | {"status": "withdrawn", "status_reason": why} | by
