"""Webhooks: what a key registers, and how far it was delivered."""

from marshmallow import fields, validate

from schemas.fields import NOT_WITHIN, Text, describe
from schemas.responses import GREATEST_REVISION, Strict

STATUSES = {
    "active": "the last message was accepted, or none was sent yet",
    "failing": "the last attempt failed; `next_attempt_at` is the time of the next",
    "failed": "given up after ten attempts, or because the receiver answered 410; register it again",
}
SPECIFICATION = "Standard Webhooks"


class WebhookIn(Strict):
    url = Text(
        longest=2000,
        required=True,
        metadata=describe(
            "Where messages are sent: https, at a host that the operator allows.", "https://hooks.example.org/changes"
        ),
    )
    question = Text(
        longest=4000,
        required=True,
        metadata=describe(
            "Address of a list of records or of `/v1/changes`, with its filters.",
            "/v1/claims?conflict=nagorno-karabakh-2020&harm=killed",
        ),
    )
    since = fields.Integer(
        strict=True,
        validate=validate.Range(0, GREATEST_REVISION, error=NOT_WITHIN),
        metadata=describe("Begin with the changes after this revision (default: the newest).", 1),
    )


class WebhookOut(Strict):
    id = fields.String(metadata=describe("Id of the webhook.", "w4f6c0c7bd4f1470eb6f0f8f8a4e2c1d3"))
    url = fields.String(metadata=describe("Where messages are sent.", "https://hooks.example.org/changes"))
    question = fields.String(
        metadata=describe("The list and its filters.", "/v1/claims?conflict=nagorno-karabakh-2020")
    )
    status = fields.String(
        validate=validate.OneOf(list(STATUSES)),
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in STATUSES.items()) + ".", "active"),
    )
    created_at = fields.DateTime(metadata=describe("When it was registered.", "2026-01-31T12:00:00Z", "RFC 3339"))
    delivered_seq = fields.Integer(
        metadata=describe("Up to this entry of the change log everything that matches was delivered.", 17)
    )
    delivered_at = fields.DateTime(
        allow_none=True, metadata=describe("When the last message was accepted.", "2026-01-31T12:00:00Z", "RFC 3339")
    )
    attempts = fields.Integer(metadata=describe("Failed attempts of the message that is next.", 0))
    next_attempt_at = fields.DateTime(
        allow_none=True,
        metadata=describe("Time of the next attempt after a failure.", "2026-01-31T12:00:05Z", "RFC 3339"),
    )
    failed_at = fields.DateTime(
        allow_none=True, metadata=describe("When it was given up.", "2026-01-31T12:00:00Z", "RFC 3339")
    )
    last_error = fields.String(metadata=describe("Why the last failed attempt failed.", "The answer was 500."))


class WebhookWithSecretOut(WebhookOut):
    """A new webhook. Its secret is in no other answer."""

    secret = fields.String(
        metadata=describe("Key of the signatures.", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SPECIFICATION)
    )


class WebhookNewOut(Strict):
    data = fields.Nested(WebhookWithSecretOut, required=True, metadata=describe("The new webhook."))


class WebhookOneOut(Strict):
    data = fields.Nested(WebhookOut, required=True, metadata=describe("The webhook."))


class WebhooksOut(Strict):
    data = fields.List(
        fields.Nested(WebhookOut), required=True, metadata=describe("The webhooks of the key, oldest first.")
    )
