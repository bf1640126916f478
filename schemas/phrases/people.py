"""Refuse a number that does not count people.

A number counts people only if what follows is people, a known harm or nothing. docs/editors/phrases.md has the grammar.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

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
            if self._is_noun(part):
                self._check_noun(index)
                return True
            if self._ends_before(part):
                break
        if self.unknown:
            self._refuse(self.unknown)
        return self.is_harmed

    def _is_noun(self, part: Part) -> bool:
        """Return whether the part is a noun for people. "Раненых" may describe the next noun: 5 раненых лошадей."""
        if not part.has_role(*PEOPLE):
            return False
        comes_first = bool(self.words.adjectives) or self.words.attributive
        return not part.has_role(*HARMED) or not (comes_first or self.unknown)

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
        elif part.has_role("of") and self._is_part_of(part):
            raise PhraseError(f"“{part.text}” after the number may make it a part of another one. {WRITE_PEOPLE}")
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

    def _is_part_of(self, part: Part) -> bool:
        """Return whether the words are "one of the soldiers", "lists of" or "widows of", which is an unknown noun."""
        number = self.parts[self.at].number
        is_one = number is not None and number.value == 1 and self.parts[self.at + 1] is part
        return is_one or self.has_verb or self.unknown is not None

    def _refuse(self, part: Part) -> None:
        raise PhraseError(f"“{part.text}” after the number may not be people. {WRITE_PEOPLE}")

    def _check_noun(self, at: int) -> None:
        """Refuse people who speak ("one official said"), and nouns that describe another noun ("3 civilian homes")."""
        self._check_owner(at)
        rest = [part for part in self.parts[at + 1 :] if not part.has_role("filler", "describes", *PEOPLE)]
        is_report = len(rest) > 1 and rest[0].has_role("unsaid") and rest[1].has_role("word", "things")
        if is_report or (rest and rest[0].has_role("says")):
            raise PhraseError(f"“{self.parts[at].text} {rest[0].text}” are people who speak, not victims.")
        self._check_fate(at)
        if not (self.words.attributive or self.parts[at].has_role("person")) or not rest:
            return
        if rest[0].has_role("things"):
            self._refuse_other_things(rest[0])
        if rest[0].has_role("word"):
            self._refuse(rest[0])

    def _check_fate(self, at: int) -> None:
        """Refuse "12 personnes secourues" and "12 people were at home": the words name no harm, and may deny it."""
        if self.is_harmed or any(part.has_role(*HARMED) for part in (*self.parts[: self.at], self.parts[at])):
            return
        verb = None
        for part in self.parts[at + 1 :]:
            if part.has_role(*HARMED) or part.has_role("of") and not verb:
                return
            if part.is_boundary or part.has_role("place", "from"):
                break
            if part.has_role("plain"):
                verb = part
            if part.has_role("word"):
                raise PhraseError(f"“{part.text}” may say that the people were not harmed. Name the harm: “5 killed”.")
        if verb:
            raise PhraseError(f"“{verb.text}” does not say that the people were harmed. Name the harm: “5 killed”.")

    def _check_owner(self, at: int) -> None:
        """Refuse "5 soldiers' homes": the apostrophe after the noun makes the people owners."""
        behind = self.parts[at + 1 : at + 3]
        is_quoted = any(part.text == "'" for part in self.parts[:at])
        if len(behind) == 2 and behind[0].text == "'" and behind[0].glued and not is_quoted:
            self._refuse(behind[1])


def check_bare_number(parts: Sequence[Part], begin: int, at: int) -> None:
    """Refuse a number without people behind it if other words of the phrase may say that it counts something else.

    "Killed: 12, Reuters reports" counts the killed; "Tanks: 12" and "12 (camels)" may not count people.
    """
    before, behind = parts[:begin], parts[at + 1 :]
    if before and before[-1].text == "[":
        raise PhraseError("A number in square brackets may be a footnote. Write it without brackets.")
    if any(part.has_role("destroyed") for part in before):
        raise PhraseError(f"The number may count destroyed things. {WRITE_PEOPLE}")
    if bracket := next((part for part in behind if part.text not in QUOTES), None):
        is_bracketed = bracket.text in "([:"
        if is_bracketed or bracket.is_boundary and not names_people(before):
            _refuse_first(part for part in behind if not part.is_boundary)
    if not names_people(before) or (before and before[-1].text == ":"):
        _refuse_unknown(before)


def check_label(parts: Sequence[Part]) -> None:
    """Refuse "Livestock: 12 killed"."""
    if parts and parts[-1].text == ":" and (thing := next((part for part in parts if part.has_role("things")), None)):
        raise PhraseError(f"The number counts “{thing.text}”, not people. {WRITE_PEOPLE}")


def names_people(parts: Iterable[Part]) -> bool:
    return any(part.has_role(*PEOPLE, *HARMED) for part in parts)


def _refuse_first(parts: Iterable[Part]) -> None:
    if (part := next(iter(parts), None)) and part.has_role("word", "things", "month"):
        raise PhraseError(f"“{part.text}” near the number may say that it counts no people. {WRITE_PEOPLE}")


def _refuse_unknown(parts: Iterable[Part]) -> None:
    """Refuse unknown words and things before the number, up to a place: "Killed in Gaza: 12"."""
    for part in takewhile(lambda part: not part.has_role("place"), parts):
        _refuse_first([part])
