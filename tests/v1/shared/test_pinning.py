"""Every list, record and statistic takes both clocks, answers correctly, and tells caches how long to store it."""

import csv
import io
import logging
import re
import zipfile

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.database.connection import database
from api.writes.name_release import add_release
from api.writes.update import mark_retracted, revise_record
from tests.conftest import Databases
from tests.support.contract import HonestClient, document_of, open_client
from tests.support.editors import base
from tests.support.worlds import RECORD_TYPES, World, claim, made, report, told, write

#: Addresses without any clock, or without the first one, and the reason.
OF_THE_LOG = "is of the log, which tells when it was written, not when something was said"
OF_THE_NEWEST = "tells of what is newest, or of all time"
WITHOUT_A_DAY = {
    "/v1/changes": OF_THE_LOG,
    "/v1/changes.{suffix}": OF_THE_LOG,
    "/v1/{resource}/{record_id}/history": OF_THE_LOG,
    "/v1/claims/{record_id}/citation": "tells the day on which it was said",
}
#: tests/v1/records/test_datasets.py asks them of a database with datasets.
OF_DATASETS = {
    address: "is of datasets, whose claims have a day each"
    for address in ("/v1/datasets", "/v1/datasets.{suffix}", "/v1/datasets/{record_id}")
}
WITHOUT_A_DAY |= OF_DATASETS
WITHOUT_CLOCKS = {
    "/v1/changes.atom": OF_THE_NEWEST,
    "/v1/changes.jsonfeed": OF_THE_NEWEST,
    "/v1/releases.atom": OF_THE_NEWEST,
    "/v1/releases.jsonfeed": OF_THE_NEWEST,
    "/v1/releases": OF_THE_NEWEST,
    "/v1/webhooks": OF_THE_NEWEST,
    "/v1/webhooks/{webhook_id}": OF_THE_NEWEST,
    "/v1/releases/{name}": "is frozen itself",
    "/v1/log/proof/answer": "takes the address of a pinned answer",
    "/v1/releases/{name}/diff": "is frozen itself",
    "/v1/releases/{name}/diff.{suffix}": "is frozen itself",
    "/v1/releases/{name}/citation": "is frozen itself",
    "/v1/releases/{name}/metadata.jsonld": "is frozen itself",
    "/v1/releases/{name}/dcat.jsonld": "is frozen itself",
    "/v1/releases/{name}/croissant.json": "is frozen itself",
    "/v1/metadata.jsonld": OF_THE_NEWEST,
    "/v1/catalog.jsonld": OF_THE_NEWEST,
    "/v1/datasets/{record_id}/metadata.jsonld": OF_THE_NEWEST,
    "/v1/datasets/{record_id}/dcat.jsonld": OF_THE_NEWEST,
    "/v1/reconcile": "finds the records of now",
    "/v1/reconcile/suggest/entity": "finds the records of now",
    "/v1/reconcile/suggest/type": "is of the code",
    "/v1/reconcile/suggest/property": "is of the code",
    "/v1/reconcile/properties": "is of the code",
    "/v1/log/checkpoint": OF_THE_NEWEST,
    "/v1/log/key": OF_THE_NEWEST,
    "/v1/log/tile/{level}/{index}": "never changes",
    "/v1/log/tile/entries/{index}": "never changes",
    "/v1/log/unlogged": OF_THE_NEWEST,
    "/v1/log/texts/{index}": "changes only by redactions",
    "/v1/log/proof/inclusion": "names the size of the log",
    "/v1/log/proof/inclusion.tlog-proof": "names the size of the log",
    "/v1/log/proof/consistency": "names the sizes of the log",
    "/v1": "is of the code",
    "/v1/codebook": "is of the code",
    "/v1/methodology": "is of the code",
    "/v1/problems/{problem}": "is of the code",
}
IDS = {
    "claims": "said", "reports": "said-in-times", "relations": "said-includes-part", "events": "clash",
    "conflicts": "war", "sides": "camp-one", "claimants": "one-mod", "sources": "times",
}  # fmt: skip
#: Each address with both clocks: its name in the document, and a question that has an answer.
ASKED = {
    **{f"/v1/{record_type}": f"/v1/{record_type}" for record_type in RECORD_TYPES},
    **{f"/v1/{record_type}.{{suffix}}": f"/v1/{record_type}.csv" for record_type in RECORD_TYPES},
    **{f"/v1/{record_type}/{{record_id}}": f"/v1/{record_type}/{slug}" for record_type, slug in IDS.items()},
    "/v1/statistics/claims": "/v1/statistics/claims?group_by=status,event",
    "/v1/statistics/events": "/v1/statistics/events?group_by=type,country",
    "/v1/statistics/casualties": "/v1/statistics/casualties?conflict=war",
    "/v1/statistics/casualties/explain": "/v1/statistics/casualties/explain?conflict=war&row=killed",
    "/v1/statistics/series": "/v1/statistics/series?conflict=war",
    "/v1/statistics/matrix": "/v1/statistics/matrix?conflict=war&basis=incidents",
    "/v1/statistics/disagreement": "/v1/statistics/disagreement?conflict=war",
    "/v1/events/{event_id}/disagreement": "/v1/events/clash/disagreement",
    "/v1/statistics/places": "/v1/statistics/places?conflict=war",
    "/v1/statistics/timeliness": "/v1/statistics/timeliness?subject_side=camp-one",
    "/v1/check": "/v1/check?event=clash&harm=killed&number=3",
}
ASKED |= {
    f"{name}.{{suffix}}": re.sub(r"(\?|$)", r".csv\1", asked, count=1)
    for name, asked in ASKED.items()
    if "{suffix}" not in name
    and "record_id" not in name
    and name not in {f"/v1/{record_type}" for record_type in RECORD_TYPES}
    if "explain" not in name
}
ASKED |= {f"/v1/export.{suffix}": f"/v1/export.{suffix}?conflict=war" for suffix in ("zip", "xlsx")}
ASKED["/v1/picture.{suffix}"] = "/v1/picture.svg?view=who&conflict=war"
LOGGED = {
    "/v1/changes": "/v1/changes",
    "/v1/changes.{suffix}": "/v1/changes.csv",
    "/v1/{resource}/{record_id}/history": "/v1/claims/said/history",
    "/v1/claims/{record_id}/citation": "/v1/claims/said/citation",
}
#: Answers of single records name newer revisions, so no cache may store them for ever.
TELLS_WHAT_IS_NEWER = {name for name in [*ASKED, *LOGGED] if "{record_id}" in name and "history" not in name}
every = pytest.mark.parametrize("name", [*ASKED, *LOGGED])


SAID = {"stated_on": "2020-03-02", "stated_until": "2020-03-02"}


def figure(id: str, **given: object) -> dict[str, object]:
    about = {"event": "clash", "subject_side": "camp-one", "measure": "incident", "qualifier": "exact"}
    return claim(id, **{"claimant": "one-mod", "phrase": "dead", **SAID, **about, **given})


def world() -> World:
    """Return a world whose claims date from 2 March 2020, except one that another claimant states a week later."""
    claims = [
        figure("said", best=3),
        figure("part", best=2, victim_status="civilian"),
        figure("other", best=9, claimant="two-mod", stated_on="2020-03-09", stated_until="2020-03-09"),
        figure("running", event=None, measure="cumulative", best=30),
    ]
    sources = [
        {**source, "published_on": "2020-03-02", "published_until": "2020-03-02"} for source in base()["sources"]
    ]
    reports = [report(str(found["id"]), ("times", "wire")[n % 2]) for n, found in enumerate(claims)]
    relations = [{"id": "said-includes-part", "claim": "said", "kind": "includes", "target": "part", **SAID}]
    return base() | {"sources": sources, "claims": claims, "reports": reports, "relations": relations}


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    """Return an application with revision 1 in a release, and later changes of everything."""
    app = made(databases, engine, world())
    with database.connection_context():
        add_release("2026-1", 1, "", "0" * 64)
        for record_type, slug in IDS.items():
            revise_record(record_type, slug, {"note": "Later."}, "Later.", "editor")
        revise_record("claims", "said", {"best": 5, "low": 5, "high": 5, "phrase": "five dead"}, "Later.", "editor")
        revise_record("claims", "running", {"best": 31}, "Later.", "editor")
        revise_record("events", "clash", {"type": "Riots", "latitude": 1.5, "longitude": 2.5}, "Later.", "editor")
        mark_retracted("claims", "part", "Gone.", "editor")
    return app


def ask(app: Flask, address: str, clock: str, **headers: str) -> TestResponse:
    """Ask without the checks against the document, which are slow."""
    joined = f"{address}{'&' if '?' in address else '?'}{clock}" if clock else address
    return FlaskClient(app, Response).get(joined, headers=headers, buffered=True)


CLOCK = rb"(revision=1|release=2026-1|as_of=2020-03-05|as_of=2021-01-01)"


def said(answer: TestResponse) -> bytes:
    """Return the answer without the clocks in its links and its meta object."""
    assert answer.status_code == 200, answer.text
    without = re.sub(rb',"release":\{[^}]*\}', b"", answer.data)
    return re.sub(rb"[?&]" + CLOCK + rb"\b|\b" + CLOCK + rb"&", b"", without)


def test_every_address_has_both_clocks_or_a_reason(app: Flask) -> None:
    paths = {path: item["get"] for path, item in document_of(app)["paths"].items() if "get" in item}
    both = {"as_of", "revision", "release"}
    for path, documented in paths.items():
        names = {found["name"] for found in documented.get("parameters", []) if found["in"] == "query"}
        wanted = set() if path in WITHOUT_CLOCKS else both - {"as_of"} if path in WITHOUT_A_DAY else both
        assert names & both == wanted, path
    assert set(ASKED) | set(LOGGED) | set(OF_DATASETS) == set(paths) - set(WITHOUT_CLOCKS)


@every
def test_a_pinned_answer_is_that_of_then_and_never_changes_for_caches(app: Flask, name: str) -> None:
    address = {**ASKED, **LOGGED}[name]
    now, then, frozen = (ask(app, address, clock) for clock in ("", "revision=1", "release=2026-1"))
    assert now.status_code == 200, now.text
    if "export" in name or "picture" in name:  # these contain their own address
        assert then.data != now.data and ask(app, address, "revision=1").data == then.data
    else:
        assert said(then) == said(frozen) != said(now)
    for answer, clock in ((then, "revision=1"), (frozen, "release=2026-1")):
        for_ever = answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert for_ever == (name not in TELLS_WHAT_IS_NEWER)
        again = ask(app, address, clock, **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.headers["Cache-Control"]) == (304, answer.headers["Cache-Control"])
    assert "immutable" not in now.headers["Cache-Control"]
    again = ask(app, address, "", **{"If-None-Match": now.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, now.headers["Cache-Control"])


@every
def test_a_revision_or_release_that_there_is_not_is_refused(app: Flask, name: str) -> None:
    address = {**ASKED, **LOGGED}[name]
    assert "the newest is" in told(ask(app, address, "revision=999"), 422, "unknown-record")["detail"]
    assert told(ask(app, address, "release=none-such"), 422, "unknown-record")["errors"][0]["allowed"] == ["2026-1"]
    told(ask(app, address, "revision=1&release=2026-1"), 422, "invalid-parameter")
    told(ask(app, address, "revision=0"), 422, "invalid-parameter")


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_a_pinned_record_tells_what_is_newer(app: Flask, record_type: str) -> None:
    client, address = app.test_client(), f"/v1/{record_type}/{IDS[record_type]}"
    newest = f'<http://127.0.0.1:8000{address}?pretty=1>; rel="latest-version"'
    newer = {"revision": client.get(address).json["data"]["revision"], "status": "active", "status_reason": ""}
    for clock in ("revision=1", "release=2026-1"):
        answer = client.get(f"{address}?{clock}&pretty=1")
        told_newer = answer.json["meta"]["newer"]
        assert "note" in told_newer.pop("changed")
        assert told_newer == newer
        assert answer.headers["Link"] == newest
        again = client.get(f"{address}?{clock}&pretty=1", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.headers["Link"]) == (304, newest)
    now = client.get(address)
    assert "newer" not in now.json["meta"] and "Link" not in now.headers


def test_names_of_the_newest_and_of_a_pinned_revision_are_both_kept(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """A pinned record is compared with its newest version. Each such answer read all names of both revisions again."""
    client = app.test_client()
    assert client.get("/v1/claims/part?revision=1").status_code == 200
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "peewee"):
        for address in ("/v1/claims/other?revision=1", "/v1/claims?limit=7"):
            assert client.get(address).status_code == 200
    statements = [str(record.msg[0]) for record in caplog.records if record.name == "peewee"]
    assert statements and [sql for sql in statements if "side_id FROM claimant" in sql] == []


def test_a_record_that_was_retracted_since_says_so_and_why(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/v1/claims/part?revision=1").json
    assert answer["data"]["status"] == "active"
    newer = {"status": "retracted", "status_reason": "Gone."}
    assert {name: answer["meta"]["newer"][name] for name in newer} == newer
    retracted_at = client.get("/v1/claims/part").json["data"]["revision"]
    assert answer["meta"]["newer"]["revision"] == retracted_at
    unchanged = client.get(f"/v1/claims/part?revision={retracted_at}").json
    assert unchanged["meta"]["newer"] is None


def test_a_new_report_of_a_claim_is_newer_than_the_claim(empty: Flask) -> None:
    write(world())
    client = empty.test_client()
    assert client.get("/v1/claims/said?revision=1").json["meta"]["newer"] is None
    before = client.get("/v1/claims/said?revision=1")
    write({"reports": [report("said", "wire", note="A second source.")]})
    after = client.get("/v1/claims/said?revision=1", headers={"If-None-Match": before.headers["ETag"]})
    newer = {"revision": 2, "status": "active", "status_reason": "", "changed": ["sources", "reports"]}
    assert (after.status_code, after.json["meta"]["newer"]) == (200, newer)


@pytest.mark.parametrize("name", ASKED)
def test_a_day_alone_pins_nothing_and_counts_only_what_was_said_by_then(app: Flask, name: str) -> None:
    early, late = "as_of=2020-03-05", "as_of=2021-01-01"
    answer = ask(app, ASKED[name], early)
    assert answer.status_code == 200, answer.text
    assert "immutable" not in answer.headers["Cache-Control"]
    both = ask(app, ASKED[name], f"{early}&revision=1")
    assert both.headers["Cache-Control"].endswith("immutable") == (name not in TELLS_WHAT_IS_NEWER)
    if name.startswith("/v1/claims") and "record_id" not in name or "statistics/claims" in name:
        assert b"other" not in answer.data and said(ask(app, ASKED[name], late)) != said(answer)


def test_the_figure_of_a_day_is_what_had_been_said_then(app: Flask) -> None:
    """One side says 3 on 2 March, the other 9 on 9 March. An editor later corrects the 3 to 5."""
    client = open_client(app)
    figures = {
        "as_of=2020-03-05&revision=1": (3, 3, 3), "as_of=2020-03-09&revision=1": (3, 3, 9),
        "as_of=2020-03-05": (5, 5, 5), "as_of=2020-03-09": (5, 5, 9), "release=2026-1": (3, 3, 9), "": (5, 5, 9),
    }  # fmt: skip
    for clock, wanted in figures.items():
        (row,) = client.get(f"/v1/statistics/casualties?conflict=war&basis=incidents&{clock}").json["data"]
        assert (row["low"], row["best"], row["high"]) == wanted, clock


def test_what_changed_between_two_releases_never_changes(app: Flask) -> None:
    ask(app, "/healthz", "")
    with database.connection_context():
        if not app.config.get("FROZEN"):
            add_release("2026-2", 2, "", "0" * 64)
            app.config["FROZEN"] = True
    answer = ask(app, "/v1/releases/2026-2/diff?from=2026-1", "")
    assert answer.status_code == 200 and answer.headers["Cache-Control"].endswith("immutable")
    assert "immutable" not in ask(app, "/v1/releases", "").headers["Cache-Control"]


LATE = {"stated_on": "2020-03-09", "stated_until": "2020-03-09"}
BACK = {"status": "retracted", "status_reason": "Taken back."}
#: Claims that are not active now, with their status as of 5 March. All were stated before that day.
FALLEN: dict[str, tuple[dict[str, object], str]] = {
    "stood": ({}, "active"),
    "replaced": ({"status": "superseded", "status_reason": "Corrected."}, "active"),
    "replaced-by-then": ({"status": "superseded", "status_reason": "Corrected."}, "superseded"),
    "dated": ({**BACK, "status_by": "claimant", "status_on": "2020-03-09"}, "active"),
    "replaced-by-then-and-dated": ({**BACK, "status_by": "claimant", "status_on": "2020-03-09"}, "superseded"),
    "undated": ({**BACK, "status_by": "claimant"}, "retracted"),
    "by-nobody": (BACK, "retracted"),
    "by-an-editor": ({**BACK, "status_by": "editor"}, "retracted"),
    "by-a-dataset": ({"status": "withdrawn", "status_reason": "Gone.", "status_by": "dataset"}, "withdrawn"),
    "never-replaced-so": ({"status": "superseded", "status_reason": "Corrected."}, "active"),
}


@pytest.fixture(scope="module")
def fallen(databases: Databases, engine: str) -> HonestClient:
    """The relation that replaces `never-replaced-so` before 5 March was entered by mistake."""
    said = [claim(id, claimant="one-mod", **{**SAID, **given}) for id, (given, _) in FALLEN.items()]
    claims = [*said, claim("new", claimant="one-mod", **LATE), claim("soon", claimant="one-mod", **SAID)]
    relations = [
        {"id": "one", "claim": "new", "kind": "supersedes", "target": "replaced"},
        {"id": "two", "claim": "soon", "kind": "supersedes", "target": "replaced-by-then"},
        {"id": "three", "claim": "soon", "kind": "supersedes", "target": "never-replaced-so"},
        {"id": "four", "claim": "new", "kind": "supersedes", "target": "never-replaced-so"},
        {"id": "five", "claim": "soon", "kind": "supersedes", "target": "replaced-by-then-and-dated"},
    ]
    reports = [report(str(found["id"]), "times") for found in claims]
    app = made(databases, engine, base() | {"claims": claims, "reports": reports, "relations": relations})
    with database.connection_context():
        mark_retracted("relations", "three", "A mistake.", "editor")
    return open_client(app)


def test_on_a_day_a_claim_is_what_it_was_on_that_day(fallen: HonestClient) -> None:
    """As in statistics, an end without a day counts on every day, and a retracted relation replaces nothing."""
    claims = fallen.get("/v1/claims?as_of=2020-03-05").json["data"]
    assert [claim["id"] for claim in claims if (claim["status_on"] or "") > "2020-03-05"] == []
    told = {claim["id"]: claim["status"] for claim in claims}
    assert told.pop("soon") == "active"
    assert told == {id: status for id, (_, status) in FALLEN.items()}


@pytest.mark.parametrize("status", ["active", "superseded", "retracted", "withdrawn"])
def test_claims_of_a_status_on_a_day_are_those_that_had_it_then(fallen: HonestClient, status: str) -> None:
    wanted = sorted([id for id, (_, then) in FALLEN.items() if then == status] + ["soon"] * (status == "active"))
    question = f"as_of=2020-03-05&status={status}"
    answer = fallen.get(f"/v1/claims?{question}&fields=id,status").json
    assert answer["data"] == [{"id": id, "status": status} for id in wanted]
    assert answer["meta"]["total"] == len(wanted)
    (row,) = fallen.get(f"/v1/statistics/claims?{question}&group_by=status").json["data"]
    assert (row["status"], row["claims"]) == (status, len(wanted))
    rows = fallen.get("/v1/statistics/claims?as_of=2020-03-05&group_by=status").json["data"]
    assert {row["status"]: row["claims"] for row in rows}[status] == len(wanted)
    package = zipfile.ZipFile(io.BytesIO(fallen.get(f"/v1/export.zip?{question}").data))
    lines = csv.DictReader(io.TextIOWrapper(package.open("claims.csv")))
    assert [(line["id"], line["status"]) for line in lines] == [(id, status) for id in wanted]


def test_a_filter_that_is_told_to_take_none_takes_it(app: Flask) -> None:
    """Each parameter that the document describes with `none` accepts it, at every address."""
    refused = []
    for path, documented in document_of(app)["paths"].items():
        if path not in ASKED or "{" in path or path.startswith("/v1/export"):
            continue
        for found in documented["get"]["parameters"]:
            if "`none`" in found.get("description", ""):
                address = re.sub(rf"\b{found['name']}=[^&]*&?", "", ASKED[path])
                answer = ask(app, address.rstrip("?&"), f"{found['name']}=none")
                if answer.status_code == 422:
                    refused.append((path, answer.json["detail"]))
    assert refused == []
