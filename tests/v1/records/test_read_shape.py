"""An answer can be sent back: references with names, entries of lists with `id`, and whole records."""

from typing import Any

import pytest
from flask import Flask

from api.records.named_references import drop_unchanged
from tests.support import worlds
from tests.support.clients import open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world whose key has only the scope write."""
    return open_small_world(empty, "write")


def read(client: HonestClient, address: str) -> dict[str, Any]:
    record: dict[str, Any] = client.get(f"/v1/{address}").json["data"]
    return record


@pytest.mark.parametrize("record_type", worlds.RECORD_TYPES)
def test_a_whole_record_is_sent_back_with_one_correction(client: HonestClient, record_type: str) -> None:
    for written in worlds.SMALL[record_type][:4]:
        address = f"{record_type}/{written['id']}"
        record = read(client, address)
        assert ask(client, "PATCH", record_type, dumped(record), path=written["id"]).json["data"]["revision"] == 1
        assert read(client, address) == record
        if "note" in record:
            answer = ask(client, "PATCH", record_type, dumped(record | {"note": "Corrected."}), path=written["id"])
            assert answer.status_code == 200, answer.json
            after = read(client, address)
            changed = {name for name in record if record[name] != after[name]}
            assert changed - {"updated_at"} == {"note", "revision"}  # both writes can have the same second


def test_entries_are_taken_as_they_are_read(client: HonestClient) -> None:
    side = {"name": "Red West", "member_of": [{"id": "red", "name": "Red camp", "from_day": "2000-01-01"}]}
    assert ask(client, "POST", "sides", dumped(side)).status_code == 201
    assert read(client, "sides/red-west")["member_of"] == [
        {"id": "red", "name": "Red camp", "from_day": "2000-01-01", "to_day": None}
    ]
    event = {
        "name": "Raid",
        "conflict": {"id": "war", "name": "The war"},
        "type": "unknown",
        "started_on": "2020-02-02",
        "ended_on": "2020-02-02",
        "sides": [
            {"id": "alpha", "name": "Alpha", "role": "target"},
            {"id": "red"},
            {"side": "hired", "role": "not_a_party"},
        ],
    }
    answer = ask(client, "POST", "events", dumped(event))
    assert answer.status_code == 201, answer.json
    sides = read(client, "events/raid")["sides"]
    assert {entry["id"]: entry["role"] for entry in sides} == {
        "alpha": "target",
        "red": "unknown",
        "hired": "not_a_party",
    }
    conflict = {"name": "New war", "sides": [{"id": "alpha", "name": "Alpha"}, "red"]}
    assert ask(client, "POST", "conflicts", dumped(conflict)).status_code == 201
    assert [entry["id"] for entry in read(client, "conflicts/new-war")["sides"]] == ["alpha", "red"]


@pytest.mark.parametrize(
    ("record_type", "record", "pointer", "sent"),
    [
        ("claimants", {"name": "Voice", "side": {"id": "alpha", "name": "Red camp"}}, "/side/name", "'Red camp'"),
        ("sides", {"name": "Bloc", "member_of": [{"id": "red", "name": "Alpha"}]}, "/member_of/0/name", "'Alpha'"),
        ("conflicts", {"name": "Feud", "sides": [{"id": "red", "name": 7}]}, "/sides/0/name", "7"),
    ],
)
def test_a_name_that_is_not_that_of_its_id_is_refused(
    client: HonestClient, record_type: str, record: dict[str, Any], pointer: str, sent: str
) -> None:
    problem = told(ask(client, "POST", record_type, dumped(record)), 422, "invalid-body")
    (fault,) = problem["errors"]
    assert fault["name"] == pointer
    assert f"but {sent} was sent" in fault["message"] and "Send the id that you mean" in fault["message"]


def test_a_name_that_does_not_fit_is_refused_in_a_patch(client: HonestClient) -> None:
    patch = {"subject_side": {"id": "alpha", "name": "Red camp"}}
    problem = told(ask(client, "PATCH", "claims", dumped(patch), path="a-own"), 422, "invalid-body")
    assert [fault["name"] for fault in problem["errors"]] == ["/subject_side/name"]


def test_what_is_neither_an_id_nor_a_reference_is_refused(client: HonestClient) -> None:
    for side in ({"name": "Alpha"}, {"id": "alpha", "colour": "red"}, {"id": 7}, ["alpha"]):
        problem = told(ask(client, "POST", "claimants", dumped({"name": "Voice", "side": side})), 422, "invalid-body")
        assert [(fault["name"], fault["message"]) for fault in problem["errors"]] == [
            ("/side", "Must be an id, or an object with the id and name of the record, as answers have it.")
        ]


@pytest.mark.parametrize("sent", ["all", {"id": "all", "name": "All sides together"}, {"id": "all"}, None])
def test_all_sides_are_sent_as_statistics_have_them(client: HonestClient, sent: Any) -> None:
    """Filters and statistics write `all` for all sides together. A claim about all sides has no side."""
    claim = {
        "conflict": "war",
        "claimant": "observers",
        "harm": "killed",
        "measure": "cumulative",
        "subject_side": sent,
    }
    claim |= {"stated_on": "2020-05-01", "qualifier": "exact", "value": 77, "reports": [{"source": "times"}]}
    answer = ask(client, "POST", "claims", dumped(claim))
    assert answer.status_code == 201, answer.json
    slug = answer.json["data"]["id"]
    assert read(client, f"claims/{slug}")["subject_side"] is None
    assert slug in [found["id"] for found in client.get("/v1/claims?subject_side=all&limit=1000").json["data"]]
    assert ask(client, "PATCH", "claims", dumped({"subject_side": "alpha"}), path=slug).status_code == 200
    assert ask(client, "PATCH", "claims", dumped({"subject_side": sent}), path=slug).status_code == 200
    assert read(client, f"claims/{slug}")["subject_side"] is None


def test_all_is_no_other_side(client: HonestClient) -> None:
    problem = told(
        ask(client, "PATCH", "claims", dumped({"responsible_side": "all"}), path="a-own"), 422, "invalid-body"
    )
    assert problem["errors"][0]["name"] == "/responsible_side"


def test_what_an_answer_derives_cannot_be_corrected(client: HonestClient) -> None:
    problem = told(ask(client, "PATCH", "claims", dumped({"place": "Elsewhere"}), path="a-own"), 422, "invalid-body")
    assert [fault["name"] for fault in problem["errors"]] == ["/place"]


def test_only_the_same_json_is_unchanged() -> None:
    record = {"grade": 1, "degrees": 40.0, "sides": [{"id": "a", "name": "A"}], "note": ""}
    assert drop_unchanged({"grade": 1, "degrees": 40, "sides": [{"id": "a", "name": "A"}], "note": ""}, record) == {}
    for patch in (
        {"grade": True},
        {"grade": 1.0},
        {"grade": "1"},
        {"sides": [{"id": "a"}]},
        {"note": None},
        {"x": None},
    ):
        assert drop_unchanged(patch, record) == patch
