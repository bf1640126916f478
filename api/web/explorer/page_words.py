"""The words that the script of the page shows: labels of vocabularies, sentences, and the list of trackers."""

from typing import Any

from schemas import trackers
from schemas.labels import list_labels
from schemas.language_files import load_language
from schemas.statistics.casualties import BASES, POLICIES, REASONS, STANCES
from schemas.statistics.stance_matrix import RATIO_REASONS
from schemas.statistics.time_series import BREAKS
from schemas.vocabularies import CONFIRMATION, HARM, MEASURE, STATUS, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS

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


def list_page_messages(language: str) -> dict[str, str]:
    """Return the sentences that the explorer fills in itself."""
    messages = load_language(language).messages
    return {key: text for key, text in messages.items() if key.startswith("figure.") and isinstance(text, str)}


def describe_language(language: str, labels: Labels) -> dict[str, Any]:
    """Return what the page gives to its script."""
    return {"labels": labels, "messages": list_page_messages(language), "trackers": trackers.PATTERN}
