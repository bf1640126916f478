"""What people read in place of the words of the vocabularies: `member_of_armed_forces` → `member of the armed forces`.

The labels are in `languages/<language>.yaml`, and nowhere else.
"""

from schemas.language_files import DEFAULT_LANGUAGE, Label, load_language, read_label
from schemas.regional_formats import find_category
from schemas.vocabularies import Vocabulary


class CountedWord:
    """A word in a sentence: `{people}` is its form after the number, `{people:plural}` the heading of several.

    `{people:label}`, `{people:said}` and `{people:short}` are its other forms. `details` follow it in brackets:
    civilians (female, under 18).
    """

    def __init__(self, label: Label, category: str, details: str = "") -> None:
        self._label, self._category, self._details = label, category, details

    def __format__(self, form: str) -> str:
        word = getattr(self._label, form) if form else self._label.counted[self._category]
        return f"{word} ({self._details})" if self._details else str(word)


def label_word(vocabulary: Vocabulary, word: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the label of a word that stands alone: `killed or injured`."""
    return _find_label(vocabulary, word, language).label


def label_plural(vocabulary: Vocabulary, word: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the label of several: `members of the armed forces`."""
    return _find_label(vocabulary, word, language).plural


def label_short(vocabulary: Vocabulary, word: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the label where room is small: `own side`."""
    return _find_label(vocabulary, word, language).short


def label_counted(vocabulary: Vocabulary, word: str, number: int | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the form that follows a number, without the number: 1 → `civilian`, 2 → `civilians`. None: not stated."""
    return _find_label(vocabulary, word, language).counted[find_category(language, number)]


def count_word(
    vocabulary: Vocabulary, word: str, number: int | None, language: str = DEFAULT_LANGUAGE, details: str = ""
) -> CountedWord:
    """Return a word for a sentence that has a number: the sentence chooses the form."""
    return CountedWord(_find_label(vocabulary, word, language), find_category(language, number), details)


def label_said(vocabulary: Vocabulary, word: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the form within a sentence, after the people: `killed`, `lost (which harm is not said)`."""
    return _find_label(vocabulary, word, language).said


def label_part(part: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the label of a part of the victims: `by strikes`. One that the language lacks stays as it is recorded."""
    return load_language(language).parts.get(part, part)


def list_labels(vocabulary: Vocabulary, language: str = DEFAULT_LANGUAGE) -> dict[str, Label]:
    """Return the forms of each word, in the order of the vocabulary."""
    return {word: _find_label(vocabulary, word, language) for word in vocabulary}


def _find_label(vocabulary: Vocabulary, word: str, language: str) -> Label:
    """Return the forms of a word. A word of an old entry in the log, which the vocabulary lacks, has spaces for `_`."""
    labels = load_language(language).labels[vocabulary.name]
    if word in vocabulary:
        return labels[word]
    return read_label(word.replace("_", " "))
