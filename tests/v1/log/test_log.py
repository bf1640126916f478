"""The log in the API: lists, feed, histories and proofs. The verifier of the proofs shares no code with ours."""

import base64
import csv
import io
import json
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask

from api.change_log import free_texts
from api.change_log.append import Entry
from api.change_log.entries import LISTING
from api.database.connection import database
from api.writes.transaction import open_transaction
from schemas.log import RESOURCES, ChangeFilters, ChangeOut, ChangeQuery
from schemas.responses import filter_names
from tests.change_log.test_append import SECRET, redact_the_secret, told_of_a_secret
from tests.support import logs, worlds
from tests.support.contract import HonestClient, open_client

ATOM = "{http://www.w3.org/2005/Atom}"


# A small verifier of RFC 9162, by its recursive definitions -------------------------------------------------------


def pair(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def half(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root_by(index: int, size: int, leaf: bytes, proof: list[bytes]) -> bytes:
    if size == 1:
        assert proof == []
        return leaf
    k = half(size)
    if index < k:
        return pair(root_by(index, k, leaf, proof[:-1]), proof[-1])
    return pair(proof[-1], root_by(index - k, size - k, leaf, proof[:-1]))


def roots_by(first: int, second: int, proof: list[bytes], old: bytes | None) -> tuple[bytes, bytes]:
    if first == second:
        if old is not None:
            assert proof == []
            return old, old
        (only,) = proof
        return only, only
    k = half(second)
    if first <= k:
        before, after = roots_by(first, k, proof[:-1], old)
        return before, pair(after, proof[-1])
    before, after = roots_by(first - k, second - k, proof[:-1], None)
    return pair(proof[-1], before), pair(proof[-1], after)


def head(client: HonestClient) -> tuple[int, bytes]:
    """Return size and root of the checkpoint, and check its signature."""
    name, key_id, key = client.get("/v1/log/key").text.strip().split("+", 2)
    text, _, signature = client.get("/v1/log/checkpoint").text.partition("\n\n")
    origin, size, root = text.split("\n")
    signed = base64.b64decode(signature.split()[-1])
    assert origin == name and signed[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:]).verify(signed[4:], f"{text}\n".encode())
    return int(size), base64.b64decode(root)


def hashes(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in proof]


# ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(empty: Flask) -> Iterator[HonestClient]:
    """Yield a client of a small world with later random changes in several revisions."""
    worlds.write(worlds.SMALL, "The small world.")
    chance = random.Random(11)
    with database.connection_context():
        for count in (1, 4, 7):
            logs.append(logs.entries(chance, count), f"{count} at once.", "key-one")
    client = open_client(empty)
    yield client


def test_caches_keep_a_checkpoint_for_seconds_only(told: HonestClient) -> None:
    answer = told.get("/v1/log/checkpoint")
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    again = told.get("/v1/log/checkpoint", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "public, max-age=5")


def test_the_checkpoint_is_signed_and_every_entry_is_proved_to_be_under_it(told: HonestClient) -> None:
    size, root = head(told)
    assert size == sum(map(len, worlds.SMALL.values())) + 12
    changes = told.get("/v1/changes?limit=1000").json["data"]
    for change in changes:
        proof = told.get(f"/v1/log/proof/inclusion?seq={change['seq']}&size={size}").json["data"]
        leaf = sha256(b"\x00" + proof["entry"].encode()).digest()
        assert (leaf.hex(), proof["leaf_index"]) == (proof["leaf"], change["seq"] - 1)
        assert root_by(change["seq"] - 1, size, leaf, hashes(proof["proof"])) == root
        assert sha256(proof["entry"].encode()).hexdigest() == change["hash"]
        assert opened(proof) == {name: change[name] for name in ("before", "after", "reason", "who", "prev", "id")}
    assert [change["prev"] for change in changes[1:]] == [change["hash"] for change in changes[:-1]]


def opened(proof: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a proof's entry, with its commitments opened."""
    entry = json.loads(proof["entry"])
    for opening in proof["openings"]:
        made = sha256(bytes.fromhex(opening["salt"]) + opening["value"].encode()).hexdigest()
        assert entry[opening["side"]][opening["field"]] == {"commitment": made}
        is_list = opening["field"] in free_texts.TEXT_LISTS
        entry[opening["side"]][opening["field"]] = json.loads(opening["value"]) if is_list else opening["value"]
    entry["id"] = entry["record"]
    return {name: entry[name] for name in ("before", "after", "reason", "who", "prev", "id")}


def test_the_log_is_proved_to_have_only_grown(told: HonestClient) -> None:
    size, root = head(told)
    kept = [(size, root)]
    for count in (1, 2, 5):
        with database.connection_context():
            logs.append(logs.entries(random.Random(count), count))
        kept.append(head(told))
    newest, root = kept[-1]
    for older, old in kept:
        proof = told.get(f"/v1/log/proof/consistency?from={older}").json["data"]
        assert roots_by(older, newest, hashes(proof["proof"]), old) == (old, root)
        assert (proof["to"], proof["from_root"], proof["to_root"]) == (newest, old.hex(), root.hex())
    between = told.get(f"/v1/log/proof/consistency?from={kept[0][0]}&to={kept[1][0]}").json["data"]
    assert roots_by(kept[0][0], kept[1][0], hashes(between["proof"]), kept[0][1])[1] == kept[1][1]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("inclusion", "seq"),
        ("inclusion?seq=0", "seq"),
        ("inclusion?seq=99999", "seq"),
        ("inclusion?seq=9&size=8", "seq"),
        ("inclusion?seq=1&size=99999", "size"),
        ("inclusion?seq=1&size=0", "size"),
        ("consistency", "from"),
        ("consistency?from=0", "from"),
        ("consistency?from=9&to=8", "from"),
        ("consistency?from=1&to=99999", "to"),
        ("consistency?from=x", "from"),
    ],
)
def test_proofs_of_what_there_is_not_are_refused(client: HonestClient, address: str, name: str) -> None:
    answer = client.get(f"/v1/log/proof/{address}")
    assert (answer.status_code, answer.json["errors"][0]["name"]) == (422, name)


def test_a_log_without_entries_has_a_head_and_no_proofs(empty: Flask) -> None:
    client = open_client(empty)
    assert head(client) == (0, sha256().digest())
    assert client.get("/v1/changes").json["data"] == []
    assert client.get("/v1/log/proof/inclusion?seq=1").status_code == 422
    assert client.get("/v1/log/proof/consistency?from=1").status_code == 422
    feed = ElementTree.fromstring(client.get("/v1/changes.atom").text)
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


def test_a_feed_without_entries_dates_from_the_first_revision(client: HonestClient) -> None:
    """No release was made yet, but the seeds were loaded."""
    (first,) = client.get("/v1/changes?limit=1").json["data"]
    feed = ElementTree.fromstring(client.get("/v1/releases.atom").text)
    assert feed.find(f"{ATOM}entry") is None
    assert feed.findtext(f"{ATOM}updated") == first["made_at"]


def test_changes_are_columns_fields_and_filters_of_one_listing() -> None:
    assert set(LISTING.columns) == set(ChangeOut().fields)
    assert set(LISTING.where) - {"revision"} == set(filter_names(ChangeFilters))
    assert set(filter_names(ChangeQuery)) & set(ChangeQuery().fields) == set(filter_names(ChangeFilters))
    assert set(LISTING.sort) == set(ChangeQuery().fields["sort"].names)  # type: ignore[attr-defined]
    assert set(RESOURCES) == set(worlds.RECORD_TYPES)


def test_changes_are_narrowed_by_every_filter(told: HonestClient) -> None:
    every = told.get("/v1/changes?limit=1000").json["data"]
    filters: list[tuple[str, Any]] = [
        ("since=1", lambda change: change["revision"] > 1),
        ("since=0", lambda change: True),
        ("since=4", lambda change: False),
        ("revision=2", lambda change: change["revision"] <= 2),
        ("revision=3&since=1", lambda change: 1 < change["revision"] <= 3),
        ("resource=sides,claims", lambda change: change["resource"] in ("sides", "claims")),
        ("id=alpha,record-1", lambda change: change["id"] in ("alpha", "record-1")),
        ("who=key-one", lambda change: change["who"] == "key-one"),
    ]
    for asked, wanted in filters:
        answer = told.get(f"/v1/changes?limit=1000&{asked}").json
        assert answer["data"] == [change for change in every if wanted(change)], asked
        assert answer["meta"]["total"] == len(answer["data"])
    assert told.get("/v1/changes?resource=sizes").status_code == 422
    assert told.get("/v1/changes?as_of=2020-01-01").status_code == 400


def test_pages_of_changes_join_without_gap_or_repeat(told: HonestClient) -> None:
    for order, reverse in (("", False), ("&sort=-seq", True)):
        found: list[int] = []
        address = f"/v1/changes?limit=7{order}"
        while address:
            answer = told.get(address).json
            found += [change["seq"] for change in answer["data"]]
            address = answer["links"].get("next", "").removeprefix("http://127.0.0.1:8000")
        assert found == sorted(range(1, answer["meta"]["total"] + 1), reverse=reverse)


def test_every_format_holds_the_same_changes(told: HonestClient) -> None:
    every = told.get("/v1/changes?limit=1000").json["data"]
    lines = told.get("/v1/changes.ndjson").text.splitlines()
    assert [json.loads(line) for line in lines] == every
    table = list(csv.DictReader(io.StringIO(told.get("/v1/changes.csv").text, newline="")))
    assert [int(row["seq"]) for row in table] == [change["seq"] for change in every]
    assert [json.loads(row["after"]) for row in table] == [change["after"] for change in every]
    assert {row["before"] for row in table if row["operation"] == "create"} == {""}
    assert told.get("/v1/changes.xlsx?limit=2").status_code == 200
    assert told.get("/v1/changes.geojson").status_code == 404


def test_the_feed_is_newest_first_and_well_formed(told: HonestClient) -> None:
    with database.connection_context():
        logs.append(
            [Entry("sides", "alpha", "revise", {"id": "alpha"}, {"id": "alpha", "note": "x"})], "<b> & \x07 bell"
        )
    feed = ElementTree.fromstring(told.get("/v1/changes.atom?limit=3").text)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 3
    assert entries[0].findtext(f"{ATOM}title") == "alpha (side): note changed"
    assert entries[0].findtext(f"{ATOM}content") == "<b> & \ufffd bell\nnote changed\nsides/alpha: revise, revision 5."
    assert feed.findtext(f"{ATOM}updated") == max(entry.findtext(f"{ATOM}updated") or "" for entry in entries)
    page, link = entries[0].findall(f"{ATOM}link")
    assert page.attrib["href"] == "http://127.0.0.1:8000/sides/alpha"
    history = told.get(link.attrib["href"].removeprefix("http://127.0.0.1:8000"))
    assert [change["operation"] for change in history.json["data"]] == ["create", "revise"]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 3
    tag = told.get("/v1/changes.atom").headers["ETag"]
    assert told.get("/v1/changes.atom", headers={"If-None-Match": tag}).status_code == 304
    for address in ("/v1/changes?who=key-on", "/v1/changes.atom?who=key-on"):
        refused = worlds.told(told.get(address), 422, "unknown-record")
        assert [(error["name"], error["did_you_mean"]) for error in refused["errors"]] == [("who", ["key-one"])]


def test_the_history_of_a_record_tells_every_field_that_changed(told: HonestClient) -> None:
    first = {"id": "x", "best": 3, "note": "", "flags": []}
    second = {"id": "x", "best": 4, "note": "A word.", "flags": ["derived"]}
    with database.connection_context():
        logs.append([Entry("claims", "x", "create", None, first)], "Entered.")
        logs.append([Entry("claims", "x", "revise", first, second)], "Corrected.", "key-two")
    answer = told.get("/v1/claims/x/history")
    created, revised = answer.json["data"]
    assert [found["field"] for found in created["differences"]] == ["best", "id"]
    assert (revised["operation"], revised["reason"], revised["who"]) == ("revise", "Corrected.", "key-two")
    assert revised["differences"] == [
        {"field": "best", "before": 3, "after": 4, "redacted": False},
        {"field": "flags", "before": [], "after": ["derived"], "redacted": False},
        {"field": "note", "before": "", "after": "A word.", "redacted": False},
    ]
    tag = answer.headers["ETag"]
    assert told.get("/v1/claims/x/history", headers={"If-None-Match": tag}).status_code == 304
    assert told.get("/v1/events/x/history").status_code == 404
    assert told.get("/v1/nouns/x/history").status_code == 404


def test_a_history_is_whole_however_long(empty: Flask) -> None:
    """A history of more than 1,000 corrections is complete, and ends with the last one."""
    worlds.write({"sides": [{"id": "alpha", "name": "Alpha"}]})
    with database.connection_context(), open_transaction("Counted anew.", "editor") as made:
        for number in range(1001):
            made.note("revise", "sides", "alpha", {"note": str(number)}, {"note": str(number + 1)})
    answer = empty.test_client().get("/v1/sides/alpha/history").json
    assert (len(answer["data"]), answer["meta"]["total"]) == (1002, 1002)
    assert answer["data"][-1]["differences"][0]["after"] == "1001"


def test_every_seed_record_has_its_history(client: HonestClient) -> None:
    for resource in RESOURCES:
        record = client.get(f"/v1/{resource}?limit=1").json["data"][0]
        (entry,) = client.get(f"/v1/{resource}/{record['id']}/history").json["data"]
        assert (entry["operation"], entry["revision"]) == ("create", 1)


def test_unchanged_heads_and_proofs_cost_no_body(client: HonestClient) -> None:
    for address in ("checkpoint", "key", "proof/inclusion?seq=3", "proof/consistency?from=3"):
        tag = client.get(f"/v1/log/{address}").headers["ETag"]
        assert client.get(f"/v1/log/{address}", headers={"If-None-Match": tag}).status_code == 304


def test_an_erased_text_is_in_no_answer_and_proofs_hold(empty: Flask) -> None:
    client = open_client(empty)
    with database.connection_context():
        size = told_of_a_secret()
    kept = head(client)
    addresses = [
        "/v1/changes", "/v1/changes.csv", "/v1/changes.ndjson", "/v1/claimants/speaker/history",
        *(f"/v1/log/proof/inclusion?seq={seq}" for seq in (6, 7)),
    ]  # fmt: skip
    assert all(SECRET in client.get(address).text for address in addresses)
    with database.connection_context():
        redact_the_secret()
    more = ["/v1/changes.atom", "/v1/log/proof/inclusion?seq=13"]
    assert [address for address in addresses + more if SECRET in client.get(address).text] == []
    changes = client.get("/v1/changes?id=speaker").json["data"]
    assert [change["redacted"] for change in changes][0] == ["after/name"]
    assert (changes[0]["after"]["name"], changes[-1]["operation"]) == (None, "redact")
    history = client.get("/v1/claimants/speaker/history").json["data"]
    assert history[1]["differences"] == [{"field": "note", "before": "", "after": None, "redacted": True}]
    proof = client.get(f"/v1/log/proof/inclusion?seq=6&size={size}").json["data"]
    leaf = sha256(b"\x00" + proof["entry"].encode()).digest()
    assert root_by(5, size, leaf, hashes(proof["proof"])) == kept[1]
    assert proof["openings"] == []
