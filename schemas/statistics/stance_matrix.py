"""A matrix of stances and subject camps: which side makes claims about which side's losses."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.fields import Csv, Day, Slug, Word, describe
from schemas.responses import FlatShape, Names, Strict, ref_field
from schemas.statistics.casualties import (
    BASES,
    BASIS,
    MOST_STATEMENTS,
    STANCES,
    WARNING_CODES,
    CasualtyLinks,
    MissingOut,
    StatedOut,
    StatisticMeta,
    number_field,
)
from schemas.vocabularies import COUNTERCLAIM, HARM, Vocabulary

RATIO_REASONS = Vocabulary(
    "ratio_reason",
    "Why two figures have no ratio.",
    COUNTERCLAIM,
    {
        "no_own_figure": "the camp gave no such figure of its own",
        "other_events": "the two figures are about different events or periods",
        "undated": "a figure has no day",
        "other_days": "the days that the two figures cover begin or end too far apart",
        "incomplete": "the two figures lack different parts (a side, civilians or armed forces)",
        "bound_alone": "a figure is one bound alone, such as *dozens* or *up to 400*",
        "zero": "the own figure is 0",
    },
)


def day_field(description: str, example: str) -> Day:
    return Day(allow_none=True, metadata=describe(description, example))


class SummandOut(Strict):
    """A part of a figure that is a sum."""

    side = fields.String(metadata=describe("Id of the side; `all`: all sides together.", "azerbaijan"))
    status = fields.String(metadata=describe("Victim status; any: not distinguished.", "civilian"))
    part = fields.String(allow_none=True, metadata=describe("Label of the part; null: none.", "Terter district"))
    best = number_field("Best figure of the part.", 93)
    claims = fields.List(fields.String(), metadata=describe("Ids of its claims."))
    first_day = day_field("First day that it covers; null: unknown.", "2020-09-27")
    last_day = day_field("Last day that it covers; null: undated.", "2020-11-10")


MATRIX: dict[str, fields.Field[Any]] = {
    "basis": BASIS,
    "conflict": ref_field("The conflict, or the phase whose running totals these are."),
    "subject_side": ref_field("Whose losses they are: a camp, or all sides together (`all`)."),
    "claimant_side": ref_field(
        "The camp that speaks, or a side that was in two camps, one after the other. Null: claimants that speak for "
        "no party.",
        allow_none=True,
    ),
    "stance": fields.String(
        validate=validate.OneOf(list(STANCES)),
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in STANCES.items()) + ".", "own"),
    ),
    "harm": fields.String(metadata=describe("The harm.", "killed")),
    "measure": fields.String(
        allow_none=True, metadata=describe("The running measure; null: incidents and periods.", "cumulative")
    ),
    "low": number_field("Low. Low, best and high are null if there is no such figure.", 2906, allow_none=True),
    "best": number_field("Best.", 2906, allow_none=True),
    "high": number_field("High.", 2906, allow_none=True),
    "open_ended": number_field("Cells without a stated upper bound.", 0, allow_none=True),
    "imputed": number_field("Cells in which a bound that was not stated was filled in.", 0, allow_none=True),
    "incomplete": number_field("Cells in which a side, civilians or armed forces have no figure.", 1, allow_none=True),
    "missing": fields.List(fields.Nested(MissingOut), metadata=describe("Sides and statuses without a figure.")),
    "cells": number_field("Cells added: one per event or period (incidents) or per running total.", 1),
    "added_up": fields.Boolean(metadata=describe("Whether the figure is a sum that nobody stated.", True)),
    "sum_of": fields.List(
        fields.Nested(SummandOut),
        metadata=describe(
            "The parts that the best figure of a single cell adds up. For several cells see links.explain."
        ),
    ),
    "first_day": day_field("First day that the figure covers; null: unknown.", "2020-09-27"),
    "last_day": day_field("Last day that the figure covers; null: undated.", "2020-11-10"),
    "first_stated_on": day_field("First day of a statement used; null: none is dated.", "2020-12-01"),
    "last_stated_on": day_field("Last possible day of a statement used; null: none is dated.", "2021-06-30"),
    "ratio": fields.Float(
        allow_none=True,
        metadata=describe(
            "An opposing best figure over the camp's own, if both are about the same events and days and lack the "
            "same parts. Null: see ratio_reason, or the row is not an opposing one.",
            1.83,
        ),
    ),
    "ratio_reason": fields.String(
        allow_none=True,
        validate=validate.OneOf(list(RATIO_REASONS)),
        metadata=describe(
            "Why an opposing row has no ratio: "
            + "; ".join(f"{word}: {meaning}" for word, meaning in RATIO_REASONS.items())
            + "; null: it has one, or is not an opposing row.",
            "other_days",
        ),
    ),
    "claims": number_field("Claims used.", 2),
    "claimants": fields.List(fields.String(), metadata=describe("Ids of the claimants used.", ["azerbaijan-mod"])),
    "silences": fields.List(fields.String(), metadata=describe("Ids of the recorded silences about what is missing.")),
    "warnings": WARNING_CODES,
    "links": fields.Nested(
        CasualtyLinks, allow_none=True, metadata=describe("Addresses of the evidence; null: there is no figure.")
    ),
}
STATEMENTS = fields.List(
    fields.Nested(StatedOut),
    allow_none=True,
    metadata=describe(
        "In JSON: each active claim of this stance, used or not, with its days and, if unused, the reason. Rows "
        f"of totals have it up to {MOST_STATEMENTS} claims an answer; null: see links.explain."
    ),
)
MatrixOut: type[Schema] = Strict.from_dict({**MATRIX, "statements": STATEMENTS}, name="MatrixOut")


class MatrixQuery(FlatShape):
    conflict = Slug(required=True, metadata=describe("The conflict, including its phases.", "nagorno-karabakh-2020"))
    harm = Csv(
        Word(HARM),
        load_default=("killed",),
        metadata=describe("The harms; figures of different harms are never added.", "killed"),
    )
    basis = fields.String(
        validate=validate.OneOf(list(BASES)),
        load_default="both",
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in BASES.items()) + ".", "incidents"),
    )
    fields_ = Names(MatrixOut)


class MatrixMeta(StatisticMeta):
    basis = fields.String(metadata=describe("both, incidents or totals.", "both"))
    policy = fields.List(
        fields.String(),
        metadata=describe("The policies, one per stance.", ["own_side", "opposing_side", "affiliated", "third_party"]),
    )
