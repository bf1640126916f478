"""R1: a repeated page, and its 304, over a bare WSGI application that sends the same number of bytes.

Other lines measure the first request of the page, which the server then compresses and caches, and the page without the
cache. `python -m bench.repeats` measures these lines alone.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping

from bench import generated
from bench.clock import interleaved, is_quick, say
from bench.place import Place, database, place
from bench.serving import Server, serving
from bench.table import Line, at_most, mark, told, written

PAGE = "/v1/claims?limit=100"
PLAIN, UNCHANGED = "plain", "304"
ENCODINGS = {PLAIN: "identity", "zstd": "zstd", "br": "br", "gzip": "gzip"}
NUMBER, QUICK_NUMBER = 200, 60  # requests a round
MOST, MOST_MS = 1.5, 0.4
LIMIT = {"COUNTERCLAIM_READS_PER_MINUTE": "1000000"}  # the server counts requests, and refuses none
CACHE = {"COUNTERCLAIM_RESPONSE_CACHE_MB": "32"}
Headers = Mapping[str, str]


def lines(filled: Place, scale: float = 1) -> Iterable[Line]:
    """Yield the lines of repeated pages. `scale`: how much slower this machine is than that of the targets."""
    say("asking for a page again")
    with (
        serving("wsgi:app", filled.folder, **LIMIT, **CACHE) as ours,
        serving("wsgi:app", filled.folder, **LIMIT) as without,
        serving("bench.bare:app", filled.folder, "/1") as bare,
    ):
        yield from compare(ours, without, bare, scale)


def compare(ours: Server, without: Server, bare: Server, scale: float = 1) -> Iterable[Line]:
    """Yield the lines that compare a server with the cache, one without it, and the bare one."""
    sent = {name: {"Accept": "application/json", "Accept-Encoding": word} for name, word in ENCODINGS.items()}
    answers = {name: ours.ask_whole(PAGE, headers) for name, headers in sent.items()}
    sizes = {name: len(body) for name, (_, body) in answers.items()} | {UNCHANGED: 0}
    plain_tag = sent[PLAIN] | {"If-None-Match": answers[PLAIN][0].headers["ETag"]}
    sent[UNCHANGED] = sent["gzip"] | {"If-None-Match": answers["gzip"][0].headers["ETag"]}
    works = {"without": _repeat(without, PAGE, sent[PLAIN]), "without 304": _repeat(without, PAGE, plain_tag)}
    for name, headers in sent.items():
        works[f"repeat {name}"] = _repeat(ours, PAGE, headers)
        works[f"bare {name}"] = _repeat(bare, f"/{sizes[name]}", headers)
    numbers = itertools.count(1)
    works |= {f"first {name}": _ask_first(ours, sent[name], numbers) for name in ENCODINGS}
    times = interleaved(works)
    for name, size in sizes.items():
        goal = f"repeat of a page, {name}, over a bare body of {size:,} bytes" if size else "304 over a bare 304"
        yield at_most("R1", goal, times[f"repeat {name}"] / times[f"bare {name}"], MOST)
    for name in sizes:
        most, milliseconds = MOST_MS * scale, times[f"repeat {name}"] * 1000
        goal = f"CPU ms of a repeat, {name} ≤ {most:.2f} ({MOST_MS:g} on the machine of the targets)"
        yield Line("R2", goal, f"{milliseconds:.2f}", mark(milliseconds <= most))
    repeats, bares = (_list_times(times, work, sizes) for work in ("repeat", "bare"))
    yield told(f"CPU ms of repeats: {', '.join(sizes)}; of bare bodies of those sizes", f"{repeats}; {bares}")
    first = _list_times(times, "first", ENCODINGS)
    yield told(f"CPU ms of a page asked for the first time: {', '.join(ENCODINGS)}", first)
    yield told("CPU ms of a page, and of a 304, without the cache", _list_times(times, "without", ("", UNCHANGED)))


def _repeat(server: Server, path: str, headers: Headers) -> Callable[[], float]:
    return lambda: server.cpu_of(path, [headers] * (QUICK_NUMBER if is_quick() else NUMBER))


def _ask_first(server: Server, headers: Headers, numbers: Iterable[int]) -> Callable[[], float]:
    """Return a work that sends requests with new `Accept` headers: the cache has no answer for them."""
    new = ({**headers, "Accept": f"application/json, text/n{number}"} for number in numbers)
    return lambda: server.cpu_of(PAGE, itertools.islice(new, NUMBER // 4))


def _list_times(times: Mapping[str, float], work: str, names: Iterable[str]) -> str:
    return ", ".join(f"{times[f'{work} {name}'.strip()] * 1000:.2f}" for name in names)


def main() -> None:
    with place() as filled:
        with database.connection_context():
            generated.write(10_000)
        print(written(lines(filled)))


if __name__ == "__main__":
    main()
