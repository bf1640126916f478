"""The files of deploy/cluster are what their programs accept, and the measures of its runs are right."""

import pathlib
import shutil
import subprocess
import threading

import pytest
import yaml

from tests.cluster import machines
from tests.cluster.checks import errors_after
from tests.cluster.clients import Reader, Sample
from tests.cluster.machines import PATHS, Cluster

CHECKED = {
    "haproxy": ("haproxy.cfg", ["-c", "-q", "-f"]),
    "varnishd": ("cache.vcl", ["-j", "none", "-C", "-f"]),
    "nginx": ("cache-nginx.conf", ["-t", "-q", "-c"]),
}


@pytest.fixture
def cluster(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setattr(machines, "find_user", lambda: None)
    return Cluster(tmp_path)


@pytest.mark.parametrize("program", CHECKED)
def test_a_program_accepts_its_file(cluster: Cluster, program: str) -> None:
    found = shutil.which(program, path=PATHS)
    if found is None:
        pytest.skip(f"needs {program}, which this machine does not have")
    file, options = CHECKED[program]
    result = subprocess.run([found, *options, cluster.fill(file)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_lost_leader_is_noticed_before_its_time(cluster: Cluster) -> None:
    """Patroni asks for ttl of at least loop_wait + 2 * retry_timeout."""
    text = pathlib.Path(cluster.fill("patroni.yml", NAME="pg1", PORT="1", REST_PORT="2")).read_text()
    settings = yaml.safe_load(text)["bootstrap"]["dcs"]
    assert settings["ttl"] >= settings["loop_wait"] + 2 * settings["retry_timeout"]
    assert settings["synchronous_mode"] and settings["synchronous_mode_strict"]


def test_errors_last_until_the_first_write_after_them() -> None:
    samples = [Sample(9, 503), Sample(10.5, 201), Sample(11, 503), Sample(12, 0), Sample(14, 200), Sample(15, 503)]
    assert errors_after(samples, 10) == 4, "from the kill at 10 to the write at 14"
    assert errors_after(samples[:2], 10) == 0, "no error after the kill"


def test_a_reader_goes_back_where_a_revision_is_lower_than_the_one_before() -> None:
    reader = Reader("a reader", 1, "/", threading.Event())
    reader.samples = [Sample(number, 200, revision) for number, revision in enumerate((1, 2, 0, 2, 1, 3, 3))]
    assert (reader.count_backward(), reader.highest()) == (1, 3)
