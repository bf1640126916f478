"""Memory that a work freed is the kernel's again."""

import pathlib

from api.evidence.free_memory import return_free_memory


def private_memory() -> int:
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def test_freed_memory_is_returned() -> None:
    texts = [b"x" * (600 + number % 2) for number in range(60_000)]  # too long for Python's own pools
    last = b"y" * 600  # above them: glibc gives back nothing below what is still used
    before = private_memory()
    del texts
    return_free_memory()
    assert private_memory() < before - 20_000 and last
