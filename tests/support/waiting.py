"""Wait for a condition, not for a time."""

import threading
import time
from collections.abc import Callable

PATIENCE = 60  # seconds
_pause = threading.Event()  # nobody sets it


def wait_until(is_true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until the condition is true. Raises `AssertionError` after `seconds`."""
    until = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < until, f"not true after {seconds} seconds"
        _pause.wait(0.02)
