"""Queries, bodies and answers of writes."""

from marshmallow import fields, validate

from schemas.claims import ClaimIn
from schemas.fields import Id, Slug, Text, Word, describe
from schemas.reports import ReportFields
from schemas.responses import OneOrMore, Strict, Switch
from schemas.vocabularies import EFFECT, FLAG, QUALIFIER, STATUS


class ReasonQuery(Strict):
    reason = Text(
        longest=500,
        required=True,
        metadata=describe("The reason, which is kept with the change permanently.", "Second source found."),
    )


class WriteQuery(ReasonQuery):
    dry_run = Switch(
        load_default=False,
        metadata=describe("`1` checks the request and answers with its effects, and writes nothing.", "1"),
    )


class NewQuery(WriteQuery):
    allow_duplicate = Switch(
        load_default=False,
        metadata=describe(
            "`1`: add records without an id also if they have the content of existing ones (default: `0`, refuse "
            "them).",
            "1",
        ),
    )


class WrittenRef(Strict):
    id = fields.String(metadata=describe("Id of the record.", "azerbaijan-mod-2020-10-01-killed"))
    revision = fields.Integer(
        allow_none=True, metadata=describe("Revision that wrote it; null: a dry run, which writes none.", 2)
    )
    url = fields.String(metadata=describe("Address of the record.", "http://127.0.0.1:8000/v1/claims/x"))
    reading = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata=describe(
            "The fields that were filled in: bounds that follow from qualifier and value, a figure read from its "
            "phrase, the last day of a day. Null: none.",
            {"low": 2300, "best": 2300, "stated_until": "2020-10-22"},
        ),
    )


class FollowedRef(Strict):
    """A report that got the status of its claim."""

    id = fields.String(metadata=describe("Id of the report.", "putin-2020-10-22-all-killed-urdupoint-1064747"))
    status = Word(STATUS, metadata={"examples": ["retracted"]})


class RevisedRef(WrittenRef):
    """A corrected or retracted record."""

    reports = fields.List(
        fields.Nested(FollowedRef),
        metadata=describe(
            "The reports that changed with a claim that was retracted or made active again; empty: none.",
            [{"id": "putin-2020-10-22-all-killed-urdupoint-1064747", "status": "retracted"}],
        ),
    )


class EffectFigure(Strict):
    """The figure of a claim that an effect changed."""

    low = fields.Integer(allow_none=True, metadata=describe("Lowest number; null: not stated.", 14))
    best = fields.Integer(allow_none=True, metadata=describe("Best number; null: not stated.", 14))
    high = fields.Integer(allow_none=True, metadata=describe("Highest number; null: not stated.", 15))
    qualifier = Word(QUALIFIER, allow_none=True, metadata={"examples": ["exact"]})
    flags = fields.List(Word(FLAG), metadata=describe(FLAG.description, ["reports_differ"]))


class EffectOut(Strict):
    """A claim that counts again, no longer counts, or has another figure because of the write."""

    claim = fields.String(metadata=describe("Id of the claim.", "azerbaijan-mod-2020-10-01-killed"))
    effect = Word(EFFECT, metadata={"examples": ["replaced"]})
    by = fields.String(
        allow_none=True,
        metadata=describe(
            "Id of the record that causes it: the claim that displaces it, or did; for a figure, the report or source.",
            "putin-2020-10-22-killed",
        ),
    )
    by_resource = fields.String(allow_none=True, metadata=describe("Type of that record.", "claims"))
    before = fields.Nested(
        EffectFigure, allow_none=True, metadata=describe("The figure before; null: the figure did not change.")
    )
    after = fields.Nested(
        EffectFigure, allow_none=True, metadata=describe("The figure now; null: the figure did not change.")
    )
    note = fields.String(
        metadata=describe(
            "What happened, and what to correct if the claims are about different people.",
            "If they are about different people, give each a `part`.",
        )
    )


class EffectsOut(Strict):
    """The effects of a write on claims."""

    effects = fields.List(
        fields.Nested(EffectOut),
        metadata=describe("Claims that count again, no longer count, or have another figure; empty: none."),
    )
    effects_complete = fields.Boolean(
        metadata=describe(
            "Whether every effect is listed. False: more than 5,000 claims would have to be compared, so only "
            "changed figures are listed.",
            True,
        )
    )
    dry_run = fields.Boolean(metadata=describe("Whether this was a dry run: nothing was written.", False))


class WrittenOut(EffectsOut):
    data = OneOrMore(
        WrittenRef,
        metadata=describe(
            "The record written, or an array in the order sent.",
            {
                "id": "putin-2020-10-22-killed",
                "revision": 2,
                "url": "http://127.0.0.1:8000/v1/claims/putin-2020-10-22-killed",
                "reading": {"low": 2300, "best": 2300, "stated_until": "2020-10-22"},
            },
        ),
    )


class RevisedOut(EffectsOut):
    data = fields.Nested(RevisedRef, required=True, metadata=describe("The record that was corrected or retracted."))


class ReportOfClaimIn(ReportFields):
    """A report sent within its claim."""

    id = Id(
        metadata=describe(
            "Id of the report (default: made from claim and source).",
            "putin-2020-10-22-all-killed-urdupoint-1064747",
        )
    )
    source = Slug(named=True, required=True, metadata=describe("The document that carries it.", "tass-1210971"))


class ClaimPost(ClaimIn):
    """A new claim, with the reports that carry it."""

    id = Id(metadata=describe("Id of the claim (default: made from its content).", "putin-2020-10-22-killed"))
    reports = fields.List(
        fields.Nested(ReportOfClaimIn),
        required=True,
        metadata=describe("The claim as each source carries it; at least one report."),
    )


class RedactionIn(Strict):
    """The texts of the record to erase permanently."""

    fields_ = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        data_key="fields",
        attribute="fields",
        validate=validate.Length(1, 10),
        metadata=describe("Names of fields with free text: names, titles, places, addresses, notes …", ["note"]),
    )


class FoundRef(Strict):
    resource = fields.String(metadata=describe("Type of the record, as in its address.", "reports"))
    id = fields.String(metadata=describe("Id of the record.", "putin-2020-10-22-all-killed-urdupoint-1064747"))
    url = fields.String(metadata=describe("Address of the record.", "http://127.0.0.1:8000/v1/reports/x"))


class RedactedOut(WrittenRef):
    """The erased texts, other records with the same words, and the copies that remain."""

    fields_ = fields.List(
        fields.String(),
        data_key="fields",
        attribute="fields",
        metadata=describe("The fields that were erased.", ["note"]),
    )
    erased = fields.Integer(metadata=describe("Number of texts deleted from the change log.", 2))
    elsewhere = fields.List(
        fields.Nested(FoundRef), metadata=describe("Other records that contain the same words; the first 20.", [])
    )
    beyond_reach = fields.List(
        fields.String(),
        metadata=describe("Copies that remain until somebody deletes them.", ["Backups and replicas made before."]),
    )


class RedactionOut(Strict):
    data = fields.Nested(RedactedOut, required=True, metadata=describe("What was erased, and what is left to do."))
