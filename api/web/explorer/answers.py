"""The first answer of each view, as the page and a frame show it without a script."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from api.history.revisions import current_revision
from api.http.problems import ApiProblem
from api.listings import conflicts
from api.listings.query import bind_question, read_page
from api.listings.references import by_id, cached_references
from api.pictures import event_map, over_time, stance_table, who_says
from api.pictures.palettes import PAGE
from api.pictures.sheet import Caption, Form
from api.pictures.who_says import draw_who_says, list_mains, order_rows, order_statements
from api.pictures.words import count_things, write_coverage, write_days
from api.reconciling.reconciled_answer import TOTALS
from api.reconciling.record import UnanswerableError
from api.v1.pictures.views import read_conflict, read_figures, read_places, say_absent_sides
from api.web.explorer import asking
from schemas.figure_words import say_figure_briefly
from schemas.messages import translate
from schemas.pictures import WITH_CONFLICT

#: The two pictures of a page, 1,200 and 360 pixels wide: its style shows the one that fits.
WIDTHS = (1200, 360)
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


def _say(state: State, key: str, **values: Any) -> str:
    return translate(state["lang"], key, **values)


def caption_picture(lead: str) -> Caption:
    """Return the caption of a picture within a page, which says title, sentence and source itself."""
    return Caption("", "", "", lead)


def choose_forms(state: State) -> list[Form]:
    """Return the forms of the pictures of a page, in its language."""
    return [Form(width, None, PAGE, state["lang"]) for width in WIDTHS]


def find_answer(state: State) -> FirstAnswer:
    """Return the first answer of a state. Raises a problem for a record that this database lacks."""
    if state["view"] in WITH_CONFLICT and "conflict" not in state:
        return FirstAnswer(_say(state, "explorer.choose_conflict"), values={"choices": list_conflicts()})
    if state["policy"] == "claimant" and "claimant" not in state and state["view"] in ("who", "map"):
        return FirstAnswer(_say(state, "explorer.choose_claimant"))
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
    rows = [dict(row) for row in order_rows(read_figures(dict(state), True))]
    return _describe_rows(rows, state, conflict)


def _describe_rows(rows: Sequence[Record], state: State, conflict: Record) -> FirstAnswer:
    if not rows:
        return FirstAnswer(_say(state, "explorer.none"))
    absent = say_absent_sides(dict(state), conflict, rows)
    lead = " ".join(filter(None, [who_says.write_lead(rows, state["lang"]), absent]))
    pictures = [draw_who_says(rows, state["scale"], form, caption_picture(lead)) for form in choose_forms(state)]
    groups = [(row, order_statements(row["statements"] or ())) for row in rows]
    return FirstAnswer(lead, pictures, {"groups": groups})


def _answer_all_conflicts(state: State) -> FirstAnswer:
    """Return the conflicts to choose from with their figures, those with most claimants first, and an example."""
    rows = read_figures(dict(state), False)
    figures: dict[str, list[Record]] = {}
    for row in order_rows(rows):
        figures.setdefault(row["conflict"]["id"], []).append(dict(row))
    listed = [{**conflict, "figures": list_mains(figures.get(conflict["id"], ()))} for conflict in list_conflicts()]
    voices = {slug: sum(row["claimants"] for row in rows if row["basis"] == TOTALS) for slug, rows in figures.items()}
    most = max(figures, key=lambda slug: (voices[slug], slug), default=None)
    lead = _say(state, "explorer.conflicts", count=len(figures), total=len(listed))
    example = None
    if most is not None:
        narrowed = {**state, "conflict": most}
        found = answer_who(narrowed)
        example = {"name": figures[most][0]["conflict"]["name"], "state": narrowed, "answer": found}
    ordered = sorted(listed, key=lambda each: (not each["figures"], -voices.get(each["id"], 0)))
    return FirstAnswer(lead, values={"conflicts": ordered, "most": MOST_CONFLICTS}, example=example)


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
    series = asking.ask_series(state)
    if not series:
        return FirstAnswer(_say(state, "explorer.none.series"), values={"choices": list_conflicts()})
    span = over_time.find_span(series, conflict, state["span"])
    lead = over_time.write_lead(series, state["lang"])
    pictures = [
        over_time.draw_over_time(series, span, "count", form, caption_picture(lead)) for form in choose_forms(state)
    ]
    return FirstAnswer(lead, pictures, {"series": series})


def answer_matrix(state: State) -> FirstAnswer:
    entries = asking.ask_matrix(state)
    stated = [entry for entry in entries if entry["best"] is not None]
    if not stated:
        return FirstAnswer(_say(state, "explorer.none.figure"), values={"choices": list_conflicts()})
    names = {slug: ref["name"] for slug, ref in by_id(cached_references(current_revision()).claimants).items()}
    lead = stance_table.write_lead(entries, names.__getitem__, state["lang"])
    pictures = [
        stance_table.draw_stance_table(entries, names.__getitem__, form, caption_picture(lead))
        for form in choose_forms(state)
    ]
    return FirstAnswer(lead, pictures, {"entries": stated, "names": names})


def answer_map(state: State) -> FirstAnswer:
    rows = [row for row in asking.ask_places(state) if row["best"] is not None]
    if not rows:
        return FirstAnswer(_say(state, "explorer.none.event"))
    lead = event_map.write_lead(rows, state["lang"])  # of the list: a picture groups events in squares of its own
    pictures = []
    for form in choose_forms(state):
        places, box = read_places(dict(state), form, current_revision())
        pictures.append(event_map.draw_event_map(places, box, form, caption_picture(lead)))
    return FirstAnswer(lead, pictures, {"places": rows})


def answer_table(state: State) -> FirstAnswer:
    found = asking.ask_claims(state)
    if not found.claims:
        return FirstAnswer(_say(state, "explorer.none.words" if state.get("q") else "explorer.none"))
    first, language = found.claims[0], state["lang"]
    covered = write_coverage(first["covers_from"], first["covers_to"], language)
    lead = _say(
        state,
        _choose_lead(state),
        claims=count_things("claims", found.total, language),
        figure=say_figure_briefly(first, language),
        claimant=first["claimant"]["name"],
        day=write_days(first["stated_on"], first["stated_until"], language),
        covered=_say(state, "explorer.table.covers", days=covered) if covered else "",
    )
    return FirstAnswer(lead, values=found._asdict())


def _choose_lead(state: State) -> str:
    """Return the sentence of the table: it names the first claim of the list, so not on a later page."""
    if state.get("cursor"):
        return "explorer.table.later"
    return "explorer.table.newest" if state.get("sort", "-stated_on") == "-stated_on" else "explorer.table.first"


ANSWERS: dict[str, Callable[[State], FirstAnswer]] = {
    "who": answer_who,
    "time": answer_time,
    "matrix": answer_matrix,
    "map": answer_map,
    "table": answer_table,
}
