"""The reconciliation service, asked as OpenRefine 3.6 asks: the manifest, then forms with untrimmed cells."""

import json
from typing import Any

import pytest
from flask import Flask

from schemas.name_matching import MOST_QUERIES
from tests.support.clients import open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped

Candidates = list[dict[str, Any]]


def send(client: HonestClient, queries: dict[str, Any]) -> Any:
    return client.post("/v1/reconcile", data={"queries": json.dumps(queries, ensure_ascii=False)})


def find(client: HonestClient, text: str, **query: Any) -> Candidates:
    answer = send(client, {"q0": {"query": text, **query}})
    assert answer.status_code == 200
    found: Candidates = answer.json["q0"]["result"]
    return found


def first(client: HonestClient, text: str, **query: Any) -> tuple[str, bool]:
    found = find(client, text, **query)[0]
    return found["id"], found["match"]


# name as in a table → the record and whether it may be taken unasked
FOUND = {
    "Azerbaijan": ("sides/azerbaijan", True),
    "  azerbaijan\t": ("sides/azerbaijan", True),
    "Republic of Azerbaijan": ("sides/azerbaijan", True),
    "azerbaijan-mod": ("claimants/azerbaijan-mod", True),
    "Azerbajan": ("sides/azerbaijan", False),
    "Азербайджан": ("sides/azerbaijan", False),
    "Ադրբեջան": ("sides/azerbaijan", False),
    "Azərbaycan": ("sides/azerbaijan", False),
    "Minstry of Defense of Armenia": ("claimants/armenia-mod", False),
    "Armenia, Ministry of Defence of": ("claimants/armenia-mod", False),
    "Missile strike on Ganja, 17 October 2020": ("events/ganja-2020-10-17", True),
    "missile strike on Gyandzha 17 October 2020": ("events/ganja-2020-10-17", False),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_name_finds_its_record_and_only_the_name_itself_is_a_match(client: HonestClient, name: str) -> None:
    assert first(client, name) == FOUND[name]


def test_scores_fall_from_100_and_at_most_the_first_is_a_match(client: HonestClient) -> None:
    batch = {f"q{place}": {"query": name} for place, name in enumerate(FOUND)}
    answer = send(client, batch).json
    assert list(answer) == list(batch)
    for found in (entry["result"] for entry in answer.values()):
        scores = [candidate["score"] for candidate in found]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 100 for score in scores)
        assert [candidate["match"] for candidate in found[1:]] == [False] * len(found[1:])
        assert not found[0]["match"] or found[0]["score"] == 100
    assert send(client, batch).json == answer


def test_a_blank_cell_and_a_strange_one_leave_the_batch_whole(client: HonestClient) -> None:
    """OpenRefine leaves all ten cells of a batch empty if the service refuses one of them."""
    cells = ["", " ", "\t", "?!", "'; DROP TABLE x; --", "\u202e\u0000", "😀", "x" * 5000, "%_", "Azerbaijan"]
    answer = send(client, {f"q{place}": {"query": cell} for place, cell in enumerate(cells)})
    assert answer.status_code == 200
    found = [entry["result"] for entry in answer.json.values()]
    assert [bool(candidates) for candidates in found] == [False] * 9 + [True]


def test_the_place_of_several_events_is_no_match(client: HonestClient) -> None:
    found = find(client, "Gəncə", type="events")
    assert {candidate["id"] for candidate in found[:3]} == {f"events/ganja-2020-10-{day}" for day in ("04", "11", "17")}
    assert [candidate["match"] for candidate in found] == [False] * len(found)


def test_a_type_and_a_limit_narrow_the_candidates(client: HonestClient) -> None:
    assert {candidate["type"][0]["id"] for candidate in find(client, "Azerbaijan")} > {"sides", "claimants"}
    narrowed = find(client, "Azerbaijan", type=["claimants"], limit=2)
    assert [candidate["type"] for candidate in narrowed] == [[{"id": "claimants", "name": "Claimants"}]] * 2
    assert first(client, "Azerbaijan", type={"id": "sides"}, type_strict="any") == ("sides/azerbaijan", True)


def test_a_stated_fact_lowers_records_that_differ(client: HonestClient) -> None:
    days = [{"pid": "day", "v": "2020-10-11"}, {"pid": "conflict", "v": {"id": "conflicts/nagorno-karabakh"}}]
    found = find(client, "Missile strike on Ganja", type="events", properties=days)
    assert found[0]["id"] == "events/ganja-2020-10-11"
    agree = [{"id": "day", "value": True}, {"id": "conflict", "value": True}]
    differ = [{"id": "day", "value": False}, {"id": "conflict", "value": True}]
    assert [candidate["features"][1:] for candidate in found[:3]] == [agree, differ, differ]
    wrong = find(client, "Azerbaijan", type="sides", properties=[{"pid": "country", "v": ["ARM"]}])
    assert [(wrong[0]["score"], wrong[0]["match"])] == [(75, False)]


def test_two_records_of_one_name_are_no_match_until_a_fact_decides(empty: Flask) -> None:
    client = open_small_world(empty, "admin")
    twin = {"id": "red-again", "name": "Red Camp", "kind": "state", "country": "SRB"}
    assert ask(client, "POST", "sides", dumped(twin)).status_code == 201
    found = find(client, "red camp", type="sides")
    assert [(c["id"], c["score"], c["match"]) for c in found[:2]] == [
        ("sides/red", 100, False), ("sides/red-again", 100, False)
    ]  # fmt: skip
    # The other says nothing of its country, so the fact decides only their order.
    country, kind = {"pid": "country", "v": "SRB"}, {"pid": "kind", "v": "state"}
    assert first(client, "red camp", type="sides", properties=[country]) == ("sides/red-again", False)
    assert first(client, "red camp", type="sides", properties=[kind]) == ("sides/red-again", True)


def test_written_records_are_found_at_once_and_retracted_ones_no_more(empty: Flask) -> None:
    client = open_small_world(empty, "admin")
    assert "sides/green" not in [candidate["id"] for candidate in find(client, "Green league")]
    green = {"id": "green", "name": "Green league", "kind": "coalition"}
    assert ask(client, "POST", "sides", dumped(green)).status_code == 201
    assert first(client, "Green league") == ("sides/green", True)
    assert ask(client, "PATCH", "sides", dumped({"name": "Jade league"}), path="green").status_code == 200
    assert first(client, "Jade league") == ("sides/green", True)
    gone = dumped({"status": "retracted", "status_reason": "Gone."})
    assert ask(client, "PATCH", "sides", gone, path="green").status_code == 200
    assert "sides/green" not in [candidate["id"] for candidate in find(client, "Jade league")]


def test_what_cannot_be_answered_is_refused_with_words(client: HonestClient) -> None:
    many = {f"q{place}": {"query": "a"} for place in range(MOST_QUERIES + 1)}
    assert f"{MOST_QUERIES + 1} queries" in told(send(client, many), 422, "invalid-parameter")["detail"]
    found = told(send(client, {"q0": {"query": "a", "type": "side"}}), 422, "invalid-parameter")
    assert found["errors"][0]["did_you_mean"] == ["sides"]
    told(send(client, {"q0": {"query": "a", "typ": "sides"}}), 422, "invalid-parameter")
    told(send(client, {"q0": {"query": "a", "properties": [{"pid": "land", "v": "x"}]}}), 422, "invalid-parameter")
    told(send(client, {"q0": "a"}), 422, "invalid-parameter")
    told(client.post("/v1/reconcile", data={"queries": "{"}), 422, "invalid-parameter")
    told(client.post("/v1/reconcile", data={}), 415, "unsupported-media-type")
    told(client.post("/v1/reconcile", data={"query": "a"}), 422, "invalid-parameter")
    told(client.post("/v1/reconcile", json={"queries": {}}), 415, "unsupported-media-type")


def test_the_manifest_says_what_openrefine_needs_to_any_origin(client: HonestClient, seeded: Flask) -> None:
    answer = client.get("/v1/reconcile", headers={"Origin": "http://127.0.0.1:3333"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    public_url = seeded.config["PUBLIC_URL"]
    manifest = answer.json
    assert manifest["view"] == {"url": public_url + "/{{id}}"}
    assert [kind["id"] for kind in manifest["defaultTypes"]] == ["conflicts", "sides", "claimants", "events", "sources"]
    for part in (*manifest["suggest"].values(), manifest["extend"]["propose_properties"]):
        assert client.get(part["service_path"]).status_code == 200, part
    shown = manifest["preview"]["url"].removeprefix(public_url).replace("{{id}}", "sides/artsakh")
    preview = client.get(shown)
    assert preview.status_code == 200 and "<h1><a href=" in preview.text and "Artsakh" in preview.text
    assert "frame-ancestors *" in preview.headers["Content-Security-Policy"]
    told(client.get("/v1/reconcile/preview?id=sides/nobody"), 404, "not-found")


def test_a_callback_is_a_name_and_nothing_else(client: HonestClient) -> None:
    answer = client.get("/v1/reconcile?callback=jQuery36.show_1&_=1700000000000")
    assert answer.mimetype == "text/javascript"
    assert answer.text.startswith("/**/jQuery36.show_1({") and answer.text.endswith("});\n")
    for wrong in ("alert(1)//", "a b", "<script>", "1a", "é", ""):
        told(client.get("/v1/reconcile", query_string={"callback": wrong}), 422, "invalid-parameter")


def test_a_short_batch_may_come_by_get(client: HonestClient) -> None:
    answer = client.get("/v1/reconcile", query_string={"queries": json.dumps({"a": {"query": "Artsakh"}})})
    assert answer.json["a"]["result"][0]["id"] == "sides/artsakh"


def test_suggestions_begin_with_the_letters(client: HonestClient) -> None:
    """OpenRefine 3.6 sends these parameters while somebody types."""
    sent = {"prefix": "azer", "spell": "always", "exact": "false", "prefixed": "true", "lang": "en", "type": ""}
    names = [found["name"] for found in client.get("/v1/reconcile/suggest/entity", query_string=sent).json["result"]]
    assert names[0] == "Azerbaijan" and len(names) > 3
    narrowed = client.get("/v1/reconcile/suggest/entity?prefix=azer&type=claimants").json["result"]
    assert {found["notable"][0]["id"] for found in narrowed} == {"claimants"}
    following = client.get("/v1/reconcile/suggest/entity?prefix=azer&type=claimants&cursor=1").json["result"]
    assert following == narrowed[1:]
    kinds = client.get("/v1/reconcile/suggest/type?prefix=cl").json["result"]
    assert [kind["id"] for kind in kinds] == ["claimants"]
    properties = client.get("/v1/reconcile/suggest/property?prefix=coun").json["result"]
    assert [(found["id"], found["description"]) for found in properties] == [
        ("country", "Of conflicts, sides, events.")
    ]


def test_properties_of_records_can_be_fetched(client: HonestClient) -> None:
    proposed = client.get("/v1/reconcile/properties?type=events").json["properties"]
    assert {"id": "started_on", "name": "started on"} in proposed
    ids = ["events/ganja-2020-10-17", "events/nowhere", "sides/azerbaijan"]
    names = [{"id": name} for name in ("started_on", "conflict", "latitude", "place_aliases", "kind")]
    answer = client.post("/v1/reconcile", data={"extend": json.dumps({"ids": ids, "properties": names})})
    event = client.get("/v1/events/ganja-2020-10-17").json["data"]
    conflict = {"id": "conflicts/nagorno-karabakh-2020", "name": event["conflict"]["name"]}
    assert answer.json["rows"]["events/ganja-2020-10-17"] == {
        "started_on": [{"str": "2020-10-17"}],
        "conflict": [conflict],
        "latitude": [{"float": event["latitude"]}],
        "place_aliases": [{"str": alias} for alias in event["place_aliases"]],
        "kind": [],
    }
    assert answer.json["rows"]["events/nowhere"] == {name["id"]: [] for name in names}
    assert answer.json["rows"]["sides/azerbaijan"]["kind"] == [{"str": "state"}]
    assert answer.json["meta"][1]["type"] == {"id": "conflicts", "name": "Conflicts"}


def test_a_key_is_not_needed_and_the_batch_counts_once(client: HonestClient) -> None:
    answer = client.post(
        "/v1/reconcile",
        data={"queries": json.dumps({"a": {"query": "Artsakh"}})},
        headers={"Authorization": "Bearer nothing"},
    )
    assert answer.status_code == 200 and answer.headers["RateLimit-Policy"].startswith('"reads"')
