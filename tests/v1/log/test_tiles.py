"""The log as tiles: paths, hashes and bundles are worked out again here from the definitions of C2SP tlog-tiles."""

import base64
import gzip
import json
import random
from hashlib import sha256

import pytest
from flask import Flask

from api.change_log.tiles import Tile, list_tiles, parse_tile, write_index
from api.database.connection import database
from api.database.statements import select_rows
from tests.conftest import Databases, make_app
from tests.support import logs, worlds
from tests.support.clients import open_small_world
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped

SIZE = 600  # two full tiles of level 0, one of 88, and one of 2 above


@pytest.fixture(scope="module")
def logged(databases: Databases, engine: str) -> HonestClient:
    """Return a client of a log with `SIZE` random entries."""
    app = make_app(databases.upgraded(engine), databases.folder)
    with database.connection_context():
        logs.append(logs.entries(random.Random(5), SIZE))
    return open_client(app)


def get_tile(client: HonestClient, path: str) -> bytes:
    answer = client.get(f"/v1/log/tile/{path}")
    assert (answer.status_code, answer.content_type) == (200, "application/octet-stream"), answer.text
    return answer.data


def split_bundle(bundle: bytes) -> list[bytes]:
    entries = []
    while bundle:
        length = 256 * bundle[0] + bundle[1]
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return entries


def hash_tree(leaves: list[bytes]) -> bytes:
    """Return the root by RFC 6962, section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + hash_tree(leaves[:half]) + hash_tree(leaves[half:])).digest()


@pytest.mark.parametrize(("number", "path"), [
    (0, "000"), (7, "007"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067"), (10**9, "x001/x000/x000/000"),
])  # fmt: skip
def test_the_number_of_a_tile_is_written_in_threes(number: int, path: str) -> None:
    assert write_index(Tile(0, number)) == path
    assert write_index(Tile(0, number, 44)) == f"{path}.p/44"
    assert parse_tile("63", path) == Tile(63, number)
    assert parse_tile("0", f"{path}.p/44") == Tile(0, number, 44)


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    widths = [[tile.width for tile in list_tiles(level, 0, 70_000)] for level in range(4)]
    assert widths == [[256] * 273 + [112], [256, 17], [1], []]
    assert [tile.width for tile in list_tiles(1, 0, 256)] == [1]


def test_entries_hash_to_the_tiles_and_the_tiles_to_the_checkpoint(logged: HonestClient) -> None:
    names = ["000", "001", "002.p/88"]
    entries = [entry for name in names for entry in split_bundle(get_tile(logged, f"entries/{name}"))]
    tiles = b"".join(get_tile(logged, f"0/{name}") for name in names)
    leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
    assert tiles == b"".join(leaves)
    assert [json.loads(entry)["seq"] for entry in entries] == list(range(1, SIZE + 1))
    above = b"".join(hash_tree(leaves[start : start + 256]) for start in (0, 256))
    assert get_tile(logged, "1/000.p/2") == above
    _, size, root, *_ = logged.get("/v1/log/checkpoint").text.split("\n")
    assert (int(size), base64.b64decode(root)) == (SIZE, hash_tree(leaves))


def test_the_entries_are_those_of_the_proofs(logged: HonestClient) -> None:
    proof = logged.get("/v1/log/proof/inclusion?seq=258").json["data"]
    assert split_bundle(get_tile(logged, "entries/001"))[1] == proof["entry"].encode()


def test_a_part_of_a_full_tile_is_its_beginning(logged: HonestClient) -> None:
    assert get_tile(logged, "0/001.p/3") == get_tile(logged, "0/001")[:96]
    assert split_bundle(get_tile(logged, "entries/001.p/3")) == split_bundle(get_tile(logged, "entries/001"))[:3]


def test_caches_keep_tiles_for_a_year_and_bundles_are_compressed(logged: HonestClient) -> None:
    answer = logged.get("/v1/log/tile/entries/000", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == get_tile(logged, "entries/000")
    again = logged.get(
        "/v1/log/tile/0/000", headers={"If-None-Match": logged.get("/v1/log/tile/0/000").headers["ETag"]}
    )
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "public, max-age=31536000, immutable")


@pytest.mark.parametrize("path", [
    "0/002", "0/002.p/89", "0/003", "entries/002", "entries/002.p/89", "1/000", "1/000.p/3", "2/000", "63/000",
    "entries/x999/x999/x999/x999/999",
])  # fmt: skip
def test_what_the_tree_does_not_have_is_refused(logged: HonestClient, path: str) -> None:
    answer = logged.get(f"/v1/log/tile/{path}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert answer.json["detail"] == "The log has 600 entries, too few for this tile."


@pytest.mark.parametrize("path", [
    "64/000", "00/000", "-1/000", "a/000", "0/0", "0/0000", "0/000.p/0", "0/000.p/01", "0/000.p", "0/000.p/1/2",
    "0/x000/001", "0/x01/000", "0/000/000", "0/x001", "0/٠٠٠", "entries/1", "entries/000.p/1000", "entries/x000/000",
])  # fmt: skip
def test_a_wrong_address_is_refused(logged: HonestClient, path: str) -> None:
    answer = logged.get(f"/v1/log/tile/{path}")
    assert (answer.status_code, answer.json["title"]) == (404, "Not found"), answer.text


def test_a_part_has_at_most_256(logged: HonestClient) -> None:
    assert logged.get("/v1/log/tile/0/000.p/256").status_code == 404
    assert logged.get("/v1/log/tile/0/000.p/257").status_code == 404
    assert logged.get("/v1/log/tile/0/000?x=1").status_code == 400


def test_an_empty_log_has_no_tiles(empty: Flask) -> None:
    answer = open_client(empty).get("/v1/log/tile/0/000.p/1")
    assert (answer.status_code, answer.json["detail"]) == (404, "The log has 0 entries, too few for this tile.")


def test_free_texts_are_in_no_bundle(empty: Flask) -> None:
    worlds.write(worlds.SMALL)
    client = open_client(empty)
    with database.connection_context():
        size = int(select_rows("SELECT COUNT(*) FROM change")[0][0])
        texts = [text for (text,) in select_rows("SELECT value FROM change_text WHERE length(value) > 12")]
    bundle = get_tile(client, f"entries/000.p/{size}")
    assert texts and not [text for text in texts if text.encode() in bundle]


def test_a_record_that_no_bundle_can_hold_is_refused(empty: Flask) -> None:
    """The length of an entry has two bytes in a bundle. 500 ids of 160 letters are too long for it; 300 are not."""
    client = open_small_world(empty, "admin")
    sides = [{"id": f"side-{number:03}-".ljust(160, "x"), "name": f"Side {number}"} for number in range(500)]
    assert ask(client, "POST", "sides", dumped(sides)).status_code == 201
    before = client.get("/v1/log/checkpoint").text
    listed = [side["id"] for side in sides]
    conflict = {"id": "large", "name": "Large war", "sides": listed}
    refusal = told(ask(client, "POST", "conflicts", dumped(conflict)), 422, "invalid-body")
    assert "This change makes an entry of 8" in refusal["errors"][0]["message"]
    assert "and an entry has at most 65535. Shorten the lists" in refusal["errors"][0]["message"]
    assert client.get("/v1/log/checkpoint").text == before
    assert ask(client, "POST", "conflicts", dumped({**conflict, "sides": listed[:300]})).status_code == 201
    correction = told(
        ask(client, "PATCH", "conflicts", dumped({"sides": listed[200:]}), path="large"), 422, "invalid-body"
    )
    assert "This change makes an entry of 9" in correction["errors"][0]["message"]
