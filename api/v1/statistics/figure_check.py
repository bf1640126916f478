"""Checks whether a number was claimed. The question comes as a query string or as a JSON body."""

from collections.abc import Iterable
from typing import Any

from flask import Response

from api.http import openapi
from api.listings import claims
from api.reconciling.standing import Exclusion
from api.statistics.figure_check import Checked, Related, check_figure
from api.v1.shared.addresses import address_of, claim_address, read_pins
from api.v1.shared.figure_json import statistic_meta
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.statistic_routes import StatisticAnswer, answer_statistic, serve_statistic
from schemas.responses import TABLE_FORMATS, record_response
from schemas.statistics.figure_check import (
    CLAIM,
    VERDICTS,
    CheckIn,
    CheckMeta,
    CheckOut,
    CheckQuery,
    CheckRowOut,
    CheckShape,
    Sentence,
    read_sentence,
)

blueprint = ReadBlueprint("checks", __name__, description="Checks of a number before print.")
SUMMARY = "Who said this number, if anybody; POST accepts the same as JSON."
COLUMNS = ("verdict", "number", "comparison", "role", *CLAIM)
#: Fields of the check itself; the others are fields of the claim.
ADDED_TO_CLAIM = ("claim", "relation", "reason", "by", "url")
OF_CLAIM = tuple(name for name in CLAIM if name not in ADDED_TO_CLAIM)
QUESTION_FIELDS = (
    "conflict", "event", "claimant", "subject_side", "harm", "victim_status", "number", "comparison", "phrase",
    "phrase_lang", "as_of",
)  # fmt: skip
ClaimJson = dict[str, Any]


def check_sentence(question: Query, revision: int) -> StatisticAnswer:
    sentence = read_sentence(question)
    question_read = question | {"number": sentence.number, "comparison": sentence.comparison}
    checked = check_figure(question_read | ({"harm": sentence.harm} if sentence.harm else {}))
    data = _show_check(sentence, checked)
    shared_fields = {name: data[name] for name in ("verdict", "number", "comparison")}
    rows = [shared_fields | row for row in _list_rows(data)]
    address = address_of(
        "/v1/check", **read_pins(), **{name: str(question[name]) for name in QUESTION_FIELDS if name in question}
    )
    meta = statistic_meta("check of a number against the claims", question, revision, checked.warnings, address)
    return StatisticAnswer(rows, COLUMNS, {**meta, "meaning": VERDICTS[checked.verdict]}, data)


def _show_check(sentence: Sentence, checked: Checked) -> dict[str, Any]:
    nearest = [related for related in (checked.below, checked.above) if related]
    related = [*checked.claims, *nearest, *(related for related, _ in checked.not_current)]
    records = claims.read_fields({r.claim.id for r in related}, OF_CLAIM)

    def show_claim(related: Related, why: Exclusion | None = None) -> ClaimJson:
        id = related.claim.id
        added = (id, related.relation, why and why.reason, why and why.by, claim_address(id))
        shown = records[id] | dict(zip(ADDED_TO_CLAIM, added, strict=True))
        return {name: shown[name] for name in CLAIM}

    return {
        "verdict": checked.verdict,
        "number": sentence.number,
        "comparison": sentence.comparison,
        "reading": _show_reading(sentence),
        "claims": [show_claim(r) for r in checked.claims],
        "nearest": {
            "below": checked.below and show_claim(checked.below),
            "above": checked.above and show_claim(checked.above),
        },
        "not_current": [show_claim(r, why) for r, why in checked.not_current],
    }


def _show_reading(sentence: Sentence) -> dict[str, Any] | None:
    return None if sentence.rule is None else sentence._asdict()


def _list_rows(data: dict[str, Any]) -> Iterable[ClaimJson]:
    """Return one row per claim of the answer, with its role. A verdict without a claim has one row."""
    roles = [("claim", claim) for claim in data["claims"]]
    roles += [(role, claim) for role, claim in data["nearest"].items() if claim]
    roles += [("not_current", claim) for claim in data["not_current"]]
    nobody: ClaimJson = {name: [] if name == "sources" else None for name in CLAIM}
    return [{"role": role, **claim} for role, claim in roles] or [{"role": None, **nobody}]


serve_statistic(
    blueprint, "check", "/check", CheckQuery, record_response(CheckOut, CheckMeta), CheckRowOut, SUMMARY, check_sentence
)
body = openapi.merge_docs(
    openapi.describe_formats(TABLE_FORMATS), openapi.describe_problems(400, 406, 411, 413, 415, 422, 503)
)


@blueprint.route("/check", methods=["POST"], endpoint="check_body")
@blueprint.arguments(CheckShape, location="query")
@blueprint.arguments(CheckIn, location="json")
@blueprint.response(200, record_response(CheckOut, CheckMeta))
@blueprint.doc(summary="Who said this number, if anybody.", **body)
def check_body(shape: Query, question: Query) -> Response:
    return answer_statistic("check", CheckRowOut(), question | shape, None, check_sentence)
