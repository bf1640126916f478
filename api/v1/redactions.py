"""Erasing a text that should never have been entered."""

from typing import Any

from flask import Response, current_app
from marshmallow import ValidationError

from api import openapi
from api.problems import ApiProblem
from api.records.faults import Fault, NoSuchRecord, Refused, flat
from api.records.redaction import Redaction, beyond_reach, redact
from api.v1.posting import IDEMPOTENCY_KEY, REASON, Keep, once
from api.v1.reading import Query, ReadBlueprint
from api.v1.writing import invalid, written
from schemas.log import RESOURCES
from schemas.writing import ReasonQuery, RedactionIn, RedactionOut

blueprint = ReadBlueprint("redactions", __name__, description="Erasing a text that should never have been entered.")
AT = f"/<any({','.join(RESOURCES)}):resource>/<slug:record_id>/redaction"
BODY = {"required": True, "content": {"application/json": {"schema": RedactionIn}}}


@blueprint.route(AT, methods=["POST"], endpoint="redact")
@blueprint.arguments(ReasonQuery, location="query")
@blueprint.response(200, RedactionOut)
@blueprint.doc(
    summary="Erase texts of a record for good: from all its revisions, from search and from the log.",
    description="Needs a key with the scope admin. `[redacted]` stands where they stood; the log still verifies.",
    parameters=[REASON, IDEMPOTENCY_KEY],
    requestBody=BODY,
    **openapi.BY_KEY,
    **openapi.problems(400, 401, 403, 404, 409, 411, 413, 415, 422, 503, 507),
)
def redact_record(question: Query, resource: str, record_id: str) -> Response:
    reason = question["reason"]

    def write(body: Any, who: str, keep: Keep) -> None:
        try:
            fields = list(dict.fromkeys(_loaded(resource, body)["fields"]))
            redact(
                resource, record_id, fields, reason, who,
                also=lambda told: keep(200, {"data": _told(resource, record_id, fields, told)}),
            )  # fmt: skip
        except NoSuchRecord:
            raise ApiProblem("not-found", f"There is no record {record_id} among {resource}.") from None
        except Refused as refused:
            raise invalid(refused, {}) from None

    return once("admin", f"{resource}/{record_id}/redaction\n{reason}", write)


def _loaded(resource: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refused([Fault(resource, 0, "", "Must be an object that names the fields.")])
    try:
        loaded: dict[str, Any] = RedactionIn().load(body)
    except ValidationError as error:
        raise Refused([Fault(resource, 0, *found) for found in flat(error.messages)]) from None
    return loaded


def _told(resource: str, record_id: str, fields: list[str], told: Redaction) -> dict[str, Any]:
    public_url = current_app.config["PUBLIC_URL"]
    return {
        **written(resource, record_id, told.revision),
        "fields": fields,
        "erased": told.erased,
        "elsewhere": [
            {"resource": noun, "id": slug, "url": f"{public_url}/v1/{noun}/{slug}"} for noun, slug in told.elsewhere
        ],
        "beyond_reach": beyond_reach(told, current_app.config["CACHE_SECONDS"]),
    }
