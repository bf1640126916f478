"""Palestine datasets by day: reported figures become claims; extrapolated or carried forward figures do not."""

import datetime
from typing import Any

import pytest

from tests.conftest import Databases
from tests.support.imported import SIZES, Imported, Row, brought, summed

RUNS = [
    ("palestine-gaza-daily", ["casualties_daily.json"]),
    ("palestine-west-bank-daily", ["west_bank_daily.json"]),
    ("palestine-lebanon-daily", ["lebanon_casualties_daily.json"]),
]
GAZA, WEST_BANK, LEBANON = "gaza-2023", "west-bank-2023", "lebanon-israel"
OTHER_DAYS = ("killed_committee", "killed_recovered", "killed_succumbed")


@pytest.fixture(scope="module", params=SIZES)
def days(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Imported:
    return brought(databases, engine, request.param, "palestine-datasets", RUNS)


def reported(days: Imported) -> list[Row]:
    """Return the days of Gaza with an official report."""
    return [row for row in days.json("casualties_daily.json") if row["report_source"] != "missing"]


def repeats(row: Row) -> bool:
    return row["report_period"] == 0 and row.get("killed") == 0 and row.get("injured") == 0


def killed_then(row: Row) -> int | None:
    """Return how many people died in the hours of the report; None if it includes deaths of other days."""
    if row["report_period"] == 0:
        return None
    if "killed_truce_new" in row:
        return int(row["killed_truce_new"])
    return row.get("killed") if not any(name in row for name in OTHER_DAYS) else None


def began(row: Row) -> str:
    back = datetime.timedelta(hours=row["report_period"]) - datetime.timedelta(1)
    return (datetime.date.fromisoformat(row["report_date"]) - back).isoformat()


def year(row: Row) -> str | None:
    """Return the year of the report's hours; None if they are in two years."""
    first, last = began(row)[:4], row["report_date"][:4]
    return first if first == last else None


def series(rows: list[Row], column: str) -> dict[str, Any]:
    return {row["report_date"]: row[column] for row in rows if column in row}


def found(days: Imported, question: str) -> dict[str, int]:
    rows = days.claims(question)
    assert len({row["stated_on"] for row in rows}) == len(rows)
    return {row["stated_on"]: row["best"] for row in rows}


# Gaza


@pytest.mark.parametrize(
    ("column", "question"),
    [
        ("killed_cum", "harm=killed&victim_age=any&victim_sex=any"),
        ("injured_cum", "harm=injured"),
        ("killed_children_cum", "harm=killed&victim_age=child"),
        ("killed_women_cum", "harm=killed&victim_sex=woman"),
    ],
)
def test_running_totals_of_gaza_are_those_reported(days: Imported, column: str, question: str) -> None:
    rows = [row for row in reported(days) if not (column in ("killed_cum", "injured_cum") and repeats(row))]
    assert found(days, f"conflict={GAZA}&measure=cumulative&{question}") == series(rows, column)


@pytest.mark.parametrize(("harm", "number"), [("killed", killed_then), ("injured", None)])
def test_increments_of_gaza_add_up_by_year(days: Imported, harm: str, number: Any) -> None:
    rows = reported(days)
    told = number or (lambda row: row.get("injured") if row["report_period"] else None)
    expected = summed([row for row in rows if told(row) is not None], year, told)
    question = f"basis=incidents&conflict={GAZA}&harm={harm}&group_by=year"
    assert {row["year"]: row["best"] for row in days.totals(question)} == expected


@pytest.mark.parametrize("of_year", ["2023", "2024", "2025"])
def test_what_stood_at_the_end_of_a_year_is_its_last_report(days: Imported, of_year: str) -> None:
    last = max(
        (row["report_date"], row["killed_cum"])
        for row in reported(days)
        if "killed_cum" in row and row["report_date"] <= f"{of_year}-12-31" and not repeats(row)
    )
    question = f"basis=totals&conflict={GAZA}&harm=killed&measure=cumulative&as_of={of_year}-12-31"
    assert days.total(question) == last[1]


def test_nothing_extrapolated_becomes_a_claim(days: Imported) -> None:
    """A day without an official report gives no figure, not even from a column without ext_."""
    missing = [row for row in days.json("casualties_daily.json") if row["report_source"] == "missing"]
    carried = [row for row in missing if "killed_cum" in row]
    claimed = {row["stated_on"] for row in days.claims(f"conflict={GAZA}")}
    assert carried and not claimed & {row["report_date"] for row in missing}
    assert f"{len(missing):,} rows left out: There was no official report on the day" in days.told


def test_a_total_that_is_only_extrapolated_is_no_claim(days: Imported) -> None:
    lacking = [row for row in reported(days) if "killed_children_cum" not in row]
    claimed = found(days, f"conflict={GAZA}&victim_age=child")
    assert lacking and all(row["ext_killed_children_cum"] >= 0 for row in lacking)
    assert not claimed.keys() & {row["report_date"] for row in lacking}


def test_a_day_of_no_hours_is_no_zero(days: Imported) -> None:
    """2024-09-20 repeats the total of the day before; the report of the day after covers both."""
    empty = [row for row in reported(days) if row["report_period"] == 0]
    increments = {row["stated_on"] for row in days.claims(f"conflict={GAZA}&measure=period")}
    assert {"2024-08-11", "2024-09-20"} <= {row["report_date"] for row in empty if repeats(row)}
    assert not increments & {row["report_date"] for row in empty}
    assert "palestine-gaza-2024-09-20-killed" not in days.ids("claims")
    # If such a day has a new figure, it becomes a claim.
    assert days.claim("palestine-gaza-2024-10-25-children-killed")["best"] == 17210
    assert days.claim("palestine-gaza-2025-10-30-killed")["best"] == 68643


@pytest.mark.parametrize(
    ("claim", "first", "last"),
    [
        ("palestine-gaza-2023-10-08-killed-since", "2023-10-08", "2023-10-08"),
        ("palestine-gaza-2024-08-12-killed-since", "2024-08-11", "2024-08-12"),
        ("palestine-gaza-2024-09-21-killed-since", "2024-09-19", "2024-09-21"),
        ("palestine-gaza-2026-03-22-injured-since", "2026-03-19", "2026-03-22"),
    ],
)
def test_an_increment_covers_the_hours_of_its_report(days: Imported, claim: str, first: str, last: str) -> None:
    record = days.claim(claim)
    assert (record["measure"], record["covers_from"], record["covers_to"]) == ("period", first, last)


def test_deaths_of_other_days_are_no_increment(days: Imported) -> None:
    """On 11 January 2025 the ministry added 499 dead that a committee had recognised to 32 newly killed."""
    row = next(row for row in reported(days) if row["report_date"] == "2025-01-11")
    assert (row["killed"], row["killed_truce_new"], row["killed_committee"]) == (531, 32, 499)
    assert days.claim("palestine-gaza-2025-01-11-killed-since")["best"] == 32
    assert days.claim("palestine-gaza-2025-01-11-killed")["best"] == row["killed_cum"]


def test_a_total_that_falls_is_kept_as_given(days: Imported) -> None:
    women = found(days, f"conflict={GAZA}&victim_sex=woman")
    assert [women[f"2023-10-{day}"] for day in (17, 19, 21)] == [1032, 1000, 967]


def test_no_note_of_the_conflict_speaks_of_the_seed_claims(days: Imported) -> None:
    """The mapping once had the note of the seeds, that only a few examples are encoded: above 900 days of figures."""
    assert not days.app.test_client().get(f"/v1/conflicts/{GAZA}").json["data"]["note"]


def test_who_reported_is_the_claimant(days: Imported) -> None:
    expected = {row["report_date"]: row["report_source"] for row in reported(days)}
    office = {"mohtel": "gaza-moh", "gmotel": "gaza-media-office"}
    rows = days.claims(f"conflict={GAZA}")
    assert {row["claimant_id"] for row in rows} == set(office.values())
    assert all(row["claimant_id"] == office[expected[row["stated_on"]]] for row in rows)


# The West Bank


@pytest.mark.parametrize("harm", ["killed", "injured"])
@pytest.mark.parametrize(("age", "part"), [("any", ""), ("child", "_children")])
def test_the_two_series_of_the_west_bank_stay_apart(days: Imported, harm: str, age: str, part: str) -> None:
    rows = days.json("west_bank_daily.json")
    question = f"conflict={WEST_BANK}&harm={harm}&victim_age={age}"
    verified = [{**row["verified"], "report_date": row["report_date"]} for row in rows if "verified" in row]
    flash = [row for row in rows if row["flash_source"] == "un"]
    asked = f"{question}&measure=cumulative&claimant=ocha-opt"
    assert found(days, f"{asked}-verified") == series(verified, f"{harm}{part}_cum")
    assert found(days, f"{asked}-flash") == series(flash, f"{harm}{part}_cum")
    assert found(days, f"{question}&measure=period") == series(verified, f"{harm}{part}")


def test_filled_days_of_the_west_bank_are_no_report(days: Imported) -> None:
    rows = days.json("west_bank_daily.json")
    filled = {row["report_date"] for row in rows if row["flash_source"] == "fill"}
    claimed = {row["stated_on"] for row in days.claims(f"conflict={WEST_BANK}&claimant=ocha-opt-flash")}
    assert filled and not claimed & filled


def test_verified_increments_add_up_by_year(days: Imported) -> None:
    rows = [row for row in days.json("west_bank_daily.json") if "killed" in row.get("verified", {})]
    expected = summed(rows, lambda row: row["report_date"][:4], lambda row: row["verified"]["killed"])
    question = f"basis=incidents&conflict={WEST_BANK}&harm=killed&group_by=year"
    assert {row["year"]: row["best"] for row in days.totals(question)} == expected


def test_verified_and_unverified_are_told_apart(days: Imported) -> None:
    verified = days.claim("palestine-west-bank-2023-10-07-verified-killed")
    flash = days.claim("palestine-west-bank-2023-10-07-flash-killed")
    assert (verified["confirmation"], verified["best"]) == ("confirmed", 6)
    assert (flash["confirmation"], flash["best"]) == ("reported", 3)


def test_a_verified_total_without_an_increment_makes_no_increment(days: Imported) -> None:
    ids = days.ids("claims")
    assert "palestine-west-bank-2024-06-07-verified-killed" in ids
    assert "palestine-west-bank-2024-06-07-verified-killed-on-the-day" not in ids


# Lebanon


@pytest.mark.parametrize("harm", ["killed", "injured"])
def test_totals_of_lebanon_are_those_that_the_ministry_published(days: Imported, harm: str) -> None:
    rows = days.json("lebanon_casualties_daily.json")
    assert found(days, f"conflict={LEBANON}&harm={harm}") == series(rows, f"{harm}_cum_reported")


def test_the_ministry_of_lebanon_began_anew_in_2026(days: Imported) -> None:
    rows = days.json("lebanon_casualties_daily.json")
    first = next(row for row in rows if row["phase"] == 2)
    assert (first["killed_cum"], first["killed_cum_reported"]) == (4170, 123)
    claim = days.claim(f"palestine-lebanon-{first['report_date']}-killed")
    assert (claim["conflict"]["id"], claim["best"], claim["covers_from"]) == ("lebanon-2026", 123, "2026-03-02")
    for conflict, phase in (("lebanon-2023", 1), ("lebanon-2026", 2)):
        last = [row for row in rows if row["phase"] == phase][-1]
        question = f"basis=totals&conflict={conflict}&harm=killed"
        assert days.total(question) == last["killed_cum_reported"]


def test_who_relays_the_ministry_is_no_claimant(days: Imported) -> None:
    assert {row["claimant_id"] for row in days.claims(f"conflict={LEBANON}")} == {"lebanon-moph"}
    claim = days.claim("palestine-lebanon-2023-11-14-killed")
    assert claim["reports"][0]["source_original"].startswith("ocha: UN OCHA")
