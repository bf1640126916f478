"""Statistics of people: their queries and their rows."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.claims import CLAIM_ROLES, ClaimFilters, ClaimOut
from schemas.fields import ALL, NONE, Day, Values, describe
from schemas.filter_roles import UNUSED
from schemas.responses import (
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
    WarningOut,
    slug_filter,
)
from schemas.statistics.record_counts import EXAMPLES, UNGROUPED, Groups
from schemas.vocabularies import COUNTERCLAIM, Vocabulary

GROUPS = (
    "conflict", "event", "period", "subject_side", "responsible_side", "harm", "victim_status", "victim_sex",
    "victim_age", "event_type", "country", "admin1", "year", "quarter", "month", "week", "day",
)  # fmt: skip
REFERENCES = frozenset({"conflict", "event", "subject_side", "responsible_side"})
POLICIES = Vocabulary(
    "policy",
    "Rule by which a figure is chosen from several statements.",
    COUNTERCLAIM,
    {
        "envelope": "from the lowest low to the highest high; best is the median of the best figures (the lower of "
        "two), each camp counting once",
        "lowest": "the statement with the lowest best figure",
        "highest": "the statement with the highest best figure",
        "latest": "the statement made last",
        "best_graded": "the statement whose source has the best grade, then the best credibility, then the latest",
        "own_side": "only what a camp says about its own losses",
        "opposing_side": "only what another camp of the conflict says about these losses",
        "affiliated": "only claimants that speak for no camp of the conflict but are affiliated to one",
        "third_party": "only claimants that speak for no camp of the conflict and are affiliated to none",
        "claimant": "only the claimant named by claimant=",
    },
)
BASES = Vocabulary(
    "basis",
    "What a figure is counted from.",
    COUNTERCLAIM,
    {
        "both": "rows of incidents and rows of totals side by side; never add them",
        "incidents": "single events and periods, added up",
        "totals": "totals that claimants gave for the conflict so far; the newest comparable statements",
    },
)
STANCES = Vocabulary(
    "stance",
    "The claimant, seen from the side whose losses are counted.",
    COUNTERCLAIM,
    {
        "own": "speaks for the camp whose losses these are",
        "opposing": "speaks for another camp of the conflict",
        "affiliated": "speaks for no party, but belongs to one",
        "third_party": "neither speaks for a party nor belongs to one",
    },
)
REASONS = Vocabulary(
    "reason",
    "Why a statistic does not use a claim.",
    COUNTERCLAIM,
    {
        "superseded": "its claimant has a newer figure for the same scope, or a higher one of the same day, or a "
        "relation replaced it",
        "later": "stated after as_of",
        "undated": "has no day, so that neither as_of nor a comparison with dated totals can use it",
        "retracted": "retracted by its claimant or an editor, or withdrawn by its dataset",
        "misreport": "a garbled report of another claim",
        "same_as": "repeats another claim",
        "included_in": "part of another figure that is counted",
        "other_scope": "about a part of what another figure states as a whole",
        "later_start": "counts from a later day than the figure used",
        "older_total": "a running total that is older than the newest comparable ones",
        "period_overlap": "covers days and people that another counted figure covers",
        "filtered": "outside the filters on what is counted",
        "not_heard": "outside the filters on who speaks",
        "not_picked": "not chosen by the policy",
        "not_a_figure": "a denial, an attribution of responsibility, or a recorded silence",
        "unquantified": "states no number",
        "unplaced": "does not say enough about its event, days or measure to be counted",
        "cumulative": "a running total: use basis=totals or basis=both",
        "incident": "about a single event or period: use basis=incidents or basis=both",
        "of_one_event": "a running measure of one event: use event= or group_by=event",
        "no_such_group": "a running total, which has no rows by day, place or type",
        "began_before": "began before the first day asked for",
        "reaches_over": "covers days after the last day asked for",
    },
)
MOST_STATEMENTS = 500  # active claims that all rows of totals of one answer may list
MOST_ROWS = 50_000  # rows of one answer without `limit`
#: Filters of claims that a statistic does not have: it derives which claims are active, and always includes members.
UNUSED_FILTERS = tuple(name for name, role in CLAIM_ROLES.items() if role == UNUSED)


class FigureFilters(ClaimFilters):
    """The filters of claims. Filters on what is counted choose cells; filters on who speaks act after supersession."""

    class Meta:
        exclude = UNUSED_FILTERS

    subject_side = slug_filter(
        "Claims about the losses of these sides. Members are always included. `group_by=subject_side` lists every "
        "side.",
        "azerbaijan",
    )

    @validates_schema(skip_on_field_errors=True)
    def check_sides(self, data: dict[str, Any], **kwargs: Any) -> None:
        for word in {NONE, ALL}.intersection(data.get("subject_side", ())):
            message = f"`{word}` is not a side. Use group_by=subject_side and read the row `{ALL}`."
            raise ValidationError({"subject_side": [message]})


class CasualtyFilters(FigureFilters):
    basis = fields.String(
        validate=validate.OneOf(list(BASES)),
        load_default="both",
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in BASES.items()) + ".", "totals"),
    )
    policy = fields.String(
        validate=validate.OneOf(list(POLICIES)),
        load_default="envelope",
        metadata=describe(
            "The rule: " + "; ".join(f"{word}: {meaning}" for word, meaning in POLICIES.items()) + ".", "latest"
        ),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_claimant_policy(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["policy"] == "claimant" and len(data.get("claimant", ())) != 1:
            raise ValidationError({"claimant": ["policy=claimant needs claimant= with exactly one id."]})


class MissingOut(Strict):
    side = fields.String(metadata=describe("Id of the side without a figure; `all`: of all sides.", "armenian"))
    status = fields.String(metadata=describe("Victim status without a figure.", "civilian"))
    cells = fields.Integer(metadata=describe("Number of cells.", 1))


class CasualtyLinks(Strict):
    claims = fields.String(
        metadata=describe(
            "Address of exactly the claims used.",
            "http://127.0.0.1:8000/v1/claims?used_by=event%3Dganja-2020-10-17%26row%3Dkilled",
        )
    )
    explain = fields.String(
        metadata=describe(
            "Address of the explanation of the figure, step by step.",
            "http://127.0.0.1:8000/v1/statistics/casualties/explain?event=ganja-2020-10-17&row=killed",
        )
    )


def number_field(description: str, example: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(metadata=describe(description, example), **kwargs)


WARNING_CODES = fields.List(
    fields.String(), metadata=describe("Codes of the warnings about this row; `meta.warnings` has the sentences.")
)
FIGURES: dict[str, fields.Field[Any]] = {
    "low": number_field("Sum of the cells' lows.", 10),
    "best": number_field("Sum of the cells' bests.", 13),
    "high": number_field("Sum of the cells' highs.", 15),
    "open_ended": number_field("Cells whose figure has no stated upper bound: the true high may be above `high`.", 0),
    "imputed": number_field("Cells in which a bound that was not stated was filled in.", 1),
    "incomplete": number_field("Cells in which a side, civilians or armed forces have no figure.", 1),
    "reaches_over": number_field("Cells of events and periods that end after the last day asked for.", 0),
    "cells": number_field("Cells added: one per event or period (incidents) or per running total.", 3),
    "added_up": fields.Boolean(metadata=describe("Whether the figure is a sum that nobody stated.", True)),
    "disputed": number_field("Cells in which two claimants' ranges do not overlap.", 1),
    "spread": fields.Float(
        allow_none=True,
        metadata=describe(
            "Highest best figure over lowest best figure, in the cell where they differ most; null: a zero against "
            "a figure.",
            1.08,
        ),
    ),
    "claims": number_field("Claims used.", 4),
    "claimants": number_field("Claimants of the claims used.", 2),
    "sources": number_field("Sources that carry the claims used.", 5),
    "missing": fields.List(fields.Nested(MissingOut), metadata=describe("Sides and statuses without a figure.")),
    "silences": fields.List(fields.String(), metadata=describe("Ids of the recorded silences about what is missing.")),
    "warnings": WARNING_CODES,
    "links": fields.Nested(CasualtyLinks, metadata=describe("Addresses of the evidence.")),
}


def _key_field(name: str) -> fields.Field[Any]:
    metadata = describe(f"The {name} of the row; null: none, or not stated.", EXAMPLES.get(name), x_absent=UNGROUPED)
    if name in REFERENCES:
        return fields.Nested(Ref, allow_none=True, metadata=metadata)
    return (Day if name == "day" else fields.String)(allow_none=True, metadata=metadata)


DIMENSIONS = ("event", *(name for name in GROUPS if name != "event"), "measure")
SORTS = ("low", "best", "high", "disputed", "open_ended", "incomplete", "claims", "claimants", "sources", "spread")
WITH_EVIDENCE = 100
#: The fields of a claim in the evidence of a row.
EVIDENCE_FIELDS = (
    "id", "claimant", "claimant_side", "event", "subject_side", "victim_status", "measure", "covers_from", "covers_to",
    "stated_on", "stated_until", "low", "best", "high", "qualifier", "figure_rule", "phrase", "phrase_lang",
    "confirmation", "credibility", "flags", "sources", "note",
)  # fmt: skip
EvidenceOut: type[Schema] = Strict.from_dict(
    {name: ClaimOut().fields[name] for name in EVIDENCE_FIELDS}, name="EvidenceOut"
)
EVIDENCE = fields.List(
    fields.Nested(EvidenceOut),
    metadata=describe(
        "With `evidence=1`, in JSON: the claims used, as they were stated.", x_absent="unless `evidence=1` is sent"
    ),
)


#: Tells "fewer than 5" from "up to 5": the qualifier of both is `up_to`.
FIGURE_RULE = ClaimOut().fields["figure_rule"]


class StatedOut(Strict):
    """An active claim of a row, used or not."""

    claim = fields.String(metadata=describe("Id of the claim.", "armenia-health-2020-11-14-armenian-killed"))
    claimant = fields.String(metadata=describe("Id of its claimant.", "armenia-health"))
    claimant_side = fields.String(allow_none=True, metadata=describe("Side that the claimant speaks for.", "armenia"))
    stance = fields.String(
        allow_none=True,
        validate=validate.OneOf(list(STANCES)),
        metadata=describe(
            "; ".join(f"{word}: {meaning}" for word, meaning in STANCES.items())
            + "; null: a party that speaks of all sides.",
            "own",
        ),
    )
    subject_side = fields.String(allow_none=True, metadata=describe("Whose losses; null: all sides.", "armenian"))
    victim_status = fields.String(metadata=describe("Victim status; any: not distinguished.", "any"))
    part = fields.String(
        allow_none=True, metadata=describe("Label of the part that it is about; null: the whole.", "Tavush")
    )
    responsible_side = fields.String(
        allow_none=True, metadata=describe("Side blamed for it; null: none.", "azerbaijan")
    )
    stated_on = fields.String(allow_none=True, metadata=describe("First possible day of the statement.", "2020-11-14"))
    stated_until = fields.String(
        allow_none=True, metadata=describe("Last possible day of the statement.", "2020-11-14")
    )
    first_day = fields.String(
        allow_none=True, metadata=describe("First day that it covers; null: unknown.", "2020-09-27")
    )
    last_day = fields.String(
        allow_none=True, metadata=describe("Last day that it covers; null: undated.", "2020-11-10")
    )
    low = number_field("Low as stated.", 2317, allow_none=True)
    best = number_field("Best as stated.", 2317, allow_none=True)
    high = number_field("High as stated.", 2317, allow_none=True)
    qualifier = fields.String(allow_none=True, metadata=describe("How the number is qualified.", "exact"))
    figure_rule = FIGURE_RULE
    used = fields.Boolean(metadata=describe("Whether the row's figure uses it.", True))
    reason = fields.String(
        allow_none=True,
        validate=validate.OneOf(list(REASONS)),
        metadata=describe("Why it is not used; null: it is used.", "older_total"),
    )
    url = fields.String(metadata=describe("The claim.", "http://127.0.0.1:8000/v1/claims/armenia-health-2020-11-14"))


STATEMENTS = fields.List(
    fields.Nested(StatedOut),
    allow_none=True,
    metadata=describe(
        "In JSON: each active claim of the row, used or not, with its day, coverage, stance and, if unused, the "
        f"reason. Rows of totals have it up to {MOST_STATEMENTS} claims an answer; all rows have it with "
        "`evidence=1`. Null: send evidence=1."
    ),
)
BASIS = fields.String(
    validate=validate.OneOf([word for word in BASES if word != "both"]),
    metadata=describe("Whether the row counts incidents or totals.", "totals"),
)
DATASET = fields.String(
    allow_none=True,
    metadata=describe(
        "The dataset whose answer it is; null: claims without one.", "ucdp-ged", x_absent="unless `group_by` is dataset"
    ),
)
CasualtyOut: type[Schema] = Strict.from_dict(
    {"dataset": DATASET, "basis": BASIS}
    | {name: _key_field(name) for name in DIMENSIONS}
    | FIGURES
    | {"statements": STATEMENTS, "evidence": EVIDENCE},
    name="CasualtyOut",
)


class CasualtyQuery(CasualtyFilters, ListQuery):
    group_by = Groups((*GROUPS, "dataset"), "harm")
    sort = Sort(*DIMENSIONS, *SORTS)
    evidence = Switch(
        metadata=describe(
            f"`1` adds the claims behind each row. JSON only, with a `limit` of up to {WITH_EVIDENCE}.", "1"
        )
    )
    fields_ = Names(CasualtyOut)
    limit = Count(1, GREATEST_PAGE, metadata=describe(f"Rows on a page (default: all, up to {MOST_ROWS:,}).", "20"))

    @validates_schema(skip_on_field_errors=True)
    def check_row_limit(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("evidence") and data.get("limit", GREATEST_PAGE) > WITH_EVIDENCE:
            raise ValidationError({"evidence": [f"Needs a limit of at most {WITH_EVIDENCE} rows."]})
        if "cursor" in data and "limit" not in data:
            raise ValidationError({"cursor": ["Needs limit=. Send it as in the request for the first page."]})


class UsedQuery(CasualtyFilters):
    """The value of `used_by=`: the query of a row. The revision is a separate parameter."""

    group_by = Groups(GROUPS, "harm")
    row = Values(
        required=True,
        metadata=describe("The row: its values in the order of its columns, as in the row's own links.", "killed"),
    )


class ExplainQuery(UsedQuery, RecordQuery):
    """The query of an explanation: a row."""


class ExclusionQuery(CasualtyFilters):
    """The value of `left_out_of=`: the query of a statistic, with the reason."""

    group_by = Groups(GROUPS, "harm")
    reason = fields.String(
        required=True,
        validate=validate.OneOf(list(REASONS)),
        metadata=describe("The reason why the claims were left out.", "superseded"),
    )


class ExcludedOut(Strict):
    reason = fields.String(validate=validate.OneOf(list(REASONS)), metadata=describe("The reason.", "superseded"))
    meaning = fields.String(
        metadata=describe("What the reason means.", "the claimant, or an authority of its side, replaced it")
    )
    claims = number_field("Number of claims.", 2)
    url = fields.String(
        metadata=describe(
            "Address of exactly these claims.",
            "http://127.0.0.1:8000/v1/claims?left_out_of=event%3Dganja-2020-10-17%26reason%3Dsuperseded",
        )
    )


class StatisticMeta(Meta):
    """The metadata of every statistic of people."""

    revision = number_field("Revision of the database that was read.", 1)
    filters = fields.Dict(
        keys=fields.String(), metadata=describe("The filters as the server read them.", {"harm": ["killed"]})
    )
    as_of = fields.String(
        allow_none=True,
        metadata=describe("Only what had been stated publicly by this day; null: no limit.", "2020-10-22"),
    )
    warnings = fields.List(fields.Nested(WarningOut), metadata=describe("Warnings, as sentences."))
    caveat = fields.String(
        metadata=describe(
            "A list of claims is not a death toll.",
            "A list of claims is not a death toll.",
        )
    )
    citation = fields.String(
        metadata=describe(
            "Citation of this answer.",
            "Counterclaim, casualty claims reconciled by envelope (both), revision 1: "
            "http://127.0.0.1:8000/v1/statistics/casualties",
        )
    )


class CasualtyMeta(StatisticMeta):
    total = number_field("Number of rows over all pages.", 3)
    limit = number_field("Rows on a page; null: all.", 20, allow_none=True)
    group_by = fields.List(fields.String(), metadata=describe("The columns by which rows are split.", ["harm"]))
    basis = fields.String(metadata=describe("both, incidents or totals.", "both"))
    policy = fields.String(metadata=describe("The rule.", "envelope"))
    rule = fields.String(
        metadata=describe(
            "The rule in words.",
            "only what a camp says about its own losses",
        )
    )
    excluded = fields.List(fields.Nested(ExcludedOut), metadata=describe("Claims left out, by reason."))


class StatementOut(Strict):
    claims = fields.List(
        fields.String(), metadata=describe("Ids of the claims; several if the figure is a sum of parts.")
    )
    claimants = fields.List(fields.String(), metadata=describe("Ids of their claimants."))
    low = number_field("Low, filled from best, else 0.", 0)
    best = number_field("Best, filled from the stated low, else high.", 13)
    high = number_field("High, filled from best, else low.", 13)
    filled = fields.Boolean(metadata=describe("Whether a bound was filled in.", False))
    open_ended = fields.Boolean(metadata=describe("Whether it states a low and no high.", False))
    incomplete = fields.Boolean(metadata=describe("Whether it is a sum that lacks a part.", False))
    parts = fields.List(
        fields.Nested(lambda: FigureOut()), metadata=describe("The parts of the sum; empty for a single claim.", [])
    )


class FigureOut(Strict):
    side = fields.String(metadata=describe("Id of the side; `all`: all sides together.", "azerbaijan"))
    status = fields.String(metadata=describe("Victim status; any: the whole.", "any"))
    rule = fields.String(metadata=describe("The rule that gave the figure.", "envelope"))
    low = number_field("Low.", 12)
    best = number_field("Best.", 12)
    high = number_field("High.", 13)
    disputed = fields.Boolean(metadata=describe("Whether two statements' ranges do not overlap.", True))
    statements = fields.List(fields.Nested(StatementOut), metadata=describe("The statements that were combined."))


class LeftOut(Strict):
    claim = fields.String(metadata=describe("Id of the claim.", "az-mod-2020-07-13-azerbaijani-killed"))
    reason = fields.String(metadata=describe("Why the cell's figure does not use it.", "included_in"))
    by = fields.String(
        allow_none=True, metadata=describe("Id of the claim that displaced it.", "az-mod-2020-07-13-azerbaijani-killed")
    )


class CellOut(Strict):
    conflict = fields.String(metadata=describe("Id of the conflict.", "nagorno-karabakh-2020"))
    event = fields.String(
        allow_none=True, metadata=describe("Id of the event; null: a period or a running total.", "ganja-2020-10-17")
    )
    measure = fields.String(metadata=describe("Measure of its figures.", "incident"))
    since = fields.String(metadata=describe("First day; empty: a running total.", "2020-10-17"))
    until = fields.String(metadata=describe("Last day; empty: a running total.", "2020-10-17"))
    units = number_field("Number of events or periods that the figure adds up.", 1)
    disputed = fields.Boolean(
        metadata=describe("Whether two claimants' ranges do not overlap, whatever the policy.", True)
    )
    spread = fields.Float(allow_none=True, metadata=describe("Highest best over lowest best.", 1.08))
    figure = fields.Nested(FigureOut, metadata=describe("The cell's figure, with the statements it was made from."))
    left_out = fields.List(
        fields.Nested(LeftOut), metadata=describe("Claims of the cell that its figure does not use.")
    )


class ExplanationOut(Strict):
    basis = fields.String(metadata=describe("incidents or totals.", "incidents"))
    key = fields.Dict(keys=fields.String(), metadata=describe("The row.", {"harm": "killed"}))
    low = number_field("Sum of the cells' lows.", 12)
    best = number_field("Sum of the cells' bests.", 12)
    high = number_field("Sum of the cells' highs.", 13)
    rule = fields.String(
        metadata=describe(
            "The rule in words.",
            "only what a camp says about its own losses",
        )
    )
    cells = fields.List(fields.Nested(CellOut), metadata=describe("The cells that were added."))
    warnings = fields.List(fields.Nested(WarningOut), metadata=describe("Warnings of the answer that has the row."))
