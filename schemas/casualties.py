"""Statistics of people: what is asked of the claims, and the rows that answer."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.claims import ClaimFilters, ClaimOut
from schemas.envelopes import (
    GREATEST_PAGE,
    Count,
    ListQuery,
    Meta,
    Names,
    RecordQuery,
    Ref,
    Sort,
    Strict,
    Switch,
    slugs,
)
from schemas.fields import NONE, Values, about
from schemas.statistics import EXAMPLES, Groups

GROUPS = (
    "conflict", "event", "period", "subject_side", "responsible_side", "harm", "victim_status", "victim_sex",
    "victim_age", "event_type", "country", "admin1", "year", "quarter", "month", "week", "day",
)  # fmt: skip
REFERENCES = frozenset({"conflict", "event", "subject_side", "responsible_side"})
POLICIES = {
    "envelope": "lowest low, highest high, and the lower middle of the voices' bests (a camp is one voice)",
    "lowest": "the statement with the lowest best",
    "highest": "the statement with the highest best",
    "latest": "the statement made last",
    "own_side": "only claimants of the camp whose losses they are",
    "opposing_side": "only claimants of another camp of the conflict",
    "third_party": "only claimants of no camp of the conflict",
    "best_graded": "by the source's reliability, then credibility, then the latest",
    "claimant": "only the claimant named by claimant=",
}
BASES = {
    "incidents": "bottom-up: events and periods; figures add over events, sides and time",
    "totals": "top-down: each claimant's newest running total of a conflict; figures have no sum over time or measures",
}
REASONS = {
    "superseded": "the claimant, or an authority of its side, replaced it",
    "later": "not yet stated by as_of",
    "undated": "has no day, so that as_of cannot place it",
    "retracted": "was taken back, or withdrawn: its dataset has it no longer",
    "misreport": "a garbled transmission of another claim",
    "same_as": "repeats another claim",
    "included_in": "is contained in another figure of the question",
    "other_scope": "is about another part of the whole than the figure that stands",
    "older_total": "an older running total than the newest of its camp, or than the newest by more than 7 days",
    "period_overlap": "a period that gives way to incidents or to a longer period",
    "filtered": "outside of the question's filters",
    "not_a_figure": "a denial, a responsibility or a silence",
    "cumulative": "a running figure: ask basis=totals",
    "increment": "an incident or period figure: ask basis=incidents",
    "other_policy": "the policy heard or picked others",
    "unquantified": "states no number",
    "unplaced": "does not say enough of its event, days or measure to be counted",
}
#: Filters of claims that a statistic does not take: it derives what stood, and its `side` takes in members.
NOT_TAKEN = ("kind", "status", "has_figure", "camp", "id", "used_by", "left_out_of")


class FigureFilters(ClaimFilters):
    """As for claims. Those on what is counted choose cells; those on who speaks act after supersession."""

    class Meta:
        exclude = NOT_TAKEN

    side = slugs("About the losses of these sides, members included; `group_by=subject_side` tells all.", "azerbaijan")

    @validates_schema(skip_on_field_errors=True)
    def names_sides(self, data: dict[str, Any], **kwargs: Any) -> None:
        if NONE in data.get("side", ()):
            raise ValidationError(
                {"side": ["Cannot be none: ask group_by=subject_side and read the row of all sides."]}
            )


class CasualtyFilters(FigureFilters):
    basis = fields.String(
        validate=validate.OneOf(list(BASES)),
        load_default="incidents",
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in BASES.items()) + ".", "totals"),
    )
    policy = fields.String(
        validate=validate.OneOf(list(POLICIES)),
        load_default="envelope",
        metadata=about(
            "The rule: " + "; ".join(f"{word}: {meaning}" for word, meaning in POLICIES.items()) + ".", "latest"
        ),
    )

    @validates_schema(skip_on_field_errors=True)
    def can_be_answered(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["policy"] == "claimant" and len(data.get("claimant", ())) != 1:
            raise ValidationError({"claimant": ["policy=claimant needs claimant= with exactly one id."]})


class MissingOut(Strict):
    side = fields.String(metadata=about("Id of the side without a figure; `all`: of all sides.", "armenian"))
    status = fields.String(metadata=about("Victim status without a figure.", "civilian"))
    cells = fields.Integer(metadata=about("In how many cells.", 1))


class CasualtyLinks(Strict):
    claims = fields.String(
        metadata=about(
            "Exactly the claims used.",
            "http://127.0.0.1:8000/v1/claims?used_by=event%3Dganja-2020-10-17%26row%3Dkilled",
        )
    )
    explain = fields.String(
        metadata=about(
            "How the figure came about, step by step.",
            "http://127.0.0.1:8000/v1/statistics/casualties/explain?event=ganja-2020-10-17&row=killed",
        )
    )


def number(description: str, example: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(metadata=about(description, example), **kwargs)


FIGURES: dict[str, fields.Field[Any]] = {
    "low": number("Sum of the cells' lows.", 10),
    "best": number("Sum of the cells' bests.", 13),
    "high": number("Sum of the cells' highs.", 15),
    "open_ended": number("Cells whose figure has no stated upper bound: the true high may be above `high`.", 0),
    "imputed": number("Cells in which a bound that was not stated was filled in.", 1),
    "incomplete": number("Cells in which a side, civilians or armed forces have no figure.", 1),
    "cells": number("Cells added: one per event or period (incidents) or per running total.", 3),
    "disputed": number("Cells in which two claimants' ranges do not overlap.", 1),
    "spread": fields.Float(
        allow_none=True,
        metadata=about("Greatest highest best over lowest best of a cell; null: a zero against a figure.", 1.08),
    ),
    "claims": number("Claims used.", 4),
    "claimants": number("Claimants of the claims used.", 2),
    "sources": number("Sources that carry the claims used.", 5),
    "missing": fields.List(fields.Nested(MissingOut), metadata=about("Sides and statuses without a figure.")),
    "silences": fields.List(fields.String(), metadata=about("Ids of the silences on what is missing.")),
    "links": fields.Nested(CasualtyLinks, metadata=about("The evidence.")),
}


def _key(name: str) -> fields.Field[Any]:
    words = about(f"The {name} of the row; null: it has none, or does not say.", EXAMPLES.get(name))
    if name in REFERENCES:
        return fields.Nested(Ref, allow_none=True, metadata=words)
    return fields.String(allow_none=True, metadata=words)


DIMENSIONS = ("event", *(name for name in GROUPS if name != "event"), "measure")
SORTS = ("low", "best", "high", "disputed", "open_ended", "incomplete", "claims", "claimants", "sources", "spread")
WITH_EVIDENCE = 100
#: What the evidence of a row tells of each claim: fields of the claim itself.
TOLD = (
    "id", "claimant", "claimant_side", "event", "subject_side", "victim_status", "measure", "covers_from", "covers_to",
    "stated_on", "stated_until", "low", "best", "high", "qualifier", "phrase", "phrase_lang", "confirmation",
    "credibility", "flags", "sources", "note",
)  # fmt: skip
EvidenceOut: type[Schema] = Strict.from_dict({name: ClaimOut().fields[name] for name in TOLD}, name="EvidenceOut")
EVIDENCE = fields.List(
    fields.Nested(EvidenceOut), metadata=about("With `evidence=1`, in JSON: the claims used, as they were stated.")
)
CasualtyOut: type[Schema] = Strict.from_dict(
    {name: _key(name) for name in DIMENSIONS} | FIGURES | {"evidence": EVIDENCE}, name="CasualtyOut"
)


class CasualtyQuery(CasualtyFilters, ListQuery):
    group_by = Groups(GROUPS, "harm")
    sort = Sort(*DIMENSIONS, *SORTS)
    evidence = Switch(
        metadata=about(
            f"`1` puts the claims behind each row into it: JSON, with a `limit` of up to {WITH_EVIDENCE}.", "1"
        )
    )
    fields_ = Names(CasualtyOut)
    limit = Count(1, GREATEST_PAGE, metadata=about("Rows on a page: all unless given.", "20"))

    @validates_schema(skip_on_field_errors=True)
    def is_a_page(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("evidence") and data.get("limit", GREATEST_PAGE) > WITH_EVIDENCE:
            raise ValidationError({"evidence": [f"Goes with a limit of up to {WITH_EVIDENCE} rows."]})
        if "cursor" in data and "limit" not in data:
            raise ValidationError({"cursor": ["Goes with a limit."]})


class UsedQuery(CasualtyFilters):
    """What stands in `used_by=`: the query of a row. The revision stands beside it, for both questions at once."""

    group_by = Groups(GROUPS, "harm")
    row = Values(
        required=True,
        metadata=about("The row: its values in the order of its columns, as in the row's own links.", "killed"),
    )


class ExplainQuery(UsedQuery, RecordQuery):
    """A row, to be explained."""


class LeftOutQuery(CasualtyFilters):
    """What stands in `left_out_of=`: the query of a statistic, with the reason."""

    group_by = Groups(GROUPS, "harm")
    reason = fields.String(
        required=True, validate=validate.OneOf(list(REASONS)), metadata=about("Why they were left out.", "superseded")
    )


class ExcludedOut(Strict):
    reason = fields.String(validate=validate.OneOf(list(REASONS)), metadata=about("Why.", "superseded"))
    meaning = fields.String(
        metadata=about("What the reason means.", "the claimant, or an authority of its side, replaced it")
    )
    claims = number("How many claims.", 2)
    url = fields.String(
        metadata=about(
            "Exactly these claims.",
            "http://127.0.0.1:8000/v1/claims?left_out_of=event%3Dganja-2020-10-17%26reason%3Dsuperseded",
        )
    )


class OverlapOut(Strict):
    claim = fields.String(
        metadata=about("Id of the period's claim that gave way.", "az-prosecutor-ganja-2020-10-all-killed")
    )
    by = fields.String(
        allow_none=True,
        metadata=about("Id of the claim to which it gave way.", "az-emergencies-2020-10-17-ganja-2020-10-17-killed"),
    )
    low = number("Its low.", 24, allow_none=True)
    best = number("Its best.", 26, allow_none=True)
    high = number("Its high.", 26, allow_none=True)


class WarningOut(Strict):
    code = fields.String(metadata=about("A word for programs.", "rows_do_not_add_up"))
    text = fields.String(
        metadata=about("A sentence for people.", "Running totals answer this question too; they are another basis.")
    )
    url = fields.String(
        metadata=about(
            "The question that answers what this one leaves out.",
            "http://127.0.0.1:8000/v1/statistics/casualties?conflict=nagorno-karabakh-2020&basis=totals",
        )
    )


class StatisticMeta(Meta):
    """What every statistic of people tells about itself."""

    revision = number("Revision of the database that was read.", 1)
    filters = fields.Dict(
        keys=fields.String(), metadata=about("The filters as they were understood.", {"harm": ["killed"]})
    )
    as_of = fields.String(
        allow_none=True, metadata=about("As publicly stated by this day; null: by now.", "2020-10-22")
    )
    warnings = fields.List(fields.Nested(WarningOut), metadata=about("What the answer must not be taken for."))
    caveat = fields.String(
        metadata=about(
            "An enumeration of claims is not the number of the dead.",
            "An enumeration of claims is not the number of the dead.",
        )
    )
    citation = fields.String(
        metadata=about(
            "A line to cite this answer by.",
            "Counterclaim, casualty claims reconciled by envelope (incidents), revision 1: http://127.0.0.1:8000/v1/statistics/casualties",
        )
    )


class CasualtyMeta(StatisticMeta):
    total = number("How many rows answer the question, over all pages.", 3)
    limit = number("Rows on a page; null: all.", 20, allow_none=True)
    group_by = fields.List(fields.String(), metadata=about("The columns by which rows are split.", ["harm"]))
    basis = fields.String(metadata=about("incidents or totals.", "incidents"))
    policy = fields.String(metadata=about("The rule.", "envelope"))
    rule = fields.String(
        metadata=about(
            "The rule in words.",
            "lowest low, highest high, and the lower middle of the voices' bests (a camp is one voice)",
        )
    )
    excluded = fields.List(fields.Nested(ExcludedOut), metadata=about("Claims left out, by reason."))
    period_overlap = fields.List(
        fields.Nested(OverlapOut), metadata=about("Periods that gave way, with their figures.")
    )


class StatementOut(Strict):
    claims = fields.List(fields.String(), metadata=about("Ids of the claims; several: a sum of parts."))
    claimants = fields.List(fields.String(), metadata=about("Ids of their claimants."))
    low = number("Low, filled from best, else 0.", 0)
    best = number("Best, filled from the stated low, else high.", 13)
    high = number("High, filled from best, else low.", 13)
    filled = fields.Boolean(metadata=about("Whether a bound was filled in.", False))
    open_ended = fields.Boolean(metadata=about("Whether it states a low and no high.", False))
    incomplete = fields.Boolean(metadata=about("Whether it is a sum that lacks a part.", False))
    parts = fields.List(
        fields.Nested(lambda: FigureOut()), metadata=about("What it is the sum of; empty: a claim.", [])
    )


class FigureOut(Strict):
    side = fields.String(allow_none=True, metadata=about("Id of the side; null: all sides.", "azerbaijan"))
    status = fields.String(metadata=about("Victim status; any: the whole.", "any"))
    rule = fields.String(metadata=about("The rule that made the figure of the statements.", "envelope"))
    low = number("Low.", 12)
    best = number("Best.", 12)
    high = number("High.", 13)
    disputed = fields.Boolean(metadata=about("Whether two statements' ranges do not overlap.", True))
    statements = fields.List(fields.Nested(StatementOut), metadata=about("What was put together."))


class LeftOut(Strict):
    claim = fields.String(metadata=about("Id of the claim.", "az-mod-2020-07-13-azerbaijani-killed"))
    reason = fields.String(metadata=about("Why it takes no part in the cell's figure.", "included_in"))
    by = fields.String(
        allow_none=True, metadata=about("Id of the claim that displaced it.", "az-mod-2020-07-13-azerbaijani-killed")
    )


class CellOut(Strict):
    conflict = fields.String(metadata=about("Id of the conflict.", "nagorno-karabakh-2020"))
    event = fields.String(
        allow_none=True, metadata=about("Id of the event; null: a period or a running total.", "ganja-2020-10-17")
    )
    measure = fields.String(metadata=about("Measure of its figures.", "incident"))
    since = fields.String(metadata=about("First day; empty: a running total.", "2020-10-17"))
    until = fields.String(metadata=about("Last day; empty: a running total.", "2020-10-17"))
    disputed = fields.Boolean(
        metadata=about("Whether two claimants' ranges do not overlap, whatever the policy.", True)
    )
    spread = fields.Float(allow_none=True, metadata=about("Highest best over lowest best.", 1.08))
    figure = fields.Nested(FigureOut, metadata=about("The cell's figure, with all it was made of."))
    left_out = fields.List(fields.Nested(LeftOut), metadata=about("Claims of the cell that take no part."))


class ExplanationOut(Strict):
    key = fields.Dict(keys=fields.String(), metadata=about("The row.", {"harm": "killed"}))
    low = number("Sum of the cells' lows.", 12)
    best = number("Sum of the cells' bests.", 12)
    high = number("Sum of the cells' highs.", 13)
    rule = fields.String(
        metadata=about(
            "The rule in words.",
            "lowest low, highest high, and the lower middle of the voices' bests (a camp is one voice)",
        )
    )
    cells = fields.List(fields.Nested(CellOut), metadata=about("The cells that were added."))
    warnings = fields.List(
        fields.Nested(WarningOut), metadata=about("What the answer that has the row must not be taken for.")
    )
