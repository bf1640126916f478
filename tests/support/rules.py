"""Small worlds, calculated by hand from reconcile-rules.md, for rules that the reference cases do not cover.

Their world: camps x, y and top; m is a member of y from 1 to 5 October 2020 only; mem and mem2 are members of top,
sub of mem. Claimants: x… y… m… top… mem2… sub… speak for sides, t… u… v… for none. `over` ended on 10 November 2020,
`phase` is a part of `war`. Events are in `war` (exception: `nest` is in `tree`).

An answer has rows separated by `;`, each `[group] low/best/high` (one number when all are equal). `o i p d` count the
cells that are open-ended, imputed, incomplete and disputed. The exclusions follow after `|`.
"""

from typing import NamedTuple

from api.reconciling.record import Claim, Conflict, Event, Membership, Relation, Side, World, make_world
from tests.reconciling.cases import HARMS, STATUSES, parse_figure, parse_place
from tests.support.recorded import Recorded

SPEAKING: dict[str, str | None] = {"x": "x", "y": "y", "m": "m", "top": "top", "mem2": "mem2", "sub": "sub"}
DAYS = {
    "e0": "2020-09-30", "e1": "2020-10-01", "e5": "2020-10-05", "e6": "2020-10-06", "a": "2020-10-03",
    "b": "2020-10-04", "c": "2020-10-05", "thu": "2020-12-31", "fri": "2021-01-01", "sun": "2021-01-03",
    "mon": "2021-01-04", "old": "2018-12-31", "leap": "2024-02-29",
}  # fmt: skip
KNOWN: World = make_world(
    [Conflict("war", None, None, ("x", "y")), Conflict("phase", "war"),
     Conflict("over", None, "2020-11-10", ("x", "y")), Conflict("tree", None, None, ("x", "top"))],
    [Side("x"), Side("y"), Side("m", (Membership("y", "2020-10-01", "2020-10-05"),)), Side("top"),
     Side("mem", (Membership("top"),)), Side("mem2", (Membership("top"),)), Side("sub", (Membership("mem"),))],
    [*(Event(name, "war", day, day, ("x", "y", "m") if name[0] == "e" else ("x", "y")) for name, day in DAYS.items()),
     Event("nest", "tree", "2020-10-01", "2020-10-01", ("x", "top")),
     Event("long", "war", "2020-09-30", "2020-10-02", ("x", "y"))],
)  # fmt: skip


class Rule(NamedTuple):
    title: str
    lines: list[str]
    asked: dict[str, str]  # question → answer

    @property
    def recorded(self) -> Recorded:
        told = [parse_line(line) for line in self.lines]
        return Recorded(KNOWN, [claim for claim, _ in told], [r for _, relations in told for r in relations])


FIELDS = {
    "at": "stated_time", "by": "responsible_side", "rel": "reliability", "sex": "victim_sex", "age": "victim_age",
    "kind": "kind", "to": "covers_to", "part": "part",
}  # fmt: skip
RELATIONS = ("supersedes", "includes", "same_as")


def parse_line(line: str) -> tuple[Claim, list[Relation]]:
    """Return a claim and its relations. A line has the form of a case, with `field=value` for further fields."""
    name, claimant, stated, subject, harm, figure, place, *rest = line.split()
    day = None if stated == "undated" else f"20{stated}"
    side, _, status = subject.partition(".")
    options = dict(word.partition("=")[::2] for word in rest)
    measure, event, first, last = parse_place(place)
    low, best, high, qualifier = parse_figure(figure)
    taken_back, _, gone_on = options.get("retracted", "").partition("@")
    claim = Claim(
        id=name,
        kind="casualty",
        conflict=KNOWN.events[event].conflict if event else next((w for w in rest if w in KNOWN.conflicts), "war"),
        event=event,
        claimant=claimant,
        claimant_side=find_speaker(claimant),
        subject_side=None if side == "all" else side,
        harm=HARMS[harm],
        measure=measure,
        stated_on=day,
        stated_last=day,
        victim_status=STATUSES[status],
        covers_from=first,
        covers_to=last,
        low=low,
        best=best,
        high=high,
        qualifier=qualifier,
        retracted_by=(taken_back or "editor") if "retracted" in options else None,
        retracted_on=gone_on or None,
        credibility=int(options["cred"]) if "cred" in options else None,
        sources=(f"source-{name}",),
    )
    claim = claim._replace(**{field: options[word] for word, field in FIELDS.items() if word in options})
    return claim, [parse_relation(kind, name, options[kind]) for kind in RELATIONS if kind in options]


def find_speaker(claimant: str) -> str | None:
    beginnings = [beginning for beginning in SPEAKING if claimant.startswith(beginning)]
    return SPEAKING[max(beginnings, key=len)] if beginnings else None


def parse_relation(kind: str, claim: str, target: str) -> Relation:
    about, _, day = target.partition("@")
    return Relation(kind, claim, about, day or None)


ROLLING = [
    "a x 20-10-01 x k 1 @a",
    "b x 20-10-03 x k 2 @a supersedes=a",
    "c x 20-10-05 x k 4 @a supersedes=b",
]
NESTED = ["a t 20-10-05 top k 9 @nest", "b u 20-10-05 mem k 7 @nest", "c sub 20-10-05 sub k 5 @nest"]
SPLIT = [
    "a t 20-10-05 x k 10 @a",
    "b t 20-10-05 x k 4 @a sex=woman",
    "c t 20-10-05 x k 3 @a age=child",
    "d t 20-10-05 x k 2 @a sex=woman age=child",
    "e u 20-10-05 x k 5 @a sex=man",
]
BLAMED = [
    "a t 20-10-05 x k 10 @a by=y",
    "b u 20-10-05 x k 12 @a by=x",
    "c x 20-10-05 x k 11 @a",
    "d y 20-10-05 x k ? @a kind=denial",
    "f t 20-10-05 x k 3 @b by=y",
]
CHAIN = ["a t 20-10-10 x k 1 @a", "b t 20-10-10 x k 2 @b includes=a", "c t 20-10-10 x k 4 @c includes=b"]

RULES = [
    Rule(
        "a member counts in its coalition only while it is one",
        [
            "m0 m 20-10-10 m k 1 @e0", "m1 m 20-10-10 m k 10 @e1", "m5 m 20-10-10 m k 100 @e5",
            "m6 m 20-10-10 m k 1000 @e6", "y0 y 20-10-10 y k 2 @e0", "y1 y 20-10-10 y k 20 @e1",
            "y6 y 20-10-10 y k 2000 @e6", "n0 m 20-10-10 y k 7 @e0", "n1 m 20-10-10 y k 25 @e1",
        ],
        {
            "group_by=event,subject_side": "e0 m 1; e0 y 2/2/7 d1; e1 y 20/20/25 d1; e5 y 100; e6 m 1000; e6 y 2000"
            " | m1=included_in",
            "group_by=event,subject_side&policy=opposing_side": "e0 y 7 d1 | m0=not_picked m1=not_picked"
            " m5=not_picked m6=not_picked n1=not_picked y0=not_picked y1=not_picked y6=not_picked",
            "subject_side=RULE-m&group_by=event": "e0 1; e1 10; e5 100; e6 1000"
            " | n0=filtered n1=filtered y0=filtered y1=filtered y6=filtered",
        },
    ),
    Rule(
        "nothing is missing where all that was asked about has a figure, be it no side of the event",
        ["a t 20-10-05 top k 9 @a", "b t 20-10-05 x k 4 @a"],
        {"subject_side=RULE-top": "9 | b=filtered", "subject_side=RULE-top,RULE-x": "13", "": "13 p1"},
    ),
    Rule(
        "three statements in a row, each day with its own",
        ROLLING,
        {
            "as_of=2020-09-30": "a=later b=later c=later",
            "as_of=2020-10-02": "1 p1 | b=later c=later",
            "as_of=2020-10-04": "2 p1 | a=superseded c=later",
            "": "4 p1 | a=superseded b=superseded",
        },
    ),
    Rule(
        "a correction that its claimant took back no longer corrects",
        [*ROLLING[:2], "c x 20-10-05 x k 4 @a supersedes=b retracted=claimant@2020-10-08"],
        {"as_of=2020-10-07": "4 p1 | a=superseded b=superseded", "as_of=2020-10-08": "2 p1 | a=superseded c=retracted"},
    ),
    Rule(
        "a correction that an editor took back never corrected",
        [ROLLING[0], "b x 20-10-03 x k 2 @a supersedes=a retracted", ROLLING[2]],
        {"as_of=2020-10-04": "1 p1 | b=retracted c=later", "": "4 p1 | a=superseded b=retracted"},
    ),
    Rule(
        "a relation has its own day",
        [ROLLING[0], "c xb 20-10-05 x k 4 @a supersedes=a@2020-10-09"],
        {"as_of=2020-10-06": "1/1/4 p1 d1", "as_of=2020-10-09": "4 p1 | a=superseded"},
    ),
    Rule(
        "an undated correction is not yet known on any day",
        [ROLLING[0], "b x undated x k 2 @a supersedes=a"],
        {"": "2 p1 | a=superseded", "as_of=2020-12-31": "1 p1 | b=undated"},
    ),
    Rule(
        "a chain of repetitions is one statement",
        ["a x 20-10-01 x k 3 @a", "b t 20-10-02 x k 9 @a same_as=a", "c u 20-10-03 x k 9 @a same_as=b"],
        {"": "3 p1 | b=same_as c=same_as", "as_of=2020-10-02": "3 p1 | b=same_as c=later"},
    ),
    Rule(
        "what repeats a record that was withdrawn was said none the less",
        ["a x 20-10-01 x k 3 @a retracted", "b t 20-10-02 x k 9 @a same_as=a"],
        {"": "9 p1 | a=retracted", "as_of=2020-10-01": "a=retracted b=later"},
    ),
    Rule(
        "so it was where the repetition is about another event",
        ["a x 20-10-01 x k 3 @a retracted", "b t 20-10-02 x k 9 @b same_as=a"],
        {"": "9 p1 | a=retracted", "group_by=event": "b 9 p1 | a=retracted"},
    ),
    Rule(
        "of two repetitions of a record that was withdrawn one stands for it",
        ["a x 20-10-01 x k 3 @a retracted", "b t 20-10-02 x k 9 @a same_as=a", "c u 20-10-03 x k 8 @a same_as=b"],
        {"": "9 p1 | a=retracted c=same_as"},
    ),
    Rule(
        "what replaced a record that was withdrawn replaces its repetition, too",
        [
            "a x 20-10-01 x k 3 @a retracted", "b t 20-10-02 x k 9 @a same_as=a",
            "c x 20-10-03 x k 4 @a supersedes=a",
        ],
        {"": "4 p1 | a=retracted b=superseded"},
    ),
    Rule(
        "of three periods the middle one gives way, and the two others do not meet",
        [
            "p1 x 20-11-01 x k 1 20-10-01..20-10-05", "p2 x 20-11-01 x k 2 20-10-05..20-10-08",
            "p3 x 20-11-01 x k 4 20-10-08..20-10-14",
        ],
        {"": "5 p2 | p2=period_overlap"},
    ),
    Rule(
        "a phase's period and an incident of the whole war cross: the higher stays, all sides' or not (rules 9 and 12)",
        ["p t 20-11-01 all k 100 20-10-01..20-10-05 phase", "i x 20-10-03 x k 3 @a"],
        {"": "100 | i=period_overlap", "group_by=subject_side": "all 100; x 3"},
    ),
    Rule(
        "who is not heard displaces nothing",
        ["p y 20-11-01 x k 100 20-10-01..20-10-05", "i x 20-10-03 x k 3 @a"],
        {
            "": "100 p1 | i=included_in",
            "policy=opposing_side": "100 p1 | i=not_picked",
            "policy=own_side": "3 p1 | p=not_picked",
        },
    ),
    Rule(
        "of one day the later hour stands, and an unknown hour comes first",
        [
            "a x 20-10-03 x k 5 @a at=19:00", "b x 20-10-03 x k 9 @a at=08:00", "c t 20-10-03 x k 7 @a",
            "d u 20-10-03 x k 6 @a at=20:00",
        ],
        {"policy=latest": "6 p1 d1 | a=not_picked b=superseded c=not_picked", "": "5/6/7 p1 d1 | b=superseded"},
    ),
    Rule(
        "a tie of latest statements is an envelope",
        ["a t 20-10-03 x k 9 @a", "b u 20-10-03 x k 1 @a", "c v 20-09-01 x k 100 @a"],
        {"policy=latest": "1/1/9 p1 d1 | c=not_picked"},
    ),
    Rule(
        "women and children count where they are asked for",
        SPLIT,
        {
            "": "10 p1 | b=other_scope c=other_scope d=other_scope e=other_scope",
            "group_by=victim_sex": "any 10 p1; man 5 p1; woman 4 p1 | c=other_scope d=other_scope",
            "group_by=victim_sex,victim_age": "any any 10 p1; any child 3 p1; man any 5 p1; woman any 4 p1;"
            " woman child 2 p1",
            "victim_sex=woman": "4 p1 | a=filtered c=filtered d=other_scope e=filtered",
            "victim_sex=woman&victim_age=child": "2 p1 | a=filtered b=filtered c=filtered e=filtered",
            "victim_sex=woman,man": "man 5 p1; woman 4 p1 | a=filtered c=filtered d=other_scope",
        },
    ),
    Rule(
        "camps within camps",
        NESTED,
        {
            "": "9 p1 | b=other_scope c=other_scope",  # the claims of mem and sub about mem are not compared here
            "group_by=subject_side": "top 9 | b=other_scope c=other_scope",
            "subject_side=RULE-mem": "5/5/7 d1 | a=filtered",
            "subject_side=RULE-sub": "5 | a=filtered b=filtered",
            "policy=own_side": "5 p1 | a=not_picked b=not_picked",
        },
    ),
    Rule(
        "members of members are added",
        ["c sub 20-10-05 sub k 5 @nest", "d mem2 20-10-05 mem2 k 3 @nest"],
        {"": "8 p1", "group_by=subject_side": "top 8", "subject_side=RULE-mem": "5 | d=filtered"},
    ),
    Rule(
        "a sum is graded as its worst part and as old as its oldest",
        [
            "a t 20-10-09 x.civ k 6 @a rel=A", "b u 20-10-03 x.mil k 7 @a rel=D", "c v 20-10-05 x k 9 @a rel=C",
            "d t 20-10-09 x.civ k 6 @b rel=A", "e u 20-10-03 x.mil k 7 @b rel=B", "f v 20-10-05 x k 9 @b rel=C",
        ],
        {
            "policy=best_graded&group_by=event": "a 9 p1 d1; b 13 p1 d1"
            " | a=not_picked b=not_picked f=not_picked",
            "policy=latest&event=RULE-a": "9 p1 d1 | a=not_picked b=not_picked",
        },
    ),
    Rule(
        "equal grades are an envelope; F and none are one grade, above D",
        [
            "a t 20-10-05 x k 1 @a rel=F cred=6", "b u 20-10-05 x k 2 @a", "c v 20-10-06 x k 4 @a rel=D cred=1",
            "d x 20-10-06 x k 8 @a cred=4",
        ],
        {"policy=best_graded": "1/1/2 p1 d1 | c=not_picked d=not_picked"},
    ),
    Rule(
        "totals may end three days apart, not four, while nobody knows when they start (rule 4)",
        [
            "a t 20-10-05 x k 1 cum over", "b u 20-10-08 x k 5 cum over", "c v 20-10-04 x k 9 cum over",
        ],
        {
            "basis=totals": "1/1/5 p1 d1 | c=older_total",
            "basis=totals&policy=highest": "5 p1 d1 | a=not_picked c=older_total",
        },
    ),
    Rule(
        "a total covers to its statement, or to the end of the conflict",
        [
            "a t 20-11-12 x k 1 cum over", "b u 21-05-01 x k 5 cum over", "c v 20-11-07 x k 7 cum over",
            "d x 20-11-06 x k 9 cum over", "e w 21-05-01 x k 6 cum over to=2020-10-01",
        ],
        {"basis=totals": "1/5/7 p1 d1 | d=older_total e=older_total"},
    ),
    Rule(
        "rows by the side that is blamed",
        BLAMED,
        {
            "": "13/14/15 p2 d1 | d=not_a_figure",
            "group_by=responsible_side": "x 12 p1; y 13 p2; - 11 p1 | d=not_a_figure",
            "responsible_side=RULE-y": "13 p2 | b=filtered c=filtered d=not_a_figure",
            "group_by=responsible_side&policy=own_side": "- 11 p1 | a=not_picked b=not_picked d=not_a_figure"
            " f=not_picked",
        },
    ),
    Rule(
        "weeks, quarters and years at the turn of a year",
        [f"c{n} t 25-01-01 x k {2**n} @{event}" for n, event in enumerate(("thu", "fri", "sun", "mon", "old", "leap"))],
        {
            "group_by=week": "2019-W01 16 p1; 2020-W53 7 p3; 2021-W01 8 p1; 2024-W09 32 p1",
            "group_by=quarter": "2018-Q4 16 p1; 2020-Q4 1 p1; 2021-Q1 14 p3; 2024-Q1 32 p1",
            "group_by=year,month": "2018 2018-12 16 p1; 2020 2020-12 1 p1; 2021 2021-01 14 p3; 2024 2024-02 32 p1",
        },
    ),
    Rule(
        "an event or period of two months is in neither, and counts on the day it begins (rules 18 and 19)",
        ["a t 20-12-01 x k 3 @long", "p t 20-12-01 y k 4 20-09-30..20-10-02"],
        {
            "group_by=month": "- 7 p2",
            "group_by=month&from=2020-09-30&to=2020-09-30": "- 7 p2",
            "from=2020-10-02": "a=began_before p=began_before",
            "from=2020-10-03": "a=filtered p=filtered",
        },
    ),
    Rule(
        "what is contained stays contained when what is between is not asked about",
        CHAIN,
        {
            "": "4 p1 | a=included_in b=included_in",
            "event=RULE-a,RULE-b": "2 p1 | a=included_in c=filtered",
            "event=RULE-a,RULE-c": "4 p1 | a=included_in b=filtered",
            "event=RULE-a": "1 p1 | b=filtered c=filtered",
        },
    ),
    Rule(
        "a figure of all sides contains what that of one side does, and one side's what all sides' does",
        [
            "a v 20-10-10 x k 1 @a", "b t 20-10-10 x k 2 @b includes=a", "c u 20-10-10 all k 9 @b",
            "d y 20-10-10 y k 5 @c", "e t 20-10-10 all k 7 @e6 includes=d", "f y 20-10-10 y k 6 @e6",
        ],
        {
            "claimant=RULE-u,RULE-v&event=RULE-a,RULE-b": "9 | a=included_in b=not_heard",
            "policy=own_side&event=RULE-c,RULE-e6": "6 p1 | d=included_in e=not_picked",
        },
    ),
    Rule(
        "what may not share people is added, whatever includes it; a part is no complete figure (rules 8 and 12)",
        [
            "a x 20-10-10 x k 1 @b", "b t 20-10-10 y k 2 @b includes=a", "c x 20-10-10 x k 4 @c includes=b",
            "d x 20-10-10 x k 8 @e5", "f t 20-10-10 y k 16 @e5 includes=d",
        ],
        {
            "event=RULE-b,RULE-c": "6 p2 | a=included_in",
            "event=RULE-b,RULE-c&policy=own_side": "4 p1 | a=included_in b=not_picked",
            "event=RULE-e5&group_by=subject_side": "x 8 p1; y 16",
        },
    ),
    Rule(
        "what is contained stays contained when what is between is of another harm, or a running total",
        [
            "a t 20-10-10 x k 1 @a", "b t 20-10-10 x kw 2 @b includes=a", "c t 20-10-10 x k 4 @c includes=b",
            "d t 20-10-10 x w 1 @a", "e t 20-10-10 x w 2 cum includes=d", "f t 20-10-10 x w 4 @c includes=e",
        ],
        {
            "": "injured 4 p1; 4 p1; killed_or_injured 2 p1 | a=included_in d=included_in e=cumulative",
            "harm=killed": "4 p1 | a=included_in b=filtered",
        },
    ),
    Rule(
        "a part beside the whole is no complete sum, whatever statuses are asked for",
        ["a t 20-10-05 x k 9 @a", "b u 20-10-05 x.civ k 3 @a"],
        {
            "victim_status=any,civilian": "9 p1 | b=other_scope",
            "victim_status=any,civilian&group_by=victim_status": "any 9 p1; civilian 3 p1",
            "victim_status=civilian": "3 p1 | a=filtered",
        },
    ),
    Rule(
        "about is ten percent either way, nearly ten below; what only touches does not contradict",
        [
            "a t 20-10-05 x k ~100 @a", "b u 20-10-05 x k 90 @a", "c t 20-10-05 x k ~100 @b", "d u 20-10-05 x k 89 @b",
            "e t 20-10-05 x k <100 @c", "f u 20-10-05 x k 90 @c", "g t 20-10-05 x k <100 @e6",
            "h u 20-10-05 x k 89 @e6",
            "i t 20-10-05 x k ~30 @thu", "j u 20-10-05 x k 33 @thu", "k t 20-10-05 x k ~30 @fri",
            "l u 20-10-05 x k 34 @fri", "m t 20-10-05 x k <100 @sun", "n u 20-10-05 x k 101 @sun",
        ],
        {
            "group_by=event": "a 90/90/100 i1 p1; b 89/89/100 i1 p1 d1; c 90/90/100 i1 p1; e6 89/89/100 i1 p1 d1;"
            " fri 30/30/34 i1 p1 d1; sun 100/100/101 i1 p1 d1; thu 30/30/33 i1 p1",
        },
    ),
    Rule(
        "a range that is out of order reaches from end to end, and an incomplete sum has no upper end",
        [
            "a t 20-10-05 x k 7/7/6 @a", "b u 20-10-05 x k 6 @a", "c t 20-10-05 all k 20 @b", "d x 20-10-05 x k 25 @b",
            "e t 20-10-05 all k >=20 @c", "f x 20-10-05 x k 25 @c", "g t 20-10-05 all k 100 @e6",
            "h x 20-10-05 x.civ k 90 @e6",
            "i y 20-10-05 y k 20 @e6",
        ],
        {
            "group_by=event": "a 6 p1; b 20/20/25 d1; c 20/20/25 o1 i1; e6 100/100/110 d1",
        },
    ),
    Rule(
        "a sum of totals of different days is no complete one, and heard where it is higher (rules 11 and 13)",
        ["a t 20-11-10 all k 90 cum over", "b x 20-10-01 x k 40 cum over", "c y 20-11-10 y k 70 cum over"],
        {"basis=totals": "90/90/110 d1", "basis=totals&policy=own_side": "110 p1 d1 | a=not_picked"},
    ),
    Rule(
        "what stood beside the whole that was replaced goes with it, what came after stays",
        [
            "a x 20-10-03 x k 9 @a", "b x 20-10-03 x.civ k 4 @a", "c xb 20-10-05 x k 7 @a supersedes=a",
            "d x 20-10-06 x.mil k 5 @a",
        ],
        {
            "": "7 p1 | a=superseded b=superseded d=other_scope",
            "as_of=2020-10-04": "9 p1 | b=included_in c=later d=later",
            "group_by=victim_status": "any 7 p1; member_of_armed_forces 5 p1 | a=superseded b=superseded",
        },
    ),
    Rule(
        "one newer part does not replace a whole, both do",
        [
            "a t 20-10-05 x k 100 @a", "b t 20-10-06 x.civ k 30 @a", "c t 20-10-05 x.mil k 80 @a",
            "d t 20-10-05 x k 100 @b", "e t 20-10-06 x.civ k 30 @b", "f t 20-10-07 x.mil k 80 @b",
            "g t 20-10-05 x k 100 @c at=10:00", "h t 20-10-05 x.civ k 30 @c at=11:00", "i t 20-10-05 x.mil k 80 @c",
        ],
        {"group_by=event,subject_side": "a x 100; b x 110; c x 100 | b=included_in c=included_in d=superseded"
         " h=included_in i=included_in"},
    ),
    Rule(
        "a tie of one day goes to what ends later, then to the higher, then to the higher id (rule 7)",
        [
            "a x 20-10-05 x k 9 cum to=2020-10-01 over", "b x 20-10-05 x k 5 cum to=2020-10-04 over",
            "c y 20-10-05 y k 7 cum over", "d y 20-10-05 y k 8 cum over", "e t 20-10-05 all.civ k 6/6/9 cum over",
            "f t 20-10-05 all.civ k 6 cum over",
        ],
        {
            "basis=totals&group_by=subject_side": "all 6 p1; x 5; y 8 | a=superseded c=superseded e=superseded",
        },
    ),
    Rule(
        "who is not heard replaces nothing of his own, but what a relation replaced stays replaced (rules 5 to 7)",
        [
            "a x 20-10-03 x k 2 @a", "b x 20-10-04 x k 3 @a", "c t 20-10-04 x k 4 @a supersedes=d",
            "d u 20-10-03 x k 5 @a",
        ],
        {
            "stated_to=2020-10-03": "2 p1 | b=not_heard c=not_heard d=superseded",
            "claimant=RULE-u": "a=not_heard b=not_heard c=not_heard d=superseded",
            "": "3/3/4 p1 d1 | a=superseded d=superseded",
        },
    ),
    Rule(
        "a lone zero is a figure, and against a figure it has no ratio",
        ["a x 20-10-03 x k 0 @a", "b t 20-10-03 x k 5 @a", "c x 20-10-03 x k 0 @b"],
        {"group_by=event": "a 0/0/5 p1 d1; b 0 p1", "policy=lowest": "0 p2 d1 | b=not_picked"},
    ),
    Rule(
        "a part that equals the whole says nothing against it",
        ["a t 20-10-05 all k 12 @a", "b x 20-10-05 x k 12 @a", "c t 20-10-05 x k 5 @b", "d u 20-10-05 x.civ k 5 @b"],
        {"group_by=event": "a 12; b 5 p1 | b=other_scope d=other_scope"},
    ),
    Rule(
        "of crossing periods the higher stays; of two of the same days the phase's is inside (rules 9 and 12)",
        [
            "p1 x 20-11-01 x k 1 20-10-01..20-10-05", "p2 x 20-11-01 x k 4 20-10-04..20-10-14",
            "q1 y 20-11-01 y k 8 20-10-03..20-10-06", "q2 y 20-11-01 y k 16 20-10-01..20-10-04",
            "r2 x 20-11-01 x w 32 20-10-01..20-10-04 phase", "r1 x 20-11-01 x w 64 20-10-01..20-10-04",
        ],
        {"": "injured 64 p1; 20 p2 | p1=period_overlap q1=period_overlap r2=included_in"},
    ),
]  # fmt: skip
