"""A claim in one sentence, as a person would say it.

`The ministry said on 27 September 2020 that 16 members of the armed forces of Alpha were killed (Strike on Northford).`
"""

from collections.abc import Mapping
from typing import Any

from schemas.figure_words import is_one_person, say_people, say_victims
from schemas.labels import label_part, label_said, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.sentences import name_day, name_possible_days, name_span
from schemas.vocabularies import HARM, KIND, MEASURE

Claim = Mapping[str, Any]  # as on the wire


def say_claim(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return who said what on which day of which event or conflict, as one sentence."""
    day = say_day(claim["stated_on"], claim["stated_until"], language)
    words = {"who": claim["claimant"]["name"], "day": day, "place": _name_place(claim, language)}
    match claim["kind"]:
        case "casualty":
            return _say_casualty(claim, words, language)
        case "responsibility":
            about = _say_about(claim, "claim.responsibility.for", language)
            return translate(language, "claim.responsibility", **words, side=_name_side(claim, language), about=about)
        case "silence":
            return translate(language, "claim.silence", **words, victims=say_victims(claim, language))
    about = _say_about(claim, "claim.no_figure.about", language)
    return translate(language, "claim.no_figure", **words, kind=label_word(KIND, claim["kind"], language), about=about)


def say_day(first: str | None, last: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the day of a statement: `on 2 March 2020`, `in March 2020`, `on a day that is not recorded`."""
    first, last = first or last, last or first
    return name_possible_days(first, last, language) if first and last else translate(language, "claim.day_unknown")


def describe_count(claim: Claim, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the kind of count and the days that it covers: `running total, 1 March 2020 to 2 March 2020`."""
    first, last = claim["covers_from"], claim["covers_to"]
    days = ""
    if first and last:
        days = name_span(first, last, language)
    elif last:
        days = translate(language, "days.up_to", day=name_day(last, language))
    elif first:
        days = translate(language, "days.since", day=name_day(first, language))
    measure = label_word(MEASURE, claim["measure"], language) if claim["measure"] else ""
    return ", ".join(filter(None, [measure, days]))


def _say_casualty(claim: Claim, words: Mapping[str, str], language: str) -> str:
    """Return how many of whom were harmed: `1 civilian of Alpha was killed`."""
    people = say_people(claim, language)
    blame, side = "", _name_side(claim, language)
    if claim["responsible_side"]:
        blame = translate(language, "claim.blame", side=side)
    part = translate(language, "claim.part", part=label_part(claim["part"], language)) if claim["part"] else ""
    harm = label_said(HARM, claim["harm"], language)
    count = 1 if is_one_person(claim) else 2
    return translate(language, "claim.casualty", **words, count=count, people=people, part=part, harm=harm, blame=blame)


def _name_place(claim: Claim, language: str) -> str:
    """Return the event or conflict, and the days: else 2 dead of a day read as those of the war."""
    about = claim.get("event") or claim.get("conflict")
    if not about:
        return ""
    is_toll_of_event = claim["event"] and claim["measure"] == "incident"
    words = [about["name"], "" if is_toll_of_event else describe_count(claim, language)]
    return translate(language, "claim.place", place="; ".join(filter(None, words)))


def _name_side(claim: Claim, language: str) -> str:
    side = claim["responsible_side"]
    return str(side["name"]) if side else translate(language, "claim.side_unknown")


def _say_about(claim: Claim, key: str, language: str) -> str:
    """Return what a claim without a figure is about: ` for people of Alpha killed`; nothing if it names nobody."""
    is_about_people = claim["harm"] or claim["subject_side"]
    return translate(language, key, victims=say_victims(claim, language)) if is_about_people else ""
