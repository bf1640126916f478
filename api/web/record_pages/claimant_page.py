"""The page of a claimant: what it claims, how it revised itself, and its figures beside those of the sides."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from api.history.revisions import current_revision
from api.listings import claims, query, relations
from api.listings.references import by_id, cached_references
from api.reconciling.reconciled_answer import TOTALS
from api.reconciling.record import INCIDENT, RUNNING, UnanswerableError
from api.statistics.casualties import name_keys
from api.statistics.own_comparison import Comparison, compare_with_own
from api.v1.shared.figure_json import round_spread
from api.web.record_pages.addresses import data_address
from api.web.record_pages.claim_page import RELATED_FIELDS
from api.web.record_pages.listed import Listed, list_claims
from api.web.record_pages.page_statistics import ask_counts, ask_series
from api.web.record_pages.step_lines import draw_steps
from schemas.vocabularies import HARM

Record = dict[str, Any]
MOST_COMPARED = 1000  # claims of single events of a claimant whose events are compared
MOST_EVENTS = 100
MOST_CONFLICTS = 3  # whose running totals are drawn and compared
MOST_SERIES = 12  # drawn on one page
NEWEST_POINTS = 12  # rows of one series in its table, with every fall and change of definition
MOST_SOURCES = 50


def build_claimant_page(claimant: Record, newer: Record | None, language: str) -> Record:
    slug = claimant["id"]
    counts = ask_counts(claimant=slug, kind="casualty", group_by="conflict,measure,subject_side").rows
    conflicts = _find_running(counts)
    series = _list_series(slug, conflicts)
    comparison = _compare(claimant, counts, conflicts)
    return {
        "title": claimant["name"],
        "claims": list_claims({"claimant": (slug,)}),
        "subjects": _count_subjects(counts),
        "sources": _list_sources(slug),
        "replaced": _list_replaced(slug),
        "series": series[:MOST_SERIES],
        "series_left": max(0, len(series) - MOST_SERIES),
        "series_addresses": [
            (conflict, data_address("statistics/series", conflict=conflict["id"], claimant=slug))
            for conflict in conflicts
        ],
        "own_side": claimant["side"],
        **comparison,
    }


def _find_running(counts: Iterable[Record]) -> list[Record]:
    """Return the conflicts of which the claimant gives most running totals."""
    conflicts = {row["conflict"]["id"]: row["conflict"] for row in counts}
    numbers: Counter[str] = Counter()
    for row in counts:
        if row["measure"] in RUNNING:
            numbers[row["conflict"]["id"]] += row["claims"]
    return [conflicts[slug] for slug, _ in numbers.most_common(MOST_CONFLICTS)]


def _count_subjects(counts: Iterable[Record]) -> list[tuple[Record, int]]:
    """Return whose losses the claimant states, and in how many claims."""
    sides = {row["subject_side"]["id"]: row["subject_side"] for row in counts}
    numbers: Counter[str] = Counter()
    for row in counts:
        numbers[row["subject_side"]["id"]] += row["claims"]
    return [(sides[slug], number) for slug, number in numbers.most_common()]


def _list_sources(slug: str) -> Listed:
    """Return the sources that carry the claims, those with the most first, each with its number of claims."""
    answer = ask_counts(claimant=slug, group_by="source")
    rows = sorted(answer.rows, key=lambda row: (-row["claims"], row["source"]["id"]))
    return Listed(rows[:MOST_SOURCES], len(rows), answer.address, None)


def _list_replaced(slug: str) -> list[Record]:
    """Return the claims that the claimant replaced by a relation, each with its newer claim, the newest first."""
    old = list_claims({"claimant": (slug,), "status": ("superseded",)}).records
    if not old:
        return []
    bound = query.bind_question(
        relations.LISTING, {"target": tuple(claim["id"] for claim in old), "kind": ("supersedes",)}
    )
    newer_ids = {r["target"]: r["claim"] for r in query.read_page(relations.LISTING, bound).records}
    newer = claims.read_fields(newer_ids.values(), RELATED_FIELDS) if newer_ids else {}
    return [{"old": claim, "new": newer.get(newer_ids.get(claim["id"], ""))} for claim in old]


def _list_series(claimant: str, conflicts: Iterable[Record]) -> list[Record]:
    """Return the running totals of the conflicts with their steps drawn, deaths first. A single figure is no series."""
    listed = [
        _describe_series(series, answer.address) | {"conflict": conflict}
        for conflict in conflicts
        for answer in [ask_series(conflict=conflict["id"], claimant=claimant)]
        for series in answer.rows
        if len(series["points"]) > 1
    ]
    return sorted(listed, key=lambda series: list(HARM).index(series["harm"]))


def _describe_series(series: Record, address: str) -> Record:
    points = series["points"]
    shown = [p for p in points[:-NEWEST_POINTS] if p["revision"] or p["breaks"]] + points[-NEWEST_POINTS:]
    return {**series, "address": address, "drawing": draw_steps(points), "shown": shown}


def _compare(claimant: Record, counts: Iterable[Record], running: Iterable[Record]) -> Record:
    """Return the claimant's figures about other sides beside their own, and whether those of events are compared."""
    slug, own = claimant["id"], claimant["side"] and claimant["side"]["id"]
    others = [row for row in counts if row["subject_side"]["id"] not in (own, "all")]
    spoken_of = {row["conflict"]["id"] for row in others}
    conflicts = tuple(sorted(conflict["id"] for conflict in running if conflict["id"] in spoken_of))
    are_few = sum(row["claims"] for row in others if row["measure"] == INCIDENT) <= MOST_COMPARED
    try:
        comparisons = compare_with_own(slug, _find_events(slug, others) if are_few else (), conflicts)
    except UnanswerableError:
        comparisons = []
    names = name_keys([comparison.figure for comparison in comparisons])
    written = [_write_comparison(comparison, names) for comparison in comparisons]
    return {"comparisons": written, "are_events_compared": are_few}


def _find_events(slug: str, others: Iterable[Record]) -> tuple[str, ...]:
    """Return the first events of which the claimant states losses of other sides."""
    sides = tuple(sorted({row["subject_side"]["id"] for row in others if row["measure"] == INCIDENT}))
    if not sides:
        return ()
    filters = {"claimant": (slug,), "subject_side": sides, "measure": (INCIDENT,)}
    bound = query.bind_question(claims.LISTING, filters)
    page = query.read_page(claims.LISTING, bound, fields=("id", "event"), limit=MOST_COMPARED)
    return tuple(sorted({claim["event"]["id"] for claim in page.records}))[:MOST_EVENTS]


def _write_comparison(comparison: Comparison, names: dict[tuple[str, str], str]) -> Record:
    key, of = comparison.key, "conflict" if comparison.basis == TOTALS else "event"
    sides = by_id(cached_references(current_revision()).sides)
    unit, side = key.get(of), key["subject_side"] or ""
    return {
        "basis": comparison.basis,
        "of": f"{of}s",
        "unit": unit and {"id": unit, "name": names.get((of, unit), unit)},
        "side": sides.get(side, {"id": side, "name": side}),
        "harm": key["harm"],
        "measure": key.get("measure"),
        "figure": comparison.figure._asdict(),
        "own": comparison.own and comparison.own._asdict(),
        "ratio": round_spread(comparison.ratio.value),
        "reason": comparison.ratio.reason,
        "stated": comparison.last_stated,
        "own_stated": comparison.own_last_stated,
    }
