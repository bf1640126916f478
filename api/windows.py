"""Counts of requests in this process, for a limiter that has no storage of several.

The library's own memory starts a thread for nearly every request and walks all addresses in it: that costs more than
most answers.
"""

import threading
import time

from limits.storage.base import Storage

SWEEP = 60.0  # seconds between two walks over what has ended


class Windows(Storage):
    """How often each key was counted in the window that began with its first count."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[float, int]] = {}  # key → when its window ends, and how often it was counted
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
                self.counts = {key: kept for key, kept in self.counts.items() if kept[0] > now}
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
