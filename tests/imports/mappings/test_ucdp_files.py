"""Files of UCDP other than GED of one country. Their figures were added up by hand from the likenesses."""

import pathlib

import pytest

from imports.mapping_language.compile import list_built_in, load_mapping
from tests.conftest import Databases, make_app
from tests.support.imported import Imported, counted, run
from tests.support.likenesses import LIKENESSES, Run, import_likenesses, list_figures

GED = Run("ucdp-ged", "GEDEvent_v26_1.csv", "26.1")
CANDIDATES = (Run("ucdp-ged-candidate", "GEDEvent_v26_0_1.csv"), Run("ucdp-ged-candidate", "GEDEvent_v26_0_2.csv", "2"))


@pytest.fixture(scope="module")
def events(databases: Databases, engine: str) -> Imported:
    return import_likenesses(databases, engine, GED)


@pytest.fixture(scope="module")
def both(databases: Databases, engine: str) -> Imported:
    return import_likenesses(databases, engine, *CANDIDATES, GED)


def test_global_events_are_summed_with_their_bounds(events: Imported) -> None:
    """Low 10 + 0 + 0 + 7 + 3 + 9 + 6 + 1 + 2 + 3, best 10 + 4 + 0 + 7 + 3 + 12 + 6 + 1 + 2 + 3.

    High 14 + 4 + 250 + 6 + 3 + 20 + 6 + 1 + 2 + 3: bounds out of order stay so.
    """
    (row,) = events.totals("")
    assert (row["low"], row["best"], row["high"], row["claims"]) == (41, 48, 309, 10)
    assert events.claim("ucdp-ged-600004")["flags"] == ["bounds_disordered"]
    assert list_figures(events, "event=ucdp-ged-600010") == {
        "ucdp-ged-600010": (3, 3, 3), "ucdp-ged-600010-a": (None, 1, None), "ucdp-ged-600010-b": (None, 2, None),
    }  # fmt: skip


def test_a_country_is_that_of_the_gleditsch_ward_number(events: Imported) -> None:
    rows = events.app.test_client().get("/v1/events.json?limit=100").json["data"]
    countries = {event["id"]: event["country"] for event in rows}
    assert countries["ucdp-ged-600001"] == "ARM" and countries["ucdp-ged-600008"] is None


def test_candidates_stand_beside_the_events_that_they_became(both: Imported) -> None:
    """Event 600001: a candidate of 9, then 10 to 14 in the release. The nine others are 3+0+2+2+5+3+4+1+2+4 = 26."""
    assert both.total("event=ucdp-ged-600001") == 9
    assert both.total("dataset=ucdp-ged-candidate") == 35
    assert both.total("dataset=ucdp-ged") == 48
    assert both.total("") == 48 - 10 + 9 + 26
    assert "ucdp-ged-candidate is in this database too. An event that was a candidate has the same id" in both.told


def test_a_later_month_revises_and_withdraws_nothing(both: Imported) -> None:
    assert both.claim("ucdp-candidate-700002")["best"] == 3
    assert both.claim("ucdp-candidate-700010")["status"] == "active"


def test_candidates_keep_what_is_provisional_of_them(both: Imported) -> None:
    assert both.claim("ucdp-candidate-600001")["note"] == "UCDP's code_status: Check deaths"
    stored = both.claim("ucdp-candidate-700006")
    assert stored["reports"][0]["source_original"] == "army spokesperson"
    assert stored["responsible_side"]["id"] == "ucdp-actor-80003"


def test_candidates_are_withdrawn_by_their_number(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    """`vanished: keep` withdraws nothing, unless the number is given."""
    candidates = import_likenesses(databases, engine, CANDIDATES[0])
    header = tmp_path / "header.csv"
    header.write_text((LIKENESSES / CANDIDATES[0].file).read_text(encoding="utf-8").splitlines()[0] + "\n")
    options = ("--mapping", "ucdp-ged-candidate", "--release", "none", "--report", tmp_path / "report.csv")
    told = run(header, *options, "--vanished", "1")
    assert told.exit_code == 1 and "24 of 24 claims" in told.output
    number = told.output.split("give --vanished ")[1].split()[0]
    told = run(header, *options, "--vanished", number)
    assert told.exit_code == 0, told.output
    assert counted(told.output)["claims"] == {"withdrawn": 24}
    assert candidates.totals("") == []


def test_files_with_the_same_columns_are_known_by_their_names(both: Imported, tmp_path: pathlib.Path) -> None:
    for file, mapping in ((GED.file, "ucdp-ged"), (CANDIDATES[0].file, "ucdp-ged-candidate")):
        told = run(LIKENESSES / file, "--dry-run", "--report", tmp_path / "report.csv")
        assert f"10 rows by the mapping {mapping}, release {file}." in told.output


def test_battle_deaths_of_conflicts_and_years(databases: Databases, engine: str) -> None:
    """Best 120 + 80 + 30 + 26, 1000 + 400 + 25, 300 + 50 + 27. An empty high is not 0: the best is imputed."""
    deaths = import_likenesses(databases, engine, Run("ucdp-battle-deaths", "BattleDeaths_v25_1_conf.csv"))
    rows = {row["conflict"]["id"]: row for row in deaths.totals("group_by=conflict")}
    assert {slug: (row["low"], row["best"], row["high"]) for slug, row in rows.items()} == {
        "ucdp-conflict-90001": (231, 256, 285),
        "ucdp-conflict-90021": (1325, 1425, 1960),
        "ucdp-conflict-90031": (317, 377, 447),
    }
    assert deaths.claim("ucdp-battle-deaths-90001-2022")["high"] is None
    assert deaths.claim("ucdp-battle-deaths-90001-2023")["flags"] == ["bounds_disordered"]
    assert deaths.totals("basis=totals") == []


def test_the_dyadic_file_of_the_same_dead_is_refused(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    make_app(databases.upgraded(engine), databases.folder)
    rows = (LIKENESSES / "BattleDeaths_v25_1_conf.csv").read_text(encoding="utf-8").splitlines()[:2]
    dyads = tmp_path / "BattleDeaths_v25_1.csv"
    dyads.write_text("\n".join([*rows, rows[1].replace("120,100,150", "40,30,50"), ""]))
    told = run(dyads, "--mapping", "ucdp-battle-deaths", "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "gives the same record with" in told.output


def test_non_state_and_one_sided_years(databases: Databases, engine: str) -> None:
    """Non-state 221 + 196; one-sided, of civilians killed by the actor, 326 + 197."""
    years = import_likenesses(
        databases, engine, Run("ucdp-non-state", "NonState_v25_1.csv"), Run("ucdp-one-sided", "OneSided_v25_1.csv")
    )
    assert years.total("dataset=ucdp-non-state") == 417
    assert years.total("dataset=ucdp-one-sided") == 523
    rows = years.totals("group_by=responsible_side&victim_status=civilian")
    by_actor = {row["responsible_side"]["id"]: row["best"] for row in rows}
    assert by_actor == {"ucdp-actor-80001": 197, "ucdp-actor-80003": 326}
    (claimed,) = years.claims("id=ucdp-non-state-90002-2018")
    assert (claimed["covers_from"], claimed["covers_to"], claimed["subject_side_id"]) == (
        "2018-01-01",
        "2018-12-31",
        "",
    )


def test_what_may_not_stand_beside_another_says_so_on_both_sides() -> None:
    """Else the order of two imports would decide whether the dead are counted twice."""
    definitions = {name: load_mapping(name).definition for name in list_built_in()}
    by_dataset = {definition["dataset"]["id"]: definition for definition in definitions.values()}
    for word in ("never_beside", "overlaps"):
        pairs = {(dataset, other) for dataset, definition in by_dataset.items() for other in definition[word]}
        one_sided = {(other, dataset) for dataset, other in pairs} - pairs
        assert one_sided == set(), word
