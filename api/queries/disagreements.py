"""Where claimants are furthest apart: on which events or conflicts, on whose losses, and by which two statements."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from api.queries.casualties import casualties
from api.queries.rows import Row
from api.queries.statements import Statement

DIMENSION = {"events": "event", "conflicts": "conflict"}
BASIS = {"events": "incidents", "conflicts": "totals"}


class Apart(NamedTuple):
    """One figure under the two policies that look for its ends."""

    lowest: Row
    highest: Row

    @property
    def disagree(self) -> bool:
        return bool(self.lowest.disputed) or self.lowest.spread != 1

    @property
    def ends(self) -> tuple[Statement, Statement]:
        """The two furthest statements; of equal ones that with the lower id."""
        low, high = (row.cells[0].figure.statements for row in self)
        return min(low, key=lambda s: (s.best, s.claims)), min(high, key=lambda s: (-s.best, s.claims))


class Found(NamedTuple):
    ranked: list[Apart]
    compared: int


def furthest(asked: dict[str, Any], of: str) -> Found:
    """The figure on which claimants are furthest apart, of each event or conflict; the greatest spread first."""
    worst: dict[str, Apart] = {}
    for apart in each(asked, of):
        worst.setdefault(_about(apart.lowest, of), apart)
    return Found([apart for apart in worst.values() if apart.disagree], len(worst))


def each(asked: dict[str, Any], of: str = "events") -> list[Apart]:
    """Every figure with its ends, by event or conflict, side and harm; the greatest spread first."""
    low, high = (casualties(asked | question(of, policy)).rows for policy in ("lowest", "highest"))
    highest = {row.key: row for row in high}
    found = [Apart(row, highest[row.key]) for row in low if _about(row, of)]
    return sorted(found, key=lambda apart: tuple(_rank(apart)))


def question(of: str, policy: str) -> dict[str, Any]:
    """What makes the question one of casualties."""
    return {"basis": BASIS[of], "policy": policy, "group_by": (DIMENSION[of], "subject_side")}


def _about(row: Row, of: str) -> str:
    """The event or conflict; empty for a period, which is no event."""
    return dict(row.key)[DIMENSION[of]] or ""


def _rank(apart: Apart) -> Iterable[Any]:
    """A zero against a figure has no ratio, and ranks first."""
    spread = apart.lowest.spread
    yield spread is not None
    yield -(spread or 0)
    yield not apart.lowest.disputed
    yield -apart.highest.best
    yield [value or "" for _, value in apart.lowest.key]
