"""What was known on a day: the claims within some filters, and which of them had fallen by then."""

from typing import NamedTuple

from api.queries import record
from api.queries.evidence import Claim, World
from api.queries.select import Bound
from api.queries.standing import Exclusion, standing

#: Why a claim had not been publicly made on the day.
NOT_YET = frozenset({"later", "undated"})


class Known(NamedTuple):
    world: World
    claims: list[Claim]  # within the filters
    fallen: dict[str, Exclusion]


def known(bound: Bound, as_of: str | None) -> Known:
    """Raises `TooMany`, and `Refused` for relations that make no sense."""
    held = record.read(bound)
    stood = standing(held.world, {c.id: c for c in held.claims}, held.relations, as_of)
    return Known(held.world, [c for c in held.claims if c.id in held.counted], stood.fallen)
