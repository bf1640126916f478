"""Records of a dataset are exported with its credits. After their import, its next release still recognises them."""

import io
import json
import pathlib
import zipfile

import pytest
from flask import Flask

from api.database.connection import database
from api.writes.update import revise_record
from imports.packages.load import load_package
from seeds import DATA
from tests.conftest import Databases
from tests.support import worlds
from tests.support.exports import contents, exported, loaded, package, rows
from tests.support.imported import Counts, command, counted, run

GED = DATA / "ucdp-ged-ukraine"
EARLIER, LATER = GED / "conflict_data_ukr.v2-to2019.csv", GED / "conflict_data_ukr.v3-to2021.csv"
OTHER = {"sqlite": "postgres", "postgres": "sqlite"}


def imported(databases: Databases, engine: str) -> Flask:
    """Return a small world and an early release of UCDP GED. An editor has corrected one event of it."""
    app = worlds.made(databases, engine, worlds.SMALL)
    command("ucdp-ged", [EARLIER], databases, "--release", "v2")
    event = app.test_client().get("/v1/events?conflict=ucdp-conflict-13246&limit=1").json["data"][0]["id"]
    with database.connection_context():
        revise_record("events", event, {"note": "Corrected."}, "A slip.", "editor")
    return app


@pytest.fixture(scope="module")
def ged(databases: Databases, engine: str) -> Flask:
    return imported(databases, engine)


def test_the_next_release_knows_what_has_left_and_come_back(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    ged = imported(databases, engine)
    first = package(ged, tmp_path / "first.zip")
    back = loaded(databases, OTHER[engine], first)
    assert contents(package(back, tmp_path / "back.zip")) == contents(first)

    there, here = later(ged, tmp_path / "there.csv"), later(back, tmp_path / "here.csv")
    assert here == there
    assert there[0]["events"]["withdrawn"] > 0 and there[0]["claims"]["created"] > 0
    assert "note" in there[1] and "The record has 'Corrected.'" in there[1]
    assert contents(package(back, tmp_path / "back-v3.zip")) == contents(package(ged, tmp_path / "v3.zip"))


def later(app: Flask, report: pathlib.Path) -> tuple[Counts, str]:
    """Return the result of importing the later release, and its report of what an editor corrected."""
    worlds.rebound(app)
    told = run(LATER, "--mapping", "ucdp-ged", "--release", "v3", "--report", report)
    assert told.exit_code == 0, told.output
    return counted(told.output), report.read_text()


def test_a_package_credits_the_datasets_in_it(ged: Flask, tmp_path: pathlib.Path) -> None:
    made = package(ged, tmp_path / "package")
    about = json.loads((made / "datapackage.json").read_text())
    (credit,) = about["sources"]
    assert credit["title"] == ("UCDP Georeferenced Event Dataset (GED), release v2. Uppsala Conflict Data Program")
    assert credit["path"] == "https://ucdp.uu.se/downloads/"
    assert credit["citation"].startswith("Davies, Shawn")
    assert [licence["name"] for licence in about["licenses"]] == ["CC-BY-4.0"]
    (dataset,) = rows((made / "datasets.csv").read_bytes())
    assert (dataset["id"], dataset["release"]) == ("ucdp-ged", "v2")
    brought = {row["dataset"] for row in rows((made / "claims.csv").read_bytes())}
    assert brought == {"ucdp-ged", None}


def test_a_package_without_records_of_a_dataset_does_not_name_it(ged: Flask, tmp_path: pathlib.Path) -> None:
    made = package(ged, tmp_path / "package", "--question", "claimant=observers")
    assert rows((made / "datasets.csv").read_bytes()) == []
    assert json.loads((made / "datapackage.json").read_text())["sources"] == []


def test_a_past_revision_tells_whence_but_belongs_to_nobody(
    ged: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    """It has no digests. Those of a later release could pass an editor's text off as the dataset's."""
    made = package(ged, tmp_path / "past", "--question", "revision=2")
    events = rows((made / "events.csv").read_bytes())
    assert {row["dataset"] for row in events} == {"ucdp-ged", None}
    assert {row["dataset_digest"] for row in events} == {None}
    loaded(databases, engine, made)
    refused = run(LATER, "--mapping", "ucdp-ged", "--release", "v3", "--report", tmp_path / "report.csv")
    assert (refused.exit_code, "Nothing was imported." in refused.output) == (1, True)


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("ucdp-ged,UCDP", "ucdp-gad,UCDP", ["record", "dataset", "There is no dataset ucdp-ged"]),
        ("ucdp-ged,UCDP", "UCDP,UCDP", ["datasets, record 1, id"]),
    ],
)
def test_a_dataset_that_the_package_does_not_tell_is_refused(
    ged: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path, right: str, wrong: str, named: list[str]
) -> None:
    made = package(ged, tmp_path / "package")
    (made / "datapackage.json").unlink()
    (made / "datasets.csv").write_text((made / "datasets.csv").read_text().replace(right, wrong))
    with pytest.raises(Exception) as refused:
        loaded(databases, engine, made)
    assert [word for word in named if word not in str(refused.value)] == []


def test_another_release_of_a_dataset_that_is_here_is_refused(ged: Flask, tmp_path: pathlib.Path) -> None:
    worlds.rebound(ged)
    made = package(ged, tmp_path / "package")
    (made / "datapackage.json").unlink()
    for record_type in worlds.RECORD_TYPES:
        (made / f"{record_type}.csv").unlink()
    with database.connection_context():
        load_package(made, "The same release adds nothing.")
    (made / "datasets.csv").write_text((made / "datasets.csv").read_text().replace(",v2", ",v1"))
    with database.connection_context(), pytest.raises(Exception, match="ucdp-ged exists already, in release v2"):
        load_package(made, "Another.")


def test_a_package_that_was_changed_on_the_way_is_refused(
    ged: Flask, databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    made = package(ged, tmp_path / "package")
    file = made / "claims.csv"
    file.write_bytes(file.read_bytes().replace(b",killed,", b",injured,", 1))
    with pytest.raises(Exception, match="claims.csv is not the file that the package describes"):
        loaded(databases, engine, made)
    assert exported(ged, tmp_path / "again").exit_code == 0


def asked(app: Flask, *addresses: str) -> dict[str, bytes]:
    worlds.rebound(app)
    client = app.test_client()
    return {address: client.get(address, buffered=True).data for address in addresses}


def releases(app: Flask, address: str) -> list[str]:
    package = zipfile.ZipFile(io.BytesIO(asked(app, address)[address]))
    (credit,) = json.loads(package.read("datapackage.json"))["sources"]
    (dataset,) = rows(package.read("datasets.csv"))
    return [credit["title"].split(", release ")[1].split(".")[0], dataset["release"]]


def test_what_a_past_revision_held_stays_what_a_dataset_brings_later(
    databases: Databases, engine: str, tmp_path: pathlib.Path
) -> None:
    """The revision is read as the newest, after a release that changes no record, and after one that changes some."""
    app = imported(databases, engine)
    revision = app.test_client().get("/v1/events?limit=1").json["meta"]["revision"]
    addresses = [f"/v1/export.{form}?revision={revision}" for form in ("zip", "xlsx")]
    first = asked(app, *addresses)
    told = run(EARLIER, "--mapping", "ucdp-ged", "--release", "v2b")
    assert told.exit_code == 0 and "revised" not in counted(told.output)["events"], told.output
    assert asked(app, *addresses) == first
    told = run(LATER, "--mapping", "ucdp-ged", "--release", "v3", "--report", tmp_path / "left.csv")
    assert told.exit_code == 0, told.output
    assert asked(app, *addresses) == first
    assert releases(app, addresses[0]) == ["v2", "v2"]
    assert releases(app, "/v1/export.zip") == ["v3", "v3"]


def test_a_release_that_changes_no_record_is_told_from_the_next_revision_on(databases: Databases, engine: str) -> None:
    """An answer's ETag depends only on its revision, so its bytes must not change."""
    app = imported(databases, engine)
    assert run(EARLIER, "--mapping", "ucdp-ged", "--release", "v2b").exit_code == 0
    worlds.rebound(app)
    assert releases(app, "/v1/export.zip") == ["v2", "v2"]
    with database.connection_context():
        revise_record("sides", "alpha", {"note": "Later."}, "A note.", "editor")
    assert releases(app, "/v1/export.zip") == ["v2b", "v2b"]
