"""Worker of gunicorn in which the thread that was busy last gets the next request.

Each thread keeps its connection to the database, with pages, statements and the schema in memory. The pool of Python
lets threads take turns: all of them fill their caches, and none has much of what is requested now. Here few requests at
a time need few threads. The others wait, and hold little.
"""

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import Empty
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    _notified_at = 0.0  # on the clock that is never put back

    def get_thread_pool(self) -> ThreadPoolExecutor:
        return NewestThreadFirst(self.cfg.threads)

    def notify(self) -> None:
        """Tell the master that this worker lives, at most once a second.

        gunicorn does so at each event of a connection, by a system call that takes a twelfth of a small answer. The
        master waits for `timeout` seconds.
        """
        now = time.monotonic()
        if now >= self._notified_at + 1:
            self._notified_at = now
            super().notify()


class NewestThreadFirst(ThreadPoolExecutor):
    """A pool of threads. Works begin in the order of their coming, each in the thread that has waited least."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._work_queue: Any = WorkQueue()


class _Waiting:
    """A thread that waits for a work: its gate is locked until it has one."""

    def __init__(self) -> None:
        self.work: Any = None
        self.gate = threading.Lock()
        self.gate.acquire()


class WorkQueue:
    """The works of a pool, with the methods of `queue.SimpleQueue` that `ThreadPoolExecutor` calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: deque[Any] = deque()
        self._waiting: list[_Waiting] = []

    def put(self, work: Any) -> None:
        with self._lock:
            if not self._waiting:
                self._works.append(work)
                return
            newest = self._waiting.pop()
        newest.work = work
        newest.gate.release()

    def get(self, block: bool = True) -> Any:
        """Return the oldest work. Without one wait for it, as the first of those that wait."""
        with self._lock:
            if self._works:
                return self._works.popleft()
            waiting = _Waiting()
            self._waiting.append(waiting)
        waiting.gate.acquire()
        return waiting.work

    def get_nowait(self) -> Any:
        with self._lock:
            if not self._works:
                raise Empty
            return self._works.popleft()
