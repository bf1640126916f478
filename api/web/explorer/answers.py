"""The first answer of each view, as the page and a frame show it without a script."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from api.history.revisions import current_revision
from api.http.problems import ApiProblem
from api.listings import conflicts
from api.listings.query import bind_question, read_page
from api.listings.references import cached_references
from api.pictures import over_time, who_says
from api.pictures.sheet import Caption, Form
from api.pictures.who_says import draw_who_says, order_rows, order_statements
from api.pictures.words import count_nouns, name_losses, write_count, write_days, write_figure, write_range
from api.reconciling.record import UnanswerableError
from api.v1.pictures.views import read_conflict, read_figures
from api.web.explorer import asking
from api.web.explorer.palette import PAGE
from schemas.explorer import OF_ONE_CONFLICT

WIDE, NARROW = 1200, 360  # pixels of the two pictures of a page: its style shows the one that fits
MOST_CONFLICTS = 12  # with their figures on the first page; the others are names
Record = dict[str, Any]
State = Mapping[str, Any]


class FirstAnswer(NamedTuple):
    """What a view shows first. `lead`: the result in one sentence. `tables`: the values of its template."""

    lead: str
    pictures: Sequence[str] = ()  # SVG: wide and narrow
    values: Mapping[str, Any] = {}
    notice: str = ""  # why there is no figure, or what must be chosen first
    example: Record | None = None  # another conflict, where none is chosen


def find_answer(state: State) -> FirstAnswer:
    """Return the first answer of a state. Raises a problem for a record that this database lacks."""
    if state["view"] in OF_ONE_CONFLICT and "conflict" not in state:
        return FirstAnswer("This view is about one conflict. Choose it.", values={"choices": list_conflicts()})
    if state["policy"] == "claimant" and "claimant" not in state and state["view"] in ("who", "map"):
        return FirstAnswer("This rule uses the figures of one claimant. Choose it under Change the question.")
    try:
        return ANSWERS[state["view"]](state)
    except UnanswerableError as error:
        return FirstAnswer(str(error))
    except ApiProblem as problem:
        if problem.slug == "too-broad":
            return FirstAnswer(str(problem.detail), values={"choices": list_conflicts()})
        raise


def answer_who(state: State) -> FirstAnswer:
    conflict = read_conflict(dict(state))
    if conflict is None:
        return _answer_all_conflicts(state)
    rows = order_rows(read_figures(dict(state), True))
    return _describe_rows(rows, state)


def _describe_rows(rows: Sequence[Record], state: State) -> FirstAnswer:
    if not rows:
        return FirstAnswer("Nobody is recorded as having said this. That is not a zero.")
    lead = who_says.write_lead(rows)
    pictures = [
        draw_who_says(rows, state["scale"], Form(width, None, PAGE), Caption("", "", "", lead))
        for width in (WIDE, NARROW)
    ]
    groups = [(row, order_statements(row["statements"] or ())) for row in rows]
    return FirstAnswer(lead, pictures, {"groups": groups})


def _answer_all_conflicts(state: State) -> FirstAnswer:
    """Return the conflicts to choose from, with their figures, and the one with most claims as an example."""
    rows = read_figures(dict(state), False)
    figures: dict[str, list[Record]] = {}
    for row in order_rows(rows):
        figures.setdefault(row["conflict"]["id"], []).append(row)
    listed = [{**conflict, "figures": list_mains(figures.get(conflict["id"], ()))} for conflict in list_conflicts()]
    most = max(figures, key=lambda slug: (sum(row["claims"] for row in figures[slug]), slug), default=None)
    lead = f"{count_nouns(len(figures), 'conflict')} with claims, of {write_count(len(listed))} on record. Choose one."
    example = None
    if most is not None:
        narrowed = {**state, "conflict": most}
        found = answer_who(narrowed)
        example = {"name": figures[most][0]["conflict"]["name"], "state": narrowed, "answer": found}
    ordered = sorted(listed, key=lambda each: (not each["figures"], each["id"] != most))
    return FirstAnswer(lead, values={"conflicts": ordered, "most": MOST_CONFLICTS}, example=example)


def list_mains(rows: Sequence[Record]) -> list[Record]:
    """Return for each side its first row, which is its running total if there is one; all sides together last."""
    mains = [next(side) for _, side in groupby(rows, key=lambda row: row["subject_side"]["id"])]
    sides = [row for row in mains if row["subject_side"]["id"] != "all"]
    return sides or mains


def list_conflicts() -> list[Record]:
    """Return all conflicts, each followed by its phases with their depth."""
    bound = bind_question(conflicts.LISTING, {})
    fields = ("id", "name", "parent", "started_on", "ended_on", "sides")
    records = read_page(conflicts.LISTING, bound, fields=fields, sort=("started_on",), limit=1000).records
    by_parent: dict[str | None, list[Record]] = {}
    ids = {record["id"] for record in records}
    for record in records:
        parent = record["parent"]["id"] if record["parent"] else None
        by_parent.setdefault(parent if parent in ids else None, []).append(record)
    return list(_nest_conflicts(by_parent, None, 0))


def _nest_conflicts(by_parent: Mapping[str | None, list[Record]], parent: str | None, depth: int) -> Sequence[Record]:
    nested: list[Record] = []
    for record in by_parent.get(parent, ()):
        nested += [{**record, "depth": depth}, *_nest_conflicts(by_parent, record["id"], depth + 1)]
    return nested


def answer_time(state: State) -> FirstAnswer:
    conflict = read_conflict(dict(state))
    assert conflict
    series = asking.ask_series(state).rows
    if not series:
        return FirstAnswer(
            "There is no such running total for exactly this conflict. Choose a phase of it.",
            values={"choices": list_conflicts()},
        )
    span = over_time.find_span(series, conflict, state["span"])
    lead = over_time.write_lead(series)
    pictures = [
        over_time.draw_over_time(series, span, "count", Form(width, None, PAGE), Caption("", "", "", lead))
        for width in (WIDE, NARROW)
    ]
    return FirstAnswer(lead, pictures, {"series": series})


def answer_matrix(state: State) -> FirstAnswer:
    entries = [entry for entry in asking.ask_matrix(state).rows if entry["best"] is not None]
    if not entries:
        return FirstAnswer(
            "There is no such figure for exactly this conflict. Choose a phase of it.",
            values={"choices": list_conflicts()},
        )
    claimants = {ref["id"]: ref["name"] for ref in cached_references(current_revision()).claimants.values() if ref}
    return FirstAnswer(_compare_stances(entries), values={"entries": entries, "names": claimants})


def _compare_stances(entries: Sequence[Record]) -> str:
    """Return the sentence of the matrix: the highest figure of an opponent, beside the side's own."""
    own, opposing = (_find_widest(entries, stance) for stance in ("own", "opposing"))
    if opposing is None:
        return f"{count_nouns(len(entries), 'figure')}, none by an opponent."
    by_itself = write_range(own) if own else "no figure"
    losses = name_losses(opposing["subject_side"])
    return f"Losses of {losses}: {by_itself} by its own count, {write_range(opposing)} by its opponents."


def _find_widest(entries: Sequence[Record], stance: str) -> Record | None:
    """Return the entry of a stance about the side of the highest opposing figure."""
    opposing = [entry for entry in entries if entry["stance"] == "opposing"]
    highest = max(opposing, key=lambda entry: entry["best"], default=None)
    if highest is None:
        return None
    same = ("subject_side", "basis", "measure", "harm", "conflict")
    matching = (e for e in entries if e["stance"] == stance and all(e[name] == highest[name] for name in same))
    return next(matching, None)


def answer_map(state: State) -> FirstAnswer:
    rows = [row for row in asking.ask_places(state).rows if row["best"] is not None]
    if not rows:
        return FirstAnswer("Nobody is recorded as having said this of an event. That is not a zero.")
    highest = max(rows, key=lambda row: row["high"])
    events = count_nouns(highest["events"], "event")
    name = highest["event"]["name"] if highest["event"] else highest["place"] or f"{events} at one place"
    lead = f"{count_nouns(len(rows), 'place')} with figures. The highest: {write_range(highest)}, {name}."
    return FirstAnswer(lead, values={"places": rows})


def answer_table(state: State) -> FirstAnswer:
    found = asking.ask_claims(state)
    if not found.rows:
        words = "No record has all of these words. That does not mean that nobody claimed it."
        return FirstAnswer(words if state.get("q") else "Nobody is recorded as having said this. That is not a zero.")
    first = found.rows[0]
    day = write_days(first["stated_on"], first["stated_until"])
    which = "The newest" if state.get("sort", "-stated_on") == "-stated_on" else "The first"
    lead = f"{count_nouns(found.total, 'claim')}. {which}: {write_figure(first)}, {first['claimant']['name']}, {day}."
    return FirstAnswer(lead, values={"claims": found.rows, "total": found.total})


ANSWERS: dict[str, Callable[[State], FirstAnswer]] = {
    "who": answer_who,
    "time": answer_time,
    "matrix": answer_matrix,
    "map": answer_map,
    "table": answer_table,
}
