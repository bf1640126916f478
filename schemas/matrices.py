"""Who says what of whose losses: a matrix of claimants' camps and subject camps."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.casualties import BASES, CasualtyLinks, StatisticMeta, number
from schemas.envelopes import FlatShape, Names, Strict, ref
from schemas.fields import Csv, Slug, Word, about
from schemas.vocab import HARM

STANCES = {
    "own": "claimants of the camp whose losses they are",
    "opposing": "claimants of another camp of the conflict",
    "third_party": "claimants of no camp of the conflict",
}


def stated(edge: str, example: str) -> fields.String:
    return fields.String(
        allow_none=True, metadata=about(f"{edge} day of a statement used; null: none has one.", example)
    )


MATRIX: dict[str, fields.Field[Any]] = {
    "conflict": ref("The conflict, or the phase whose running totals these are."),
    "subject_side": ref("Whose losses: a camp, or all sides together (`all`)."),
    "claimant_side": ref(
        "The camp that says so, or a side that was in two in turn; null: third parties.", allow_none=True
    ),
    "stance": fields.String(
        validate=validate.OneOf(list(STANCES)),
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in STANCES.items()) + ".", "own"),
    ),
    "harm": fields.String(metadata=about("Which harm.", "killed")),
    "measure": fields.String(
        allow_none=True, metadata=about("Which running measure; null: incidents and periods.", "cumulative")
    ),
    "low": number("Low; null, as best and high: it gave no such figure.", 2906, allow_none=True),
    "best": number("Best.", 2906, allow_none=True),
    "high": number("High.", 2906, allow_none=True),
    "open_ended": number("Cells without a stated upper bound.", 0, allow_none=True),
    "incomplete": number("Cells in which a side, civilians or armed forces have no figure.", 1, allow_none=True),
    "cells": number("Cells added.", 1),
    "ratio": fields.Float(
        allow_none=True,
        metadata=about(
            "An opposing best over the own best; null: of other stances, where the own figure is 0 or missing, or "
            "where the two count other events.",
            1.83,
        ),
    ),
    "claims": number("Claims used.", 2),
    "claimants": fields.List(fields.String(), metadata=about("Ids of the claimants used.", ["azerbaijan-mod"])),
    "first_stated_on": stated("First", "2020-12-01"),
    "last_stated_on": stated("Last possible", "2021-06-30"),
    "silences": fields.List(fields.String(), metadata=about("Ids of the silences on what is missing.")),
    "links": fields.Nested(CasualtyLinks, allow_none=True, metadata=about("The evidence; null: there is no figure.")),
}
MatrixOut: type[Schema] = Strict.from_dict(MATRIX, name="MatrixOut")


class MatrixQuery(FlatShape):
    conflict = Slug(required=True, metadata=about("The conflict, its phases included.", "nagorno-karabakh-2020"))
    harm = Csv(Word(HARM), load_default=("killed",), metadata=about("Which harms, never added.", "killed"))
    basis = fields.String(
        validate=validate.OneOf(list(BASES)),
        load_default="totals",
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in BASES.items()) + ".", "incidents"),
    )
    fields_ = Names(MatrixOut)


class MatrixMeta(StatisticMeta):
    basis = fields.String(metadata=about("incidents or totals.", "totals"))
    policy = fields.List(
        fields.String(), metadata=about("The policies, one a stance.", ["own_side", "opposing_side", "third_party"])
    )
