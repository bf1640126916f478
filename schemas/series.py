"""Running figures one after the other: series, and the points where their lines break."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.casualties import LeftOut, StatisticMeta
from schemas.envelopes import FlatShape, SourceRef, Strict, ref, refs, slugs, words
from schemas.fields import Slug, Word, about
from schemas.vocab import CONFIRMATION, HARM, MEASURE, VICTIM_STATUS, Vocabulary

RUNNING = Vocabulary(
    "running measure",
    "Measures of which series are made.",
    MEASURE.origin,
    {word: MEASURE[word] for word in ("cumulative", "identified", "bodies", "buried", "estimate")},
)
KINDS = {"point": "a figure", "gap": "a silence: the side published no figure of its own on these days"}


class SeriesQuery(FlatShape):
    conflict = Slug(
        metadata=about("Figures recorded under exactly this conflict, not its phases.", "nagorno-karabakh-2020")
    )
    event = Slug(metadata=about("Running figures of this one event; give either this or a conflict."))
    claimant = slugs("Stated by these.", "azerbaijan-mod")
    side = slugs("About the losses of exactly these sides; `none`: of all sides together.", "azerbaijan")
    harm = words(HARM)
    measure = words(RUNNING)
    victim_status = words(VICTIM_STATUS)

    @validates_schema(skip_on_field_errors=True)
    def is_about_one_thing(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("conflict" in data) == ("event" in data):
            raise ValidationError({"conflict": ["Give either conflict, exactly one, or event."]})


class BreakOut(Strict):
    because = fields.String(metadata=about("What changes: measure or victim_status.", "measure"))
    before = fields.String(metadata=about("What it was.", "cumulative"))
    after = fields.String(metadata=about("What it is from here on.", "buried"))
    since = fields.String(metadata=about("Id of the claim before the break.", "az-mod-2020-12-03-azerbaijani-killed"))


ABOUT: dict[str, fields.Field[Any]] = {
    "claimant": ref("Who says so."),
    "claimant_side": ref("The side that the claimant speaks for; null: a third party.", allow_none=True),
    "subject_side": ref("Whose losses; null: all sides together.", allow_none=True),
    "harm": Word(HARM, metadata=about("Which harm.", "killed")),
    "victim_status": Word(VICTIM_STATUS, metadata=about("Status of the victims; any: not told apart.", "any")),
    "victim_sex": fields.String(metadata=about("Sex of the victims; any: not told apart.", "any")),
    "victim_age": fields.String(metadata=about("Age of the victims; any: not told apart.", "any")),
}
POINT: dict[str, fields.Field[Any]] = {
    "claim": fields.String(metadata=about("Id of the claim.", "az-mod-2020-12-08-azerbaijani-buried")),
    "measure": fields.String(allow_none=True, metadata=about("What is counted.", "buried")),
    "stated_on": fields.String(
        allow_none=True, metadata=about("First possible day of the statement; null: undated.", "2020-12-08")
    ),
    "stated_until": fields.String(allow_none=True, metadata=about("Last possible day.", "2020-12-08")),
    "stated_at": fields.String(allow_none=True, metadata=about("Hour where known, local time.", "19:00")),
    "covers_to": fields.String(allow_none=True, metadata=about("Last day covered, as stated.", "2020-12-08")),
    "low": fields.Integer(allow_none=True, metadata=about("Least number stated; null: none stated.", 2723)),
    "best": fields.Integer(allow_none=True, metadata=about("The number stated as such; null: none.", 2723)),
    "high": fields.Integer(allow_none=True, metadata=about("Greatest number stated; null: none stated.", 2723)),
    "qualifier": fields.String(allow_none=True, metadata=about("How the number is qualified.", "exact")),
    "phrase": fields.String(allow_none=True, metadata=about("The words of the figure.", "2,723")),
    "confirmation": Word(CONFIRMATION, allow_none=True, metadata=about("How the claim stands.", "reported")),
    "standing": fields.String(
        allow_none=True,
        validate=validate.OneOf(["stands", "superseded"]),
        metadata=about("Whether it stands; superseded points stay in the series.", "stands"),
    ),
    "superseded_by": fields.String(
        allow_none=True, metadata=about("Id of the claim that superseded it.", "az-mod-2020-07-13-azerbaijani-killed")
    ),
    "breaks": fields.Nested(
        BreakOut,
        allow_none=True,
        metadata=about("Why the line breaks before this point, which is then no rise or fall; null: it goes on."),
    ),
    "change": fields.Integer(
        allow_none=True,
        metadata=about("Best less the best of the dated point before it of the same measure; null: there is none.", 33),
    ),
    "revision": fields.Boolean(allow_none=True, metadata=about("It falls: the total was revised downwards.", False)),
    "sources": refs("Where it can be read.", SourceRef),
    "url": fields.String(
        metadata=about(
            "The claim with its reports and relations.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-07-13-azerbaijani-killed",
        )
    ),
}
DAYS: dict[str, fields.Field[Any]] = {
    "from": fields.String(allow_none=True, metadata=about("First day of the silence.", "2020-09-27")),
    "to": fields.String(allow_none=True, metadata=about("Last day of the silence, or as_of.", "2020-12-02")),
}
GAP: dict[str, fields.Field[Any]] = {
    "claim": fields.String(
        metadata=about("Id of the record of the silence.", "az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed")
    ),
    **DAYS,
    "sources": refs("Where it can be read.", SourceRef),
    "url": fields.String(
        metadata=about(
            "The record with its reports.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-09-27-2020-12-02-silence-azerbaijani-killed",
        )
    ),
}
PointOut: type[Schema] = Strict.from_dict(POINT, name="PointOut")
GapOut: type[Schema] = Strict.from_dict(GAP, name="GapOut")
SeriesOut: type[Schema] = Strict.from_dict(
    {
        **ABOUT,
        "points": fields.List(fields.Nested(PointOut), metadata=about("In the order stated, the undated first.")),
        "gaps": fields.List(fields.Nested(GapOut), metadata=about("Silences of the side, if it speaks of itself.")),
    },
    name="SeriesOut",
)
KIND = fields.String(
    validate=validate.OneOf(list(KINDS)),
    metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in KINDS.items()) + ".", "point"),
)
SeriesRowOut: type[Schema] = Strict.from_dict({**ABOUT, "kind": KIND, **POINT, **DAYS}, name="SeriesRowOut")


class SeriesMeta(StatisticMeta):
    total = fields.Integer(metadata=about("How many series.", 12))
    excluded = fields.List(fields.Nested(LeftOut), metadata=about("Running figures that are no points, and why."))
