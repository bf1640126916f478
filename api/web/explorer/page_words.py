"""The words that the script of the page shows: labels of vocabularies, sentences, and the list of trackers."""

import functools
import re
from typing import Any

from api.web.record_pages.wording import explain_word
from api.web.statics import list_files, list_modules
from schemas import trackers
from schemas.labels import list_labels
from schemas.language_files import load_language
from schemas.pictures import CONTROLS
from schemas.statistics.casualties import BASES, POLICIES, REASONS, STANCES
from schemas.statistics.stance_matrix import RATIO_REASONS
from schemas.statistics.time_series import BREAKS
from schemas.vocabularies import CONFIRMATION, HARM, MEASURE, STATUS, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS

#: A key of a sentence within a script.
KEY = re.compile(r"[\"`]([a-z]+(?:\.[a-z_]+)+)[\"`]")
Labels = dict[str, dict[str, dict[str, str]]]
#: The closed lists of the forms of the page.
CHOICES = {"harm": HARM, "victim_status": VICTIM_STATUS, "basis": BASES, "policy": POLICIES}
#: The closed lists whose labels the page has.
LABELLED = (
    HARM, MEASURE, VICTIM_STATUS, VICTIM_SEX, VICTIM_AGE, CONFIRMATION, STATUS, BASES, POLICIES, STANCES, REASONS,
    RATIO_REASONS, BREAKS,
)  # fmt: skip


def list_page_labels(language: str) -> Labels:
    """Return the labels that the explorer shows, by vocabulary and word."""
    return {
        vocabulary.name: {
            word: {"label": label.label, "plural": label.plural}
            for word, label in list_labels(vocabulary, language).items()
        }
        for vocabulary in LABELLED
    }


def list_meanings(name: str, language: str) -> dict[str, str]:
    """Return what the words of a closed list of the forms mean."""
    return {word: explain_word(CHOICES[name], word, language) for word in CHOICES[name]}


@functools.cache
def find_keys() -> frozenset[str]:
    """Return the keys that the scripts of the explorer name: texts in quotation marks, such as "script.agree"."""
    texts = [list_files()[f"explorer/{name}"].read_text("utf-8") for name in list_modules()]
    return frozenset(key for text in texts for key in KEY.findall(text))


@functools.cache
def list_page_messages(language: str) -> dict[str, str | dict[str, str]]:
    """Return the sentences that the scripts of the explorer fill in themselves."""
    messages = load_language(language).messages
    return {key: messages[key] for key in sorted(find_keys()) if key in messages}


def describe_language(language: str, labels: Labels) -> dict[str, Any]:
    """Return what the page gives to its script."""
    messages = list_page_messages(language)
    return {
        "language": language,
        "labels": labels,
        "messages": messages,
        "parts": load_language(language).parts,
        "trackers": trackers.PATTERN,
        "controls": CONTROLS,
    }
