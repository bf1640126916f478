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

from api.database import models
from api.database.bulk import rows_by_slug
from api.database.connection import parameter_mark
from api.database.statements import keys_clause, select_rows, texts_clause
from api.evidence import world
from api.evidence.changes import find_affected_claims
from api.evidence.columns import NAMES
from api.evidence.reading import read_by_keys
from api.evidence.tables import query_tables
from api.history.pinned_snapshot import at_revision
from api.reconciling.record import ACTING_KINDS, CUMULATIVE, INCIDENT, PERIOD, Claim, Relation, UnanswerableError, World
from api.reconciling.settlement import Settlement, settle_claims
from api.reconciling.standing import Exclusion
from api.statistics.effect_notes import write_figure_note, write_note

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
    corrections = _read_corrections(revision)
    figures = [*_find_changed_figures(revision, corrections, written)]
    standings = _find_changed_standings(revision, corrections, written)
    effects = sorted([*figures, *(standings or ())], key=lambda effect: (effect.claim, effect.effect))
    return Effects(effects, standings is not None)


class _Correction(NamedTuple):
    """An entry of the log for a record that existed before."""

    record_type: str
    record: str
    before: Document
    after: Document


def _read_corrections(revision: int) -> list[_Correction]:
    sql = (
        f"SELECT noun, record, before, after FROM change WHERE revision = {parameter_mark()} AND before IS NOT NULL "
        "ORDER BY seq"
    )
    return [
        _Correction(record_type, record, *map(json.loads, documents))
        for record_type, record, *documents in query_tables(sql, (revision,))
    ]


# Figures -------------------------------------------------------------------------------------------------------------


def _find_changed_figures(revision: int, corrections: Sequence[_Correction], written: Written) -> Iterator[Effect]:
    """Yield the claims that follow their reports (rule 1)."""
    changed = [entry for entry in corrections if entry.record_type == "claims" and entry.record not in written.claims]
    reports = _find_reports(revision) if changed else {}
    for _, slug, before, after in changed:
        old, new = _figure_of(before), _figure_of(after)
        if old != new:
            by = (
                ("reports", reports[slug])
                if slug in reports
                else (written.record_type, next(iter(written.slugs), None))
            )
            yield Effect(slug, "figure_changed", by[1], by[0], old, new, write_figure_note(slug, *by, old, new))


def _figure_of(document: Document) -> Document:
    return {name: document[name] for name in FIGURE}


def _find_reports(revision: int) -> dict[str, str]:
    """Return the first written report of each claim, also of a claim that lost it."""
    sql = f"SELECT record, after, before FROM change WHERE revision = {int(revision)} AND noun || '' = 'reports'"
    reports: dict[str, str] = {}
    for report, *documents in query_tables(f"{sql} ORDER BY seq"):
        for document in filter(None, documents):
            reports.setdefault(json.loads(document)["claim"], report)
    return reports


# Standing ------------------------------------------------------------------------------------------------------------


class _State(NamedTuple):
    """The claims around the changed ones at a revision, and which of them do not count."""

    world: World
    claims: dict[str, Claim]
    relations: list[Relation]
    settlement: Settlement

    def find_word(self, claim: str) -> tuple[str | None, Exclusion | None]:
        """Return why the claim does not count, as a word of EFFECT or RETRACTED. (None, None): nothing displaces it."""
        if out := self.settlement.by_relation.get(claim):
            return BY_RELATION[out.reason], out
        if out := self.settlement.by_claimant.get(claim):
            return BY_CLAIMANT[out.reason], out
        return None, None


def _find_changed_standings(revision: int, corrections: Sequence[_Correction], written: Written) -> list[Effect] | None:
    """Return the claims that count again or no longer do; None: too many would have to be compared."""
    has_only_new_claims = not corrections and written.record_type != "relations"
    if has_only_new_claims:  # a new report alone changes no standing
        changed = {key for _, key in rows_by_slug(models.Claim, written.claims)}
    else:
        changed = {
            *find_affected_claims(revision - 1),
            *_find_claims_of_moved_conflicts(corrections),
            *_find_claims_of_moved_sides(corrections),
        }
    keys = _find_surroundings(changed)
    if keys is not None and not has_only_new_claims:
        with at_revision(revision - 1):
            former_keys = _find_surroundings(changed)
        keys = None if former_keys is None else keys | former_keys
    if not keys:
        return None if keys is None else []
    try:
        after = _read_state(sorted(keys))
        if has_only_new_claims:
            before = _leave_out(after, written.claims)
        else:
            with at_revision(revision - 1):
                before = _read_state(sorted(keys))
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
    relations = [relation for relation in world.read_relations(keys) if relation.kind in ACTING_KINDS]
    return _settle_state(world.read_world(events), claims, relations)


def _leave_out(state: _State, new_claims: Collection[str]) -> _State:
    """Return the state before these claims were added. Nothing else was: no older claim has a relation to them."""
    older = {slug: claim for slug, claim in state.claims.items() if slug not in new_claims}
    return _settle_state(state.world, older, state.relations)


def _settle_state(around: World, claims: dict[str, Claim], relations: list[Relation]) -> _State:
    return _State(around, claims, relations, settle_claims(around, claims.values(), relations))


_PLACES = [NAMES.index({"id": "slug", "sources": "source_keys"}.get(field, field)) for field in Claim._fields]


def _as_claim(row: Sequence[Any]) -> Claim:
    claim = Claim._make(row[place] for place in _PLACES)
    return claim._replace(harm=claim.harm or "", sources=tuple(claim.sources or ()))


# The claims around changed ones --------------------------------------------------------------------------------------

Unit = tuple[Any, ...]
SCOPE_COLUMNS = "id, claimant_id, harm, measure, conflict_id, event_id, covers_from, covers_to"
RELATED = "SELECT {end} FROM relation WHERE {column} IN {keys} AND status = 'active' AND kind IN {kinds}"


def _find_claims_of_moved_conflicts(corrections: Sequence[_Correction]) -> set[int]:
    """Return the claims of conflicts whose days changed: totals cover these days (rule 4)."""
    sql = "SELECT id FROM claim WHERE conflict_id IN (SELECT id FROM conflict WHERE slug IN {slugs})"
    return _find_claims_by(sql, _find_moved(corrections, "conflicts", ("started_on", "ended_on")))


def _find_claims_of_moved_sides(corrections: Sequence[_Correction]) -> set[int]:
    """Return the claims by whose perpetrators a claimant names parts, if these changed their coalition (rule 8)."""
    sql = (
        "WITH RECURSIVE moved(id) AS (SELECT id FROM side WHERE slug IN {slugs} UNION "
        "SELECT side_id FROM side_membership JOIN moved ON member_of_id = moved.id) "
        "SELECT id FROM claim WHERE responsible_side_id IN (SELECT id FROM moved)"
    )
    return _find_claims_by(sql, _find_moved(corrections, "sides", ("member_of",)))


def _find_moved(corrections: Sequence[_Correction], record_type: str, fields: Sequence[str]) -> list[str]:
    """Return the records of a type with a change in one of these fields."""
    return [
        entry.record
        for entry in corrections
        if entry.record_type == record_type and any(entry.before[field] != entry.after[field] for field in fields)
    ]


def _find_claims_by(sql: str, slugs: list[str]) -> set[int]:
    listed, values = texts_clause(slugs)
    return {key for (key,) in query_tables(sql.format(slugs=listed), values)} if slugs else set()


def _find_surroundings(keys: Iterable[int]) -> set[int] | None:
    """Return the claims among and around these that share a claimant, unit and harm, or a relation, with another.

    A claim alone in these displaces none. None: there are more than `MOST_CLAIMS`.
    """
    seen, surroundings = set[int](), set[int]()
    new_keys = set(keys)
    while new_keys:
        seen |= new_keys
        if len(seen) > MOST_CLAIMS:
            return None
        neighbours = _find_same_scope(new_keys) | _find_related(new_keys)
        surroundings |= neighbours
        new_keys = neighbours - seen
    return surroundings


def _find_related(keys: Collection[int]) -> set[int]:
    listed, values = keys_clause(sorted(keys))
    kinds = f"({', '.join(repr(kind) for kind in ACTING_KINDS)})"
    return {
        key
        for column, end in (("claim_id", "target_id"), ("target_id", "claim_id"))
        for (key,) in select_rows(RELATED.format(end=end, column=column, keys=listed, kinds=kinds), values)
    }


def _find_same_scope(keys: Collection[int]) -> set[int]:
    """Return the claims with a figure of the same claimant, unit and harm as one of these, where they are several."""
    listed, values = keys_clause(sorted(keys))
    rows = select_rows(f"SELECT {SCOPE_COLUMNS} FROM claim WHERE id IN {listed} AND kind = 'casualty'", values)
    sharing: dict[tuple[Any, ...], set[int]] = {_scope_of(row): set() for row in rows}
    for row in _read_candidates(rows):
        if (scope := _scope_of(row)) in sharing:
            sharing[scope].add(row[0])
    return {key for claims in sharing.values() if len(claims) > 1 for key in claims}


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
