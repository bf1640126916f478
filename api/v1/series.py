"""Series of running figures: nested in JSON, a row a point in flat formats."""

from collections.abc import Iterable
from typing import Any

from api import openapi
from api.queries import claims
from api.queries.series import Found, Gap, Point, Series, series
from api.v1.answers import Told, serve
from api.v1.figures import claim_address, statistic_meta
from api.v1.reading import Query, ReadBlueprint
from schemas.envelopes import listing
from schemas.series import ABOUT, DAYS, POINT, SeriesMeta, SeriesOut, SeriesQuery, SeriesRowOut

blueprint = ReadBlueprint("series", __name__, description="Running figures, one after the other as they were stated.")
ADDED = ("claim", "standing", "superseded_by", "breaks", "change", "revision", "url")
OF_CLAIM = tuple(name for name in POINT if name not in ADDED)
Records = dict[str, dict[str, Any]]


def tell_series(question: Query, revision: int) -> Told:
    found = series(question)
    shown = claims.told(_claims(found), (*ABOUT, *OF_CLAIM))
    nested = [_told(one, shown) for one in found.series]
    meta = statistic_meta("series of running figures as claimed", question, revision, found.warnings)
    meta |= {"total": len(nested), "excluded": _excluded(found)}
    return Told([row for one in nested for row in _rows(one)], (*ABOUT, "kind", *POINT, *DAYS), meta, nested)


def _claims(found: Found) -> Iterable[str]:
    for one in found.series:
        yield from (point.claim for point in one.points)
        yield from (gap.claim for gap in one.gaps)


def _told(one: Series, shown: Records) -> dict[str, Any]:
    """The first claim of a series names what all of them are about."""
    first = shown[one.points[0].claim if one.points else one.gaps[0].claim]
    return {
        **{name: first[name] for name in ABOUT},
        "points": [_point(point, shown[point.claim]) for point in one.points],
        "gaps": [_gap(gap, shown[gap.claim]) for gap in one.gaps],
    }


def _point(point: Point, claim: dict[str, Any]) -> dict[str, Any]:
    told = {
        "claim": point.claim,
        **claim,
        "standing": "superseded" if point.superseded_by else "stands",
        "superseded_by": point.superseded_by,
        "breaks": point.breaks and point.breaks._asdict(),
        "change": point.change,
        "revision": point.change is not None and point.change < 0,
        "url": claim_address(point.claim),
    }
    return {name: told[name] for name in POINT}


def _gap(gap: Gap, claim: dict[str, Any]) -> dict[str, Any]:
    url = claim_address(gap.claim)
    return {"claim": gap.claim, "from": gap.since, "to": gap.until, "sources": claim["sources"], "url": url}


def _rows(one: dict[str, Any]) -> Iterable[dict[str, Any]]:
    about = {name: one[name] for name in ABOUT}
    no_days = dict.fromkeys(DAYS)
    for point in one["points"]:
        yield {**about, "kind": "point", **point, **no_days}
    for gap in one["gaps"]:
        yield {**about, "kind": "gap", **dict.fromkeys(POINT), **gap}


def _excluded(found: Found) -> list[dict[str, Any]]:
    return [{"claim": claim, "reason": why.reason, "by": why.by} for claim, why in sorted(found.excluded.items())]


serve(
    blueprint,
    "series",
    "/statistics/series",
    SeriesQuery,
    openapi.either_shape(listing(SeriesOut, SeriesMeta)),
    SeriesRowOut,
    "Running figures in the order stated, by claimant, side and harm; they break where what is counted changes.",
    tell_series,
)
