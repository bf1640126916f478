"""Plain cells of incidents, reconciled by DuckDB; `api.reconciling` walks all other cells.

A cell is plain if only rules 14 to 16 decide it. Nothing links its event to another, and no claimant states one scope
twice. Its statements are one claim, alternatives of whole camps, or a claimant's whole with its own parts. Columns of
the frame have what the rules say of a single claim (`api.evidence.derived`), and `POLICIES` has the order of a policy.
Here the claims are only compared and added up.

Tables of one question, in the frame's cursor: `eligible` (claims that the question counts), `plain_cells` (one row a
cell), `walked_events` (the events of all other cells).

Rules: docs/developers/reconciling.md#rule-2, #rule-14, #rule-15, #rule-16, #rule-19.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import ceil
from typing import Any, NamedTuple

from api.evidence.frame import Frame
from api.reconciling.policies import POLICIES
from api.reconciling.question import ALL, DAY_PERIODS, Question, RowKey
from api.reconciling.reconciled_answer import INCIDENTS
from api.reconciling.row_keys import FINEST_PRECISION, find_dimensions, find_frame
from api.statistics.claim_reasons import find_unasked_splits, join_conditions, write_counted, write_reason
from api.statistics.relevant_claims import RelevantClaims
from api.statistics.selection import Condition

STATEMENT_COLUMNS = {"has_best": "has_best", "best": "filled_best", "stated": "stated", "grade": "grade"}
FIRST_OF_PERIOD = {
    "year": "SUBSTR({day}, 1, 4)",
    "quarter": "SUBSTR({day}, 1, 4) || '-Q' || ((SUBSTR({day}, 6, 2)::INT + 2) // 3)",
    "month": "SUBSTR({day}, 1, 7)",
    "week": "STRFTIME({day}::DATE, '%G-W%V')",
    "day": "{day}",
}
EVENT_COLUMNS = ("conflict", "event", "event_type", "country", "admin1")
CLAIM_COLUMNS = {
    "harm": "harm",
    "subject_side": f"COALESCE(subject_camp, '{ALL}')",
    "responsible_side": "responsible_side",
    "victim_status": "victim_status",
    "victim_sex": "victim_sex",
    "victim_age": "victim_age",
}
MOST_AT_ONCE = 250_000  # claims whose cells are made by one statement
EVERY = Condition("TRUE", [])
MOST_FIGURES = 2  # camps with a figure that one cell may have: more are walked

ELIGIBLE_SQL = """
SELECT slug, event_key, camps, {dimensions}, COALESCE(subject_camp, '') AS camp, victim_status, claimant_key,
    filled_low, filled_best, filled_high, has_best, is_open_ended, is_imputed, floor, ceiling, grade, source_keys,
    is_distinct, COALESCE(stated_last, '') || ' ' || COALESCE(stated_time, '') AS stated,
    COALESCE(is_quiet, FALSE) AND subject_side IS NOT DISTINCT FROM subject_camp AS is_plain,
    {is_in_window} AS is_in_window, {reaches_over} AS reaches_over, {is_heard} AS is_heard
FROM {claims}
WHERE {conditions}
"""
#: By camp and status: what is stated, and what the policy makes of it. QUANTILE_DISC takes the lower of two middle
#: figures. Where nobody states a best, the only figure that is heard counts.
SCOPES_SQL = """
SELECT event_key, {keys}, camp, victim_status, ANY_VALUE(camps) AS camps,
    BOOL_AND(is_in_window) AS is_in_window, BOOL_OR(reaches_over) AS reaches_over,
    COUNT(*) AS n, COUNT(*) FILTER (WHERE is_used) AS used, COUNT(*) FILTER (WHERE has_best) AS stated_bests,
    BOOL_AND(is_plain) AS is_plain, BOOL_AND(is_distinct) AS is_distinct,
    MIN(claimant_key) AS first_claimant, MAX(claimant_key) AS last_claimant,
    MIN(stated) AS first_stated, MAX(stated) AS last_stated,
    MIN(filled_low) FILTER (WHERE is_used) AS low, MAX(filled_high) FILTER (WHERE is_used) AS high,
    COALESCE(
        QUANTILE_DISC(filled_best, 0.5) FILTER (WHERE is_used AND has_best), MIN(filled_best) FILTER (WHERE is_used)
    ) AS best,
    COALESCE(BOOL_OR(is_open_ended) FILTER (WHERE is_used), FALSE) AS open,
    COALESCE(BOOL_OR(is_imputed) FILTER (WHERE is_used), FALSE) AS imputed,
    COALESCE(MAX(floor) > MIN(ceiling), FALSE) AS clashes,
    COALESCE(MIN(filled_best) FILTER (WHERE has_best), MIN(filled_best)) AS lowest,
    COALESCE(MAX(filled_best) FILTER (WHERE has_best), MAX(filled_best)) AS highest
FROM ({eligible}) GROUP BY event_key, {keys}, camp, victim_status
"""
CELLS_SQL = """
SELECT event_key, {keys}, ANY_VALUE(camps) AS camps, BOOL_AND(is_in_window) AS is_in_window,
    BOOL_OR(reaches_over) AS reaches_over,
    CASE
        WHEN NOT BOOL_AND(is_plain) OR COUNT(*) FILTER (WHERE n > 1 AND stated_bests = 0) > 0 THEN 'walked'
        WHEN SUM(n) = 1 THEN 'single'
        WHEN BOOL_AND(is_distinct AND {is_whole}) AND (COUNT(*) FILTER (WHERE camp = '') = 0 OR COUNT(*) = 1)
            AND COUNT(*) FILTER (WHERE used > 0) <= {most_figures} THEN 'scopes'
        WHEN {hears_all} AND BOOL_AND(is_distinct) AND SUM(n) FILTER (WHERE {is_row_whole}) = 1
            AND MIN(first_claimant) = MAX(last_claimant) AND MIN(first_stated) = MAX(last_stated) THEN 'whole'
        ELSE 'walked'
    END AS shape,
    SUM(n)::BIGINT AS n, SUM(used)::BIGINT AS heard, COUNT(*) FILTER (WHERE used > 0) AS figures,
    SUM(low)::BIGINT AS low, SUM(best)::BIGINT AS best, SUM(high)::BIGINT AS high,
    BOOL_OR(open) AS open, BOOL_OR(imputed) AS imputed, BOOL_OR(clashes) AS disputed,
    MAX(CASE WHEN lowest > 0 THEN highest / lowest WHEN highest = 0 THEN 1 ELSE 'inf'::DOUBLE END) AS spread,
    MIN(camp || ':' || victim_status) FILTER (WHERE used > 0) AS first_present,
    MAX(camp || ':' || victim_status) FILTER (WHERE used > 0) AS last_present,
    MAX(low) FILTER (WHERE {is_row_whole}) AS whole_low, MAX(best) FILTER (WHERE {is_row_whole}) AS whole_best,
    MAX(high) FILTER (WHERE {is_row_whole}) AS whole_high, BOOL_OR(open) FILTER (WHERE {is_row_whole}) AS whole_open,
    BOOL_OR(imputed) FILTER (WHERE {is_row_whole}) AS whole_imputed
FROM ({scopes}) GROUP BY event_key, {keys}
"""
#: Where a claimant states a whole and its parts, the whole is the figure.
FIGURES_SQL = """
SELECT * EXCLUDE (whole_low, whole_best, whole_high, whole_open, whole_imputed) REPLACE (
    IF(shape = 'whole', whole_low, low) AS low, IF(shape = 'whole', whole_best, best) AS best,
    IF(shape = 'whole', whole_high, high) AS high, IF(shape = 'whole', whole_open, open) AS open,
    IF(shape = 'whole', whole_imputed, imputed) AS imputed, shape <> 'whole' AND disputed AS disputed,
    IF(shape = 'whole', 1, spread) AS spread, IF(shape = 'whole', 1, figures) AS figures,
    IF(shape = 'whole', 'whole', first_present) AS first_present,
    IF(shape = 'whole', 'whole', last_present) AS last_present
), IF(shape = 'whole', 1, heard) AS used
FROM ({cells})
"""
ROWS_SQL = """
SELECT {keys}, camps, first_present, last_present, MIN(event_key), COUNT(*), SUM(low)::BIGINT, SUM(best)::BIGINT,
    SUM(high)::BIGINT, COUNT(*) FILTER (WHERE open), COUNT(*) FILTER (WHERE imputed),
    COUNT(*) FILTER (WHERE reaches_over), COUNT(*) FILTER (WHERE disputed), MAX(spread), SUM(used)::BIGINT,
    COUNT(*) FILTER (WHERE figures > 1)
FROM plain_cells WHERE used > 0 AND is_in_window GROUP BY ALL ORDER BY ALL
"""
#: Events with a claim that reads otherwise than in the image, and events that a period of such a claim overlaps.
CHANGED_EVENTS_SQL = """
SELECT DISTINCT event_key FROM {claims} WHERE is_quiet IS NULL AND event_key IS NOT NULL
UNION
SELECT DISTINCT claims.event_key FROM {claims} claims
JOIN (SELECT root, covers_from, covers_to FROM {claims} WHERE is_quiet IS NULL AND measure = 'period') periods
    ON periods.root = claims.root AND claims.event_first <= periods.covers_to
    AND claims.event_last >= periods.covers_from
WHERE claims.event_key IS NOT NULL
"""
WALKED = Condition(
    "(event_key IS NULL OR event_key IN (SELECT event_key FROM walked_events) "
    "OR (kind = 'casualty' AND measure <> 'incident'))",
    [],
)


class PlainRow(NamedTuple):
    """The sum of those plain cells of one row in which the same camps and statuses have a figure."""

    key: RowKey
    camps: str  # of the events' sides
    present: tuple[str, str]  # the first and the last camp and status with a figure
    sample: int  # key of one of the events
    cells: int
    low: int
    best: int
    high: int
    open_ended: int
    imputed: int
    reaches_over: int
    disputed: int
    spread: float | None
    claims: int
    sums: int  # cells that add several figures


class PlainCells:
    """The plain cells of a question."""

    def __init__(self, relevant: RelevantClaims) -> None:
        self.relevant, self.frame, self.question = relevant, relevant.frame, relevant.question
        self.selection, self.units = relevant.selection, relevant.selection.units
        question = self.question
        self.has_incidents = question.basis != "totals"
        self.dimensions = find_dimensions(question if self.has_incidents else question._replace(group_by=()), INCIDENTS)
        self.keys = ", ".join(f"d{n}" for n in range(len(self.dimensions)))
        self._make_tables()

    @staticmethod
    def can_answer(frame: Frame, question: Question) -> bool:
        """Return whether the frame has an image, and DuckDB has all dimensions of the question."""
        dimensions = () if question.basis == "totals" else find_dimensions(question, INCIDENTS)
        return frame.has_image and all(d in EVENT_COLUMNS or d in CLAIM_COLUMNS or d in DAY_PERIODS for d in dimensions)

    # Tables ----------------------------------------------------------------------------------------------------------

    def _make_tables(self) -> None:
        claims = self.frame.claims
        self.frame.fetch("CREATE TEMP TABLE walked_events (event_key INTEGER)")
        if self.frame.has_overlay:
            self.frame.fetch(f"INSERT INTO walked_events {CHANGED_EVENTS_SQL.format(claims=claims)}")
        # A relation may have replaced a claim that the filters leave out: only the walk finds which reason comes first.
        related = f"SELECT event_key FROM {claims} WHERE {self.units.sql} AND is_related AND event_key IS NOT NULL"
        self.frame.fetch(f"INSERT INTO walked_events {related}", self.units.values)
        self._make_cells()
        self.frame.fetch("INSERT INTO walked_events SELECT DISTINCT event_key FROM plain_cells WHERE shape = 'walked'")
        self.frame.fetch("DELETE FROM plain_cells WHERE event_key IN (SELECT event_key FROM walked_events)")

    def _make_cells(self) -> None:
        """Make the table of cells, in portions of events: their aggregates must fit into memory."""
        portions = (ceil(self.relevant.number / MOST_AT_ONCE) or 1) if self.has_incidents else 1
        limit = "" if self.has_incidents else " LIMIT 0"
        for number in range(portions):
            cells = self._write_cells(Condition(f"event_key % {portions} = {number}", []) if portions > 1 else EVERY)
            add = "INSERT INTO plain_cells" if number else "CREATE TEMP TABLE plain_cells AS"
            self.frame.fetch(f"{add} {cells.sql}{limit}", cells.values)

    def _write_cells(self, portion: Condition) -> Condition:
        eligible = self._write_eligible(portion)
        policy = POLICIES[self.question.policy]
        scopes = SCOPES_SQL.format(keys=self.keys, eligible=eligible.sql)
        cells = CELLS_SQL.format(
            keys=self.keys,
            scopes=scopes,
            is_whole=self._write_whole_status(),
            is_row_whole=self._write_whole(),
            hears_all="FALSE" if policy.hears or self.question.claimant else "TRUE",
            most_figures=MOST_FIGURES,
        )
        return Condition(FIGURES_SQL.format(cells=cells), eligible.values)

    def _write_whole(self) -> str:
        """Return SQL that is true of claims of the row's whole scope."""
        is_whole = self._write_whole_status()
        has_side = "subject_side" in self.dimensions or find_frame(self.question, ()).side
        return is_whole if has_side else f"camp = '' AND {is_whole}"

    def _write_whole_status(self) -> str:
        if "victim_status" in self.dimensions:
            return "TRUE"
        return f"victim_status = '{find_frame(self.question, ()).status}'"

    def _write_eligible(self, portion: Condition = EVERY) -> Condition:
        """Return SQL of the claims that the question counts, each with whether the policy hears and picks it."""
        question, policy = self.question, POLICIES[self.question.policy]
        conditions = [self.units, portion, *write_counted(self.frame, question, self.selection)]
        conditions.append(Condition("event_key IS NOT NULL AND kind = 'casualty' AND measure = 'incident'", []))
        conditions.append(Condition("filled_best IS NOT NULL", []))
        conditions += (Condition(f"{split} = 'any'", []) for split in find_unasked_splits(question))
        hearing = Condition("TRUE", [])
        if question.claimant is not None:
            hearing = Condition("claimant = ?", [question.claimant])
        elif policy.hears:
            hearing = Condition("COALESCE(stance = ?, FALSE)", [policy.hears])
        window = join_conditions([*_write_from(question.window_from), *_write_to(question.window_to)])
        over = Condition("event_last > ?", [question.window_to]) if question.window_to else Condition("FALSE", [])
        where = join_conditions(conditions)
        sql = ELIGIBLE_SQL.format(
            dimensions=", ".join(f"{self._write_dimension(d)} AS d{n}" for n, d in enumerate(self.dimensions)),
            is_in_window=window.sql,
            reaches_over=over.sql,
            is_heard=hearing.sql,
            claims=self.frame.claims,
            conditions=where.sql,
        )
        values = [*window.values, *over.values, *hearing.values, *where.values]
        if policy.picks_all:
            return Condition(f"SELECT *, is_heard AS is_used FROM ({sql})", values)
        order = ", ".join(
            f"{STATEMENT_COLUMNS[name.removeprefix('-')]} {'DESC' if name.startswith('-') else 'ASC'}"
            for name in policy.order
        )
        within = f"event_key, {self.keys}, camp, victim_status, is_heard"
        rank = f"RANK() OVER (PARTITION BY {within} ORDER BY {order})"
        return Condition(f"SELECT *, is_heard AND {rank} = 1 AS is_used FROM ({sql})", values)

    def _write_dimension(self, dimension: str) -> str:
        if dimension in DAY_PERIODS:
            first, last = (FIRST_OF_PERIOD[dimension].format(day=day) for day in ("event_first", "event_last"))
            is_precise = f"COALESCE(date_precision, 1) <= {FINEST_PRECISION[dimension]}"
            return f"CASE WHEN {is_precise} AND {first} = {last} THEN {first} END"
        return CLAIM_COLUMNS.get(dimension, dimension)

    # Rows ------------------------------------------------------------------------------------------------------------

    @property
    def walked_condition(self) -> Condition:
        """Return the condition of the claims of all other cells."""
        return WALKED

    def fetch_rows(self) -> list[PlainRow]:
        size = len(self.dimensions)
        return [self._make_row(row[:size], row[size:]) for row in self.frame.fetch(ROWS_SQL.format(keys=self.keys))]

    def _make_row(self, values: tuple[Any, ...], rest: tuple[Any, ...]) -> PlainRow:
        camps, first, last, sample, *sums, spread, claims, added = rest
        key = tuple(zip(self.dimensions, values, strict=True))
        widest = None if spread == float("inf") else spread
        return PlainRow._make((key, camps or "", (first, last), sample, *sums, widest, claims, added))

    def fetch_speakers(self) -> dict[RowKey, tuple[list[int], list[int]]]:
        """Return by row the keys of the claimants and sources of the claims used."""
        used = self._write_used()
        claimants = f"SELECT {self.keys}, LIST(DISTINCT claimant_key) FROM ({used.sql}) GROUP BY ALL"
        sources = (
            f"SELECT {self.keys}, LIST(DISTINCT source) FROM (SELECT {self.keys}, UNNEST(source_keys) AS source "
            f"FROM ({used.sql})) GROUP BY ALL"
        )
        speakers: dict[RowKey, tuple[list[int], list[int]]] = {}
        for *values, listed in self.frame.fetch(claimants, used.values):
            speakers[tuple(zip(self.dimensions, values, strict=True))] = listed, []
        for *values, listed in self.frame.fetch(sources, used.values):
            speakers[tuple(zip(self.dimensions, values, strict=True))][1].extend(listed)
        return speakers

    def fetch_earlier(self) -> tuple[int, int]:
        """Return how many cells begin before the window and reach into it, and their people."""
        start = self.question.window_from
        if not start:
            return 0, 0
        sql = "SELECT COUNT(*), COALESCE(SUM(best), 0)::BIGINT FROM plain_cells WHERE used > 0"
        ((number, people),) = self.frame.fetch(f"{sql} AND {self._reaches_in()}", [start, start])
        return number, people

    def _reaches_in(self) -> str:
        events = f"SELECT event_key FROM {self.frame.claims} WHERE event_first < ? AND event_last >= ?"
        return f"event_key IN ({events})"

    def match_silences(self, silences: list[tuple[str, str, str | None, str, str]]) -> set[tuple[Any, ...]]:
        """Return (silence, dimensions..., camps, first and last present) of plain cells on the days of a silence.

        `silences`: id, conflict, event or None, first and last day; one for each related conflict.
        """
        listed = ", ".join("(?, ?, ?, ?, ?)" for _ in silences)
        sql = f"""
            SELECT DISTINCT s.id, {self.keys}, camps, first_present, last_present FROM plain_cells
            JOIN (
                SELECT DISTINCT event_key, conflict, event, event_first, event_last FROM {self.frame.claims}
                WHERE event_key IS NOT NULL
            ) events USING (event_key)
            JOIN (VALUES {listed}) s(id, in_conflict, in_event, first, last)
            ON conflict = in_conflict AND (in_event IS NULL OR in_event = event)
            AND first <= event_last AND event_first <= last
            WHERE used > 0 AND is_in_window
        """
        return set(self.frame.fetch(sql, [value for silence in silences for value in silence]))

    def choose_widest(self, limit: int | None) -> Condition:
        """Return the condition of claims about the plain events with the widest spreads, at least `limit` (None: all).

        Events that share the last of these spreads are all among them. `count_others` counts the rest.
        """
        self.frame.fetch(
            "CREATE TEMP TABLE widest AS SELECT event_key, MAX(spread) AS spread, BOOL_OR(disputed OR spread <> 1) "
            "AS differs FROM plain_cells WHERE used > 0 AND is_in_window GROUP BY event_key"
        )
        first = "" if limit is None else f"LIMIT {limit:d}"
        last = f"SELECT MIN(spread) FROM (SELECT spread FROM widest WHERE differs ORDER BY spread DESC {first})"
        chosen = f"SELECT event_key FROM widest WHERE differs AND spread >= ({last})"
        self.frame.fetch(f"CREATE TEMP TABLE chosen_events AS {chosen}")
        return Condition("event_key IN (SELECT event_key FROM chosen_events)", [])

    def count_others(self) -> tuple[int, int]:
        """Return how many plain events `choose_widest` left out: with a difference between claims, and in all."""
        sql = "SELECT COUNT(*) FILTER (WHERE differs), COUNT(*) FROM widest ANTI JOIN chosen_events USING (event_key)"
        ((differing, compared),) = self.frame.fetch(sql)
        return differing, compared

    def name_events(self, keys: Iterable[int]) -> dict[int, str]:
        listed = ", ".join(str(int(key)) for key in keys)
        sql = f"SELECT DISTINCT event_key, event FROM {self.frame.claims} WHERE event_key IN ({listed})"
        return dict(self.frame.fetch(sql)) if listed else {}

    # Claims ----------------------------------------------------------------------------------------------------------

    def _write_used(self) -> Condition:
        """Return SQL of the claims used within the window."""
        eligible = self._write_eligible()
        wholes = f"SELECT event_key, {self.keys} FROM plain_cells WHERE shape = 'whole'"
        joined = " AND ".join(f"e.d{n} IS NOT DISTINCT FROM w.d{n}" for n in range(len(self.dimensions)))
        return Condition(
            f"SELECT e.* FROM ({eligible.sql}) e LEFT JOIN ({wholes}) w ON e.event_key = w.event_key AND {joined} "
            f"WHERE e.is_in_window AND e.event_key NOT IN (SELECT event_key FROM walked_events) "
            f"AND IF(w.event_key IS NULL, e.is_used, {self._write_whole().replace('camp', 'e.camp')})",
            eligible.values,
        )

    def fetch_used(self, key: RowKey) -> list[str]:
        """Return the ids of the claims that the plain cells of a row use."""
        used = self._write_used()
        named = " AND ".join(f"d{n} IS NOT DISTINCT FROM ?" for n in range(len(self.dimensions)))
        sql = f"SELECT slug FROM ({used.sql}) WHERE {named}"
        return [slug for (slug,) in self.frame.fetch(sql, [*used.values, *(value for _, value in key)])]

    def count_excluded(self) -> dict[str, int]:
        """Return how many claims that are not walked are not used, by reason."""
        excluded = self._write_excluded()
        sql = f"SELECT reason, COUNT(*) FROM ({excluded.sql}) GROUP BY reason"
        counts = Counter(dict(self.frame.fetch(sql, excluded.values))) + self.relevant.count_excluded()
        return {reason: number for reason, number in counts.items() if number}

    def fetch_excluded(self, reason: str) -> list[str]:
        """Return the ids of the claims that are not walked, and not used for this reason."""
        excluded = self._write_excluded()
        sql = f"SELECT slug FROM ({excluded.sql}) WHERE reason = ?"
        found = [slug for (slug,) in self.frame.fetch(sql, [*excluded.values, reason])]
        return found + self.relevant.fetch_excluded(reason)

    def _write_excluded(self) -> Condition:
        """Return SQL of the claims about plain events that are not used, each with the reason."""
        aside, eligible = self._write_aside(), self._write_eligible()
        wholes = f"SELECT event_key, {self.keys} FROM plain_cells WHERE shape = 'whole'"
        joined = " AND ".join(f"e.d{n} IS NOT DISTINCT FROM w.d{n}" for n in range(len(self.dimensions)))
        start = self.question.window_from or ""
        reaching = self._reaches_in() if start else "FALSE"
        whole = self._write_whole().replace("camp", "e.camp")
        within = f"""
            SELECT slug, CASE
                WHEN w.event_key IS NOT NULL AND NOT ({whole}) THEN 'included_in'
                WHEN w.event_key IS NULL AND NOT e.is_used THEN 'not_picked'
                WHEN NOT e.is_in_window AND e.{reaching} THEN 'began_before'
                WHEN NOT e.is_in_window THEN 'filtered'
            END AS reason
            FROM ({eligible.sql}) e LEFT JOIN ({wholes}) w ON e.event_key = w.event_key AND {joined}
            WHERE e.event_key NOT IN (SELECT event_key FROM walked_events)
        """.replace("e.FALSE", "FALSE")
        values = [*aside.values, *([start, start] if start else []), *eligible.values]
        both = f"{aside.sql} UNION ALL {within}" if self.has_incidents else aside.sql
        if not self.has_incidents:
            values = aside.values
        return Condition(f"SELECT slug, reason FROM ({both}) WHERE reason IS NOT NULL", values)

    def _write_aside(self) -> Condition:
        """Return SQL of the claims about plain events, each with why the question does not count it; null: it does."""
        reason = write_reason(self.frame, self.question, self.selection)
        where = f"{self.units.sql} AND NOT ({WALKED.sql})"
        return Condition(
            f"SELECT slug, {reason.sql} AS reason FROM {self.frame.claims} WHERE {where}",
            [*reason.values, *self.units.values],
        )


def _write_from(day: str | None) -> Iterable[Condition]:
    return [Condition("event_first >= ?", [day])] if day else []


def _write_to(day: str | None) -> Iterable[Condition]:
    return [Condition("event_first <= ?", [day])] if day else []
