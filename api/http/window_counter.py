"""Counts of requests in this process, where no storage is shared.

The memory storage of the library `limits` starts a thread for nearly every request and walks all addresses in it. That
costs more than most answers. The two methods have the names that the library's storages have.
"""

import threading
import time

SWEEP = 60.0  # seconds between two removals of ended windows


class WindowCounter:
    """The counts of each key in its window, which begins with the first count."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[float, int]] = {}  # key → end of its window, count
        self.lock = threading.Lock()
        self.swept = time.time()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` in a window of `expiry` seconds. Return the sum of the window."""
        now = time.time()
        with self.lock:
            if now - self.swept > SWEEP:
                self.swept = now
                self.counts = {key: window for key, window in self.counts.items() if window[0] > now}
            ends, count = self.counts.get(key, (0.0, 0))
            ends, count = (ends, count) if ends > now else (now + expiry, 0)
            self.counts[key] = (ends, count + amount)
        return count + amount

    def get_expiry(self, key: str) -> float:
        """Return the time at which the window of a key ends; now, if nothing was counted."""
        return self.counts.get(key, (time.time(), 0))[0]
