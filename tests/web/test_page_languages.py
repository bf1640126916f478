"""The page of a claim in Russian: the same figures, and no English sentence of ours."""

import re

import pytest

from schemas.language_files import LANGUAGES, load_language
from tests.support.contract import HonestClient

HTML = {"Accept": "text/html"}


def read_page(client: HonestClient, address: str) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def read_plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def list_claims(client: HonestClient, query: str = "") -> list[str]:
    return [claim["id"] for claim in client.get(f"/v1/claims?limit=1000{query}").json["data"]]


def list_english_fragments() -> list[str]:
    """Return the parts of our English sentences between their placeholders that no name has by chance."""
    texts = [
        text
        for message in load_language("en").messages.values()
        for text in ([message] if isinstance(message, str) else message.values())
    ]
    return [part.strip() for text in texts for part in re.split(r"{[\w:]+}", text) if len(part.strip()) >= 12]


def test_a_claim_is_said_in_russian(client: HonestClient) -> None:
    page = read_plain(read_page(client, "/claims/al-jazeera-2020-09-29-all-killed?lang=ru"))
    assert '<html lang="ru">' in page
    assert "<h1>Al Jazeera, 29 сентября 2020 г.: погибшие — 95 (люди, все стороны).</h1>" in page
    assert "<dt>Способ подсчёта</dt><dd>нарастающий итог, 27 сентября 2020 г. — 29 сентября 2020 г." in page
    assert "Слова источника. Язык: английский." in page
    assert "“the total death toll to 95”" in page  # what was recorded stays


def test_no_page_of_a_claim_has_an_english_sentence_of_ours(client: HonestClient) -> None:
    """What the log and the citations say is in English, and their elements say so."""
    fragments = list_english_fragments()
    assert len(fragments) > 50
    for claim in [*list_claims(client)[::6], *list_claims(client, "&status=superseded,retracted")[:8]]:
        page = read_page(client, f"/claims/{claim}?lang=ru")
        ours = re.sub(r'<(pre|p|span)[^>]* lang="en".*?</\1>|<meta[^>]*>', "", page, flags=re.DOTALL)
        assert [part for part in fragments if part in ours] == [], claim


def test_a_russian_page_has_the_numbers_of_the_english_one(client: HonestClient) -> None:
    def list_numbers(page: str) -> list[str]:
        """Return the numbers of the facts: days and bounds."""
        facts = read_plain(page[page.index("<dl") : page.index("</dl>")])
        plain = re.sub(r"<[^>]*>", " ", facts)
        return sorted(re.findall(r"\d+", re.sub(r"(?<=\d)[ ,](?=\d{3}\b)", "", plain)))

    for claim in list_claims(client, "&harm=killed")[::9]:
        english, russian = (read_page(client, f"/claims/{claim}?lang={language}") for language in ("en", "ru"))
        assert list_numbers(russian) == list_numbers(english), claim


def test_links_to_claims_stay_in_the_language(client: HonestClient) -> None:
    page = read_page(client, "/claims/al-jazeera-2020-09-29-all-killed?lang=ru")
    links = re.findall(r'href="(/claims/[^"]+)"', page)
    assert links and all("lang=ru" in link for link in links if "canonical" not in link)


def test_an_english_page_has_no_mark_of_a_language(client: HonestClient) -> None:
    address = "/claims/al-jazeera-2020-09-29-all-killed"
    assert read_page(client, f"{address}?lang=en").replace("?lang=en", "").replace("&amp;lang=en", "") == read_page(
        client, address
    )


@pytest.mark.parametrize("address", ["/conflicts/nagorno-karabakh-2020", "/claims"])
def test_pages_that_are_in_english_alone_refuse_another_language(client: HonestClient, address: str) -> None:
    answer = client.get(f"{address}?lang=ru", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["errors"][0]["name"]) == (400, "lang")


def test_a_language_without_a_file_is_refused_with_those_that_exist(client: HonestClient) -> None:
    address = "/claims/al-jazeera-2020-09-29-all-killed?lang=xx"
    answer = client.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["allowed"] == list(LANGUAGES)
