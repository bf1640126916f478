"""The closed word lists of the field: each word with its meaning, each list with the standard it comes from.

A word that is added here appears in every schema, the OpenAPI document and the codebook.
"""

from collections.abc import Iterator, Mapping

COUNTERCLAIM = "Counterclaim"
UCDP = "UCDP Georeferenced Event Dataset codebook (Sundberg & Melander 2013)"
ACLED = "ACLED codebook, event types and sub-event types"
SDG = "SDG indicator 16.1.2 metadata (OHCHR)"
ADMIRALTY = "Admiralty code (NATO STANAG 2511)"
AIRWARS = "Airwars grading of claims of civilian harm"


class Vocabulary(Mapping[str, str]):
    """A closed list: `word -> meaning` in order, with its name, a sentence about it, and its origin."""

    def __init__(self, name: str, description: str, origin: str, words: dict[str, str]) -> None:
        self.name, self.description, self.origin, self._words = name, description, origin, words

    def __getitem__(self, word: str) -> str:
        return self._words[word]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


KIND = Vocabulary(
    "kind",
    "Kind of claim.",
    COUNTERCLAIM,
    {
        "casualty": "a figure of people who suffered a harm",
        "responsibility": "says who did it, or who started it",
        "denial": "denies a claim, a deed or a loss; never a figure of zero",
        "silence": "a side published no figure of its own over a period: a recorded fact, never a zero",
    },
)

HARM = Vocabulary(
    "harm",
    "The harm suffered. Different harms are never added.",
    COUNTERCLAIM + ", after SDG 16.1.2 and EM-DAT",
    {
        "killed": "died as a direct result",
        "injured": "wounded and survived, as far as the claim goes",
        "killed_or_injured": "one combined figure of dead and wounded; never to be split or charted as deaths",
        "missing": "whereabouts unknown since",
        "killed_or_missing": "one combined figure of dead and missing; never to be split or charted as deaths",
        "captured": "taken prisoner by another side in combat or by surrender; also where the word does not say how",
        "abducted": "taken by force and held against the law: kidnapped, taken hostage or made to disappear",
        "detained": "held in custody by an authority: arrested or interned, and not said to be a prisoner of war",
        "displaced": "forced to leave home",
        "losses": "the speaker's word does not say which harm",
        "unknown": "the record lacks the fact",
    },
)

VICTIM_STATUS = Vocabulary(
    "victim_status",
    "Status of the people harmed.",
    SDG,
    {
        "civilian": "civilians",
        "other_protected_person": "medical or religious personnel, persons hors de combat and others protected",
        "member_of_armed_forces": "members of armed forces, of a state or of an organised group",
        "person_directly_participating_in_hostilities": "civilians for such time as they take a direct part",
        "unknown": "the claim says that the status is not known, or the record lacks it",
        "any": "the claim does not disaggregate by status",
    },
)

VICTIM_SEX = Vocabulary(
    "victim_sex",
    "Sex of the people harmed.",
    SDG,
    {
        "man": "men and boys",
        "woman": "women and girls",
        "unknown": "not known",
        "any": "the claim does not disaggregate by sex",
    },
)

VICTIM_AGE = Vocabulary(
    "victim_age",
    "Age group of the people harmed, at the time of the incident.",
    SDG,
    {
        "adult": "18 years and over",
        "child": "under 18 years",
        "unknown": "not known",
        "any": "the claim does not disaggregate by age",
    },
)

MEASURE = Vocabulary(
    "measure",
    "Kind of count. It decides what the figure may be added to.",
    COUNTERCLAIM,
    {
        "incident": "the whole toll of one event so far",
        "period": "an increment: those harmed from covers_from to covers_to",
        "cumulative": "a running total up to covers_to; never summed over time",
        "identified": "a running total of the named only",
        "bodies": "a running total of bodies recovered or examined",
        "buried": "a running total of the buried",
        "estimate": "a statistical estimate",
        "unknown": "the record does not say",
    },
)

QUALIFIER = Vocabulary(
    "qualifier",
    "How the speaker hedged the figure; with the value it fixes low, best and high.",
    COUNTERCLAIM + ", after UCDP low/best/high and Airwars min/max",
    {
        "exact": "'3': low, best and high are the value",
        "about": "'about 60': only best is stated",
        "at_least": "'at least 53': low and best are the value, high is open",
        "more_than": "'more than 2,000': low (exclusive) and best are the value, high is open",
        "nearly": "'nearly 100': best and high (exclusive) are the value, low is open",
        "up_to": "'up to 400': only high is stated",
        "between": "'4,000 to 5,000': low and high are stated, best is not",
        "vague": "'dozens', 'several': only a least possible low (24, 3)",
        "unquantified": "'heavy losses': no number at all",
        "as_given": "low, best and high are printed by the source itself, stored as given even when out of order",
    },
)

COMPARISON = Vocabulary(
    "comparison",
    "What a sentence says about its number, and which claims support it. Lowest and highest are what a claim's words "
    "allow: 'about' 10 % either way, 'nearly' 10 % less. An open end supports nothing.",
    COUNTERCLAIM,
    {
        "exactly": "the claim gives the number, as its figure or as a bound, or a range that includes it",
        "about": "as exactly; or the claim's figure (its bounds, where it gives a range) is within 10 % of the number",
        "nearly": "all that the claim allows is at most the number, and at most 10 % below it",
        "at_least": "the claim's lowest is the number or above: 'at least 53' supports at least 50, never at least 54",
        "more_than": "the claim's lowest is above the number, or the claim itself says 'more than' it",
        "at_most": "the claim's highest is the number or below, and the claim is its claimant's newest and no part",
        "less_than": "as at_most, with a highest below the number; or the claim says 'nearly' or 'fewer than' it",
    },
)

CONFIRMATION = Vocabulary(
    "confirmation",
    "How far the claim is confirmed.",
    AIRWARS + ", with 'reported'",
    {
        "alleged": "stated by one party about another, or without evidence shown",
        "reported": "stated by a body in a position to know, not independently verified",
        "confirmed": "confirmed by the party concerned or by independent sources",
        "contested": "competing claims exist",
        "discounted": "shown to be wrong, or about somebody else",
        "unknown": "the record lacks the fact",
    },
)

STATUS = Vocabulary(
    "status",
    "Status of the record. Nothing is deleted.",
    COUNTERCLAIM + ", after Wikidata ranks",
    {
        "active": "current: not replaced, withdrawn or retracted",
        "superseded": "the claimant replaced it by a later statement",
        "withdrawn": "the dataset's newer release no longer has it",
        "retracted": "taken back by an editor or by the claimant, with a reason",
    },
)

STATUS_BY = Vocabulary(
    "status_by",
    "Who ended a record that is no longer active.",
    COUNTERCLAIM,
    {
        "claimant": "the claimant; takes effect on the public date",
        "editor": "an editor of this database; takes effect at every date",
        "dataset": "a newer release of the dataset",
    },
)

RELATION = Vocabulary(
    "relation",
    "Kind of relation between two claims.",
    COUNTERCLAIM + ", after PROV-DM",
    {
        "supersedes": "the same claimant replaces the target, or an authority of its side does",
        "revises": "changes the target's figure without replacing the statement",
        "contradicts": "states something else about the same thing",
        "includes": "this total contains the target's figure",
        "same_as": "repeats the target; not used in statistics",
        "misreports": "is a garbled report of the target; not used in statistics",
        "denies": "denies the target",
        "distinct_from": "is a different statement, however similar; an editor has checked",
    },
)

DISORDERED = "bounds_disordered"
STATED_EARLY = "stated_early"
NOT_A_PARTY = "not_a_party"
#: The flags that say how the reports of a claim differ (rule 1).
REPORTS_DIFFER, REPORTS_DIFFER_IN_HARM = REPORT_FLAGS = ("reports_differ", "reports_differ_in_harm")
FLAG = Vocabulary(
    "flag",
    "A warning that travels with a figure.",
    COUNTERCLAIM,
    {
        DISORDERED: "low <= best <= high does not hold in the source; stored as given",
        STATED_EARLY: "stated before the event, or before the last day that the figure covers; stored as given",
        NOT_A_PARTY: "about a side that is not recorded as a party to the conflict; stored as given",
        "derived": "not stated, but follows from what was stated",
        REPORTS_DIFFER: "the claim's reports carry different figures",
        REPORTS_DIFFER_IN_HARM: (
            "a report says another harm than the claim or another report: killed, and killed or injured"
        ),
        "date_inferred": "the date was inferred; the note says how",
        "claimant_inferred": "the claimant was inferred; the note says how",
    },
)

SIDE_KIND = Vocabulary(
    "side_kind",
    "Kind of party to a conflict.",
    COUNTERCLAIM + ", after UCDP actors",
    {
        "state": "a state",
        "de_facto_state": "governs a territory without general recognition",
        "armed_group": "an organised armed group",
        "coalition": "several sides counted as one",
        "unknown": "not known",
    },
)

CLAIMANT_KIND = Vocabulary(
    "claimant_kind",
    "Kind of body or person that speaks.",
    COUNTERCLAIM,
    {
        "ministry": "a ministry or its spokesperson",
        "armed_forces": "an army or its press service",
        "government": "a government or one of its information centres",
        "head_of_state_or_government": "a president or prime minister",
        "prosecution": "a prosecutor or an investigative committee",
        "ombudsman": "an ombudsman or human rights defender",
        "intergovernmental": "an intergovernmental organisation",
        "ngo": "a non-governmental organisation",
        "media": "a newsroom counting for itself",
        "dataset": "a coding project that publishes its own figures",
        "academic": "researchers",
        "politician": "a politician speaking for no institution",
        "unattributed": "the source names no speaker",
        "unknown": "not known",
    },
)

SOURCE_KIND = Vocabulary(
    "source_kind",
    "Kind of document.",
    COUNTERCLAIM + ", after Every Casualty Counts",
    {
        "news_article": "an article or wire story",
        "statement": "a communique or press release of the speaker itself",
        "report": "a report of an organisation",
        "dataset": "a dataset release",
        "academic_article": "a peer-reviewed article",
        "encyclopedia": "an encyclopedia or another summary of other sources",
        "broadcast": "radio, television or video",
        "social_media": "a post",
        "unknown": "not known",
    },
)

RELIABILITY = Vocabulary(
    "reliability",
    "Reliability of the source, judged independently of this information.",
    ADMIRALTY,
    {
        "A": "completely reliable",
        "B": "usually reliable",
        "C": "fairly reliable",
        "D": "not usually reliable",
        "E": "unreliable",
        "F": "cannot be judged",
    },
)

CREDIBILITY = Vocabulary(
    "credibility",
    "Credibility of the information, judged independently of its source.",
    ADMIRALTY,
    {
        "1": "confirmed by other sources",
        "2": "probably true",
        "3": "possibly true",
        "4": "doubtful",
        "5": "improbable",
        "6": "cannot be judged",
    },
)

EVENT_TYPE = Vocabulary(
    "event_type",
    "Type of event; not only violence.",
    ACLED + "; Statement is Counterclaim's own",
    {
        "Battles": "armed clashes between organised groups",
        "Explosions/Remote violence": "one-sided use of a weapon that the other side cannot answer",
        "Violence against civilians": "attacks on people who take no part",
        "Protests": "public demonstrations",
        "Riots": "violent demonstrations or mobs",
        "Strategic developments": "agreements, arrests, movements and other turns that are not violence",
        "Statement": "a declaration, vow, condemnation or refusal",
        "unknown": "not known",
    },
)

SUB_TYPES: dict[str, tuple[str, ...]] = {
    "Battles": ("Armed clash", "Government regains territory", "Non-state actor overtakes territory"),
    "Explosions/Remote violence": (
        "Chemical weapon",
        "Air/drone strike",
        "Suicide bomb",
        "Shelling/artillery/missile attack",
        "Remote explosive/landmine/IED",
        "Grenade",
    ),
    "Violence against civilians": ("Sexual violence", "Attack", "Abduction/forced disappearance"),
    "Protests": ("Peaceful protest", "Protest with intervention", "Excessive force against protesters"),
    "Riots": ("Violent demonstration", "Mob violence"),
    "Strategic developments": (
        "Agreement",
        "Arrests",
        "Change to group/activity",
        "Disrupted weapons use",
        "Headquarters or base established",
        "Looting/property destruction",
        "Non-violent transfer of territory",
        "Other",
    ),
    "Statement": ("Declaration", "Demand", "Condemnation", "Rejection of talks"),
}

EVENT_SUB_TYPE = Vocabulary(
    "event_sub_type",
    "Sub-type of event, within its type.",
    ACLED + "; those of Statement are Counterclaim's own",
    {sub_type: f"of {parent}" for parent, sub_types in SUB_TYPES.items() for sub_type in sub_types}
    | {"unknown": "not known"},
)

VIOLENCE = Vocabulary(
    "violence",
    "Type of organised violence.",
    UCDP,
    {
        "state_based": "between two sides of which at least one is a state's government",
        "non_state": "between two organised groups, neither a government",
        "one_sided": "against civilians by an organised actor",
        "none": "not an event of violence",
        "unknown": "not known",
    },
)

CAUSE = Vocabulary(
    "cause",
    "Cause or weapon.",
    SDG,
    {
        "heavy_weapons_and_explosive_munitions": "artillery, rockets, air-dropped munitions, tanks",
        "planted_explosives_and_unexploded_ordnance": "mines, IEDs, remnants of war",
        "small_arms_and_light_weapons": "rifles, machine guns, light mortars, grenades",
        "incendiary": "incendiary weapons",
        "cbrn": "chemical, biological, radiological or nuclear",
        "electromagnetic": "electromagnetic weapons",
        "less_lethal": "less lethal weapons",
        "denial_of_objects_indispensable_to_survival": "food, water and the like denied or destroyed",
        "conflict_related_accident": "accidents related to conflict",
        "other_means": "use of objects and other means",
        "several": "more than one of these, not separable",
        "none": "not an event of violence",
        "unknown": "not known",
    },
)

SIDE_ROLE = Vocabulary(
    "side_role",
    "Role of a side in an event. The order of sides implies no direction.",
    COUNTERCLAIM,
    {
        "initiator_alleged": "blamed by somebody for starting it",
        "participant": "took part",
        "target": "was the target",
        NOT_A_PARTY: "was there, and is not recorded as a party to the conflict; may be sent beside another role",
        "unknown": "not known",
    },
)

DATE_PRECISION = Vocabulary(
    "date_precision",
    "How exactly the date is known.",
    UCDP + ", date_prec",
    {
        "1": "exact day",
        "2": "two to six days",
        "3": "a week",
        "4": "a month",
        "5": "more than a month, up to a year",
    },
)

PLACE_PRECISION = Vocabulary(
    "place_precision",
    "How exactly the place is known.",
    UCDP + ", where_prec",
    {
        "1": "exact",
        "2": "within about 25 km of a point",
        "3": "second-order administrative region (its centroid)",
        "4": "first-order administrative region (its centroid)",
        "5": "a vague area",
        "6": "only the country (its centroid)",
        "7": "international waters or airspace",
    },
)

CLARITY = Vocabulary(
    "clarity",
    "Whether the event is one event.",
    UCDP + ", event_clarity",
    {"1": "one clearly identified event", "2": "already aggregated by the reporter"},
)

OPERATION = Vocabulary(
    "operation",
    "Kind of change to a record.",
    COUNTERCLAIM,
    {
        "create": "entered",
        "revise": "corrected",
        "retract": "taken back; it stays readable",
        "withdraw": "no longer in the newer release of its dataset",
        "redact": "a text was erased for good",
    },
)

EFFECT = Vocabulary(
    "effect",
    "What a write changes on a claim that it does not name, or on whether a written claim counts.",
    COUNTERCLAIM,
    {
        "replaced": "no longer counts: of its claimant's figures of the same people another one counts",
        "included": "no longer counts: its claimant's whole, or another way to divide it, contains it",
        "later_start": "does not count: it begins later than its claimant's figure that counts",
        "superseded": "no longer counts: a relation says that another claim supersedes it or its whole",
        "misreported": "no longer counts: a relation says that it is a garbled report of another claim",
        "repeated": "no longer counts: a relation says that it repeats another claim, which counts for both",
        "active_again": "counts again: the claim that displaced it no longer does",
        "figure_changed": "has the changed figure, qualifier or flags of its reports",
    },
)

VOCABULARIES: tuple[Vocabulary, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Vocabulary)
)
