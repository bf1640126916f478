"""Rows of statistics before and after a write: which differ, and how to say it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from schemas.figure_words import say_figure
from schemas.labels import label_plural, label_word
from schemas.sentences import count_noun, name_day, name_span
from schemas.statistics.casualties import DIMENSIONS, STANCES
from schemas.vocabularies import HARM, MEASURE, VICTIM_AGE, VICTIM_SEX, VICTIM_STATUS

Row = Mapping[str, Any]
#: Addresses, and names of records: they change without the answer.
NOT_COMPARED = frozenset({"links", "url", "explain", "name", "statements", "evidence", "publisher", "title"})
FIGURE_KEYS = ("dataset", "basis", *DIMENSIONS)
DISAGREEMENT_KEYS = ("basis", "event", "conflict", "subject_side", "harm", "measure")
#: By statistic: the columns that name a row. Counts are named by `group_by`.
KEYS: dict[str, tuple[str, ...]] = {
    "casualties": FIGURE_KEYS,
    "matrix": ("basis", "conflict", "claimant_side", "stance", "subject_side", "harm", "measure"),
    "disagreement": DISAGREEMENT_KEYS,
    "event-disagreement": DISAGREEMENT_KEYS,
    "places": ("latitude", "longitude", "place", "event", "harm"),
    "timeliness": ("event", "conflict", "harm"),
    "series": (
        "claimant",
        "subject_side",
        "harm",
        "victim_status",
        "victim_sex",
        "victim_age",
        "measure",
        "part",
        "kind",
        "stated_on",
        "claim",
        "from",
        "to",
    ),
    "check": ("role", "claimant", "claim"),
}
#: By statistic: what its feed is about, for the title.
SUBJECTS = {
    "casualties": "casualty figures",
    "matrix": "figures by stance",
    "disagreement": "disagreement of claimants",
    "event-disagreement": "disagreement about an event",
    "places": "casualty figures by place",
    "timeliness": "days until the first figure",
    "series": "series of running figures",
    "check": "who said a number",
    "claims-count": "number of claims",
    "events-count": "number of events",
}
#: By column: the closed list whose labels a title has.
LABELLED: dict[str, Any] = {
    "harm": HARM, "measure": MEASURE, "stance": STANCES, "victim_status": VICTIM_STATUS, "victim_sex": VICTIM_SEX,
    "victim_age": VICTIM_AGE,
}  # fmt: skip
#: The groups of victims, of which a title names only those that a count tells apart.
GROUPS, ANY = ("victim_status", "victim_sex", "victim_age"), "any"
#: Columns of a key that a label leaves out: they only tell rows apart.
UNSPOKEN = frozenset({"basis", "latitude", "longitude", "kind", "claim", "from", "to"})
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NOTHING = "no figure"


class RowChange(NamedTuple):
    """A row that a write changed; None: the answer did not have it."""

    before: Row | None
    after: Row | None


def find_changes(before: Sequence[Row], after: Sequence[Row], keys: Sequence[str]) -> list[RowChange]:
    """Return the rows that differ, in the order of the newer answer; rows that are gone come last."""
    old, new = (_group_rows(rows, keys) for rows in (before, after))
    changed = [key for key in {**new, **old} if _show_values(old.get(key, ())) != _show_values(new.get(key, ()))]
    return [change for key in changed for change in _pair_rows(old.get(key, ()), new.get(key, ()))]


def _group_rows(rows: Iterable[Row], keys: Sequence[str]) -> dict[bytes, list[Row]]:
    grouped: dict[bytes, list[Row]] = {}
    for row in rows:
        grouped.setdefault(_dump([drop_addresses(row.get(name)) for name in keys]), []).append(row)
    return grouped


def _show_values(rows: Iterable[Row]) -> list[bytes]:
    return sorted(_dump(drop_addresses(row)) for row in rows)


def _pair_rows(old: Sequence[Row], new: Sequence[Row]) -> Iterable[RowChange]:
    """Pair the rows of one key, without those that are in both answers."""
    both = set(_show_values(old)) & set(_show_values(new))
    rest_old, rest_new = ([row for row in rows if _dump(drop_addresses(row)) not in both] for rows in (old, new))
    for number in range(max(len(rest_old), len(rest_new))):
        yield RowChange(*(rows[number] if number < len(rows) else None for rows in (rest_old, rest_new)))


def _dump(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def drop_addresses(value: Any) -> Any:
    """Return a value without addresses and without names of records, whose ids stay."""
    if isinstance(value, Mapping):
        return {name: drop_addresses(inner) for name, inner in value.items() if name not in NOT_COMPARED}
    return [drop_addresses(inner) for inner in value] if isinstance(value, (list, tuple)) else value


# In words ------------------------------------------------------------------------------------------------------------


def say_change(change: RowChange, keys: Sequence[str]) -> str:
    """Return `Killed, Armenia: 13 (10 to 15); before: 12 (10 to 14)`."""
    before, after = (NOTHING if row is None else say_row(row) for row in change)
    label = name_row(change.after or change.before or {}, keys)
    if before != after:
        return f"{label}: {after}; before: {before}"
    details = _list_details(change.before or {}, change.after or {})
    return f"{label}: {after}, unchanged; {', '.join(details)}"


def name_row(row: Row, keys: Sequence[str]) -> str:
    """Return the values of the key. A count also names what is not stated: `claimant side not stated, killed`."""
    is_count = keys not in KEYS.values()
    spoken = [
        name
        for name in keys
        if name in row
        and name not in UNSPOKEN
        and (is_count or row[name] is not None)
        and not (name in GROUPS and row[name] == ANY)
    ]
    label = ", ".join(
        f"{name.replace('_', ' ')} not stated" if row[name] is None else _say_value(name, row[name]) for name in spoken
    )
    return label[:1].upper() + label[1:] if label else "All"


def _say_value(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("id"))
    if value in (vocabulary := LABELLED.get(name, {})):
        return (label_plural if name in GROUPS else label_word)(vocabulary, value)
    if isinstance(value, str) and DAY.fullmatch(value):
        return name_day(value)
    return str(value).replace("_", " ")


def say_row(row: Row) -> str:
    """Return the figure of a row of any statistic."""
    if "verdict" in row:
        return f"{row['verdict'].replace('_', ' ')}" + (f" ({row['best']:,})" if row.get("best") is not None else "")
    if "explanation" in row:
        return count_noun(row["days"], "day") if row["days"] is not None else str(row["explanation"]).replace("_", " ")
    if "lowest" in row:
        lowest, highest = (_say_number(row[end]["best"]) for end in ("lowest", "highest"))
        return lowest if lowest == highest else f"{lowest} to {highest}"
    if row.get("kind") == "gap":
        return f"no figure of its own, {name_span(row['from'], row['to'])}, a recorded silence"
    if "best" in row:
        return say_figure(row) if row.get("qualifier") else _say_bounds(row)
    noun = next((name for name in ("claims", "events") if name in row), "")
    return count_noun(row[noun], noun.removesuffix("s")) if noun else "changed"


def _say_bounds(row: Row) -> str:
    low, best, high = (row.get(name) for name in ("low", "best", "high"))
    if best is None and low is None and high is None:
        return NOTHING
    number = _say_number(best)
    words = number if low == best == high else f"{number} ({_say_number(low)} to {_say_number(high)})"
    return f"{words} or more" if row.get("open_ended") else words


def _say_number(number: int | None) -> str:
    return "not stated" if number is None else f"{number:,}"


def _list_details(before: Row, after: Row) -> list[str]:
    """Return the other columns that changed: `claims 4, before 3`."""
    changed = [
        name
        for name in after
        if name not in NOT_COMPARED and drop_addresses(before.get(name)) != drop_addresses(after[name])
    ]
    return [_say_detail(name, before.get(name), after[name]) for name in changed]


def _say_detail(name: str, before: Any, after: Any) -> str:
    words = name.replace("_", " ")
    is_plain = all(isinstance(value, (int, float, str)) for value in (before, after))
    return f"{words} {after} (before {before})" if is_plain else f"{words} changed"
