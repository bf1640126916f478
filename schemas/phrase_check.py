"""Compare the words of a figure with the numbers beside them: "at least 30" contradicts a maximum of 20."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from schemas.figures import BOUNDS, DEFAULT_LANGUAGE
from schemas.phrases.numerals import PhraseError
from schemas.phrases.reader import Reading, read_phrase
from schemas.phrases.wording import UNDETERMINED

#: "About" and "nearly" agree with numbers that are a tenth away, as in `/v1/check`.
NEAR = Fraction(1, 10)
Interval = tuple[Fraction | int | None, Fraction | int | None]


def describe_contradiction(document: Mapping[str, Any]) -> str | None:
    """Return what the words of a claim or report say, if no number fits both them and the bounds of the document.

    None if they agree, if there are no words or no bounds, or if no rule reads the words.
    """
    phrase, bounds = document.get("phrase"), [document.get(name) for name in BOUNDS]
    numbers = [number for number in bounds if number is not None]
    if not phrase or not numbers:
        return None
    language = document.get("phrase_lang")
    try:
        reading = read_phrase(phrase, DEFAULT_LANGUAGE if language in (None, UNDETERMINED) else language)
    except PhraseError:
        return None
    least, most = bounds[0], bounds[2]
    if least is None and most is None:
        least = most = bounds[1]
    if _have_common_number(_reading_interval(reading), (least, most)):
        return None
    shown = ", ".join(f"{name} {number}" for name, number in zip(BOUNDS, bounds, strict=True) if number is not None)
    return f"The words say {_describe_reading(reading)}, the numbers are {shown}. Correct the one that is wrong."


def _reading_interval(reading: Reading) -> Interval:
    """Return the least and greatest number that the words allow; None: open."""
    match reading.qualifier:
        case "about" | "nearly" if reading.value is not None:
            return reading.value * (1 - NEAR), reading.value * (1 + NEAR)
        case "unquantified":
            return 1, None
    return reading.low, reading.high


def _have_common_number(words: Interval, numbers: Interval) -> bool:
    starts = [start for start, _ in (words, numbers) if start is not None]
    ends = [end for _, end in (words, numbers) if end is not None]
    return not starts or not ends or max(starts) <= min(ends)


def _describe_reading(reading: Reading) -> str:
    qualifier = reading.qualifier.replace("_", " ")
    if reading.value is None:
        return f"{qualifier}, at least {reading.low}" if reading.low else qualifier
    return f"{qualifier} {reading.value}" + (f" and {reading.high}" if qualifier == "between" else "")
