"""The words of pages: filters of the templates, from values on the wire to what a person reads."""

import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from api.pictures.words import begin_sentence, count_claims, name_losses, write_range
from api.v1.citations.facts import name_statement
from api.web.page_language import bind_language
from schemas.claim_sentences import describe_count, say_claim
from schemas.figure_words import say_figure, say_figure_briefly
from schemas.labels import label_counted, label_part, label_plural, label_said, label_word
from schemas.language_files import DEFAULT_LANGUAGE, load_language
from schemas.messages import translate
from schemas.regional_formats import format_fraction, format_number, name_language
from schemas.sentences import join_words, name_day, name_possible_days, name_span
from schemas.statistics.casualties import BASES, POLICIES, REASONS, STANCES
from schemas.statistics.stance_matrix import RATIO_REASONS
from schemas.statistics.time_series import BREAKS
from schemas.vocabularies import (
    CLAIMANT_KIND,
    CONFIRMATION,
    EVENT_SUB_TYPE,
    EVENT_TYPE,
    FLAG,
    HARM,
    KIND,
    MEASURE,
    OPERATION,
    QUALIFIER,
    RELIABILITY,
    SIDE_KIND,
    SIDE_ROLE,
    SOURCE_KIND,
    STATUS,
    VICTIM_AGE,
    VICTIM_SEX,
    VICTIM_STATUS,
    Vocabulary,
)

Record = Mapping[str, Any]
#: Names of the languages in which most sources of this database are written.
LANGUAGES = {
    "ar": "Arabic", "az": "Azerbaijani", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian",
    "fr": "French", "he": "Hebrew", "hy": "Armenian", "it": "Italian", "ka": "Georgian", "pl": "Polish",
    "pt": "Portuguese", "ru": "Russian", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
UNKNOWN_LANGUAGE, ANY, UNKNOWN = "und", "any", "unknown"
GROUPS = {"victim_sex": VICTIM_SEX, "victim_age": VICTIM_AGE}


def write_number(value: int | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a number with its thousands; a dash for null, which is never zero."""
    return "–" if value is None else format_number(value, language)


def write_days(first: str | None, last: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the days from first to last: `27 September 2020 to 10 November 2020`; an open end is named."""
    if first and last:
        return name_span(first, last, language)
    if first:
        return translate(language, "days.from", day=name_day(first, language))
    return translate(
        language, "days.until" if last else "days.unrecorded", day=name_day(last, language) if last else ""
    )


def write_stated(claim: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the day of a statement: `2 March 2020`, `in March 2020`, `between … and …`, `undated`."""
    first, last = claim["stated_on"] or claim["stated_until"], claim["stated_until"] or claim["stated_on"]
    if not first or not last:
        return translate(language, "days.undated")
    return name_day(first, language) if first == last else name_possible_days(first, last, language)


def write_published(source: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the day on which a source was published, as a statement's; `undated` for none."""
    return write_stated({"stated_on": source["published_on"], "stated_until": source["published_until"]}, language)


def write_figure(claim: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the number of a claim as its claimant hedged it; of a claim without a figure what it says."""
    return say_figure(claim, language) if claim["kind"] == "casualty" else name_statement(claim, language)


def write_victims(claim: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the group of victims of a claim; nothing where it does not tell them apart: `civilians, female`."""
    numbers = {claim[name] for name in ("low", "best", "high") if claim.get(name) is not None}
    status = claim["victim_status"]
    words = [] if status == ANY else [_label_group(status, numbers, language)]
    words += [
        label_word(vocabulary, claim[name], language) for name, vocabulary in GROUPS.items() if claim[name] != ANY
    ]
    return ", ".join([*words, *([label_part(claim["part"], language)] if claim["part"] else [])])


def _label_group(status: str, numbers: set[int], language: str) -> str:
    """Return the people of a figure, which stands elsewhere: `civilians`, and of a figure of 1 `civilian`."""
    if numbers == {1} or language == DEFAULT_LANGUAGE:
        return label_counted(VICTIM_STATUS, status, 1 if numbers == {1} else 2, language)
    return label_plural(VICTIM_STATUS, status, language)


def write_missing(row: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return which figures a row lacks: `incomplete: no figure of civilians`, or only that it lacks some."""
    statuses = {gap["status"] for gap in row["missing"]} - {ANY}
    named = [label_plural(VICTIM_STATUS, status, language) for status in VICTIM_STATUS if status in statuses]
    if not named:
        return translate(language, "picture.matrix.incomplete")
    return translate(language, "page.lacking", groups=join_words(named, language))


def write_claims_of(row: Record, language: str = DEFAULT_LANGUAGE) -> str:
    return count_claims(row["claims"], row["claimants"], language)


def write_fraction(value: float, language: str = DEFAULT_LANGUAGE) -> str:
    return format_fraction(str(value), language)


def name_filter(name: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the name of a filter: `subject_side` → `Losses of`. A filter without a label keeps its own name."""
    return str(load_language(language).messages.get(f"filter.{name}", begin_sentence(name.replace("_", " "))))


def write_meaning(text: str) -> str:
    """Return the meaning of a word without the names of fields."""
    return text.replace("covers_to", "its last day").replace("_", " ")


def write_change(number: int) -> str:
    return f"{number:+,}".replace("-", "−")


def write_plain(word: str | None) -> str:
    return (word or "").replace("_", " ")


def write_language(tag: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the name of a language; nothing if it is not known."""
    if not tag or tag == UNKNOWN_LANGUAGE:
        return ""
    base = tag.partition("-")[0]
    return LANGUAGES.get(base, tag) if language == DEFAULT_LANGUAGE else name_language(base, language) or tag


def write_address(url: str | None) -> str:
    """Return a web address as people say it: `https://www.bbc.com/a?b=1` → `bbc.com/a`; nothing if it is none."""
    if not is_web_address(url):
        return ""
    parts = urlsplit(str(url))
    return parts.netloc.removeprefix("www.") + parts.path.rstrip("/")


def write_lang(tag: str | None) -> str | None:
    """Return the value of the attribute `lang`; None: the element has none."""
    return None if not tag or tag == UNKNOWN_LANGUAGE else tag


def is_web_address(url: str | None) -> bool:
    """Return whether a page may link to an address, whatever the record says."""
    return bool(url) and str(url).lower().startswith(("https://", "http://"))


def explain_word(vocabulary: Vocabulary, word: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what a word means, without the names of fields; nothing where the file of a language has no meaning."""
    if language == DEFAULT_LANGUAGE:
        return write_meaning(vocabulary.get(word or "", ""))
    return load_language(language).meanings.get(vocabulary.name, {}).get(word or "", "")


def explain_or_name(vocabulary: Vocabulary, word: str, language: str = DEFAULT_LANGUAGE) -> str:
    return explain_word(vocabulary, word, language) or label_word(vocabulary, word, language)


def name_word(vocabulary: Vocabulary, word: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the label of a word; nothing for none."""
    return label_word(vocabulary, word, language) if word else ""


def name_harm(word: str | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the harm as it follows the people; nothing for none."""
    return label_said(HARM, word, language) if word else ""


def name_comparison(comparison: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return how a claim of another claimant relates to that of the page."""
    return translate(language, f"page.claim.{comparison}")


def _label(vocabulary: Vocabulary) -> Callable[..., str]:
    return functools.partial(name_word, vocabulary)


def _explain(vocabulary: Vocabulary) -> Callable[..., str]:
    return functools.partial(explain_word, vocabulary)


#: By the name of a filter without its prefix `say_`.
FILTERS: dict[str, Callable[..., Any]] = {
    "number": write_number,
    "day": name_day,
    "stated": write_stated,
    "published": write_published,
    "range": write_range,
    "figure": write_figure,
    "point": say_figure_briefly,
    "change": write_change,
    "victims": write_victims,
    "missing": write_missing,
    "plain": write_plain,
    "meaning": write_meaning,
    "language": write_language,
    "lang": write_lang,
    "address": write_address,
    "sentence": say_claim,
    "count_of": describe_count,
    "claims_of": write_claims_of,
    "fraction": write_fraction,
    "losses": name_losses,
    "filter": name_filter,
    "sentence_start": begin_sentence,
    "listed": join_words,
    "harm": _label(HARM),
    "harmed": name_harm,
    "measure": _label(MEASURE),
    "qualifier": _label(QUALIFIER),
    "confirmation": _label(CONFIRMATION),
    "status": _label(STATUS),
    "kind": _label(KIND),
    "side_kind": _label(SIDE_KIND),
    "side_role": _label(SIDE_ROLE),
    "claimant_kind": _label(CLAIMANT_KIND),
    "source_kind": _label(SOURCE_KIND),
    "event_type": _label(EVENT_TYPE),
    "event_sub_type": _label(EVENT_SUB_TYPE),
    "stance": _label(STANCES),
    "reason": _label(REASONS),
    "ratio_reason": _label(RATIO_REASONS),
    "basis": _label(BASES),
    "operation": _label(OPERATION),
    "comparison": name_comparison,
    "break_meaning": _explain(BREAKS),
    "flag_meaning": functools.partial(explain_or_name, FLAG),
    "reliability": functools.partial(explain_or_name, RELIABILITY),
    "policy_meaning": _explain(POLICIES),
    "measure_meaning": _explain(MEASURE),
    "confirmation_meaning": _explain(CONFIRMATION),
}
GLOBALS: dict[str, Callable[..., Any]] = {"days": write_days, "is_web": is_web_address}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update({f"say_{name}": bind_language(function) for name, function in FILTERS.items()})
    app.jinja_env.globals.update({name: bind_language(function) for name, function in GLOBALS.items()})
