"""What a qualifier and its number say of low, best and high: derived where left out, refused where they contradict.

`at_least 20` is low 20, best 20 and no high. The table is that of the qualifiers in docs/readers/methodology.md. Bounds
that a source prints itself have the qualifier `as_given`, and no rule.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard

from schemas.fields import GREATEST_FIGURE, is_encodable
from schemas.phrases import reader
from schemas.vocabularies import REPORTS_DIFFER

BOUNDS = ("low", "best", "high")
FIGURE = ("value", *BOUNDS)
#: The fields of a figure that a report states for itself.
OF_REPORT = (*FIGURE, "qualifier")
WHOLE_FIGURE = frozenset(OF_REPORT)
#: Which of low, best and high are the number of the qualifier; the others are not stated.
BOUNDS_OF_NUMBER: dict[str, tuple[bool, bool, bool]] = {
    "exact": (True, True, True),
    "about": (False, True, False),
    "at_least": (True, True, False),
    "more_than": (True, True, False),
    "nearly": (False, True, True),
    "up_to": (False, False, True),
}
#: The language of a phrase that names none, as in mappings of imports.
DEFAULT_LANGUAGE = "en"
Document = Mapping[str, Any]


def bounds_of(qualifier: str, value: int) -> dict[str, int | None]:
    """Return low, best and high of a number: `at_least`, 20 → 20, 20, None."""
    is_set = zip(BOUNDS, BOUNDS_OF_NUMBER[qualifier], strict=True)
    return {name: value if has_number else None for name, has_number in is_set}


def derive_figure(document: Document) -> dict[str, Any]:
    """Return a new claim or report with what follows from the rest of its figure: bounds, value, or all by its phrase.

    Only what is null or left out is filled in. Raises `PhraseError` where a claim has words alone that no rule reads.
    """
    filled = dict(document)
    if "claimant" in filled and filled.get("kind", "casualty") != "casualty":
        return filled  # a figure that was sent is refused, and one that was derived would be refused too
    if _has_words_alone(filled):
        filled |= _read_phrase(filled)
    return filled | derive_numbers(filled)


def derive_report_figure(report: Document, claim: Document) -> dict[str, Any]:
    """Return a new report with what follows from the rest of its figure, as `derive_figure` does for a claim.

    Words alone that are those of the claim have the claim's figure. A claim of another kind has no figure to read.
    """
    filled = dict(report)
    if _states_words_alone(filled) and claim.get("kind", "casualty") == "casualty":
        has_same_words = filled["phrase"] == claim.get("phrase") and not is_combined(claim)
        filled |= {name: claim.get(name) for name in OF_REPORT} if has_same_words else _read_report_phrase(filled)
    return filled | derive_numbers(filled)


def _read_report_phrase(report: Document) -> dict[str, Any]:
    read = _read_phrase(report)
    return {name: read[name] for name in (*OF_REPORT, "phrase_lang") if name in read}


def correct_figure(new: Document, patch: Document) -> dict[str, Any]:
    """Return a corrected record with the bounds of its new value or qualifier, where the patch sends no bounds.

    The value of a range follows its low. A range without a value keeps none, unless the patch makes it a range.
    """
    qualifier, value = new.get("qualifier"), new.get("value")
    has_value = value is not None or "qualifier" in patch
    if qualifier == "between" and "low" in patch and "value" not in patch and has_value:
        return {**new, "value": new.get("low")}
    if patch.keys().isdisjoint({"value", "qualifier"}) or not patch.keys().isdisjoint(BOUNDS):
        return dict(new)
    if not has_rule(qualifier) or not is_figure(value):
        return dict(new)
    rule = {} if "figure_rule" in patch or not new.get("figure_rule") else {"figure_rule": qualifier}
    return {**new, **bounds_of(qualifier, value), **rule}


def is_combined(document: Document) -> bool:
    """Return whether the figure of a claim combines reports that differ (rule 1).

    No one qualifier fixes its bounds. They are checked with the reports.
    """
    flags = document.get("flags")
    return isinstance(flags, list) and REPORTS_DIFFER in flags


def has_rule(qualifier: Any) -> TypeGuard[str]:
    """Return whether a qualifier fixes which bounds its number is."""
    return isinstance(qualifier, str) and qualifier in BOUNDS_OF_NUMBER


def is_figure(value: Any) -> TypeGuard[int]:
    """Return whether a value is a number that the schema accepts. A fault of another has no need of followers."""
    return type(value) is int and 0 <= value <= GREATEST_FIGURE


def _has_words_alone(document: Document) -> bool:
    """Tell whether a casualty claim states its figure in words and nothing else."""
    is_claim = "claimant" in document and document.get("kind", "casualty") == "casualty"
    return is_claim and _states_words_alone(document)


def _states_words_alone(document: Document) -> bool:
    phrase = document.get("phrase")
    has_words = isinstance(phrase, str) and phrase != "" and is_encodable(phrase)
    return has_words and all(document.get(name) is None for name in OF_REPORT)


def _read_phrase(document: Document) -> dict[str, Any]:
    language = document.get("phrase_lang") or DEFAULT_LANGUAGE
    if not isinstance(language, str):
        return {}
    reading = reader.read_phrase(document["phrase"], language)._asdict()
    rule, confirmation = reading.pop("rule"), reading.pop("confirmation")
    read = {**reading, "figure_rule": document.get("figure_rule") or rule, "phrase_lang": language}
    return read | ({"confirmation": confirmation} if confirmation and "confirmation" not in document else {})


def derive_numbers(document: Document) -> dict[str, Any]:
    """Return the value that bounds of one number state, and the bounds that a value states, where they are left out."""
    qualifier, value = document.get("qualifier"), document.get("value")
    if is_combined(document):
        return {}
    if qualifier == "between" and value is None:
        return {"value": document.get("low")}
    if not has_rule(qualifier):
        return {}
    numbers = {number for name in BOUNDS if is_figure(number := document.get(name))}
    if value is None and len(numbers) == 1:
        (value,) = numbers
    if not is_figure(value):
        return {}
    derived_bounds = {
        name: number for name, number in bounds_of(qualifier, value).items() if document.get(name) is None
    }
    return {"value": value, **derived_bounds}


# What contradicts -----------------------------------------------------------------------------------------------------


UNQUALIFIED = "Required with a number, such as exact or at_least. It says which of low, best and high the number is."
UNQUANTIFIED = "unquantified has no number. Send value, low, best and high as null, or another qualifier."
VAGUE = (
    "vague has low alone: the least that the words can mean (dozens: 24). Send value, best and high as null, or "
    "another qualifier."
)


def find_contradictions(document: Document) -> dict[str, list[str]]:
    """Return the messages by field of a figure that its qualifier and value do not allow.

    Fields with faults of their own are not in the document, which is then not judged.
    """
    if not document.keys() >= WHOLE_FIGURE or is_combined(document):
        return {}
    qualifier, value, stated = document["qualifier"], document["value"], [document[name] for name in BOUNDS]
    if qualifier in BOUNDS_OF_NUMBER:
        return _check_number(qualifier, value, stated)
    if qualifier is None and any(number is not None for number in (value, *stated)):
        return {"qualifier": [UNQUALIFIED]}
    if qualifier == "between" and (stated[0] is None or stated[2] is None or stated[1] is not None):
        ends = "between needs low and high, the two ends of the range, and no best."
        return {"qualifier": [f"{ends} If the source prints the bounds itself, send as_given."]}
    if qualifier == "between" and value not in (None, stated[0]):
        return {"value": [f"Must be {stated[0]}, the lower end of the range. You can also leave it out."]}
    if qualifier == "vague" and (stated[0] is None or stated[1:] != [None, None] or value is not None):
        return {"qualifier": [VAGUE]}
    if qualifier == "unquantified" and any(number is not None for number in (value, *stated)):
        return {"qualifier": [UNQUANTIFIED]}
    if qualifier == "as_given" and stated == [None, None, None]:
        return {"qualifier": ["as_given needs low, best or high. If the source gives no number, send unquantified."]}
    return {}


def _check_number(qualifier: str, value: int | None, stated: list[int | None]) -> dict[str, list[str]]:
    if value is None:
        return {"value": [f"Required when qualifier is {qualifier}."]}
    fixed = bounds_of(qualifier, value)
    wrong = [name for name, number in zip(BOUNDS, stated, strict=True) if number != fixed[name]]
    if not wrong:
        return {}
    words = ", ".join(f"{name} {'null' if number is None else number}" for name, number in fixed.items())
    message = f"{qualifier} {value} means {words}. Leave the bounds out, or send as_given if the source prints them."
    return {wrong[0]: [message]}
