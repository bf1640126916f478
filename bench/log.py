"""G13: a check of the whole change log (chain, tree, texts), over a SHA-256 chain of the bytes of the same entries.

`python -m bench.log [ENTRIES]` prints these lines alone.
"""

import sys
from collections.abc import Iterable
from hashlib import sha256

from api.change_log import audit
from api.change_log.append import Row, entry_json
from api.database.connection import database
from api.database.models import Change
from api.database.statements import fetch_tuples
from api.writes import transaction
from api.writes.create import add_batch
from bench import documents, generated
from bench.clock import cpu, interleaved, say
from bench.place import place
from bench.table import Line, at_most, told

ENTRIES = 100_000
MOST = 35  # 30 seconds for a million entries, if a chained hash takes 0.85 µs
EVENTS_AT_ONCE = 250
COLUMNS = tuple(getattr(Change, name) for name in Row._fields)


def lines(entries: int = ENTRIES) -> Iterable[Line]:
    say(f"{entries:,} entries of the log: verifying")
    with place(), database.connection_context():
        _write(max(entries // 20, 1))
        made = [entry_json(Row._make(row)) for row in fetch_tuples(Change.select(*COLUMNS).order_by(Change.seq))]
        times = interleaved({"ours": lambda: cpu(audit.verify), "chain": lambda: cpu(lambda: _chained(made))})
    size, bytes_each = len(made), sum(map(len, made)) // len(made)
    yield at_most(
        "G13", "`flask log verify` beside SHA-256 chained over its bytes", times["ours"] / times["chain"], MOST
    )
    yield told(
        f"an entry of {bytes_each} bytes in a log of {size:,}: verified, and chained",
        f"{times['ours'] / size * 1e6:.1f} µs, {times['chain'] / size * 1e6:.2f} µs",
    )


def _write(events: int) -> None:
    """Write ten claims an event, with a report each. The log has a commitment to the words of each report."""
    generated.write_world(10 * events)
    with transaction.open_transaction("The bench.", "bench") as made:
        for first in range(1, events + 1, EVENTS_AT_ONCE):
            given = documents.about(first, min(first + EVENTS_AT_ONCE - 1, events), events)
            for claim, report in zip(given["claims"], given["reports"], strict=True):
                bounds = {name: claim[name] for name in ("low", "best", "high") if name in claim}
                report |= {"phrase": "so many were killed", "qualifier": "as_given", **bounds}
            add_batch(made, given)


def _chained(made: list[bytes]) -> None:
    before = b""
    for entry in made:
        chained = sha256(before)
        chained.update(entry)
        before = chained.digest()


if __name__ == "__main__":
    for line in lines(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES):
        print(*line, sep=" | ")
