"""Each view of the explorer shows the numbers of the API, and the request that gives them."""

import json
import subprocess
import urllib.request
from collections.abc import Iterable
from typing import Any

import pytest

from schemas.statistics.casualties import REASONS, STANCES
from schemas.statistics.stance_matrix import RATIO_REASONS
from schemas.statistics.time_series import BREAKS
from tests.support.servers import Server
from tests.web.conftest import Visit

WHO = (
    "/v1/statistics/casualties?harm=killed&basis=both&policy=envelope&group_by=conflict,subject_side&sort=-spread,-best"
)
BASES = ("totals", "incidents")
WAR = "nagorno-karabakh-2020"
VIEWS = {
    "who": "/",
    "events": "/?basis=incidents",
    "time": f"/?view=time&conflict={WAR}",
    "matrix": f"/?view=matrix&conflict={WAR}",
    "map": "/?view=map",
    "table": f"/?view=table&conflict={WAR}",
}
every_view = pytest.mark.parametrize("view", list(VIEWS))


def told(server: Server, path: str) -> Any:
    with urllib.request.urlopen(server.url + path) as answer:
        return json.load(answer)


def number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def span(row: dict[str, Any]) -> str:
    """Return a figure in the words of the page."""
    open_ended = " or more" if row["open_ended"] else ""
    if row["low"] == row["high"]:
        return number(row["best"]) + open_ended
    return f"{number(row['low'])} to {number(row['high'])}{open_ended}"


def pairs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows in the order of the page: both bases of a conflict and side together, totals first."""
    losses = [(row["conflict"]["id"], row["subject_side"]["id"]) for row in rows]
    first = {key: losses.index(key) for key in losses}
    return sorted(rows, key=lambda r: (first[r["conflict"]["id"], r["subject_side"]["id"]], BASES.index(r["basis"])))


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
        assert answer.headers["Vary"] == "Accept, Accept-Language, Accept-Encoding" and answer.headers["ETag"]


def test_how_many_shows_both_bases_and_the_widest_spread_first(visit: Visit, seeds: Server) -> None:
    page = visit.open("/")
    answer = told(seeds, f"{WHO}&limit=60")
    rows = pairs(answer["data"])
    assert texts(page, ".row .cited") == [span(row) for row in rows]
    bases = page.locator(".rows .row").evaluate_all("rows => rows.map(row => row.dataset.basis)")
    assert bases == [row["basis"] for row in rows] and set(bases) == set(BASES)
    totals = bases.count("totals")
    assert texts(page, "#status") == [
        f"{len(rows)} figures: {totals} latest totals, {len(rows) - totals} from single events"
    ]
    links = page.locator(".row .cited").evaluate_all("links => links.map(link => link.href)")
    assert links == [row["links"]["claims"].replace("/v1/claims?", "/claims?") for row in rows]
    dots = [page.locator(".row .marks").nth(at).locator(".dot").count() for at in range(len(rows))]
    assert dots == [len([s for s in row["statements"] or () if values_of(s)]) for row in rows]
    absent = [text for text in texts(page, ".absent") if text.startswith("Single events added up")]
    assert len(absent) == len([pair for pair in texts(page, ".pair") if "event" in pair]) - bases.count("incidents") > 0


def values_of(statement: dict[str, Any]) -> list[int]:
    return [statement[name] for name in ("low", "best", "high") if statement[name] is not None]


def test_every_statement_is_listed_with_its_day_and_why_it_is_not_used(visit: Visit, seeds: Server) -> None:
    page = visit.open(f"/?conflict={WAR}&subject_side=azerbaijan")
    (row,) = [
        row
        for row in told(seeds, f"{WHO}&conflict={WAR}&subject_side=azerbaijan&limit=60")["data"]
        if row["measure"] == "cumulative"
    ]
    shown_row = page.locator(".row", has=page.get_by_text("· running total", exact=True))
    shown = shown_row.locator(".statements li")
    assert shown.count() == len(row["statements"]) == 13
    assert shown.evaluate_all("all => all.filter(one => one.classList.contains('unused')).length") == 8
    putin = shown.filter(has_text="Vladimir Putin").inner_text()
    assert "about 2,000" in putin and "Stated 22 Oct 2020, covers 27 Sep 2020 to 22 Oct 2020" in putin
    assert "Not used: older than the newest comparable totals." in putin and "third party" in putin
    assert "affiliated to a party" in shown.filter(has_text="Hrant Bagratyan").inner_text()
    assert shown_row.locator(".dot.unused").count() == 8


def test_an_address_with_the_old_name_of_a_filter_opens_as_before(visit: Visit) -> None:
    page = visit.open(f"/?view=table&conflict={WAR}&side=armenian")
    shown = texts(page, "tbody tr")
    assert page.locator("#subject_side").input_value() == "armenian"
    page = visit.open(f"/?view=table&conflict={WAR}&subject_side=armenian")
    assert texts(page, "tbody tr") == shown
    assert any("Artsakh" in row for row in shown)  # a member


def test_the_spread_and_the_bar_say_what_they_measure(visit: Visit) -> None:
    """Best figures 31 and 300, bounds 31 and 1,500: two numbers, each with its meaning."""
    page = visit.open("/?conflict=nagorno-karabakh-april-2016&subject_side=azerbaijan")
    assert texts(page, ".rows .spread")[0].split("\n") == ["×9.68", "between best figures", "×48.4 from low to high"]
    assert texts(page, ".rows .range")[0].split("\n")[0].startswith("31 to 1,500")


def test_single_events_added_up_lead_to_each_event(visit: Visit) -> None:
    page = visit.open(f"/?conflict={WAR}&subject_side=azerbaijan")
    added = page.locator(".row[data-basis=incidents]")
    assert "4 events and periods" in added.inner_text() and added.locator(".dot").count() == 0
    visit.change(added.get_by_role("link", name="See each event and period").click)
    assert (
        "basis=incidents" in page.url
        and "subject_side=azerbaijan" in page.url
        and page.locator(".row .dot").count() > 4
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [("REASONS", REASONS), ("STANCES", STANCES), ("RATIO_REASONS", RATIO_REASONS), ("BASES", ("totals", "incidents"))],
)
def test_the_page_has_words_for_every_code_of_the_api(name: str, words: Iterable[str], visit: Visit) -> None:
    page = visit.open("/")
    address = "document.querySelector('script[type=module]').src.replace('main.js', 'words.js')"
    assert sorted(page.evaluate(f"import({address}).then((words) => Object.keys(words.{name}))")) == sorted(words)


def test_an_increment_over_days_names_its_conflict(visit: Visit, seeds: Server) -> None:
    rows = texts(visit.open(VIEWS["events"]), ".row .label")
    spans = [row for row in rows if row.startswith("From ")]
    query = "/v1/statistics/casualties?harm=killed&basis=incidents&group_by=event,period,subject_side"
    periods = [row for row in told(seeds, query)["data"] if row["period"]]
    assert len(spans) == len(periods) > 0 and all("2020 Nagorno-Karabakh war" in row for row in spans)


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
    page = visit.open(f"{VIEWS['time']}&span=all")
    series = told(seeds, f"/v1/statistics/series?conflict={WAR}&harm=killed")["data"]
    points = [point for one in series for point in one["points"]]
    dated = [point for point in points if point["stated_on"]]
    drawn = page.locator("#answer .wide .series").evaluate_all("all => all.map(one => Number(one.dataset.points))")
    assert sum(drawn) == len(dated)
    assert page.locator("td .cited").count() == len(points)
    assert page.locator("#box").get_by_text("a recorded silence").count() == 1
    breaks = {
        (line, point["stated_on"], point["breaks"]["reason"])
        for line, one in enumerate(series)
        for point in one["points"]
        if point["stated_on"] and point["breaks"]
    }
    assert page.locator(".changes li").count() == len(breaks) > 0
    reasons = page.locator(".changes li").evaluate_all("all => all.map(one => one.dataset.reason)")
    assert sorted(reasons) == sorted(reason for *_, reason in breaks) and set(reasons) <= set(BREAKS)
    sentences = texts(page, ".changes li")
    assert all(text.startswith("Definition changes. ") for text in sentences) and len({*sentences}) == len(sentences)
    # That day the Syrian Observatory stated a running total, the bodies that arrived, and a running total again.
    (of_observatory,) = [text for text in sentences if "6 Nov 2020, Syrian Observatory for Human Rights" in text]
    assert "on this day also “running total of bodies”, before and after it “running total”" in of_observatory


@pytest.mark.parametrize(("width", "picture"), [(360, "narrow"), (1280, "wide")])
def test_the_picture_names_every_line_in_full(width: int, picture: str, visiting: Any) -> None:
    page = visiting(width=width).open(VIEWS["time"])
    drawn = page.locator(f"#answer .{picture} .series")
    names = drawn.evaluate_all("all => all.map(one => one.querySelector('title').textContent)")
    assert len(names) > 20 and page.locator(f"#answer .{picture} svg").is_visible()
    words = " ".join(page.locator(f"#answer .{picture} text").all_text_contents()).replace(" - ", "-")
    assert [name for name in names if name not in words] == [] and "…" not in words


def test_a_figure_in_the_table_of_steps_is_that_of_the_claim(visit: Visit, seeds: Server) -> None:
    page = visit.open(f"{VIEWS['time']}&subject_side=azerbaijan")
    page.get_by_text("These figures as a table").click()
    found = texts(page, "td .cited")
    assert "2,783" in found and "2,723" in found and "at least 91" in found
    assert "silence: no own figure published" in page.locator("tbody").inner_text()


def test_lines_of_one_claimant_are_told_apart_by_whom_they_count(visit: Visit) -> None:
    page = visit.open(f"{VIEWS['time']}&subject_side=armenian&victim_status=civilian&span=all")
    drawn = page.locator("#answer .wide .series")
    names = drawn.evaluate_all("all => all.map(one => one.querySelector('title').textContent)")
    assert len(names) == len(set(names)) > 3
    assert {"civilians", "civilians, by strikes", "civilians, in captivity"} <= {
        name.split(", ", 1)[1] for name in names if name.startswith("Human Rights Ombudsman of Artsakh")
    }


def test_the_matrix_sets_own_against_opposing(visit: Visit, seeds: Server) -> None:
    page = visit.open(VIEWS["matrix"])
    entries = told(seeds, f"/v1/statistics/matrix?conflict={WAR}&harm=killed&basis=both")["data"]
    shown = [entry for entry in entries if entry["best"] is not None]
    assert sorted(texts(page, ".matrix .cited")) == sorted(span(entry) for entry in shown)
    ratios = [entry for entry in shown if entry["ratio"] is not None]
    refused = [entry for entry in shown if entry["ratio_reason"] is not None]
    assert page.locator(".matrix .ratio").count() == len(ratios)
    assert page.locator(".matrix td > div > .reason").count() == len(refused) > 0
    opposing = page.locator(".matrix tr", has_text="2,999").locator("td").nth(1).inner_text()
    assert "covers 27 Sep 2020 to 3 Oct 2020" in opposing and "stated 3 Oct 2020" in opposing
    assert "No ratio: the two figures cover different days." in opposing and "times its own figure" not in opposing
    assert "Ministry of Defence of Armenia" in opposing and "armenia-mod" not in page.locator("main").inner_text()
    affiliated = page.locator(".matrix tr", has_text="2,999").locator("td").nth(2)
    assert affiliated.get_attribute("data-label") == "Those affiliated to a party say"
    assert "Hrant Bagratyan" in affiliated.inner_text()


def test_a_ratio_is_said_in_words(visit: Visit, seeds: Server) -> None:
    conflict = "nagorno-karabakh-april-2016"
    page = visit.open(f"/?view=matrix&conflict={conflict}")
    entries = told(seeds, f"/v1/statistics/matrix?conflict={conflict}&harm=killed")["data"]
    ratios = [f"{entry['ratio']:g} times its own figure" for entry in entries if entry["ratio"] is not None]
    assert sorted(texts(page, ".matrix .ratio")) == sorted(ratios)


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
    assert page.locator("tbody tr").count() == min(50, first["meta"]["total"] - 50)


def test_the_map_shows_places_as_exactly_as_they_are_known(visit: Visit, seeds: Server) -> None:
    page = visit.open(VIEWS["map"])
    rows = told(seeds, "/v1/statistics/places?harm=killed")["data"]
    assert texts(page, ".places .cited") == [span(row) for row in rows]
    assert page.locator(".map canvas").count() >= 1 and page.locator(".leaflet-control-zoom").is_visible()
    apart = page.locator(".apart").inner_text()
    assert "Tovuz district" in apart and "no point on the map is recorded" in apart
    assert all(span(row) in apart for row in rows if row["latitude"] is None)
    assert "within about 25 km of the point" in page.locator(".places").first.inner_text()


def test_moving_the_map_asks_about_what_is_seen(visit: Visit, seeds: Server) -> None:
    page = visit.open(VIEWS["map"])
    page.locator(".places li", has_text="Ganja").get_by_role("button", name="Show on the map").click()
    page.wait_for_url("**at=*")
    visit.settled()
    (asked,) = [url for url in visit.asks("/v1/statistics/places") if "bbox=" in url]
    assert texts(page, ".places .cited") == [span(row) for row in told(seeds, asked.removeprefix(seeds.url))["data"]]
    assert texts(page, ".places .cited") == ["24", "21 or more"]
    visit.change(page.get_by_role("button", name="Whole map").click)
    assert "at=" not in page.url and page.locator(".places .cited").count() == 6


def test_a_filter_asks_anew_and_stands_in_the_address(visit: Visit, seeds: Server) -> None:
    page = visit.open("/")
    visit.change(lambda: page.get_by_label("Conflict").select_option("nagorno-karabakh-2020"))
    visit.change(lambda: page.get_by_label("Harm").select_option("injured"))
    visit.change(lambda: page.get_by_label("Whose losses").select_option("azerbaijan"))
    assert page.url.endswith("/?conflict=nagorno-karabakh-2020&subject_side=azerbaijan&harm=injured")
    query = WHO.replace("harm=killed", "harm=injured&conflict=nagorno-karabakh-2020&subject_side=azerbaijan")
    assert texts(page, ".row .cited") == [span(row) for row in pairs(told(seeds, query)["data"])] != []
    visit.change(page.go_back)
    assert page.get_by_label("Whose losses").input_value() == ""


def test_the_slider_shows_what_the_public_knew(visit: Visit, seeds: Server) -> None:
    page = visit.open(f"/?conflict={WAR}&as_of=2020-09-30")
    query = f"{WHO}&conflict={WAR}&limit=20"
    assert texts(page, ".row .cited") == [span(row) for row in pairs(told(seeds, f"{query}&as_of=2020-09-30")["data"])]
    assert page.locator("#day").inner_text() == "30 Sep 2020"
    days = told(seeds, f"/v1/statistics/claims?conflict={WAR}&harm=killed&group_by=stated_day")["data"]
    following = [row["stated_day"] for row in days if row["stated_day"]].index("2020-09-30") + 1
    assert int(page.locator("#as_of").input_value()) == following - 1
    page.locator("#as_of").focus()
    visit.change(
        lambda: (page.keyboard.press("ArrowRight"), page.wait_for_url(f"**as_of={days[following]['stated_day']}*"))
    )
    visit.change(page.get_by_role("button", name="Back to today").click)
    assert "as_of" not in page.url
    assert texts(page, ".row .cited") == [span(row) for row in pairs(told(seeds, query)["data"])]


def test_a_day_is_typed_beside_the_slider(visit: Visit, seeds: Server) -> None:
    page = visit.open(f"/?conflict={WAR}")
    typed = page.get_by_label("or day")
    typed.fill("2020-10-01")
    visit.change(lambda: typed.press("Enter"))
    assert "as_of=2020-10-01" in page.url
    rows = told(seeds, f"{WHO}&conflict={WAR}&limit=20&as_of=2020-10-01")["data"]
    assert texts(page, ".row .cited") == [span(row) for row in pairs(rows)] != []
    assert page.locator("#day").inner_text() == "1 Oct 2020"
    typed.fill("1.10.2020")
    typed.press("Enter")
    assert typed.evaluate("one => one.validationMessage") == "A day is written as 2020-10-22."
    assert "as_of=2020-10-01" in page.url
    typed.fill("")
    visit.change(lambda: typed.press("Enter"))
    assert "as_of" not in page.url


def test_a_list_is_of_the_days_asked_for(visit: Visit, seeds: Server) -> None:
    page = visit.open(f"/?view=table&conflict={WAR}")
    for name, value in (("from", "2020-10-04"), ("to", "2020-10")):
        box = page.get_by_label(f"Happened {name}")
        box.fill(value)
        visit.change(lambda box=box: box.press("Enter"))
    assert "from=2020-10-04&to=2020-10" in page.url
    query = f"/v1/claims?kind=casualty&harm=killed&conflict={WAR}&from=2020-10-04&to=2020-10&limit=1"
    total = told(seeds, query)["meta"]["total"]
    assert ", from 2020-10-04, to 2020-10-31, as known today" in page.locator("#title").inner_text()
    assert page.locator(".claims-table tbody tr").count() == total
    assert 0 < total < told(seeds, query.replace("&from=2020-10-04&to=2020-10", ""))["meta"]["total"]


def test_the_rule_is_told_in_a_sentence_and_decides(visit: Visit, seeds: Server) -> None:
    page = visit.open(f"/?conflict={WAR}")
    for policy in ("own_side", "third_party"):
        visit.change(lambda chosen=policy: page.get_by_label("Rule", exact=True).select_option(chosen))
        answer = told(seeds, f"{WHO.replace('envelope', policy)}&conflict={WAR}&limit=20")
        assert page.locator("#policy-meaning").inner_text() == answer["meta"]["rule"]
        assert texts(page, ".row .cited") == [span(row) for row in pairs(answer["data"])] != []
    visit.change(lambda: page.get_by_label("Rule", exact=True).select_option("claimant"))
    assert "Choose it under Change the question" in page.locator("#box").inner_text()
    visit.change(lambda: page.get_by_label("Claimant", exact=True).select_option("putin"))
    assert set(texts(page, ".row .cited")) == {"2,000", "5,000"}


def test_what_was_left_out_and_what_to_mind_is_told(visit: Visit, seeds: Server) -> None:
    page = visit.open("/")
    meta = told(seeds, f"{WHO}&limit=20")["meta"]
    care = page.locator(".care")
    assert meta["caveat"] in care.inner_text()
    care.locator("summary").click()
    for left in meta["excluded"]:
        assert f"{left['claims']:,} claim" in care.inner_text() and left["meaning"] in care.inner_text()
    row = page.locator(".pair", has_text="2020 Nagorno-Karabakh war").first.locator(".row").first
    row.locator("summary").click()
    assert "2,906" in row.inner_text() and "93" in row.inner_text()
    page = visit.open("/?basis=totals")
    visit.change(page.get_by_role("link", name="See the single events").click)
    assert "basis=incidents" in page.url and page.locator(".row").count() > 3
    visit.change(page.get_by_role("link", name="See the latest totals").click)
    assert "basis=totals" in page.url and page.locator(".row").count() > 3


def test_an_error_of_the_api_is_shown_with_its_detail(visit: Visit) -> None:
    page = visit.open("/?conflict=nagorno-karabak")
    shown = page.get_by_role("alert").inner_text()
    assert "'nagorno-karabak' is not in this database" in shown and "Did you mean nagorno-karabakh" in shown
    assert page.locator(".row").count() == 0
    visit.expected = ("422",)


def test_a_view_of_one_conflict_lets_choose_it(visit: Visit) -> None:
    page = visit.open("/?view=matrix")
    visit.change(page.locator(".choices").get_by_text("2020 Nagorno-Karabakh war").click)
    assert page.url.endswith(f"conflict={WAR}") and page.locator(".matrix").is_visible()
    page = visit.open("/?view=time&conflict=nagorno-karabakh")  # its phases have the figures
    assert "2020 Nagorno-Karabakh war" in texts(page, ".choices li")


@every_view
def test_the_same_can_be_asked_again(view: str, visit: Visit, visiting: Any) -> None:
    """The command on the page, its link and its files give the same."""
    page = visit.open(VIEWS[view])
    page.get_by_role("button", name="Copy the curl command").click()
    page.get_by_role("button", name="Copy the curl command").get_by_text("Copied").wait_for()
    command = page.evaluate("navigator.clipboard.readText()")
    ran = subprocess.run(command, shell=True, capture_output=True, check=True, timeout=30)
    answer = json.loads(ran.stdout)
    assert answer["links"]["self"] in command
    assert shown(page, view) == answered(answer["data"], view) != []
    box = page.locator("#box").inner_text()
    for format_, start in (("csv", b""), ("xlsx", b"PK")):
        with page.expect_download() as waiting:
            page.locator(f"a[data-format={format_}]").click()
        assert waiting.value.path().read_bytes().startswith(start)
        assert waiting.value.suggested_filename.endswith(f".{format_}")
    page.goto(page.locator("#link").inner_text())
    assert visit.settled().locator("#box").inner_text() == box


def shown(page: Any, view: str) -> Any:
    """Return the figures on the screen, or the text that the page shows without figures."""
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
