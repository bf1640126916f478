"""A question that takes too long is in the log with its address, its slowest statement and the plan of that."""

import logging
from typing import Any

import pytest
from flask import Flask

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


def test_a_statistic_names_the_slowest_statement_of_either_engine(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    engines = set()
    with caplog.at_level(logging.WARNING, LOGGER):
        for number in range(3):
            app.test_client().get(f"/v1/statistics/casualties?group_by=conflict,subject_side&limit={number + 1}")
    for facts in list_facts(caplog):
        engines.add(facts["engine"])
        assert facts["plan"] and not facts["plan"][0].startswith("no plan")
    assert "duckdb" in engines


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
