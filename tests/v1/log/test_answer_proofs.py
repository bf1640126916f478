"""Proofs of answers: the command and the program of docs/readers/proofs.md check them, and detect any change."""

import json
import pathlib
import re
import subprocess
import sys
import urllib.parse
from typing import Any

import pytest
from flask import Flask

from api.change_log.answer_proofs import AnswerProofError, verify_answer
from api.change_log.checkpoint import CheckpointError
from api.cli.log import verify_saved_answer
from api.database.connection import database
from api.writes.update import revise_record
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.support.contract import open_client
from tests.test_docs import ROOT

PROGRAM = re.findall(r"```python\n(.*?)```", (ROOT / "docs/readers/proofs.md").read_text(), re.DOTALL)[0]
#: Each answer, and the records whose entries prove it.
ANSWERS = {
    "/v1/claims?id=a-own,b-north&revision=1": "a-own b-north a-own-in-times a-own-in-agency b-north-in-agency",
    "/v1/claims.csv?id=a-own&revision=1": "a-own a-own-in-times a-own-in-agency",
    "/v1/claims/b-north?revision=2": "b-north b-north-in-agency d-denial",  # d-denial denies it
    "/v1/sources?revision=1": "times agency wire",
    "/v1/sides.csv?revision=2&fields=id": "alpha red red-north red-south hired",
    "/v1/claims?harm=abducted&revision=1": "",
}


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return the small world with one later correction."""
    made = make_app(databases.upgraded(engine), tmp_path_factory.mktemp("proofs"))
    worlds.write(worlds.SMALL, "The small world.")
    with database.connection_context():
        revise_record("claims", "g-estimate", {"note": "Later."}, "Later.", "editor")
    return made


def ask(app: Flask, address: str) -> Any:
    client = open_client(app)
    return client.get(f"/v1/log/proof/answer?of={urllib.parse.quote(address)}")


def save(app: Flask, address: str, folder: pathlib.Path) -> list[str]:
    """Save the answer, its proof and the key as files."""
    client = app.test_client()
    contents = {
        "answer": client.get(address).data,
        "proof": ask(app, address).data,
        "key": client.get("/v1/log/key").data,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in contents]


def run_program(files: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM, *files], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("address", ANSWERS)
def test_an_answer_is_proved_by_the_entries_of_its_records(app: Flask, address: str, tmp_path: pathlib.Path) -> None:
    files = save(app, address, tmp_path)
    entries = [json.loads(one["entry"]) for one in json.loads((tmp_path / "proof").read_bytes())["data"]["entries"]]
    assert sorted(entry["record"] for entry in entries) == sorted(ANSWERS[address].split())
    revision = address.partition("revision=")[2][0]
    ran = run_program(files)
    size = sum(map(len, worlds.SMALL.values())) + 1
    assert ran.stdout == f"{address} at revision {revision}: proved, on {len(entries)} entries of {size}.\n", ran.stderr
    with app.app_context():
        key = (tmp_path / "key").read_text()
        told = app.test_cli_runner().invoke(verify_saved_answer, [*files[:2], "--verifier", key])
    assert told.exit_code == 0, told.output
    assert told.output.splitlines() == [
        f"{files[0]} is the answer of {address} at revision {revision}.",
        f"It uses {len(entries)} of the {size} entries of the log.",
    ]


def test_a_statistic_is_proved_by_the_claims_that_it_names(app: Flask, tmp_path: pathlib.Path) -> None:
    address = "/v1/statistics/casualties?conflict=war&harm=killed&evidence=1&limit=100&revision=1"
    ran = run_program(save(app, address, tmp_path))
    assert ran.returncode == 0, (tmp_path / "proof").read_text()
    proof = json.loads((tmp_path / "proof").read_bytes())["data"]
    assert "a-killed" in {json.loads(one["entry"])["record"] for one in proof["entries"]}


def test_every_change_of_answer_or_proof_is_found(app: Flask, tmp_path: pathlib.Path) -> None:
    save(app, "/v1/claims?id=a-own,b-north&revision=1", tmp_path)
    body, key = (tmp_path / "answer").read_bytes(), (tmp_path / "key").read_text()
    proof = json.loads((tmp_path / "proof").read_bytes())["data"]
    statement, entries = proof["statement"], proof["entries"]
    altered = {**entries[0], "entry": entries[0]["entry"].replace('"seq"', '"seq" ', 1)}
    other = ask(app, "/v1/claims?id=a-own,b-north&revision=2").json["data"]
    for changed_body, changes in (
        (body.replace(b'"best":3', b'"best":4'), {}),
        (body, {"statement": statement.replace("revision=1", "revision=2")}),
        (body, {"statement": other["statement"]}),
        (body, {"statement": proof["checkpoint"]}),
        (body, {"entries": [altered, *entries[1:]]}),
        (body, {"entries": [{**entries[0], "proof": entries[1]["proof"]}, *entries[1:]]}),
        (body, {"entries": entries[1:]}),
        (body, {"checkpoint": proof["checkpoint"].replace("\n", "\n1", 1)}),
    ):
        with pytest.raises((AnswerProofError, CheckpointError)):
            verify_answer(changed_body, proof | changes, key)
    assert verify_answer(body, proof, key).entries == 5


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/v1/claims?id=a-own", "The answer may change. Add revision= or release="),
        ("/v1/log/proof/answer?of=x&revision=1", "Must be the address of an answer"),
        ("https://elsewhere.example.org/v1/claims?revision=1", "Must be the address of an answer"),
        ("/v1/claims.xlsx?revision=1", "JSON and CSV can be proved."),
        ("/v1/claims?revision=99", "This address has no answer. There is no revision 99; the newest is 2."),
        ("/v1/claims?revision=1&harn=x", "This address has no answer. There is no parameter harn."),
        ("/v1/claims/nothing?revision=1", "This address has no answer. There is no record nothing among claims."),
    ],
)
def test_an_answer_that_cannot_be_proved_is_refused(app: Flask, address: str, message: str) -> None:
    refused = worlds.told(ask(app, address), 422, "invalid-parameter")
    assert message in refused["detail"]


def test_the_full_address_of_an_answer_is_taken_too(app: Flask) -> None:
    address = app.test_client().get("/v1/claims?id=a-own&revision=1").json["links"]["self"]
    assert address.startswith("http")
    assert "\n/v1/claims?id=a-own&revision=1\n" in ask(app, address).json["data"]["statement"]
