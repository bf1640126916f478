"""Read the words of a figure as value, low, best, high and qualifier, with the name of the rule.

"At least 53" is 53, 53 and open; "dozens" is 24 and open. docs/editors/phrases.md has the rules. A phrase that no rule
reads is refused: anything else would be a guess.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from schemas.phrases.numerals import Number, PhraseError
from schemas.phrases.parts import Part, split_parts
from schemas.phrases.people import HARMED, HARMS, PEOPLE, Counted, check_bare_number, check_label
from schemas.phrases.wording import Wording, load_wording

LONGEST = 300
FIRST_YEAR, LAST_YEAR = 1800, 2100
BEFORE = ("about", "some", "at_least", "more_than", "exceeding", "nearly", "up_to", "fewer_than", "exactly")
AFTER = ("about_after", "at_least_after", "more_than_after", "up_to_after")
#: Words that must be next to the number. Elsewhere they change the figure in a way that no rule reads.
ATTACHED = (*BEFORE, *AFTER, "between", "more", "magnitude")

#: The rules by which a phrase becomes a figure; the name is stored beside the figure.
RULES = (
    "exact", "about", "at_least", "more_than", "nearly", "up_to", "fewer_than", "between", "vague", "unquantified",
    "round_number", "round_word",
)  # fmt: skip
READ_AS = {"exceeding": "more_than", "fewer_than": "up_to", "exactly": "exact", "some": "about"}


class Reading(NamedTuple):
    """A figure with the names of `ClaimIn`. `confirmation` is "confirmed" if the phrase has that word."""

    value: int | None
    low: int | None
    best: int | None
    high: int | None
    qualifier: str
    rule: str
    confirmation: str | None = None


def read_phrase(phrase: str, language: str = "en") -> Reading:
    """Return the one figure that a phrase states in its language (BCP 47).

    Raises `PhraseError` with the reason for two figures, for none, and for words that no rule reads.
    """
    if len(phrase) > LONGEST:
        raise PhraseError(f"A phrase has at most {LONGEST} characters. {len(phrase)} were sent.")
    return _Phrase(split_parts(phrase, language), load_wording(language)).read_figure()


def find_harms(phrase: str, language: str = "en") -> tuple[str, ...]:
    """Return the harms that a phrase names, in the order of `HARMS`: "killed and wounded" → killed, injured.

    Raises `PhraseError` as `read_phrase` does.
    """
    parts = split_parts(phrase, language)
    return tuple(harm for harm in HARMS if any(part.has_role(harm) for part in parts))


class _Phrase:
    def __init__(self, parts: list[Part], words: Wording) -> None:
        self.parts, self.words = parts, words
        self.used: set[int] = set()

    def read_figure(self) -> Reading:
        self._refuse_parts(lambda part: part.has_role("unread"), "“{}” changes the number, and no rule says how.")
        at = self._only_figure()
        self._check_harms()
        figure = self.parts[at]
        reading = self._read_number(at) if figure.number else self._read_words(at)
        self._refuse_parts(
            lambda part: part.has_role(*ATTACHED), "“{}” may change the number, but other words stand between them."
        )
        confirmed = any(part.has_role("confirmed") for part in self.parts)
        return reading._replace(confirmation="confirmed" if confirmed else None)

    def _refuse_parts(self, wrong: Callable[[Part], bool], message: str) -> None:
        for index, part in enumerate(self.parts):
            if index not in self.used and wrong(part):
                raise PhraseError(message.format(part.text))

    def _only_figure(self) -> int:
        figures = [index for index, part in enumerate(self.parts) if part.is_figure]
        if not figures:
            raise PhraseError("No figure was recognised in these words.")
        if len(figures) > 1:
            texts = " and ".join(self.parts[index].text for index in figures)
            raise PhraseError(f"States {len(figures)} figures ({texts}). Give each figure its own phrase.")
        return figures[0]

    def _check_harms(self) -> None:
        """Refuse "child killed, two wounded": one number, two harms. "Killed and wounded" may share a number."""
        harms = [(index, _find_role(part, HARMS)) for index, part in enumerate(self.parts) if part.has_role(*HARMS)]
        for (first, harm), (second, next_harm) in pairwise(harms):
            between = self.parts[first + 1 : second]
            joined = len(between) == 1 and between[0].has_role("and", "or")
            if harm != next_harm and not joined:
                raise PhraseError(
                    f"Names {harm} and {next_harm}, but it is unclear which one the number counts. Give each harm its "
                    "own phrase."
                )

    # Figures without a number

    def _read_words(self, at: int) -> Reading:
        part = self.parts[at]
        if part.has_role("none", "nobody"):
            if any(later.has_role("unsaid") for later in self.parts[at + 1 :]):
                raise PhraseError("“None reported” does not mean zero.")
            self._check_nobody(at)
            return Reading(0, 0, 0, 0, "exact", "exact")
        if part.has_role("many") and not part.has_role("unquantified"):
            self._check_people(at, at)
        if part.has_role("unquantified", "many"):
            return Reading(None, None, None, None, "unquantified", "unquantified")
        before = self._place_before(at)
        if before >= 0 and self.parts[before].has_role("at_least", "more_than"):
            if part.has_role("one_or_many"):
                hedge = self.parts[before].text
                raise PhraseError(f"After “{hedge}”, “{part.text}” may be one or several. Give the number in digits.")
            self.used.add(before)
        else:
            before = at
        self._check_before(before, None)
        self._check_people(before, at)
        self._use_additional(at)
        least = part.roles["vague"]
        assert least is not None
        return Reading(None, int(least), None, None, "vague", "vague")

    def _check_nobody(self, at: int) -> None:
        """Refuse "nobody knows". "Nobody was killed" is a zero."""
        if (
            self.parts[at].has_role("nobody")
            and at + 1 < len(self.parts)
            and self.parts[at + 1].has_role("word", "place", "describes", *PEOPLE)
        ):
            raise PhraseError(f"It is unclear what “{self.parts[at + 1].text}” after “{self.parts[at].text}” means.")

    # Numbers

    def _read_number(self, at: int) -> Reading:
        begin, hedge = self._find_hedge(at)
        self._check_before(begin, hedge)
        self._check_glued(at)
        self._check_article(at)
        self._check_added_person(at)
        self._check_year(at, hedge)
        self._check_people(begin, at)
        self._check_change(at, begin, hedge)
        part = self.parts[at]
        assert part.number
        return _read_range(part.number, part.end, hedge) if part.end else _read_single(part.number, hedge)

    def _place_before(self, at: int) -> int:
        """Return the position of the part before this one, without fillers, quotes and points; -1 if none."""
        at -= 1
        while at >= 0 and (self.parts[at].has_role("filler") or self.parts[at].text in ".\"'“”«»"):
            at -= 1
        return at

    def _find_hedge(self, at: int) -> tuple[int, str | None]:
        """Return where the figure begins, its hedge included, and the role of the hedge.

        Raises `PhraseError` for two hedges.
        """
        begin, before, hedges = at, self._place_before(at), []
        if before >= 0 and self.parts[at].end and self.parts[before].has_role("between", "from"):
            begin = before
        elif before >= 0 and (role := _find_role(self.parts[before], BEFORE)):
            begin = before
            hedges.append(role)
        for behind in self._hedges_behind(at):
            hedges.append(str(_find_role(self.parts[behind], AFTER)).removesuffix("_after"))
            self.used.add(behind)
        if begin < at:
            self.used.add(begin)
        if len(hedges) > 1:
            raise PhraseError("Two expressions qualify the number, for example “about” and “more than”.")
        return begin, hedges[0] if hedges else None

    def _hedges_behind(self, at: int) -> list[int]:
        """Return the positions of hedges after the number or at the end: "5 or more", "5 soldiers at least"."""
        last = max(index for index, part in enumerate(self.parts) if not part.is_boundary)
        self._use_additional(at)
        return [index for index in sorted({at + 1, last}) if at < index <= last and self.parts[index].has_role(*AFTER)]

    def _use_additional(self, at: int) -> None:
        """Mark "more" after the figure as read: "400 more" are 400."""
        if at + 1 < len(self.parts) and self.parts[at + 1].has_role("more"):
            self.used.add(at + 1)

    def _check_before(self, begin: int, hedge: str | None) -> None:
        before = self._place_before(begin)
        if before < 0 or hedge == "exceeding":
            return
        part = self.parts[before]
        if self.parts[begin].glued and before == begin - 1 and not part.is_boundary:
            raise PhraseError(f"The number is joined to “{part.text}”. Write the figure out.")
        if not part.is_boundary and not part.has_role("plain", "to", "destroyed", *HARMED, *PEOPLE):
            raise PhraseError(f"It is unclear how “{part.text}” changes the number after it.")
        if part.has_role("inverts"):
            raise PhraseError(f"“{part.text}” before the number may mean “about”. Write the number first.")
        if part.text in ",(" and before and self.parts[before - 1].has_role("aged"):
            raise PhraseError(f"The number after “{self.parts[before - 1].text}” may be an age.")

    def _check_glued(self, at: int) -> None:
        rest = self.parts[at + 1 :]
        if rest and rest[0].glued and not rest[0].is_boundary and at + 1 not in self.used:
            raise PhraseError(f"The number is joined to “{rest[0].text}”. Write the figure out.")

    def _check_people(self, begin: int, at: int) -> None:
        if not Counted(self.parts, at, self.words).check_people():
            check_bare_number(self.parts, begin, at)
        check_label(self.parts[:begin])

    def _check_article(self, at: int) -> None:
        """Refuse an article that may not count: "un" is one before a person, but not in "un grupo"."""
        behind = self.parts[at + 1 : at + 2]
        if (
            self.parts[at].has_role("article")
            and behind
            and not behind[0].is_boundary
            and not behind[0].has_role(*PEOPLE, *HARMED)
        ):
            raise PhraseError(f"“{behind[0].text}” may be more than one person.")

    def _check_added_person(self, at: int) -> None:
        """Refuse "two women and a child": the number counts only two of these three people."""
        for joint, article in pairwise(self.parts[at + 1 :]):
            if joint.has_role("and") and article.has_role("article"):
                raise PhraseError(f"“{joint.text} {article.text}” may add to the number. Give each its own phrase.")

    def _check_year(self, at: int, hedge: str | None) -> None:
        part, alone = self.parts[at], len(self.parts) == 1
        if hedge or alone or part.end or not (part.text.isdigit() and FIRST_YEAR <= int(part.text) <= LAST_YEAR):
            return
        if at + 1 == len(self.parts) or not self.parts[at + 1].has_role(*PEOPLE, *HARMED):
            raise PhraseError(f"{part.text} may be a year.")

    def _check_change(self, at: int, begin: int, hedge: str | None) -> None:
        """Refuse a change of a figure, unless the number is what it changed *to*: not by how much, nor from what."""
        if not any(part.has_role("change") for part in self.parts):
            return
        before = self._place_before(begin)
        if self.parts[at].end or hedge == "up_to" or before < 0 or not self.parts[before].has_role("to"):
            raise PhraseError(
                "These words say how a figure changed. Only “to” and one number can be read, for example “rose to 20”."
            )


def _find_role(part: Part, roles: tuple[str, ...]) -> str | None:
    return next((role for role in roles if role in part.roles), None)


def _read_single(number: Number, hedge: str | None) -> Reading:
    if hedge is None or (hedge == "some" and number.value % 10):
        # In "some 61" the word is a filler before an exact count.
        return _build_reading("exact" if number.rule == "exact" else "about", number.value, number.rule)
    qualifier = READ_AS.get(hedge, hedge)
    return _build_reading(qualifier, number.value, "fewer_than" if hedge == "fewer_than" else qualifier)


def _read_range(low: Number, high: Number, hedge: str | None) -> Reading:
    """Read a range: at least 7,000-8,000 is at least 7,000, up to 10-12 is up to 12, about 6-7 is between 6 and 7."""
    match hedge:
        case None | "about" | "some":
            return Reading(low.value, low.value, None, high.value, "between", "between")
        case "at_least" | "more_than" | "exceeding":
            return _read_single(low, hedge)
        case "up_to" | "fewer_than":
            return _read_single(high, hedge)
    raise PhraseError("It is unclear which end of the range is meant.")


def _build_reading(qualifier: str, value: int, rule: str) -> Reading:
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
