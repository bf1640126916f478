"""Records that are null in one field each, and figures with each set of numbers that a qualifier allows.

They are made from the In schemas, so that a new field is included automatically. Files must tell null from every other
value: from an empty text, from 0, and from a number that another field implies.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from marshmallow import fields

from api.records.record_types import RECORD_TYPES
from schemas.figures import FIGURE, find_contradictions
from schemas.vocabularies import QUALIFIER, REPORTS_DIFFER
from tests.support.worlds import Document, World, flagged

ENDED = {"status": "retracted", "status_reason": "An editor found it wrong."}
DAYS = {"stated_on": "2020-03-02", "stated_until": "2020-03-02"}
EXACT = {"harm": "killed", "qualifier": "exact", "value": 3, "low": 3, "best": 3, "high": 3}
PHRASE = {"phrase": "three", "phrase_lang": "en"}
#: A record of each type that has every field. Some fields exclude each other: then there are two.
FULL: dict[str, list[Document]] = {
    "sides": [
        {
            "kind": "state", "country": "ALB", "aliases": ["Alfa", "A;b"], "note": "A side.", **ENDED,
            "member_of": [{"side": "red", "from_day": "1991-09-02", "to_day": "1992-09-02"}],
        },
    ],
    "conflicts": [
        {
            "parent": "war", "started_on": "2020-01-01", "ended_on": "2020-12-31", "country": "ALB", **ENDED,
            "date_precision": 1, "sides": ["red"], "note": "A phase.",
        },
    ],
    "claimants": [
        {"kind": "ministry", "side": "red", "note": "Speaks.", **ENDED},
        {"kind": "ngo", "affiliation": "red", "note": "Leans.", **ENDED},
    ],
    "sources": [
        {
            "publisher": "Times", "title": "A page", "url": "https://example.org/a", "note": "Read.", "licence": "CC0",
            "archived_url": "https://example.org/b", "published_on": "2020-03-02", "published_until": "2020-03-02",
            "published_precision": 1, "language": "en", "kind": "report", "reliability": "B", **ENDED,
        },
    ],
    "events": [
        {
            "conflict": "war", "type": "Battles", "sub_type": "Armed clash", "violence": "state_based",
            "cause": "unknown", "started_on": "2020-03-01", "ended_on": "2020-03-02", "date_precision": 2,
            "place": "Town", "place_aliases": ["City"], "admin1": "North", "admin2": "Upper", "country": "ALB",
            "latitude": 40.5, "longitude": 20.5, "place_precision": 1, "place_note": "Near.", "clarity": 1,
            "note": "An event.", "sides": [{"side": "red", "role": "participant"}], **ENDED,
        },
    ],
    "claims": [
        {
            "conflict": "war", "claimant": "voice", "event": "clash", "subject_side": "red", "responsible_side": "red",
            "stated_precision": 1, "stated_at": "19:00", "part": "Town", "measure": "cumulative",
            "covers_from": "2020-03-01", "covers_to": "2020-03-01", "figure_rule": "exact", "credibility": 3,
            "status_by": "claimant", "status_on": "2020-03-03", "flags": ["derived"], "note": "A claim.",
            "details": {"weapon": "shelling"}, **DAYS, **EXACT, **PHRASE, **ENDED,
        },
        {"kind": "denial", "conflict": "war", "claimant": "voice", "harm": "killed", "measure": "incident",
         "event": "clash"},
    ],
    "reports": [
        {"claim": "words", "source": "wire", "reported_on": "2020-03-03", "source_original": "MoD", "note": "Seen.",
         **EXACT, **PHRASE, **ENDED},
    ],
    "relations": [{"kind": "supersedes", "note": "Later.", **DAYS, **ENDED}, {"kind": "distinct_from"}],
}  # fmt: skip
#: What the records above refer to.
BASE: World = {
    "sides": [{"id": "red", "name": "Red"}],
    "conflicts": [{"id": "war", "name": "The war", "started_on": "2020-01-01", "sides": ["red"]}],
    "claimants": [{"id": "voice", "name": "The voice", "kind": "ngo"}],
    "sources": [
        {"id": "wire", "publisher": "Wire", "kind": "report"},
        {"id": "times", "publisher": "Times", "kind": "report"},
    ],
    "events": [
        {
            "id": "clash", "name": "A clash", "conflict": "war", "type": "Battles", "started_on": "2020-03-01",
            "ended_on": "2020-03-02",
        },
    ],
    "claims": [
        {
            "id": "words", "conflict": "war", "claimant": "voice", "harm": "killed", "measure": "cumulative",
            "qualifier": "unquantified",
        },
    ],
    "reports": [{"id": "words-in-wire", "claim": "words", "source": "wire"}],
    "relations": [],
}  # fmt: skip
#: Fields that are empty together.
TOGETHER = {
    "latitude": ("longitude",),
    "longitude": ("latitude",),
    "stated_on": ("stated_until", "stated_precision", "stated_at", "status_on"),
    "published_on": ("published_until", "published_precision"),
    "harm": ("qualifier", *FIGURE, "figure_rule"),
    "qualifier": (*FIGURE, "figure_rule"),
}
NAMED = ("sides", "conflicts", "claimants", "events")
NUMBERS = (None, 0, 3)
RANGE = {"qualifier": "between", "value": None, "low": 0, "best": None, "high": 5}
COMBINED = {**RANGE, "figure_rule": "reports_combined"}


def world() -> World:
    """Return records that are empty in one field each, and a claim and a report for each figure."""
    records: World = {record_type: [*BASE[record_type], *list_sparse(record_type)] for record_type in RECORD_TYPES}
    figures = list(list_figures())
    claims = [_state_figure(f"figure-{number}", figure) for number, figure in enumerate(figures)]
    differing = _state_figure("differing", COMBINED) | {"flags": [REPORTS_DIFFER]}
    records["claims"] += [*claims, differing]
    records["reports"] += [
        *(_carry_claim(claim) for claim in records["claims"][len(BASE["claims"]) :]),
        *(_carry_claim(claim, "times") | figure for claim, figure in zip(claims, figures, strict=True)),
        _carry_claim(differing, "times") | RANGE,
    ]
    records["reports"][-2 - len(figures)] |= EXACT
    return records


def list_sparse(record_type: str) -> list[Document]:
    """Return the full records of a type, and valid copies that are empty in one field."""
    schema = RECORD_TYPES[record_type].schema
    empty_values = {name: value for name, field in schema.fields.items() for value in find_empty_value(field)}
    copies = [
        _name_record(record_type, f"{name}-{number}".replace("_", "-"), full | _empty_fields(name, empty_values))
        for number, full in enumerate(FULL[record_type])
        for name in ("full", *empty_values)
    ]
    return [copy for copy in copies if not schema.validate(copy)]


def find_empty_value(field: fields.Field[Any]) -> Iterator[Any]:
    """Yield the empty value of a field; nothing if it must have another."""
    if field.allow_none:
        yield None
    elif isinstance(field, fields.List):
        yield []
    elif getattr(field, "blank", False):
        yield ""


def _empty_fields(name: str, empty_values: Document) -> Document:
    return {part: empty_values[part] for part in (name, *TOGETHER.get(name, ())) if part in empty_values}


def _name_record(record_type: str, name: str, document: Document) -> Document:
    """Return the record with an id, and what must differ between two records of a type."""
    differing = {
        "claims": {"statement": f"stated-{name}"},
        "relations": {"claim": f"claims-{name}", "target": "words"},
    }
    own = {"name": f"The {name}"} if record_type in NAMED else differing.get(record_type, {})
    return {"id": f"{record_type}-{name}", **own, **document}


def list_figures() -> Iterator[Document]:
    """Yield each figure that the schema allows, of numbers that are null, 0 or 3."""
    for qualifier, numbers in itertools.product(QUALIFIER, itertools.product(NUMBERS, repeat=len(FIGURE))):
        figure = {"qualifier": qualifier, **dict(zip(FIGURE, numbers, strict=True))}
        if not find_contradictions(figure):
            yield figure


def _state_figure(id: str, figure: Document) -> Document:
    casualty = {"conflict": "war", "claimant": "voice", "harm": "killed", "measure": "cumulative"}
    return flagged({"id": id, **casualty, **figure})


def _carry_claim(claim: Document, source: str = "wire") -> Document:
    ending = {name: claim[name] for name in ("status", "status_reason") if name in claim}
    return {"id": f"{claim['id']}-in-{source}", "claim": claim["id"], "source": source, **ending}
