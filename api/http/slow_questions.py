"""The log names each question that takes too long: its address, its slowest statement, and the plan of that."""

import logging

import peewee
from flask import Flask, Response, g, request

from api.config import Settings
from api.monitoring import metrics, statement_times
from api.monitoring.log_lines import hide_secrets
from api.monitoring.statement_times import QuestionTimes, SlowStatement

logger = logging.getLogger(__name__)
LONGEST_SQL = 2_000  # characters of a statement in the log


def init_app(app: Flask, settings: Settings, handle: peewee.Database) -> None:
    """Time every question. Call it before `request_connection.init_app`, whose snapshot must end before the plan."""
    limit = settings.slow_seconds
    if not limit:
        return

    def begin() -> None:
        g.is_timed = True
        statement_times.begin_question(limit)

    def note_computed(answer: Response) -> Response:
        if "is_timed" not in g:  # refused before: the times of this thread are those of its last question
            return answer
        computed = statement_times.read_times().seconds  # later the client takes its time
        question = {"request_id": g.get("request_id"), "method": request.method, "address": request.full_path}

        def log_if_slow() -> None:
            times = statement_times.read_times()
            statement_times.end_question()
            seconds = max(computed, times.statement_seconds)
            if seconds >= limit:
                _log_question(question, times._replace(seconds=seconds), handle)

        answer.call_on_close(log_if_slow)
        return answer

    app.before_request(begin)
    app.after_request(note_computed)


def _log_question(question: dict[str, str | None], times: QuestionTimes, handle: peewee.Database) -> None:
    metrics.add_count("slow_questions")
    question = question | {"address": hide_secrets((question["address"] or "").rstrip("?"))}
    slowest = _describe_statement(times.slowest, handle) if times.slowest else {}
    facts = {
        **question,
        "seconds": round(times.seconds, 3),
        "statement_seconds": round(times.statement_seconds, 3),
        "statements": times.statements,
        **slowest,
    }
    logger.warning("slow question: %s %s", question["method"], question["address"], extra={"facts": facts})


def _describe_statement(slowest: SlowStatement, handle: peewee.Database) -> dict[str, object]:
    was_closed = handle.is_closed()  # after an error
    try:
        handle.connect(reuse_if_open=True)
        plan = slowest.plan()
    except peewee.PeeweeException as error:
        plan = [f"no plan: {error}"]
    finally:
        if was_closed and not handle.is_closed():
            handle.close()
    sql = slowest.sql[:LONGEST_SQL]
    return {"engine": slowest.engine, "slowest_seconds": round(slowest.seconds, 3), "sql": sql, "plan": plan}
