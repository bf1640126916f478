"""Remember the records of the last days by block, so that a record is compared with those before it that may be it."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any

from api.deduplication.similarity import RecordFields, days_between

NEIGHBOURS = 2_000  # records of a block and a dataset that a record is compared with
Block = tuple[Any, ...]


class NeighbourWindow:
    """The records of the last days. Records come in the order of their days.

    A dataset has places of its own in a block, so that the many records of one do not push out those of another.
    """

    def __init__(self, days: int) -> None:
        self.days, self.crowded = days, 0
        self._blocks: dict[Block, dict[str | None, deque[RecordFields]]] = defaultdict(dict)
        self._order: deque[tuple[RecordFields, list[Block]]] = deque()

    def add_record(self, record: RecordFields, blocks: Iterable[Block]) -> None:
        """Add a record, and forget the records of days that are too long ago."""
        self._forget_past(record["day"])
        own = list(blocks)
        for block in own:
            neighbours = self._blocks[block].setdefault(record["dataset"], deque(maxlen=NEIGHBOURS))
            self.crowded += len(neighbours) == NEIGHBOURS
            neighbours.append(record)
        self._order.append((record, own))

    def find_neighbours(self, record: RecordFields, blocks: Iterable[Block], within: bool) -> Iterator[RecordFields]:
        """Return the remembered records in these blocks, each once. `within`: also those of the record's dataset."""
        self._forget_past(record["day"])
        near: dict[str, RecordFields] = {}
        for block in blocks:
            for dataset, neighbours in self._blocks.get(block, {}).items():
                if within or dataset != record["dataset"]:
                    near |= {before["id"]: before for before in neighbours}
        return iter(near.values())

    def _forget_past(self, day: str) -> None:
        while self._order and days_between(self._order[0][0]["day"], day) > self.days:
            record, blocks = self._order.popleft()
            for block in blocks:
                neighbours = self._blocks[block][record["dataset"]]
                if neighbours and neighbours[0] is record:  # else a crowd has pushed it out
                    neighbours.popleft()
                if not neighbours:
                    del self._blocks[block][record["dataset"]]
                if not self._blocks[block]:
                    del self._blocks[block]
