"""The claims that can decide the figures of a question. All others are only counted, by the reason why they do not.

A claim is relevant if the filters of the question leave it, if it is no figure (a silence, a denial), or if a relation
touches it. If they are few, they are put into a table of the frame, and nothing reads the whole image again.

Rules: docs/developers/reconciling.md#rule-6.
"""

from __future__ import annotations

from collections import Counter

from api.evidence.frame import Frame
from api.reconciling.question import Question
from api.statistics.claim_reasons import join_conditions, write_counted, write_reason
from api.statistics.selection import Condition, Selection

MOST_WALKED = 1_500  # claims that are read from the tables and walked
MOST_KEPT = 100_000  # claims that are put into a table in memory


class RelevantClaims:
    """The relevant claims of a question. Few are in `frame.few` afterwards, more in `frame.claims`, unless too many.

    Few of them are read from the tables of the database, and all are to be walked: DuckDB would make plain cells of
    them no sooner.
    """

    def __init__(self, frame: Frame, question: Question, selection: Selection) -> None:
        self.frame, self.question, self.selection = frame, question, selection
        self._every_claim = frame.claims
        counted = join_conditions(write_counted(frame, question, selection))
        self._relevant = f"(kind <> 'casualty' OR is_related OR COALESCE({counted.sql}, FALSE))"
        self._values = counted.values
        self._irrelevant: Counter[str] = Counter()
        self.number = self._keep_relevant()

    @property
    def are_few(self) -> bool:
        return self.number <= MOST_WALKED

    def _keep_relevant(self) -> int:
        """Keep the relevant claims in the frame, and count the others. Return the number of relevant claims."""
        units = self.selection.units
        listed = self._list_reasons(write_marks(self.selection))
        lists = ", ".join(
            f"MIN(IF(reason = '' AND {mark}, key, NULL), {MOST_WALKED + 1})"
            for mark in ("TRUE", "is_counted", "is_heard")
        )
        sql = f"SELECT reason, COUNT(*), {lists} FROM ({listed.sql}) GROUP BY reason"
        grouped = self.frame.fetch(sql, listed.values)
        counts = Counter({reason: number for reason, number, *_ in grouped})
        number = counts.pop("", 0)
        if number <= MOST_WALKED:
            found = next((keys for reason, _, *keys in grouped if reason == ""), [None, None, None])
            self.frame.keep_few(*(keys or () for keys in found))  # DuckDB's list of no key is null
        elif number <= MOST_KEPT:
            values = [*units.values, *self._values]
            self.frame.keep_claims(f"{units.sql} AND {self._relevant}", values, number)
        if number <= MOST_KEPT:
            self._irrelevant = counts
        return number

    def count_excluded(self) -> Counter[str]:
        """Return how many claims that are not kept the question does not count, by reason."""
        return self._irrelevant

    def fetch_excluded(self, reason: str) -> list[str]:
        """Return the ids of the claims that are not kept, and that the question does not count for this reason."""
        if reason not in self._irrelevant:
            return []
        listed = self._list_reasons(Condition("slug", []))
        return [
            slug
            for (slug,) in self.frame.fetch(
                f"SELECT slug FROM ({listed.sql}) WHERE reason = ?", [*listed.values, reason]
            )
        ]

    def _list_reasons(self, columns: Condition) -> Condition:
        """Return SQL of all claims within the units, with why they are not counted; empty: they are relevant."""
        reason, units = write_reason(self.frame, self.question, self.selection), self.selection.units
        return Condition(
            f"SELECT {columns.sql}, CASE WHEN {self._relevant} THEN '' ELSE {reason.sql} END AS reason "
            f"FROM {self._every_claim} WHERE {units.sql}",
            [*columns.values, *self._values, *reason.values, *units.values],
        )


def write_marks(selection: Selection) -> Condition:
    """Return SQL of the key of a claim, and of whether the filters on what is counted and on who speaks leave it."""
    _, deeds, voices = selection
    marks = f"COALESCE({deeds.sql}, FALSE) AS is_counted, COALESCE({voices.sql}, FALSE) AS is_heard"
    return Condition(f"key, {marks}", [*deeds.values, *voices.values])


def keep_few_units(frame: Frame, selection: Selection) -> None:
    """Let `frame.few` be the claims within the units, if they are few."""
    marks, units = write_marks(selection), selection.units
    sql = f"SELECT {marks.sql} FROM {frame.claims} WHERE {units.sql} LIMIT {MOST_WALKED + 1}"
    marked = frame.fetch(sql, [*marks.values, *units.values])
    if len(marked) <= MOST_WALKED:
        frame.keep_few(
            [key for key, *_ in marked],
            (key for key, is_counted, _ in marked if is_counted),
            (key for key, _, is_heard in marked if is_heard),
        )
