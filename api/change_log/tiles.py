"""The log as tiles (C2SP tlog-tiles): hashes of complete subtrees, and the entries themselves, 256 at a time.

A tile never changes once the tree has all of it, so readers and caches keep it. A bundle has the bytes that the leaves
are hashed over: an erased text is not among them, only its commitment.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from api.change_log import stored_tree
from api.change_log.append import LONGEST_ENTRY, Opening, Row, entry_json
from api.change_log.proofs import COLUMNS
from api.database.models import Change, ChangeText
from api.database.statements import fetch_tuples
from schemas.sentences import count_noun

WIDTH = 256  # hashes in a full tile
HEIGHT = 8  # levels of the tree from a tile to the tile above it
TOP_LEVEL = 63
LENGTH_BYTES = 2  # before each entry of a bundle
#: `x001/x234/067` is 1234067, `001.p/44` the first 44 of tile 1.
INDEX = re.compile(r"((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")
LEVEL = re.compile(r"0|[1-9]\d?")


class NoSuchTileError(Exception):
    """There is no tile at this address. The message says why."""


class Tile(NamedTuple):
    """The place of a tile: its level, its number in that level, and how many hashes or entries are asked of it."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def first(self) -> int:
        """Return the index of its first hash within the level."""
        return self.number * WIDTH

    @property
    def least_size(self) -> int:
        """Return the size from which on a tree has this tile."""
        return (self.first + self.width) << (HEIGHT * self.level)


def parse_tile(level: str, index: str) -> Tile:
    """Return the tile of the two parts of an address, such as `0` and `x001/234.p/5`. Raise `NoSuchTileError`."""
    match = INDEX.fullmatch(index)
    if not match or not LEVEL.fullmatch(level) or int(level) > TOP_LEVEL or not index.isascii():
        raise NoSuchTileError("A tile has an address such as tile/0/x001/234 or tile/0/x001/234.p/5.")
    digits = match[1].replace("x", "").replace("/", "")
    tile = Tile(int(level), int(digits), int(match[2] or WIDTH))
    if write_index(tile) != index:
        raise NoSuchTileError(f"Tile {int(digits)} has the address {write_index(tile._replace(width=WIDTH))}.")
    return tile


def write_index(tile: Tile) -> str:
    """Return the last part of the address of a tile: tile 1234067 → `x001/x234/067`."""
    digits = f"{tile.number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *parents, last = (digits[place : place + 3] for place in range(0, len(digits), 3))
    path = "".join(f"x{part}/" for part in parents) + last
    return path if tile.width == WIDTH else f"{path}.p/{tile.width}"


def list_tiles(level: int, start: int, size: int) -> Iterator[Tile]:
    """Yield the tiles of a level that a tree of `size` has from index `start` of the level on, full ones first."""
    end = size >> (HEIGHT * level)
    for number in range(start // WIDTH, -(-end // WIDTH)):
        yield Tile(level, number, min(WIDTH, end - number * WIDTH))


def read_hashes(tile: Tile) -> bytes:
    """Return the hashes of a tile, joined. Raise `NoSuchTileError`."""
    refuse_beyond_tree(tile)
    nodes = [(HEIGHT * tile.level, tile.first + place) for place in range(tile.width)]
    hashes = stored_tree.load_hashes(nodes)
    return b"".join(hashes[node] for node in nodes)


def read_bundle(tile: Tile) -> bytes:
    """Return the entries of a tile of level 0, each after its length. Raise `NoSuchTileError`."""
    refuse_beyond_tree(tile)
    return write_bundle(map(entry_json, read_rows(tile.first, tile.width)))


def read_texts(tile: Tile) -> list[Opening]:
    """Return the texts and salts of the entries of a tile, without erased ones. Raise `NoSuchTileError`."""
    refuse_beyond_tree(tile)
    of_tile = ChangeText.select().where(ChangeText.seq.between(tile.first + 1, tile.first + tile.width))
    return list(map(Opening._make, fetch_tuples(of_tile.order_by(ChangeText.seq, ChangeText.side, ChangeText.field))))


def read_rows(start: int, count: int) -> list[Row]:
    """Return `count` entries from index `start` of the tree on."""
    in_range = Change.select(*COLUMNS).where(Change.seq.between(start + 1, start + count))
    return list(map(Row._make, fetch_tuples(in_range.order_by(Change.seq))))


def refuse_beyond_tree(tile: Tile) -> None:
    """Raise `NoSuchTileError` for a tile that the log does not have yet."""
    size = stored_tree.log_size()
    if tile.width > WIDTH or tile.least_size > size:
        raise NoSuchTileError(f"The log has {count_noun(size, 'entry', 'entries')}, too few for this tile.")


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Return a bundle. Raise `NoSuchTileError` for an entry that is too long for one: older versions wrote some."""
    parts = []
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise NoSuchTileError(
                f"An entry of this bundle has {len(entry)} bytes, and a bundle has entries of at most {LONGEST_ENTRY}. "
                "Get the entries one by one from /v1/log/proof/inclusion."
            )
        parts += [len(entry).to_bytes(LENGTH_BYTES), entry]
    return b"".join(parts)


def parse_bundle(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle. Raise `ValueError` for one that is cut short."""
    entries, place = [], 0
    while place < len(bundle):
        start = place + LENGTH_BYTES
        place = start + int.from_bytes(bundle[place:start])
        if place > len(bundle) or start > len(bundle):
            raise ValueError("the bundle is cut short")
        entries.append(bundle[start:place])
    return entries
