"""The tests that docs/operators/faults.md names. `make test-faults` runs what this prints."""

import re

from tests.support.servers import ROOT

PAGE = ROOT / "docs" / "operators" / "faults.md"


def list_rows() -> list[list[str]]:
    """Return the cells of each row: fault, what clients see, what the operator does, tests."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "fault" and not set(row[0]) <= set("- ")]


def find_tests(text: str) -> list[str]:
    """Return the tests that a text names: `tests/x/test_y.py::test_z`."""
    return re.findall(r"`(tests/[\w/]+\.py::test_\w+)`", text)


if __name__ == "__main__":
    print("\n".join(dict.fromkeys(test for row in list_rows() for test in find_tests(row[3]))))
