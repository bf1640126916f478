"""Rows of people in any order and page by page, each with the claims that it counts."""

import re
from typing import Any

import pytest

from tests.support.contract import HonestClient
from tests.support.worlds import told

ROWS = "/v1/statistics/casualties?basis=totals&group_by=subject_side"
Row = dict[str, Any]


def data(client: HonestClient, address: str) -> list[Row]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json["data"]
    return found


def name_of(row: Row) -> tuple[str, ...]:
    return row["subject_side"]["id"], row["conflict"]["id"], row["measure"], row["harm"]


def test_the_widest_spread_comes_first(client: HonestClient) -> None:
    first, second, third = data(client, f"{ROWS}&harm=killed&conflict=nagorno-karabakh&sort=-spread&limit=3")
    # 300/31, 18000/2999 and 320/91 (methodology.md has the first two)
    assert [(row["subject_side"]["id"], row["spread"]) for row in (first, second, third)] == [
        ("azerbaijan", 9.68),
        ("azerbaijan", 6.0),
        ("armenian", 3.52),
    ]


@pytest.mark.parametrize("sort", ["spread", "-spread", "-best,low", "subject_side,-measure", "-claims", "conflict"])
def test_any_limit_gives_the_same_rows_in_the_same_order(client: HonestClient, sort: str) -> None:
    whole = data(client, f"{ROWS}&sort={sort}")
    assert sorted(map(name_of, whole)) == sorted(map(name_of, data(client, ROWS)))
    for limit in (1, 7, len(whole)):
        found: list[Row] = []
        address: str | None = f"{ROWS}&sort={sort}&limit={limit}"
        while address:
            answer = client.get(address)
            found += answer.json["data"]
            assert answer.json["meta"]["total"] == len(whole) and answer.json["meta"]["limit"] == limit
            address = answer.json["links"].get("next")
            link = answer.headers["Link"]
            assert (address in link) if address else 'rel="next"' not in link
        assert found == whole


def test_what_is_not_stated_is_last_in_either_direction(client: HonestClient) -> None:
    rows = "/v1/statistics/casualties?group_by=event,day&harm=killed"
    for sort in ("event", "-event", "day", "-day"):
        found = [row[sort.removeprefix("-")] for row in data(client, f"{rows}&sort={sort}")]
        ids = [value["id"] if isinstance(value, dict) else value for value in found]
        stated = [value for value in ids if value is not None]
        assert stated == sorted(stated, reverse=sort.startswith("-"))
        assert ids == stated + [None] * (len(ids) - len(stated))


def test_each_period_has_a_row_of_its_own(client: HonestClient) -> None:
    found = data(client, "/v1/statistics/casualties?group_by=event,period,day,subject_side&harm=killed&sort=period")
    periods = [(row["period"], row["subject_side"]["id"], row["best"], row["cells"]) for row in found if row["period"]]
    # 60; 400 of Azerbaijan in a day, counted by Armenia; 54 of Artsakh, its own count; and Ganja's 26
    assert periods == [
        ("2020-09-28/2020-09-29", "azerbaijan", 60, 1),
        ("2020-10-01/2020-10-02", "armenian", 54, 1),
        ("2020-10-02/2020-10-03", "azerbaijan", 400, 1),
        ("2020-10-04/2020-10-17", "azerbaijan", 26, 1),
    ]
    assert all(row["event"] is None for row in found if row["period"])
    assert all(row["event"] for row in found if not row["period"])


def test_the_links_of_a_row_do_not_depend_on_its_page(client: HonestClient) -> None:
    whole = {name_of(row): row["links"] for row in data(client, ROWS)}
    for row in data(client, f"{ROWS}&sort=-best&limit=5&evidence=1"):
        assert row["links"] == whole[name_of(row)]


@pytest.mark.parametrize("rows", [ROWS, "/v1/statistics/casualties?group_by=event,day,subject_side"])
def test_the_evidence_is_exactly_the_claims_of_the_link(client: HonestClient, rows: str) -> None:
    found = data(client, f"{rows}&evidence=1&limit=100&sort=-claims")
    assert found and all(len(row["evidence"]) == row["claims"] for row in found)
    for row in found[:3]:
        for claim, linked in zip(row["evidence"], data(client, f"{row['links']['claims']}&limit=100"), strict=True):
            assert claim == {name: linked[name] for name in claim}
            assert all(source["url"].startswith("http") for source in claim["sources"] if source["url"])


def test_evidence_needs_a_page_and_json(client: HonestClient) -> None:
    assert "limit" in told(client.get(f"{ROWS}&evidence=1"), 422, "invalid-parameter")["detail"]
    assert "limit" in told(client.get(f"{ROWS}&evidence=1&limit=101"), 422, "invalid-parameter")["detail"]
    address = "/v1/statistics/casualties.csv?evidence=1&limit=5"
    assert "JSON" in told(client.get(address), 422, "invalid-parameter")["detail"]


def test_an_order_that_these_rows_cannot_have_is_refused(client: HonestClient) -> None:
    assert "no column month" in told(client.get(f"{ROWS}&sort=month"), 422, "invalid-parameter")["detail"]
    (wrong,) = told(client.get(f"{ROWS}&sort=spraed"), 422, "invalid-parameter")["errors"]
    assert wrong["did_you_mean"][0] == "spread"


def test_a_cursor_goes_only_with_its_own_question(client: HonestClient) -> None:
    cursor = client.get(f"{ROWS}&limit=2").json["links"]["next"].partition("cursor=")[2]
    assert client.get(f"{ROWS}&limit=3&cursor={cursor}").status_code == 200
    told(client.get(f"{ROWS}&limit=2&sort=-best&cursor={cursor}"), 400, "bad-cursor")
    told(client.get(f"{ROWS}&limit=2&harm=killed&cursor={cursor}"), 400, "bad-cursor")
    told(client.get(f"{ROWS}&cursor={cursor}"), 422, "invalid-parameter")


def test_a_page_of_a_spreadsheet_has_its_next(client: HonestClient) -> None:
    address = ROWS.replace("casualties?", "casualties.csv?")
    whole = client.get(f"{address}&sort=-best").text.splitlines()
    answer = client.get(f"{address}&sort=-best&limit=3")
    assert answer.text.splitlines() == whole[:4]
    (following,) = re.findall(r'<([^>]+)>; rel="next"', answer.headers["Link"])
    assert client.get(following).text.splitlines() == [whole[0], *whole[4:7]]
