"""Labels and sentences for people: every word of every closed list has them, in every language."""

import itertools

import pytest

from api.codebook import LISTS
from schemas.labels import label_counted, label_plural, label_said, label_word, list_labels
from schemas.language_files import LANGUAGES, load_language
from schemas.messages import translate
from schemas.vocabularies import HARM, VICTIM_STATUS, Vocabulary

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
