"""The page of a claimant: what it claims, how it revised itself, and its figures beside those of the sides."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from api.history.revisions import current_revision
from api.listings import claims, query, relations
from api.listings.references import by_id, cached_references
from api.reconciling.reconcile import TOTALS
from api.reconciling.record import UnanswerableError
from api.statistics.casualties import name_keys
from api.statistics.own_comparison import Comparison, compare_with_own
from api.v1.shared.figure_json import round_spread
from api.web.record_pages.addresses import data_address
from api.web.record_pages.claim_page import RELATED_FIELDS
from api.web.record_pages.listed import list_claims
from api.web.record_pages.statistic_requests import Statistic, ask_series
from api.web.record_pages.step_lines import draw_steps

Record = dict[str, Any]
MOST_COMPARED = 1000  # claims of a claimant that is compared
MOST_EVENTS = 100
MOST_SERIES = 3  # conflicts whose running totals are drawn
MOST_POINTS = 50  # rows of one series in its table
SUMMARY_FIELDS = ("conflict", "event", "measure", "subject_side", "claimant_side", "kind", "sources")


def build_claimant_page(claimant: Record, newer: Record | None) -> Record:
    slug = claimant["id"]
    listed = list_claims({"claimant": (slug,)})
    summary = _summarise_claims(slug) if listed.total <= MOST_COMPARED else []
    return {
        "title": claimant["name"],
        "claims": listed,
        "subjects": _count_subjects(summary),
        "sources": _count_sources(summary),
        "replaced": _list_replaced(slug),
        "series": _draw_series(slug, summary),
        "comparisons": _compare(slug, summary),
        "is_compared": listed.total <= MOST_COMPARED,
        "own_side": claimant["side"],
        "csv": data_address("claims.csv", claimant=slug),
    }


def _summarise_claims(slug: str) -> list[Record]:
    bound = query.bind_question(claims.LISTING, {"claimant": (slug,)})
    return query.read_page(claims.LISTING, bound, fields=("id", *SUMMARY_FIELDS), limit=MOST_COMPARED).records


def _count_subjects(summary: Iterable[Record]) -> list[tuple[str, str | None, int]]:
    """Return whose losses the claimant states, and how often: name, id of the side, claims."""
    counts = Counter(
        (claim["subject_side"]["name"], claim["subject_side"]["id"]) if claim["subject_side"] else ("All sides", None)
        for claim in summary
    )
    return [(name, side, number) for (name, side), number in counts.most_common()]


def _count_sources(summary: Iterable[Record]) -> list[tuple[Record, int]]:
    """Return the sources that carry the claims, those with the most first."""
    names = {source["id"]: source for claim in summary for source in claim["sources"]}
    counts = Counter(source["id"] for claim in summary for source in claim["sources"])
    return [(names[slug], number) for slug, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


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


def _draw_series(claimant: str, summary: list[Record]) -> list[Record]:
    """Return the running totals of the conflicts with most of them, each with its steps drawn."""
    running = Counter(c["conflict"]["id"] for c in summary if c["kind"] == "casualty" and not c["event"])
    drawn: list[Record] = []
    for conflict in [slug for slug, number in running.most_common(MOST_SERIES) if number > 1]:
        answer: Statistic = ask_series(conflict=conflict, claimant=claimant)
        for series in answer.rows:
            if len(series["points"]) > 1:
                drawn.append(_describe_series(series, answer.address))
    return drawn


def _describe_series(series: Record, address: str) -> Record:
    revised = [point for point in series["points"] if point["revision"] or point["breaks"]]
    return {
        **series,
        "address": address,
        "drawing": draw_steps(series["points"]),
        "shown": series["points"][-MOST_POINTS:],
        "revised": revised,
    }


def _compare(slug: str, summary: list[Record]) -> list[Record]:
    """Return the claimant's figures about other sides beside those of these sides, with names."""
    stated = [claim for claim in summary if claim["kind"] == "casualty" and claim["subject_side"]]
    others = [c for c in stated if not c["claimant_side"] or c["claimant_side"]["id"] != c["subject_side"]["id"]]
    events = tuple(sorted({claim["event"]["id"] for claim in others if claim["event"]}))[:MOST_EVENTS]
    conflicts = tuple(sorted({claim["conflict"]["id"] for claim in others if not claim["event"]}))
    try:
        comparisons = compare_with_own(slug, events, conflicts)
    except UnanswerableError:
        return []
    names = name_keys([c.figure for c in comparisons])
    return [_write_comparison(comparison, names) for comparison in comparisons]


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
