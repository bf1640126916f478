"""Each view of the explorer shows the API's own numbers, and how to ask for them again."""

import json
import subprocess
import urllib.request
from typing import Any

import pytest

from tests.servers import Server
from tests.web.conftest import Visit

WHO = "/v1/statistics/casualties?harm=killed&basis=totals&policy=envelope&group_by=subject_side&sort=-spread,-best"
WAR = "nagorno-karabakh-2020"
VIEWS = {
    "who": "/",
    "events": "/?basis=incidents",
    "time": f"/?view=time&conflict={WAR}",
    "matrix": f"/?view=matrix&conflict={WAR}",
    "table": f"/?view=table&conflict={WAR}",
}
every_view = pytest.mark.parametrize("view", list(VIEWS))


def told(server: Server, path: str) -> Any:
    with urllib.request.urlopen(server.url + path) as answer:
        return json.load(answer)


def number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def span(row: dict[str, Any]) -> str:
    """A figure as the page words it."""
    open_ended = " or more" if row["open_ended"] else ""
    if row["low"] == row["high"]:
        return number(row["best"]) + open_ended
    return f"{number(row['low'])} to {number(row['high'])}{open_ended}"


def texts(page: Any, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).all_inner_texts()
    return found


def test_programs_get_json_and_browsers_the_page(seeds: Server) -> None:
    assert told(seeds, "/")["data"]["name"] == "Counterclaim"
    asked = urllib.request.Request(f"{seeds.url}/", headers={"Accept": "text/html,application/xhtml+xml;q=0.9"})
    with urllib.request.urlopen(asked) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"unsafe" not in policy.encode() and policy.startswith("default-src 'none'")
        assert answer.headers["Vary"] == "Accept" and answer.headers["ETag"]


def test_who_says_how_many_shows_the_widest_spread_first(visit: Visit, seeds: Server) -> None:
    page = visit.open("/")
    rows = told(seeds, f"{WHO}&limit=20&evidence=1")
    assert texts(page, ".row .cited") == [span(row) for row in rows["data"]]
    assert texts(page, ".row .spread")[:2] == ["×9.68", "×6"]
    assert page.locator("#status").inner_text().startswith(f"{rows['meta']['total']} running totals.")
    links = page.locator(".row .cited").evaluate_all("links => links.map(link => link.href)")
    assert links == [row["links"]["claims"] for row in rows["data"]]
    dots = [page.locator(".row .marks").nth(at).locator(".dot").count() for at in range(len(rows["data"]))]
    assert dots == [row["claims"] for row in rows["data"]]


def test_a_dot_tells_its_claim_on_hover(visit: Visit) -> None:
    page = visit.open("/?basis=incidents&conflict=gaza-2023&harm=killed")
    page.locator(".dot").last.hover()
    card = page.locator("#card")
    card.wait_for(state="visible")
    assert "471" in card.inner_text() and "19 Oct 2023" in card.inner_text()
    assert card.locator("a[rel~=external]").first.get_attribute("href").startswith("https://")
    page.keyboard.press("Escape")
    assert card.is_hidden()


def test_over_time_shows_every_point_and_the_silence(visit: Visit, seeds: Server) -> None:
    page = visit.open(VIEWS["time"])
    series = told(seeds, f"/v1/statistics/series?conflict={WAR}&harm=killed")["data"]
    points = [point for one in series for point in one["points"]]
    dated = [point for point in points if point["stated_on"]]
    assert page.locator(".time .dot").count() == len(dated)
    assert page.locator("td .cited").count() == len(points)
    assert page.locator(".silence").count() == 1
    breaks = [point for point in dated if point["breaks"]]
    assert page.locator(".changes li").count() == len(breaks) > 0


def test_a_figure_in_the_table_of_steps_is_that_of_the_claim(visit: Visit, seeds: Server) -> None:
    page = visit.open(f"{VIEWS['time']}&side=azerbaijan")
    page.get_by_text("The same as a table").click()
    found = texts(page, "td .cited")
    assert "2,783" in found and "2,723" in found and "at least 91" in found
    assert "silence: no own figure published" in page.locator("tbody").inner_text()


def test_the_matrix_sets_own_against_opposing(visit: Visit, seeds: Server) -> None:
    page = visit.open(VIEWS["matrix"])
    entries = told(seeds, f"/v1/statistics/matrix?conflict={WAR}&harm=killed&basis=totals")["data"]
    shown = [entry for entry in entries if entry["best"] is not None]
    assert sorted(texts(page, ".matrix .cited")) == sorted(span(entry) for entry in shown)
    ratios = [f"×{entry['ratio']:g} the own figure" for entry in shown if entry["ratio"] is not None]
    assert texts(page, ".matrix .ratio") == ratios == ["×1.83 the own figure", "×0.77 the own figure"]


def test_the_table_lists_claims_and_sorts_them(visit: Visit, seeds: Server) -> None:
    page = visit.open(VIEWS["table"])
    query = f"/v1/claims?kind=casualty&conflict={WAR}&harm=killed&sort=%s&limit=50"
    first = told(seeds, query % "-stated_on")
    assert page.locator("tbody tr").count() == 50 and f"{first['meta']['total']} claims" in texts(page, "#status")[0]
    visit.change(page.get_by_role("button", name="Figure").click)
    ids = [claim["id"] for claim in told(seeds, query % "-best")["data"]]
    links = page.locator("td .cited").evaluate_all("links => links.map(link => link.pathname.split('/').pop())")
    assert links == ids and "sort=-best" in page.url
    visit.change(page.get_by_role("link", name="Next page").click)
    assert page.locator("tbody tr").count() == first["meta"]["total"] - 50


@every_view
def test_the_copied_command_answers_what_is_shown(view: str, visit: Visit, seeds: Server) -> None:
    page = visit.open(VIEWS[view])
    page.get_by_role("button", name="Copy the curl command").click()
    page.get_by_role("button", name="Copy the curl command").get_by_text("Copied").wait_for()
    command = page.evaluate("navigator.clipboard.readText()")
    ran = subprocess.run(command, shell=True, capture_output=True, check=True, timeout=30)
    answer = json.loads(ran.stdout)
    assert answer["links"]["self"] in command
    assert shown(page, view) == answered(answer["data"], view)


def shown(page: Any, view: str) -> Any:
    """The figures on the screen, or what stands for them."""
    if view in ("time", "table"):
        ids = page.locator("td .cited").evaluate_all("links => links.map(link => link.pathname.split('/').pop())")
        return sorted(ids) if view == "time" else ids
    return sorted(texts(page, ".cited"))


def answered(data: list[dict[str, Any]], view: str) -> Any:
    if view == "time":
        points = [point for one in data for point in one["points"]]
        return sorted(point["claim"] for point in points)
    return (
        [claim["id"] for claim in data]
        if view == "table"
        else sorted(span(row) for row in data if row["best"] is not None)
    )


@every_view
def test_the_link_reopens_the_view(view: str, visit: Visit, visiting: Any) -> None:
    page = visit.open(VIEWS[view])
    link = page.locator("#link").inner_text()
    again = visiting()
    again.page.goto(link)
    assert again.settled().locator("#box").inner_text() == page.locator("#box").inner_text()


@every_view
def test_the_downloads_answer(view: str, visit: Visit) -> None:
    page = visit.open(VIEWS[view])
    for format_, start in (("csv", b""), ("xlsx", b"PK")):
        with page.expect_download() as waiting:
            page.locator(f"a[data-format={format_}]").click()
        path = waiting.value.path()
        assert path.read_bytes().startswith(start) and waiting.value.suggested_filename.endswith(f".{format_}")
