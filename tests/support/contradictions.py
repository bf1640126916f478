"""Documents that may contradict themselves or the records that they refer to, and the fields with the contradictions.

The rules are written here a second time: they come from the codebook and the pages for editors, not from the code.
Each field of a document is drawn by itself. Most values are good, so that about half of the documents are good.
"""

import datetime
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.support.worlds import SMALL, Document, World, claim

GONE = {"status": "retracted", "status_reason": "Entered by mistake."}
CLAIMS = [f"pool-{number:03}" for number in range(150)]  # reports and relations refer to these
#: The small world, one retracted record of each type, and claims for reports and relations.
RECORDS: World = {
    **SMALL,
    "sides": [*SMALL["sides"], {"id": "gone-side", "name": "Gone side", **GONE}],
    "conflicts": [*SMALL["conflicts"], {"id": "gone-war", "name": "Gone war", **GONE}],
    "claimants": [*SMALL["claimants"], {"id": "gone-voice", "name": "Gone voice", **GONE}],
    "sources": [
        *SMALL["sources"],
        {"id": "gone-paper", "publisher": "Gone paper", **GONE},
        *({"id": f"paper-{number:02}", "publisher": f"Paper number {number}"} for number in range(60)),
    ],
    "events": [
        *SMALL["events"],
        {"id": "gone-event", "name": "Gone event", "conflict": "war", "type": "Battles", "started_on": "2020-03-01",
         "ended_on": "2020-03-01", **GONE},
    ],
    "claims": [*SMALL["claims"], *(claim(id, claimant="observers", part=id) for id in CLAIMS)],
    "reports": [*SMALL["reports"], *({"id": f"{id}-in-wire", "claim": id, "source": "wire"} for id in CLAIMS)],
}  # fmt: skip
SLUG = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
SUB_TYPES = {
    "Battles": {"Armed clash", "unknown"},
    "Statement": {"Declaration", "unknown"},
    "Explosions/Remote violence": {"Grenade", "unknown"},
}
COUNTRIES = ["ALB", "XKX", "SUN", None]
EARLY, NOT_A_PARTY = "stated_early", "not_a_party"
SAME_AS, RINGS = "same_as", ("includes", "supersedes")
#: Each conflict with its ancestors.
LINES = {
    "war": ["war"], "war-first": ["war", "war-first"], "war-first-north": ["war", "war-first", "war-first-north"],
    "other": ["other"],
}  # fmt: skip
EVENTS = {
    "clash": ("war-first-north", "2020-03-01"), "shelling": ("war", "2020-05-10"),
    "vow": ("war-first", "2020-06-30"),
    "gone-event": ("war", "2020-03-01"),
}  # fmt: skip
#: The first day of each conflict, and the day after the last.
CONFLICT_DAYS = {"war": ("2020-01-01", "9"), "war-first": ("2020-01-01", "2020-07-01")}
STARTS = {"war": "2020-01-01", "war-first": "2020-01-01", "war-first-north": "2020-03-01", "other": None}


@dataclass
class Stored:
    """The parts of the database that a new document may contradict."""

    ids: dict[str, set[str]] = field(default_factory=lambda: {
        record_type: {record["id"] for record in records} for record_type, records in RECORDS.items()
    })  # fmt: skip
    relations: set[tuple[str, str, str]] = field(default_factory=lambda: {
        (one["claim"], one["kind"], one["target"]) for one in RECORDS["relations"]
    })  # fmt: skip
    links: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: _find_links())
    carried: set[tuple[str, str]] = field(default_factory=lambda: {
        (report["claim"], report["source"]) for report in RECORDS["reports"] if is_active(report)
    })  # fmt: skip

    def add(self, record_type: str, id: str, sent: Document) -> None:
        self.ids[record_type].add(id)
        if record_type == "relations":
            self.relations.add((sent["claim"], sent["kind"], sent["target"]))
            if is_active(sent):
                self.links[sent["kind"]].add((sent["claim"], sent["target"]))
        if record_type == "reports" and is_active(sent):
            self.carried.add((sent["claim"], slug_of(sent["source"])))


def _find_links() -> dict[str, set[tuple[str, str]]]:
    links: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for relation in RECORDS["relations"]:
        if is_active(relation):
            links[relation["kind"]].add((relation["claim"], relation["target"]))
    return links


def is_active(document: Document) -> bool:
    return bool(document.get("status", "active") == "active")


def slug_of(reference: Any) -> Any:
    return reference.get("id") if isinstance(reference, dict) else reference


# Documents -----------------------------------------------------------------------------------------------------------


class Draw(NamedTuple):
    """Draws values of fields. A few of the values are wrong."""

    chance: random.Random

    def one(self, good: Iterable[Any], wrong: Iterable[Any] = (), often: float = 0.03) -> Any:
        wrong = list(wrong)
        return self.chance.choice(wrong if wrong and self.chance.random() < often else list(good))

    def is_drawn(self, often: float) -> bool:
        return self.chance.random() < often

    def day(self) -> Any:
        return self.one(
            ["2020-01-01", "2020-03-02", "2020-03-03", "2020-06-30", "2020-12-31", "1990-05-01"],
            ["2020-02-30", "2020-1-1", "2062-05-03", "1799-12-31", "", 20200101, "2020-13-01"],
        )

    def days(self, first: str, last: str) -> Document:
        """Return both days. The last day is often the first day, and rarely before it."""
        began, ended = self.day(), self.day()
        if self.is_drawn(0.8) and isinstance(began, str) and isinstance(ended, str):
            began, ended = sorted([began, ended])
        return {first: began, last: began if self.is_drawn(0.3) else ended}

    def side(self) -> Any:
        return self.one(
            ["alpha", "red", "red-north", {"id": "alpha", "name": "Alpha"}],
            ["nowhere", "gone-side", "Red Camp", "", 7, {"id": "alpha", "name": "Beta"}, {"name": "Alpha"}],
        )

    def conflict(self) -> Any:
        return self.one(
            ["war", "war-first", {"id": "war", "name": "The war"}],
            ["nowhere", "gone-war", "The war", 7, {"id": "war", "name": "A peace"}],
        )

    def entry(self, more: Document) -> Document:
        """Return an entry of a list of sides, with `side`, or with `id` and `name` as in answers."""
        side = self.side()
        return (side if isinstance(side, dict) else {"side": side}) | more

    def grade(self, most: int) -> Any:
        return self.one([1, 1, *range(2, most + 1)], [0, most + 1, "1", 1.5, True])

    def some(self, document: Document, often: float = 0.5) -> Document:
        """Return the document with some of its fields."""
        return {name: value for name, value in document.items() if self.is_drawn(often)}


def draw_document(record_type: str, number: str, chance: random.Random, stored: Stored) -> Document:
    draw = Draw(chance)
    document = DRAWN[record_type](draw, number)
    document |= draw_status(draw, record_type)
    if draw.is_drawn(0.95):
        ids = sorted(RECORDS[record_type][n]["id"] for n in range(3))
        document["id"] = draw.one([f"x-{number}"], [*ids, "none", "all", "Bad Id", "", "a--b", "a" * 161], 0.06)
    elif record_type in NAMED and draw.is_drawn(0.5):
        document |= NAMED[record_type]
    if draw.is_drawn(0.02):
        document["colour"] = "red"
    if draw.is_drawn(0.02) and (required := sorted(REQUIRED[record_type] & document.keys())):
        del document[chance.choice(required)]
    return document


def draw_status(draw: Draw, record_type: str) -> Document:
    if draw.is_drawn(0.8):
        odd = {"status_reason": "It is not."} if draw.is_drawn(0.03) else {}
        return odd | (
            draw.some({"status_by": "editor", "status_on": "2020-12-31"}, 0.02) if record_type == "claims" else {}
        )
    status = draw.one(["active", "retracted", "withdrawn", "superseded"], ["gone", None], 0.05)
    document = {"status": status, "status_reason": draw.one(["Wrong."], ["", "  "], 0.1)}
    if status == "active" and draw.is_drawn(0.8):
        document["status_reason"] = ""
    if record_type == "claims" and status != "active":
        document |= draw.some({"status_by": draw.one(["claimant", "editor"], ["me"]), "status_on": draw.day()}, 0.3)
    return document


def draw_side(draw: Draw, number: str) -> Document:
    days = {"from_day": "1991-01-01", "to_day": draw.one(["1995-01-01", "1999-12-31"], ["1980-01-01", "soon"])}
    entries = [draw.entry(draw.some(days)) for _ in range(draw.chance.choice([0, 1, 1, 2]))]
    if draw.is_drawn(0.03):
        entries.append({"side": f"x-{number}"})
    if entries and draw.is_drawn(0.3):
        entries.append(entries[0] | {"from_day": draw.one(["2001-01-01", "1994-01-01"])})
    return {"name": draw.one([f"Side {number}"], ["", "  ", 7])} | draw.some({
        "kind": draw.one(["state", "coalition"], ["army", None]), "country": draw.one(COUNTRIES, ["ZZZ", "al", ""]),
        "aliases": draw.one([[], ["One"], ["One", "Two"]], [[""], "One", None]), "member_of": entries,
    })  # fmt: skip


def draw_conflict(draw: Draw, number: str) -> Document:
    sides = [draw.side() for _ in range(draw.chance.choice([0, 1, 1, 2]))]
    return {"name": draw.one([f"War {number}"], ["", 7])} | draw.some({
        **draw.days("started_on", "ended_on"), "date_precision": draw.grade(5), "sides": sides,
        "parent": draw.conflict() if draw.is_drawn(0.95) else f"x-{number}",
    })  # fmt: skip


def draw_claimant(draw: Draw, number: str) -> Document:
    name = draw.one([f"Voice {number}"], ["", "\u041ebservers", "Observers\u202e"], 0.08)
    kind = draw.one(["ministry", "ngo"], ["army", 3])
    return {"name": name} | draw.some({"kind": kind, "side": draw.side(), "affiliation": draw.side()})


def draw_source(draw: Draw, number: str) -> Document:
    address = draw.one(
        [f"https://example.org/{number}", None],
        ["ftp://example.org/a", "https://me@example.org/", "example.org", "x y"],
    )
    publisher = draw.one(["Paper", "Post"], ["", "\u0422imes, Weekly"], 0.06)
    return {"publisher": publisher, "title": f"Page {number}"} | draw.some({
        **draw.days("published_on", "published_until"), "published_precision": draw.grade(5), "url": address,
        "language": draw.one(["en", "az-Latn"], ["English!", ""]), "kind": draw.one(["report"], ["rumour"]),
        "reliability": draw.one(["A", "F", None], ["G", 1]),
    })  # fmt: skip


def draw_event(draw: Draw, number: str) -> Document:
    kind = draw.one(SUB_TYPES, ["Wars"])
    sub_type = draw.one(sorted(SUB_TYPES.get(kind, {"unknown"})), ["Declaration", "Grenade", "Dance"], 0.15)
    sides = [
        draw.entry({"role": draw.one(["target", "participant"], ["hero"])}) for _ in range(draw.chance.randrange(3))
    ]
    if sides and draw.is_drawn(0.1):
        sides.append(sides[0] | draw.one([{}, {"role": "unknown"}]))
    point = {
        "latitude": draw.one([0, -89.5, 40.5], [90.1, "40", True]),
        "longitude": draw.one([0, 179.9], [-180.5, "x"]),
    }
    about = {"name": f"Event {number}", "type": kind, "conflict": draw.conflict()}
    return about | draw.days("started_on", "ended_on") | (
        point if draw.is_drawn(0.4) else draw.some(point, 0.05)
    ) | draw.some({
        "sub_type": sub_type, "country": draw.one(COUNTRIES, ["ZZZ", "alb"]), "date_precision": draw.grade(5),
        "place_precision": draw.one([None, 1, 7], [0, 8]), "clarity": draw.one([1, 2], [3, 0]), "sides": sides,
        "admin1": draw.one(["North", ""], ["none"]), "place_aliases": draw.one([[], ["A", "B"]], [[7], "A"]),
        "violence": draw.one(["none", "one_sided"], ["some"]),
    })  # fmt: skip


def draw_claim(draw: Draw, number: str) -> Document:
    kind = draw.one(["casualty", "casualty", "casualty", "responsibility", "silence", "denial"], ["rumour"])
    figure = {"qualifier": "exact", "value": 20} if kind == "casualty" and draw.is_drawn(0.97) else {}
    about = {
        "conflict": draw.one(["war", "war-first", "war-first-north"], ["other", "nowhere", "gone-war", 7], 0.06),
        "claimant": draw.one(["observers", "red-army"], ["gone-voice", "nobody", None]),
        "kind": kind, "harm": draw.one(["killed", "injured"], ["sad", None]),
        "measure": draw.one(["cumulative", "cumulative", "incident", "period"], ["sum", None]),
        "part": f"part {number}",
        "reports": [{"source": draw.one(["times", "agency"], ["nowhere", "gone-paper"])}],
    }  # fmt: skip
    subject, flags = draw.one(["alpha", "red", "red-north"], ["hired", "gone-side"], 0.1), draw.one([[]], [["odd"]])
    if draw.is_drawn(0.03):
        about["reports"] = draw.one([[], [about["reports"][0]] * 2])
    document = about | figure | draw.days("covers_from", "covers_to") | draw.some({
        **draw.days("stated_on", "stated_until"), "stated_precision": draw.grade(5),
        "event": draw.one(["clash", "shelling", "vow", None], ["gone-event", "nothing"]),
        "stated_at": draw.one(["19:00", None], ["25:00", "7 pm"]),
        "responsible_side": draw.one(["alpha", "red"], ["hired", "nowhere"], 0.1),
        "victim_status": draw.one(["civilian", "any"], ["cat"]),
        "flags": draw.chance.sample([EARLY, NOT_A_PARTY, "derived"], 2) if draw.is_drawn(0.7) else flags,
    }) | draw.some({"subject_side": subject}, 0.7)  # fmt: skip
    return document | ({"flags": list_oddities(document)} if draw.is_drawn(0.8) else {})


def list_oddities(claim: Document) -> list[str]:
    """Return the flags that a claim needs. A claim with an invalid day is refused with any flags."""
    days = [claim.get(name) for name in ("stated_until", "stated_on", "covers_from", "covers_to")]
    stated, event = days[0] or days[1], EVENTS.get(claim.get("event") or "")
    is_readable = stated and all(day is None or is_day(day) for day in days) and is_slug(claim["conflict"])
    began = max(begun_by(claim, claim["conflict"], event), days[3] or "") if is_readable else ""
    is_early = began > (day_after(stated) if is_readable else "") and claim.get("kind") != "silence"
    strangers = {claim.get(name) for name in FITTING[2:]} & {"hired", "gone-side", "nowhere"}
    return [EARLY] * is_early + [NOT_A_PARTY] * bool(strangers)


def draw_report(draw: Draw, number: str) -> Document:
    sources = [f"paper-{n:02}" for n in range(60)]
    return {
        "claim": draw.one(CLAIMS, ["nothing", "gone-claim-no-more", "Not One", None], 0.05),
        "source": draw.one(sources, ["wire", "nowhere", "gone-paper", {"id": "wire", "name": "No wire"}], 0.15),
    } | draw.some({
        "reported_on": draw.day(), "harm": draw.one(["killed", None], ["sad"]), "phrase_lang": draw.one(["en"], ["?"]),
        "note": draw.one(["", "As told."], ["\u202e", 7]),
    })  # fmt: skip


def draw_relation(draw: Draw, number: str) -> Document:
    first = draw.one(CLAIMS, ["nothing", "Not One", 3])
    kinds = ["contradicts", "includes", "supersedes", "same_as", "denies", "distinct_from"]
    return {
        "claim": first, "kind": draw.one(kinds, ["loves", None]),
        "target": draw.one(CLAIMS, [first, "nothing", None], 0.08),
    } | draw.some(draw.days("stated_on", "stated_until"))  # fmt: skip


DRAWN = {
    "sides": draw_side, "conflicts": draw_conflict, "claimants": draw_claimant, "sources": draw_source,
    "events": draw_event, "claims": draw_claim, "reports": draw_report, "relations": draw_relation,
}  # fmt: skip
REQUIRED = {
    "sides": {"name"}, "conflicts": {"name"}, "claimants": {"name"}, "sources": {"publisher"},
    "events": {"name", "type", "conflict", "started_on", "ended_on"}, "claims": {"conflict", "claimant"},
    "reports": {"claim", "source"}, "relations": {"claim", "kind", "target"},
}  # fmt: skip
#: The values by which a new record without an id is the same as a stored one. The fault names the first field.
NAMED: dict[str, Document] = {
    "sides": {"name": "Alpha"},
    "conflicts": {"name": "The war"},
    "claimants": {"name": "Observers"},
    "sources": {"publisher": "=Wire", "title": "-3 dead", "published_on": None, "url": None},
    "events": {"name": "Clash at Ağdərə", "conflict": "war-first-north", "started_on": "2020-03-01"},
}


# Their contradictions ------------------------------------------------------------------------------------------------


def find_wrong_fields(record_type: str, sent: Document, stored: Stored) -> set[str]:
    """Return the fields with a fault. A field of a wrong form is not compared with other fields."""
    wrong = {name for name in sent if name == "colour"} | (REQUIRED[record_type] - sent.keys())
    wrong |= {name for name, value in sent.items() if not is_of_form(record_type, name, value)}
    wrong |= find_wrong_references(record_type, sent, wrong)
    right = {name: value for name, value in sent.items() if name not in wrong}
    if right.get("id") in stored.ids[record_type]:
        wrong.add("id")
    return wrong | {
        *find_wrong_status(right, wrong),
        *COMPARED[record_type](sent, right, wrong, stored),
        *find_copy(record_type, sent, right),
    }


def find_copy(record_type: str, sent: Document, right: Document) -> Iterator[str]:
    """Yield the field that the fault names if a record without an id is the same as a stored one."""
    same = NAMED.get(record_type)
    if same and "id" not in sent and not (sent.keys() & same.keys()) - right.keys():
        if all(right.get(name) == value for name, value in same.items()):
            yield next(iter(same))


def find_wrong_status(right: Document, wrong: set[str]) -> Iterator[str]:
    if "status" in wrong or "status_reason" in wrong:
        return
    reason = right.get("status_reason", "")
    if bool(reason) if is_active(right) else not reason.strip():
        yield "status_reason"


def is_of_form(record_type: str, name: str, value: Any) -> bool:
    """Return whether the field accepts the value, without regard to the other fields."""
    if name in LAST_DAYS or name in PAST_DAYS:
        nullable = not (record_type == "events" and name in REQUIRED[record_type])
        return (value is None and nullable) or is_day(value)
    if name == "id":
        return isinstance(value, str) and is_slug(value) and value not in ("none", "all")
    if name in ("sides", "member_of"):
        return all(map(is_entry, value))
    good = FORMS.get((record_type, name), FORMS.get(name))
    return good is None or good(value)


LAST_DAYS = {"ended_on", "published_until", "stated_until", "covers_to"}
PAST_DAYS = {"started_on", "published_on", "stated_on", "covers_from", "reported_on", "status_on"}


def is_day(value: Any) -> bool:
    try:
        return (
            isinstance(value, str) and len(value) == 10 and "1800" <= str(datetime.date.fromisoformat(value)) < "2026"
        )
    except ValueError:
        return False


def is_slug(value: Any) -> bool:
    return isinstance(value, str) and bool(SLUG.fullmatch(value)) and len(value) <= 160


def is_entry(entry: Any) -> bool:
    days = [entry.get(name) for name in ("from_day", "to_day")] if isinstance(entry, dict) else [None, None]
    if any(day is not None and not is_day(day) for day in days) or (all(days) and days[1] < days[0]):
        return False
    return not isinstance(entry, dict) or entry.get("role", "target") in ("target", "participant", "unknown")


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\u202e" not in value


def is_number(value: Any, most: float) -> bool:
    return type(value) in (int, float) and abs(value) <= most


def among(*values: Any) -> Any:
    return lambda value: any(value == one and type(value) is type(one) for one in values)


def grade_to(most: int, *more: Any) -> Any:
    return among(*range(1, most + 1), *more)


FORMS: dict[Any, Any] = {
    "name": is_text, "publisher": is_text, "country": among(*COUNTRIES), "date_precision": grade_to(5),
    "published_precision": grade_to(5), "stated_precision": grade_to(5), "place_precision": grade_to(7, None),
    "clarity": grade_to(2), "latitude": lambda value: is_number(value, 90),
    "longitude": lambda value: is_number(value, 180), "role": among("target", "participant"),
    "aliases": lambda value: isinstance(value, list) and all(map(is_text, value)),
    "place_aliases": lambda value: isinstance(value, list) and all(map(is_text, value)),
    "admin1": lambda value: value != "none", "violence": among("none", "one_sided"),
    "url": lambda value: value is None or (value.startswith("https://") and "@" not in value),
    "language": among("en", "az-Latn"), "phrase_lang": among("en"), "reliability": among("A", "F", None),
    "note": lambda value: isinstance(value, str) and "\u202e" not in value, "stated_at": among("19:00", None),
    "status": among("active", "retracted", "withdrawn", "superseded"), "status_by": among("claimant", "editor", None),
    "type": among(*SUB_TYPES), "sub_type": lambda value: value != "Dance", "victim_status": among("civilian", "any"),
    "harm": among("killed", "injured", None), "measure": among("cumulative", "incident", "period", None),
    "flags": lambda value: value != ["odd"], ("sides", "kind"): among("state", "coalition"),
    ("claimants", "kind"): among("ministry", "ngo"), ("sources", "kind"): among("report"),
    ("claims", "kind"): among("casualty", "responsibility", "silence", "denial"),
    ("relations", "kind"): among("contradicts", "includes", "supersedes", "same_as", "denies", "distinct_from"),
}  # fmt: skip
#: What each field refers to, whether it may be null, and whether it may be an object with a name.
REFERENCES: dict[str, dict[str, tuple[str, bool, bool]]] = {
    "sides": {}, "sources": {},
    "conflicts": {"parent": ("conflicts", True, True)},
    "claimants": {"side": ("sides", True, True), "affiliation": ("sides", True, True)},
    "events": {"conflict": ("conflicts", False, True)},
    "claims": {
        "conflict": ("conflicts", False, True), "event": ("events", True, True), "claimant": ("claimants", False, True),
        "subject_side": ("sides", True, True), "responsible_side": ("sides", True, True),
    },
    "reports": {"claim": ("claims", False, False), "source": ("sources", False, True)},
    "relations": {"claim": ("claims", False, False), "target": ("claims", False, False)},
}  # fmt: skip
KNOWN = {record_type: {record["id"]: record for record in records} for record_type, records in RECORDS.items()}


def find_wrong_references(record_type: str, sent: Document, wrong: set[str]) -> set[str]:
    counts = "status" not in wrong and is_active(sent)
    found = {
        name
        for name, (referred, nullable, _) in REFERENCES[record_type].items()
        if name in sent and not is_reference(sent[name], referred, nullable, counts, sent.get("id"), record_type)
    }
    for name in {"sides", "member_of"} & sent.keys():
        references = [entry.get("side", entry) if isinstance(entry, dict) else entry for entry in sent[name]]
        if not all(is_reference(one, "sides", False, counts, sent.get("id"), record_type) for one in references):
            found.add(name)
    return found


def is_reference(value: Any, record_type: str, nullable: bool, counts: bool, own: Any, own_type: str) -> bool:
    if value is None:
        return nullable
    if isinstance(value, dict):
        named = KNOWN[record_type].get(value.get("id", ""))
        if named is None or value["name"] != named.get("name", named.get("publisher")):
            return False
        value = value["id"]
    if not is_slug(value):
        return False
    if own_type == record_type and own in list_line(record_type, value):
        return False  # a ring, also if the id exists already
    known = KNOWN[record_type].get(value)
    return known is not None and (is_active(known) or not counts or record_type == "claims")


def list_line(record_type: str, slug: str) -> set[str]:
    """Return the conflict with its ancestors, or the side with its coalitions."""
    record = KNOWN[record_type].get(slug, {})
    around = [record.get("parent"), *(entry["side"] for entry in record.get("member_of", ()))]
    return {slug}.union(*(list_line(record_type, one) for one in around if one))


# The fields of each record type, compared with each other


def find_wrong_days(right: Document, first: str, last: str, precision: str = "") -> Iterator[str]:
    if right.get(first) and right.get(last):
        if right[last] < right[first] or (right.get(precision) == 1 and right[last] != right[first]):
            yield last


def find_lone_precision(right: Document, wrong: set[str], first: str, precision: str) -> Iterator[str]:
    """Yield the precision of a day that is missing."""
    if right.get(precision) is not None and right.get(first) is None and first not in wrong:
        yield precision


def compare_side(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    spans: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    for entry in right.get("member_of", ()):
        slug, first, last = entry.get("side", entry.get("id")), entry.get("from_day", "0"), entry.get("to_day", "9")
        if any(first <= until and since <= last for since, until in spans[slug]):
            yield "member_of"
        spans[slug].append((first, last))


def compare_conflict(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    yield from find_wrong_days(right, "started_on", "ended_on")
    if right.get("date_precision", 1) != 1 and not {"started_on", "ended_on"} & (right.keys() | wrong):
        yield "date_precision"
    slugs = [slug_of(side) for side in right.get("sides", ())]
    if len(set(slugs)) < len(slugs):
        yield "sides"


def compare_claimant(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    side, affiliation = (slug_of(sent.get(name)) for name in ("side", "affiliation"))  # also if its name is wrong
    if is_slug(affiliation) and affiliation == side:
        yield "affiliation"
    if right.get("name", "").startswith("\u041e"):
        yield "name"


def compare_source(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    yield from find_wrong_days(right, "published_on", "published_until", "published_precision")
    yield from find_lone_precision(right, wrong, "published_on", "published_precision")
    if right.get("publisher", "").startswith("\u0422"):
        yield "publisher"


def compare_event(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    yield from find_wrong_days(right, "started_on", "ended_on")
    if not {"latitude", "longitude"} & wrong and ("latitude" in right) != ("longitude" in right):
        yield "longitude"
    if "type" in right and right.get("sub_type", "unknown") not in SUB_TYPES[right["type"]]:
        yield "sub_type"
    entries = [(entry.get("side", entry.get("id")), entry["role"]) for entry in right.get("sides", ())]
    if len(set(entries)) < len(entries):
        yield "sides"
    if "status" not in wrong and is_active(right) and right.keys() >= {"started_on", "ended_on"}:
        first, last = CONFLICT_DAYS.get(slug_of(sent.get("conflict")), ("", "9"))
        if right["started_on"] <= right["ended_on"]:
            if day_after(right["ended_on"]) < first or right["started_on"] > last:
                yield "started_on"


def compare_report(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    pair = right.get("claim"), slug_of(right.get("source"))
    if "status" not in wrong and is_active(right) and pair in stored.carried:
        yield "source"


def compare_relation(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    yield from find_wrong_days(right, "stated_on", "stated_until")
    if not {"claim", "target"} <= right.keys():
        return
    first, kind, target = right["claim"], right.get("kind"), right["target"]
    if first == target or (first, kind, target) in stored.relations:
        yield "target"
    elif "status" not in wrong and is_active(right) and kind in (*RINGS, SAME_AS):
        if closes_ring(kind, (first, target), stored.links):
            yield "target"


def closes_ring(kind: str, pair: tuple[str, str], links: dict[str, set[tuple[str, str]]]) -> bool:
    after = {name: links[name] | ({pair} if name == kind else set()) for name in (*RINGS, SAME_AS)}
    if has_ring(after[SAME_AS]):
        return True
    one_of = unite(after[SAME_AS])
    return any(
        has_ring({(one_of.get(first, first), one_of.get(target, target)) for first, target in after[name]})
        for name in RINGS
    )


def unite(pairs: set[tuple[str, str]]) -> dict[str, str]:
    """Return for each of the connected claims the claim that represents all of them."""
    one_of: dict[str, str] = {}
    for first, second in pairs:
        old, new = one_of.get(first, first), one_of.get(second, second)
        one_of |= {first: new, second: new} | {name: new for name, mark in one_of.items() if mark == old}
    return one_of


def has_ring(pairs: set[tuple[str, str]]) -> bool:
    """Return whether the pairs form a ring: remove pairs that lead nowhere until none remains, or only a ring."""
    while pairs:
        origins = {origin for origin, _ in pairs}
        left = {(origin, end) for origin, end in pairs if end in origins}
        if len(left) == len(pairs):
            return True
        pairs = left
    return False


def compare_claim(sent: Document, right: Document, wrong: set[str], stored: Stored) -> Iterator[str]:
    schema_faults = {
        *find_wrong_days(right, "covers_from", "covers_to"),
        *find_wrong_days(right, "stated_on", "stated_until", "stated_precision"),
        *find_lacking(right, wrong),
        *find_lone_precision(right, wrong, "stated_on", "stated_precision"),
        *find_lone_precision(right, wrong, "stated_on", "stated_at"),
    }
    if "status" not in wrong and not is_active(right) and right.get("status_on") and right.get("stated_on"):
        schema_faults |= {"status_on"} if right["status_on"] < right["stated_on"] else set()
    if "status" not in wrong and is_active(right):
        schema_faults |= {name for name in ("status_by", "status_on") if right.get(name)}
    stated, flags = right.get("stated_until") or right.get("stated_on"), right.get("flags", [])
    if right.get("kind") != "silence" and stated and (right.get("covers_to") or "") > day_after(stated):
        if "flags" not in wrong and EARLY not in flags:
            schema_faults.add("covers_to")
    yield from schema_faults
    has_ended = "status" not in wrong and right.get("status") in ("retracted", "withdrawn")  # its reports end with it
    yield from find_wrong_reports(sent, not has_ended)
    ended = right.get("status_by") == "claimant" and right.get("status_on") and "status_on" not in schema_faults
    if "status" not in wrong and (right.get("status", "active") in ("active", "superseded") or ended):
        yield from find_misfits(sent, wrong, schema_faults, flags)


def day_after(day: str) -> str:
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days=1))


def find_lacking(right: Document, wrong: set[str]) -> Iterator[str]:
    """Yield the fields that a claim of this kind and measure needs and does not have."""
    lacking = {name for name in NEEDED if right.get(name) is None and name not in wrong}
    kind, measure = right.get("kind"), right.get("measure")
    yield from lacking & NEEDED_BY_KIND.get(kind or "", set())
    if measure == "incident" and "event" in lacking:
        yield "event"
    if measure == "period" and lacking & {"covers_from", "covers_to"}:
        yield "covers_from"


NEEDED_BY_KIND = {
    "casualty": {"harm", "measure", "qualifier"}, "responsibility": {"responsible_side"},
    "silence": {"harm", "subject_side", "covers_from", "covers_to"},
}  # fmt: skip
NEEDED = {"event", *(name for names in NEEDED_BY_KIND.values() for name in names)}


def find_wrong_reports(sent: Document, are_active: bool) -> Iterator[str]:
    """Yield "reports" if there is none, or two active ones of a source. If the id is wrong, they are not compared."""
    sources = [report["source"] for report in sent["reports"]]
    is_repeated = are_active and len(set(sources)) < len(sources) and is_slug(sent.get("id", "new"))
    known = {"times", "agency"} if are_active else {"times", "agency", "gone-paper"}
    if not sources or is_repeated or not {*sources} <= known:
        yield "reports"


#: The fields of a claim that must fit together.
FITTING = ("conflict", "event", "subject_side", "responsible_side")
FIT = {*FITTING, "kind", "stated_on", "stated_until", "measure", "covers_from", "covers_to", "flags"}


def find_misfits(sent: Document, wrong: set[str], schema_faults: set[str], flags: list[str]) -> Iterator[str]:
    """Yield the fields of a claim that do not fit its event, its conflict or their sides.

    The record that a claim refers to may be missing or not active. An unreadable reference is not compared.
    """
    ill_formed = {name for name in wrong if name not in FITTING or not (sent.get(name) is None or is_slug(sent[name]))}
    if FIT & (schema_faults | ill_formed) or "conflict" not in sent:
        return
    conflict, event = sent["conflict"], EVENTS.get(sent.get("event") or "")
    stated = sent.get("stated_until") or sent.get("stated_on")
    if event and event[0] not in LINES.get(conflict, ()) and conflict not in LINES[event[0]]:
        yield "conflict"
    elif NOT_A_PARTY not in flags and conflict in ("war", "war-first", "war-first-north"):
        yield from (name for name in FITTING[2:] if sent.get(name) not in (None, "alpha", "red", "red-north"))
    if stated and EARLY not in flags and begun_by(sent, conflict, event) > day_after(stated):
        yield "stated_on"
    yield from find_false_flags(sent, conflict, event, flags)


def find_false_flags(sent: Document, conflict: str, event: tuple[str, str] | None, flags: list[str]) -> Iterator[str]:
    """Yield "flags" if one names an oddity that the claim does not have. Without a day there is no comparison."""
    strangers = {sent.get(name) for name in FITTING[2:]} - {None, "alpha", "red", "red-north"}
    if NOT_A_PARTY in flags and conflict in LINES and conflict != "other" and not strangers:
        yield "flags"
    stated = sent.get("stated_until") or sent.get("stated_on")
    if EARLY not in flags or not stated or sent.get("kind") == "silence":
        return
    start = sent.get("covers_from") or STARTS.get(conflict)
    is_known = event is not None if sent.get("event") else start or sent.get("measure") != "cumulative"
    began = max(begun_by(sent, conflict, event), sent.get("covers_to") or "")
    if is_known and began <= day_after(stated):
        yield "flags"


def begun_by(sent: Document, conflict: str, event: tuple[str, str] | None) -> str:
    """Return the latest start of what the claim is about: its coverage, event or conflict."""
    if event and not sent.get("covers_from"):
        return event[1]
    if sent.get("covers_from"):
        return str(max(sent["covers_from"], event[1] if event else ""))
    return STARTS.get(conflict) or "" if sent.get("measure") == "cumulative" else ""


COMPARED = {
    "sides": compare_side, "conflicts": compare_conflict, "claimants": compare_claimant, "sources": compare_source,
    "events": compare_event, "claims": compare_claim, "reports": compare_report, "relations": compare_relation,
}  # fmt: skip
