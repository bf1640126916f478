"""The Economist's soldier losses: estimates of many claimants, monthly averages, weekly estimates of Meduza."""

import datetime
import decimal
from collections import Counter

import pytest

from tests.conftest import Databases
from tests.support.imported import SIZES, Imported, Row, bounds, brought, summed

DATASET = "economist-soldier-losses"
RUNS = [
    ("economist-soldier-losses", ["estimates.csv"]),
    ("economist-uk-mod-monthly", ["uk-mod-monthly.csv"]),
    ("economist-meduza-2024", ["meduza_2024.csv"]),
    ("economist-meduza-2025", ["meduza_2025_weekly.csv"]),
    ("economist-meduza-2026", ["meduza_2026_weekly.csv"]),
    ("economist-raw-estimates", ["raw_estimates.csv"]),
]
HARM = {"deaths": "killed", "casualties": "killed_or_injured"}
NUMBERS = ("estimate_low", "estimate", "estimate_high")


@pytest.fixture(scope="module", params=SIZES)
def losses(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Imported:
    return brought(databases, engine, request.param, DATASET, RUNS)


def number(cell: str) -> int | None:
    return int(cell.replace(",", "")) if cell else None


def day(row: Row) -> str:
    return datetime.datetime.strptime(row["date"], "%d/%m/%Y").date().isoformat()


def told(row: Row) -> tuple[int | None, ...]:
    """Return the bounds of a row: a low alone is "at least", a high alone "up to", a round best alone "about"."""
    low, best, high = (number(row[name]) for name in NUMBERS)
    if best is not None and low is high is None:
        return (None, best, None) if best % 1000 == 0 else (best, best, best)
    if best is None and high is None:
        return low, low, None
    return low, best, high


def rounded(cell: str) -> int:
    return int(decimal.Decimal(cell).to_integral_value(decimal.ROUND_HALF_EVEN))


def of(losses: Imported, source: str) -> list[Row]:
    return losses.claims(f"source={source}")


# Estimates


def test_one_row_is_one_claim_with_its_bounds(losses: Imported) -> None:
    rows, claims = losses.csv("estimates.csv"), of(losses, DATASET)
    expected = Counter((day(row), row["country"], HARM[row["type"]], told(row)) for row in rows)
    found = Counter((row["stated_on"], row["subject_side_id"], row["harm"], bounds(row)) for row in claims)
    assert found == expected and len(claims) == len(rows)


@pytest.mark.parametrize(("bound", "column"), [("low", "estimate_low"), ("high", "estimate_high")])
def test_bounds_by_year_and_side_are_those_of_the_file(losses: Imported, bound: str, column: str) -> None:
    ranges = [row for row in losses.csv("estimates.csv") if row["estimate_low"] and row["estimate_high"]]
    expected = summed(ranges, lambda row: (day(row)[:4], row["country"]), lambda row: number(row[column]) or 0)
    claims = [row for row in of(losses, DATASET) if row["qualifier"] in ("between", "as_given")]
    year_and_side = lambda row: (row["stated_on"][:4], row["subject_side_id"])  # noqa: E731
    assert summed(claims, year_and_side, lambda row: row[bound]) == expected


def test_only_a_low_is_at_least_and_only_a_high_up_to(losses: Imported) -> None:
    least = losses.claim("economist-2022-07-20-cia-russia-deaths")
    assert (least["qualifier"], *bounds(least)) == ("at_least", 15000, 15000, None)
    most = losses.claim("economist-2022-06-29-uk-mod-russia-deaths")
    assert (most["qualifier"], *bounds(most)) == ("up_to", None, None, 25000)
    between = losses.claim("economist-2022-08-11-us-officials-russia-casualties")
    assert (between["qualifier"], between["value"], *bounds(between)) == ("between", 70000, 70000, None, 80000)


def test_casualties_are_killed_and_wounded_together(losses: Imported) -> None:
    assert {row["harm"] for row in of(losses, DATASET) if row["id"].endswith("-casualties")} == {"killed_or_injured"}


def test_via_names_the_publisher_and_never_the_claimant(losses: Imported) -> None:
    claim = losses.claim("economist-2022-08-11-us-officials-russia-deaths")
    assert claim["claimant"]["name"] == "United States (institution not named)"
    assert "The New York Times" in {report["source"]["name"] for report in claim["reports"]}
    assert "US officials (via NYT)" in {report["source_original"] for report in claim["reports"]}


def test_one_institution_under_several_names_is_one_claimant(losses: Imported) -> None:
    names = {row["source"].strip() for row in losses.csv("estimates.csv")}
    assert {"UK MoD", "UK Ministry of Defence"} < names
    british = [row for row in of(losses, DATASET) if "United Kingdom" in row["claimant_name"]]
    assert {row["claimant_id"] for row in british} == {"uk-mod", "uk-foreign-ministry"}
    assert len({row["claimant_id"] for row in of(losses, DATASET)}) < len(names)


def test_days_are_read_with_and_without_leading_zeros(losses: Imported) -> None:
    assert {"17/9/2024", "1/12/2025", "16/01/2024"} <= {row["date"] for row in losses.csv("estimates.csv")}
    assert losses.claim("economist-2025-12-01-csis-russia-casualties")["stated_on"] == "2025-12-01"
    assert losses.claim("economist-2024-09-17-ukraine-leak-ukraine-deaths")["stated_on"] == "2024-09-17"


def test_thousands_are_grouped_and_plain_in_the_same_row(losses: Imported) -> None:
    grouped = [row for row in losses.csv("estimates.csv") if any("," in row[name] for name in NUMBERS)]
    assert any(not all("," in row[name] for name in NUMBERS if row[name]) for row in grouped)
    assert bounds(losses.claim("economist-2024-06-21-mediazona-meduza-russia-deaths")) == (106000, 120000, 140000)


def test_prose_in_an_address_is_kept_as_a_note_and_is_no_address(losses: Imported) -> None:
    by_mail = losses.claim("economist-2024-06-21-mediazona-meduza-russia-deaths")
    assert "via email from Alexandr" in by_mail["note"]
    assert [report["source"]["id"] for report in by_mail["reports"]] == [DATASET]
    both = losses.claim("economist-2025-05-30-ualosses-ukraine-deaths")
    assert "dead + missing for high end" in both["note"]
    assert "https://ualosses.org/en/soldiers/" in {report["url"] for report in both["reports"]}


def test_the_parties_that_the_file_marks_speak_for_a_side(losses: Imported) -> None:
    marked = [row for row in losses.csv("estimates.csv") if row["ignore for chart, data from warring parties"]]
    parties = {row["claimant_id"] for row in of(losses, DATASET) if row["claimant_side_id"]}
    assert len(marked) >= 3 and parties == {"ukraine-general-staff", "ukraine-presidency", "ukraine-leak", "russia-mod"}
    alleged = {row["claimant_id"] for row in of(losses, DATASET) if row["confirmation"] == "alleged"}
    assert alleged == {"ukraine-general-staff", "russia-mod"}


# Months


def test_months_of_the_british_ministry_add_up_by_year(losses: Imported) -> None:
    rows = losses.csv("uk-mod-monthly.csv")
    expected = summed(rows, lambda row: row["year"], lambda row: int(row["casualties in month"]))
    question = "basis=incidents&policy=claimant&claimant=uk-mod&subject_side=russia&group_by=year"
    assert {row["year"]: row["best"] for row in losses.totals(question)} == expected


def test_a_month_is_computed_from_an_average_and_says_so(losses: Imported) -> None:
    claim = losses.claim("economist-uk-mod-2022-march")
    assert (claim["measure"], claim["covers_from"], claim["covers_to"]) == ("period", "2022-03-01", "2022-03-31")
    assert claim["flags"] == ["derived"] and claim["best"] == 386 * 31
    assert "386 a day on average, times 31 days" in claim["note"]


# Weeks


def test_names_and_estimates_of_2024_are_running_totals(losses: Imported) -> None:
    rows, claims = losses.csv("meduza_2024.csv"), of(losses, "economist-meduza-2024")
    names = {row["covers_to"]: row["best"] for row in claims if row["measure"] == "identified"}
    assert names == {week_end(row["Date"]): int(float(row["Число погибших в поименных списках"])) for row in rows}
    estimates = {row["covers_to"]: bounds(row) for row in claims if row["measure"] == "estimate"}
    assert estimates == {
        week_end(row["Date"]): tuple(
            rounded(row[name]) for name in ("ED_low", "Оценка на основе данных РНД", "ED_high")
        )
        for row in rows
        if row["Оценка на основе данных РНД"]
    }
    assert 0 < len(estimates) < len(names)


def week_end(monday: str) -> str:
    return (datetime.date.fromisoformat(monday) + datetime.timedelta(6)).isoformat()


def test_a_byte_order_mark_and_russian_headers_are_read(losses: Imported) -> None:
    first = (losses.folder / "meduza_2024.csv").read_bytes()[:3]
    assert first == b"\xef\xbb\xbf" and "Read meduza_2024.csv: encoding utf-8-sig" in losses.told


def test_an_emptied_row_is_no_row(losses: Imported) -> None:
    rows = losses.csv("meduza_2025_weekly.csv")
    assert [row for row in rows if not row["Date"]] == [dict.fromkeys(rows[0], "")]
    assert f"{len(rows) - 1} rows by the mapping economist-meduza-2025" in losses.told
    names = [row for row in of(losses, "economist-meduza-2025") if row["claimant_id"] == "mediazona-bbc"]
    assert len(names) == len(rows) - 1


@pytest.mark.parametrize(
    ("source", "file", "columns"),
    [
        ("economist-meduza-2025", "meduza_2025_weekly.csv", ("ED_low", "Estimate based on probate data", "ED_high")),
        ("economist-meduza-2026", "meduza_2026_weekly.csv", ("EDAssembledLow", "EDAssembled", "EDAssembledHigh")),
    ],
)
def test_weekly_estimates_add_up_by_year(losses: Imported, source: str, file: str, columns: tuple[str, ...]) -> None:
    known = "Estimate based on probate data" if "2025" in source else "ED"
    rows = [row for row in losses.csv(file) if row[known]]
    claims = [row for row in of(losses, source) if row["claimant_id"] == "mediazona-meduza"]
    for bound, column in zip(("low", "best", "high"), columns, strict=True):
        expected = summed(rows, year_of_week, lambda row, column=column: rounded(row[column]))
        assert summed(claims, lambda row: row["covers_from"][:4], lambda row, bound=bound: row[bound]) == expected
    assert {row["measure"] for row in claims} == {"period"}


def year_of_week(row: Row) -> str:
    """Return the year of the week's Monday."""
    if "Date" in row:
        return str(row["Date"][-4:])
    return str(datetime.date.fromisocalendar(int(row["Year"]), int(row["Week"]), 1).year)


def test_a_forecast_becomes_no_claim(losses: Imported) -> None:
    forecast = [row for row in losses.csv("meduza_2026_weekly.csv") if not row["ED"]]
    ids = losses.ids("claims")
    assert forecast and all(row["EDAssembled"] for row in forecast)
    assert not [row for row in forecast if f"meduza-2026-{row['Year']}-{row['Week']}-estimate" in ids]
    assert all(f"meduza-2026-{row['Year']}-{row['Week']}-names" in ids for row in forecast)


def test_an_estimate_with_decimals_is_rounded_and_its_words_are_kept(losses: Imported) -> None:
    claim = losses.claim("meduza-2026-2022-8-estimate")
    assert (claim["phrase"], *bounds(claim)) == ("456.1974551665733", 336, 456, 576)
    assert (claim["covers_from"], claim["covers_to"]) == ("2022-02-21", "2022-02-27")


# The input of the model


def test_rows_of_one_estimate_are_one_claim(losses: Imported) -> None:
    rows = [row for row in losses.csv("raw_estimates.csv") if row["source"] == "Meduza"]
    expected = Counter((row["estimate_type"], rounded(row["estimate"])) for row in rows)
    found: Counter[tuple[str, int]] = Counter()
    for claim in of(losses, "economist-raw-estimates"):
        found.update(zip(NUMBERS, bounds(claim), strict=True))
        assert set(claim["flags"].split(";")) == {"derived", "date_inferred"}
    assert found == expected


def test_what_the_other_files_have_is_not_taken_twice(losses: Imported) -> None:
    others = {row["source_id"] for row in losses.csv("raw_estimates.csv") if row["source"] != "Meduza"}
    assert others and f"{len(others):,} rows left out: It is in estimates.csv or uk-mod-monthly.csv" in losses.told


def test_the_newest_estimate_of_a_week_stands(losses: Imported) -> None:
    """The versions of 2025 and 2026 are statements of one claimant about one week."""
    newest = losses.claim("meduza-2026-2022-9-estimate")
    question = (
        "basis=incidents&policy=claimant&claimant=mediazona-meduza&subject_side=russia&from=2022-02-28&to=2022-03-06"
    )
    assert losses.total(question) == newest["best"] != losses.claim("meduza-2025-2022-02-28-estimate")["best"]
