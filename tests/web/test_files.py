"""The files of the pages: their size, their caching, and that no other file is served."""

import gzip
import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.web import statics
from bench.browser import FIRST, LARGEST, Weight
from tests.conftest import Databases, make_app
from tests.support.servers import Server
from tests.web.conftest import Visit
from tests.web.test_explorer import VIEWS

MOST = 500_000  # bytes over the network until the first view is there


@pytest.fixture(scope="module")
def client(databases: Databases) -> FlaskClient:
    """Return a client. The files do not depend on the records of the database."""
    return make_app(databases.upgraded("sqlite"), databases.folder).test_client()


def test_the_first_view_weighs_less_than_half_a_megabyte(visit: Visit, tell: Any) -> None:
    """Open the page without a cache. The test prints the time until it is painted, and does not check it."""
    weight = Weight(visit.context, visit.page)
    visit.open("/")
    visit.page.wait_for_load_state("networkidle")
    assert len(weight.files) > 10 and weight.bytes < MOST
    first, largest = visit.page.evaluate(FIRST), visit.page.evaluate(LARGEST)
    assert 0 < first <= largest
    painted = f"first paint {first} ms, largest {largest} ms"
    tell(f"explorer, cold cache: {painted}; {weight.bytes:,} bytes in {len(weight.files)} files")
    visit.open(VIEWS["map"])  # with all further files of the map
    visit.page.wait_for_load_state("networkidle")
    assert weight.bytes < 2 * MOST


def test_a_versioned_name_is_kept_for_good_and_the_plain_one_asked_again(client: FlaskClient) -> None:
    kept = client.get(statics.versioned_address("explorer/main.js"))
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    plain = client.get("/static/explorer/main.js")
    assert plain.headers["Cache-Control"] == "no-cache" and plain.data == kept.data
    assert plain.mimetype == "text/javascript" and plain.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get("/static/explorer/main.js", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""


def test_files_go_out_compressed_where_the_client_takes_it(client: FlaskClient) -> None:
    plain = client.get("/static/explorer/main.js")
    packed = client.get("/static/explorer/main.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == plain.data and len(packed.data) < len(plain.data) / 2
    assert packed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize(
    "name", ["nothing.js", "../pages.py", "%2e%2e/pages.py", "000000000000/explorer/main.js", "explorer", "explorer/"]
)
def test_nothing_but_the_files_can_be_had(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/static/{name}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_every_file_that_pages_name_is_there(client: FlaskClient) -> None:
    for page in ("/", "/v1/docs"):
        text = client.get(page, headers={"Accept": "text/html"}).text
        names = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
        assert names and [name for name in names if client.get(name).status_code != 200] == []
        scripts = r"<script(?![^>]* (?:src=|type=\"application/(?:ld\+)?json\"))"
        assert "<style" not in text and "style=" not in text and not re.search(scripts, text)


def test_every_vendored_library_has_its_licence_and_version() -> None:
    ours = ("static", "explorer", "docs")
    folders = {path.parent for path in statics.list_files().values() if path.parent.name not in ours}
    assert len(folders) == 5
    for folder in folders:
        assert {"LICENSE", "NOTICE", "VERSION"} <= {path.name for path in folder.iterdir()}


def test_the_page_itself_is_asked_again_and_unchanged(seeds: Server) -> None:
    def asked(**headers: str) -> Any:
        headers |= {"Accept": "text/html"}
        return urllib.request.urlopen(urllib.request.Request(f"{seeds.url}/", headers=headers))

    with asked() as answer:
        tag = answer.headers["ETag"]
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        asked(**{"If-None-Match": tag})
    assert unchanged.value.code == 304
    unchanged.value.close()


def test_what_a_reader_chooses_from_is_the_closed_lists_of_the_api(client: FlaskClient) -> None:
    text = client.get("/", headers={"Accept": "text/html"}).text
    lists = client.get("/v1/codebook").json["data"]["lists"]
    offered = ("harm", "victim_status", "basis", "policy")
    words = [word["word"] for one in lists if one["list"] in offered for word in one["words"]]
    assert len(words) > 10
    assert [word for word in words if f'value="{word}"' not in text] == ["unknown", "unknown", "any"]


def test_the_page_names_the_feeds_of_its_question(client: FlaskClient) -> None:
    asked = "/?q=heavy losses&harm=killed&view=table&basis=totals&utm_source=x"
    page = client.get(asked, headers={"Accept": "text/html"}).text
    feeds = re.findall(r'<link rel="alternate" type="([^"]*)" title="[^"]*" href="http://127.0.0.1:8000([^"]*)">', page)
    query = "?harm=killed&amp;q=heavy+losses"
    assert feeds == [
        ("application/atom+xml", f"/v1/claims.atom{query}"),
        ("application/feed+json", f"/v1/claims.jsonfeed{query}"),
    ]
    for media_type, address in feeds:
        assert client.get(address.replace("&amp;", "&")).mimetype == media_type


def test_the_page_brings_the_labels_of_the_codebook(client: FlaskClient) -> None:
    """Whatever word the page shows, its label is that of the codebook."""
    text = client.get("/", headers={"Accept": "text/html"}).text
    (block,) = re.findall(r'<script type="application/json" id="words">(.*?)</script>', text, re.DOTALL)
    lists = client.get("/v1/codebook").json["data"]["lists"]
    codebook = {
        one["list"]: {word["word"]: {"label": word["label"], "plural": word["plural"]} for word in one["words"]}
        for one in lists
    }
    labels = json.loads(block)["labels"]
    assert len(labels) > 10
    assert labels == {name: codebook[name] for name in labels}
    assert [list(words) for words in labels.values()] == [list(codebook[name]) for name in labels]
