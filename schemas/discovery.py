"""Answers that describe the API: its addresses, codebook and methodology."""

from marshmallow import fields, validate

from schemas import fields as ours
from schemas.language_files import DEFAULT_LANGUAGE, LANGUAGES
from schemas.responses import SingleQuery, Strict


class EndpointOut(Strict):
    address = fields.String(
        metadata=ours.describe("Address; a part in braces varies.", "http://127.0.0.1:8000/v1/claims/{id}")
    )
    about = fields.String(metadata=ours.describe("Purpose of the address.", "Claims: who says how many."))
    example = fields.String(
        metadata=ours.describe("An example address that works.", "http://127.0.0.1:8000/v1/claims?harm=killed")
    )


class IndexOut(Strict):
    data = fields.List(fields.Nested(EndpointOut), required=True, metadata=ours.describe("Every address."))


class CodebookQuery(SingleQuery):
    lang = fields.String(
        load_default=DEFAULT_LANGUAGE,
        validate=validate.OneOf(LANGUAGES),
        metadata=ours.describe("Language of the labels. Meanings are in English.", DEFAULT_LANGUAGE, "BCP 47"),
    )


class WordOut(Strict):
    word = fields.String(metadata=ours.describe("The word as sent and received.", "member_of_armed_forces"))
    label = fields.String(metadata=ours.describe("What people read in its place.", "member of the armed forces"))
    plural = fields.String(metadata=ours.describe("The label of several.", "members of the armed forces"))
    meaning = fields.String(metadata=ours.describe("Meaning.", "died as a direct result"))


class ListOut(Strict):
    list = fields.String(metadata=ours.describe("Name of the closed list.", "harm"))
    about = fields.String(metadata=ours.describe("Subject of the list.", "What was suffered."))
    origin = fields.String(
        metadata=ours.describe("The standard that it comes from.", "SDG indicator 16.1.2 metadata (OHCHR)")
    )
    words = fields.List(fields.Nested(WordOut), metadata=ours.describe("Its words."))


class FieldOut(Strict):
    field = fields.String(metadata=ours.describe("Name of the field.", "best"))
    meaning = fields.String(
        metadata=ours.describe("Meaning.", "The figure that the speaker gave as their best; null: not stated.")
    )
    origin = fields.String(metadata=ours.describe("The standard that it comes from.", "Counterclaim"))
    null = fields.Boolean(metadata=ours.describe("Whether it may be null.", True))
    list = fields.String(allow_none=True, metadata=ours.describe("The closed list of its words.", "harm"))


class NounOut(Strict):
    noun = fields.String(metadata=ours.describe("Name of the record type.", "claims"))
    fields_ = fields.List(fields.Nested(FieldOut), data_key="fields", metadata=ours.describe("Its fields."))


class CodebookData(Strict):
    lang = fields.String(
        validate=validate.OneOf(LANGUAGES),
        metadata=ours.describe("Language of the labels.", DEFAULT_LANGUAGE, "BCP 47"),
    )
    nouns = fields.List(fields.Nested(NounOut), metadata=ours.describe("Every record type."))
    lists = fields.List(fields.Nested(ListOut), metadata=ours.describe("Every closed list."))


class CodebookOut(Strict):
    data = fields.Nested(CodebookData, required=True, metadata=ours.describe("Every field and every word."))


class SectionOut(Strict):
    title = fields.String(metadata=ours.describe("Heading.", "From a phrase to a figure"))
    text = fields.String(
        metadata=ours.describe("Text in Markdown.", "A claim is not a report, and a claimant is not a publisher.")
    )


class MethodologyData(Strict):
    title = fields.String(metadata=ours.describe("Title.", "Methodology"))
    introduction = fields.String(
        metadata=ours.describe("Text before the first heading.", "Counterclaim records **claims**.")
    )
    sections = fields.List(fields.Nested(SectionOut), metadata=ours.describe("Its sections."))


class MethodologyOut(Strict):
    data = fields.Nested(MethodologyData, required=True, metadata=ours.describe("The page, in sections."))
