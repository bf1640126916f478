"""Split a phrase into parts: numbers, ranges, and words of its language with their roles in a figure."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.phrases.dates import refuse_dates
from schemas.phrases.numerals import (
    Number,
    Numeral,
    PhraseError,
    Token,
    fold_text,
    read_digits,
    read_number,
)
from schemas.phrases.wording import Roles, Wording, load_wording

NUMERALS = ("unit", "ten", "round", "hundred", "dozen", "scale", "digits", "and_unit", "and_ten")
WITHOUT_AND = {"and_unit": "unit", "and_ten": "ten"}
#: Marks that end a clause, and marks that say nothing about a number.
BOUNDARIES = frozenset(",;:.!?()[]—،؛؟…«»\"“”„'՝։")
DASH = "-"
ROUND_HUNDREDS = range(200, 1000, 100)


class Part(NamedTuple):
    text: str
    roles: Roles
    glued: bool
    number: Number | None = None
    end: Number | None = None  # the upper end of a range
    mark: bool = False

    def has_role(self, *roles: str) -> bool:
        return not self.roles.keys().isdisjoint(roles)

    @property
    def is_boundary(self) -> bool:
        return self.mark and self.text in BOUNDARIES

    @property
    def is_figure(self) -> bool:
        return self.number is not None or self.has_role("vague", "unquantified", "many", "none", "nobody")


def split_parts(phrase: str, language: str) -> list[Part]:
    """Return the parts of a phrase in order. Raises `PhraseError` for letters and signs that cannot be read."""
    words = load_wording(language)
    text = fold_text(phrase)
    tokens = words.split_text(text)
    refuse_dates(text, tokens, words)
    worded = _read_singles(_join_wordings(tokens, words))
    joined = _join_ranges(_join_numerals(worded, words.joins_tens))
    return [part._replace(roles={"magnitude": None}) if _is_lone_magnitude(part) else part for part in joined]


def _is_lone_magnitude(part: Part) -> bool:
    """Return whether the part is a magnitude without a number, such as "thousand".

    A word that is also vague does not count: in Russian it can be the plural "thousands".
    """
    return part.number is None and part.has_role(*NUMERALS) and not part.has_role("vague")


def _join_wordings(tokens: list[Token], words: Wording) -> list[Part]:
    """Join tokens to the longest wordings of the language."""
    parts: list[Part] = []
    texts = [token.text for token in tokens]
    at = 0
    while at < len(tokens):
        roles, length = words.find_longest(texts[at:])
        taken = tokens[at : at + max(length, 1)]
        if not length:
            roles = _token_roles(taken[0], words)
        text = " ".join(token.text for token in taken)
        parts.append(Part(text, roles, taken[0].glued, mark=taken[0].kind == "mark" and not length))
        at += len(taken)
    return parts


def _read_singles(parts: list[Part]) -> list[Part]:
    """Return the parts with "сотни" as one hundred after a hedge with the genitive; elsewhere it is the plural."""
    read = list(parts)
    for at, part in enumerate(parts):
        before = at - 1
        while before >= 0 and parts[before].has_role("filler"):
            before -= 1
        if part.has_role("single") and before >= 0 and parts[before].has_role("genitive", "more_than"):
            read[at] = part._replace(roles={"round": part.roles["single"]})
    return read


def _token_roles(token: Token, words: Wording) -> Roles:
    if token.kind == "digits":
        return {"digits": read_digits(token.text).amount}
    if token.kind == "word":
        _check_script(token.text, words)
        return {"word": None}
    if token.text not in BOUNDARIES and token.text != DASH:
        raise PhraseError(f"{token.text} is a sign that is not allowed in a figure.")
    return {}


def _check_script(word: str, words: Wording) -> None:
    if not words.script:
        raise PhraseError(
            f"“{word}” cannot be read, because the number words of this language are not known. Write digits."
        )
    for letter in word:
        if letter != "'" and not unicodedata.name(letter, "").startswith(words.script):
            raise PhraseError(f"“{word}” is not in the phrase's language.")


def _join_numerals(parts: list[Part], joins_tens: bool) -> list[Part]:
    """Join runs of numerals to numbers: two | hundred | and | fifty → 250."""
    before_and = ("hundred", "scale", "round", *(("ten",) if joins_tens else ()))
    has_between = any(part.has_role("between") for part in parts)
    if has_between:
        before_and = ()
    joined: list[Part] = []
    at = 0
    while at < len(parts):
        if not parts[at].has_role(*NUMERALS):
            joined.append(parts[at])
            at += 1
            continue
        if has_between and joined and joined[-1].number and parts[at].has_role(*WITHOUT_AND):
            joined.append(Part(parts[at].text, {"and": None}, False))
            parts = [*parts[:at], _drop_and(parts[at]), *parts[at + 1 :]]
        run = list(_numeral_run(parts, at, before_and))
        value, taken = read_number([_to_numeral(parts[index]) for index in run])
        end = run[taken - 1] + 1 if taken else at + 1
        text = " ".join(part.text for part in parts[at:end])
        roles: Roles = {"article": None} if end == at + 1 and parts[at].has_role("article") else {}
        joined.append(parts[at] if value is None else Part(text, roles, parts[at].glued, value))
        at = end
    return joined


def _drop_and(part: Part) -> Part:
    """Return the second number of "between forty and-fifty" as that of "between forty and fifty"."""
    return part._replace(roles={WITHOUT_AND.get(role, role): amount for role, amount in part.roles.items()})


def _numeral_run(parts: Sequence[Part], at: int, before_and: Sequence[str]) -> Iterable[int]:
    """Yield the positions of the numerals that follow each other from `at` on."""
    while at < len(parts) and parts[at].has_role(*NUMERALS):
        yield at
        at += 1
        if at + 1 < len(parts) and parts[at + 1].has_role(*NUMERALS) and _is_joint(parts, at, before_and):
            at += 1


def _is_joint(parts: Sequence[Part], at: int, before_and: Sequence[str]) -> bool:
    """Return whether a hyphen (twenty-five) or "and" after a magnitude (two hundred and fifty) is at `at`."""
    if parts[at].text == DASH:
        return parts[at].glued and parts[at + 1].glued
    return parts[at].has_role("and") and parts[at - 1].has_role(*before_and)


def _to_numeral(part: Part) -> Numeral:
    role = next(role for role in NUMERALS if role in part.roles)
    amount = part.roles[role]
    assert amount is not None
    return Numeral(role, amount, role == "digits" and read_digits(part.text).doubtful, part.has_role("alone"))


def _join_ranges(parts: list[Part]) -> list[Part]:
    """Join two numbers to a range: with "to", "or" or a dash between them, or with "and" after "between"."""
    joined: list[Part] = []
    for at, part in enumerate(parts):
        if len(joined) >= 2 and part.number and joined[-2].number and not joined[-2].end and _is_range(parts, at):
            low, end = _range_ends(joined[-2].number, part.number)
            if joined[-1].text == DASH:
                _refuse_short_end(low.value, end.value)
            joined[-2:] = [
                Part(" ".join([joined[-2].text, joined[-1].text, part.text]), {}, joined[-2].glued, low, end)
            ]
        else:
            joined.append(part)
    return joined


def _is_range(parts: Sequence[Part], at: int) -> bool:
    joint, before = parts[at - 1], parts[: at - 2]
    if joint.text == DASH:
        # "killed 10 – 12 wounded" may be two figures: a dash with spaces joins only if no word precedes.
        return joint.glued or not any(part.has_role("word", "plain") for part in before)
    return joint.has_role("to", "or") or (joint.has_role("and") and any(part.has_role("between") for part in before))


def _has_own_magnitude(low: Number, high: Number) -> bool:
    """Return whether the lower end has its own magnitude: eighty to one hundred, mil y dos mil.

    "500 to 1.2 million" may be 500 or 500,000: nobody leaves out "thousand" before a hundred.
    """
    return low.value >= high.scale or (high.scale < 1000 and low.mantissa * high.scale >= high.value)


def _range_ends(low: Number, high: Number) -> tuple[Number, Number]:
    """Return both ends, the lower one in the magnitude of the upper one: 6 to 7 thousand → 6000, 7000.

    Raises `PhraseError` if the magnitude is ambiguous, or the lower end is not the first.
    """
    if low.scale == 1 and high.scale > 1 and low.mantissa == low.value and not _has_own_magnitude(low, high):
        shared = low.mantissa * high.scale
        if low.mantissa >= high.mantissa or shared.denominator != 1:
            raise PhraseError(
                "“Thousand” or “million” may belong to one end of the range or to both. Write both numbers out."
            )
        low = low._replace(value=int(shared))
    elif high.scale == 1 and 0 < low.value * 1000 < high.value:
        # "20-30,000" usually means 20,000 to 30,000.
        raise PhraseError(
            "“Thousand” or “million” may belong to one end of the range or to both. Write both numbers out."
        )
    if low.value == high.value:
        raise PhraseError(f"Both ends of the range are {low.value}. Write one number, or the right ends.")
    if low.value > high.value:
        raise PhraseError(f"{low.value} to {high.value} is not a range. Write the lower end first.")
    return low, high


def _refuse_short_end(low: int, high: int) -> None:
    """Raise `PhraseError` if the lower end may be short for hundreds: "2-300 men" usually means 200 to 300."""
    if high in ROUND_HUNDREDS and 0 < low * 100 < high:
        raise PhraseError(f"{low}-{high} may mean {low * 100}-{high}. Write both numbers out.")
