"""Ukraine's daily claims of Russian losses: killed and wounded together, with qualifiers and corrections."""

import json
import pathlib

import pytest

from tests.conftest import Databases
from tests.support.imported import SIZES, Imported, bounds, brought, command

TOTALS, CORRECTIONS = "russia_losses_personnel.json", "russia_losses_equipment_correction.json"
RUNS = [("ukraine-russian-losses", [TOTALS]), ("ukraine-russian-losses-corrections", [CORRECTIONS])]


@pytest.fixture(scope="module", params=SIZES)
def losses(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Imported:
    return brought(databases, engine, request.param, "russia-losses-daily", RUNS)


def test_every_day_is_a_claim_of_the_one_about_the_other(losses: Imported) -> None:
    claims = losses.claims("claimant=ukraine-general-staff")
    assert {row["stated_on"]: row["best"] for row in claims} == {
        row["date"]: row["personnel"] for row in losses.json(TOTALS)
    }
    for name, value in {"harm": "killed_or_injured", "measure": "cumulative", "confirmation": "alleged"}.items():
        assert {row[name] for row in claims} == {value}
    assert {(row["claimant_side_id"], row["subject_side_id"]) for row in claims} == {("ukraine", "russia")}


def test_the_hedge_is_that_of_the_day(losses: Imported) -> None:
    hedges = {row["date"]: {"about": "about", "more": "more_than"}[row["personnel*"]] for row in losses.json(TOTALS)}
    claims = losses.claims("claimant=ukraine-general-staff")
    assert {row["stated_on"]: row["qualifier"] for row in claims} == hedges
    assert bounds(losses.claim("ukraine-general-staff-2022-02-25-russian-losses")) == (None, 2800, None)
    assert bounds(losses.claim("ukraine-general-staff-2022-03-10-russian-losses")) == (12000, 12000, None)


@pytest.mark.parametrize("year", ["2022", "2023", "2024", "2025"])
def test_what_stood_at_the_end_of_a_year_is_its_last_total(losses: Imported, year: str) -> None:
    last = max((row["date"], row["personnel"]) for row in losses.json(TOTALS) if row["date"][:4] <= year)
    question = f"basis=totals&subject_side=russia&harm=killed_or_injured&as_of={year}-12-31"
    assert losses.total(question) == last[1]


def test_nothing_is_added_to_nor_shown_as_deaths(losses: Imported) -> None:
    assert losses.totals("basis=incidents&subject_side=russia") == []
    assert losses.claims("harm=killed") == []


def test_prisoners_are_of_a_claimant_who_is_not_told(losses: Imported) -> None:
    claims = losses.claims("harm=captured")
    expected = {row["date"]: row["POW"] for row in losses.json(TOTALS) if row.get("POW")}
    assert {row["stated_on"]: row["best"] for row in claims} == expected
    assert {row["claimant_id"] for row in claims} == {"unattributed"}
    assert [row["POW"] for row in losses.json(TOTALS)[:4]] == [0, 0, 0, 0] and "2022-02-25" not in expected


def test_a_correction_of_people_revises_the_total_of_the_day_before(losses: Imported) -> None:
    corrections = {row["date"]: row["personnel"] for row in losses.json(CORRECTIONS) if row["personnel"]}
    assert corrections == {"2025-02-28": 1650, "2025-04-22": 160}
    claim = losses.claim("ukraine-general-staff-2025-02-28-russian-losses")
    (relation,) = claim["relations"]
    assert (relation["kind"], relation["stated_on"]) == ("revises", "2025-02-28")
    assert relation["target"] == "ukraine-general-staff-2025-02-27-russian-losses"
    assert "correction of 1650: the sums up to 2025-02-27 were wrong" in relation["note"]


def test_corrections_of_equipment_are_no_claims(losses: Imported) -> None:
    rows = losses.json(CORRECTIONS)
    equipment = [row for row in rows if not row["personnel"]]
    assert any(number < 0 for row in equipment for number in row.values() if isinstance(number, int))
    assert f"{len(equipment):,} rows left out: It corrects numbers of equipment only." in losses.told
    assert len(losses.ids("relations")) == len(rows) - len(equipment)


def test_a_negative_correction_says_that_the_sums_were_too_high(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    losses = brought(databases, engine, "sample", "russia-losses-daily", RUNS[:1])
    row = {name: 0 for name in losses.json(CORRECTIONS)[0]} | {"date": "2022-02-26", "day": 3, "personnel": -400}
    file = tmp_path / "corrections.json"
    file.write_text(json.dumps([row]))
    command("ukraine-russian-losses-corrections", [file], databases)
    (relation,) = losses.claim("ukraine-general-staff-2022-02-26-russian-losses")["relations"]
    assert "correction of -400: the sums up to 2022-02-25 were wrong" in relation["note"]
    assert losses.claim("ukraine-general-staff-2022-02-25-russian-losses")["best"] == 2800
