"""Register, list and remove the webhooks of a key. Nothing here sends anything: `flask webhooks deliver` does."""

from typing import Any

from flask import Response, current_app
from marshmallow import ValidationError

from api.change_log.entries import last_seq_of, newest_seq
from api.database.snapshot import open_snapshot
from api.http import formats, openapi
from api.http.problems import ApiProblem, make_fault
from api.http.request_bodies import read_body, read_json
from api.v1.shared.authorization import current_key, judge_key_first
from api.v1.shared.idempotent_post import forbid_caching
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.webhooks.subscribed_lists import RefusedQuestionError, read_question
from api.webhooks.allowed_hosts import RefusedAddressError, check_url
from api.webhooks.registrations import (
    MOST_OF_KEY,
    Registration,
    TooManyWebhooksError,
    add_webhook,
    list_webhooks,
    remove_webhook,
)
from api.webhooks.signing import derive_secret
from schemas.responses import SingleQuery
from schemas.webhooks import WebhookIn, WebhookNewOut, WebhookOneOut, WebhooksOut

blueprint = ReadBlueprint("webhooks", __name__, description="Changes are sent to the addresses that a key registers.")
NEEDS = "Needs a key with the scope webhook."
BODY = {"required": True, "content": {"application/json": {"schema": WebhookIn}}}


@blueprint.route("/webhooks", methods=["POST"], endpoint="add")
@judge_key_first("webhook")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(201, WebhookNewOut)
@blueprint.doc(
    summary="Register an address to which the changes of a list are sent.",
    description=f"{NEEDS} The answer has the secret of the signatures. It is shown only here.",
    requestBody=BODY,
    **openapi.BY_KEY,
    **openapi.describe_problems(400, 401, 403, 411, 413, 415, 422, 503, 507),
)
def register_webhook(question: Query) -> Response:
    sent = _load_body(read_json(read_body(("application/json",))))
    try:
        check_url(sent["url"], current_app.config["WEBHOOK_HOSTS"])
    except RefusedAddressError as refused:
        raise _refuse_field("url", str(refused)) from None
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        try:
            address = read_question(sent["question"]).address
        except RefusedQuestionError as refused:
            raise _refuse_field("question", str(refused)) from None
        sent_seq = last_seq_of(sent["since"]) if "since" in sent else newest_seq()
    try:
        registration = add_webhook(current_key().slug, sent["url"], address, sent_seq)
    except TooManyWebhooksError:
        message = f"This key has {MOST_OF_KEY} webhooks, which is the most. Remove one first."
        raise _refuse_field("", message) from None
    data = _describe_webhook(registration)
    data["secret"] = derive_secret(current_app.config["SECRET"], registration.slug)
    return _answer_unshared({"data": data}, question, 201)


@blueprint.route("/webhooks", methods=["GET"], endpoint="list")
@judge_key_first("webhook")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, WebhooksOut)
@blueprint.doc(
    summary="The webhooks of the key, and how far each was delivered.",
    description=NEEDS,
    **openapi.BY_KEY,
    **openapi.describe_problems(400, 401, 403, 422, 503),
)
def show_webhooks(question: Query) -> Response:
    found = list_webhooks(current_key().slug)
    return _answer_unshared({"data": [_describe_webhook(registration) for registration in found]}, question)


@blueprint.route("/webhooks/<slug:webhook_id>", methods=["GET"], endpoint="one")
@judge_key_first("webhook")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(200, WebhookOneOut)
@blueprint.doc(
    summary="One webhook of the key.",
    description=NEEDS,
    **openapi.BY_KEY,
    **openapi.describe_problems(400, 401, 403, 404, 422, 503),
)
def show_webhook(question: Query, webhook_id: str) -> Response:
    found = [one for one in list_webhooks(current_key().slug) if one.slug == webhook_id]
    if not found:
        raise _not_found(webhook_id)
    return _answer_unshared({"data": _describe_webhook(found[0])}, question)


@blueprint.route("/webhooks/<slug:webhook_id>", methods=["DELETE"], endpoint="remove")
@judge_key_first("webhook")
@blueprint.arguments(SingleQuery, location="query")
@blueprint.response(204)
@blueprint.doc(
    summary="Remove a webhook of the key.",
    description=f"{NEEDS} A message that is being sent may still arrive.",
    **openapi.BY_KEY,
    **openapi.describe_problems(400, 401, 403, 404, 422, 503, 507),
)
def delete_webhook(question: Query, webhook_id: str) -> Response:
    if not remove_webhook(current_key().slug, webhook_id):
        raise _not_found(webhook_id)
    return forbid_caching(Response(status=204))


def _load_body(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise _refuse_field("", "Must be an object with url and question.")
    try:
        loaded: dict[str, Any] = WebhookIn().load(body)
    except ValidationError as error:
        messages: Any = error.messages
        name, texts = next(iter(messages.items()))
        raise _refuse_field(name, " ".join(map(str, texts))) from None
    return loaded


def _refuse_field(name: str, message: str) -> ApiProblem:
    place = f"/{name}" if name else ""
    return ApiProblem("invalid-body", f"{place}: {message}".removeprefix(": "), [make_fault("body", place, message)])


def _not_found(webhook_id: str) -> ApiProblem:
    return ApiProblem("not-found", f"This key has no webhook {webhook_id}. /v1/webhooks lists its webhooks.")


def _describe_webhook(registration: Registration) -> dict[str, Any]:
    return {
        "id": registration.slug,
        "url": registration.url,
        "question": registration.question,
        "status": registration.status,
        "created_at": registration.created_at,
        "delivered_seq": registration.sent_seq,
        "delivered_at": registration.delivered_at,
        "attempts": registration.attempts,
        "next_attempt_at": registration.due_at if registration.attempts else None,
        "failed_at": registration.failed_at,
        "last_error": registration.last_error,
    }


def _answer_unshared(payload: dict[str, Any], question: Query, status: int = 200) -> Response:
    answer = formats.as_json(payload, question.get("pretty", False))
    answer.status_code = status
    return forbid_caching(answer)
