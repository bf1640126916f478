"""docs/ and the README agree with the code: the build fails if they lag."""

import pathlib
import re
import shlex
import urllib.parse

import pytest
from flask import Flask

from api.cli.docs import PARTS, rewrite_page
from tests.support.contract import HonestClient

ROOT = pathlib.Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def examples(page: pathlib.Path) -> list[tuple[str, str]]:
    """Return the commands of a page's console blocks, each with the output printed under it."""
    found = []
    for block in CONSOLE.findall(page.read_text()):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def asked(command: str) -> str:
    """Return the address that a curl command requests."""
    words = shlex.split(command.split(" | ")[0])
    address = next(word for word in words if word.startswith(("localhost:8000", "http://127.0.0.1:8000")))
    data = [words[i + 1] for i, word in enumerate(words) if word == "--data-urlencode"]
    encoded = "&".join(urllib.parse.urlencode([part.split("=", 1)]) for part in data)
    path = re.sub(r"^(http://127\.0\.0\.1:8000|localhost:8000)", "", address)
    return path + (("&" if "?" in path else "?") + encoded if encoded else "")


RUN_IN_A_SHELL = ("editing.md", "cookbook.md", "mappings.md", "subscribing.md")  # by test_shell_pages.py
CURLS = [
    pytest.param(page, command, output, id=f"{page.name}-{number}")
    for page in PAGES
    for number, (command, output) in enumerate(examples(page))
    if command.startswith("curl ") and page.name not in RUN_IN_A_SHELL
]


@pytest.mark.parametrize(("page", "command", "output"), CURLS)
def test_every_curl_answers_what_is_printed_under_it(
    page: pathlib.Path, command: str, output: str, client: HonestClient
) -> None:
    answer = client.get(asked(command))
    assert answer.get_data(as_text=True).replace("\r\n", "\n") == output


def test_the_readme_shows_three_curls_and_is_short() -> None:
    text = (ROOT / "README.md").read_text()
    assert len([command for command, _ in examples(ROOT / "README.md") if command.startswith("curl ")]) >= 3
    assert "make run" in text and "make test" in text
    assert len(text.splitlines()) <= 150


@pytest.mark.parametrize("name", list(PARTS))
def test_marked_parts_are_what_the_code_says(name: str, seeded: Flask) -> None:
    lags = f"docs/{name} lags behind the code: run `flask --app wsgi docs`"
    assert (ROOT / "docs" / name).read_text() == rewrite_page(seeded, name), lags


def test_every_command_is_told() -> None:
    code = "".join(path.read_text() for path in ROOT.glob("*/**/cli*/**/*.py"))
    found = re.findall(r'@(\w+)\.command\("(\w+)"\)', code)
    commands = [name if group == "click" else f"{group.removesuffix('_group')} {name}" for group, name in found]
    told = (ROOT / "docs" / "operators" / "running.md").read_text()
    assert {"upgrade", "seed", "log verify"} <= set(commands)
    assert [name for name in commands if not re.search(rf"\| `{name}[` ]", told)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: pathlib.Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_contributing_names_only_what_exists() -> None:
    """`x`, `xx`, `NAME` and similar names are placeholders; `api/v2/` does not exist yet."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(
        r"`(?:\.venv/bin/pytest -n0 )?((?:api|docs|imports|schemas|seeds|tests|findings)/[\w./ -]*)`", text
    )
    paths = [path for several in named for path in several.split()]
    added = re.compile(r"/(x|xx|name|NAME|NNNN-title)\.|api/v2/")
    assert len(paths) > 40
    assert [path for path in paths if not added.search(path) and not (ROOT / path).exists()] == []


def test_the_methodology_explains_every_warning() -> None:
    """Once, `datasets_apart` and others were only in answers."""
    sources = [path.read_text() for folder in ("statistics", "v1") for path in (ROOT / "api" / folder).rglob("*.py")]
    codes = {code for text in sources for code in re.findall(r'Notice\(\s*"([a-z_]+)"', text)}
    counted_twice = (ROOT / "api/statistics/double_counting.py").read_text()
    constants = re.search(r"^DATASETS_ADDED, POSSIBLE_DUPLICATES, SAME_WAR = (.*)$", counted_twice, re.MULTILINE)
    assert constants
    codes |= set(re.findall('"([a-z_]+)"', constants[1]))
    page = (ROOT / "docs/readers/methodology.md").read_text()
    section = page.partition("\n## Warnings\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert len(codes) > 20 and set(re.findall("`([a-z_]+)`", "".join(cells))) == codes
