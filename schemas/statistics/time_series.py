"""Series: running figures of a claimant in date order, and the points where the line breaks."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import Day, Slug, Word, describe
from schemas.responses import (
    FlatShape,
    SourceRef,
    Strict,
    ref_field,
    ref_list,
    slug_filter,
    subject_side_filter,
    word_filter,
)
from schemas.statistics.casualties import FIGURE_RULE, WARNING_CODES, StatisticMeta
from schemas.vocabularies import CONFIRMATION, COUNTERCLAIM, HARM, MEASURE, VICTIM_STATUS, Vocabulary

RUNNING = Vocabulary(
    "running measure",
    "Measures of which series are made.",
    MEASURE.origin,
    {word: MEASURE[word] for word in ("cumulative", "identified", "bodies", "buried", "estimate")},
)
BREAKS = Vocabulary(
    "break",
    "Why a series breaks before a point.",
    COUNTERCLAIM,
    {
        "definition": "the measure or the group of victims changes: no rise or fall",
        "counter_restarted": "the count begins on a later day: another series, not a fall",
        "earlier_days": "the claim covers days until an earlier day than the figure before: no rise or fall",
        "correction": "the figure falls, or a claim replaces the one before it and covers the same days",
        "gap": "the side was silent in between: a recorded silence",
    },
)
STANDING = Vocabulary(
    "standing",
    "Whether a figure of a series is current.",
    COUNTERCLAIM,
    {
        "stands": "the claimant's newest figure of this count",
        "earlier": "an earlier figure of the count; a newer one follows",
        "superseded": "a later claim replaces it by a relation",
        "later_start": "counts from a later day than the newest figure",
        "undated": "has no day, so that it is neither before nor after the newest figure",
    },
)
EXCLUDED = {
    "later": "not yet stated by as_of",
    "undated": "has no day, so that as_of cannot take it into account",
    "retracted": "was retracted, or withdrawn by its dataset",
    "misreport": "a garbled report of another claim",
    "same_as": "repeats another claim",
    "unquantified": "states no number",
    "of_one_event": "a running figure of one event: use event=",
}
KINDS = {"point": "a figure", "gap": "a silence: the side published no figure of its own on these days"}


class SeriesQuery(FlatShape):
    conflict = Slug(
        metadata=describe("Figures recorded under exactly this conflict, not its phases.", "nagorno-karabakh-2020")
    )
    event = Slug(metadata=describe("Running figures of this event; send either event or conflict."))
    claimant = slug_filter("Claimant ids.", "azerbaijan-mod")
    subject_side = subject_side_filter(
        "Figures about the losses of exactly these sides. Members are not included. `all`: about all sides together."
    )
    harm = word_filter(HARM)
    measure = word_filter(RUNNING)
    victim_status = word_filter(VICTIM_STATUS)

    @validates_schema(skip_on_field_errors=True)
    def check_subject(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("conflict" in data) == ("event" in data):
            raise ValidationError({"conflict": ["Send either one conflict or one event."]})


def list_words(words: Mapping[str, str]) -> str:
    return "; ".join(f"{word}: {meaning}" for word, meaning in words.items()) + "."


class BreakOut(Strict):
    reason = fields.String(
        validate=validate.OneOf(list(BREAKS)),
        metadata=describe(
            f"Why the line breaks. If several reasons apply, the first of this list is given. {list_words(BREAKS)}",
            "definition",
        ),
    )
    field = fields.String(
        allow_none=True,
        metadata=describe(
            "The field that changes: measure, victim_status, covers_from or best; null: a gap.", "measure"
        ),
    )
    before = fields.String(
        allow_none=True, metadata=describe("The value before; null: unknown, or a gap.", "cumulative")
    )
    after = fields.String(allow_none=True, metadata=describe("The value from here on; null: as before.", "buried"))
    since = fields.String(
        metadata=describe("Id of the claim before the break.", "az-mod-2020-12-03-azerbaijani-killed")
    )
    silence = fields.String(
        allow_none=True,
        metadata=describe(
            "Id of the record of the silence; null: no gap.", "az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed"
        ),
    )


SERIES_FIELDS: dict[str, fields.Field[Any]] = {
    "claimant": ref_field("The claimant."),
    "claimant_side": ref_field("Side that the claimant speaks for; null: a third party.", allow_none=True),
    "subject_side": ref_field("Side whose losses they are; `all`: all sides together."),
    "harm": Word(HARM, metadata=describe("The harm.", "killed")),
    "victim_status": Word(VICTIM_STATUS, metadata=describe("Status of the victims; any: not distinguished.", "any")),
    "victim_sex": fields.String(metadata=describe("Sex of the victims; any: not distinguished.", "any")),
    "victim_age": fields.String(metadata=describe("Age of the victims; any: not distinguished.", "any")),
    "part": fields.String(
        allow_none=True, metadata=describe("The part that the claimant counts; null: the whole.", "probable")
    ),
    "responsible_side": ref_field(
        "Side blamed, if the claimant counts its victims as a part; null: the whole.", allow_none=True
    ),
    "series_from": Day(
        allow_none=True,
        metadata=describe("First day that the count covers; a count from a later day is another series.", "2020-09-27"),
    ),
}
POINT: dict[str, fields.Field[Any]] = {
    "claim": fields.String(metadata=describe("Id of the claim.", "az-mod-2020-12-08-azerbaijani-buried")),
    "measure": fields.String(allow_none=True, metadata=describe("The measure: the kind of count.", "buried")),
    "stated_on": Day(
        allow_none=True, metadata=describe("First possible day of the statement; null: undated.", "2020-12-08")
    ),
    "stated_until": Day(allow_none=True, metadata=describe("Last possible day of the statement.", "2020-12-08")),
    "stated_at": fields.String(allow_none=True, metadata=describe("Local hour of the statement, if known.", "19:00")),
    "covers_from": Day(allow_none=True, metadata=describe("First day covered, as stated.", "2020-09-27")),
    "covers_to": Day(allow_none=True, metadata=describe("Last day covered, as stated.", "2020-12-08")),
    "low": fields.Integer(allow_none=True, metadata=describe("Lower bound as stated; null: not stated.", 2723)),
    "best": fields.Integer(
        allow_none=True, metadata=describe("The figure that the speaker gave as their best; null: not stated.", 2723)
    ),
    "high": fields.Integer(allow_none=True, metadata=describe("Upper bound as stated; null: not stated.", 2723)),
    "qualifier": fields.String(allow_none=True, metadata=describe("How the number is qualified.", "exact")),
    "figure_rule": FIGURE_RULE,
    "phrase": fields.String(allow_none=True, metadata=describe("The source's wording for the figure.", "2,723")),
    "confirmation": Word(
        CONFIRMATION, allow_none=True, metadata=describe("How far the claim is confirmed.", "reported")
    ),
    "standing": fields.String(
        allow_none=True,
        validate=validate.OneOf(list(STANDING)),
        metadata=describe(
            f"Whether the figure is current. Every figure stays in the series. {list_words(STANDING)}", "stands"
        ),
    ),
    "stands_instead": fields.String(
        allow_none=True,
        metadata=describe(
            "Id of the claim that is current instead; null: this one is current.",
            "az-mod-2020-07-13-azerbaijani-killed",
        ),
    ),
    "breaks": fields.Nested(
        BreakOut,
        allow_none=True,
        metadata=describe("Why the line breaks before this point. Then there is no rise or fall. Null: no break."),
    ),
    "change": fields.Integer(
        allow_none=True,
        metadata=describe(
            "Best minus the best of the dated point before it, of the same count and measure; null: there is none.", 33
        ),
    ),
    "revision": fields.Boolean(allow_none=True, metadata=describe("Whether the total was revised downwards.", False)),
    "sources": ref_list("The sources that carry it.", SourceRef),
    "url": fields.String(
        metadata=describe(
            "The claim with its reports and relations.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-07-13-azerbaijani-killed",
        )
    ),
}
DAYS: dict[str, fields.Field[Any]] = {
    "from": Day(allow_none=True, metadata=describe("First day of the silence.", "2020-09-27")),
    "to": Day(allow_none=True, metadata=describe("Last day of the silence, or as_of.", "2020-12-02")),
}
GAP: dict[str, fields.Field[Any]] = {
    "claim": fields.String(
        metadata=describe("Id of the record of the silence.", "az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed")
    ),
    **DAYS,
    "sources": ref_list("The sources that carry it.", SourceRef),
    "url": fields.String(
        metadata=describe(
            "The record with its reports.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed",
        )
    ),
}
PointOut: type[Schema] = Strict.from_dict(POINT, name="PointOut")
GapOut: type[Schema] = Strict.from_dict(GAP, name="GapOut")
SeriesOut: type[Schema] = Strict.from_dict(
    {
        **SERIES_FIELDS,
        "points": fields.List(
            fields.Nested(PointOut), metadata=describe("Points in the order stated, undated ones first.")
        ),
        "gaps": fields.List(
            fields.Nested(GapOut),
            metadata=describe("Recorded silences of the side, if the series is about its own losses."),
        ),
    },
    name="SeriesOut",
)
KIND = fields.String(
    validate=validate.OneOf(list(KINDS)),
    metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in KINDS.items()) + ".", "point"),
)
ROW = {**SERIES_FIELDS, "kind": KIND, **POINT, **DAYS, "warnings": WARNING_CODES}
SeriesRowOut: type[Schema] = Strict.from_dict(ROW, name="SeriesRowOut")


class ExcludedClaimOut(Strict):
    claim = fields.String(metadata=describe("Id of the claim.", "az-officials-2020-09-30-armenian-losses"))
    reason = fields.String(
        validate=validate.OneOf(list(EXCLUDED)),
        metadata=describe(f"The reason. {list_words(EXCLUDED)}", "unquantified"),
    )
    by = fields.String(
        allow_none=True, metadata=describe("Id of the claim that displaced it.", "aliyev-2021-07-14-armenian-killed")
    )


class SeriesMeta(StatisticMeta):
    total = fields.Integer(metadata=describe("Number of series.", 12))
    excluded = fields.List(
        fields.Nested(ExcludedClaimOut),
        metadata=describe("Running figures that are not in a series, with the reasons."),
    )
