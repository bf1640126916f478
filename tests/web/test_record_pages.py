"""Pages of records: the numbers of the API, the same record at both addresses, links that lead somewhere."""

import html
import logging
import pathlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from api.cli.make_release import release_group
from schemas.claim_sentences import say_claim
from schemas.figure_words import say_figure
from schemas.pages import PAGE_TYPES
from tests.support import worlds
from tests.support.clients import open_small_world
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import local
from tests.v1.log.test_redactions import redact
from tests.v1.records.test_bad_inputs import ask, dumped
from tests.web.test_everybody import NASTY, QUOTED, WORLD

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CLAIM = "article-2020-09-30-all-killed"
REPLACED = "az-mod-2020-07-12-azerbaijani-killed"
WAR = "nagorno-karabakh-2020"


class Page(HTMLParser):
    """The text and the links of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.links += [value for name in ("href", "src") if (value := values.get(name))]
        self.scripts += [tag] if tag == "script" or any(name.startswith("on") for name in values) else []
        self.ids += [values["id"] or ""] if "id" in values else []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def read_page(client: HonestClient, address: str, status: int = 200) -> Page:
    answer = client.get(address, headers={"Accept": BROWSER})
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), f"{address}: {answer.text[-400:]}"
    return Page(answer.text)


# Where pages are -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("*/*", "application/json"),
        ("application/json, text/html;q=0.9", "application/json"),
        ("application/json", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_address_of_the_api_is_a_page_for_browsers(accept: str, media_type: str, client: HonestClient) -> None:
    for _ in range(2):  # the second answer comes from the response cache
        answer = client.get(f"/v1/claims/{CLAIM}", headers={"Accept": accept} if accept else {})
        assert (answer.status_code, answer.mimetype) == (200, media_type)
        language = "Accept-Language, " if media_type == "text/html" else ""
        assert answer.headers["Vary"] == f"Accept, {language}Accept-Encoding"


def test_the_two_forms_of_a_record_have_tags_of_their_own(client: HonestClient) -> None:
    tags = {
        accept: client.get(f"/v1/claims/{CLAIM}", headers={"Accept": accept}).headers["ETag"]
        for accept in (BROWSER, "*/*")
    }
    assert len(set(tags.values())) == 2
    for accept in tags:
        for other, tag in tags.items():
            answer = client.get(f"/v1/claims/{CLAIM}", headers={"Accept": accept, "If-None-Match": tag})
            assert answer.status_code == (304 if accept == other else 200)


def test_a_browser_gets_json_if_it_asks_for_what_only_json_has(client: HonestClient) -> None:
    for query in ("pretty=1", "as_of=2020-10-01"):
        answer = client.get(f"/v1/claims/{CLAIM}?{query}", headers={"Accept": BROWSER})
        assert (answer.status_code, answer.mimetype) == (200, "application/json")


def test_both_addresses_have_one_page_and_name_the_short_one(client: HonestClient) -> None:
    short, long = (client.get(f"{path}/claims/{CLAIM}", headers={"Accept": BROWSER}) for path in ("", "/v1"))
    assert short.text == long.text
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/claims/{CLAIM}">' in short.text
    assert client.get(f"/claims/{CLAIM}").mimetype == "text/html"  # also for curl


def test_a_page_needs_no_script_and_is_strict(client: HonestClient) -> None:
    answer = client.get(f"/claims/{CLAIM}")
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert Page(answer.text).scripts == [] and "style=" not in answer.text
    short = f"http://127.0.0.1:8000/claims/{CLAIM}"
    assert {link for link in Page(answer.text).links if link.startswith("http://127")} == {short, f"{short}?lang=ru"}


def test_parameters_that_count_readers_are_ignored_and_others_refused(client: HonestClient) -> None:
    plain = client.get(f"/claims/{CLAIM}").text
    assert client.get(f"/claims/{CLAIM}?utm_source=x&fbclid=y").text == plain
    assert client.get(f"/v1/claims/{CLAIM}?utm_source=x", headers={"Accept": BROWSER}).text == plain
    assert "There is no parameter harn." in read_page(client, f"/claims/{CLAIM}?harn=1", 400).text


def test_what_does_not_exist_is_a_page_with_the_words_of_the_api(client: HonestClient) -> None:
    words = client.get("/v1/claims/nobody").json["detail"]
    for address in ("/claims/nobody", "/v1/claims/nobody"):
        assert words in read_page(client, address, 404).text
    assert "There is no page at /claim/x." in read_page(client, "/claim/x", 404).text
    assert client.get("/claim/x").mimetype == "application/problem+json"
    problem = client.get("/claims/nobody", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert client.get("/v1/claims/nobody").mimetype == "application/problem+json"


# What they show --------------------------------------------------------------------------------------------------


def list_ids(client: HonestClient, record_type: str) -> list[str]:
    return [record["id"] for record in client.get(f"/v1/{record_type}?limit=1000&fields=id").json["data"]]


@pytest.mark.parametrize(
    ("step", "most_per_shape"),
    [pytest.param(4, 6, id="some"), pytest.param(1, 12, id="all", marks=pytest.mark.night)],
)
def test_every_page_of_the_seeds_is_there_and_every_link_leads_somewhere(
    client: HonestClient, engine: str, step: int, most_per_shape: int
) -> None:
    """Crawl the pages, and of links that differ only in their values follow a few; on PostgreSQL fewer of each."""
    is_sqlite = engine == "sqlite"
    followed: set[str] = set()
    for record_type in PAGE_TYPES:
        for slug in list_ids(client, record_type)[:: step if is_sqlite else 20]:
            page = read_page(client, f"/{record_type}/{slug}")
            assert page.scripts == [] and len(page.ids) == len(set(page.ids)), slug
            for link in page.links:
                assert link.startswith(("/", "https://", "http://", "mailto:", "#")), link
                assert not link.startswith("#") or link[1:] in page.ids, link
                followed.add(link) if link.startswith("/") else None
    assert len(followed) > (400 if is_sqlite else 200)
    shapes: dict[str, list[str]] = {}
    for link in sorted(followed):
        shapes.setdefault(re.sub(r"=[^&]*|/[a-z0-9-]+(?=\?|$)", "=", link), []).append(link)
    most = most_per_shape if is_sqlite else 2
    sampled = [link for links in shapes.values() for link in links[:: max(1, len(links) // most)]]
    assert len(sampled) > (100 if is_sqlite else 40)
    assert [link for link in sampled if client.get(link).status_code != 200] == []


def test_the_page_of_a_claim_says_what_the_api_says(client: HonestClient) -> None:
    for record in client.get("/v1/claims?limit=1000").json["data"][::7]:
        page = read_page(client, f"/claims/{record['id']}")
        claim = client.get(f"/v1/claims/{record['id']}").json["data"]
        assert say_claim(claim) in page.text
        assert claim["kind"] != "casualty" or say_figure(claim) in page.text
        assert claim["phrase"] == "" or " ".join(claim["phrase"].split()) in page.text
        assert claim["note"] == "" or " ".join(claim["note"].split()) in page.text
        for report in claim["reports"]:
            assert f"/sources/{report['source']['id']}" in page.links
        for relation in claim["relations"]:
            assert {f"/claims/{relation['claim']}", f"/claims/{relation['target']}"} & set(page.links)
        citation = client.get(f"/v1/claims/{claim['id']}/citation?revision=1").text
        assert " ".join(citation.split()) in page.text
        assert f"curl -s 'http://127.0.0.1:8000/v1/claims/{claim['id']}?revision=1'" in page.text


def find_losses(answer: Any) -> list[tuple[str, str]]:
    """Return the range and the claims of each row, as pages print and link them."""
    losses = []
    for row in answer.json["data"]:
        rest = " or more" if row["open_ended"] else ""
        numbers = f"{row['best']:,}" if row["low"] == row["high"] else f"{row['low']:,} to {row['high']:,}"
        losses.append((numbers + rest, local(row["links"]["claims"]).replace("/v1/claims?", "/claims?")))
    return losses


@pytest.mark.parametrize(
    ("page", "question"),
    [
        (f"/conflicts/{WAR}", f"conflict={WAR}&group_by=subject_side"),
        ("/conflicts/gaza-2023", "conflict=gaza-2023&group_by=subject_side"),
        ("/events/al-ahli-hospital-2023-10-17", "event=al-ahli-hospital-2023-10-17&group_by=event,subject_side"),
        ("/sides/azerbaijan", "subject_side=azerbaijan&group_by=conflict,subject_side"),
    ],
)
def test_figures_are_those_of_the_api_with_the_claims_behind_them(
    page: str, question: str, client: HonestClient
) -> None:
    source = client.get(page).text
    losses = find_losses(client.get(f"/v1/statistics/casualties?{question}"))
    assert len(losses) >= 2
    for numbers, address in losses:
        encoded = re.escape(html.escape(re.sub(r"%26row%3D.*", "", address)))
        assert re.search(rf'href="{encoded}[^"]*"[^>]*>{re.escape(numbers)}<', source), (numbers, address)


def test_a_conflict_shows_every_newest_statement_with_its_day(client: HonestClient) -> None:
    page = read_page(client, f"/conflicts/{WAR}")
    rows = client.get(f"/v1/statistics/casualties?conflict={WAR}&group_by=subject_side").json["data"]
    statements = [statement for row in rows for statement in row["statements"] or ()]
    assert len(statements) > 60
    assert [s["claim"] for s in statements if f"/claims/{s['claim']}" not in page.links] == []
    assert "about 2,000 · Vladimir Putin (third party) Stated 22 October 2020" in page.text
    for event in client.get(f"/v1/events?conflict={WAR}").json["data"]:
        assert f"/events/{event['id']}" in page.links


def test_an_event_shows_where_claimants_contradict_each_other(client: HonestClient) -> None:
    page = read_page(client, "/events/al-ahli-hospital-2023-10-17")
    assert "100 to 471 or more" in page.text and "the highest best is 4.71 times the lowest" in page.text
    assert "at least 471 · Ministry of Health in Gaza (on its own losses)" in page.text
    assert "holds Israel responsible" in page.text


def test_a_claim_shows_what_contradicts_it(client: HonestClient) -> None:
    page = read_page(client, f"/claims/{REPLACED}")
    assert "1 claim contradicts this one." in page.text
    assert "Superseded by its claimant on 13 July 2020." in page.text and "A third soldier died" in page.text
    agreed = read_page(client, f"/claims/{CLAIM}")
    assert "No claim here contradicts this one." in agreed.text
    assert "does not contradict: the two ranges meet" in agreed.text


def test_a_claimant_shows_how_it_revised_itself(client: HonestClient) -> None:
    page = read_page(client, "/claimants/azerbaijan-mod")
    assert "2 March 2021 28 −72 running total the figure falls" in page.text
    series = client.get(f"/v1/statistics/series?conflict={WAR}&claimant=azerbaijan-mod").json["data"]
    points = [point["claim"] for one in series if len(one["points"]) > 1 for point in one["points"]]
    assert len(points) > 10 and [claim for claim in points if f"/claims/{claim}" not in page.links] == []


def test_a_claimant_is_compared_with_the_sides_it_speaks_about(client: HonestClient) -> None:
    """The ratios are those of the casualties of the claimant and of the side itself."""
    page = read_page(client, "/claimants/armenia-mod")
    own = client.get(
        f"/v1/statistics/casualties?recorded_conflict={WAR}&basis=totals&policy=own_side&group_by=conflict,subject_side&harm=killed"
    )
    (row,) = [
        row for row in own.json["data"] if row["subject_side"]["id"] == "azerbaijan" and row["measure"] == "cumulative"
    ]
    assert f"{row['best']:,}" in page.text.partition("beside their own")[2]
    assert "Not compared:" in page.text


def test_the_page_of_claims_has_the_filters_of_the_list(client: HonestClient) -> None:
    page = read_page(client, f"/claims?conflict={WAR}&harm=killed&utm_source=x")
    listed = client.get(f"/v1/claims?conflict={WAR}&harm=killed&sort=-stated_on&limit=50").json
    assert [f"/claims/{claim['id']}" in page.links for claim in listed["data"]] == [True] * 50
    assert f"All {listed['meta']['total']} as CSV" in page.text
    assert "Must be one of" in read_page(client, "/claims?harm=hurt", 422).text
    for name in ("nonsense", "format", "fields"):
        assert f"There is no parameter {name}." in read_page(client, f"/claims?{name}=1", 400).text


def test_a_list_has_all_its_pages_without_a_script(client: HonestClient) -> None:
    """The pages together have each claim once, in the order of the API, and repeat the language."""
    address, shown = f"/claims?conflict={WAR}&harm=killed&lang=en", []
    while address:
        source = read_source(client, address)
        table = source.partition("<tbody>")[2].partition("</tbody>")[0]
        shown += re.findall(r'class="stated" href="/claims/([^"?]+)\?lang=en"', table)
        (following,) = re.findall(r'rel="next" href="([^"]+)"', source) or [""]
        assert ('rel="first"' in source) == ('rel="prev"' in source) == ("cursor" in address)
        rows = f": {len(shown) - table.count('<tr') + 1} to {len(shown)}" if "cursor" in address else ""
        assert re.search(rf"<h1>\d+ claims{rows}</h1>", source)
        (previous,) = re.findall(r'rel="prev" href="([^"]+)"', source) or [""]
        if previous:
            assert read_source(client, html.unescape(previous)).partition("<tbody>")[2].count("<tr") == 50
        address = html.unescape(following)
    listed = client.get(f"/v1/claims?conflict={WAR}&harm=killed&sort=-stated_on&limit=1000").json["data"]
    assert shown == [claim["id"] for claim in listed] and len(shown) > 50
    assert "The cursor cannot be used." in read_page(client, "/claims?cursor=1", 400).text


def test_a_release_has_a_page_at_its_address(empty: Flask, tmp_path: pathlib.Path) -> None:
    client = open_small_world(empty, "admin")
    assert "There is no release yet." in read_page(client, "/releases").text
    for name in ("2026-1", "2026-2"):
        with empty.app_context():
            answer = CliRunner().invoke(release_group, ["create", name, "--folder", str(tmp_path)])
        assert answer.exit_code == 0, answer.output
        patch = dumped({"note": f"Read again after {name}."})
        assert ask(client, "PATCH", "claims", patch, path="a-own", query="reason=Seen.").status_code == 200
    release = client.get("/v1/releases/2026-2").json["data"]
    page = read_page(client, "/releases/2026-2")
    assert release["sha256"] in page.text and f"at revision {release['revision']}." in page.text
    assert {"/releases/2026-1", "/?release=2026-2", "/v1/export.zip?release=2026-2"} <= set(page.links)
    assert "/v1/releases/2026-2/diff?from=2026-1" in page.links
    for link in page.links:
        if link.startswith("/v1/") and "zip" not in link:
            assert client.get(link).status_code == 200, link
    assert client.get("/v1/releases/2026-2", headers={"Accept": BROWSER}).text == read_source(
        client, "/releases/2026-2"
    )
    assert client.get("/v1/releases/2026-2").mimetype == "application/json"
    read_page(client, "/releases/2026-3", 404)
    listed = read_page(client, "/releases")
    assert {"/releases/2026-1", "/releases/2026-2"} <= set(listed.links)
    assert listed.text.index("2026-2") < listed.text.index("2026-1")
    assert "/releases" in page.links and "/releases" in read_page(client, "/").links
    assert "/releases/2026-2?lang=ru" in read_page(client, "/releases?lang=ru").links
    sitemap = client.get("/sitemaps/releases-1.xml").text
    assert re.findall("<loc>http://127.0.0.1:8000([^<]*)", sitemap) == [
        "/releases",
        "/releases/2026-1",
        "/releases/2026-2",
    ]
    assert "/sitemaps/releases-1.xml" in client.get("/sitemap.xml").text
    assert "/releases/2026-2" in client.get("/v1/releases.atom").text


def read_source(client: HonestClient, address: str) -> str:
    return client.get(address, headers={"Accept": BROWSER}).text


# Versions, statuses and erased texts -----------------------------------------------------------------------------


@pytest.fixture
def editor(empty: Flask) -> HonestClient:
    return open_small_world(empty, "admin")


def test_a_pinned_page_says_so_and_what_changed_since(editor: HonestClient) -> None:
    patch = dumped({"note": "Read again."})
    assert ask(editor, "PATCH", "claims", patch, path="a-own", query="reason=Seen.").status_code == 200
    newest = read_page(editor, "/claims/a-own")
    assert "Read again." in newest.text and "This page shows the record as it was" not in newest.text
    pinned = read_page(editor, "/claims/a-own?revision=1")
    assert "as it was at revision 1" in pinned.text and "Since then it has changed: note." in pinned.text
    conflict = editor.get("/v1/claims/a-own").json["data"]["conflict"]["id"]
    assert f"/conflicts/{conflict}?revision=1" in pinned.links and "/claims/a-own" in pinned.links
    assert "Revision 2" in newest.text and "Revision 2" not in pinned.text
    assert "corrected by" in newest.text and "Seen." in newest.text
    assert "There is no revision 9" in read_page(editor, "/claims/a-own?revision=9", 422).text


def test_a_retracted_record_says_so_at_the_top(editor: HonestClient) -> None:
    before = read_page(editor, "/claims/a-own")
    assert ask(editor, "DELETE", "claims", b"", path="a-own", query="reason=Misread.").status_code == 200
    page = read_page(editor, "/claims/a-own")
    assert "Retracted by an editor" in page.text.partition("Claim ")[0] and "Misread." in page.text
    assert "Retracted" not in before.text
    pinned = read_page(editor, "/claims/a-own?revision=1")
    assert "It is now retracted: Misread." in pinned.text


def test_an_erased_text_is_shown_as_erased(editor: HonestClient) -> None:
    secret = "Xqzvan Wkjorrel"
    patch = dumped({"note": secret})
    assert ask(editor, "PATCH", "claims", patch, path="a-own", query="reason=Seen.").status_code == 200
    assert secret in read_page(editor, "/claims/a-own").text
    assert redact(editor, "claims", "a-own", ["note"]).status_code == 200
    for address in ("/claims/a-own", "/v1/claims/a-own", "/claims/a-own?revision=2", "/claims?conflict=war"):
        assert secret not in read_page(editor, address).text
    page = read_page(editor, "/claims/a-own")
    assert "A text of this record was erased." in page.text and "a text that was erased" in page.text


def test_names_that_look_like_code_stay_names(empty: Flask) -> None:
    worlds.write(WORLD)
    client = open_client(empty)
    addresses = [
        f"/{record_type}/{record['id']}"
        for record_type in ("claims", "events", "conflicts", "sides", "claimants", "sources")
        for record in WORLD[record_type]
    ]
    for address in [*addresses, "/claims?conflict=war", "/claims?q=%3Cscript%3Ealert(1)%3C/script%3E"]:
        page = read_page(client, address)
        assert page.scripts == [], address
    assert NASTY in read_page(client, "/claimants/alpha-mod").text
    assert QUOTED in read_page(client, "/sides/beta").text


def test_a_world_without_days_and_figures_has_pages_too(editor: HonestClient) -> None:
    for record_type in PAGE_TYPES:
        for slug in list_ids(editor, record_type):
            for pin in ("", "?revision=1"):
                assert read_page(editor, f"/{record_type}/{slug}{pin}").scripts == []


# What they cost --------------------------------------------------------------------------------------------------

STATEMENTS = {
    f"/claims/{CLAIM}": 40,
    "/events/ganja-2020-10-17": 40,
    f"/conflicts/{WAR}": 40,
    "/sides/azerbaijan": 40,
    "/claimants/azerbaijan-mod": 105,
    "/sources/article-2020-09-30": 30,
}


@pytest.mark.parametrize("address", STATEMENTS)
def test_a_page_costs_few_statements(
    address: str, client: HonestClient, caplog: pytest.LogCaptureFixture, tell: Any
) -> None:
    counts = []
    for number in range(3):  # what is remembered for a while may be read again in one of them
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "peewee"):
            client.get(f"{address}?revision=1&utm_source=uncached-{number}")
        counts.append(sum("SELECT" in record.getMessage() for record in caplog.records))
    tell(f"{address}: {min(counts)} statements")
    assert 0 < min(counts) <= STATEMENTS[address]
