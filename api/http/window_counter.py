"""Counts of requests in this process, for a limiter without shared storage.

The memory storage of the library starts a thread for nearly every request and walks all addresses in it. That costs
more than most answers.
"""

import threading
import time

from limits.storage.base import Storage

SWEEP = 60.0  # seconds between two removals of ended windows


class Windows(Storage):
    """The counts of each key in its window, which begins with the first count."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[float, int]] = {}  # key → end of its window, count
        self.lock = threading.Lock()
        self.swept = time.time()
        super().__init__(None, wrap_exceptions=False)

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        with self.lock:
            if now - self.swept > SWEEP:
                self.swept = now
                self.counts = {key: window for key, window in self.counts.items() if window[0] > now}
            ends, count = self.counts.get(key, (0.0, 0))
            ends, count = (ends, count) if ends > now else (now + expiry, 0)
            self.counts[key] = (ends, count + amount)
        return count + amount

    def get(self, key: str) -> int:
        ends, count = self.counts.get(key, (0.0, 0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self.counts.get(key, (time.time(), 0))[0]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self.counts)
        self.counts = {}
        return count

    def clear(self, key: str) -> None:
        self.counts.pop(key, None)
