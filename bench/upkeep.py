"""The cost of the image of statistics in a write: the CPU seconds that the write spends in `api.evidence`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from api.cli import image
from api.database.snapshot import open_snapshot
from api.evidence import background
from api.evidence.frame import open_frame
from api.evidence.process import Evidence
from bench.clock import cpu

SHARE = 0.05
#: The functions of `api.evidence` through which a write, a command or a question can use the image.
DOORS = ((image, "refresh_image"), (background, "start_refresh"), (Evidence, "_lock_overlay"))


class Spent(list[float]):
    """CPU seconds of each call of `api.evidence`."""

    def share_of(self, seconds: float) -> float:
        return sum(self) / seconds


@contextmanager
def upkeep_timed() -> Iterator[Spent]:
    """Yield a list of the CPU seconds that the block spends on the image."""
    spent, doors = Spent(), [(owner, name, getattr(owner, name)) for owner, name in DOORS]
    for owner, name, door in doors:
        setattr(owner, name, _timed(door, spent))
    try:
        yield spent
    finally:
        for owner, name, door in doors:
            setattr(owner, name, door)


def _timed(door: Callable[..., Any], spent: Spent) -> Callable[..., Any]:
    def timed(*values: Any, **named: Any) -> Any:
        answers: list[Any] = []
        spent.append(cpu(lambda: answers.append(door(*values, **named))))
        return answers[0]

    return timed


def open_newest_frame() -> None:
    """Bring the overlay of this process to the newest revision, as the first question after a write does."""
    with open_snapshot(None), open_frame():
        pass
