"""Values and conditions in a mapping: the content of a cell, the steps that change it, and when they apply.

docs/editors/mappings.md explains them. Unknown words are refused, with the nearest known word.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.fields import describe
from schemas.responses import Strict

#: Where a value comes from; the other words of an expression change it.
SOURCES = ("column", "text", "first", "cases")
COMPARISONS = (
    "is", "is_not", "in", "empty", "above", "below", "at_least", "at_most", "contains", "starts_with",
    "listed_in",
)  # fmt: skip
DATE_FORMAT = re.compile(r"(?:%[YymdbBHMSfjzZGVu%]|[^%])+")
#: A {column} in a text; {{ and }} are braces.
HOLE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")
NOT_EMPTY = validate.Length(min=1)


def suggest_nearest(word: str, words: Iterable[str]) -> str:
    """Return the message for an unknown word: the nearest allowed word, else all of them."""
    allowed = list(words)
    close = difflib.get_close_matches(word, allowed, 1)
    return f"Unknown: did you mean {close[0]}?" if close else f"Unknown. Allowed: {', '.join(allowed)}."


def refuse_open_braces(text: Any) -> None:
    """Raise `ValidationError` for a text whose braces enclose no column."""
    if isinstance(text, str) and {"{", "}"} & set(HOLE.sub("", text)):
        raise ValidationError("Write a column in { and }. Write a literal brace as {{ or }}.")


class MappingForm(Strict):
    """A form of the mapping language. Unknown words are refused with the nearest known one."""

    error_messages = {"type": "Must be a list of keys with their values."}
    #: Words that the language had, each with what to write now.
    former_words: ClassVar[Mapping[str, str]] = {}

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        names = [field.data_key or name for name, field in self.fields.items()]
        if isinstance(error.messages, dict):
            for name, messages in error.messages.items():
                if messages == ["Unknown field."]:
                    former = self.former_words.get(str(name))
                    error.messages[name] = [
                        f"Is no longer a word. Write {former}." if former else suggest_nearest(str(name), names)
                    ]


class Name(fields.String):
    """A column, a table or a value, by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, 300), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return str(value) if type(value) is int else super()._deserialize(value, attr, data, **kwargs)


class SingleOrList(fields.Field[list[Any]]):
    """A single item, or a list of items. It loads to a list."""

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
    """The format of a date, with the letters of C's strftime: %d/%m/%Y."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not DATE_FORMAT.fullmatch(text) or not any(year in text for year in ("%Y", "%y", "%G")):
            raise ValidationError("Use %Y, %m, %d and the like, for example %d/%m/%Y. A year is required.")
        parts = re.findall("%[^%]", text.replace("%%", ""))
        if repeated := next((part for part in parts if parts.count(part) > 1), None):
            raise ValidationError(f"Has {repeated} twice. Write two formats as a list, for example ['%d/%m/%Y', '%Y'].")
        return text


class NumberFormat(MappingForm):
    """How numbers are written."""

    thousands = fields.String(
        load_default="",
        validate=validate.OneOf([",", ".", " ", "'", "", "\u00a0", "\u202f"]),
        metadata=describe("Character that groups thousands, if the file groups them.", ","),
    )
    decimal = fields.String(
        load_default=".", validate=validate.OneOf([".", ","]), metadata=describe("Decimal mark.", ".")
    )
    times = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(1, 1_000_000_000),
        metadata=describe("The unit; 1000 if the file counts in thousands.", 1000),
    )
    round = fields.Boolean(
        load_default=False,
        metadata=describe("`true`: round the decimals of an estimate; a half goes to the even number."),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_marks_differ(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["thousands"] == data["decimal"]:
            raise ValidationError({"thousands": ["Cannot be the same as the decimal mark."]})


class Table(fields.Field[Any]):
    """The name of a table, or a table itself: content of the cell → meaning."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return value
        if not isinstance(value, dict) or not value:
            raise ValidationError(
                "Must be a table, or the name of one. A table says what cells mean, such as {yes: civilian}."
            )
        faults = {key: ["Must be a word or null."] for key, cell in value.items() if isinstance(cell, dict | list)}
        if faults:
            raise ValidationError(faults)
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
            refuse_open_braces(value)
            return value
        if list(value.values()) == [None]:  # YAML reads {column} without quotes as an object
            name = next(iter(value))
            raise ValidationError(f'A text that begins with {{ needs quotes: "{{{name}}}".')
        if value.keys().isdisjoint(SOURCES) and self.entry:
            return self._load_record(value)
        return Expression(self.entry).load(value)

    def _load_record(self, value: dict[str, Any]) -> dict[str, Any]:
        """Load an entry of a list of records, such as a side with its role."""
        loaded, faults = {}, {}
        for name, content in value.items():
            try:
                if name == "when":
                    loaded[name] = Condition().deserialize(content)
                elif name in self.entry:
                    loaded[name] = Value().deserialize(content)
                else:
                    faults[name] = [suggest_nearest(name, [*self.entry, "when"])]
            except ValidationError as error:
                faults[name] = error.messages  # type: ignore[assignment]
        if faults:
            raise ValidationError(faults)
        return loaded


class Condition(fields.Field[Any]):
    """A comparison; a list of comparisons that must all hold; or `any`, `all` or `not` with comparisons."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, list):
            return fields.List(Condition(), validate=validate.Length(min=1)).deserialize(value)
        if isinstance(value, dict) and len(value) == 1 and (word := next(iter(value))) in ("any", "all", "not"):
            try:
                return {word: Condition().deserialize(value[word])}
            except ValidationError as error:
                raise ValidationError({word: error.messages}) from None
        return Comparison().load(value)


class Comparison(MappingForm):
    """A comparison with the content of a cell or value; several comparisons must all hold."""

    error_messages = {"type": "Must be a comparison, such as {column: wounded, above: 0}."}
    former_words = {
        "not_in": "{not: {column: status, in: [denied, unknown]}}",
        "first": "column: [Town, District], for the first that is not empty",
    }

    column = SingleOrList(
        Name(),
        metadata=describe("The value to compare: a column, or the first of several that is not empty.", "status"),
    )
    text = fields.String(
        validate=refuse_open_braces, metadata=describe("The value to compare: a text with {columns} in it.")
    )
    is_ = fields.Raw(data_key="is", metadata=describe("The value equals this.", "Clear"))
    is_not = fields.Raw(metadata=describe("The value does not equal this.", 0))
    in_ = fields.List(fields.Raw(), data_key="in", metadata=describe("The value is one of these.", ["yes", "y"]))
    empty = fields.Boolean(metadata=describe("`true`: the value is empty; `false`: it is not empty.", True))
    above = fields.Integer(strict=True, metadata=describe("The value is a number above this.", 0))
    below = fields.Integer(strict=True, metadata=describe("The value is a number below this."))
    at_least = fields.Integer(strict=True, metadata=describe("The value is a number, this or above."))
    at_most = fields.Integer(strict=True, metadata=describe("The value is a number, this or below."))
    contains = fields.String(metadata=describe("The value contains this.", "denied"))
    starts_with = fields.String(metadata=describe("The value begins with this."))
    listed_in = Name(metadata=describe("The value is an item of the list in this column or value.", "urls"))

    @validates_schema(skip_on_field_errors=True)
    def check_comparison(self, data: dict[str, Any], **kwargs: Any) -> None:
        require_single_word(data, ("column", "text"))
        if len(data) < 2:
            raise ValidationError(f"Has no comparison. Add one of {', '.join(COMPARISONS)}.")


def require_single_word(data: Mapping[str, Any], words: tuple[str, ...]) -> None:
    if len(data.keys() & set(words)) != 1:
        raise ValidationError(f"Must have exactly one of {', '.join(words)}.")


class Case(MappingForm):
    """A value that holds under a condition."""

    when = Condition(metadata=describe("The condition (default: always)."))
    then = Value(required=True, metadata=describe("The value."))


class Expression(MappingForm):
    """Where a value comes from and how it is changed, in the order below."""

    def __init__(self, entry: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        each = Value(entry, metadata=self.fields["each"].metadata)
        self.fields["each"] = self.load_fields["each"] = each

    column = SingleOrList(
        Name(), metadata=describe("A cell. If several columns are named, the first that is not empty.", "best")
    )
    text = fields.String(
        validate=refuse_open_braces,
        metadata=describe("Text with {columns} in it; empty if one of them is empty.", "ged-{id}"),
    )
    first = fields.List(
        Value(), validate=NOT_EMPTY, metadata=describe("The first of several values that is not empty.")
    )
    cases = fields.List(
        fields.Nested(Case), validate=NOT_EMPTY, metadata=describe("The first of several values whose condition holds.")
    )
    split = fields.String(validate=NOT_EMPTY, metadata=describe("Splits the text into a list at this separator.", ";"))
    part = fields.Integer(
        strict=True,
        validate=validate.NoneOf([0], error="Items count from 1, or from -1 at the end."),
        metadata=describe("Takes this item of the list: 1 is the first, -1 the last.", 1),
    )
    table = Table(metadata=describe("Content of the cell → meaning: the name of a table in `tables`, or a table."))
    otherwise = Value(metadata=describe("Value for contents that are not in the table; without it the row is refused."))
    each = Value(metadata=describe("Value made from each item of the list, which is {item} there."))
    join = fields.String(metadata=describe("Joins the list into one text with this separator.", "; "))
    date = SingleOrList(
        DateFormat(),
        metadata=describe("Format of this date (default: `dates`). In a text it is written 2021-05-03.", "%d/%m/%Y"),
    )
    shift = Value(metadata=describe("Moves the day by this many days: -1 is the day before.", -1))
    number = fields.Nested(NumberFormat, metadata=describe("Format of this number (default: `numbers`)."))

    @validates_schema(skip_on_field_errors=True)
    def check_consistency(self, data: dict[str, Any], **kwargs: Any) -> None:
        require_single_word(data, SOURCES)
        for word, needed in (("otherwise", "table"), ("part", "split")):
            if word in data and needed not in data:
                raise ValidationError({word: [f"Needs {needed}."]})


class Figure(MappingForm):
    """A figure: a number with its qualifier, a phrase, or bounds as the source prints them."""

    error_messages = {"type": 'Name the source of the figure, for example {number: "{killed}"} or {phrase: "{toll}"}.'}

    number = Value(metadata=describe("The number as spoken.", "{killed}"))
    qualifier = Value(
        metadata=describe("The qualifier (default: `exact` for a number, `as_given` for bounds).", "about")
    )
    low = Value(metadata=describe("The lower bound that the source prints.", "{low}"))
    best = Value(metadata=describe("The best estimate that the source prints.", "{best}"))
    high = Value(metadata=describe("The upper bound that the source prints.", "{high}"))
    phrase = Value(
        metadata=describe("The wording. Without a number or bounds, the figure is read from it.", "{deaths}")
    )
    phrase_lang = Value(metadata=describe("Language of the wording (default: `en`).", "uk", "BCP 47"))

    @validates_schema(skip_on_field_errors=True)
    def check_figure_source(self, data: dict[str, Any], **kwargs: Any) -> None:
        bounds = bool(data.keys() & {"low", "best", "high"})
        if bounds and "number" in data or not bounds and data.keys().isdisjoint({"number", "phrase"}):
            raise ValidationError(
                "A figure needs number, or low, best or high, or phrase. It cannot have number and bounds."
            )
