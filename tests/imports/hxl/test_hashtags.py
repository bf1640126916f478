"""A file with a row of HXL hashtags needs no mapping. The import prints which hashtags it uses and which not."""

import json
import os
import pathlib
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.database.connection import database
from api.writes.update import mark_retracted
from imports.cli.import_files import import_files
from imports.hxl.hashtags import describe_hashtags, read_hashtags
from imports.packages import claims_alone
from imports.readers.tables import Table
from schemas.imports.hxl import HXL
from seeds import DATA
from tests.conftest import Databases, make_app
from tests.support import ged
from tests.support.exports import loaded
from tests.support.imported import SIZES, counted, summed
from tests.support.worlds import rebound

HEADER = "No,Day,Until,Town,Lat,Lon,Country,Dead,Hurt,Link,Desk\n"
TAGS = (
    "#event+id,#date+occurred,#date+end,#loc+name,#geo+lat,#geo+lon,#country+code,"
    "#affected+killed,#affected+injured,#meta+url,\n"
)
ROWS = (
    "1,2024-02-03,2024-02-04,North,40.5,46.25,ALB,at least 3,12,https://times.example/a,x\n"
    "2,2024-02-05,,South,,,ALB,0,,,y\n"
)
LEAST = ("--set", "conflict_name=The war", "--set", "claimant_name=Desk")


def run(folder: pathlib.Path, content: str | bytes, *options: str, name: str = "toll.csv") -> Result:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return CliRunner().invoke(import_files, [str(folder / name), "--report", str(folder / "report.csv"), *options])


@pytest.fixture(scope="module")
def nothing(databases: Databases, engine: str) -> Flask:
    """Return an application without records, for tests of files that are refused."""
    return make_app(databases.upgraded(engine), databases.folder)


def claims(app: Flask) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in app.test_client().get("/v1/claims").json["data"]}


def figures(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["harm"], row["low"], row["best"], row["high"]


FILES = {
    "under a header": HEADER + TAGS + ROWS,
    "alone": TAGS + ROWS,
    "under titles and a header": "Attacks of February" + "," * 10 + "\n" + "," * 10 + "\n" + HEADER + TAGS + ROWS,
    "under a title alone": "Attacks of February\n" + TAGS + ROWS,
    "with blanks and capitals": HEADER + TAGS.replace("#affected+killed", "#Affected +Killed +ind") + ROWS,
}


@pytest.mark.parametrize("where", FILES)
def test_a_row_of_hashtags_is_found_wherever_it_stands(empty: Flask, tmp_path: pathlib.Path, where: str) -> None:
    told = run(tmp_path, FILES[where], *LEAST, "--set", "phrase_lang=en")
    assert told.exit_code == 0, told.output
    found = claims(empty)
    assert {id: figures(row) for id, row in found.items()} == {
        "toll-1-killed": ("killed", 3, 3, None),
        "toll-1-injured": ("injured", 12, 12, 12),
        "toll-2-killed": ("killed", 0, 0, 0),
    }
    assert found["toll-1-killed"]["phrase"] == "at least 3"
    assert {row["conflict"]["id"] for row in found.values()} == {"the-war"}
    event = empty.test_client().get("/v1/events/toll-1").json["data"]
    assert [event[name] for name in ("started_on", "ended_on", "place", "country")] == [
        "2024-02-03", "2024-02-04", "North", "ALB",
    ]  # fmt: skip
    assert (event["latitude"], event["longitude"]) == (40.5, 46.25)


def test_a_sheet_with_hashtags_is_read_as_well(empty: Flask, tmp_path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in ("Attacks\n" + HEADER + TAGS).splitlines():
        sheet.append([cell or None for cell in line.split(",")])
    sheet.append([1, "2024-02-03", None, "North", 40.5, 46.25, "ALB", 3, 12, "https://times.example/a", "x"])
    book.save(tmp_path / "toll.xlsx")
    content = (tmp_path / "toll.xlsx").read_bytes()
    told = run(tmp_path, content, *LEAST, "--set", "dataset=toll", name="toll.xlsx")
    assert told.exit_code == 0, told.output
    assert {id: row["best"] for id, row in claims(empty).items()} == {"toll-1-killed": 3, "toll-1-injured": 12}


@pytest.mark.parametrize("options", [(), LEAST, ("--mapping", "hxl")])
def test_a_malformed_hashtag_is_named_with_its_row(nothing: Flask, tmp_path: pathlib.Path, options: list[str]) -> None:
    """Fault I15: one wrong cell, and the file had "no row of HXL hashtags"."""
    rebound(nothing)
    for wrong in ("#affected +", "#affected-killed", "affected+killed", "#9killed"):
        told = run(tmp_path, FILES["under a header"].replace("#affected+killed", wrong), *options)
        assert told.exit_code == 1
        assert f"toll.csv, row 2: '{wrong}' is no HXL hashtag. Write # and a word" in told.output


def test_a_year_is_the_date_of_a_row(empty: Flask, tmp_path: pathlib.Path) -> None:
    rows = "Year,Town,Dead\n#date+year,#loc+name,#affected+killed\n2020,North,3\n"
    told = run(tmp_path, rows, *LEAST, "--set", "measure=period")
    assert told.exit_code == 0, told.output
    assert "Understood Year (#date+year): started." in told.output
    (row,) = claims(empty).values()
    assert (row["covers_from"], row["covers_to"], row["best"]) == ("2020-01-01", "2020-12-31", 3)
    dated = rows.replace("Town", "Day,Town").replace("#loc", "#date,#loc").replace("2020,", "2020,2020-05-03,")
    told = run(tmp_path, dated, *LEAST, "--set", "measure=period", "--set", "dataset=dated")
    assert "Not used: Year, because Day has the date." in told.output


def test_the_language_of_words_is_asked_for(nothing: Flask, tmp_path: pathlib.Path) -> None:
    rebound(nothing)
    told = run(tmp_path, FILES["alone"], *LEAST, "--dry-run")
    assert told.exit_code == 1 and "give --set phrase_lang=en, or another language." in told.output
    told = run(tmp_path, FILES["alone"], *LEAST, "--set", "phrase_lang=sw", "--dry-run")
    assert "the number words of sw are not known. Known are those of ar, az, en, " in told.output
    told = run(tmp_path, FILES["alone"], *LEAST, "--set", "phrase_lang=english", "--dry-run")
    assert "--set phrase_lang=english: Must be a language code (BCP 47), such as en or zh-Hant." in told.output


ARRAYS = [["Attacks"], HEADER.strip().split(","), TAGS.strip().split(","), *(r.split(",") for r in ROWS.splitlines())]
OBJECTS = [{tag: cell for tag, cell in zip(ARRAYS[2], row, strict=True) if tag and cell} for row in ARRAYS[3:]]


@pytest.mark.parametrize("content", [ARRAYS[1:], ARRAYS[2:], OBJECTS], ids=["header", "tags alone", "objects"])
def test_json_with_hashtags_is_read_as_arrays_and_as_objects(
    empty: Flask, tmp_path: pathlib.Path, content: list[object]
) -> None:
    told = run(tmp_path, json.dumps(content), *LEAST, "--set", "phrase_lang=en", name="toll.json")
    assert told.exit_code == 0, told.output
    assert {id: figures(row) for id, row in claims(empty).items()} == {
        "toll-1-killed": ("killed", 3, 3, None),
        "toll-1-injured": ("injured", 12, 12, 12),
        "toll-2-killed": ("killed", 0, 0, 0),
    }


def test_an_array_of_another_length_is_refused_as_a_row(nothing: Flask, tmp_path: pathlib.Path) -> None:
    rebound(nothing)
    content = json.dumps([*ARRAYS[2:], ["3", "2024-02-06"], {"a": 1}])
    told = run(tmp_path, content, *LEAST, "--set", "phrase_lang=en", name="toll.json")
    assert told.exit_code == 1
    assert "toll.json, row 4: '2 cells'. Must have 11 cells, one per column." in told.output
    assert "toll.json, row 5: 'no list of cells'. Must have 11 cells" in told.output


def test_it_is_told_what_was_understood_and_what_was_not(empty: Flask, tmp_path: pathlib.Path) -> None:
    told = run(tmp_path, FILES["under a header"], *LEAST, "--set", "phrase_lang=en").output
    assert "Understood Dead (#affected+killed): killed, number." in told
    assert "Understood Day (#date+occurred): started." in told
    assert "Not used: Desk, because it has no hashtag." in told
    assert "does not know" not in told


def test_the_source_of_a_row_is_its_address_or_is_told_in_words(empty: Flask, tmp_path: pathlib.Path) -> None:
    run(tmp_path, FILES["under a header"], *LEAST, "--set", "phrase_lang=en", "--set", "publisher=The desk")
    client = empty.test_client()
    reports = client.get("/v1/claims/toll-1-killed").json["data"]["reports"]
    assert {report["source"]["name"] for report in reports} == {"The desk", "times.example"}
    run(tmp_path, (HEADER + TAGS + ROWS).replace("#meta+url", "#meta+source"), *LEAST, "--set", "phrase_lang=en",
        "--set", "dataset=named")  # fmt: skip
    (report,) = client.get("/v1/claims/named-1-killed").json["data"]["reports"]
    assert report["note"] == "Source, as the file names it: https://times.example/a"


# What a file must state


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "The conflict of the rows is not known, because no column is tagged #crisis+id. Give --set conflict=ID"),
        (["--set", "conflict_name=War"], "The claimant of the rows is not known"),
        (["--set", "conflict=war", *LEAST[2:]], "there is no such record among the conflicts"),
        ([*LEAST, "--set", "subject_side=alpha"], "there is no such record among the sides"),
        ([*LEAST, "--set", "measure=total"], "--set measure=total: Unknown"),
        ([*LEAST, "--set", "claiment=x"], "--set claiment: Unknown: did you mean claimant?"),
        ([*LEAST, "--set", "claimant"], "--set claimant: write NAME=VALUE."),
        ([*LEAST, "--set", "dates=dd/mm"], "A value of --set cannot be used.\ndates › 0: Use %Y, %m"),
        ([*LEAST, "--set", "title=a\x07"], "dataset › title: Contains U+0007"),
        (["--set", "conflict_name={x", *LEAST[2:]], "conflict › name: Write a column in { and }"),
        ([*LEAST, "--set", "dataset=???"], "--set dataset=???: must have a letter or a digit."),
        ([*LEAST, "--mapping", "ucdp-ged"], "--set works only with HXL hashtags"),
    ],
)
def test_what_is_lacking_is_told_and_nothing_is_written(
    nothing: Flask, tmp_path: pathlib.Path, options: list[str], told: str
) -> None:
    rebound(nothing)
    refused = run(tmp_path, FILES["under a header"], *options)
    assert refused.exit_code == 1 and "Nothing was imported." in refused.output
    assert told in refused.output
    assert claims(nothing) == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a,b\n1,2\n", "has no row of HXL hashtags in its first 25 rows"),
        ("#date,#loc\n2024-01-01,North\n", "No column is tagged as a figure"),
        ("#date+reported,#affected+killed\n2024-01-01,3\n", "with --set measure=WORD, one of incident, period"),
    ],
)
def test_a_file_of_which_no_claims_can_be_made_is_refused(
    nothing: Flask, tmp_path: pathlib.Path, content: str, told: str
) -> None:
    rebound(nothing)
    refused = run(tmp_path, content, *LEAST)
    assert refused.exit_code == 1 and told in refused.output


def test_running_totals_need_no_event(empty: Flask, tmp_path: pathlib.Path) -> None:
    run(
        tmp_path, "#date+reported,#affected+killed\n2024-01-01,3\n2024-02-01,5\n", *LEAST, "--set", "measure=cumulative"
    )
    (first, second) = claims(empty).values()
    assert [first["best"], second["best"]] == [3, 5] and first["stated_on"] == "2024-01-01"
    assert {row["measure"] for row in (first, second)} == {"cumulative"} and first["event"] is None


# Dates that are no days


@pytest.mark.parametrize(
    ("tags", "cells", "expected"),
    [
        ("#date+occurred", "2020", ("2020-01-01", "2020-12-31", 5)),
        ("#date+occurred", "2020-09", ("2020-09-01", "2020-09-30", 4)),
        ("#date+occurred", "2020-02-03", ("2020-02-03", "2020-02-03", 1)),
        ("#date+start,#date+end", "2020,2020", ("2020-01-01", "2020-12-31", 5)),
        ("#date+start,#date+end", "2020-09,2020-11", ("2020-09-01", "2020-11-30", 4)),
        ("#date+start,#date+end", "2020-09-07,2020-09", ("2020-09-07", "2020-09-30", 4)),
        ("#date+start,#date+end", "2020-09,", ("2020-09-01", "2020-09-30", 4)),
        ("#date+start,#date+end", "2020-02-03,2020-02-05", ("2020-02-03", "2020-02-05", 1)),
    ],
)
def test_a_year_or_month_is_all_its_days(
    empty: Flask, tmp_path: pathlib.Path, tags: str, cells: str, expected: tuple[str, str, int]
) -> None:
    """Fault I13: 2020 was 1 January, and known to the day."""
    told = run(tmp_path, f"#event+id,#loc,{tags},#affected+killed\n1,N,{cells},3\n", *LEAST)
    assert told.exit_code == 0, told.output
    event = empty.test_client().get("/v1/events/toll-1").json["data"]
    assert (event["started_on"], event["ended_on"], event["date_precision"]) == expected


@pytest.mark.parametrize(
    ("measure", "cell", "expected"),
    [
        ("period", "2020-09", ("2020-09-01", "2020-09-30")),
        ("period", "2020", ("2020-01-01", "2020-12-31")),
        ("cumulative", "2020-09", (None, "2020-09-30")),
    ],
)
def test_a_figure_without_an_event_covers_the_month_of_its_date(
    empty: Flask, tmp_path: pathlib.Path, measure: str, cell: str, expected: tuple[str | None, str]
) -> None:
    for content, setting in (
        (f"#date,#affected+killed\n{cell},3\n", ("--set", f"measure={measure}")),
        (f"#date,#meta+measure,#affected+killed\n{cell},{measure},3\n", ("--set", "dataset=other")),
    ):
        told = run(tmp_path, content, *LEAST, *setting)
        assert told.exit_code == 0, told.output
    for row in claims(empty).values():
        assert (row["covers_from"], row["covers_to"], row["measure"]) == (*expected, measure)
    assert len(claims(empty)) == 2


# Whose figure it is


def of(*tags: str) -> Table:
    columns = tuple(f"c{place}" for place, _ in enumerate(tags))
    return Table("t.csv", columns, iter(()), (), dict(zip(columns, tags, strict=True)))


@pytest.mark.parametrize(
    ("tag", "harm", "part"),
    [
        ("#affected+killed", "killed", ""),
        ("#affected+f+killed", "killed", "woman"),
        ("#affected+killed+children", "killed", "child"),
        ("#affected+injured+adults+m", "injured", "adult-man"),
        ("#affected+civilians+killed", "killed", "civilian"),
        ("#affected+idps", "displaced", ""),
        ("#affected+wounded+ind", "injured", ""),
    ],
)
def test_attributes_say_whose_figure_it_is(tag: str, harm: str, part: str) -> None:
    (figure,) = read_hashtags(of(tag)).figures
    assert figure.suffix == "-".join(filter(None, [harm, part]))


@pytest.mark.parametrize(
    "tag", ["#affected+killed+press", "#affected+killed+injured", "#affected", "#affected+homeless"]
)
def test_a_figure_that_may_be_of_a_part_is_not_used(tag: str) -> None:
    found = read_hashtags(of(tag, "#affected+missing"))
    assert [figure.harm for figure in found.figures] == ["missing"]
    assert set(found.unused) == {"c0"}


def test_bounds_of_one_figure_are_one_claim(empty: Flask, tmp_path: pathlib.Path) -> None:
    content = "#id,#date,#loc,#affected+killed+min,#affected+killed,#affected+max+killed\na,2024-01-01,North,3,4,6\n"
    assert run(tmp_path, content, *LEAST).exit_code == 0
    (claim,) = claims(empty).values()
    assert (*figures(claim), claim["qualifier"]) == ("killed", 3, 4, 6, "as_given")


def test_two_columns_tagged_alike_are_never_added_or_chosen_from_silently() -> None:
    lines = list(describe_hashtags(of("#affected+killed", "#affected +killed", "#loc", "#loc+name")))
    assert "Not used: c1, because c0 has the same tag." in lines
    assert "Not used: c3, because c2 has the same tag." in lines


def test_the_former_hashtags_of_ours_are_still_understood() -> None:
    former = {"harm": "harm", "victim_status": "status", "victim_sex": "sex", "victim_age": "age", "part": "part"}
    for tags in ([f"#affected+{word}" for word in former.values()], [HXL[role] for role in former]):
        roles = read_hashtags(of(*tags)).roles
        assert roles == {role: f"c{place}" for place, role in enumerate(former)}


def test_every_hashtag_of_ours_is_understood_or_said_not_to_be() -> None:
    tags = sorted(set(HXL.values()))
    found = read_hashtags(of(*tags))
    used = {*found.roles.values(), *(column for figure in found.figures for column in figure.bounds.values())}
    assert used | set(found.unused) == {f"c{place}" for place, _ in enumerate(tags)}
    assert {"conflict", "claimant", "stated", "harm", "measure", "subject_side", "latitude"} <= set(found.roles)


# The next release


TOLLS = "2024-01-01,North,3\n2024-01-02,South,4\n2024-01-05,East,5\n"
BARE = "#date,#loc,#affected+killed\n"


def changes(told: Result) -> dict[str, int]:
    assert told.exit_code == 0, told.output
    return counted(told.output)["claims"]


def test_rows_without_ids_are_known_by_what_they_are_about(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Fault I14: a row on top of the next release revised every record into its neighbour."""
    first = run(tmp_path, BARE + TOLLS, *LEAST)
    assert "Rows are identified by #date, #loc, also in the next release. To choose, give --set id=" in first.output
    known = {"toll-2024-01-01-north-killed": 3, "toll-2024-01-02-south-killed": 4, "toll-2024-01-05-east-killed": 5}
    assert {id: row["best"] for id, row in claims(empty).items()} == known
    more = (
        BARE + "2023-12-31,West,9\n" + TOLLS.replace("South,4", "South,6").replace("2024-01-05", "2024-01-05 00:00:00")
    )
    assert changes(run(tmp_path, more, *LEAST, "--set", "dataset=toll")) == {"created": 1, "revised": 1, "unchanged": 2}
    known |= {"toll-2024-01-02-south-killed": 6, "toll-2023-12-31-west-killed": 9}
    assert {id: row["best"] for id, row in claims(empty).items()} == known


def test_two_rows_about_the_same_are_two_records_and_are_named(empty: Flask, tmp_path: pathlib.Path) -> None:
    equal = BARE + "2024-01-01,North,3\n2024-01-01,North,3\n"
    first = run(tmp_path, equal, *LEAST)
    notice = "1 row: an earlier row has the same #date, as a day, #loc, so only their order tells them apart"
    assert notice in first.output
    assert claims(empty).keys() == {"toll-2024-01-01-north-killed", "toll-2024-01-01-north-2-killed"}
    assert "Nothing changed: no new revision." in run(tmp_path, equal, *LEAST, "--set", "dataset=toll").output


@pytest.mark.parametrize("columns", ["No", "#meta+number", "Town, No"])
def test_rows_are_known_by_the_columns_that_are_named(empty: Flask, tmp_path: pathlib.Path, columns: str) -> None:
    head = "Day,Town,Dead,No\n#date,#loc,#affected+killed,#meta+number\n"
    rows = [f"2024-01-0{n},North,{n},{n + 6}\n" for n in (1, 2, 3)]
    run(tmp_path, head + "".join(rows), *LEAST, "--set", f"id={columns}")
    moved = head + "2024-01-04,North,4,6\n" + "".join(rows)
    told = run(tmp_path, moved, *LEAST, "--set", f"id={columns}", "--set", "dataset=toll")
    assert changes(told) == {"created": 1, "unchanged": 3}
    refused = run(tmp_path, moved, *LEAST, "--set", "id=Twon", "--set", "dataset=toll")
    assert refused.exit_code == 1 and "--set id=Twon: Twon: Unknown: did you mean Town?" in refused.output


def test_rows_known_by_their_number_that_have_moved_are_refused(empty: Flask, tmp_path: pathlib.Path) -> None:
    numbered = (*LEAST, "--set", "id=row", "--set", "dataset=toll")
    first = run(tmp_path, BARE + TOLLS, *numbered)
    assert (
        "Rows are identified by their number, also in the next release. Never put a row above others." in first.output
    )
    assert changes(run(tmp_path, BARE + TOLLS.replace("North,3", "North,7"), *numbered)) == {
        "revised": 1,
        "unchanged": 2,
    }
    before = claims(empty)
    moved = run(tmp_path, BARE + "2023-12-31,West,9\n" + TOLLS.replace("North,3", "North,7"), *numbered)
    assert moved.exit_code == 1 and claims(empty) == before
    # 1 became the new row, 2 and 3 became what 1 and 2 said; 4 is new.
    assert "have moved: 2 revised records of 3 would say what another record said before." in moved.output
    swapped = BARE + "2024-01-02,South,4\n2024-01-01,North,7\n2024-01-05,East,5\n"
    assert "have moved: 2 revised records of 2 would say" in run(tmp_path, swapped, *numbered).output
    assert claims(empty) == before


def test_running_totals_that_have_moved_are_refused(empty: Flask, tmp_path: pathlib.Path) -> None:
    head, days = "#date+reported,#affected+killed\n", "2024-01-01,3\n2024-02-01,5\n2024-03-01,8\n"
    numbered = (*LEAST, "--set", "measure=cumulative", "--set", "id=row", "--set", "dataset=toll")
    run(tmp_path, head + days, *numbered)
    assert "have moved" in run(tmp_path, head + "2023-12-01,1\n" + days, *numbered).output


def test_a_file_of_the_same_name_is_not_taken_for_the_next_release(empty: Flask, tmp_path: pathlib.Path) -> None:
    run(tmp_path, FILES["alone"], *LEAST, "--set", "phrase_lang=en")
    other = run(tmp_path, "#id,#date,#loc,#affected+killed\n9,2024-01-01,East,1\n", *LEAST)
    assert other.exit_code == 1 and "Dataset toll exists already. Give --set dataset=toll" in other.output
    assert len(claims(empty)) == 3
    own = run(tmp_path, "#id,#date,#loc,#affected+killed\n9,2024-01-01,East,1\n", *LEAST, "--set", "dataset=east")
    assert own.exit_code == 0 and len(claims(empty)) == 4


# Real files


@pytest.fixture(scope="module", params=SIZES)
def release(request: pytest.FixtureRequest) -> pathlib.Path:
    name = "conflict_data_ukr.v3-to2021.csv"
    if request.param == "sample":
        return DATA / "ucdp-ged-ukraine" / name
    if not (data := os.environ.get("DATA")):
        pytest.skip("DATA does not say where the real files lie: make test-data DATA=../shared/data")
    return pathlib.Path(data) / "ucdp-ged-ukraine" / name


def test_official_data_are_imported_by_their_hashtags_alone(
    databases: Databases, engine: str, release: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    app = make_app(databases.upgraded(engine), databases.folder)
    options = ["--mapping", "hxl", *LEAST, "--report", str(tmp_path / "report.csv")]
    told = CliRunner().invoke(import_files, [str(release), *options])
    assert told.exit_code == 0, told.output
    assert "Understood best (#affected+killed): killed, number." in told.output
    assert "Not used: side_a, because #group+name+first is not used." in told.output
    rows = ged.rows(release)
    expected = summed(rows, lambda row: row["date_start"][:4], lambda row: int(row["best"]))
    answer = app.test_client().get("/v1/statistics/casualties?shape=array&basis=incidents&group_by=year")
    assert {row["year"]: row["best"] for row in answer.json} == expected


OURS = ("revision", "created_at", "updated_at", "dataset")


def all_claims(app: Flask) -> list[dict[str, Any]]:
    rebound(app)
    rows = app.test_client().get("/v1/claims?limit=1000").json["data"]
    return [{name: value for name, value in row.items() if name not in OURS} for row in rows]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_our_own_answer_comes_back_by_its_hashtags(
    databases: Databases, engine: str, tmp_path: pathlib.Path, suffix: str
) -> None:
    """The import into an empty database has every row, with the names, addresses and order of its sources."""
    app = loaded(databases, engine, DATA)
    answer = app.test_client().get(f"/v1/claims.{suffix}?hxl=1").data
    expected = all_claims(app)
    assert max(len(row["sources"]) for row in expected) > 2
    assert {None} < {source["url"] for row in expected for source in row["sources"]}
    back = make_app(databases.upgraded(engine), databases.folder)
    told = run(tmp_path, answer, name=f"ours.{suffix}")
    assert told.exit_code == 0, told.output
    assert all_claims(back) == expected
    again = run(tmp_path, answer, name=f"ours.{suffix}")
    assert "Nothing changed: no new revision." in again.output


def test_a_retracted_claim_comes_back_with_its_sources(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    """The listing named no source of such a claim, so that its import was refused as a whole."""
    app, id = loaded(databases, engine, DATA), "article-2020-09-30-all-killed"
    with database.connection_context():
        mark_retracted("claims", id, "Misread.", "editor")
    expected = all_claims(app)
    (mine,) = [claim for claim in expected if claim["id"] == id]
    assert mine["status"] == "retracted" and [source["id"] for source in mine["sources"]] == ["article-2020-09-30"]
    answer = app.test_client().get("/v1/claims.csv?hxl=1").data
    back = make_app(databases.upgraded(engine), databases.folder)
    told = run(tmp_path, answer, name="ours.csv")
    assert told.exit_code == 0, told.output
    assert all_claims(back) == expected
    (report,) = back.test_client().get(f"/v1/reports?claim={id}").json["data"]
    assert (report["status"], report["status_reason"]) == ("retracted", "Misread.")


def test_our_own_answer_changes_nothing_where_its_claims_are(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    app = loaded(databases, engine, DATA)
    answer = app.test_client().get("/v1/claims.csv?hxl=1&harm=killed").data
    assert "Nothing changed: no new revision." in run(tmp_path, answer, name="ours.csv").output


def test_the_sources_of_a_flagged_claim_get_no_figure_that_they_may_not_have(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    id = "az-mod-2020-09-30-armenian-killed-or-injured"
    answer = loaded(databases, engine, DATA).test_client().get(f"/v1/claims.csv?hxl=1&id={id}").data
    back = make_app(databases.upgraded(engine), databases.folder)
    assert run(tmp_path, answer, name="ours.csv").exit_code == 0
    claim = back.test_client().get(f"/v1/claims/{id}").json["data"]
    assert "reports_differ" in claim["flags"] and claim["best"] == 2300
    assert {(report["best"], report["note"]) for report in claim["reports"]} == {(None, claims_alone.DIFFERS)}


def test_a_column_of_parts_labels_the_figures_of_its_row(empty: Flask, tmp_path: pathlib.Path) -> None:
    tags = "#event+id,#date+occurred,#loc+name,#affected+part,#affected+abducted\n"
    told = run(tmp_path, f"{tags}1,2024-02-03,North,of one clan,3\n2,2024-02-05,South,,4\n", *LEAST)
    assert told.exit_code == 0, told.output
    assert {id: (row["harm"], row["part"]) for id, row in claims(empty).items()} == {
        "toll-1-abducted": ("abducted", "of one clan"),
        "toll-2-abducted": ("abducted", None),
    }


@pytest.mark.parametrize("mark", ["-", "–", "—", "..", "…", "N/A", "n/a"])
def test_marks_of_what_is_not_stated_are_no_figures(empty: Flask, tmp_path: pathlib.Path, mark: str) -> None:
    """The row was refused, and without a mapping nobody could say what the mark means."""
    rows = f"Year,Dead,Hurt\n#date+year,#affected+killed,#affected+injured\n2020,3,{mark}\n"
    told = run(tmp_path, rows, *LEAST, "--set", "measure=period")
    assert told.exit_code == 0, told.output
    assert [row["best"] for row in claims(empty).values()] == [3]
