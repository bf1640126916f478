"""The explorer for everybody: with a keyboard, phone or screen reader, in light and dark, and with names like code."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.database.connection import connect_to
from tests.conftest import Databases
from tests.support import worlds
from tests.support.servers import Server, serving
from tests.web.conftest import AXE, Visit
from tests.web.test_explorer import VIEWS, every_view, texts

SCHEMES = ("light", "dark")
#: The rules of axe that depend on the colours.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
WIDTH = "document.documentElement.scrollWidth"
WORDLESS = """[...document.querySelectorAll(":is(#answer, #box) :is(svg, .map):not([aria-hidden], [aria-label])")]
  .filter((picture) => !picture.parentElement.closest("svg, .map")).length"""


@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", COLOURS)])
def test_axe_finds_nothing_but_trifles(scheme: str, rules: Any, visiting: Any) -> None:
    """Light has all rules. Dark has the rules that depend on the colours."""
    visit = visiting(color_scheme=scheme)
    for address in VIEWS.values():
        page = visit.open(f"{address}{'&' if '?' in address else '?'}subject_side=azerbaijan")
        for summary in page.locator("#box summary").all()[:1]:
            summary.click()
        page.evaluate(AXE.read_text())
        found = page.evaluate("rules => axe.run({ resultTypes: ['violations'], ...rules })", rules)
        graver = [one for one in found["violations"] if one["impact"] != "minor"]
        assert not graver, json.dumps(
            [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in graver], indent=1
        )
        assert len(found["passes"]) > (0 if rules else 20)


@pytest.mark.parametrize("width", [360, 768])
def test_a_phone_shows_every_view_without_sideways_scrolling(width: int, visiting: Any) -> None:
    visit = visiting(width=width, has_touch=True)
    widths = {view: visit.open(address).evaluate(WIDTH) for view, address in VIEWS.items()}
    assert widths == dict.fromkeys(VIEWS, width)


def test_every_picture_has_words_for_it(visit: Visit) -> None:
    for address in VIEWS.values():
        assert "table" in address or visit.open(address).locator(":is(#answer, #box) :is(svg, .map)").count() > 0
        assert visit.page.evaluate(WORDLESS) == 0


def test_the_keyboard_alone_reaches_a_claim_and_its_source(visit: Visit) -> None:
    page = visit.open("/?basis=incidents&conflict=gaza-2023")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"
    page.keyboard.press("Enter")
    press_until(page, "Tab", "document.activeElement.matches('.dot')")
    card = page.locator("#card")
    first = card.inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("first => document.querySelector('#card').innerText !== first", arg=first)
    assert card.is_visible()
    press_until(page, "Tab", "document.activeElement.closest('#card') !== null")
    assert page.evaluate("document.activeElement.href").startswith("https://")
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")
    page.wait_for_function("document.activeElement.matches('.dot')")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('.claims[open] li')")


def test_the_keyboard_alone_changes_the_view_and_the_day(visit: Visit) -> None:
    page = visit.open("/?conflict=nagorno-karabakh-2020")
    page.locator("#as_of").focus()
    visit.change(lambda: (page.keyboard.press("Home"), page.wait_for_url("**as_of=2020-09-27*")))
    assert page.locator("#as_of").get_attribute("aria-valuetext") == "27 Sep 2020"
    page.get_by_role("link", name="Matrix").focus()
    visit.change(lambda: page.keyboard.press("Enter"))
    assert "view=matrix" in page.url and page.locator(".matrix").is_visible()


def test_the_keyboard_stays_where_it_was(visit: Visit) -> None:
    """A part that is drawn again keeps the focus. After another page of rows the focus is before the new rows."""
    page = visit.open("/")
    focused = "document.activeElement.id"
    page.locator("#by-sort").focus()
    visit.change(lambda: (page.keyboard.press("ArrowDown"), page.wait_for_url("**sort=*")))
    assert page.evaluate(focused) == "by-sort"
    page.get_by_role("link", name="Table").focus()
    visit.change(lambda: page.keyboard.press("Enter"))
    assert page.evaluate(focused) == "tab-table"
    page.get_by_role("button", name="Figure").focus()
    visit.change(lambda: page.keyboard.press("Enter"))
    assert page.evaluate(focused) == "sort-best"
    page.get_by_role("link", name="Next page").focus()
    visit.change(lambda: page.keyboard.press("Enter"))
    assert page.evaluate(focused) == "view" and page.evaluate("scrollY") < 400


def press_until(page: Any, key: str, reached: str) -> None:
    for _ in range(60):
        if page.evaluate(reached):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} never made it so that {reached}")


def test_dark_is_dark(visiting: Any) -> None:
    lightness = {
        scheme: visiting(color_scheme=scheme)
        .open()
        .evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
        )
        for scheme in SCHEMES
    }
    assert lightness["dark"] < 200 < 600 < lightness["light"]


# Names that look like code ---------------------------------------------------------------------------------------

NASTY = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
QUOTED = "'\"></svg><b onmouseover=alert(1)>"
WORLD: worlds.World = {
    "sides": [{"id": "alpha", "name": f"Alpha {NASTY}"}, {"id": "beta", "name": f"Beta {QUOTED}"}],
    "conflicts": [{"id": "war", "name": f"War {NASTY}", "ended_on": "2020-12-31", "sides": ["alpha", "beta"]}],
    "claimants": [
        {"id": "alpha-mod", "name": f"Ministry {NASTY}", "side": "alpha"},
        {"id": "beta-mod", "name": f"Army {QUOTED}", "side": "beta"},
    ],
    "sources": [{"id": "times", "publisher": f"Times {NASTY}", "url": "https://example.org/?a='<script>"}],
    "events": [
        {
            "id": "clash", "name": f"Clash {NASTY}", "conflict": "war", "type": "Battles", "started_on": "2020-01-01",
            "ended_on": "2020-01-01", "place": f"Place {QUOTED}", "latitude": 40.0, "longitude": 45.0,
            "place_precision": 4,
        }
    ],
    "claims": [
        worlds.claim(
            f"{claimant}-{measure}", claimant=claimant, measure=measure, subject_side="alpha", qualifier="exact",
            low=n, best=n, high=n, phrase=f"{n} {NASTY}", stated_on="2020-02-01", stated_until="2020-02-01",
            **({"event": "clash"} if measure == "incident" else {}),
        )
        for n, claimant in ((3, "alpha-mod"), (30, "beta-mod"))
        for measure in ("incident", "cumulative")
    ],
}  # fmt: skip
WORLD["reports"] = [worlds.report(claim["id"], "times") for claim in WORLD["claims"]]


@pytest.fixture(scope="module")
def nasty(databases: Databases) -> Iterator[Server]:
    url = databases.upgraded("sqlite")
    connect_to(url)
    worlds.write(WORLD)
    with serving(url, databases.folder) as server:
        yield server


@every_view
def test_names_that_look_like_code_stay_names(view: str, nasty: Server, visiting: Any) -> None:
    visit = visiting(nasty)
    page = visit.open(VIEWS[view].replace("nagorno-karabakh-2020", "war"))
    for dot in page.locator(".dot").all()[:2]:
        dot.hover(force=True)
    assert NASTY in page.locator("#box").inner_text() + " ".join(texts(page, "#box details"))
    assert page.evaluate("[window.hit, document.querySelector('#view img, #view script, #view b')]") == [None, None]
    visit.check()


def test_a_source_that_is_no_web_address_is_not_a_link(visit: Visit) -> None:
    page = visit.open("/")
    made = page.evaluate(
        "import(document.querySelector('script[type=module]').src.replace('main.js', 'dom.js'))"
        ".then(({ outside }) => typeof outside('javascript:alert(1)', 'x'))"
    )
    assert made == "string"
