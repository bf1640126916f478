"""Programs of other people accept our proofs of answers: Go's `sumdb`, and aics-tlog from PyPI."""

import base64
import functools
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from flask import Flask

from api.change_log.checkpoint import open_checkpoint, sign_checkpoint, signer_at
from tests.conftest import Databases, make_app
from tests.support import worlds
from tests.v1.log.test_answer_proofs import ANSWERS, save

OUTSIDE = pathlib.Path(__file__).parent / "outside"
GO_PATH = pathlib.Path("/usr/share/gocode")  # Debian puts Go libraries here
SUMDB = GO_PATH / "src/golang.org/x/mod/sumdb/tlog"
LIST = "/v1/claims?id=a-own,b-north&revision=1"
SIZE = sum(map(len, worlds.SMALL.values()))
pytestmark = pytest.mark.xdist_group("outside")  # one worker installs the programs, once


@pytest.fixture(scope="module", params=["go", "aics-tlog"])
def checker(request: pytest.FixtureRequest, folder: pathlib.Path) -> list[str]:
    """Return the command that checks a proof, without the file names."""
    if request.param == "go":
        return build_go_program(folder, "verify_proof")
    return [str(install_packages(folder) / "python"), str(OUTSIDE / "verify_proof.py")]


@functools.cache
def build_go_program(folder: pathlib.Path, name: str) -> list[str]:
    """Return the command of a Go program in the folder `outside`."""
    go, program = shutil.which("go"), folder / name
    if go is None:
        pytest.skip("needs go (Debian: golang-go), which this machine does not have")
    if not SUMDB.is_dir():
        pytest.skip(f"needs golang.org/x/mod (Debian: golang-golang-x-mod-dev): there is no {SUMDB}")
    setting = {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOFLAGS": "", "CGO_ENABLED": "0"}
    cache = {} if "HOME" in os.environ else {"GOCACHE": str(folder / "go-cache")}
    command = [go, "build", "-o", str(program), str(OUTSIDE / f"{name}.go")]
    built = subprocess.run(command, env=os.environ | setting | cache, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return [str(program)]


@functools.cache
def install_packages(folder: pathlib.Path) -> pathlib.Path:
    """Install what `outside/requirements.txt` names. Return the folder of the programs."""
    python = find_new_python()
    if python is None:
        pytest.skip("needs Python 3.12 or newer for aics-tlog and others, which this machine does not have")
    programs = folder / "aics" / "bin"
    inside = str(programs / "python")
    requirements = str(OUTSIDE / "requirements.txt")
    for command in (
        [python, "-m", "venv", str(folder / "aics")],
        [inside, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "10", "-r", requirements],
    ):
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            pytest.skip(f"aics-tlog and others could not be installed with {python}: {ran.stderr[-300:]}")
    return programs


def find_new_python() -> str | None:
    """Return the first Python that aics-tlog supports. A name on the path may be a shim of pyenv that runs nothing."""
    named = [sys.executable, "python3", "python3.12", "python3.13", "python3.14"]
    for python in [*named, *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[2-9]*/bin/python")))]:
        if found := shutil.which(python):
            asked = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
            if subprocess.run([found, "-c", asked], capture_output=True, check=False).returncode == 0:
                return found
    return None


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    made = make_app(databases.upgraded(engine), tmp_path_factory.mktemp("proofs"))
    worlds.write(worlds.SMALL, "The small world.")
    return made


def run(checker: list[str], files: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*checker, *files], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("address", [address for address in ANSWERS if "revision=1" in address])
def test_others_find_the_proof_of_an_answer_right(
    app: Flask, checker: list[str], address: str, tmp_path: pathlib.Path
) -> None:
    ran = run(checker, save(app, address, tmp_path))
    assert ran.stdout == f"{len(ANSWERS[address].split())} entries of {SIZE}\n", ran.stderr


def test_others_find_every_alteration(app: Flask, checker: list[str], tmp_path: pathlib.Path) -> None:
    files = save(app, LIST, tmp_path)
    answer, whole, key = ((tmp_path / name).read_bytes() for name in ("answer", "proof", "key"))
    proof, verifier = json.loads(whole)["data"], key.decode()
    signer = signer_at(app.config["LOG_KEY_FILE"], "unused: the key is there")
    assert signer.verifier == verifier.strip()
    stranger = signer_at(str(tmp_path / "stranger"), signer.origin)
    checkpoint, root = proof["checkpoint"], open_checkpoint(proof["checkpoint"], verifier).root
    first, *others = proof["entries"]
    altered_root = bytes([root[0] ^ 1, *root[1:]])
    assert run(checker, files).returncode == 0
    wrong = {
        "a hash": (answer, {"entries": [first | {"proof": turn_digit(first["proof"])}, *others]}, key),
        "a hash less": (answer, {"entries": [first | {"proof": first["proof"][1:]}, *others]}, key),
        "hashes of another": (answer, {"entries": [first | {"proof": others[0]["proof"]}, *others]}, key),
        "an entry": (answer, {"entries": [first | {"entry": first["entry"].replace("alpha", "betaa", 1)}]}, key),
        "the size": (answer, {"checkpoint": checkpoint.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")}, key),
        "the size, signed": (answer, {"checkpoint": sign_checkpoint(signer, 2 * SIZE, root)}, key),
        "the root": (answer, {"checkpoint": checkpoint.replace(encode(root), encode(altered_root))}, key),
        "the root, signed": (answer, {"checkpoint": sign_checkpoint(signer, SIZE, altered_root)}, key),
        "the signature": (answer, {"checkpoint": turn_signature(checkpoint)}, key),
        "the statement's signature": (answer, {"statement": turn_signature(proof["statement"])}, key),
        "the signer": (answer, {"checkpoint": sign_checkpoint(stranger, SIZE, root)}, key),
        "the key": (answer, {}, stranger.verifier.encode()),
        "the answer": (answer.replace(b'"best":3', b'"best":4'), {}, key),
    }
    for name, (body, changes, public) in wrong.items():
        assert body != answer or public != key or proof | changes != proof, f"{name} is unchanged"
        for file, content in zip(files, (body, json.dumps({"data": proof | changes}).encode(), public), strict=True):
            pathlib.Path(file).write_bytes(content)
        ran = run(checker, files)
        assert (ran.returncode, ran.stdout) == (1, ""), f"{name}: {ran.stdout}"
        assert ran.stderr.strip() and "panic" not in ran.stderr, name


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def turn_digit(hashes: list[str]) -> list[str]:
    """Return the hashes with one bit of the first one flipped."""
    return [f"{int(hashes[0][0], 16) ^ 1:x}{hashes[0][1:]}", *hashes[1:]]


def turn_signature(note: str) -> str:
    """Return the note with one bit of its signature flipped, after the four bytes of the key."""
    before, _, encoded = note.rstrip("\n").rpartition(" ")
    signature = bytearray(base64.b64decode(encoded))
    signature[10] ^= 1
    return f"{before} {encode(bytes(signature))}\n"
