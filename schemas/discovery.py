"""What the API tells about itself."""

from marshmallow import fields

from schemas import fields as ours
from schemas.envelopes import Strict


class EndpointOut(Strict):
    address = fields.String(
        metadata=ours.about("Address; braces mark what varies.", "http://127.0.0.1:8000/v1/claims/{id}")
    )
    about = fields.String(metadata=ours.about("What it is for.", "Claims: who says how many."))
    example = fields.String(
        metadata=ours.about("An address that answers.", "http://127.0.0.1:8000/v1/claims?harm=killed")
    )


class IndexOut(Strict):
    data = fields.List(fields.Nested(EndpointOut), required=True, metadata=ours.about("Every address."))


class WordOut(Strict):
    word = fields.String(metadata=ours.about("The word as it stands on the wire.", "killed"))
    meaning = fields.String(metadata=ours.about("What it means.", "died as a direct result"))


class ListOut(Strict):
    list = fields.String(metadata=ours.about("Name of the closed list.", "harm"))
    about = fields.String(metadata=ours.about("What it is a list of.", "What was suffered."))
    origin = fields.String(metadata=ours.about("The standard it comes from.", "SDG indicator 16.1.2 metadata (OHCHR)"))
    words = fields.List(fields.Nested(WordOut), metadata=ours.about("Its words."))


class FieldOut(Strict):
    field = fields.String(metadata=ours.about("Name of the field.", "best"))
    meaning = fields.String(metadata=ours.about("What it means.", "The number stated as such; null: none."))
    origin = fields.String(metadata=ours.about("The standard it comes from.", "Counterclaim"))
    null = fields.Boolean(metadata=ours.about("Whether it may be null.", True))
    list = fields.String(allow_none=True, metadata=ours.about("The closed list of its words.", "harm"))


class NounOut(Strict):
    noun = fields.String(metadata=ours.about("Name of the noun.", "claims"))
    fields_ = fields.List(fields.Nested(FieldOut), data_key="fields", metadata=ours.about("Its fields."))


class CodebookData(Strict):
    nouns = fields.List(fields.Nested(NounOut), metadata=ours.about("Every noun."))
    lists = fields.List(fields.Nested(ListOut), metadata=ours.about("Every closed list."))


class CodebookOut(Strict):
    data = fields.Nested(CodebookData, required=True, metadata=ours.about("Every field and every word."))


class SectionOut(Strict):
    title = fields.String(metadata=ours.about("Heading.", "From a phrase to a figure"))
    text = fields.String(
        metadata=ours.about("Text in Markdown.", "A claim is not a report, and a claimant is not a publisher.")
    )


class MethodologyData(Strict):
    title = fields.String(metadata=ours.about("Title.", "Methodology"))
    introduction = fields.String(
        metadata=ours.about("What comes before the first heading.", "Counterclaim records **claims**.")
    )
    sections = fields.List(fields.Nested(SectionOut), metadata=ours.about("Its sections."))


class MethodologyOut(Strict):
    data = fields.Nested(MethodologyData, required=True, metadata=ours.about("The page, in sections."))
