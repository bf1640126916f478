"""Parts of an answer of which the first is made at once, so that a failure becomes a problem."""

import itertools
from typing import Any


class StartedParts:
    """Iterates over a generator that has begun. `close` ends it, also when nobody reads: after HEAD, or a client left.

    Otherwise its files and cursors would stay until the next collection of garbage.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self.items = itertools.chain([next(source)], source)

    def __iter__(self) -> "StartedParts":
        return self

    def __next__(self) -> Any:
        return next(self.items)

    def close(self) -> None:
        self.source.close()
