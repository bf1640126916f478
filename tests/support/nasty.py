"""Records that are hard to transport: every field of every record type has values that files often damage.

They are made from the In schemas, so that a new field is included automatically. The same seed gives the same records.
"""

import random
from typing import Any

from marshmallow import Schema, fields

from api.records.record_types import RECORD_TYPES, Many
from api.rules.dependencies import NEEDS
from schemas.claims import OF_FIGURE
from schemas.fields import GREATEST_FIGURE, Day, Degrees, Figure, Grade, Slug, Text, Word
from schemas.figures import FIGURE
from schemas.sources import WebAddress
from schemas.vocabularies import FLAG, NOT_A_PARTY, STATED_EARLY, SUB_TYPES
from tests.support.relations import find_impossible
from tests.support.worlds import Document, World, fitted, flagged

TEXTS = (
    "=1+1", "'=1+1", "''-quoted", "+374", "-3 dead", "@office", "\tindented", "\nsecond line", "＝wide", "two\nlines\n",
    "a;b", ";", "\\", "a\\;b;\\", 'said "no", twice', "Շուշի", "Ağdərə", "بغداد", "می\u200cروم", "平壌", "🕊️ dove", "é",
    " padded ", "NA", "null", "None", "007", "1e5", "TRUE", "#affected+killed", "_x0041_", "{=1+1}", "a\u2028b", "0",
    "#N/A", "#REF!", ";=1+2", "\u00a0=1+3", "\u3000=1+4", " =1+5",
)  # fmt: skip
FLOATS = (0.1 + 0.2, -0.0, 0.0, 45.0, -89.99999999999999, 1e-7, 40.68281234567891, -7)
DAYS = ("1800-01-01", "1988-02-01", "2020-02-29", "2020-09-27", "2020-11-10", "2025-12-31")
LANGUAGES = ("und", "hy", "az-Latn")
HOW_MANY = {
    "sides": 9, "conflicts": 8, "claimants": 10, "sources": 20, "events": 25, "claims": 120, "reports": 160,
    "relations": 75,
}  # fmt: skip


def world(seed: int = 30) -> World:
    """Return records of every type: active, superseded, withdrawn and retracted ones."""
    return _Maker(random.Random(seed)).world()


def in_order(schema: Schema, made: Document) -> Document:
    """Return the record with each last day on or after its first day."""
    for first, last in getattr(schema, "DAYS", ()):
        if made[first] and made[last]:
            made[first], made[last] = sorted([made[first], made[last]])
    return made


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.made: World = {}

    def world(self) -> World:
        for name, record_type in RECORD_TYPES.items():
            self.made[name] = []
            for number in range(HOW_MANY[name]):
                self.made[name].append(self.record(name, record_type.schema, f"{name}-{number:03}"))
        impossible = find_impossible(self.made)
        for relation in self.made["relations"]:
            relation["kind"] = "distinct_from" if relation["id"] in impossible else relation["kind"]
        return self.made

    def record(self, record_type: str, schema: Schema, id: str) -> Document:
        document = in_order(
            schema, {name: self.value(record_type, name, field) for name, field in schema.fields.items()}
        )
        document["id"] = id
        document |= self.ending(document)
        for first, last, precision in getattr(schema, "POSSIBLE_DAYS", ()):
            if document[precision] == 1 and document[first] and document[last]:
                document[last] = document[first]
        made = {
            "claimants": self.claimant,
            "claims": self.claim,
            "events": self.event,
            "relations": self.relation,
            "reports": self.report,
        }.get(record_type, lambda same: same)(document)
        return self.fitted(record_type, self.founded(record_type, made))

    def ending(self, document: Document) -> Document:
        """Return the fields about the status. An active record has no reason, no `status_by` and no `status_on`."""
        if document["status"] == "active":
            return {"status_reason": ""} | {name: None for name in ("status_by", "status_on") if name in document}
        return {"status_reason": self.chance.choice(TEXTS[:6])}

    def fitted(self, record_type: str, made: Document) -> Document:
        """Give a claim the conflict of its event, and each active report of a claim a different source."""
        if record_type == "claims":
            event = next(event for event in self.made["events"] if event["id"] == made["event"])
            return made | {"conflict": event["conflict"]}
        if record_type == "reports" and made["status"] == "active":
            pairs = {(report["claim"], report["source"]) for report in self.made["reports"]}
            active = [source["id"] for source in self.made["sources"] if source["status"] == "active"]
            free = [source for source in active if (made["claim"], source) not in pairs]
            return made if made["source"] in free else made | {"source": self.chance.choice(free)}
        return made

    def founded(self, record_type: str, made: Document) -> Document:
        """Make an active record refer only to active records."""
        for name in NEEDS.get(RECORD_TYPES[record_type].model, ()) if made["status"] == "active" else ():
            standing = [record["id"] for record in self.made[REFERS[name]] if record["status"] == "active"]
            if made[name] is not None and made[name] not in standing:
                made[name] = standing[len(self.made[record_type]) % len(standing)] if standing else None
        for name, many in RECORD_TYPES[record_type].lists.items():
            made[name] = self.entries_that_may_be(record_type, made, made[name], many)
        return made

    def entries_that_may_be(self, record_type: str, made: Document, entries: list[Any], many: Many) -> list[Any]:
        """Return the entries with each side once. An active record has only active sides."""
        standing = {side["id"] for side in self.made["sides"] if side["status"] == "active"}
        by_side = {many.slug_of(entry): entry for entry in entries}
        return [entry for slug, entry in by_side.items() if slug in standing or made["status"] != "active"]

    def value(self, record_type: str, name: str, field: fields.Field[Any]) -> Any:
        if (record_type, name) == ("conflicts", "country"):
            return "AZE" if len(self.made["conflicts"]) % 2 else None
        if name == "details":
            return (None, *SHAPED[name])[len(self.made["claims"]) % (1 + len(SHAPED[name]))]
        if field.allow_none and self.chance.random() < 0.3:
            return None
        if name in REFERS:
            return self.slug(REFERS[name], field)
        if isinstance(field, fields.List):
            return self.entries(record_type, field)
        return self.plain(name, field)

    def entries(self, record_type: str, field: fields.List[Any]) -> list[Any]:
        many = range(self.chance.randrange(4))
        if isinstance(field.inner, fields.Nested):
            inner = field.inner.schema
            made = [
                in_order(inner, {name: self.value(record_type, name, part) for name, part in inner.fields.items()})
                for _ in many
            ]
            return [entry for entry in made if entry["side"]]
        if isinstance(field.inner, Slug):
            return [slug for _ in many if (slug := self.slug("sides", field.inner))]
        return [self.plain("", field.inner) for _ in many]

    def slug(self, record_type: str, field: fields.Field[Any]) -> str | None:
        before = self.made[record_type]
        return self.chance.choice(before)["id"] if before else None

    def plain(self, name: str, field: fields.Field[Any]) -> Any:
        for kind, values in VALUES.items():
            if isinstance(field, kind):
                return self.chance.choice(values)
        if isinstance(field, Grade):
            return self.chance.choice([int(word) for word in field.words])
        if isinstance(field, Word):
            return self.chance.choice(list(field.words))
        return self.chance.choice(SHAPED[name])

    def claimant(self, made: Document) -> Document:
        """Remove the affiliation of a claimant that speaks for a side."""
        return made | ({"affiliation": None} if made["side"] else {})

    def claim(self, made: Document) -> Document:
        for first, last in (("covers_from", "covers_to"), ("stated_on", "stated_until")):
            made[first], made[last] = sorted([made[first] or DAYS[1], made[last] or DAYS[2]])
        if made["stated_precision"] == 1:
            made["stated_until"] = made["stated_on"]
        made |= {name: made[name] or usual for name, usual in USUAL.items()}
        made["event"] = made["event"] or "events-000"
        # Its days have any order, and it has any sides. Its reports decide on the flags about reports.
        odd = {*made["flags"], STATED_EARLY, NOT_A_PARTY} - {"reports_differ", "reports_differ_in_harm"}
        made["flags"] = [flag for flag in FLAG if flag in odd]
        return fitted(flagged(made)) if made["kind"] == "casualty" else made | dict.fromkeys(OF_FIGURE)

    def event(self, made: Document) -> Document:
        made["sub_type"] = self.chance.choice([*SUB_TYPES.get(made["type"], ()), "unknown"])
        if made["latitude"] is None or made["longitude"] is None:
            made["latitude"] = made["longitude"] = None
        return made

    def report(self, made: Document) -> Document:
        """Give every claim a report, which is active if the claim is active."""
        number = len(self.made["reports"])
        if number < HOW_MANY["claims"]:
            claim = self.made["claims"][number]
            made |= {"claim": claim["id"]} | (
                {"status": "active", "status_reason": ""} if claim["status"] == "active" else {}
            )
        return self.agreed(made)

    def agreed(self, made: Document) -> Document:
        """Give a report with a figure the figure of its claim: combining such values is too difficult here."""
        claim = next(claim for claim in self.made["claims"] if claim["id"] == made["claim"])
        if made["qualifier"] is None or claim["kind"] != "casualty":
            words = made["phrase"] if claim["kind"] != "casualty" else ""
            return made | dict.fromkeys(("qualifier", *FIGURE)) | {"phrase": words, "harm": claim["harm"]}
        if made["status"] != "active":
            return fitted(made)
        claim["flags"] = [flag for flag in claim["flags"] if not flag.startswith("reports_differ")]
        claim.update(fitted(claim))
        return made | {name: claim[name] for name in ("harm", "qualifier", *FIGURE)}

    def relation(self, made: Document) -> Document:
        """Give each relation a different claim, and a target that is another claim."""
        number = len(self.made["relations"])
        return made | {"claim": f"claims-{number:03}", "target": f"claims-{number + 1 + self.chance.randrange(40):03}"}


VALUES: dict[type, tuple[Any, ...]] = {
    Text: TEXTS,
    WebAddress: ("https://example.org/a?b=1;c=2", "http://example.org/=1"),
    Figure: (0, 1, 2300, GREATEST_FIGURE),
    Degrees: FLOATS,
    Day: DAYS,
}
REFERS = {
    "conflict": "conflicts", "parent": "conflicts", "side": "sides", "subject_side": "sides",
    "responsible_side": "sides", "claimant": "claimants", "source": "sources", "event": "events", "claim": "claims",
    "target": "claims", "affiliation": "sides",
}  # fmt: skip
SHAPED = {
    "country": ("AZE", "XKX"), "language": LANGUAGES, "phrase_lang": LANGUAGES, "stated_at": ("00:00", "23:59"),
    "statement": ("one-utterance", "another"), "id": ("",),
    "details": (
        '{"age":34,"weapon":"=1+1"}', '{"a;b":"x;\\\\y","höhe":1.5}', '{"-":"\\"quoted\\", with\\nlines"}',
    ),
}  # fmt: skip
#: Values that claims of every kind may have, and that some kinds need.
USUAL = {
    "harm": "killed", "measure": "cumulative", "qualifier": "exact", "subject_side": "sides-000",
    "responsible_side": "sides-001",
}  # fmt: skip
