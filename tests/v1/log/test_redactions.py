"""Redaction: a secret text is in many places before, and in no answer, table or byte of the file afterwards."""

import io
import itertools
import json
import pathlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from flask import Flask

from api.auth import api_keys, idempotency
from api.change_log import append, audit
from api.change_log.free_texts import ADDRESSES, MARK, OBJECTS, TEXT_LISTS
from api.database.connection import database, handle_of, is_postgres, use_database
from api.database.key_sets import KeySet
from api.database.models import Record
from api.database.statements import select_rows
from api.database.writing import writing
from api.records.search_text import refold_records
from api.writes.name_release import add_release as add_release
from api.writes.update import revise_record
from imports.packages import restore_ownership
from tests.conftest import ENGINES, Databases, make_app
from tests.deduplication.test_candidates import OTHERS
from tests.recovery.test_rebuild_from_log import into
from tests.support import logs, worlds
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import ask, dumped

Document = dict[str, Any]


class Secret(NamedTuple):
    """A text whose words occur nowhere else, and the field that it is written to."""

    record_type: str
    id: str
    field: str

    @property
    def text(self) -> str:
        number = SECRETS.index(self)
        first, second = chr(ord("a") + number % 26), "bcdfghjklmnp"[number // 26]
        return f"Xq{first}{second}zvan Wk{first}{second}jorrel"

    def value(self, text: str = "{}") -> Any:
        """Return the text as the field takes it: plain, in a list, or in an address."""
        if self.field in ADDRESSES:
            return f"https://news.example.org/{text.format(self.text).replace(' ', '-')}"
        if self.field in OBJECTS:
            return {"weapon": text.format(self.text), "age": 7}
        return [text.format(self.text)] if self.field in TEXT_LISTS else text.format(self.text)

    @property
    def traces(self) -> list[bytes]:
        """Return the bytes to search for. FTS5 omits letters that a word shares with the word before it."""
        return [part.encode() for word in self.text.split() for part in (word, word.lower(), word.lower()[2:])]


SECRETS = [
    Secret("claimants", "alpha-mod", "name"),
    Secret("claimants", "alpha-mod", "note"),
    Secret("sources", "times", "publisher"),
    Secret("sources", "times", "title"),
    Secret("sources", "times", "url"),
    Secret("sources", "times", "archived_url"),
    Secret("sources", "times", "licence"),
    Secret("sources", "times", "note"),
    Secret("reports", "c-blame-in-wire", "phrase"),
    Secret("reports", "a-own-in-times", "source_original"),
    Secret("reports", "a-own-in-times", "note"),
    Secret("claims", "a-own", "phrase"),
    Secret("claims", "a-own", "note"),
    Secret("claims", "a-own", "figure_rule"),
    Secret("claims", "d-denial", "status_reason"),
    Secret("reports", "d-denial-in-agency", "status_reason"),
    Secret("events", "clash", "name"),
    Secret("events", "clash", "place"),
    Secret("events", "clash", "place_aliases"),
    Secret("events", "clash", "admin1"),
    Secret("events", "clash", "admin2"),
    Secret("events", "clash", "note"),
    Secret("events", "clash", "place_note"),
    Secret("sides", "alpha", "name"),
    Secret("sides", "alpha", "aliases"),
    Secret("sides", "alpha", "note"),
    Secret("conflicts", "war", "name"),
    Secret("conflicts", "war", "note"),
    Secret("relations", "d-denies-b", "note"),
    Secret("claims", "b-north", "part"),
    Secret("claims", "b-north", "details"),
]


def secret_of(record_type: str, field: str) -> Secret:
    return next(secret for secret in SECRETS if (secret.record_type, secret.field) == (record_type, field))


@pytest.fixture
def app(databases: Databases, engine: str, tmp_path: pathlib.Path) -> Iterator[Flask]:
    """Yield the small world with the secrets, two corrections of each record, and a release after each.

    A second connection stays open, as that of another worker. Otherwise SQLite empties its write-ahead log by itself.
    """
    url = databases.upgraded(engine)
    made = make_app(url, tmp_path)
    worlds.write(
        {
            record_type: [_planted(record_type, record) for record in records]
            for record_type, records in worlds.SMALL.items()
        }
    )
    with database.connection_context():
        made.config["KEY"] = api_keys.create("An editor", ["admin"], None)
    client = made.test_client()
    for release, text in (("first", "Said otherwise."), ("second", "{}, said again.")):
        for record_type, slug, planted in by_record():
            patch = {secret.field: secret.value(text) for secret in planted if secret.field != "status_reason"}
            assert not patch or ask(client, "PATCH", record_type, dumped(patch), path=slug).status_code == 200
        with database.connection_context():
            add_release(release, select_rows("SELECT MAX(number) FROM revision")[0][0], "", "0" * 64)
    with handle_of(url).connection_context():
        yield made


def _planted(record_type: str, record: Document) -> Document:
    planted = {
        secret.field: secret.value()
        for secret in SECRETS
        if (secret.record_type, secret.id) == (record_type, record["id"])
    }
    return record | planted | ({"status": "retracted"} if "status_reason" in planted else {})


def by_record() -> Iterator[tuple[str, str, list[Secret]]]:
    for (record_type, slug), planted in itertools.groupby(SECRETS, key=lambda secret: (secret.record_type, secret.id)):
        yield record_type, slug, list(planted)


@pytest.fixture
def client(app: Flask) -> HonestClient:
    return open_client(app)


def redact(client: Any, record_type: str, slug: str, fields: list[str], number: str = "1") -> Any:
    headers: dict[str, str | None] = {"Idempotency-Key": f"redact-{record_type}-{slug}-{number}"}
    body = dumped({"fields": fields})
    return ask(client, "REDACT", record_type, body, path=slug, query="reason=A+private+person", headers=headers)


def redact_all(client: Any) -> int:
    """Redact every secret, and return the number of records."""
    made = [
        redact(client, record_type, slug, [secret.field for secret in planted])
        for record_type, slug, planted in by_record()
    ]
    assert [answer.status_code for answer in made] == [200] * len(made)
    return len(made)


# Where a text can be -----------------------------------------------------------------------------------------------


def answers(client: HonestClient) -> Iterator[tuple[str, bytes]]:
    """Yield every public answer, of the newest revision and of older ones."""
    with database.connection_context():
        newest, entries = select_rows("SELECT MAX(revision), MAX(seq) FROM change")[0]
    pins = ["", "revision=1", "revision=4", f"revision={newest - 2}", f"revision={newest - 1}", "release=first"]
    for record_type, pin in itertools.product(worlds.RECORD_TYPES, pins):
        yield from _got(client, f"/v1/{record_type}?{pin}")
        yield from _got(client, f"/v1/{record_type}.csv?{pin}")
    for record_type, slug, _ in by_record():
        yield from _got(client, f"/v1/{record_type}/{slug}/history")
        for pin in pins:
            yield from _got(client, f"/v1/{record_type}/{slug}?{pin}")
    for style, pin in itertools.product(("text", "bibtex", "csl", "claimreview"), pins[:3]):
        yield from _got(client, f"/v1/claims/a-own/citation?style={style}&{pin}")
    for address in ("changes", "changes.csv", "changes.ndjson", "changes.xlsx", "claims.xlsx", "events.geojson"):
        yield from _got(client, f"/v1/{address}?limit=1000")
    for seq in range(1, entries + 1):
        yield from _got(client, f"/v1/log/proof/inclusion?seq={seq}")
    for address in (
        "changes.atom",
        "export.zip",
        "export.zip?revision=1",
        "statistics/matrix",
        "statistics/disagreement",
    ):
        yield from _got(client, f"/v1/{address}")


def _got(client: HonestClient, address: str) -> Iterator[tuple[str, bytes]]:
    answer = client.get(address)
    if answer.status_code == 200:
        data = answer.data
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                data = b"".join(packed.read(name) for name in packed.namelist())
        yield address, data


def tables() -> Iterator[tuple[str, bytes]]:
    """Yield every row of every table, also those of the full-text index."""
    of_postgres = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    of_sqlite = "SELECT name FROM sqlite_master WHERE type = 'table'"
    with database.connection_context():
        for (name,) in select_rows(of_postgres if is_postgres() else of_sqlite):
            yield name, repr(select_rows(f"SELECT * FROM {name}")).encode()


def files(app: Flask) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of the database file, of the files next to it, and of pinned answers."""
    if not is_postgres():
        path = pathlib.Path(database.obj.database)
        for found in path.parent.glob(f"{path.name}*"):
            if found.is_file():
                yield found.name, found.read_bytes()
    for found in app.extensions["counterclaim-pinned-files"].folder.rglob("*"):
        if found.is_file():
            yield f"answers/{found.name}", found.read_bytes()


def places(app: Flask, client: HonestClient) -> Iterator[tuple[str, bytes]]:
    yield from answers(client)
    yield from tables()
    yield from files(app)


def found_in(where: Iterator[tuple[str, bytes]]) -> dict[Secret, set[str]]:
    """Return the places that still contain each secret."""
    found: dict[Secret, set[str]] = {secret: set() for secret in SECRETS}
    for name, data in where:
        for secret in SECRETS:
            if any(trace in data for trace in secret.traces):
                found[secret].add(name)
    return found


# -------------------------------------------------------------------------------------------------------------------


def test_an_erased_text_is_nowhere(app: Flask, client: HonestClient) -> None:
    with database.connection_context():
        head = audit.verify()
    before = found_in(places(app, client))
    for secret, where in before.items():
        at = f"/v1/{secret.record_type}"
        history = "/v1/changes?limit=1000", f"{at}/{secret.id}/history", f"{at}/{secret.id}?revision=1"
        assert {f"{at}?", f"{at}.csv?revision=1", *history, "change_text"} <= where, secret
        assert is_postgres() or pathlib.Path(database.obj.database).name in where
        assert any(name.startswith("answers/") for name in where), secret
    assert {"/v1/claims/a-own/citation?style=text&", "claim_version"} <= before[secret_of("claims", "phrase")]
    records = redact_all(client)
    assert {secret: where for secret, where in found_in(places(app, client)).items() if where} == {}
    with database.connection_context():
        kept = audit.OutsideCopy({"before": audit.Checkpoint("log", head.size, head.root)})
        assert audit.verify(kept).size == head.size + records


class Without:
    """A database handle that ignores the statements that match a pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __getattr__(self, name: str) -> Any:
        return getattr(database, name)

    def execute_sql(self, statement: str, *values: Any) -> Any:
        return None if re.match(self.pattern, statement) else database.execute_sql(statement, *values)


def _refold_now_only(model: type[Record], keys: list[int]) -> None:
    refold_records(model, KeySet(keys))


def _append_only(entry: append.Entry, fields: list[str], *made: Any) -> int:
    append.append_entries([entry._replace(operation="redact", before=None)], *made)
    return 0


@contextmanager
def _careless() -> Iterator[None]:
    database.execute_sql("PRAGMA secure_delete = 0")
    with writing():
        yield


NOTE, TITLE = secret_of("events", "note"), secret_of("sources", "title")
ROWS, VERSIONS, MERGE = (
    Without(begins) for begins in (r"UPDATE \w+(?<!_version) SET", r"UPDATE \w+_version SET", "INSERT INTO")
)
#: Each step of redaction: its name in the module, what replaces it, and the place that then still has a secret.
STEPS: dict[str, tuple[str, Any, Secret, str]] = {
    "rows": ("database", ROWS, NOTE, "event"),
    "former rows": ("database", VERSIONS, NOTE, "event_version"),
    "search text": ("_refold", lambda *_: None, TITLE, "claim"),
    "former search text": ("refold_with_versions", _refold_now_only, TITLE, "claim_version"),
    "the log": ("append.redact", _append_only, NOTE, "change_text"),
}
#: PostgreSQL has no separate table of words. VACUUM and time clear its pages, old rows and log
#: (docs/operators/running.md).
OF_SQLITE: dict[str, tuple[str, Any, Secret, str]] = {
    "words that search deleted": ("database", MERGE, TITLE, "claim_search_data"),
    "the write-ahead log": ("empty_write_ahead_log", lambda: None, NOTE, ".db"),
    "free pages": ("writing", _careless, NOTE, ".db"),
}


@pytest.mark.parametrize(
    ("engine", "step"), [*itertools.product(ENGINES, STEPS), *(("sqlite", step) for step in OF_SQLITE)]
)
def test_each_step_of_erasing_is_needed(
    app: Flask, client: HonestClient, monkeypatch: pytest.MonkeyPatch, engine: str, step: str
) -> None:
    """Without one step the text remains, and the search of the test above detects it."""
    place, instead, secret, where = {**STEPS, **OF_SQLITE}[step]
    with monkeypatch.context() as patched:
        patched.setattr(f"api.writes.redact.{place}", instead)
        assert redact(client, secret.record_type, secret.id, [secret.field]).status_code == 200
    found = found_in(itertools.chain(files(app), tables()))[secret]
    assert [name for name in found if name.endswith(where)], found


def test_an_answer_of_the_past_keeps_its_tag_unless_something_is_erased_later(client: HonestClient) -> None:
    redact(client, "claimants", "alpha-mod", ["name"])
    address = f"/v1/claims?revision={client.get('/v1/claims?limit=1').json['meta']['revision']}"
    then = client.get(address)
    with database.connection_context():
        revise_record("sides", "hired", {"note": "Later."}, "Later.", "editor")
    now = client.get(address)
    assert (now.headers["ETag"], now.data) == (then.headers["ETag"], then.data)
    redact(client, "claimants", "alpha-mod", ["note"], "2")
    assert client.get(address).headers["ETag"] != then.headers["ETag"]


def test_what_was_erased_can_be_seen_to_have_been(app: Flask, client: HonestClient) -> None:
    tag = client.get("/v1/claimants/alpha-mod?revision=1").headers["ETag"]
    answer = redact(client, "claimants", "alpha-mod", ["name", "note"])
    assert answer.status_code == 200
    told_of = answer.json["data"]
    assert (told_of["id"], told_of["fields"], told_of["url"][-23:]) == (
        "alpha-mod", ["name", "note"], "/v1/claimants/alpha-mod",
    )  # fmt: skip
    assert told_of["erased"] == 10, "two fields in the entry that made them, and before and after in two corrections"
    assert [word.split()[0] for word in told_of["beyond_reach"]] == ["Caches,", "The", "The", "Backups,"]
    assert "first, second" in told_of["beyond_reach"][1]
    now = client.get("/v1/claimants/alpha-mod").json["data"]
    assert (now["name"], now["note"], now["revision"]) == (MARK, MARK, told_of["revision"])
    then = client.get("/v1/claimants/alpha-mod?revision=1", headers={"If-None-Match": tag})
    assert (then.status_code, then.json["data"]["name"], then.json["data"]["revision"]) == (200, MARK, 1)
    assert client.get("/v1/claims/a-own?revision=1").json["data"]["claimant"]["name"] == MARK
    last = client.get("/v1/claimants/alpha-mod/history").json["data"][-1]
    assert (last["operation"], last["reason"], last["who"]) == ("redact", "A private person", key_id(app))
    assert [tuple(one.values()) for one in last["differences"]] == [
        ("name", None, MARK, True), ("note", None, MARK, True),
    ]  # fmt: skip
    change = client.get("/v1/changes?id=alpha-mod").json["data"][-1]
    assert (change["operation"], sorted(change["redacted"])) == ("redact", ["before/name", "before/note"])


def key_id(app: Flask) -> str:
    return str(app.config["KEY"].split("_")[1])


def test_search_finds_it_no_more_neither_now_nor_then(app: Flask, client: HonestClient) -> None:
    def found(record_type: str, secret: Secret, pin: str) -> list[str]:
        return worlds.ids(client.get(f'/v1/{record_type}?q="{secret.text}"&{pin}'))

    name, title, phrase = SECRETS[0], TITLE, secret_of("reports", "phrase")
    asked = [("claims", name), ("claims", title), ("claims", phrase), ("claimants", name), ("reports", phrase)]
    pins = ("", "revision=1", "release=first")
    assert all(found(record_type, secret, pin) for record_type, secret in asked for pin in ("", "revision=1"))
    redact_all(client)
    assert [
        (record_type, pin) for record_type, secret in asked for pin in pins if found(record_type, secret, pin)
    ] == []
    assert "a-own" in worlds.ids(client.get("/v1/claims?q=redacted")), "by the words of the mark"
    assert "a-own" in worlds.ids(client.get("/v1/claims?q=killed&revision=1")), "by all its other words"


def test_a_retry_does_not_write_it_again(app: Flask, client: HonestClient) -> None:
    for number, wanted in enumerate((201, 201)):
        headers: dict[str, str | None] = {"Idempotency-Key": "the-same"}
        new = dumped({"id": "new", "publisher": "Paper", "title": "Zvonq told"})
        answer = ask(client, "POST", "sources", new, headers=headers)
        assert (answer.status_code, answer.headers.get("Idempotent-Replayed")) == (wanted, "true" if number else None)
    with database.connection_context():
        restore_ownership.register_dataset(0, OTHERS)
        restore_ownership.assign_owners("sources", [restore_ownership.Ownership("new", "others", "1" * 64)])
    assert redact(client, "sources", "new", ["title"]).status_code == 200
    refused = told(ask(client, "POST", "sources", new, headers=headers), 422, "idempotency-key-reused")
    assert "has been redacted since" in refused["detail"]
    with database.connection_context():
        assert select_rows("SELECT request_sha256, body FROM answered WHERE idempotency_key = 'the-same'") == [
            ("0" * 64, "")
        ]
        assert select_rows("SELECT digest FROM external") == [("0" * 64,)], (
            "nor can it be guessed from what was imported"
        )


def test_a_redaction_sent_again_gets_its_first_answer(app: Flask, client: HonestClient) -> None:
    first = redact(client, "sides", "alpha", ["note"])
    again = redact(client, "sides", "alpha", ["note"])
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    refused = told(redact(client, "sides", "alpha", ["note"], "2"), 422, "invalid-body")
    assert "note has no text to erase. Leave it out." in refused["detail"]


def test_what_else_holds_the_very_words_is_told(app: Flask, client: HonestClient) -> None:
    phrase = f"As said: {secret_of('claims', 'phrase').text}!"
    copy = {"id": "copied", "claim": "a-own", "source": "wire", "phrase": phrase, "qualifier": "exact", "value": 3}
    assert ask(client, "POST", "reports", dumped(copy)).status_code == 201
    elsewhere = redact(client, "claims", "a-own", ["phrase"]).json["data"]["elsewhere"]
    assert [(one["resource"], one["id"]) for one in elsewhere] == [("reports", "copied")]


def test_sources_with_the_same_address_are_told(app: Flask, client: HonestClient) -> None:
    address = client.get("/v1/sources/times").json["data"]["url"]
    copy = {"id": "copied", "publisher": "Paper", "archived_url": address}
    assert ask(client, "POST", "sources", dumped(copy)).status_code == 201
    elsewhere = redact(client, "sources", "times", ["url"]).json["data"]["elsewhere"]
    assert [(one["resource"], one["id"]) for one in elsewhere] == [("sources", "copied")]


def test_what_stands_instead_fits_the_field(app: Flask, client: HonestClient) -> None:
    """The field of an address becomes null, because the mark is no address. The log shows that it had a value."""
    redact(client, "sources", "times", ["publisher", "url"])
    redact(client, "events", "clash", ["place", "place_aliases", "admin1"])
    for pin in ("", "?revision=1"):
        source = client.get(f"/v1/sources/times{pin}").json["data"]
        event = client.get(f"/v1/events/clash{pin}").json["data"]
        assert (source["publisher"], source["url"]) == (MARK, None)
        assert (event["place"], event["place_aliases"], event["admin1"]) == (MARK, [MARK], MARK)
    differences = client.get("/v1/sources/times/history").json["data"][-1]["differences"]
    assert [tuple(one.values()) for one in differences] == [
        ("publisher", None, MARK, True), ("url", None, None, True),
    ]  # fmt: skip


def test_an_answer_to_a_retry_loses_the_name_of_another_record(app: Flask, client: HonestClient) -> None:
    body = json.dumps({"data": {"side": secret_of("sides", "name").text}}, ensure_ascii=False)
    with database.connection_context():
        idempotency.keep_answer(key_id(app), "one", idempotency.FirstAnswer("1" * 64, 201, body))
        idempotency.keep_answer(key_id(app), "two", idempotency.FirstAnswer("2" * 64, 201, "{}"))
    assert redact(client, "sides", "alpha", ["name"]).status_code == 200
    with database.connection_context():
        kept = select_rows("SELECT body FROM answered WHERE idempotency_key IN ('one', 'two') ORDER BY idempotency_key")
    assert kept == [("",), ("{}",)]


def test_a_text_that_an_older_log_has_in_clear_is_refused(app: Flask, client: HonestClient) -> None:
    """Entries of older versions have commitments to fewer fields, and nobody can change them."""
    with database.connection_context():
        before = {"id": "wire", "publisher": "Jane Doe"}
        with pytest.MonkeyPatch.context() as older:
            older.setattr(append, "FREE_TEXTS", frozenset({"note", "title"}))
            logs.append([append.Entry("sources", "wire", "revise", before, before)])
        (seq,) = select_rows("SELECT MAX(seq) FROM change")[0]
    refused = told(redact(client, "sources", "wire", ["publisher"]), 422, "invalid-body")
    assert f"publisher is in plain text in entry {seq} of the log" in refused["detail"]
    assert client.get("/v1/sources/wire").json["data"]["publisher"] == "=Wire"


def test_a_text_may_be_written_anew_and_erased_again(app: Flask, client: HonestClient) -> None:
    assert redact(client, "events", "clash", ["note"]).status_code == 200
    for text in (NOTE.text, MARK, "Fighting in the north."):
        assert ask(client, "PATCH", "events", dumped({"note": text}), path="clash").status_code == 200
    assert client.get("/v1/events/clash").json["data"]["note"] == "Fighting in the north."
    assert redact(client, "events", "clash", ["note"], "2").status_code == 200
    assert not found_in(itertools.chain(tables(), files(app)))[NOTE]
    assert client.get("/v1/events/clash?revision=1").json["data"]["note"] == MARK
    with database.connection_context():
        audit.verify()


def test_the_log_alone_gives_the_tables_as_they_are(
    app: Flask, client: HonestClient, databases: Databases, engine: str
) -> None:
    """Rebuild on the other engine. A text is redacted twice, with a write between; a record is also retracted."""
    redact_all(client)
    for number, text in enumerate((NOTE.text, "Fighting in the north.")):
        assert ask(client, "PATCH", "events", dumped({"note": text}), path="clash").status_code == 200
        assert number or redact(client, "events", "clash", ["note"], "2").status_code == 200
    assert ask(client, "PATCH", "claims", dumped({"value": 4}), path="a-own").status_code == 200
    assert ask(client, "DELETE", "relations", b"", path="d-denies-b").status_code == 200
    url = databases.new(({*ENGINES} - {engine}).pop())
    result = into(app, url)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Every row of every table agrees with the log.")
    with use_database(handle_of(url)), database.connection_context():
        assert not any(found_in(tables()).values())


CANNOT: list[tuple[Any, str]] = [
    ({}, "/fields"),
    ({"fields": "note"}, "/fields"),
    ({"fields": []}, "/fields"),
    ({"fields": [7]}, "/fields/0"),
    ({"fields": ["note"] * 11}, "/fields"),
    ({"fields": ["note", "nothing"]}, "/fields/1"),
    ({"fields": ["note; DROP TABLE side"]}, "/fields/0"),
    ({"fields": ["kind"]}, "/fields/0"),
    ({"fields": ["country"]}, "/fields/0"),
    ({"fields": ["publisher"]}, "/fields/0"),  # only of a source
    ({"fields": ["status_reason"]}, "/fields/0"),  # this record has none
    ({"fields": ["note"], "why": "x"}, "/why"),
    ([], ""),
]


def test_what_cannot_be_erased_is_told(app: Flask, client: HonestClient) -> None:
    before = dict(tables())
    for body, at in CANNOT:
        found = told(ask(client, "REDACT", "sides", dumped(body), path="alpha"), 422, "invalid-body")
        assert at in [error["name"] for error in found["errors"]]
    assert [name for name, now in tables() if before[name] != now] in ([], ["api_key"])
