"""A row worked again from its own claims in the plainest way; nothing is shared with the code under test.

Given exactly the claims that a row used, only rule 1, the filling of bounds and the envelope are left to do.
"""

from typing import Any

from api.queries.evidence import Claim, World

Worked = dict[str, Any]


def work(world: World, claims: list[Claim]) -> tuple[int, int, int, int, int, int]:
    """low, best, high, and the open-ended, imputed and incomplete cells, of an ungrouped row."""
    answer = [0] * 6
    for about in {place(c) for c in claims}:
        cell = [c for c in claims if place(c) == about]
        figure = scope(world, sides_of(world, cell[0]), gather(world, cell), None, "any") or {}
        for n, part in enumerate(("low", "best", "high", "open", "imputed", "partial")):
            answer[n] += int(figure[part])
    low, best, high, is_open, imputed, partial = answer
    return low, best, high, is_open, imputed, partial


def place(claim: Claim) -> tuple[str | None, ...]:
    if claim.measure == "incident":
        return ("incident", claim.event)
    if claim.measure == "period":
        return ("period", claim.conflict, claim.covers_from, claim.covers_to)
    return ("running", claim.conflict, claim.measure)


def sides_of(world: World, claim: Claim) -> set[str | None]:
    if claim.measure == "incident" and claim.event:
        return {camp(world, s) for s in world.events[claim.event].sides}
    return {camp(world, s) for s in world.conflicts[claim.conflict].sides}


def camp(world: World, side: str | None) -> str | None:
    while side is not None and world.sides[side].memberships:
        side = world.sides[side].memberships[0].member_of
    return side


def members(world: World, side: str) -> list[str]:
    return [s.id for s in world.sides.values() if any(m.member_of == side for m in s.memberships)]


def one(world: World, claim: Claim) -> Worked:
    low, best, high = claim.low, claim.best, claim.high
    middle = best if best is not None else low if low is not None else high
    return {
        "side": claim.subject_side,
        "status": claim.victim_status,
        "who": claim.claimant,
        "low": low if low is not None else best if best is not None else 0,
        "best": middle,
        "high": high if high is not None else middle,
        "open": low is not None and high is None,
        "imputed": low is None or best is None or high is None,
        "partial": False,
        "tells": best is not None or (low is not None and high is not None),
        "voice": f"camp {camp(world, claim.claimant_side)}" if claim.claimant_side else claim.claimant,
        "names": {claim.claimant},
        "claims": {claim.id},
    }


def gather(world: World, cell: list[Claim]) -> list[Worked]:
    """Both civilians and armed forces of a side by one claimant are the whole."""
    said = [one(world, c) for c in cell]
    for who, side in {(s["who"], s["side"]) for s in said}:
        parts = [s for s in said if (s["who"], s["side"]) == (who, side) and s["status"] != "any"]
        if {"civilian", "member_of_armed_forces"} <= {s["status"] for s in parts}:
            said = [s for s in said if s not in parts]
            said.append(add([envelope([s]) for s in parts], True) | {"who": who, "side": side, "status": "any"})
    return said


def middle(numbers: list[int]) -> int:
    numbers = sorted(numbers)
    while len(numbers) > 2:
        numbers = numbers[1:-1]
    return numbers[0]


def envelope(statements: list[Worked]) -> Worked:
    telling = [s for s in statements if s["tells"]] or statements
    voices = {s["voice"] for s in telling}
    return {
        "low": min(s["low"] for s in statements),
        "best": middle([middle([s["best"] for s in telling if s["voice"] == v]) for v in voices]),
        "high": max(s["high"] for s in statements),
        "open": any(s["open"] for s in statements),
        "imputed": any(s["imputed"] for s in statements),
        "partial": all(s["partial"] for s in statements),
        "tells": any(s["tells"] for s in statements),
        "voices": {s["voice"] for s in statements},
        "names": {n for s in statements for n in s["names"]},
        "claims": {c for s in statements for c in s["claims"]},
    }


def add(parts: list[Worked], complete: bool) -> Worked:
    voices = {v for p in parts for v in p["voices"]}
    names = {n for p in parts for n in p["names"]}
    return {
        "who": None,
        "low": sum(p["low"] for p in parts),
        "best": sum(p["best"] for p in parts),
        "high": sum(p["high"] for p in parts),
        "open": any(p["open"] for p in parts),
        "imputed": any(p["imputed"] for p in parts),
        "partial": not complete or any(p["partial"] for p in parts),
        "tells": all(p["tells"] for p in parts),
        "voice": min(voices) if len(voices) == 1 else f"sum of {sorted(names)}",
        "names": names,
        "claims": {c for p in parts for c in p["claims"]},
    }


def beneath(world: World, said: Worked, side: str | None, status: str) -> bool:
    fits = status in ("any", said["status"])
    if side is None or said["side"] == side:
        return fits
    return fits and said["side"] is not None and camp(world, said["side"]) == side


def scope(world: World, sides: set[str | None], said: list[Worked], side: str | None, status: str) -> Worked | None:
    wholes = [s for s in said if (s["side"], s["status"]) == (side, status)]
    speaking = {s["who"] for s in wholes}
    rest = [s for s in said if s["who"] not in speaking and beneath(world, s, side, status)]
    if side is None:
        sums = [divide_all(world, sides, rest, status)]
    else:
        of_coalition = status == "any" and any(s["side"] == side for s in rest)
        whole_of_member = any(s["side"] != side and s["status"] == "any" for s in rest)
        sums = []
        if members(world, side) and (whole_of_member or not of_coalition):
            sums.append(by_member(world, sides, rest, side, status))
        if of_coalition or not members(world, side):
            sums.append(by_status(world, sides, rest, side, status))
    complete = [s for s in sums if s and not s["partial"]]
    partial = [s for s in sums if s and s["partial"]]
    statements = list(wholes)
    for total in complete:
        if all(total["claims"] != s["claims"] for s in statements):
            statements.append(total)
    if partial:
        highest = max(partial, key=lambda s: s["best"])
        if all(highest["best"] > s["best"] for s in statements):
            statements.append(highest)
    return envelope(statements) if statements else None


def divide_all(world: World, sides: set[str | None], rest: list[Worked], status: str) -> Worked | None:
    of_all = [s for s in rest if s["side"] is None]
    contained = [s for s in rest if any(a["who"] == s["who"] and a["status"] == s["status"] for a in of_all)]
    if any(s not in contained for s in rest if s["side"] is not None):
        figures = {c: scope(world, sides, rest, c, status) for c in {camp(world, s["side"]) for s in rest} - {None}}
        parts = [f for f in figures.values() if f]
        return add(parts, all(figures.get(s) for s in sides)) if parts else None
    return by_status(world, sides, rest, None, status)


def by_status(world: World, sides: set[str | None], rest: list[Worked], side: str | None, status: str) -> Worked | None:
    if status != "any":
        return None
    told = {s["status"] for s in rest if side is not None or s["side"] is None} - {"any"}
    figures = {t: scope(world, sides, rest, side, t) for t in told}
    parts = [f for f in figures.values() if f]
    needed = ("civilian", "member_of_armed_forces")
    return add(parts, all(figures.get(t) for t in needed)) if parts else None


def by_member(world: World, sides: set[str | None], rest: list[Worked], side: str, status: str) -> Worked | None:
    figures = {m: scope(world, sides, rest, m, status) for m in members(world, side)}
    parts = [f for f in figures.values() if f]
    return add(parts, all(figures.values())) if parts else None
