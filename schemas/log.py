"""The change log: its entries, what they changed, and the proofs that nothing in it ever changes."""

from typing import Any

from marshmallow import fields

from schemas.envelopes import (
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
    slugs,
    texts,
)
from schemas.fields import Csv, Word, about
from schemas.vocab import OPERATION

RESOURCES = ("claims", "reports", "relations", "events", "conflicts", "sides", "claimants", "sources")
GREATEST_SEQ = 9_007_199_254_740_991  # what every reader of JSON keeps
RFC = "RFC 9162"


class ChangedFields(Strict):
    seq = fields.Integer(metadata=about("Number of the entry: 1, 2, 3 … over all records, no gaps.", 1))
    revision = fields.Integer(metadata=about("The revision that it is part of.", 1))
    made_at = fields.DateTime(metadata=about("When.", "2026-01-31T12:00:00Z", "RFC 3339"))
    who = fields.String(metadata=about("Id of the key that wrote; or `seed`, `import`, `editor`.", "seed"))


class ChangeOut(ChangedFields):
    resource = Word(RESOURCES, metadata=about("What kind of record, as in its address.", "claims"))
    id = fields.String(metadata=about("Id of the record.", "putin-2020-10-22-all-killed"))
    operation = Word(OPERATION, metadata={"examples": ["create"]})
    reason = fields.String(metadata=about("Why.", "The ministry corrected itself."))
    before = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata=about(
            "The record before; null: there was none.", {"id": "az-mod-2020-07-13-azerbaijani-killed", "best": 2}
        ),
    )
    after = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata=about("The record afterwards.", {"id": "az-mod-2020-07-13-azerbaijani-killed", "best": 3}),
    )
    redacted = fields.List(
        fields.String(), metadata=about("Texts that are null because they were erased.", ["before/note"])
    )
    prev = fields.String(
        metadata=about(
            "Hash of the entry before; zeros at the first.",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "SHA-256, hexadecimal",
        )
    )
    hash = fields.String(
        metadata=about(
            "Hash of the entry's canonical JSON.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            "SHA-256 over RFC 8785",
        )
    )


class ChangeFilters(Strict):
    since = Count(0, GREATEST_REVISION, metadata=about("Made after this revision.", "1"))
    resource = Csv(Word(RESOURCES), metadata=about("Of these kinds of record.", "claims"))
    id = slugs("Of the records with these ids.", "putin-2020-10-22-all-killed")
    who = texts("Made by these keys; or by `seed`, `import`, `editor`.", "seed")


class ChangeQuery(ChangeFilters, ListQuery):
    sort = Sort("seq")
    fields_ = Names(ChangeOut)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})  # the log knows the other clock only


class HistoryQuery(RecordQuery):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"exclude": ("as_of",), **kwargs})  # as above


class FeedQuery(ChangeFilters):
    limit = Count(1, GREATEST_PAGE, metadata=about(f"Entries, newest first: {DEFAULT_PAGE} unless given.", "100"))


class DifferenceOut(Strict):
    field = fields.String(metadata=about("Name of the field.", "best"))
    before = fields.Raw(allow_none=True, metadata=about("What it was; null also where there was no record.", 2300))
    after = fields.Raw(allow_none=True, metadata=about("What it became.", 2425))
    redacted = fields.Boolean(metadata=about("Whether a text is null because it was erased.", False))


class HistoryOut(ChangedFields):
    operation = Word(OPERATION, metadata={"examples": ["revise"]})
    reason = fields.String(metadata=about("Why.", "The ministry corrected itself."))
    differences = fields.List(
        fields.Nested(DifferenceOut), metadata=about("What changed; of a new record what it states.")
    )


class OpeningOut(Strict):
    """What opens a commitment: SHA-256 over salt and text."""

    side = fields.String(metadata=about("`before` or `after`.", "after"))
    field = fields.String(metadata=about("Field of the record.", "note"))
    salt = fields.String(
        metadata=about("Random bytes, hexadecimal.", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
    )
    value = fields.String(metadata=about("The text.", "three soldiers"))


def hashes(description: str) -> fields.List[Any]:
    return fields.List(fields.String(), metadata=about(description, None, RFC))


class InclusionOut(Strict):
    seq = fields.Integer(metadata=about("Number of the entry.", 1))
    leaf_index = fields.Integer(metadata=about("Its place in the tree: seq less one.", 0, RFC))
    size = fields.Integer(metadata=about("Entries of the tree.", 3, RFC))
    entry = fields.String(
        metadata=about("The entry's canonical JSON, to the byte.", '{"after":{},"seq":1}', "RFC 8785")
    )
    openings = fields.List(
        fields.Nested(OpeningOut), metadata=about("Salt and text of the commitments in it; without erased ones.")
    )
    leaf = fields.String(
        metadata=about(
            "SHA-256 over a zero byte and the entry, hexadecimal.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            RFC,
        )
    )
    proof = hashes("The hashes that lead from the leaf to the root, hexadecimal.")
    root = fields.String(
        metadata=about(
            "Root of the tree of that size, hexadecimal.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            RFC,
        )
    )


class InclusionQuery(SingleQuery):
    seq = Count(1, GREATEST_SEQ, required=True, metadata=about("Number of the entry.", "1"))
    size = Count(1, GREATEST_SEQ, metadata=about("Entries of the tree: of a checkpoint; all unless given.", "3"))


class ConsistencyOut(Strict):
    from_ = fields.Integer(data_key="from", metadata=about("Entries of the older tree.", 2, RFC))
    to = fields.Integer(metadata=about("Entries of the newer tree.", 3, RFC))
    proof = hashes("The hashes that lead to both roots, hexadecimal.")
    from_root = fields.String(
        metadata=about(
            "Root of the older tree, hexadecimal.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            RFC,
        )
    )
    to_root = fields.String(
        metadata=about(
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
        metadata=about("Entries of the older tree: of a checkpoint that was kept.", "2"),
    )
    to = Count(1, GREATEST_SEQ, metadata=about("Entries of the newer tree; all unless given.", "3"))
