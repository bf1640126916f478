"""A claim: one utterance that N of a side suffered a harm; its reports; its relations to other claims."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.envelopes import (
    Count,
    InOrder,
    ListQuery,
    Names,
    Recorded,
    Sort,
    SourceRef,
    Standing,
    Stated,
    Switch,
    countries,
    days,
    months,
    ref,
    refs,
    slugs,
    texts,
    words,
    years,
)
from schemas.fields import GREATEST_FIGURE, Box, Day, Degrees, Figure, Grade, Id, Pattern, Slug, Span, Text, Word, about
from schemas.sources import LANGUAGE
from schemas.vocab import (
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
    RELATION,
    RELIABILITY,
    STATUS,
    STATUS_BY,
    VICTIM_AGE,
    VICTIM_SEX,
    VICTIM_STATUS,
)


def figure(description: str, example: int | None = None) -> Figure:
    return Figure(load_default=None, allow_none=True, metadata=about(description, example))


class FigureFields(Standing):
    """A figure as spoken, and as read: shared by claims and reports."""

    harm = Word(HARM, load_default=None, allow_none=True, metadata={"examples": ["killed"]})
    value = figure("The number as spoken; of a range, its lower end.", 2300)
    low = figure("Least number stated; null: none stated.", 2300)
    best = figure("The number stated as such; null: none.", 2300)
    high = figure("Greatest number stated; null: none stated.", 2300)
    qualifier = Word(QUALIFIER, load_default=None, allow_none=True, metadata={"examples": ["about"]})
    phrase = Text(longest=300, blank=True, load_default="", metadata=about("The words of the figure.", "about 2,300"))
    phrase_lang = fields.String(
        load_default="und",
        validate=Pattern(LANGUAGE),
        metadata=about("Language of the phrase; `und`: not determined.", "en", "BCP 47"),
    )


class ClaimFields(FigureFields):
    id = Id(required=True, metadata=about("Id of the claim.", "az-mod-2020-09-30-armenian-losses"))
    statement = Slug(
        load_default=None,
        allow_none=True,
        metadata=about("Shared by the claims of one utterance.", "az-mod-2020-07-12"),
    )
    kind = Word(KIND, load_default="casualty", metadata={"examples": ["casualty"]})
    stated_on = Day(
        load_default=None, allow_none=True, metadata=about("First possible day of the statement.", "2020-09-30")
    )
    stated_until = Day(
        load_default=None, allow_none=True, metadata=about("Last possible day of the statement.", "2020-09-30")
    )
    stated_precision = Grade(DATE_PRECISION, load_default=None, allow_none=True, metadata={"examples": [1]})
    stated_at = fields.String(
        load_default=None,
        allow_none=True,
        validate=Pattern(r"^([01]\d|2[0-3]):[0-5]\d$"),
        metadata=about("Hour of the statement where known, local time.", "19:00"),
    )
    victim_status = Word(VICTIM_STATUS, load_default="any", metadata={"examples": ["member_of_armed_forces"]})
    victim_sex = Word(VICTIM_SEX, load_default="any", metadata={"examples": ["any"]})
    victim_age = Word(VICTIM_AGE, load_default="any", metadata={"examples": ["any"]})
    measure = Word(MEASURE, load_default=None, allow_none=True, metadata={"examples": ["cumulative"]})
    covers_from = Day(
        load_default=None, allow_none=True, metadata=about("First day that the figure covers.", "2020-09-27")
    )
    covers_to = Day(
        load_default=None, allow_none=True, metadata=about("Last day that the figure covers.", "2020-09-30")
    )
    figure_rule = Text(
        longest=60,
        load_default=None,
        allow_none=True,
        metadata=about("Name of the rule by which phrase and qualifier became low, best and high.", "about"),
    )
    confirmation = Word(CONFIRMATION, load_default="unknown", metadata={"examples": ["alleged"]})
    credibility = Grade(CREDIBILITY, load_default=None, allow_none=True, metadata={"examples": [3]})
    status_by = Word(STATUS_BY, load_default=None, allow_none=True, metadata={"examples": ["claimant"]})
    status_on = Day(
        load_default=None,
        allow_none=True,
        metadata=about("Public day since which the record no longer stands.", "2020-07-13"),
    )
    flags = fields.List(Word(FLAG), load_default=list, metadata=about(FLAG.about, ["derived"]))
    note = Text(
        blank=True,
        load_default="",
        metadata=about("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class ReportFields(FigureFields):
    id = Id(required=True, metadata=about("Id of the report.", "putin-2020-10-22-reuters"))
    reported_on = Day(
        load_default=None,
        allow_none=True,
        metadata=about("Day of the report where it differs from the source's.", "2020-10-23"),
    )
    source_original = Text(
        longest=500,
        blank=True,
        load_default="",
        metadata=about("The claimant as the dataset names it, free text.", "MoD"),
    )
    note = Text(
        blank=True,
        load_default="",
        metadata=about("What a reader should know.", "One sentence credits the same claim to both sides."),
    )


class ReportIn(ReportFields):
    claim = Slug(required=True, metadata=about("The claim that it carries.", "putin-2020-10-22-all-killed"))
    source = Slug(required=True, metadata=about("The document in which it can be read.", "tass-1210971"))


class ReportOut(ReportFields, Recorded):
    claim = fields.String(metadata=about("Id of the claim that it carries.", "putin-2020-10-22-killed"))
    claimant = ref("Who says so.")
    subject_side = ref("Whose losses; null: all sides together.", allow_none=True)
    measure = Word(MEASURE, allow_none=True, metadata={"examples": ["cumulative"]})
    stated_on = fields.String(allow_none=True, metadata=about("First possible day of the statement.", "2020-09-30"))
    source = ref("The document in which it can be read.")
    url = fields.String(
        allow_none=True, metadata=about("Where the document can be read.", "https://tass.com/world/1210971")
    )


class RelationFields(Standing):
    id = Id(
        required=True,
        metadata=about(
            "Id of the relation.",
            "az-mod-2020-07-13-azerbaijani-killed-supersedes-az-mod-2020-07-12-azerbaijani-killed",
        ),
    )
    kind = Word(RELATION, required=True, metadata={"examples": ["supersedes"]})
    stated_on = Day(
        load_default=None, allow_none=True, metadata=about("First possible day since which it is known.", "2020-07-13")
    )
    stated_until = Day(
        load_default=None, allow_none=True, metadata=about("Last possible day since which it is known.", "2020-07-13")
    )
    note = Text(blank=True, load_default="", metadata=about("Why.", "A third soldier died of his wounds."))


class RelationIn(RelationFields, InOrder):
    DAYS = (("stated_on", "stated_until"),)
    claim = Slug(
        required=True,
        metadata=about("The claim that supersedes, denies, includes …", "az-mod-2020-07-13-azerbaijani-killed"),
    )
    target = Slug(
        required=True,
        metadata=about("The claim that is superseded, denied, included …", "az-mod-2020-07-12-azerbaijani-killed"),
    )

    @validates_schema(skip_on_field_errors=False)
    def is_about_another(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("target") and data.get("claim") == data["target"]:
            raise ValidationError({"target": ["Must be another claim: none supersedes, denies or includes itself."]})


class RelationOut(RelationFields, Recorded):
    claim = fields.String(
        metadata=about("Id of the claim that supersedes, denies, includes …", "az-mod-2020-07-13-killed")
    )
    target = fields.String(
        metadata=about("Id of the claim that is superseded, denied, included …", "az-mod-2020-07-12-killed")
    )


class ClaimIn(ClaimFields, InOrder):
    DAYS = (("covers_from", "covers_to"), ("stated_on", "stated_until"))
    conflict = Slug(required=True, metadata=about("Conflict that it is about.", "nagorno-karabakh-2020"))
    event = Slug(load_default=None, allow_none=True, metadata=about("Event that it is about.", "ganja-2020-10-17"))
    claimant = Slug(required=True, metadata=about("Who says so.", "azerbaijan-mod"))
    subject_side = Slug(
        load_default=None, allow_none=True, metadata=about("Whose losses; null: all sides together.", "azerbaijan")
    )
    responsible_side = Slug(
        load_default=None, allow_none=True, metadata=about("Who is said to have done it.", "armenia")
    )

    @validates_schema(skip_on_field_errors=False)
    def hangs_together(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Fields that have faults of their own are not in `data`: of those nothing is asked."""
        errors: dict[str, list[str]] = {}
        needed, why = NEEDED_OF_KIND.get(data.get("kind", ""), NOTHING)
        errors |= {name: [why] for name in needed if _lacks(data, name)} | _of_measure(data) | _of_bounds(data)
        if errors:
            raise ValidationError(errors)


def _lacks(data: dict[str, Any], name: str) -> bool:
    return name in data and data[name] is None


def _of_measure(data: dict[str, Any]) -> dict[str, list[str]]:
    errors = {}
    if data.get("measure") == "incident" and _lacks(data, "event"):
        errors["event"] = ["An incident figure is about an event."]
    if data.get("measure") == "period" and (_lacks(data, "covers_from") or _lacks(data, "covers_to")):
        errors["covers_from"] = ["A period figure says from when to when: covers_from and covers_to."]
    return errors


def _of_bounds(data: dict[str, Any]) -> dict[str, list[str]]:
    """Sources break the order, and are kept as they are; so would a slip of the pen be, if nobody had to say so."""
    low, best, high = data.get("low"), data.get("best"), data.get("high")
    if low == best == high:  # most are exact
        return {}
    stated = [bound for bound in (low, best, high) if bound is not None]
    if stated == sorted(stated) or DISORDERED in data.get("flags", (DISORDERED,)):
        return {}
    bounds = zip(("low", "best", "high"), (low, best, high), strict=True)
    told = ", ".join(f"{name} {'null' if bound is None else bound}" for name, bound in bounds)
    return {"flags": [f"Must hold {DISORDERED} if the source says {told}."]}


NOTHING: tuple[tuple[str, ...], str] = ((), "")
#: What a claim of each kind does not leave open, and why.
NEEDED_OF_KIND: dict[str, tuple[tuple[str, ...], str]] = {
    "casualty": (("harm", "measure", "qualifier"), "A casualty claim states it."),
    "responsibility": (("responsible_side",), "A responsibility claim says who."),
    "silence": (
        ("harm", "covers_from", "covers_to", "subject_side"),
        "A silence says on what, whose, from when and to when.",
    ),
}


class ClaimOut(ClaimFields, Recorded):
    conflict = ref("Conflict that it is about.")
    event = ref("Event that it is about.", allow_none=True)
    claimant = ref("Who says so.")
    claimant_side = ref("The side that the claimant speaks for; null: a third party.", allow_none=True)
    subject_side = ref("Whose losses; null: all sides together.", allow_none=True)
    responsible_side = ref("Who is said to have done it.", allow_none=True)
    sources = refs("Where it can be read; one at least.", SourceRef)
    event_date = fields.String(
        allow_none=True, metadata=about("First day of the event, or of what the figure covers.", "2020-09-27")
    )
    place = fields.String(allow_none=True, metadata=about("Place of the event.", "Ganja"))
    country = fields.String(allow_none=True, metadata=about("Country of the event.", "AZE", "ISO 3166-1 alpha-3"))
    latitude = Degrees(90, allow_none=True, metadata=about("Latitude of the event.", 40.6828, "WGS 84"))
    longitude = Degrees(180, allow_none=True, metadata=about("Longitude of the event.", 46.3606, "WGS 84"))


class ClaimOneOut(ClaimOut):
    """A single claim, with all that stands behind it."""

    reports = fields.List(fields.Nested(ReportOut), metadata=about("The claim as each source carries it."))
    relations = fields.List(fields.Nested(RelationOut), metadata=about("Its relations to other claims, both ways."))


def bound(edge: str, name: str) -> Count:
    return Count(0, GREATEST_FIGURE, metadata=about(f"{name} is {edge}.", "100"))


#: A statistic's query within a link to its evidence: escaped once more, it must fit into a request's first line.
LONGEST_QUESTION = 2000


class ClaimFilters(Stated):
    id = slugs("These claims.")
    statement = slugs("Claims of these utterances.", "az-mod-2020-07-12")
    kind = words(KIND)
    conflict = slugs("About these conflicts, their phases included.", "nagorno-karabakh")
    recorded_conflict = slugs("Recorded under exactly these conflicts.", "nagorno-karabakh-2020")
    event = slugs("About these events; `none`: about no one event.", "ganja-2020-10-17")
    event_type = words(EVENT_TYPE, none=True)
    claimant = slugs("Stated by these.", "azerbaijan-mod")
    claimant_side = slugs("Stated by claimants of these sides; `none`: by third parties.", "azerbaijan")
    side = slugs("About the losses of exactly these sides; `none`: of all sides together.", "azerbaijan")
    camp = slugs("About the losses of these sides or of their members.", "armenian")
    responsible_side = slugs("Saying that these did it; `none`: naming nobody.", "azerbaijan")
    source = slugs("Carried by these sources.", "tass-1210971")
    publisher = texts("Carried by a source of these publishers, spelt as in the record.", "TASS")
    reliability = words(RELIABILITY, none=True)
    dataset = slugs("Brought by these datasets; `none`: by no dataset, but entered by an editor.", "none")
    harm = words(HARM, none=True)
    victim_status = words(VICTIM_STATUS)
    victim_sex = words(VICTIM_SEX)
    victim_age = words(VICTIM_AGE)
    measure = words(MEASURE, none=True)
    qualifier = words(QUALIFIER, none=True)
    confirmation = words(CONFIRMATION)
    status = words(STATUS)
    flag = words(FLAG)
    from_ = Span(
        0, data_key="from", attribute="from", metadata=about("What it is about is not over before.", "2020-09-27")
    )
    to = Span(1, metadata=about("What it is about did not begin after.", "2020-11-10"))
    year = years("What it is about began in one of these years; `none`: day not stated.")
    month = months("What it is about began in one of these months; `none`: day not stated.")
    stated_from = Span(0, metadata=about("Stated on or after (last possible day).", "2020-10"))
    stated_to = Span(1, metadata=about("Stated on or before (last possible day).", "2020-10"))
    stated_year = years("Stated in one of these years; `none`: undated.")
    stated_month = months("Stated in one of these months; `none`: undated.")
    stated_day = days(
        "Stated on one of these days (last possible day): `as_of` knows it from then on; `none`: undated."
    )
    country = countries("Country of the event, ISO 3166-1 alpha-3; `none`: not stated.")
    admin1 = texts("First-order administrative region of the event.", "Ganja")
    bbox = Box(
        metadata=about("Event within west,south,east,north; `none`: without a point.", "44,38,51,42", "RFC 7946")
    )
    place_precision = words(PLACE_PRECISION, none=True)
    low_min = bound("at least", "Low")
    low_max = bound("at most", "Low")
    best_min = bound("at least", "Best")
    best_max = bound("at most", "Best")
    high_min = bound("at least", "High")
    high_max = bound("at most", "High")
    has_figure = Switch(metadata=about("`1`: low, best or high is stated; `0`: none is.", "1"))
    used_by = Text(
        longest=LONGEST_QUESTION, metadata=about("Used by a row of a statistic: the query of the row's own links.")
    )
    left_out_of = Text(longest=LONGEST_QUESTION, metadata=about("Left out of a statistic: its query, with `reason=`."))
    q = Text(longest=100, metadata=about('Words, a "phrase" or -not, anywhere in the text.', "heavy losses"))


class ClaimQuery(ClaimFilters, ListQuery):
    sort = Sort("id", "stated_on", "event_date", "low", "best", "high", "harm", "measure")
    fields_ = Names(ClaimOut)


class ReportFilters(Stated):
    id = slugs("These reports.")
    claim = slugs("Reports of these claims.")
    source = slugs("In these sources.", "tass-1210971")
    publisher = texts("In a source of these publishers.", "TASS")
    harm = words(HARM, none=True)
    q = Text(longest=100, metadata=about('Words, a "phrase" or -not, anywhere in the text.', "almost"))


class ReportQuery(ReportFilters, ListQuery):
    sort = Sort("id", "best")
    fields_ = Names(ReportOut)


class RelationFilters(Stated):
    id = slugs("These relations.")
    claim = slugs("Of these claims.")
    target = slugs("To these claims.")
    kind = words(RELATION)


class RelationQuery(RelationFilters, ListQuery):
    sort = Sort("id", "kind", "stated_on")
    fields_ = Names(RelationOut)
