"""Score how likely two records are one thing: from 0 to 100, with the parts that were compared.

Claims of different claimants are alternatives, never duplicates. Neither are claims about different harms, measures or
victims. A field that one of the two records lacks is not compared.
"""

import datetime
import functools
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from api.listings.full_text import fold_text

RecordFields = dict[str, Any]
POINTS_PER_DAY = 30  # that a score loses for each day between two records
FARTHEST_KILOMETRES = 50  # UCDP's where_prec 2 is within about 25 km of the named place
EARTH_RADIUS = 6371  # kilometres
LEAST_NAME = 70  # below this score two claimants are different
LEAST_FIGURE = 75  # below this score two figures are different
UNNAMED_CLAIMANT = "unattributed"
OPEN_GROUPS = ("any", "unknown")
VICTIM_FIELDS = ("victim_status", "victim_sex", "victim_age")
#: The weight of each part in the whole score.
WEIGHTS = {"figure": 3, "name": 3, "day": 2, "side": 2, "place": 2, "victims": 1, "type": 1}


class Part(NamedTuple):
    """One comparison: its name, its score, and the two compared texts."""

    name: str
    score: int
    compared: str


class Likeness(NamedTuple):
    score: int
    parts: tuple[Part, ...]


def compare_claims(first: RecordFields, second: RecordFields) -> Likeness | None:
    """Return the likeness of two claims of the same harm, measure and days; None where they cannot be duplicates."""
    has_same_statement = first["statement"] and first["statement"] == second["statement"]
    if (
        has_same_statement
        or first["part"] != second["part"]
        or any(_are_different_groups(first[field], second[field]) for field in VICTIM_FIELDS)
    ):
        return None
    claimant, figure = (
        _compare_claimants(first, second),
        _compare_figures(stated_number(first), stated_number(second)),
    )
    if figure is None or figure.score < LEAST_FIGURE or (claimant and claimant.score < LEAST_NAME):
        return None
    return _weigh_parts(
        figure,
        claimant,
        _compare_days(first, second),
        _compare_claim_sides(first, second),
        _compare_places(first, second),
        _compare_victims(first, second),
    )


def compare_events(first: RecordFields, second: RecordFields) -> Likeness:
    name = Part("name", score_names(first["name"], second["name"]), f"{first['name']} / {second['name']}")
    kind = Part("type", 100 * (first["type"] == second["type"]), f"{first['type']} / {second['type']}")
    figure = (
        None if None in (first["killed"], second["killed"]) else _compare_figures(first["killed"], second["killed"])
    )
    return _weigh_parts(
        figure,
        name,
        _compare_days(first, second),
        _compare_event_sides(first, second),
        _compare_places(first, second),
        kind,
    )


def _weigh_parts(*parts: Part | None) -> Likeness:
    compared_parts = tuple(part for part in parts if part is not None)
    whole = sum(WEIGHTS[part.name] for part in compared_parts)
    return Likeness(round(sum(WEIGHTS[part.name] * part.score for part in compared_parts) / whole), compared_parts)


# Comparisons -----------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=50_000)
def score_names(first: str, second: str) -> int:
    """Score two names, 0 to 100, regardless of the order of their words."""
    from rapidfuzz import fuzz  # imported here: only this function needs it

    return round(fuzz.token_sort_ratio(fold_text(first), fold_text(second)))


def stated_number(claim: RecordFields) -> int | None:
    """Return the number that represents the figure: best, else low, else high."""
    return next((claim[name] for name in ("best", "low", "high") if claim[name] is not None), None)


def _compare_figures(first: int | None, second: int | None) -> Part | None:
    """Compare two numbers; None where only one claim has a number."""
    if first is None or second is None:
        return Part("figure", 100, "no number / no number") if first is second else None
    score = 100 if first == second else round(100 * min(first, second) / max(first, second))
    return Part("figure", score, f"{first:,} / {second:,}")


def _compare_claimants(first: RecordFields, second: RecordFields) -> Part | None:
    first_claimant, second_claimant = first["claimant"], second["claimant"]
    if UNNAMED_CLAIMANT in (first_claimant["id"], second_claimant["id"]) and first_claimant != second_claimant:
        return None
    score = (
        100
        if first_claimant["id"] == second_claimant["id"]
        else score_names(first_claimant["name"], second_claimant["name"])
    )
    return Part("name", score, f"{first_claimant['name']} / {second_claimant['name']}")


def _compare_days(first: RecordFields, second: RecordFields) -> Part:
    apart = days_between(first["day"], second["day"])
    return Part("day", max(0, 100 - POINTS_PER_DAY * apart), f"{first['day']} / {second['day']}")


def days_between(first: str, second: str) -> int:
    """Return the number of days between two days written YYYY-MM-DD."""
    return abs((datetime.date.fromisoformat(first) - datetime.date.fromisoformat(second)).days)


def _compare_claim_sides(first: RecordFields, second: RecordFields) -> Part:
    first_side, second_side = first["subject_side"], second["subject_side"]
    if first_side is None or second_side is None:
        names = [side["name"] if side else "all sides" for side in (first_side, second_side)]
        return Part("side", 100 * (first_side is second_side), " / ".join(names))
    return Part("side", _best_side_score([first_side], [second_side]), f"{first_side['name']} / {second_side['name']}")


def _compare_event_sides(first: RecordFields, second: RecordFields) -> Part | None:
    if not first["sides"] or not second["sides"]:
        return None
    names = [", ".join(side["name"] for side in event["sides"]) for event in (first, second)]
    return Part("side", _best_side_score(first["sides"], second["sides"]), " / ".join(names))


def _best_side_score(first_sides: Iterable[RecordFields], second_sides: list[RecordFields]) -> int:
    """Return the score of the best matching pair of sides."""
    return max(
        100 if a["id"] == b["id"] else score_names(a["name"], b["name"]) for a in first_sides for b in second_sides
    )


def _compare_places(first: RecordFields, second: RecordFields) -> Part | None:
    """Compare places by name and by distance, and return the higher score: a region's point may be anywhere in it."""
    if first.get("event") and first["event"] == second.get("event"):
        return Part("place", 100, "one event")
    parts = [*_compare_place_names(first, second), *_compare_positions(first, second)]
    return max(parts, key=lambda part: part.score) if parts else None


def _compare_place_names(first: RecordFields, second: RecordFields) -> Iterable[Part]:
    if first["place"] and second["place"]:
        pairs = [(a, b) for a in _place_names(first) for b in _place_names(second)]
        best = max(pairs, key=lambda pair: score_names(*pair))
        yield Part("place", score_names(*best), " / ".join(best))


def _place_names(record: RecordFields) -> list[str]:
    return [record["place"], *record.get("place_aliases", ())]


def _compare_positions(first: RecordFields, second: RecordFields) -> Iterable[Part]:
    if first["latitude"] is not None and second["latitude"] is not None:
        far = kilometres_between(first["latitude"], first["longitude"], second["latitude"], second["longitude"])
        yield Part("place", max(0, round(100 - 100 * far / FARTHEST_KILOMETRES)), f"{far:.0f} km apart")


def kilometres_between(latitude: float, longitude: float, second_latitude: float, second_longitude: float) -> float:
    """Return the distance along a great circle (haversine) between two points in degrees."""
    first_radians, second_radians = math.radians(latitude), math.radians(second_latitude)
    turned = math.radians(second_longitude - longitude)
    half = (
        math.sin((second_radians - first_radians) / 2) ** 2
        + math.cos(first_radians) * math.cos(second_radians) * math.sin(turned / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(half))


def _compare_victims(first: RecordFields, second: RecordFields) -> Part:
    same = [first[field] == second[field] for field in VICTIM_FIELDS]
    compared = [", ".join(claim[field] for field in VICTIM_FIELDS) for claim in (first, second)]
    return Part("victims", round(100 * sum(same) / len(same)), " / ".join(compared))


def _are_different_groups(first: str, second: str) -> bool:
    return first != second and first not in OPEN_GROUPS and second not in OPEN_GROUPS
