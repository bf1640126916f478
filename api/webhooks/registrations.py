"""Registered webhooks, and how far each was delivered."""

import secrets
from typing import NamedTuple

from api.auth.api_keys import load_keys
from api.database.clock import utc_now
from api.database.models import Webhook
from api.database.statements import fetch_tuples
from api.database.writing import writing

MOST_OF_KEY = 20  # webhooks of one key


class TooManyWebhooksError(Exception):
    """A key has `MOST_OF_KEY` webhooks already."""


class Registration(NamedTuple):
    """A webhook. See `Webhook` in `api/database/models.py`."""

    slug: str
    key: str
    url: str
    question: str
    created_at: str
    sent_seq: int
    pending_seq: int | None
    attempts: int
    due_at: str | None
    failed_at: str | None
    last_error: str
    delivered_at: str | None

    @property
    def status(self) -> str:
        return "failed" if self.failed_at else "failing" if self.attempts else "active"


FIELDS = (
    Webhook.slug, Webhook.key, Webhook.url, Webhook.question, Webhook.created_at, Webhook.sent_seq,
    Webhook.pending_seq, Webhook.attempts, Webhook.due_at, Webhook.failed_at, Webhook.last_error, Webhook.delivered_at,
)  # fmt: skip


def add_webhook(key: str, url: str, question: str, sent_seq: int) -> Registration:
    """Register a webhook that gets the entries of the log after `sent_seq`. Raise `TooManyWebhooksError`."""
    with writing():
        if len(list_webhooks(key)) >= MOST_OF_KEY:
            raise TooManyWebhooksError
        slug = f"w{secrets.token_hex(16)}"
        Webhook.insert(
            slug=slug, key=key, url=url, question=question, created_at=utc_now(), sent_seq=sent_seq, attempts=0
        ).execute()
    (registration,) = (one for one in list_webhooks(key) if one.slug == slug)
    return registration


def list_webhooks(key: str) -> list[Registration]:
    """Return the webhooks of a key, oldest first."""
    query = Webhook.select(*FIELDS).where(Webhook.key == key).order_by(Webhook.created_at, Webhook.slug)
    return [Registration._make(row) for row in fetch_tuples(query)]


def list_all() -> list[Registration]:
    """Return all webhooks, oldest first."""
    query = Webhook.select(*FIELDS).order_by(Webhook.created_at, Webhook.slug)
    return [Registration._make(row) for row in fetch_tuples(query)]


def remove_webhook(key: str, slug: str) -> bool:
    """Remove a webhook of a key. Return whether there was one."""
    with writing():
        return bool(Webhook.delete().where((Webhook.slug == slug) & (Webhook.key == key)).execute())


def list_due(now: str) -> list[Registration]:
    """Return the webhooks that may be delivered now: alive, not before their time, of valid keys."""
    is_due = Webhook.failed_at.is_null() & (Webhook.due_at.is_null() | (Webhook.due_at <= now))
    rows = fetch_tuples(Webhook.select(*FIELDS).where(is_due).order_by(Webhook.due_at, Webhook.slug))
    valid = {
        key.slug
        for key in load_keys()
        if not key.revoked_at and (key.expires_on is None or key.expires_on >= now[:10]) and key.may("webhook")
    }
    return [one for row in rows if (one := Registration._make(row)).key in valid]


def change_webhook(before: Registration, after: Registration) -> bool:
    """Store what a delivery changed. Return False if another process changed the webhook since it was read."""
    old = before._asdict()
    changes = {name: value for name, value in after._asdict().items() if value != old[name]}
    if not changes:
        return True
    unchanged = Webhook.slug == before.slug
    for field in (Webhook.sent_seq, Webhook.pending_seq, Webhook.attempts, Webhook.due_at, Webhook.failed_at):
        value = getattr(before, field.name)
        unchanged &= field.is_null() if value is None else field == value
    with writing():
        return bool(Webhook.update(**changes).where(unchanged).execute())
