"""The statements of one question: how many there were, how long they took, and the plan of the slowest."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

NOTABLE = 10  # a statement is notable from a tenth of the time after which a question is slow
Plan = Callable[[], list[str]]  # returns the lines of a plan


class SlowStatement(NamedTuple):
    engine: str
    sql: str
    seconds: float
    plan: Plan


class _Statements(threading.local):
    """Those of the question that this thread answers. Without a limit nothing is noted."""

    limit: float | None = None  # seconds
    began = 0.0
    seconds = 0.0
    number = 0
    slowest: SlowStatement | None = None


_statements = _Statements()


def begin_question(limit: float) -> None:
    """Note the statements of this thread from now on. `limit`: the seconds after which a question is slow."""
    _statements.limit, _statements.began = limit, time.monotonic()
    _statements.seconds, _statements.number, _statements.slowest = 0.0, 0, None


def is_notable(began: float) -> bool:
    """Count a statement that began at `began` (of `time.monotonic`) and ended now. Return whether to note its plan."""
    if _statements.limit is None:
        return False
    seconds = time.monotonic() - began
    _statements.seconds += seconds
    _statements.number += 1
    slowest = _statements.slowest.seconds if _statements.slowest else 0.0
    return seconds >= _statements.limit / NOTABLE and seconds > slowest


def note_slowest(engine: str, sql: str, began: float, plan: Plan) -> None:
    """Note the slowest statement so far, and how to get its plan."""
    _statements.slowest = SlowStatement(engine, sql, time.monotonic() - began, plan)


class QuestionTimes(NamedTuple):
    """The seconds since the question began, and those of its statements."""

    seconds: float
    statement_seconds: float
    statements: int
    slowest: SlowStatement | None


def read_times() -> QuestionTimes:
    """Return the times of the question of this thread."""
    seconds = time.monotonic() - _statements.began
    return QuestionTimes(seconds, _statements.seconds, _statements.number, _statements.slowest)


def end_question() -> None:
    """Stop noting the statements of this thread."""
    _statements.limit, _statements.slowest = None, None
