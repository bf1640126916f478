"""The change log: its entries, the changes of each, and the proofs that the log only grew."""

from typing import Any

from marshmallow import fields, validate

from schemas.fields import Csv, Word, describe
from schemas.responses import (
    DEFAULT_PAGE,
    GREATEST_PAGE,
    GREATEST_REVISION,
    Count,
    ListQuery,
    Names,
    RecordQuery,
    SingleQuery,
    Sort,
    Strict,
    Switch,
    slug_filter,
    subject_side_filter,
    text_filter,
    word_filter,
)
from schemas.vocabularies import HARM, OPERATION

RESOURCES = ("claims", "reports", "relations", "events", "conflicts", "sides", "claimants", "sources")
GREATEST_SEQ = 9_007_199_254_740_991  # the greatest integer that every JSON reader keeps exactly
RFC = "RFC 9162"


TEXT = fields.String(
    metadata=describe("The change in words, with the old and the new figure.", "Azerbaijan MoD: 3 killed, was 2")
)


class LoggedFigureOut(Strict):
    """The figure of a claim or report before or after a change."""

    value = fields.Integer(allow_none=True, metadata=describe("Number as stated.", 2723))
    low = fields.Integer(allow_none=True, metadata=describe("Lower bound.", 2723))
    best = fields.Integer(allow_none=True, metadata=describe("Best figure.", 2723))
    high = fields.Integer(allow_none=True, metadata=describe("Upper bound.", 2723))
    qualifier = fields.String(allow_none=True, metadata=describe("How the number is qualified.", "exact"))
    harm = fields.String(allow_none=True, metadata=describe("The harm suffered.", "killed"))
    status = fields.String(allow_none=True, metadata=describe("Status of the record.", "active"))


def figure_field(description: str) -> fields.Nested:
    return fields.Nested(LoggedFigureOut, allow_none=True, metadata=describe(description))


class ChangedFields(Strict):
    seq = fields.Integer(metadata=describe("Number of the entry: 1, 2, 3 …, without gaps, over all records.", 1))
    revision = fields.Integer(metadata=describe("The revision that the entry is part of.", 1))
    made_at = fields.DateTime(metadata=describe("When.", "2026-01-31T12:00:00Z", "RFC 3339"))
    who = fields.String(metadata=describe("Id of the key that wrote; or `seed`, `import`, `editor`.", "seed"))


class ChangeOut(ChangedFields):
    resource = Word(RESOURCES, metadata=describe("Type of the record, as in its address.", "claims"))
    id = fields.String(metadata=describe("Id of the record.", "putin-2020-10-22-all-killed"))
    operation = Word(OPERATION, metadata={"examples": ["create"]})
    reason = fields.String(metadata=describe("Why.", "The ministry corrected itself."))
    text = TEXT
    old = figure_field("The figure before the change; null: the record has none, or did not exist.")
    new = figure_field("The figure after the change; null: the record has none.")
    before = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata=describe(
            "The record before the change; null: it did not exist.",
            {"id": "az-mod-2020-07-13-azerbaijani-killed", "best": 2},
        ),
    )
    after = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata=describe("The record after the change.", {"id": "az-mod-2020-07-13-azerbaijani-killed", "best": 3}),
    )
    redacted = fields.List(
        fields.String(), metadata=describe("Names of texts that are null because they were erased.", ["before/note"])
    )
    prev = fields.String(
        metadata=describe(
            "Hash of the entry before; zeros for the first entry.",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "SHA-256, hexadecimal",
        )
    )
    hash = fields.String(
        metadata=describe(
            "Hash of the entry's canonical JSON.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            "SHA-256 over RFC 8785",
        )
    )


class ChangeFilters(Strict):
    since = Count(0, GREATEST_REVISION, metadata=describe("Changes made after this revision.", "1"))
    resource = Csv(Word(RESOURCES), metadata=describe("Changes of these record types.", "claims"))
    id = slug_filter("Changes of the records with these ids.", "putin-2020-10-22-all-killed")
    operation = word_filter(OPERATION)
    conflict = slug_filter(
        "Changes of these conflicts and their phases, and of their events, claims, reports and relations.",
        "nagorno-karabakh",
    )
    event = slug_filter("Changes of these events, and of their claims, reports and relations.", "ganja-2020-10-17")
    claimant = slug_filter("Changes of these claimants, and of their claims, reports and relations.", "azerbaijan-mod")
    subject_side = subject_side_filter(
        "Changes of these sides, and of claims about their losses, with reports and relations; `all`: of claims about "
        "all sides together."
    )
    harm = word_filter(HARM, none=True)
    dataset = slug_filter(
        "Changes of records imported from these datasets; `none`: of records entered by an editor.", "none"
    )
    who = text_filter("Changes made by these keys, or by `seed`, `import` or `editor`.", "seed")


class WebhookLogFilters(ChangeFilters):
    """The filters of the log without `since`, which a webhook has in its place."""

    class Meta:
        exclude = ("since",)


class ChangeQuery(ChangeFilters, ListQuery):
    sort = Sort("seq")
    fields_ = Names(ChangeOut)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})  # the log has revisions, but no as-of day


class HistoryQuery(RecordQuery):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})  # as above


class FeedQuery(ChangeFilters):
    limit = Count(
        1, GREATEST_PAGE, metadata=describe(f"Number of entries, newest first (default: {DEFAULT_PAGE}).", "100")
    )


class DifferenceOut(Strict):
    field = fields.String(metadata=describe("Name of the field.", "best"))
    before = fields.Raw(allow_none=True, metadata=describe("The old value; null also if there was no record.", 2300))
    after = fields.Raw(allow_none=True, metadata=describe("The new value.", 2425))
    redacted = fields.Boolean(metadata=describe("Whether a text is null because it was erased.", False))


class HistoryOut(ChangedFields):
    operation = Word(OPERATION, metadata={"examples": ["revise"]})
    reason = fields.String(metadata=describe("Why.", "The ministry corrected itself."))
    differences = fields.List(
        fields.Nested(DifferenceOut), metadata=describe("The changed fields; for a new record, its fields.")
    )


class OpeningOut(Strict):
    """Salt and text of a commitment, which is SHA-256 over both."""

    side = fields.String(metadata=describe("`before` or `after`.", "after"))
    field = fields.String(metadata=describe("Field of the record.", "note"))
    salt = fields.String(
        metadata=describe(
            "Random bytes, hexadecimal.", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        )
    )
    value = fields.String(metadata=describe("The text; of a list of texts, its canonical JSON.", "three soldiers"))


def hash_list(description: str) -> fields.List[Any]:
    return fields.List(fields.String(), metadata=describe(description, None, RFC))


class InclusionOut(Strict):
    seq = fields.Integer(metadata=describe("Number of the entry.", 1))
    leaf_index = fields.Integer(metadata=describe("Index of the leaf in the tree: seq less one.", 0, RFC))
    size = fields.Integer(metadata=describe("Number of entries in the tree.", 3, RFC))
    entry = fields.String(
        metadata=describe("The entry's canonical JSON, to the byte.", '{"after":{},"seq":1}', "RFC 8785")
    )
    openings = fields.List(
        fields.Nested(OpeningOut),
        metadata=describe("Salt and text of the commitments in the entry, without erased ones."),
    )
    leaf = fields.String(
        metadata=describe(
            "SHA-256 over a zero byte and the entry, hexadecimal.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            RFC,
        )
    )
    proof = hash_list("The hashes that lead from the leaf to the root, hexadecimal.")
    root = fields.String(
        metadata=describe(
            "Root of the tree of that size, hexadecimal.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            RFC,
        )
    )


class CheckpointQuery(Strict):
    cosigned = Switch(
        load_default=False,
        metadata=describe("`1`: the newest checkpoint that a witness has cosigned. Later entries are not in it.", "1"),
    )


class TlogProofQuery(Strict):
    seq = Count(1, GREATEST_SEQ, required=True, metadata=describe("Number of the entry.", "1"))
    size = Count(
        1, GREATEST_SEQ, metadata=describe("Number of entries in the tree, as in a checkpoint (default: all).", "3")
    )


class InclusionQuery(TlogProofQuery, SingleQuery):
    pass


class AnswerEntryOut(Strict):
    entry = fields.String(
        metadata=describe("The entry's canonical JSON, to the byte.", '{"after":{},"seq":1}', "RFC 8785")
    )
    proof = hash_list("The hashes that lead from the leaf to the root, hexadecimal.")


class AnswerProofOut(Strict):
    statement = fields.String(
        metadata=describe(
            "Signed lines: the origin of the log, `answer`, the address, its revision, SHA-256 of its bytes.",
            "example.org/log\nanswer\n/v1/claims?revision=1\n1\n5dc9da79\n\n— example.org/log 2HqL\n",
            "C2SP signed-note",
        )
    )
    checkpoint = fields.String(
        metadata=describe(
            "Signed head of the log, as `/v1/log/checkpoint`.",
            "example.org/log\n3\n2HqL\n\n— example.org/log 2HqL\n",
            "C2SP tlog-checkpoint",
        )
    )
    entries = fields.List(
        fields.Nested(AnswerEntryOut),
        metadata=describe(
            "Of each record of the list, of each claim that the answer names, and of the reports of these claims: the "
            "newest entry up to the revision."
        ),
    )


class AnswerProofQuery(SingleQuery):
    of = fields.String(
        required=True,
        validate=validate.Length(1, 4000),
        metadata=describe(
            "Address of a JSON or CSV answer with `revision` or `release`, for example its `links.self`.",
            "/v1/claims?subject_side=azerbaijan&revision=1",
        ),
    )


class ConsistencyOut(Strict):
    from_ = fields.Integer(data_key="from", metadata=describe("Number of entries in the older tree.", 2, RFC))
    to = fields.Integer(metadata=describe("Number of entries in the newer tree.", 3, RFC))
    proof = hash_list("The hashes that lead to both roots, hexadecimal.")
    from_root = fields.String(
        metadata=describe(
            "Root of the older tree, hexadecimal.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            RFC,
        )
    )
    to_root = fields.String(
        metadata=describe(
            "Root of the newer tree, hexadecimal.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            RFC,
        )
    )


class ConsistencyQuery(SingleQuery):
    from_ = Count(
        1,
        GREATEST_SEQ,
        required=True,
        data_key="from",
        attribute="from",
        metadata=describe("Number of entries in the older tree, as in a saved checkpoint.", "2"),
    )
    to = Count(1, GREATEST_SEQ, metadata=describe("Number of entries in the newer tree (default: all).", "3"))
