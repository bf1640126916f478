"""The client that openapi-python-client generates passes mypy with its example, and works."""

import json
import pathlib
import sys

import pytest

from tests.conftest import Databases
from tests.support.generated_clients import EVENT, LINE, copy_client, load_seeds, run
from tests.support.servers import serving

#: The details of a claim are texts and numbers by name, or null.
WEAPONS = """
from counterclaim.models import ClaimOut


def read_weapon(claim: ClaimOut) -> str | float | None:
    return claim.details["weapon"] if claim.details else None
"""
ASK = "import json, sys, example; print(json.dumps(example.list_statements(*sys.argv[1:])))"


def test_the_example_in_python_has_right_types_and_answers(databases: Databases, tmp_path: pathlib.Path) -> None:
    folder = copy_client("python", tmp_path, databases)
    python = str(folder / ".venv" / "bin" / "python")
    run([sys.executable, "-m", "venv", ".venv"], folder)
    try:
        run([python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt"], folder)
    except AssertionError as error:
        pytest.skip(f"needs the requirements of clients/python: {error}")
    run([python, "-m", "openapi_python_client", *GENERATE], folder)
    (folder / "weapons.py").write_text(WEAPONS)
    run([sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "example.py", "weapons.py"], folder)
    with serving(load_seeds(databases), tmp_path) as server:
        lines = json.loads(run([python, "-c", ASK, server.url, EVENT], folder))
    assert LINE in lines


GENERATE = (
    *("generate", "--config", "config.yaml", "--path", "openapi.json"),
    *("--output-path", "counterclaim", "--meta", "none"),
)
