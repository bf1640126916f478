"""Places for writes: so many of a worker write or wait at the same time, and more get a 503 at once.

gunicorn has a thread for each place, so that waiting writes leave threads to readers.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from api.http.problems import ApiProblem

PLACES = 16


class WritePlaces:
    """The places of one worker."""

    def __init__(self, places: int = PLACES) -> None:
        self._free = threading.Semaphore(places)

    @contextmanager
    def occupy(self) -> Iterator[None]:
        """Occupy a place inside. Raises the problem `unavailable` if none is free."""
        if not self._free.acquire(blocking=False):
            detail = "Too many writes wait for the database. Nothing was changed. Try again in a few seconds."
            raise ApiProblem("unavailable", detail, headers={"Retry-After": "5"})
        try:
            yield
        finally:
            self._free.release()


PLACES_OF_WORKER = WritePlaces()
