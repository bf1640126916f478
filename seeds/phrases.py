"""The words of a figure → value, low, best and high, its qualifier and the name of the rule that was followed.

"At least 53" is 53, 53 and open; "dozens" is 24 and open. The rules are those of docs/phrases.md. What is not
understood is refused: a reading that nobody can name the rule of would be a guess.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from seeds.numerals import Number, Unread
from seeds.parts import Part, parts

LONGEST = 300
FIRST_YEAR, LAST_YEAR = 1800, 2100
BEFORE = ("about", "some", "at_least", "more_than", "exceeding", "nearly", "up_to", "fewer_than", "exactly")
AFTER = ("about_after", "at_least_after", "more_than_after", "up_to_after")
HARMS = ("killed", "injured", "missing", "captured")
#: Words that must stand at the number: elsewhere they change the figure in a way that is not read.
ATTACHED = (*BEFORE, *AFTER, "between", "more", "magnitude")

#: The rules by which a phrase becomes a figure; the name is stored beside the figure.
RULES = (
    "exact", "about", "at_least", "more_than", "nearly", "up_to", "fewer_than", "between", "vague", "unquantified",
    "round_number", "round_word",
)  # fmt: skip
READ_AS = {"exceeding": "more_than", "fewer_than": "up_to", "exactly": "exact", "some": "about"}


class Reading(NamedTuple):
    """A figure as `ClaimIn` has it, and the word *confirmed*, which says how the claim stands and not how many."""

    value: int | None
    low: int | None
    best: int | None
    high: int | None
    qualifier: str
    rule: str
    confirmation: str | None = None


def read(phrase: str, language: str = "en") -> Reading:
    """The one figure that the phrase states, by the words of its language (BCP 47).

    Raises `Unread`, saying why, for two figures, none, or words that change a number in a way not known here.
    """
    if len(phrase) > LONGEST:
        raise Unread(f"A phrase has at most {LONGEST} characters; {len(phrase)} were given.")
    return _Phrase(parts(phrase, language)).reading()


class _Phrase:
    def __init__(self, found: list[Part]) -> None:
        self.parts = found
        self.used: set[int] = set()

    def reading(self) -> Reading:
        self._refuse(lambda part: part.has("unread"), "“{}” changes a number in a way that is not read.")
        at = self._only_figure()
        self._check_harms()
        figure = self.parts[at]
        made = self._of_number(at) if figure.number else self._of_words(at)
        self._refuse(lambda part: part.has(*ATTACHED), "“{}” stands apart from the number that it may change.")
        confirmed = any(part.has("confirmed") for part in self.parts)
        return made._replace(confirmation="confirmed" if confirmed else None)

    def _refuse(self, wrong: Callable[[Part], bool], message: str) -> None:
        for index, part in enumerate(self.parts):
            if index not in self.used and wrong(part):
                raise Unread(message.format(part.text))

    def _only_figure(self) -> int:
        figures = [index for index, part in enumerate(self.parts) if part.is_figure]
        if not figures:
            raise Unread("States no figure in words that are known here.")
        if len(figures) > 1:
            told = " and ".join(self.parts[index].text for index in figures)
            raise Unread(f"States {len(figures)} figures ({told}): give each a phrase of its own.")
        return figures[0]

    def _check_harms(self) -> None:
        """ "Child killed, two wounded" has one number and two harms; "killed and wounded" are one."""
        found = [(index, _role(part, HARMS)) for index, part in enumerate(self.parts) if part.has(*HARMS)]
        for (first, harm), (second, other) in pairwise(found):
            between = self.parts[first + 1 : second]
            joined = len(between) == 1 and between[0].has("and", "or")
            if harm != other and not joined:
                raise Unread(
                    f"Names {harm} and {other}, and not which the number is of: give each a phrase of its own."
                )

    # Figures without a number

    def _of_words(self, at: int) -> Reading:
        part = self.parts[at]
        if part.has("none", "nobody"):
            if any(later.has("unsaid") for later in self.parts[at + 1 :]):
                raise Unread("That none was told is no zero.")
            self._check_nobody(at)
            return Reading(0, 0, 0, 0, "exact", "exact")
        if part.has("unquantified"):
            return Reading(None, None, None, None, "unquantified", "unquantified")
        before = self._before(at)
        if before >= 0 and self.parts[before].has("at_least", "more_than"):
            self.used.add(before)
        self._use_more(at)
        least = part.roles["vague"]
        assert least is not None
        return Reading(None, int(least), None, None, "vague", "vague")

    def _check_nobody(self, at: int) -> None:
        """ "Nobody was killed" is a zero; "nobody knows" is none."""
        if self.parts[at].has("nobody") and at + 1 < len(self.parts) and self.parts[at + 1].has("word"):
            raise Unread(f"It is not known what “{self.parts[at + 1].text}” behind “{self.parts[at].text}” says.")

    # Numbers

    def _of_number(self, at: int) -> Reading:
        begin, hedge = self._hedged(at)
        self._check_before(begin, hedge)
        self._check_behind(at)
        self._check_one(at)
        self._check_one_more(at)
        self._check_year(at, hedge)
        self._check_change(at, begin, hedge)
        part = self.parts[at]
        assert part.number
        return _range(part.number, part.end, hedge) if part.end else _single(part.number, hedge)

    def _before(self, at: int) -> int:
        """The part before this one that counts, -1 where there is none."""
        at -= 1
        while at >= 0 and (self.parts[at].has("filler") or self.parts[at].text in ".\"'“”«»"):
            at -= 1
        return at

    def _hedged(self, at: int) -> tuple[int, str | None]:
        """Where the figure begins with its hedge, and the role of the hedge. Raises `Unread` for two of them."""
        begin, before, found = at, self._before(at), []
        if before >= 0 and self.parts[at].end and self.parts[before].has("between", "from"):
            begin = before
        elif before >= 0 and (role := _role(self.parts[before], BEFORE)):
            begin = before
            found.append(role)
        for behind in self._behind(at):
            found.append(str(_role(self.parts[behind], AFTER)).removesuffix("_after"))
            self.used.add(behind)
        if begin < at:
            self.used.add(begin)
        if len(found) > 1:
            raise Unread("Hedges the number twice.")
        return begin, found[0] if found else None

    def _behind(self, at: int) -> list[int]:
        """Hedges right behind the number or at the end: "5 or more", "5 soldiers at least"."""
        last = max(index for index, part in enumerate(self.parts) if not part.is_boundary)
        self._use_more(at)
        return [index for index in sorted({at + 1, last}) if at < index <= last and self.parts[index].has(*AFTER)]

    def _use_more(self, at: int) -> None:
        """ "400 more" are 400: of "more" nothing follows where it stands behind the figure."""
        if at + 1 < len(self.parts) and self.parts[at + 1].has("more"):
            self.used.add(at + 1)

    def _check_before(self, begin: int, hedge: str | None) -> None:
        before = self._before(begin)
        if before < 0 or hedge == "exceeding":
            return
        part = self.parts[before]
        if self.parts[begin].glued and before == begin - 1 and not part.is_boundary:
            raise Unread(f"The number is joined to “{part.text}”.")
        if not part.is_boundary and not part.has("plain", "to"):
            raise Unread(f"It is not known what “{part.text}” before the number does to it.")
        if part.text in ",(" and before and self.parts[before - 1].has("aged"):
            raise Unread(f"The number behind “{self.parts[before - 1].text}” may be an age.")

    def _check_behind(self, at: int) -> None:
        rest = self.parts[at + 1 :]
        if rest and rest[0].glued and not rest[0].is_boundary and at + 1 not in self.used:
            raise Unread(f"The number is joined to “{rest[0].text}”.")
        for part in [part for part in rest if not part.has("filler", *AFTER)][:2]:
            if part.has("things", "month"):
                raise Unread(f"Counts “{part.text}”, not people, or is a date.")
            if part.is_boundary or part.has("people"):
                return

    def _check_one(self, at: int) -> None:
        """ "Un" is one before a person; in "un grupo", "une trentaine" it is an article."""
        behind = self.parts[at + 1 : at + 2]
        if (
            self.parts[at].has("article")
            and behind
            and not behind[0].is_boundary
            and not behind[0].has("people", *HARMS)
        ):
            raise Unread(f"“{behind[0].text}” may be more than one person.")

    def _check_one_more(self, at: int) -> None:
        """ "Two women and a child" are three, and "two women" is not said of all of them."""
        for joint, article in pairwise(self.parts[at + 1 :]):
            if joint.has("and") and article.has("article"):
                raise Unread(f"“{joint.text} {article.text}” may add to the number: give each a phrase of its own.")

    def _check_year(self, at: int, hedge: str | None) -> None:
        part, alone = self.parts[at], len(self.parts) == 1
        if hedge or alone or part.end or not (part.text.isdigit() and FIRST_YEAR <= int(part.text) <= LAST_YEAR):
            return
        if at + 1 == len(self.parts) or not self.parts[at + 1].has("people"):
            raise Unread(f"{part.text} may be a year.")

    def _check_change(self, at: int, begin: int, hedge: str | None) -> None:
        """Where a figure changed, only what it changed *to* is the figure: not by how much, nor from what."""
        if not any(part.has("change") for part in self.parts):
            return
        before = self._before(begin)
        if self.parts[at].end or hedge == "up_to" or before < 0 or not self.parts[before].has("to"):
            raise Unread("Says how a figure changed: only “to” and one number would be read.")


def _role(part: Part, roles: tuple[str, ...]) -> str | None:
    return next((role for role in roles if role in part.roles), None)


def _single(number: Number, hedge: str | None) -> Reading:
    if hedge is None or (hedge == "some" and number.value % 10):
        # "Some 61" is a filler before an exact count.
        return _bounded("exact" if number.rule == "exact" else "about", number.value, number.rule)
    qualifier = READ_AS.get(hedge, hedge)
    return _bounded(qualifier, number.value, "fewer_than" if hedge == "fewer_than" else qualifier)


def _range(low: Number, high: Number, hedge: str | None) -> Reading:
    """At least 7,000-8,000 is at least 7,000, up to 10-12 is up to 12; about 6 or 7 thousand is between them."""
    match hedge:
        case None | "about" | "some":
            return Reading(low.value, low.value, None, high.value, "between", "between")
        case "at_least" | "more_than" | "exceeding":
            return _single(low, hedge)
        case "up_to" | "fewer_than":
            return _single(high, hedge)
    raise Unread("It is not known which end of the range is meant.")


def _bounded(qualifier: str, value: int, rule: str) -> Reading:
    match qualifier:
        case "exact":
            return Reading(value, value, value, value, qualifier, rule)
        case "about":
            return Reading(value, None, value, None, qualifier, rule)
        case "nearly":
            return Reading(value, None, value, value, qualifier, rule)
        case "up_to":
            return Reading(value, None, None, value, qualifier, rule)
    return Reading(value, value, value, None, qualifier, rule)
