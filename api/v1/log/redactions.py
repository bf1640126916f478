"""Permanent erasure of texts that should never have been entered."""

from typing import Any

from flask import Response, current_app
from marshmallow import ValidationError

from api.http import openapi
from api.http.problems import ApiProblem
from api.records.faults import Fault, NoSuchRecordError, RefusedError, flatten_messages
from api.v1.shared.authorization import judge_key_first
from api.v1.shared.idempotent_post import IDEMPOTENCY_KEY, REASON, KeepAnswer, answer_once
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.pinned_answers import forget_files
from api.v1.shared.write_effects import write_receipt
from api.v1.shared.write_routes import describe_refusal
from api.writes.redact import Redaction, beyond_reach, redact_texts
from schemas.log import RESOURCES
from schemas.writing import ReasonQuery, RedactionIn, RedactionOut

blueprint = ReadBlueprint(
    "redactions", __name__, description="Permanent erasure of texts that should never have been entered."
)
PATH = f"/<any({','.join(RESOURCES)}):resource>/<slug:record_id>/redaction"
BODY = {"required": True, "content": {"application/json": {"schema": RedactionIn}}}


@blueprint.route(PATH, methods=["POST"], endpoint="redact")
@judge_key_first("admin")
@blueprint.arguments(ReasonQuery, location="query")
@blueprint.response(200, RedactionOut)
@blueprint.doc(
    summary="Erase texts of a record permanently, from all its revisions, from search and from the log.",
    description="Needs a key with the scope admin. `[redacted]` replaces them; the log still verifies.",
    parameters=[REASON, IDEMPOTENCY_KEY],
    requestBody=BODY,
    **openapi.BY_KEY,
    **openapi.describe_problems(400, 401, 403, 404, 409, 411, 413, 415, 422, 503, 507),
)
def redact_record(question: Query, resource: str, record_id: str) -> Response:
    reason = question["reason"]

    def erase_texts(body: Any, who: str, keep: KeepAnswer) -> None:
        try:
            fields = list(dict.fromkeys(_load_body(resource, body)["fields"]))
            redact_texts(
                resource, record_id, fields, reason, who,
                also=lambda redaction: keep(200, {"data": _describe_redaction(resource, record_id, fields, redaction)}),
            )  # fmt: skip
        except NoSuchRecordError:
            raise ApiProblem("not-found", f"There is no record {record_id} among {resource}.") from None
        except RefusedError as refused:
            raise describe_refusal(refused, {}) from None

    answer = answer_once(f"{resource}/{record_id}/redaction\n{reason}", erase_texts)
    forget_files()
    return answer


def _load_body(resource: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise RefusedError([Fault(resource, 0, "", "Must be an object with the names of the fields.")])
    try:
        loaded: dict[str, Any] = RedactionIn().load(body)
    except ValidationError as error:
        raise RefusedError(
            [Fault(resource, 0, *fault_parts) for fault_parts in flatten_messages(error.messages)]
        ) from None
    return loaded


def _describe_redaction(resource: str, record_id: str, fields: list[str], redaction: Redaction) -> dict[str, Any]:
    public_url = current_app.config["PUBLIC_URL"]
    return {
        **write_receipt(resource, record_id, redaction.revision),
        "fields": fields,
        "erased": redaction.erased,
        "elsewhere": [
            {"resource": record_type, "id": slug, "url": f"{public_url}/v1/{record_type}/{slug}"}
            for record_type, slug in redaction.elsewhere
        ],
        "beyond_reach": beyond_reach(redaction, current_app.config["CACHE_SECONDS"]),
    }
