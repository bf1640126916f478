"""Values and conditions in a mapping: what stands in a cell, what is done with it, and when.

docs/mappings.md tells them to a newcomer. Everything unknown is refused, with the nearest known word.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.envelopes import Strict
from schemas.fields import about

#: Where a value comes from; the other words of an expression say what is done with it.
SOURCES = ("column", "text", "first", "cases")
COMPARISONS = (
    "is", "is_not", "in", "not_in", "empty", "above", "below", "at_least", "at_most", "contains", "starts_with",
    "listed_in",
)  # fmt: skip
DATE_FORMAT = re.compile(r"(?:%[YymdbBHMSfjzZGVu%]|[^%])+")
#: A {column} in a text; {{ and }} are braces.
HOLE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")
SOME = validate.Length(min=1)


def near(word: str, words: Iterable[str]) -> str:
    """A word that was refused, and the nearest of those allowed."""
    known = list(words)
    close = difflib.get_close_matches(word, known, 1)
    return f"Unknown: did you mean {close[0]}?" if close else f"Unknown. Allowed: {', '.join(known)}."


def closed(text: Any) -> None:
    """Refuses a text whose braces enclose no column."""
    if isinstance(text, str) and {"{", "}"} & set(HOLE.sub("", text)):
        raise ValidationError("A column stands in { and }; braces that are meant as such are written {{ and }}.")


class Known(Strict):
    """Unknown words are refused with the nearest known one."""

    error_messages = {"type": "Must be words, each with its value."}

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        names = [field.data_key or name for name, field in self.fields.items()]
        if isinstance(error.messages, dict):
            for name, messages in error.messages.items():
                if messages == ["Unknown field."]:
                    error.messages[name] = [near(str(name), names)]


class Name(fields.String):
    """A column, a table or a value, by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, 300), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return str(value) if type(value) is int else super()._deserialize(value, attr, data, **kwargs)


class OneOrMore(fields.Field[list[Any]]):
    """A thing, or a list of such things."""

    def __init__(self, inner: fields.Field[Any], **kwargs: Any) -> None:
        self.inner = fields.List(inner, validate=validate.Length(min=1))
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            return self.inner.deserialize(value)
        try:
            return self.inner.deserialize([value])
        except ValidationError as error:
            assert isinstance(error.messages, dict)
            raise ValidationError(error.messages[0]) from None


class DateFormat(fields.String):
    """How a date is written, with the letters of C's strftime: %d/%m/%Y."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not DATE_FORMAT.fullmatch(text) or not any(year in text for year in ("%Y", "%y", "%G")):
            raise ValidationError("Must be written with %Y, %m, %d and the like, such as %d/%m/%Y; a year is needed.")
        parts = re.findall("%[^%]", text.replace("%%", ""))
        if twice := next((part for part in parts if parts.count(part) > 1), None):
            raise ValidationError(f"Has {twice} twice; of two formats make a list, such as ['%d/%m/%Y', '%Y'].")
        return text


class NumberFormat(Known):
    """How numbers are written."""

    thousands = fields.String(
        load_default="",
        validate=validate.OneOf([",", ".", " ", "'", "", "\u00a0", "\u202f"]),
        metadata=about("What groups thousands, where they are grouped.", ","),
    )
    decimal = fields.String(
        load_default=".", validate=validate.OneOf([".", ","]), metadata=about("What stands before decimals.", ".")
    )
    times = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(1, 1_000_000_000),
        metadata=about("The unit: 1000 where the file counts in thousands.", 1000),
    )
    round = fields.Boolean(
        load_default=False,
        metadata=about("`true`: decimals of an estimate are rounded, a half to the even number."),
    )

    @validates_schema(skip_on_field_errors=True)
    def differ(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["thousands"] == data["decimal"]:
            raise ValidationError({"thousands": ["Cannot be the decimal mark as well."]})


class Table(fields.Field[Any]):
    """The name of a table, or a table itself: what stands in the cell → what it means."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return value
        if not isinstance(value, dict) or not value:
            raise ValidationError("Must be the name of a table, or one: what stands in the cell, and what it means.")
        wrong = {key: ["Must be a word or null."] for key, cell in value.items() if isinstance(cell, dict | list)}
        if wrong:
            raise ValidationError(wrong)
        return value


class Value(fields.Field[Any]):
    """A constant, a text with {columns}, an expression, or a list of these."""

    def __init__(self, entry: Iterable[str] = (), **kwargs: Any) -> None:
        self.entry = tuple(entry)
        super().__init__(allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, list):
            return fields.List(Value(self.entry)).deserialize(value)
        if not isinstance(value, dict):
            closed(value)
            return value
        if list(value.values()) == [None]:  # {column} without quotes is an object to YAML
            name = next(iter(value))
            raise ValidationError(f'A text that begins with {{ stands in quotes: "{{{name}}}".')
        if value.keys().isdisjoint(SOURCES) and self.entry:
            return self._record(value)
        return Expression(self.entry).load(value)

    def _record(self, value: dict[str, Any]) -> dict[str, Any]:
        """An entry of a list of records, such as a side with its role."""
        loaded, wrong = {}, {}
        for name, given in value.items():
            try:
                if name == "when":
                    loaded[name] = Condition().deserialize(given)
                elif name in self.entry:
                    loaded[name] = Value().deserialize(given)
                else:
                    wrong[name] = [near(name, [*self.entry, "when"])]
            except ValidationError as error:
                wrong[name] = error.messages  # type: ignore[assignment]
        if wrong:
            raise ValidationError(wrong)
        return loaded


class Condition(fields.Field[Any]):
    """A comparison; a list of them of which all must hold; or `any`, `all`, `not` of these."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, list):
            return fields.List(Condition(), validate=validate.Length(min=1)).deserialize(value)
        if isinstance(value, dict) and len(value) == 1 and (word := next(iter(value))) in ("any", "all", "not"):
            try:
                return {word: Condition().deserialize(value[word])}
            except ValidationError as error:
                raise ValidationError({word: error.messages}) from None
        return Comparison().load(value)


class Comparison(Known):
    """What stands somewhere, compared; several comparisons must all hold."""

    error_messages = {"type": "Must be a comparison, such as {column: wounded, above: 0}."}

    column = OneOrMore(Name(), metadata=about("What is compared: a column.", "status"))
    text = fields.String(validate=closed, metadata=about("What is compared: a text with {columns} in it."))
    first = fields.List(Value(), validate=SOME, metadata=about("What is compared: the first that is not empty."))
    is_ = fields.Raw(data_key="is", metadata=about("It reads just so.", "Clear"))
    is_not = fields.Raw(metadata=about("It does not read so.", 0))
    in_ = fields.List(fields.Raw(), data_key="in", metadata=about("It is one of these.", ["yes", "y"]))
    not_in = fields.List(fields.Raw(), metadata=about("It is none of these."))
    empty = fields.Boolean(metadata=about("`true`: nothing stands there; `false`: something does.", True))
    above = fields.Integer(strict=True, metadata=about("It is a number above this.", 0))
    below = fields.Integer(strict=True, metadata=about("It is a number below this."))
    at_least = fields.Integer(strict=True, metadata=about("It is a number, this or above."))
    at_most = fields.Integer(strict=True, metadata=about("It is a number, this or below."))
    contains = fields.String(metadata=about("This is part of it.", "denied"))
    starts_with = fields.String(metadata=about("It begins with this."))
    listed_in = Name(metadata=about("It is an item of the list in this column or value.", "urls"))

    @validates_schema(skip_on_field_errors=True)
    def compares(self, data: dict[str, Any], **kwargs: Any) -> None:
        exactly_one(data, ("column", "text", "first"))
        if len(data) < 2:
            raise ValidationError(f"Compares with nothing: add one of {', '.join(COMPARISONS)}.")


def exactly_one(data: Mapping[str, Any], words: tuple[str, ...]) -> None:
    if len(data.keys() & set(words)) != 1:
        raise ValidationError(f"Must have exactly one of {', '.join(words)}.")


class Case(Known):
    """A value that holds under a condition."""

    when = Condition(metadata=about("When it holds; without it: always."))
    then = Value(required=True, metadata=about("The value."))


class Expression(Known):
    """Where a value comes from, and what is done with it, in the order below."""

    def __init__(self, entry: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        each = Value(entry, metadata=self.fields["each"].metadata)
        self.fields["each"] = self.load_fields["each"] = each

    column = OneOrMore(Name(), metadata=about("A cell; of several columns, the first that is not empty.", "best"))
    text = fields.String(
        validate=closed, metadata=about("Text with {columns} in it; empty where one of them is.", "ged-{id}")
    )
    first = fields.List(Value(), validate=SOME, metadata=about("Of several values, the first that is not empty."))
    cases = fields.List(
        fields.Nested(Case), validate=SOME, metadata=about("Of several values, the first whose condition holds.")
    )
    split = fields.String(validate=SOME, metadata=about("Makes a list: what stands between its items.", ";"))
    part = fields.Integer(
        strict=True,
        validate=validate.NoneOf([0], error="Items count from 1, or from -1 at the end."),
        metadata=about("Only this item of the list: 1 the first, -1 the last.", 1),
    )
    table = Table(metadata=about("What stands in the cell → what it means; a table of `tables`, or one told here."))
    otherwise = Value(metadata=about("For what is not in the table; without it the row is refused."))
    each = Value(metadata=about("What becomes of each item of the list, which is {item} there."))
    join = fields.String(metadata=about("Makes one text of the list: what is put between its items.", "; "))
    date = OneOrMore(
        DateFormat(),
        metadata=about("How this date is written, unless as `dates` tells; in a text it reads 2021-05-03.", "%d/%m/%Y"),
    )
    shift = Value(metadata=about("The day so many days later: -1 is the day before.", -1))
    number = fields.Nested(NumberFormat, metadata=about("How this number is written, unless as `numbers` tells."))

    @validates_schema(skip_on_field_errors=True)
    def hangs_together(self, data: dict[str, Any], **kwargs: Any) -> None:
        exactly_one(data, SOURCES)
        for word, needed in (("otherwise", "table"), ("part", "split")):
            if word in data and needed not in data:
                raise ValidationError({word: [f"Goes with {needed}."]})


class Figure(Known):
    """A figure: a number with its qualifier, a phrase, or bounds as the source prints them."""

    error_messages = {"type": 'Must say what it is read from, such as {number: "{killed}"} or {phrase: "{toll}"}.'}

    number = Value(metadata=about("The number as spoken.", "{killed}"))
    qualifier = Value(
        metadata=about("How it was hedged: of a number `exact` unless told, of bounds `as_given`.", "about")
    )
    low = Value(metadata=about("The least that the source prints.", "{low}"))
    best = Value(metadata=about("The best estimate that the source prints.", "{best}"))
    high = Value(metadata=about("The greatest that the source prints.", "{high}"))
    phrase = Value(metadata=about("The words; without a number or bounds they are read for the figure.", "{deaths}"))
    phrase_lang = Value(metadata=about("Language of the words, `en` unless told.", "uk", "BCP 47"))

    @validates_schema(skip_on_field_errors=True)
    def is_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        bounds = bool(data.keys() & {"low", "best", "high"})
        if bounds and "number" in data or not bounds and data.keys().isdisjoint({"number", "phrase"}):
            raise ValidationError("Must be a number, or bounds (low, best, high), or a phrase.")
