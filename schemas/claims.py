"""A claim: one claimant's statement of one figure, or of none."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.details import VALUE_SCHEMA, Details
from schemas.fields import (
    GREATEST_FIGURE,
    NONE,
    Box,
    Day,
    Degrees,
    Grade,
    HarmedSide,
    Id,
    LastDay,
    PastDay,
    Pattern,
    Slug,
    Span,
    Text,
    Word,
    describe,
    next_day,
)
from schemas.figures import FIGURE, find_contradictions
from schemas.filter_roles import (
    choose_days,
    choose_deeds,
    choose_units,
    choose_victims,
    choose_voices,
    find_roles,
    skip_statistics,
)
from schemas.relations import RelationOut
from schemas.reports import FigureFields, ReportOut
from schemas.responses import (
    NEEDS_DAY,
    Count,
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Sort,
    SourceRef,
    Stated,
    Switch,
    country_filter,
    dataset_field,
    day_filter,
    month_filter,
    ref_field,
    ref_list,
    slug_filter,
    subject_side_filter,
    text_filter,
    word_filter,
    year_filter,
)
from schemas.vocabularies import (
    CONFIRMATION,
    CREDIBILITY,
    DATE_PRECISION,
    DISORDERED,
    EVENT_TYPE,
    FLAG,
    HARM,
    KIND,
    MEASURE,
    PLACE_PRECISION,
    QUALIFIER,
    RELIABILITY,
    REPORT_FLAGS,
    STATED_EARLY,
    STATUS,
    STATUS_BY,
    VICTIM_AGE,
    VICTIM_SEX,
    VICTIM_STATUS,
)

#: Maximum length of the label of a part, in characters.
LONGEST_PART = 120


DETAILS = describe(
    "Further facts that the source gives, by its own names, kept as given and never counted; null: none. Names of "
    "people do not belong here.",
    {"weapon": "shelling"},
)


class ClaimFields(FigureFields):
    id = Id(required=True, metadata=describe("Id of the claim.", "az-mod-2020-09-30-armenian-losses"))
    statement = Slug(
        load_default=None,
        allow_none=True,
        metadata=describe("Id shared by the claims of one utterance.", "az-mod-2020-07-12"),
    )
    kind = Word(KIND, load_default="casualty", metadata={"examples": ["casualty"]})
    stated_on = PastDay(
        load_default=None, allow_none=True, metadata=describe("First possible day of the statement.", "2020-09-30")
    )
    stated_until = LastDay(
        load_default=None, allow_none=True, metadata=describe("Last possible day of the statement.", "2020-09-30")
    )
    stated_precision = Grade(DATE_PRECISION, load_default=None, allow_none=True, metadata={"examples": [1]})
    stated_at = fields.String(
        load_default=None,
        allow_none=True,
        validate=Pattern(r"^([01]\d|2[0-3]):[0-5]\d$", error="Must be an hour written HH:MM, such as 19:00."),
        metadata=describe("Hour of the statement where known, local time.", "19:00"),
    )
    victim_status = Word(VICTIM_STATUS, load_default="any", metadata={"examples": ["member_of_armed_forces"]})
    victim_sex = Word(VICTIM_SEX, load_default="any", metadata={"examples": ["any"]})
    victim_age = Word(VICTIM_AGE, load_default="any", metadata={"examples": ["any"]})
    part = Text(
        longest=LONGEST_PART,
        load_default=None,
        allow_none=True,
        validate=validate.NoneOf(
            [NONE], error="`none` is not the name of a part. Leave the field out if the figure is about the whole."
        ),
        metadata=describe(
            "Label of the part that the figure is about, if no other field names it: a province, `probable`, one "
            "person. Null: the whole.",
            "Terter district",
        ),
    )
    measure = Word(MEASURE, load_default=None, allow_none=True, metadata={"examples": ["cumulative"]})
    covers_from = PastDay(
        load_default=None, allow_none=True, metadata=describe("First day that the figure covers.", "2020-09-27")
    )
    covers_to = LastDay(
        load_default=None, allow_none=True, metadata=describe("Last day that the figure covers.", "2020-09-30")
    )
    figure_rule = Text(
        longest=60,
        load_default=None,
        allow_none=True,
        metadata=describe("Name of the rule that turned phrase and qualifier into low, best and high.", "about"),
    )
    confirmation = Word(CONFIRMATION, load_default="unknown", metadata={"examples": ["alleged"]})
    credibility = Grade(CREDIBILITY, load_default=None, allow_none=True, metadata={"examples": [3]})
    status_by = Word(STATUS_BY, load_default=None, allow_none=True, metadata={"examples": ["claimant"]})
    status_on = PastDay(
        load_default=None,
        allow_none=True,
        metadata=describe("Public day from which the record is no longer active.", "2020-07-13"),
    )
    flags = fields.List(Word(FLAG), load_default=list, metadata=describe(FLAG.description, ["derived"]))
    note = Text(
        blank=True,
        load_default="",
        metadata=describe("What a reader should know.", "One sentence credits the same claim to both sides."),
    )
    details = Details(metadata=DETAILS)


class ClaimIn(ClaimFields, InOrder):
    DAYS = (("covers_from", "covers_to"), ("stated_on", "stated_until"))
    POSSIBLE_DAYS = (("stated_on", "stated_until", "stated_precision"),)
    conflict = Slug(
        named=True, required=True, metadata=describe("Conflict that the claim is about.", "nagorno-karabakh-2020")
    )
    event = Slug(
        named=True,
        load_default=None,
        allow_none=True,
        metadata=describe("Event that the claim is about.", "ganja-2020-10-17"),
    )
    claimant = Slug(named=True, required=True, metadata=describe("The claimant.", "azerbaijan-mod"))
    subject_side = HarmedSide(
        named=True,
        load_default=None,
        allow_none=True,
        metadata=describe("Side whose losses they are; null or `all`: all sides together.", "azerbaijan"),
    )
    responsible_side = Slug(
        named=True, load_default=None, allow_none=True, metadata=describe("Side that the claim blames.", "armenia")
    )

    @validates_schema(skip_on_field_errors=False)
    def check_consistency(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse a claim that lacks a field of its kind or measure, or has a figure or flag that contradicts the rest.

        Invalid fields are not in `data`, so they are not checked.
        """
        errors: dict[str, list[str]] = {}
        needed, why = NEEDED_BY_KIND.get(data.get("kind", ""), NEEDS_NOTHING)
        errors |= (
            {name: [why] for name in needed if _is_null(data, name)}
            | _find_figure_faults(data)
            | _find_measure_faults(data)
            | _find_day_faults(data)
            | _find_ending_faults(data)
        )
        errors = errors or find_contradictions(data) or _find_bound_faults(data)
        if errors:
            raise ValidationError(errors)


def _is_null(data: dict[str, Any], name: str) -> bool:
    return name in data and data[name] is None


#: What only a casualty claim has: its figure, and the flags about it.
OF_FIGURE = (*FIGURE, "qualifier", "figure_rule")
FIGURE_FLAGS = (DISORDERED, *REPORT_FLAGS)


def _find_figure_faults(data: dict[str, Any]) -> dict[str, list[str]]:
    """Return a fault for each field of a figure in a claim of another kind: a denial of 100 dead is not 100 dead."""
    kind = data.get("kind", "casualty")
    if kind == "casualty":
        return {}
    message = f"Must be null when kind is {kind}: only a casualty claim has a figure. Leave it out, or change the kind."
    errors = {name: [message] for name in OF_FIGURE if data.get(name) is not None}
    if false_flags := [flag for flag in FIGURE_FLAGS if flag in data.get("flags", ())]:
        errors["flags"] = [f"Must not have {', '.join(false_flags)} when kind is {kind}, which has no figure."]
    return errors


def _find_measure_faults(data: dict[str, Any]) -> dict[str, list[str]]:
    errors = {}
    if data.get("measure") == "incident" and _is_null(data, "event"):
        errors["event"] = ["Required when measure is incident."]
    if data.get("measure") == "period" and (_is_null(data, "covers_from") or _is_null(data, "covers_to")):
        errors["covers_from"] = ["Required when measure is period. Send covers_from and covers_to."]
    return errors


def is_stated_early(claim: Mapping[str, Any]) -> bool:
    """Return whether a figure covers days after its statement.

    One day later may be true: it may have begun in another time zone. A silence goes on after the day it began.
    """
    last, covered = claim.get("stated_until") or claim.get("stated_on"), claim.get("covers_to")
    return bool(claim.get("kind") != "silence" and last and covered and covered > next_day(last))


def _find_day_faults(data: dict[str, Any]) -> dict[str, list[str]]:
    """Return faults for an hour without a day, and a figure that covers days after its statement without the flag."""
    errors = {}
    if data.get("stated_at") is not None and _is_null(data, "stated_on"):
        errors["stated_at"] = [NEEDS_DAY.format("stated_on")]
    if not is_stated_early(data) or STATED_EARLY in data.get("flags", (STATED_EARLY,)):
        return errors
    last = data.get("stated_until") or data.get("stated_on")
    return errors | {
        "covers_to": [
            f"{data['covers_to']} is after {last}, the last possible day of the statement. Correct them, or add the "
            f"flag {STATED_EARLY} if the source says so."
        ]
    }


def _find_ending_faults(data: dict[str, Any]) -> dict[str, list[str]]:
    """Return a fault for each field that says how an active claim ended, and for an end before the statement."""
    if data.get("status") != "active":
        ended, stated = data.get("status_on"), data.get("stated_on")
        is_before = "status" in data and ended and stated and ended < stated
        return {"status_on": [f"Must not be before stated_on, {stated}. Correct one of them."]} if is_before else {}
    message = "Must be null when status is active. Send another status, or leave it out."
    return {name: [message] for name in ("status_by", "status_on") if data.get(name) is not None}


def _find_bound_faults(data: dict[str, Any]) -> dict[str, list[str]]:
    """Return a fault for bounds out of order without the flag, and for the flag with bounds in order.

    Bounds of a source are stored unchanged. The flag tells them from a typing error.
    """
    low, best, high = data.get("low"), data.get("best"), data.get("high")
    if not data.keys() >= {"flags", "low", "best", "high"}:
        return {}  # one of them has a fault of its own
    is_flagged = DISORDERED in data["flags"]
    if low == best == high and not is_flagged:  # most are exact
        return {}
    stated = [bound for bound in (low, best, high) if bound is not None]
    if (stated == sorted(stated)) != is_flagged:
        return {}
    if is_flagged:
        return {"flags": [f"Must not have the flag {DISORDERED}, because the bounds are in order. Leave it out."]}
    bounds = zip(("low", "best", "high"), (low, best, high), strict=True)
    bounds_text = ", ".join(f"{name} {'null' if bound is None else bound}" for name, bound in bounds)
    return {
        "flags": [
            f"low, best and high are out of order: {bounds_text}. "
            f"Correct them, or add the flag {DISORDERED} if the source says so."
        ]
    }


NEEDS_NOTHING: tuple[tuple[str, ...], str] = ((), "")
#: The fields that a claim of each kind needs, and the message.
NEEDED_BY_KIND: dict[str, tuple[tuple[str, ...], str]] = {
    "casualty": (("harm", "measure", "qualifier"), "Required when kind is casualty."),
    "responsibility": (("responsible_side",), "Required when kind is responsibility."),
    "silence": (
        ("harm", "covers_from", "covers_to", "subject_side"),
        "A silence needs harm, subject_side, covers_from and covers_to.",
    ),
}


class ClaimOut(ClaimFields, Recorded):
    details = Details(VALUE_SCHEMA, metadata=DETAILS)
    conflict = ref_field("Conflict that the claim is about.")
    event = ref_field("Event that the claim is about.", allow_none=True)
    claimant = ref_field("The claimant.")
    claimant_side = ref_field("Side that the claimant speaks for; null: a third party.", allow_none=True)
    subject_side = ref_field("Side whose losses they are; null: all sides together.", allow_none=True)
    responsible_side = ref_field("Side that the claim blames.", allow_none=True)
    sources = ref_list("The sources that carry it, at least one.", SourceRef)
    event_date = Day(
        allow_none=True,
        metadata=describe("First day of the event, or of the days that the figure covers.", "2020-09-27"),
    )
    place = fields.String(allow_none=True, metadata=describe("Place of the event.", "Ganja"))
    country = fields.String(allow_none=True, metadata=describe("Country of the event.", "AZE", "ISO 3166-1 alpha-3"))
    latitude = Degrees(90, allow_none=True, metadata=describe("Latitude of the event.", 40.6828, "WGS 84"))
    longitude = Degrees(180, allow_none=True, metadata=describe("Longitude of the event.", 46.3606, "WGS 84"))
    dataset = dataset_field()


class ClaimOneOut(ClaimOut):
    """A single claim, with its reports and relations."""

    reports = fields.List(fields.Nested(ReportOut), metadata=describe("The claim as each source carries it."))
    relations = fields.List(
        fields.Nested(RelationOut), metadata=describe("Its relations to other claims, in both directions.")
    )


def bound_filter(edge: str, name: str) -> Count:
    return Count(0, GREATEST_FIGURE, metadata=describe(f"{name} is {edge} this number.", "100"))


#: Maximum length of a statistic's query in a link to its evidence. Escaped again, it must fit in a request line.
LONGEST_QUESTION = 2000


class ClaimFilters(Stated):
    id = skip_statistics(slug_filter("Claim ids."))
    statement = choose_voices(slug_filter("Statement ids.", "az-mod-2020-07-12"))
    kind = skip_statistics(word_filter(KIND))
    conflict = choose_units(slug_filter("Claims about these conflicts or their phases.", "nagorno-karabakh"))
    recorded_conflict = choose_units(
        slug_filter("Claims recorded under exactly these conflicts, not their phases.", "nagorno-karabakh-2020")
    )
    event = choose_units(
        slug_filter("Claims about these events; `none`: claims that are not about a single event.", "ganja-2020-10-17")
    )
    event_type = choose_units(word_filter(EVENT_TYPE, none=True))
    claimant = choose_voices(slug_filter("Claimant ids.", "azerbaijan-mod"))
    claimant_side = choose_voices(
        slug_filter("Claims by claimants that speak for these sides; `none`: claims by third parties.", "azerbaijan")
    )
    subject_side = choose_victims(
        subject_side_filter(
            "Claims about the losses of exactly these sides, without members; `all`: about all sides together."
        )
    )
    members = skip_statistics(
        Switch(
            metadata=describe(
                "`1`: `subject_side` includes the members of the sides, and their members; `0`: it does not (default).",
                "0",
            )
        )
    )
    responsible_side = choose_deeds(
        slug_filter("Claims that blame these sides; `none`: claims that blame nobody.", "azerbaijan")
    )
    source = choose_voices(slug_filter("Claims carried by these sources.", "tass-1210971"))
    publisher = choose_voices(
        text_filter("Claims carried by a source of these publishers, spelt as in the record.", "TASS")
    )
    reliability = choose_voices(word_filter(RELIABILITY, none=True))
    dataset = choose_voices(
        slug_filter("Claims imported from these datasets; `none`: claims entered by an editor.", "none")
    )
    harm = choose_units(word_filter(HARM, none=True))
    victim_status = choose_victims(word_filter(VICTIM_STATUS))
    victim_sex = choose_victims(word_filter(VICTIM_SEX))
    victim_age = choose_victims(word_filter(VICTIM_AGE))
    part = skip_statistics(
        text_filter(
            "Claims about parts with these labels, spelt as in the record; `none`: claims about the whole.",
            "Terter district",
        )
    )
    measure = choose_units(word_filter(MEASURE, none=True))
    qualifier = choose_voices(word_filter(QUALIFIER, none=True))
    confirmation = choose_voices(word_filter(CONFIRMATION))
    status = skip_statistics(word_filter(STATUS))
    flag = choose_voices(word_filter(FLAG))
    from_ = choose_days(
        Span(
            0,
            data_key="from",
            attribute="from",
            metadata=describe("Event or period ends on or after this day.", "2020-09-27"),
        )
    )
    to = choose_days(Span(1, metadata=describe("Event or period starts on or before this day.", "2020-11-10")))
    year = choose_units(year_filter("Event or period starts in one of these years; `none`: first day not stated."))
    month = choose_units(month_filter("Event or period starts in one of these months; `none`: first day not stated."))
    stated_from = choose_voices(
        Span(0, metadata=describe("Stated on or after this day, by the last possible day of the statement.", "2020-10"))
    )
    stated_to = choose_voices(
        Span(
            1, metadata=describe("Stated on or before this day, by the last possible day of the statement.", "2020-10")
        )
    )
    stated_year = choose_voices(year_filter("Stated in one of these years; `none`: undated claims."))
    stated_month = choose_voices(month_filter("Stated in one of these months; `none`: undated claims."))
    stated_day = choose_voices(
        day_filter(
            "Stated on one of these days (last possible day). From that day on, `as_of` includes the claim. `none`: "
            "undated claims."
        )
    )
    country = choose_units(country_filter("Country of the event, ISO 3166-1 alpha-3; `none`: not stated."))
    admin1 = choose_units(text_filter("First-order administrative region of the event.", "Ganja"))
    bbox = choose_units(
        Box(
            metadata=describe(
                "Claims about events within west,south,east,north; `none`: claims without a point.",
                "44,38,51,42",
                "RFC 7946",
            )
        )
    )
    place_precision = choose_units(word_filter(PLACE_PRECISION, none=True))
    low_min = choose_voices(bound_filter("at least", "Lower bound"))
    low_max = choose_voices(bound_filter("at most", "Lower bound"))
    best_min = choose_voices(bound_filter("at least", "Best figure"))
    best_max = choose_voices(bound_filter("at most", "Best figure"))
    high_min = choose_voices(bound_filter("at least", "Upper bound"))
    high_max = choose_voices(bound_filter("at most", "Upper bound"))
    has_figure = skip_statistics(
        Switch(metadata=describe("`1`: low, best or high is stated; `0`: none of them is stated.", "1"))
    )
    used_by = skip_statistics(
        Text(
            longest=LONGEST_QUESTION,
            metadata=describe("Claims behind one row of a statistic; copy the value from the row's link."),
        )
    )
    left_out_of = skip_statistics(
        Text(
            longest=LONGEST_QUESTION,
            metadata=describe(
                "Claims that a statistic left out, by its query and `reason=`; copy the value from `url` in "
                "`meta.excluded`."
            ),
        )
    )
    q = choose_voices(
        Text(longest=100, metadata=describe('Words, a "phrase" or -not, anywhere in the text.', "heavy losses"))
    )

    @validates_schema(skip_on_field_errors=True)
    def check_members(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("members") and "subject_side" not in data:
            raise ValidationError({"members": ["Needs subject_side=. Send both, or leave out members."]})


#: What each filter of claims does in a statistic of people.
CLAIM_ROLES = find_roles(ClaimFilters, Stated)


class ClaimQuery(ClaimFilters, ListQuery):
    sort = Sort("id", "stated_on", "event_date", "low", "best", "high", "harm", "measure")
    fields_ = Names(ClaimOut)
