"""The check of a number before print: which claims support it."""

from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import GREATEST_FIGURE, Figure, Pattern, Slug, SubjectSide, Text, Word, describe
from schemas.phrases import reader
from schemas.phrases.numerals import PhraseError
from schemas.responses import Count, FlatShape, SourceRef, Stated, Strict, ref_field, ref_list
from schemas.sources import LANGUAGE, NOT_A_LANGUAGE
from schemas.statistics.casualties import FIGURE_RULE, StatisticMeta
from schemas.vocabularies import COMPARISON, COUNTERCLAIM, HARM, VICTIM_STATUS, Vocabulary

VERDICTS = Vocabulary(
    "verdict",
    "Whether claims support the number of a sentence.",
    COUNTERCLAIM,
    {
        "supported": "A current claim (by the claimant you named, if any) gives this number or a range that includes "
        "it, or a figure for which the comparison holds.",
        "other_claimant": "Only claims by claimants other than the one you named support the sentence.",
        "outside": "Figures exist, but none gives this number or a range that includes it, or a figure for which the "
        "comparison holds. The open end of a claim ('at least N', 'up to N') supports nothing.",
        "not_found": "There is no current figure.",
    },
)
RELATIONS = Vocabulary(
    "check_relation",
    "How a claim relates to the sentence that is checked.",
    COUNTERCLAIM,
    {
        "states": "supports the sentence and gives the number itself",
        "includes": "supports it: the claim's range, or the 10 % of 'about' and 'nearly', includes the number",
        "within": "supports it: all that the claim allows, or its figure for 'about', agrees with the sentence",
        "contradicts": "no support: gives the number, but with another comparison: 'nearly 5,000' for 'more than "
        "5,000'",
        "partly": "no support: a part of the claim's range agrees, or it is a part (some days, some victims), which "
        "never limits the whole",
        "open_end": "no support: only the open end of 'at least' or 'up to' agrees",
        "below": "no support: all that the claim allows is below what the sentence says",
        "above": "no support: all that the claim allows is above what the sentence says",
    },
)
NOT_CURRENT = {
    "superseded": "the claimant, or an authority of its side, replaced it",
    "retracted": "was retracted, or withdrawn by its dataset",
    "misreport": "a garbled report of another claim",
    "same_as": "repeats another claim",
    "undated": "has no day, so that as_of cannot take it into account",
}
ROLES = {
    "claim": "relates to the sentence",
    "below": "the nearest figure below what the sentence says",
    "above": "the nearest figure above what the sentence says",
    "not_current": "relates to it, but is not current and supports nothing",
}
#: The comparison that a phrase's rule stands for (docs/editors/phrases.md).
COMPARISON_OF_RULE = {
    "exact": "exactly",
    "round_number": "about",
    "round_word": "about",
    "up_to": "at_most",
    "fewer_than": "less_than",
    **{word: word for word in ("about", "at_least", "more_than", "nearly")},
}
NUMBER = "The number to check. Required without `phrase`."


class Sentence(NamedTuple):
    """A sentence to check. `rule` is the rule that read its phrase; None without a phrase."""

    number: int
    comparison: str
    harm: str | None
    rule: str | None = None


def read_sentence(question: dict[str, Any]) -> Sentence:
    """Return the number, comparison and harm of a question. Raises `ValidationError` if it cannot be checked."""
    if "phrase" not in question:
        if "number" not in question:
            raise ValidationError({"number": ["Send number, for example 2000, or phrase."]})
        sentence = Sentence(question["number"], question.get("comparison", "exactly"), question.get("harm"))
    else:
        sentence = _read_phrase(question["phrase"], question.get("phrase_lang", "en"))
        _refuse_contradiction(sentence, question)
    if sentence.comparison == "less_than" and sentence.number == 0:
        raise ValidationError({"number": ["No figure is less than 0. Send a number of at least 1."]})
    return sentence._replace(harm=question.get("harm", sentence.harm))


def _read_phrase(phrase: str, language: str) -> Sentence:
    try:
        figure, harms = reader.read_phrase(phrase, language), reader.find_harms(phrase, language)
    except PhraseError as error:
        raise ValidationError({"phrase": [f"{error} {SEND_NUMBER}"]}) from None
    if figure.rule not in COMPARISON_OF_RULE or figure.value is None:
        reason = "States a range." if figure.rule == "between" else "States no number."
        raise ValidationError({"phrase": [f"{reason} {SEND_NUMBER}"]})
    harm = "_or_".join(harms)
    if harm and harm not in HARM:
        raise ValidationError({"phrase": [f"No harm counts {' and '.join(harms)} together. Check each with harm."]})
    return Sentence(figure.value, COMPARISON_OF_RULE[figure.rule], harm or None, figure.rule)


SEND_NUMBER = "Send number and comparison instead, for example 24 and at_least."


def _refuse_contradiction(sentence: Sentence, question: dict[str, Any]) -> None:
    """Raise `ValidationError` if number, comparison or harm is not what the phrase says."""
    readings = {"number": sentence.number, "comparison": sentence.comparison, "harm": sentence.harm}
    faults = {
        name: [f"The phrase says {value}. Leave {name} out, or send {name} without phrase."]
        for name, value in readings.items()
        if value is not None and question.get(name, value) != value
    }
    if faults:
        raise ValidationError(faults)


class Checkable(Stated):
    """The question of a check, in a query string or in a body."""

    conflict = Slug(
        metadata=describe("Figures of this conflict itself, not of its phases or events.", "nagorno-karabakh-2020")
    )
    event = Slug(metadata=describe("Figures of this event; give either this or a conflict.", "ganja-2020-10-17"))
    comparison = Word(
        COMPARISON,
        metadata=describe(
            f"What the sentence says about the number (default: exactly). {COMPARISON.description} "
            + "; ".join(f"{word}: {meaning}" for word, meaning in COMPARISON.items())
            + ".",
            "at_least",
        ),
    )
    phrase = Text(
        longest=reader.LONGEST,
        metadata=describe(
            "The words of the sentence, from which number, comparison and harm are read by the rules of "
            "docs/editors/phrases.md. It replaces `number` and `comparison`; where both are sent they must agree.",
            "more than 2,000 killed",
        ),
    )
    phrase_lang = fields.String(
        validate=Pattern(LANGUAGE, error=NOT_A_LANGUAGE),
        metadata=describe("Language of the phrase (default: en).", "en", "BCP 47"),
    )
    claimant = Slug(metadata=describe("Claimant named in the sentence.", "putin"))
    subject_side = SubjectSide(
        metadata=describe(
            "Side whose losses they are, without its members; `all`: all sides together (default: any).", "armenian"
        )
    )
    harm = Word(HARM, metadata=describe("The harm (default: any, or the one that the phrase names).", "killed"))
    victim_status = Word(VICTIM_STATUS, metadata=describe("Exact status of the victims (default: any of them).", "any"))

    @validates_schema(skip_on_field_errors=True)
    def check_subject(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("conflict" in data) == ("event" in data):
            raise ValidationError({"conflict": ["Give either conflict or event."]})

    @validates_schema(skip_on_field_errors=True)
    def check_number_or_phrase(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "phrase_lang" in data and "phrase" not in data:
            raise ValidationError({"phrase_lang": ["Send phrase too: phrase_lang is its language."]})
        read_sentence(data)


class CheckQuery(Checkable, FlatShape):
    class Meta:
        exclude = ("shape",)

    number = Count(0, GREATEST_FIGURE, metadata=describe(NUMBER, "2000"))


class CheckIn(Checkable):
    number = Figure(metadata=describe(NUMBER, 2000))


class CheckShape(FlatShape):
    """The parameters that shape the answer to a body; the question is in the body."""

    class Meta:
        exclude = ("shape", "as_of")


CLAIM: dict[str, fields.Field[Any]] = {
    "claim": fields.String(metadata=describe("Id of the claim.", "putin-2020-10-22-armenian-killed")),
    "claimant": ref_field("The claimant.", allow_none=True),
    "subject_side": ref_field("Side whose losses they are; null: all sides together.", allow_none=True),
    "harm": Word(HARM, metadata=describe("The harm.", "killed")),
    "victim_status": fields.String(metadata=describe("Status of the victims; any: not distinguished.", "any")),
    "measure": fields.String(metadata=describe("The measure: the kind of count.", "cumulative")),
    "stated_on": fields.String(
        allow_none=True, metadata=describe("First possible day of the statement.", "2020-10-22")
    ),
    "covers_from": fields.String(allow_none=True, metadata=describe("First day that it covers.", "2020-09-27")),
    "covers_to": fields.String(allow_none=True, metadata=describe("Last day that it covers.", "2020-10-22")),
    "low": fields.Integer(allow_none=True, metadata=describe("Lower bound as stated; null: not stated.", 2300)),
    "best": fields.Integer(
        allow_none=True, metadata=describe("The figure that the speaker gave as their best; null: not stated.", 2000)
    ),
    "high": fields.Integer(allow_none=True, metadata=describe("Upper bound as stated; null: not stated.", 2300)),
    "qualifier": fields.String(allow_none=True, metadata=describe("How the number is qualified.", "about")),
    "figure_rule": FIGURE_RULE,
    "phrase": fields.String(metadata=describe("The source's wording for the figure.", "about 2,000")),
    "relation": fields.String(
        validate=validate.OneOf(list(RELATIONS)),
        metadata=describe(
            "How the claim relates to the sentence: " + "; ".join(f"{w}: {m}" for w, m in RELATIONS.items()) + ".",
            "states",
        ),
    ),
    "reason": fields.String(
        allow_none=True,
        validate=validate.OneOf(list(NOT_CURRENT)),
        metadata=describe(
            "Why it is not current; null: it is current. "
            + "; ".join(f"{w}: {m}" for w, m in NOT_CURRENT.items())
            + ".",
            "superseded",
        ),
    ),
    "by": fields.String(
        allow_none=True, metadata=describe("Id of the claim that displaced it.", "az-mod-2020-07-13-azerbaijani-killed")
    ),
    "sources": ref_list("The sources that carry it.", SourceRef),
    "url": fields.String(
        metadata=describe(
            "The claim with its reports and relations.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-07-13-azerbaijani-killed",
        )
    ),
}
RelatedOut: type[Schema] = Strict.from_dict(CLAIM, name="RelatedClaimOut")


class NearestOut(Strict):
    below = fields.Nested(
        RelatedOut, allow_none=True, metadata=describe("The nearest figure below what the sentence says.")
    )
    above = fields.Nested(
        RelatedOut, allow_none=True, metadata=describe("The nearest figure above what the sentence says.")
    )


class ReadingOut(Strict):
    number = fields.Integer(metadata=describe("The number of the phrase.", 2000))
    comparison = Word(COMPARISON, metadata=describe("The comparison that the phrase makes.", "more_than"))
    harm = Word(HARM, allow_none=True, metadata=describe("The harm that the phrase names; null: none.", "killed"))
    rule = fields.String(metadata=describe("The rule of docs/editors/phrases.md by which it was read.", "more_than"))


def verdict_field() -> fields.String:
    return fields.String(
        validate=validate.OneOf(list(VERDICTS)),
        metadata=describe(" ".join(f"{word}: {meaning}" for word, meaning in VERDICTS.items()), "supported"),
    )


class CheckOut(Strict):
    verdict = verdict_field()
    number = fields.Integer(metadata=describe("The number that was checked.", 2000))
    comparison = Word(COMPARISON, metadata=describe("The comparison that was checked.", "exactly"))
    reading = fields.Nested(ReadingOut, allow_none=True, metadata=describe("How the phrase was read; null: no phrase."))
    claims = fields.List(
        fields.Nested(RelatedOut),
        metadata=describe(
            "The claims that relate to the sentence, those that support it first: see `relation`. For the verdict "
            "supported those of the claimant named, for other_claimant those that support it."
        ),
    )
    nearest = fields.Nested(
        NearestOut, metadata=describe("If nothing supports the sentence: the nearest figures below and above.")
    )
    not_current = fields.List(
        fields.Nested(RelatedOut),
        metadata=describe("Claims that relate to the sentence but are not current; they support nothing."),
    )


class CheckRowOut(RelatedOut):  # type: ignore[misc, valid-type]
    """One claim of the answer, in flat formats; a verdict without a claim also has a row."""

    verdict = verdict_field()
    number = fields.Integer(metadata=describe("The number that was checked.", 2000))
    comparison = Word(COMPARISON, metadata=describe("The comparison that was checked.", "exactly"))
    role = fields.String(
        allow_none=True,
        validate=validate.OneOf(list(ROLES)),
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in ROLES.items()) + ".", "claim"),
    )
    relation = fields.String(
        allow_none=True,
        validate=validate.OneOf(list(RELATIONS)),
        metadata=describe("How the claim relates to the sentence; null: the row has no claim.", "states"),
    )


class CheckMeta(StatisticMeta):
    meaning = fields.String(metadata=describe("What the verdict means.", "There is no current figure."))
