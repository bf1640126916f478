"""Series of running figures: nested in JSON, one row per point or gap in flat formats."""

from collections.abc import Iterable
from typing import Any

from api.listings import claims
from api.statistics.time_series import Gap, Point, Series, SeriesAnswer, make_series
from api.v1.shared.addresses import write_claim_addresses
from api.v1.shared.figure_json import ALL_SIDES, statistic_meta
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.statistic_routes import StatisticAnswer, serve_statistic
from schemas.responses import list_response
from schemas.statistics.time_series import (
    DAYS,
    POINT,
    ROW,
    SERIES_FIELDS,
    SeriesMeta,
    SeriesOut,
    SeriesQuery,
    SeriesRowOut,
)

blueprint = ReadBlueprint("series", __name__, description="Running figures in the order in which they were stated.")
#: Fields of the series itself; the others are fields of its claims.
ADDED_TO_POINT = ("claim", "standing", "stands_instead", "breaks", "change", "revision", "url")
ADDED_TO_SERIES = ("part", "series_from")
OF_CLAIM = tuple(name for name in POINT if name not in ADDED_TO_POINT)
OF_SERIES = tuple(name for name in SERIES_FIELDS if name not in ADDED_TO_SERIES)
Records = dict[str, dict[str, Any]]


def show_series(question: Query, revision: int) -> StatisticAnswer:
    answer = make_series(question)
    records = claims.read_fields(_list_claims(answer), (*OF_SERIES, *OF_CLAIM))
    nested = [_write_series(series, records) for series in answer.series]
    meta = statistic_meta("series of running figures as claimed", question, revision, answer.warnings)
    meta |= {"total": len(nested), "excluded": _show_excluded(answer)}
    codes = sorted({notice.code for notice in answer.warnings})
    rows = [row | {"warnings": codes} for series in nested for row in _list_rows(series)]
    return StatisticAnswer(rows, tuple(ROW), meta, nested)


def _list_claims(answer: SeriesAnswer) -> Iterable[str]:
    for series in answer.series:
        yield from (point.claim for point in series.points)
        yield from (gap.claim for gap in series.gaps)


def _write_series(series: Series, records: Records) -> dict[str, Any]:
    """Return a series. The fields that all its claims share come from the first one."""
    find_address = write_claim_addresses()
    first = records[series.points[0].claim if series.points else series.gaps[0].claim]
    count = series.key.scope
    shared_fields = {
        **{name: first[name] for name in OF_SERIES},
        "subject_side": first["subject_side"] or ALL_SIDES,
        "part": count.part,
        "responsible_side": first["responsible_side"] if count.responsible_side else None,
        "series_from": series.key.covers_from or None,
    }
    return {
        **{name: shared_fields[name] for name in SERIES_FIELDS},
        "points": [_show_point(point, records[point.claim], find_address(point.claim)) for point in series.points],
        "gaps": [_show_gap(gap, records[gap.claim], find_address(gap.claim)) for gap in series.gaps],
    }


def _show_point(point: Point, claim: dict[str, Any], url: str) -> dict[str, Any]:
    shown = {
        "claim": point.claim,
        **claim,
        "standing": point.standing,
        "stands_instead": point.stands_instead,
        "breaks": point.breaks and point.breaks._asdict(),
        "change": point.change,
        "revision": point.change is not None and point.change < 0,
        "url": url,
    }
    return {name: shown[name] for name in POINT}


def _show_gap(gap: Gap, claim: dict[str, Any], url: str) -> dict[str, Any]:
    return {"claim": gap.claim, "from": gap.since, "to": gap.until, "sources": claim["sources"], "url": url}


def _list_rows(series: dict[str, Any]) -> Iterable[dict[str, Any]]:
    shared_fields = {name: series[name] for name in SERIES_FIELDS}
    no_days = dict.fromkeys(DAYS)
    for point in series["points"]:
        yield {**shared_fields, "kind": "point", **point, **no_days}
    for gap in series["gaps"]:
        yield {**shared_fields, "kind": "gap", **dict.fromkeys(POINT), **gap}


def _show_excluded(answer: SeriesAnswer) -> list[dict[str, Any]]:
    return [{"claim": claim, "reason": why.reason, "by": why.by} for claim, why in sorted(answer.excluded.items())]


serve_statistic(
    blueprint,
    "series",
    "/statistics/series",
    SeriesQuery,
    list_response(SeriesOut, SeriesMeta),
    SeriesRowOut,
    "Each claimant's running totals in date order; a series is split wherever the definition changes.",
    show_series,
)
