"""The events and periods that an answer counts, as tables of DuckDB.

`counted_figures` has the figures: harm, victims, best. `counted_units` has each event and period once, numbered in the
order of recorders, editors last: days, the root of its conflict, its recorder, and the recorded place and kind. A
recorder is a dataset, or `none` for records that editors entered. A period with claims of several datasets has them
all, joined by semicolons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from api.database.statements import select_rows, texts_clause
from api.evidence.columns import COLUMNS as OF_FRAME
from api.evidence.columns import NAMES
from api.evidence.frame import FewClaims, Frame
from api.reconciling.question import ALL, CLAIM_DIMENSIONS, RowKey
from api.reconciling.reconciled_answer import INCIDENTS, Answer, Cell
from api.reconciling.record import Claim, Unit
from api.reconciling.row_keys import find_frame
from api.reconciling.statements import fill_best
from api.statistics.event_kinds import write_family
from api.statistics.plain_cells import PlainCells
from schemas.fields import NONE

#: The columns of `counted_figures`: one figure for each unit in each row of the answer. `row_key`: the values by which
#: rows overlap. Only rows with the same values add up.
COLUMNS = {
    "id": "VARCHAR",  # of the event, or of a claim of the period
    "event": "VARCHAR",
    "conflict": "VARCHAR",
    "first": "VARCHAR",
    "last": "VARCHAR",
    "harm": "VARCHAR",
    "row_key": "VARCHAR",
    "sides": "VARCHAR",  # camps in it, joined by semicolons
    "camps": "VARCHAR[]",  # of the victims; empty text: all sides
    "statuses": "VARCHAR[]",
    "best": "BIGINT",
    "datasets": "VARCHAR[]",  # of a period
}
SPLITS = frozenset(CLAIM_DIMENSIONS) - {"harm"}
FACTS = (
    "event", "conflict", "event_first", "event_last", "country", "latitude", "longitude", "place_precision",
    "event_dataset",
)  # fmt: skip
READ_OF_EVENTS = {*FACTS, "event_key", "admin1", "place", "sub_type"}


class CountedFigure(NamedTuple):
    """A row of `COLUMNS`."""

    id: str
    event: str | None
    conflict: str
    first: str
    last: str
    harm: str
    row_key: str
    sides: str
    camps: list[str]
    statuses: list[str]
    best: int
    datasets: list[str] | None


def make_tables(frame: Frame, answer: Answer, plain: PlainCells | None) -> tuple[int, int]:
    """Make both temporary tables, unless there are fewer than two units. Return the numbers of units and recorders."""
    walked = list(_list_walked(answer))
    walked_units = {(figure.id, figure.conflict, figure.first, figure.last) for figure in walked}
    if plain is None and len(walked_units) < 2:
        return len(walked_units), len(walked_units)
    make_table(frame, "counted_figures", COLUMNS, walked)
    _make_facts(frame, plain)
    conflicts = {figure.conflict for figure in walked}
    if plain:
        _insert_plain(frame, plain)
        conflicts = {conflict for (conflict,) in frame.fetch("SELECT DISTINCT conflict FROM counted_figures")}
    _make_units(frame, answer, conflicts)
    ((units, recorders),) = frame.fetch("SELECT COUNT(*), COUNT(DISTINCT recorder) FROM counted_units")
    return units, recorders


def _make_facts(frame: Frame, plain: PlainCells | None) -> None:
    """Make a table of the counted events with their days, places, kinds and datasets."""
    # All claims of an event have the same of each, so any will do: to find the least takes as long again.
    facts = ", ".join(f"ANY_VALUE({name}) AS {name}" for name in FACTS)
    names = ", ".join(f"LOWER(STRIP_ACCENTS(ANY_VALUE({name}))) AS {name}" for name in ("admin1", "place"))
    claims = _load_few_events(frame, frame.few) if frame.few else frame.claims
    among = "event IN (SELECT event FROM counted_figures)"
    if plain:
        among = f"({among} OR event_key IN (SELECT event_key FROM plain_cells WHERE used > 0 AND is_in_window))"
    frame.fetch(
        f"CREATE OR REPLACE TEMP TABLE event_facts AS SELECT event_key, {names}, {facts}, "
        f"{write_family('ANY_VALUE(sub_type)')} AS family FROM {claims} WHERE {among} GROUP BY event_key"
    )


def _load_few_events(frame: Frame, few: FewClaims) -> str:
    """Return the name of a table with what `_make_facts` reads of few claims, each event once."""
    types = {column.name: column.type for column in OF_FRAME if column.name in READ_OF_EVENTS}
    pick = itemgetter(*map(NAMES.index, types))
    make_table(frame, "few_events", types, list(dict.fromkeys(map(pick, few.rows))))
    return "few_events"


def _insert_plain(frame: Frame, plain: PlainCells) -> None:
    """Insert the plain cells. Each has figures of at most two camps and statuses: the first and the last present."""
    columns = {dimension: f"d{n}" for n, dimension in enumerate(plain.dimensions)}
    splits = [f"COALESCE({columns[d]}, '')" for d in plain.dimensions if d in SPLITS]
    camp = f"NULLIF({columns['subject_side']}, '{ALL}')" if "subject_side" in columns else "''"
    status = columns.get("victim_status") or f"'{find_frame(plain.question, ()).status}'"
    parts = "LIST_TRANSFORM([first_present, last_present], lambda part: SPLIT_PART(part, ':', {}))"
    frame.fetch(
        f"INSERT INTO counted_figures SELECT event, event, conflict, event_first, event_last, {columns['harm']}, "
        f"{' || chr(59) || '.join(splits) or repr('')}, COALESCE(camps, ''), "
        f"IF(shape = 'whole', [COALESCE({camp}, '')], {parts.format(1)}), "
        f"IF(shape = 'whole', [{status}], {parts.format(2)}), best, NULL "
        "FROM plain_cells JOIN event_facts USING (event_key) WHERE used > 0 AND is_in_window"
    )


def _list_walked(answer: Answer) -> Iterator[CountedFigure]:
    cells = [(row.key, cell) for row in answer.rows if row.basis == INCIDENTS for cell in row.cells]
    periods = [claim for _, cell in cells for claim in cell.figure.claims if answer.record[claim].event is None]
    datasets = read_datasets(periods)
    for key, cell in cells:
        yield from _list_cell(answer, key, cell, datasets)


def read_datasets(claims: Iterable[str]) -> dict[str, str]:
    """Return by claim the dataset from which it was imported, if there is one."""
    listed = sorted(set(claims))
    sql, values = texts_clause(listed)
    dataset_rows = select_rows(f"SELECT slug, dataset_id FROM external WHERE noun = 'claims' AND slug IN {sql}", values)
    return dict(dataset_rows) if listed else {}


def _list_cell(answer: Answer, key: RowKey, cell: Cell, datasets: dict[str, str]) -> Iterator[CountedFigure]:
    """Yield one figure for each unit of a cell; a sum in time has several units."""
    claims: dict[Unit, list[Claim]] = defaultdict(list)
    for claim_id in cell.figure.claims:
        claim = answer.record[claim_id]
        if unit := answer.world.find_unit(claim, answer.as_of):
            claims[unit].append(claim)
    values = dict(key)
    row_key = ";".join(value or "" for name, value in key if name in SPLITS)
    for unit, used in sorted(claims.items(), key=lambda item: item[1][0].id):
        named = {datasets.get(claim.id, NONE) for claim in used}
        yield CountedFigure(
            id=unit.event or min(claim.id for claim in used),
            event=unit.event,
            conflict=unit.conflict,
            first=unit.first,
            last=unit.last,
            harm=values["harm"] or "",
            row_key=row_key,
            sides=";".join(sorted({answer.world.find_camp(s, unit) for s in answer.world.find_involved_sides(unit)})),
            camps=sorted({c.subject_side and answer.world.find_camp(c.subject_side, unit) or "" for c in used}),
            statuses=sorted({claim.victim_status for claim in used}),
            best=cell.figure.best if len(claims) == 1 else min(cell.figure.best, _add_scopes(used)),
            datasets=None if unit.event else sorted(named),
        )


def _add_scopes(claims: list[Claim]) -> int:
    """Return the sum of the lower middles of what is claimed of each scope."""
    scopes: dict[Any, list[int]] = defaultdict(list)
    for claim in claims:
        scopes[claim.subject_side, claim.victim_status, claim.part].append(fill_best(claim))
    return sum(sorted(bests)[(len(bests) - 1) // 2] for bests in scopes.values())


def _make_units(frame: Frame, answer: Answer, conflicts: Iterable[str]) -> None:
    roots = [(conflict, answer.world.find_ancestry(conflict)[-1]) for conflict in sorted(conflicts)]
    make_table(frame, "roots", {"conflict": "VARCHAR", "root": "VARCHAR"}, roots)
    distinct_sql = (
        "SELECT id, event, conflict, first, last, MIN(root) AS root, MIN(datasets) AS datasets "
        "FROM counted_figures JOIN roots USING (conflict) GROUP BY id, event, conflict, first, last"
    )
    unit_sql = (
        "SELECT units.*, country, admin1, place, latitude, longitude, place_precision, family, "
        f"ARRAY_TO_STRING(COALESCE(datasets, [COALESCE(event_dataset, '{NONE}')]), ';') AS recorder "
        f"FROM ({distinct_sql}) units LEFT JOIN event_facts USING (event)"
    )
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE counted_units AS SELECT *, "
        f"ROW_NUMBER() OVER (ORDER BY recorder = '{NONE}', recorder, id) AS n FROM ({unit_sql})"
    )


def make_table(frame: Frame, name: str, types: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Make a temporary table of these rows by one statement. `types`: of DuckDB, by column."""
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    unnested = ", ".join(f"UNNEST(FROM_JSON(?::JSON, '[{_shape(types[column])}]')) AS {column}" for column in types)
    frame.fetch(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {unnested}", [orjson.dumps(of).decode() for of in columns]
    )


def _shape(type: str) -> str:
    """Return a type as the JSON of `FROM_JSON` has it: `"VARCHAR"`, and `["VARCHAR"]` of a list."""
    return f'["{type[:-2]}"]' if type.endswith("[]") else f'"{type}"'
