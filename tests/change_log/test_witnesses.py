"""`flask log witness` lets witnesses cosign the log, and `flask log verify --policy` asks for their quorum."""

import base64
import pathlib
import random
import shutil
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api.change_log.checkpoint import signer_at
from api.cli.log import log_group as commands
from api.database.connection import database
from tests.conftest import Databases, make_app
from tests.support import logs
from tests.support.contract import HonestClient, open_client
from tests.support.servers import free_port
from tests.support.witnesses import Cosigner, Witness, watching


@pytest.fixture
def app(databases: Databases, engine: str, tmp_path: pathlib.Path) -> Flask:
    """Return an application of its own with 30 entries."""
    app = make_app(databases.upgraded(engine), tmp_path, log_policy_file=str(tmp_path / "policy"))
    append(30)
    return app


@pytest.fixture
def client(app: Flask) -> HonestClient:
    return open_client(app)


@pytest.fixture
def witness(client: HonestClient) -> Iterator[Witness]:
    with watching(Cosigner("north.example"), client.get("/v1/log/key").text.strip()) as witness:
        yield witness


def append(count: int) -> None:
    with database.connection_context():
        logs.append(logs.entries(random.Random(count), count))


def run(app: Flask, *words: str) -> Result:
    with app.app_context():
        return CliRunner().invoke(commands, words)


def write_policy(app: Flask, *witnesses: Witness, quorum: str = "") -> pathlib.Path:
    path = pathlib.Path(app.config["LOG_POLICY_FILE"])
    lines = [f"witness w{place} {one.cosigner.vkey} {one.url}" for place, one in enumerate(witnesses)]
    path.write_text("\n".join([*lines, quorum or "quorum w0"]))
    return path


def read_size(note: str) -> int:
    return int(note.split("\n")[1])


def test_the_checkpoint_carries_the_line_of_a_witness(app: Flask, client: HonestClient, witness: Witness) -> None:
    write_policy(app, witness)
    refusal = client.get("/v1/log/checkpoint?cosigned=1")
    assert (refusal.status_code, refusal.json["detail"].split(".")[0]) == (404, "No witness has cosigned this log")
    assert run(app, "witness").output == "w0: cosigned 30 entries.\n"
    note = client.get("/v1/log/checkpoint").text
    assert note.count("\n— ") == 2 and f"\n— {witness.cosigner.name} " in note
    assert client.get("/v1/log/checkpoint?cosigned=1").text == note
    append(12)
    assert client.get("/v1/log/checkpoint").text.count("\n— ") == 1
    answer = client.get("/v1/log/checkpoint?cosigned=1")
    assert (answer.text, answer.headers["Cache-Control"]) == (note, "public, max-age=5")
    assert run(app, "witness").output == "w0: cosigned 42 entries.\n"
    assert read_size(client.get("/v1/log/checkpoint?cosigned=1").text) == 42
    assert witness.requests == [(0, 200), (30, 200)]


def test_a_repeat_is_cosigned_again_with_one_line(app: Flask, client: HonestClient, witness: Witness) -> None:
    write_policy(app, witness)
    for _ in range(2):
        assert run(app, "witness").exit_code == 0
    assert client.get("/v1/log/checkpoint").text.count("\n— ") == 2
    assert witness.requests == [(0, 200), (30, 200)]


def test_a_witness_that_knows_more_than_we_remember_is_asked_again(app: Flask, witness: Witness) -> None:
    """A restored backup has lost the cosignatures: the witness names its size by 409."""
    write_policy(app, witness)
    assert run(app, "witness").exit_code == 0
    append(5)
    with database.connection_context():
        database.execute_sql("DELETE FROM cosignature")
    assert run(app, "witness").output == "w0: cosigned 35 entries.\n"
    assert witness.requests[1:] == [(0, 409), (30, 200)]


def test_a_log_that_lost_entries_is_named(app: Flask, witness: Witness) -> None:
    write_policy(app, witness)
    witness.size = 31
    result = run(app, "witness")
    assert result.exit_code == 1
    assert "w0: it has cosigned a checkpoint of 31 entries, and this log has 30: entries are lost" in result.output
    assert result.output.endswith("Error: The quorum w0 did not cosign the checkpoint.\n")


def test_a_rewritten_log_is_named(app: Flask, client: HonestClient, witness: Witness) -> None:
    write_policy(app, witness)
    assert run(app, "witness").exit_code == 0
    kept = client.get("/v1/log/checkpoint").text
    with database.connection_context(), database.atomic():
        logs.unguarded()
        logs.rewrite(random.Random(3), 20)
    append(5)
    result = run(app, "witness")
    assert result.exit_code == 1 and "it saw another history of this log" in result.output
    # The old line is not shown under the checkpoint of the other tree.
    assert read_size(kept) == 30 and client.get("/v1/log/checkpoint").text.count("\n— ") == 1


def test_witnesses_that_do_not_answer_are_named_and_the_others_asked(app: Flask, client: HonestClient) -> None:
    key = client.get("/v1/log/key").text.strip()
    with watching(Cosigner("north.example"), key) as north, watching(Cosigner("south.example"), key) as south:
        path = write_policy(app, north, south, quorum="group g 1 w0 w1\nquorum g")
        path.write_text(path.read_text().replace(north.url, f"http://127.0.0.1:{free_port()}"))
        result = run(app, "witness")
        assert result.exit_code == 0, result.output
        assert "w0: http://127.0.0.1:" in result.output and "does not answer" in result.output
        assert "w1: cosigned 30 entries." in result.output
        south.cosigner = Cosigner("south.example")
        result = run(app, "witness")
        assert "w1: its answer has no cosignature of the key in the policy." in result.output
        south.log_key = north.log_key.replace("v1", "v2")
        assert "w1: it does not know this log (status 404)." in run(app, "witness").output


def test_a_missing_policy_is_named(app: Flask) -> None:
    path = pathlib.Path(app.config["LOG_POLICY_FILE"])
    assert f"{path} of COUNTERCLAIM_LOG_POLICY_FILE does not exist." in run(app, "witness").output
    path.write_text("quorum nobody")
    assert f"{path}: line 1: no line before it defines nobody." in run(app, "witness").output
    path.write_text("quorum none")
    assert f"{path} has no witness with a URL." in run(app, "witness").output
    app.config["LOG_POLICY_FILE"] = ""
    assert "There is no policy. Name its file with --policy" in run(app, "witness").output


# Verification by a policy ----------------------------------------------------------------------------------------


def test_verify_names_how_far_the_quorum_has_seen_the_log(app: Flask, witness: Witness) -> None:
    policy = str(write_policy(app, witness))
    assert "the quorum w0 of the policy cosigned no checkpoint of this database" in verify(app, policy).output
    assert run(app, "witness").exit_code == 0
    append(3)
    lines = verify(app, policy).output.split("\n")
    assert lines[:2] == [
        "33 entries, 1 checkpoint: the log was not altered.",
        "Cosigned by the quorum w0: the first 30 of them.",
    ]
    with database.connection_context(), database.atomic():
        logs.unguarded()
        logs.rewrite(random.Random(3), 20)
    result = verify(app, policy)
    assert result.exit_code == 1 and "the log was rewritten: its root is not that of" in result.output


def verify(app: Flask, policy: str, *kept: str) -> Result:
    return run(app, "verify", *kept, "--policy", policy)


def test_saved_checkpoints_need_the_quorum(
    app: Flask, client: HonestClient, witness: Witness, tmp_path: pathlib.Path
) -> None:
    """Of a folder of `publish`, one checkpoint must be cosigned. A line of the policy names the log."""
    policy = write_policy(app, witness)
    folder = tmp_path / "kept"
    folder.mkdir()
    assert run(app, "publish", str(folder)).exit_code == 0
    assert "cosigned no checkpoint" in verify(app, str(policy), str(folder)).output
    assert run(app, "witness").exit_code == 0
    assert run(app, "publish", str(folder)).exit_code == 0
    append(2)
    assert run(app, "publish", str(folder)).exit_code == 0
    assert "32 entries, 2 checkpoints: the log was not altered.\nCosigned by the quorum w0: the first 30 of them." in (
        verify(app, str(policy), str(folder)).output
    )
    stranger = signer_at(str(tmp_path / "stranger"), "counterclaim.example/v1/log")
    policy.write_text(f"log {stranger.verifier}\n{policy.read_text()}")
    assert "it is not signed by counterclaim.example/v1/log" in verify(app, str(policy), str(folder)).output
    shutil.rmtree(folder)


# Proofs of one entry ---------------------------------------------------------------------------------------------


def test_a_proof_is_a_file_that_holds_its_entry(app: Flask, client: HonestClient, witness: Witness) -> None:
    policy, key = write_policy(app, witness), client.get("/v1/log/key").text.strip()
    answer = client.get("/v1/log/proof/inclusion.tlog-proof?seq=7")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="entry-7.tlog-proof"'
    first, extra, place, *_ = answer.text.split("\n")
    assert (first, place) == ("c2sp.org/tlog-proof@v1", "index 6")
    json_proof = client.get("/v1/log/proof/inclusion?seq=7").json["data"]
    assert base64.b64decode(extra.removeprefix("extra ")).decode() == json_proof["entry"]
    head, _, note = answer.text.partition("\n\n")
    assert [base64.b64decode(line).hex() for line in head.split("\n")[3:]] == json_proof["proof"]
    assert note == client.get("/v1/log/checkpoint").text
    saved = policy.parent / "entry-7.tlog-proof"
    saved.write_text(answer.text)
    assert " is one of the first 30 of 127.0.0.1:8000/v1/log." in run(app, "verify-proof", str(saved)).output
    assert run(app, "verify-proof", str(saved), "--verifier", key).exit_code == 0
    assert "the quorum w0 of the policy did not cosign it" in run_with(app, policy, saved).output
    assert run(app, "witness").exit_code == 0
    append(4)
    saved.write_text(client.get("/v1/log/proof/inclusion.tlog-proof?seq=7").text)
    result = run_with(app, policy, saved)
    assert result.output.endswith("is one of the first 30 of 127.0.0.1:8000/v1/log.\nCosigned by the quorum w0.\n")
    newest = client.get("/v1/log/proof/inclusion.tlog-proof?seq=33").text
    assert newest.split("\n\n")[1].split("\n")[1] == "34"
    assert client.get("/v1/log/proof/inclusion.tlog-proof?seq=7&size=9").text.split("\n\n")[1].split("\n")[1] == "9"
    assert client.get("/v1/log/proof/inclusion.tlog-proof?seq=35").status_code == 422


def run_with(app: Flask, policy: pathlib.Path, saved: pathlib.Path) -> Result:
    return run(app, "verify-proof", str(saved), "--policy", str(policy))


def test_every_altered_proof_is_found(app: Flask, client: HonestClient, tmp_path: pathlib.Path) -> None:
    proof = client.get("/v1/log/proof/inclusion.tlog-proof?seq=7").text
    first, extra, place, digest, *rest = proof.split("\n")
    entry = base64.b64decode(extra.removeprefix("extra "))
    forged = base64.b64encode(entry.replace(b'"seq":7', b'"seq":8')).decode()
    altered = {
        "another entry": ([first, f"extra {forged}", place, digest, *rest], "do not lead from the entry"),
        "no entry": ([first, place, digest, *rest], "has no line `extra`"),
        "another place": ([first, extra, "index 5", digest, *rest], "do not lead from the entry"),
        "a zero before the place": ([first, extra, "index 06", digest, *rest], "no line `index`"),
        "a hash less": ([first, extra, place, *rest], "do not lead from the entry"),
        "half a hash": ([first, extra, place, digest[:20], *rest], "is not 32 bytes long"),
        "no hash": ([first, extra, place, "?" + digest, *rest], "is not base64"),
        "the first lines alone": ([first, extra, place], "it ends before its checkpoint"),
        "another version": ([first + "2", extra, place, digest, *rest], "its first line is not"),
        "another size": ([first, extra, place, digest, *"\n".join(rest).replace("\n30\n", "\n31\n").split("\n")],
                         "it is not signed by"),
    }  # fmt: skip
    for name, (lines, message) in altered.items():
        file = tmp_path / "proof"
        file.write_text("\n".join(lines))
        result = run(app, "verify-proof", str(file))
        assert result.exit_code == 1 and message in result.output, (name, result.output)
