"""What a dataset brings: new records are created, changed ones revised, vanished ones withdrawn, in one transaction.

A record belongs to the dataset that brought it, known by the SHA-256 of what the dataset last said of it. Where the
record itself no longer reads so, an editor corrected it: his version stands, and what the dataset says is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from api.db import for_each, is_postgres, tuples
from api.models import Claim, Dataset, External
from api.queries.references import current_revision
from api.records import bulk
from api.records.canonical import canonical
from api.records.create import add
from api.records.documents import documents
from api.records.keys import now
from api.records.keyset import batches
from api.records.needs import needed
from api.records.nouns import NOUNS
from api.records.rewriting import rewrite
from api.records.rows import keys
from api.records.transaction import Transaction
from api.records.versions import archive_named

Document = dict[str, Any]
#: Nouns whose records several datasets may name by the same id; any other id is its dataset's alone.
SHARED = frozenset({"sides", "conflicts", "claimants", "sources", "events"})
#: In which records are withdrawn: what needs others before them.
LAST_FIRST = ("relations", "claims", "reports", "events", "sources", "claimants", "conflicts", "sides")


class Verdict(NamedTuple):
    """What becomes of a document: created, revised, unchanged, adopted, kept, matched or taken.

    `adopted`: an editor had already changed the record to just this; `kept`: to something else, which stands;
    `matched`: the record is not the dataset's, which only refers to it; `taken`: neither is it, nor can it be shared.
    """

    word: str
    stands: Document | None = None  # the record as it is, where it matters


def digest(document: Document) -> str:
    """By which a document is known again, hexadecimal."""
    return sha256(canonical(document)).hexdigest()


def judged(dataset: str, noun: str, given: Sequence[Document]) -> list[Verdict]:
    """What becomes of documents of one noun, as its schema loads them, if they were written now."""
    slugs = [document["id"] for document in given]
    owned = _owned(noun, slugs)
    there = keys(NOUNS[noun].model, slugs)
    asked = [
        document["id"]
        for document in given
        if document["id"] in there and owned.get(document["id"]) != (dataset, digest(document))
    ]
    current = documents(noun, asked)
    return [_verdict(dataset, noun, new, owned.get(new["id"]), current.get(new["id"]), there) for new in given]


def _verdict(
    dataset: str, noun: str, new: Document, owned: tuple[str, str] | None, current: Document | None, there: Any
) -> Verdict:
    if new["id"] not in there:
        return Verdict("created")
    if current is None:
        return Verdict("unchanged")
    if owned is None or owned[0] != dataset:
        return Verdict("matched" if noun in SHARED or current == new else "taken", current)
    if current == new:
        return Verdict("adopted")
    return Verdict("revised" if digest(current) == owned[1] else "kept", current)


def _owned(noun: str, slugs: Sequence[str]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for batch in batches(list(slugs)):
        query = External.select(External.slug, External.dataset, External.digest)
        rows = tuples(query.where((External.noun == noun) & External.slug.in_(batch)))
        found |= {slug: (dataset, mark) for slug, dataset, mark in rows}
    return found


def standing(dataset: str, noun: str, size: int) -> Iterator[list[str]]:
    """The ids of the records of a noun that the dataset brought and that stand, in order, at most so many at a time.

    Asked table by table: of rows that are not committed PostgreSQL has no count by which to join them.
    """
    for slugs in _owned_by(dataset, noun, size):
        stands = {slug for slug, _, status in bulk.by_slug(NOUNS[noun].model, slugs, "status") if status == "active"}
        yield [slug for slug in slugs if slug in stands]


def _owned_by(dataset: str, noun: str, size: int) -> Iterator[list[str]]:
    """The ids of all records of a noun that the dataset ever brought."""
    last = ""
    mine = (External.dataset == dataset) & (External.noun == noun)
    while True:
        query = External.select(External.slug).where(mine & (External.slug > last)).order_by(External.slug)
        found = [slug for (slug,) in tuples(query.limit(size))]
        if not found:
            return
        yield found
        last = found[-1]


def imported(datasets: Iterable[str]) -> set[str]:
    """Those of the datasets that this database has."""
    return {slug for (slug,) in tuples(Dataset.select(Dataset.slug).where(Dataset.slug.in_(list(datasets))))}


def counted(datasets: Iterable[str]) -> set[str]:
    """Those of the datasets of which a claim stands."""
    stands = External.select(External.slug).join(Claim, on=(Claim.slug == External.slug)).limit(1)
    mine = stands.where((External.noun == "claims") & (Claim.status == "active"))
    return {slug for slug in datasets if tuples(mine.where(External.dataset == slug))}


# Writing -------------------------------------------------------------------------------------------------------------


def register(told: dict[str, str], release: str, revision: int | None = None) -> None:
    """The dataset as its mapping tells it, and the release that is imported.

    So it reads from `revision` on; unless told, from the next one: what was answered of the newest stays so.
    """
    since = current_revision() + 1 if revision is None else revision
    row = {**told, "release": release}
    mine = Dataset.slug == told["slug"]
    if tuples(Dataset.select(*(getattr(Dataset, name) for name in row)).where(mine)) == [tuple(row.values())]:
        Dataset.update(imported_at=now()).where(mine).execute()
        return
    archive_named(Dataset, told["slug"], since)
    written = {**row, "imported_at": now(), "held_from": since}
    Dataset.insert(written).on_conflict(conflict_target=[Dataset.slug], update=written).execute()


def bring(made: Transaction, dataset: str, given: Mapping[str, Sequence[Document]]) -> None:
    """Create records of any nouns, which the dataset owns. Raises `Refused`."""
    add(made, given)
    for noun, found in given.items():
        bulk.insert(External, [(noun, document["id"], dataset, digest(document)) for document in found])


def revise(made: Transaction, noun: str, given: Sequence[Document]) -> None:
    """Rewrite records that their dataset tells otherwise now."""
    current = documents(noun, [document["id"] for document in given])
    rewrite(made, NOUNS[noun], "revise", [(current[new["id"]], new) for new in given])
    adopt(noun, given)


def adopt(noun: str, given: Sequence[Document]) -> None:
    """Note that the records read as their dataset has them."""
    mark = "%s" if is_postgres() else "?"
    for_each(
        f"UPDATE external SET digest = {mark} WHERE noun = {mark} AND slug = {mark}",
        [(digest(document), noun, document["id"]) for document in given],
    )


class Gone(NamedTuple):
    """What became of records that a release no longer has."""

    withdrawn: list[str]
    kept: dict[str, str]  # why


def withdraw(made: Transaction, dataset: str, noun: str, slugs: Sequence[str], why: str) -> Gone:
    """Let records stand no longer, save those that an editor corrected or that standing records need."""
    current = {slug: found for slug, found in documents(noun, list(slugs)).items() if found["status"] == "active"}
    owned = _owned(noun, list(current))
    kept = {slug: "An editor corrected it." for slug, found in current.items() if digest(found) != owned[slug][1]}
    needs = needed(NOUNS[noun], [slug for slug in current if slug not in kept])
    kept |= {slug: f"It is needed by {by}." for slug, by in needs.items()}
    gone = [(old, _withdrawn(noun, old, why)) for slug, old in current.items() if slug not in kept]
    if gone:
        rewrite(made, NOUNS[noun], "withdraw", gone)
        adopt(noun, [new for _, new in gone])
    return Gone([new["id"] for _, new in gone], kept)


def _withdrawn(noun: str, old: Document, why: str) -> Document:
    by = {"status_by": "dataset"} if noun == "claims" else {}
    return old | {"status": "withdrawn", "status_reason": why} | by
