"""The metrics, each once: its kind, labels and meaning. Until `start_metrics`, a call counts nothing.

`/metrics` shows the sums over all processes of a server. docs/operators/monitoring.md lists this table.
"""

import os
import pathlib
from typing import Any, NamedTuple

from api.monitoring import metric_files

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
PREFIX = "counterclaim_"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # the upper bounds of histograms


class Metric(NamedTuple):
    kind: str
    labels: tuple[str, ...]
    meaning: str


#: Counted where it happens, by any process.
COUNTED = {
    "requests": Metric(
        COUNTER,
        ("route", "method", "status"),
        "Requests that were answered. The route is `none` for unknown addresses.",
    ),
    "request_seconds": Metric(HISTOGRAM, ("route", "method"), "Seconds from a request to the last byte of its answer."),
    "answers": Metric(
        COUNTER,
        ("cache",),
        "Answers by the response cache: `hit` from memory, `miss` computed, `none` for requests that it leaves alone.",
    ),
    "write_wait_seconds": Metric(
        HISTOGRAM, (), "Seconds that a write waited for earlier writes, also one that was refused."
    ),
    "costly_slots_in_use": Metric(GAUGE, (), "Statistics and downloads that are being computed."),
    "costly_waiting": Metric(GAUGE, (), "Statistics and downloads that wait for a slot."),
    "costly_refusals": Metric(
        COUNTER, ("reason",), "Refused statistics and downloads: `slots` are all in use, or the client's `seconds` are."
    ),
    "slow_questions": Metric(COUNTER, (), "Questions that took longer than `COUNTERCLAIM_SLOW_SECONDS`."),
    "import_steps_done": Metric(GAUGE, ("step",), "Units of a running import that are done, by its step."),
    "import_steps_total": Metric(GAUGE, ("step",), "Units of a running import in all, by its step."),
}
#: Read when somebody asks for `/metrics`.
READ = {
    "build_info": Metric(GAUGE, ("code", "database"), "Always 1; the labels name the code and the database."),
    "ready": Metric(GAUGE, ("part",), "1 if the part of `/readyz` is in order, else 0."),
    "revision": Metric(GAUGE, (), "Newest revision of the database."),
    "log_entries": Metric(GAUGE, (), "Entries of the change log."),
    "image_revision": Metric(GAUGE, (), "Revision of the image for statistics; missing without an image."),
    "image_age_seconds": Metric(GAUGE, (), "Seconds since the image was written; missing without an image."),
    "disk_free_bytes": Metric(GAUGE, ("folder",), "Free bytes on the disk of the `database` (SQLite) and the `image`."),
}
METRICS = COUNTED | READ


def public_name(name: str) -> str:
    """Return the name in `/metrics`: `requests` → `counterclaim_requests_total`."""
    return f"{PREFIX}{name}{'_total' if METRICS[name].kind == COUNTER else ''}"


_counting: dict[str, Any] = {}  # the metrics of the library, by name


def start_metrics(folder: pathlib.Path) -> None:
    """Count from now on, into files of the folder. A process that forks later counts into files of its own.

    Raises `OSError` if the folder cannot be written.
    """
    metric_files.open_folder(folder)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # the library reads it whenever a process opens its files
    if _counting:
        return
    import prometheus_client
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(metric_files.find_slot)  # type: ignore[no-untyped-call]
    registry = prometheus_client.CollectorRegistry()  # `/metrics` reads the files, not this
    for name, metric in COUNTED.items():
        arguments = (PREFIX + name, metric.meaning, metric.labels)
        if metric.kind == COUNTER:
            _counting[name] = prometheus_client.Counter(*arguments, registry=registry)
        elif metric.kind == GAUGE:
            # `livesum`: other modes show the values of processes that have ended.
            _counting[name] = prometheus_client.Gauge(*arguments, registry=registry, multiprocess_mode="livesum")
        else:
            _counting[name] = prometheus_client.Histogram(*arguments, registry=registry, buckets=SECONDS)


def is_counting() -> bool:
    return bool(_counting)


def _find_metric(name: str, labels: tuple[str, ...]) -> Any:
    metric = _counting.get(name)
    return metric.labels(*labels) if metric is not None and labels else metric


def add_count(name: str, *labels: str) -> None:
    """Add 1 to a counter."""
    if (metric := _find_metric(name, labels)) is not None:
        metric.inc()


def observe_seconds(name: str, seconds: float, *labels: str) -> None:
    """Add an observation to a histogram."""
    if (metric := _find_metric(name, labels)) is not None:
        metric.observe(seconds)


def set_level(name: str, value: float, *labels: str) -> None:
    """Set a gauge of this process; `/metrics` shows the sum over all."""
    if (metric := _find_metric(name, labels)) is not None:
        metric.set(value)


def write_metrics(folder: pathlib.Path, levels: dict[str, dict[tuple[str, ...], float]]) -> bytes:
    """Return the text of `/metrics`: the sums over all processes, then `levels`, values of `READ` by their labels."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.multiprocess import MultiProcessCollector

    metric_files.remove_ended(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    text: bytes = generate_latest(registry)
    families = []
    for name, values_by_labels in levels.items():
        family = GaugeMetricFamily(PREFIX + name, READ[name].meaning, labels=READ[name].labels)
        for labels, value in values_by_labels.items():
            family.add_metric(labels, value)
        families.append(family)
    return text + generate_latest(_Families(families))


class _Families:
    """Metrics that are ready to be written, as the library collects them."""

    def __init__(self, families: list[Any]) -> None:
        self.families = families

    def collect(self) -> list[Any]:
        return self.families
