"""The numbers that a page shows, each beside that of the API. A page that rounds, swaps or loses one fails."""

import re
import urllib.parse
from typing import Any

from schemas.statistics.map_places import GRIDS
from tests.support.servers import Server
from tests.web.test_explorer import number, span, told

Record = dict[str, Any]
BOUNDS = ("low", "best", "high")
#: A number with its thousands and its fraction, which is no part of a word or of a day.
NUMBER = re.compile(r"(?<![\w.,-])[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w-])")
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DAY = re.compile(rf"(?:\d{{1,2}} )?{MONTH} \d{{4}}|in \d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}")
#: Every figure of one claim, with the claim that it links.
STATED = """all => all.map((one) => [one.getAttribute("href").split("/claims/")[1].split("?")[0], one.textContent])"""
CLAIM = "a.stated[href*='/claims/']"
#: The figures of a row, by the id of its part of the page.
LOSSES = """all => Object.fromEntries(all.map((one) => [one.id, {
  range: one.querySelector(".figure").textContent,
  words: one.querySelector(".figure").parentElement.textContent,
  claims: [...one.querySelectorAll(".statements a.stated")].map((link) => link.pathname.split("/").pop()),
}]))"""
GLANCE = """all => all.map((one) => [one.querySelector("a").hash.slice(1), ...[...one.cells].slice(1)
  .map((cell) => (cell.querySelector("a") ?? cell).textContent.trim())])"""
CELLS = "all => all.map((one) => [...one.cells].map((cell) => cell.textContent.replace(/\\s+/g, ' ').trim()))"


def read_numbers(text: str) -> list[float]:
    """Return the numbers of a text: `at least 1,200, of 2` → 1200, 2. Days are none."""
    return [float(found.replace(",", "").replace("−", "-")) for found in NUMBER.findall(DAY.sub("", text))]


def bounds_of(figure: Record) -> set[float]:
    return {float(figure[name]) for name in BOUNDS if figure[name] is not None}


def ask_all(server: Server, path: str, **parameters: str) -> list[Record]:
    """Return the rows of an address."""
    query = urllib.parse.urlencode(parameters)
    rows: list[Record] = told(server, f"{path}?{query}")["data"]
    return rows


# Claims ----------------------------------------------------------------------------------------------------------


def check_claims(page: Any, server: Server, links: str = CLAIM) -> list[str]:
    """Compare every figure that links a claim with the bounds of the claim. Return the ids of the claims."""
    shown = page.locator(links).evaluate_all(STATED)
    ids = sorted({slug for slug, _ in shown})
    claims: dict[str, Record] = {}
    for start in range(0, len(ids), 50):
        found = ask_all(server, "/v1/claims", id=",".join(ids[start : start + 50]), limit="50")
        claims |= {claim["id"]: claim for claim in found}
    assert sorted(claims) == ids
    assert [pair for pair in shown if set(read_numbers(pair[1])) != bounds_of(claims[pair[0]])] == []
    return [slug for slug, _ in shown]


# The map ---------------------------------------------------------------------------------------------------------

PLACES = """all => all.map((one) => [one.querySelector("h3").textContent,
  one.querySelector(".figure .cited").textContent])"""


def check_map(page: Any, server: Server) -> None:
    """Compare the sentence and the list of the map, and the discs of its picture, with the places of the API."""
    rows = ask_all(server, "/v1/statistics/places", harm="killed", limit="150")
    most = max((row for row in rows if row["latitude"] is not None), key=lambda row: row["best"])
    assert f"The highest figure: {span(most)}," in page.locator("#lead").inner_text()
    if page.locator(".places").count():
        placed = sorted(rows, key=lambda row: row["latitude"] is None)
        shown = page.locator(".places > li").evaluate_all(PLACES)
        assert [figure for _, figure in shown] == [span(row) for row in placed] != []
        counted = [(name, row) for (name, _), row in zip(shown, placed, strict=True) if row["events"] > 1]
        assert [read_numbers(name)[-1] for name, _ in counted] == [row["events"] for _, row in counted]
        return
    cells = page.locator(".plain-table tbody tr").evaluate_all(CELLS)
    assert [cell[1:] for cell in cells] == [[span(row), number(row["claims"])] for row in rows] != []
    check_discs(page, server)


def check_discs(page: Any, server: Server) -> None:
    """The discs of a picture are together all claims and events of the API, and each is a place of one of its grids."""
    drawn = page.locator(".wide .place").evaluate_all(
        "all => all.map(({ dataset }) => ['low', 'best', 'high', 'events', 'claims'].map((name) => +dataset[name]))"
    )
    question = {"harm": "killed", "limit": "2000"}
    answers = [ask_all(server, "/v1/statistics/places", **question, grid=grid) for grid in GRIDS[1:]]
    figures = [[[row[name] for name in (*BOUNDS, "events", "claims")] for row in rows] for rows in answers]
    assert any(sorted(drawn) == sorted(each) for each in figures), f"{len(drawn)} discs"


# The table -------------------------------------------------------------------------------------------------------


def check_table(page: Any, server: Server, query: str) -> None:
    """Compare each row of the table with its claim, and their number with that of the API."""
    answer = told(server, f"/v1/claims?{query}")
    links = "#box tbody a[href*='/claims/']"
    assert check_claims(page, server, links) == [claim["id"] for claim in answer["data"]]
    shown, total = len(answer["data"]), answer["meta"]["total"]
    if total > shown:
        assert f"1 to {shown} of {total:,}." in page.locator("#box").inner_text()


# Records ---------------------------------------------------------------------------------------------------------


def name_row(row: Record) -> str:
    """Return the id of the part of a page that shows a row of casualties."""
    conflict, side = row.get("conflict"), row.get("subject_side")
    names = [conflict["id"]] if conflict else []
    names += [side["id"] if side else "none", row["harm"], row["basis"], *([row["measure"]] if row["measure"] else [])]
    return "-".join(names)


def check_losses(page: Any, server: Server, **question: str) -> None:
    """Compare the rows of a page with those of the casualties: range, best, claims, claimants, spread, statements."""
    rows = {name_row(row): row for row in ask_all(server, "/v1/statistics/casualties", **question)}
    shown = page.locator(".losses").evaluate_all(LOSSES)
    assert sorted(shown) == sorted(rows) != []
    for name, row in rows.items():
        assert shown[name]["range"] == span(row)
        assert sorted(shown[name]["claims"]) == sorted(statement["claim"] for statement in row["statements"] or ())
        expected = [*bounds_of({**row, "best": None}), row["claims"], row["claimants"]]
        expected += [row["best"]] if row["low"] != row["high"] else []
        expected += [row["spread"]] if (row["spread"] or 0) > 1 else []
        assert sorted(read_numbers(shown[name]["words"])) == sorted(map(float, expected)), (name, shown[name])
    for name, *cells in page.locator(".glance tbody tr:has(td)").evaluate_all(GLANCE):
        row = rows[name]
        assert cells == [span(row), number(row["best"]), number(row["claims"])]


def check_conflict(page: Any, server: Server, slug: str) -> None:
    check_losses(page, server, conflict=slug, group_by="subject_side", limit="1000")


def check_event(page: Any, server: Server, slug: str) -> None:
    check_losses(page, server, event=slug, group_by="event,subject_side", evidence="1", limit="100")


def check_side(page: Any, server: Server, slug: str) -> None:
    """Compare each row with the casualties of the side: range, claims, and the statements of each stance."""
    question = {"subject_side": slug, "group_by": "conflict,subject_side", "limit": "1000"}
    rows = ask_all(server, "/v1/statistics/casualties", **question)
    shown = page.locator(".matrix tbody tr").evaluate_all(
        """all => all.map((one) => [one.querySelector(".figure").textContent,
          one.cells[1].querySelector(":scope > .dim").textContent,
          [...one.querySelectorAll("a.stated")].map((link) => link.pathname.split("/").pop()).sort()])"""
    )
    expected = [
        [span(row), [row["claims"]], sorted(statement["claim"] for statement in row["statements"] or ())]
        for row in rows
        if row["subject_side"]
    ]
    assert sorted([figure, read_numbers(claims), ids] for figure, claims, ids in shown) == sorted(expected) != []


def check_claimant(page: Any, server: Server, slug: str) -> None:
    """Check the page of a claimant: its claims by side, the points of its lines, and its comparisons with others."""
    counts = ask_all(server, "/v1/statistics/claims", claimant=slug, kind="casualty", group_by="subject_side")
    subjects = page.locator(".facts dd .dim").all_inner_texts()
    assert sorted(row["claims"] for row in counts) == sorted(
        int(read_numbers(words)[0]) for words in subjects if "claim" in words and read_numbers(words)
    )
    by_conflict = ask_all(server, "/v1/statistics/claims", claimant=slug, kind="casualty", group_by="conflict")
    points = {
        point["claim"]: point
        for row in by_conflict
        for line in ask_all(server, "/v1/statistics/series", conflict=row["conflict"]["id"], claimant=slug)
        for point in line["points"]
    }
    rows = page.locator("section[aria-labelledby=revised-title] tbody tr:has(td:nth-child(5))").evaluate_all(
        """all => all.filter((one) => one.closest("table").caption).map((one) => [
          one.querySelector("a.stated").pathname.split("/").pop(), one.cells[2].textContent])"""
    )
    for claim, change in rows:
        point = points[claim]
        is_other_count = point["breaks"] and point["breaks"]["reason"] == "definition"
        expected = [] if point["change"] is None or is_other_count else [point["change"]]
        assert read_numbers(change) == expected, (claim, change)
    assert {claim for claim, _ in rows} <= set(points)
    for highest in page.locator("figure .scale:first-child").all_inner_texts():
        assert read_numbers(highest)[0] in {placed for point in points.values() for placed in bounds_of(point)}
    check_comparison(page, server, slug)


def check_comparison(page: Any, server: Server, slug: str) -> None:
    """Each figure about another side is a row of the casualties of the claimant, and its own one of the own side."""
    shown = page.locator("section[aria-labelledby=compared-title] tbody tr").evaluate_all(
        """all => all.map((one) => [one.cells[0].querySelector("a").pathname.split("/").slice(1),
          ...[2, 3].map((at) => one.cells[at].querySelector("strong")?.textContent ?? null),
          one.cells[4].querySelector("strong")?.textContent ?? null])"""
    )
    for (record_type, unit), figure, own, ratio in shown:
        question = {record_type.removesuffix("s"): unit, "group_by": f"{record_type.removesuffix('s')},subject_side"}
        about = ask_all(server, "/v1/statistics/casualties", **question, policy="claimant", claimant=slug)
        owned = ask_all(server, "/v1/statistics/casualties", **question, policy="own_side")
        assert figure in {span(row) for row in about}, (unit, figure)
        assert own is None or own in {span(row) for row in owned}, (unit, own)
        if ratio is not None:
            assert any(
                abs(read_numbers(ratio)[0] - a["best"] / b["best"]) <= 0.005 * a["best"] / b["best"] + 0.005
                for a in about for b in owned if b["best"] and span(a) == figure and span(b) == own
            ), (unit, ratio)  # fmt: skip


def check_source(page: Any, server: Server, slug: str) -> None:
    """Compare the claims of the table with the reports of the source."""
    reports = told(server, f"/v1/reports?source={slug}&limit=50&sort=id")["data"]
    shown = page.locator(f"section[aria-labelledby=reports-title] {CLAIM}").evaluate_all(STATED)
    assert [claim for claim, _ in shown] == [report["claim"] for report in reports] != []


def check_claim(page: Any, server: Server, slug: str) -> None:
    """Compare the figure with its bounds, and those of the reports that differ."""
    claim = told(server, f"/v1/claims/{slug}")["data"]
    figure = page.locator(".facts dd:has(strong)").first
    assert set(read_numbers(figure.locator("strong").inner_text())) == bounds_of(claim)
    words = figure.locator(".dim").inner_text()
    assert words.startswith(
        f"low {number(claim['low'])}, best {number(claim['best'])}, high {number(claim['high'])}"
    ), words
    assert bounds_of(claim) <= set(read_numbers(page.locator("h1").inner_text()))


CHECKS = {
    "conflicts": check_conflict, "events": check_event, "sides": check_side, "claimants": check_claimant,
    "sources": check_source, "claims": check_claim,
}  # fmt: skip


def check_record(page: Any, server: Server, address: str) -> None:
    """Compare the numbers of the page of a record with those of the API."""
    record_type, slug = address.strip("/").split("/")
    CHECKS[record_type](page, server, slug)
    check_claims(page, server)
    check_totals(page, server)


def check_totals(page: Any, server: Server) -> None:
    """Each number of rows above a list is that of the address that the list names."""
    for line in page.locator(".downloads:has(a[href*='.csv'])").all():
        words, address = line.inner_text(), line.locator("a", has_text="JSON")
        if address.count():
            href = str(address.first.get_attribute("href"))
            mark = "&" if "?" in href else "?"
            answer = told(server, f"{href}{mark}limit=1")
            if "total" in answer["meta"]:
                assert answer["meta"]["total"] in read_numbers(words), (words, href)
