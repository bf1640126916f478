"""Every command of the pages for operators is run by a test, or has a true reason why none runs it."""

import pathlib
import re

import pytest
import yaml

from tests.support.servers import ROOT

PAGES = sorted((ROOT / "docs/operators").glob("*.md"))
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
CONTINUED = re.compile(r"(?:\\|(?<=&&)|(?<=\|))\n\s*")
#: What is known of each command: its `command`, and a `test` or a `reason`.
ENTRIES: list[dict[str, str]] = yaml.safe_load((ROOT / "tests/support/operator_commands.yaml").read_text())


def list_commands(text: str) -> list[str]:
    """Return the commands of all `sh` blocks of a page, each in one line, without comments."""
    lines = [line for block in BLOCK.findall(text) for line in CONTINUED.sub(" ", block).splitlines()]
    commands = [re.sub(r"\s+#.*$", "", re.sub(r" +", " ", line)).strip() for line in lines]
    return [command for command in commands if command and not command.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_run_or_has_a_reason(page: pathlib.Path) -> None:
    """A command that is new here needs an entry in tests/support/operator_commands.yaml."""
    entered = {entry["command"] for entry in ENTRIES}
    assert [command for command in list_commands(page.read_text()) if command not in entered] == []


def test_no_entry_is_about_a_command_that_is_gone() -> None:
    printed = {command for page in PAGES for command in list_commands(page.read_text())}
    assert [entry["command"] for entry in ENTRIES if entry["command"] not in printed] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["command"][:60])
def test_an_entry_names_a_test_that_exists_or_a_reason(entry: dict[str, str]) -> None:
    assert entry.keys() in ({"command", "test"}, {"command", "reason"})
    if "test" in entry:
        path, _, name = entry["test"].partition("::")
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    else:
        assert entry["reason"].endswith(".") and len(entry["reason"]) > 30


def test_commands_are_found_in_blocks() -> None:
    text = "Text\n```sh\n# a comment\nmake x  # why\na \\\n  b && \\\n    c\nd &&\n    e\n```\n```console\n$ no\n```\n"
    assert list_commands(text) == ["make x", "a b && c", "d && e"]
