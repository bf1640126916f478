"""The figure of a claim in the words of a sentence: `at least 50 members of the armed forces of Armenia killed`.

The words come from the qualifier, as the codebook reads it. A bound that the qualifier does not imply is printed too.
"""

from collections.abc import Mapping
from typing import Any

from schemas.figures import BOUNDS
from schemas.labels import count_word, label_said, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.vocabularies import HARM, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS

Claim = Mapping[str, Any]  # as on the wire
Bounds = tuple[int | None, int | None, int | None]
#: The qualifiers whose words stand before the number.
HEDGES = ("about", "at_least", "more_than", "nearly", "up_to")


def say_casualties(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how many of whom suffered which harm: `1 civilian (female) of Alpha killed`."""
    number = _find_number(claim)
    key = "casualties.unstated" if number is None else "casualties"
    return translate(language, key, figure=say_figure(claim, language), **_name_victims(claim, number, language))


def say_people(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how many of whom, without the harm: `1 civilian (female) of Alpha`."""
    number = _find_number(claim)
    key = "casualties.people.unstated" if number is None else "casualties.people"
    return translate(language, key, figure=say_figure(claim, language), **_name_victims(claim, number, language))


def say_figure(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the number with its hedge and its bounds: `at least 53`, `4,000 to 5,000`, `7 (low 5, high 9)`."""
    number = _find_number(claim)
    words = _word_number(claim, number, language)
    implied = _imply_bounds(claim, number)
    extra = [
        translate(language, f"bound.{name}", number=claim[name])
        for name, bound in zip(BOUNDS, implied, strict=True)
        if claim[name] not in (None, bound)
    ]
    return translate(language, "figure.with_bounds", number=words, bounds=", ".join(extra)) if extra else words


def _word_number(claim: Claim, number: int | None, language: str) -> str:
    if claim["qualifier"] == "between" and claim["low"] is not None and claim["high"] is not None:
        return translate(language, "figure.between", low=claim["low"], high=claim["high"])
    if number is None:
        return translate(language, "figure.unstated")
    if claim["figure_rule"] == "fewer_than":
        return translate(language, "figure.fewer_than", number=number)
    hedge = claim["qualifier"] if claim["qualifier"] in HEDGES else "exact"
    return translate(language, f"figure.{hedge}", number=number)


def say_victims(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return whom the harm befell, and the harm: `civilians (female) of Alpha injured`."""
    key = "victims" if claim["harm"] else "victims.without_harm"
    return translate(language, key, **_name_victims(claim, None, language))


def _name_victims(claim: Claim, number: int | None, language: str) -> dict[str, Any]:
    """Return the people with their sex and age, their side, and the harm; empty: no harm."""
    groups = ((VICTIM_SEX, claim["victim_sex"]), (VICTIM_AGE, claim["victim_age"]))
    details = [label_word(vocabulary, word, language) for vocabulary, word in groups if word not in (None, "any")]
    count = number if claim["qualifier"] != "between" else None
    return {
        "people": count_word(VICTIM_STATUS, claim["victim_status"], count, language, ", ".join(details)),
        "side": claim["subject_side"]["name"] if claim["subject_side"] else translate(language, "side.all"),
        "harm": label_said(HARM, claim["harm"], language) if claim["harm"] else "",
    }


def _find_number(claim: Claim) -> int | None:
    """Return the number that the words state; None if they state none ("dozens", a lone bound of a dataset)."""
    if claim["qualifier"] in ("vague", "unquantified"):
        return None
    if claim["qualifier"] == "as_given":
        best: int | None = claim["best"]
        return best
    return next((claim[name] for name in ("value", "best", "low", "high") if claim[name] is not None), None)


def _imply_bounds(claim: Claim, number: int | None) -> Bounds:
    """Return the low, best and high that the printed words state already."""
    match claim["qualifier"]:
        case "exact":
            return number, number, number
        case "nearly":
            return None, number, number
        case "up_to":
            return None, None, number
        case "at_least" | "more_than":
            return number, number, None
        case "between":
            return (claim["low"], None, claim["high"]) if None not in (claim["low"], claim["high"]) else (None,) * 3
    return None, number, None
