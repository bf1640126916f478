"""The question of a webhook: the address of a list with its filters. Its changes are those of the list's feed."""

import urllib.parse
from typing import Any, NamedTuple

from flask import current_app
from marshmallow import Schema

from api.change_log.entries import LISTING as LOG
from api.change_log.entries import load_entries, newest_seq
from api.change_log.matching_changes import ChangeSelection, select_changes_of, select_log
from api.database.snapshot import open_snapshot
from api.http.problems import ApiProblem
from api.http.query_strings import load_embedded
from api.listings import claimants, claims, conflicts, events, relations, reports, sides, sources
from api.listings.query import Listing, bind_question
from api.listings.references import UnknownValueError
from api.v1.feeds.record_entries import word_titles
from api.webhooks.delivery import Batch
from api.webhooks.sending import UndeliveredError
from schemas.claimants import ClaimantFilters
from schemas.claims import ClaimFilters
from schemas.conflicts import ConflictFilters
from schemas.events import EventFilters
from schemas.log import WebhookLogFilters
from schemas.relations import RelationFilters
from schemas.reports import ReportFilters
from schemas.sides import SideFilters
from schemas.sources import SourceFilters

CHANGES = "changes"
SUBSCRIBED: dict[str, tuple[Listing, type[Schema]]] = {
    CHANGES: (LOG, WebhookLogFilters),
    "claims": (claims.LISTING, ClaimFilters),
    "reports": (reports.LISTING, ReportFilters),
    "relations": (relations.LISTING, RelationFilters),
    "events": (events.LISTING, EventFilters),
    "conflicts": (conflicts.LISTING, ConflictFilters),
    "sides": (sides.LISTING, SideFilters),
    "claimants": (claimants.LISTING, ClaimantFilters),
    "sources": (sources.LISTING, SourceFilters),
}
#: Filters by a row of a statistic: which records they find changes without a change of these records.
OF_STATISTICS = ("used_by", "left_out_of")


class RefusedQuestionError(Exception):
    """An address that is no list with filters. The text says what to send."""


class ListQuestion(NamedTuple):
    """A list and its filters, as text and as loaded."""

    name: str
    query: str
    filters: dict[str, Any]

    @property
    def address(self) -> str:
        return f"/v1/{self.name}" + (f"?{self.query}" if self.query else "")


def read_question(address: str) -> ListQuestion:
    """Return the question of an address of a list. Raise `RefusedQuestionError`."""
    path, _, query = address.removeprefix(current_app.config["PUBLIC_URL"]).partition("?")
    name = path.removeprefix("/v1/")
    if name not in SUBSCRIBED or not path.startswith("/v1/"):
        listed = ", ".join(f"/v1/{known}" for known in SUBSCRIBED)
        raise RefusedQuestionError(f"Must be the address of a list, with its filters. The lists are: {listed}.")
    if any(parameter in OF_STATISTICS for parameter, _ in urllib.parse.parse_qsl(query, keep_blank_values=True)):
        raise RefusedQuestionError("Must not have used_by or left_out_of. Send the filters of the statistic.")
    listing, schema = SUBSCRIBED[name]
    try:
        filters = load_embedded(schema(), "question", query) if query else {}
        bind_question(listing, filters)
    except ApiProblem as problem:
        raise RefusedQuestionError(problem.detail.removeprefix("question: ")) from None
    except UnknownValueError as unknown:
        raise RefusedQuestionError(f"{unknown.parameter}: {unknown.value!r} is not in this database.") from None
    return ListQuestion(name, query, filters)


def select_changes(question: ListQuestion) -> ChangeSelection:
    listing, _ = SUBSCRIBED[question.name]
    bound = bind_question(listing, question.filters)
    return select_log(bound) if question.name == CHANGES else select_changes_of(listing, bound)


def read_batch(address: str, after: int, until: int | None, most: int) -> Batch:
    """Return the matching entries after `after`, at most `most`. `until`: the last to look at (None: the newest).

    Raise `UndeliveredError` for a question that this version does not have.
    """
    with open_snapshot(None):
        last = until or newest_seq()
        if last <= after:
            return Batch([], after)
        try:
            selection = select_changes(read_question(address))
        except RefusedQuestionError as refused:
            raise UndeliveredError(f"The question is not valid any more. {refused}") from None
        seqs = selection.list_seqs_between(after, last, most)
        logged_entries = load_entries(seqs)
        titles = word_titles(logged_entries)
    public_url = current_app.config["PUBLIC_URL"]
    entries = [
        {
            "revision": entry.revision,
            "seq": entry.seq,
            "made_at": entry.made_at,
            "resource": entry.record_type,
            "id": entry.record,
            "operation": entry.operation,
            "title": title,
            "url": f"{public_url}/v1/{entry.record_type}/{entry.record}",
        }
        for entry, title in zip(logged_entries, titles, strict=True)
    ]
    is_whole = until is not None or len(seqs) < most
    return Batch(entries, last if is_whole else seqs[-1])
