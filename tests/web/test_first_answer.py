"""The page answers before any script: sentence, picture and table come with it, on the first screen, and stay."""

import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from schemas.pictures import CONTROLS
from tests.support.servers import Server
from tests.web.conftest import AXE
from tests.web.test_everybody import COLOURS
from tests.web.test_explorer import VIEWS, WAR, every_view, span, told, values_of

WHO = f"/?conflict={WAR}"
WHO_QUERY = f"/v1/statistics/casualties?conflict={WAR}&harm=killed&group_by=conflict,subject_side"
SCREENS = {1280: 900, 390: 844}  # width: height of the first screen
SHIFTS = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""
MOST_SHIFT = 0.1
#: Where the first thing of the answer is that has a number: in the picture, a row or a list.
FIRST_FIGURE = """() => {
  const names = "#answer :is(svg text, strong), #box :is(svg text, .cited, strong, .map canvas, .stated)";
  const tops = [...document.querySelectorAll(names)]
    .filter((one) => one.tagName === "CANVAS" || /[0-9]/.test(one.textContent))
    .map((one) => one.getBoundingClientRect()).filter((place) => place.width > 0).map((place) => place.top);
  return Math.min(...tops);
}"""


def read_page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == status
    return answer.text


def find_lead(text: str) -> str:
    (lead,) = re.findall(r'<p id="lead"[^>]*>(.*?)</p>', text)
    return str(lead)


def test_the_page_of_a_conflict_has_its_answer_in_one_sentence(client: FlaskClient) -> None:
    text = read_page(client, WHO)
    assert find_lead(text).startswith(
        "Armenian side: 3,822 to 10,080 or more; Azerbaijan: 2,999 to 18,000; Syrian fighters"
    )
    assert "Casualty claims side by side, each with its claimant and its source" in text
    assert '<h1 id="title" class="title">Killed: each side, 2020 Nagorno-Karabakh war, as known today</h1>' in text


def test_the_page_draws_every_statement_of_the_answer(client: FlaskClient) -> None:
    """Numbers of the picture and of the table are those of the API, and no claimant is missing."""
    text = read_page(client, WHO)
    rows = client.get(f"{WHO_QUERY}&basis=both").json["data"]
    statements = {s["claim"]: s for row in rows for s in row["statements"] or ()}
    assert len(statements) == 51
    pictures = re.findall(r'<svg[^>]*class="counterclaim-picture".*?</svg>', text, re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        drawn = re.findall(r'data-claim="([^"]+)"', picture)
        assert sorted(drawn) == sorted(statements)
        ranges = re.findall(r'data-low="(\d+)" data-best="(\d+)" data-high="(\d+)"><title>', picture)
        assert sorted(ranges) == sorted((str(row["low"]), str(row["best"]), str(row["high"])) for row in rows)
    linked = re.findall(r'<a class="stated" href="/claims/([^"]+)">', text)
    assert sorted(linked) == sorted(statements)
    assert all(f"<strong>{span(row)}</strong>" in text for row in rows)


def test_without_a_conflict_the_page_offers_all_with_their_figures(client: FlaskClient) -> None:
    text = read_page(client, "/")
    conflicts = client.get("/v1/conflicts?limit=100").json["data"]
    listed = re.findall(r'<li><a href="/\?conflict=([^"]+)">', text.partition('<ul class="conflicts">')[2])
    assert sorted(listed[: len(conflicts)]) == sorted(one["id"] for one in conflicts)
    assert "Azerbaijan <strong>2,999 to 18,000</strong>" in text and "<strong>34,622</strong>" in text
    assert re.search(r'For example: <a href="/\?conflict=nagorno-karabakh-2020">', text)
    assert text.count('class="counterclaim-picture"') == 2


@pytest.mark.parametrize(
    ("address", "lead", "links"),
    [
        (f"/?view=time&conflict={WAR}", "94 figures in 48 running totals.", 48),
        (f"/?view=matrix&conflict={WAR}", "Armenian side: its own figure 3,822, Ilham Aliyev 7,000 or more;", 0),
        ("/?view=map", "5 events on the map. The highest figure: 100 to 471 or more, Explosion at the Al-Ahli", 0),
        (f"/?view=table&conflict={WAR}", "108 claims. The newest: nearly 6,500, Ariel Karlinsky", 50),
    ],
)
def test_every_view_comes_with_its_answer(address: str, lead: str, links: int, client: FlaskClient) -> None:
    text = read_page(client, address)
    assert find_lead(text).startswith(lead)
    assert text.count('<a class="stated" href="/claims/') == links
    assert text.count('class="counterclaim-picture"') == (0 if "table" in address else 2)
    assert '<table class="claims-table plain-table">' in text


def test_a_view_of_one_conflict_offers_them(client: FlaskClient) -> None:
    text = read_page(client, "/?view=matrix&harm=injured")
    assert f'href="/?view=matrix&amp;conflict={WAR}&amp;harm=injured"' in text
    assert find_lead(text) == "This view is about one conflict. Choose it."


def test_a_rule_of_one_claimant_asks_for_the_claimant(client: FlaskClient) -> None:
    text = read_page(client, f"{WHO}&policy=claimant")
    assert "Choose it under Change the question" in find_lead(text) and '<option value="putin">' in text
    assert find_lead(read_page(client, f"{WHO}&policy=claimant&claimant=putin")) == (
        "Armenian side: 2,000; Azerbaijan: 2,000, by the newest claims of 1 claimant."
    )


@pytest.mark.parametrize(
    ("address", "ending"),
    [
        ("/?conflict=gaza-2023", " No such figure is recorded of Israel."),
        ("/?conflict=gaza-2023&lang=ru", " Такой цифры нет: Israel."),
        ("/?conflict=gaza-2023&subject_side=palestinian", "by the newest claims of 1 claimant."),
        (WHO, "by the newest claims of 10 claimants."),  # Armenia and Artsakh are counted with the Armenian side
    ],
)
def test_the_sentence_names_the_sides_without_a_figure(address: str, ending: str, client: FlaskClient) -> None:
    assert find_lead(read_page(client, address)).endswith(ending)
    picture = read_page(client, address.replace("/?", "/v1/picture.svg?view=who&"))
    assert ("No such figure" in picture or "Такой цифры нет" in picture) == ending.startswith(" ")


def test_a_war_of_many_phases_has_more_figures_and_not_more_sides(client: FlaskClient) -> None:
    lead = find_lead(read_page(client, "/?conflict=nagorno-karabakh"))
    assert lead.endswith("; and 7 more figures, by the newest claims of 14 claimants.")


def test_a_form_without_a_script_asks_by_get(client: FlaskClient) -> None:
    """Such a form sends all its fields, most of them empty."""
    empty = "&subject_side=&victim_status=&claimant=&q=&from=&to=&as_of="
    sent = f"/?view=who&conflict={WAR}&harm=injured&basis=both&policy=envelope{empty}"
    text = read_page(client, sent)
    assert "Injured: each side, 2020 Nagorno-Karabakh war" in text
    assert f'href="http://127.0.0.1:8000/?conflict={WAR}&amp;harm=injured"' in text
    assert '<option value="injured" selected' in text and f'<option value="{WAR}" selected>' in text


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/?conflit=x", 400, "There is no parameter conflit."),
        ("/?harm=killed&harm=injured", 400, "harm: Appears more than once"),
        ("/?conflict=nagorno-karabak", 422, "&#39;nagorno-karabak&#39; is not in this database."),
        ("/embed?conflict=nagorno-karabak", 422, "&#39;nagorno-karabak&#39; is not in this database."),
    ],
)
def test_what_the_page_refuses_is_a_page_with_the_status(
    address: str, status: int, words: str, client: FlaskClient
) -> None:
    text = read_page(client, address, status)
    assert words in text and "counterclaim-picture" not in text


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    headers = {"Accept": "text/html"}
    first = client.get(WHO, headers=headers)
    assert first.headers["Cache-Control"].startswith("public") and "Accept" in first.headers["Vary"]
    again = client.get(WHO, headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""


def test_filters_that_a_view_does_not_use_are_named_with_a_way_to_drop_them(client: FlaskClient) -> None:
    text = read_page(client, f"/?view=matrix&conflict={WAR}&q=hospital&policy=highest&from=2020-10")
    (notice, link) = re.findall(r'id="unused">(.*?)<a href="([^"]+)"', text)[0]
    assert notice.strip() == (
        "This view does not use Rule (highest figure), Happened from (2020-10-01), Words (hospital)."
    )
    assert link == f"/?view=matrix&amp;conflict={WAR}" and 'id="unused"' not in read_page(client, html.unescape(link))
    assert "Claimant (putin)" in read_page(client, f"{WHO}&claimant=putin")
    assert "Days shown (Every statement)" in read_page(client, f"/embed?conflict={WAR}&span=all")


@pytest.mark.parametrize("view", CONTROLS)
def test_a_filter_is_used_or_named(view: str, client: FlaskClient) -> None:
    sent = {
        "subject_side": "azerbaijan", "victim_status": "civilian", "basis": "totals", "policy": "claimant",
        "claimant": "putin", "as_of": "2021-01-01", "q": "killed", "from": "2020-09-27", "to": "2020-11-10",
        "span": "all",
    }  # fmt: skip
    for name, value in sent.items():
        extra = "&policy=claimant" if name == "claimant" and "policy" in CONTROLS[view] else ""
        more = "&claimant=putin" if name == "policy" and "claimant" in CONTROLS[view] else ""
        text = read_page(client, f"/embed?view={view}&conflict={WAR}&{name}={value}{extra}{more}")
        assert ('id="unused"' in text) == (name not in CONTROLS[view]), name


def test_the_table_has_all_its_pages_without_a_script(client: FlaskClient) -> None:
    address, shown = f"/?view=table&conflict={WAR}", []
    while address:
        text = read_page(client, address)
        shown += re.findall(r'class="stated" href="/claims/([^"]+)"', text)
        (following,) = re.findall(r'rel="next" href="([^"]+)"', text) or [""]
        assert ('rel="first"' in text) == ("cursor" in address)
        address = html.unescape(following)
    listed = client.get(f"/v1/claims?kind=casualty&conflict={WAR}&harm=killed&sort=-stated_on&limit=1000").json["data"]
    assert shown == [claim["id"] for claim in listed] and len(shown) == 108


# In Chromium ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", SCREENS)
@every_view
def test_the_script_takes_over_without_a_shift_and_the_first_screen_has_figures(
    view: str, width: int, visiting: Any
) -> None:
    visit = visiting(width=width)
    visit.page.set_viewport_size({"width": width, "height": SCREENS[width]})
    visit.context.add_init_script(SHIFTS)
    visit.page.goto(visit.server.url + VIEWS[view])
    visit.page.wait_for_selector("main[aria-busy=false]")
    visit.page.wait_for_load_state("networkidle")
    assert visit.page.evaluate("shift") <= MOST_SHIFT
    assert 0 < visit.page.evaluate(FIRST_FIGURE) < SCREENS[width] - 40
    assert visit.page.evaluate("document.getElementById('change').open") is False


@pytest.mark.parametrize("width", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_reads_without_javascript(scheme: str, width: int, visiting: Any) -> None:
    visit = visiting(width=width, color_scheme=scheme, java_script_enabled=False)
    for address in VIEWS.values():
        visit.page.goto(visit.server.url + address)
        assert visit.page.locator("#lead").inner_text() != ""
        assert visit.page.locator("#answer svg:visible, #box svg:visible, .plain-table:visible").count() > 0
        assert visit.page.locator(".scripted:visible, .copy:visible").count() == 0
    visit.page.locator("#change summary").click()
    visit.page.get_by_label("Harm").select_option("injured")
    visit.page.get_by_role("button", name="Show").click()
    assert visit.page.locator("h1").inner_text().startswith("Injured: each side, 2020 Nagorno-Karabakh war")


@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", COLOURS)])
def test_axe_finds_nothing_before_a_click(scheme: str, rules: Any, visiting: Any) -> None:
    """The controls are closed, and the picture is as the server drew it."""
    visit = visiting(color_scheme=scheme)
    for address in ("/", WHO, f"/embed?conflict={WAR}", "/embed?view=map"):
        visit.page.goto(visit.server.url + address)
        if "embed" not in address:
            visit.page.wait_for_selector("main[aria-busy=false]")
        visit.page.evaluate(AXE.read_text())
        found = visit.page.evaluate("rules => axe.run({ resultTypes: ['violations'], ...rules })", rules)
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def test_a_change_of_the_question_brings_its_own_answer(visiting: Any, seeds: Server) -> None:
    page_visit = visiting()
    page = page_visit.open(WHO)
    page_visit.change(lambda: page.get_by_label("Whose losses").select_option("azerbaijan"))
    query = f"{WHO_QUERY}&subject_side=azerbaijan&basis=both"
    statements = [s for row in told(seeds, query)["data"] for s in row["statements"] or ()]
    drawn = page.locator("#answer .wide [data-claim]").evaluate_all("all => all.map(one => one.dataset.claim)")
    assert sorted(drawn) == sorted(s["claim"] for s in statements) != []
    assert page.locator("#lead").inner_text().startswith("Azerbaijan: 2,999 to 18,000, by")
    assert page.title().startswith("Killed: Azerbaijan, 2020")
    canonical = page.locator("link[rel=canonical]").get_attribute("href")
    assert canonical == f"{seeds.url}/?conflict={WAR}&subject_side=azerbaijan"
    snippet = page.locator("#snippet").inner_text()
    assert f'src="{seeds.url}/embed?conflict={WAR}&amp;subject_side=azerbaijan&amp;lang=en"' in snippet
    page_visit.change(page.go_back)
    assert page.locator("#lead").inner_text().startswith("Armenian side")


def test_a_mark_of_the_picture_has_the_words_of_its_claim(visiting: Any, seeds: Server) -> None:
    visit = visiting()
    page = visit.open(WHO)
    claims = told(
        seeds, f"/v1/statistics/casualties?conflict={WAR}&harm=killed&group_by=conflict,subject_side&basis=totals"
    )
    first = next(s for row in claims["data"] for s in row["statements"] if s["used"] and values_of(s))
    page.locator(f'#answer .wide [data-claim="{first["claim"]}"] :is(circle, path, rect, polygon)').first.hover()
    card = page.locator("#card")
    card.wait_for(state="visible")
    record = told(seeds, f"/v1/claims/{first['claim']}")["data"]
    assert record["claimant"]["name"] in card.inner_text() and record["sources"][0]["name"] in card.inner_text()


def test_print_has_the_colours_and_every_name(visiting: Any) -> None:
    visit = visiting(color_scheme="dark")
    page = visit.open(WHO)
    names = page.locator("#answer .wide text").all_text_contents()
    page.emulate_media(media="print", color_scheme="dark")
    assert (
        page.locator("#change, #tabs, .share").evaluate_all("all => all.map(one => getComputedStyle(one).display)")
        == ["none"] * 3
    )
    assert page.evaluate("getComputedStyle(document.querySelector('#answer svg')).printColorAdjust") == "exact"
    ink = "getComputedStyle(document.body).color"
    assert page.evaluate(ink) == "rgb(27, 27, 31)"
    assert page.locator("#answer .wide text").all_text_contents() == names and len(names) > 100
    assert json.dumps(names).count("Human Rights Ombudsman") >= 3
