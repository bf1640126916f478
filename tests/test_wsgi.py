"""`import wsgi` is what every command and every server waits for: libraries of few are loaded where they are used."""

import json
import os
import pathlib
import subprocess
import sys
from typing import cast

import pytest

from wsgi import COMMANDS, app

#: Libraries that only some answers and commands need.
LOADED_ON_USE = {
    "brotli", "charset_normalizer", "cryptography", "duckdb", "numpy", "openpyxl", "pandas", "polars",
    "prometheus_client", "pyarrow", "rapidfuzz", "redis", "resvg", "urllib3", "xlsxwriter", "zstandard",
}  # fmt: skip


def run_python(code: str, folder: pathlib.Path) -> object:
    """Return the JSON that a new Python prints for this code."""
    files = {"COUNTERCLAIM_SECRET_FILE": str(folder / "secret"), "COUNTERCLAIM_LOG_KEY_FILE": str(folder / "log-key")}
    env = os.environ | files | {"COUNTERCLAIM_DATABASE_URL": f"sqlite:///{folder}/none.db"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    return json.loads(run.stdout)


def test_libraries_of_few_are_not_loaded_at_the_start(tmp_path: pathlib.Path) -> None:
    loaded = run_python("import json, sys, wsgi; print(json.dumps(sorted(sys.modules)))", tmp_path)
    assert isinstance(loaded, list)
    assert LOADED_ON_USE & set(loaded) == set()


def test_a_server_loads_no_module_of_a_command(tmp_path: pathlib.Path) -> None:
    """Imports alone are 60 modules. Commands find theirs when they run."""
    code = "import json, sys, wsgi; print(json.dumps([sorted(sys.modules), [a for a, _ in wsgi.COMMANDS.values()]]))"
    loaded, places = cast("list[list[str]]", run_python(code, tmp_path))
    modules = {place.partition(":")[0] for place in places}
    assert len(places) > 10 and modules & set(loaded) == set()


def test_each_command_is_found_by_its_name() -> None:
    for name in COMMANDS:
        assert app.test_cli_runner().invoke(args=[name, "--help"]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["nothing"]).exit_code == 2


@pytest.mark.parametrize("state", ["gc.isenabled()", "gc.get_freeze_count() > 10_000"])
def test_garbage_is_collected_after_the_start_but_not_among_the_modules(state: str, tmp_path: pathlib.Path) -> None:
    assert run_python(f"import gc, json, wsgi; print(json.dumps({state}))", tmp_path) is True
