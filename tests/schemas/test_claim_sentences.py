"""A claim in one sentence: who said on which day that how many of whom were harmed."""

from typing import Any

import pytest

from schemas.claim_sentences import say_claim

ALPHA = {"id": "alpha", "name": "Alpha"}
CLAIM: dict[str, Any] = {
    "kind": "casualty", "claimant": {"id": "mod", "name": "The ministry"}, "stated_on": "2020-03-02",
    "stated_until": "2020-03-02", "harm": "killed", "victim_status": "any", "victim_sex": "any", "victim_age": "any",
    "part": None, "subject_side": ALPHA, "responsible_side": None, "qualifier": "exact", "figure_rule": None,
    "value": 16, "low": 16, "best": 16, "high": 16,
}  # fmt: skip
ONE = {"value": 1, "low": 1, "best": 1, "high": 1}
NO_FIGURE = {"qualifier": None, "value": None, "low": None, "best": None, "high": None}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "The ministry said on 2 March 2020 that 16 people of Alpha were killed."),
        (ONE | {"victim_status": "civilian"}, "The ministry said on 2 March 2020 that 1 civilian of Alpha was killed."),
        (
            ONE | {"qualifier": "at_least", "high": None},
            "The ministry said on 2 March 2020 that at least 1 person of Alpha was killed.",
        ),
        (
            NO_FIGURE | {"qualifier": "up_to", "value": 1, "high": 1},
            "The ministry said on 2 March 2020 that up to 1 person of Alpha was killed.",
        ),
        (
            NO_FIGURE | {"qualifier": "as_given", "low": 1},
            "The ministry said on 2 March 2020 that at least 1 person of Alpha was killed.",
        ),
        (
            NO_FIGURE | {"qualifier": "as_given", "high": 1},
            "The ministry said on 2 March 2020 that up to 1 person of Alpha was killed.",
        ),
        (
            NO_FIGURE | {"qualifier": "between", "low": 1, "high": 2},
            "The ministry said on 2 March 2020 that 1 to 2 people of Alpha were killed.",
        ),
        (
            NO_FIGURE | {"qualifier": "as_given", "low": 0, "high": 1},
            "The ministry said on 2 March 2020 that 0 to 1 people of Alpha were killed.",
        ),
        (
            {"value": 0, "low": 0, "best": 0, "high": 0},
            "The ministry said on 2 March 2020 that 0 people of Alpha were killed.",
        ),
        (
            {"qualifier": "at_least", "harm": "killed_or_injured", "subject_side": None, "high": None},
            "The ministry said on 2 March 2020 that at least 16 people of all sides were killed or injured.",
        ),
        (
            {"stated_on": "2020-03-01", "stated_until": "2020-03-31", "part": "Terter district"},
            "The ministry said in March 2020 that 16 people of Alpha (part: Terter district) were killed.",
        ),
        (
            NO_FIGURE | {"qualifier": "unquantified", "stated_on": None, "stated_until": None},
            "The ministry said on a day that is not recorded that an unstated number of people of Alpha were killed.",
        ),
        (
            {"responsible_side": {"id": "red", "name": "Red"}},
            "The ministry said on 2 March 2020 that 16 people of Alpha were killed. It holds Red responsible.",
        ),
        (
            NO_FIGURE | {"kind": "responsibility", "responsible_side": ALPHA, "subject_side": None, "harm": None},
            "The ministry said on 2 March 2020 that Alpha was responsible.",
        ),
        (NO_FIGURE | {"kind": "silence"}, "The ministry published no figure of its own of people of Alpha killed."),
        (
            NO_FIGURE | {"kind": "denial", "harm": None},
            "The ministry issued on 2 March 2020 a denial about people of Alpha, without a figure.",
        ),
    ],
)
def test_a_claim_is_one_sentence(change: dict[str, Any], sentence: str) -> None:
    assert say_claim(CLAIM | change) == sentence


WAR, STRIKE = {"id": "war", "name": "The war"}, {"id": "strike", "name": "Strike on Northford"}
BLAME = NO_FIGURE | {"kind": "responsibility", "responsible_side": ALPHA, "subject_side": None, "harm": None}


@pytest.mark.parametrize(
    ("change", "language", "sentence"),
    [
        (
            {"event": None, "measure": "period", "covers_from": "2020-03-01", "covers_to": "2020-03-02"},
            "en",
            "The ministry said on 2 March 2020 that 16 people of Alpha were killed "
            "(The war; toll of a period, 1 March 2020 to 2 March 2020).",
        ),
        (
            {"event": None, "measure": "cumulative", "covers_to": "2020-03-01"},
            "ru",
            "The ministry, 2 марта 2020 г.: погибшие — 16 (люди, Alpha); The war; нарастающий итог, по 1 марта 2020 г.",
        ),
        (
            {"measure": "cumulative"},
            "en",
            "The ministry said on 2 March 2020 that 16 people of Alpha were killed "
            "(Strike on Northford; running total).",
        ),
        (
            {"responsible_side": {"id": "red", "name": "Red"}},
            "en",
            "The ministry said on 2 March 2020 that 16 people of Alpha were killed (Strike on Northford). "
            "It holds Red responsible.",
        ),
        (BLAME, "en", "The ministry said on 2 March 2020 that Alpha was responsible (Strike on Northford)."),
        (
            NO_FIGURE | {"kind": "denial", "harm": None, "event": None, "measure": None},
            "en",
            "The ministry issued on 2 March 2020 a denial about people of Alpha, without a figure (The war).",
        ),
        (
            NO_FIGURE
            | {
                "kind": "silence",
                "event": None,
                "measure": None,
                "covers_from": "2020-03-01",
                "covers_to": "2020-03-31",
            },
            "en",
            "The ministry published no figure of its own of people of Alpha killed (The war; March 2020).",
        ),
        (
            BLAME,
            "ru",
            "The ministry, 2 марта 2020 г.: ответственность возлагается на сторону Alpha; Strike on Northford.",
        ),
        ({}, "ru", "The ministry, 2 марта 2020 г.: погибшие — 16 (люди, Alpha); Strike on Northford."),
    ],
)
def test_the_sentence_names_what_the_claim_is_about(change: dict[str, Any], language: str, sentence: str) -> None:
    about = {"event": STRIKE, "conflict": WAR, "measure": "incident", "covers_from": None, "covers_to": None}
    said = say_claim(CLAIM | about | change, language)
    assert said.replace("\xa0", " ").replace("\u202f", " ") == sentence
