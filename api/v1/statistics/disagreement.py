"""Where claimants differ most: over all events and conflicts, and about a single event."""

from collections.abc import Iterable
from typing import Any

from api.history.revisions import current_revision
from api.http.problems import ApiProblem
from api.listings import claims
from api.listings.references import UnknownValueError, by_id, cached_references, require_existing
from api.reconciling.question import ALL
from api.reconciling.reconciled_answer import Row
from api.statistics.casualties import name_keys
from api.statistics.disagreement import (
    BASIS,
    BOTH,
    CONFLICTS,
    DIMENSION,
    EVENTS,
    Disagreement,
    End,
    list_disagreements,
    rank_disagreements,
)
from api.statistics.notices import Notice
from api.v1.shared.addresses import address_of, read_pins, similar_address
from api.v1.shared.figure_json import (
    ALL_SIDES,
    CASUALTIES,
    round_spread,
    statistic_meta,
    write_row_key,
)
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.statistic_routes import StatisticAnswer, default_limit, serve_statistic
from schemas.responses import list_response
from schemas.sentences import count_noun
from schemas.statistics.disagreement import (
    DISAGREEMENT,
    EVENT_FIELDS,
    LIMIT,
    DisagreementMeta,
    DisagreementOut,
    DisagreementQuery,
    EventDisagreementOut,
    EventDisagreementQuery,
)

blueprint = ReadBlueprint("disagreements", __name__, description="Events and conflicts where claimants differ most.")
EXPLAIN = f"{CASUALTIES}/explain"
NEVER_ADDED = Notice("not_added", "Each spread is about a single figure. Do not add spreads or take their mean.")


def write_ranking(question: Query, revision: int) -> StatisticAnswer:
    of = question["of"]
    limit = question.get("limit", default_limit(question, LIMIT))
    ranking = rank_disagreements(question, of, limit)
    shown = ranking.ranked[:limit]
    rows = _write_rows(shown)
    for record, disagreement in zip(rows, shown, strict=True):
        record["url"] = _find_whole_address(record, disagreement.kind, question)
    what = "events and conflicts" if of == BOTH else of
    meta = statistic_meta(f"{what} ranked by how much claimants differ", question, revision, [NEVER_ADDED])
    if not ranking.differing and of != BOTH:
        meta["warnings"] += _point_elsewhere(question, CONFLICTS if of == EVENTS else EVENTS)
    meta |= {"of": of, "total": ranking.differing, "limit": limit, "compared": ranking.compared}
    return StatisticAnswer(rows, DISAGREEMENT, meta)


def _point_elsewhere(question: Query, of: str) -> Iterable[dict[str, str]]:
    """Yield a warning with the address of the ranking of the other kind, if that has rows."""
    number = rank_disagreements(question, of, 1).differing
    if number:
        text = f"Claimants differ about {count_noun(number, of.removesuffix('s'))}. Use of={of} or of=both."
        yield {"code": "other_basis", "text": text, "url": similar_address(of=of)}


def write_event(question: Query, revision: int, event_id: str) -> StatisticAnswer:
    try:
        require_existing("event", claims.WHERE["event"].requires, (event_id,))
    except UnknownValueError:
        raise ApiProblem("not-found", f"There is no record {event_id} among events.") from None
    disagreements = list_disagreements(question | {"event": (event_id,)})
    rows = _write_rows(disagreements, event=event_id)
    for record, disagreement in zip(rows, disagreements, strict=True):
        record["missing"] = [gap._asdict() for gap in disagreement.row.missing]
        record["silences"] = list(disagreement.row.silences)
    meta = statistic_meta(f"disagreement about {event_id}", question, revision, [NEVER_ADDED])
    has_difference = any(disagreement.has_difference for disagreement in disagreements)
    meta |= {"of": EVENTS, "total": int(has_difference), "limit": None, "compared": int(bool(disagreements))}
    return StatisticAnswer(rows, EVENT_FIELDS, meta)


def _write_rows(disagreements: list[Disagreement], **event: str) -> list[dict[str, Any]]:
    """Return the rows. `event` is the event in the path; the links of the rows have it as a filter."""
    named = cached_references(current_revision())
    sides = by_id(named.sides) | {ALL: ALL_SIDES}
    conflicts, names = by_id(named.conflicts), name_keys([disagreement.row for disagreement in disagreements])
    rows = []
    for disagreement in disagreements:
        row = disagreement.row
        key = dict(row.key)
        slug = key.get("event")
        rows.append(
            {
                "basis": row.basis,
                "event": slug and {"id": slug, "name": names["event", slug]},
                "conflict": conflicts[row.cells[0].unit.conflict],
                "subject_side": sides[key["subject_side"] or ALL],
                "harm": key["harm"],
                "measure": key.get("measure"),
                "spread": round_spread(row.spread),
                "disputed": bool(row.disputed),
                "lowest": _write_end(disagreement.lowest, row, disagreement.kind, "lowest", event),
                "highest": _write_end(disagreement.highest, row, disagreement.kind, "highest", event),
                "warnings": [NEVER_ADDED.code],
            }
        )
    return rows


def _write_end(end: End, row: Row, kind: str, policy: str, event: dict[str, str]) -> dict[str, Any]:
    statement = end.statement
    groups = f"{DIMENSION[kind]},subject_side"
    args = {**event, "basis": BASIS[kind], "policy": policy, "group_by": groups, "row": write_row_key(row)}
    return {
        "claim": statement.claims[0],
        "claims": list(statement.claims),
        "claimants": list(statement.claimants),
        "low": statement.low,
        "best": statement.best,
        "high": statement.high,
        "first_stated_on": end.first_stated_on,
        "last_stated_on": end.last_stated_on,
        "first_day": statement.coverage.first or None,
        "last_day": statement.coverage.last,
        "url": address_of("/v1/claims", id=",".join(statement.claims), **read_pins()),
        "explain": similar_address(EXPLAIN, ("of", "limit"), **args),
    }


def _find_whole_address(record: dict[str, Any], kind: str, question: Query) -> str:
    day = read_pins() | ({"as_of": question["as_of"]} if "as_of" in question else {})
    if kind == EVENTS:
        return address_of(f"/v1/events/{record['event']['id']}/disagreement", **day)
    args = {"basis": "totals", "recorded_conflict": record["conflict"]["id"], "group_by": "subject_side"}
    return address_of(CASUALTIES, **args, **day)


serve_statistic(
    blueprint,
    "disagreement",
    "/statistics/disagreement",
    DisagreementQuery,
    list_response(DisagreementOut, DisagreementMeta),
    DisagreementOut,
    "Events and conflicts ranked by how much claimants differ, with the two furthest statements.",
    write_ranking,
)
serve_statistic(
    blueprint,
    "event-disagreement",
    "/events/<slug:event_id>/disagreement",
    EventDisagreementQuery,
    list_response(EventDisagreementOut, DisagreementMeta),
    EventDisagreementOut,
    "How much claimants differ about an event, by side and harm.",
    write_event,
    problems=(404,),
)
