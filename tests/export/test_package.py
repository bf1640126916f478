"""Data packages: their content, their description, their checks, and that an unfinished one leaves no file."""

import hashlib
import io
import json
import pathlib
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from frictionless import validate

from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.export import data_package, output_files, selection, zip_archive
from api.export.tables import build_export
from schemas.imports.hxl import HXL
from tests.conftest import Databases
from tests.support import nasty, worlds
from tests.support.exports import contents, exported, ids, loaded, rows
from tests.support.exports import package as written

of_each_form = pytest.mark.parametrize("name", ["package", "package.zip"])


@pytest.fixture(scope="module")
def world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, worlds.SMALL)


@pytest.fixture(scope="module")
def nasty_world(databases: Databases, engine: str) -> Flask:
    return worlds.made(databases, engine, nasty.world())


def members(answer: Any) -> dict[str, bytes]:
    """Return the files of a zip."""
    assert (answer.status_code, answer.content_type) == (200, "application/zip"), answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


# Content ---------------------------------------------------------------------------------------------------------


@of_each_form
def test_everything_is_everything(world: Flask, tmp_path: pathlib.Path, name: str) -> None:
    made = written(world, tmp_path / name)
    for record_type, records in worlds.SMALL.items():
        assert ids(made, record_type) == sorted(record["id"] for record in records)
    assert set(contents(made)) == {
        *(f"{record_type}.csv" for record_type in worlds.RECORD_TYPES),
        "datasets.csv",
        "datapackage.json",
    }


NEEDED: list[tuple[str, dict[str, list[str]]]] = [
    (
        "harm=injured",  # of Red North, in a battle of the first phase, by the army of its camp
        {
            "claims": ["b-north"],
            "reports": ["b-north-in-agency"],
            "sources": ["agency"],
            "relations": [],
            "claimants": ["red-army"],
            "events": ["clash"],
            "conflicts": ["war", "war-first", "war-first-north"],
            "sides": ["alpha", "red", "red-north"],
        },
    ),
    (
        "event=clash",
        {
            "claims": ["a-own", "b-north"],
            "reports": ["a-own-in-agency", "a-own-in-times", "b-north-in-agency"],
            "sources": ["agency", "times"],
            "relations": [],
            "claimants": ["alpha-mod", "red-army"],
            "events": ["clash"],
            "conflicts": ["war", "war-first", "war-first-north"],
            "sides": ["alpha", "red", "red-north"],
        },
    ),
    (
        "claimant_side=none",
        {
            "claims": ["c-blame", "e-losses", "g-estimate"],
            "reports": ["c-blame-in-wire", "e-losses-in-wire", "g-estimate-in-times", "g-estimate-in-wire"],
            "sources": ["times", "wire"],
            "relations": ["g-supersedes-e"],
            "claimants": ["observers"],
            "events": ["shelling"],
            "conflicts": ["war"],
            "sides": ["alpha", "red", "red-north", "red-south"],
        },
    ),
    (
        "as_of=2020-12-31&conflict=other",  # what 2021 replaced was still active, without a replacement
        {
            "claims": ["d-denial"],
            "relations": [],
            "events": ["long-ago"],
            "conflicts": ["other"],
            "sides": ["hired", "red"],
        },
    ),
    ("id=f-silence", {"claims": ["f-silence"], "events": [], "conflicts": ["war"], "claimants": ["alpha-mod"]}),
]


@pytest.mark.parametrize("many", [selection.MANY, 0], ids=["few", "many"])
@pytest.mark.parametrize(("question", "needed"), NEEDED, ids=[question for question, _ in NEEDED])
def test_a_question_s_claims_come_with_all_that_they_need(
    world: Flask, question: str, needed: dict[str, list[str]], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MANY", many)
    found = members(world.test_client().get(f"/v1/export.zip?{question}"))
    assert {record_type: [row["id"] for row in rows(found[f"{record_type}.csv"])] for record_type in needed} == needed
    told = json.loads(found["datapackage.json"])["question"]
    assert (
        "&".join(sorted(f"{name}={','.join([v] if isinstance(v, str) else v)}" for name, v in told.items())) == question
    )


@pytest.mark.parametrize("question", ["claimant_side=none", "as_of=2020-12-31"])
def test_the_answer_to_a_question_can_be_imported_alone(
    world: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path, question: str
) -> None:
    made = written(world, tmp_path / "package", "--question", question)
    back = loaded(databases, engine, made)
    again = contents(written(back, tmp_path / "again"))
    del again["datapackage.json"]
    assert again.items() <= contents(made).items()


def test_a_past_revision_reads_as_it_did(databases: Databases, engine: str) -> None:
    app = worlds.made(databases, engine, worlds.SMALL)
    client = app.test_client()
    before = members(client.get("/v1/export.zip?revision=1"))
    more = {"sides": [{"id": "new", "name": "New"}], "claims": [worlds.claim("z-new")]}
    worlds.write(more | {"reports": [worlds.report("z-new", "times"), worlds.report("a-own", "wire")]})
    assert members(client.get("/v1/export.zip?revision=1")) == before
    assert "new" in members(client.get("/v1/export.zip"))["sides.csv"].decode()
    narrowed = members(client.get("/v1/export.zip?revision=1&event=clash"))
    assert [row["id"] for row in rows(narrowed["reports.csv"])] == NEEDED[1][1]["reports"]
    worlds.told(client.get("/v1/export.zip?revision=9"), 422, "unknown-record")


def test_a_question_that_cannot_be_asked_is_refused_as_by_the_list(world: Flask, tmp_path: pathlib.Path) -> None:
    client = world.test_client()
    worlds.told(client.get("/v1/export.zip?harn=killed"), 400, "unknown-parameter")
    worlds.told(client.get("/v1/export.zip?subject_side=alhpa"), 422, "unknown-record")
    worlds.told(client.get("/v1/export.zip?limit=1"), 400, "unknown-parameter")
    for question, told in (
        ("harn=killed", "There is no parameter harn. Did you mean harm"),
        ("subject_side=alhpa", "subject_side: 'alhpa' is not in this database. Did you mean alpha?"),
        ("harm=dead", "harm: Must be one of: killed"),
        ("q=-", "q contains no word"),
        ("revision=9", "There is no revision 9; the newest is 1."),
    ):
        refused = exported(world, tmp_path / "package", "--question", question)
        assert (refused.exit_code, told in refused.output) == (1, True), refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_no_export_is_makes_no_folder_of_its_name(world: Flask, tmp_path: pathlib.Path) -> None:
    for name, told in (
        ("claims.csv", ".csv is not supported. Use FILE.zip, FILE.xlsx or a folder."),
        ("claims.pdf", ".pdf is not supported. Use FILE.zip, FILE.xlsx or a folder."),
        ("a.JSON", ".json is not supported"),
    ):
        refused = exported(world, tmp_path / name)
        assert (refused.exit_code, told in refused.output) == (2, True), refused.output
    assert list(tmp_path.iterdir()) == []
    assert zipfile.is_zipfile(written(world, tmp_path / "ALL.ZIP"))
    assert written(world, tmp_path / "release-1.0").is_dir()


def test_an_empty_database_is_a_package_of_headers(empty: Flask, tmp_path: pathlib.Path) -> None:
    made = written(empty, tmp_path / "package")
    assert all(ids(made, record_type) == [] for record_type in worlds.RECORD_TYPES)
    assert (
        written(empty, tmp_path / "book.xlsx").exists() and written(empty, tmp_path / "parquet", "--parquet").is_dir()
    )
    assert validate(made / "datapackage.json").valid


# Description -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--hxl",), ("--question", "status=active&harm=killed")])
def test_frictionless_finds_nothing_wrong(nasty_world: Flask, tmp_path: pathlib.Path, options: tuple[str, ...]) -> None:
    """It checks types, words, sizes and hashes, and that every reference is in the package."""
    report = validate(written(nasty_world, tmp_path / "package", *options) / "datapackage.json")
    assert report.valid, report.flatten(["title", "message"])[:5]
    assert report.stats["tasks"] == len(worlds.RECORD_TYPES) + 1


def test_no_list_of_the_description_is_empty_where_the_profile_wants_one(world: Flask, tmp_path: pathlib.Path) -> None:
    """The profile of Table Schema requires `minItems: 1`, and check-datapackage applies it."""
    described = json.loads((written(world, tmp_path / "package") / "datapackage.json").read_text())
    keys = {resource["name"]: resource["schema"].get("foreignKeys") for resource in described["resources"]}
    assert keys["claims"] and keys["datasets"] is None
    assert [] not in keys.values() and described["licenses"] and described["resources"]


def test_frictionless_would_find_what_was_changed(world: Flask, tmp_path: pathlib.Path) -> None:
    """The check can fail: one letter of a side's id changes, and an event refers to that side."""
    made = written(world, tmp_path / "package")
    file = made / "sides.csv"
    file.write_bytes(file.read_bytes().replace(b"\r\nalpha,", b"\r\nalphb,"))
    told = [problem for (problem,) in validate(made / "datapackage.json").flatten(["type"])]
    assert set(told) == {"hash-count", "foreign-key"}


def test_sizes_and_hashes_are_those_of_the_files(world: Flask) -> None:
    found = members(world.test_client().get("/v1/export.zip"))
    resources = json.loads(found["datapackage.json"])["resources"]
    assert [resource["name"] for resource in resources] == [
        *(record_type.name for record_type in selection.LISTINGS),
        "datasets",
    ]
    for resource in resources:
        data = found[resource["path"]]
        assert (resource["bytes"], resource["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")


def test_every_column_is_explained(world: Flask) -> None:
    found = members(world.test_client().get("/v1/export.zip"))
    about = json.loads(found["datapackage.json"])
    assert about["licenses"] == [{"name": "CC-BY-4.0", "title": "CC BY 4.0"}]
    assert about["citation"] == "Counterclaim, revision 1. http://127.0.0.1:8000"
    for resource in about["resources"]:
        header = found[resource["path"]].decode().partition("\r\n")[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert all(field["description"] for field in resource["schema"]["fields"])
    harm = next(field for field in about["resources"][5]["schema"]["fields"] if field["name"] == "harm")
    assert harm["constraints"]["enum"][:2] == ["killed", "injured"]


def test_hxl_tags_stand_under_each_header(world: Flask) -> None:
    found = members(world.test_client().get("/v1/export.zip?hxl=1"))
    for record_type in worlds.RECORD_TYPES:
        header, tags, *_ = found[f"{record_type}.csv"].decode().split("\r\n")
        assert tags.split(",") == [HXL.get(name, "") for name in header.split(",")]


# Bytes -----------------------------------------------------------------------------------------------------------


def test_the_same_records_make_the_same_bytes(world: Flask, tmp_path: pathlib.Path) -> None:
    one, two = (written(world, tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert one == two == world.test_client().get("/v1/export.zip").data
    with zipfile.ZipFile(io.BytesIO(one)) as found:
        assert {member.date_time for member in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert contents(tmp_path / "one.zip") == contents(written(world, tmp_path / "folder"))


def test_a_zip_is_cached_by_its_tag(world: Flask) -> None:
    client = world.test_client()
    first = client.get("/v1/export.zip?harm=injured")
    assert first.headers["Content-Disposition"].startswith('attachment; filename="counterclaim-')
    again = client.get("/v1/export.zip?harm=injured", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/v1/export.zip").headers["ETag"] != first.headers["ETag"]
    assert "immutable" in client.get("/v1/export.zip?revision=1").headers["Cache-Control"]
    assert client.head("/v1/export.zip").status_code == 200


def test_memory_does_not_grow_with_the_rows(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """No chunk stays in memory: ten times the records take no more memory."""
    monkeypatch.setattr(selection, "CHUNK", 10)
    monkeypatch.setattr(selection, "KEYS", 20)
    worlds.rebound(worlds.made(databases, "sqlite", worlds.many(20)))
    small = peak()
    worlds.rebound(worlds.made(databases, "sqlite", worlds.many(200)))
    assert peak() < 1.3 * small  # 1.6 times, if the chunks of one record type stayed in memory


def peak() -> int:
    """Return the peak memory of Python in bytes, over two exports. The first export fills the caches."""
    for _ in range(2):
        tracemalloc.start()
        with database.connection_context(), open_snapshot(None):
            for _part in zip_archive.zip_members(data_package.members({"licenses": []}, build_export({}))):
                pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


# Complete or absent ----------------------------------------------------------------------------------------------


class Stopped(KeyboardInterrupt):
    """An exception that stands for Ctrl-C."""


def interrupted() -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "first.csv", iter([b"id\r\n"])

    def half() -> Iterator[bytes]:
        yield b"id\r\n"
        raise Stopped

    yield "second.csv", half()


def test_what_is_interrupted_leaves_nothing(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Stopped):
        output_files.write_folder(tmp_path / "package", interrupted())
    with pytest.raises(Stopped):
        output_files.write_file(tmp_path / "package.zip", zip_archive.zip_members(interrupted()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["package", "package.zip", "package.xlsx"])
def test_what_is_there_is_never_overwritten(world: Flask, tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / name).write_text("Not yours.")
    told = exported(world, tmp_path / name)
    assert (told.exit_code, "exists already" in told.output) == (1, True)
    assert (tmp_path / name).read_text() == "Not yours."
    assert [path.name for path in tmp_path.iterdir()] == [name]
