"""Finds the records that a name may mean, with their scores: candidates from words, scores from the records."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from api.database.key_sets import split_batches
from api.database.statements import fetch_tuples, is_among
from api.history.revisions import current_revision
from api.listings.full_text import fold_text
from api.listings.query import read_page
from api.listings.references import ancestors_of, by_id, cached_references
from api.name_matching.matched_types import MATCHED_TYPES, Document, MatchedType
from api.name_matching.scores import EXACT, Fact, NameQuery, compare_fact, lower_score, score_record
from api.name_matching.word_index import WordIndex

LEAST_SCORE = 50.0
LONGEST_NAME = 600  # characters that are compared; no name is longer
MOST_COMPARED = 60  # records of one type for one name
PAGE = 100  # records that one statement reads

_indexes = {name: WordIndex(matched.listing.model) for name, matched in MATCHED_TYPES.items()}  # type: ignore[arg-type]


class NamedQuestion(NamedTuple):
    """A name, the record types that it may be of, and facts that narrow it."""

    text: str
    types: tuple[MatchedType, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()  # property and values
    limit: int = 10


class Candidate(NamedTuple):
    """A record that a name may mean."""

    matched_type: MatchedType
    record: Document
    score: float
    name_score: float
    agreements: dict[str, bool | None]  # by stated property
    is_match: bool = False

    @property
    def id(self) -> str:
        return make_id(self.matched_type, self.record["id"])


def make_id(matched_type: MatchedType, slug: str) -> str:
    """Return the id of a record among all types: the path of its address, `claimants/azerbaijan-mod`."""
    return f"{matched_type.id}/{slug}"


def find_candidates(questions: Sequence[NamedQuestion]) -> list[list[Candidate]]:
    """Return the candidates of each question, the best first. At most one of them is a match."""
    return [
        _mark_match([c for c in candidates if c.name_score >= LEAST_SCORE])[: question.limit]
        for question, candidates in zip(questions, _compare_all(questions), strict=True)
    ]


def suggest_records(prefix: str, types: tuple[MatchedType, ...], limit: int) -> list[Candidate]:
    """Return records for a name that is being typed: first those that begin so, then those with a word that does."""
    typed = fold_text(prefix)
    (candidates,) = _compare_all([NamedQuestion(prefix, types)], is_prefix=True)

    def rank_typed(candidate: Candidate) -> tuple[int, int]:
        names = [f" {fold_text(name)}" for name in _list_all_names(candidate)]
        if any(name.startswith(f" {typed}") for name in names):
            return 0, len(name_of(candidate))
        return (1 if any(f" {typed}" in name for name in names) else 2), 0

    fitting = [c for c in candidates if c.name_score >= LEAST_SCORE or rank_typed(c)[0] < 2]
    return sorted(fitting, key=rank_typed)[:limit]


def _list_all_names(candidate: Candidate) -> list[str]:
    matched, record = candidate.matched_type, candidate.record
    return [*matched.list_names(record), *matched.list_hints(record)]


def _compare_all(questions: Sequence[NamedQuestion], is_prefix: bool = False) -> list[list[Candidate]]:
    """Return the candidates of each question, sorted by their scores."""
    keys = [
        {
            matched.id: _indexes[matched.id].find_keys(_cut(question.text), MOST_COMPARED, is_prefix)
            for matched in question.types
        }
        for question in questions
    ]
    records = {
        name: _read_records(matched, chain.from_iterable(keys_of_question.get(name, ()) for keys_of_question in keys))
        for name, matched in MATCHED_TYPES.items()
    }
    return [
        _rank(question, [(matched, records[matched.id][key]) for matched in question.types
                         for key in keys_of_question[matched.id] if key in records[matched.id]])
        for question, keys_of_question in zip(questions, keys, strict=True)
    ]  # fmt: skip


def _cut(text: str) -> str:
    return text.strip()[:LONGEST_NAME]


def _read_records(matched: MatchedType, keys: Iterable[int]) -> dict[int, Document]:
    """Return the active records with these keys."""
    model = matched.listing.model
    records: dict[int, Document] = {}
    for batch in split_batches(sorted(set(keys)), PAGE):
        query = model.select(model.id, model.slug).where(is_among(model.id, batch), model.status == "active")  # type: ignore[attr-defined]
        keys_by_slug = {slug: key for key, slug in fetch_tuples(query)}
        for record in read_active(matched, list(keys_by_slug)):
            records[keys_by_slug[record["id"]]] = record
    return records


def read_active(matched: MatchedType, slugs: Sequence[str]) -> list[Document]:
    """Return the active records with these ids. Statements with 1, 10 or 100 ids are enough, so few are built."""
    records: list[Document] = []
    for batch in split_batches(slugs, PAGE):
        size = next(size for size in (1, 10, PAGE) if len(batch) <= size)
        padded = (*batch, *([batch[-1]] * (size - len(batch))))
        records += read_page(matched.listing, {"id": padded}, limit=PAGE).records
    return [record for record in records if record["status"] == "active"]


def _rank(question: NamedQuestion, records: Iterable[tuple[MatchedType, Document]]) -> list[Candidate]:
    query = NameQuery.prepare(_cut(question.text))
    candidates = [_compare(query, question, matched, record) for matched, record in records]
    order = {name: place for place, name in enumerate(MATCHED_TYPES)}

    def rank(candidate: Candidate) -> tuple[float, int, int, str]:
        agreeing = sum(agrees is True for agrees in candidate.agreements.values())
        return -candidate.score, -agreeing, order[candidate.matched_type.id], candidate.record["id"]

    return sorted(candidates, key=rank)


def _compare(query: NameQuery, question: NamedQuestion, matched: MatchedType, record: Document) -> Candidate:
    name_score = score_record(query, record["id"], matched.list_names(record), matched.list_hints(record))
    agreements: dict[str, bool | None] = {}
    for name, values in question.facts:
        known = matched.find_property(name)
        agreements[name] = compare_fact(Fact(known, values), record, _list_conflicts_above(record)) if known else None
    score = round(lower_score(name_score, agreements.values()), 1)
    return Candidate(matched, record, score, round(name_score, 1), agreements)


def _list_conflicts_above(record: Document) -> list[str]:
    """Return ids and names of the conflicts of which the record's conflict is a phase. A fact may name them too."""
    conflict = record.get("conflict") or record.get("parent")
    if not conflict:
        return []
    references = cached_references(current_revision())
    above = by_id(references.conflicts)
    return [text for slug in ancestors_of(references.phases, conflict["id"]) for text in above[slug].values()]


def _mark_match(ranked: list[Candidate]) -> list[Candidate]:
    """Mark the first candidate as the match if it alone has the name, and no stated fact differs.

    A program takes a match without asking anybody, so two records of one name have none.
    """
    exact = [candidate for candidate in ranked if candidate.name_score == EXACT]
    fitting = [candidate for candidate in exact if False not in candidate.agreements.values()]
    if len(fitting) != 1 or fitting[0] is not ranked[0]:
        return ranked
    if len(exact) > 1 and not any(fitting[0].agreements.values()):
        return ranked
    return [ranked[0]._replace(is_match=True), *ranked[1:]]


def find_record(record_id: str) -> tuple[MatchedType, Document] | None:
    """Return the active record with an id of `make_id`, if there is one."""
    name, _, slug = record_id.partition("/")
    matched = MATCHED_TYPES.get(name)
    records = read_active(matched, [slug]) if matched and slug else []
    return (matched, records[0]) if matched and records else None


def name_of(candidate: Candidate) -> str:
    return candidate.matched_type.list_names(candidate.record)[0]
