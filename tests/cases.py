"""The 58 reference cases as data: `CASES`, read from reconcile_cases.txt, and the `WORLD` in which they happen.

A claim line: `id claimant stated_on subject.status harm figure place [conflict] [relation=…] [kind=…] [retracted]`, and
more words of the form `field=…` as `FIELDS` tells. A relation may have its own day: `supersedes=a@2020-10-09`.
Subject: az, arm (armenia, artsakh), all sides, gov, dpr; status .mil .civ .unk, nothing = any. Harm: k killed,
w injured, kw either. Figure: `3` exact, `~` about, `>=` at least, `>` more than, `<` nearly, `<=` up to,
`a-b` between, `24+` vague, `?` none, `l/b/h` as given. Place: `@event`, `d1..d2` a period, else a running
measure. Days are 20YY-MM-DD.

An answer line: `[row:] low/best/high [o n] [i n] [p n] [(n cells)]`; rows are parted by `;`, equal numbers are one.
"""

import re
from pathlib import Path
from typing import NamedTuple

from api.queries.evidence import Claim, Conflict, Event, Membership, Relation, Side, World, world

STATUSES = {
    "mil": "member_of_armed_forces",
    "civ": "civilian",
    "unk": "unknown",
    "": "any",
}
HARMS = {"k": "killed", "w": "injured", "kw": "killed_or_injured"}
MEASURES = {
    "cum": "cumulative",
    "ident": "identified",
    "bodies": "bodies",
    "buried": "buried",
    "est": "estimate",
}
SIDES = {"az": "azerbaijan", "arm": "armenian", "gov": "govt_ua", "all": None}
SPEAKING_FOR = {  # the longest beginning of a claimant's name decides; who is not here is a third party
    "AlJazeera": None,
    "Aliyev": "azerbaijan",
    "Az": "azerbaijan",
    "Arm": "armenia",
    "NK": "artsakh",
}
RELATIONS = ("supersedes", "includes", "misreports", "same_as")
QUALIFIERS = {">=": "at_least", "<=": "up_to", "~": "about", ">": "more_than", "<": "nearly"}
FIELDS = {
    "at": "stated_time",
    "until": "stated_last",
    "sex": "victim_sex",
    "age": "victim_age",
    "to": "covers_to",
    "by": "responsible_side",
    "rel": "reliability",
}
EVENTS = {  # day, conflict, sides
    "jul12": ("2020-07-12", "jul2020"),
    "clash": ("2020-07-12", "jul2020"),
    "jul13n": ("2020-07-13", "jul2020"),
    "sep27": ("2020-09-27", "war2020"),
    "E1": ("2020-10-03", "war2020"),
    "ganja04": ("2020-10-04", "war2020"),
    "ganja11": ("2020-10-11", "war2020"),
    "ganja17": ("2020-10-17", "war2020"),
    "U": ("2022-01-01", "ukraine"),
}

IN_KARABAKH = ("azerbaijan", "armenian")
WORLD: World = world(
    conflicts=[
        Conflict("karabakh", None, None, IN_KARABAKH),
        Conflict("jul2020", "karabakh", "2020-07-16", IN_KARABAKH),
        Conflict("war2020", "karabakh", "2020-11-10", IN_KARABAKH),
        Conflict("war1", "karabakh", "1994-05-12", IN_KARABAKH),
        Conflict("ukraine", None, None, ("govt_ua", "dpr")),
    ],
    sides=[
        Side("azerbaijan"),
        Side("armenian"),
        Side("armenia", (Membership("armenian"),)),
        Side("artsakh", (Membership("armenian"),)),
        Side("govt_ua"),
        Side("dpr"),
    ],
    events=[
        Event(
            name,
            conflict,
            day,
            day,
            ("azerbaijan",) if name.startswith("ganja") else ("govt_ua", "dpr") if name == "U" else IN_KARABAKH,
        )
        for name, (day, conflict) in EVENTS.items()
    ],
)


class Asked(NamedTuple):
    basis: str
    as_of: str | None
    group_by: tuple[str, ...]
    event: str | None
    conflict: str | None
    status: str | None


class Expected(NamedTuple):
    """One row: `label` is the set of words that name it, without the defaults (killed, cumulative, war2020)."""

    label: frozenset[str]
    low: int
    best: int
    high: int
    open_ended: int
    imputed: int
    incomplete: int
    cells: int


class Case(NamedTuple):
    number: int
    title: str
    asked: Asked
    claims: list[Claim]
    relations: list[Relation]
    answers: dict[str, list[Expected]]  # by policy
    disputed: bool
    spread: str  # as printed; "null" for a zero against a figure, "none" where there is no row
    excluded: dict[str, str]  # under envelope


def read(text: str) -> list[Case]:
    return [_case(block) for block in re.split(r"\n(?=case )", text)[1:]]


def _case(block: str) -> Case:
    lines = block.strip().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if not line.startswith(" "))
    head, title = lines[0].split(": ", 1)
    read_lines = [claim_line(line) for line in lines if line.startswith(" ")]
    return Case(
        number=int(head.split()[1]),
        title=title,
        asked=_asked(fields["ask"]),
        claims=[claim for claim, _ in read_lines],
        relations=[relation for _, relations in read_lines for relation in relations],
        answers={
            policy: _answer(fields[policy]) for policy in ("envelope", "own_side", "opposing_side", "third_party")
        },
        disputed=fields["disputed"] == "yes",
        spread=fields["spread"],
        excluded={} if fields["excluded"] == "none" else dict(p.split("=") for p in fields["excluded"].split()),
    )


def _asked(text: str) -> Asked:
    basis, *options = text.split(", ")
    named = dict(option.split("=") for option in options)
    groups = tuple(g for g in (named.get("group_by"),) if g)
    return Asked(basis, named.get("as_of"), groups, named.get("event"), named.get("conflict"), named.get("status"))


def claim_line(
    line: str, known: World = WORLD, home: str = "war2020", speaking: dict[str, str | None] = SPEAKING_FOR
) -> tuple[Claim, list[Relation]]:
    """A claim and its relations; what is about no event is about the conflict named in the line, else about `home`."""
    name, claimant, stated, subject, harm, figure, place, *rest = line.split()
    day = None if stated == "undated" else f"20{stated}"
    side, _, status = subject.partition(".")
    options = dict(word.split("=") for word in rest if "=" in word)
    low, best, high, qualifier = _figure(figure)
    since, _, until = place.partition("..")
    event = place[1:] if place.startswith("@") else None
    running = MEASURES.get(place, "period")
    taken_back, _, gone_on = options.get("retracted", "editor" if "retracted" in rest else "").partition("@")
    claim = Claim(
        id=name,
        kind=options.get("kind", "casualty"),
        conflict=known.events[event].conflict if event else next((w for w in rest if w in known.conflicts), home),
        event=event,
        claimant=claimant,
        claimant_side=_speaking_for(claimant, speaking),
        subject_side=SIDES.get(side, side),
        harm=HARMS[harm],
        measure="incident" if event else running,
        stated_on=day,
        stated_last=day,
        victim_status=STATUSES[status],
        covers_from=f"20{since}" if until else None,
        covers_to=f"20{until}" if until else None,
        low=low,
        best=best,
        high=high,
        qualifier=qualifier,
        retracted_by=taken_back or None,
        retracted_on=gone_on or None,
        sources=(f"source-{name}",),
    )
    more = {field: options[word] for word, field in FIELDS.items() if word in options}
    if "cred" in options:
        more["credibility"] = int(options["cred"])
    return claim._replace(**more), [_relation(kind, name, options[kind]) for kind in RELATIONS if kind in options]


def _relation(kind: str, claim: str, target: str) -> Relation:
    about, _, day = target.partition("@")
    return Relation(kind, claim, about, day or None)


def _speaking_for(claimant: str, speaking: dict[str, str | None]) -> str | None:
    beginnings = [b for b in speaking if claimant.startswith(b)]
    return speaking[max(beginnings, key=len)] if beginnings else None


def _figure(text: str) -> tuple[int | None, int | None, int | None, str | None]:
    if text == "?":
        return None, None, None, "unquantified"
    if "/" in text:
        low, best, high = (None if part == "-" else int(part) for part in text.split("/"))
        return low, best, high, None
    if text.endswith("+"):
        return int(text[:-1]), None, None, "vague"
    if "-" in text:
        bottom, top = text.split("-")
        return int(bottom), None, int(top), "between"
    sign, digits = re.fullmatch(r"(\D*)(\d+)", text).groups()  # type: ignore[union-attr]
    n = int(digits)
    bounds = {
        "": (n, n, n),
        "~": (None, n, None),
        ">=": (n, n, None),
        ">": (n, n, None),
        "<": (None, n, n),
        "<=": (None, None, n),
    }
    return *bounds[sign], QUALIFIERS.get(sign, "exact")


def _answer(text: str) -> list[Expected]:
    return [] if text == "none" else [_expected(row) for row in text.split("; ")]


def _expected(text: str) -> Expected:
    label, _, answer = text.rpartition(": ")
    figure, *flags = answer.split(" ", 1)
    numbers = [int(n) for n in figure.split("/")]
    low, best, high = numbers if len(numbers) == 3 else numbers * 3
    counts = dict(re.findall(r"\b([oip])(\d+)", flags[0] if flags else ""))
    cells = re.search(r"\((\d+) cells\)", answer)
    return Expected(
        label=frozenset(label.replace("ALL", "all").split()),
        low=low,
        best=best,
        high=high,
        open_ended=int(counts.get("o", 0)),
        imputed=int(counts.get("i", 0)),
        incomplete=int(counts.get("p", 0)),
        cells=int(cells[1]) if cells else 1,
    )


CASES = read((Path(__file__).parent / "reconcile_cases.txt").read_text())
