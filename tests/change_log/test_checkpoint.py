"""Checkpoints: signed notes that others can read and check. A changed note is refused."""

import base64
import pathlib
import stat
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.change_log.checkpoint import CheckpointError, Signer, open_checkpoint, sign_checkpoint, signer_at
from api.change_log.merkle import leaf_hash

ORIGIN, ROOT = "counterclaim.example/v1/log", leaf_hash(b"root")


@pytest.fixture
def signer(tmp_path: pathlib.Path) -> Signer:
    return signer_at(str(tmp_path / "key"), ORIGIN)


def test_a_checkpoint_is_checked_by_the_definition_of_signed_note(signer: Signer) -> None:
    note = sign_checkpoint(signer, 42, ROOT)
    text, _, line = note.partition("\n\n")
    assert text.split("\n") == [ORIGIN, "42", base64.b64encode(ROOT).decode()]
    dash, name, signature = line.removesuffix("\n").split(" ")
    key_name, key_id, key = signer.verifier.split("+", 2)
    algorithm, public = base64.b64decode(key)[0], base64.b64decode(key)[1:]
    assert (dash, name, key_name, algorithm) == ("\u2014", ORIGIN, ORIGIN, 1)
    assert sha256(f"{name}\n".encode() + b"\x01" + public).digest()[:4].hex() == key_id
    assert base64.b64decode(signature)[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature)[4:], f"{text}\n".encode())
    assert open_checkpoint(note, signer.verifier) == (ORIGIN, 42, ROOT)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: pathlib.Path) -> None:
    made = signer_at(str(tmp_path / "key"), ORIGIN)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    again = signer_at.__wrapped__(str(tmp_path / "key"), "another.example/log")
    assert (again.origin, again.verifier) == (ORIGIN, made.verifier)


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+b+AA==", "PRIVATE+KEY+a", "nonsense"])
def test_a_file_that_holds_no_key_is_told(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(CheckpointError, match="has no key"):
        signer_at(str(tmp_path / "key"), ORIGIN)


def test_every_altered_character_is_found(signer: Signer) -> None:
    note = sign_checkpoint(signer, 42, ROOT)
    for place, character in enumerate(note):
        other = "A" if character != "A" else "B"
        with pytest.raises(CheckpointError):
            open_checkpoint(note[:place] + other + note[place + 1 :], signer.verifier)


def test_a_signature_has_one_spelling(signer: Signer) -> None:
    """The last base64 character holds four bits of the signature and two unused bits."""
    note = sign_checkpoint(signer, 42, ROOT)
    head, told = note[:-3], note[-3:]
    assert told[1:] == "=\n"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same = [letter for letter in letters if letters.index(letter) // 4 == letters.index(told[0]) // 4]
    for letter in set(same) - {told[0]}:
        with pytest.raises(CheckpointError):
            open_checkpoint(f"{head}{letter}=\n", signer.verifier)


def test_signatures_of_witnesses_are_passed_over(signer: Signer) -> None:
    note = sign_checkpoint(signer, 42, ROOT)
    assert open_checkpoint(note + "\u2014 witness.example AAAAAAAA\n", signer.verifier).size == 42


@pytest.mark.parametrize(
    "text",
    ["other.example\n42\nAA==\n", f"{ORIGIN}\n-1\n{base64.b64encode(ROOT).decode()}\n", f"{ORIGIN}\n42\nAA==\n",
     f"{ORIGIN}\n042\n{base64.b64encode(ROOT).decode()}\n", f"{ORIGIN}\n42\n", f"{ORIGIN}\nmany\n\n",
     f"other.example\n42\n{base64.b64encode(ROOT).decode()}\n"],
)  # fmt: skip
def test_what_is_signed_must_be_a_checkpoint_of_this_log(signer: Signer, text: str) -> None:
    key_id = bytes.fromhex(signer.verifier.split("+")[1])
    signature = base64.b64encode(key_id + signer.private.sign(text.encode())).decode()
    with pytest.raises(CheckpointError):
        open_checkpoint(f"{text}\n\u2014 {ORIGIN} {signature}\n", signer.verifier)


def test_a_key_of_another_log_and_broken_keys_are_refused(signer: Signer, tmp_path: pathlib.Path) -> None:
    note = sign_checkpoint(signer, 42, ROOT)
    other = signer_at(str(tmp_path / "other"), ORIGIN)
    for verifier in (other.verifier, "", "a+b+c", signer.verifier[:-4], signer.verifier.replace(ORIGIN, "x")):
        with pytest.raises(CheckpointError):
            open_checkpoint(note, verifier)
