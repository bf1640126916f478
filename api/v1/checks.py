"""Whether a number was claimed, asked by an address or by a JSON body."""

from collections.abc import Iterable
from typing import Any

from flask import Response

from api import openapi
from api.queries import claims
from api.queries.checks import Checked, Hit, check
from api.queries.standing import Exclusion
from api.v1.answers import FORMATS, Told, answer, serve
from api.v1.figures import address_of, claim_address, pins, statistic_meta
from api.v1.reading import Query, ReadBlueprint
from schemas.checks import SAID, VERDICTS, CheckIn, CheckMeta, CheckOut, CheckQuery, CheckRowOut, CheckShape
from schemas.envelopes import single

blueprint = ReadBlueprint("checks", __name__, description="What an editor asks before print.")
SUMMARY = "Who said this number, if anybody; POST takes the same as a JSON body."
COLUMNS = ("verdict", "number", "role", *SAID)
# What is told of a claim as it stands on the wire; the rest is of the check.
OF_CLAIM = tuple(name for name in SAID if name not in ("claim", "how", "reason", "by", "url"))
ASKED = ("conflict", "event", "claimant", "subject_side", "harm", "number", "as_of")
Said = dict[str, Any]


def check_number(question: Query, revision: int) -> Told:
    found = check(question)
    data = _told(question["number"], found)
    rows = [{"verdict": found.verdict, "number": question["number"], **row} for row in _rows(data)]
    address = address_of("/v1/check", **pins(), **{name: str(question[name]) for name in ASKED if name in question})
    meta = statistic_meta("check of a number against the claims", question, revision, found.warnings, address)
    return Told(rows, COLUMNS, {**meta, "meaning": VERDICTS[found.verdict]}, data)


def _told(number: int, found: Checked) -> dict[str, Any]:
    nearest = [claim for claim in (found.below, found.above) if claim]
    shown = {hit.claim.id for hit in (*found.hits, *(hit for hit, _ in found.was_said))} | {c.id for c in nearest}
    known = claims.told(shown, OF_CLAIM)

    def said(claim: str, how: str | None = None, why: Exclusion | None = None) -> Said:
        told = {"claim": claim, **known[claim], "how": how, "reason": why and why.reason, "by": why and why.by}
        told["url"] = claim_address(claim)
        return {name: told[name] for name in SAID}

    def of(hit: Hit, why: Exclusion | None = None) -> Said:
        return said(hit.claim.id, hit.how, why)

    return {
        "verdict": found.verdict,
        "number": number,
        "claims": [of(hit) for hit in found.hits],
        "nearest": {
            "below": found.below and said(found.below.id),
            "above": found.above and said(found.above.id),
        },
        "was_said": [of(hit, why) for hit, why in found.was_said],
    }


def _rows(data: dict[str, Any]) -> Iterable[Said]:
    """Every claim of the answer with its role; a verdict without a claim still has its row."""
    told = [("holds", claim) for claim in data["claims"]]
    told += [(role, claim) for role, claim in data["nearest"].items() if claim]
    told += [("was_said", claim) for claim in data["was_said"]]
    nobody: Said = {name: [] if name == "sources" else None for name in SAID}
    return [{"role": role, **claim} for role, claim in told] or [{"role": None, **nobody}]


serve(blueprint, "check", "/check", CheckQuery, single(CheckOut, CheckMeta), CheckRowOut, SUMMARY, check_number)
body = openapi.merged(openapi.formats(FORMATS), openapi.problems(400, 406, 411, 413, 415, 422, 503))


@blueprint.route("/check", methods=["POST"], endpoint="check_body")
@blueprint.arguments(CheckShape, location="query")
@blueprint.arguments(CheckIn, location="json")
@blueprint.response(200, single(CheckOut, CheckMeta))
@blueprint.doc(summary="Who said this number, if anybody.", **body)
def check_body(shape: Query, question: Query) -> Response:
    return answer("check", CheckRowOut(), question | shape, None, check_number)
