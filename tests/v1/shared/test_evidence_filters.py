"""The link of every row of a statistic leads to exactly its claims, for all values that name the row."""

import csv
import io
import urllib.parse

import pytest
from flask import Flask

from tests.conftest import Databases
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import SMALL, Document, World, ids, local, made, told, write

REGIONS = ["Upper, north", " Ganja ", "none of these", "", "a\\b", "North,,", "\\", "end\\", "\\,x"]
WAR = "/v1/statistics/casualties?recorded_conflict=nagorno-karabakh-2020&harm=killed&basis=incidents"


def world() -> World:
    """Return a world with an event and a claim for each region, and for none."""
    (event,) = (event for event in SMALL["events"] if event["id"] == "clash")
    (claim,) = (claim for claim in SMALL["claims"] if claim["id"] == "b-north")
    numbers = range(len(REGIONS))
    events = [event | {"id": f"event-{n}", "admin1": REGIONS[n], "country": None} for n in numbers]
    claims = [claim | {"id": f"claim-{n}", "event": f"event-{n}", "victim_age": "any"} for n in numbers]
    reports = [{"id": f"report-{n}", "claim": f"claim-{n}", "source": "times"} for n in numbers]
    few = {record_type: SMALL[record_type] for record_type in ("sides", "conflicts", "claimants", "sources")}
    return {**few, "events": events, "claims": claims, "reports": reports}


@pytest.fixture(scope="module")
def regions(databases: Databases, engine: str) -> Flask:
    return made(databases, engine, world())


def rows(client: HonestClient, address: str) -> list[Document]:
    found: list[Document] = client.get(address).json["data"]
    return found


@pytest.mark.parametrize("group_by", ["admin1", "country,admin1", "admin1,country,event_type"])
def test_a_row_is_found_whatever_its_region_is_called(regions: Flask, group_by: str) -> None:
    client = open_client(regions)
    found = rows(client, f"/v1/statistics/casualties?group_by={group_by}")
    assert {row["admin1"] for row in found} == {region or None for region in REGIONS}
    for row in found:
        number = REGIONS.index(row["admin1"] or "")
        assert ids(client.get(local(row["links"]["claims"]))) == [f"claim-{number}"]
        explained = client.get(local(row["links"]["explain"])).json["data"]
        assert [cell["event"] for cell in explained["cells"]] == [f"event-{number}"]


def test_a_row_without_country_and_region_has_its_claims(client: HonestClient) -> None:
    (periods,) = (row for row in rows(client, f"{WAR}&group_by=country,admin1") if row["country"] is None)
    assert len(ids(client.get(local(periods["links"]["claims"])))) == periods["claims"] == 4
    assert client.get(local(periods["links"]["explain"])).json["data"]["best"] == periods["best"] == 60 + 54 + 400 + 26


def test_fields_narrows_rows_in_every_format(client: HonestClient) -> None:
    # Periods have 60, 54, 400 and 26 killed. Ganja's three strikes (24) are part of the 26; Barda's 21 are an event.
    assert rows(client, f"{WAR}&fields=best,harm") == [{"best": 60 + 54 + 400 + 26 + 21, "harm": "killed"}]
    flat = client.get(f"{WAR.replace('casualties', 'casualties.csv')}&group_by=event&fields=event,best").text
    table = list(csv.reader(io.StringIO(flat)))
    assert table[0] == ["event_id", "event_name", "best"]
    assert table[-1] == ["", "", str(60 + 54 + 400 + 26)]


def test_fields_is_no_part_of_the_evidence(client: HonestClient) -> None:
    (row,) = rows(client, f"{WAR}&fields=links,claims")
    assert "fields" not in row["links"]["claims"] + row["links"]["explain"]
    assert len(ids(client.get(local(row["links"]["claims"])))) == row["claims"]


def test_a_column_that_these_rows_do_not_have_is_refused(client: HonestClient) -> None:
    body = told(client.get(f"{WAR}&group_by=event&fields=best,country"), 422, "invalid-parameter")
    (error,) = body["errors"]
    assert error["name"] == "fields" and "event" in error["allowed"] and "country" not in error["allowed"]


def test_the_evidence_of_a_pinned_answer_is_pinned(databases: Databases, engine: str) -> None:
    client = open_client(made(databases, engine, world()))
    (claim,) = (claim for claim in world()["claims"] if claim["id"] == "claim-0")
    later = claim | {"id": "later", "claimant": "observers", "low": 900, "best": 900, "high": 900, "qualifier": "exact"}
    write({"claims": [later], "reports": [{"id": "report-of-later", "claim": "later", "source": "wire"}]})
    for pin, used in (("", ["claim-0", "later"]), ("&revision=1", ["claim-0"]), ("&revision=2", ["claim-0", "later"])):
        answer = client.get(f"/v1/statistics/casualties?event=event-0{pin}").json
        (row,) = answer["data"]
        assert ids(client.get(local(row["links"]["claims"]))) == used
        explained = client.get(local(row["links"]["explain"])).json["data"]
        assert [explained[bound] for bound in ("low", "best", "high")] == [row["low"], row["best"], row["high"]]
        assert pin.removeprefix("&") in answer["meta"]["citation"]
        for left in answer["meta"]["excluded"]:
            assert len(ids(client.get(local(left["url"])))) == left["claims"]


@pytest.mark.parametrize("inner", ["used_by=row=killed&", "left_out_of=reason=superseded&"])
def test_a_pin_inside_of_a_question_is_refused_and_not_ignored(inner: str, client: HonestClient) -> None:
    name, _, question = inner.partition("=")
    for pin, status in (("", 200), ("revision=1", 422), ("release=2026-1", 422)):
        value = urllib.parse.quote(f"{question}event=ganja-2020-10-17&{pin}")
        assert client.get(f"/v1/claims?{name}={value}").status_code == status


@pytest.mark.parametrize("group_by", ["event", "month,subject_side", "harm", ""])
def test_the_warning_of_the_other_basis_leads_to_an_answer(client: HonestClient, group_by: str) -> None:
    """Running totals have no rows by event or date, so the link asks for rows that exist."""
    grouped = f"&group_by={group_by}" if group_by else ""
    warnings = client.get(f"{WAR}{grouped}").json["meta"]["warnings"]
    (url,) = (warning["url"] for warning in warnings if warning["code"] == "other_basis")
    answer = client.get(local(url))
    assert answer.status_code == 200 and answer.json["data"]
    assert answer.json["meta"]["basis"] == "totals"
    assert ("subject_side" in answer.json["meta"]["group_by"]) == ("subject_side" in group_by)


@pytest.mark.parametrize(
    "address", [f"{WAR}&group_by=event,subject_side,month", f"{WAR.replace('incidents', 'totals')}&from=2020-09-27"]
)
def test_a_question_too_long_for_its_evidence_is_refused(client: HonestClient, address: str) -> None:
    sources = sorted((source["id"] for source in rows(client, "/v1/sources?limit=1000")), key=len)[-100:]
    assert client.get(f"{address}&source={','.join(sources[50:])}").status_code == 200
    answer = client.get(f"{address}&source={','.join(sources)}")
    assert "evidence" in told(answer, 422, "too-broad")["detail"]
