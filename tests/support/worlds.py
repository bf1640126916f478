"""Records made by hand: a small world with known answers, and many similar records for listings."""

import json
import re
import urllib.parse
from typing import Any

from flask import Flask

from api.database.connection import database
from api.records.faults import Fault, RefusedError
from api.writes.create import create_records
from schemas.claims import OF_FIGURE
from schemas.figures import BOUNDS, FIGURE, find_contradictions
from schemas.vocabularies import DISORDERED, FLAG, NOT_A_PARTY, STATED_EARLY
from tests.conftest import Databases, make_app

Document = dict[str, Any]
World = dict[str, list[Document]]


def claim(id: str, **given: Any) -> Document:
    """Return a casualty claim (default: without a number)."""
    usual = {"kind": "casualty", "harm": "killed", "measure": "cumulative", "qualifier": "unquantified"}
    return {"id": id, "conflict": "war", "claimant": "alpha-mod", **usual, **given}


def flagged(claim: Document) -> Document:
    """Return the claim with the flag that a writer must set if its bounds are out of order."""
    stated = [claim[name] for name in ("low", "best", "high") if claim[name] is not None]
    more = {DISORDERED} if stated != sorted(stated) else set()
    return claim | {"flags": [flag for flag in FLAG if flag in more.union(claim.get("flags", ()))]}


def fitted(record: Document) -> Document:
    """Return the claim or report with a qualifier that its bounds allow (`as_given` if no other fits)."""
    known = {name: record.get(name) for name in ("qualifier", *FIGURE)}
    if not find_contradictions(known | {"flags": record.get("flags", [])}):
        return record
    numbers = {known[name] for name in BOUNDS} - {None}
    stated = known | {"value": next(iter(numbers))} if known["value"] is None and len(numbers) == 1 else known
    if not find_contradictions(stated):
        return record | {"value": stated["value"]}
    return record | {"qualifier": "as_given" if numbers else "unquantified"} | ({} if numbers else {"value": None})


def word(id: str, kind: str, **given: Any) -> Document:
    """Return a claim without a figure: a responsibility, a denial or a silence."""
    return {"id": id, "kind": kind, "conflict": "war", "claimant": "alpha-mod", **given}


def report(claim: str, source: str, **given: Any) -> Document:
    return {"id": f"{claim}-in-{source}", "claim": claim, "source": source, **given}


SMALL: World = {
    "sides": [
        {"id": "alpha", "name": "Alpha", "kind": "state", "country": "ALB", "aliases": ["Ağdərə land"]},
        {"id": "red", "name": "Red camp", "kind": "coalition"},
        {
            "id": "red-north",
            "name": "Red North",
            "kind": "de_facto_state",
            "member_of": [{"side": "red", "from_day": "1991-09-02"}],
        },
        {"id": "red-south", "name": "Red South", "kind": "state", "country": "ROU", "member_of": [{"side": "red"}]},
        {"id": "hired", "name": "Hired hands", "kind": "armed_group", "note": "Outside both camps."},
    ],
    "conflicts": [
        {"id": "war", "name": "The war", "started_on": "2020-01-01", "sides": ["alpha", "red", "red-north"]},
        {
            "id": "war-first",
            "name": "First phase",
            "parent": "war",
            "started_on": "2020-01-01",
            "ended_on": "2020-06-30",
            "sides": ["alpha", "red"],
        },
        {
            "id": "war-first-north",
            "name": "Battle of the north",
            "parent": "war-first",
            "started_on": "2020-03-01",
            "ended_on": "2020-03-31",
        },
        {"id": "other", "name": "Another war", "ended_on": "1990-12-31", "country": "ALB", "note": "Undated at first."},
    ],
    "claimants": [
        {"id": "alpha-mod", "name": "Ministry of Alpha", "kind": "ministry", "side": "alpha"},
        {"id": "red-army", "name": "Army of the Reds", "kind": "armed_forces", "side": "red"},
        {"id": "observers", "name": "Observers", "kind": "ngo", "affiliation": "red", "note": "No side."},
    ],
    "sources": [
        {
            "id": "times",
            "publisher": "Times, Weekly",
            "title": "Շուշի and the north",
            "url": "https://times.example.org/a",
            "published_on": "2020-03-02",
            "published_until": "2020-03-02",
            "published_precision": 1,
            "language": "en",
            "kind": "news_article",
            "reliability": "B",
        },
        {
            "id": "agency",
            "publisher": "Agency",
            "title": "Communique",
            "published_on": "2020-04-01",
            "published_until": "2020-04-30",
            "published_precision": 4,
            "language": "az",
            "kind": "statement",
        },
        {"id": "wire", "publisher": "=Wire", "title": "-3 dead", "kind": "report", "reliability": "F"},
    ],
    "events": [
        {
            "id": "clash",
            "name": "Clash at Ağdərə",
            "conflict": "war-first-north",
            "type": "Battles",
            "sub_type": "Armed clash",
            "violence": "state_based",
            "cause": "small_arms_and_light_weapons",
            "started_on": "2020-03-01",
            "ended_on": "2020-03-03",
            "place": "Ağdərə",
            "admin1": "North, upper",
            "country": "ALB",
            "latitude": 40.5,
            "longitude": 46.25,
            "place_precision": 2,
            "sides": [{"side": "alpha", "role": "participant"}, {"side": "red-north", "role": "participant"}],
        },
        {
            "id": "shelling",
            "name": "Shelling near the line",
            "conflict": "war",
            "type": "Explosions/Remote violence",
            "sub_type": "Shelling/artillery/missile attack",
            "violence": "one_sided",
            "cause": "heavy_weapons_and_explosive_munitions",
            "started_on": "2020-05-10",
            "ended_on": "2020-05-10",
            "latitude": -10.0,
            "longitude": 179.5,
            "place_precision": 4,
            "sides": [{"side": "alpha", "role": "target"}],
        },
        {
            "id": "vow",
            "name": "A vow",
            "conflict": "war-first",
            "type": "Statement",
            "sub_type": "Declaration",
            "violence": "none",
            "cause": "none",
            "started_on": "2020-06-30",
            "ended_on": "2020-07-02",
            "admin1": "South",
            "country": "ROU",
        },
        {
            "id": "long-ago",
            "name": "Long ago",
            "conflict": "other",
            "type": "unknown",
            "started_on": "1990-01-01",
            "ended_on": "1990-12-31",
            "date_precision": 5,
            "latitude": -11.5,
            "longitude": -179.5,
            "sides": [{"side": "hired"}],
            "note": "=1+1",
        },
    ],
    "claims": [
        claim(
            "a-killed",
            statement="a-statement",
            conflict="war-first",
            stated_on="2020-03-02",
            stated_until="2020-03-02",
            stated_precision=1,
            subject_side="red",
            victim_status="member_of_armed_forces",
            covers_from="2020-03-01",
            covers_to="2020-03-02",
            value=50,
            low=50,
            best=50,
            qualifier="at_least",
            phrase="at least 50 killed in Şuşa",
            phrase_lang="en",
            confirmation="alleged",
            credibility=3,
            flags=["derived"],
        ),
        claim(
            "a-own",
            statement="a-statement",
            conflict="war-first-north",
            event="clash",
            stated_on="2020-03-04",
            stated_until="2020-03-10",
            stated_precision=3,
            subject_side="alpha",
            victim_status="civilian",
            victim_sex="woman",
            measure="incident",
            value=3,
            low=3,
            best=3,
            high=3,
            qualifier="exact",
            phrase="three women",
            phrase_lang="en",
            confirmation="confirmed",
        ),
        claim(
            "b-north",
            conflict="war-first-north",
            event="clash",
            claimant="red-army",
            subject_side="red-north",
            responsible_side="alpha",
            harm="injured",
            victim_age="child",
            part="Talış, upper",
            measure="incident",
            low=24,
            qualifier="vague",
            phrase="-dozens",
            confirmation="reported",
            flags=["date_inferred", "claimant_inferred"],
        ),
        word(
            "c-blame",
            "responsibility",
            claimant="observers",
            event="shelling",
            stated_on="2020-05-11",
            stated_until="2020-05-11",
            stated_precision=1,
            responsible_side="red-south",
            victim_status="unknown",
        ),
        word(
            "d-denial",
            "denial",
            conflict="other",
            event="long-ago",
            claimant="red-army",
            stated_on="1991-01-01",
            stated_until="1991-12-31",
            stated_precision=5,
            status="retracted",
            status_reason="Taken back by the army.",
        ),
        claim(
            "e-losses",
            conflict="war",
            claimant="observers",
            harm="losses",
            measure="unknown",
            phrase="heavy losses",
            stated_on="2020-12-31",
            stated_until="2021-01-02",
            stated_precision=2,
            status="superseded",
            status_reason="Replaced by g-estimate.",
        ),
        word(
            "f-silence",
            "silence",
            harm="killed",
            subject_side="alpha",
            covers_from="2020-06-01",
            covers_to="2020-12-02",
        ),
        claim(
            "g-estimate",
            claimant="observers",
            subject_side="red-south",
            event="shelling",
            harm="missing",
            measure="estimate",
            value=1000,
            best=1000,
            high=1200,
            qualifier="as_given",
            phrase="about 1,000 missing",
            stated_on="2021-03-01",
            stated_until="2021-03-31",
            stated_precision=4,
        ),
    ],
    "reports": [
        report("a-killed", "times", harm="killed"),
        report("a-own", "times", harm="killed"),
        report("a-own", "agency", harm="killed", reported_on="2020-04-02"),
        report("b-north", "agency", harm="injured", source_original="@press office"),
        report("c-blame", "wire"),
        report("d-denial", "agency"),
        report("e-losses", "wire", harm="losses"),
        report("f-silence", "times"),
        report("g-estimate", "wire", harm="missing"),
        report("g-estimate", "times", harm="missing", note="Quotes the wire."),
    ],
    "relations": [
        {
            "id": "g-supersedes-e",
            "claim": "g-estimate",
            "kind": "supersedes",
            "target": "e-losses",
            "stated_on": "2021-03-01",
            "stated_until": "2021-03-31",
        },
        {"id": "d-denies-b", "claim": "d-denial", "kind": "denies", "target": "b-north"},
        {"id": "d-contradicts-a", "claim": "d-denial", "kind": "contradicts", "target": "a-own"},
    ],
}
RECORD_TYPES = tuple(SMALL)
WITH_PLACE = ("claims", "events")


def write(given: World, reason: str = "A test.", who: str = "seed") -> int:
    """Write records to the database of the application made last. Return the number of the revision."""
    records = with_fitted_figures(given)
    with database.connection_context():
        for _ in range(MOST_ROUNDS):
            try:
                return create_records(records, reason, who)
            except RefusedError as refused:
                records = with_oddities(records, refused)
        return create_records(records, reason, who)


def write_as_given(given: World) -> int:
    """Write records, changed only so that their figures are valid. Return the number of the revision."""
    with database.connection_context():
        return create_records(with_fitted_figures(given), "A test.")


def with_fitted_figures(given: World) -> World:
    return given | {
        record_type: list(map(fitted, given[record_type]))
        for record_type in ("claims", "reports")
        if record_type in given
    }


#: A correction of one record may make another one wrong: an event gets another day, and its claims no longer fit.
MOST_ROUNDS = 4
#: The flag of an oddity, by the field that is refused in a claim without this flag.
ODD_FIELDS = {
    "subject_side": NOT_A_PARTY, "responsible_side": NOT_A_PARTY, "stated_on": STATED_EARLY, "covers_to": STATED_EARLY,
}  # fmt: skip
#: Fields that may contradict the rest of a record, and the value that replaces theirs.
UNFIT: dict[tuple[str, str], Any] = {
    **{("claims", name): None for name in (*OF_FIGURE, "stated_precision", "stated_at")},
    ("claims", "status_on"): None, ("sources", "published_precision"): None, ("conflicts", "date_precision"): 1,
    ("reports", "reported_on"): None,
}  # fmt: skip


def with_oddities(records: World, refused: RefusedError) -> World:
    """Return the records, corrected as the refusal demands: most worlds test other rules.

    A real oddity gets its flag. A false flag is removed, and so is a value that contradicts the rest of a record.
    Raise the refusal for any other fault.
    """
    fitting = {record_type: [dict(record) for record in given] for record_type, given in records.items()}
    for fault in refused.faults:
        if not fit_record(fitting[fault.record_type][fault.position], fault, fitting):
            raise refused
    return fitting


def fit_record(record: Document, fault: Fault, records: World) -> bool:
    """Correct the record. Return False if the fault is of another kind."""
    if (fault.record_type, fault.field) in UNFIT:
        record[fault.field] = UNFIT[fault.record_type, fault.field]
    elif fault.record_type == "claims" and fault.field in (*ODD_FIELDS, "flags"):
        named = [ODD_FIELDS[fault.field]] if fault.field in ODD_FIELDS else _flags_in(fault.message)
        flags = set(record.get("flags", ()))
        flags = flags.difference(named) if fault.message.startswith("Must not have") else flags.union(named)
        record["flags"] = [flag for flag in FLAG if flag in flags]
    elif fault.record_type == "reports" and fault.field == "qualifier":
        record |= {"phrase": ""} if "with a phrase" in fault.message else dict.fromkeys(("qualifier", *FIGURE))
    elif fault.record_type == "events" and fault.field == "started_on":
        conflict = next(one for one in records["conflicts"] if one["id"] == record["conflict"])
        record["started_on"] = record["ended_on"] = conflict.get("started_on") or conflict["ended_on"]
    elif fault.record_type in ("conflicts", "events") and fault.field == "country":
        record["country"] = None
    elif fault.record_type == "events" and fault.field.startswith("sides/"):
        number = int(fault.field.split("/")[1])
        sides = list(record["sides"])
        sides[number] = sides[number] | {"role": NOT_A_PARTY}
        record["sides"] = sides
    else:
        return False
    return True


def _flags_in(message: str) -> list[str]:
    return [flag for flag in FLAG if re.search(rf"\b{flag}\b", message)]


def made(databases: Databases, engine: str, given: World, **settings: Any) -> Flask:
    """Return an application on a new database with the records `given`."""
    app = make_app(databases.upgraded(engine), databases.folder, **settings)
    write(given)
    return app


def rebound(app: Flask) -> None:
    """Connect to the application's own database, for queries outside of a request."""
    app.test_client().get("/healthz")


def many(count: int) -> World:
    """Return `count` records of every type, which differ only in their numbers. Each refers to others and has lists."""
    numbers = range(count)
    first, after = numbers[:1], numbers[1:]
    return {
        "sides": [{"id": "camp", "name": "Camp"}]
        + [{"id": f"side-{n}", "name": f"Side {n}", "member_of": [{"side": "camp"}]} for n in numbers],
        "conflicts": [{"id": f"conflict-{n}", "name": "War", "sides": ["camp", f"side-{n}"]} for n in first]
        + [
            {"id": f"conflict-{n}", "name": "War", "parent": "conflict-0", "sides": ["camp", f"side-{n}"]}
            for n in after
        ],
        "claimants": [{"id": f"claimant-{n}", "name": f"Claimant {n}", "side": f"side-{n}"} for n in numbers],
        "sources": [{"id": f"source-{n}", "publisher": f"Publisher {n}"} for n in numbers],
        "events": [_event(n) for n in numbers],
        "claims": [_figure(n) for n in numbers]
        + [
            _figure(0)
            | {"id": "target", "subject_side": "camp", "value": None, "best": None, "qualifier": "unquantified"}
        ],
        "reports": [report(f"claim-{n}", f"source-{n}") for n in numbers] + [report("target", "source-0")],
        "relations": [
            {"id": f"relation-{n}", "claim": f"claim-{n}", "kind": "includes", "target": "target"} for n in numbers
        ],
    }


def _event(n: int) -> Document:
    sides = [{"side": f"side-{n}", "role": "target"}, {"side": "camp", "role": "participant"}]
    about = {"id": f"event-{n}", "name": f"Event {n}", "type": "Battles", "conflict": f"conflict-{n}"}
    return about | {"started_on": "2020-03-01", "ended_on": "2020-03-01", "sides": sides}


def _figure(n: int) -> Document:
    references = {"conflict": f"conflict-{n}", "event": f"event-{n}", "claimant": f"claimant-{n}"}
    sides = {"subject_side": f"side-{n}", "responsible_side": "camp"}
    return claim(f"claim-{n}", **references, **sides, measure="incident", value=n, best=n, qualifier="about")


def ids(answer: Any) -> list[str]:
    """Return the ids of a listing in JSON."""
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json["data"]]


def local(url: str) -> str:
    """Return a link of an answer in the form that the test client needs."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"


def told(answer: Any, status: int, problem: str) -> Document:
    """Check the status and type of a problem, and return its body."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text[:300]
    body: Document = json.loads(answer.data)
    assert body["type"] == f"http://127.0.0.1:8000/v1/problems/{problem}", body
    assert body["status"] == status
    return body
