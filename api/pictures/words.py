"""Numbers, days and closed words as people read them."""

import datetime
from collections.abc import Mapping
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HARMS = {
    "killed": "killed", "injured": "injured", "killed_or_injured": "killed or injured", "missing": "missing",
    "killed_or_missing": "killed or missing", "captured": "captured", "abducted": "abducted", "detained": "detained",
    "displaced": "displaced", "losses": "lost (the word leaves the harm open)", "unknown": "harmed",
}  # fmt: skip
STANCES = {
    "own": "on its own losses", "opposing": "an opponent", "affiliated": "affiliated to a party",
    "third_party": "third party",
}  # fmt: skip
#: The same in one or two words, beside a mark.
SHORT_STANCES = {
    "own": "own side", "opposing": "opponent", "affiliated": "affiliated", "third_party": "third party",
}  # fmt: skip
MEASURES = {
    "incident": "toll of the event", "period": "over a period", "cumulative": "running total",
    "identified": "identified by name", "bodies": "bodies recovered", "buried": "buried",
    "estimate": "statistical estimate", "unknown": "kind of count not known",
}  # fmt: skip
STATUSES = {
    "civilian": "civilians", "member_of_armed_forces": "armed forces", "unknown": "status unknown", "any": "everybody",
    "other_protected_person": "other protected persons",
    "person_directly_participating_in_hostilities": "civilians taking a direct part",
}  # fmt: skip
SEXES = {"man": "men and boys", "woman": "women and girls", "unknown": "sex unknown", "any": ""}
AGES = {"adult": "adults", "child": "children", "unknown": "age unknown", "any": ""}
#: Why a statement is not used, in two or three words.
REASONS: dict[str, str] = {
    "superseded": "replaced by a newer one", "later": "stated later", "undated": "undated", "retracted": "retracted",
    "misreport": "garbled report", "same_as": "repeats another", "included_in": "part of another figure",
    "other_scope": "part of a whole", "later_start": "counts from a later day", "older_total": "older total",
    "period_overlap": "covers the same days", "filtered": "outside the filters", "not_heard": "left out by the rule",
    "not_picked": "not chosen by the rule", "not_a_figure": "no figure", "unquantified": "states no number",
    "unplaced": "says too little", "of_one_event": "of one event", "reaches_over": "reaches over the last day",
    "began_before": "began before the first day", "cumulative": "a total", "incident": "a single event",
    "no_such_group": "a total",
}  # fmt: skip
BASES = {"totals": "Latest totals", "incidents": "Single events added up"}


def write_count(value: int | None) -> str:
    """Return a number with commas: `10080` → `10,080`; `–` for none, which is not zero."""
    return "–" if value is None else f"{value:,}"


def count_nouns(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def read_day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def write_day(text: str | None) -> str:
    """Return a day as people write it: `2020-10-17` → `17 Oct 2020`."""
    if not text:
        return "undated"
    day = read_day(text)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def write_days(first: str | None, last: str | None) -> str:
    """Return a day of which only the first and last possible days may be known."""
    if not first and not last:
        return "undated"
    if not first or not last or first == last:
        return write_day(first or last)
    if (first[5:], last[5:]) == ("01-01", "12-31") and first[:4] == last[:4]:
        return f"in {first[:4]}"
    if first[:7] == last[:7] and first.endswith("-01") and read_day(last).month != _next_day(last).month:
        return f"in {MONTHS[read_day(first).month - 1]} {first[:4]}"
    whole = write_day(first)
    return f"{whole.removesuffix(last[:4]).strip() if first[:4] == last[:4] else whole} to {write_day(last)}"


def _next_day(text: str) -> datetime.date:
    day = read_day(text)
    return day if day == datetime.date.max else day + datetime.timedelta(days=1)


def write_coverage(first: str | None, last: str | None) -> str:
    """Return the days that a figure covers, as far as they are known."""
    if first and last:
        return write_day(first) if first == last else f"{write_day(first)} to {write_day(last)}"
    return f"from {write_day(first)}" if first else f"until {write_day(last)}" if last else ""


def describe_victims(claim: Mapping[str, Any]) -> str:
    """Return which of the people are counted, where not everybody is."""
    status = claim["victim_status"]
    words = [
        "" if status == "any" else STATUSES.get(status, status),
        SEXES.get(claim.get("victim_sex", "any"), ""),
        AGES.get(claim.get("victim_age", "any"), ""),
        claim.get("part") or "",
    ]
    return ", ".join(word for word in words if word)


def write_figure(claim: Mapping[str, Any]) -> str:
    """Return what a claim states, hedged as its speaker hedged it."""
    low, best, high = claim["low"], claim["best"], claim["high"]
    hedges = {
        "about": f"about {write_count(best)}", "at_least": f"at least {write_count(low)}",
        "more_than": f"more than {write_count(low)}", "nearly": f"nearly {write_count(best)}",
        "up_to": f"up to {write_count(high)}", "between": f"{write_count(low)} to {write_count(high)}",
        "vague": f"{write_count(low)} or more", "unquantified": "no number",
    }  # fmt: skip
    if claim.get("qualifier") in hedges:
        return hedges[claim["qualifier"]]
    stated = [value for value in (low, best, high) if value is not None]
    if not stated:
        return "no number"
    if len(set(stated)) == 1:
        return write_count(stated[0])
    return f"{write_count(low if best is None else best)} ({write_count(low)} to {write_count(high)})"


def place_figure(claim: Mapping[str, Any]) -> int | None:
    """Return the number by which a claim is placed: its best, else its low, else its high, all as stated."""
    return next((claim[name] for name in ("best", "low", "high") if claim[name] is not None), None)


def write_range(row: Mapping[str, Any]) -> str:
    """Return the range of a row: `3,822 to 10,080 or more`."""
    further = " or more" if row["open_ended"] else ""
    if row["low"] == row["high"]:
        return write_count(row["best"]) + further
    return f"{write_count(row['low'])} to {write_count(row['high'])}{further}"


def name_losses(side: Mapping[str, str] | None) -> str:
    return "all sides together" if side is None or side["id"] == "all" else side["name"]


def name_count(row: Mapping[str, Any]) -> str:
    """Return what a row counts: its measure, or how many single events it adds up."""
    if row["basis"] == "incidents":
        return f"{BASES['incidents'].lower()} ({count_nouns(row['cells'], 'event or period', 'events and periods')})"
    return MEASURES.get(row["measure"] or "unknown", "")
