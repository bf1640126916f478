"""Where claimants differ most."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.fields import Day, describe
from schemas.responses import Count, FlatShape, Names, Strict, ref_field
from schemas.statistics.casualties import BASIS, WARNING_CODES, FigureFilters, MissingOut, StatisticMeta, number_field

OF_WORDS = {
    "events": "figures of single events",
    "conflicts": "running totals of conflicts, one row per measure",
    "both": "events and conflicts in one ranking",
}
LIMIT, GREATEST_LIMIT = 20, 100


class FurthestOut(Strict):
    """The lowest or highest statement. It has several claims if it is a sum of parts."""

    claim = fields.String(metadata=describe("Id of its first claim.", "us-intelligence-2023-10-19-al-ahli-killed"))
    claims = fields.List(fields.String(), metadata=describe("Ids of its claims; several: a sum of parts."))
    claimants = fields.List(fields.String(), metadata=describe("Ids of their claimants.", ["us-intelligence"]))
    low = number_field("Its low, filled from best, else 0.", 100)
    best = number_field("Its best, filled from the stated low, else high.", 100)
    high = number_field("Its high, filled from best, else low.", 300)
    first_stated_on = Day(
        allow_none=True, metadata=describe("First possible day of its statements; null: undated.", "2023-10-19")
    )
    last_stated_on = Day(
        allow_none=True, metadata=describe("Last possible day of its statements; null: undated.", "2023-10-19")
    )
    first_day = Day(allow_none=True, metadata=describe("First day that it covers; null: unknown.", "2023-10-17"))
    last_day = Day(allow_none=True, metadata=describe("Last day that it covers; null: undated.", "2023-10-17"))
    url = fields.String(
        metadata=describe(
            "Address of exactly its claims.", "http://127.0.0.1:8000/v1/claims?id=az-mod-2020-07-13-azerbaijani-killed"
        )
    )
    explain = fields.String(
        metadata=describe(
            "Address of the explanation of the figure, step by step.",
            "http://127.0.0.1:8000/v1/statistics/casualties/explain?event=ganja-2020-10-17&policy=lowest&row=killed",
        )
    )


SUBJECT_FIELDS: dict[str, fields.Field[Any]] = {
    "basis": BASIS,
    "event": ref_field("The event; null: a running total of the conflict.", allow_none=True),
    "conflict": ref_field("The conflict."),
    "subject_side": ref_field("Whose losses they are: a camp, a requested side, or all sides together (`all`)."),
    "harm": fields.String(metadata=describe("The harm.", "killed")),
    "measure": fields.String(allow_none=True, metadata=describe("The running measure; null: incidents.", "cumulative")),
}
SPREAD_FIELDS: dict[str, fields.Field[Any]] = {
    "spread": fields.Float(
        allow_none=True,
        metadata=describe(
            "Highest best figure over the lowest best figure of the statements, not high over low; null: a zero "
            "against a figure.",
            4.71,
        ),
    ),
    "disputed": fields.Boolean(
        metadata=describe("Whether the ranges of two of these statements do not overlap.", True)
    ),
    "lowest": fields.Nested(FurthestOut, metadata=describe("The lowest statement.")),
    "highest": fields.Nested(
        FurthestOut, metadata=describe("The highest statement; with a single claimant, the same as lowest.")
    ),
}
EVENT_URL = fields.String(
    metadata=describe(
        "Every figure of the event or conflict, each with its spread.",
        "http://127.0.0.1:8000/v1/events/ganja-2020-10-17/disagreement",
    )
)
DISAGREEMENT = {**SUBJECT_FIELDS, **SPREAD_FIELDS, "warnings": WARNING_CODES, "url": EVENT_URL}
EVENT_FIELDS = (
    SUBJECT_FIELDS
    | SPREAD_FIELDS
    | {
        "missing": fields.List(fields.Nested(MissingOut), metadata=describe("Sides and statuses without a figure.")),
        "silences": fields.List(
            fields.String(), metadata=describe("Ids of the recorded silences about what is missing.")
        ),
        "warnings": WARNING_CODES,
    }
)
DisagreementOut: type[Schema] = Strict.from_dict(DISAGREEMENT, name="DisagreementOut")
EventDisagreementOut: type[Schema] = Strict.from_dict(EVENT_FIELDS, name="EventDisagreementOut")


class DisagreementQuery(FigureFilters, FlatShape):
    of = fields.String(
        validate=validate.OneOf(list(OF_WORDS)),
        load_default="both",
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in OF_WORDS.items()) + ".", "conflicts"),
    )
    fields_ = Names(DisagreementOut)
    limit = Count(
        1,
        GREATEST_LIMIT,
        metadata=describe(
            f"Number of rows, the greatest spread first (default in JSON: {LIMIT}; in other formats: all).", "5"
        ),
    )


class EventDisagreementQuery(FlatShape):
    """The parameters about one event."""

    fields_ = Names(EventDisagreementOut)


class DisagreementMeta(StatisticMeta):
    of = fields.String(metadata=describe("events, conflicts or both.", "both"))
    total = fields.Integer(
        metadata=describe("Number of events and conflicts on which claimants differ, shown or not.", 3)
    )
    limit = fields.Integer(allow_none=True, metadata=describe("The most rows in this answer; null: all.", 20))
    compared = fields.Integer(metadata=describe("Number of events and conflicts with a figure.", 9))
