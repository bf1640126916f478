"""Effects of a write on records that it does not name, and dry runs, over HTTP."""

import itertools
import json
import random
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.database.connection import database
from api.database.statements import select_rows
from api.statistics import effects
from api.v1.shared import write_effects
from schemas.vocabularies import EFFECT
from tests.conftest import Databases
from tests.support import editors, worlds
from tests.support.clients import open_small_world
from tests.support.contract import HonestClient
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped, held

Document = dict[str, Any]
OF_SHELLING = {"conflict": "war", "event": "shelling", "measure": "incident", "subject_side": "alpha"}
OF_WAR = {"conflict": "war", "measure": "cumulative", "subject_side": "red"}
_numbers = itertools.count()


def claim(id: str, best: int, day: str, **given: Any) -> Document:
    """Return a claim of the observers on a day. Its report in the Times has no figure."""
    figure = {"qualifier": "exact", "value": best, "low": best, "best": best, "high": best}
    days = {"stated_on": day, "stated_until": day, "stated_precision": 1}
    told = {"id": id, "claimant": "observers", "harm": "killed", **OF_SHELLING, **figure, **days, **given}
    return told | {"reports": [{"id": f"{id}-in-times", "source": "times"}]}


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world with a key for every scope."""
    return open_small_world(empty, "admin")


def write(
    client: HonestClient,
    method: str,
    record_type: str,
    body: Any = None,
    path: str | None = None,
    dry: bool = False,
    **more: Any,
) -> TestResponse:
    query = "reason=A+test" + ("&dry_run=1" if dry else "")
    data = b"" if body is None else dumped(body)
    answer = ask(client, method, record_type, data, path=path, query=query, **more)
    assert answer.status_code in (200, 201), answer.text
    return answer


def effects_of(client: HonestClient, *asked: Any, **more: Any) -> list[tuple[str, str, str]]:
    """Write as a dry run, then for real. Both must have the same effects."""
    dry = write(client, *asked, dry=True, **more).json
    done = write(client, *asked, **more).json
    assert dry["effects"] == done["effects"]
    assert dry["effects_complete"] and done["effects_complete"]
    return [(told["claim"], told["effect"], told["by"]) for told in done["effects"]]


def best_of(client: HonestClient, query: str) -> list[int]:
    rows = client.get(f"/v1/statistics/casualties?basis=both&harm=killed&{query}").json["data"]
    return [row["best"] for row in rows]


def test_a_newer_figure_names_the_one_that_it_replaces(client: HonestClient) -> None:
    """D8: before the fix the answer was 201 without any effect."""
    assert effects_of(client, "POST", "claims", claim("first", 10, "2020-05-11")) == []
    body = claim("second", 12, "2020-05-12")
    answer = write(client, "POST", "claims", body).json
    (told,) = answer["effects"]
    assert (told["claim"], told["effect"], told["by"], told["by_resource"]) == ("first", "replaced", "second", "claims")
    assert told["before"] is told["after"] is None
    assert told["note"] == (
        "second (12, stated on 2020-05-12) counts in place of first (10, stated on 2020-05-11): of a claimant's "
        "figures of the same people only the newest counts. If they are about different people, give each a `part`, "
        "or correct `event`, `subject_side`, `victim_status`, `victim_sex` or `victim_age`."
    )
    assert answer["dry_run"] is False
    assert best_of(client, "event=shelling") == [12]


def test_figures_that_are_told_apart_have_no_effects(client: HonestClient) -> None:
    assert effects_of(client, "POST", "claims", claim("north", 10, "2020-05-11", part="north")) == []
    assert effects_of(client, "POST", "claims", claim("south", 12, "2020-05-12", part="south")) == []
    assert best_of(client, "event=shelling") == [22]
    assert effects_of(client, "POST", "claims", claim("ours", 3, "2020-05-12", claimant="alpha-mod")) == []


def test_parts_by_group_of_victims_are_included_in_the_whole_of_their_claimant(client: HonestClient) -> None:
    """A figure of soldiers adds nothing to the claimant's figure of all victims of the side, in either order."""
    soldiers = claim("soldiers", 9, "2020-05-11", victim_status="member_of_armed_forces")
    assert effects_of(client, "POST", "claims", claim("whole", 12, "2020-05-11")) == []
    assert effects_of(client, "POST", "claims", soldiers) == [("soldiers", "included", "whole")]
    assert best_of(client, "event=shelling") == [12]
    assert effects_of(client, "DELETE", "claims", path="whole") == [("soldiers", "active_again", "whole")]
    assert best_of(client, "event=shelling") == [9]
    (told,) = write(client, "PATCH", "claims", {"status": "active"}, "whole", dry=True).json["effects"]
    assert told["note"] == (
        "whole (12, stated on 2020-05-11) contains soldiers (9, stated on 2020-05-11), so the two are not added. If "
        "they are about different people, correct `subject_side`, `victim_status`, `part`, `responsible_side` or the "
        "relation `includes`."
    )


def test_an_older_figure_is_told_that_it_does_not_count_itself(client: HonestClient) -> None:
    write(client, "POST", "claims", claim("second", 12, "2020-05-12"))
    assert effects_of(client, "POST", "claims", claim("first", 10, "2020-05-11")) == [("first", "replaced", "second")]


def test_within_one_array_figures_replace_each_other(client: HonestClient) -> None:
    body = [claim(f"day-{n}", n, f"2020-05-1{n}") for n in (1, 2, 3)]
    assert effects_of(client, "POST", "claims", body) == [
        ("day-1", "replaced", "day-3"),
        ("day-2", "replaced", "day-3"),
    ]


def test_an_older_figure_counts_again_when_the_newer_one_is_retracted_or_moved(client: HonestClient) -> None:
    write(client, "POST", "claims", [claim("first", 10, "2020-05-11"), claim("second", 12, "2020-05-12")])
    assert effects_of(client, "DELETE", "claims", path="second") == [("first", "active_again", "second")]
    assert best_of(client, "event=shelling") == [10]
    back = {"status": "active", "status_reason": ""}
    assert effects_of(client, "PATCH", "claims", back, "second") == [("first", "replaced", "second")]
    assert effects_of(client, "PATCH", "claims", {"harm": "injured"}, "second") == [("first", "active_again", "second")]
    assert effects_of(client, "PATCH", "claims", {"harm": "killed"}, "second") == [("first", "replaced", "second")]
    assert effects_of(client, "PATCH", "claims", {"note": "Nothing that counts."}, "second") == []


def test_a_claim_that_follows_its_reports_is_shown_before_and_after(client: HonestClient) -> None:
    figure = {"qualifier": "exact", "value": 10, "low": 10, "best": 10, "high": 10}
    body = claim("said", 10, "2020-05-11")
    body["reports"][0] |= figure
    write(client, "POST", "claims", body)
    other = {"id": "said-in-wire", "claim": "said", "source": "wire", **figure, "value": 15, "low": 15, "best": 15}
    (told,) = write(client, "POST", "reports", other | {"high": 15}).json["effects"]
    assert told["note"].startswith("said follows its reports, of which reports/said-in-wire changed: exact 10; now")
    old = {"low": 10, "best": 10, "high": 10, "qualifier": "exact", "flags": []}
    both = {"low": 10, "best": 10, "high": 15, "qualifier": "exact", "flags": ["reports_differ"]}
    changed = ("said", "figure_changed", "said-in-wire", "reports", old, both)
    assert tuple(told[name] for name in ("claim", "effect", "by", "by_resource", "before", "after")) == changed
    assert effects_of(client, "PATCH", "sources", {"reliability": "A"}, "wire") == [("said", "figure_changed", "wire")]
    assert effects_of(client, "DELETE", "reports", path="said-in-wire") == [("said", "figure_changed", "said-in-wire")]
    assert client.get("/v1/claims/said").json["data"]["best"] == 10


@pytest.mark.parametrize(
    ("kind", "effect"), [("supersedes", "superseded"), ("misreports", "misreported"), ("same_as", "repeated")]
)
def test_a_relation_names_the_claim_that_no_longer_counts(client: HonestClient, kind: str, effect: str) -> None:
    write(client, "POST", "claimants", {"id": "alpha-press", "name": "Press office", "side": "alpha"})
    ours = claim("ours", 3, "2020-05-11", claimant="alpha-mod")
    write(client, "POST", "claims", [ours, claim("old", 3, "2020-05-11", claimant="alpha-press")])
    falls, by = "old", "ours"
    speaks, target = (by, falls) if kind == "supersedes" else (falls, by)
    relation = {"id": "tie", "kind": kind, "claim": speaks, "target": target}
    assert effects_of(client, "POST", "relations", relation) == [(falls, effect, by)]
    assert effects_of(client, "DELETE", "relations", path="tie") == [(falls, "active_again", by)]
    assert effects_of(client, "PATCH", "relations", {"status": "active"}, "tie") == [(falls, effect, by)]


def test_parts_are_contained_in_the_whole_of_their_claimant(client: HonestClient) -> None:
    parts = [claim("north", 10, "2020-05-11", part="north"), claim("south", 12, "2020-05-11", part="south")]
    write(client, "POST", "claims", parts)
    told = effects_of(client, "POST", "claims", claim("whole", 30, "2020-05-12"))
    assert told == [("north", "included", "whole"), ("south", "included", "whole")]
    assert best_of(client, "event=shelling") == [30]


def test_a_count_from_a_later_day_is_told_that_it_does_not_count(client: HonestClient) -> None:
    since = {"event": None, **OF_WAR}
    write(client, "POST", "claims", claim("whole", 73000, "2021-05-11", **since, covers_from="2020-01-01"))
    truce = claim("truce", 1259, "2021-05-12", **since, covers_from="2021-03-01")
    assert effects_of(client, "POST", "claims", truce) == [("truce", "later_start", "whole")]
    higher = {"value": 80000, "low": 80000, "best": 80000, "high": 80000}
    told = effects_of(client, "PATCH", "claims", higher, "truce")
    assert told == [("truce", "active_again", "whole"), ("whole", "replaced", "truce")]


def test_a_conflict_with_other_days_names_the_claims_that_count_otherwise(client: HonestClient) -> None:
    """Totals without a first day cover the conflict from its first day on."""
    since = {"event": None, **OF_WAR}
    write(client, "POST", "claims", claim("total", 500, "2021-05-11", **since))
    write(client, "POST", "claims", claim("spring", 100, "2021-05-12", **since, covers_from="2020-05-01"))
    earlier = {"started_on": "2020-05-01"}
    assert effects_of(client, "PATCH", "conflicts", earlier, "war") == [
        ("spring", "active_again", "total"),
        ("total", "replaced", "spring"),
    ]


def test_a_side_that_joins_another_is_no_longer_a_perpetrator_of_its_own(client: HonestClient) -> None:
    """A claimant who names two perpetrators, neither a member of the other, states two parts."""
    said = {"statement": "both"}
    by_hired = claim("by-hired", 12, "2020-05-11", responsible_side="hired", flags=["not_a_party"], **said)
    by_north = claim("by-north", 10, "2020-05-11", responsible_side="red-north", **said)
    assert effects_of(client, "POST", "claims", [by_hired, by_north]) == []
    assert best_of(client, "event=shelling") == [22]
    joins = {"member_of": [{"side": "red-north"}]}
    assert effects_of(client, "PATCH", "sides", joins, "hired") == [("by-north", "replaced", "by-hired")]
    assert best_of(client, "event=shelling") == [12]
    (told,) = write(client, "PATCH", "sides", {"member_of": []}, "hired").json["effects"]
    assert (told["claim"], told["effect"]) == ("by-north", "active_again")


@pytest.mark.parametrize("record_type", GOOD)
def test_a_record_that_changes_no_other_claim_has_no_effects(client: HonestClient, record_type: str) -> None:
    assert effects_of(client, "POST", record_type, GOOD[record_type] | {"id": f"new-{record_type}"}) == []
    assert effects_of(client, "PATCH", record_type, {}, f"new-{record_type}") == []
    if record_type != "claims":
        assert effects_of(client, "DELETE", record_type, path=f"new-{record_type}") == []


def test_more_claims_than_are_compared_are_not_guessed(client: HonestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    write(client, "POST", "claims", claim("first", 10, "2020-05-11"))
    monkeypatch.setattr(effects, "MOST_CLAIMS", 1)
    answer = write(client, "POST", "claims", claim("second", 12, "2020-05-12")).json
    assert (answer["effects"], answer["effects_complete"]) == ([], False)


def test_effects_of_many_claims_take_as_many_queries_as_those_of_one(
    client: HonestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    def count_queries(revision: int, written: effects.Written) -> effects.Effects:
        with monkeypatch.context() as patch:
            execute, sent = database.obj.execute_sql, []
            patch.setattr(database.obj, "execute_sql", lambda *given: sent.append(given) or execute(*given))
            told = effects.find_effects(revision, written)
        counts.append(len(sent))
        return told

    monkeypatch.setattr(write_effects, "find_effects", count_queries)
    write(client, "POST", "claims", claim("first", 1, "2020-05-11"))
    write(client, "POST", "claims", claim("alone", 2, "2020-05-12"))
    many = [claim(f"of-many-{n}", n, "2020-05-13", part=f"part {n // 2}") for n in range(300)]
    assert len(write(client, "POST", "claims", many).json["effects"]) == 151
    assert counts[2] <= counts[1] + 2


# Dry runs ------------------------------------------------------------------------------------------------------------


def test_a_dry_run_writes_nothing_and_uses_no_key_up(client: HonestClient) -> None:
    write(client, "POST", "claims", claim("first", 10, "2020-05-11"))
    before = held()
    headers: dict[str, str | None] = {"Idempotency-Key": "once"}
    body = claim("second", 12, "2020-05-12")
    dry = write(client, "POST", "claims", body, dry=True, headers=headers)
    assert dry.status_code == 200
    assert dry.json["data"]["revision"] is None
    assert dry.json["data"]["id"] == "second"
    assert dry.json["dry_run"] is True
    assert held() == before
    assert client.get("/v1/claims/second").status_code == 404
    done = write(client, "POST", "claims", body, headers=headers)
    assert (done.status_code, done.json["dry_run"]) == (201, False)
    assert done.json["effects"] == dry.json["effects"]
    again = write(client, "POST", "claims", body, headers=headers)
    assert again.json == done.json
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_dry_run_of_a_correction_or_retraction_writes_nothing(client: HonestClient) -> None:
    write(client, "POST", "claims", [claim("first", 10, "2020-05-11"), claim("second", 12, "2020-05-12")])
    before = held()
    tag = client.get("/v1/claims/second").headers["ETag"]
    for method, body in (("PATCH", {"harm": "injured"}), ("DELETE", None)):
        answer = write(client, method, "claims", body, "second", dry=True, headers={"If-Match": tag})
        assert (answer.status_code, answer.json["data"]["revision"]) == (200, None)
        assert [told["effect"] for told in answer.json["effects"]] == ["active_again"]
        assert held() == before
    assert client.get("/v1/claims/second").headers["ETag"] == tag


def test_a_dry_run_is_refused_like_the_write(client: HonestClient) -> None:
    before = held()
    for method, record_type, body, path, status in (
        ("POST", "claims", claim("first", 10, "2020-05-11") | {"claimant": "nobody"}, None, 422),
        ("PATCH", "claims", {"best": -1}, "a-own", 422),
        ("DELETE", "sides", None, "alpha", 409),
        ("DELETE", "sides", None, "nowhere", 404),
    ):
        data = b"" if body is None else dumped(body)
        answers = [
            ask(client, method, record_type, data, path=path, query=f"reason=A+test{dry}") for dry in ("&dry_run=1", "")
        ]
        assert [answer.status_code for answer in answers] == [status, status]
        first, second = (json.loads(answer.data) | {"instance": None} for answer in answers)
        assert first["detail"] == second["detail"]
    assert held() == before
    assert ask(client, "POST", "sides", b"{}", query="reason=A+test&dry_run=maybe").status_code == 422


# Effects against the whole database ----------------------------------------------------------------------------------


class DenseDocuments(editors.Documents):
    """Claims by few claimants about few people, so that they often replace each other."""

    def _claims(self) -> Document:
        about = {
            "claimant": self.chance.choice(("one-mod", "one-mod", "observers")),
            "event": self.chance.choice(("clash", "clash", None)),
            "subject_side": self.chance.choice(("camp-one", "member")),
            "victim_status": self.chance.choice(("any", "any", "civilian", "member_of_armed_forces")),
            "part": self.chance.choice((None, None, "north", "south")),
            "statement": None,
        }
        made = super()._claims() | about | {"covers_from": None, "covers_to": None, "flags": []}
        return made | {"measure": "incident" if made["event"] else "bodies", "harm": "killed"}

    def _relations(self) -> Document:
        """Return a relation of two claims, most often by the same claimant about the same event."""
        kind = self.chance.choice(("supersedes", "supersedes", "includes", "same_as", "misreports"))
        with database.connection_context():
            pairs = select_rows(
                "SELECT a.slug, b.slug FROM claim a JOIN claim b ON a.claimant_id = b.claimant_id AND a.slug > b.slug "
                "AND a.stated_on >= b.stated_on AND COALESCE(a.event_id, 0) = COALESCE(b.event_id, 0) ORDER BY 1, 2"
            )
        ends = dict(zip(("claim", "target"), self.chance.choice(pairs), strict=True)) if pairs else {}
        return super()._relations() | {"kind": kind, "stated_until": None} | ends


class WatchedEditor(editors.Editor):
    """An editor who compares the effects of each answer with the whole database before and after."""

    def __init__(self, app: Flask, chance: random.Random) -> None:
        super().__init__(app, chance)
        self.documents = DenseDocuments(chance, self.known)
        self.seen: set[str] = set()
        self.look()

    def act(self) -> None:
        self.chance.choice([*[self.add_claim] * 4, *[self.correct] * 4, self.relate, self.take_back])()

    def look(self) -> None:
        with database.connection_context():
            self.state = effects._read_state([key for (key,) in select_rows("SELECT id FROM claim ORDER BY id")])

    def _note(self, answer: TestResponse) -> TestResponse:
        if answer.status_code in (200, 201):
            before = self.state
            self.look()
            told = {one["claim"]: one["effect"] for one in answer.json["effects"] if one["effect"] != "figure_changed"}
            compared = effects._compare_states(before, self.state, effects.Written("claims", ()))
            assert told == {one.claim: one.effect for one in compared}
            self.seen |= set(told.values())
        return super()._note(answer)


@pytest.mark.parametrize("seed", range(2))
def test_effects_are_those_of_the_whole_database(databases: Databases, engine: str, seed: int) -> None:
    editor = WatchedEditor(worlds.made(databases, engine, editors.base()), random.Random(seed))
    for _ in range(100):
        editor.act()
    assert {"replaced", "superseded", "active_again"} <= editor.seen <= set(EFFECT)
