"""People whom an answer may count twice: units of two recorders in one war on one day, and look-alikes of one recorder.

A recorder that enters two events has distinguished them, unless they look alike. Nobody has distinguished an event of
one dataset from an event of another, or of an editor. DuckDB pairs events by days and places, and `likely_wars`
compares names. Look-alikes are scored like those of `flask duplicates`. The relation `distinct_from` of an editor ends
either warning.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import orjson

from api.database.statements import select_rows
from api.deduplication.candidates import score_events
from api.evidence.frame import Frame
from api.reconciling.reconciled_answer import TOTALS, Answer, DoubleCount, Row, Share
from api.reconciling.record import World
from api.statistics.counted_units import SPLITS, make_table, make_tables, read_datasets
from api.statistics.likely_wars import Party, find_pairs, make_wars
from api.statistics.plain_cells import PlainCells
from schemas.fields import NONE

DATASETS_ADDED, POSSIBLE_DUPLICATES, SAME_WAR = "datasets_added", "possible_duplicates", "same_war"
LONG_UNIT_DAYS = 31  # days, beyond which a unit is paired by months
MOST_MONTHS = 600  # of one unit that are paired
MOST_PAIRS = 2_000_000  # of units of two recorders that are compared
MOST_SCORED = 100  # pairs of one recorder, those of most people first
LEAST_SCORE = 90  # of `flask duplicates`
LEAST_SHARE = 0.56  # of the higher figure: a lower one leaves no score of 90
NEAR_KM, FAR_KM = 25, 50  # kilometres; UCDP's where_prec 2 is within 25 km of the place named
BAND_DEGREES = 0.25  # degrees of latitude: a little more than NEAR_KM
GROUNDS = ("conflict", "place", "country", "name")  # the strongest first


def find_double_counts(frame: Frame, answer: Answer, plain: PlainCells | None = None) -> tuple[DoubleCount, ...]:
    """Return what the rows of an answer may count twice. `plain`: the cells that were not walked."""
    has_datasets = bool(select_rows("SELECT 1 FROM external WHERE noun IN ('events', 'claims') LIMIT 1"))
    units, recorders = make_tables(frame, answer, plain)
    double_counts: list[DoubleCount] = []
    if units > 1:
        _make_apart(frame)
        if has_datasets and recorders > 1:
            double_counts += _find_added(frame, answer.world)
        double_counts += _find_look_alikes(frame)
    if has_datasets:
        double_counts += _find_same_wars(answer)
    return tuple(double_counts)


def _make_apart(frame: Frame) -> None:
    """Make a table of the pairs of events, or claims of periods, that an editor marked as distinct."""
    apart = select_rows(
        "SELECT COALESCE(event.slug, claim.slug), COALESCE(other.slug, target.slug) FROM relation "
        "JOIN claim ON claim.id = relation.claim_id LEFT JOIN event ON event.id = claim.event_id "
        "JOIN claim target ON target.id = relation.target_id LEFT JOIN event other ON other.id = target.event_id "
        "WHERE relation.kind = 'distinct_from' AND relation.status = 'active'"
    )
    pairs = sorted({tuple(sorted(pair)) for pair in apart})
    make_table(frame, "apart", {"one": "VARCHAR", "other": "VARCHAR"}, pairs)


SAME_DAYS = "a.first <= b.last AND b.first <= a.last"
SAME_STATUSES = (
    "(LIST_CONTAINS(a.statuses, 'any') OR LIST_CONTAINS(b.statuses, 'any') OR LIST_HAS_ANY(a.statuses, b.statuses))"
)
SAME_CAMPS = "(LIST_CONTAINS(a.camps, '') OR LIST_CONTAINS(b.camps, '') OR LIST_HAS_ANY(a.camps, b.camps))"


# Two recorders -------------------------------------------------------------------------------------------------------


def _find_added(frame: Frame, world: World) -> list[DoubleCount]:
    _add_countries_and_wars(frame, world)
    _make_keys(frame)
    is_least = _choose_buckets(frame)
    _make_matches(frame)
    matches = frame.fetch(
        "SELECT one, other, ARG_MIN([a_id, b_id], (-LEAST(a_best, b_best), a_id, b_id)), "
        f"COUNT(DISTINCT (a_id, b_id)), {', '.join(f'BOOL_OR(by_{ground})' for ground in GROUNDS)} "
        "FROM matches GROUP BY one, other ORDER BY one, other"
    )
    shares = {"one": _read_shares(frame, "one"), "other": _read_shares(frame, "other")}
    return [
        DoubleCount(
            code=DATASETS_ADDED,
            shares=tuple(shares[name][first_recorder, second_recorder] for name in ("one", "other")),
            grounds=tuple(ground for ground, is_met in zip(GROUNDS, grounds, strict=True) if is_met),
            examples=(tuple(ids),),
            number=number,
            is_least=is_least,
        )
        for first_recorder, second_recorder, ids, number, *grounds in matches
    ]


def _read_shares(frame: Frame, name: str) -> dict[tuple[str, str], Share]:
    """Return by pair of recorders the matching figures of the first (`name` is `one`) or of the second (`other`)."""
    prefix = "a" if name == "one" else "b"
    # A figure may match several times; with rows that overlap it is in several rows.
    each = (
        f"SELECT DISTINCT one, other, {prefix}_id AS id, {prefix}_event AS event, {prefix}_best AS best, harm, row_key "
        "FROM matches"
    )
    people: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for first_recorder, second_recorder, harm, best in frame.fetch(
        f"SELECT one, other, harm, SUM(best)::BIGINT FROM ({each}) GROUP BY ALL ORDER BY ALL"
    ):
        people[first_recorder, second_recorder].append((harm, best))
    units = frame.fetch(
        "SELECT one, other, COUNT(DISTINCT event), COUNT(DISTINCT id) FILTER (event IS NULL) "
        f"FROM ({each}) GROUP BY one, other"
    )
    return {
        (first_recorder, second_recorder): Share(
            tuple((first_recorder if name == "one" else second_recorder).split(";")),
            events,
            periods,
            tuple(people[first_recorder, second_recorder]),
        )
        for first_recorder, second_recorder, events, periods in units
    }


def _add_countries_and_wars(frame: Frame, world: World) -> None:
    """Make the table `paired_units`: units with the countries of their conflict, and the numbers of likely wars."""
    conflicts = [conflict for (conflict,) in frame.fetch("SELECT DISTINCT conflict FROM counted_units ORDER BY 1")]
    states = _read_states()
    countries = {c: next((states[near] for near in world.find_ancestry(c) if near in states), ()) for c in conflicts}
    ((has_unplaced,),) = frame.fetch("SELECT COUNT(*) > 0 FROM counted_units WHERE country IS NULL")
    wars: dict[str, list[int]] = defaultdict(list)
    for number, pair in enumerate(_find_likely_wars(frame, world, conflicts) if has_unplaced else ()):
        for conflict in pair:
            wars[conflict].append(number)
    facts = [(c, ";".join(countries[c]), ";".join(map(str, wars[c]))) for c in conflicts]
    make_table(frame, "conflict_facts", dict.fromkeys(("conflict", "countries", "wars"), "VARCHAR"), facts)
    split = "LIST_FILTER(STRING_SPLIT({}, ';'), lambda word: word <> '')"
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE paired_units AS SELECT counted_units.*, "
        f"CASE WHEN country IS NULL THEN {split.format('countries')} ELSE [country] END AS countries, "
        f"{split.format('wars')} AS wars FROM counted_units JOIN conflict_facts USING (conflict)"
    )


def _read_states() -> dict[str, tuple[str, ...]]:
    """Return by conflict the countries of the states among its sides."""
    state_rows = select_rows(
        "SELECT conflict.slug, side.country FROM conflict_side "
        "JOIN conflict ON conflict.id = conflict_side.conflict_id "
        "JOIN side ON side.id = conflict_side.side_id WHERE side.country IS NOT NULL"
    )
    states: dict[str, set[str]] = defaultdict(set)
    for conflict, country in state_rows:
        states[conflict].add(country)
    return {conflict: tuple(sorted(countries)) for conflict, countries in states.items()}


def _find_likely_wars(frame: Frame, world: World, conflicts: list[str]) -> list[tuple[str, str]]:
    involved: dict[str, set[str]] = {conflict: set(world.find_parties(conflict)) for conflict in conflicts}
    for conflict, sides in frame.fetch("SELECT DISTINCT conflict, sides FROM counted_figures"):
        involved[conflict].update(side for side in (sides or "").split(";") if side)
    return _compare_wars(world, involved)


def _compare_wars(world: World, involved: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Return the pairs of these conflicts that may be one war. `involved`: by conflict its sides."""
    roots = {conflict: world.find_ancestry(conflict)[-1] for conflict in involved}
    if len(set(roots.values())) < 2:
        return []
    names = dict(select_rows("SELECT slug, name FROM conflict"))
    parties = {
        slug: Party(slug, (name, *orjson.loads(aliases or "[]")))
        for slug, name, aliases in select_rows("SELECT slug, name, aliases FROM side")
    }
    return find_pairs(make_wars(roots, names, involved, parties))


def _make_keys(frame: Frame) -> None:
    """Make the tables `left_keys` and `right_keys`: units meet only where they share a bucket of days and a block.

    Long units are on the left by their months, and all units on the right; two short ones meet by days.
    """
    first, last = "first::DATE", f"LEAST(last::DATE, first::DATE + INTERVAL {MOST_MONTHS} MONTH)::DATE"
    days = f"LIST_TRANSFORM(GENERATE_SERIES({first}, {last}, INTERVAL 1 DAY), lambda day: STRFTIME(day, '%Y-%m-%d'))"
    months = (
        f"LIST_TRANSFORM(GENERATE_SERIES(DATE_TRUNC('month', {first}), {last}, INTERVAL 1 MONTH), "
        "lambda day: STRFTIME(day, '%Y-%m'))"
    )
    is_short = f"last::DATE - first::DATE <= {LONG_UNIT_DAYS}"
    ((has_long,),) = frame.fetch(f"SELECT COUNT(*) > 0 FROM paired_units WHERE NOT ({is_short})")
    ((has_unplaced,),) = frame.fetch("SELECT COUNT(*) > 0 FROM paired_units WHERE country IS NULL")
    buckets = {
        "left": f"CASE WHEN {is_short} THEN {days} ELSE {months} END",
        "right": f"CASE WHEN {is_short} THEN {days} ELSE [] END" + (f" || {months}" if has_long else ""),
    }
    for side, bucket in buckets.items():
        frame.fetch(
            f"CREATE OR REPLACE TEMP TABLE {side}_keys AS SELECT n, recorder, bucket, "
            f"HASH(bucket, UNNEST({_write_blocks(side, has_unplaced)})) AS key "
            f"FROM (SELECT *, UNNEST({bucket}) AS bucket FROM paired_units)"
        )


def _write_blocks(side: str, has_unplaced: bool) -> str:
    """Return SQL of the blocks of a unit. Names of places are needed only where a unit has no country."""
    band = f"FLOOR(latitude / {BAND_DEGREES})::INT"
    bands = [band] if side == "left" else [f"{band} - 1", band, f"{band} + 1"]
    listed = ", ".join(f"'band ' || ({number})" for number in bands)
    blocks = [
        "['root ' || root]",
        "LIST_TRANSFORM(countries, lambda word: 'country ' || word)",
        f"CASE WHEN {_write_is_precise('')} THEN [{listed}] ELSE [] END",
    ]
    if has_unplaced:
        blocks += [
            "LIST_TRANSFORM(wars, lambda word: 'war ' || word)",
            "CASE WHEN place IS NULL THEN [] ELSE ['place ' || place] END",
            "CASE WHEN admin1 IS NULL THEN [] ELSE ['admin1 ' || admin1] END",
        ]
    return " || ".join(blocks)


def _write_is_precise(unit: str) -> str:
    return f"({unit}place_precision IN (1, 2) AND {unit}latitude IS NOT NULL AND {unit}longitude IS NOT NULL)"


def _choose_buckets(frame: Frame) -> bool:
    """Make the table `chosen_keys` of the keys at which recorders meet, the first days first.

    Return whether keys are left out: the numbers of a warning are then minimums.
    """
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE chosen_keys AS SELECT key, bucket, SUM(pairs) AS pairs FROM ("
        "SELECT l.key, l.bucket, l.number * r.number AS pairs FROM "
        "(SELECT key, bucket, recorder, COUNT(*) AS number FROM left_keys GROUP BY ALL) l JOIN "
        "(SELECT key, recorder, COUNT(*) AS number FROM right_keys GROUP BY ALL) r "
        "ON l.key = r.key AND l.recorder <> r.recorder) GROUP BY key, bucket"
    )
    ((pairs,),) = frame.fetch("SELECT COALESCE(SUM(pairs), 0)::BIGINT FROM chosen_keys")
    if pairs <= MOST_PAIRS:
        return False
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE chosen_keys AS SELECT * FROM (SELECT *, SUM(pairs) OVER (ORDER BY bucket, key) "
        f"AS so_far FROM chosen_keys) WHERE so_far <= {MOST_PAIRS}"
    )
    return True


def _make_matches(frame: Frame) -> None:
    """Make the table `matches` of the units that may be about the same deaths; units are numbered by recorder."""
    distance = (
        "CASE WHEN {a} AND {b} THEN 12742 * ASIN(SQRT(POW(SIN(RADIANS(b.latitude - a.latitude) / 2), 2) + "
        "COS(RADIANS(a.latitude)) * COS(RADIANS(b.latitude)) "
        "* POW(SIN(RADIANS(b.longitude - a.longitude) / 2), 2))) END"
    ).format(a=_write_is_precise("a."), b=_write_is_precise("b."))
    unplaced = "(a.country IS NULL OR b.country IS NULL)"
    grounds = {
        "conflict": "a.root = b.root",
        "place": f"COALESCE({distance} <= {NEAR_KM}, FALSE) OR "
        f"({unplaced} AND (COALESCE(a.place = b.place, FALSE) OR COALESCE(a.admin1 = b.admin1, FALSE)))",
        "country": "LIST_HAS_ANY(a.countries, b.countries)",
        "name": f"{unplaced} AND LIST_HAS_ANY(a.wars, b.wars)",
    }
    listed = ", ".join(f"({sql}) AS by_{ground}" for ground, sql in grounds.items())
    # Three steps, and conditions as columns: in one statement DuckDB joins all units of a harm first.
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE pairs AS SELECT DISTINCT LEAST(l.n, r.n) AS a_n, GREATEST(l.n, r.n) AS b_n "
        "FROM (FROM left_keys SEMI JOIN chosen_keys USING (key)) l JOIN right_keys r "
        "ON l.key = r.key AND l.recorder <> r.recorder"
    )
    frame.fetch(
        f"CREATE OR REPLACE TEMP TABLE compared AS SELECT a_n, b_n, {listed}, "
        f"{SAME_DAYS} AND COALESCE(a.family = b.family, TRUE) AND COALESCE({distance} <= {FAR_KM}, TRUE) "
        "AND NOT LIST_HAS_ANY(STRING_SPLIT(a.recorder, ';'), STRING_SPLIT(b.recorder, ';')) AS is_possible, "
        "a.id AS a_id, b.id AS b_id, a.event AS a_event, b.event AS b_event, a.recorder AS one, b.recorder AS other "
        "FROM pairs JOIN paired_units a ON a.n = a_n JOIN paired_units b ON b.n = b_n"
    )
    frame.fetch("DELETE FROM compared WHERE NOT is_possible OR NOT (by_conflict OR by_place OR by_country OR by_name)")
    _remove_apart(frame, "compared")
    # Sides of conflicts that nothing relates may be one side under two names.
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE matches AS SELECT a.*, a.best AS a_best, b.best AS b_best FROM "
        f"{_join_figures(frame, 'compared')} WHERE {SAME_STATUSES} AND (NOT by_conflict OR {SAME_CAMPS})"
    )


def _join_figures(frame: Frame, pairs: str) -> str:
    """Return FROM-able SQL of a table of pairs with the figures `a` and `b` of one harm, in rows that add up."""
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE first_figures AS SELECT pairs.*, harm, row_key, camps, statuses, best "
        f"FROM {pairs} pairs JOIN counted_figures ON id = a_id"
    )
    return "first_figures a JOIN counted_figures b ON b.id = a.b_id AND b.harm = a.harm AND b.row_key = a.row_key"


def _remove_apart(frame: Frame, table: str) -> None:
    frame.fetch(
        f"DELETE FROM {table} WHERE (LEAST(a_id, b_id), GREATEST(a_id, b_id)) IN (SELECT (one, other) FROM apart)"
    )


# One recorder --------------------------------------------------------------------------------------------------------


def _find_look_alikes(frame: Frame) -> list[DoubleCount]:
    """Return by recorder the events of one conflict and day that look like one event entered twice."""
    frame.fetch(
        "CREATE OR REPLACE TEMP TABLE neighbours AS SELECT LEAST(a.event, b.event) AS a_id, "
        "GREATEST(a.event, b.event) AS b_id, a.recorder FROM counted_units b JOIN ("
        "SELECT *, UNNEST(CASE WHEN last > first THEN [first, STRFTIME(first::DATE + INTERVAL 1 DAY, '%Y-%m-%d')] "
        "ELSE [first] END) AS day FROM counted_units WHERE event IS NOT NULL) a "
        "ON b.first = a.day AND b.root = a.root AND b.recorder = a.recorder "
        "AND (a.event < b.event OR (a.first < b.first AND a.event > b.event)) WHERE b.event IS NOT NULL"
    )
    _remove_apart(frame, "neighbours")
    pairs = frame.fetch(
        "SELECT a_id, b_id, MIN(recorder), MAX(LEAST(a.best, b.best)) AS people "
        f"FROM {_join_figures(frame, 'neighbours')} WHERE a.best > 0 AND {SAME_CAMPS} AND {SAME_STATUSES} "
        f"AND LEAST(a.best, b.best) >= {LEAST_SHARE} * GREATEST(a.best, b.best) "
        f"GROUP BY a_id, b_id ORDER BY people DESC, a_id, b_id LIMIT {MOST_SCORED + 1}"
    )
    compared = pairs[:MOST_SCORED]
    scores = score_events([(first_event, second_event) for first_event, second_event, *_ in compared])
    by_recorder: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for first_event, second_event, recorder, people in compared:
        score = scores.get((first_event, second_event), 0)
        if score >= LEAST_SCORE:
            by_recorder[recorder].append((-score, -people, first_event, second_event))
    return [
        _make_look_alikes(frame, recorder, sorted(alike), len(pairs) > MOST_SCORED)
        for recorder, alike in sorted(by_recorder.items(), key=lambda item: (item[0] == NONE, item[0]))
    ]


def _make_look_alikes(
    frame: Frame, recorder: str, alike: list[tuple[int, int, str, str]], is_least: bool
) -> DoubleCount:
    events = sorted({event for *_, first_event, second_event in alike for event in (first_event, second_event)})
    people = frame.fetch(
        "SELECT harm, SUM(best)::BIGINT FROM counted_figures "
        "WHERE event IN (SELECT UNNEST(FROM_JSON(?::JSON, '[\"VARCHAR\"]'))) GROUP BY harm ORDER BY harm",
        [orjson.dumps(events).decode()],
    )
    score, _, first_event, second_event = alike[0]
    return DoubleCount(
        code=POSSIBLE_DUPLICATES,
        shares=(Share((recorder,), len(events), 0, tuple(people)),),
        grounds=(),
        examples=((first_event, second_event),),
        number=len(alike),
        is_least=is_least,
        score=-score,
    )


# Totals --------------------------------------------------------------------------------------------------------------


def _find_same_wars(answer: Answer) -> list[DoubleCount]:
    """Return the pairs of conflicts, each with totals of another recorder, whose names or sides are alike."""
    totals = [row for row in answer.rows if row.basis == TOTALS]
    conflicts = sorted({dict(row.key)["conflict"] or "" for row in totals})
    if len(conflicts) < 2:
        return []
    datasets = read_datasets(claim for row in totals for claim in row.claims)
    likely = set(_compare_wars(answer.world, {c: set(answer.world.find_parties(c)) for c in conflicts}))
    shares_by_pair: dict[tuple[str, str], dict[str, Share]] = {}
    for row_a, row_b in combinations(totals, 2):
        first, second = sorted((row_a, row_b), key=lambda row: dict(row.key)["conflict"] or "")
        pair = dict(first.key)["conflict"] or "", dict(second.key)["conflict"] or ""
        if pair in likely and pair not in shares_by_pair and _match_totals(answer.world, first, second):
            recorders = [tuple(sorted({datasets.get(c, NONE) for c in row.claims})) for row in (first, second)]
            if set(recorders[0]).isdisjoint(recorders[1]):
                harm = dict(first.key)["harm"] or ""
                shares = [
                    Share(r, 0, 0, ((harm, row.best),)) for r, row in zip(recorders, (first, second), strict=True)
                ]
                shares_by_pair[pair] = dict(zip(pair, shares, strict=True))
    return [
        DoubleCount(SAME_WAR, tuple(shares[c] for c in pair), ("name",), (pair,), 1, False, basis=TOTALS)
        for pair, shares in sorted(shares_by_pair.items())
    ]


def _match_totals(world: World, first_row: Row, second_row: Row) -> bool:
    """Return whether two rows have the same harm, perpetrator, status, sex and age, and conflicts that share days."""
    first, second = dict(first_row.key), dict(second_row.key)
    conflicts = first["conflict"] or "", second["conflict"] or ""
    days = [(world.started_on(c), world.ended_on(c)) for c in conflicts]
    is_same = all(first.get(name) == second.get(name) for name in ("harm", *sorted(SPLITS - {"subject_side"})))
    return is_same and days[0][0] <= days[1][1] and days[1][0] <= days[0][1]
