"""A question that takes too long is in the log with its address, its slowest statement and the plan of that."""

import logging
from typing import Any

import duckdb
import pytest
from flask import Flask

from api.evidence.engine import fetch_rows
from api.monitoring import statement_times
from tests.conftest import Databases
from tests.support import worlds

MOMENT = 0.000_001  # seconds: every question takes longer
LOGGER = "api.http.slow_questions"


@pytest.fixture
def app(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL, slow_seconds=MOMENT, response_cache_mb=0)


def list_facts(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.facts for record in caplog.records if record.name == LOGGER]  # type: ignore[attr-defined]


def test_a_list_is_named_with_the_plan_of_its_database(
    app: Flask, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, LOGGER):
        answer = app.test_client().get("/v1/claims?q=clash&limit=5", buffered=True)
    (facts,) = list_facts(caplog)
    assert caplog.messages == ["slow question: GET /v1/claims?q=clash&limit=5"]
    assert facts["request_id"] == answer.headers["X-Request-Id"]
    assert facts["statements"] >= 2 and facts["seconds"] >= facts["statement_seconds"] >= facts["slowest_seconds"] >= 0
    assert facts["engine"] == {"sqlite": "sqlite", "postgres": "postgresql"}[engine]
    assert "SELECT" in facts["sql"]
    plan = "\n".join(facts["plan"])
    assert any(word in plan for word in {"sqlite": ("SEARCH", "SCAN"), "postgres": ("cost=",)}[engine]), plan


def test_a_statistic_names_a_statement_of_either_engine(
    app: Flask, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, LOGGER):
        answer = app.test_client().get("/v1/statistics/casualties?group_by=conflict,subject_side", buffered=True)
    assert answer.status_code == 200
    (facts,) = list_facts(caplog)
    assert facts["engine"] in ("duckdb", {"sqlite": "sqlite", "postgres": "postgresql"}[engine])
    assert facts["plan"] and not facts["plan"][0].startswith("no plan")


def test_the_plan_of_duckdb_is_read_with_its_statement() -> None:
    statement_times.begin_question(MOMENT)
    try:
        with duckdb.connect() as connection:
            assert fetch_rows(connection.cursor(), "SELECT sum(range) FROM range(?)", [1000]) == [(499_500,)]
        slowest = statement_times.read_times().slowest
    finally:
        statement_times.end_question()
    assert slowest and (slowest.engine, slowest.sql) == ("duckdb", "SELECT sum(range) FROM range(?)")
    assert "RANGE" in "".join(slowest.plan()).upper()


def test_a_question_that_failed_has_its_plan_too(
    databases: Databases, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = worlds.made(databases, engine, worlds.SMALL, slow_seconds=MOMENT, response_cache_mb=0)
    with caplog.at_level(logging.WARNING, LOGGER):
        assert app.test_client().get("/v1/claims/nothing", buffered=True).status_code == 404
    (facts,) = list_facts(caplog)
    assert facts["address"] == "/v1/claims/nothing" and facts["plan"]


def test_a_question_within_the_time_is_not_named(
    databases: Databases, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = worlds.made(databases, engine, worlds.SMALL, slow_seconds=3600.0)
    with caplog.at_level(logging.WARNING, LOGGER):
        assert app.test_client().get("/v1/claims?q=clash").status_code == 200
    assert list_facts(caplog) == []


def test_a_request_that_is_refused_before_it_is_timed_is_no_slow_question(
    databases: Databases, caplog: pytest.LogCaptureFixture
) -> None:
    """Its thread has the times of the last question, or none since the machine started."""
    app = worlds.made(databases, "sqlite", worlds.SMALL, slow_seconds=60, response_cache_mb=0)
    statement_times.end_question()
    statement_times._statements.began = 0.0
    with caplog.at_level(logging.WARNING, LOGGER):
        answer = app.test_client().get("/v1/claims?q=cst_k1234abcd_Ab9xYz0123456789", buffered=True)
    assert answer.status_code == 400
    assert list_facts(caplog) == []
