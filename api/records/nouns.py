"""How a validated record of each noun becomes rows: its references, its lists, the text that search finds it by."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from marshmallow import Schema, fields

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


class Many(NamedTuple):
    """A list of references: the table that holds it, its columns of owner and reference, and what is referred to."""

    table: type[Table]
    owner: str
    reference: str
    model: type[Record]
    more: tuple[str, ...] = ()  # what an entry tells besides, in columns of the same names

    def slug(self, entry: Any) -> Any:
        """To what an entry refers: it is the slug, or a record with a `side`; None for one with a fault there."""
        return entry.get("side") if isinstance(entry, dict) else entry

    def sound(self, entry: Any, wrong: Any) -> Any:
        """An entry as far as it has no fault, of which `wrong` tells by field, or at all."""
        if not self.more:
            return None if wrong else entry
        return {"side": entry["side"]} if isinstance(entry, dict) and "side" not in (wrong or {}) else {}

    def path(self, name: str, number: int) -> str:
        """Where the slug of an entry stands in the document."""
        return f"{name}/{number}/side" if self.more else f"{name}/{number}"


@dataclass(frozen=True, eq=False)
class Noun:
    name: str
    model: type[Record]
    schema: Schema  # made once: each making copies all of its fields
    references: dict[str, type[Record]]
    lists: dict[str, Many] = field(default_factory=dict)
    together: tuple[str, ...] = ()  # columns that no two records share

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Its lists of words, which are kept as JSON text."""
        listed = (name for name, found in self.schema.fields.items() if isinstance(found, fields.List))
        return tuple(name for name in listed if name not in self.lists)

    @cached_property
    def within(self) -> tuple[str, ...]:
        """Its references to records of its own kind."""
        return tuple(name for name, model in self.references.items() if model is self.model)

    @property
    def refers_to_itself(self) -> bool:
        return bool(self.within) or any(many.model is self.model for many in self.lists.values())


#: In the order in which they may refer to each other.
NOUNS: dict[str, Noun] = {
    noun.name: noun
    for noun in (
        Noun(
            "sides",
            Side,
            SideIn(),
            {},
            {"member_of": Many(SideMembership, "side", "member_of", Side, ("from_day", "to_day"))},
        ),
        Noun(
            "conflicts",
            Conflict,
            ConflictIn(),
            {"parent": Conflict},
            {"sides": Many(ConflictSide, "conflict", "side", Side)},
        ),
        Noun("claimants", Claimant, ClaimantIn(), {"side": Side}),
        Noun("sources", Source, SourceIn(), {}),
        Noun(
            "events",
            Event,
            EventIn(),
            {"conflict": Conflict},
            {"sides": Many(EventSide, "event", "side", Side, ("role",))},
        ),
        Noun(
            "claims",
            Claim,
            ClaimIn(),
            {
                "conflict": Conflict,
                "event": Event,
                "claimant": Claimant,
                "subject_side": Side,
                "responsible_side": Side,
            },
        ),
        Noun("reports", Report, ReportIn(), {"claim": Claim, "source": Source}),
        Noun(
            "relations",
            Relation,
            RelationIn(),
            {"claim": Claim, "target": Claim},
            together=("claim", "kind", "target"),
        ),
    )
}
