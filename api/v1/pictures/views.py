"""The views: from the state of the page to its rows, as the statistics answer them, and to the picture."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app

from api.history.revisions import current_revision
from api.http.problems import ApiProblem, make_fault
from api.listings import conflicts
from api.listings.query import bind_question, read_page
from api.listings.references import UnknownValueError, by_id, cached_references
from api.pictures import event_map, figure_rows, over_time, stance_table
from api.pictures.palettes import PALETTES
from api.pictures.sheet import Caption, Form
from api.pictures.who_says import draw_who_says, write_lead
from api.pictures.words import write_day, write_days, write_title
from api.reconciling.reconciled_answer import Row
from api.statistics.casualties import answer_casualties, name_keys, put_fuller_first
from api.statistics.casualty_question import make_question
from api.v1.pictures.statements import write_statements
from api.v1.shared.addresses import page_of_view
from api.v1.shared.figure_json import ALL_SIDES, Names
from api.v1.statistics.map_places import show_places
from api.v1.statistics.stance_matrix import write_matrix
from api.v1.statistics.time_series import show_series
from schemas.labels import count_word, label_word
from schemas.messages import translate
from schemas.pictures import CONTROLS, FORM, OF_FIGURES
from schemas.sentences import join_words
from schemas.statistics.casualties import POLICIES
from schemas.statistics.map_places import GREATEST_LIMIT, GRIDS
from schemas.vocabularies import VICTIM_STATUS

Question = dict[str, Any]
Record = dict[str, Any]
FIGURES = ("low", "best", "high", "open_ended", "imputed", "incomplete", "disputed", "spread")
WIDE = "5"  # degrees of the grid by which the map finds its box
MOST_ROWS = 500  # of one picture, before any is drawn
#: All filters of the views.
STATE = frozenset().union(*CONTROLS.values())
DEFAULTS = {"basis": "both", "policy": "envelope", "span": "war"}
#: Parameters of the state that are filters of casualties; those of the second group take one word of a list.
FILTERS = ("as_of", "from", "to", "q")
LISTS = ("conflict", "harm", "subject_side", "victim_status")


def draw_view(question: Question, revision: int) -> str:
    """Return the picture of a state as SVG. The snapshot is open and pinned.

    Each view uses the filters that the page shows with it. The others stay in its address and change nothing.
    """
    view = question["view"]
    unused = STATE.difference(CONTROLS[view], OF_FIGURES.get(view, ()))
    used = {name: value for name, value in question.items() if name not in unused}
    return DRAWINGS[view](DEFAULTS | used, revision)


def read_form(question: Question) -> Form:
    return Form(question["width"], question.get("height"), PALETTES[question["theme"]], question["lang"])


def make_caption(question: Question, revision: int, title: str, lead: str, *notes: str) -> Caption:
    """Return what a picture says in words: also its filters, its revision, its address and the licence."""
    filters = list(describe_filters(question))
    source = translate(
        question["lang"], "picture.source", revision=str(revision), licence=current_app.config["LICENCE"],
        address=page_of_view(FORM),
    )  # fmt: skip
    whole = " ".join([lead, *filters, *(note for note in notes if note)])
    return Caption(title, whole, source, f"{whole} {source}")


def make_title(question: Question, conflict: Record | None) -> str:
    language = question["lang"]
    name = conflict["name"] if conflict else translate(language, "picture.all_conflicts")
    return write_title(f"picture.{question['view']}.title", name, question["harm"], language)


def describe_filters(question: Question) -> Iterable[str]:
    """Yield a sentence for each part of the state that changes the figures."""
    language = question["lang"]
    if question.get("as_of"):
        yield translate(language, "picture.as_of", day=write_day(question["as_of"], language))
    if question.get("victim_status", "any") != "any":
        people = count_word(VICTIM_STATUS, question["victim_status"], None, language)
        yield translate(language, "picture.only", people=people)
    if question["policy"] != "envelope":
        named = f" {question['claimant']}" if question["policy"] == "claimant" else ""
        yield translate(language, "picture.rule", rule=label_word(POLICIES, question["policy"], language) + named)
    if "from" in question or "to" in question:
        days = [
            translate(language, f"picture.happened.{word}", day=write_day(question[word], language))
            for word in ("from", "to")
            if word in question
        ]
        yield translate(language, "picture.happened", days=" ".join(days))


def make_filters(question: Question) -> Question:
    """Return the question of casualties that a state asks."""
    filters = {name: question[name] for name in FILTERS if name in question}
    filters |= {name: (question[name],) for name in LISTS if name in question}
    if question["policy"] == "claimant":
        filters["claimant"] = (question["claimant"],)
    if question.get("subject_side") == ALL_SIDES["id"]:
        del filters["subject_side"]
    return {**filters, "policy": question["policy"], "basis": question["basis"], "format": "json"}


def read_conflict(question: Question) -> Record | None:
    """Return the conflict of the question; None: all. Raises the problem unknown-record."""
    if "conflict" not in question:
        return None
    try:
        bound = bind_question(conflicts.LISTING, {"id": (question["conflict"],)})
    except UnknownValueError as error:
        raise UnknownValueError("conflict", error.value, error.nearest) from None
    fields = ("id", "name", "started_on", "ended_on", "sides")
    records = read_page(conflicts.LISTING, bound, fields=fields, limit=1).records
    if not records:
        message = f"There is no conflict {question['conflict']}."
        raise ApiProblem("unknown-record", message, [make_fault("query", "conflict", message)])
    return records[0]


def read_figures(question: Question, with_statements: bool) -> list[Record]:
    """Return the figures by conflict and side, as /v1/statistics/casualties has them."""
    answer = answer_casualties(make_question(make_filters(question) | {"group_by": ("conflict", "subject_side")}))
    rows = list(put_fuller_first(answer.rows))
    if question.get("subject_side") == ALL_SIDES["id"]:
        rows = [row for row in rows if dict(row.key)["subject_side"] == ALL_SIDES["id"]]
    if len(rows) > MOST_ROWS:
        detail = f"The picture would have {len(rows):,} rows, more than {MOST_ROWS}. Choose a conflict with conflict=."
        raise ApiProblem("too-broad", detail)
    names = name_keys(rows)
    listed = (
        write_statements(answer, rows, question["harm"], question.get("as_of"))
        if with_statements
        else [None] * len(rows)
    )
    return [_write_figure(row, names, statements) for row, statements in zip(rows, listed, strict=True)]


def _write_figure(row: Row, names: Names, statements: list[Record] | None) -> Record:
    key = dict(row.key)
    conflict, side = str(key["conflict"]), str(key["subject_side"])
    is_whole = side == ALL_SIDES["id"]
    return {
        "basis": row.basis,
        "conflict": {"id": conflict, "name": names["conflict", conflict]},
        "subject_side": ALL_SIDES if is_whole else {"id": side, "name": names["subject_side", side]},
        "measure": key.get("measure"),
        **{name: getattr(row, name) for name in FIGURES},
        "missing": [gap._asdict() for gap in row.missing],
        "cells": row.cells_count,
        "claims": len(row.claims),
        "claimants": len(row.claimants),
        "statements": statements,
    }


def describe_newest(claims: Iterable[Record], language: str) -> str:
    """Return a sentence with the day of the newest claim, so that a picture says how far its claims go.

    The newest is that with the latest first possible day: "in 2026" is not newer than 30 June 2026.
    """
    dated = [
        (claim["stated_on"] or claim["stated_until"], claim["stated_until"])
        for claim in claims
        if claim["stated_until"]
    ]
    if not dated:
        return ""
    first, last = max(dated)
    return translate(language, "picture.newest", day=write_days(first, last, language))


def draw_who(question: Question, revision: int) -> str:
    """Return the picture of each claimant's newest statement; of all conflicts at once their ranges alone."""
    conflict = read_conflict(question)
    if conflict is None:
        return draw_rows(question, revision)
    rows = read_figures(question, with_statements=True)
    language = question["lang"]
    newest = describe_newest((s for row in rows for s in row["statements"] or ()), language)
    title = make_title(question, conflict)
    absent = say_absent_sides(question, conflict, rows)
    caption = make_caption(question, revision, title, write_lead(rows, language), absent, newest)
    return draw_who_says(rows, question["scale"], read_form(question), caption)


def say_absent_sides(question: Question, conflict: Record, rows: Iterable[Record]) -> str:
    """Return a sentence with the parties that no row is about; empty: there is none, or the question names a side.

    A coalition is heard with its members, and they with it.
    """
    heard = {row["subject_side"]["id"] for row in rows} - {ALL_SIDES["id"]}
    if "subject_side" in question or not heard:
        return ""
    members = cached_references(current_revision()).members
    heard |= {side for camp in heard for side in members.get(camp, ())}
    heard |= {camp for camp, sides in members.items() if not heard.isdisjoint(sides)}
    absent = [side["name"] for side in conflict["sides"] if side["id"] not in heard]
    names = join_words(absent, question["lang"])
    return translate(question["lang"], "picture.who.absent", sides=names) if absent else ""


def draw_time(question: Question, revision: int) -> str:
    conflict = read_conflict(question)
    assert conflict
    filters: Question = {
        name: (question[name],) for name in ("harm", "subject_side", "victim_status") if name in question
    }
    dated = {"as_of": question["as_of"]} if "as_of" in question else {}
    answer = show_series({**filters, **dated, "conflict": conflict["id"], "format": "json"}, revision)
    series = answer.nested
    span = over_time.find_span(series, conflict, question["span"])
    language, title = question["lang"], make_title(question, conflict)
    newest = describe_newest((point for one in series for point in one["points"]), language)
    caption = make_caption(question, revision, title, over_time.write_lead(series, language), newest)
    return over_time.draw_over_time(series, span, "count", read_form(question), caption)


def draw_rows(question: Question, revision: int) -> str:
    conflict = read_conflict(question)
    rows = read_figures(question, with_statements=False)
    title = make_title(question | {"view": "table"}, conflict)
    caption = make_caption(question, revision, title, figure_rows.write_lead(rows, question["lang"]))
    return figure_rows.draw_figure_rows(rows, question["scale"], read_form(question), caption)


def draw_matrix(question: Question, revision: int) -> str:
    conflict = read_conflict(question)
    assert conflict
    dated = {"as_of": question["as_of"]} if "as_of" in question else {}
    asked = {"conflict": conflict["id"], "harm": (question["harm"],), "basis": question["basis"], "format": "json"}
    entries = write_matrix({**asked, **dated}, revision).rows
    claimants = by_id(cached_references(current_revision()).claimants)

    def name_claimant(claimant: str) -> str:
        return claimants[claimant]["name"]

    lead = stance_table.write_lead(entries, name_claimant, question["lang"])
    caption = make_caption(question, revision, make_title(question, conflict), lead)
    return stance_table.draw_stance_table(entries, name_claimant, read_form(question), caption)


def draw_map(question: Question, revision: int) -> str:
    conflict, form = read_conflict(question), read_form(question)
    rows, box = read_places(question, form, revision)
    title = make_title(question, conflict)
    caption = make_caption(question, revision, title, event_map.write_lead(rows, question["lang"]))
    return event_map.draw_event_map(rows, box, form, caption)


def read_places(question: Question, form: Form, revision: int) -> tuple[list[Record], Any]:
    """Return the figures of a map in the squares that its form has room for, and its box."""
    asked = make_filters(question) | {"limit": GREATEST_LIMIT}
    if "at" in question:
        asked["bbox"] = question["at"]
    box = question.get("at") or event_map.find_box(show_places(asked | {"grid": WIDE}, revision).rows)
    grid = choose_grid(event_map.find_degrees(box, form)) if box else WIDE
    return show_places(asked | {"grid": grid}, revision).rows, box


def choose_grid(degrees: float) -> str:
    """Return the finest grid of the API whose squares are not smaller than this."""
    return next((grid for grid in GRIDS[1:] if float(grid) >= degrees), GRIDS[-1])


DRAWINGS: dict[str, Callable[[Question, int], str]] = {
    "who": draw_who, "time": draw_time, "matrix": draw_matrix, "map": draw_map, "table": draw_rows,
}  # fmt: skip
