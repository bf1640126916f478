"""Work without collections of garbage, which would walk each of many tuples again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_collecting() -> Iterator[None]:
    """Pause the garbage collector: nothing here refers to itself, and it would walk each tuple again and again.

    Only the call that paused it resumes it, so that several threads may do this at the same time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
