"""What metrics and lines of the log cost: the worker's CPU for an answer with them, in the CPU without.

`python -m bench.counting` prints the ratios, at 10,000 claims.
"""

import statistics
from contextlib import ExitStack

from api.database.connection import database
from bench import generated
from bench.place import place
from bench.serving import serving
from bench.table import Line, told, written

VARIANTS = {
    "plain": {},
    "metrics": {"COUNTERCLAIM_METRICS": "127.0.0.1"},
    "request lines in JSON": {"COUNTERCLAIM_LOG_FORMAT": "json"},
    "both": {"COUNTERCLAIM_METRICS": "127.0.0.1", "COUNTERCLAIM_LOG_FORMAT": "json"},
}
ASKED = {"an answer from memory": "/v1/claims?limit=1", "a page of 100 claims, computed": "/v1/claims?limit=100"}
ROUNDS, REQUESTS = 15, 40


def main() -> None:
    lines: list[Line] = []
    with place() as found, ExitStack() as running:
        with database.connection_context():
            generated.write(10_000)
        for label, path in ASKED.items():
            cache = "32" if "memory" in label else "0"
            servers = {
                name: running.enter_context(
                    serving("wsgi:app", found.folder, COUNTERCLAIM_RESPONSE_CACHE_MB=cache, **settings)
                )
                for name, settings in VARIANTS.items()
            }
            costs: dict[str, list[float]] = {name: [] for name in servers}
            for _ in range(ROUNDS):
                for name, server in servers.items():
                    costs[name].append(server.cpu(path, REQUESTS))
            plain = statistics.median(costs.pop("plain"))
            for name, seconds in costs.items():
                ratio = statistics.median(seconds) / plain
                lines.append(told(f"CPU of {label} with {name}, in that without", f"{ratio:.3f}"))
            lines.append(told(f"CPU of {label}, microseconds", f"{plain * 1e6:.0f}"))
    print(written(lines))


if __name__ == "__main__":
    main()
