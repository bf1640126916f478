"""What a server shows at /metrics, as Prometheus reads it."""

import pathlib
import time
import urllib.request
from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers import PATIENCE

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parse_samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read_samples(url: str) -> Samples:
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return parse_samples(answer.read().decode())


def find_value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((f"counterclaim_{name}", frozenset(labels.items())))


def wait_for_value(url: str, value: float, name: str, **labels: str) -> Samples:
    """Read until a sample has the value: a request is counted after its answer was sent."""
    return wait_until(url, lambda samples: find_value(samples, name, **labels) == value)


def wait_until(url: str, is_so: Callable[[Samples], bool]) -> Samples:
    until = time.monotonic() + PATIENCE
    while not is_so(samples := read_samples(url)):
        assert time.monotonic() < until, samples
    return samples


def list_files(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
