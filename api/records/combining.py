"""One figure of what several reports say (docs/methodology.md, "From a phrase to a figure").

Best is the best-graded report's, of equals the lowest; low the lowest low, high the highest high; each null where any
report leaves it open. Exclusive bounds are compared as inclusive.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.queries.statements import RELIABILITY

BOUNDS = ("low", "best", "high")
DIFFER, DIFFER_IN_HARM = FLAGS = ("reports_differ", "reports_differ_in_harm")
COMBINED = "reports_combined"  # the name of the rule, where reports differ

Figure = tuple[int | None, int | None, int | None]  # low, best, high


class Said(NamedTuple):
    """What a report says in a figure of its own, and the grade of its source."""

    report: str
    key: int
    figure: Figure
    value: int | None
    qualifier: str
    harm: str | None
    phrase: str
    phrase_lang: str
    reliability: str | None


class Reading(NamedTuple):
    """How a figure reads: its bounds, the word for them, the number as spoken, and the name of the rule."""

    figure: Figure
    qualifier: str
    value: int | None
    rule: str


def reading(said: Sequence[Said]) -> Reading:
    """What the reports of a claim, one at least, say together."""
    if len({one.figure for one in said}) == 1:
        return Reading(said[0].figure, said[0].qualifier, said[0].value, said[0].qualifier)
    lows, bests, highs = zip(*(one.figure for one in said), strict=True)
    figure = (
        None if None in lows else min(lows),
        None if None in bests else _best(said).figure[1],
        None if None in highs else max(highs),
    )
    return Reading(figure, *_worded(figure, said), COMBINED)


def flags(said: Sequence[Said]) -> set[str]:
    """How the reports differ, as flags of their claim."""
    figures, harms = {one.figure for one in said}, {one.harm for one in said} - {None}
    return {flag for flag, number in ((DIFFER, len(figures)), (DIFFER_IN_HARM, len(harms))) if number > 1}


def _best(said: Iterable[Said]) -> Said:
    """The report that gives the best; one that gives none stands behind all others."""
    return min(said, key=lambda one: (one.figure[1] is None, RELIABILITY[one.reliability], one.figure[1], one.report))


#: The word for bounds of one number, by which of low, best and high are stated.
WORDS = {
    (True, True, True): "exact",
    (False, True, False): "about",
    (True, True, False): "at_least",
    (False, True, True): "nearly",
    (False, False, True): "up_to",
    (True, False, True): "between",
    (True, False, False): "vague",
    (False, False, False): "unquantified",
}


def _worded(figure: Figure, said: Sequence[Said]) -> tuple[str, int | None]:
    """Qualifier and value: of the word whose bounds these are, else of the report that gives the best."""
    low, best, _ = figure
    stated = {bound for bound in figure if bound is not None}
    if len(stated) > 1 and best is not None:
        return _best(said).qualifier, _best(said).value
    low_is_open, word = {one.qualifier for one in said if one.figure[0] == low} == {"more_than"}, WORDS[_shape(figure)]
    if word == "at_least" and low_is_open:
        word = "more_than"
    return word, None if word == "vague" else min(stated, default=None)


def _shape(figure: Figure) -> tuple[bool, bool, bool]:
    low, best, high = figure
    return low is not None, best is not None, high is not None
