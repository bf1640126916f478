"""Pictures in another language: the same figures, no English sentence, and a language is one file."""

import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable

import pytest
import yaml

from schemas.language_files import FOLDER, LANGUAGES
from tests.support.contract import HonestClient
from tests.v1.pictures.test_pictures import SVG, WAR, ask, draw

PROJECT = pathlib.Path(__file__).parents[3]
STATES = [
    f"{WAR}&view=who", f"{WAR}&view=who&width=390", f"{WAR}&view=who&width=800&height=420", f"{WAR}&view=time",
    f"{WAR}&view=time&width=390", f"{WAR}&view=time&width=800&height=420", f"{WAR}&view=matrix",
    f"{WAR}&view=matrix&width=390", f"{WAR}&view=map", f"{WAR}&view=map&height=500", f"{WAR}&view=table", "view=table",
    "view=who&harm=injured", f"{WAR}&view=table&victim_status=civilian&as_of=2020-11-02&policy=highest&from=2020-10-10",
    "view=time&conflict=nagorno-karabakh-1988-1994", "view=matrix&conflict=nagorno-karabakh&basis=totals",
    "view=map&conflict=nagorno-karabakh&harm=abducted", f"{WAR}&view=who&harm=abducted",
]  # fmt: skip
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def list_figures(picture: ET.Element) -> list[dict[str, str]]:
    """Return the numbers of every mark, as attributes say them."""
    marks = [
        {name: value for name, value in group.attrib.items() if name.startswith("data-")}
        for group in picture.iter(f"{SVG}g")
    ]
    return [mark for mark in marks if mark]


def read_words(picture: ET.Element) -> str:
    """Return all that people can read or hear, without the address and the letters of lines."""
    lines = [text for group in picture.iter(f"{SVG}g") if group.get("class") == "source" for text in group]
    elements = [element for name in ("text", "title", "desc") for element in picture.iter(f"{SVG}{name}")]
    texts = [element.text or "" for element in elements if element not in lines]
    return re.sub(r"http\S+", "", " ".join(text for text in texts if not re.fullmatch("[A-Z]{1,2}", text)))


def list_names(client: HonestClient) -> Iterable[str]:
    """Yield the texts of records and of maps, which no language changes."""
    for record_type in ("conflicts", "sides", "claimants", "events"):
        for record in ask(client, f"/v1/{record_type}?limit=1000"):
            yield record["name"]
            yield record.get("place") or ""
    yield from (claim["part"] or "" for claim in ask(client, "/v1/claims?limit=1000"))
    yield "Counterclaim CC BY"
    yield from ("Georgia Azerbaijan Armenia Turkey Russia Iran Iraq Israel Egypt Lebanon Jordan Syria".split())


@pytest.mark.parametrize("state", STATES)
def test_a_russian_picture_has_the_figures_of_the_english_one(client: HonestClient, state: str) -> None:
    english, russian = draw(client, state), draw(client, f"{state}&lang=ru")
    if "height=" not in state:  # longer words leave room for fewer figures
        assert list_figures(russian) == list_figures(english)
    assert (english.get(XML_LANG), russian.get(XML_LANG)) == (None, "ru")
    assert russian.get("direction") is None


def test_a_russian_picture_has_no_english_word_but_names(client: HonestClient) -> None:
    names = {word for name in list_names(client) for word in re.findall("[A-Za-z]+", name)}
    for state in STATES:
        words = set(re.findall("[A-Za-z]+", read_words(draw(client, f"{state}&lang=ru"))))
        assert words - names == set(), state


def test_a_russian_picture_says_the_result_in_russian(client: HonestClient) -> None:
    picture = draw(client, f"{WAR}&as_of=2020-11-15&lang=ru")
    words = read_words(picture).replace("\xa0", " ").replace("\u202f", " ")
    assert picture.findtext(f"{SVG}title") == "Сколько погибших и по чьим данным: 2020 Nagorno-Karabakh war"
    assert "По состоянию на 15 нояб. 2020 г." in words
    for said in ("сама сторона, военнослужащие", "не менее 250", "более старый итог", "Потери: Azerbaijan"):
        assert said in words
    assert re.search(r"Нарастающий итог: \d \d{3}–\d+ \d{3}", words)


def test_an_english_picture_is_that_of_no_language(client: HonestClient) -> None:
    plain, english = (client.get(f"/v1/picture.svg?{WAR}{lang}").text for lang in ("", "&lang=en"))
    assert english.replace("&amp;lang=en", "") == plain


def test_a_language_without_a_file_is_refused_with_those_that_exist(client: HonestClient) -> None:
    answer = client.get(f"/v1/picture.svg?{WAR}&lang=xx")
    assert (answer.status_code, answer.json["errors"][0]["name"]) == (422, "lang")
    assert answer.json["errors"][0]["allowed"] == list(LANGUAGES)
    assert set(LANGUAGES) >= {"en", "ru"}


# A third language -------------------------------------------------------------------------------------------------

#: Draws pictures of an empty database with one conflict, in a process that finds the third language in its folder.
DRAW = """
import json, sys
from wsgi import app
client = app.test_client()
def get(address, headers={}):
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text
war = "conflict=nagorno-karabakh-2020"
print(json.dumps({
    "page": {"he": get("/claims/al-jazeera-2020-09-29-all-killed?lang=he", {"Accept": "text/html"})},
    "codebook": client.get("/v1/codebook?lang=he").json["data"]["lang"],
    **{view: {lang: get(f"/v1/picture.svg?{war}&view={view}&lang={lang}") for lang in ("en", "he")}
       for view in ("who", "matrix", "table", "time", "map")},
}))
"""


def write_third_language(folder: pathlib.Path) -> None:
    """Write a language with Hebrew letters before every English word: only its direction and its forms matter."""
    content = yaml.safe_load((FOLDER / "en.yaml").read_text(encoding="utf-8"))

    def mark(text: str) -> str:
        return f"\N{HEBREW LETTER ALEF}{text}"

    def mark_forms(entry: object) -> object:
        if isinstance(entry, dict):
            marked = {form: mark_forms(text) for form, text in entry.items()}
            return marked | {"two": marked["other"]} if "other" in marked else marked
        return mark(str(entry))

    for words in content["labels"].values():
        for word, entry in words.items():
            words[word] = mark_forms(entry)
    messages = {key: mark_forms(message) for key, message in content["messages"].items()}
    third = {"name": "\N{HEBREW LETTER ALEF}", "direction": "rtl", "labels": content["labels"], "messages": messages}
    (folder / "he.yaml").write_text(yaml.safe_dump(third, allow_unicode=True), encoding="utf-8")


def copy_project(folder: pathlib.Path) -> None:
    """Make a copy of the program in which only the folder of languages is not that of the project."""
    for name in ("api", "imports", "seeds", "wsgi.py", "LICENSE"):
        (folder / name).symlink_to(PROJECT / name)
    (folder / "schemas" / "languages").mkdir(parents=True)
    for path in (PROJECT / "schemas").iterdir():
        if path.name != "languages":
            (folder / "schemas" / path.name).symlink_to(path)
    for path in FOLDER.iterdir():
        (folder / "schemas" / "languages" / path.name).symlink_to(path)


@pytest.fixture(scope="module")
def third(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    folder = tmp_path_factory.mktemp("third-language")
    copy_project(folder)
    write_third_language(folder / "schemas" / "languages")
    settings = {
        "COUNTERCLAIM_DATABASE_URL": f"sqlite:///{folder}/third.db",
        "COUNTERCLAIM_COSTLY_SECONDS_PER_MINUTE": "0",
        "PYTHONPATH": str(folder),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERCLAIM_")}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=inherited | settings, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "flask", "--app", "wsgi", "upgrade")
    run("-m", "flask", "--app", "wsgi", "seed", "--if-empty")
    answers: dict[str, dict[str, str]] = yaml.safe_load(run("-c", DRAW))
    return answers


def test_a_language_is_one_file(third: dict[str, dict[str, str]]) -> None:
    assert third["codebook"] == "he"
    assert '<html lang="he" dir="rtl">' in third["page"]["he"]
    for view in ("who", "matrix", "table", "time", "map"):
        english, hebrew = (ET.fromstring(third[view][language]) for language in ("en", "he"))
        assert list_figures(hebrew) == list_figures(english)
        assert hebrew.get(XML_LANG) == "he"
        assert (hebrew.findtext(f"{SVG}title") or "").startswith("\N{HEBREW LETTER ALEF}")


def test_a_language_from_right_to_left_begins_at_the_right(third: dict[str, dict[str, str]]) -> None:
    """The title of a sheet of 1200 pixels ends 22 pixels before its right edge."""
    for view in ("time", "map"):
        title = next(ET.fromstring(third[view]["he"]).iter(f"{SVG}text"))
        assert (title.get("x"), title.get("text-anchor")) == ("1178", "end")
        assert (title.text or "")[0] == "\N{RIGHT-TO-LEFT ISOLATE}"
        assert 'class="mirrored"' not in third[view]["he"]


@pytest.mark.parametrize("view", ["who", "matrix", "table"])
def test_tables_and_scales_are_mirrored_and_their_texts_are_not(third: dict[str, dict[str, str]], view: str) -> None:
    """A point of the mirrored group at x is drawn at 1200 - x; each text is mirrored once more around its own x."""
    picture = ET.fromstring(third[view]["he"])
    (group,) = (group for group in picture.iter(f"{SVG}g") if group.get("class") == "mirrored")
    assert group.get("transform") == "matrix(-1 0 0 1 1200 0)"
    assert picture.get("direction") == "ltr"  # a page from right to left must not turn the anchors
    texts = list(picture.iter(f"{SVG}text"))
    assert texts == list(group.iter(f"{SVG}text"))
    for text in texts:
        turned = re.fullmatch(r"matrix\(-1 0 0 1 (\S+) 0\)", text.get("transform", ""))
        assert turned and float(turned[1]) == pytest.approx(2 * float(text.get("x", "0")), abs=0.11)
    english = next(ET.fromstring(third[view]["en"]).iter(f"{SVG}text"))
    assert (english.get("text-anchor"), texts[0].get("text-anchor")) == (None, "end")
