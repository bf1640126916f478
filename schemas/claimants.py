"""A claimant: who makes a statement, speaking for a side or for none."""

from schemas.envelopes import ListQuery, Names, Recorded, Sort, Standing, Stated, ref, slugs, words
from schemas.fields import Id, Slug, Text, Word, about
from schemas.vocab import CLAIMANT_KIND


class ClaimantFields(Standing):
    id = Id(required=True, metadata=about("Id of the claimant.", "azerbaijan-mod"))
    name = Text(longest=300, required=True, metadata=about("Name.", "Ministry of Defence of Azerbaijan"))
    kind = Word(CLAIMANT_KIND, load_default="unknown", metadata={"examples": ["ministry"]})
    note = Text(
        blank=True,
        load_default="",
        metadata=about("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class ClaimantIn(ClaimantFields):
    side = Slug(
        load_default=None, allow_none=True, metadata=about("The side it speaks for; null: a third party.", "azerbaijan")
    )


class ClaimantOut(ClaimantFields, Recorded):
    side = ref("The side it speaks for; null: a third party.", allow_none=True)


class ClaimantFilters(Stated):
    id = slugs("These claimants.", "azerbaijan-mod")
    kind = words(CLAIMANT_KIND)
    side = slugs("Claimants that speak for these sides; `none`: third parties.", "azerbaijan")
    q = Text(longest=100, metadata=about('Words, a "phrase" or -not, anywhere in the text.', "ministry"))


class ClaimantQuery(ClaimantFilters, ListQuery):
    sort = Sort("id", "name", "kind")
    fields_ = Names(ClaimantOut)
