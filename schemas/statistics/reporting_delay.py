"""How long a side took to report its losses."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.fields import Day, Slug, Span, Word, describe
from schemas.responses import FlatShape, Names, SourceRef, Strict, ref_field, ref_list, slug_filter
from schemas.statistics.casualties import StatisticMeta
from schemas.statistics.time_series import DAYS
from schemas.vocabularies import COUNTERCLAIM, HARM, VICTIM_STATUS, Vocabulary

OF_WORDS = {
    "events": "violent events in which the side is recorded, and those about which it gave a figure. Only figures "
    "about the event count",
    "conflicts": "conflicts of the side that have no phases, and any others about which it gave a figure. Only figures "
    "about no single event count",
}
EXPLANATIONS = Vocabulary(
    "delay_explanation",
    "Why a number of days is 0 or missing.",
    COUNTERCLAIM,
    {
        "before_it_was_over": "stated before the last possible day of the event: counted as 0 days",
        "undated": "it gave a figure, but no day of any is known",
        "never": "it gave no figure for its own losses, or retracted all of them",
        "unknown_start": "the day on which the conflict began is not recorded",
    },
)
LAST_DAY = "The last possible day of the statement"


SILENCE: dict[str, fields.Field[Any]] = {
    "claim": fields.String(
        metadata=describe("Id of the record of the silence.", "az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed")
    ),
    "victim_status": Word(
        VICTIM_STATUS,
        metadata=describe("Status of the victims that the side was silent about.", "member_of_armed_forces"),
    ),
    **DAYS,
}
SilenceOut: type[Schema] = Strict.from_dict(SILENCE, name="SilenceOut")
FIRST: dict[str, fields.Field[Any]] = {
    "claimant": ref_field("The claimant of the first figure.", allow_none=True),
    "subject_side": ref_field("Whose losses they are: the side or a member.", allow_none=True),
    "victim_status": Word(VICTIM_STATUS, allow_none=True, metadata=describe("Status of the victims.", "civilian")),
    "measure": fields.String(allow_none=True, metadata=describe("The measure: the kind of count.", "incident")),
    "stated_on": Day(allow_none=True, metadata=describe("First possible day of the statement.", "2020-07-12")),
    "stated_until": Day(allow_none=True, metadata=describe(f"{LAST_DAY}, to which days are counted.", "2020-07-12")),
    "low": fields.Integer(allow_none=True, metadata=describe("Lower bound as stated; null: not stated.", 2)),
    "best": fields.Integer(
        allow_none=True, metadata=describe("The figure that the speaker gave as their best; null: not stated.", 2)
    ),
    "high": fields.Integer(allow_none=True, metadata=describe("Upper bound as stated; null: not stated.", 2)),
    "sources": ref_list("The sources that carry it.", SourceRef),
}
TIMELINESS: dict[str, fields.Field[Any]] = {
    "event": ref_field("The event; null in rows of conflicts.", allow_none=True),
    "conflict": ref_field("The conflict."),
    "started_on": Day(allow_none=True, metadata=describe("First possible day of the event or conflict.", "2020-07-12")),
    "ended_on": Day(allow_none=True, metadata=describe("Last possible day of the event or conflict.", "2020-07-12")),
    "harm": Word(HARM, metadata=describe("The harm.", "killed")),
    "days": fields.Integer(
        allow_none=True,
        metadata=describe(
            "Days from the last possible day of the event, or the first day of the conflict, until the last possible "
            "day of the side's first figure for its own losses. Never negative; null: see explanation.",
            0,
        ),
    ),
    "explanation": fields.String(
        allow_none=True,
        validate=validate.OneOf(list(EXPLANATIONS)),
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in EXPLANATIONS.items()) + ".", "never"),
    ),
    "claim": fields.String(
        allow_none=True,
        metadata=describe("Id of the first figure, even if superseded since.", "az-mod-2020-07-12-azerbaijani-killed"),
    ),
    **FIRST,
    "silences": fields.List(
        fields.Nested(SilenceOut), metadata=describe("Recorded silences of the side on these days.")
    ),
    "url": fields.String(
        allow_none=True,
        metadata=describe(
            "The first figure with its reports and relations.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-07-12-azerbaijani-killed",
        ),
    ),
}
TimelinessOut: type[Schema] = Strict.from_dict(TIMELINESS, name="TimelinessOut")


class TimelinessQuery(FlatShape):
    subject_side = Slug(
        required=True, metadata=describe("The side whose losses they are. Its members are included.", "azerbaijan")
    )
    of = fields.String(
        validate=validate.OneOf(list(OF_WORDS)),
        load_default="events",
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in OF_WORDS.items()) + ".", "conflicts"),
    )
    harm = Word(HARM, load_default="killed", metadata=describe("The harm of the figures.", "killed"))
    victim_status = Word(
        VICTIM_STATUS,
        metadata=describe("Figures about exactly this victim status (default: any).", "member_of_armed_forces"),
    )
    conflict = slug_filter("Conflict ids, including their phases.", "nagorno-karabakh-2020")
    event = slug_filter("Event ids; needs of=events.", "ganja-2020-10-17")
    from_ = Span(
        0, data_key="from", attribute="from", metadata=describe("Events that end on or after this day.", "2020-09-27")
    )
    to = Span(1, metadata=describe("Events that start on or before this day.", "2020-11-10"))
    fields_ = Names(TimelinessOut)


class TimelinessMeta(StatisticMeta):
    of = fields.String(metadata=describe("events or conflicts.", "events"))
    total = fields.Integer(metadata=describe("Number of events or conflicts.", 9))
    never = fields.List(
        fields.String(),
        metadata=describe("Ids of the events or conflicts for which the side gave no figure of its own losses."),
    )
