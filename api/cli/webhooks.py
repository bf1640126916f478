"""`flask webhooks deliver|list`: messages about changes, sent outside of requests."""

import signal
import threading
from types import FrameType

import click
from flask import current_app

from api.database.connection import database
from api.v1.webhooks.subscribed_lists import read_batch
from api.webhooks.delivery import Outcome, Sender, deliver_due
from api.webhooks.registrations import list_all


@click.group("webhooks")
def webhooks_group() -> None:
    """Deliver webhooks, and list them."""


@webhooks_group.command("deliver")
@click.option("--once", is_flag=True, help="End when nothing more is due (default: wait for changes).")
@click.option(
    "--seconds", default=5, type=click.IntRange(1, 3600), help="Look for changes every N seconds (default 5)."
)
def deliver_webhooks(once: bool, seconds: int) -> None:
    """Send the changes to the registered webhooks, until the process gets a signal. Run one such process."""
    stopped = threading.Event()
    sender = Sender(current_app.config["WEBHOOK_HOSTS"], current_app.config["SECRET"], read_batch)
    if not sender.hosts:
        raise click.ClickException(
            "Nothing is sent: COUNTERCLAIM_WEBHOOK_HOSTS is empty. Name the allowed hosts in it."
        )

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        _deliver_until(stopped, sender, once, seconds)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _deliver_until(stopped: threading.Event, sender: Sender, is_once: bool, seconds: int) -> None:
    """Deliver until `stopped`. A message that is being sent is finished first."""
    while not stopped.is_set():
        with database.connection_context():
            outcomes = deliver_due(sender)
        for outcome in outcomes:
            click.echo(_describe_outcome(outcome))
        if not outcomes:
            if is_once:
                return
            stopped.wait(seconds)


def _describe_outcome(outcome: Outcome) -> str:
    return f"{outcome.slug}\t{outcome.entries} changes\t{outcome.error or 'delivered'}"


@webhooks_group.command("list")
def list_webhooks() -> None:
    """List every webhook: its id, key, status, last delivered entry, address and question."""
    with database.connection_context():
        for one in list_all():
            click.echo(f"{one.slug}\t{one.key}\t{one.status}\t{one.sent_seq}\t{one.url}\t{one.question}")
