"""The record types, and how a valid record of each becomes rows: its references and its lists."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from api.database.models import (
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
from schemas.claims import ClaimIn
from schemas.conflicts import ConflictIn
from schemas.events import EventIn
from schemas.relations import RelationIn
from schemas.reports import ReportIn
from schemas.sides import SideIn
from schemas.sources import SourceIn


class Many(NamedTuple):
    """A list of references: its table, its columns of owner and reference, and the model that it refers to."""

    table: type[Table]
    owner: str
    reference: str
    model: type[Record]
    entry_columns: tuple[str, ...] = ()  # further fields of an entry, in columns of the same names

    def slug_of(self, entry: Any) -> Any:
        """Return the slug of an entry, which is the slug or an object with a `side`. None: it has a fault there."""
        return entry.get("side") if isinstance(entry, dict) else entry

    def sound_part(self, entry: Any, wrong: Any) -> Any:
        """Return the part of an entry without faults. `wrong` has its faults, by field or for the whole entry."""
        if not self.entry_columns:
            return None if wrong else entry
        return {"side": entry["side"]} if isinstance(entry, dict) and "side" not in (wrong or {}) else {}

    def slug_path(self, name: str, number: int) -> str:
        """Return the path of an entry's slug in the document, for example `member_of/0/side`."""
        return f"{name}/{number}/side" if self.entry_columns else f"{name}/{number}"


@dataclass(frozen=True, eq=False)
class RecordType:
    name: str
    model: type[Record]
    schema: Schema  # one instance, because each new one copies all of its fields
    references: dict[str, type[Record]]
    lists: dict[str, Many] = field(default_factory=dict)
    unique_together: tuple[str, ...] = ()  # columns that no two records share

    @cached_property
    def text_lists(self) -> tuple[str, ...]:
        """Return the fields that are lists of words, stored as JSON text."""
        listed = (name for name, schema_field in self.schema.fields.items() if isinstance(schema_field, fields.List))
        return tuple(name for name in listed if name not in self.lists)

    @cached_property
    def self_references(self) -> tuple[str, ...]:
        """Return the fields that refer to records of the same type."""
        return tuple(name for name, model in self.references.items() if model is self.model)

    @property
    def refers_to_itself(self) -> bool:
        return bool(self.self_references) or any(many.model is self.model for many in self.lists.values())


#: The record types, in an order in which each refers only to itself and earlier ones.
RECORD_TYPES: dict[str, RecordType] = {
    record_type.name: record_type
    for record_type in (
        RecordType(
            "sides",
            Side,
            SideIn(),
            {},
            {"member_of": Many(SideMembership, "side", "member_of", Side, ("from_day", "to_day"))},
        ),
        RecordType(
            "conflicts",
            Conflict,
            ConflictIn(),
            {"parent": Conflict},
            {"sides": Many(ConflictSide, "conflict", "side", Side)},
        ),
        RecordType("claimants", Claimant, ClaimantIn(), {"side": Side, "affiliation": Side}),
        RecordType("sources", Source, SourceIn(), {}),
        RecordType(
            "events",
            Event,
            EventIn(),
            {"conflict": Conflict},
            {"sides": Many(EventSide, "event", "side", Side, ("role",))},
        ),
        RecordType(
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
        RecordType("reports", Report, ReportIn(), {"claim": Claim, "source": Source}),
        RecordType(
            "relations",
            Relation,
            RelationIn(),
            {"claim": Claim, "target": Claim},
            unique_together=("claim", "kind", "target"),
        ),
    )
}
