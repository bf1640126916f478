"""Numbers, days and figures in words; the expected words are written by hand."""

from typing import Any

import pytest

from schemas.figure_words import say_casualties
from schemas.sentences import count_noun, join_words, name_day, name_possible_days, name_span
from schemas.vocabularies import HARM, QUALIFIER, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS


def test_a_number_agrees_with_its_noun() -> None:
    assert [count_noun(n, "row") for n in (0, 1, 2, 1200)] == ["0 rows", "1 row", "2 rows", "1,200 rows"]
    assert count_noun(2, "county", "counties") == "2 counties"
    assert [join_words(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_days_are_said_in_words() -> None:
    assert name_day("2020-03-02") == "2 March 2020"
    assert name_span("2020-03-01", "2020-03-03") == "1 March 2020 to 3 March 2020"
    assert name_span("2020-02-01", "2020-02-29") == "February 2020"
    assert name_span("2021-02-01", "2021-02-27") == "1 February 2021 to 27 February 2021"
    assert name_span("1991-01-01", "1991-12-31") == "1991"
    assert name_possible_days("2020-03-02", "2020-03-02") == "on 2 March 2020"
    assert name_possible_days("2020-04-01", "2020-04-30") == "in April 2020"
    assert name_possible_days("2019-12-30", "2020-01-02") == "between 30 December 2019 and 2 January 2020"


def figure(**given: Any) -> dict[str, Any]:
    usual = {
        "kind": "casualty", "qualifier": "exact", "value": None, "low": None, "best": None, "high": None,
        "figure_rule": None, "harm": "killed", "victim_status": "any", "victim_sex": "any", "victim_age": "any",
        "subject_side": {"id": "alpha", "name": "Alpha"},
    }  # fmt: skip
    return {**usual, **given}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"value": 41, "low": 41, "best": 41, "high": 41}, "41"),
        ({"best": 3}, "3"),
        ({"value": 0, "low": 0, "best": 0, "high": 0}, "0"),
        ({"qualifier": "about", "value": 2300, "best": 2300}, "about 2,300"),
        ({"qualifier": "at_least", "value": 53, "low": 53, "best": 53}, "at least 53"),
        ({"qualifier": "more_than", "value": 2000, "low": 2000, "best": 2000}, "more than 2,000"),
        ({"qualifier": "nearly", "value": 100, "best": 100, "high": 100}, "nearly 100"),
        ({"qualifier": "up_to", "value": 400, "high": 400}, "up to 400"),
        ({"qualifier": "up_to", "value": 400, "high": 400, "figure_rule": "fewer_than"}, "fewer than 400"),
        ({"qualifier": "between", "value": 4000, "low": 4000, "high": 5000}, "4,000 to 5,000"),
        ({"qualifier": "between", "value": 1, "low": 1, "high": 2}, "1 to 2"),
        ({"qualifier": "vague", "low": 24}, "an unstated number (at least 24) of"),
        ({"qualifier": "unquantified"}, "an unstated number of"),
        ({"qualifier": "as_given", "low": 5, "best": 7, "high": 9}, "7 (5 to 9)"),
        ({"qualifier": "as_given", "best": 7, "high": 9}, "7 (up to 9)"),
        ({"qualifier": "as_given", "low": 7, "best": 7, "high": 7}, "7"),
        ({"qualifier": "as_given", "low": 5}, "at least 5"),
        ({"qualifier": "as_given", "low": 5, "high": 9}, "5 to 9"),
        ({"qualifier": "as_given", "low": 9, "best": 7, "high": 5}, "7 (low 9, high 5)"),
        ({"value": 41, "low": 5, "best": 7, "high": 9}, "41 (low 5, best 7, high 9)"),
    ],
)
def test_a_figure_is_said_as_it_was_hedged(given: dict[str, Any], words: str) -> None:
    assert say_casualties(figure(**given)) == f"{words} people of Alpha killed"


GIRLS = {"victim_status": "civilian", "victim_sex": "woman", "victim_age": "child", "subject_side": None}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"best": 1}, "1 person of Alpha killed"),
        ({"best": 2, "harm": "losses"}, "2 people of Alpha lost (which harm is not said)"),
        ({"best": 2, "harm": "killed_or_missing"}, "2 people of Alpha killed or missing"),
        ({"best": 1, "victim_status": "member_of_armed_forces"}, "1 member of the armed forces of Alpha killed"),
        ({"best": 2, **GIRLS}, "2 civilians (female, under 18) of all sides killed"),
    ],
)
def test_the_victims_and_the_harm_are_said(given: dict[str, Any], words: str) -> None:
    assert say_casualties(figure(**given)) == words


def test_every_word_of_the_lists_is_said_and_no_code() -> None:
    lists = {"qualifier": QUALIFIER, "harm": HARM, "victim_status": VICTIM_STATUS, "victim_sex": VICTIM_SEX}
    for name, vocabulary in {**lists, "victim_age": VICTIM_AGE}.items():
        for word in vocabulary:
            assert "_" not in say_casualties(figure(best=2, **{name: word}))
