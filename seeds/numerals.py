"""Text → tokens, and the tokens of a number → a number.

Digits of any script; thousands parted by comma, point, space, thin space, Arabic separator or apostrophe; a decimal
only before a magnitude ("1.5 million"). Nothing is rounded, and what could be two numbers is none.
"""

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from schemas.fields import GREATEST_FIGURE


class Unread(ValueError):
    """A phrase that does not state one figure in words known here; the message says why, and what would be right."""


class Token(NamedTuple):
    text: str
    kind: str  # digits, word or mark
    glued: bool  # nothing stands between it and the token before


GROUPED = r"\d{1,3}(?: \d{3})+(?!\d)"
#: ".5 million" is no 5 million; "c.100" is 100.
PARTLESS = r"(?:(?<![\w.,])[.,\u066b])"
TOKEN = re.compile(
    rf"(?<!\d)(?<!\d ){GROUPED}|{PARTLESS}?\d(?:[\d.,'\u066b\u066c]*\d)?|[^\W\d_]+(?:'[^\W\d_]+)*|[^\w\s]|_"
)
LIKE = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "−": "-", "־": "-", "\u200c": " "})


def fold(text: str) -> str:
    """Lower case without marks; digits of every script as ours, quotes, dashes and spaces as one. Em dashes stay."""
    if odd := next((letter for letter in text if unicodedata.category(letter) in ("No", "Nl")), None):
        raise Unread(f"{odd} is no digit; write the number out.")
    plain = unicodedata.normalize("NFKD", text.translate(LIKE).casefold()).translate(LIKE)
    kept = (letter for letter in plain if unicodedata.category(letter) != "Mn")
    return "".join(_like(letter) for letter in kept)


def _like(letter: str) -> str:
    match unicodedata.category(letter):
        case "Nd":
            return str(unicodedata.decimal(letter))
        case "Zs":
            return " "
    return letter


def tokens(text: str) -> list[Token]:
    """The words, runs of digits and marks of a folded text."""
    found, end = [], 0
    for match in TOKEN.finditer(text):
        kind = "digits" if match[0][-1].isdigit() else "word" if match[0][0].isalpha() else "mark"
        found.append(Token(match[0], kind, 0 < end == match.start()))
        end = match.end()
    return found


class Digits(NamedTuple):
    amount: Fraction
    doubtful: bool  # one separator before three digits: before a magnitude it may be a decimal point


WHOLE = re.compile(r"0|[1-9]\d*")
PARTED = re.compile(r"[1-9]\d{0,2}(?:([ .,'\u066c])\d{3})(?:\1\d{3})*")
DECIMAL = re.compile(r"(0|[1-9]\d*)[.,\u066b](\d{1,2})")


def digits(text: str) -> Digits:
    """`2,783`, `2.783` or `2 783` → 2783; `1.5` → 3/2. Raises `Unread` for what is parted in no known way."""
    if len(text) > 20:
        raise Unread(f"{text} is no number of people.")
    if WHOLE.fullmatch(text):
        return Digits(Fraction(text), False)
    if match := PARTED.fullmatch(text):
        return Digits(Fraction(re.sub(r"\D", "", text)), text.count(match[1]) == 1 and match[1] in ".,")
    if match := DECIMAL.fullmatch(text):
        return Digits(Fraction(f"{match[1]}.{match[2]}"), False)
    raise Unread(f"{text} is no whole number: write 2783, 2,783 or 2 783.")


class Numeral(NamedTuple):
    """A word or a run of digits that is part of a number."""

    role: str  # digits, unit, ten, round, hundred, dozen or scale
    amount: Fraction
    doubtful: bool = False


class Number(NamedTuple):
    value: int
    #: `6` and `1000` of "6 thousand", so that "6 to 7 thousand" can be told; 1 where the number is not so made
    mantissa: Fraction
    scale: int
    #: `round_number` or `round_word` where the bare number is to be read as about, else `exact`
    rule: str


MULTIPLIES = ("hundred", "dozen", "scale")


class Sum:
    """A number as its numerals are joined to it one by one: two hundred | and fifty | thousand."""

    def __init__(self) -> None:
        self.total, self.last_scale = Fraction(0), Fraction(GREATEST_FIGURE * 10)
        self.group: Fraction | None = None
        self.spelled = True
        self.used: list[Numeral] = []

    def joins(self, numeral: Numeral) -> bool:
        """Take the numeral in; False, and nothing changes, where it begins another number."""
        joined = self._multiplied(numeral) if numeral.role in MULTIPLIES else self._added(numeral)
        if joined:
            self.used.append(numeral)
        return joined

    def _multiplied(self, by: Numeral) -> bool:
        if self.group is None:
            return False
        if self.used[-1].doubtful:
            raise Unread("A separator before a magnitude may be a decimal point: write the number out.")
        if by.role == "scale":
            return self._scaled(by.amount)
        if self.group > 99 or self.used[-1].role in MULTIPLIES:
            return False
        self.group *= by.amount
        return True

    def _scaled(self, scale: Fraction) -> bool:
        if scale >= self.last_scale or self.group is None:
            return False
        self.total, self.group, self.last_scale = self.total + self.group * scale, None, scale
        return True

    def _added(self, numeral: Numeral) -> bool:
        if self.group is None:
            if self.used and numeral.role not in ("unit", "ten"):
                return False
            self.group, self.spelled = numeral.amount, numeral.role != "digits"
            return True
        if not self.spelled or numeral.role not in ("unit", "ten") or not self._has_room(numeral):
            return False
        self.group += numeral.amount
        return True

    def _has_room(self, numeral: Numeral) -> bool:
        """Twenty takes five, two hundred takes fifty; five takes nothing."""
        assert self.group is not None
        if self.group in (Fraction(100 * n) for n in range(1, 10)):
            return numeral.amount < 100
        return 20 <= self.group % 100 and self.group % 10 == 0 and numeral.role == "unit" and numeral.amount < 10

    def number(self) -> Number:
        """The number of the numerals taken in. Raises `Unread` for a fraction of a person or too many people."""
        value = self.total + (self.group or 0)
        if value.denominator != 1:
            raise Unread(f"{float(value):g} is no whole number of people.")
        if value > GREATEST_FIGURE:
            raise Unread(f"{int(value)} is more than {GREATEST_FIGURE}.")
        return Number(int(value), *self._made(), self._rule(int(value)))

    def _made(self) -> tuple[Fraction, int]:
        if len(self.used) == 2 and self.used[1].role in MULTIPLIES:
            return self.used[0].amount, int(self.used[1].amount)
        return self.total + (self.group or 0), 1

    def _rule(self, value: int) -> str:
        last = self.used[-1].role
        if last in ("dozen", "round") and value % 1000:
            return "round_word"
        return "round_number" if value and (value % 1000 == 0 or last == "scale") else "exact"


def number(numerals: Sequence[Numeral]) -> tuple[Number | None, int]:
    """The number that begins the sequence, and how many of its numerals it takes; None where none begins."""
    sum_, taken = Sum(), 0
    for numeral in numerals:
        if not sum_.joins(numeral):
            break
        taken += 1
    return (sum_.number(), taken) if taken else (None, 0)
