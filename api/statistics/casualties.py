"""Answer a question about casualties: read its claims, and reconcile them."""

import functools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from api.database.connection import database
from api.database.models import Claimant, Conflict, Event, Record, Side
from api.database.statements import fetch_tuples
from api.evidence.frame import Frame, open_frame
from api.history.revisions import key_of_content as find_edition
from api.listings.references import require_existing
from api.reconciling.question import ALL, Question
from api.reconciling.reconcile import reconcile
from api.reconciling.reconciled_answer import Answer, Row
from api.reconciling.record import Claim
from api.statistics.casualty_question import CasualtyQuestion, make_question
from api.statistics.double_counting import find_double_counts
from api.statistics.merging import Merger, Reload, Unwalked, load_excluded
from api.statistics.plain_cells import PlainCells
from api.statistics.reading import Reading, read_claims
from api.statistics.relevant_claims import RelevantClaims, keep_few_units
from api.statistics.selection import Condition, Selection, select_claims

MOST_CACHED = 10_000  # claims and rows of an answer that stays in memory: about 35 MB


def answer_casualties(question: CasualtyQuestion, *, with_cells: bool = False) -> Answer:
    """Reconcile the claims within the filters of the question.

    `with_cells`: every row has its cells and the ids of its statements; for that all cells are walked. Raises
    `UnknownValueError`, and `UnanswerableError` for a question that has no right answer.
    """
    answer = _answer_question(database.obj.database, find_edition(), question, with_cells)
    if len(answer.record) + len(answer.rows) > MOST_CACHED:
        _answer_question.cache_clear()
    return answer


@functools.lru_cache(maxsize=2)
def _answer_question(
    database_name: str, edition: tuple[int, int], question: CasualtyQuestion, with_cells: bool
) -> Answer:
    """Return the answer; the cache serves readers who page through the evidence behind its rows."""
    with open_frame() as frame:
        if with_cells:
            reading, narrowed = _read_question(frame, question)
            return _add_double_counts(frame, reconcile(reading.world, reading.claims, reading.relations, narrowed))
        rules, selection = question.rules, make_selection(frame, question)
        unwalked = choose_unwalked(frame, rules, selection)
        plain = unwalked if isinstance(unwalked, PlainCells) else None
        reading = read_selection(frame, selection, plain.walked_condition if plain else Condition("TRUE", []))
        narrowed = reading.narrow(rules)
        answer = reconcile(reading.world, reading.claims, reading.relations, narrowed)
        reload = _make_reloader(question)
        if plain:
            merger = Merger(plain, rules, lambda events: _read_events(frame, selection, events), reload)
            silences = _find_silences(read_selection(frame, selection, Condition("kind = 'silence'", [])), narrowed)
            answer = merger.merge_rows(answer, silences)
        if unwalked:
            answer = answer._replace(further=load_excluded(unwalked, reload))
        return _add_double_counts(frame, answer, plain)


def _add_double_counts(frame: Frame, answer: Answer, plain: PlainCells | None = None) -> Answer:
    return answer._replace(double_counts=find_double_counts(frame, answer, plain))


def read_question(parameters: dict[str, Any]) -> tuple[Reading, Question]:
    """Read the claims within the filters of `parameters`, and return them with the question about them.

    Raises `UnknownValueError`.
    """
    with open_frame() as frame:
        return _read_question(frame, make_question(parameters))


def _read_question(frame: Frame, question: CasualtyQuestion) -> tuple[Reading, Question]:
    selection = make_selection(frame, question)
    keep_few_units(frame, selection)
    reading = read_selection(frame, selection, Condition("TRUE", []))
    return reading, reading.narrow(question.rules)


def make_selection(frame: Frame, question: CasualtyQuestion) -> Selection:
    """Return the filters of the question as conditions. Raises `UnknownValueError`."""
    rules = question.rules
    if rules.claimant is not None:
        require_existing("claimant", Claimant.slug, (rules.claimant,))
    if rules.sides is not None:
        require_existing("subject_side", Side.slug, tuple(sorted(rules.sides)))
    return Selection(
        *(select_claims(frame, dict(filters)) for filters in (question.units, question.deeds, question.voices))
    )


def read_selection(frame: Frame, selection: Selection, restriction: Condition) -> Reading:
    """Read the claims within a selection and a further restriction of them."""
    units, deeds, voices = selection
    both = Condition(f"({units.sql}) AND ({restriction.sql})", [*units.values, *restriction.values])
    return read_claims(frame, both, deeds, voices)


def _read_events(frame: Frame, selection: Selection, events: list[str]) -> Reading:
    return read_selection(frame, selection, Condition(f"event IN ({', '.join('?' * len(events))})", list(events)))


def _find_silences(reading: Reading, question: Question) -> list[Claim]:
    answer = reconcile(reading.world, reading.claims, reading.relations, question)
    return [c for c in reading.claims if c.kind == "silence" and answer.excluded[c.id].reason == "not_a_figure"]


def choose_unwalked(frame: Frame, question: Question, selection: Selection) -> Unwalked | None:
    """Return what answers for the claims that are not walked; None: all are walked.

    Few relevant claims are all walked. `frame` may have only the relevant claims afterwards.
    """
    if not PlainCells.can_answer(frame, question):
        return None
    relevant = RelevantClaims(frame, question, selection)
    return relevant if relevant.are_few else PlainCells(relevant)


def _make_reloader(question: CasualtyQuestion) -> Reload:
    """Return a function that reads ids of claims that were not walked again, in a frame of its own."""

    def reload_ids(read_ids: Callable[[Any], list[str]]) -> list[str]:
        with open_frame() as frame:
            return read_ids(choose_unwalked(frame, question.rules, make_selection(frame, question)))

    return reload_ids


MODELS: dict[str, type[Record]] = {
    "conflict": Conflict,
    "event": Event,
    "subject_side": Side,
    "responsible_side": Side,
}


def name_keys(rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """Return the names of what the keys of rows refer to, by dimension and id."""
    slugs: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for dimension, value in row.key:
            if dimension in MODELS and value not in (None, ALL):
                slugs[dimension].add(str(value))
    return {
        (dimension, slug): name
        for dimension, values in slugs.items()
        for slug, name in _read_names(MODELS[dimension], sorted(values))
    }


def _read_names(model: Any, slugs: list[str]) -> Iterable[tuple[str, str]]:
    for start in range(0, len(slugs), 500):
        yield from fetch_tuples(model.select(model.slug, model.name).where(model.slug.in_(slugs[start : start + 500])))


def sort_rows(rows: Iterable[Row], words: Sequence[str]) -> list[Row]:
    """Sort by these figures and dimensions; a leading hyphen means descending. Rows without a value come last.

    A zero against a figure has no ratio, and counts as the widest spread.
    """
    ordered = list(rows)
    for word in reversed(words):  # each sort is stable: the first word decides
        valued = [(_find_sort_value(row, word.removeprefix("-")), row) for row in ordered]
        stated = [pair for pair in valued if pair[0] is not None]
        stated.sort(key=itemgetter(0), reverse=word.startswith("-"))
        ordered = [row for _, row in stated] + [row for value, row in valued if value is None]
    return ordered


def _find_sort_value(row: Row, name: str) -> Any:
    key = dict(row.key)
    if name in key:
        return key[name]
    value = getattr(row, name, None)
    if name == "spread" and value is None:
        return math.inf
    return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def put_fuller_first(rows: Sequence[Row]) -> list[Row]:
    """Order the rows of both bases: first those of the basis that has the highest figure."""
    highest: dict[str, int] = defaultdict(int)
    for row in rows:
        highest[row.basis] = max(highest[row.basis], row.best)
    return sorted(rows, key=lambda row: (-highest[row.basis], row.basis))
