"""The alerts of deploy/: each uses metrics, labels and parts that the server has."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from api.monitoring.metrics import HISTOGRAM, METRICS, PREFIX, public_name
from api.web.server_parts import PARTS
from tests.support.servers import ROOT

FILE = ROOT / "deploy/prometheus-rules.yaml"
RULES: list[dict[str, Any]] = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]
#: The names of samples, each with its labels.
SAMPLES = {
    f"{public_name(name)}{ending}": {*metric.labels, *({"le"} if ending == "_bucket" else ())}
    for name, metric in METRICS.items()
    for ending in (("_bucket", "_sum", "_count") if metric.kind == HISTOGRAM else ("",))
}
OUTSIDE = {"up": {"job"}}  # what Prometheus itself has


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_uses_only_what_there_is(rule: dict[str, Any]) -> None:
    used = re.findall(rf"\b(up|{PREFIX}\w+)(?:\{{((?:[^}}\"]|\"[^\"]*\")*)\}})?", rule["expr"])
    assert used
    for name, selector in used:
        labels = (SAMPLES | OUTSIDE)[name]
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', selector):
            assert label in labels, f"{name} has no label {label}"
            assert label != "part" or set(value.split("|")) <= set(PARTS)
    assert rule["annotations"]["summary"].endswith((".", "?")) and rule["labels"]["severity"] in ("page", "ticket")


def test_there_is_an_alert_for_every_part_of_readyz() -> None:
    named = {part for rule in RULES for part in re.findall(r'part=~?"([^"]*)"', rule["expr"])}
    assert {word for words in named for word in words.split("|")} == set(PARTS)


def test_prometheus_reads_the_rules() -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool of Prometheus is not installed")
    checked = subprocess.run(["promtool", "check", "rules", str(FILE)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
