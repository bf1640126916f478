"""Conditions on the claims that a question counts, and why it does not count the others, as SQL over the frame.

Rules: docs/developers/reconciling.md#rule-2, #rule-6, #rule-7.
"""

from __future__ import annotations

from collections.abc import Iterable

from api.evidence.frame import Frame
from api.reconciling.question import Question
from api.reconciling.record import World
from api.statistics.selection import Condition, Selection


def write_counted(frame: Frame, question: Question, selection: Selection) -> list[Condition]:
    """Return the conditions that a claim must meet to be among the figures of the question, but for its kind."""
    victims = write_victims(frame, question)
    return [selection.deeds, *write_standing(question), *victims, selection.voices]


def write_standing(question: Question) -> list[Condition]:
    """Return the conditions of claims that stand, as of the day of the question. Relations are not looked at."""
    if question.as_of is None:
        return [Condition("retracted_by IS NULL", [])]
    day = question.as_of
    stands = "retracted_by IS NULL OR (retracted_by = 'claimant' AND retracted_on > ?)"
    return [Condition("stated_last <= ?", [day]), Condition(f"({stands})", [day])]


def write_victims(frame: Frame, question: Question) -> list[Condition]:
    """Return the conditions of claims about the victims of the question. A side stands for all that were ever in it."""
    asked = (("status", question.statuses), ("sex", question.sexes), ("age", question.ages))
    conditions = [_write_among(f"victim_{name}", sorted(values)) for name, values in asked if values is not None]
    if question.sides is not None:
        world = frame.read_world()
        below = {side for side in world.sides for holder in question.sides if _can_be_in(world, side, holder)}
        conditions.append(_write_among("subject_side", sorted(below | question.sides)))
    return conditions


def find_unasked_splits(question: Question) -> list[str]:
    """Return the splits by sex or age that the question does not ask for: such claims do not answer it (rule 2)."""
    values_by_split = {"victim_sex": question.sexes, "victim_age": question.ages}
    return [split for split, values in values_by_split.items() if values is None and split not in question.group_by]


def write_reason(frame: Frame, question: Question, selection: Selection) -> Condition:
    """Return SQL of why the question does not count a claim that no relation touches; null: it does."""
    cases: list[Condition] = []
    if question.as_of is not None:
        cases.append(Condition("stated_last IS NULL THEN 'undated'", []))
        cases.append(Condition("stated_last > ? THEN 'later'", [question.as_of]))
    stands = write_standing(question)[-1]
    cases.append(Condition(f"NOT COALESCE({stands.sql}, FALSE) THEN 'retracted'", stands.values))
    cases.append(Condition("kind <> 'casualty' THEN 'not_a_figure'", []))
    cases.append(Condition("filled_best IS NULL THEN 'unquantified'", []))
    for condition in (selection.deeds, *write_victims(frame, question)):
        cases.append(Condition(f"NOT COALESCE({condition.sql}, FALSE) THEN 'filtered'", condition.values))
    voices = selection.voices
    cases.append(Condition(f"NOT COALESCE({voices.sql}, FALSE) THEN 'not_heard'", voices.values))
    cases += (Condition(f"{split} <> 'any' THEN 'other_scope'", []) for split in find_unasked_splits(question))
    counted = "'incident'" if question.basis == "totals" else "NULL"
    whens = " ".join(f"WHEN {case.sql}" for case in cases)
    return Condition(f"CASE {whens} ELSE {counted} END", [value for case in cases for value in case.values])


def join_conditions(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that all of these are true."""
    listed = list(conditions)
    sql = " AND ".join(f"({condition.sql})" for condition in listed) or "TRUE"
    return Condition(sql, [value for condition in listed for value in condition.values])


def _write_among(expression: str, values: list[str]) -> Condition:
    return Condition(f"{expression} IN ({', '.join('?' * len(values))})", list(values))


def _can_be_in(world: World, side: str, holder: str) -> bool:
    """Return whether the side was ever a member of the holder, directly or through others."""
    waiting, passed = [side], set()
    while waiting:
        below = waiting.pop()
        if below == holder:
            return True
        passed.add(below)
        recorded_side = world.sides.get(below)
        waiting.extend(
            m.member_of for m in (recorded_side.memberships if recorded_side else ()) if m.member_of not in passed
        )
    return False
