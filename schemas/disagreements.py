"""Where claimants are furthest apart."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.casualties import FigureFilters, MissingOut, StatisticMeta, number
from schemas.envelopes import Count, FlatShape, Names, Strict, ref
from schemas.fields import about

OF = {
    "events": "the figures of single events",
    "conflicts": "running totals of conflicts, each measure by itself",
}
LIMIT, GREATEST_LIMIT = 20, 100


class FurthestOut(Strict):
    """The statement at one end. Its claims are several where it is a sum of parts, or a part of which several agree."""

    claim = fields.String(metadata=about("Id of its first claim.", "us-intelligence-2023-10-19-al-ahli-killed"))
    claims = fields.List(
        fields.String(), metadata=about("Ids of its claims; several: a sum of parts, or equal claims of its only part.")
    )
    claimants = fields.List(fields.String(), metadata=about("Ids of their claimants.", ["us-intelligence"]))
    low = number("Its low, filled from best, else 0.", 100)
    best = number("Its best, filled from the stated low, else high.", 100)
    high = number("Its high, filled from best, else low.", 300)
    url = fields.String(
        metadata=about("Exactly its claims.", "http://127.0.0.1:8000/v1/claims?id=az-mod-2020-07-13-azerbaijani-killed")
    )
    explain = fields.String(
        metadata=about(
            "How it came about, step by step.",
            "http://127.0.0.1:8000/v1/statistics/casualties/explain?event=ganja-2020-10-17&policy=lowest&row=killed",
        )
    )


ABOUT: dict[str, fields.Field[Any]] = {
    "event": ref("The event.", allow_none=True),
    "conflict": ref("The conflict."),
    "subject_side": ref("Whose losses: a camp, a side asked for, or all sides together (`all`)."),
    "harm": fields.String(metadata=about("Which harm.", "killed")),
    "measure": fields.String(allow_none=True, metadata=about("Which running measure; null: incidents.", "cumulative")),
}
APART: dict[str, fields.Field[Any]] = {
    "spread": fields.Float(
        allow_none=True, metadata=about("Highest best over lowest best; null: a zero against a figure.", 4.71)
    ),
    "disputed": fields.Boolean(metadata=about("Whether two claimants' ranges do not overlap.", True)),
    "lowest": fields.Nested(FurthestOut, metadata=about("The lowest statement.")),
    "highest": fields.Nested(FurthestOut, metadata=about("The highest statement; of one claimant alone: the same.")),
}
WHOLE = fields.String(
    metadata=about(
        "Every figure of the event or conflict, each with its spread.",
        "http://127.0.0.1:8000/v1/events/ganja-2020-10-17/disagreement",
    )
)
DISAGREEMENT = {**ABOUT, **APART, "url": WHOLE}
OF_EVENT = (
    ABOUT
    | APART
    | {
        "missing": fields.List(fields.Nested(MissingOut), metadata=about("Sides and statuses without a figure.")),
        "silences": fields.List(fields.String(), metadata=about("Ids of the silences on what is missing.")),
    }
)
DisagreementOut: type[Schema] = Strict.from_dict(DISAGREEMENT, name="DisagreementOut")
EventDisagreementOut: type[Schema] = Strict.from_dict(OF_EVENT, name="EventDisagreementOut")


class DisagreementQuery(FigureFilters, FlatShape):
    of = fields.String(
        validate=validate.OneOf(list(OF)),
        load_default="events",
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in OF.items()) + ".", "conflicts"),
    )
    fields_ = Names(DisagreementOut)
    limit = Count(
        1,
        GREATEST_LIMIT,
        metadata=about(f"How many, the furthest apart first. JSON: {LIMIT} unless given; other formats: all.", "5"),
    )


class EventDisagreementQuery(FlatShape):
    """What is asked of one event."""

    fields_ = Names(EventDisagreementOut)


class DisagreementMeta(StatisticMeta):
    of = fields.String(metadata=about("events or conflicts.", "events"))
    total = fields.Integer(metadata=about("Events or conflicts on which claimants disagree, over all pages.", 3))
    limit = fields.Integer(allow_none=True, metadata=about("How many are told; null: all.", 20))
    compared = fields.Integer(metadata=about("Events or conflicts with a figure at all.", 9))
