"""Which random relations are possible between their claims: a database refuses the others."""

from typing import Any

from api.rules.landscape import Landscape
from api.rules.related_claims import OF_CLAIM, EventDays, Pair, Speaker, Surroundings, find_misfits
from tests.support.worlds import Document, World

USUAL: Document = dict.fromkeys(OF_CLAIM) | {
    "kind": "casualty", "victim_status": "any", "victim_sex": "any", "victim_age": "any", "flags": [],
}  # fmt: skip


def find_impossible(world: World) -> set[str]:
    """Return the ids of the relations that their two claims cannot have."""
    claims = {claim["id"]: USUAL | claim for claim in world["claims"]}
    conflicts = [dict.fromkeys(("parent", "started_on")) | {"sides": []} | one for one in world["conflicts"]]
    sides = [{"member_of": []} | side for side in world["sides"]]
    around = Surroundings(
        {one["id"]: Speaker(one.get("side"), one.get("affiliation")) for one in world["claimants"]},
        {event["id"]: EventDays(event["started_on"], event["ended_on"]) for event in world["events"]},
        Landscape({}, {}, {}).with_documents(conflicts, sides),
    )

    def is_possible(relation: Document) -> bool:
        claim, target = claims[relation["claim"]], claims[relation["target"]]
        return not any(find_misfits(relation["kind"], Pair(claim, target, around))) and is_known(relation, claim)

    return {relation["id"] for relation in world["relations"] if not is_possible(relation)}


def is_known(relation: Document, claim: Any) -> bool:
    """Return whether the relation is not older than its claim."""
    last = relation.get("stated_until") or relation.get("stated_on")
    return not (last and claim["stated_on"]) or bool(last >= claim["stated_on"])
