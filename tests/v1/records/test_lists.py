"""Lists and single records over HTTP: envelope, paging, order, shape, caching, and no SQL statement per record."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.database.connection import database
from api.export import text_formats
from api.listings import query
from api.v1.records import all_record_types
from api.writes.update import mark_retracted
from tests.conftest import Databases
from tests.support import worlds
from tests.support.contract import HonestClient
from tests.v1.records.test_filters import QUERIES

HERE = "http://127.0.0.1:8000"
SORTS = {record_type: schema().fields["sort"].names for record_type, schema in QUERIES.items()}
SORTED_BY = [(record_type, sign + name) for record_type, names in SORTS.items() for name in names for sign in ("", "-")]
FIRST = {record_type: records[0]["id"] for record_type, records in worlds.SMALL.items()}
of_each_type = pytest.mark.parametrize("record_type", worlds.RECORD_TYPES)


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


@pytest.fixture(scope="module")
def crowd(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.many(101))


def get(app: Flask, address: str, **headers: str) -> TestResponse:
    return app.test_client().get(address, headers=headers)


def pages(app: Flask, address: str) -> Iterator[TestResponse]:
    """Yield every page, following `links.next`."""
    following: str | None = address
    while following:
        answer = get(app, following)
        assert answer.status_code == 200, answer.text
        yield answer
        following = answer.json["links"].get("next")


def walked(app: Flask, address: str) -> list[str]:
    return [id for answer in pages(app, address) for id in worlds.ids(answer)]


def in_order(records: list[dict[str, Any]], sort: str) -> list[str]:
    """Return ids in the order of their values. Nulls come last both ways, and ids order equal values."""
    name = sort.removeprefix("-")
    by_id = sorted(records, key=lambda record: record["id"])
    stated = [record for record in by_id if record[name] is not None]
    ordered = sorted(stated, key=lambda record: record[name], reverse=sort.startswith("-"))
    return [record["id"] for record in ordered + [record for record in by_id if record[name] is None]]


# The envelope ----------------------------------------------------------------------------------------------------


@of_each_type
def test_a_list_has_its_records_a_total_and_links(world: Flask, record_type: str) -> None:
    answer = get(world, f"/v1/{record_type}")
    assert set(answer.json) == {"data", "meta", "links"}
    assert worlds.ids(answer) == sorted(record["id"] for record in worlds.SMALL[record_type])
    assert answer.json["meta"] == {
        "total": len(worlds.SMALL[record_type]),
        "limit": 100,
        "first_row": 1,
        "filters": {},
        "revision": 1,
        "licence": "CC BY 4.0",
        "contact": "mailto:errors@counterclaim.example",
    }
    assert answer.json["links"] == {"self": f"{HERE}/v1/{record_type}"}
    assert answer.data.endswith(b"}\n") and answer.data.count(b"\n") == 1


@of_each_type
def test_a_list_of_nothing_is_still_a_list(empty: Flask, record_type: str) -> None:
    answer = get(empty, f"/v1/{record_type}")
    assert answer.json["data"] == []
    assert answer.json["meta"]["total"] == 0
    assert answer.json["meta"]["revision"] == 0


@of_each_type
def test_timestamps_are_utc_and_days_are_plain(client: HonestClient, record_type: str) -> None:
    for record in client.get(f"/v1/{record_type}").json["data"]:
        for name, value in record.items():
            if name.endswith("_at") and name != "stated_at":
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)
            if name.endswith(("_on", "_until", "_from", "_to")) and value is not None:
                assert re.fullmatch(r"\d{4}-\d\d-\d\d", value)


def test_every_claim_has_a_claimant_and_a_source(client: HonestClient) -> None:
    answer = client.get("/v1/claims?limit=1000")
    assert answer.json["data"]
    assert all(record["claimant"]["name"] and record["sources"] for record in answer.json["data"])


def test_a_page_has_100_records_unless_told_otherwise(crowd: Flask) -> None:
    answer = get(crowd, "/v1/claims")
    assert len(answer.json["data"]) == answer.json["meta"]["limit"] == 100
    assert answer.json["meta"]["total"] == 102
    assert len(get(crowd, answer.json["links"]["next"]).json["data"]) == 2


@of_each_type
@pytest.mark.parametrize("limit", ["1", "1000"])
def test_a_limit_is_1_to_1000(world: Flask, record_type: str, limit: str) -> None:
    answer = get(world, f"/v1/{record_type}?limit={limit}")
    assert answer.json["meta"]["limit"] == int(limit)
    assert len(answer.json["data"]) == min(int(limit), len(worlds.SMALL[record_type]))


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "abc", "1e2", "", "٣", "1_0", " 5", "9" * 19, "9" * 3900])
def test_another_limit_is_refused(world: Flask, limit: str) -> None:
    answer = world.test_client().get("/v1/claims", query_string={"limit": limit})
    assert worlds.told(answer, 422, "invalid-parameter")["errors"][0]["name"] == "limit"


# Order and pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("record_type", "sort"), SORTED_BY)
def test_any_limit_walks_the_same_records_in_the_same_order(world: Flask, record_type: str, sort: str) -> None:
    whole = get(world, f"/v1/{record_type}?sort={sort}&limit=1000")
    expected = in_order(whole.json["data"], sort)
    assert worlds.ids(whole) == expected
    for limit in (1, 2, 3, 7):
        assert walked(world, f"/v1/{record_type}?sort={sort}&fields=id&limit={limit}") == expected


@pytest.mark.parametrize("sort", ["harm,-best", "-measure,harm,id", "-stated_on,-id", "best,low,high,-harm", "-id"])
def test_several_keys_walk_alike(world: Flask, sort: str) -> None:
    expected = worlds.ids(get(world, f"/v1/claims?sort={sort}"))
    assert sorted(expected) == sorted(record["id"] for record in worlds.SMALL["claims"])
    assert walked(world, f"/v1/claims?sort={sort}&limit=1") == expected
    assert walked(world, f"/v1/claims?sort={sort}&limit=3") == expected


@pytest.mark.parametrize(
    "query", ["", "sort=-best", "sort=event_date", "harm=killed&sort=-stated_on", "sort=-high,low"]
)
def test_the_seed_claims_walk_alike(client: HonestClient, query: str) -> None:
    whole = client.get(f"/v1/claims?limit=1000&{query}")
    assert len(worlds.ids(whole)) == whole.json["meta"]["total"] > 0
    assert walked(client.application, f"/v1/claims?limit=7&{query}") == worlds.ids(whole)


def link_feeds(address: str, query: str = "") -> str:
    kinds = {"atom": "application/atom+xml", "jsonfeed": "application/feed+json"}
    return ", ".join(
        f'<{address}.{ending}{query}>; rel="alternate"; type="{media_type}"' for ending, media_type in kinds.items()
    )


@of_each_type
def test_every_page_tells_the_total_and_the_next(world: Flask, record_type: str) -> None:
    answers = list(pages(world, f"/v1/{record_type}?limit=2&pretty=1"))
    assert {answer.json["meta"]["total"] for answer in answers} == {len(worlds.SMALL[record_type])}
    assert len(answers) == (len(worlds.SMALL[record_type]) + 1) // 2
    feeds = link_feeds(f"{HERE}/v1/{record_type}")
    for number, answer in enumerate(answers):
        links = answer.json["links"]
        assert [name for name in ("next", "prev") if name not in links] == [
            *(["next"] if number == len(answers) - 1 else []),
            *(["prev"] if number == 0 else []),
        ]
        beside = [(links[name], name) for name in ("next", "prev") if name in links]
        assert all(address.startswith(f"{HERE}/v1/{record_type}?limit=2&pretty=1&cursor=") for address, _ in beside)
        related = [f'<{address}>; rel="{name}"' for address, name in beside]
        assert answer.headers["Link"] == ", ".join([*related, feeds])


@pytest.mark.parametrize("sort", ["", "-stated_on", "stated_on", "-best,measure", "best"])
def test_the_pages_before_are_those_that_led_there(world: Flask, sort: str) -> None:
    """Some claims have no day, and some no figure: they are last."""
    forward = list(pages(world, f"/v1/claims?limit=3{f'&sort={sort}' if sort else ''}"))
    shown = [(worlds.ids(answer), answer.json["meta"]["first_row"]) for answer in forward]
    assert [first for _, first in shown] == [1 + 3 * number for number in range(len(forward))] and len(forward) > 1
    back, address = [], forward[-1].json["links"]["prev"]
    while address:
        answer = get(world, address)
        back.append((worlds.ids(answer), answer.json["meta"]["first_row"]))
        following = get(world, answer.json["links"]["next"])
        assert worlds.ids(following) == shown[len(forward) - len(back)][0]
        address = answer.json["links"].get("prev")
    assert back == shown[-2::-1]
    flat = get(world, f"{forward[-1].json['links']['prev']}&format=csv&fields=id")
    assert flat.text.split()[1:] == shown[-2][0] and 'rel="next"' in flat.headers["Link"]


def test_rows_are_not_numbered_after_the_database_changed(databases: Databases, engine: str) -> None:
    app = worlds.made(databases, engine, worlds.SMALL)
    following = get(app, "/v1/claims?limit=2").json["links"]["next"]
    assert get(app, following).json["meta"]["first_row"] == 3
    with app.app_context(), database.connection_context():
        mark_retracted("claims", "g-estimate", "Not theirs.", "editor")
    answer = get(app, following)
    assert answer.json["meta"]["first_row"] is None and get(app, answer.json["links"]["next"]).json["data"]


def test_links_begin_with_the_public_address(databases: Databases, engine: str) -> None:
    app = worlds.made(databases, engine, worlds.SMALL, public_url="https://api.example.org/casualties")
    answer = get(app, "/v1/claims?limit=1&harm=killed,injured")
    assert answer.json["links"]["self"] == "https://api.example.org/casualties/v1/claims?limit=1&harm=killed,injured"
    assert answer.json["links"]["next"].startswith("https://api.example.org/casualties/v1/claims?")
    assert answer.headers["Link"].startswith(f'<{answer.json["links"]["next"]}>; rel="next", <https://api.example.org/')
    problem = json.loads(get(app, "/v1/claims?harn=killed").data)
    assert problem["type"] == "https://api.example.org/casualties/v1/problems/unknown-parameter"


def test_a_link_keeps_what_was_asked(world: Flask) -> None:
    asked = {"publisher": "Times\\, Weekly", "q": 'Շուշի "a b" -c&d', "limit": "1"}
    answer = world.test_client().get("/v1/claims", query_string=asked | {"q": "Շուշի -nothing"})
    assert worlds.ids(answer) == ["a-killed"]
    assert walked(world, answer.json["links"]["next"]) == ["a-own", "f-silence", "g-estimate"]


def cursor_of(app: Flask, address: str) -> str:
    return get(app, address).json["links"]["next"].partition("cursor=")[2]


def test_a_cursor_changed_by_one_character_is_refused(world: Flask) -> None:
    cursor = cursor_of(world, "/v1/claims?limit=1")
    assert get(world, f"/v1/claims?limit=1&cursor={cursor}").status_code == 200
    for position, character in enumerate(cursor):
        for other in {"A", "B", "8", "-", "."} - {character}:
            changed = cursor[:position] + other + cursor[position + 1 :]
            worlds.told(get(world, f"/v1/claims?limit=1&cursor={changed}"), 400, "bad-cursor")


def test_the_last_character_of_a_cursor_counts_wholly(world: Flask) -> None:
    """Base64 leaves bits of its last character unused. They must not give a cursor a second spelling."""
    cursor = cursor_of(world, "/v1/claims?limit=1")
    for other in set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") - {cursor[-1]}:
        worlds.told(get(world, f"/v1/claims?limit=1&cursor={cursor[:-1]}{other}"), 400, "bad-cursor")


@pytest.mark.parametrize("cursor", ["x", "....", "WyJhIl0", "WyJhIl0.AAAA", "a" * 1000, "Շ"])
def test_a_made_up_cursor_is_refused(world: Flask, cursor: str) -> None:
    worlds.told(get(world, f"/v1/claims?cursor={cursor}"), 400, "bad-cursor")


@pytest.mark.parametrize(
    "other",
    ["/v1/claims?harm=killed", "/v1/claims?sort=-id", "/v1/claims?from=2020", "/v1/events", "/v1/claims.csv?q=a"],
)
def test_a_cursor_of_another_question_is_refused(world: Flask, other: str) -> None:
    cursor = cursor_of(world, "/v1/claims?limit=1")
    separator = "&" if "?" in other else "?"
    worlds.told(get(world, f"{other}{separator}cursor={cursor}"), 400, "bad-cursor")


def test_a_cursor_does_not_bind_the_shape(world: Flask) -> None:
    cursor = cursor_of(world, "/v1/claims?limit=1")
    assert worlds.ids(get(world, f"/v1/claims?limit=3&fields=id&cursor={cursor}")) == ["a-own", "b-north", "c-blame"]


# Shape -----------------------------------------------------------------------------------------------------------


@of_each_type
def test_fields_are_those_asked_for_in_that_order(world: Flask, record_type: str) -> None:
    whole = get(world, f"/v1/{record_type}").json["data"]
    names = list(whole[0])
    wanted = [*reversed(names[:3]), names[-1]]
    given = get(world, f"/v1/{record_type}?fields={','.join(wanted)}").json["data"]
    assert [list(record.items()) for record in given] == [[(name, record[name]) for name in wanted] for record in whole]


def test_a_field_that_is_not_there_is_refused_with_the_nearest(world: Flask) -> None:
    body = worlds.told(get(world, "/v1/claims?fields=id,harn"), 422, "invalid-parameter")
    assert body["errors"][0]["did_you_mean"][0] == "harm"


@of_each_type
def test_shape_array_is_the_bare_list(world: Flask, record_type: str) -> None:
    whole = get(world, f"/v1/{record_type}").json["data"]
    bare = get(world, f"/v1/{record_type}?shape=array&limit=2")
    assert json.loads(bare.data) == whole[:2]
    assert 'rel="next"' in bare.headers["Link"]


@of_each_type
def test_shape_array_has_all_records_as_csv_has(crowd: Flask, record_type: str) -> None:
    """A page of 100 would look complete, because the bare array has no total."""
    total = get(crowd, f"/v1/{record_type}").json["meta"]["total"]
    assert total > 100
    for address in ("?shape=array", ".json?shape=array&sort=-id", "?shape=array&pretty=1"):
        bare = get(crowd, f"/v1/{record_type}{address}")
        assert bare.content_type == "application/json; shape=array"
        assert len(json.loads(bare.data)) == total
        assert bare.headers["Link"] == link_feeds(f"{HERE}/v1/{record_type}")
    whole = get(crowd, f"/v1/{record_type}?limit=1000").json["data"]
    assert get(crowd, f"/v1/{record_type}?shape=array").json == whole
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    assert get(crowd, f"/v1/{record_type}?shape=array&pretty=1").data == orjson.dumps(whole, option=option)


@pytest.mark.parametrize("pretty", ["", "&pretty=1"])
def test_an_array_of_several_chunks_is_one_array(crowd: Flask, pretty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = get(crowd, f"/v1/claims?shape=array{pretty}").data
    read_rows = query.read_rows
    for module in (query, text_formats):
        monkeypatch.setattr(module, "read_rows", lambda *args, **how: read_rows(*args, **{"limit": 7, **how}))
    assert get(crowd, f"/v1/claims?shape=array{pretty}").data == whole
    assert get(crowd, f"/v1/claims?shape=array&harm=missing{pretty}").data == b"[]\n"


def test_pretty_is_indented_and_ends_in_a_newline(world: Flask) -> None:
    for address in ("/v1/claims?pretty=1", "/v1/claims/a-own?pretty=1", "/v1/claims?pretty=true&shape=array"):
        answer = get(world, address)
        assert answer.text.endswith(("}\n", "]\n")) and answer.text.count("\n  ") > 10
        plain = get(world, address.replace("pretty=1", "").replace("pretty=true&", ""))
        assert strip(json.loads(answer.data)) == strip(json.loads(plain.data))
        assert answer.headers["ETag"] != plain.headers["ETag"]


def strip(payload: Any) -> Any:
    return payload["data"] if isinstance(payload, dict) else payload


@pytest.mark.parametrize(
    "address",
    ["/v1/claims", "/v1/claims?limit=1", "/v1/claims.csv", "/v1/claims/a-own", "/v1", "/healthz", "/v1/nothing"],
)
def test_head_is_get_without_a_body(world: Flask, address: str) -> None:
    head, answer = world.test_client().head(address), get(world, address)
    assert head.data == b"" and answer.data
    assert head.status_code == answer.status_code
    for name in ("ETag", "Content-Type", "Link", "Cache-Control", "Content-Disposition", "Vary"):
        assert head.headers.get(name) == answer.headers.get(name)


@pytest.mark.parametrize("address", ["/v1/claims/", "/v1/claims/a-own/", "/v1/", "/v1/statistics/claims/", "/healthz/"])
def test_a_trailing_slash_is_not_found_and_the_right_address_told(world: Flask, address: str) -> None:
    body = worlds.told(get(world, address), 404, "not-found")
    assert f"{HERE}{address.rstrip('/')}" in body["detail"].split()


# Single records --------------------------------------------------------------------------------------------------


@of_each_type
def test_a_single_record_is_that_of_the_list(world: Flask, record_type: str) -> None:
    for record in get(world, f"/v1/{record_type}").json["data"]:
        answer = get(world, f"/v1/{record_type}/{record['id']}")
        assert answer.json["data"] | record == answer.json["data"]
        assert answer.json["meta"] == {"licence": "CC BY 4.0", "contact": "mailto:errors@counterclaim.example"}
        assert answer.json["links"] == {"self": f"{HERE}/v1/{record_type}/{record['id']}"}


def test_a_claim_comes_with_its_reports_and_its_relations_both_ways(world: Flask) -> None:
    own = get(world, "/v1/claims/a-own").json["data"]
    assert [(report["source"]["name"], report["phrase"]) for report in own["reports"]] == [
        ("Agency", ""),
        ("Times, Weekly", ""),
    ]
    assert [relation["id"] for relation in own["relations"]] == ["d-contradicts-a"]
    denial = get(world, "/v1/claims/d-denial").json["data"]
    assert [(relation["kind"], relation["target"]) for relation in denial["relations"]] == [
        ("contradicts", "a-own"),
        ("denies", "b-north"),
    ]
    assert get(world, "/v1/claims/c-blame").json["data"]["relations"] == []


def test_references_carry_their_names(world: Flask) -> None:
    claim = get(world, "/v1/claims/b-north").json["data"]
    assert claim["claimant"] == {"id": "red-army", "name": "Army of the Reds"}
    assert claim["claimant_side"] == {"id": "red", "name": "Red camp"}
    assert claim["subject_side"] == {"id": "red-north", "name": "Red North"}
    assert claim["responsible_side"] == {"id": "alpha", "name": "Alpha"}
    assert claim["event"] == {"id": "clash", "name": "Clash at Ağdərə"}
    assert claim["sources"] == [{"id": "agency", "name": "Agency", "url": None}]
    assert (claim["best"], claim["low"], claim["high"]) == (None, 24, None)
    assert claim["flags"] == ["date_inferred", "claimant_inferred"]


@pytest.mark.parametrize("address", ["nothing", "9" * 19, "a" * 161, "01", "none"])
@of_each_type
def test_a_record_that_is_not_there_is_not_found(world: Flask, record_type: str, address: str) -> None:
    worlds.told(get(world, f"/v1/{record_type}/{address}"), 404, "not-found")


# Caching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/v1/claims", "/v1/claims.csv", "/v1/claims?q=red", "/v1/claims/a-own", "/v1/statistics/claims", "/v1/codebook"],
)
def test_an_answer_that_the_client_holds_is_not_sent_again(world: Flask, address: str) -> None:
    tag = get(world, address).headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f-]+"', tag)
    again = get(world, address, **{"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert get(world, address, **{"If-None-Match": f'"other", W/{tag}'}).status_code == 304
    assert get(world, address, **{"If-None-Match": '"other"'}).status_code == 200
    assert "public" in again.headers["Cache-Control"] and "stale-while-revalidate" in again.headers["Cache-Control"]


def test_a_tag_belongs_to_the_format_and_to_the_question(world: Flask) -> None:
    addresses = ["", ".csv", ".ndjson", ".xlsx", ".geojson", "?limit=5", "?harm=killed", "?fields=id", "?shape=array"]
    addresses += ["?format=csv", ".csv?bom=1", ".csv?hxl=1"]
    tags = [get(world, f"/v1/claims{address}").headers["ETag"] for address in addresses]
    assert len(set(tags)) == len(tags)
    accepted = get(world, "/v1/claims", Accept="text/csv")
    assert accepted.headers["ETag"] != tags[0]
    assert "Accept" in accepted.headers["Vary"]


def test_a_tag_changes_with_the_revision_and_not_without(empty: Flask) -> None:
    def tags() -> list[str]:
        return [get(empty, address).headers["ETag"] for address in ("/v1/claims", "/v1/claims.csv", "/v1/sides?q=red")]

    worlds.write(worlds.SMALL)
    before = tags()
    one = get(empty, "/v1/sides/red").headers["ETag"]
    assert tags() == before
    worlds.write({"sides": [{"id": "new", "name": "New"}]})
    assert not set(before) & set(tags())
    assert get(empty, "/v1/sides/red").headers["ETag"] == one
    assert one.startswith('"1-')
    assert get(empty, "/v1/sides/new").headers["ETag"].startswith('"2-')


# CORS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/v1/claims", "/v1/claims.csv", "/v1/claims/a-own", "/v1/claims?x=1", "/v1/nothing", "/v1/claims/nothing", "/"],
)
def test_any_page_may_read_answers_and_errors(world: Flask, address: str) -> None:
    for headers in ({}, {"Origin": "https://news.example"}):
        answer = get(world, address, **headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert exposed >= {"Link", "ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"}
        assert "Origin" not in answer.headers.get("Vary", "")
        assert answer.headers["X-Request-Id"]


def test_a_browser_may_ask_first(world: Flask) -> None:
    headers = {"Origin": "https://news.example", "Access-Control-Request-Method": "GET"}
    answer = world.test_client().options("/v1/claims", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]


# No SQL statement per record -------------------------------------------------------------------------------------

LISTED = [
    f"/v1/{record_type}{suffix}" for record_type in worlds.RECORD_TYPES for suffix in ("?limit=1000", ".csv", ".ndjson")
]
SINGLE = ["/v1/claims/target", "/v1/claims/claim-0", "/v1/reports/claim-0-in-source-0", "/v1/relations/relation-0"]
SINGLE += ["/v1/events/event-0", "/v1/conflicts/conflict-0", "/v1/sides/side-0", "/v1/claimants/claimant-0"]
SINGLE += [
    "/v1/sources/source-0",
    "/v1/statistics/claims?group_by=source,subject_side",
    "/v1/statistics/events?group_by=side",
]


def statements(app: Flask, address: str, caplog: pytest.LogCaptureFixture) -> int:
    """Return the number of SQL statements of an answer."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "peewee"):
        assert get(app, address).status_code == 200
    return sum(record.name == "peewee" for record in caplog.records)


def test_fifty_records_take_as_many_questions_as_one(
    databases: Databases, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    taken = []
    for count in (1, 50):
        app = worlds.made(databases, engine, worlds.many(count))
        get(app, "/v1/sides")  # names are read once per revision
        taken.append({address: statements(app, address, caplog) for address in LISTED + SINGLE})
    assert taken[0] == taken[1]
    assert all(1 < number < 15 for number in taken[0].values()), taken[0]


def test_every_record_type_is_walked_here() -> None:
    served = all_record_types.BLUEPRINTS
    record_types = {blueprint.name for blueprint in served} - {"datasets"}  # tests/v1/records/test_datasets.py
    assert record_types == set(worlds.RECORD_TYPES) == set(FIRST)
