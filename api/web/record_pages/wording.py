"""The words of pages: filters of the templates, from values on the wire to what a person reads."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from api.v1.citations.facts import MEASURES, describe_count, name_statement
from schemas.claim_sentences import say_claim
from schemas.figure_words import AGES, PEOPLE, SEXES, say_figure, say_harm
from schemas.sentences import count_noun, join_words, name_day, name_possible_days, name_span
from schemas.statistics.casualties import REASONS
from schemas.statistics.time_series import BREAKS
from schemas.vocabularies import CONFIRMATION, FLAG, HARM, MEASURE, Vocabulary

Record = Mapping[str, Any]
#: Names of the languages in which most sources of this database are written.
LANGUAGES = {
    "ar": "Arabic", "az": "Azerbaijani", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian",
    "fr": "French", "he": "Hebrew", "hy": "Armenian", "it": "Italian", "ka": "Georgian", "pl": "Polish",
    "pt": "Portuguese", "ru": "Russian", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
STANCES = {
    "own": "on its own losses",
    "opposing": "an opponent",
    "affiliated": "affiliated to a party",
    "third_party": "third party",
}
#: How a claim of another claimant relates to that of the page.
COMPARISONS = {
    "clashes": "contradicts: the two ranges do not meet",
    "meets": "does not contradict: the two ranges meet",
    "other_victims": "not compared: about another group of victims",
}
RATIO_REASONS = {
    "no_own_figure": "that side gave no such figure of its own",
    "other_events": "the two figures are about different events or periods",
    "undated": "one of the figures has no day",
    "other_days": "the two figures cover different days",
    "incomplete": "the two figures lack different parts, such as civilians",
    "zero": "the own figure is 0",
}
BASES = {"totals": "Latest totals", "incidents": "Single events and periods, added up"}
UNKNOWN_LANGUAGE, ANY = "und", "any"
GROUPS = {"victim_sex": SEXES, "victim_age": AGES}
OPERATIONS = {
    "create": "recorded",
    "revise": "corrected",
    "retract": "retracted",
    "withdraw": "withdrawn",
    "redact": "erased in part",
}


def write_number(value: int | None) -> str:
    """Return a number with its thousands; a dash for null, which is never zero."""
    return "–" if value is None else f"{value:,}"


def write_days(first: str | None, last: str | None) -> str:
    """Return the days from first to last: `27 September 2020 to 10 November 2020`; an open end is named."""
    if first and last:
        return name_span(first, last)
    return f"from {name_day(first)}" if first else f"until {name_day(last)}" if last else "days not recorded"


def write_stated(claim: Record) -> str:
    """Return the day of a statement: `2 March 2020`, `in March 2020`, `between … and …`, `undated`."""
    first, last = claim["stated_on"] or claim["stated_until"], claim["stated_until"] or claim["stated_on"]
    return name_possible_days(first, last).removeprefix("on ") if first and last else "undated"


def write_published(source: Record) -> str:
    """Return the day on which a source was published, as a statement's; `undated` for none."""
    return write_stated({"stated_on": source["published_on"], "stated_until": source["published_until"]})


def write_range(row: Record) -> str:
    """Return the range of a figure: `10 to 15`, `53`, `2,000 or more`."""
    rest = " or more" if row["open_ended"] else ""
    if row["low"] == row["high"]:
        return f"{row['best']:,}{rest}"
    return f"{row['low']:,} to {row['high']:,}{rest}"


def write_figure(claim: Record) -> str:
    """Return the number of a claim as its claimant hedged it; of a claim without a figure what it says."""
    return say_figure(claim) if claim["kind"] == "casualty" else name_statement(claim)


def write_victims(claim: Record) -> str:
    """Return the group of victims of a claim; nothing where it does not tell them apart: `civilians, female`."""
    numbers = {claim[name] for name in ("low", "best", "high") if claim.get(name) is not None}
    status = claim["victim_status"]
    words = [] if status == ANY else [PEOPLE[status][0 if numbers == {1} else 1]]
    words += [table[claim[name]] for name, table in GROUPS.items() if claim[name] in table]
    return ", ".join([*words, *([claim["part"]] if claim["part"] else [])])


def write_missing(row: Record) -> str:
    """Return which figures a row lacks: `no figure of civilians`; nothing if it lacks none."""
    statuses = {gap["status"] for gap in row["missing"]}
    named = [PEOPLE[status][1] for status in PEOPLE if status in statuses and status != ANY]
    return f"incomplete: no figure of {join_words(named)}" if named else "incomplete"


def write_reason(word: str | None) -> str:
    """Return why a statement is not used, without the advice for programs: `: use basis=totals`."""
    return REASONS.get(word or "", "").partition(": use ")[0].replace("as_of", "an as-of day")


def write_meaning(text: str) -> str:
    """Return the meaning of a word without the names of fields."""
    return text.replace("covers_to", "its last day").replace("_", " ")


def write_change(number: int) -> str:
    return f"{number:+,}".replace("-", "−")


def write_plain(word: str | None) -> str:
    return (word or "").replace("_", " ")


def write_language(tag: str | None) -> str:
    """Return the name of a language; nothing if it is not known."""
    return "" if not tag or tag == UNKNOWN_LANGUAGE else LANGUAGES.get(tag.partition("-")[0], tag)


def write_lang(tag: str | None) -> str | None:
    """Return the value of the attribute `lang`; None: the element has none."""
    return None if not tag or tag == UNKNOWN_LANGUAGE else tag


def is_web_address(url: str | None) -> bool:
    """Return whether a page may link to an address, whatever the record says."""
    return bool(url) and str(url).lower().startswith(("https://", "http://"))


def explain_word(vocabulary: Vocabulary) -> Callable[[str | None], str]:
    return lambda word: write_meaning(vocabulary.get(word or "", ""))


FILTERS: dict[str, Callable[..., Any]] = {
    "number": write_number,
    "day": name_day,
    "stated": write_stated,
    "range": write_range,
    "figure": write_figure,
    "victims": write_victims,
    "plain": write_plain,
    "language": write_language,
    "lang": write_lang,
    "sentence": say_claim,
    "harm": say_harm,
    "count_of": describe_count,
    "stance": lambda word: STANCES.get(word or "", ""),
    "comparison": COMPARISONS.__getitem__,
    "measure": lambda word: MEASURES.get(word or "", ""),
    "reason": write_reason,
    "missing": write_missing,
    "meaning": write_meaning,
    "change": write_change,
    "published": write_published,
    "operation": lambda word: OPERATIONS.get(word, word),
    "break_reason": lambda word: BREAKS.get(word or "", ""),
    "ratio_reason": lambda word: RATIO_REASONS.get(word or "", ""),
    "flag_meaning": explain_word(FLAG),
    "harm_meaning": explain_word(HARM),
    "measure_meaning": explain_word(MEASURE),
    "confirmation_meaning": explain_word(CONFIRMATION),
    "basis": BASES.__getitem__,
    "counted": count_noun,
    "listed": join_words,
}
GLOBALS: dict[str, Callable[..., Any]] = {"days": write_days, "is_web": is_web_address}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update({f"say_{name}": function for name, function in FILTERS.items()})
    app.jinja_env.globals.update(GLOBALS)
