"""Descriptions for machines: schema.org, DCAT, and what the columns of each CSV are. They state what is served."""

import csv
import hashlib
import io
import json
import re
import urllib.parse
from typing import Any

import pytest
from flask import Flask

from api.database.connection import database
from api.metadata.licences import find_address
from api.writes.name_release import add_release
from seeds import DATA
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.contract import HonestClient, open_client
from tests.support.imported import command
from tests.support.worlds import local, told

Node = dict[str, Any]


@pytest.fixture
def released(empty: Flask) -> HonestClient:
    """Return a client of the small world with a release, after which another conflict was written."""
    worlds.write(worlds.SMALL)
    with database.connection_context():
        add_release("2026-1", 1, "Cited.", "ab" * 32)
    worlds.write({"conflicts": [{"id": "later", "name": "Later war", "started_on": "2021-01-01"}]})
    return open_client(empty)


def test_the_whole_is_described_with_its_files(client: HonestClient, seeded: Flask) -> None:
    answer = client.get("/v1/metadata.jsonld")
    assert answer.mimetype == "application/ld+json"
    described = json.loads(answer.text)
    assert described["@context"]["@vocab"] == "https://schema.org/"
    assert described["license"]["url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert described["temporalCoverage"] == "1988-02-01/.."
    assert "AZE" in [country["identifier"] for country in described["spatialCoverage"]]
    for file in described["distribution"]:
        assert file["contentUrl"].startswith(seeded.config["PUBLIC_URL"])
        served = client.get(local(file["contentUrl"]))
        assert (served.status_code, served.mimetype) == (200, file["encodingFormat"]), file


def test_a_release_is_described_as_it_was(released: HonestClient) -> None:
    described = json.loads(released.get("/v1/releases/2026-1/metadata.jsonld").text)
    assert described["version"] == "2026-1"
    assert "Later war" not in described["keywords"]
    assert "Later war" in json.loads(released.get("/v1/metadata.jsonld").text)["keywords"]
    assert {urllib.parse.urlsplit(file["contentUrl"]).query for file in described["distribution"]} == {"release=2026-1"}
    dcat = json.loads(released.get("/v1/releases/2026-1/dcat.jsonld").text)
    assert dcat["dcat:isVersionOf"] == {"@id": "http://127.0.0.1:8000/v1/metadata.jsonld"}
    told(released.get("/v1/releases/2026-2/metadata.jsonld"), 404, "not-found")


def test_the_catalogue_lists_the_whole_and_its_releases(released: HonestClient) -> None:
    catalogue = json.loads(released.get("/v1/catalog.jsonld").text)
    listed = [entry["dct:identifier"] for entry in catalogue["dcat:dataset"]]
    assert listed == ["counterclaim", "counterclaim-2026-1"]
    media_types = {file["dcat:mediaType"]["@id"] for file in catalogue["dcat:dataset"][0]["dcat:distribution"]}
    assert "https://www.iana.org/assignments/media-types/text/csv" in media_types


def test_a_description_is_the_same_until_something_changes(released: HonestClient) -> None:
    before = released.get("/v1/metadata.jsonld")
    again = released.get("/v1/metadata.jsonld", headers={"If-None-Match": before.headers["ETag"]})
    assert again.status_code == 304
    worlds.write({"sides": [{"id": "new", "name": "New", "country": "CHE", "kind": "state"}]})
    assert released.get("/v1/metadata.jsonld").headers["ETag"] != before.headers["ETag"]


def test_the_page_has_one_block_that_no_name_can_end(empty: Flask) -> None:
    worlds.write({"conflicts": [{"id": "evil", "name": "War </script><script>alert(1)</script>"}]})
    page = open_client(empty).get("/", headers={"Accept": "text/html"}).text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, flags=re.DOTALL)
    assert "War </script><script>alert(1)</script>" in json.loads(block)["keywords"]
    assert "<" not in block


@pytest.mark.parametrize(
    ("licence", "address"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc-by-nc-sa-3.0", "https://creativecommons.org/licenses/by-nc-sa/3.0/"),
        ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("https://example.org/terms", "https://example.org/terms"),
        ("Ask first", None),
        ("CC BY", None),
    ],
)
def test_licences_that_are_known_have_an_address(licence: str, address: str | None) -> None:
    assert find_address(licence) == address


# CSV on the Web ---------------------------------------------------------------------------------------------------


TABLES = (
    "/v1/claims.csv?conflict=nagorno-karabakh-2020&harm=killed",
    "/v1/events.tsv",
    "/v1/sources.csv?fields=id,title,published_on&bom=1",
    "/v1/claims.csv?hxl=1&limit=5",
    "/v1/changes.csv?limit=3",
    "/v1/statistics/casualties.csv?conflict=nagorno-karabakh-2020",
    "/v1/statistics/matrix.tsv?conflict=nagorno-karabakh-2020",
    "/v1/statistics/series.csv?conflict=nagorno-karabakh-2020&subject_side=azerbaijan&harm=killed",
    "/v1/check.csv?conflict=nagorno-karabakh-2020&number=2000&claimant=putin&harm=killed",
)


def describe(client: HonestClient, address: str) -> Node:
    """Return what the first description that a CSV links to says."""
    link = client.get(address).headers["Link"]
    target, kind = re.match(r'<([^>]+)>; rel="describedby"; type="([^"]+)"', link).groups()  # type: ignore[union-attr]
    assert kind == "application/csvm+json"
    answer = client.get(local(target))
    assert (answer.status_code, answer.mimetype) == (200, kind)
    described: Node = json.loads(answer.text)
    return described


@pytest.mark.parametrize("address", TABLES)
def test_every_csv_links_to_what_its_columns_are(address: str, client: HonestClient) -> None:
    described = describe(client, address)
    assert local(described["url"]).removesuffix("?") == address
    dialect = described["dialect"]
    lines = list(
        csv.reader(io.StringIO(client.get(address).get_data().decode("utf-8-sig")), delimiter=dialect["delimiter"])
    )
    assert [column["titles"] for column in described["tableSchema"]["columns"]] == lines[0]
    assert dialect["headerRowCount"] == (2 if "hxl" in address else 1)
    assert all(column["dc:description"] for column in described["tableSchema"]["columns"])
    assert described["dc:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/v1/claims.csv", "claims"),
        ("/v1/claims.csv?conflict=nagorno-karabakh-2020&harm=killed&limit=5",
         "claims, conflict nagorno-karabakh-2020, harm killed"),
        ("/v1/statistics/claims.csv?group_by=harm,claimant_side", "number of claims, by harm and claimant side"),
        ("/v1/statistics/matrix.tsv?conflict=nagorno-karabakh-2020",
         "figures by stance, conflict nagorno-karabakh-2020, harm killed, basis both"),
        ("/v1/events/ganja-2020-10-17/disagreement.csv", "disagreement about an event, event ganja-2020-10-17"),
    ],
)  # fmt: skip
def test_a_title_says_what_the_file_holds_as_that_of_its_feed_does(
    address: str, title: str, client: HonestClient
) -> None:
    described = describe(client, address)
    assert described["dc:title"] == f"Counterclaim: {title}"
    feed = re.sub(r"\.[ct]sv", ".jsonfeed", address).removesuffix("&limit=5")
    assert json.loads(client.get(feed).data)["title"] == described["dc:title"]


def test_figures_have_a_unit_and_warnings_are_caveats(client: HonestClient) -> None:
    question = "conflict=nagorno-karabakh-2020&harm=killed"
    described = describe(client, f"/v1/statistics/casualties.csv?{question}")
    units = {column["name"]: column.get("schema:unitText") for column in described["tableSchema"]["columns"]}
    assert (units["best"], units["claims"], units["spread"], units["harm"]) == ("people", "claims", None, None)
    warnings = client.get(f"/v1/statistics/casualties?{question}").json["meta"]["warnings"]
    assert warnings and all(warning["text"] in described["dc:description"] for warning in warnings)


def test_the_warning_of_a_count_is_a_caveat_too(client: HonestClient) -> None:
    """It was answered with 500, while warnings of counts had no code."""
    count = client.get("/v1/statistics/claims?group_by=reliability").json
    described = client.get("/v1/statistics/claims.csv-metadata.json?group_by=reliability").json
    assert count["meta"]["warnings"] and described["dc:description"].endswith(count["meta"]["warnings"][-1]["text"])


def test_a_key_is_only_what_no_two_rows_share(client: HonestClient) -> None:
    assert describe(client, "/v1/claims.csv")["tableSchema"]["primaryKey"] == "id"
    assert "primaryKey" not in describe(client, "/v1/changes.csv")["tableSchema"]
    assert "primaryKey" not in describe(client, "/v1/claims.csv?fields=harm")["tableSchema"]


# Imported datasets, and Croissant ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imported(databases: Databases, engine: str) -> Flask:
    """Return a small world with events of UCDP, whose figures must not be added to its totals."""
    app = worlds.made(databases, engine, worlds.SMALL)
    command("ucdp-ged", [DATA / "ucdp-ged-ukraine" / "conflict_data_ukr.v2-to2019.csv"], databases, "--release", "2019")
    totals = DATA / "ucdp-ged-sample" / "conflicts_summary.json"
    command("ucdp-conflict-totals", [totals], databases, "--release", "25.1")
    return app


def test_the_page_of_a_dataset_has_its_description_in_its_head(imported: Flask) -> None:
    client = open_client(imported)
    head = client.get("/datasets/ucdp-ged").text.partition("</head>")[0]
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head, re.DOTALL)
    described = json.loads(client.get("/v1/datasets/ucdp-ged/metadata.jsonld").text)
    assert described["@type"] == "Dataset" and json.loads(block) == described


def test_an_imported_dataset_is_described_with_its_own_licence_citation_and_files(imported: Flask) -> None:
    worlds.rebound(imported)
    client = open_client(imported)
    dataset = client.get("/v1/datasets/ucdp-ged").json["data"]
    described = json.loads(client.get("/v1/datasets/ucdp-ged/metadata.jsonld").text)
    assert described["citation"] == dataset["citation"] and described["version"] == "2019"
    assert described["creator"]["name"] == "Uppsala Conflict Data Program"
    assert described["temporalCoverage"] == f"{dataset['first_day']}/{dataset['last_day']}"
    never = described["description"].partition("Do not add its figures to those of ")[2]
    assert "Conflict totals of the UCDP Georeferenced Event Dataset" in never
    (claims,) = [file for file in described["distribution"] if file["name"] == "claims.csv"]
    lines = csv.reader(io.StringIO(client.get(local(claims["contentUrl"])).text))
    assert len(list(lines)) - 1 == dataset["claims"] == 85
    dcat = json.loads(client.get("/v1/datasets/ucdp-ged/dcat.jsonld").text)
    assert dcat["dct:isPartOf"] == {"@id": "http://127.0.0.1:8000/v1/metadata.jsonld"}
    listed = json.loads(client.get("/v1/catalog.jsonld").text)["dcat:dataset"]
    assert [entry["dct:identifier"] for entry in listed] == ["counterclaim", "ucdp-conflict-totals", "ucdp-ged"]
    told(client.get("/v1/datasets/nobody/metadata.jsonld"), 404, "not-found")
    told(client.get("/v1/datasets/nobody/dcat.jsonld"), 404, "not-found")


def test_croissant_names_files_with_the_checksums_of_what_is_served(released: HonestClient) -> None:
    address = "/v1/releases/2026-1/croissant.json"
    described = json.loads(released.get(address).text)
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert {file["@id"] for file in described["distribution"]} == {f"{name}.parquet" for name in worlds.RECORD_TYPES}
    for file in described["distribution"]:
        content = released.get(local(file["contentUrl"])).data
        assert hashlib.sha256(content).hexdigest() == file["sha256"], file
        assert file["contentSize"] == f"{len(content)} B"
    assert json.loads(released.get(address).text) == described
    kinds = {field["name"]: field["dataType"] for records in described["recordSet"] for field in records["field"]}
    assert (kinds["claims/best"], kinds["claims/stated_on"], kinds["sides/id"], kinds["claims/created_at"]) == (
        "sc:Integer", "sc:Date", "sc:Text", "sc:DateTime"
    )  # fmt: skip
    told(released.get("/v1/releases/2026-9/croissant.json"), 404, "not-found")


def test_without_stored_files_there_is_no_checksum_and_so_no_croissant(databases: Databases, engine: str) -> None:
    app = make_app(databases.upgraded(engine), databases.folder, bulk_megabytes=0)
    worlds.write(worlds.SMALL)
    with database.connection_context():
        add_release("2026-1", 1, "", "ab" * 32)
    answer = told(open_client(app).get("/v1/releases/2026-1/croissant.json"), 422, "too-broad")
    assert "/v1/releases/2026-1/metadata.jsonld" in answer["detail"]
    assert app.extensions["counterclaim-costly-slots"].occupied == []
