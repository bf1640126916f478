"""A file with a row of HXL hashtags is imported by them alone, and it is told what was understood and what was not."""

import os
import pathlib
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.db import database
from schemas.hxl import HXL
from seeds.cli.imports import imports
from seeds.hxl.hashtags import told, understood
from seeds.load import DATA, load
from seeds.readers.tables import Table
from tests import ged
from tests.conftest import Databases, make_app
from tests.imported import SIZES, summed
from tests.worlds import rebound

HEADER = "No,Day,Until,Town,Lat,Lon,Country,Dead,Hurt,Link,Desk\n"
TAGS = (
    "#event+id,#date+occurred,#date+end,#loc+name,#geo+lat,#geo+lon,#country+code,"
    "#affected+killed,#affected+injured,#meta+url,\n"
)
ROWS = (
    "1,2024-02-03,2024-02-04,North,40.5,46.25,AAA,at least 3,12,https://times.example/a,x\n"
    "2,2024-02-05,,South,,,AAA,0,,,y\n"
)
LEAST = ("--set", "conflict_name=The war", "--set", "claimant_name=Desk")


def run(folder: pathlib.Path, content: str | bytes, *options: str, name: str = "toll.csv") -> Result:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return CliRunner().invoke(imports, [str(folder / name), "--report", str(folder / "report.csv"), *options])


@pytest.fixture(scope="module")
def nothing(databases: Databases, engine: str) -> Flask:
    """An application without a record, for what is refused and hence leaves it so."""
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
        "2024-02-03", "2024-02-04", "North", "AAA",
    ]  # fmt: skip
    assert (event["latitude"], event["longitude"]) == (40.5, 46.25)


def test_a_sheet_with_hashtags_is_read_as_well(empty: Flask, tmp_path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in ("Attacks\n" + HEADER + TAGS).splitlines():
        sheet.append([cell or None for cell in line.split(",")])
    sheet.append([1, "2024-02-03", None, "North", 40.5, 46.25, "AAA", 3, 12, "https://times.example/a", "x"])
    book.save(tmp_path / "toll.xlsx")
    content = (tmp_path / "toll.xlsx").read_bytes()
    told = run(tmp_path, content, *LEAST, "--set", "dataset=toll", name="toll.xlsx")
    assert told.exit_code == 0, told.output
    assert {id: row["best"] for id, row in claims(empty).items()} == {"toll-1-killed": 3, "toll-1-injured": 12}


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


# What must be told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "Nothing says of which conflict the rows are: no column is tagged #crisis+id. Say --set conflict=ID"),
        (["--set", "conflict_name=War"], "Nothing says of which claimant the rows are"),
        (["--set", "conflict=war", *LEAST[2:]], "there is no such record among the conflicts"),
        ([*LEAST, "--set", "subject_side=alpha"], "there is no such record among the sides"),
        ([*LEAST, "--set", "measure=total"], "--set measure=total: Unknown"),
        ([*LEAST, "--set", "claiment=x"], "--set claiment: Unknown: did you mean claimant?"),
        ([*LEAST, "--set", "claimant"], "--set claimant: must be NAME=VALUE."),
        ([*LEAST, "--set", "dates=dd/mm"], "What --set tells cannot be used.\ndates › 0: Must be written with %Y, %m"),
        ([*LEAST, "--set", "title=a\x07"], "dataset › title: Contains U+0007"),
        (["--set", "conflict_name={x", *LEAST[2:]], "conflict › name: A column stands in { and }"),
        ([*LEAST, "--set", "dataset=???"], "--set dataset=???: must have a letter or a digit."),
        ([*LEAST, "--mapping", "ucdp-ged"], "--set goes with HXL hashtags"),
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
        ("a,b\n1,2\n", "has no row of HXL hashtags among its first 25 rows"),
        ("#date,#loc\n2024-01-01,North\n", "No column is tagged as a figure"),
        ("#date+reported,#affected+killed\n2024-01-01,3\n", "Say --set measure=WORD, one of incident, period"),
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
    (figure,) = understood(of(tag)).figures
    assert figure.suffix == "-".join(filter(None, [harm, part]))


@pytest.mark.parametrize(
    "tag", ["#affected+killed+press", "#affected+killed+injured", "#affected", "#affected+homeless"]
)
def test_a_figure_that_may_be_of_a_part_is_not_used(tag: str) -> None:
    found = understood(of(tag, "#affected+missing"))
    assert [figure.harm for figure in found.figures] == ["missing"]
    assert set(found.unused) == {"c0"}


def test_bounds_of_one_figure_are_one_claim(empty: Flask, tmp_path: pathlib.Path) -> None:
    content = "#id,#date,#loc,#affected+killed+min,#affected+killed,#affected+max+killed\na,2024-01-01,North,3,4,6\n"
    assert run(tmp_path, content, *LEAST).exit_code == 0
    (claim,) = claims(empty).values()
    assert (*figures(claim), claim["qualifier"]) == ("killed", 3, 4, 6, "as_given")


def test_two_columns_tagged_alike_are_never_added_or_chosen_from_silently() -> None:
    lines = list(told(of("#affected+killed", "#affected +killed", "#loc", "#loc+name")))
    assert "Not used: c1, because c0 is tagged alike." in lines
    assert "Not used: c3, because c2 is tagged alike." in lines


def test_every_hashtag_of_ours_is_understood_or_said_not_to_be() -> None:
    tags = sorted(set(HXL.values()))
    found = understood(of(*tags))
    used = {*found.roles.values(), *(column for figure in found.figures for column in figure.bounds.values())}
    assert used | set(found.unused) == {f"c{place}" for place, _ in enumerate(tags)}
    assert {"conflict", "claimant", "stated", "harm", "measure", "subject_side", "latitude"} <= set(found.roles)


# The next release


def test_rows_are_known_by_their_id_or_else_by_their_number(empty: Flask, tmp_path: pathlib.Path) -> None:
    without = "#date,#loc,#affected+killed\n2024-01-01,North,3\n2024-01-01,North,3\n"
    first = run(tmp_path, without, *LEAST)
    assert "No column is tagged #event+id: rows are known by their number" in first.output
    assert len(claims(empty)) == 2  # two rows that read alike are two
    again = run(tmp_path, without, *LEAST, "--set", "dataset=toll")
    assert "Nothing changed: no new revision." in again.output


def test_a_file_of_the_same_name_is_not_taken_for_the_next_release(empty: Flask, tmp_path: pathlib.Path) -> None:
    run(tmp_path, FILES["alone"], *LEAST, "--set", "phrase_lang=en")
    other = run(tmp_path, "#id,#date,#loc,#affected+killed\n9,2024-01-01,East,1\n", *LEAST)
    assert other.exit_code == 1 and "There is a dataset toll already. Say --set dataset=toll" in other.output
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
    app = make_app(databases.upgraded(engine), databases.folder, statement_seconds=60)
    options = ["--mapping", "hxl", *LEAST, "--report", str(tmp_path / "report.csv")]
    told = CliRunner().invoke(imports, [str(release), *options])
    assert told.exit_code == 0, told.output
    assert "Understood best (#affected+killed): killed, number." in told.output
    assert "Not used: side_a, because nothing is made of #group+name+first." in told.output
    rows = ged.rows(release)
    expected = summed(rows, lambda row: row["date_start"][:4], lambda row: int(row["best"]))
    answer = app.test_client().get("/v1/statistics/casualties?shape=array&basis=incidents&group_by=year")
    assert {row["year"]: row["best"] for row in answer.json} == expected


def test_our_own_answer_comes_back_by_its_hashtags(empty: Flask, tmp_path: pathlib.Path) -> None:
    with_tags = "/v1/claims.csv?hxl=1&measure=cumulative&has_figure=1&conflict=nagorno-karabakh-2020"
    with database.connection_context():
        load(DATA, "The seeds.")
    client = empty.test_client()
    lines = client.get(with_tags).text.split("\n", 1)
    told = run(tmp_path, lines[1], name="ours.csv")
    assert told.exit_code == 0, told.output
    ours = {row["id"]: row for row in client.get("/v1/claims?limit=1000").json["data"]}
    copies = {id: row for id, row in ours.items() if id.startswith("ours-")}
    originals = [row for row in ours.values() if row["id"] + "-figure" in {id.removeprefix("ours-") for id in copies}]
    assert len(copies) == len(originals) > 50
    for row in originals:
        copy = copies[f"ours-{row['id']}-figure"]
        for name in ("harm", "low", "best", "high", "qualifier", "phrase", "subject_side", "claimant", "stated_on"):
            assert copy[name] == row[name], (row["id"], name)
