"""The API answers UCDP's country-years as they were imported, and adds the dead of no dyad twice."""

from pathlib import Path

import pytest

from tests.conftest import Databases, make_app
from tests.support.imported import SAMPLES, SIZES, Imported, Row, bounds, brought, run

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
    """Return the sums of low, best and high over all types of violence, by a column."""
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
    """The total of all countries is also that of the file: UCDP counts each death in one country."""
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
    """Azerbaijan against Artsakh, 2020: each country counts different dead, and no claim is about the dyad."""
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


def test_the_dataset_says_in_which_countries(loaded: Imported) -> None:
    """Its claims have no event that could give a country."""
    client = loaded.app.test_client()
    dataset = client.get("/v1/datasets/ucdp-country-year").json["data"]
    with_dead = {
        row["country_cy"] for row in loaded.csv(FILE) if any(row[f"{short}_exist_cy"] == "1" for short in TYPES)
    }
    assert len(dataset["countries"]) == len(with_dead)
    assert {"ARM", "AZE", "RUS", "UKR"} <= set(dataset["countries"])
    assert (dataset["first_day"], dataset["last_day"])[0] <= "1990-01-01"
    named = {row["id"]: row["country"] for row in client.get("/v1/conflicts?country=AZE,TUR").json["data"]}
    assert named["ucdp-country-373"] == named["ucdp-country-373-state-based"] == "AZE"
    assert named["ucdp-country-640"] == "TUR"
    assert [row["id"] for row in client.get("/v1/datasets?country=AZE").json["data"]] == ["ucdp-country-year"]
    assert client.get("/v1/datasets?country=DNK").json["data"] == []


def test_a_number_of_no_known_country_is_refused(databases: Databases, engine: str, tmp_path: Path) -> None:
    make_app(databases.upgraded(engine), databases.folder)
    header, row, *_ = (SAMPLES / "ucdp-country-year" / FILE).read_text(encoding="utf-8").splitlines()
    file = tmp_path / FILE
    file.write_text(f"{header}\n{row.replace('540,Angola', '9999,Atlantis', 1)}\n", encoding="utf-8")
    told = run(file, "--mapping", "ucdp-country-year", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "country_id_cy: '9999'. Must be one of: 2, 20, " in told.output


def test_country_years_without_an_event_become_no_claim(loaded: Imported) -> None:
    rows = loaded.csv(FILE)
    empty = [row for row in rows if all(row[f"{short}_exist_cy"] == "0" for short in TYPES)]
    assert f"{len(empty):,} rows left out: UCDP recorded no event" in loaded.told
    assert {row["sb_dyad_ids_cy"] for row in empty} == {"NO_DYAD"}
    assert not [id for id in loaded.ids("claims") if id.startswith("ucdp-cy-390-1989")]
