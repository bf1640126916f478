"""docs/operators/faults.md names for each fault what clients see, what to do, and a test that exists."""

import re

import hypothesis

from tests.support.fault_tests import find_tests, list_rows
from tests.support.servers import ROOT


def test_every_fault_has_a_test_that_exists() -> None:
    rows = list_rows()
    assert len(rows) >= 25
    for row in rows:
        fault, seen, remedy, tests = row
        assert fault and seen and remedy, row
        names = find_tests(tests)
        assert names and len(names) == tests.count("::"), f"name the tests of: {fault}"
        for name in names:
            path, _, function = name.partition("::")
            assert (ROOT / path).exists(), name
            assert re.search(rf"^def {function}\(", (ROOT / path).read_text(), re.MULTILINE), name


def test_the_command_runs_the_tests_of_the_page() -> None:
    assert "python -m tests.support.fault_tests" in (ROOT / "Makefile").read_text()


def test_no_generated_example_has_a_time_limit() -> None:
    """Once, `make test` failed on a busy machine because an example took 250 ms."""
    assert hypothesis.settings().deadline is None
    assert hypothesis.HealthCheck.too_slow in hypothesis.settings().suppress_health_check
