"""UCDP's country-years come out of the API as they went in, and no dyad's dead are added twice."""

import pytest

from tests.conftest import Databases
from tests.support.imported import SIZES, Imported, Row, bounds, brought

FILE = "organizedviolencecy_v25_1.csv"
TYPES = {"sb": "state-based", "ns": "non-state", "os": "one-sided"}
Figure = tuple[int, int, int]


@pytest.fixture(scope="module", params=SIZES)
def loaded(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Imported:
    return brought(databases, engine, request.param, "ucdp-country-year", [("ucdp-country-year", [FILE])])


def figure(row: Row, short: str) -> Figure:
    low, best, high = (int(row[f"{short}_total_deaths_{edge}_cy"]) for edge in ("low", "best", "high"))
    return low, best, high


def by(loaded: Imported, group: str, question: str = "") -> dict[str, Figure]:
    rows = loaded.totals(f"group_by={group}&{question}")
    return {row[group]["id"] if isinstance(row[group], dict) else row[group]: bounds(row) for row in rows}  # type: ignore[misc]


def added(rows: list[Row], group: str = "") -> dict[str, Figure]:
    """Low, best and high of all types of violence, by a column."""
    sums: dict[str, Figure] = {}
    for row in rows:
        for short in TYPES:
            if row[f"{short}_exist_cy"] == "1":
                before = sums.get(row.get(group, ""), (0, 0, 0))
                low, best, high = (one + other for one, other in zip(before, figure(row, short), strict=True))
                sums[row.get(group, "")] = low, best, high
    return sums


def test_years_add_up_to_the_columns_of_the_file(loaded: Imported) -> None:
    assert by(loaded, "year") == added(loaded.csv(FILE), "year_cy")


def test_countries_add_up_to_the_totals_that_the_file_prints_itself(loaded: Imported) -> None:
    """All of them too: UCDP counts each of the dead in one country."""
    rows = loaded.csv(FILE)
    (total,) = loaded.totals("")
    assert bounds(total) == added(rows)[""]
    printed = sum(int(row["cumulative_total_deaths_in_orgvio_best_cy"]) for row in rows)
    assert total["best"] == printed
    if loaded.whole:
        assert printed == 3_957_143
    by_country = added(rows, "country_id_cy")
    for country in ("371", "373", "369"):
        (row,) = loaded.totals(f"conflict=ucdp-country-{country}")
        assert bounds(row) == by_country[country]


def test_the_types_of_violence_are_kept_apart(loaded: Imported) -> None:
    rows = loaded.csv(FILE)
    wanted = {
        f"ucdp-cy-{row['country_id_cy']}-{row['year_cy']}-{name}": figure(row, short)
        for row in rows
        for short, name in TYPES.items()
        if row[f"{short}_exist_cy"] == "1"
    }
    assert {claim["id"]: bounds(claim) for claim in loaded.claims("victim_status=any")} == wanted


def test_a_dyad_fought_in_two_countries_is_not_added_twice(loaded: Imported) -> None:
    """Azerbaijan against Artsakh, 2020: its dead of either country are others'; no claim is about the dyad."""
    (armenia,) = loaded.totals("conflict=ucdp-country-371&year=2020")
    (azerbaijan,) = loaded.totals("conflict=ucdp-country-373&year=2020")
    assert (bounds(armenia), bounds(azerbaijan)) == ((9, 10, 10), (7538, 7636, 9066))
    notes = [loaded.claim(f"ucdp-cy-{country}-2020-state-based")["note"] for country in (371, 373)]
    assert notes == ["UCDP dyads: 833", "UCDP dyads: 833"]
    assert not [id for id in loaded.ids("conflicts") if not id.startswith("ucdp-country-")]


def test_bounds_out_of_order_are_kept_as_given_and_flagged(loaded: Imported) -> None:
    disordered = {
        f"ucdp-cy-{row['country_id_cy']}-{row['year_cy']}-{name}": figure(row, short)
        for row in loaded.csv(FILE)
        for short, name in TYPES.items()
        if list(figure(row, short)) != sorted(figure(row, short))
    }
    assert disordered["ucdp-cy-371-2022-state-based"] == (154, 154, 153)
    assert {claim["id"]: bounds(claim) for claim in loaded.claims("flag=bounds_disordered")} == disordered
    assert len(disordered) == 9


def test_totals_over_types_are_no_running_totals(loaded: Imported) -> None:
    assert {claim["measure"] for claim in loaded.claims()} == {"period"}
    claim = loaded.claim("ucdp-cy-369-2022-one-sided")
    assert (claim["covers_from"], claim["covers_to"]) == ("2022-01-01", "2022-12-31")
    assert bounds(claim) == (675, 1130, 1689)


def test_the_parts_divide_the_best(loaded: Imported) -> None:
    rows = loaded.csv(FILE)
    parts = {claim["id"]: claim["best"] for claim in loaded.claims("victim_status=member_of_armed_forces,civilian")}
    wanted = {
        f"ucdp-cy-{row['country_id_cy']}-{row['year_cy']}-{TYPES[short]}-{part}": int(row[f"{short}_deaths_{part}_cy"])
        for row in rows
        for short in ("sb", "ns")
        for part in ("parties", "civilians")
        if row[f"{short}_deaths_{part}_cy"] != "0"
    }
    assert parts == wanted


def test_country_years_without_an_event_become_no_claim(loaded: Imported) -> None:
    rows = loaded.csv(FILE)
    empty = [row for row in rows if all(row[f"{short}_exist_cy"] == "0" for short in TYPES)]
    assert f"{len(empty):,} rows left out: UCDP recorded no event" in loaded.told
    assert {row["sb_dyad_ids_cy"] for row in empty} == {"NO_DYAD"}
    assert not [id for id in loaded.ids("claims") if id.startswith("ucdp-cy-390-1989")]
