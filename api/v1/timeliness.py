"""How long a side took to give a figure of its own."""

from typing import Any

from api import openapi
from api.queries import claims
from api.queries.timeliness import Timing, timeliness
from api.v1.answers import Told, serve
from api.v1.figures import claim_address, statistic_meta
from api.v1.reading import Query, ReadBlueprint
from schemas.envelopes import listing
from schemas.timeliness import FIRST, TIMELINESS, TimelinessMeta, TimelinessOut, TimelinessQuery

blueprint = ReadBlueprint("timeliness", __name__, description="How long sides took to speak of their own losses.")


def tell_timeliness(question: Query, revision: int) -> Told:
    found = timeliness(question)
    shown = claims.told((timing.first.id for timing in found if timing.first), tuple(FIRST))
    rows = [_told(timing, shown, question) for timing in found]
    what = f"days to the first figure of {question['side']}'s own {question['harm']}"
    meta = statistic_meta(what, question, revision)
    never = [timing.about["id"] for timing in found if timing.explanation == "never"]
    return Told(rows, TIMELINESS, meta | {"of": question["of"], "total": len(rows), "never": never})


def _told(timing: Timing, shown: dict[str, dict[str, Any]], question: Query) -> dict[str, Any]:
    about, first = timing.about, timing.first
    own = {"id": about["id"], "name": about["name"]}
    told = shown[first.id] if first else dict.fromkeys(FIRST) | {"sources": []}
    return {
        "event": own if question["of"] == "events" else None,
        "conflict": about["conflict"] if question["of"] == "events" else own,
        "started_on": about["started_on"],
        "ended_on": about["ended_on"],
        "harm": question["harm"],
        "days": timing.days,
        "explanation": timing.explanation,
        "claim": first and first.id,
        **{name: told[name] for name in FIRST},
        "silences": [
            {"claim": s.id, "victim_status": s.victim_status, "from": s.covers_from, "to": last}
            for s, last in timing.silences
        ],
        "url": first and claim_address(first.id),
    }


serve(
    blueprint,
    "timeliness",
    "/statistics/timeliness",
    TimelinessQuery,
    openapi.either_shape(listing(TimelinessOut, TimelinessMeta)),
    TimelinessOut,
    "Days from each event or conflict to a side's first figure of its own losses, and its silences.",
    tell_timeliness,
)
