"""Pages of records in a real Chromium: nothing moves, nothing is cut off, dark is dark, print has everything."""

import json
from typing import Any

import pytest

from tests.web.conftest import AXE
from tests.web.test_everybody import COLOURS, SCHEMES, WIDTH

PAGES = {
    "claim": "/claims/az-mod-2020-07-12-azerbaijani-killed",
    "event": "/events/al-ahli-hospital-2023-10-17",
    "conflict": "/conflicts/nagorno-karabakh-2020",
    "side": "/sides/azerbaijan",
    "claimant": "/claimants/azerbaijan-mod",
    "source": "/sources/article-2020-09-30",
    "claims": "/claims?conflict=nagorno-karabakh-2020",
    "problem": "/claims/nobody",
}
every_page = pytest.mark.parametrize("name", PAGES)
SHIFT = """
() => new Promise((done) => {
  let shift = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (shift += entry.value)))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(shift), 50)));
})
"""
UNSEEN = """
() => [...document.querySelectorAll("main *")]
  .filter((one) => one.textContent.trim() && !one.children.length && !one.closest(".button, .skip, svg"))
  .filter((one) => !one.getClientRects().length).map((one) => one.textContent.trim().slice(0, 60))
"""


def open_page(visit: Any, name: str) -> Any:
    visit.expected = ("404",) if name == "problem" else ()
    visit.page.goto(visit.server.url + PAGES[name])
    return visit.page


@every_page
@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", COLOURS)])
def test_axe_finds_nothing(name: str, scheme: str, rules: Any, visiting: Any) -> None:
    page = open_page(visiting(color_scheme=scheme), name)
    page.evaluate(AXE.read_text())
    violations = page.evaluate("rules => axe.run({ resultTypes: ['violations'], ...rules })", rules)["violations"]
    assert not violations, json.dumps(
        [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in violations], indent=1
    )


@every_page
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_and_nothing_is_wider_than_the_screen(name: str, width: int, visiting: Any) -> None:
    page = open_page(visiting(width=width), name)
    assert page.evaluate(SHIFT) == 0
    assert page.evaluate(WIDTH) == width
    assert page.evaluate("document.scripts.length") == 0


@every_page
def test_print_has_all_that_the_screen_has(name: str, visiting: Any) -> None:
    page = open_page(visiting(), name)
    page.emulate_media(media="print")
    assert page.evaluate(UNSEEN) == []


def test_dark_is_dark_here_too(visiting: Any) -> None:
    lightness = {
        scheme: open_page(visiting(color_scheme=scheme), "claim").evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
        )
        for scheme in SCHEMES
    }
    assert lightness["dark"] < 200 < 600 < lightness["light"]


def test_a_reader_goes_from_a_conflict_to_a_claim_to_its_source_and_back(visit: Any) -> None:
    page = open_page(visit, "conflict")
    page.locator(".losses .stated").first.click()
    page.wait_for_url("**/claims/*")
    assert page.locator("h1").inner_text().endswith(".")
    page.locator("#sources-title + ul a").first.click()
    page.wait_for_url("**/sources/*")
    page.locator(".claims-table .stated").first.click()
    page.wait_for_url("**/claims/*")
    page.locator(".facts a[href^='/conflicts/']").click()
    page.wait_for_url("**/conflicts/*")
    assert page.locator(".kind").inner_text() == "Conflict"


def test_figures_of_the_explorer_lead_to_pages(visit: Any) -> None:
    page = visit.open("/?conflict=nagorno-karabakh-2020")
    page.locator(".statements .stated").first.click()
    page.wait_for_url("**/claims/*")
    assert page.locator(".kind").inner_text() == "Claim"
    visit.open("/?view=matrix&conflict=nagorno-karabakh-2020")
    page.locator(".matrix .cited").first.click()
    page.wait_for_url("**/claims?used_by=*")
    assert page.locator("h1").inner_text() == "The claims behind a figure"
    assert page.locator(".claims-table tbody tr").count() > 0
