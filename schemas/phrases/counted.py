"""Refuse a number that does not count people.

A number counts people only if what follows is people, a known harm or nothing. docs/editors/phrases.md has the grammar.
"""

from collections.abc import Iterable, Sequence

from schemas.phrases.dates import DATE_HINT
from schemas.phrases.numerals import PhraseError
from schemas.phrases.parts import Part
from schemas.phrases.wording import Wording

HARMS = ("killed", "injured", "missing", "captured", "abducted", "detained")
#: What happened to people, as a harm of the vocabulary or in other words: displaced, buried.
HARMED = (*HARMS, "harmed")
PEOPLE = ("people", "person")
#: Words between the number and the noun that say nothing about what is counted.
SKIPPED = ("filler", "more", "describes", "confirmed", "of", "about_after", "at_least_after", "more_than_after", "up_to_after")  # fmt: skip # noqa: E501
QUOTES = "\"'“”„«»"
WRITE_PEOPLE = "If the number counts people, name them or the harm: “5 people”, “5 killed”."


class Counted:
    """Reads the words behind a number up to what it counts."""

    def __init__(self, parts: Sequence[Part], at: int, words: Wording) -> None:
        self.parts, self.at, self.words = parts, at, words
        self.unknown: Part | None = None
        self.is_harmed = self.has_verb = False

    def check_people(self) -> bool:
        """Return whether people or a harm are named behind the number. Raises `PhraseError` for anything else."""
        for index in range(self.at + 1, len(self.parts)):
            part = self.parts[index]
            if part.text in QUOTES:
                continue
            if part.is_boundary:
                break
            self._refuse_other_things(part)
            if part.has_role(*PEOPLE) and (self.unknown is None or not part.has_role(*HARMED)):
                self._check_noun(index)
                return True
            if self._ends_before(part):
                break
        if self.unknown:
            self._refuse(self.unknown)
        return self.is_harmed

    def _refuse_other_things(self, part: Part) -> None:
        if part.has_role("month"):
            raise PhraseError(f"The number stands next to “{part.text}” and may belong to a date. {DATE_HINT}")
        if part.has_role("things"):
            raise PhraseError(f"The number counts “{part.text}”, not people. {WRITE_PEOPLE}")
        if part.has_role("partial"):
            raise PhraseError(f"“{part.text}” says that the number is a part of another one. Enter the whole number.")

    def _ends_before(self, part: Part) -> bool:
        """Take the part and return False, or return True if what is counted ends before it."""
        if part.has_role(*HARMED):
            if self.unknown:
                self._refuse(self.unknown)
            self.is_harmed = True
        elif part.has_role(*SKIPPED):
            pass
        elif self.is_harmed and not part.has_role("word"):
            return True
        elif part.has_role("place", "from"):
            return self.unknown is None
        elif part.has_role("plain") and self.unknown is None:
            self.has_verb = True
        elif self.unknown or self.has_verb or not part.has_role("word") or not self.words.may_describe(part.text):
            self._refuse(self.unknown or part)
        else:
            self.unknown = part
        return False

    def _refuse(self, part: Part) -> None:
        raise PhraseError(f"“{part.text}” after the number may not be people. {WRITE_PEOPLE}")

    def _check_noun(self, at: int) -> None:
        """Refuse people who speak ("one official said"), and nouns that describe another noun ("3 civilian homes")."""
        rest = [part for part in self.parts[at + 1 :] if not part.has_role("filler", "describes", *PEOPLE)]
        if rest and rest[0].has_role("says"):
            raise PhraseError(f"“{self.parts[at].text} {rest[0].text}” are people who speak, not victims.")
        if not (self.words.attributive or self.parts[at].has_role("person")) or not rest:
            return
        if rest[0].has_role("things"):
            self._refuse_other_things(rest[0])
        if rest[0].has_role("word"):
            self._refuse(rest[0])


def check_bare_number(parts: Sequence[Part], begin: int, at: int) -> None:
    """Refuse a number without people behind it if other words of the phrase may say that it counts something else.

    "Killed: 12, Reuters reports" counts the killed; "Tanks: 12" and "12 (camels)" may not count people.
    """
    before, behind = parts[:begin], parts[at + 1 :]
    if any(part.has_role("destroyed") for part in before):
        raise PhraseError(f"The number may count destroyed things. {WRITE_PEOPLE}")
    if bracket := next((part for part in behind if part.text not in QUOTES), None):
        is_bracketed = bracket.text in "([:"
        if is_bracketed or bracket.is_boundary and not names_people(before):
            _refuse_first(part for part in behind if not part.is_boundary)
    if not names_people(before):
        _refuse_unknown(before)


def names_people(parts: Iterable[Part]) -> bool:
    return any(part.has_role(*PEOPLE, *HARMED) for part in parts)


def _refuse_first(parts: Iterable[Part]) -> None:
    if (part := next(iter(parts), None)) and part.has_role("word", "things", "month"):
        raise PhraseError(f"“{part.text}” near the number may say that it counts no people. {WRITE_PEOPLE}")


def _refuse_unknown(parts: Iterable[Part]) -> None:
    for part in parts:
        _refuse_first([part])
