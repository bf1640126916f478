"""A running total with more figures than pixels: its line has no marks, and the pointer finds each figure."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from api.database.connection import connect_to
from tests.conftest import Databases
from tests.support import worlds
from tests.support.servers import Server, serving

DAYS = 400
#: The box of a path on the screen, without its stroke.
BOX = """path => {
  const [box, { a, d, e, f }] = [path.getBBox(), path.getScreenCTM()];
  return { x: a * box.x + e, y: d * box.y + f, width: a * box.width, height: d * box.height };
}"""
FIRST = datetime.date(2023, 10, 7)


def make_total(number: int) -> dict[str, Any]:
    day = (FIRST + datetime.timedelta(number)).isoformat()
    return worlds.claim(
        f"total-{number}", claimant="ministry", conflict="war", measure="cumulative", subject_side="alpha",
        qualifier="exact", low=number + 1, best=number + 1, high=number + 1, stated_on=day, stated_until=day,
    )  # fmt: skip


@pytest.fixture(scope="module")
def daily(databases: Databases) -> Iterator[Server]:
    """Serve a war with a total of each of 400 days: 1 on the first, 400 on the last."""
    world: worlds.World = {
        "sides": [{"id": "alpha", "name": "Alpha"}],
        "conflicts": [{"id": "war", "name": "War", "started_on": FIRST.isoformat(), "sides": ["alpha"]}],
        "claimants": [{"id": "ministry", "name": "Ministry", "side": "alpha"}],
        "sources": [{"id": "times", "publisher": "Times", "url": "https://example.org/"}],
        "claims": [make_total(number) for number in range(DAYS)],
    }
    world["reports"] = [worlds.report(claim["id"], "times") for claim in world["claims"]]
    url = databases.upgraded("sqlite")
    connect_to(url)
    worlds.write(world)
    with serving(url, databases.folder) as server:
        yield server


def test_the_pointer_finds_the_figure_of_the_day(daily: Server, visiting: Any) -> None:
    visit = visiting(daily)
    page = visit.open("/?view=time&conflict=war")
    line = page.locator("#answer .wide .series")
    assert line.locator("circle").count() == 0 and line.get_attribute("data-points") == str(DAYS)
    line.scroll_into_view_if_needed()
    place = line.locator("path").first.evaluate(BOX)
    for share, number in ((0.0, 1), (0.5, 200), (1.0, 400)):
        # The line rises evenly, from the lower left corner of its box to the upper right.
        x, y = place["x"] + share * place["width"], place["y"] + (1 - share) * place["height"]
        page.mouse.move(x + (1 if share == 0 else -1 if share == 1 else 0), y)
        page.locator("#card").wait_for(state="visible")
        shown = int(page.locator("#card .figure").inner_text().split()[0])
        assert abs(shown - number) <= 3, (share, shown)
        page.keyboard.press("Escape")
