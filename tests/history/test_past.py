"""After any writes every past revision reads as before, to the byte: lists, records and statistics."""

import json
import random
import re
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.change_log import audit
from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.evidence import world
from api.history.revisions import current_revision
from api.listings import query, references
from api.statistics import casualties
from api.writes.update import mark_retracted
from tests.conftest import Databases
from tests.support.editors import NAMES, Editor, base
from tests.support.worlds import RECORD_TYPES, claim, ids, local, made, rebound, report

FORMS = [pytest.param(1, 5, 6, id="1"), pytest.param(8, 20, 200, id="8", marks=pytest.mark.night)]
LISTS = (
    *(f"/v1/{record_type}?limit=1000" for record_type in RECORD_TYPES),
    *(f"/v1/{record_type}?as_of=2020-03-01&fields=id" for record_type in RECORD_TYPES),
    *(f"/v1/{record_type}?q={NAMES[0]}&fields=id" for record_type in RECORD_TYPES if record_type != "relations"),
    "/v1/claims.csv?harm=killed&sort=-best,stated_on",
    "/v1/claims.ndjson?subject_side=camp-one&members=1",
    "/v1/claims.geojson?conflict=war",
    "/v1/claims.xlsx?fields=id,best",
    "/v1/events.csv?side=camp-one,none",
    "/v1/claims?limit=2&sort=-stated_on",
)
STATISTICS = (
    "/v1/statistics/casualties?conflict=war",
    "/v1/statistics/casualties?group_by=subject_side,year&policy=latest",
    "/v1/statistics/casualties.csv?conflict=war&group_by=event,day&policy=own_side",
    "/v1/statistics/casualties?conflict=war&basis=totals&group_by=subject_side&policy=highest",
    "/v1/statistics/casualties?conflict=war&group_by=victim_status&as_of=2020-03-15",
    "/v1/statistics/claims?group_by=claimant,source",
    "/v1/statistics/events?group_by=conflict,side",
    "/v1/statistics/series?conflict=war",
    "/v1/statistics/matrix?conflict=war&harm=killed,injured&basis=incidents",
    "/v1/statistics/disagreement?of=events",
    "/v1/events/clash/disagreement",
    "/v1/statistics/timeliness?subject_side=camp-one",
    "/v1/check?conflict=war&harm=killed&number=8",
    "/v1/check?event=clash&harm=killed&number=3&as_of=2020-03-15",
)
LOGGED = ("/v1/changes?limit=1000", "/v1/changes.csv?resource=claims")
LINK = re.compile(r'"http://127\.0\.0\.1:8000(/v1/[^"]*)"')


class Read(NamedTuple):
    """The content of an answer. `X-Request-Id` names the request, not the answer."""

    status: int
    tag: str | None
    kept_by_caches: str | None
    body: bytes


Album = dict[str, Read]


def pinned(address: str, revision: int) -> str:
    return f"{address}{'&' if '?' in address else '?'}revision={revision}"


def read(client: FlaskClient, address: str) -> Read:
    answer = client.get(address, buffered=True)
    assert answer.status_code < 500, (address, answer.text)
    headers = answer.headers
    body, tag = re.sub(rb',"request_id":"[0-9a-f]*"', b"", answer.data), headers.get("ETag")
    if b'"newer":' in body:  # a pinned record also says what has changed since: tests/v1/shared/test_pinning.py
        document = json.loads(body)
        document["meta"].pop("newer", None)
        body, tag = json.dumps(document).encode(), (tag or "").partition("-")[0]
    return Read(answer.status_code, tag, headers.get("Cache-Control"), body)


def photographed(editor: Editor, revision: int, most: int) -> Album:
    """Return every answer while `revision` is the newest. Include at most `most` single records and evidence of
    statistics."""
    records = [f"/v1/{record_type}/{slug}" for record_type in RECORD_TYPES for slug in editor.known(record_type)]
    addresses = [*LISTS, *STATISTICS, *LOGGED, *some(editor.chance, records, most)]
    album = {address: read(editor.client, pinned(address, revision)) for address in addresses}
    told = [album[address].body.decode() for address in STATISTICS if album[address].status == 200]
    links = {link for text in told for link in LINK.findall(text)}
    assert [link for link in links if f"revision={revision}" not in link] == []
    return album | {link: read(editor.client, link) for link in some(editor.chance, sorted(links), most)}


def some(chance: random.Random, found: list[str], most: int) -> list[str]:
    return chance.sample(found, min(most, len(found)))


def forget() -> None:
    """Clear the caches of the process, so that the database answers everything again."""
    for kept in (casualties._answer_question, world._conflicts_and_sides, query._count_bound):
        kept.cache_clear()
    references._cached = ()


def assert_as_then(editor: Editor, revision: int, album: Album) -> None:
    for address, then in album.items():
        now = read(editor.client, address if "revision=" in address else pinned(address, revision))
        assert now == then, (revision, address)


@pytest.mark.parametrize(("examples", "writes", "most"), FORMS)
def test_every_past_revision_reads_as_it_read_then(
    databases: Databases, engine: str, examples: int, writes: int, most: int
) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.reuse, Phase.generate],  # shrinking would write thousands of worlds
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 10**9))
    def any_writes(seed: int) -> None:
        write_and_look_back(made(databases, engine, base()), random.Random(seed), writes, most)

    any_writes()


def write_and_look_back(app: Flask, chance: random.Random, writes: int, most: int) -> None:
    editor = Editor(app, chance)
    editor.add_dataset(8)
    albums = {2: photographed(editor, 2, most)}
    for _ in range(writes):
        editor.act()
        rebound(app)
        with database.connection_context():
            newest = current_revision()
        if newest not in albums:
            albums[newest] = photographed(editor, newest, most)
        revision = chance.choice(sorted(albums))  # with all cached answers of other revisions, as on a server
        assert_as_then(
            editor, revision, {link: albums[revision][link] for link in some(chance, [*albums[revision]], 9)}
        )
    for revision, album in albums.items():
        forget()
        assert_as_then(editor, revision, album)
    with database.connection_context(), open_snapshot(None):
        assert audit.Walk(audit.OutsideCopy()).to_the_end().size > 0


def test_the_evidence_of_a_past_statistic_is_that_of_then(databases: Databases, engine: str) -> None:
    """The same holds when a process has cached the statistic."""
    figure = {"event": "clash", "claimant": "one-mod", "measure": "incident", "qualifier": "exact"}
    claims = [claim("said", **figure, best=3), claim("not-said", **figure | {"qualifier": "unquantified"})]
    reports = [report(document["id"], "times") for document in claims]
    client = made(databases, engine, base() | {"claims": claims, "reports": reports}).test_client()
    told = client.get("/v1/statistics/casualties?revision=1").json
    (row,) = told["data"]
    with database.connection_context():
        mark_retracted("claims", "said", "Gone.", "editor")
    assert ids(client.get(local(row["links"]["claims"]))) == ["said"]
    assert [left["claims"] for left in told["meta"]["excluded"]] == [1]
    for left in told["meta"]["excluded"]:
        assert len(ids(client.get(local(left["url"])))) == left["claims"]


def test_a_number_is_found_however_it_is_spelt(databases: Databases, engine: str) -> None:
    """A search takes `2300`, `2,300` and `2.300` as one number, also in older records."""
    phrases = {"comma": "2,300 troops", "together": "2300 soldats", "point": "2.300 Soldaten", "more": "12,300 troops"}
    claims = [claim(id, claimant="one-mod", phrase=phrase) for id, phrase in phrases.items()]
    reports = [report(document["id"], "times") for document in claims]
    client = made(databases, engine, base() | {"claims": claims, "reports": reports}).test_client()
    with database.connection_context():
        mark_retracted("claims", "more", "Gone.", "editor")
    for past in ("", "&revision=1"):
        for number in ("2300", "2,300", "2.300", '"2 300"'):
            assert sorted(ids(client.get(f"/v1/claims?q={number}{past}"))) == ["comma", "point", "together"]
        assert ids(client.get(f"/v1/claims?q=2300 soldats{past}")) == ["together"]
        assert "together" not in ids(client.get(f"/v1/claims?q=-2,300{past}"))
        assert ids(client.get(f"/v1/claims?q=300 -2300{past}")) == ["more"]
