"""What a mirror reads from the server that it follows: checkpoint, key, tiles, and the texts of entries."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from api.change_log.append import LONGEST_ENTRY, Opening
from api.change_log.merkle import LENGTH
from api.change_log.outside_requests import OutsideClient, OutsideError
from api.change_log.tiles import LENGTH_BYTES, WIDTH, Tile, parse_bundle, write_index
from api.change_log.unlogged_facts import UnloggedFacts, is_complete

PREFIX = "/v1/log"
MOST_BYTES = max(WIDTH * (LONGEST_ENTRY + LENGTH_BYTES), 64 * 1_048_576)


class ReadEntry(NamedTuple):
    """The bytes of an entry and its texts. `leaf_index` counts from 0."""

    leaf_index: int
    content: bytes
    texts: list[Opening]
    dataset: str | None  # of the record that it creates


class Additions(NamedTuple):
    """What the entries of a tile do not have, by the number of the entry."""

    texts: dict[int, list[Opening]]
    datasets: dict[int, str]


class OriginReader:
    """A client of one origin. All methods raise `OutsideError`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.client = OutsideClient(MOST_BYTES)

    def read_key(self) -> str:
        return self._get("/key").decode("ascii", "replace").strip()

    def read_checkpoint(self) -> str:
        return self._get("/checkpoint").decode("utf-8", "replace")

    def read_hashes(self, tile: Tile) -> list[bytes]:
        """Return the hashes of a tile. Nobody has checked them."""
        content = self._get(f"/tile/{tile.level}/{write_index(tile)}")
        if len(content) != tile.width * LENGTH:
            raise OutsideError(f"{self.url} sends {len(content)} bytes as a tile of {tile.width} hashes")
        return [content[place : place + LENGTH] for place in range(0, len(content), LENGTH)]

    def read_entries(self, tiles: Iterable[Tile]) -> Iterator[ReadEntry]:
        """Yield the entries of tiles with their texts. Nobody has checked them."""
        for tile in tiles:
            contents = self._read_bundle(tile)
            texts, datasets = self._read_additions(tile)
            for index, content in enumerate(contents, tile.first):
                yield ReadEntry(index, content, texts.get(index + 1, []), datasets.get(index + 1))

    def read_unlogged(self) -> UnloggedFacts:
        try:
            document: Any = orjson.loads(self._get("/unlogged"))["data"]
            if not is_complete(document):
                raise TypeError
            return UnloggedFacts(document["releases"], document["datasets"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise OutsideError(f"{self.url} sends releases or datasets that cannot be read") from None

    def _read_bundle(self, tile: Tile) -> list[bytes]:
        try:
            contents = parse_bundle(self._get(f"/tile/entries/{write_index(tile)}"))
        except ValueError as error:
            raise OutsideError(f"{self.url}: {error}") from None
        if len(contents) != tile.width:
            raise OutsideError(f"{self.url} sends {len(contents)} entries in a bundle of {tile.width}")
        return contents

    def _read_additions(self, tile: Tile) -> Additions:
        additions = Additions({}, {})
        try:
            document: Any = orjson.loads(self._get(f"/texts/{write_index(tile)}"))["data"]
            for text in document["texts"]:
                opening = Opening(**text)
                if set(map(type, opening)) != {int, str}:
                    raise TypeError
                additions.texts.setdefault(opening.seq, []).append(opening)
            for owner in document["datasets"]:
                additions.datasets[owner["seq"]] = str(owner["dataset"])
        except (ValueError, KeyError, TypeError):
            raise OutsideError(f"{self.url} sends texts that cannot be read") from None
        return additions

    def _get(self, path: str) -> bytes:
        return self.client.get(f"{self.url}{PREFIX}{path}")
