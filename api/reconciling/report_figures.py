"""One figure from several reports of a claim (docs/developers/reconciling.md#rule-1).

Best comes from the best-graded report, on a tie the lowest best. Low is the lowest low, high the highest high. A bound
is null if any report leaves it open. Exclusive bounds are compared as inclusive.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.reconciling.statements import RELIABILITY
from schemas.vocabularies import REPORTS_DIFFER, REPORTS_DIFFER_IN_HARM

UNSTATED = frozenset({None, "unknown"})  # harms that no report says
COMBINED = "reports_combined"  # the name of the rule, where reports differ

Bounds = tuple[int | None, int | None, int | None]  # low, best, high


class ReportFigure(NamedTuple):
    """The figure that a report itself states, and the grade of its source."""

    report: str
    key: int
    figure: Bounds
    value: int | None
    qualifier: str
    harm: str | None
    phrase: str
    phrase_lang: str
    reliability: str | None


class CombinedFigure(NamedTuple):
    """A figure as bounds, with their qualifier, the number as spoken, and the name of the rule."""

    figure: Bounds
    qualifier: str
    value: int | None
    rule: str


def combine_reports(reports: Sequence[ReportFigure]) -> CombinedFigure:
    """Return one figure from the reports of a claim; there is at least one report."""
    if len({report.figure for report in reports}) == 1:
        return CombinedFigure(reports[0].figure, reports[0].qualifier, reports[0].value, reports[0].qualifier)
    lows, bests, highs = zip(*(report.figure for report in reports), strict=True)
    figure = (
        None if None in lows else min(lows),
        None if None in bests else _find_best(reports).figure[1],
        None if None in highs else max(highs),
    )
    return CombinedFigure(figure, *_word_figure(figure, reports), COMBINED)


def find_flags(reports: Sequence[ReportFigure], harms: Iterable[str | None]) -> set[str]:
    """Return the flags of a claim that say how its reports differ, from their figures and from all stated harms."""
    figures, stated = {report.figure for report in reports}, set(harms) - UNSTATED
    numbers = ((REPORTS_DIFFER, len(figures)), (REPORTS_DIFFER_IN_HARM, len(stated)))
    return {flag for flag, number in numbers if number > 1}


def _find_best(reports: Iterable[ReportFigure]) -> ReportFigure:
    """Return the report that gives the best; a report without a best comes last."""
    return min(
        reports,
        key=lambda report: (report.figure[1] is None, RELIABILITY[report.reliability], report.figure[1], report.report),
    )


#: The qualifier of bounds of one number, by which of low, best and high are stated.
QUALIFIER_BY_SHAPE = {
    (True, True, True): "exact",
    (False, True, False): "about",
    (True, True, False): "at_least",
    (False, True, True): "nearly",
    (False, False, True): "up_to",
    (True, False, True): "between",
    (True, False, False): "vague",
    (False, False, False): "unquantified",
}


def _word_figure(figure: Bounds, reports: Sequence[ReportFigure]) -> tuple[str, int | None]:
    """Return qualifier and value: of the report that gives the best if bounds differ, else by the stated bounds."""
    low, best, _ = figure
    stated = {bound for bound in figure if bound is not None}
    if len(stated) > 1 and best is not None:
        return _find_best(reports).qualifier, _find_best(reports).value
    low_is_open, word = (
        {report.qualifier for report in reports if report.figure[0] == low} == {"more_than"},
        QUALIFIER_BY_SHAPE[_find_shape(figure)],
    )
    if word == "at_least" and low_is_open:
        word = "more_than"
    return word, None if word == "vague" else min(stated, default=None)


def _find_shape(figure: Bounds) -> tuple[bool, bool, bool]:
    low, best, high = figure
    return low is not None, best is not None, high is not None
