"""A claim in one sentence, as a person would say it.

`The Ministry of Defence of Armenia said on 27 September 2020 that 16 members of armed forces of Armenia were killed.`
"""

from collections.abc import Mapping
from typing import Any

from schemas.figure_words import say_casualties, say_victims
from schemas.labels import label_said, label_word
from schemas.sentences import name_possible_days
from schemas.vocabularies import HARM, KIND

Claim = Mapping[str, Any]  # as on the wire


def say_claim(claim: Claim) -> str:
    """Return who said what on which day, as one sentence."""
    day = say_day(claim["stated_on"], claim["stated_until"])
    who = claim["claimant"]["name"]
    side = claim["responsible_side"]["name"] if claim["responsible_side"] else "a side that is not named"
    match claim["kind"]:
        case "casualty":
            blame = f" It holds {side} responsible." if claim["responsible_side"] else ""
            return f"{who} said {day} that {_say_harmed(claim)}.{blame}"
        case "responsibility":
            return f"{who} said {day} that {side} was responsible{_say_people(claim, 'for')}."
        case "silence":
            return f"{who} published no figure of its own of {say_victims(claim)}."
    return f"{who} issued {day} a {label_word(KIND, claim['kind'])}{_say_people(claim, 'about')}, without a figure."


def say_day(first: str | None, last: str | None) -> str:
    """Return the day of a statement: `on 2 March 2020`, `in March 2020`, `on a day that is not recorded`."""
    first, last = first or last, last or first
    return name_possible_days(first, last) if first and last else "on a day that is not recorded"


def _say_harmed(claim: Claim) -> str:
    """Return how many of whom were harmed: `1 civilian of Alpha was killed`."""
    words, harm = say_casualties(claim), label_said(HARM, claim["harm"])
    is_single = words.startswith("1 ") and claim["qualifier"] != "between"
    part = f" (part: {claim['part']})" if claim["part"] else ""
    return f"{words.removesuffix(harm).rstrip()}{part} {'was' if is_single else 'were'} {harm}"


def _say_people(claim: Claim, preposition: str) -> str:
    """Return what a claim without a figure is about: ` for people of Alpha killed`; nothing if it names nobody."""
    return f" {preposition} {say_victims(claim)}" if claim["harm"] or claim["subject_side"] else ""
