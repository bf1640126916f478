"""Slots for costly answers: statistics and whole lists. Few run at once in a worker, so that pages get an answer.

A client waits for a slot while few others wait, and then gets a 503. The seconds that its answers occupied slots count
in a minute; a client that used them up gets a 429.
"""

import threading
import time
from typing import NamedTuple

from flask import Flask, Response, current_app, g, request

from api.config import Settings
from api.http.problems import ApiProblem
from api.http.rate_limits import COSTLY, Rates, find_client
from api.monitoring import metrics

WAITING_PER_SLOT = 2  # answers that wait for each slot; gunicorn.conf.py has more threads than slots and waiting
RECENTLY = 30.0  # seconds
NOBODY = "-"  # a client without an IP address, behind a Unix socket


class Occupied(NamedTuple):
    """A slot that an answer occupies. `since`: seconds of a clock that is never put back."""

    client: str
    since: float


class CostlySlots:
    """The slots of one worker. With 0 slots nothing waits."""

    def __init__(self, slots: int, wait_seconds: float) -> None:
        self.slots, self.wait_seconds = slots, wait_seconds
        self.occupied: list[str] = []  # the clients
        self.waiting: list[str] = []
        self.changed = threading.Condition()
        self.refused_at = -RECENTLY  # on the clock that is never put back

    def occupy(self, client: str) -> Occupied:
        """Return a slot, after waiting for it. Raises the problem `unavailable`."""
        with self.changed:
            if self.slots and len(self.occupied) >= self.slots:
                self._wait_for_slot(client)
            self.occupied.append(client)
            metrics.set_level("costly_slots_in_use", len(self.occupied))
        return Occupied(client, time.monotonic())

    def _wait_for_slot(self, client: str) -> None:
        """Wait until a slot is free. The last place in the queue is never for a client that already waits."""
        places = self.slots * WAITING_PER_SLOT - (client in self.waiting)
        if len(self.waiting) >= places:
            raise self._refuse()
        self.waiting.append(client)
        metrics.set_level("costly_waiting", len(self.waiting))
        try:
            if not self.changed.wait_for(lambda: len(self.occupied) < self.slots, self.wait_seconds):
                raise self._refuse()
        finally:
            self.waiting.remove(client)
            metrics.set_level("costly_waiting", len(self.waiting))

    def _refuse(self) -> ApiProblem:
        self.refused_at = time.monotonic()
        metrics.add_count("costly_refusals", "slots")
        detail = "Other statistics and downloads are being computed. Try again in a few seconds."
        return ApiProblem("unavailable", detail, headers={"Retry-After": "5"})

    def has_waiting(self) -> bool:
        """Return whether somebody waits for a slot, or was refused a moment ago and may try again."""
        return bool(self.waiting) or time.monotonic() - self.refused_at < RECENTLY

    def release(self, slot: Occupied) -> float:
        """Free the slot. Return the seconds that the answer occupied it."""
        with self.changed:
            self.occupied.remove(slot.client)
            metrics.set_level("costly_slots_in_use", len(self.occupied))
            self.changed.notify()
        return time.monotonic() - slot.since


def occupy_slot() -> None:
    """Occupy a slot until the last byte of the answer is sent. Raises `unavailable` and `too-many-requests`.

    A request occupies at most one slot.
    """
    if "costly_slot" in g:
        return
    rates: Rates = current_app.extensions["counterclaim-rates"]
    client = find_client(request.environ, rates.hops) or NOBODY
    if (state := rates.count_seconds(COSTLY, client, 0)) and state.is_exceeded:
        metrics.add_count("costly_refusals", "seconds")
        detail = (
            f"Statistics and downloads of this address took {state.quota} seconds within a minute, which is the limit. "
            f"Try again in {state.seconds} seconds."
        )
        raise ApiProblem("too-many-requests", detail, headers={"Retry-After": str(max(1, state.seconds))})
    slots: CostlySlots = current_app.extensions["counterclaim-costly-slots"]
    g.costly_slot = slots.occupy(client)


def leave_slot() -> None:
    """Free the slot of this request now: its answer is computed, and only its bytes are still to be sent."""
    if slot := g.pop("costly_slot", None):
        current_app.extensions["counterclaim-release-slot"](slot)


def init_app(app: Flask, settings: Settings) -> None:
    slots = CostlySlots(settings.costly_slots, settings.statement_seconds)
    app.extensions["counterclaim-costly-slots"] = slots
    rates: Rates = app.extensions["counterclaim-rates"]

    def release_slot(slot: Occupied) -> None:
        rates.count_seconds(COSTLY, slot.client, slots.release(slot))

    app.extensions["counterclaim-release-slot"] = release_slot

    def release_at_end(answer: Response) -> Response:
        if slot := g.pop("costly_slot", None):
            answer.call_on_close(lambda: release_slot(slot))
        return answer

    app.after_request(release_at_end)
