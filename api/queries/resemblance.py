"""How much two records look like one thing told twice: scores from 0 to 100, each with what was compared.

Claims of different claimants about one thing are alternatives and never the same, nor are claims about different harms,
measures or victims. What one of two records does not tell is not compared.
"""

import datetime
import functools
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from api.queries.search import fold

Told = dict[str, Any]
APART = 30  # lost for each day between two
FARTHEST = 50  # kilometres; UCDP's where_prec 2 is within about 25 km of the place named
EARTH = 6371  # kilometres
LEAST_NAME = 70  # below it two claimants are two
LEAST_FIGURE = 75  # below it two figures of one claimant are two
UNNAMED = "unattributed"
OPEN = ("any", "unknown")
VICTIMS = ("victim_status", "victim_sex", "victim_age")
#: How much each score counts in the whole.
WEIGHTS = {"figure": 3, "name": 3, "day": 2, "side": 2, "place": 2, "victims": 1, "type": 1}


class Part(NamedTuple):
    """One thing that was compared."""

    name: str
    score: int
    compared: str


class Likeness(NamedTuple):
    score: int
    parts: tuple[Part, ...]


def claims(one: Told, other: Told) -> Likeness | None:
    """None where they are not the same, however alike. Both have harm, measure and a day in common already."""
    apart_of_one = one["statement"] and one["statement"] == other["statement"]
    if apart_of_one or any(_of_others(one[field], other[field]) for field in VICTIMS):
        return None
    claimant, figure = _claimant(one, other), _figure(_spoken(one), _spoken(other))
    if figure is None or figure.score < LEAST_FIGURE or (claimant and claimant.score < LEAST_NAME):
        return None
    return _weighed(
        figure, claimant, _day(one, other), _claim_side(one, other), _place(one, other), _victims(one, other)
    )


def events(one: Told, other: Told) -> Likeness | None:
    name = Part("name", alike(one["name"], other["name"]), f"{one['name']} / {other['name']}")
    kind = Part("type", 100 * (one["type"] == other["type"]), f"{one['type']} / {other['type']}")
    figure = None if None in (one["killed"], other["killed"]) else _figure(one["killed"], other["killed"])
    return _weighed(figure, name, _day(one, other), _event_sides(one, other), _place(one, other), kind)


def _weighed(*parts: Part | None) -> Likeness:
    told = tuple(part for part in parts if part is not None)
    whole = sum(WEIGHTS[part.name] for part in told)
    return Likeness(round(sum(WEIGHTS[part.name] * part.score for part in told) / whole), told)


# What is compared ------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=50_000)
def alike(one: str, other: str) -> int:
    """Of two names, whatever the order of their words."""
    from rapidfuzz import fuzz  # only where names are compared

    return round(fuzz.token_sort_ratio(fold(one), fold(other)))


def _spoken(claim: Told) -> int | None:
    """The number that stands for the figure: the best, else a bound."""
    return next((claim[name] for name in ("best", "low", "high") if claim[name] is not None), None)


def _figure(one: int | None, other: int | None) -> Part | None:
    """None where only one of them has a number."""
    if one is None or other is None:
        return Part("figure", 100, "no number / no number") if one is other else None
    score = 100 if one == other else round(100 * min(one, other) / max(one, other))
    return Part("figure", score, f"{one:,} / {other:,}")


def _claimant(one: Told, other: Told) -> Part | None:
    first, second = one["claimant"], other["claimant"]
    if UNNAMED in (first["id"], second["id"]) and first != second:
        return None
    score = 100 if first["id"] == second["id"] else alike(first["name"], second["name"])
    return Part("name", score, f"{first['name']} / {second['name']}")


def _day(one: Told, other: Told) -> Part:
    apart = days_between(one["day"], other["day"])
    return Part("day", max(0, 100 - APART * apart), f"{one['day']} / {other['day']}")


def days_between(one: str, other: str) -> int:
    """Of two days written YYYY-MM-DD."""
    return abs((datetime.date.fromisoformat(one) - datetime.date.fromisoformat(other)).days)


def _claim_side(one: Told, other: Told) -> Part:
    first, second = one["subject_side"], other["subject_side"]
    if first is None or second is None:
        names = [side["name"] if side else "all sides" for side in (first, second)]
        return Part("side", 100 * (first is second), " / ".join(names))
    return Part("side", _sides([first], [second]), f"{first['name']} / {second['name']}")


def _event_sides(one: Told, other: Told) -> Part | None:
    if not one["sides"] or not other["sides"]:
        return None
    names = [", ".join(side["name"] for side in event["sides"]) for event in (one, other)]
    return Part("side", _sides(one["sides"], other["sides"]), " / ".join(names))


def _sides(some: Iterable[Told], others: list[Told]) -> int:
    """The best match of any two."""
    return max(100 if a["id"] == b["id"] else alike(a["name"], b["name"]) for a in some for b in others)


def _place(one: Told, other: Told) -> Part | None:
    """By name or by distance, whichever says more: the place of a region lies anywhere in it."""
    if one.get("event") and one["event"] == other.get("event"):
        return Part("place", 100, "one event")
    found = [*_by_name(one, other), *_by_distance(one, other)]
    return max(found, key=lambda part: part.score) if found else None


def _by_name(one: Told, other: Told) -> Iterable[Part]:
    if one["place"] and other["place"]:
        pairs = [(a, b) for a in _places(one) for b in _places(other)]
        best = max(pairs, key=lambda pair: alike(*pair))
        yield Part("place", alike(*best), " / ".join(best))


def _places(record: Told) -> list[str]:
    return [record["place"], *record.get("place_aliases", ())]


def _by_distance(one: Told, other: Told) -> Iterable[Part]:
    if one["latitude"] is not None and other["latitude"] is not None:
        far = kilometres(one["latitude"], one["longitude"], other["latitude"], other["longitude"])
        yield Part("place", max(0, round(100 - 100 * far / FARTHEST)), f"{far:.0f} km apart")


def kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Along a great circle (haversine), from degrees."""
    here, there = math.radians(latitude), math.radians(other_latitude)
    turned = math.radians(other_longitude - longitude)
    half = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(turned / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(half))


def _victims(one: Told, other: Told) -> Part:
    same = [one[field] == other[field] for field in VICTIMS]
    compared = [", ".join(claim[field] for field in VICTIMS) for claim in (one, other)]
    return Part("victims", round(100 * sum(same) / len(same)), " / ".join(compared))


def _of_others(one: str, other: str) -> bool:
    return one != other and one not in OPEN and other not in OPEN
