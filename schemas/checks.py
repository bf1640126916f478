"""Asking whether a number was claimed: what an editor asks before print."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.casualties import REASONS, StatisticMeta
from schemas.envelopes import Count, FlatShape, SourceRef, Stated, Strict, ref, refs
from schemas.fields import GREATEST_FIGURE, Figure, Slug, Word, about
from schemas.vocab import HARM

VERDICTS = {
    "supported": "a claim that stands, of the claimant asked about if one is named, states it or a range around it",
    "other_claimant": "only claims of others than the claimant named do",
    "outside": "there are figures, but none states it or a range around it; `at least` supports only its bound",
    "not_found": "there is no figure that stands",
}
HOW = {
    "stated": "the number is stated as such, or is a stated bound",
    "range": "the number lies between the bounds, or within the margin of `about` (10 % either way) or `nearly`",
    "open_end": "the number lies above `at least`, or below `up to`, where the claim states no bound",
}
ROLES = {
    "holds": "its figure holds the number",
    "below": "of the figures below the number, the nearest",
    "above": "of the figures above the number, the nearest",
    "was_said": "its figure holds the number, but it no longer stands",
}
NUMBER = about("The number to check.", "2000")


class Checkable(Stated):
    """What is asked, in a query string or in a body."""

    conflict = Slug(
        metadata=about("Figures of this conflict itself, not of its phases or events.", "nagorno-karabakh-2020")
    )
    event = Slug(metadata=about("Figures of this event; give either this or a conflict.", "ganja-2020-10-17"))
    claimant = Slug(metadata=about("Who is said to have said it.", "putin"))
    subject_side = Slug(
        metadata=about("Whose losses, exactly; `none`: all sides together; unless given: anybody's.", "armenian")
    )
    harm = Word(HARM, metadata=about("Which harm; unless given: any.", "killed"))

    @validates_schema(skip_on_field_errors=True)
    def is_about_one_thing(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("conflict" in data) == ("event" in data):
            raise ValidationError({"conflict": ["Give either conflict or event."]})


class CheckQuery(Checkable, FlatShape):
    class Meta:
        exclude = ("shape",)

    number = Count(0, GREATEST_FIGURE, required=True, metadata=NUMBER)


class CheckIn(Checkable):
    number = Figure(required=True, metadata=about("The number to check.", 2000))


class CheckShape(FlatShape):
    """How the answer to a body is shaped; what is asked stands in the body."""

    class Meta:
        exclude = ("shape", "as_of")


SAID: dict[str, fields.Field[Any]] = {
    "claim": fields.String(metadata=about("Id of the claim.", "putin-2020-10-22-armenian-killed")),
    "claimant": ref("Who says so.", allow_none=True),
    "subject_side": ref("Whose losses; null: all sides together.", allow_none=True),
    "harm": Word(HARM, metadata=about("Which harm.", "killed")),
    "victim_status": fields.String(metadata=about("Status of the victims; any: not told apart.", "any")),
    "measure": fields.String(metadata=about("What kind of count it is.", "cumulative")),
    "stated_on": fields.String(allow_none=True, metadata=about("First possible day of the statement.", "2020-10-22")),
    "covers_from": fields.String(allow_none=True, metadata=about("First day that it covers.", "2020-09-27")),
    "covers_to": fields.String(allow_none=True, metadata=about("Last day that it covers.", "2020-10-22")),
    "low": fields.Integer(allow_none=True, metadata=about("Least number stated; null: none stated.", 2300)),
    "best": fields.Integer(allow_none=True, metadata=about("The number stated as such; null: none.", 2000)),
    "high": fields.Integer(allow_none=True, metadata=about("Greatest number stated; null: none stated.", 2300)),
    "qualifier": fields.String(allow_none=True, metadata=about("How the number is qualified.", "about")),
    "phrase": fields.String(metadata=about("The words of the figure.", "about 2,000")),
    "how": fields.String(
        allow_none=True,
        validate=validate.OneOf(list(HOW)),
        metadata=about("How it holds the number: " + "; ".join(f"{w}: {m}" for w, m in HOW.items()) + ". Null: not."),
    ),
    "reason": fields.String(
        allow_none=True,
        validate=validate.OneOf(list(REASONS)),
        metadata=about("Why it no longer stands; null: it does.", "superseded"),
    ),
    "by": fields.String(
        allow_none=True, metadata=about("Id of the claim that displaced it.", "az-mod-2020-07-13-azerbaijani-killed")
    ),
    "sources": refs("Where it can be read.", SourceRef),
    "url": fields.String(
        metadata=about(
            "The claim with its reports and relations.",
            "http://127.0.0.1:8000/v1/claims/az-mod-2020-07-13-azerbaijani-killed",
        )
    ),
}
SaidOut: type[Schema] = Strict.from_dict(SAID, name="SaidOut")


class NearestOut(Strict):
    below = fields.Nested(SaidOut, allow_none=True, metadata=about("The nearest figure below the number."))
    above = fields.Nested(SaidOut, allow_none=True, metadata=about("The nearest figure above the number."))


class CheckOut(Strict):
    verdict = fields.String(
        validate=validate.OneOf(list(VERDICTS)),
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in VERDICTS.items()) + ".", "supported"),
    )
    number = fields.Integer(metadata=about("The number that was checked.", 2000))
    claims = fields.List(fields.Nested(SaidOut), metadata=about("The claims that hold it, the plainest first."))
    nearest = fields.Nested(NearestOut, metadata=about("The nearest figures, where all lie above or below."))
    was_said = fields.List(
        fields.Nested(SaidOut), metadata=about("Claims that hold it but no longer stand; they support nothing.")
    )


class CheckRowOut(SaidOut):  # type: ignore[misc, valid-type]
    """One claim of the answer, in flat formats; a verdict that no claim explains is a row of its own."""

    verdict = fields.String(metadata=about("The verdict.", "supported"))
    number = fields.Integer(metadata=about("The number that was checked.", 2000))
    role = fields.String(
        allow_none=True,
        validate=validate.OneOf(list(ROLES)),
        metadata=about("; ".join(f"{word}: {meaning}" for word, meaning in ROLES.items()) + ".", "holds"),
    )


class CheckMeta(StatisticMeta):
    meaning = fields.String(metadata=about("What the verdict means.", "there is no figure that stands"))
