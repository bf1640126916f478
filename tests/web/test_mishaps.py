"""Wrong addresses, late answers and missing answers: the page shows a message and still works."""

from typing import Any

import pytest

from tests.web.conftest import Visit
from tests.web.test_explorer import VIEWS, WAR, texts, told
from tests.web.test_first_answer import MOST_SHIFT, SCREENS, SHIFTS

REFUSED = {
    "/?conflit=nagorno-karabakh-2020": "does not know conflit",
    "/?__proto__=x": "does not know __proto__",
    "/?view=constructor": "view must be one of who, time, matrix, map, table, not constructor",
    "/?scale=log": "scale must be one of ratio, count, not log",
    "/?harm=killed&harm=injured": "harm appears twice",
}


@pytest.mark.parametrize("address", REFUSED)
def test_what_the_page_does_not_know_shows_nothing(address: str, visit: Visit) -> None:
    page = visit.open(address)
    visit.expected = ("400", "422")
    assert REFUSED[address] in page.get_by_role("alert").inner_text() and page.locator(".row").count() == 0
    page.get_by_role("link", name="start again").click()
    assert visit.settled().locator(".row").count() > 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/?as_of=2020-13-45", "There is no such month"),
        ("/?policy=claimant&claimant=nobody", "'nobody' is not in this database"),
        ("/?sort=spraed", "Must be one of"),
        ("/?view=map&at=1,2,3", "Must be four numbers"),
        ("/?view=table&cursor=abc", "belongs to a different query"),
    ],
)
def test_what_the_api_refuses_is_told_in_its_words(address: str, words: str, visit: Visit) -> None:
    page = visit.open(address)
    assert words in page.get_by_role("alert").inner_text() and page.locator(".cited").count() == 0
    visit.expected = ("422", "400")


def test_nothing_said_yet_is_no_zero(visit: Visit) -> None:
    page = visit.open(f"/?conflict={WAR}&as_of=1990-01-01")
    assert "That is not a zero" in page.locator("#box").inner_text()
    assert page.locator("#as_of").input_value() == "0" and page.locator("#day").inner_text() == "1 Jan 1990"
    page = visit.open(f"/?view=matrix&conflict={WAR}&as_of=1990-01-01")
    assert "by that day" in page.locator("#box").inner_text() and page.locator(".matrix").count() == 0


def test_the_title_names_no_filter_that_the_view_does_not_ask_by(visit: Visit) -> None:
    page = visit.open(f"/?view=matrix&conflict={WAR}&subject_side=azerbaijan&victim_status=civilian")
    assert page.locator("#title").inner_text() == "Killed: each side, 2020 Nagorno-Karabakh war, as known today"
    assert "Armenian side" in page.locator(".matrix").inner_text()


def test_a_slow_question_about_all_conflicts_offers_one_of_them(visit: Visit) -> None:
    held: list[Any] = []
    visit.page.route("**/v1/statistics/casualties?**", lambda route: held.append(route))
    page = visit.page
    page.goto(visit.server.url)
    page.get_by_text("One conflict is faster").wait_for()
    assert page.locator(".choices li").count() > 3
    held[0].continue_()
    visit.settled()
    assert page.locator(".choices").count() == 0 and page.locator(".row").count() > 3


def answer_too_late(visit: Visit, times: int) -> None:
    """Let the page come so many times as if its own figures had taken too long. Figures for the script come."""
    late = visit.context.request.get(f"{visit.server.url}/?conflict=unknown", headers={"Accept": "text/html"})
    assert late.status == 422
    visit.page.route(f"{visit.server.url}/", lambda route: route.fulfill(response=late), times=times)
    visit.expected = ("422",)


def test_a_page_that_came_without_figures_has_the_title_of_those_that_follow(visit: Visit) -> None:
    """It said *Nothing can be shown* above the figures of the script."""
    answer_too_late(visit, times=1)
    page = visit.open("/")
    assert page.locator(".row").count() > 3
    assert page.locator("#title").inner_text() == page.title().removesuffix(" · Counterclaim")
    assert "Nothing" not in page.title()
    assert page.locator("#answer svg").count() > 0


def test_a_page_that_comes_without_figures_twice_says_nothing_wrong_above_them(visit: Visit) -> None:
    answer_too_late(visit, times=2)
    page = visit.open("/")
    assert page.locator(".row").count() > 3
    assert page.locator("#title").inner_text() == "Counterclaim: who says how many"
    assert page.locator("#lead").inner_text() == ""


def test_the_offer_beside_a_slow_map_moves_nothing(visiting: Any) -> None:
    """It stood above the map that came with the page, and moved it down by half a screen of a phone."""
    visit = visiting(width=390)
    visit.page.set_viewport_size({"width": 390, "height": SCREENS[390]})
    visit.context.add_init_script(SHIFTS)
    held: list[Any] = []
    visit.page.route("**/v1/statistics/places?**", lambda route: held.append(route))
    visit.page.goto(f"{visit.server.url}{VIEWS['map']}")
    visit.page.get_by_text("One conflict is faster").wait_for(state="attached")
    assert visit.page.locator(".choices li").count() > 3
    for route in held:
        route.continue_()
    visit.page.wait_for_selector("main[aria-busy=false]")
    assert visit.page.evaluate("shift") <= MOST_SHIFT


def test_days_that_come_late_move_no_slider(visit: Visit) -> None:
    """After a change from one conflict to another, the slider has the days of the second."""
    held: list[Any] = []
    page = visit.open(f"/?conflict={WAR}")
    page.route("**/v1/statistics/claims?**gaza-2023**", lambda route: held.append(route))
    visit.change(lambda: page.get_by_label("Conflict").select_option("gaza-2023"))
    visit.change(lambda: page.get_by_label("Conflict").select_option("nagorno-karabakh-april-2016"))
    for route in held:
        route.continue_()
    page.wait_for_load_state("networkidle")
    second = "conflict=nagorno-karabakh-april-2016&harm=killed&group_by=stated_day"
    days = told(visit.server, f"/v1/statistics/claims?{second}")
    assert len(held) == 1
    assert int(page.locator("#as_of").get_attribute("max")) == len([row for row in days["data"] if row["stated_day"]])


def test_a_map_that_did_not_arrive_is_asked_for_again(visit: Visit) -> None:
    visit.page.route("**/leaflet.js", lambda route: route.abort())
    page = visit.open("/?view=map")
    assert "leaflet.js, which draws the map, could not be loaded" in page.get_by_role("alert").inner_text()
    page.unroute("**/leaflet.js")
    visit.change(page.get_by_role("link", name="Map", exact=True).click)
    assert page.locator(".map canvas").count() >= 1 and texts(page, ".places .cited")
    visit.expected = ("ERR_FAILED",)


def test_a_server_that_went_away_is_told_and_nothing_else_is_lost(visit: Visit) -> None:
    page = visit.open(f"/?conflict={WAR}")
    page.route("**/v1/**", lambda route: route.abort())
    visit.change(lambda: page.get_by_label("Harm").select_option("injured"))
    assert "The server cannot be reached" in page.get_by_role("alert").inner_text()
    assert page.url.endswith(f"conflict={WAR}&harm=injured")
    page.unroute("**/v1/**")
    visit.change(page.go_back)
    assert page.locator(".row").count() > 3 and page.get_by_label("Harm").input_value() == "killed"
    visit.expected = ("ERR_FAILED",)
