"""axe finds nothing where no script runs, and nothing on paper: each view and each page of a record."""

import json
from typing import Any

import pytest

from tests.web.conftest import AXE
from tests.web.test_explorer import VIEWS
from tests.web.test_record_pages_in_chromium import PAGES

ADDRESSES = {**VIEWS, **PAGES, "releases": "/releases", "frame": f"/embed{VIEWS['time'].removeprefix('/')}"}
FORMS = {"no script": (False, "screen"), "paper": (True, "print"), "paper without a script": (False, "print")}


def open_without_script(page: Any, address: str) -> None:
    """Open a page whose scripts do not run. Afterwards scripts are allowed, as axe waits for timers."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setScriptExecutionDisabled", {"value": True})
    page.goto(address)
    session.send("Emulation.setScriptExecutionDisabled", {"value": False})


def list_cases() -> list[Any]:
    """Return each page in each form, one of each in `make test`. Pages of records have no script."""
    cases = [(name, form) for name in ADDRESSES for form in FORMS if name in VIEWS or form == "paper"]
    quick = ("who", "no script"), ("claim", "paper")
    return [pytest.param(*case, marks=[] if case in quick else [pytest.mark.night]) for case in cases]


@pytest.mark.parametrize(("name", "form"), list_cases())
def test_axe_finds_nothing(name: str, form: str, visiting: Any) -> None:
    visit = visiting()
    visit.expected = ("404",) if name == "problem" else ()
    faults = find_faults(visit, ADDRESSES[name], *FORMS[form])
    assert not faults, json.dumps(faults, indent=1)


def find_faults(visit: Any, address: str, has_script: bool, media: str) -> list[Any]:
    """Return what axe finds: each rule with its sentence and the first elements."""
    page = visit.page
    page.emulate_media(media="screen")
    if has_script:
        page.goto(visit.server.url + address)
        if page.locator("main[aria-busy]").count():
            visit.page.wait_for_selector("main[aria-busy=false]")
    else:
        open_without_script(page, visit.server.url + address)
    page.emulate_media(media=media)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    assert len(found["passes"]) > 10
    return [[one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]] for one in found["violations"]]
