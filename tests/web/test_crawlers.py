"""What programs that read the web ask for first: robots.txt, sitemaps, llms.txt and the favicon."""

import urllib.robotparser
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from flask import Flask

from api.web import crawlers
from schemas.pages import PAGE_TYPES
from tests.support import worlds
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import local

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def read_entries(client: HonestClient, address: str) -> list[tuple[str, str]]:
    """Return the addresses of a sitemap or its index, each with its last change."""
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = ElementTree.fromstring(answer.data)
    return [(entry.findtext(f"{SPACE}loc") or "", entry.findtext(f"{SPACE}lastmod") or "") for entry in root]


def test_the_sitemap_lists_every_page_with_its_last_change(client: HonestClient) -> None:
    parts = [local(address).rstrip("?") for address, _ in read_entries(client, "/sitemap.xml")]
    assert parts == [f"/sitemaps/{record_type}-1.xml" for record_type in PAGE_TYPES if record_type != "datasets"]
    for part in parts:
        record_type = part.removeprefix("/sitemaps/").removesuffix("-1.xml")
        records = client.get(f"/v1/{record_type}?limit=1000&fields=id,updated_at").json["data"]
        expected = {(f"http://127.0.0.1:8000/{record_type}/{r['id']}", r["updated_at"]) for r in records}
        entries = read_entries(client, part)
        assert len(entries) == len(records) and set(entries) == expected


def test_a_long_sitemap_has_parts(empty: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawlers, "PART", 10)
    worlds.write(worlds.many(25))
    client = open_client(empty)
    parts = [
        local(address).rstrip("?") for address, _ in read_entries(client, "/sitemap.xml") if "/sources-" in address
    ]
    assert parts == [f"/sitemaps/sources-{part}.xml" for part in (1, 2, 3)]
    pages = [address for part in parts for address, _ in read_entries(client, part)]
    assert len(pages) == len(set(pages)) == 25
    assert client.get("/sitemaps/sources-4.xml").status_code == 404
    assert client.get("/sitemaps/sources-0.xml").status_code == 404


def test_an_unchanged_sitemap_is_not_sent_again(client: HonestClient) -> None:
    for address in ("/sitemap.xml", "/sitemaps/claims-1.xml", "/robots.txt", "/llms.txt", "/favicon.ico"):
        tag = client.get(address).headers["ETag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("/", True),
        ("/claims/article-2020-09-30-all-killed", True),
        ("/v1/claims", True),
        ("/sitemap.xml", True),
        ("/v1/export.zip", False),
        ("/v1/statistics/casualties", False),
        ("/v1/check", False),
    ],
)
def test_robots_may_read_pages_and_not_what_costs_much(address: str, is_allowed: bool, client: HonestClient) -> None:
    text = client.get("/robots.txt").text
    parser = urllib.robotparser.RobotFileParser()
    parser.parse(text.splitlines())
    assert parser.can_fetch("AnyBot", f"http://127.0.0.1:8000{address}") is is_allowed
    assert parser.site_maps() == ["http://127.0.0.1:8000/sitemap.xml"]
    assert "Disallow: /*?" in text  # pinned pages and filtered lists
    assert "Allow: /?conflict=" in text and "Allow: /v1/picture." in text  # a longer rule wins


def test_the_summary_for_models_names_addresses_that_answer(client: HonestClient) -> None:
    text = client.get("/llms.txt").text
    assert text.startswith("# Counterclaim\n\n> ") and "not a death toll" in text
    links = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert len(links) > 6 and [link for link in links if client.get(local(link)).status_code != 200] == []


def test_there_is_an_icon_where_browsers_look_for_it(client: HonestClient) -> Any:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/x-icon")
    assert answer.data[:4] == b"\0\0\1\0"
