"""Pages in Russian: the same figures, and no English word of ours beside the names and words that were recorded."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.database.connection import is_postgres
from schemas.language_files import LANGUAGES, load_language
from schemas.pages import PAGE_TYPES
from tests.support.contract import HonestClient
from tests.support.page_texts import find_foreign_words, list_recorded_texts, read_plain, read_visible
from tests.support.servers import Server
from tests.web.test_explorer import VIEWS, told

HTML = {"Accept": "text/html"}
CLAIM = "/claims/al-jazeera-2020-09-29-all-killed"
WAR = "nagorno-karabakh-2020"
#: Of each record type some pages; of claims every sixth, and those that were replaced or retracted.
#: Of so many records of a type one is read; on PostgreSQL of four times as many, because pages know no engine.
SAMPLE = {"claims": 6, "events": 2, "sources": 8, "claimants": 4, "sides": 1, "conflicts": 1, "datasets": 1}


def read_page(client: HonestClient, address: str, headers: dict[str, str] | None = None) -> str:
    answer = client.get(address, headers=HTML | (headers or {}))
    assert answer.status_code == 200, answer.text
    return answer.text


def list_ids(client: HonestClient, record_type: str, query: str = "") -> list[str]:
    return [record["id"] for record in client.get(f"/v1/{record_type}?limit=1000{query}").json["data"]]


def list_addresses(client: HonestClient) -> Iterator[str]:
    for record_type in PAGE_TYPES:
        step = SAMPLE[record_type] * (4 if is_postgres() else 1)
        yield from (f"/{record_type}/{slug}" for slug in list_ids(client, record_type)[::step])
    yield from (f"/claims/{slug}" for slug in list_ids(client, "claims", "&status=superseded,retracted")[:8])
    yield from (f"/claims?conflict={WAR}", "/claims?q=нетничего", "/claims?harm=killed&revision=1", "/releases")


def test_a_claim_is_said_in_russian(client: HonestClient) -> None:
    page = read_plain(read_page(client, f"{CLAIM}?lang=ru"))
    assert '<html lang="ru">' in page
    title = (
        "Al Jazeera, 29 сентября 2020 г.: погибшие — 95 (люди, все стороны); 2020 Nagorno-Karabakh war; "
        "нарастающий итог, 27 сентября 2020 г. — 29 сентября 2020 г."
    )
    assert f"<h1>{title}</h1>" in page
    assert "<dt>Способ подсчёта</dt><dd>нарастающий итог, 27 сентября 2020 г. — 29 сентября 2020 г." in page
    assert "Слова источника. Язык: английский." in page
    assert "“the total death toll to 95”" in page  # what was recorded stays


def test_no_page_of_a_record_has_an_english_word_of_ours(client: HonestClient) -> None:
    """What the log, the citations and the API say is in English, and their elements say so."""
    recorded = list_recorded_texts(lambda address: client.get(address).json)
    found = {}
    for address in list_addresses(client):
        page = read_page(client, f"{address}{'&' if '?' in address else '?'}lang=ru")
        if words := find_foreign_words(page, recorded):
            found[address] = words
    assert found == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_no_view_of_the_explorer_has_an_english_word_of_ours(width: int, visiting: Any, seeds: Server) -> None:
    """In Chromium: also what its scripts write, in what is closed and in what is only heard."""
    visit = visiting(width=width)
    recorded = list_recorded_texts(lambda address: told(seeds, address))
    for address in (
        *VIEWS.values(),
        "/?view=matrix",
        "/?q=x&policy=claimant",
        f"/?view=time&conflict={WAR}&span=all&q=x",
    ):
        page = visit.open(f"{address}{'&' if '?' in address else '?'}lang=ru")
        assert find_foreign_words(page.content(), recorded) == [], address
    assert "lang=ru" in page.get_by_role("link", name="Матрица").get_attribute("href")


def test_a_page_that_runs_from_right_to_left_fits_its_window(visiting: Any) -> None:
    """No language here does yet: the direction is set by hand."""
    visit = visiting(width=390)
    for address in (*VIEWS.values(), CLAIM, f"/conflicts/{WAR}"):
        visit.page.goto(visit.server.url + address)
        if address.startswith("/?"):
            visit.page.wait_for_selector("main[aria-busy=false]")
        visit.page.evaluate("document.documentElement.dir = 'rtl'")
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
        assert visit.page.evaluate("getComputedStyle(document.querySelector('main')).direction") == "rtl"


def test_a_russian_page_has_the_numbers_of_the_english_one(client: HonestClient) -> None:
    def list_numbers(page: str) -> list[str]:
        """Without the history and the citations, which are in English in both."""
        shown = re.sub(
            r'<(footer|nav|pre|section id="history").*?</(footer|nav|pre|section)>', "", page, flags=re.DOTALL
        )
        plain = read_plain(read_visible(shown))
        return sorted(re.findall(r"\d+", re.sub(r"(?<=\d)[ ,.](?=\d)", "", plain)))

    for record_type in PAGE_TYPES:
        step = (9 if record_type == "claims" else 5) * (4 if is_postgres() else 1)
        for slug in list_ids(client, record_type)[::step]:
            english, russian = (read_page(client, f"/{record_type}/{slug}?lang={tag}") for tag in ("en", "ru"))
            assert list_numbers(russian) == list_numbers(english), slug


def test_links_stay_in_the_language_of_the_address(client: HonestClient) -> None:
    for tag in LANGUAGES:
        for path in (CLAIM, f"/conflicts/{WAR}", "/claimants/armenia-mod", f"/claims?conflict={WAR}"):
            page = read_page(client, f"{path}{'&' if '?' in path else '?'}lang={tag}")
            body = page.partition("<body")[2].partition('<nav class="languages"')[0]
            links = re.findall(rf'href="(/(?:\?|"|{"|".join(PAGE_TYPES)})[^"]*)', body)
            assert links and [link for link in links if f"lang={tag}" not in link] == []


@pytest.mark.parametrize(("accepted", "language"), [
    ("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("uk, ru;q=0.7, en;q=0.3", "ru"), ("en-GB,en;q=0.9,ru;q=0.4", "en"),
    ("de", "en"), ("", "en"), ("en-GB,ru;q=0.8", "en"), ("ru-RU,en;q=0.8", "ru"), ("ru;q=0", "en"),
])  # fmt: skip
def test_a_page_without_a_language_is_in_that_of_its_reader(accepted: str, language: str, client: HonestClient) -> None:
    """The response cache keeps a page for each language."""
    for path in (CLAIM, f"/conflicts/{WAR}", "/claims", "/releases", "/embed", "/v1/docs"):
        for _ in range(2):
            page = read_page(client, path, {"Accept-Language": accepted})
            assert f'<html lang="{language}"' in page
            assert f'<html lang="{language}"' in read_page(
                client, path, {"Accept": "*/*", "Accept-Language": accepted}
            ) or path.startswith("/v1")
            assert "lang=" not in "".join(re.findall(r'<a href="(/claimants/[^"]*)"', page))
        chosen = read_page(client, f"{path}?lang=en", {"Accept-Language": accepted})
        assert '<html lang="en"' in chosen


def test_a_page_names_itself_in_each_language(client: HonestClient) -> None:
    page = read_page(client, f"{CLAIM}?lang=ru")
    public = f"http://127.0.0.1:8000{CLAIM}"
    assert f'<link rel="canonical" href="{public}?lang=ru">' in page
    assert dict(re.findall(r'hreflang="([^"]+)" href="([^"]+)"', page)) == {
        "en": public, "ru": f"{public}?lang=ru", "x-default": public,
    }  # fmt: skip
    switch = re.findall(r'<nav class="languages".*?<a href="([^"]+)" lang="en"', page)
    assert list(map(html.unescape, switch)) == [f"{CLAIM}?lang=en"]


def test_an_english_page_has_no_mark_of_a_language(client: HonestClient) -> None:
    def drop_marks(page: str) -> str:
        return re.sub(r"(\?|&amp;)lang=en", "", re.sub(r'<nav class="languages".*?</nav>', "", page))

    assert drop_marks(read_page(client, f"{CLAIM}?lang=en")) == drop_marks(read_page(client, CLAIM))


def test_a_problem_is_in_the_language_of_the_page(client: HonestClient) -> None:
    answer = client.get("/claims/nobody?lang=ru", headers=HTML)
    assert answer.status_code == 404 and "Ошибка 404" in answer.text
    assert find_foreign_words(answer.text, re.findall(r"запрос (\w+)", answer.text)) == []


def test_a_language_without_a_file_is_refused_with_those_that_exist(client: HonestClient) -> None:
    for address in (f"{CLAIM}?lang=xx", f"/conflicts/{WAR}?lang=xx", "/claims?lang=xx"):
        answer = client.get(address, headers={"Accept": "application/problem+json"})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["allowed"] == list(LANGUAGES)


def test_the_switch_names_a_language_in_its_own_words(client: HonestClient) -> None:
    names: list[Any] = [load_language(tag).name for tag in LANGUAGES]
    assert names == ["English", "Русский"]
    assert ">Русский</a>" in read_page(client, CLAIM)
