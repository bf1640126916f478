"""Counts of records, grouped by filters."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.claims import ClaimFilters
from schemas.events import EventFilters
from schemas.fields import ALL, Csv, Day, describe
from schemas.responses import FlatShape, Meta, Ref, Strict, WarningOut

REFERENCES = {
    "conflict", "recorded_conflict", "event", "claimant", "claimant_side", "subject_side", "side", "responsible_side",
    "source",
}  # fmt: skip
CLAIM_GROUPS = (
    "conflict", "recorded_conflict", "event", "event_type", "claimant", "claimant_side", "subject_side",
    "responsible_side", "source", "publisher", "reliability", "dataset", "statement", "kind", "harm", "victim_status",
    "victim_sex", "victim_age", "part", "measure", "qualifier", "confirmation", "status", "year", "month",
    "stated_year", "stated_month", "stated_day", "country", "admin1",
)  # fmt: skip
EVENT_GROUPS = (
    "conflict", "recorded_conflict", "side", "dataset", "type", "sub_type", "violence", "cause", "country", "admin1",
    "year", "month",
)  # fmt: skip
#: An example value of every group, without references.
EXAMPLES = {
    "event_type": "Battles", "type": "Battles", "sub_type": "Armed clash", "violence": "state_based",
    "cause": "heavy_weapons_and_explosive_munitions", "publisher": "Trend News Agency", "reliability": "B",
    "dataset": "ucdp-ged",
    "statement": "az-mod-2020-07-12", "kind": "casualty", "harm": "killed", "victim_status": "civilian",
    "victim_sex": "any", "victim_age": "any", "part": "Terter district",
    "measure": "cumulative", "qualifier": "about", "confirmation": "alleged",
    "status": "active", "year": "2020", "quarter": "2020-Q4", "month": "2020-10", "week": "2020-W42",
    "day": "2020-10-17", "period": "2020-09-28/2020-09-29", "stated_year": "2020", "stated_month": "2020-10",
    "stated_day": "2020-10-22",
    "country": "AZE", "admin1": "Ganja",
}  # fmt: skip
ADDRESS = "http://127.0.0.1:8000/v1/{}?conflict=nagorno-karabakh-2020"


class Groups(Csv):
    """Fields to group by, in the order of the columns."""

    def __init__(self, names: tuple[str, ...], default: str, **kwargs: Any) -> None:
        inner = fields.String(validate=validate.OneOf(names))
        super().__init__(inner, ordered=True, most=5, load_default=(default,), **kwargs)
        self.metadata = describe("Fields to group by, up to five.", f"{default},year")


class ClaimCountQuery(ClaimFilters, FlatShape):
    group_by = Groups(CLAIM_GROUPS, "harm")


class EventCountQuery(EventFilters, FlatShape):
    group_by = Groups(EVENT_GROUPS, "type")


UNGROUPED = "unless `group_by` names it"


class CountMeta(Meta):
    revision = fields.Integer(metadata=describe("Revision of the database that was read.", 1))
    total = fields.Integer(metadata=describe("Number of matching records, each counted once.", 120))
    filters = fields.Dict(
        keys=fields.String(), metadata=describe("The filters as the server read them.", {"harm": ["killed"]})
    )
    group_by = fields.List(fields.String(), metadata=describe("The fields grouped by.", ["harm"]))
    warnings = fields.List(
        fields.Nested(WarningOut), metadata=describe("Why rows do not add up to the total, if they do not.")
    )


def build_count_schema(groups: tuple[str, ...], record_type: str) -> type[Schema]:
    """Return the schema of a row: the requested groups, the number of records, and the address of these records."""
    columns: dict[str, fields.Field[Any]] = {}
    for name in groups:
        absent = f"`{ALL}`: all sides together" if name == "subject_side" else "null: not stated"
        metadata = describe(f"The {name} that the records share; {absent}.", EXAMPLES.get(name), x_absent=UNGROUPED)
        columns[name] = (
            fields.Nested(Ref, allow_none=True, metadata=metadata)
            if name in REFERENCES
            else (Day if name == "stated_day" else fields.String)(allow_none=True, metadata=metadata)
        )
    columns[record_type] = fields.Integer(required=True, metadata=describe(f"Number of {record_type}.", 12))
    columns["url"] = fields.String(
        required=True, metadata=describe(f"Address of exactly the {record_type} counted.", ADDRESS.format(record_type))
    )
    return Strict.from_dict(columns, name=f"{record_type.title()[:-1]}Count")


ClaimCountOut = build_count_schema(CLAIM_GROUPS, "claims")
EventCountOut = build_count_schema(EVENT_GROUPS, "events")
