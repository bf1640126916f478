"""A relation: what one claim is to another."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.fields import (
    Id,
    LastDay,
    PastDay,
    Slug,
    Text,
    Word,
    describe,
)
from schemas.responses import (
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Sort,
    Standing,
    Stated,
    slug_filter,
    word_filter,
)
from schemas.vocabularies import (
    RELATION,
)


class RelationFields(Standing):
    id = Id(
        required=True,
        metadata=describe(
            "Id of the relation.",
            "az-mod-2020-07-13-azerbaijani-killed-supersedes-az-mod-2020-07-12-azerbaijani-killed",
        ),
    )
    kind = Word(RELATION, required=True, metadata={"examples": ["supersedes"]})
    stated_on = PastDay(
        load_default=None,
        allow_none=True,
        metadata=describe("First possible day from which it is known.", "2020-07-13"),
    )
    stated_until = LastDay(
        load_default=None, allow_none=True, metadata=describe("Last possible day from which it is known.", "2020-07-13")
    )
    note = Text(blank=True, load_default="", metadata=describe("Why.", "A third soldier died of his wounds."))


class RelationIn(RelationFields, InOrder):
    DAYS = (("stated_on", "stated_until"),)
    claim = Slug(
        required=True,
        metadata=describe(
            "Claim at the start of the relation, for example the one that supersedes.",
            "az-mod-2020-07-13-azerbaijani-killed",
        ),
    )
    target = Slug(
        required=True,
        metadata=describe(
            "Claim at the end of the relation, for example the one superseded.", "az-mod-2020-07-12-azerbaijani-killed"
        ),
    )

    @validates_schema(skip_on_field_errors=False)
    def check_claims_differ(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("target") and data.get("claim") == data["target"]:
            raise ValidationError({"target": ["Must be another claim. A claim cannot be related to itself."]})


class RelationOut(RelationFields, Recorded):
    claim = fields.String(
        metadata=describe(
            "Id of the claim at the start of the relation, for example the one that supersedes.",
            "az-mod-2020-07-13-killed",
        )
    )
    target = fields.String(
        metadata=describe(
            "Id of the claim at the end of the relation, for example the one superseded.", "az-mod-2020-07-12-killed"
        )
    )


class RelationFilters(Stated):
    id = slug_filter("Relation ids.")
    claim = slug_filter("Ids of the claims at the start of the relation, for example those that supersede.")
    target = slug_filter("Ids of the claims at the end of the relation, for example those superseded.")
    kind = word_filter(RELATION)


class RelationQuery(RelationFilters, ListQuery):
    sort = Sort("id", "kind", "stated_on")
    fields_ = Names(RelationOut)
