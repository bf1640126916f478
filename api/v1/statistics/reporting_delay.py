"""How long a side took to report its losses."""

from collections.abc import Callable
from typing import Any

from api.listings import claims
from api.statistics.reporting_delay import Delay, measure_delays
from api.v1.shared.addresses import write_claim_addresses
from api.v1.shared.figure_json import statistic_meta
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.statistic_routes import StatisticAnswer, serve_statistic
from schemas.responses import list_response
from schemas.statistics.reporting_delay import FIRST, TIMELINESS, TimelinessMeta, TimelinessOut, TimelinessQuery

blueprint = ReadBlueprint("timeliness", __name__, description="How long sides took to report their losses.")


def write_delays(question: Query, revision: int) -> StatisticAnswer:
    delays = measure_delays(question)
    firsts = claims.read_fields((delay.first.id for delay in delays if delay.first), tuple(FIRST))
    find_address = write_claim_addresses()
    rows = [_write_delay(delay, firsts, find_address, question) for delay in delays]
    what = f"days until the first figure of {question['subject_side']} for its own {question['harm']}"
    meta = statistic_meta(what, question, revision)
    never = [delay.subject["id"] for delay in delays if delay.explanation == "never"]
    return StatisticAnswer(rows, TIMELINESS, meta | {"of": question["of"], "total": len(rows), "never": never})


def _write_delay(
    delay: Delay, firsts: dict[str, dict[str, Any]], find_address: Callable[[str], str], question: Query
) -> dict[str, Any]:
    subject, first = delay.subject, delay.first
    named = {"id": subject["id"], "name": subject["name"]}
    is_event = question["of"] == "events"
    fields = firsts[first.id] if first else dict.fromkeys(FIRST) | {"sources": []}
    return {
        "event": named if is_event else None,
        "conflict": subject["conflict"] if is_event else named,
        "started_on": subject["started_on"],
        "ended_on": subject["ended_on"],
        "harm": question["harm"],
        "days": delay.days,
        "explanation": delay.explanation,
        "claim": first and first.id,
        **{name: fields[name] for name in FIRST},
        "silences": [
            {"claim": s.id, "victim_status": s.victim_status, "from": s.covers_from, "to": last}
            for s, last in delay.silences
        ],
        "url": first and find_address(first.id),
    }


serve_statistic(
    blueprint,
    "timeliness",
    "/statistics/timeliness",
    TimelinessQuery,
    list_response(TimelinessOut, TimelinessMeta),
    TimelinessOut,
    "Days from each event or conflict until a side's first figure for its own losses, and its silences.",
    write_delays,
)
