"""Sharing a view: trackers in its address, its frame in another page, oEmbed, and what a shared link shows."""

import functools
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.config import ConfigError, load_settings
from api.database.connection import connect_to, database
from imports.packages.load import load_package
from seeds import DATA
from tests.conftest import Databases, make_app
from tests.web.test_explorer import VIEWS, WAR, every_view
from tests.web.test_first_answer import read_page

PUBLIC = "http://127.0.0.1:8000"
TRACKED = "utm_source=newsletter&utm_campaign=a%20b&fbclid=IwAR0&gclid=1&mc_cid=2&igshid=3&ref=hn&_ga=2.1"


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    url = databases.upgraded("sqlite")
    connect_to(url)
    with database.connection_context():
        load_package(DATA, "The seeds.")
    return url


def find_links(text: str) -> dict[str, str]:
    """Return what the head names: the links by `rel` and type, the properties by name."""
    links = re.findall(r'<link rel="(canonical|alternate)"(?: type="([^"]+)")?(?: title="[^"]*")? href="([^"]+)"', text)
    metas = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', text)
    return {(kind or rel): unescape(href) for rel, kind, href in links} | {n: unescape(v) for n, v in metas}


# Trackers ---------------------------------------------------------------------------------------------------------


def test_a_link_from_a_newsletter_opens_as_the_link_itself(client: FlaskClient) -> None:
    plain = read_page(client, f"/?conflict={WAR}")
    assert read_page(client, f"/?{TRACKED}&conflict={WAR}&utm_source=again") == plain
    assert find_links(plain)["canonical"] == f"{PUBLIC}/?conflict={WAR}"
    picture = client.get(f"/v1/picture.svg?conflict={WAR}&{TRACKED}")
    assert picture.status_code == 200 and "utm_" not in picture.text
    assert client.get(f"/oembed?url={PUBLIC}/&{TRACKED}").status_code == 200
    assert client.get(f"/v1/claims?conflict={WAR}&utm_source=x").status_code == 400


def test_the_script_ignores_the_same_parameters(visiting: Any) -> None:
    visit = visiting()
    page = visit.open(f"/?conflict={WAR}&{TRACKED}")
    assert page.locator(".row").count() > 3 and page.get_by_role("alert").count() == 0
    visit.change(lambda: page.get_by_label("Harm").select_option("injured"))
    assert page.url.endswith(f"/?conflict={WAR}&harm=injured")


# Frames -----------------------------------------------------------------------------------------------------------


@every_view
def test_a_frame_has_the_state_and_nothing_around_it(view: str, client: FlaskClient) -> None:
    answer = client.get(VIEWS[view].replace("/", "/embed", 1))
    text, policy = answer.text, answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200 and policy.endswith("frame-ancestors *") and "script-src" not in policy
    assert "<form" not in text and "<script" not in text and "<nav" not in text
    assert re.search(r">Counterclaim, revision 1, as known on \d+ [A-Z][a-z]{2} \d{4}</a>", text)
    assert f'href="{PUBLIC}{VIEWS[view].replace("&", "&amp;")}"' in text
    assert 'class="counterclaim-picture"' in text or "plain-table" in text


def test_a_frame_says_the_day_and_revision_of_its_figures(client: FlaskClient) -> None:
    assert (
        "Counterclaim, revision 1, as known on 30 Sep 2020</a>"
        in client.get(f"/embed?conflict={WAR}&as_of=2020-09-30").text
    )
    pinned = client.get(f"/embed?conflict={WAR}&revision=1")
    assert "Counterclaim, revision 1</a>" in pinned.text and "immutable" in pinned.headers["Cache-Control"]


def test_an_operator_chooses_who_may_frame(database_url: str, databases: Databases) -> None:
    def ancestors(hosts: str) -> str:
        client = make_app(database_url, databases.folder, embed_hosts=hosts).test_client()
        assert read_policy(client, "/").endswith("frame-ancestors 'none'")
        return read_policy(client, "/embed").partition("frame-ancestors ")[2]

    assert ancestors("https://news.example,https://*.press.example:8443") == (
        "https://news.example https://*.press.example:8443"
    )
    assert ancestors("") == "'none'"
    for wrong in ("https://a.example; script-src *", "a.example", "*,*", "https://a.example\n"):
        with pytest.raises(ConfigError, match="COUNTERCLAIM_EMBED_HOSTS"):
            load_settings({"COUNTERCLAIM_EMBED_HOSTS": wrong})


def read_policy(client: FlaskClient, address: str) -> str:
    return str(client.get(address, headers={"Accept": "text/html"}).headers["Content-Security-Policy"])


class Article(http.server.BaseHTTPRequestHandler):
    """A page of somebody else, which shows what it was started with."""

    def __init__(self, content: bytes, *args: Any) -> None:
        self.content = content
        super().__init__(*args)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.content if self.path == "/" else b"")

    def log_message(self, *args: Any) -> None:
        """Write nothing."""


@pytest.fixture
def publishing() -> Iterator[Any]:
    """Yield a function that serves an article at another port, and returns its address."""
    servers = []

    def publish(body: str) -> str:
        handler = functools.partial(Article, f"<!doctype html><title>News</title>{body}".encode())
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield publish
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_snippet_works_in_a_page_of_another_port(visiting: Any, publishing: Any, chromium: Any) -> None:
    visit = visiting()
    page = visit.open(f"/?conflict={WAR}")
    page.get_by_role("button", name="Copy the code of a frame").click()
    snippet = page.evaluate("navigator.clipboard.readText()")
    address = publishing(f"<p>News</p><main style='max-width: 40rem'>{snippet}</main>")
    context = chromium.new_context(viewport={"width": 800, "height": 900})
    article = context.new_page()
    article.goto(address)
    frame = article.frame_locator("iframe")
    frame.locator(".origin a").wait_for()
    assert frame.locator("h1").inner_text() == "Killed: each side, 2020 Nagorno-Karabakh war, as known today"
    assert frame.locator(".narrow svg").is_visible() and not frame.locator(".wide svg").is_visible()
    width = article.frames[1].evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    whole = publishing(f'<iframe src="{visit.server.url}/?conflict={WAR}"></iframe>')
    article.goto(whole)
    article.wait_for_load_state("networkidle")
    assert "chrome-error" in article.frames[1].url
    context.close()


# oEmbed -----------------------------------------------------------------------------------------------------------


def ask_oembed(client: FlaskClient, **sent: str) -> Any:
    return client.get(f"/oembed?{urllib.parse.urlencode(sent)}")


def test_oembed_answers_with_the_frame(client: FlaskClient) -> None:
    url = f"{PUBLIC}/?view=time&conflict={WAR}&utm_source=x"
    card = ask_oembed(client, url=url, format="json").json
    assert (card["version"], card["type"], card["width"], card["height"]) == ("1.0", "rich", 800, 600)
    assert card["title"] == "Killed: each side, 2020 Nagorno-Karabakh war, as known today"
    frame = unescape(card["html"].partition('src="')[2].partition('"')[0])
    assert frame == f"{PUBLIC}/embed?view=time&conflict={WAR}&lang=en"
    assert client.get(frame.removeprefix(PUBLIC)).status_code == 200
    thumbnail = client.get(card["thumbnail_url"].removeprefix(PUBLIC))
    assert thumbnail.mimetype == "image/png"
    small = ask_oembed(client, url=url, maxwidth="320", maxheight="5000").json
    assert (small["width"], small["height"]) == (320, 600) and 'width="320"' in small["html"]


def test_a_view_that_needs_a_conflict_has_no_data_before_it_is_chosen(client: FlaskClient) -> None:
    text = client.get("/?view=matrix", headers={"Accept": "text/html"}).text
    assert "/v1/statistics/matrix.csv" not in text
    assert (
        f"/v1/statistics/matrix.csv?conflict={WAR}"
        in client.get(f"/?view=matrix&conflict={WAR}", headers={"Accept": "text/html"}).text
    )


def test_a_pinned_page_names_its_revision_and_not_today(client: FlaskClient) -> None:
    text = client.get(f"/?conflict={WAR}&revision=1", headers={"Accept": "text/html"}).text
    assert "Killed: each side, 2020 Nagorno-Karabakh war, at revision 1</h1>" in text
    assert "as known today" not in text


def test_a_page_names_its_oembed(client: FlaskClient) -> None:
    address = find_links(read_page(client, f"/?conflict={WAR}&harm=injured"))["application/json+oembed"]
    card = client.get(address.removeprefix(PUBLIC)).json
    assert f"/embed?conflict={WAR}&amp;harm=injured" in card["html"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"url": f"{PUBLIC}/", "format": "xml"}, 501),
        ({"url": "https://elsewhere.example/?conflict=x"}, 404),
        ({"url": f"{PUBLIC}.evil.example/"}, 404),
        ({"url": f"{PUBLIC}@evil.example/"}, 404),
        ({"url": f"{PUBLIC}/v1/claims"}, 404),
        ({"url": f"{PUBLIC}/?conflit=x"}, 404),
        ({"url": f"{PUBLIC}/?conflict=no-such-war"}, 404),
        ({"url": f"{PUBLIC}/?view=time"}, 404),
        ({"url": "http://[::1"}, 404),
        ({"url": "javascript:alert(1)"}, 404),
        ({"url": "//evil.example/"}, 404),
        ({"url": "/v1/claims"}, 404),
        ({}, 422),
        ({"url": f"{PUBLIC}/", "maxwidth": "wide"}, 422),
        ({"url": f"{PUBLIC}/", "callback": "x"}, 400),
    ],
)
def test_oembed_refuses_what_is_not_a_page_here(sent: dict[str, str], status: int, client: FlaskClient) -> None:
    answer = ask_oembed(client, **sent)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


# What a shared link shows -----------------------------------------------------------------------------------------


def test_each_state_has_its_own_title_sentence_and_picture(client: FlaskClient) -> None:
    pages = [read_page(client, address) for address in (*VIEWS.values(), f"/?conflict={WAR}&as_of=2020-09-30")]
    found = [find_links(page) for page in pages]
    assert len({links["canonical"] for links in found}) == len(pages)
    assert len({links["description"] for links in found}) >= 6
    for links, page in zip(found, pages, strict=True):
        assert f"<title>{links['og:title']} · Counterclaim</title>" in page
        assert links["description"] == links["og:description"] != ""
        assert links["twitter:card"] == "summary_large_image" and links["og:url"] == links["canonical"]
        picture = client.get(links["og:image"].removeprefix(PUBLIC))
        assert picture.mimetype == "image/png" and picture.data[16:24] == bytes.fromhex("000004b000000276")


def test_each_state_names_the_feeds_of_its_question(client: FlaskClient) -> None:
    text = read_page(client, f"/?view=time&conflict={WAR}&harm=injured&utm_source=x")
    feed = find_links(text)["application/atom+xml"]
    assert feed == f"{PUBLIC}/v1/claims.atom?conflict={WAR}&harm=injured"
    assert client.get(feed.removeprefix(PUBLIC)).mimetype == "application/atom+xml"
    assert "application/feed+json" in find_links(text) and text.count('type="application/ld+json"') == 1


def test_the_canonical_address_has_one_order_and_no_defaults(client: FlaskClient) -> None:
    sent = f"/?harm=injured&basis=both&side=azerbaijan&conflict={WAR}&view=who&scale=ratio"
    assert find_links(read_page(client, sent))["canonical"] == (
        f"{PUBLIC}/?conflict={WAR}&subject_side=azerbaijan&harm=injured"
    )


def test_filters_that_a_view_does_not_use_are_in_none_of_its_addresses(client: FlaskClient) -> None:
    """They stay in the address of the page, for the other views."""
    sent = "subject_side=azerbaijan&victim_status=civilian&q=army&from=2020&policy=highest&claimant=putin"
    links = find_links(read_page(client, f"/?view=matrix&conflict={WAR}&{sent}"))
    assert links["canonical"] == f"{PUBLIC}/?view=matrix&conflict={WAR}"
    assert links["application/atom+xml"] == f"{PUBLIC}/v1/claims.atom?conflict={WAR}&harm=killed"
    used = find_links(read_page(client, f"/?conflict={WAR}&policy=claimant&claimant=putin&q=army"))
    assert used["canonical"] == f"{PUBLIC}/?conflict={WAR}&policy=claimant&claimant=putin"


def test_the_pictures_of_a_view_are_under_it(client: FlaskClient) -> None:
    text = read_page(client, f"/?conflict={WAR}&harm=injured")
    for suffix, mimetype in (("svg", "image/svg+xml"), ("png", "image/png")):
        (address,) = re.findall(rf'id="share-{suffix}" href="([^"]+)"', text)
        answer = client.get(unescape(address))
        assert answer.mimetype == mimetype and address.endswith(f"?conflict={WAR}&amp;harm=injured")


def test_names_in_a_head_stay_text(client: FlaskClient) -> None:
    text = read_page(client, "/?view=table&q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in text and json.dumps(find_links(text)).count("script>alert") > 0
