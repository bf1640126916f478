"""The 147 reference cases as data: `CASES`, read from cases.txt, and the `WORLD` in which they happen.

A claim line is `id claimant stated_on subject.status harm figure place [conflict] [field=value]`. The head of
reconcile-cases.md says what each word means; the tables below translate them.
"""

import re
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from api.reconciling.question import Question
from api.reconciling.record import Claim, Conflict, Event, Membership, Relation, Side, World, make_world

STATUSES = {"mil": "member_of_armed_forces", "civ": "civilian", "unk": "unknown", "": "any"}
HARMS = {"k": "killed", "w": "injured", "kw": "killed_or_injured"}
MEASURES = {
    "cum": "cumulative",
    "ident": "identified",
    "bodies": "bodies",
    "buried": "buried",
    "est": "estimate",
}
SIDES = {"az": "azerbaijan", "arm": "armenian", "gov": "govt_ua", "all": None}
CLAIMANT_SIDES = {
    **dict.fromkeys(["AzMoD", "AzProsecutor", "AzEmergencies", "Aliyev"], "azerbaijan"),
    **dict.fromkeys(["ArmMoD", "ArmHealth", "ArmIC", "ArmGov"], "armenia"),
    **dict.fromkeys(["NKMoD", "NKOmbudsman", "NKofficials"], "artsakh"),
    "GazaMoH": "gz",
    "RusMoD": "rus",
    "UkrMoD": "ukr",
    "Alpha": "alp",
    "TurkMoD": "turkey",
}
THIRD_PARTIES = set("Article AlJazeera OHCHR HRW Putin UCDP Karlinsky X Y Airwars NATO CSIS Morgue IBC SNHR".split())
AFFILIATIONS = {"Bagratyan": "armenia", "Exile": "rus"}
RELATIONS = ("supersedes", "includes", "misreports", "same_as")
QUALIFIERS = {"": "exact", "~": "about", ">=": "at_least", ">": "more_than", "<": "nearly", "<=": "up_to"}
DIMENSIONS = {"by": "responsible_side", "status": "victim_status"}
POLICIES = ("envelope", "own_side", "opposing_side", "third_party", "highest")
IN_KARABAKH = ("azerbaijan", "armenian")

WORLD: World = make_world(
    conflicts=[
        Conflict("karabakh", None, None, IN_KARABAKH),
        Conflict("war1", "karabakh", "1994-05-12", IN_KARABAKH, "1988-02-20"),
        Conflict("jul2020", "karabakh", "2020-07-16", IN_KARABAKH, "2020-07-12"),
        Conflict("war2020", "karabakh", "2020-11-10", IN_KARABAKH, "2020-09-27"),
        Conflict("gaza", None, None, ("gz", "isr"), "2023-10-07"),
        Conflict("ukraine", None, None, ("rus", "ukr"), "2022-02-24"),
        Conflict("ua", None, None, ("govt_ua", "dpr")),
        Conflict("iraq", None, None, ("alp", "bet"), "2003-03-20"),
        Conflict("syria", None, None, ("alp", "bet", "gam"), "2011-03-15"),
        Conflict("long", None, None, ("alp", "bet"), "2018-01-01"),
        Conflict("nostart", None, None, ("gz", "isr")),
    ],
    sides=[
        *(Side(s) for s in "azerbaijan armenian gz isr rus ukr govt_ua dpr alp bet gam turkey".split()),
        Side("armenia", (Membership("armenian"),)),
        Side("artsakh", (Membership("armenian"),)),
        Side("gam1", (Membership("gam"),)),
    ],
    events=[
        Event("jul12", "jul2020", "2020-07-12", None, IN_KARABAKH),
        Event("clash", "jul2020", "2020-07-12", None, IN_KARABAKH),
        Event("jul13n", "jul2020", "2020-07-13", None, IN_KARABAKH),
        Event("sep27", "war2020", "2020-09-27", None, IN_KARABAKH),
        Event("E1", "war2020", "2020-10-03", None, IN_KARABAKH),
        Event("ganja04", "war2020", "2020-10-04", None, ("azerbaijan",)),
        Event("E2", "war2020", "2020-10-05", None, IN_KARABAKH),
        Event("ganja11", "war2020", "2020-10-11", None, ("azerbaijan",)),
        Event("ganja17", "war2020", "2020-10-17", None, ("azerbaijan",)),
        Event("U", "ua", "2022-01-01", None, ("govt_ua", "dpr")),
        Event("G1", "gaza", "2023-10-25", None, ("gz",)),
        Event("G2", "gaza", "2023-10-25", None, ("gz",)),
        Event("G4", "gaza", "2023-11-02", None, ("gz",)),
        Event("B1", "iraq", "2004-05-06", None, ("alp",)),
        Event("B2", "iraq", "2004-05-20", None, ("alp",)),
        Event("B3", "iraq", "2004-04-28", "2004-05-04", ("alp",)),
        Event("L", "long", "2018-06-01", "2020-03-31", ("alp",), date_precision=5),
        Event("L1", "long", "2018-06-10", "2018-06-12", ("alp",), date_precision=2),
        Event("L2", "long", "2018-06-30", None, ("alp",), date_precision=3),
        Event("L3", "long", "2019-05-05", None, ("alp",)),
    ],
)


class Expected(NamedTuple):
    """One row. `label` is the set of words that name it, without the defaults (killed, cumulative, the conflict)."""

    label: frozenset[str]
    low: int
    best: int
    high: int
    open_ended: int
    imputed: int
    incomplete: int
    reaches_over: int
    cells: int


class Case(NamedTuple):
    number: int
    title: str
    text: str  # the question as the table writes it
    question: Question
    conflict: str | None  # the conflict that the labels of the case leave out; None if the question is about several
    claims: list[Claim]
    relations: list[Relation]
    answers: dict[str, list[Expected]]  # by policy
    is_disputed: bool
    spread: str  # at most two decimals; "null" for a zero against a figure, "none" without a row
    excluded: dict[str, str]  # under envelope
    warnings: set[tuple[str, int]]  # under envelope
    ratio: str | None


def parse_cases(text: str) -> list[Case]:
    return [parse_case(line) for line in text.splitlines() if line.startswith("| ")]


def parse_case(line: str) -> Case:
    number, title, question, lines, *rest = (word.strip() for word in line.strip("| ").split(" | "))
    answers = dict(zip(POLICIES, map(parse_answer, rest[:5]), strict=True))
    dispute, excluded, warnings = rest[5:]
    *options, conflict = question.split(", conflict ") if ", conflict " in question else (question, "war2020")
    claims = [parse_claim(text, conflict) for text in re.findall("`([^`]+)`", lines)]
    is_disputed, spread = dispute.split("; ")
    return Case(
        number=int(number),
        title=title,
        text=question,
        question=parse_question(options[0]),
        conflict=None if "conflict=" in question else conflict,
        claims=[claim for claim, _ in claims],
        relations=[relation for _, relations in claims for relation in relations],
        answers=answers,
        is_disputed=is_disputed == "yes",
        spread="none" if spread == "–" else spread.removesuffix(" (a zero)"),
        excluded={} if excluded == "–" else dict(pair.split("=") for pair in excluded.split()),
        warnings={(code, int(n)) for code, n in re.findall(r"(\w+) (\d+)$", warnings) if code != "ratio"},
        ratio=warnings.removeprefix("ratio ") if warnings.startswith("ratio ") else None,
    )


def parse_question(text: str) -> Question:
    basis, *pairs = text.split(", ")
    options = dict(pair.split("=") for pair in pairs)
    conflict, event, perpetrator = options.get("conflict"), options.get("event"), options.get("by")

    def is_counted(claim: Claim) -> bool:
        return (
            (conflict is None or WORLD.is_nested(claim.conflict, conflict))
            and (event is None or claim.event == event)
            and (perpetrator is None or claim.responsible_side == perpetrator)
        )

    return Question(
        basis=basis,
        as_of=options.get("as_of"),
        group_by=tuple(DIMENSIONS.get(g, g) for g in [options.get("group_by")] if g),
        window_from=options.get("from"),
        window_to=options.get("to"),
        statuses=frozenset({options["status"]}) if "status" in options else None,
        filters_events=event is not None,
        is_counted=is_counted,
    )


def parse_claim(line: str, conflict: str) -> tuple[Claim, list[Relation]]:
    """Return a claim and its relations; `conflict` is its conflict unless the line or its event names another."""
    name, claimant, stated, subject, harm, figure, place, *rest = line.split()
    if claimant not in {*CLAIMANT_SIDES, *THIRD_PARTIES, *AFFILIATIONS}:
        raise ValueError(f"{claimant} is not in the world of the cases.")
    day = None if stated == "undated" else f"20{stated}"
    side, _, status = subject.partition(".")
    options = dict(word.partition("=")[::2] for word in rest)
    measure, event, first, last = parse_place(place)
    low, best, high, qualifier = parse_figure(figure)
    retracted_on = options.get("retracted")
    claim = Claim(
        id=name,
        kind=options.get("kind", "casualty"),
        conflict=WORLD.events[event].conflict if event else next((w for w in rest if w in WORLD.conflicts), conflict),
        event=event,
        claimant=claimant,
        claimant_side=CLAIMANT_SIDES.get(claimant),
        subject_side=SIDES.get(side, side),
        harm=HARMS[harm],
        measure=measure,
        stated_on=day,
        stated_last=day,
        responsible_side=SIDES.get(options["by"], options["by"]) if "by" in options else None,
        victim_status=STATUSES[status],
        covers_from=first,
        covers_to=last,
        low=low,
        best=best,
        high=high,
        qualifier=qualifier,
        retracted_by=None if retracted_on is None else "claimant" if retracted_on else "editor",
        retracted_on=f"20{retracted_on}" if retracted_on else None,
        sources=(f"source-{name}",),
        part=options.get("part"),
        affiliation=AFFILIATIONS.get(claimant),
    )
    return claim, [Relation(kind, name, options[kind]) for kind in RELATIONS if kind in options]


def parse_place(text: str) -> tuple[str, str | None, str | None, str | None]:
    """Return measure, event, covers_from and covers_to of `@E1`, `d1..d2`, `cum`, `cum@E1` or `cum:d1..d2@E1`."""
    place, _, event = text.partition("@")
    measure, _, days = place.partition(":")
    if ".." in measure:
        measure, days = "", measure
    first, _, last = days.partition("..")
    name = MEASURES[measure] if measure else "period" if days else "incident"
    return name, event or None, f"20{first}" if first else None, f"20{last}" if last else None


def parse_figure(text: str) -> tuple[int | None, int | None, int | None, str | None]:
    if text == "?":
        return None, None, None, "unquantified"
    if "/" in text:
        low, best, high = (None if word == "-" else int(word) for word in text.split("/"))
        return low, best, high, None
    if text.endswith("+"):
        return int(text[:-1]), None, None, "vague"
    if "-" in text:
        low, high = text.split("-")
        return int(low), None, int(high), "between"
    sign, digits = re.fullmatch(r"(\D*)(\d+)", text).groups()  # type: ignore[union-attr]
    n = int(digits)
    low, best, high = {
        "": (n, n, n),
        "~": (None, n, None),
        ">=": (n, n, None),
        ">": (n, n, None),
        "<": (None, n, n),
        "<=": (None, None, n),
    }[sign]
    return low, best, high, QUALIFIERS[sign]


def parse_answer(text: str) -> list[Expected]:
    return [] if text == "none" else [parse_row(row) for row in text.split("; ")]


def parse_row(text: str) -> Expected:
    label, _, answer = text.rpartition(": ")
    figure, _, counts = answer.partition(" ")
    numbers = [int(n) for n in figure.split("/")]
    low, best, high = numbers if len(numbers) == 3 else numbers * 3
    marks = dict(re.findall(r"\b([oipr])(\d+)", counts))
    cells = re.search(r"\((\d+) cells\)", counts)
    return Expected(
        frozenset(label.split()),
        low,
        best,
        high,
        *(int(marks.get(mark, 0)) for mark in "oipr"),
        cells=int(cells[1]) if cells else 1,
    )


def format_ratio(ratio: Fraction | None) -> str:
    """Return at most two decimals, rounded half up: 33.33, 1.5, 1; null for none."""
    if ratio is None:
        return "null"
    hundredths = (ratio * 200 + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")


CASES = parse_cases((Path(__file__).parent / "cases.txt").read_text())
