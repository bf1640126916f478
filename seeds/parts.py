"""A phrase → its parts: numbers, ranges, and the words of its language with what each is to a figure."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seeds.numerals import Number, Numeral, Token, Unread, digits, fold, number, tokens
from seeds.wording import Roles, Wording, wording

NUMERALS = ("unit", "ten", "round", "hundred", "dozen", "scale", "digits")
#: Marks that end a clause, and marks that say nothing about a number.
BOUNDARIES = frozenset(",;:.!?()[]—،؛؟…«»\"“”„'՝։")
DASH = "-"


class Part(NamedTuple):
    text: str
    roles: Roles
    glued: bool
    number: Number | None = None
    end: Number | None = None  # the upper end of a range
    mark: bool = False

    def has(self, *roles: str) -> bool:
        return any(role in self.roles for role in roles)

    @property
    def is_boundary(self) -> bool:
        return self.mark and self.text in BOUNDARIES

    @property
    def is_figure(self) -> bool:
        return self.number is not None or self.has("vague", "unquantified", "none", "nobody")


def parts(phrase: str, language: str) -> list[Part]:
    """The parts of a phrase in order. Raises `Unread` for letters and signs that cannot be understood."""
    words = wording(language)
    found = _ranged(_numbered(_worded(tokens(fold(phrase)), words)))
    return [part._replace(roles={"magnitude": None}) if _is_left_over(part) else part for part in found]


def _is_left_over(part: Part) -> bool:
    """A magnitude that no number took: "thousand", unless the word alone is a plural, as in Russian."""
    return part.number is None and part.has(*NUMERALS) and not part.has("vague")


def _worded(found: list[Token], words: Wording) -> list[Part]:
    """Tokens joined to the longest wordings of the language."""
    made: list[Part] = []
    texts = [token.text for token in found]
    at = 0
    while at < len(found):
        roles, length = words.at(texts[at:])
        taken = found[at : at + max(length, 1)]
        if not length:
            roles = _roles(taken[0], words)
        text = " ".join(token.text for token in taken)
        made.append(Part(text, roles, taken[0].glued, mark=taken[0].kind == "mark" and not length))
        at += len(taken)
    return made


def _roles(token: Token, words: Wording) -> Roles:
    if token.kind == "digits":
        return {"digits": digits(token.text).amount}
    if token.kind == "word":
        _check_script(token.text, words)
        return {"word": None}
    if token.text not in BOUNDARIES and token.text != DASH:
        raise Unread(f"{token.text} is a sign that is not read in a figure.")
    return {}


def _check_script(word: str, words: Wording) -> None:
    if not words.script:
        raise Unread(
            f"“{word}” is of a language whose words for figures are not known here: give the phrase's language."
        )
    for letter in word:
        if letter != "'" and not unicodedata.name(letter, "").startswith(words.script):
            raise Unread(f"“{word}” is not of the phrase's language.")


def _numbered(made: list[Part]) -> list[Part]:
    """Runs of numerals joined to numbers: two | hundred | and | fifty."""
    joins_by_and = not any(part.has("between") for part in made)
    found: list[Part] = []
    at = 0
    while at < len(made):
        run = list(_run(made, at, joins_by_and))
        value, taken = number([_numeral(made[index]) for index in run])
        end = run[taken - 1] + 1 if taken else at + 1
        text = " ".join(part.text for part in made[at:end])
        roles: Roles = {"article": None} if end == at + 1 and made[at].has("article") else {}
        found.append(made[at] if value is None else Part(text, roles, made[at].glued, value))
        at = end
    return found


def _run(made: Sequence[Part], at: int, joins_by_and: bool) -> Iterable[int]:
    """The places of the numerals that follow each other from `at` on."""
    while at < len(made) and made[at].has(*NUMERALS):
        yield at
        at += 1
        if at + 1 < len(made) and made[at + 1].has(*NUMERALS) and _joins(made, at, joins_by_and):
            at += 1


def _joins(made: Sequence[Part], at: int, joins_by_and: bool) -> bool:
    """A hyphen (twenty-five) or, behind a magnitude, "and" (two hundred and fifty) stands at `at`."""
    if made[at].text == DASH:
        return made[at].glued and made[at + 1].glued
    return joins_by_and and made[at].has("and") and made[at - 1].has("hundred", "scale", "round")


def _numeral(part: Part) -> Numeral:
    role = next(role for role in NUMERALS if role in part.roles)
    amount = part.roles[role]
    assert amount is not None
    return Numeral(role, amount, role == "digits" and digits(part.text).doubtful)


def _ranged(found: list[Part]) -> list[Part]:
    """Two numbers with "to", "or" or a dash between them, or "and" behind "between", joined to a range."""
    made: list[Part] = []
    for at, part in enumerate(found):
        if len(made) >= 2 and part.number and made[-2].number and not made[-2].end and _is_range(found, at):
            low, end = _ends(made[-2].number, part.number)
            made[-2:] = [Part(" ".join([made[-2].text, made[-1].text, part.text]), {}, made[-2].glued, low, end)]
        else:
            made.append(part)
    return made


def _is_range(found: Sequence[Part], at: int) -> bool:
    joint, before = found[at - 1], found[: at - 2]
    if joint.text == DASH:
        # "killed 10 – 12 wounded" may be two figures: a dash with spaces joins only where no word stands before.
        return joint.glued or not any(part.has("word", "plain") for part in before)
    return joint.has("to", "or") or (joint.has("and") and any(part.has("between") for part in before))


def _ends(low: Number, high: Number) -> tuple[Number, Number]:
    """Both ends, the lower in the magnitude of the upper: 6 to 7 thousand. Raises `Unread` where they descend."""
    if low.scale == 1 and high.scale > 1 and low.mantissa == low.value:
        shared = low.mantissa * high.scale
        if low.mantissa >= high.mantissa or shared.denominator != 1:
            raise Unread("It cannot be told whether the magnitude is that of both ends: write both numbers out.")
        low = low._replace(value=int(shared))
    elif high.scale == 1 and 0 < low.value * 1000 < high.value:
        # "20-30,000" is 20,000 to 30,000 as a rule.
        raise Unread("It cannot be told whether the magnitude is that of both ends: write both numbers out.")
    if low.value >= high.value:
        raise Unread(f"{low.value} to {high.value} is no range: the lower end comes first.")
    return low, high
