"""Entries about the answers of a statistic: one for each write that changed the answer.

The answer is worked out again at the newest revisions that may have changed it, and compared with the one before.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from api.change_log.matching_changes import Write, list_revisions_behind, read_writes
from api.history.pinned_snapshot import at_revision
from api.history.revisions import current_revision
from api.http.problems import ApiProblem
from api.listings import claims
from api.listings.query import Bound, bind_question
from api.listings.references import UnknownValueError
from api.reconciling.record import UnanswerableError
from api.v1.feeds.feed_parts import FeedEntry
from api.v1.feeds.statistic_rows import KEYS, Row, RowChange, find_changes, say_change
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


def list_statistic_entries(name: str, question: Mapping[str, Any], read_rows: ReadRows) -> list[FeedEntry]:
    """Return an entry for each of the newest `MOST_COMPARED` writes that changed the answer, newest first."""
    keys = KEYS.get(name) or tuple(question.get("group_by", ()))
    newest = current_revision()
    after = read_rows(newest)
    bound = {} if name == "events-count" else _bind_units(name, question)
    revisions = list_revisions_behind(bound, MOST_COMPARED + 1, WITH_NEW.get(name, ()))
    writes = {write.revision: write for write in read_writes(revisions)}
    entries = []
    for place, revision in enumerate(revisions[:MOST_COMPARED]):
        # Between two of them the answer stays the same, so that the older one is that before the newer write.
        older = revisions[place + 1] if place + 1 < len(revisions) else revision - 1
        before = _read_rows_at(older, read_rows)
        if before is None:
            break
        if changes := find_changes(before, after, keys):
            entries.append(_write_entry(writes[revision], changes, keys))
        after = before
    return entries


def _bind_units(name: str, question: Mapping[str, Any]) -> Bound:
    """Return the filters that choose what the statistic reads: other records cannot change its answer."""
    units = {
        filter_name: (value,) if isinstance(value, str) else value
        for filter_name, value in question.items()
        if filter_name in ALWAYS_UNITS or (name in BY_ROLE and CLAIM_ROLES.get(filter_name) == UNITS)
    }
    return bind_question(claims.LISTING, units)


def _read_rows_at(revision: int, read_rows: ReadRows) -> Rows | None:
    """Return the rows at a revision. None: the question had no answer then, so that nothing can be compared."""
    if revision == 0:
        return ()
    with at_revision(revision):
        try:
            return read_rows(revision)
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
