"""Real readers: tables straight from their address, downloads that are resumed, and descriptions of the data."""

import csv
import io
import json
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from api.database.connection import database
from api.writes.name_release import add_release
from tests.conftest import Databases
from tests.support.generated_clients import CLIENTS, load_seeds, run
from tests.support.servers import serving

pytestmark = pytest.mark.xdist_group("readers")  # one worker installs the readers, once
HALF = 70_000  # bytes that a broken download has


class Served(NamedTuple):
    url: str
    claims: bytes  # as CSV, at revision 1

    @property
    def address(self) -> str:
        return f"{self.url}/v1/claims.csv?revision=1"


@pytest.fixture(scope="module")
def served(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    url = load_seeds(databases)
    with database.connection_context():
        add_release("2026-1", 1, "Cited.", "ab" * 32)
    with serving(url, folder) as server:
        yield Served(server.url, fetch(f"{server.url}/v1/claims.csv?revision=1", folder))


def fetch(address: str, folder: pathlib.Path) -> bytes:
    run(["curl", "-sS", "-f", "-o", "whole", address], folder)
    return (folder / "whole").read_bytes()


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs the command {program}")


@needs("wget")
def test_wget_goes_on_where_it_broke_off(served: Served, tmp_path: pathlib.Path) -> None:
    (tmp_path / "claims.csv").write_bytes(served.claims[:HALF])
    command = ["wget", "-c", "-S", "-O", "claims.csv", served.address]
    log = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert log.returncode == 0 and "206 PARTIAL CONTENT" in log.stderr
    assert (tmp_path / "claims.csv").read_bytes() == served.claims
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert again.returncode == 0 and " 416 " in again.stderr
    assert (tmp_path / "claims.csv").read_bytes() == served.claims


@needs("wget")
def test_wget_fetches_only_what_is_newer(served: Served, tmp_path: pathlib.Path) -> None:
    for status in (" 200 OK", " 304 "):
        log = subprocess.run(
            ["wget", "-N", "-S", served.address], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert log.returncode == 0 and status in log.stderr


def test_curl_goes_on_where_it_broke_off(served: Served, tmp_path: pathlib.Path) -> None:
    (tmp_path / "claims.csv").write_bytes(served.claims[:HALF])
    command = ["curl", "-sS", "-C", "-", "-o", "claims.csv", "-w", "%{http_code} %{size_download}", served.address]
    assert run(command, tmp_path) == f"206 {len(served.claims) - HALF}"
    assert (tmp_path / "claims.csv").read_bytes() == served.claims
    assert run(command, tmp_path).startswith("416")
    assert (tmp_path / "claims.csv").read_bytes() == served.claims


@needs("Rscript")
def test_readr_reads_the_address(served: Served, tmp_path: pathlib.Path) -> None:
    code = f"cat(dim(readr::read_csv('{served.address}', col_types = readr::cols(.default = 'c'), na = '')))"
    if "readr" not in run(["Rscript", "-e", "cat(rownames(installed.packages()))"], tmp_path).split():
        pytest.skip("needs the R package readr")
    assert run(["Rscript", "-e", code], tmp_path) == shape_of(served)


def shape_of(served: Served) -> str:
    """Return rows and columns: every claim of the seeds is one line, or more where a text has line breaks."""

    rows = list(csv.reader(io.StringIO(served.claims.decode())))
    return f"{len(rows) - 1} {len(rows[0])}"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a Python of its own with the readers."""
    folder = tmp_path_factory.mktemp("readers")
    run([sys.executable, "-m", "venv", ".venv"], folder)
    found = str(folder / ".venv" / "bin" / "python")
    try:
        run([found, "-m", "pip", "install", "--quiet", "-r", str(CLIENTS / "readers" / "requirements.txt")], folder)
    except AssertionError as error:
        pytest.skip(f"needs the requirements of clients/readers: {error}")
    return found


@pytest.mark.night  # installing the readers takes a minute
def test_polars_pandas_and_duckdb_read_the_address(python: str, served: Served, tmp_path: pathlib.Path) -> None:
    found = json.loads(run([python, str(CLIENTS / "readers" / "read_tables.py"), served.url, "1"], tmp_path))
    rows, columns = map(int, shape_of(served).split())
    assert len(found) == 7
    assert found == dict.fromkeys(found, [rows, columns])


@pytest.mark.night
def test_extruct_rdflib_csvw_and_mlcroissant_read_the_descriptions(
    python: str, served: Served, tmp_path: pathlib.Path
) -> None:
    """Each record that mlcroissant reads has the cells of the API."""
    script = str(CLIENTS / "readers" / "read_descriptions.py")
    found: dict[str, Any] = json.loads(run([python, script, served.url, "2026-1"], tmp_path))
    assert found["page"] == {
        "name": "Counterclaim: who says how many",
        "file": f"{served.url}/v1/export.zip",
    }
    assert found["schema.org"]["datasets"] == 1 and f"{served.url}/v1/claims.csv" in found["schema.org"]["files"]
    assert found["dcat"]["datasets"] == 2  # the whole and the release
    assert f"{served.url}/v1/claims.parquet?release=2026-1" in found["dcat"]["files"]
    of_statistic = "casualty figures, conflict nagorno-karabakh-2020, basis both, policy envelope, by harm"
    for name, title in (("csv", "claims, harm killed"), ("tsv", "events"), ("statistic", of_statistic)):
        assert found[name]["valid"] and found[name]["title"] == f"Counterclaim: {title}", name
    kinds = found["csv"]["kinds"]
    assert [kinds[name] for name in ("id", "stated_on", "best")] == ["str", "datetime", "int"]
    counts = {name: read for name, (read, _) in found["croissant"].items()}
    assert counts == {name: json.loads(count(served, name)) for name in counts}
    assert [name for name, (_, different) in found["croissant"].items() if different] == []


def count(served: Served, name: str) -> str:
    answer = subprocess.run(
        ["curl", "-sS", f"{served.url}/v1/{name}?limit=1"], capture_output=True, text=True, timeout=60
    )
    return str(json.loads(answer.stdout)["meta"]["total"])
