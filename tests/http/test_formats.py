"""JSON, CSV, TSV, NDJSON, XLSX, GeoJSON and Parquet have the same records, columns and figures for every reader."""

import csv
import datetime
import gc
import io
import json
import math
import pathlib
import re
import shutil
import subprocess
import tempfile
from typing import Any

import duckdb
import openpyxl
import pandas
import pyarrow
import pytest
from flask import Flask
from pyarrow import parquet
from werkzeug.test import TestResponse

from schemas import vocabularies
from schemas.details import write_details
from schemas.fields import remove_guard
from schemas.responses import TABLE_FORMATS
from tests.conftest import Databases
from tests.support import worlds
from tests.support.contract import HonestClient, open_client

of_each_type = pytest.mark.parametrize("record_type", worlds.RECORD_TYPES)
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
APOSTROPHE = "'"


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


def get(app: Flask, address: str, **headers: str) -> TestResponse:
    answer = app.test_client().get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def under(header: list[str], record: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON record as a flat row with these columns. A part of a missing object is null."""
    flat = flattened(record)
    assert {name for name, value in flat.items() if value is not None} <= set(header)
    return {name: flat.get(name) for name in header}


def flattened(record: dict[str, Any]) -> dict[str, Any]:
    """Return references as `x_id, x_name`, lists joined by `;`, and details as their JSON text."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if name == "details":
            flat[name] = write_details(value) if value else None
        elif isinstance(value, dict):
            flat |= {f"{name}_{part}": inner for part, inner in value.items()}
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            flat |= {f"{name}_{part}": joined(entry[part] for entry in value) for part in value[0]}
        else:
            flat[name] = joined(value) if isinstance(value, list) else value
    return flat


def joined(values: Any) -> str | None:
    return ";".join("" if value is None else re.sub(r"([;\\])", r"\\\1", str(value)) for value in values) or None


def as_cell(value: Any) -> str:
    """Return a value as CSV writes it: null is empty, and text that a spreadsheet would run has an apostrophe."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return APOSTROPHE + text if isinstance(value, str) and text[:1] in tuple("=+-@\t\r\n＝＋－＠") and text else text


def sheet_cell(name: str, value: Any) -> Any:
    """Return a value as a spreadsheet has it. Days and times are dates, except in lists and before 1900."""
    in_list = name.startswith("member_of")
    if not in_list and isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d(T.*Z)?", value) and value > "1900-03":
        return datetime.datetime.fromisoformat(value.removesuffix("Z"))
    return None if value == "" else value


def csv_rows(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8"), newline=""), strict=True))


def sheet_rows(answer: TestResponse) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
    assert book.sheetnames == ["records", "about"]
    found = [list(row) for row in book["records"].iter_rows(values_only=True)]
    book.close()
    return found


# Equality --------------------------------------------------------------------------------------------------------


@of_each_type
@pytest.mark.parametrize("query", ["sort=id", "sort=-id&limit=2"])
def test_every_format_tells_the_same(world: Flask, record_type: str, query: str) -> None:
    address = f"/v1/{record_type}"
    records = get(world, f"{address}?{query}").json["data"]
    told = csv_rows(get(world, f"{address}.csv?{query}"))
    flat = [under(list(told[0]), record) for record in records]
    assert told == [{name: as_cell(value) for name, value in record.items()} for record in flat]
    lines = get(world, f"{address}.ndjson?{query}").text.splitlines()
    assert [json.loads(line) for line in lines] == records
    header, *cells = sheet_rows(get(world, f"{address}.xlsx?{query}"))
    assert header == list(told[0])
    assert cells == [[sheet_cell(*item) for item in record.items()] for record in flat]


@of_each_type
def test_the_seeds_are_the_same_in_every_format(client: HonestClient, record_type: str) -> None:
    records = client.get(f"/v1/{record_type}?limit=1000").json["data"]
    ids = [record["id"] for record in records]
    assert ids
    assert [json.loads(line)["id"] for line in client.get(f"/v1/{record_type}.ndjson").text.splitlines()] == ids
    assert [row["id"] for row in csv_rows(client.get(f"/v1/{record_type}.csv"))] == ids
    header, *cells = sheet_rows(client.get(f"/v1/{record_type}.xlsx"))
    assert [row[header.index("id")] for row in cells] == ids


def test_the_seed_figures_are_the_same_in_every_format(client: HonestClient) -> None:
    def sums(rows: list[dict[str, Any]]) -> list[int]:
        return [sum(int(row[name]) for row in rows if row[name] not in ("", None)) for name in ("low", "best", "high")]

    expected = sums(client.get("/v1/claims?limit=1000").json["data"])
    assert min(expected) > 0
    assert sums(csv_rows(client.get("/v1/claims.csv"))) == expected
    assert sums([json.loads(line) for line in client.get("/v1/claims.ndjson").text.splitlines()]) == expected
    header, *cells = sheet_rows(client.get("/v1/claims.xlsx"))
    assert sums([dict(zip(header, row, strict=True)) for row in cells]) == expected


def test_fields_are_the_columns_in_that_order(world: Flask) -> None:
    query = "fields=best,sources,id,subject_side,flags"
    sources = ["sources_id", "sources_name", "sources_url"]
    header = ["best", *sources, "id", "subject_side_id", "subject_side_name", "flags"]
    assert list(csv_rows(get(world, f"/v1/claims.csv?{query}"))[0]) == header
    assert sheet_rows(get(world, f"/v1/claims.xlsx?{query}"))[0] == header
    line = json.loads(get(world, f"/v1/claims.ndjson?{query}").text.splitlines()[0])
    assert list(line) == ["best", "sources", "id", "subject_side", "flags"]
    feature = json.loads(get(world, f"/v1/claims.geojson?{query}").data)["features"][0]
    assert list(feature["properties"]) == header


@of_each_type
def test_nothing_is_a_header_and_no_row(empty: Flask, record_type: str) -> None:
    (header,) = get(empty, f"/v1/{record_type}.csv").text.splitlines()
    assert header.split(",").count("id") == 1
    assert get(empty, f"/v1/{record_type}.ndjson").data == b""
    assert sheet_rows(get(empty, f"/v1/{record_type}.xlsx")) == [header.split(",")]


# Choosing a format -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "accept", "expected"),
    [
        ("/v1/claims", None, "json"),
        ("/v1/claims", "*/*", "json"),
        ("/v1/claims", "text/csv", "csv"),
        ("/v1/claims", "text/csv, */*;q=0.1", "csv"),
        ("/v1/claims", "application/json;q=0.5, application/x-ndjson", "ndjson"),
        ("/v1/claims", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("/v1/claims", "application/geo+json", "geojson"),
        ("/v1/claims", MEDIA_TYPES["xlsx"], "xlsx"),
        ("/v1/claims", "text/csv; charset=utf-8", "csv"),
        ("/v1/claims", ",", "json"),
        ("/v1/claims?format=csv", "application/json", "csv"),
        ("/v1/claims?format=json", "text/csv", "json"),
        ("/v1/claims.ndjson?format=csv", "application/json", "ndjson"),
        ("/v1/claims.json", "text/csv", "json"),
        ("/v1/claims.csv", "image/png", "csv"),
        ("/v1/statistics/claims.csv", None, "csv"),
        ("/v1/statistics/events?format=ndjson", None, "ndjson"),
    ],
)
def test_the_suffix_beats_format_beats_accept(world: Flask, address: str, accept: str | None, expected: str) -> None:
    headers = {"Accept": accept} if accept else {}
    assert get(world, address, **headers).content_type == MEDIA_TYPES[expected]


@pytest.mark.parametrize("record_type", sorted(set(worlds.RECORD_TYPES) - set(worlds.WITH_PLACE)))
def test_what_has_no_place_is_not_there_as_geojson(world: Flask, record_type: str) -> None:
    client = world.test_client()
    body = worlds.told(client.get(f"/v1/{record_type}?format=geojson"), 422, "format-not-available")
    assert body["errors"][0]["allowed"] == [*TABLE_FORMATS, "atom", "jsonfeed"]
    worlds.told(client.get(f"/v1/{record_type}.geojson"), 404, "not-found")
    worlds.told(client.get(f"/v1/{record_type}", headers={"Accept": "application/geo+json"}), 406, "not-acceptable")


@of_each_type
def test_a_download_has_a_dated_name(world: Flask, record_type: str) -> None:
    for suffix in ("csv", "tsv", "ndjson", "xlsx", "parquet"):
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        disposition = get(world, f"/v1/{record_type}.{suffix}").headers["Content-Disposition"]
        assert disposition == f'attachment; filename="{record_type}-{today}.{suffix}"'
    assert "Content-Disposition" not in get(world, f"/v1/{record_type}").headers


# CSV -------------------------------------------------------------------------------------------------------------


def test_csv_is_rfc_4180_with_an_empty_cell_for_null(world: Flask) -> None:
    answer = get(world, "/v1/claims.csv?fields=id,best,low,phrase,stated_on&id=b-north,e-losses,g-estimate")
    assert answer.text == (
        "id,best,low,phrase,stated_on\r\n"
        "b-north,,24,'-dozens,\r\n"
        "e-losses,,,heavy losses,2020-12-31\r\n"
        'g-estimate,1000,,"about 1,000 missing",2021-03-01\r\n'
    )


def test_zero_is_zero_and_null_is_empty(databases: Databases, engine: str) -> None:
    given = dict(worlds.SMALL)
    given["claims"] = [worlds.claim("nil", value=0, low=0, best=0, high=0, qualifier="exact"), worlds.claim("unsaid")]
    given["reports"] = [worlds.report("nil", "times"), worlds.report("unsaid", "times")]
    given["relations"] = []
    app = worlds.made(databases, engine, given)
    columns = "fields=id,low,best,high"
    assert get(app, f"/v1/claims.csv?{columns}").text == "id,low,best,high\r\nnil,0,0,0\r\nunsaid,,,\r\n"
    assert sheet_rows(get(app, f"/v1/claims.xlsx?{columns}"))[1:] == [["nil", 0, 0, 0], ["unsaid", None, None, None]]


def test_only_text_is_guarded_against_formulas(world: Flask) -> None:
    sources = csv_rows(get(world, "/v1/sources.csv?id=wire"))
    assert (sources[0]["publisher"], sources[0]["title"]) == ("'=Wire", "'-3 dead")
    events = {row["id"]: row for row in csv_rows(get(world, "/v1/events.csv"))}
    assert (events["shelling"]["latitude"], events["long-ago"]["longitude"]) == ("-10.0", "-179.5")
    assert events["long-ago"]["note"] == "'=1+1"
    reports = csv_rows(get(world, "/v1/reports.csv?id=b-north-in-agency"))
    assert reports[0]["source_original"] == "'@press office"


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\n", "＝", "＠", ";=", "\u00a0=", "\u3000=", " =", "; \u2003@"]
)
def test_every_start_of_a_formula_is_guarded_in_csv_alone(databases: Databases, engine: str, start: str) -> None:
    name = f"{start}HYPERLINK(1)"
    app = worlds.made(databases, engine, {"sides": [{"id": "a", "name": name, "aliases": [name, "b"]}]})
    (row,) = csv_rows(get(app, "/v1/sides.csv"))
    assert row["name"] == APOSTROPHE + name and remove_guard(row["name"]) == name
    aliases = joined([name, "b"]) or ""
    assert row["aliases"] == (aliases if aliases[0] == "\\" else APOSTROPHE + aliases)
    assert get(app, "/v1/sides").json["data"][0]["name"] == name
    header, cells = sheet_rows(get(app, "/v1/sides.xlsx"))
    assert cells[header.index("name")] == name


def test_booleans_of_csv_are_spelled_as_in_json(client: HonestClient) -> None:
    """Every statistic with booleans. DuckDB and pandas read both spellings, other programs only one."""
    for address, name in (
        ("/v1/statistics/series.csv?conflict=nagorno-karabakh-2020", "revision"),
        ("/v1/statistics/disagreement.csv", "disputed"),
        ("/v1/statistics/casualties.csv", "added_up"),
        ("/v1/statistics/matrix.csv?conflict=nagorno-karabakh-2020", "added_up"),
    ):
        words = {row[name] for row in csv_rows(client.get(address))}
        assert words <= {"true", "false", ""} and words & {"true", "false"}, (address, words)


def test_the_hxl_row_stands_under_the_header(world: Flask) -> None:
    address = "/v1/claims.csv?fields=id,best,subject_side,figure_rule"
    header, tags, *rows = get(world, f"{address}&hxl=1").text.splitlines()
    assert tags == "#meta+id,#affected+best,#group+affected+id,#group+affected+name,"
    assert [header, *rows] == get(world, address).text.splitlines()
    sheet = sheet_rows(get(world, "/v1/claims.xlsx?fields=id,best&hxl=1"))
    assert sheet[1] == ["#meta+id", "#affected+best"]


STATISTICS = ["statistics/casualties", "statistics/places", "statistics/disagreement"]


@pytest.mark.parametrize("record_type", [*worlds.RECORD_TYPES, *STATISTICS])
def test_hashtags_promise_what_the_default_schema_of_libhxl_wants(client: HonestClient, record_type: str) -> None:
    """Numbers under #affected, days under #date. The first #affected is a figure that can be added up."""
    tags, *rows = csv_rows(client.get(f"/v1/{record_type}.csv?hxl=1"))
    wanted = {"#affected": r"\d*", "#date": r"(\d{4}-\d\d-\d\d)?"}
    for name, tag in tags.items():
        if pattern := wanted.get(tag.partition("+")[0]):
            assert [row[name] for row in rows if not re.fullmatch(pattern, row[name])] == [], (name, tag)
    figures = [name for name, tag in tags.items() if tag.startswith("#affected")]
    if record_type == "claims":
        assert figures == ["value", "low", "best", "high"]
        assert tags["harm"] == "#meta+harm" and tags["victim_status"] == "#meta+victim+status"


def test_a_byte_order_mark_only_when_asked(world: Flask) -> None:
    plain, marked = get(world, "/v1/claims.csv").data, get(world, "/v1/claims.csv?bom=1").data
    assert marked == b"\xef\xbb\xbf" + plain


def test_ndjson_is_one_record_a_line(world: Flask) -> None:
    text = get(world, "/v1/claims.ndjson").text
    assert text.endswith("}\n") and text.count("\n") == len(worlds.SMALL["claims"])


def test_pandas_reads_the_same_rows(client: HonestClient) -> None:
    records = client.get("/v1/claims?limit=1000").json["data"]
    frame = pandas.read_csv(io.BytesIO(client.get("/v1/claims.csv").data))
    assert list(frame["id"]) == [record["id"] for record in records]
    for name in ("low", "best", "high"):
        for value, record in zip(frame[name], records, strict=True):
            assert math.isnan(value) if record[name] is None else value == record[name]
    assert [re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in frame["stated_on"].dropna()].count(None) == 0


# XLSX ------------------------------------------------------------------------------------------------------------


def test_days_are_dates_of_the_spreadsheet_and_null_is_no_cell(world: Flask) -> None:
    address = "/v1/claims.xlsx?fields=id,best,stated_on,updated_at&id=b-north,e-losses"
    book = openpyxl.load_workbook(io.BytesIO(get(world, address).data))
    header, north, losses = book["records"].iter_rows()
    assert losses[2].value == datetime.datetime(2020, 12, 31) and losses[2].number_format == "yyyy-mm-dd"
    assert isinstance(losses[3].value, datetime.datetime)
    assert (north[1].value, north[2].value) == (None, None)
    assert header[2].value == "stated_on"


def test_days_of_statistics_are_dates(client: HonestClient) -> None:
    """The days of groups, series and matrix are dates, too."""
    for address, name in (
        ("/v1/statistics/casualties.xlsx?group_by=day&basis=incidents", "day"),
        ("/v1/statistics/claims.xlsx?group_by=stated_day", "stated_day"),
        ("/v1/statistics/series.xlsx?conflict=nagorno-karabakh-2020", "stated_on"),
        ("/v1/statistics/disagreement.xlsx", "lowest_first_day"),
        ("/v1/statistics/timeliness.xlsx?subject_side=azerbaijan", "started_on"),
    ):
        header, *rows = sheet_rows(get(client.application, address))
        days = {row[header.index(name)] for row in rows} - {None}
        assert days and all(isinstance(day, datetime.datetime) for day in days), (address, days)


def test_a_day_that_spreadsheets_cannot_count_stays_text(databases: Databases, engine: str) -> None:
    conflicts = [{"id": f"y{day[:4]}", "name": day, "started_on": day} for day in ("1899-12-31", "1900-03-01")]
    app = worlds.made(databases, engine, {"conflicts": conflicts})
    _, *rows = sheet_rows(get(app, "/v1/conflicts.xlsx?fields=started_on&sort=id"))
    assert rows == [["1899-12-31"], [datetime.datetime(1900, 3, 1)]]


@pytest.mark.parametrize(
    "address",
    [
        "/v1/claims.xlsx?harm=killed,injured",
        "/v1/statistics/casualties.xlsx?conflict=nagorno-karabakh-2020&subject_side=armenian",
        "/v1/export.xlsx?harm=killed",
    ],
)
def test_the_sheet_about_has_plain_words(client: HonestClient, address: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(get(client.application, address).data))
    about = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True)}
    assert not [
        value
        for value in about.values()
        if value is not None and re.search(r"[\[\]{}]|\('|None|True|False", str(value))
    ]
    assert about["address"] == f"http://127.0.0.1:8000{address}"
    if "claims" in address:
        assert about["filters: harm"] == "injured, killed" and about["total"] > 100
    if "casualties" in address:
        assert about["as_of"] is None and about["group_by"] == "harm, conflict, measure"
        assert about["warnings"].startswith("code: ")


# Readers that guess types ----------------------------------------------------------------------------------------

#: Words that agate (csvkit), pandas or DuckDB read as null, true or false.
EATEN = {"", "na", "n/a", "none", "null", "nan", ".", "#n/a", "<na>", "t", "f", "y", "n", "true", "false", "yes", "no"}
COOKBOOK = pathlib.Path(__file__).parents[2] / "docs" / "readers" / "cookbook.md"


def test_no_further_code_word_is_one_that_readers_eat() -> None:
    """The cookbook explains these three. F is a word of a published scale, and `none` is in signed logs."""
    lists = [words for words in vars(vocabularies).values() if isinstance(words, vocabularies.Vocabulary)]
    eaten = {(words.name, word) for words in lists for word in words if word.lower() in EATEN}
    assert eaten == {("violence", "none"), ("cause", "none"), ("reliability", "F")}


def test_told_to_take_text_readers_keep_every_word(databases: Databases, engine: str, tmp_path: pathlib.Path) -> None:
    """The readers use the options of the cookbook."""
    phrases = {"a": "n/a", "b": "none", "c": ".", "d": "007", "e": "NULL", "f": "F", "g": "true", "h": "1e5"}
    app = worlds.made(
        databases,
        engine,
        worlds.SMALL
        | {
            "claims": [worlds.claim(id, phrase=phrase) for id, phrase in phrases.items()],
            "reports": [worlds.report(id, "times") for id in phrases],
            "relations": [],
        },
    )
    (tmp_path / "claims.csv").write_bytes(get(app, "/v1/claims.csv?fields=id,phrase,best").data)
    options = 'keep_default_na=False, na_values=[""], dtype={"phrase": str}'
    types = "types = {'phrase': 'VARCHAR'}"
    assert options in COOKBOOK.read_text() and types in COOKBOOK.read_text()
    frame = pandas.read_csv(
        tmp_path / "claims.csv",
        keep_default_na=False,
        na_values=[""],
        dtype={"phrase": str},  # as `options` says
    )
    assert dict(zip(frame["id"], frame["phrase"], strict=True)) == phrases and frame["best"].isna().all()
    rows = duckdb.sql(f"SELECT id, phrase, best FROM read_csv('{tmp_path}/claims.csv', {types})").fetchall()
    assert {row[:2] for row in rows} == set(phrases.items()) and {row[2] for row in rows} == {None}


# GeoJSON ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record_type", worlds.WITH_PLACE)
def test_geojson_has_every_record_and_counts_those_without_a_place(world: Flask, record_type: str) -> None:
    records = get(world, f"/v1/{record_type}").json["data"]
    placed = [record for record in records if record["latitude"] is not None]
    found = json.loads(get(world, f"/v1/{record_type}.geojson").data)
    assert set(found) == {"type", "features", "without_place"} and found["type"] == "FeatureCollection"
    assert found["without_place"] == len(records) - len(placed) > 0
    for feature, record in zip(found["features"], records, strict=True):
        assert feature["id"] == record["id"]
        place = {"type": "Point", "coordinates": [record["longitude"], record["latitude"]]}
        assert feature["geometry"] == (place if record in placed else None)
        assert feature["properties"] == under(list(feature["properties"]), record)


def test_geojson_of_the_seeds_has_all_events(client: HonestClient) -> None:
    features = json.loads(client.get("/v1/events.geojson").data)["features"]
    assert len(features) == 15 and sum(feature["geometry"] is None for feature in features) == 10


def test_geojson_of_nothing_and_of_no_place_is_still_geojson(world: Flask, empty: Flask) -> None:
    nothing = {"type": "FeatureCollection", "features": [], "without_place": 0}
    assert json.loads(get(empty, "/v1/events.geojson").data) == nothing
    vow = json.loads(get(world, "/v1/events.geojson?id=vow").data)
    (feature,) = vow["features"]
    assert (feature["id"], feature["geometry"], vow["without_place"]) == ("vow", None, 1)


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo (Debian: gdal-bin) is not installed")
@pytest.mark.parametrize("record_type", worlds.WITH_PLACE)
def test_ogrinfo_reads_the_geojson(world: Flask, record_type: str, tmp_path: pathlib.Path) -> None:
    answer = get(world, f"/v1/{record_type}.geojson")
    file = tmp_path / f"{record_type}.geojson"
    file.write_bytes(answer.data)
    told = subprocess.run(["ogrinfo", "-al", "-so", str(file)], capture_output=True, text=True, check=True).stdout
    assert f"Feature Count: {len(json.loads(answer.data)['features'])}" in told
    assert "Geometry: Point" in told


# Streaming -------------------------------------------------------------------------------------------------------

MANY = 2500


@pytest.fixture(scope="module")
def long_list(databases: Databases, engine: str) -> Flask:
    given = dict(worlds.SMALL)
    figures = {"qualifier": "exact"}
    given["claims"] = [worlds.claim(f"n-{n:04}", value=n % 7, best=n % 7, **figures) for n in range(MANY)]
    given["reports"] = [worlds.report(f"n-{n:04}", "times", best=n % 7) for n in range(MANY)]
    given["relations"] = []
    return worlds.made(databases, engine, given)


@pytest.mark.parametrize("sort", ["id", "-best,id", "best,-id"])
def test_a_long_answer_streams_whole_and_in_order(long_list: Flask, sort: str) -> None:
    by = {"id": lambda n: n, "-best,id": lambda n: (-(n % 7), n), "best,-id": lambda n: (n % 7, -n)}
    expected = [f"n-{n:04}" for n in sorted(range(MANY), key=by[sort])]
    query = f"sort={sort}&fields=id,best,sources"
    told = csv_rows(get(long_list, f"/v1/claims.csv?{query}"))
    assert [row["id"] for row in told] == expected
    assert sum(int(row["best"]) for row in told) == sum(n % 7 for n in range(MANY))
    assert {row["sources_name"] for row in told} == {"Times, Weekly"}
    lines = get(long_list, f"/v1/claims.ndjson?{query}").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == expected


def test_a_long_answer_is_paged_whole_in_json(long_list: Flask) -> None:
    found, address = [], "/v1/claims?limit=1000&fields=id&sort=-id"
    while address:
        answer = get(long_list, address)
        found += worlds.ids(answer)
        address = answer.json["links"].get("next", "")
    assert found == [f"n-{n:04}" for n in reversed(range(MANY))]


def test_a_page_of_csv_has_a_next_page(long_list: Flask) -> None:
    answer = get(long_list, "/v1/claims.csv?limit=2&fields=id")
    assert [row["id"] for row in csv_rows(answer)] == ["n-0000", "n-0001"]
    following = re.search(r'<([^>]*)>; rel="next"', answer.headers["Link"])
    assert following is not None
    assert [row["id"] for row in csv_rows(get(long_list, following[1]))] == ["n-0002", "n-0003"]


# TSV and Parquet -------------------------------------------------------------------------------------------------


@of_each_type
def test_tsv_has_the_cells_of_csv(world: Flask, record_type: str) -> None:
    rows = {
        suffix: list(csv.reader(io.StringIO(get(world, f"/v1/{record_type}.{suffix}").text), delimiter=separator))
        for suffix, separator in (("csv", ","), ("tsv", "\t"))
    }
    assert len(rows["csv"]) > 1
    assert rows["tsv"] == rows["csv"]


def read_parquet(app: Flask, address: str) -> pyarrow.Table:
    return parquet.read_table(io.BytesIO(get(app, address).data))


@of_each_type
def test_parquet_has_every_record_and_null_as_null(world: Flask, record_type: str) -> None:
    table = read_parquet(world, f"/v1/{record_type}.parquet")
    records = get(world, f"/v1/{record_type}?limit=1000").json["data"]
    told = [{name: as_json(value) for name, value in row.items()} for row in table.to_pylist()]
    assert told == [under(table.column_names, record) for record in records]


def as_json(value: Any) -> Any:
    """Return a value of Parquet as JSON spells it."""
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def test_parquet_has_types_and_says_where_it_is_from(world: Flask) -> None:
    address = "/v1/claims.parquet?fields=id,best,stated_on,latitude,created_at"
    schema = read_parquet(world, address).schema
    assert {field.name: str(field.type) for field in schema} == {
        "id": "string", "best": "int64", "stated_on": "date32[day]", "latitude": "double",
        "created_at": "timestamp[us, tz=UTC]",
    }  # fmt: skip
    about = json.loads(schema.metadata[b"counterclaim"])
    total = get(world, "/v1/claims").json["meta"]["total"]
    assert (about["address"].endswith(address), about["total"], about["revision"]) == (True, total, 1)


def test_parquet_has_text_as_it_is(world: Flask) -> None:
    """CSV puts an apostrophe before `-dozens`, and Parquet does not. An empty text is not null."""
    (row,) = read_parquet(world, "/v1/claims.parquet?id=b-north&fields=phrase,note,value").to_pylist()
    assert row == {"phrase": "-dozens", "note": "", "value": None}


def test_parquet_without_a_record_has_its_columns(world: Flask) -> None:
    table = read_parquet(world, "/v1/claims.parquet?harm=detained&fields=id,best")
    assert (table.num_rows, table.column_names) == (0, ["id", "best"])


def test_a_statistic_is_there_as_tsv_and_parquet(world: Flask) -> None:
    address = "/v1/statistics/casualties.{}?group_by=subject_side"
    rows = list(csv.DictReader(io.StringIO(get(world, address.format("tsv")).text), delimiter="\t"))
    table = read_parquet(world, address.format("parquet"))
    assert len(rows) == table.num_rows > 0
    assert [int(row["best"]) for row in rows] == table["best"].to_pylist()


@pytest.mark.parametrize("address", ["/v1/claims.parquet", "/v1/statistics/casualties.parquet?conflict=war"])
def test_a_head_of_a_file_leaves_no_file(
    databases: Databases, address: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, its first part was made and never closed: the folder stayed until the next collection of garbage."""
    app = worlds.made(databases, "sqlite", worlds.SMALL)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gc.disable()
    try:
        assert open_client(app).head(address).status_code == 200
        assert list(tmp_path.iterdir()) == []
    finally:
        gc.enable()
