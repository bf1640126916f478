"""An editor who makes random writes over HTTP and directly, as imports do. Some of the writes are refused."""

import contextlib
import itertools
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, Response
from werkzeug.test import TestResponse

from api.auth import api_keys
from api.database.connection import database
from api.database.statements import select_rows
from api.records.faults import Fault, InUseError, RefusedError
from api.records.record_types import RECORD_TYPES
from api.writes.update import mark_retracted, revise_record
from schemas import vocabularies
from tests.support.contract import BufferedClient
from tests.support.worlds import Document, World, fit_record, rebound, write

DAYS = ("2020-01-01", "2020-02-28", "2020-03-01", "2020-03-15", "2020-10-04", "2021-01-01")
NAMES = ("Ağdərə", "кто", "Red camp", "née", "=1+1", "Շուշի", "A b c")
NOTES = ("", "", "Said twice.", "line\nbreak", '"quoted" \\ back', "Ağdərə again")
FIGURES: tuple[Document, ...] = (
    {"qualifier": "exact", "value": 3, "low": 3, "best": 3, "high": 3},
    {"qualifier": "exact", "value": 0, "low": 0, "best": 0, "high": 0},
    {"qualifier": "about", "value": 8, "low": None, "best": 8, "high": None},
    {"qualifier": "at_least", "value": 5, "low": 5, "best": 5, "high": None},
    {"qualifier": "up_to", "value": 6, "low": None, "best": None, "high": 6},
    {"qualifier": "unquantified", "value": None, "low": None, "best": None, "high": None},
)
REASONS = ("Entered.", "Correction: née, not nee.", "The ministry took it back.")
MOST_TRIES = 3
Known = Callable[[str], list[str]]


def base() -> World:
    """Return records that any other record can refer to."""
    sides = [{"id": id, "name": id} for id in ("camp-one", "camp-two")]
    return {
        "sides": [*sides, {"id": "member", "name": "A member", "member_of": [{"side": "camp-one"}]}],
        "conflicts": [
            {"id": "war", "name": "The war", "sides": ["camp-one", "camp-two"]},
            {"id": "phase", "name": "A phase", "parent": "war", "ended_on": "2020-11-10"},
        ],
        "claimants": [
            {"id": "one-mod", "name": "Ministry", "side": "camp-one"},
            {"id": "two-mod", "name": "Army", "side": "camp-two"},
            {"id": "observers", "name": "Observers"},
        ],
        "sources": [
            {"id": "times", "publisher": "Times, Weekly", "reliability": "B"},
            {"id": "wire", "publisher": "=Wire"},
        ],
        "events": [
            {"id": id, "name": id, "conflict": "war", "type": "Battles", "started_on": DAYS[2], "ended_on": DAYS[2]}
            for id in ("clash", "shelling")
        ],
    }


class Documents:
    """Random documents of every record type, most of them valid."""

    def __init__(self, chance: random.Random, known: Known) -> None:
        self.chance, self.known = chance, known

    def of(self, record_type: str) -> Document:
        made: Document = getattr(self, f"_{record_type}")()
        return made

    def _one(self, record_type: str, none: float = 0.0) -> str | None:
        found = self.known(record_type)
        return None if not found or self.chance.random() < none else self.chance.choice(found)

    def _day(self) -> str | None:
        return self.chance.choice([*DAYS, None])

    def _days(self) -> tuple[str, str]:
        first, last = sorted(self.chance.choices(DAYS, k=2))
        return first, last

    def _sides(self) -> Document:
        older = self.known("sides")[:3]  # a side that is a member of itself has no camp
        member_of = [{"side": side, "from_day": self._day(), "to_day": None} for side in self._few(older, 0.6)]
        told = {
            "kind": self.chance.choice(list(vocabularies.SIDE_KIND)),
            "country": self.chance.choice([None, "ALB", "BGR"]),
        }
        return told | {"aliases": self._few(NAMES), "member_of": member_of} | self._named()

    def _conflicts(self) -> Document:
        first, last = self._days()
        days = {"started_on": first, "ended_on": self.chance.choice([None, last])}
        parent = self.chance.choice([None, "war", "phase"])
        return {"parent": parent, "sides": self._few(self.known("sides")), **days, **self._named()}

    def _claimants(self) -> Document:
        return {"kind": self._word(vocabularies.CLAIMANT_KIND), "side": self._one("sides", 0.3), **self._named()}

    def _sources(self) -> Document:
        first, last = self._days()
        return {
            "publisher": self.chance.choice(NAMES),
            "title": self.chance.choice(NOTES),
            "url": self.chance.choice([None, "https://times.example.org/a"]),
            "published_on": first,
            "published_until": last,
            "kind": self._word(vocabularies.SOURCE_KIND),
            "reliability": self.chance.choice([None, "A", "C", "F"]),
            "note": self.chance.choice(NOTES),
        }

    def _events(self) -> Document:
        first, last = self._days()
        sides = [{"side": side, "role": self._word(vocabularies.SIDE_ROLE)} for side in self._few(self.known("sides"))]
        where = self.chance.choice([(None, None), (40.5, 46.25), (-0.0, 1e-7)])
        return {
            "conflict": self._one("conflicts"),
            "type": self._word(vocabularies.EVENT_TYPE),
            "started_on": first,
            "ended_on": last,
            "place": self.chance.choice(("", *NAMES)),
            "place_aliases": self._few(NAMES),
            "country": self.chance.choice([None, "ALB"]),
            "latitude": where[0],
            "longitude": where[1],
            "sides": sides,
            **self._named(),
        }

    def _claims(self) -> Document:
        measure, days = self.chance.choice(["incident"] * 4 + ["period", "cumulative", "bodies"]), self._days()
        event = self._one("events", 0.0 if measure == "incident" else 0.7)
        flags = self._few(list(vocabularies.FLAG))
        stated, stated_until = self._days()
        return {
            "kind": self.chance.choice(["casualty"] * 9 + ["denial"]),
            "conflict": self._conflict_of(event) if event else self.chance.choice(["war", "war", "phase"]),
            "event": event,
            "claimant": self._one("claimants"),
            "subject_side": self._one("sides", 0.2),
            "responsible_side": self._one("sides", 0.7),
            "harm": self.chance.choice(["killed", "killed", "injured"]),
            "victim_status": self._word(vocabularies.VICTIM_STATUS),
            "measure": measure,
            "covers_from": None if measure == "incident" else days[0],
            "covers_to": None if measure == "incident" else days[1],
            "stated_on": stated,
            "stated_until": stated_until,
            "statement": self.chance.choice([None, "one-utterance"]),
            "flags": [flag for flag in vocabularies.FLAG if flag in flags],
            "credibility": self.chance.choice([None, 1, 6]),
            "phrase": self.chance.choice(NOTES),
            "note": self.chance.choice(NOTES),
            **self.chance.choice(FIGURES),
        }

    def _conflict_of(self, event: str) -> str:
        """Return the conflict of an event, or another conflict, which the claim does not fit."""
        return self.chance.choice([self.conflict_of(event)] * 9 + ["war"])

    def conflict_of(self, event: str) -> str:
        query = "SELECT c.slug FROM event e JOIN conflict c ON c.id = e.conflict_id WHERE e.slug = "
        with database.connection_context():
            ((conflict,),) = select_rows(f"{query}'{event}'")
        return str(conflict)

    def _reports(self) -> Document:
        told = {"claim": self._one("claims"), "source": self._one("sources"), "reported_on": self._day()}
        told |= {"phrase": self.chance.choice(NOTES), "note": self.chance.choice(NOTES), "harm": "killed"}
        return told | self.chance.choice(({}, *FIGURES))

    def _relations(self) -> Document:
        kinds = ["supersedes", "supersedes", "includes", "includes", "same_as", "contradicts", "denies"]
        ends = sorted((self._one("claims") or "", self._one("claims") or ""))  # so there is no circle
        told = {"claim": ends[1], "target": ends[0], "kind": self.chance.choice(kinds), "stated_until": self._day()}
        return told | {"note": self.chance.choice(NOTES)}

    def _named(self) -> Document:
        return {"name": self.chance.choice(NAMES), "note": self.chance.choice(NOTES)}

    def _word(self, words: vocabularies.Vocabulary) -> str:
        return self.chance.choice(list(words))

    def _few(self, words: Sequence[str], none: float = 0.3) -> list[str]:
        return [] if self.chance.random() < none else self.chance.sample(list(words), self.chance.choice((1, 2)))


class Editor:
    """Writes to one application; `told` has the status codes of its answers, in order."""

    def __init__(self, app: Flask, chance: random.Random) -> None:
        self.app, self.chance = app, chance
        self.client = BufferedClient(app, Response)
        self.documents = Documents(chance, self.known)
        self.numbers = itertools.count(1)
        self.told: list[int] = []
        rebound(app)
        with database.connection_context():
            key = api_keys.create("An editor", ["write", "retract"], None)
        self.headers = {"Authorization": f"Bearer {key}"}

    def known(self, record_type: str) -> list[str]:
        """Return the ids of the records of a type, in the order in which they were written."""
        table = RECORD_TYPES[record_type].model._meta.table_name
        with database.connection_context():
            return [slug for (slug,) in select_rows(f"SELECT slug FROM {table} ORDER BY id")]

    def act(self) -> None:
        """Make one write, which may be refused."""
        usual = [self.add, self.add, self.add_claim, self.add_claim, self.relate, self.relate, self.add_many]
        usual += [self.correct] * 8 + [self.take_back] * 2 + [self.by_the_road, self.in_error, self.in_error]
        self.chance.choice(usual)()

    def add(self) -> None:
        record_type = self.chance.choice(
            [record_type for record_type in RECORD_TYPES if record_type not in ("claims", "relations")]
        )
        self.post(record_type, self.documents.of(record_type))

    def add_many(self) -> None:
        record_type = self.chance.choice(list(RECORD_TYPES))
        made = self._claim if record_type == "claims" else lambda: self.documents.of(record_type)
        self.post(record_type, [made() for _ in range(self.chance.choice((1, 2, 3)))])

    def add_claim(self) -> None:
        self.post("claims", self._claim())

    def _claim(self) -> Document:
        sources = self.chance.sample(self.known("sources"), self.chance.choice((1, 1, 2)))
        claim = {"id": f"c{next(self.numbers):05}", **self.documents.of("claims")}
        own = {}
        if self.chance.random() < 0.5:
            own = {name: claim[name] for name in FIGURES[0]}
            claim["flags"] = [flag for flag in claim["flags"] if not flag.startswith("reports_differ")]
        reports = [{"source": source, "phrase": self.chance.choice(NOTES), **own} for source in sources]
        return claim | {"reports": reports}

    def relate(self) -> None:
        self.post("relations", self.documents.of("relations"))

    def correct(self) -> None:
        """Send a merge patch of a few fields of any record."""
        record_type, slug = self._any()
        if slug:
            whole = self.documents.of(record_type)
            fields = self.chance.sample(sorted(whole), min(len(whole), self.chance.choice((1, 2, 4))))
            gone = {"status": "withdrawn", "status_reason": "Gone."} if self.chance.random() < 0.1 else {}
            self.patch(record_type, slug, {name: whole[name] for name in fields} | gone, self.tag(record_type, slug))

    def take_back(self) -> None:
        record_type, slug = self._any()
        if slug:
            address, headers = (
                self._address(record_type, slug),
                self.headers | {"If-Match": self.tag(record_type, slug)},
            )
            self._note(self.client.delete(address, headers=headers))

    def by_the_road(self) -> None:
        """Write as imports and seeds do: several record types in one revision, or a change without If-Match."""
        record_type, slug = self._any()
        ways: list[Callable[[], Any]] = [lambda: self.add_dataset(self.chance.choice((1, 2)))]
        if slug:
            ways.append(
                lambda: revise_record(
                    record_type, slug, self.documents.of(record_type), self.chance.choice(REASONS), "import"
                )
            )
            ways.append(lambda: mark_retracted(record_type, slug, self.chance.choice(REASONS), "import"))
        with database.connection_context(), contextlib.suppress(RefusedError, InUseError):
            self.chance.choice(ways)()

    def add_dataset(self, size: int) -> None:
        """Write claims and their source in one revision. Their ids are unused."""
        source = {"id": f"d{next(self.numbers)}", **self.documents.of("sources")}
        claims = [self._claim() for _ in range(size)]
        for claim in claims:  # so that the dataset is always accepted
            claim["conflict"] = self.documents.conflict_of(claim["event"]) if claim["event"] else claim["conflict"]
        reports = [
            {"id": f"{claim['id']}-{n}", "claim": claim["id"], **told}
            for claim in claims
            for n, told in enumerate([*claim.pop("reports"), {"source": source["id"]}])
        ]
        write({"sources": [source], "claims": claims, "reports": reports}, self.chance.choice(REASONS), "import")

    def in_error(self) -> None:
        """Send a write that must be refused, or a write that was answered before."""
        record_type, slug = self._any()
        claim = self._claim()
        sent = {"reason": "x", "id": slug or "x"}
        wrong: list[Callable[[], TestResponse]] = [
            lambda: self.post("claims", claim | {"reports": []}),
            lambda: self.post("claims", [claim, claim | {"id": "other", "claimant": "nobody"}]),
            lambda: self.post("sides", {"id": "camp-one", "name": "Taken"}),
            lambda: self.post("claims", claim | {"best": 3.7}),
            lambda: self.patch(record_type, slug or "x", {"note": "Unseen."}, '"0-0"'),
            lambda: self.patch(record_type, slug or "x", {"id": "another"}, "*"),
            lambda: self._note(self.client.delete("/v1/sides/camp-one", query_string=sent, headers=self.headers)),
            lambda: self._note(self.client.post("/v1/sides?reason=x", json={"name": "x"})),
        ]
        status = self.chance.choice(wrong)().status_code
        assert 400 <= status < 500, status
        if self.chance.random() < 0.3:
            first = self.post("sources", self.documents.of("sources"))
            again = self.client.post(**self._last)
            assert again.status_code == first.status_code, (first.text, again.text)
            # A refusal is not stored, and it names the id of its request.
            assert first.status_code != 201 or again.data == first.data, (first.text, again.text)

    # The wire ----------------------------------------------------------------------------------------------------

    def _any(self) -> tuple[str, str | None]:
        record_type = self.chance.choice([*RECORD_TYPES, "claims", "claims", "events", "relations"])
        found = self.known(record_type)
        return record_type, self.chance.choice(found) if found else None

    def _address(self, record_type: str, slug: str = "") -> str:
        reason = self.chance.choice(REASONS).replace(" ", "+")
        return f"/v1/{record_type}{slug and '/'}{slug}?reason={reason}"

    def tag(self, record_type: str, slug: str) -> str:
        return str(self.client.head(f"/v1/{record_type}/{slug}").headers["ETag"])

    def post(self, record_type: str, body: Any) -> TestResponse:
        """Send the record or records. If they are refused, correct them most of the time, and send them again."""
        answer = self._post_once(record_type, body)
        for _ in range(MOST_TRIES if record_type == "claims" and self.chance.random() < 0.9 else 0):
            if answer.status_code != 422 or not self._obey(body, answer):
                break
            answer = self._post_once(record_type, body)
        return answer

    def _obey(self, body: Any, answer: TestResponse) -> bool:
        """Correct the claims and their reports. Return False if a fault is of another kind."""
        for error in answer.json["errors"]:
            path = error["name"].removeprefix("/").split("/")
            record = body[int(path.pop(0))] if isinstance(body, list) and path[0].isdecimal() else body
            record_type = "claims"
            if path[0] == "reports" and len(path) > 2:
                record_type, record, path = "reports", record["reports"][int(path[1])], path[2:]
            if isinstance(record, list) or not fit_record(
                record, Fault(record_type, 0, "/".join(path), error["message"]), {}
            ):
                return False
        return True

    def _post_once(self, record_type: str, body: Any) -> TestResponse:
        headers = {**self.headers, "Idempotency-Key": f"key-{next(self.numbers)}"}
        data = json.dumps(body)
        self._last: dict[str, Any] = {
            "path": f"{self._address(record_type)}&allow_duplicate=1",  # there are few names, so duplicates are common
            "data": data,
            "headers": headers,
            "content_type": "application/json",
        }
        return self._note(self.client.post(**self._last))

    def patch(self, record_type: str, slug: str, patch: Document, tag: str) -> TestResponse:
        headers = {**self.headers, "If-Match": tag}
        return self._note(self.client.patch(self._address(record_type, slug), json=patch, headers=headers))

    def _note(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code < 500, answer.text
        self.told.append(answer.status_code)
        return answer
