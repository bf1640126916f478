"""Split text into tokens, and read the tokens of a number.

Digits may be of any script. Comma, point, space, thin space, Arabic separator or apostrophe groups thousands. A
decimal is read only before a magnitude ("1.5 million"). Nothing is rounded. Text that may be two numbers is refused.
"""

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from schemas.fields import GREATEST_FIGURE


class PhraseError(ValueError):
    """A phrase that does not state one figure in known words; the message gives the reason and the remedy."""


class Token(NamedTuple):
    text: str
    kind: str  # digits, word or mark
    glued: bool  # no space before it


GROUPED = r"\d{1,3}(?: \d{3})+(?!\d)"
#: ".5 million" is not 5 million, but "c.100" is 100.
LEADING_POINT = r"(?:(?<![\w.,])[.,\u066b])"
#: How spreadsheets write large numbers: 2.00E+05.
SCIENTIFIC = re.compile(r"([1-9])(?:[.,](\d+))?e\+?(\d{1,2})")
TOKEN = re.compile(
    r"(?<![\w.,])[1-9](?:[.,]\d+)?e\+?\d{1,2}(?![\w.,])|"
    rf"(?<!\d)(?<!\d ){GROUPED}|{LEADING_POINT}?\d(?:[\d.,'\u066b\u066c]*\d)?|[^\W\d_]+(?:'[^\W\d_]+)*|[^\w\s]|_"
)
PLAIN_SIGNS = str.maketrans(
    {"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "−": "-", "־": "-", "\u200c": " "}
)
#: The long dash joins two numbers, and elsewhere ends a clause: 10—12.
DASH_OF_RANGE = re.compile(r"(?<=\d)( ?)[—―]( ?)(?=\d)")


def fold_text(text: str) -> str:
    """Return the text in lower case, with digits, quotes, hyphens and spaces in ASCII.

    Combining and invisible marks are left out.

    Raises `PhraseError` for signs such as ½, ² or Ⅳ.
    """
    if odd := next((letter for letter in text if unicodedata.category(letter) in ("No", "Nl")), None):
        raise PhraseError(f"{odd} is not a digit. Write the number out, without the mark of a note.")
    text = DASH_OF_RANGE.sub(r"\1-\2", text)
    plain = unicodedata.normalize("NFKD", text.translate(PLAIN_SIGNS).casefold()).translate(PLAIN_SIGNS)
    letters = (letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf"))
    return "".join(_plain_letter(letter) for letter in letters)


def _plain_letter(letter: str) -> str:
    match unicodedata.category(letter):
        case "Nd":
            return str(unicodedata.decimal(letter))
        case "Zs":
            return " "
    return letter


def split_tokens(text: str) -> list[Token]:
    """Return the words, runs of digits and marks of a folded text."""
    tokens, end = [], 0
    for match in TOKEN.finditer(text):
        kind = "digits" if match[0][-1].isdigit() else "word" if match[0][0].isalpha() else "mark"
        tokens.append(Token(match[0], kind, 0 < end == match.start()))
        end = match.end()
    return tokens


class Digits(NamedTuple):
    amount: Fraction
    doubtful: bool  # one separator before three digits: before a magnitude it may be a decimal point


WHOLE = re.compile(r"0|[1-9]\d*")
SEPARATED = re.compile(r"[1-9]\d{0,2}(?:([ .,'\u066c])\d{3})(?:\1\d{3})*")
DECIMAL = re.compile(r"(0|[1-9]\d*)[.,\u066b](\d{1,2})")


def read_digits(text: str) -> Digits:
    """Read `2,783`, `2.783` or `2 783` as 2783, and `1.5` as 3/2. Raises `PhraseError` for any other form."""
    if match := SCIENTIFIC.fullmatch(text):
        return Digits(Fraction(f"{match[1]}.{match[2] or 0}") * 10 ** int(match[3]), False)
    if len(text) > 20:
        raise PhraseError(f"{text} is not a number of people.")
    if WHOLE.fullmatch(text):
        return Digits(Fraction(text), False)
    if match := SEPARATED.fullmatch(text):
        return Digits(Fraction(re.sub(r"\D", "", text)), text.count(match[1]) == 1 and match[1] in ".,")
    if match := DECIMAL.fullmatch(text):
        return Digits(Fraction(f"{match[1]}.{match[2]}"), False)
    raise PhraseError(f"{text} is not a whole number. Write 2783, 2,783 or 2 783.")


class Numeral(NamedTuple):
    """A word or a run of digits that is part of a number."""

    role: str  # digits, unit, ten, round, hundred, dozen, scale, and_unit or and_ten
    amount: Fraction
    doubtful: bool = False
    #: It means one hundred or one thousand without a number before it: "mil" and "cent", not "million".
    alone: bool = False


class Number(NamedTuple):
    value: int
    #: 6 and 1000 of "6 thousand", for ranges such as "6 to 7 thousand"; in other numbers, the number itself and 1
    mantissa: Fraction
    scale: int
    #: `round_number` or `round_word` if the number without a hedge is read as about, else `exact`
    rule: str


MULTIPLIES = ("hundred", "dozen", "scale")
#: Arabic and Hebrew join "and" to the number word: five | and-twenty → 25.
AFTER_AND = ("and_unit", "and_ten")


class Sum:
    """A number that takes its numerals one by one: two | hundred | fifty | thousand."""

    def __init__(self) -> None:
        self.total, self.last_scale = Fraction(0), Fraction(GREATEST_FIGURE * 10)
        self.group: Fraction | None = None
        self.spelled = True
        self.used: list[Numeral] = []

    def add_numeral(self, numeral: Numeral) -> bool:
        """Add the numeral and return True; change nothing and return False if it begins another number."""
        is_taken = self._multiply_group(numeral) if numeral.role in MULTIPLIES else self._add_to_group(numeral)
        if is_taken:
            self.used.append(numeral)
        return is_taken

    def _multiply_group(self, numeral: Numeral) -> bool:
        if self.group is None:
            if not numeral.alone or numeral.amount >= self.last_scale:
                return False
            self.group, self.spelled = Fraction(1), True
        elif self.used[-1].doubtful:
            raise PhraseError(
                "In a number such as “1,200 million” the separator may be a decimal point. Write the number out."
            )
        if numeral.role == "scale":
            return self._scale_group(numeral.amount)
        if self.group > 99 or (self.used and self.group > 1 and self.used[-1].role in MULTIPLIES):
            return False
        self.group *= numeral.amount
        return True

    def _scale_group(self, scale: Fraction) -> bool:
        if scale >= self.last_scale or self.group is None:
            return False
        self.total, self.group, self.last_scale = self.total + self.group * scale, None, scale
        return True

    def _add_to_group(self, numeral: Numeral) -> bool:
        if self.group is None:
            if numeral.role in AFTER_AND and not self.used:
                return False
            if self.used and numeral.role not in ("unit", "ten", *AFTER_AND):
                return False
            self.group, self.spelled = numeral.amount, numeral.role != "digits"
            return True
        if not self.spelled or numeral.role not in ("unit", "ten", *AFTER_AND) or not self._has_room(numeral):
            return False
        self.group += numeral.amount
        return True

    def _has_room(self, numeral: Numeral) -> bool:
        """Return whether the group takes the numeral: twenty takes five, two hundred takes fifty, five takes none.

        One word of Arabic and of Hebrew is two thousand, and takes "and three hundred".
        """
        assert self.group is not None
        below_thousand, tens = self.group % 1000, self.group % 100
        if self.group >= 1000 and not below_thousand:
            return numeral.role in AFTER_AND
        if below_thousand and not tens:
            return numeral.amount < 100
        if numeral.role == "and_ten":
            return 0 < tens < 10
        is_unit = numeral.role in ("unit", "and_unit") and numeral.amount < 10
        return is_unit and 20 <= tens and self.group % 10 == 0

    def to_number(self) -> Number:
        """Return the number. Raises `PhraseError` for a fraction of a person or more than `GREATEST_FIGURE` people."""
        value = self.total + (self.group or 0)
        if value.denominator != 1:
            raise PhraseError(f"{float(value):g} is not a whole number of people.")
        if value > GREATEST_FIGURE:
            raise PhraseError(f"{int(value)} is more than {GREATEST_FIGURE}.")
        return Number(int(value), *self._mantissa_and_scale(), self._name_rule(int(value)))

    def _mantissa_and_scale(self) -> tuple[Fraction, int]:
        if len(self.used) == 2 and self.used[1].role in MULTIPLIES:
            return self.used[0].amount, int(self.used[1].amount)
        return self.total + (self.group or 0), 1

    def _name_rule(self, value: int) -> str:
        last = self.used[-1].role
        if last in ("dozen", "round") and value % 1000:
            return "round_word"
        return "round_number" if value and (value % 1000 == 0 or last == "scale") else "exact"


def read_number(numerals: Sequence[Numeral]) -> tuple[Number | None, int]:
    """Return the number at the start of the sequence and how many numerals it takes; None and 0 without a number."""
    sum_, taken = Sum(), 0
    for numeral in numerals:
        if not sum_.add_numeral(numeral):
            break
        taken += 1
    return (sum_.to_number(), taken) if taken else (None, 0)
