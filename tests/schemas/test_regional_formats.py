"""Numbers, days and plural categories of languages. The expected words are written by hand, after CLDR."""

import datetime
import subprocess
import sys

import pytest

from schemas.labels import count_word, label_counted
from schemas.messages import translate
from schemas.regional_formats import SKELETONS, find_category, format_date, format_fraction, format_number
from schemas.sentences import join_words, name_day, name_possible_days, name_span
from schemas.vocabularies import HARM, VICTIM_STATUS

DAY = datetime.date(2020, 9, 27)


def read_plain(text: str) -> str:
    """Return a text with plain spaces for those that keep words on one line."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_thousands_are_set_apart_as_the_language_does() -> None:
    assert [format_number(12345, language) for language in ("en", "ru", "de")] == ["12,345", "12\xa0345", "12.345"]
    assert [format_fraction("2.5", language) for language in ("en", "ru")] == ["2.5", "2,5"]


@pytest.mark.parametrize(("form", "english", "russian"), [
    ("day", "27 September 2020", "27 сентября 2020 г."),
    ("month", "September 2020", "сентябрь 2020 г."),
    ("short_day", "27 Sep 2020", "27 сент. 2020 г."),
    ("short_month", "Sep 2020", "сент. 2020 г."),
    ("day_of_year", "27 Sep", "27 сент."),
    ("year", "2020", "2020"),
])  # fmt: skip
def test_days_are_written_as_the_language_does(form: str, english: str, russian: str) -> None:
    assert form in SKELETONS
    assert format_date(DAY, form, "en") == english
    assert read_plain(format_date(DAY, form, "ru")) == russian


def test_a_day_never_leaves_its_month_on_another_line() -> None:
    assert format_date(DAY, "day", "ru").split(" ") == ["27\xa0сентября", "2020\u202fг."]


def test_plural_categories_are_those_of_cldr() -> None:
    numbers = (0, 1, 2, 4, 5, 11, 14, 21, 22, 25, 111, 1000)
    assert [find_category("ru", number) for number in numbers] == [
        "many", "one", "few", "few", "many", "many", "many", "one", "few", "many", "many", "many",
    ]  # fmt: skip
    assert [find_category("en", number) for number in (0, 1, 2, 21)] == ["other", "one", "other", "other"]
    assert (find_category("en", None), find_category("ru", None)) == ("other", "many")


def test_a_noun_follows_its_number() -> None:
    def count(number: int | None) -> str:
        return label_counted(VICTIM_STATUS, "civilian", number, "ru")

    assert [count(number) for number in (1, 3, 5, 21, None)] == [
        "гражданское лицо", "гражданских лица", "гражданских лиц", "гражданское лицо", "гражданских лиц",
    ]  # fmt: skip
    claims = [read_plain(translate("ru", "count.claims", count=number)) for number in (1, 2, 5, 12345)]
    assert claims == ["1 утверждение", "2 утверждения", "5 утверждений", "12 345 утверждений"]


def test_a_sentence_chooses_the_form_of_a_word() -> None:
    title = translate("ru", "picture.who.title", harm=count_word(HARM, "killed", None, "ru"), conflict="War")
    assert title == "Сколько погибших и по чьим данным: War"
    assert f"{count_word(HARM, 'losses', None, 'ru'):said}" == "потери (какие, не сказано)"


def test_days_and_lists_are_said_in_russian() -> None:
    assert read_plain(name_day("2020-03-02", "ru")) == "2 марта 2020 г."
    assert read_plain(name_span("2020-02-01", "2020-02-29", "ru")) == "февраль 2020 г."
    assert read_plain(name_span("2020-03-01", "2020-03-03", "ru")) == "1 марта 2020 г. — 3 марта 2020 г."
    assert name_span("1991-01-01", "1991-12-31", "ru") == "1991"
    assert read_plain(name_possible_days("2019-12-30", "2020-01-02", "ru")) == (
        "в один из дней с 30 декабря 2019 г. по 2 января 2020 г."
    )
    assert join_words(["а", "б", "в"], "ru") == "а, б и в"


def test_english_loads_no_data_of_regions() -> None:
    """`babel` takes memory and time that a process needs only for another language."""
    code = (
        "import sys, wsgi; from schemas.messages import translate; translate('en', 'count.claims', count=2);"
        "print([name for name in sys.modules if name.partition('.')[0] == 'babel'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
