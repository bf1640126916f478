"""Find the claims that differ between two revisions, from the change log, without comparing rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from api.database.snapshot import read_once
from api.database.statements import keys_clause, select_rows, texts_clause
from api.evidence.tables import query_tables
from api.history.revisions import current_revision

#: Fields of other records that the frame repeats in each claim that refers to them, by record type.
REPEATED_FIELDS = {
    "sources": ("reliability",),
    "events": (
        "started_on", "ended_on", "type", "sub_type", "country", "admin1", "place", "date_precision",
        "place_precision", "latitude", "longitude", "sides",
    ),
    "claimants": ("side", "affiliation"),
    "conflicts": ("parent", "sides"),
    "sides": ("member_of",),
}  # fmt: skip
TABLES = {
    "sources": "source",
    "events": "event",
    "claimants": "claimant",
    "conflicts": "conflict",
    "sides": "side",
}
REFERENCES = (
    ("reports", "report", "claim_id"),
    ("relations", "relation", "claim_id"),
    ("relations", "relation", "target_id"),
)
#: Claims of the open snapshot, by the keys of a record that they refer to. A claim or report that refers to another
#: record at the other revision is in the change log itself.
CLAIMS_OF = {
    "sources": "SELECT claim_id FROM report WHERE source_id IN {keys}",
    "events": "SELECT id FROM claim WHERE event_id IN {keys}",
    "claimants": "SELECT id FROM claim WHERE claimant_id IN {keys}",
    "conflicts": "SELECT id FROM claim WHERE conflict_id IN {keys}",
    "sides": (
        "SELECT id FROM claim WHERE subject_side_id IN {keys} "
        "UNION SELECT claim.id FROM claim JOIN claimant ON claimant.id = claimant_id "
        "WHERE claimant.side_id IN {keys} OR claimant.affiliation_id IN {keys} "
        "UNION SELECT claim.id FROM claim JOIN event_side ON event_side.event_id = claim.event_id "
        "WHERE event_side.side_id IN {keys} "
        "UNION SELECT claim.id FROM claim JOIN conflict_side ON conflict_side.conflict_id = claim.conflict_id "
        "WHERE conflict_side.side_id IN {keys}"
    ),
}
SELECT_RECORD_TYPES = "SELECT DISTINCT noun || '' FROM change WHERE revision > {low} AND revision <= {high}"
# `noun || ''` keeps SQLite from using the index of `noun`, which would read the changes of all revisions.
IN_RANGE = "change.revision > {low} AND change.revision <= {high} AND change.noun || '' = '{record_type}'"
SELECT_CHANGED = (
    "SELECT {table}.{column} FROM change CROSS JOIN {table} WHERE {table}.slug = change.record AND " + IN_RANGE
)
# Every row of a changed record that was current at some revision of the range.
SELECT_FORMER = (
    "SELECT {column} FROM {table}_version WHERE held_until > {low} AND held_from <= {high} "
    "AND slug IN (SELECT record FROM change WHERE " + IN_RANGE + ")"
)


def find_affected_claims(revision: int) -> list[int]:
    """Return the keys of the claims that may differ between `revision` and the open snapshot, in order.

    This includes claims that exist at only one of the two. Some of them may be equal, but none is missing.
    """
    low, high = sorted((revision, current_revision()))
    if low == high:
        return []
    changed_types = {name for (name,) in query_tables(SELECT_RECORD_TYPES.format(low=int(low), high=int(high)))}
    affected: set[int] = set()
    if "claims" in changed_types:
        affected |= _select_keys(SELECT_CHANGED, low, high, "claims", "claim", "id")
    for record_type, table, column in REFERENCES:
        if record_type in changed_types:
            affected |= _select_keys(SELECT_CHANGED, low, high, record_type, table, column)
            affected |= _select_keys(SELECT_FORMER, low, high, record_type, table, column)
    if changed_types & REPEATED_FIELDS.keys():
        for record_type, slugs in _find_repeated_changes(low, high).items():
            affected |= _claims_referring(record_type, slugs)
    return sorted(affected)


def count_entries(revision: int) -> int:
    """Return the number of log entries between `revision` and the revision of the open snapshot."""
    last = "SELECT seq FROM change WHERE revision <= {} ORDER BY revision DESC, seq DESC LIMIT 1"
    ends = [query_tables(last.format(int(number))) for number in (revision, current_revision())]
    first, second = (int(result[0][0]) if result else 0 for result in ends)
    return abs(first - second)


def find_redacted_claims(seq: int) -> list[int]:
    """Return the keys of the claims that were redacted, or whose event was, after the log entry `seq`."""
    since = f"change.operation = 'redact' AND change.seq > {int(seq)}"
    redacted = "SELECT claim.id FROM change JOIN claim ON claim.slug = change.record WHERE change.noun = 'claims'"
    of_events = (
        f"SELECT {table}.id FROM change JOIN event ON event.slug = change.record "
        f"JOIN {table} ON {table}.event_id = event.id WHERE change.noun = 'events'"
        for table in ("claim", "claim_version")
    )
    queries = [f"{query} AND {since}" for query in (redacted, *of_events)]
    return sorted({key for (key,) in query_tables(" UNION ".join(queries))})


def last_redaction() -> int:
    """Return the number of the newest log entry that redacts a claim or an event; 0 if there is none."""
    sql = "SELECT COALESCE(MAX(seq), 0) FROM change WHERE operation = 'redact' AND noun || '' IN ('claims', 'events')"
    return int(query_tables(sql)[0][0])


def tip_of_log(revision: int) -> str:
    """Return a text that identifies the content at a revision, also among other or restored databases.

    The hash of the newest entry covers all entries before it.
    """
    revision_time = f"SELECT made_at FROM revision WHERE number = {int(revision)}"
    last = f"SELECT hash FROM change WHERE revision <= {int(revision)} ORDER BY revision DESC, seq DESC LIMIT 1"
    return read_once(
        ("tip", revision), lambda: "/".join(text for sql in (revision_time, last) for (text,) in query_tables(sql))
    )


def newest_revision() -> int:
    """Return the newest revision that the open snapshot sees, also where it is pinned to an older one."""
    newest = "SELECT COALESCE(MAX(number), 0) FROM revision"
    return read_once("newest revision", lambda: int(query_tables(newest)[0][0]))


def _select_keys(sql: str, low: int, high: int, record_type: str, table: str, column: str) -> set[int]:
    text = sql.format(low=int(low), high=int(high), record_type=record_type, table=table, column=column)
    return {key for (key,) in query_tables(text)}


def _find_repeated_changes(low: int, high: int) -> dict[str, set[str]]:
    """Return the slugs of the records with a change in a repeated field, by record type."""
    listed = ", ".join(f"'{record_type}'" for record_type in REPEATED_FIELDS)
    entries = query_tables(
        "SELECT noun, record, before, after FROM change "
        f"WHERE revision > {int(low)} AND revision <= {int(high)} AND before IS NOT NULL AND noun || '' IN ({listed})"
    )
    changed: dict[str, set[str]] = {}
    for record_type, record, before, after in entries:
        if _has_difference(json.loads(before), json.loads(after or "{}"), REPEATED_FIELDS[record_type]):
            changed.setdefault(record_type, set()).add(record)
    return changed


def _has_difference(before: dict[str, Any], after: dict[str, Any], fields: Iterable[str]) -> bool:
    return any(before.get(field) != after.get(field) for field in fields)


def _claims_referring(record_type: str, slugs: set[str]) -> set[int]:
    keys = _keys_of(TABLES[record_type], sorted(slugs))
    if record_type == "conflicts":
        keys = _with_phases(keys)
    if record_type == "sides":
        keys = _with_members(keys)
    sql, values = keys_clause(keys)
    template = CLAIMS_OF[record_type]
    return {key for (key,) in select_rows(template.format(keys=sql), values * template.count("{keys}"))}


def _keys_of(table: str, slugs: Sequence[str]) -> list[int]:
    sql, values = texts_clause(slugs)
    return [key for (key,) in query_tables(f"SELECT id FROM {table} WHERE slug IN {sql}", values)]


def _with_members(keys: list[int]) -> list[int]:
    """Return sides and their members in the open snapshot, also indirect ones: the camps of members change too."""
    return _add_below(keys, select_rows("SELECT side_id, member_of_id FROM side_membership"))


def _with_phases(keys: list[int]) -> list[int]:
    """Return conflicts and all their phases in the open snapshot, also indirect ones.

    This is enough: if the root of a conflict differs, the parent of a conflict above it here has changed.
    """
    return _add_below(keys, select_rows("SELECT id, parent_id FROM conflict"))


def _add_below(keys: list[int], links: list[tuple[Any, ...]]) -> list[int]:
    """Return the keys and all keys below them; a link is `(below, above)`."""
    below = set(keys)
    while deeper := {key for key, above in links if above in below} - below:
        below |= deeper
    return sorted(below)
