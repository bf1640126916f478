"""Records that a transaction created and that probably repeat another record: an import and a package report them.

What is the same is as in `probable_duplicates`, which refuses it in a POST without an id. Records of a file have ids
and may repeat each other for a reason, so that nothing is refused here.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from peewee import SQL, Tuple

from api.database.key_sets import KeySet, split_batches
from api.database.models import Claim, Record, Relation
from api.database.statements import fetch_tuples, stream_rows
from api.records.record_types import RECORD_TYPES
from api.records.reference_cache import ACTIVE
from api.rules.probable_duplicates import SAME, WORDS, Sameness, column_of, fold_words

#: Fields of large tables: only records that share them with a created one are read.
BLOCKS = {"claims": ("claimant", "conflict"), "events": ("conflict", "started_on")}
#: Relations by which an editor has said that two claims are one statement, or two.
DECIDED = ("same_as", "distinct_from")
MOST_SHOWN = 20
Row = tuple[Any, ...]


class Pair(NamedTuple):
    """A created record, and the active record that it probably repeats."""

    record_type: str
    id: str
    existing: str
    field: str  # the first that both share; empty: the whole record
    message: str

    def __str__(self) -> str:
        return f"{self.record_type}/{self.id} repeats {self.existing}"


def find_pairs(created: Mapping[type[Record], KeySet]) -> list[Pair]:
    """Return a pair for each created record that has the content of an earlier one. `created`: keys by model."""
    pairs: list[Pair] = []
    for record_type in RECORD_TYPES:
        keys = created.get(RECORD_TYPES[record_type].model)
        found: dict[str, Pair] = {}
        for sameness in SAME.get(record_type, ()) if keys else ():
            field = "" if record_type == "claims" else sameness.fields[0]
            for slug, existing in _find_same(record_type, sameness, keys or KeySet()):
                message = f"{sameness.message.format(existing)}, or keep both if they are different records."
                found.setdefault(slug, Pair(record_type, slug, existing, field, message))
        pairs += found.values()
    decided = _load_decided([pair.id for pair in pairs if pair.record_type == "claims"])
    return [pair for pair in pairs if frozenset((pair.id, pair.existing)) not in decided]


def describe_pairs(pairs: Sequence[Pair]) -> Iterator[str]:
    """Return the number of the pairs and the first of them, as lines of text."""
    if pairs:
        hint = "Retract one of each pair, or keep both if they are different records."
        yield f"Probable duplicates: {len(pairs):,}. {hint}"
        yield from (f"  {pair}" for pair in pairs[:MOST_SHOWN])
        if len(pairs) > MOST_SHOWN:
            yield f"  and {len(pairs) - MOST_SHOWN:,} more"


def _find_same(record_type: str, sameness: Sameness, keys: KeySet) -> Iterator[tuple[str, str]]:
    """Yield the slug of each created record with that of the first active record with the same content.

    Records that were there before come first, then the order is that of the slugs.
    The database sorts by what must be equal exactly, so that only records that may be the same are in memory.
    """
    exact = len([name for name in sameness.fields if name not in WORDS])
    for _, rows in groupby(_read_sorted(record_type, sameness, keys), itemgetter(slice(2, 2 + exact))):
        candidates = list(rows)
        if len(candidates) < 2 or not any(key in keys for key, *_ in candidates):
            continue
        first: dict[Row, str] = {}
        for key, slug, *values in sorted(candidates, key=lambda row: (row[0] in keys, row[1])):
            words = tuple(map(fold_words, _order_fields(sameness)[exact:], values[exact:]))
            existing = first.setdefault(words, slug)
            if existing != slug and key in keys:
                yield slug, existing


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


def _load_decided(claims: list[str]) -> set[frozenset[str]]:
    """Return the pairs of claims, one of which is among these, about which an editor has decided."""
    Target = Claim.alias("target")
    query = Relation.select(Claim.slug, Target.slug).join(Claim, on=(Relation.claim == Claim.id))
    query = query.join_from(Relation, Target, on=(Relation.target == Target.id))
    query = query.where(Relation.status == ACTIVE, Relation.kind.in_(DECIDED))
    return {
        frozenset(ends)
        for batch in split_batches(claims)
        for ends in fetch_tuples(query.where(Claim.slug.in_(batch) | Target.slug.in_(batch)))
    }
