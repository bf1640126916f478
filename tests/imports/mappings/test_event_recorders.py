"""ACLED, HDX HAPI, EM-DAT, Iraq Body Count and Missing Migrants: all figures by hand, from the likenesses."""

import csv
import pathlib

import openpyxl
import pytest

from tests.conftest import Databases, make_app
from tests.support.imported import Imported, command, run
from tests.support.likenesses import (
    LIKENESSES,
    Run,
    import_likenesses,
    list_figures,
    list_stored_texts,
    total_by_harm,
)

ACLED, HAPI = Run("acled", "acled.csv"), Run("hdx-hapi-conflict-events", "hdx_hapi_conflict_event_arm.csv")
IBC, PERSONS = Run("iraq-body-count", "ibc-incidents.csv"), Run("iraq-body-count-individuals", "ibc-individuals.csv")
IOM = Run("iom-missing-migrants", "iom-missing-migrants.csv")


@pytest.fixture(scope="module")
def acled(databases: Databases, engine: str) -> Imported:
    return import_likenesses(databases, engine, ACLED)


@pytest.fixture(scope="module")
def iraq(databases: Databases, engine: str) -> Imported:
    return import_likenesses(databases, engine, IBC, PERSONS)


@pytest.fixture(scope="module")
def migrants(databases: Databases, engine: str) -> Imported:
    return import_likenesses(databases, engine, IOM)


def events_by_id(imported: Imported) -> dict[str, dict[str, object]]:
    rows = imported.app.test_client().get("/v1/events.json?limit=100").json["data"]
    return {row["id"]: row for row in rows}


def test_a_zero_of_acled_is_no_claim(acled: Imported) -> None:
    """4 + 10 + 3 + 2 + 12 + 1 + 100 of seven events; three events with a 0 say nothing of the dead."""
    assert total_by_harm(acled) == {"killed": (132, 132)}
    assert list_figures(acled)["acled-arm1"] == (None, 4, None)
    assert len(list_figures(acled)) == 7 and len(events_by_id(acled)) == 10


def test_acled_names_parties_and_precision(acled: Imported) -> None:
    assert acled.ids("sides") == {
        "acled-actor-military-forces-of-alphaland-2018", "acled-actor-northern-front",
    }  # fmt: skip
    events = events_by_id(acled)
    shelling, week, month = (events[f"acled-arm{number}"] for number in (3, 7, 9))
    assert (shelling["sub_type"], shelling["place_precision"]) == ("Shelling/artillery/missile attack", 3)
    assert (week["started_on"], week["date_precision"]) == ("2026-01-07", 3)
    assert (month["date_precision"], month["place_precision"], month["country"]) == (4, 4, "ARM")


def test_data_with_terms_are_imported_by_name_only(acled: Imported, tmp_path: pathlib.Path) -> None:
    told = run(LIKENESSES / ACLED.file, "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "only into a private instance" in told.output
    assert "If you may import them, give --mapping acled" in told.output


def test_the_terms_are_printed_at_each_run(acled: Imported) -> None:
    assert "Terms: ACLED's terms forbid giving others its rows." in acled.told


def test_groups_of_hapi_that_overlap_are_not_added(databases: Databases, engine: str) -> None:
    """Political violence 20 + 5 + 1 + 4. Of these, 6 and 5 died where civilians were targeted: parts, never added."""
    hapi = import_likenesses(databases, engine, HAPI)
    assert total_by_harm(hapi) == {"killed": (30, 30)}
    assert list_figures(hapi, "part=in events that target civilians") == {
        "hdx-hapi-arm-am0101-northern-region-northford-2026-01-01-targeting": (None, 6, None),
        "hdx-hapi-arm-am0101-northern-region-northford-2026-02-01-targeting": (None, 5, None),
    }
    assert "2 rows left out: Its dead are partly those of political violence." in hapi.told


def test_regions_of_hapi_with_one_code_stay_apart(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    """Two districts of ACLED that OCHA gives one code, and two without a code: 6 + 6 + 3 + 4 in one month."""
    with (LIKENESSES / "hdx_hapi_conflict_event_arm.csv").open(newline="") as file:
        table = csv.DictReader(file)
        columns, first = table.fieldnames or [], next(table)
    districts = [("East", "AM0101", "6"), ("West", "AM0101", "6"), ("Hill", "", "3"), ("Dale", "", "4")]
    rows = [
        {**first, "provider_admin2_name": name, "admin2_code": code, "admin2_name": "", "fatalities": dead}
        for name, code, dead in districts
    ]
    path = tmp_path / "hdx_hapi_conflict_event_arm.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    app = make_app(databases.upgraded(engine), databases.folder)
    hapi = Imported(app, tmp_path, False, command("hdx-hapi-conflict-events", [path], databases))
    assert sorted(figure[1] or 0 for figure in list_figures(hapi).values()) == [3, 4, 6, 6]
    assert total_by_harm(hapi) == {"killed": (19, 19)}


def test_deaths_of_em_dat_are_dead_or_missing(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    """12 + 2 + 7 + 20 + 0 + 105 + 11 + 30 dead or missing; 40 + 15 + 3 + 8 + 1 + 70 injured. As XLSX, with numbers."""
    make = openpyxl.Workbook()
    make.active.title = "EM-DAT Data"
    make.create_sheet("EM-DAT Info").append(["Source:", "EM-DAT, CRED / UCLouvain, Brussels, Belgium"])
    with (LIKENESSES / "em-dat.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            make.active.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    path = tmp_path / "public_emdat.xlsx"
    make.save(path)
    app = make_app(databases.upgraded(engine), databases.folder)
    disasters = Imported(app, tmp_path, False, command("em-dat", [path], databases))
    assert total_by_harm(disasters) == {"killed_or_missing": (187, 187), "injured": (137, 137)}
    assert disasters.claims("harm=killed") == []
    figures = list_figures(disasters)
    assert figures["em-dat-2021-0005-aze-dead-or-missing"] == (None, 0, None)  # printed as 0
    assert "em-dat-2020-0003-arm-dead-or-missing" not in figures  # empty: not stated
    flood, drought = (events_by_id(disasters)[f"em-dat-2020-000{number}-arm"] for number in (2, 3))
    assert (flood["started_on"], flood["ended_on"], flood["date_precision"]) == ("2020-05-01", "2020-05-31", 4)
    assert (drought["started_on"], drought["ended_on"], drought["date_precision"]) == ("2020-01-01", "2021-12-31", 5)


def test_incidents_of_iraq_body_count_keep_both_numbers(iraq: Imported) -> None:
    """Minimum 1+15+1+0+1+31+2+3+0+40, maximum 1+19+1+1+1+32+2+3+2+44."""
    assert total_by_harm(iraq, "basis=incidents") == {"killed": (94, 106)}
    assert {row["victim_status"] for row in iraq.claims("measure=incident")} == {"civilian"}
    assert list_figures(iraq)["ibc-k90004"] == (0, None, 1)
    events = events_by_id(iraq)
    assert [events[f"ibc-{code}"]["date_precision"] for code in ("k90001", "k90003", "x90010")] == [1, 2, 4]


def test_persons_of_iraq_body_count_are_counted_and_not_kept(iraq: Imported) -> None:
    """They are another measure of the same incidents: the total of the incidents stays, as the test above says."""
    assert list_figures(iraq, "event=ibc-k90002&measure=identified") == {
        "ibc-k90002-identified": (4, 4, 4),
        "ibc-k90002-identified-man": (3, 3, 3),
        "ibc-k90002-identified-woman": (1, 1, 1),
    }
    stored = list_stored_texts()
    assert "k90002" in stored and not [name for name in ("Quill", "Marrow", "Thorne", "k90002-aa") if name in stored]


def test_dead_and_missing_migrants_are_two_claims(migrants: Imported) -> None:
    """Dead 3+4+1+1+30+5+1, missing at least 10+25+6+8+5. The row with -1 is left out."""
    assert total_by_harm(migrants) == {"killed": (45, 45), "missing": (54, 54)}
    assert migrants.claim("iom-2025-mmp0002-missing")["qualifier"] == "at_least"
    assert "iom-2025-mmp0004-dead" not in list_figures(migrants)  # 0 beside others that are empty
    assert "1 row left out: A number below 0 counts nobody." in migrants.told


def test_sex_and_age_of_migrants_are_of_the_dead_and_missing(migrants: Imported) -> None:
    parts = {row["id"]: row["best"] for row in migrants.claims("harm=killed_or_missing")}
    assert parts == {
        "iom-2025-mmp0001-females": 1, "iom-2025-mmp0001-males": 2, "iom-2025-mmp0003-1-females": 1,
        "iom-2025-mmp0003-1-males": 3, "iom-2025-mmp0003-1-children": 1, "iom-2025-mmp0005-males": 1,
        "iom-2025-mmp0008-children": 4, "iom-2025-mmp0009-females": 1,
    }  # fmt: skip
    events = events_by_id(migrants)
    assert (events["iom-2025-mmp0006"]["clarity"], events["iom-2025-mmp0006"]["date_precision"]) == (2, 4)
    assert (events["iom-2025-mmp0001"]["latitude"], events["iom-2025-mmp0005"]["latitude"]) == (35.1, None)
