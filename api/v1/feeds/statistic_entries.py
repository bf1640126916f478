"""Entries about the answers of a statistic: one for each write that changed the answer.

The answer is worked out again at the newest revisions that may have changed it, and compared with the one before.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import current_app

from api.change_log.matching_changes import Write, list_revisions_behind, read_writes
from api.database.connection import database
from api.database.deadline import TooSlowError, check_time, restart_clock
from api.history.pinned_snapshot import at_revision
from api.history.revisions import current_revision, newest_redaction
from api.http.problems import ApiProblem
from api.listings import claims
from api.listings.query import Bound, bind_question
from api.listings.references import UnknownValueError
from api.reconciling.record import UnanswerableError
from api.v1.feeds.feed_parts import FeedEntry
from api.v1.feeds.statistic_rows import KEYS, Row, RowChange, find_changes, say_change
from api.v1.feeds.stored_rows import read_stored_rows
from api.v1.shared.addresses import feed_identity, pinned_address
from schemas.claims import CLAIM_ROLES
from schemas.filter_roles import UNITS

MOST_COMPARED = 10  # writes: each costs the answer once more
MOST_LISTED = 50  # rows in the content of an entry
Rows = Sequence[Row]
ReadRows = Callable[[int], Rows]  # revision → rows of the answer in the open snapshot
#: Filters that choose units in every statistic. Others are used only where rule 6 gives them their role.
ALWAYS_UNITS = ("conflict", "recorded_conflict", "event")
BY_ROLE = ("casualties", "places", "disagreement", "event-disagreement", "claims-count")
#: By statistic: the types of which a new record can change the answer without a claim.
WITH_NEW = {
    "timeliness": ("events", "conflicts"),
    "events-count": ("events", "conflicts", "sides"),
    "check": ("events", "conflicts", "sides", "claimants"),
}


class ComparedEntries(NamedTuple):
    """The entries of a feed. `is_whole` is False if the time was up: the next request goes on where this one ended."""

    entries: list[FeedEntry]
    is_whole: bool


def list_statistic_entries(name: str, question: Mapping[str, Any], read_rows: ReadRows) -> ComparedEntries:
    """Return an entry for each of the newest `MOST_COMPARED` writes that changed the answer, newest first.

    What was compared is remembered, and the rows of each revision are stored. The first comparison has the time of
    two answers. Raises `TooSlowError` if this is up before anything is compared.
    """
    comparison = _Comparison(KEYS.get(name) or tuple(question.get("group_by", ())), read_rows)
    try:
        bound = {} if name == "events-count" else _bind_units(name, question)
    except UnknownValueError:
        comparison.read_newest()  # raises the problem that the answer has
        raise
    revisions = list_revisions_behind(bound, MOST_COMPARED + 1, WITH_NEW.get(name, ()))
    if not revisions:
        comparison.read_newest()
    entries: list[FeedEntry] = []
    for place, revision in enumerate(revisions[:MOST_COMPARED]):
        # Between two of them the answer stays the same, so that the older one is that before the newer write.
        older = revisions[place + 1] if place + 1 < len(revisions) else revision - 1
        found = comparison.find_entry(revision, older, is_newest=place == 0)
        if found is TIME_IS_UP:
            return ComparedEntries(entries, is_whole=False)
        if found is END:
            break
        if isinstance(found, FeedEntry):
            entries.append(found)
    return ComparedEntries(entries, is_whole=True)


END = "end"  # the question had no answer before, so that nothing can be compared
TIME_IS_UP = "time is up"
TRY_AGAIN = "The answer of before the newest change took too long. The newest is stored: try again in a few seconds."
#: What was compared, by database, question and the two revisions. Each is small, and stays true.
_remembered: OrderedDict[Any, FeedEntry | str | None] = OrderedDict()
MOST_REMEMBERED = 2048


class _Comparison:
    """Compares the answers at revisions. `compared`: the number of comparisons that are known."""

    def __init__(self, keys: Sequence[str], read_rows: ReadRows) -> None:
        self.keys, self.read_rows, self.compared = keys, read_rows, 0
        self.rows: dict[int, Rows | None] = {}
        self.identity = database.obj.database, feed_identity(), newest_redaction()

    def read_newest(self) -> Rows:
        """Return the answer of now, whose problems are those of the feed."""
        return self.read_rows(current_revision())

    def find_entry(self, revision: int, older: int, is_newest: bool) -> FeedEntry | str | None:
        """Return the entry of a write; None: the answer is the same; or END or TIME_IS_UP."""
        place = *self.identity, revision, older
        if place in _remembered:
            self.compared += 1
            return _remembered[place]
        after: Rows | None = None
        try:
            check_time()
            after = self._read_newest_at(revision) if is_newest else self._read_rows_at(revision)
            if not self.compared:
                restart_clock(current_app.config["STATEMENT_SECONDS"])
            found = self._compare(revision, self._read_rows_at(older), after)
        except TooSlowError:
            if self.compared:
                return TIME_IS_UP
            if after is None:
                raise
            raise ApiProblem("unavailable", TRY_AGAIN, headers={"Retry-After": "5"}) from None
        self.compared += 1
        _remembered[place] = found
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
        return found

    def _compare(self, revision: int, before: Rows | None, after: Rows | None) -> FeedEntry | str | None:
        if before is None or after is None:
            return END
        changes = find_changes(before, after, self.keys)
        return _write_entry(read_writes([revision])[revision], changes, self.keys) if changes else None

    def _read_newest_at(self, revision: int) -> Rows:
        """Return the answer of now, which is the same since `revision`."""
        return read_stored_rows(revision, self.read_newest)

    def _read_rows_at(self, revision: int) -> Rows | None:
        """Return the rows at a revision. None: the question had no answer then."""
        if revision not in self.rows:
            self.rows[revision] = _read_rows_at(revision, self.read_rows)
        return self.rows[revision]


def _bind_units(name: str, question: Mapping[str, Any]) -> Bound:
    """Return the filters that choose what the statistic reads: other records cannot change its answer."""
    units = {
        filter_name: (value,) if isinstance(value, str) else value
        for filter_name, value in question.items()
        if filter_name in ALWAYS_UNITS or (name in BY_ROLE and CLAIM_ROLES.get(filter_name) == UNITS)
    }
    return bind_question(claims.LISTING, units)


def _read_rows_at(revision: int, read_rows: ReadRows) -> Rows | None:
    """Return the rows at a revision, in the tables of then."""
    if revision == 0:
        return ()

    def read_past() -> Rows:
        with at_revision(revision):
            return read_rows(revision)

    try:
        return read_stored_rows(revision, read_past)
    except UnknownValueError:
        return ()  # a record that the question names did not exist yet
    except UnanswerableError:
        return None
    except ApiProblem as problem:
        return () if problem.slug == "not-found" else None


def _write_entry(write: Write, changes: Sequence[RowChange], keys: Sequence[str]) -> FeedEntry:
    sentences = [say_change(change, keys) for change in changes[:MOST_LISTED]]
    more = len(changes) - 1
    title = sentences[0] + (f"; and {more:,} more {'row' if more == 1 else 'rows'}" if more else "")
    rest = [f"and {len(changes) - MOST_LISTED:,} more"] if len(changes) > MOST_LISTED else []
    content = "\n".join([write.reason, *sentences, *rest])
    identity = f"{feed_identity()}#revision-{write.revision}"
    return FeedEntry(identity, title, content, write.made_at, write.who, None, pinned_address(write.revision))
