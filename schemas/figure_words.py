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
#: The qualifiers of words without digits: "dozens", "heavy losses".
NOT_IN_DIGITS = ("vague", "unquantified")


def say_casualties(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how many of whom suffered which harm: `1 civilian (female) of Alpha killed`."""
    key = "casualties" if has_number(claim) else "casualties.unstated"
    victims = _name_victims(claim, _find_count(claim), language)
    return translate(language, key, figure=say_figure(claim, language), **victims)


def say_people(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how many of whom, without the harm: `1 civilian (female) of Alpha`."""
    key = "casualties.people" if has_number(claim) else "casualties.people.unstated"
    victims = _name_victims(claim, _find_count(claim), language)
    return translate(language, key, figure=say_figure(claim, language), **victims)


def say_figure(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the number with its hedge and its bounds: `at least 53`, `4,000 to 5,000`, `7 (5 to 9)`, `7 (up to 9)`."""
    number = _find_number(claim)
    bounds = _say_bounds(_find_extra_bounds(claim, number), language)
    if number is None and has_number(claim):
        return bounds
    words = translate(language, "figure.unstated") if number is None else _word_number(claim, number, language)
    return translate(language, "figure.with_bounds", number=words, bounds=bounds) if bounds else words


def say_figure_briefly(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the figure for a picture, where words of a source that name no number have little room: `24 or more`."""
    if has_number(claim):
        return say_figure(claim, language)
    low = claim["low"] if claim["qualifier"] == "vague" else None
    return translate(language, "figure.none") if low is None else translate(language, "figure.vague", number=low)


def has_number(claim: Claim) -> bool:
    """Return whether the claim states a number or a bound in digits. "Dozens" does not, whatever we read from it."""
    return claim["qualifier"] not in NOT_IN_DIGITS and any(claim.get(name) is not None for name in ("value", *BOUNDS))


def is_one_person(claim: Claim) -> bool:
    """Return whether the words of the figure are about one person: `1`, `at least 1`, but not `1 to 2`."""
    return _find_count(claim) == 1


def _find_count(claim: Claim) -> int | None:
    """Return the number that nouns and verbs follow; None for a range, and where the words name no number."""
    if claim["qualifier"] == "between":
        return None
    number = _find_number(claim)
    bounds = {claim[name] for name in BOUNDS if claim.get(name) is not None}
    is_lone_bound = number is None and has_number(claim) and len(bounds) == 1
    return next(iter(bounds)) if is_lone_bound else number


def _word_number(claim: Claim, number: int, language: str) -> str:
    if claim["qualifier"] == "between" and claim["low"] is not None and claim["high"] is not None:
        return translate(language, "figure.between", low=claim["low"], high=claim["high"])
    if claim.get("figure_rule") == "fewer_than":
        return translate(language, "figure.fewer_than", number=number)
    hedge = claim["qualifier"] if claim["qualifier"] in HEDGES else "exact"
    return translate(language, f"figure.{hedge}", number=number)


def _say_bounds(bounds: Mapping[str, int], language: str) -> str:
    """Return bounds in words: `5 to 9`, `at least 5`, `up to 9`; each by its name if they are not in order."""
    match bounds:
        case {"low": low, "high": high, **rest} if not rest and low <= high:
            return translate(language, "figure.between", low=low, high=high)
        case {"low": low, **rest} if not rest:
            return translate(language, "figure.at_least", number=low)
        case {"high": high, **rest} if not rest:
            return translate(language, "figure.up_to", number=high)
    return ", ".join(translate(language, f"bound.{name}", number=bound) for name, bound in bounds.items())


def say_victims(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return whom the harm befell, and the harm: `civilians (female) of Alpha injured`."""
    key = "victims" if claim["harm"] else "victims.without_harm"
    return translate(language, key, **_name_victims(claim, None, language))


def _name_victims(claim: Claim, count: int | None, language: str) -> dict[str, Any]:
    """Return the people with their sex and age, their side, and the harm; empty: no harm."""
    groups = ((VICTIM_SEX, claim["victim_sex"]), (VICTIM_AGE, claim["victim_age"]))
    details = [label_word(vocabulary, word, language) for vocabulary, word in groups if word not in (None, "any")]
    return {
        "people": count_word(VICTIM_STATUS, claim["victim_status"], count, language, ", ".join(details)),
        "side": claim["subject_side"]["name"] if claim["subject_side"] else translate(language, "side.all"),
        "harm": label_said(HARM, claim["harm"], language) if claim["harm"] else "",
    }


def _find_number(claim: Claim) -> int | None:
    """Return the number that the words state; None if they state none ("dozens", a lone bound of a dataset)."""
    if claim["qualifier"] in NOT_IN_DIGITS:
        return None
    if claim["qualifier"] == "as_given":
        best: int | None = claim["best"]
        return best
    return next((claim[name] for name in ("value", "best", "low", "high") if claim.get(name) is not None), None)


def _find_extra_bounds(claim: Claim, number: int | None) -> dict[str, int]:
    """Return the bounds that the words of the number do not state."""
    implied = _imply_bounds(claim, number)
    pairs = zip(BOUNDS, implied, strict=True)
    return {name: claim[name] for name, bound in pairs if claim[name] not in (None, bound)}


def _imply_bounds(claim: Claim, number: int | None) -> Bounds:
    """Return the low, best and high that the printed words state already."""
    match claim["qualifier"]:
        case "exact":
            return number, number, number
        case "as_given" if claim["low"] == claim["high"] == number:
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
