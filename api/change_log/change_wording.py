"""Say in words what a change did to a figure: "Azerbaijan MoD: 2,783 killed, was 2,723".

The words come from the records in the log and from the names of the open snapshot. They hold no text that could be
erased from the log, such as a phrase.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from api.database.models import Change, Source
from api.database.statements import fetch_tuples
from api.history.revisions import current_revision
from api.listings.references import Ref, by_id, cached_references
from schemas.figure_words import say_figure
from schemas.labels import label_counted, label_word
from schemas.vocabularies import HARM, KIND, RELATION, STATUS

Document = dict[str, Any]
FIGURE_NUMBERS = ("value", "low", "best", "high")
NUMBERS = (*FIGURE_NUMBERS, "qualifier", "harm")
FIGURE = (*NUMBERS, "status")
WITH_FIGURES = ("claims", "reports")
#: Relations by which one figure takes the place of another.
REPLACING = ("supersedes", "revises")


class RecordChange(NamedTuple):
    """What happened to one record. `before` and `after` are documents; null: it did not exist."""

    record_type: str
    id: str
    operation: str  # the last one
    seq: int  # number of its last entry in the log
    before: Document | None
    after: Document | None


class Context(NamedTuple):
    """The records that changed records name."""

    claims: dict[tuple[str, int], Document]  # by id and number of the entry that names them: as they were then
    publishers: dict[str, str]
    claimants: dict[str, Ref]

    def name_claimant(self, slug: Any) -> str:
        return self.claimants[slug]["name"] if slug in self.claimants else str(slug or "unknown claimant")


def build_figure(record_type: str, document: Document | None) -> Document | None:
    """Return the figure of a claim or report; None: the record has none, or does not exist."""
    if document is None or record_type not in WITH_FIGURES:
        return None
    return {name: document.get(name) for name in FIGURE}


def word_changes(changes: Sequence[RecordChange]) -> list[str]:
    """Return a sentence for each change."""
    context = _load_context(changes)
    return [_word_change(change, context) for change in changes]


def _load_context(changes: Iterable[RecordChange]) -> Context:
    documents = [(change, change.after or change.before or {}) for change in changes]
    sources = {document.get("source") for change, document in documents if change.record_type == "reports"}
    query = Source.select(Source.slug, Source.publisher).where(Source.slug.in_(_list_stated(sources)))
    naming = [
        (document[name], change.seq)
        for change, document in documents
        if change.record_type in ("reports", "relations")
        for name in ("claim", "target")
        if name in document
    ]
    claimants = by_id(cached_references(current_revision()).claimants)
    return Context(_load_claims(naming), dict(fetch_tuples(query)), claimants)


def _load_claims(naming: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Document]:
    """Return each claim as the log had it at the entry that names it, so that an old sentence keeps its figures."""
    of_claims = (Change.record_type == "claims") & Change.record.in_(_list_stated(slug for slug, _ in naming))
    seqs: dict[str, list[int]] = {}
    for slug, seq in fetch_tuples(Change.select(Change.record, Change.seq).where(of_claims).order_by(Change.seq)):
        seqs.setdefault(slug, []).append(seq)
    sought = {
        (slug, naming_seq): seqs[slug][position - 1]
        for slug, naming_seq in naming
        if (position := bisect_right(seqs.get(slug, []), naming_seq))
    }
    numbers = sorted(set(sought.values()))
    after = dict(fetch_tuples(Change.select(Change.seq, Change.after).where(Change.seq.in_(numbers))))
    return {key: json.loads(after[seq] or "{}") for key, seq in sought.items()}


def _list_stated(values: Iterable[Any]) -> list[str]:
    return sorted(value for value in values if isinstance(value, str))


def _word_change(change: RecordChange, context: Context) -> str:
    document = change.after or change.before or {}
    if change.record_type == "claims":
        return f"{context.name_claimant(document.get('claimant'))}: {_word_figures(change, 'claim')}"
    if change.record_type == "reports":
        claim = context.claims.get((document.get("claim", ""), change.seq), {})
        publisher = context.publishers.get(document.get("source", ""), "unknown source")
        claimant = context.name_claimant(claim.get("claimant"))
        return f"{publisher} on {claimant}: {_word_figures(change, 'report', claim)}"
    if change.record_type == "relations":
        return _word_relation(change, document, context)
    name = document.get("name") or document.get("title") or change.id
    return f"{name} ({change.record_type[:-1]}): {_word_rest(change)}"


def _word_figures(change: RecordChange, record_type: str, claim: Document | None = None) -> str:
    """Return the new figure and, if it differs, the old one: `2,783 killed, was 2,723`. `claim`: that of a report."""
    old, new = change.before, change.after
    if old is None or new is None:
        figure = _word_whole(new or old or {}, claim)
        return f"{figure} (new {record_type})" if new else f"{figure}, removed"
    parts = [_word_whole(new, claim)]
    if any(old.get(name) != new.get(name) for name in NUMBERS):
        parts.append(f"was {word_figure(old) if old.get('harm') != new.get('harm') else word_number(old)}")
    if old.get("status") != new.get("status"):
        parts.append(_word_status(new))
    return ", ".join(parts) if len(parts) > 1 else f"{parts[0]}; {_word_rest(change)}"


def _word_whole(document: Document, claim: Document | None) -> str:
    """Return the figure of a claim or report. A report without a qualifier repeats the figure of its claim."""
    if not claim or document.get("qualifier"):
        return word_figure(document)
    return f"repeats {word_figure(claim | ({'harm': document['harm']} if document.get('harm') else {}))}"


def _word_relation(change: RecordChange, document: Document, context: Context) -> str:
    claim, target = (context.claims.get((document.get(name, ""), change.seq), {}) for name in ("claim", "target"))
    who, whom = (context.name_claimant(end.get("claimant")) for end in (claim, target))
    kind = str(document.get("kind", "related_to"))
    if kind in REPLACING and change.before is None and who == whom:
        is_same_harm = claim.get("harm") == target.get("harm")
        return f"{who}: {word_figure(claim)}, was {word_number(target) if is_same_harm else word_figure(target)}"
    words = f"{who}: {word_figure(claim)}, {label_word(RELATION, kind)} {whom}: {word_figure(target)}"
    return words if change.before is None else f"{words}; {_word_rest(change)}"


def _word_rest(change: RecordChange) -> str:
    """Return the names of the changed fields, or what happened to the whole record."""
    old, new = change.before, change.after
    if old is None or new is None:
        return "new" if new else "removed"
    if change.operation == "redact":
        return "a text was erased"
    if old.get("status") != new.get("status"):
        return _word_status(new)
    fields = sorted(name for name in {**old, **new} if old.get(name) != new.get(name))
    return f"{', '.join(fields)} changed" if fields else "unchanged"


def _word_status(document: Document) -> str:
    return f"now {label_word(STATUS, str(document.get('status')))}"


def word_figure(figure: Document) -> str:
    """Return a figure with its harm: `at least 20 killed or injured`; of another kind of claim what it is."""
    if figure.get("kind") in KIND and figure["kind"] != "casualty":
        return label_word(KIND, figure["kind"])
    is_stated = any(figure.get(name) is not None for name in FIGURE_NUMBERS)
    if not figure.get("harm"):
        return word_number(figure) if is_stated else "no figure"
    if not is_stated:
        return f"{label_word(HARM, figure['harm'])}, number not stated"
    number, harm = word_number(figure), label_counted(HARM, figure["harm"], None)
    return f"{number}, {harm}" if figure["harm"] == "unknown" else f"{number} {harm}"


def word_number(figure: Document) -> str:
    """Return a number with its hedge: `about 60`, `4,000 to 5,000`, `13 (12 to 15)`. Old entries lack some fields."""
    return say_figure({**dict.fromkeys(NUMBERS), **figure})
