"""Claims become figures by the rule that the reader chose."""

import functools
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from api.db import database, is_pinned, tuples
from api.models import Conflict, Event, Record, Side
from api.queries import claims, record, tallies, twice
from api.queries.evidence import RUNNING
from api.queries.questions import ALL, Question
from api.queries.reconcile import Answer, reconcile
from api.queries.references import held, require
from api.queries.rows import Caution, Row
from api.queries.select import Bound, bind

# What is counted, by the filters of claims. `reconcile` has the others: they decide what a complete sum is.
CELLS = (
    "conflict", "recorded_conflict", "event", "event_type", "harm", "measure", "from", "to", "year", "month", "country",
    "admin1", "bbox", "place_precision",
)  # fmt: skip
WHOLES = {"side": "sides", "victim_status": "statuses", "victim_sex": "sexes", "victim_age": "ages"}
OWN = ("basis", "policy", "as_of", "group_by")


def casualties(asked: dict[str, Any]) -> Answer:
    """Reconcile the claims within the filters of `asked`, which also has basis, policy, group_by and maybe as_of.

    Raises `NoSuchRecord`, `TooMany`, and `Refused` for what has no right answer.
    """
    return _answer(database.obj.database, held(), _known(asked))


def broad(asked: dict[str, Any]) -> Answer:
    """The same from the tallies where they hold it, however many claims there are; its cells are then only counted."""
    return _broad(database.obj.database, held(), is_pinned(), _known(asked))


def _known(asked: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, value) for name, value in asked.items() if name in claims.WHERE or name in OWN))


@functools.lru_cache(maxsize=16)
def _broad(database_name: str, of: tuple[int, int], pinned: bool, known: tuple[tuple[str, Any], ...]) -> Answer:
    """`pinned`: what tallies have only counted is looked up later, and tallies tell of the newest revision alone."""
    asked = dict(known)
    filters = {name: value for name, value in asked.items() if name not in OWN}
    question = Question(asked["basis"], asked["policy"], None, asked.get("as_of"), tuple(asked["group_by"]))
    if tallies.can_answer(question, filters):
        return tallies.answer(question, bind(claims.LISTING, filters))
    return casualties(asked)


@functools.lru_cache(maxsize=16)
def _answer(database_name: str, of: tuple[int, int], known: tuple[tuple[str, Any], ...]) -> Answer:
    """Kept while the evidence behind its rows is paged through."""
    asked = dict(known)
    claimant = _elected(asked)
    if "side" in asked:
        require("side", Side.slug, asked["side"])
    cells = bind(claims.LISTING, {name: value for name, value in asked.items() if name in CELLS})
    voices = {name: value for name, value in asked.items() if name not in (*CELLS, *WHOLES, *OWN)}
    read, cautions = _read(asked, cells)
    heard = record.slugs({**cells, **bind(claims.LISTING, voices)}) if voices else None
    question = Question(
        basis=asked["basis"],
        policy=asked["policy"],
        claimant=claimant,
        as_of=asked.get("as_of"),
        group_by=tuple(asked["group_by"]),
        counted=lambda claim: claim.id in read.counted,
        speaks=lambda claim: heard is None or claim.id in heard,
        **{field: frozenset(asked[name]) for name, field in WHOLES.items() if name in asked},
    )
    answer = reconcile(read.world, read.claims, read.relations, question)
    said = {claim.id: claim for claim in read.claims}
    counted_twice = twice.cautions(read.world, said, answer.rows)
    return answer._replace(warnings=(*answer.warnings, *counted_twice, *cautions))


def _read(asked: dict[str, Any], cells: Bound) -> tuple[record.Record, list[Caution]]:
    """The record within the filters. Where it is too large, that of running totals goes without increments, which only
    would be left out again; they are then not counted. Raises `TooMany`."""
    try:
        return record.read(cells), []
    except record.TooMany:
        if asked["basis"] != "totals" or "measure" in asked:
            raise
    text = "figures of incidents and periods are left out, too many to be counted: see basis=incidents"
    return record.read(cells | {"measure": (*sorted(RUNNING), None)}), [Caution("other_basis", text)]


def _elected(asked: dict[str, Any]) -> str | None:
    """The claimant of policy=claimant, which is then no filter."""
    if asked["policy"] != "claimant":
        return None
    (claimant,) = asked.pop("claimant")
    require("claimant", claims.WHERE["claimant"].requires, (claimant,))
    return str(claimant)


MODELS: dict[str, type[Record]] = {
    "conflict": Conflict,
    "event": Event,
    "subject_side": Side,
    "responsible_side": Side,
}


def names(rows: Iterable[Row]) -> dict[tuple[str, str], str]:
    """The names of what the keys of rows refer to."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for dimension, value in row.key:
            if dimension in MODELS and value not in (None, ALL):
                wanted[dimension].add(str(value))
    return {
        (dimension, slug): name
        for dimension, slugs in wanted.items()
        for slug, name in _named(MODELS[dimension], sorted(slugs))
    }


def _named(model: Any, slugs: list[str]) -> Iterable[tuple[str, str]]:
    for start in range(0, len(slugs), 500):
        yield from tuples(model.select(model.slug, model.name).where(model.slug.in_(slugs[start : start + 500])))
