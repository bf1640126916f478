"""Warnings of an answer: codes for programs, and sentences with numbers for people.

Rules: docs/developers/reconciling.md#rule-17, #rule-18, #rule-19, #rule-20.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.history.revisions import current_revision
from api.listings.references import by_id, cached_references
from api.reconciling.question import OVERLAPPING_DIMENSIONS
from api.reconciling.reconciled_answer import INCIDENTS, TOTALS, Answer, DoubleCount, Row, Share
from schemas.fields import NONE
from schemas.labels import label_counted
from schemas.sentences import count_noun, name_day
from schemas.vocabularies import HARM

MOST_NAMED = 5  # claims in one sentence
#: Reasons for which an active figure within the filters is not used.
UNUSED_FIGURE_REASONS = (
    "cumulative", "incident", "no_such_group", "of_one_event", "included_in", "other_scope", "later_start",
    "older_total", "period_overlap", "not_picked",
)  # fmt: skip


#: By caution: what a row shares with another row.
SHARED_PEOPLE = {
    "rows_overlap": "contains an event or period that is in another row",
    "rows_cross": "covers days of a period that is in another row",
}


class Notice(NamedTuple):
    """`basis`, `harms`: only rows of these are concerned; `claims`: only rows that use one of these."""

    code: str
    text: str
    basis: str | None = None
    claims: tuple[str, ...] = ()
    harms: tuple[str, ...] = ()

    def concerns_kind(self, basis: str, harm: str | None) -> bool:
        """Return whether it may concern a row of this basis about this harm."""
        return self.basis in (None, basis) and (not self.harms or harm in self.harms)

    def concerns_claims(self, rows: Iterable[Row]) -> bool:
        """Return whether one of the rows uses a claim that it is about."""
        claims = set(self.claims)
        return not claims or any(not claims.isdisjoint(row.claims) for row in rows)


def collect_notices(answer: Answer, basis: str, group_by: Sequence[str], window: tuple[str, str]) -> list[Notice]:
    """Return the warnings of an answer to a question of this basis. `window`: its first and last day, or empty."""
    notices = list(_warn_of_bases(answer, basis))
    notices += _warn_of_sums(answer, group_by)
    notices += _warn_of_groups(answer, group_by)
    notices += _warn_of_windows(answer, window)
    notices += (warn_of_double_count(double) for double in answer.double_counts)
    return notices


def find_codes(notices: Iterable[Notice], rows: Iterable[Row]) -> list[str]:
    """Return the codes of the warnings that concern one of the rows, each once, sorted."""
    kinds: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        kinds[row.basis, dict(row.key).get("harm")].append(row)
    concerning = (
        notice.code
        for notice in notices
        for kind, alike in kinds.items()
        if notice.concerns_kind(*kind) and notice.concerns_claims(alike)
    )
    return sorted(set(concerning))


def _count_all_figures(answer: Answer) -> int:
    """Return the number of active figures within the filters, used or not, whatever their basis."""
    reasons = answer.count_reasons()
    return sum(len(row.claims) for row in answer.rows) + sum(reasons[reason] for reason in UNUSED_FIGURE_REASONS)


def _warn_of_bases(answer: Answer, basis: str) -> Iterable[Notice]:
    reasons, whole = answer.count_reasons(), _count_all_figures(answer)
    if {row.basis for row in answer.rows} == {INCIDENTS, TOTALS}:
        yield Notice(
            "bases_apart",
            "Rows of incidents and rows of totals are two answers to the same question: incidents add up single events "
            "and periods, totals are what claimants said of the conflict so far. Do not add them.",
        )
    if running := reasons["cumulative"]:
        verb = "is a running total" if running == 1 else "are running totals"
        yield Notice(
            "other_basis",
            f"{running:,} of {count_noun(whole, 'figure')} {verb} and not counted here. Use basis=totals.",
        )
    if single := reasons["incident"]:
        verb = "is about a single event or period" if single == 1 else "are about single events or periods"
        yield Notice(
            "other_basis",
            f"{single:,} of {count_noun(whole, 'figure')} {verb} and not counted here. Use basis=incidents.",
        )
    if tied := reasons["of_one_event"]:
        verb = "is a running measure" if tied == 1 else "are running measures"
        yield Notice(
            "of_one_event",
            f"{count_noun(tied, 'figure')} {verb} of one event and not counted here. Use event= or group_by=event.",
        )


def _warn_of_sums(answer: Answer, group_by: Sequence[str]) -> Iterable[Notice]:
    overlapping = [dimension for dimension in group_by if dimension in OVERLAPPING_DIMENSIONS]
    if overlapping and answer.rows:
        named = " and ".join(overlapping)
        yield Notice(
            "rows_do_not_add_up", f"Do not add the rows by {named}: they overlap, and the whole is a separate row."
        )
    totals = [dict(row.key) for row in answer.rows if row.basis == TOTALS]
    for dimension in ("conflict", "measure"):
        if len({key[dimension] for key in totals}) > 1:
            yield Notice(
                "not_added", f"Running totals of different {dimension}s are separate rows. Do not add them.", TOTALS
            )
    for caution in answer.warnings:
        if caution.code in SHARED_PEOPLE:
            people = count_noun(caution.figure or 0, "person", "people")
            text = f"A row with {people} {SHARED_PEOPLE[caution.code]}. Do not add these rows."
            yield Notice("rows_overlap", text, INCIDENTS)


def _warn_of_groups(answer: Answer, group_by: Sequence[str]) -> Iterable[Notice]:
    for caution in answer.warnings:
        if caution.code == "no_such_group":
            verb = "is a running total" if caution.number == 1 else "are running totals"
            where = "not in rows by " + ", ".join(group_by)
            yield Notice(
                "no_such_group",
                f"{caution.number:,} of {count_noun(_count_all_figures(answer), 'figure')} {verb} and {where}. "
                "Leave the grouping out to see them.",
            )


def _count_early_totals(answer: Answer) -> int:
    early = (answer.record[claim] for claim, exclusion in answer.excluded.items() if exclusion.reason == "began_before")
    units = (answer.world.find_unit(claim, answer.as_of) for claim in early)
    return sum(unit.is_running for unit in units if unit)


def _warn_of_windows(answer: Answer, window: tuple[str, str]) -> Iterable[Notice]:
    first, last = (name_day(day) if day else "" for day in window)
    earlier = [c for c in answer.warnings if c.code == "began_before"]
    if earlier:
        people, number = sum(c.figure or 0 for c in earlier), sum(c.number or 1 for c in earlier)
        claims = sorted(claim for c in earlier for claim in c.claims)
        named = ", ".join(claims[:MOST_NAMED]) + (", and others" if len(claims) > MOST_NAMED else "")
        yield Notice(
            "began_before",
            f"{count_noun(number, 'figure')} of an event or period that began before {first} and reaches into these "
            f"days: {count_noun(people, 'person', 'people')} in all, counted on the day it began ({named}).",
            INCIDENTS,
        )
    reasons = answer.count_reasons()
    if over := sum(row.reaches_over for row in answer.rows):
        yield Notice(
            "reaches_over",
            f"{count_noun(over, 'figure')} of events or periods that end after {last}.",
            INCIDENTS,
        )
    if early := _count_early_totals(answer):
        yield Notice(
            "totals_began_before",
            f"{count_noun(early, 'running total')} left out, covering days before {first}.",
        )
    if reasons["reaches_over"]:
        yield Notice(
            "totals_reach_over",
            f"{count_noun(reasons['reaches_over'], 'running total')} left out, covering days after {last}.",
        )


# Double counting -----------------------------------------------------------------------------------------------------

GROUNDS = {
    "conflict": "in one conflict",
    "place": "at one place",
    "country": "in one country",
    "name": "in conflicts with similar names or sides",
}


def warn_of_double_count(double: DoubleCount) -> Notice:
    """Return the warning of a double count: its numbers, and how to ask for one recorder alone."""
    words = {"datasets_added": _word_added, "possible_duplicates": _word_look_alikes, "same_war": _word_same_war}
    harms = sorted({harm for share in double.shares for harm, _ in share.people})
    return Notice(double.code, words[double.code](double), double.basis, harms=tuple(harms))


def _word_added(double: DoubleCount) -> str:
    shares = " and ".join(_word_share(share) for share in double.shares)
    grounds = " or ".join(GROUNDS[ground] for ground in double.grounds)
    return (
        f"The same people may be counted twice. {'At least ' if double.is_least else ''}{shares} share days {grounds}, "
        f"such as {' and '.join(double.examples[0])}. Use {_word_hint(double.shares)} for one alone. "
        "If they are different, relate a claim of each with distinct_from."
    )


def _word_look_alikes(double: DoubleCount) -> str:
    first, second = double.examples[0]
    (share,) = double.shares
    if double.number == 1 and not double.is_least:
        text = f"{_word_share(share)} look like 1 event entered twice: {first} and {second} ({double.score} of 100)."
    else:
        least = "At least " if double.is_least else ""
        text = (
            f"{least}{_word_share(share)} make {count_noun(double.number, 'pair')} that look like "
            f"1 event entered twice, above all {first} and {second} ({double.score} of 100)."
        )
    return (
        f"{text} If they are different, relate a claim of each with distinct_from. "
        "If they are one, move the claims to one event and retract the other. `flask duplicates` lists the pairs."
    )


def _word_same_war(double: DoubleCount) -> str:
    recorders = " and ".join(_word_recorders(share) for share in double.shares)
    people = " and ".join(_word_people(share) for share in double.shares)
    conflicts = by_id(cached_references(current_revision()).conflicts)
    named = " and ".join(f"{conflicts[conflict]['name']} ({conflict})" for conflict in double.examples[0])
    return (
        f"{named} may be one war with two ids, of {recorders}: their names or sides are "
        f"similar. Do not add their totals of {people}. Use {_word_hint(double.shares)} for one alone."
    )


def _word_share(share: Share) -> str:
    numbers = (share.events, "event"), (share.periods, "period")
    units = " and ".join(count_noun(number, record_type) for number, record_type in numbers if number)
    return f"{units} of {_word_recorders(share)} ({_word_people(share)})"


def _word_recorders(share: Share) -> str:
    return " and ".join("no dataset" if name == NONE else f"dataset {name}" for name in share.recorders)


def _word_people(share: Share) -> str:
    return ", ".join(f"{number:,} {label_counted(HARM, harm, number)}" for harm, number in share.people)


def _word_hint(shares: Iterable[Share]) -> str:
    return " or ".join(f"dataset={name}" for share in shares for name in share.recorders)
