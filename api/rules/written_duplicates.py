"""Records that a transaction created and that probably repeat another record: an import and a package report them.

What is the same is as in `probable_duplicates`, which refuses it in a POST without an id. Records of a file have ids
and may repeat each other for a reason, so that nothing is refused here.

Two claims of a transaction that have all in common but the number compete: statistics use one of them. If they are
about different people, for example two attacks on one place and day, the other is lost.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from peewee import SQL, Tuple

from api.database.key_sets import KeySet, split_batches
from api.database.models import Claim, Record, Relation
from api.database.statements import fetch_tuples, stream_rows
from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import ACTIVE
from api.rules.probable_duplicates import HOW_MANY, SAME, WORDS, Sameness, column_of, fold_words

#: Fields of large tables: only records that share them with a created one are read.
BLOCKS = {"claims": ("claimant", "conflict"), "events": ("conflict", "started_on")}
#: Relations by which an editor has said that two claims are one statement, or two.
DECIDED = ("same_as", "distinct_from")
MOST_SHOWN = 20
DUPLICATE, COMPETING = "duplicate", "competing"
COMPETES = (
    "The same claimant, day and scope as {0}, with another figure. Statistics use one of the two. If they are about "
    "different people, give each its own event, days or part."
)
Row = tuple[Any, ...]


class Pair(NamedTuple):
    """A created record, and the active record that it probably repeats."""

    record_type: str
    id: str
    existing: str
    field: str  # the first that both share; empty: the whole record
    message: str
    verdict: str = DUPLICATE

    def __str__(self) -> str:
        verb = "repeats" if self.verdict == DUPLICATE else "competes with"
        return f"{self.record_type}/{self.id} {verb} {self.existing}"


def find_pairs(created: Mapping[type[Record], KeySet], verdicts: Collection[str] = (DUPLICATE,)) -> list[Pair]:
    """Return a pair for each created record that has the content of an earlier one. `created`: keys by model.

    With `COMPETING` among the verdicts, also one for each claim that competes with another created one.
    """
    pairs: list[Pair] = []
    for record_type in RECORD_TYPES:
        keys = created.get(RECORD_TYPES[record_type].model)
        found: dict[str, Pair] = {}
        for sameness in SAME.get(record_type, ()) if keys else ():
            for pair in _find_same(record_type, sameness, keys or KeySet()):
                if pair.verdict in verdicts:
                    found.setdefault(pair.id, pair)
        pairs += found.values()
    related = _load_related([pair.id for pair in pairs if pair.record_type == "claims"])
    return [pair for pair in pairs if not _is_decided(pair, related.get(frozenset((pair.id, pair.existing)), set()))]


def describe_pairs(pairs: Sequence[Pair]) -> Iterator[str]:
    """Return the number of the pairs of each verdict and the first of them, as lines of text."""
    hints = {
        DUPLICATE: "Probable duplicates: {:,}. Retract one of each pair, or keep both if they are different records.",
        COMPETING: (
            "Competing claims: {:,}. Each has claimant, day and scope of another, and statistics use one of the two."
            " If they are about different people, give each its own event, days or part."
        ),
    }
    for verdict, hint in hints.items():
        if lines := [f"  {pair}" for pair in pairs if pair.verdict == verdict]:
            yield hint.format(len(lines))
            yield from lines[:MOST_SHOWN]
            if len(lines) > MOST_SHOWN:
                yield f"  and {len(lines) - MOST_SHOWN:,} more"


def _find_same(record_type: str, sameness: Sameness, keys: KeySet) -> Iterator[Pair]:
    """Yield a pair of each created record and the first active record with the same content, or of which it competes.

    Records that were there before come first, then the order is that of the slugs.
    The database sorts by what must be equal exactly, so that only records that may be the same are in memory.
    """
    fields = _order_fields(sameness)
    exact = sum(name not in WORDS and name != HOW_MANY for name in fields)
    field = "" if record_type == "claims" else sameness.fields[0]
    repeats = f"{sameness.message}, or keep both if they are different records."
    for _, rows in groupby(_read_sorted(record_type, sameness, keys), itemgetter(slice(2, 2 + exact))):
        candidates = list(rows)
        if len(candidates) < 2 or not any(key in keys for key, *_ in candidates):
            continue
        first: dict[Row, str] = {}
        scopes: dict[Row, str] = {}  # of created claims with a number, by their words
        for key, slug, *values in sorted(candidates, key=lambda row: (row[0] in keys, row[1])):
            content = dict(zip(fields[exact:], map(fold_words, fields[exact:], values[exact:]), strict=True))
            existing = first.setdefault(tuple(content.values()), slug)
            if key not in keys:
                continue
            if existing != slug:
                yield Pair(record_type, slug, existing, field, repeats.format(existing))
            elif content.pop(HOW_MANY, None) is not None:
                rival = scopes.setdefault(tuple(content.values()), slug)
                if rival != slug:
                    yield Pair(record_type, slug, rival, field, COMPETES.format(rival), COMPETING)


def _read_sorted(record_type: str, sameness: Sameness, keys: KeySet) -> Iterator[Row]:
    model = RECORD_TYPES[record_type].model
    columns = [column_of(model, name) for name in _order_fields(sameness)]
    query = model.select(model.id, model.slug, *columns).where(model.status == ACTIVE)
    if blocks := [getattr(model, name) for name in BLOCKS.get(record_type, ())]:
        Created = model.alias("created")
        of_created = [getattr(Created, field.name) for field in blocks]
        # Each block once: PostgreSQL then hashes them. Tables that this transaction fills have no statistics there, and
        # without DISTINCT each of 100,000 rows looked through all others of its claimant.
        created_blocks = Created.select(*of_created).where(Created.id >= next(iter(keys))).distinct()
        query = query.where(Tuple(*blocks).in_(created_blocks))
    first = column_of(model, sameness.fields[0])
    query = query.where(first.is_null(False) if sameness.fields[0] not in WORDS else first != "")
    exact = len([name for name in sameness.fields if name not in WORDS])
    order = [SQL(str(3 + number)) for number in range(exact)]
    yield from stream_rows(*query.order_by(*order).sql())


def _order_fields(sameness: Sameness) -> list[str]:
    """Return the fields of words last."""
    return sorted(sameness.fields, key=lambda name: name in WORDS)


def _is_decided(pair: Pair, kinds: Collection[str]) -> bool:
    """Return whether relations of these kinds between the two say how they stand to each other."""
    return bool(kinds) if pair.verdict == COMPETING else any(kind in DECIDED for kind in kinds)


def _load_related(claims: list[str]) -> dict[frozenset[str], set[str]]:
    """Return the kinds of relations by the pairs of claims that they join, one of which is among these."""
    Target = Claim.alias("target")
    query = Relation.select(Claim.slug, Target.slug, Relation.kind).join(Claim, on=(Relation.claim == Claim.id))
    query = query.join_from(Relation, Target, on=(Relation.target == Target.id)).where(Relation.status == ACTIVE)
    related: dict[frozenset[str], set[str]] = {}
    for batch in split_batches(claims):
        for claim, target, kind in fetch_tuples(query.where(Claim.slug.in_(batch) | Target.slug.in_(batch))):
            related.setdefault(frozenset((claim, target)), set()).add(kind)
    return related
