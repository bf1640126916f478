"""Statistics: counts of records by any filterable word."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.claims import ClaimFilters
from schemas.envelopes import FlatShape, Meta, Ref, Strict
from schemas.events import EventFilters
from schemas.fields import Csv, about

REFERENCES = {
    "conflict", "recorded_conflict", "event", "claimant", "claimant_side", "side", "responsible_side", "source"
}  # fmt: skip
CLAIM_GROUPS = (
    "conflict", "recorded_conflict", "event", "event_type", "claimant", "claimant_side", "side", "responsible_side",
    "source", "publisher", "reliability", "statement", "kind", "harm", "victim_status", "victim_sex", "victim_age",
    "measure", "qualifier", "confirmation", "status", "year", "month", "stated_year", "stated_month",
    "stated_day", "country", "admin1",
)  # fmt: skip
EVENT_GROUPS = (
    "conflict", "recorded_conflict", "side", "type", "sub_type", "violence", "cause", "country", "admin1", "year",
    "month",
)  # fmt: skip
#: A value of every word by which rows are told apart, but of references.
EXAMPLES = {
    "event_type": "Battles", "type": "Battles", "sub_type": "Armed clash", "violence": "state_based",
    "cause": "heavy_weapons_and_explosive_munitions", "publisher": "Trend News Agency", "reliability": "B",
    "statement": "az-mod-2020-07-12", "kind": "casualty", "harm": "killed", "victim_status": "civilian",
    "victim_sex": "any", "victim_age": "any", "measure": "cumulative", "qualifier": "about", "confirmation": "alleged",
    "status": "active", "year": "2020", "quarter": "2020-Q4", "month": "2020-10", "week": "2020-W42",
    "day": "2020-10-17", "period": "2020-09-28/2020-09-29", "stated_year": "2020", "stated_month": "2020-10",
    "stated_day": "2020-10-22",
    "country": "AZE", "admin1": "Ganja",
}  # fmt: skip
ADDRESS = "http://127.0.0.1:8000/v1/{}?conflict=nagorno-karabakh-2020"


class Groups(Csv):
    """What to count by, in the order of the columns."""

    def __init__(self, names: tuple[str, ...], default: str, **kwargs: Any) -> None:
        inner = fields.String(validate=validate.OneOf(names))
        super().__init__(inner, ordered=True, most=5, load_default=(default,), **kwargs)
        self.metadata = about("What to count by; up to five words.", f"{default},year")


class ClaimCountQuery(ClaimFilters, FlatShape):
    group_by = Groups(CLAIM_GROUPS, "harm")


class EventCountQuery(EventFilters, FlatShape):
    group_by = Groups(EVENT_GROUPS, "type")


class CountMeta(Meta):
    revision = fields.Integer(metadata=about("Revision of the database that was read.", 1))
    total = fields.Integer(metadata=about("Records that answer the question, each counted once.", 120))
    filters = fields.Dict(
        keys=fields.String(), metadata=about("The filters as they were understood.", {"harm": ["killed"]})
    )
    group_by = fields.List(fields.String(), metadata=about("What was counted by.", ["harm"]))
    warnings = fields.List(fields.String(), metadata=about("Why rows do not add up to the total, where they do not."))


def count_out(groups: tuple[str, ...], noun: str) -> type[Schema]:
    """One row of a count: the groups asked for, the number, and the address of the records counted."""
    found: dict[str, fields.Field[Any]] = {}
    for name in groups:
        words = about(f"The {name} that the records share; null: not stated.", EXAMPLES.get(name))
        found[name] = (
            fields.Nested(Ref, allow_none=True, metadata=words)
            if name in REFERENCES
            else fields.String(allow_none=True, metadata=words)
        )
    found[noun] = fields.Integer(required=True, metadata=about(f"How many {noun}.", 12))
    found["url"] = fields.String(
        required=True, metadata=about(f"Address of exactly the {noun} counted.", ADDRESS.format(noun))
    )
    return Strict.from_dict(found, name=f"{noun.title()[:-1]}Count")


ClaimCountOut = count_out(CLAIM_GROUPS, "claims")
EventCountOut = count_out(EVENT_GROUPS, "events")
