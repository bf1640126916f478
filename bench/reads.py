"""L2, L3, L5 and F1: pages of claims over HTTP, beside a naive page, a fixed body, other pages and other sizes."""

import itertools
import json
import urllib.parse
from collections.abc import Iterable

from bench.clock import growth, interleaved, say
from bench.place import Place
from bench.serving import Server, serving
from bench.table import Line, at_most, mark, share, told

PAGE = "/v1/claims?limit=100"
NAIVE = "/naive"
NUMBER = 60  # requests a round
SIDES = [f"camp-{number}-{letter}" for number in range(1, 7) for letter in "ab"]
FILTERED = [f"{PAGE}&subject_side={side}&harm={harm}" for side in SIDES for harm in ("killed", "injured")]
DEPTH = 0.9


def lines(small: Place, great: Place, sizes: tuple[int, int]) -> Iterable[Line]:
    say("asking for pages")
    with (
        serving("wsgi:app", great.folder) as ours,
        serving("wsgi:app", small.folder) as less,
        serving("bench.naive:app", great.folder, "/fixed/1") as naive,
    ):
        body = ours.get(PAGE)
        assert json.loads(body)["data"] == json.loads(naive.get(NAIVE))["data"]
        deep = f"{PAGE}&cursor={_cursor(ours, int(DEPTH * sizes[1]))}"
        times = interleaved(
            {
                "ours": lambda: ours.cpu(PAGE, NUMBER),
                "naive": lambda: naive.cpu(NAIVE, NUMBER // 6),
                "fixed": lambda: naive.cpu(f"/fixed/{len(body)}", NUMBER),
                "deep": lambda: ours.cpu(deep, NUMBER),
                "less": lambda: less.cpu(PAGE, NUMBER),
            }
        )
        ratio = _worst(ours)
    yield told("models, `Schema.dump` and `json` over an uncached list page", f"{times['naive'] / times['ours']:.1f}×")
    part = times["fixed"] / times["ours"]
    yield share("L3", "a fixed body of the same size in the time of a page ≥ 30%", part, part >= 0.3)
    yield at_most("L5", f"page at depth {int(DEPTH * sizes[1]):,} in first pages", times["deep"] / times["ours"], 1.3)
    grown = growth(times["less"], times["ours"], sizes[1] / sizes[0])
    over = f"from {sizes[0]:,} to {sizes[1]:,} claims"
    yield Line("L5", f"growth exponent of a page {over} ≤ 0.1", f"{grown:.2f}", mark(grown <= 0.1))
    yield at_most("F1", "page filtered by side and harm, p99 in p99s of the unfiltered page", ratio, 2)


def _cursor(server: Server, depth: int) -> str:
    """The cursor behind so many claims: pages are walked through."""
    path = "/v1/claims?limit=1000&fields=id"
    for _ in range(depth // 1000):
        following = urllib.parse.urlsplit(json.loads(server.get(path))["links"]["next"])
        path = f"{following.path}?{following.query}"
    return urllib.parse.quote(urllib.parse.parse_qs(following.query)["cursor"][0])


def _worst(server: Server) -> float:
    """The p99 of filtered pages, each question asked anew, over that of as many unfiltered ones."""
    filtered, unfiltered = [], []
    for path in itertools.islice(itertools.cycle(FILTERED), 10 * len(FILTERED)):
        filtered += server.times([path])
        unfiltered += server.times([PAGE])
    return _p99(filtered) / _p99(unfiltered)


def _p99(times: list[float]) -> float:
    return sorted(times)[int(0.99 * len(times))]
