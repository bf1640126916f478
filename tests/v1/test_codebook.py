"""The codebook has each word with its label, its plural and its meaning."""

import pytest
from flask import Flask

from schemas.language_files import LANGUAGES
from tests.support import worlds


@pytest.fixture
def lists(empty: Flask) -> dict[str, dict[str, dict[str, str]]]:
    """Return the words of each list of the codebook."""
    body = empty.test_client().get("/v1/codebook").json
    assert body["data"]["lang"] == "en"
    return {one["list"]: {word["word"]: word for word in one["words"]} for one in body["data"]["lists"]}


def test_a_word_has_a_label_and_a_plural(lists: dict[str, dict[str, dict[str, str]]]) -> None:
    assert lists["victim_status"]["member_of_armed_forces"] == {
        "word": "member_of_armed_forces",
        "label": "member of the armed forces",
        "plural": "members of the armed forces",
        "meaning": "members of armed forces, of a state or of an organised group",
    }
    assert lists["harm"]["killed_or_injured"]["label"] == "killed or injured"


def test_the_words_of_statistics_are_closed_lists_too(lists: dict[str, dict[str, dict[str, str]]]) -> None:
    assert lists["policy"]["best_graded"]["label"] == "figure of the best graded source"
    assert {"basis", "stance", "reason", "ratio_reason", "break", "standing", "verdict"} <= set(lists)


def test_an_unknown_language_is_refused_with_those_that_exist(empty: Flask) -> None:
    body = worlds.told(empty.test_client().get("/v1/codebook?lang=xx"), 422, "invalid-parameter")
    assert body["errors"][0]["name"] == "lang"
    assert body["errors"][0]["allowed"] == list(LANGUAGES)
