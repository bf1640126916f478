"""How long a side took to give a figure of its own."""

from typing import Any

from marshmallow import Schema, fields, validate

from schemas.casualties import StatisticMeta
from schemas.envelopes import FlatShape, Names, SourceRef, Strict, ref, refs, slugs
from schemas.fields import Slug, Span, Word, about
from schemas.series import DAYS
from schemas.vocab import HARM, VICTIM_STATUS

OF = {
    "events": "violent events in which the side is recorded, or of which it gave a figure; by figures of the event",
    "conflicts": "conflicts of the side without phases, or with figures of their own; by figures of no single event",
}
EXPLANATIONS = {
    "before_it_was_over": "stated before the last possible day of the event: counted as 0 days",
    "undated": "it gave a figure, but no day of any is known",
    "never": "it gave no figure of its own that was not taken back",
    "unknown_start": "the day on which the conflict began is not recorded",
}
LAST_DAY = "The last possible day of the statement"


SILENCE: dict[str, fields.Field[Any]] = {
    "claim": fields.String(
        metadata=about("Id of the record of the silence.", "az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed")
    ),
    "victim_status": Word(VICTIM_STATUS, metadata=about("On whom the side was silent.", "member_of_armed_forces")),
    **DAYS,
}
SilenceOut: type[Schema] = Strict.from_dict(SILENCE, name="SilenceOut")
FIRST: dict[str, fields.Field[Any]] = {
    "claimant": ref("Who gave it.", allow_none=True),
    "subject_side": ref("Whose losses: the side, or a member.", allow_none=True),
    "victim_status": Word(VICTIM_STATUS, allow_none=True, metadata=about("Status of the victims.", "civilian")),
    "measure": fields.String(allow_none=True, metadata=about("What kind of count it is.", "incident")),
    "stated_on": fields.String(allow_none=True, metadata=about("First possible day of the statement.", "2020-07-12")),
    "stated_until": fields.String(
        allow_none=True, metadata=about(f"{LAST_DAY}: days are counted to it.", "2020-07-12")
    ),
    "low": fields.Integer(allow_none=True, metadata=about("Least number stated; null: none stated.", 2)),
    "best": fields.Integer(allow_none=True, metadata=about("The number stated as such; null: none.", 2)),
    "high": fields.Integer(allow_none=True, metadata=about("Greatest number stated; null: none stated.", 2)),
    "sources": refs("Where it can be read.", SourceRef),
}
TIMELINESS: dict[str, fields.Field[Any]] = {
    "event": ref("The event; null: of conflicts.", allow_none=True),
    "conflict": ref("The conflict."),
    "started_on": fields.String(allow_none=True, metadata=about("First possible day.", "2020-07-12")),
    "ended_on": fields.String(allow_none=True, metadata=about("Last possible day.", "2020-07-12")),
    "harm": Word(HARM, metadata=about("Which harm.", "killed")),
    "days": fields.Integer(
        allow_none=True,
        metadata=about(
            "Days from the last possible day of the event, or the first of the conflict, to the last possible day of "
            "the side's first figure of its own; never negative; null: see explanation.",
            0,
        ),
    ),
    "explanation": fields.String(
        allow_none=True,
        validate=validate.OneOf(list(EXPLANATIONS)),
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in EXPLANATIONS.items()) + ".", "never"),
    ),
    "claim": fields.String(
        allow_none=True,
        metadata=about("Id of the first figure, even if superseded since.", "az-mod-2020-07-12-azerbaijani-killed"),
    ),
    **FIRST,
    "silences": fields.List(fields.Nested(SilenceOut), metadata=about("Silences of the side on these days.")),
    "url": fields.String(
        allow_none=True,
        metadata=about(
            "The first figure with its reports and relations.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-07-12-azerbaijani-killed",
        ),
    ),
}
TimelinessOut: type[Schema] = Strict.from_dict(TIMELINESS, name="TimelinessOut")


class TimelinessQuery(FlatShape):
    side = Slug(required=True, metadata=about("The side, its members included.", "azerbaijan"))
    of = fields.String(
        validate=validate.OneOf(list(OF)),
        load_default="events",
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in OF.items()) + ".", "conflicts"),
    )
    harm = Word(HARM, load_default="killed", metadata=about("Figures of which harm.", "killed"))
    victim_status = Word(
        VICTIM_STATUS,
        metadata=about("Figures of exactly this status; unless given: of any.", "member_of_armed_forces"),
    )
    conflict = slugs("Of these conflicts, their phases included.", "nagorno-karabakh-2020")
    event = slugs("Of these events; with of=events.", "ganja-2020-10-17")
    from_ = Span(0, data_key="from", attribute="from", metadata=about("Events not over before.", "2020-09-27"))
    to = Span(1, metadata=about("Events not begun after.", "2020-11-10"))
    fields_ = Names(TimelinessOut)


class TimelinessMeta(StatisticMeta):
    of = fields.String(metadata=about("events or conflicts.", "events"))
    total = fields.Integer(metadata=about("How many events or conflicts.", 9))
    never = fields.List(fields.String(), metadata=about("Ids of those of which the side gave no figure of its own."))
