"""Lists of persons of the Palestine datasets, tables of OCHA, and HXL tables: figures by hand."""

import pathlib

from tests.conftest import Databases, make_app
from tests.support.imported import Imported, run
from tests.support.likenesses import (
    LIKENESSES,
    Run,
    import_likenesses,
    list_figures,
    list_stored_texts,
    total_by_harm,
)

KILLED = Run("palestine-killed-in-gaza", "killed-in-gaza-v3.csv", "2025-07-31")
PRESS = Run("palestine-press-killed", "press_killed_in_gaza.csv", "2025-07-31")
FIGURES = Run("reliefweb-crisis-figures", "reliefweb-historical_figures.csv")
OCHA_KILLED = Run("ocha-opt-palestinians-killed", "ocha-opt-palestinians-killed.csv")
OCHA_INJURED = Run("ocha-opt-palestinians-injured", "ocha-opt-palestinians-injured.csv")


def test_the_list_of_names_is_counted(databases: Databases, engine: str) -> None:
    """Ten rows, of which one repeats a person. Of the nine, one has no sex, and another no age."""
    killed = import_likenesses(databases, engine, KILLED)
    assert list_figures(killed) == {
        "palestine-killed-in-gaza": (9, 9, 9),
        "palestine-killed-in-gaza-man": (4, 4, 4),
        "palestine-killed-in-gaza-woman": (4, 4, 4),
        "palestine-killed-in-gaza-child": (3, 3, 3),
        "palestine-killed-in-gaza-adult": (5, 5, 5),
    }
    (row,) = killed.claims("id=palestine-killed-in-gaza")
    assert (row["measure"], row["stated_on"], row["covers_to"]) == ("identified", "2025-07-31", "2025-07-31")


def test_the_press_are_a_part_and_nobody_is_named(databases: Databases, engine: str) -> None:
    lists = import_likenesses(databases, engine, KILLED, PRESS)
    assert total_by_harm(lists) == {"killed": (9, 9)}
    assert list_figures(lists, "part=journalists") == {"palestine-press-killed": (6, 6, 6)}
    stored = list_stored_texts()
    assert "journalists" in stored and not [word for word in ("Quill", "اسم", "90000000") if word in stored]


def test_a_list_without_its_day_is_refused(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    make_app(databases.upgraded(engine), databases.folder)
    told = run(LIKENESSES / KILLED.file, "--mapping", KILLED.mapping, "--report", tmp_path / "report.csv")
    assert told.exit_code == 1 and "release: " in told.output and "Must be a date written" in told.output


def test_ohchr_figures_are_running_totals_and_their_sum_is_no_deaths(databases: Databases, engine: str) -> None:
    """The newest of each harm: 141 killed, 190 injured, and 333 of both together, which is never added to them."""
    figures = import_likenesses(databases, engine, FIGURES)
    assert total_by_harm(figures) == {"killed": (141, 141), "injured": (190, 190), "killed_or_injured": (333, 333)}
    assert figures.totals("basis=incidents") == []
    assert total_by_harm(figures, "as_of=2022-03-06&harm=killed") == {"killed": (100, 100)}
    claim = figures.claim("reliefweb-ukraine-2022-03-12-killed")
    assert {report["url"] for report in claim["reports"]} == {
        "https://data.humdata.org/dataset/reliefweb-crisis-figures", "https://reports.example/ohchr-2",
    }  # fmt: skip
    assert "2 rows left out: It is no figure of casualties that this mapping knows." in figures.told


def test_rows_of_the_report_of_ocha_are_added_by_day_and_community(databases: Databases, engine: str) -> None:
    """2 + 1 + 1 in Upper Quarry, 1 elsewhere in Hebron, 1 + 1 in Lower Mill, 7 + 3 in Gaza, 1 in Israel: 18.

    One of those in Lower Mill has no known sex and age, and is in no part. The last row has no number.
    """
    killed = import_likenesses(databases, engine, OCHA_KILLED)
    all_people = {name: high for name, (_, _, high) in list_figures(killed, "victim_sex=any&victim_age=any").items()}
    assert all_people == {
        "ocha-opt-2011-01-05-west-bank-hebron-not-listed-killed": 1,
        "ocha-opt-2011-01-05-west-bank-hebron-upper-quarry-killed": 4,
        "ocha-opt-2011-02-10-west-bank-qalqiliya-lower-mill-killed": 2,
        "ocha-opt-2012-03-11-gaza-strip-north-gaza-beit-example-killed": 10,
        "ocha-opt-2012-03-12-israel-israel-not-listed-killed": 1,
    }
    assert total_by_harm(killed) == {"killed": (18, 18)}
    assert total_by_harm(killed, "subject_side=palestinian-west-bank") == {"killed": (7, 7)}
    assert killed.total("victim_age=child") == 2 and killed.total("victim_sex=woman") == 5
    assert "1 row left out: It has no number." in killed.told and "Terms: The UN's terms of use" in killed.told


def test_injuries_of_the_report_of_ocha_are_those_that_it_counts(databases: Databases, engine: str) -> None:
    """12 + 3 in Hebron, 4, 25 without the 2 that the report leaves out, 40, 1, 5 and 6: 96."""
    both = import_likenesses(databases, engine, OCHA_KILLED, OCHA_INJURED)
    assert total_by_harm(both) == {"killed": (18, 18), "injured": (96, 96)}
    claim = both.claim("ocha-opt-2011-01-05-west-bank-hebron-injured")
    assert (claim["best"], claim["claimant"]["id"]) == (15, "ocha-opt-verified")
    assert "1 row left out: The report does not count it." in both.told


def test_days_of_injuries_have_either_name(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    """The report calls the day `Date:`. A program that reads it may call it `Date`, and drop Poc_Period."""
    app = make_app(databases.upgraded(engine), databases.folder)
    rows = "Date,Area,Govornorate (groups),Doer Aff. (groups),doer nat,Inj\n2011-01-05,West Bank,Hebron,a,b,12\n"
    (tmp_path / "injured.csv").write_text(rows)
    run(tmp_path / "injured.csv", "--mapping", OCHA_INJURED.mapping, "--report", tmp_path / "report.csv")
    assert Imported(app, tmp_path, False, "").total("harm=injured") == 12


def import_hashtags(databases: Databases, engine: str, file: str, *settings: str) -> Imported:
    app = make_app(databases.upgraded(engine), databases.folder)
    given = [f"--set={setting}" for setting in ("conflict_name=The war", "claimant_name=The office", *settings)]
    told = run(LIKENESSES / file, *given, "--report", databases.folder / "hxl.report.csv")
    assert told.exit_code == 0, told.output
    return Imported(app, LIKENESSES, False, told.output)


def test_a_series_of_hdx_is_a_running_total(databases: Databases, engine: str) -> None:
    series = import_hashtags(databases, engine, "hdx-series.csv", "measure=cumulative", "victim_status=civilian")
    assert total_by_harm(series) == {"killed": (15, 15), "injured": (44, 44)}
    assert len(series.claims("harm=killed")) == 3
    assert series.totals("basis=incidents") == []
