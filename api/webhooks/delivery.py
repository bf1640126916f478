"""Deliver messages about changes: in order, at least once, with growing delays after failures.

A message is the matching entries of the log after the last delivered one, at most `MOST_ENTRIES`. What was tried is
stored before and after each attempt, so that a process that ends loses nothing: the next one sends the message again.
"""

import datetime
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson

from api.database.clock import utc_now
from api.webhooks.registrations import Registration, change_webhook, list_due
from api.webhooks.sending import UndeliveredError, send_message
from api.webhooks.signing import derive_secret, sign_message

logger = logging.getLogger(__name__)
MOST_ENTRIES = 100  # of one message
#: Seconds after each failed attempt until the next; after the last one the webhook is given up.
DELAYS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
LEASE = 60  # seconds for which a process has a webhook alone: longer than one attempt
Entries = list[dict[str, Any]]


class Batch(NamedTuple):
    """Matching entries of the log, in order. `last_seq`: up to which entry of the log they are complete."""

    entries: Entries
    last_seq: int


#: Arguments: the question, the entry before the first, the last entry (None: any), and the most entries.
ReadBatch = Callable[[str, int, int | None, int], Batch]
Send = Callable[[str, str, dict[str, str], bytes], None]


class Sender(NamedTuple):
    """What deliveries need. `hosts`: the setting."""

    hosts: str
    server_secret: str
    read_batch: ReadBatch
    send: Send = send_message


class Outcome(NamedTuple):
    slug: str
    entries: int  # delivered or tried
    error: str  # empty: delivered


def deliver_due(sender: Sender) -> list[Outcome]:
    """Deliver one message of each webhook that is due and has one. Return what was tried."""
    outcomes = [_deliver_next(sender, registration) for registration in list_due(utc_now())]
    return [outcome for outcome in outcomes if outcome is not None]


def _deliver_next(sender: Sender, registration: Registration) -> Outcome | None:
    """Deliver the next message of a webhook; None: nothing matches, or another process has it."""
    after, until = registration.sent_seq, registration.pending_seq
    try:
        batch = sender.read_batch(registration.question, after, until, MOST_ENTRIES)
    except UndeliveredError as refused:
        change_webhook(registration, _note_attempt(registration, Batch([], after), refused))
        return Outcome(registration.slug, 0, refused.reason)
    if not batch.entries:
        passed = registration._replace(sent_seq=batch.last_seq, pending_seq=None, attempts=0, due_at=None)
        change_webhook(registration, passed)
        return None
    leased = registration._replace(pending_seq=batch.last_seq, due_at=_add_seconds(LEASE))
    if not change_webhook(registration, leased):
        return None
    error = _try_message(sender, leased, batch)
    change_webhook(leased, _note_attempt(leased, batch, error))
    if error:
        logger.warning("Webhook %s was not delivered: %s", registration.slug, error.reason)
    return Outcome(registration.slug, len(batch.entries), error.reason if error else "")


def _try_message(sender: Sender, registration: Registration, batch: Batch) -> UndeliveredError | None:
    """Send a message. Its id is the same in each attempt; its timestamp and signature are those of the attempt."""
    message_id = f"{registration.slug}.{registration.sent_seq + 1}.{batch.last_seq}"
    body = write_body(registration, batch.entries)
    secret = derive_secret(sender.server_secret, registration.slug)
    try:
        sender.send(registration.url, sender.hosts, sign_message(secret, message_id, int(time.time()), body), body)
    except UndeliveredError as error:
        return error
    return None


def write_body(registration: Registration, entries: Sequence[dict[str, Any]]) -> bytes:
    """Return the message. `timestamp` is when the newest of its changes was written."""
    newest = entries[-1]["made_at"]
    data = {"webhook": registration.slug, "question": registration.question, "changes": entries}
    return orjson.dumps({"type": "records.changed", "timestamp": newest, "data": data})


def _note_attempt(registration: Registration, batch: Batch, error: UndeliveredError | None) -> Registration:
    if error is None:
        return registration._replace(
            sent_seq=batch.last_seq, pending_seq=None, attempts=0, due_at=None, last_error="", delivered_at=utc_now()
        )
    attempts = registration.attempts + 1
    failed = registration._replace(attempts=attempts, last_error=error.reason)
    if error.is_final or attempts > len(DELAYS):
        return failed._replace(due_at=None, failed_at=utc_now())
    return failed._replace(due_at=_add_seconds(DELAYS[attempts - 1]))


def _add_seconds(seconds: int) -> str:
    """Return the time in some seconds, as `utc_now` writes it."""
    now = datetime.datetime.fromisoformat(utc_now())
    return (now + datetime.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
