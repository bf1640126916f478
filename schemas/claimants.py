"""A claimant: who makes a statement, speaking for a side or for none."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas.fields import Id, Slug, Text, Word, describe
from schemas.responses import ListQuery, Names, Recorded, Sort, Standing, Stated, ref_field, slug_filter, word_filter
from schemas.vocabularies import CLAIMANT_KIND

AFFILIATION = "The side to which it belongs without speaking for it; null: none known."


class ClaimantFields(Standing):
    id = Id(required=True, metadata=describe("Id of the claimant.", "azerbaijan-mod"))
    name = Text(longest=300, required=True, metadata=describe("Name.", "Ministry of Defence of Azerbaijan"))
    kind = Word(CLAIMANT_KIND, load_default="unknown", metadata={"examples": ["ministry"]})
    note = Text(
        blank=True,
        load_default="",
        metadata=describe("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class ClaimantIn(ClaimantFields):
    side = Slug(
        named=True,
        load_default=None,
        allow_none=True,
        metadata=describe("The side it speaks for; null: a third party.", "azerbaijan"),
    )
    affiliation = Slug(named=True, load_default=None, allow_none=True, metadata=describe(AFFILIATION, "armenia"))

    @validates_schema(skip_on_field_errors=False)
    def check_affiliation(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse an affiliation that repeats the side: a claimant that speaks for a side belongs to it."""
        if data.get("affiliation") and data["affiliation"] == data.get("side"):
            raise ValidationError(
                {
                    "affiliation": [
                        f"The claimant speaks for {data['side']} already. Leave out the affiliation, or the side if it "
                        "speaks for none."
                    ]
                }
            )


class ClaimantOut(ClaimantFields, Recorded):
    side = ref_field("The side it speaks for; null: a third party.", allow_none=True)
    affiliation = ref_field(AFFILIATION, allow_none=True)


class ClaimantFilters(Stated):
    id = slug_filter("Claimant ids.", "azerbaijan-mod")
    kind = word_filter(CLAIMANT_KIND)
    side = slug_filter("Claimants that speak for these sides; `none`: third parties.", "azerbaijan")
    affiliation = slug_filter(
        "Claimants that belong to these sides without speaking for them; `none`: claimants that belong to no side.",
        "armenia",
    )
    q = Text(longest=100, metadata=describe('Words, a "phrase" or -not, anywhere in the text.', "ministry"))


class ClaimantQuery(ClaimantFilters, ListQuery):
    sort = Sort("id", "name", "kind")
    fields_ = Names(ClaimantOut)
