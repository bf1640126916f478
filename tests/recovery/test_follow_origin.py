"""A mirror copies another server by its log, survives kills, and refuses an origin that shows another history."""

import contextlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.change_log import audit, stored_tree
from api.change_log.checkpoint import CheckpointError, signer_at
from api.change_log.mirrored_origin import MirrorError, read_origin
from api.change_log.outside_requests import OutsideError
from api.change_log.tiles import Tile
from api.database.connection import connect_to, database, handle_of, parameter_mark, use_database
from api.database.statements import select_rows
from api.history.revisions import current_revision
from api.records.record_types import RECORD_TYPES
from api.recovery.compare_databases import first_difference
from api.recovery.follow_origin import begin_mirror, follow_origin
from api.recovery.origin_reader import Additions, OriginReader, ReadEntry
from api.writes.create import check_documents
from api.writes.name_release import add_release
from api.writes.redact import redact_texts
from api.writes.transaction import ENTRIES, open_transaction
from api.writes.update import revise_record
from imports.pipeline import dataset_sync
from tests.conftest import Databases, make_app
from tests.history.test_past import LISTS, STATISTICS, pinned
from tests.support import logs, worlds
from tests.support.editors import Editor, base
from tests.support.servers import ROOT, Server, serving, variables
from tests.test_operator_commands import list_commands
from wsgi import app as commands

SECRET = "Ivan Ivanovich Secretov"
WRITES = [pytest.param(40, id="40"), pytest.param(2000, id="2000", marks=pytest.mark.night)]


class DirectClient:
    """Ask an application in this process, in a thread of its own: each application binds the models to its database."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def get(self, url: str) -> bytes:
        before, answers = database.obj, list[TestResponse]()
        asking = threading.Thread(target=lambda: answers.append(self.app.test_client().get(url)))
        asking.start()
        asking.join()
        database.initialize(before)
        (answer,) = answers
        if answer.status_code != 200:
            raise OutsideError(f"{url} answers {answer.status_code}: {answer.text}")
        return answer.data


class Followed:
    """An origin, and an empty database that follows it."""

    def __init__(self, app: Flask, url: str, mirror_url: str, folder: pathlib.Path) -> None:
        self.app, self.url, self.mirror_url, self.folder = app, url, mirror_url, folder
        self.origin, self.mirror = handle_of(url), handle_of(mirror_url)

    @contextlib.contextmanager
    def at(self, handle: Any) -> Iterator[None]:
        with use_database(handle), handle.connection_context():
            yield

    def make_reader(self, kind: type[OriginReader] = OriginReader) -> OriginReader:
        reader = kind("http://origin.example")
        reader.client, reader.url = DirectClient(self.app), ""  # type: ignore[assignment]
        return reader

    def follow(self, reader: OriginReader | None = None) -> list[int]:
        """Copy what is new. Return the revisions."""
        reader = reader or self.make_reader()
        with self.at(self.mirror):
            return [progress.revision for progress in follow_origin(reader, begin_mirror(reader, None))]

    def difference(self) -> str | None:
        with self.origin.connection_context(), self.mirror.connection_context():
            return first_difference(self.origin, self.mirror)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of the mirror. Its key and secret are its own."""
        (self.folder / "mirror").mkdir(exist_ok=True)
        return {**os.environ, **variables(self.mirror_url, self.folder / "mirror", 8000)}


@pytest.fixture
def followed(databases: Databases, engine: str, tmp_path: pathlib.Path) -> Followed:
    """Return a small origin with three revisions, and an empty mirror."""
    url = databases.upgraded(engine)
    app = make_app(url, tmp_path)
    worlds.write(worlds.SMALL, "The small world.")
    with database.connection_context():
        revise_record("claims", "a-own", {"value": 4, "note": SECRET}, "Another died.", "editor")
        revise_record("events", "clash", {"sides": []}, "Nobody knows who.", "editor")
    return Followed(app, url, databases.upgraded(engine), tmp_path)


def test_a_revision_of_more_entries_than_a_writer_keeps_in_memory(followed: Followed) -> None:
    """Such as an import of a thousand records."""
    connect_to(followed.url)
    worlds.write(worlds.many(ENTRIES // len(RECORD_TYPES) + 1))
    assert followed.follow() == [1, 2, 3, 4]
    assert followed.difference() is None


@pytest.mark.parametrize("writes", WRITES)
@pytest.mark.parametrize("other", ["same", "other"])
def test_every_row_of_a_mirror_is_that_of_the_origin(
    databases: Databases, engine: str, tmp_path: pathlib.Path, writes: int, other: str
) -> None:
    mirror = databases.upgraded(engine if other == "same" else ({"sqlite", "postgres"} - {engine}).pop())
    url = databases.upgraded(engine)
    app = make_app(url, tmp_path)
    worlds.write(base())
    editor = Editor(app, random.Random(60))
    editor.add_dataset(8)
    followed = Followed(app, url, mirror, tmp_path)
    for _ in range(4):
        for _ in range(writes // 4):
            editor.act()
        worlds.rebound(app)
        with database.connection_context():
            newest = current_revision()
        assert followed.follow()[-1] == newest
        assert followed.difference() is None
    assert followed.follow() == []
    with followed.at(followed.mirror):
        head = audit.verify()
    with followed.at(followed.origin):
        assert audit.verify() == head


UNLOGGED = (
    "SELECT * FROM release ORDER BY slug", "SELECT * FROM dataset ORDER BY slug",
    "SELECT * FROM dataset_version ORDER BY slug, held_from",
    "SELECT noun, slug, dataset_id FROM external ORDER BY 1, 2",
)  # fmt: skip


def read_unlogged(followed: Followed, handle: Any) -> list[Any]:
    with followed.at(handle):
        return [select_rows(query) for query in UNLOGGED]


def test_releases_and_datasets_are_copied(followed: Followed) -> None:
    """No entry has them. The next release of a dataset changes its row, and the old one is kept."""
    claim = {**worlds.claim("imported", event="clash"), "reports": [{"source": "times"}]}
    with followed.at(followed.origin):
        import_release("1", {"claims": [claim]})
        add_release("2026-1", 3, "First.", "0" * 64)
    assert followed.follow() == [1, 2, 3, 4]
    expected = read_unlogged(followed, followed.origin)
    assert list(map(len, expected)) == [1, 1, 0, 2]
    assert read_unlogged(followed, followed.mirror) == expected
    with followed.at(followed.origin):
        import_release("2", {"claims": [{**claim, "id": "imported-later"}]})
        add_release("2026-2", 5, "", "1" * 64)
    assert followed.follow() == [5]
    expected = read_unlogged(followed, followed.origin)
    assert list(map(len, expected)) == [2, 1, 1, 4]
    assert read_unlogged(followed, followed.mirror) == expected
    assert followed.difference() is None


def import_release(release: str, documents: Any) -> None:
    """Write records that belong to a dataset, as an import does."""
    claims = documents["claims"]
    reports = [{"id": f"{claim['id']}-r", "claim": claim["id"], **one} for claim in claims for one in claim["reports"]]
    claims = [{name: value for name, value in claim.items() if name != "reports"} for claim in claims]
    with open_transaction(f"Release {release}.", "import") as transaction:
        dataset_sync.register_release(DATASET, release, transaction.revision)
        loaded = check_documents({"claims": claims, "reports": reports})
        digests = {name: ["0" * 64] * len(records) for name, records in loaded.items()}
        dataset_sync.create_records(transaction, "set", loaded, digests)


DATASET = {
    "slug": "set", "title": "A set", "publisher": "Somebody", "url": "", "licence": "CC0", "citation": "A set.",
    "counts": "", "overlaps": "{}", "never_beside": "{}",
}  # fmt: skip


def test_an_erased_text_is_erased_from_the_mirror_too(followed: Followed) -> None:
    assert followed.follow() == [1, 2, 3]
    assert count_secrets(followed) == 2
    with followed.at(followed.origin):
        revise_record("claims", "a-own", {"value": 5}, "And another.", "editor")
        redact_texts("claims", "a-own", ["note"], "A name.", "editor")
        revise_record("claims", "a-own", {"note": "Later."}, "Later.", "editor")
    assert followed.follow() == [4, 5, 6]
    assert (count_secrets(followed), followed.difference()) == (0, None)


def test_a_text_that_was_erased_before_the_copy_is_a_mark(followed: Followed) -> None:
    with followed.at(followed.origin):
        revise_record("claims", "a-own", {"value": 5}, "And another.", "editor")
        redact_texts("claims", "a-own", ["note"], "A name.", "editor")
    assert followed.follow() == [1, 2, 3, 4, 5]
    assert (count_secrets(followed), followed.difference()) == (0, None)


def count_secrets(followed: Followed) -> int:
    """Return how many rows and texts of the mirror have the secret."""
    with followed.at(followed.mirror):
        queries = [
            f"SELECT COUNT(*) FROM {table} WHERE {column} LIKE {parameter_mark()}"
            for table, column in (("claim", "note"), ("claim_version", "note"), ("change_text", "value"))
        ]
        return sum(select_rows(query, (f"%{SECRET}%",))[0][0] for query in queries)


def test_a_mirror_that_is_killed_goes_on_where_it_stopped(followed: Followed) -> None:
    """It is killed in the middle of its writes, whenever it has reported a revision."""
    with followed.at(followed.origin):
        for value in range(10, 16):
            revise_record("claims", "a-own", {"value": value}, f"Now {value}.", "editor")
    with serving(followed.url, followed.folder) as server:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "mirror", "--from", server.url]
        for _ in range(2):
            process = subprocess.Popen(command, cwd=ROOT, env=followed.environment, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            lines = [process.stdout.readline(), process.stdout.readline()]
            process.kill()
            process.wait(30)
            process.stdout.close()
            assert lines[0].startswith("Following ") and lines[1].startswith("Revision "), lines
            with followed.at(followed.mirror):
                if current_revision() == 9:
                    break  # it was quicker than the kill
        assert followed.run("mirror", "--once").returncode == 0
    assert followed.difference() is None
    with followed.at(followed.mirror):
        origin = read_origin()
        assert origin and origin.newest and origin.newest.size == audit.verify().size


def test_a_revision_is_written_whole_or_not_at_all(followed: Followed) -> None:
    """The mirror fails where the second revision ends and the third begins, as if it were killed there."""
    with followed.at(followed.origin):
        ((last,),) = select_rows("SELECT MIN(seq) FROM change WHERE revision = 3")

    class Failing(OriginReader):
        def read_entries(self, tiles: Iterable[Tile]) -> Iterator[ReadEntry]:
            for entry in super().read_entries(tiles):
                if entry.leaf_index == last - 1:
                    raise OutsideError("killed")
                yield entry

    with pytest.raises(OutsideError, match="killed"):
        followed.follow(followed.make_reader(Failing))
    with followed.at(followed.mirror):
        ((size,),) = select_rows("SELECT COUNT(*) FROM change WHERE revision = 1")
        assert (current_revision(), audit.verify().size) == (1, size)
    assert followed.follow() == [2, 3]
    assert followed.difference() is None


# An origin that lies ----------------------------------------------------------------------------------------------


def rewrite_origin(followed: Followed) -> None:
    with followed.at(followed.origin), database.atomic():
        logs.unguarded()
        logs.rewrite(random.Random(3), 20)


def test_a_rewritten_origin_is_refused(followed: Followed) -> None:
    followed.follow()
    with followed.at(followed.mirror):
        before = stored_tree.read_tip()
    rewrite_origin(followed)
    with pytest.raises(MirrorError, match="shows another history: its checkpoint of"):
        followed.follow()  # of the same size
    with followed.at(followed.origin):
        revise_record("claims", "a-own", {"value": 9}, "Later.", "editor")
    with pytest.raises(MirrorError, match="Nothing was written"):
        followed.follow()
    with followed.at(followed.mirror):
        assert stored_tree.read_tip() == before


def test_an_origin_with_another_key_is_refused(followed: Followed, tmp_path: pathlib.Path) -> None:
    followed.follow()
    stranger = signer_at(str(tmp_path / "stranger"), "127.0.0.1:8000/v1/log")
    with followed.at(followed.mirror):
        with pytest.raises(MirrorError, match="This is a mirror of the log with the key 127.0.0.1:8000/v1/log"):
            begin_mirror(followed.make_reader(), stranger.verifier)
        database.execute_sql(f"UPDATE origin SET verifier = '{stranger.verifier}'")
    with pytest.raises(CheckpointError, match="it is not signed by 127.0.0.1:8000/v1/log"):
        followed.follow()


class Liar(OriginReader):
    """An origin, or somebody on the way, that changes what it sends."""

    lie = ""

    def read_hashes(self, tile: Tile) -> list[bytes]:
        hashes = super().read_hashes(tile)
        return [bytes(32), *hashes[1:]] if self.lie == "a hash" else hashes

    def _read_bundle(self, tile: Tile) -> list[bytes]:
        entries = super()._read_bundle(tile)
        if self.lie == "an entry":
            return [entries[0].replace(b"alpha", b"alphb"), *entries[1:]]
        return [*reversed(entries)] if self.lie == "the order" else entries

    def _read_additions(self, tile: Tile) -> Additions:
        texts, datasets = super()._read_additions(tile)
        first, *others = texts[1]
        if self.lie == "a text":
            texts = {**texts, 1: [first._replace(value="Another"), *others]}
        if self.lie == "a text too many":
            texts = {**texts, 1: [first, first._replace(field="note"), *others]}
        if self.lie == "a text less":
            texts = {**texts, 1: others}
        return Additions(texts, datasets)


def make_liar(followed: Followed, lie: str) -> OriginReader:
    liar = followed.make_reader(Liar)
    liar.lie = lie  # type: ignore[attr-defined]
    return liar


@pytest.mark.parametrize(("lie", "message"), [
    ("a hash", "shows another history"), ("an entry", "Entry 1 is not the one of the tree"),
    ("the order", "Entry 1 is not the one of the tree"), ("a text", "of entry 1 is not the one that it commits to"),
    ("a text too many", "of entry 1 is not the one that it commits to"),
])  # fmt: skip
def test_every_lie_is_refused(followed: Followed, lie: str, message: str) -> None:
    with followed.at(followed.origin):
        ((slug,),) = select_rows("SELECT record FROM change WHERE seq = 1")
    assert slug == "alpha"
    with pytest.raises(MirrorError, match=message):
        followed.follow(make_liar(followed, lie))
    with followed.at(followed.mirror):
        assert current_revision() == 0
    assert followed.follow() == [1, 2, 3]
    assert followed.difference() is None


def test_a_text_that_is_withheld_is_named(followed: Followed) -> None:
    with pytest.raises(MirrorError, match="The origin lacks the text of .* of sides/alpha in entry 1"):
        followed.follow(make_liar(followed, "a text less"))


# What a mirror serves ---------------------------------------------------------------------------------------------

RECORDS = (
    "/v1/claims/a-own",
    "/v1/events/clash",
    "/v1/sides/alpha",
    "/v1/claims/a-own/history",
    "/v1/changes?limit=99",
)
LOG = (
    "/v1/log/checkpoint", "/v1/log/key", "/v1/log/tile/0/000.p/9", "/v1/log/tile/entries/000.p/9",
    "/v1/log/texts/000.p/9",
    "/v1/log/proof/inclusion?seq=3", "/v1/log/proof/inclusion.tlog-proof?seq=3", "/v1/log/proof/consistency?from=4",
    "/v1/changes.csv", "/v1/claims.csv-metadata.json", "/v1/export.zip?harm=killed",
)  # fmt: skip


def read_answer(server: Server, address: str) -> tuple[int, str | None, bytes]:
    """Return status, ETag and body. A cursor is signed by the secret of its server."""
    try:
        with urllib.request.urlopen(server.url + address) as answer:
            status, tag, body = answer.status, answer.headers["ETag"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, tag, body = error.code, None, re.sub(rb'"request_id":"\w*"', b"", error.read())
    return status, tag, re.sub(rb"cursor=[\w.~-]+", b"cursor=", body)


def test_a_mirror_gives_the_same_answers(followed: Followed) -> None:
    """By two real servers, byte for byte, with the ETags."""
    addresses = [*RECORDS, *LOG]
    for address in (*LISTS, *STATISTICS):
        if "q=" not in address and "camp-one" not in address:
            addresses += [address, pinned(address, 2)]
    with serving(followed.url, followed.folder) as origin:
        copied = run_page(followed, origin)
        assert copied.stdout.endswith("Revision 3: 42 entries.\n"), copied.stderr
        public = {"COUNTERCLAIM_PUBLIC_URL": origin.url}
        folder = pathlib.Path(followed.environment["COUNTERCLAIM_SECRET_FILE"]).parent
        with serving(followed.mirror_url, folder, **public) as mirror:
            statuses = Counter[int]()
            for address in addresses:
                expected = read_answer(origin, address)
                assert read_answer(mirror, address) == expected, address
                statuses[expected[0]] += 1
            assert statuses[200] > 60, statuses
            check_refusals(followed, origin, mirror)


def run_page(followed: Followed, origin: Server) -> "subprocess.CompletedProcess[str]":
    """Run the commands of docs/operators/mirror.md in a shell, with names of this test, until all is copied."""
    (followed.folder / "log.key").write_text(urllib.request.urlopen(f"{origin.url}/v1/log/key").read().decode())
    script = "\n".join(list_commands((ROOT / "docs/operators/mirror.md").read_text()))
    for name, ours in (
        ("sqlite:////srv/mirror/counterclaim.db", f"'{followed.mirror_url}'"),
        ("https://claims.example.org", origin.url),
        ("flask --app wsgi", f"{sys.executable} -m flask --app {ROOT}/wsgi.py"),
        ("mirror --from", "mirror --once --from"),
    ):
        assert name in script
        script = script.replace(name, ours)
    command = ["bash", "-ec", script]
    settings = followed.environment | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=followed.folder, env=settings, capture_output=True, text=True, check=False)


def check_refusals(followed: Followed, origin: Server, mirror: Server) -> None:
    """Check that a mirror takes no write, and names its origin."""
    for method, path in (
        ("POST", "claims"),
        ("PATCH", "claims/a-own"),
        ("DELETE", "claims/a-own"),
        ("POST", "webhooks"),
    ):
        request = urllib.request.Request(f"{mirror.url}/v1/{path}", b"{}", method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        with refused.value as answer:
            problem = json.loads(answer.read())
        assert (refused.value.code, problem["title"]) == (403, "Read-only mirror")
        assert problem["detail"] == f"This is a mirror of {origin.url}, and can only be read. Write there."
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{mirror.url}/v1/log/proof/answer?of=/v1/claims%3Frevision%3D1")
    with refused.value as answer:
        assert answer.code == 403
    key = urllib.request.urlopen(f"{mirror.url}/v1/log/key").read().decode()
    assert followed.run("log", "key").stdout.strip() == key.strip()
    for words in (["seed"], ["redact", "claims/a-own", "note", "--reason", "x", "--yes"], ["log", "publish", "/tmp"]):
        result = followed.run(*words)
        assert result.returncode == 1 and "This is a mirror of" in result.stderr, result.stderr


class SilentReader(OriginReader):
    def read_checkpoint(self) -> str:
        raise OutsideError("http://origin.example does not answer")


def run_mirror(followed: Followed, monkeypatch: pytest.MonkeyPatch, kind: type[OriginReader] = OriginReader) -> int:
    """Run `flask mirror --once` in this process. Return its exit code."""
    connect_to(followed.mirror_url)
    monkeypatch.setattr("api.cli.mirror.OriginReader", lambda url: followed.make_reader(kind))
    return commands.test_cli_runner().invoke(args=["mirror", "--once", "--from", "http://origin.example"]).exit_code


def read_parts(followed: Followed) -> dict[str, str]:
    """Return the parts of `/readyz` of the mirror, which has no key of the log."""
    app = make_app(followed.mirror_url, pathlib.Path(followed.environment["COUNTERCLAIM_SECRET_FILE"]).parent)
    parts: dict[str, str] = app.test_client().get("/readyz").json["parts"]
    return {name: text for name, text in parts.items() if text != "ok"}


def test_readiness_says_why_a_mirror_does_not_follow(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_mirror(followed, monkeypatch) == 0
    assert read_parts(followed) == {}
    assert run_mirror(followed, monkeypatch, SilentReader) == 1
    assert read_parts(followed)["mirror"].endswith("Z. http://origin.example does not answer. It is asked again.")
    assert run_mirror(followed, monkeypatch) == 0
    assert read_parts(followed) == {}
    with followed.at(followed.mirror):
        database.execute_sql("UPDATE origin SET checked_at = '2020-01-01T00:00:00Z'")
    assert re.search(r"had all of .* minutes ago, at 2020-01-01T00:00:00Z,", read_parts(followed)["mirror"])
    with followed.at(followed.mirror):
        database.execute_sql("UPDATE origin SET checkpoint = ''")
    assert "The first copy of" in read_parts(followed)["mirror"]
    rewrite_origin(followed)
    assert run_mirror(followed, monkeypatch) == 1
    parts = read_parts(followed)
    assert parts.keys() == {"mirror"} and "shows another history" in parts["mirror"]


class EarlierReader(OriginReader):
    """Read the checkpoint of the first revision, as of an origin that has lost the later ones."""

    def read_checkpoint(self) -> str:
        return EARLIER[0]


EARLIER: list[str] = []


def test_an_origin_that_went_back_is_named_and_nothing_is_lost(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    EARLIER[:] = [followed.app.test_client().get("/v1/log/checkpoint").text]
    with followed.at(followed.origin):
        before = stored_tree.log_size()
        revise_record("claims", "a-own", {"value": 9}, "Later.", "editor")
    assert run_mirror(followed, monkeypatch) == 0
    assert run_mirror(followed, monkeypatch, EarlierReader) == 1
    message = read_parts(followed)["mirror"]
    assert (
        f"shows {before} entries, and {before + 1} were copied from it: a cache or replica of it is behind" in message
    )
    with followed.at(followed.mirror):
        assert stored_tree.log_size() == before + 1
    assert run_mirror(followed, monkeypatch) == 0
    assert read_parts(followed) == {}


def test_a_mirror_makes_no_key(followed: Followed) -> None:
    followed.follow()
    connect_to(followed.mirror_url)
    result = commands.test_cli_runner().invoke(args=["keys", "create", "ann"])
    assert result.exit_code == 1 and "and can only be read. Write there." in result.output
    with followed.at(followed.mirror):
        assert select_rows("SELECT COUNT(*) FROM api_key") == [(0,)]


def test_a_wrong_key_or_address_leaves_an_empty_database(followed: Followed, tmp_path: pathlib.Path) -> None:
    stranger = signer_at(str(tmp_path / "key"), followed.app.config["LOG_ORIGIN"])
    with followed.at(followed.mirror):
        reader = followed.make_reader()
        with pytest.raises(CheckpointError):
            list(follow_origin(reader, begin_mirror(reader, stranger.verifier)))
        assert read_origin() is None
    assert followed.follow()
    with followed.at(followed.mirror):
        before = read_origin()
        reader.url = "http://nobody.example"
        begin_mirror(reader, None)
        assert read_origin() == before


def test_a_database_with_records_of_its_own_becomes_no_mirror(followed: Followed) -> None:
    with followed.at(followed.origin), pytest.raises(MirrorError, match="has records of its own"):
        begin_mirror(followed.make_reader(), None)


def test_what_the_command_needs_is_named(followed: Followed) -> None:
    assert "This database follows no server yet" in followed.run("mirror", "--once").stderr
    result = followed.run("mirror", "--from", "http://127.0.0.1:1", "--once")
    assert result.returncode == 1
    assert re.search("http://127.0.0.1:1/v1/log/key does not answer: .*Connection refused", result.stderr)
    for url in ("claims.example", "ftp://claims.example", "http://", "http://[::1", "http://claims.example?x=1"):
        assert "is no address of a server" in followed.run("mirror", "--from", url, "--once").stderr
