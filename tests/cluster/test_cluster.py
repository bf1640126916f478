"""The whole cluster in its short form: started, its primary killed twice under writes, checked, and stopped."""

import subprocess
import sys

import pytest

from tests.cluster.machines import find_missing
from tests.support.servers import ROOT


@pytest.mark.night
def test_the_cluster_keeps_its_promises() -> None:
    if missing := find_missing():
        pytest.skip(f"needs packages of Debian that this machine does not have: {', '.join(missing)}")
    command = [sys.executable, "-m", "tests.cluster.run", "--kills", "2", "--requests", "400"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "All checks passed." in result.stdout and "Everything is stopped." in result.stdout
