"""Where claimants are furthest apart, over all events or conflicts and about one event."""

from typing import Any

from api import openapi
from api.problems import ApiProblem
from api.queries import claims
from api.queries.casualties import names
from api.queries.disagreements import BASIS, DIMENSION, Apart, each, furthest
from api.queries.questions import ALL
from api.queries.references import NoSuchRecord, by_id, current_revision, references, require
from api.queries.rows import Caution, Row
from api.queries.statements import Statement
from api.v1.answers import Told, serve
from api.v1.figures import address_of, pins, query_of, rounded, row_words, statistic_meta
from api.v1.reading import Query, ReadBlueprint
from schemas.disagreements import (
    DISAGREEMENT,
    LIMIT,
    OF_EVENT,
    DisagreementMeta,
    DisagreementOut,
    DisagreementQuery,
    EventDisagreementOut,
    EventDisagreementQuery,
)
from schemas.envelopes import listing

blueprint = ReadBlueprint("disagreements", __name__, description="Where claimants are furthest apart.")
EXPLAIN = "/v1/statistics/casualties/explain"
MEASURES = Caution("not_added", "spreads are of one figure each: they are neither added nor averaged")


def tell_disagreements(question: Query, revision: int) -> Told:
    of = question["of"]
    found = furthest(question, of)
    limit = question.get("limit", LIMIT if question["format"] == "json" else None)
    rows = _told(found.ranked[:limit], of, question)
    for row in rows:
        row["url"] = _whole(row, of, question)
    meta = statistic_meta(f"{of} by how far claimants are apart", question, revision, [MEASURES])
    meta |= {"of": of, "total": len(found.ranked), "limit": limit, "compared": found.compared}
    return Told(rows, DISAGREEMENT, meta)


def tell_event(question: Query, revision: int, event_id: str) -> Told:
    try:
        require("event", claims.WHERE["event"].requires, (event_id,))
    except NoSuchRecord:
        raise ApiProblem("not-found", f"There is no record {event_id} among events.") from None
    found = each(question | {"event": (event_id,)})
    rows = _told(found, "events", question, event=event_id)
    for row, apart in zip(rows, found, strict=True):
        row["missing"] = [gap._asdict() for gap in apart.lowest.missing]
        row["silences"] = list(apart.lowest.silences)
    meta = statistic_meta(f"disagreement about {event_id}", question, revision, [MEASURES])
    disagree = any(apart.disagree for apart in found)
    meta |= {"of": "events", "total": int(disagree), "limit": None, "compared": int(bool(found))}
    return Told(rows, OF_EVENT, meta)


def _told(found: list[Apart], of: str, question: Query, **more: str) -> list[dict[str, Any]]:
    told = references(current_revision())
    sides = by_id(told.sides) | {ALL: {"id": ALL, "name": "All sides together"}}
    conflicts, events = by_id(told.conflicts), names([apart.lowest for apart in found])
    rows = []
    for apart in found:
        key = dict(apart.lowest.key)
        event = key.get("event")
        lowest, highest = apart.ends
        rows.append(
            {
                "event": event and {"id": event, "name": events["event", event]},
                "conflict": conflicts[apart.lowest.cells[0].place.conflict],
                "subject_side": sides[key["subject_side"] or ALL],
                "harm": key["harm"],
                "measure": key.get("measure"),
                "spread": rounded(apart.lowest.spread),
                "disputed": bool(apart.lowest.disputed),
                "lowest": _end(lowest, apart.lowest, of, "lowest", question, more),
                "highest": _end(highest, apart.highest, of, "highest", question, more),
            }
        )
    return rows


def _end(statement: Statement, row: Row, of: str, policy: str, question: Query, more: dict[str, str]) -> dict[str, Any]:
    groups = f"{DIMENSION[of]},subject_side"
    asked = {**more, "basis": BASIS[of], "policy": policy, "group_by": groups, "row": row_words(row)}
    return {
        "claim": statement.claims[0],
        "claims": list(statement.claims),
        "claimants": list(statement.claimants),
        "low": statement.low,
        "best": statement.best,
        "high": statement.high,
        "url": address_of("/v1/claims", id=",".join(statement.claims), **pins()),
        "explain": f"{address_of(EXPLAIN)}?{query_of(question, ('of', 'limit'), **asked)}",
    }


def _whole(row: dict[str, Any], of: str, question: Query) -> str:
    day = pins() | ({"as_of": question["as_of"]} if "as_of" in question else {})
    if of == "events":
        return address_of(f"/v1/events/{row['event']['id']}/disagreement", **day)
    asked = {"basis": "totals", "recorded_conflict": row["conflict"]["id"], "group_by": "subject_side"}
    return address_of("/v1/statistics/casualties", **asked, **day)


serve(
    blueprint,
    "disagreement",
    "/statistics/disagreement",
    DisagreementQuery,
    openapi.either_shape(listing(DisagreementOut, DisagreementMeta)),
    DisagreementOut,
    "Events or conflicts by how far claimants are apart, with the two furthest claims.",
    tell_disagreements,
)
serve(
    blueprint,
    "event-disagreement",
    "/events/<slug:event_id>/disagreement",
    EventDisagreementQuery,
    openapi.either_shape(listing(EventDisagreementOut, DisagreementMeta)),
    EventDisagreementOut,
    "How far claimants are apart about one event, by side and harm.",
    tell_event,
    problems=(404,),
)
