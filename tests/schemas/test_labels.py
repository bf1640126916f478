"""Labels and sentences for people: every word of every closed list has them, in every language."""

import csv
import itertools
import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from markupsafe import Markup, escape

from api.codebook import LISTS
from schemas.labels import label_counted, label_part, label_plural, label_said, label_word, list_labels
from schemas.language_files import LANGUAGES, load_language
from schemas.messages import fill_message, translate
from schemas.regional_formats import list_categories
from schemas.vocabularies import HARM, KIND, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS, Vocabulary
from seeds import DATA

MAPPINGS = DATA.parents[1] / "imports" / "mappings"
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_list = pytest.mark.parametrize("vocabulary", LISTS, ids=lambda vocabulary: vocabulary.name)


@every_language
@every_list
def test_every_word_has_a_label_and_a_plural(vocabulary: Vocabulary, language: str) -> None:
    labels = load_language(language).labels.get(vocabulary.name, {})
    assert [word for word in vocabulary if word not in labels] == []
    assert [word for word in labels if word not in vocabulary] == []
    empty = [word for word, label in labels.items() if not (label.label and label.plural and label.said)]
    assert empty == []


@every_language
def test_no_label_is_of_a_list_that_does_not_exist(language: str) -> None:
    assert list(load_language(language).labels) == [vocabulary.name for vocabulary in LISTS]


@every_language
@every_list
def test_no_label_is_a_code(vocabulary: Vocabulary, language: str) -> None:
    codes = [
        text
        for label in list_labels(vocabulary, language).values()
        for text in (label.label, label.plural, label.said, *label.counted.values())
        if "_" in text or text != text.strip()
    ]
    assert codes == []


@every_language
@every_list
def test_labels_of_a_list_differ(vocabulary: Vocabulary, language: str) -> None:
    """Two words with one label would read as one thing."""
    labels = list_labels(vocabulary, language)
    for form in ("label", "plural"):
        texts = sorted((getattr(label, form).casefold(), word) for word, label in labels.items())
        alike = [(a[1], b[1]) for a, b in itertools.pairwise(texts) if a[0] == b[0]]
        assert alike == []


def test_a_word_is_labelled_alone_in_a_heading_and_after_a_number() -> None:
    word = "member_of_armed_forces"
    assert label_word(VICTIM_STATUS, word) == "member of the armed forces"
    assert label_plural(VICTIM_STATUS, word) == "members of the armed forces"
    assert [label_counted(VICTIM_STATUS, "any", number) for number in (0, 1, 2, None)] == [
        "people", "person", "people", "people",
    ]  # fmt: skip
    assert label_word(HARM, "killed_or_injured") == "killed or injured"
    assert label_said(HARM, "losses") == "lost (which harm is not said)"


def test_a_word_that_a_list_no_longer_has_is_shown_with_spaces() -> None:
    """The log has entries that are older than the lists."""
    assert label_word(HARM, "killed_in_action") == "killed in action"


def test_a_sentence_is_filled_in() -> None:
    assert translate("en", "figure.between", low=4000, high=5000) == "4,000 to 5,000"
    with pytest.raises(KeyError):
        translate("en", "figure.roughly", number=3)


class Stopped(str):
    """A value that ends in a full stop, as a day of Russian does. It has every plural form."""

    def __format__(self, form: str) -> str:
        return str(self)


@every_language
def test_no_sentence_ends_twice(language: str) -> None:
    """A list of words ends as its last word does."""
    texts = [text for message in load_language(language).messages.values() for text in list_forms(message)]
    filled = [fill_message(text, dict.fromkeys(read_placeholders(text), Stopped("8 мая 2024 г."))) for text in texts]
    assert [text for text in filled if ".." in text] == []
    assert "8 мая 2024 г. Утверждения" in translate("ru", "script.clock.past", day="8 мая 2024 г.")


def test_a_sentence_of_html_that_ends_once_escapes_its_values_once() -> None:
    message = Markup(escape("“A” & {name}, {day}. See {link}."))
    values = {"name": "<b>", "day": "8 мая 2024 г.", "link": Markup('<a href="/x?a=1&amp;b=2">it</a>')}
    filled = '“A” &amp; &lt;b&gt;, 8 мая 2024 г. See <a href="/x?a=1&amp;b=2">it</a>.'
    assert fill_message(message, values) == Markup(filled)


#: The lists whose words follow a number in a sentence.
COUNTED = (HARM, KIND, VICTIM_STATUS, VICTIM_SEX, VICTIM_AGE)


@every_language
@pytest.mark.parametrize("vocabulary", COUNTED, ids=lambda vocabulary: vocabulary.name)
def test_a_word_that_is_counted_has_every_plural_form(vocabulary: Vocabulary, language: str) -> None:
    categories = set(list_categories(language))
    lacking = {
        word: sorted(categories - set(label.counted))
        for word, label in list_labels(vocabulary, language).items()
        if categories - set(label.counted)
    }
    assert lacking == {}


def read_placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def list_forms(message: str | dict[str, str]) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


@every_language
def test_every_meaning_is_of_a_word(language: str) -> None:
    """English meanings are those of the vocabularies; a file that repeated them could contradict them."""
    vocabularies = {vocabulary.name: vocabulary for vocabulary in LISTS}
    meanings = load_language(language).meanings
    assert [(name, word) for name, words in meanings.items() for word in words if word not in vocabularies[name]] == []
    assert (language == "en") == (meanings == {})


@every_language
def test_parts_that_seeds_and_mappings_write_have_labels(language: str) -> None:
    """Parts are free texts in English: the language of their readers has words for those that we write."""
    with (DATA / "claims.csv").open(encoding="utf-8", newline="") as file:
        seeded = {row["part"] for row in csv.DictReader(file)} - {""}
    mappings = [yaml.safe_load(path.read_text("utf-8")) for path in MAPPINGS.glob("*.yaml")]
    mapped = {claim["part"] for mapping in mappings for claim in list_claims(mapping)}
    assert {"by strikes", "journalists"} <= seeded | mapped
    unnamed = sorted(part for part in seeded | mapped if label_part(part, language) == part)
    assert unnamed == (sorted(seeded | mapped) if language == "en" else [])


def list_claims(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a mapping that state a part in words."""
    if isinstance(node, dict) and isinstance(node.get("part"), str):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from list_claims(child)


@every_language
def test_every_language_has_every_sentence_with_the_same_placeholders(language: str) -> None:
    english, messages = load_language("en").messages, load_language(language).messages
    assert sorted(messages) == sorted(english)
    for key, message in messages.items():
        expected = {frozenset(read_placeholders(text)) for text in list_forms(english[key])}
        assert {frozenset(read_placeholders(text)) for text in list_forms(message)} == expected, key


@every_language
def test_a_sentence_about_a_number_has_every_plural_form(language: str) -> None:
    english, categories = load_language("en").messages, set(list_categories(language))
    for key, message in load_language(language).messages.items():
        assert isinstance(message, dict) == isinstance(english[key], dict), key
        if isinstance(message, dict):
            assert categories <= set(message), key


@every_language
def test_no_sentence_of_a_language_is_left_in_english(language: str) -> None:
    english = load_language("en").messages
    same = [
        key
        for key, message in load_language(language).messages.items()
        if language != "en" and message == english[key] and re.search("[a-z]{3}", re.sub(r"{\w+}", "", str(message)))
    ]
    assert same == []
