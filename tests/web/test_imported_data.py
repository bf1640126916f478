"""The views over data that others published: Gaza by the day, Ukraine by many claimants, and UCDP's events.

The samples are imported for `make test`, the whole files for `make test-data DATA=../shared/data`, which looks at every
view on a screen and a phone, in light and dark, on paper and without a script.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.conftest import Databases, make_app
from tests.support.imported import command, files_of
from tests.support.servers import Server, serving
from tests.web.conftest import AXE
from tests.web.shown_figures import check_map, check_record, check_table
from tests.web.test_everybody import WIDTH
from tests.web.test_explorer import span, texts, told
from tests.web.test_first_answer import FIRST_FIGURE, MOST_SHIFT, SCREENS, SHIFTS

FILES = (
    ("palestine-gaza-daily", "palestine-datasets", "casualties_daily.json"),
    ("economist-soldier-losses", "economist-soldier-losses", "estimates.csv"),
    ("ucdp-ged", "ucdp-ged-ukraine", "conflict_data_ukr.v3-to2021.csv"),
)
GAZA, UKRAINE = "conflict=gaza-2023", "conflict=russia-ukraine-2022"
VIEWS = {
    "how many in Gaza": f"/?{GAZA}",
    "how many in Ukraine": f"/?{UKRAINE}",
    "over time in Gaza": f"/?view=time&{GAZA}",
    "over time in Ukraine": f"/?view=time&{UKRAINE}",
    "matrix": f"/?view=matrix&{UKRAINE}",
    "map": "/?view=map",
    "table": f"/?view=table&{GAZA}",
}
RECORDS = {
    "conflict": "/conflicts/gaza-2023",
    "side": "/sides/russia",
    "claimant": "/claimants/gaza-moh",
    "event": "/events/ucdp-ged-149249",
    "source": "/sources/economist-soldier-losses",
    "claim": "/claims/economist-2024-01-16-ukraine-general-staff-russia-casualties",
    "claims": f"/claims?{GAZA}",
    "all conflicts": "/",
}
#: Pages whose every number is compared, those above and these.
COMPARED = {
    **{name: address for name, address in RECORDS.items() if address.count("/") == 2},
    "conflict of many claimants": "/conflicts/russia-ukraine-2022",
    "conflict of many events": "/conflicts/ucdp-conflict-13219",
    "side with one voice": "/sides/palestinian",
    "claimant of ranges": "/claimants/csis",
}


class Form(NamedTuple):
    """How a page is looked at."""

    width: int = 1280
    scheme: str = "light"
    media: str = "screen"
    has_script: bool = True


FORMS = {
    "phone": Form(390),
    "screen": Form(),
    "dark": Form(scheme="dark"),
    "dark phone": Form(390, "dark"),
    "paper": Form(794, media="print"),
    "phone without a script": Form(390, has_script=False),
}


def list_cases(names: Any, quick: str) -> list[Any]:
    """Return each page in each form. Samples are shown on a phone, where there is least room, one in `make test`."""
    cases = []
    for size, forms in {"sample": ["phone"], "release": FORMS}.items():
        for name in names:
            mark = [pytest.mark.data, pytest.mark.night] if size == "release" else [pytest.mark.night]
            marks = [] if (size, name) == ("sample", quick) else mark
            cases += [pytest.param(name, (size, form), id=f"{name}, {size}, {form}", marks=marks) for form in forms]
    return cases


#: Words that begin left of the paper, or end right of it.
CUT_OFF = """() => [...document.querySelectorAll("main *")]
  .filter((one) => !one.children.length && one.textContent.trim() && one.checkVisibility())
  .filter((one) => !one.closest("svg, .unseen, .skip, .map"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, place]) => place.width && (place.left < -1 || place.right > innerWidth + 1))
  .map(([one]) => one.outerHTML.slice(0, 80))"""
NUMBERS = "all => all.map(({ dataset }) => [dataset.low, dataset.best, dataset.high].map((n) => (n ? +n : null)))"

servers: dict[str, Server] = {}


@pytest.fixture(scope="module")
def imported(databases: Databases) -> Iterator[Any]:
    """Yield a function that serves the samples or the whole files, each imported once."""
    running: list[Any] = []

    def serve(size: str) -> Server:
        if size not in servers:
            folders = {dataset: files_of(dataset, size) for _, dataset, _ in FILES}
            url = databases.upgraded("sqlite")
            make_app(url, databases.folder)
            for mapping, dataset, name in FILES:
                command(mapping, [folders[dataset] / name], databases)
            running.append(serving(url, databases.folder, COUNTERCLAIM_STATEMENT_SECONDS="60"))
            servers[size] = running[-1].__enter__()
        return servers[size]

    yield serve
    servers.clear()
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def open_page(request: pytest.FixtureRequest, imported: Any, visiting: Any) -> Any:
    """Return a function that opens an address in the form of the test, when all that it draws is there."""
    size, name = request.param
    form = FORMS[name]

    def look_at(address: str) -> tuple[Any, Server, Form]:
        server = imported(size)
        settings = {"color_scheme": form.scheme, "java_script_enabled": form.has_script}
        visit = visiting(server, width=form.width, **settings)
        page = visit.page
        page.set_default_timeout(120_000)  # the server may take 60 s of a busy machine for its first answer
        page.set_viewport_size({"width": form.width, "height": SCREENS.get(form.width, 1123)})
        if form.has_script:
            page.add_init_script(SHIFTS)
        page.goto(server.url + address)
        if form.has_script and address.startswith("/?"):
            page.wait_for_selector("main[aria-busy=false]")
        page.emulate_media(media=form.media, color_scheme=form.scheme)
        return page, server, form

    return look_at


@pytest.mark.parametrize(("view", "open_page"), list_cases(VIEWS, "how many in Ukraine"), indirect=["open_page"])
def test_a_view_of_large_data_reads_at_once(view: str, open_page: Any) -> None:
    page, server, form = open_page(VIEWS[view])
    assert page.locator("#lead").inner_text() != ""
    check_numbers(view, page, server)
    check_reading(page, form)
    if form.has_script and form.media == "screen":
        assert page.evaluate("shift") <= MOST_SHIFT
    if form.media == "screen":
        assert page.evaluate(FIRST_FIGURE) < SCREENS[form.width] - 20


@pytest.mark.parametrize(("name", "open_page"), list_cases(RECORDS, "claims"), indirect=["open_page"])
def test_a_page_of_large_data_reads_at_once(name: str, open_page: Any) -> None:
    page, _, form = open_page(RECORDS[name])
    assert page.locator("h1").inner_text() != "" and page.locator("main").inner_text().count("\n") > 10
    check_reading(page, form)


@pytest.mark.parametrize(
    ("name", "open_page"),
    [
        pytest.param(name, (size, "screen"), id=f"{name}, {size}", marks=marks)
        for size, marks in (("sample", []), ("release", [pytest.mark.data, pytest.mark.night]))
        for name in COMPARED
    ],
    indirect=["open_page"],
)
def test_every_number_of_a_record_is_that_of_the_api(name: str, open_page: Any) -> None:
    page, server, _ = open_page(COMPARED[name])
    check_record(page, server, COMPARED[name])


def check_reading(page: Any, form: Form) -> None:
    """Nothing is wider than the screen or the paper, and axe finds nothing."""
    if form.media == "print":
        assert page.evaluate(CUT_OFF) == []
        return
    assert page.evaluate(WIDTH) == form.width
    if not form.has_script:
        return  # axe waits for timers, which such a page does not have
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    graver = [one for one in found if one["impact"] != "minor"]
    assert not graver, json.dumps([(one["id"], one["nodes"][0]["html"][:200]) for one in graver], indent=1)


def check_numbers(view: str, page: Any, server: Server) -> None:
    """Compare the figures that the server drew with those of the API."""
    if view == "map":
        check_map(page, server)
    if view == "table":
        check_table(page, server, f"{GAZA}&kind=casualty&harm=killed&sort=-stated_on&limit=50")
    query = VIEWS[view].partition("conflict=")[2]
    wide = "#answer .wide" if page.locator("#answer .wide").count() else "#box .wide"
    if view.startswith("how many"):
        rows = told(
            server, f"/v1/statistics/casualties?conflict={query}&harm=killed&group_by=conflict,subject_side&basis=both"
        )["data"]
        stated = [[s["low"], s["best"], s["high"]] for row in rows for s in row["statements"] or ()]
        drawn = page.locator(f"{wide} [data-claim]").evaluate_all(NUMBERS)
        assert sort_numbers(drawn) == sort_numbers(stated) != []
    if view.startswith("over time"):
        rows = told(server, f"/v1/statistics/series?conflict={query}&harm=killed")["data"]
        drawn = page.locator(f"{wide} .series").evaluate_all("all => all.map((one) => +one.dataset.points)")
        assert drawn and sum(drawn) <= sum(len(row["points"]) for row in rows)
    if view == "matrix":
        rows = told(server, f"/v1/statistics/matrix?conflict={query}&harm=killed")["data"]
        drawn = texts(page, "#box .matrix .figure") or texts(page, ".plain-table td[data-label=Figure]")
        assert sorted(drawn) == sorted(span(row) for row in rows if row["best"] is not None) != []


def sort_numbers(figures: list[list[int | None]]) -> list[list[int]]:
    """Return figures in order; null is less than 0."""
    return sorted([-1 if number is None else number for number in figure] for figure in figures)
