"""How a validated record of each noun becomes rows: its references, its lists, the text that search finds it by."""

from collections.abc import Callable
from typing import Any, NamedTuple

from marshmallow import Schema

from api.models import (
    Claim,
    Claimant,
    Conflict,
    ConflictSide,
    Event,
    EventSide,
    Record,
    Relation,
    Report,
    Side,
    SideMembership,
    Source,
    Table,
)
from schemas.claimants import ClaimantIn
from schemas.claims import ClaimIn, RelationIn, ReportIn
from schemas.conflicts import ConflictIn
from schemas.events import EventIn
from schemas.sides import SideIn
from schemas.sources import SourceIn

Link = Callable[[Any], dict[str, Any]]


class Many(NamedTuple):
    """A list of references: the table that holds it, its owner's column, and how an entry becomes a row with slugs."""

    table: type[Table]
    owner: str
    row: Link
    references: dict[str, type[Record]]


class Noun(NamedTuple):
    name: str
    model: type[Record]
    schema: type[Schema]
    references: dict[str, type[Record]]
    lists: dict[str, Many] = {}
    together: tuple[str, ...] = ()  # columns that no two records share

    @property
    def refers_to_itself(self) -> bool:
        listed = [model for many in self.lists.values() for model in many.references.values()]
        return self.model in (*self.references.values(), *listed)


#: In the order in which they may refer to each other.
NOUNS: dict[str, Noun] = {
    noun.name: noun
    for noun in (
        Noun(
            "sides",
            Side,
            SideIn,
            {},
            {
                "member_of": Many(
                    SideMembership,
                    "side",
                    lambda entry: {
                        "member_of": entry["side"],
                        "from_day": entry["from_day"],
                        "to_day": entry["to_day"],
                    },
                    {"member_of": Side},
                )
            },
        ),
        Noun(
            "conflicts",
            Conflict,
            ConflictIn,
            {"parent": Conflict},
            {"sides": Many(ConflictSide, "conflict", lambda side: {"side": side}, {"side": Side})},
        ),
        Noun("claimants", Claimant, ClaimantIn, {"side": Side}),
        Noun("sources", Source, SourceIn, {}),
        Noun(
            "events",
            Event,
            EventIn,
            {"conflict": Conflict},
            {"sides": Many(EventSide, "event", dict, {"side": Side})},
        ),
        Noun(
            "claims",
            Claim,
            ClaimIn,
            {
                "conflict": Conflict,
                "event": Event,
                "claimant": Claimant,
                "subject_side": Side,
                "responsible_side": Side,
            },
        ),
        Noun("reports", Report, ReportIn, {"claim": Claim, "source": Source}),
        Noun(
            "relations",
            Relation,
            RelationIn,
            {"claim": Claim, "target": Claim},
            together=("claim", "kind", "target"),
        ),
    )
}
