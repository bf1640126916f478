"""Works begin in the order of their coming, and the thread that was busy last takes the next one."""

import os
import threading
import time

import pytest
from gunicorn.config import Config

from api.http.worker_threads import NewestThreadFirst, Worker
from tests.support.waiting import wait_until


def test_the_thread_that_was_busy_last_takes_the_next_work() -> None:
    with NewestThreadFirst(4) as pool:
        meeting = threading.Barrier(5)
        for _ in range(4):
            pool.submit(meeting.wait)
        meeting.wait()
        used = set()
        for _ in range(50):
            wait_until(lambda: len(pool._work_queue._waiting) == 4)
            used.add(pool.submit(threading.get_ident).result())
    assert len(used) == 1


def test_works_that_wait_for_a_thread_begin_in_the_order_of_their_coming() -> None:
    begun: list[int] = []
    may_begin = threading.Event()
    with NewestThreadFirst(1) as pool:
        pool.submit(may_begin.wait)
        for number in range(20):
            pool.submit(begun.append, number)
        may_begin.set()
    assert begun == list(range(20))


def test_a_pool_that_ends_finishes_its_works_and_its_threads() -> None:
    with NewestThreadFirst(3) as pool:
        results = [pool.submit(lambda value: value * 2, value) for value in range(30)]
    assert [one.result() for one in results] == [value * 2 for value in range(30)]
    assert not [thread for thread in pool._threads if thread.is_alive()]


def test_a_pool_that_is_cancelled_drops_the_works_that_wait() -> None:
    may_begin = threading.Event()
    pool = NewestThreadFirst(1)
    first, later = pool.submit(may_begin.wait), pool.submit(may_begin.wait)
    pool.shutdown(wait=False, cancel_futures=True)
    may_begin.set()
    assert first.result() is True
    assert later.cancelled()


def test_the_master_hears_of_a_worker_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(1, os.getpid(), [], None, 30, Config(), None)
    heard = []
    for now in (100.0, 100.4, 100.999, 101.0, 101.5, 103.0):
        monkeypatch.setattr(time, "monotonic", lambda now=now: now)
        worker.notify()
        heard.append(worker.tmp.last_update())
    monkeypatch.undo()
    worker.tmp.close()
    assert heard == [100.0, 100.0, 100.0, 101.0, 101.0, 103.0]
