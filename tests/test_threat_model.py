"""Each threat of docs/operators/threat-model.md names tests, and each of them exists."""

import re

import pytest

from tests.support.servers import ROOT

PAGE = (ROOT / "docs/operators/threat-model.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:60])
def test_a_threat_names_tests_that_exist(row: str) -> None:
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
    assert tests, "a row without a test"
    for path, name in tests:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE), (path, name)


def test_there_are_threats_of_every_kind() -> None:
    assert len(ROWS) >= 20
