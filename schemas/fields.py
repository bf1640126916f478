"""Field types: text that both databases can store, days as text, figures without coercion."""

import calendar
import datetime
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate

from schemas.vocabularies import Vocabulary

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLUG_LENGTH = 160
FIRST_DAY, LAST_DAY = "1800-01-01", "2100-12-31"
GREATEST_FIGURE = 1_000_000_000
#: The message for a number out of its range.
NOT_WITHIN = "Must be between {min} and {max}."
#: The value of a filter for records that lack the fact.
NONE = "none"
#: The value of a filter on `subject_side`, and the key of a row: all sides together. Claims have null there.
ALL = "all"
RESERVED = (NONE, ALL)


def describe(description: str, example: Any = None, origin: str = "Counterclaim", **extra: Any) -> dict[str, Any]:
    """Return field metadata: the meaning, one example, and the standard that the field comes from."""
    examples = {} if example is None else {"examples": [example]}
    return {"description": description, "x-origin": origin, **examples, **extra}


PRINTABLE = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$"  # as much of `refuse_unprintable` as a pattern can


class Text(fields.String):
    """Text that both databases can store: short, NFC, no controls, no invisible or direction-changing marks.

    Length is checked before normalising, so that a hostile body is cheap to refuse. ZWJ and ZWNJ are spelling in
    Persian, Urdu and Indic scripts, so they are allowed inside words.
    """

    def __init__(self, *, longest: int = 2000, blank: bool = False, **kwargs: Any) -> None:
        self.longest, self.blank = longest, blank
        super().__init__(**kwargs)
        length = {"maxLength": longest, **({} if blank else {"minLength": 1})}
        self.metadata = {**length, "pattern": PRINTABLE, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("Must be text.")
        self._refuse_long(value)
        if not is_encodable(value):
            raise ValidationError("Contains half of a surrogate pair, which is not a character. Remove it.")
        text = unicodedata.normalize("NFC", value)
        self._refuse_long(text)  # some letters have no composed form and become two
        refuse_unprintable(text)
        if not self.blank and not text.strip():
            raise ValidationError("Must not be blank.")
        return text

    def _refuse_long(self, text: str) -> None:
        if len(text) > self.longest:
            raise ValidationError(f"Must be at most {self.longest} characters. {len(text)} were sent.")


def is_encodable(text: str) -> bool:
    """Return whether a text has characters only: JSON may also have halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


JOINERS = "\u200c\u200d"
INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff"
    r"\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def refuse_unprintable(text: str) -> None:
    """Raise `ValidationError` at the first character that would be stored but not seen."""
    for position, character in enumerate(text):
        if character in "\n\t":
            continue
        joins = character in JOINERS and 0 < position < len(text) - 1 and text[position - 1].isalpha()
        if joins:
            continue
        if (
            character in JOINERS
            or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")
            or INVISIBLE.match(character)
        ):
            raise ValidationError(
                f"Contains U+{ord(character):04X} at position {position}, which is invisible or cannot be stored. "
                "Remove it."
            )


class Pattern(validate.Regexp):
    """A pattern of the whole text: Python's `$` alone would let a final newline through."""

    def __call__(self, value: Any) -> Any:
        if not self.regex.fullmatch(value):
            raise ValidationError(self._format_error(value))
        return value


class NoRepeats(validate.Validator):
    """A list in which no entry is a second time. Of entries with further fields, those of `parts` are compared."""

    def __init__(self, *parts: str) -> None:
        self.parts = parts

    def __call__(self, entries: Any) -> Any:
        seen = set()
        for entry in entries:
            content = tuple(map(entry.get, self.parts)) if self.parts else entry
            if content in seen:
                name = content[0] if isinstance(content, tuple) else content
                raise ValidationError(f"{name} is in the list twice. Leave one out.")
            seen.add(content)
        return entries


NEITHER = {"invalid": "Must be an id, or an object with the id and name of the record, as answers have it."}


class Slug(fields.String):
    """An id on the wire: lower-case ASCII words joined by hyphens, so that a URL can be typed.

    `named`: answers show the record with its name, and a write takes it like that too (`api.records.named_references`).
    """

    replacements: ClassVar[Mapping[str, str]] = {}  # a word that is not allowed → the word to send

    def __init__(self, *, named: bool = False, **kwargs: Any) -> None:
        self.named = named
        if named:
            kwargs.setdefault("error_messages", NEITHER)
        super().__init__(**kwargs)
        self.validators = [
            validate.Length(1, SLUG_LENGTH, error="Must have between {min} and {max} characters."),
            Pattern(SLUG, error="Must be an id: lower-case ASCII words joined by hyphens, such as azerbaijan-mod."),
            *self.validators,
        ]


class Id(Slug):
    """The id of a record: a slug that has no other meaning in queries."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [
            *self.validators,
            validate.NoneOf(RESERVED, error="This word has a meaning of its own in queries. Send a different id."),
        ]


class HarmedSide(Slug):
    """The id of a side in a record, or `all`, which is loaded as null: all sides together."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return None if value == ALL else super()._deserialize(value, *args, **kwargs)

    def _validate(self, value: Any) -> None:
        if value is not None:
            super()._validate(value)


class SubjectSide(Slug):
    """The id of a side whose losses are claimed, or `all`: all sides together."""

    replacements: ClassVar[Mapping[str, str]] = {NONE: ALL}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        error = f"`{NONE}` is not a side. Send `{ALL}` for all sides together."
        self.validators = [*self.validators, validate.NoneOf([NONE], error=error)]


class Word(fields.String):
    """One word of a closed list."""

    def __init__(
        self, words: Vocabulary | Iterable[str], *, vocabulary: Vocabulary | None = None, **kwargs: Any
    ) -> None:
        self.words = words
        self.vocabulary = words if isinstance(words, Vocabulary) else vocabulary
        super().__init__(**kwargs)
        error = "Must be one of: {choices}." if len(choices := list(words)) > 1 else "Must be {choices}."
        self.validators = [validate.OneOf(choices, error=error), *self.validators]
        if isinstance(words, Vocabulary):
            self.metadata = {"description": words.description, "x-origin": words.origin, **self.metadata}


class Grade(fields.Integer):
    """A whole number of a closed scale, such as a UCDP precision."""

    def __init__(self, scale: Vocabulary, **kwargs: Any) -> None:
        self.words = self.vocabulary = scale
        super().__init__(strict=True, **kwargs)
        self.validators = [validate.OneOf([int(word) for word in scale]), *self.validators]
        meaning = "; ".join(f"{word} {meaning}" for word, meaning in scale.items())
        self.metadata = {"description": f"{scale.description} {meaning}.", "x-origin": scale.origin, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return super()._deserialize(require_whole_number(value), attr, data, **kwargs)


def require_whole_number(value: Any) -> int:
    """Return the whole number unchanged. Raises `ValidationError` for others: 3.7 killed must not be stored as 3."""
    if type(value) is not int:
        raise ValidationError("Must be a whole number, written without quotes, point or sign.")
    return value


class Figure(fields.Integer):
    """A number of people, 0 to 1,000,000,000. Null is not zero."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)
        self.validators = [validate.Range(0, GREATEST_FIGURE, error=NOT_WITHIN), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        return require_whole_number(value)


LEAST_DEGREES = 1e-12  # a tenth of a micrometre; databases differ in the numbers next to 0


class Degrees(fields.Float):
    """A coordinate in decimal degrees (WGS 84)."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [validate.Range(-most, most, error=NOT_WITHIN), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) not in (int, float):
            raise ValidationError("Must be a number.")
        if 0 < abs(value) < LEAST_DEGREES:
            raise ValidationError("Is too close to 0. Send 0, or round the number.")
        return super()._deserialize(value, attr, data, **kwargs) + 0.0  # -0.0 is 0.0: SQLite does not keep the sign


DAY = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$", re.ASCII)
PARTIAL_DAY = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$", re.ASCII)


class Day(fields.String):
    """A calendar day `YYYY-MM-DD` without a time zone, as text, so that both databases compare it alike."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"format": "date", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            raise ValidationError("Must be a day written YYYY-MM-DD.")
        return day_span(value)[0]


class PastDay(Day):
    """A day that has begun somewhere on Earth. Nobody can know yet what was said by a later day."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        day = super()._deserialize(value, attr, data, **kwargs)
        if day > (newest := newest_day()):
            raise ValidationError(f"Must not be later than today, {newest}. {day} was sent.")
        return day


class LastDay(Day):
    """The last possible day of something past: at most the end of this year, for where only the year is known."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        day = super()._deserialize(value, attr, data, **kwargs)
        if day > (newest := f"{newest_day()[:4]}-12-31"):
            raise ValidationError(f"Must not be later than the end of this year, {newest}. {day} was sent.")
        return day


def newest_day() -> str:
    """Return today's date in the farthest time zone."""
    return str((datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=14)).date())


def next_day(day: str) -> str:
    """Return the day after `YYYY-MM-DD`; a day may begin in one time zone while another still has the day before."""
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days=1))


def day_span(text: str) -> tuple[str, str]:
    """Return the first and last day of `2020`, `2020-09` or `2020-09-30`. Raises `ValidationError` for other text."""
    match = PARTIAL_DAY.fullmatch(text)
    if not match:
        raise ValidationError("Must be a year, a month or a day: 2020, 2020-09 or 2020-09-30.")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if not int(FIRST_DAY[:4]) <= year <= int(LAST_DAY[:4]):
        raise ValidationError(f"Must lie between {FIRST_DAY} and {LAST_DAY}.")
    if month is not None and not 1 <= month <= 12:
        raise ValidationError("There is no such month. Months go from 01 to 12.")
    last = calendar.monthrange(year, month or 12)[1]
    if day is not None and not 1 <= day <= last:
        raise ValidationError(f"There is no such day. The month ends on {year:04}-{month:02}-{last:02}.")
    return f"{year:04}-{month or 1:02}-{day or 1:02}", f"{year:04}-{month or 12:02}-{day or last:02}"


class Span(fields.String):
    """A day, month or year in a query string; loads to its first (`edge=0`) or last (`edge=1`) day."""

    def __init__(self, edge: int, **kwargs: Any) -> None:
        self.edge = edge
        super().__init__(**kwargs)
        self.metadata = {"pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return day_span(value)[self.edge]


#: Separates the entries of a list in one cell. Within an entry, a backslash precedes it and each backslash.
SEPARATOR = ";"
ENTRY = re.compile(r"((?:\\[;\\]|[^;])*)(;|$)", re.DOTALL)
ESCAPED = re.compile(r"\\([;\\])")


def join_entries(entries: Iterable[Any]) -> str | None:
    """Return the entries of a list as one cell: `["a", None, "b;c"]` → `a;;b\\;c`; None for an empty cell."""
    cells = ["" if entry is None else entry_text(entry) for entry in entries]
    text = SEPARATOR.join(cells)
    if "\\" in text or text.count(SEPARATOR) >= len(cells):
        text = SEPARATOR.join(cell.replace("\\", "\\\\").replace(SEPARATOR, f"\\{SEPARATOR}") for cell in cells)
    return text or None


def entry_text(entry: Any) -> str:
    """Return a value as text: true and false as in JSON."""
    if isinstance(entry, str):
        return entry
    return str(entry).lower() if isinstance(entry, bool) else str(entry)


def split_entries(cell: str) -> list[str]:
    """Return the entries of a cell of `join_entries`. A backslash before any other character stands for itself."""
    entries = []
    for entry, end in ENTRY.findall(cell):
        entries.append(ESCAPED.sub(r"\1", entry))
        if not end:
            break
    return entries


#: Text that a spreadsheet would run: it begins with =, +, -, @, tab, CR, LF or a full-width form of the first four.
#: Blanks of any kind and semicolons may precede it: some programs trim blanks, and where lists are separated by `;` a
#: cell `;=1+1` is read as two. Apostrophes before it match too: CSV adds one to each such text, and the first one is
#: always the added one.
FORMULA = re.compile(r"'*[;\s]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def remove_guard(cell: str) -> str:
    """Return the text of a CSV cell without the apostrophe that guards it."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


COMMA = re.compile(r"(\\[\\,]|,)")


def escape_commas(word: str) -> str:
    """Return a word for a comma list, with a backslash before each comma and backslash."""
    return word.replace("\\", "\\\\").replace(",", "\\,")


def split_comma_list(text: str) -> list[str]:
    """Return the words of a comma list."""
    words = [""]
    for piece in COMMA.split(text):
        if piece == ",":
            words.append("")
        else:
            words[-1] += piece[1:] if piece in ("\\,", "\\\\") else piece
    return words


class Csv(fields.Field[tuple[Any, ...]]):
    """A comma list in a query string: `killed,injured` → `("injured", "killed")`, so that order never matters.

    A comma or a backslash inside a word has a backslash before it.
    """

    def __init__(self, inner: fields.Field[Any], *, ordered: bool = False, most: int = 100, **kwargs: Any) -> None:
        self.inner, self.ordered, self.most = inner, ordered, most
        super().__init__(**kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[Any, ...]:
        words = split_comma_list(value)
        if len(words) > self.most:
            raise ValidationError(f"Takes at most {self.most} values. {len(words)} were sent.")
        values = dict.fromkeys(self.inner.deserialize(word.strip()) for word in words)
        return tuple(values if self.ordered else sorted(values))


class Values(Csv):
    """The values of a row in the order of its columns, unchanged: two of them may be the same."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields.String(), ordered=True, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[str, ...]:
        return tuple(split_comma_list(value))


EDGE = re.compile(r"^-?[0-9]{1,3}(\.[0-9]{1,12})?$")


class Box(fields.Field[tuple[float, ...]]):
    """`west,south,east,north` in decimal degrees; west may be greater than east across the antimeridian.

    `none` is the empty box, for records without a point.
    """

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[float, ...]:
        if value == NONE:
            return ()
        edges = value.split(",")
        if len(edges) != 4 or not all(EDGE.match(edge) for edge in edges):
            raise ValidationError("Must be four numbers separated by commas, west,south,east,north, or the word none.")
        west, south, east, north = map(float, edges)
        if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
            raise ValidationError("Must lie within -180,-90,180,90. South must not be above north.")
        return west, south, east, north
