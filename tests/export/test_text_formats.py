"""Lists as text have the bytes that Python's own writers of CSV and JSON make of the same records."""

import csv
import io
import json
import pathlib
from typing import Any

import duckdb
import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.codebook import RECORD_TYPES
from api.database.connection import database
from api.export import text_formats
from api.http import formats
from api.listings import query
from tests.conftest import Databases
from tests.support import worlds
from tests.support.contract import HonestClient

of_each_type = pytest.mark.parametrize("record_type", worlds.RECORD_TYPES)
#: Texts that CSV quotes or guards, that JSON escapes, or that SQL text or a format could take for its own.
TEXTS = (
    'said "none", or 3', "two\nlines", "a\tb", "=1+1", "-3 dead", " @home", "; +1", "50% of %s, %d", "a;b\\c", "back\\",
    "\u2028end", "Ağdərə 𐍈 👍", "'quoted'", "{json: null}", ",", '"', "null", "1e5", "\u3000=1", "'=1", "it's -x",
)  # fmt: skip


def make_world() -> worlds.World:
    """Return the small world with such texts wherever a text may be."""
    world = {name: [dict(record) for record in records] for name, records in worlds.SMALL.items()}
    for number, text in enumerate(TEXTS):
        place = {"latitude": number * 1.1 - 10, "longitude": 1e-7 * number} if number % 3 else {}
        source = {"id": f"source-{number}", "publisher": text, "title": text, "kind": "report", "language": "en"}
        world["sources"].append({**world["sources"][0], **source, "url": f"https://example.org/?a=1,2&b={number}"})
        world["sides"].append({"id": f"side-{number}", "name": text, "kind": "state", "aliases": [text, "b;c"]})
        world["claimants"].append({"id": f"claimant-{number}", "name": text, "kind": "ministry", "note": text})
        world["events"].append(
            {**world["events"][0], "id": f"event-{number}", "name": text, "place": text, "place_note": text, **place}
        )
        said = {"claimant": f"claimant-{number}", "part": text, "phrase": text, "note": text}
        world["claims"].append(worlds.claim(f"said-{number}", event=f"event-{number}", **said))
        world["reports"].append(worlds.report(f"said-{number}", f"source-{number}", note=text))
        if number % 4 == 0:
            world["reports"].append(worlds.report(f"said-{number}", "source-1"))
    return world


@pytest.fixture(scope="module")
def texts(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, make_world())


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an answer of all records have several pages."""
    read_rows = query.read_rows
    monkeypatch.setattr(text_formats, "read_rows", lambda *args, **how: read_rows(*args, **{"limit": 7, **how}))


def get(app: Flask, address: str, client: type[FlaskClient] = HonestClient) -> bytes:
    answer = client(app, app.response_class).get(address)
    content = answer.data
    answer.close()
    assert answer.status_code == 200, content
    return content


def records_of(app: Flask, record_type: str, question: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(get(app, f"/v1/{record_type}?limit=1000&{question}"))["data"]
    return records


def as_csv(header: list[str], rows: list[list[Any]], separator: str) -> bytes:
    """Return what Python's csv module writes."""
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\r\n").writerows([header, *rows])
    return file.getvalue().encode()


def flatten(record_type: str, records: list[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    layout = formats.build_layout(RECORD_TYPES[record_type](), list(records[0]))
    return layout.header, [list(row) for row in layout.list_rows(records)]


QUESTIONS = ("", "sort=-id", "revision=1", "fields=id,status,note")


@of_each_type
@pytest.mark.parametrize("question", QUESTIONS)
def test_csv_and_tsv_are_what_the_csv_module_writes(texts: Flask, record_type: str, question: str) -> None:
    records = records_of(texts, record_type, question)
    header, rows = flatten(record_type, records)
    guarded = [[formats.csv_cell(cell) for cell in row] for row in rows]
    assert get(texts, f"/v1/{record_type}.csv?{question}") == as_csv(header, guarded, ",")
    assert get(texts, f"/v1/{record_type}.tsv?{question}") == as_csv(header, guarded, "\t")
    assert get(texts, f"/v1/{record_type}.csv?{question}&limit=1000") == as_csv(header, guarded, ",")


@of_each_type
@pytest.mark.parametrize("question", QUESTIONS)
def test_json_is_what_orjson_writes(texts: Flask, record_type: str, question: str) -> None:
    records = records_of(texts, record_type, question)
    lines = b"".join(orjson.dumps(record) + b"\n" for record in records)
    assert get(texts, f"/v1/{record_type}.ndjson?{question}") == lines
    assert get(texts, f"/v1/{record_type}?shape=array&{question}") == orjson.dumps(records) + b"\n"


@pytest.mark.parametrize("record_type", ["claims", "events"])
def test_geojson_is_what_orjson_writes(texts: Flask, record_type: str) -> None:
    records = records_of(texts, record_type, "")
    header, rows = flatten(record_type, records)
    features = [
        {
            "type": "Feature",
            "id": record["id"],
            "geometry": None
            if record["latitude"] is None
            else {"type": "Point", "coordinates": [record["longitude"], record["latitude"]]},
            "properties": dict(zip(header, row, strict=True)),
        }
        for record, row in zip(records, rows, strict=True)
    ]
    missing = [feature for feature in features if feature["geometry"] is None]
    assert 0 < len(missing) < len(features)
    collection = {"type": "FeatureCollection", "features": features, "without_place": len(missing)}
    assert get(texts, f"/v1/{record_type}.geojson") == orjson.dumps(collection) + b"\n"


@of_each_type
@pytest.mark.parametrize("question", ["", "fields=note", "fields=id,status,note"])
def test_parquet_tells_null_from_an_empty_text(
    texts: Flask, record_type: str, question: str, tmp_path: pathlib.Path
) -> None:
    records = records_of(texts, record_type, question)
    header, rows = flatten(record_type, records)
    file = tmp_path / "records.parquet"
    file.write_bytes(get(texts, f"/v1/{record_type}.parquet?{question}"))
    with duckdb.connect() as connection:
        types = dict(connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE '{file}')").fetchall())
        assert list(types) == header
        cells = ", ".join(write_as_text(name, types[name]) for name in header)
        assert connection.execute(f"SELECT {cells} FROM '{file}'").fetchall() == list(map(tuple, rows))


def write_as_text(name: str, kind: str) -> str:
    """Return SQL for a column as JSON has it: days and times are text."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime(\"{name}\" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
    return f'CAST("{name}" AS VARCHAR)' if kind == "DATE" else f'"{name}"'


def test_a_single_column_has_no_empty_line(texts: Flask) -> None:
    """An empty line would be no row: the csv module writes `""`."""
    notes = [record["note"] for record in records_of(texts, "claims", "fields=note")]
    assert "" in notes
    expected = as_csv(["note"], [[formats.csv_cell(note)] for note in notes], ",")
    assert get(texts, "/v1/claims.csv?fields=note") == expected
    lines = get(texts, "/v1/claims.csv?fields=statement").split(b"\r\n")
    assert lines[1:4] == [b"a-statement", b"a-statement", b'""']


@pytest.mark.parametrize("suffix", ["csv", "tsv", "ndjson", "geojson", "json?shape=array"])
def test_nothing_found_is_a_complete_file(texts: Flask, suffix: str) -> None:
    empty = {
        "ndjson": b"", "json?shape=array": b"[]\n",
        "geojson": b'{"type":"FeatureCollection","features":[],"without_place":0}\n',
    }  # fmt: skip
    content = get(texts, f"/v1/claims.{suffix}{'&' if '?' in suffix else '?'}best_min=999999&fields=id,best")
    assert content == empty.get(suffix, b"id\tbest\r\n" if suffix == "tsv" else b"id,best\r\n")


@pytest.mark.parametrize("word", ["a,b", 'a"b', "a\nb", "-a", "=a", "a\tb", "é", "a\r\nb"])
def test_a_word_that_no_schema_allows_is_quoted_like_any_text(databases: Databases, engine: str, word: str) -> None:
    """Somebody wrote into the database by other means."""
    app = worlds.made(databases, engine, worlds.SMALL)
    with database.connection_context():
        mark = "%s" if engine == "postgres" else "?"
        database.execute_sql(f"UPDATE claim SET victim_sex = {mark} WHERE slug = 'b-north'", (word,))
    records = json.loads(get(app, "/v1/claims", FlaskClient))["data"]
    header, rows = flatten("claims", records)
    guarded = [[formats.csv_cell(cell) for cell in row] for row in rows]
    assert any(word in row for row in rows)
    for suffix, separator in (("csv", ","), ("tsv", "\t")):
        assert get(app, f"/v1/claims.{suffix}", FlaskClient) == as_csv(header, guarded, separator)
