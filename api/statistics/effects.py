"""What a revision changed beside the records that were written: claims that count or no longer do, and figures.

It compares two states: the revision and the one before. Only the claims around the changed ones are read: those of the
same claimant, unit and harm, and those that relations join to them.

Rules: docs/developers/reconciling.md#rule-1, #rule-2, #rule-4, #rule-5, #rule-7,
#rule-8, #rule-10, #rule-11.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from api.database.connection import keys_clause, select_rows
from api.evidence import world
from api.evidence.changes import find_affected_claims
from api.evidence.columns import NAMES
from api.evidence.reading import read_by_keys
from api.evidence.tables import query_tables, texts_clause
from api.history.pinned_snapshot import at_revision
from api.reconciling.record import CUMULATIVE, INCIDENT, PERIOD, Claim, UnanswerableError
from api.reconciling.settlement import Settlement, settle_claims
from api.reconciling.standing import Exclusion
from api.statistics.effect_notes import write_figure_note, write_note
from api.statistics.reading import ACTING

MOST_CLAIMS = 5_000  # that are compared: more would make a write slow
FIGURE = ("low", "best", "high", "qualifier", "flags")
RETRACTED = "retracted"  # no word of EFFECT: only the request itself retracts a claim
BY_RELATION = {
    "superseded": "superseded",
    "misreport": "misreported",
    "same_as": "repeated",
    RETRACTED: RETRACTED,
}
BY_CLAIMANT = {"superseded": "replaced", "included_in": "included", "later_start": "later_start"}
Document = dict[str, Any]


class Written(NamedTuple):
    """The records that a request wrote."""

    record_type: str
    slugs: Collection[str]

    @property
    def claims(self) -> Collection[str]:
        return self.slugs if self.record_type == "claims" else ()


class Effect(NamedTuple):
    """A claim, what changed about it, and the record that causes it (`by`, of the type `by_resource`)."""

    claim: str
    effect: str  # a word of EFFECT
    by: str | None
    by_resource: str | None
    before: Document | None  # the figure, where it changed
    after: Document | None
    note: str


class Effects(NamedTuple):
    effects: list[Effect]
    is_complete: bool  # False: more than MOST_CLAIMS would have to be compared, so only figures are


NO_EFFECTS = Effects([], True)


def find_effects(revision: int, written: Written) -> Effects:
    """Return the effects of the newest revision, which may still be open, by claim."""
    figures = [*_find_changed_figures(revision, written)]
    standings = _find_changed_standings(revision, written)
    effects = sorted([*figures, *(standings or ())], key=lambda effect: (effect.claim, effect.effect))
    return Effects(effects, standings is not None)


# Figures -------------------------------------------------------------------------------------------------------------


def _find_changed_figures(revision: int, written: Written) -> Iterator[Effect]:
    """Yield the claims that follow their reports (rule 1)."""
    entries = _read_entries(revision, "claims")
    changed = {slug: pair for slug, *pair in entries if slug not in written.claims and _figure_of(pair[0])}
    reports = _find_reports(revision) if changed else {}
    for slug, (before, after) in changed.items():
        old, new = _figure_of(before), _figure_of(after)
        if old and new and old != new:
            by = (
                ("reports", reports[slug])
                if slug in reports
                else (written.record_type, next(iter(written.slugs), None))
            )
            yield Effect(slug, "figure_changed", by[1], by[0], old, new, write_figure_note(slug, *by, old, new))


def _read_entries(revision: int, record_type: str) -> list[tuple[str, Document | None, Document | None]]:
    """Return the record, and the document before and after, of each entry of the log."""
    sql = (
        f"SELECT record, before, after FROM change WHERE revision = {int(revision)} AND noun || '' = '{record_type}' "
        "ORDER BY seq"
    )
    return [(record, _parse(before), _parse(after)) for record, before, after in query_tables(sql)]


def _parse(text: str | None) -> Document | None:
    return None if text is None else json.loads(text)


def _figure_of(document: Document | None) -> Document | None:
    return document and {name: document[name] for name in FIGURE}


def _find_reports(revision: int) -> dict[str, str]:
    """Return the first written report of each claim, also of a claim that lost it."""
    reports: dict[str, str] = {}
    for report, before, after in _read_entries(revision, "reports"):
        for document in (after, before):
            if document:
                reports.setdefault(document["claim"], report)
    return reports


# Standing ------------------------------------------------------------------------------------------------------------


class _State(NamedTuple):
    """The claims around the changed ones at a revision, and which of them do not count."""

    claims: dict[str, Claim]
    settlement: Settlement

    def find_word(self, claim: str) -> tuple[str | None, Exclusion | None]:
        """Return why the claim does not count, as a word of EFFECT or RETRACTED. (None, None): nothing displaces it."""
        if out := self.settlement.by_relation.get(claim):
            return BY_RELATION[out.reason], out
        if out := self.settlement.by_claimant.get(claim):
            return BY_CLAIMANT[out.reason], out
        return None, None


def _find_changed_standings(revision: int, written: Written) -> list[Effect] | None:
    """Return the claims that count again or no longer do; None: too many would have to be compared."""
    changed = {
        *find_affected_claims(revision - 1),
        *_find_claims_of_moved_conflicts(revision),
        *_find_claims_of_moved_sides(revision),
    }
    if not changed:
        return []
    after_keys = _find_surroundings(changed)
    with at_revision(revision - 1):
        before_keys = _find_surroundings(changed)
    if after_keys is None or before_keys is None:
        return None
    keys = sorted(after_keys | before_keys)
    try:
        after = _read_state(keys)
        with at_revision(revision - 1):
            before = _read_state(keys)
    except UnanswerableError:  # the statistics refuse such a record too, and say why
        return None
    return [*_compare_states(before, after, written)]


def _compare_states(before: _State, after: _State, written: Written) -> Iterator[Effect]:
    for slug, claim in after.claims.items():
        (old_word, old), (new_word, new) = before.find_word(slug), after.find_word(slug)
        # The request itself says that it retracts a claim, or makes one active again.
        if new_word in (old_word, RETRACTED) or (old_word, new_word) == (RETRACTED, None):
            continue
        word, by = (new_word, new and new.by) if new_word else ("active_again", old and old.by)
        cause = by or next(iter(written.slugs), None)
        rival = after.claims.get(by or "") or before.claims.get(by or "")
        record_type = "claims" if by else written.record_type
        yield Effect(slug, str(word), cause, record_type, None, None, write_note(str(word), claim, rival))


def _read_state(keys: Sequence[int]) -> _State:
    claims = {claim.id: claim for chunk in read_by_keys(keys) for claim in map(_as_claim, chunk)}
    events = world.read_events(claim.event for claim in claims.values() if claim.event)
    relations = [relation for relation in world.read_relations(keys) if relation.kind in ACTING]
    return _State(claims, settle_claims(world.read_world(events), claims.values(), relations))


_PLACES = [NAMES.index({"id": "slug", "sources": "source_keys"}.get(field, field)) for field in Claim._fields]


def _as_claim(row: Sequence[Any]) -> Claim:
    claim = Claim._make(row[place] for place in _PLACES)
    return claim._replace(harm=claim.harm or "", sources=tuple(claim.sources or ()))


# The claims around changed ones --------------------------------------------------------------------------------------

Unit = tuple[Any, ...]
SCOPE_COLUMNS = "id, claimant_id, harm, measure, conflict_id, event_id, covers_from, covers_to"
RELATED = "SELECT {end} FROM relation WHERE {column} IN {keys} AND status = 'active' AND kind IN {kinds}"


def _find_claims_of_moved_conflicts(revision: int) -> set[int]:
    """Return the claims of conflicts whose days changed: totals cover these days (rule 4)."""
    sql = "SELECT id FROM claim WHERE conflict_id IN (SELECT id FROM conflict WHERE slug IN {slugs})"
    return _find_claims_by(sql, _find_moved(revision, "conflicts", ("started_on", "ended_on")))


def _find_claims_of_moved_sides(revision: int) -> set[int]:
    """Return the claims by whose perpetrators a claimant names parts, if these changed their coalition (rule 8)."""
    sql = (
        "WITH RECURSIVE moved(id) AS (SELECT id FROM side WHERE slug IN {slugs} UNION "
        "SELECT side_id FROM side_membership JOIN moved ON member_of_id = moved.id) "
        "SELECT id FROM claim WHERE responsible_side_id IN (SELECT id FROM moved)"
    )
    return _find_claims_by(sql, _find_moved(revision, "sides", ("member_of",)))


def _find_moved(revision: int, record_type: str, fields: Sequence[str]) -> list[str]:
    """Return the records of a type with a change in one of these fields."""
    return [
        slug
        for slug, before, after in _read_entries(revision, record_type)
        if before and after and any(before[field] != after[field] for field in fields)
    ]


def _find_claims_by(sql: str, slugs: list[str]) -> set[int]:
    listed, values = texts_clause(slugs)
    return {key for (key,) in query_tables(sql.format(slugs=listed), values)} if slugs else set()


def _find_surroundings(keys: Iterable[int]) -> set[int] | None:
    """Return these claims, those of the same claimants, units and harms, those related to them, and so on.

    None: there are more than `MOST_CLAIMS`.
    """
    surroundings: set[int] = set()
    new_keys = set(keys)
    while new_keys:
        surroundings |= new_keys
        if len(surroundings) > MOST_CLAIMS:
            return None
        new_keys = (_find_same_scope(new_keys) | _find_related(new_keys)) - surroundings
    return surroundings


def _find_related(keys: Collection[int]) -> set[int]:
    listed, values = keys_clause(sorted(keys))
    kinds = f"({', '.join(repr(kind) for kind in ACTING)})"
    return {
        key
        for column, end in (("claim_id", "target_id"), ("target_id", "claim_id"))
        for (key,) in select_rows(RELATED.format(end=end, column=column, keys=listed, kinds=kinds), values)
    }


def _find_same_scope(keys: Collection[int]) -> set[int]:
    """Return the claims with a figure of the same claimant, unit and harm as one of these."""
    listed, values = keys_clause(sorted(keys))
    rows = select_rows(f"SELECT {SCOPE_COLUMNS} FROM claim WHERE id IN {listed} AND kind = 'casualty'", values)
    scopes = {_scope_of(row) for row in rows}
    return {row[0] for row in _read_candidates(rows) if _scope_of(row) in scopes}


def _scope_of(row: Sequence[Any]) -> tuple[Any, ...]:
    """Return claimant, harm and unit of a row of `SCOPE_COLUMNS`; the unit as in `World.find_unit` (rule 2)."""
    _, claimant, harm, measure, conflict, event, first, last = row
    if measure == PERIOD:
        return claimant, harm, measure, conflict, first, last
    if event is not None and measure in (INCIDENT, CUMULATIVE):
        return claimant, harm, INCIDENT, event
    return claimant, harm, measure, conflict, event


def _read_candidates(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield rows of claims that may be of the same scope as one of these rows, by event or by claimant."""
    conditions = [
        ({"event_id": {row[5] for row in rows if row[5] is not None}}, "kind = 'casualty'"),
        (_claimants_and_conflicts(row for row in rows if row[3] == PERIOD), "measure = 'period'"),
        (
            _claimants_and_conflicts(row for row in rows if row[3] != PERIOD and row[5] is None),
            "measure <> 'period' AND event_id IS NULL AND kind = 'casualty'",
        ),
    ]
    for columns, condition in conditions:
        if all(columns.values()):
            clauses = [(column, *keys_clause(sorted(keys))) for column, keys in columns.items()]
            where = " AND ".join(f"{column} IN {listed}" for column, listed, _ in clauses)
            values = tuple(value for *_, some in clauses for value in some)
            yield from select_rows(f"SELECT {SCOPE_COLUMNS} FROM claim WHERE {where} AND {condition}", values)


def _claimants_and_conflicts(rows: Iterable[Sequence[Any]]) -> dict[str, set[int]]:
    listed = list(rows)
    return {"claimant_id": {row[1] for row in listed}, "conflict_id": {row[4] for row in listed}}
