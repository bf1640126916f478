"""Every list has a feed of the changes of the records that match, and an import is one entry."""

import json
import pathlib
from typing import Any

import feedparser
import pytest
from flask import Flask

from api.database.connection import database
from api.writes.name_release import add_release
from api.writes.update import mark_retracted, revise_record
from seeds import DATA
from tests.conftest import Databases
from tests.support import worlds
from tests.support.contract import open_client
from tests.support.imported import command

HERE = "http://127.0.0.1:8000"
EVENTS = DATA / "ucdp-ged-ukraine" / "conflict_data_ukr.v2-to2019.csv"
LISTS = (
    "claims", "reports", "relations", "events", "conflicts", "sides", "claimants", "sources", "datasets", "releases",
    "changes",
)  # fmt: skip
OWN = "Ministry of Alpha: 2,783 civilians (female) of Alpha killed; before: 3"
NOTED = "Ministry of Alpha: 2,783 civilians (female) of Alpha killed; note changed"
RETRACTED = "Observers: 1,000 (up to 1,200) people of Red South missing; now retracted"


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    """Write revision 1; then a correction, a retraction, a claim that gets another side, an import and a new claim."""
    app = worlds.made(databases, engine, worlds.SMALL)
    with database.connection_context():
        figure = dict.fromkeys(("value", "low", "best", "high"), 2783)
        revise_record("claims", "a-own", {**figure, "qualifier": "exact"}, "The ministry counted again.", "key-one")
        mark_retracted("claims", "g-estimate", "Not theirs.", "key-one")
        revise_record("sides", "hired", {"name": "Sold hands"}, "Renamed.", "editor")
    command("ucdp-ged", [EVENTS], databases, "--release", "2018")
    with database.connection_context():
        revise_record("claims", "a-own", {"note": "See the ministry."}, "A note.", "key-one")
        add_release("2026-1", 2, "For the report.", "0" * 64)
    return app


def read_atom(app: Flask, address: str) -> Any:
    worlds.rebound(app)
    answer = open_client(app).get(address)
    assert answer.status_code == 200, answer.text
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def read_json(app: Flask, address: str) -> dict[str, Any]:
    worlds.rebound(app)
    answer = open_client(app).get(address)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/feed+json"
    feed: dict[str, Any] = json.loads(answer.data)
    return feed


def titles(app: Flask, address: str) -> list[str]:
    return [entry.title for entry in read_atom(app, address).entries]


def test_a_correction_says_the_figure_and_the_one_before(app: Flask) -> None:
    feed = read_atom(app, "/v1/claims.atom?conflict=war&subject_side=alpha&claimant=alpha-mod")
    note, correction, written = feed.entries
    assert (note.title, correction.title) == (
        NOTED,
        OWN,
    )
    assert written.title == "A test: 2 claims added by the seeds"
    assert correction.author == "key-one"
    lines = correction.content[0].value.split("\n")
    assert lines[0].startswith("Clash at Ağdərə, Battle of the north; toll of one event")
    assert lines[1] == "The ministry counted again."
    assert "best: 3 → 2,783" in lines
    assert correction.link == f"{HERE}/claims/a-own"
    assert correction.id == f"{HERE}/v1/claims/a-own/history#{find_seq(app, 'a-own', 2)}"
    assert [link.type for link in correction.links] == ["text/html", "application/json"]
    assert correction.content[0].type == "text/plain"


def find_seq(app: Flask, record: str, revision: int) -> int:
    changes = open_client(app).get(f"/v1/changes?id={record}&since={revision - 1}&revision={revision}").json["data"]
    seq: int = changes[-1]["seq"]
    return seq


def test_a_feed_has_its_own_address_that_of_the_answer_and_the_licence(app: Flask) -> None:
    address = "/v1/claims.atom?conflict=war&harm=killed,injured"
    feed = read_atom(app, address).feed
    assert feed.title == "Counterclaim: claims, conflict war, harm injured or killed"
    links = {link.rel: link.href for link in feed.links}
    assert links == {"self": HERE + address, "alternate": f"{HERE}/v1/claims?conflict=war&harm=killed,injured"}
    assert feed.rights == "CC BY 4.0"
    assert feed.updated == read_atom(app, address).entries[0].updated


def test_a_record_that_leaves_the_question_is_an_entry(app: Flask) -> None:
    """The estimate is retracted, so `status=active` no longer finds it."""
    assert "g-estimate" not in worlds.ids(open_client(app).get("/v1/claims?status=active&harm=missing"))
    assert titles(app, "/v1/claims.atom?status=active&harm=missing")[0] == RETRACTED
    assert titles(app, "/v1/claims.atom?status=retracted&harm=missing") == [RETRACTED]


def test_a_question_hears_only_of_records_that_matched_before_or_after_the_change(app: Flask) -> None:
    """The figure was 3 before, so `best_max=3` has the change that moved it out, but not the later note."""
    assert titles(app, "/v1/claims.atom?best_max=3&claimant=alpha-mod&harm=killed")[0] == OWN
    assert titles(app, "/v1/claims.atom?best_min=2783&claimant=alpha-mod") == [
        NOTED,
        OWN,
    ]


@pytest.mark.parametrize("record_type", ["claims", "events", "reports"])
def test_an_import_is_one_entry(app: Flask, record_type: str) -> None:
    number = open_client(app).get(f"/v1/{record_type}?dataset=ucdp-ged").json["meta"]["total"]
    assert number > 20
    (entry,) = read_atom(app, f"/v1/{record_type}.atom?dataset=ucdp-ged").entries
    name = "UCDP Georeferenced Event Dataset (GED) 2018"
    assert entry.title == f"{name}: {number:,} {record_type} added by an import"
    lines = entry.content[0].value.split("\n")
    assert (len(lines), lines[-1]) == (12, f"and {number - 10:,} more")
    linked = open_client(app).get(entry.link.removeprefix(HERE)).json
    assert {change["resource"] for change in linked["data"]} == {record_type}


def test_of_an_import_one_record_keeps_its_own_words(app: Flask) -> None:
    (claim,) = open_client(app).get("/v1/claims?dataset=ucdp-ged&limit=1").json["data"]
    (entry,) = read_atom(app, f"/v1/claims.atom?id={claim['id']}").entries
    assert entry.title.startswith(f"{claim['claimant']['name']}: ")
    assert entry.link == f"{HERE}/claims/{claim['id']}"


def test_a_dataset_and_a_release_are_entries(app: Flask) -> None:
    (imported,) = read_atom(app, "/v1/datasets.atom").entries
    assert imported.title == "UCDP Georeferenced Event Dataset (GED): release 2018 imported"
    assert imported.link == f"{HERE}/v1/datasets/ucdp-ged"
    (release,) = read_atom(app, "/v1/releases.atom").entries
    assert (release.title, release.link) == ("Release 2026-1: revision 2", f"{HERE}/releases/2026-1")


@pytest.mark.parametrize("name", LISTS)
def test_both_forms_of_each_list_have_the_same_entries(app: Flask, name: str) -> None:
    atom, other = read_atom(app, f"/v1/{name}.atom"), read_json(app, f"/v1/{name}.jsonfeed")
    assert other["version"] == "https://jsonfeed.org/version/1.1"
    assert atom.entries, name
    assert [(entry.id, entry.title, entry.link, entry.updated) for entry in atom.entries] == [
        (item["id"], item["title"], item["url"], item["date_published"]) for item in other["items"]
    ]
    assert len({entry.id for entry in atom.entries}) == len(atom.entries)
    assert all(item["url"].startswith(f"{HERE}/") for item in other["items"])
    assert other["feed_url"] == f"{HERE}/v1/{name}.jsonfeed"
    assert other["home_page_url"] == f"{HERE}/v1/{name}"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("ending", ["atom", "jsonfeed"])
def test_a_feed_that_did_not_change_is_a_304(app: Flask, name: str, ending: str) -> None:
    worlds.rebound(app)
    client = open_client(app)
    tag = client.get(f"/v1/{name}.{ending}").headers["ETag"]
    assert client.get(f"/v1/{name}.{ending}", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", LISTS)
def test_a_list_links_to_its_feeds(app: Flask, name: str) -> None:
    worlds.rebound(app)
    link = open_client(app).get(f"/v1/{name}").headers["Link"]
    for ending, media_type in (("atom", "application/atom+xml"), ("jsonfeed", "application/feed+json")):
        assert f'<{HERE}/v1/{name}.{ending}>; rel="alternate"; type="{media_type}"' in link


def test_the_form_is_chosen_by_parameter_and_by_accept_too(app: Flask) -> None:
    worlds.rebound(app)
    client = open_client(app)
    by_parameter = client.get("/v1/claims?format=atom&harm=missing")
    by_accept = client.get("/v1/claims?harm=missing", headers={"Accept": "application/atom+xml"})
    assert by_parameter.mimetype == by_accept.mimetype == "application/atom+xml"
    ids = [[entry.id for entry in feedparser.parse(answer.data).entries] for answer in (by_parameter, by_accept)]
    assert ids[0] == ids[1] == [entry.id for entry in read_atom(app, "/v1/claims.atom?harm=missing").entries]


def test_a_feed_is_as_long_as_its_limit(app: Flask) -> None:
    whole = [entry.id for entry in read_atom(app, "/v1/claims.atom").entries]
    assert len(whole) == 5
    assert [entry.id for entry in read_atom(app, "/v1/claims.atom?limit=2").entries] == whole[:2]


@pytest.mark.parametrize("sent", ["revision=1", "sort=best", "fields=id", "shape=array", "hxl=1", "release=2026-1"])
def test_a_parameter_that_a_feed_does_not_have_is_refused(app: Flask, sent: str) -> None:
    worlds.rebound(app)
    body = worlds.told(open_client(app).get(f"/v1/claims.atom?{sent}"), 422, "invalid-parameter")
    assert body["errors"][0]["name"] == sent.partition("=")[0]


def test_a_search_finds_former_words(app: Flask) -> None:
    assert titles(app, "/v1/sides.atom?q=hired") == ["Sold hands (side): name changed", *seeded(app, "hired")]
    assert titles(app, "/v1/sides.atom?q=sold") == ["Sold hands (side): name changed"]


def seeded(app: Flask, record: str) -> list[str]:
    """Return the title of the entry about the first revision of one record."""
    (*_, first) = open_client(app).get(f"/v1/changes?id={record}&resource=sides&revision=1").json["data"]
    text: str = first["text"]
    return [text]


def test_a_feed_names_no_erased_text(app: Flask, tmp_path: pathlib.Path) -> None:
    text = read_atom(app, "/v1/claims.atom?claimant=alpha-mod").entries[0].content[0].value
    assert "note changed" in text and "See the ministry" not in text
