"""Signed heads of the change log: C2SP tlog-checkpoint in a C2SP signed-note, by Ed25519.

A key is a file of one line, as the Go tools write it: `PRIVATE+KEY+<origin>+<key id>+<base64>`. The origin names the
log permanently, so it is stored with the key. Readers who check need only the line `<origin>+<key id>+<base64>`.
"""

import base64
import binascii
import functools
import os
import pathlib
import tempfile
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from api.change_log.merkle import LENGTH

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\x01"  # the algorithm's byte in signed-note
PRIVATE = "PRIVATE+KEY+"
DASH = "\u2014 "


class CheckpointError(Exception):
    """A text is no checkpoint, the key did not sign it, or a key cannot be read."""


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


class Signer(NamedTuple):
    origin: str
    private: "Ed25519PrivateKey"

    @property
    def public_key(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def verifier(self) -> str:
        """Return the line with which others check signatures."""
        return (
            f"{self.origin}+{_key_id(self.origin, self.public_key).hex()}+{_encode_base64(ED25519 + self.public_key)}"
        )


def _encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _key_id(name: str, public: bytes) -> bytes:
    """Return the key id of signed-note, which marks the signatures of a key."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


@functools.lru_cache(maxsize=8)
def signer_at(path: str, origin: str) -> Signer:
    """Return the key in the file at `path`. Without a file, create one with mode 600 and a new key for `origin`.

    Raise `CheckpointError` for a file without a key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    file = pathlib.Path(path)
    if not file.exists():
        _write_once(file, _secret_line(Signer(origin, Ed25519PrivateKey.generate())))
    try:
        name, _, seed = file.read_text().strip().removeprefix(PRIVATE).split("+", 2)
        return Signer(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed)[1:]))
    except (ValueError, binascii.Error):
        raise CheckpointError(f"{path} has no key of the form {PRIVATE}<origin>+<key id>+<base64>") from None


def _secret_line(signer: Signer) -> str:
    seed = _encode_base64(ED25519 + signer.private.private_bytes_raw())
    return f"{PRIVATE}{signer.origin}+{_key_id(signer.origin, signer.public_key).hex()}+{seed}\n"


def _write_once(file: pathlib.Path, text: str) -> None:
    """Write the whole file or nothing. Of two processes, the first one wins."""
    handle, name = tempfile.mkstemp(dir=file.absolute().parent)  # with mode 600
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)


def sign_checkpoint(signer: Signer, size: int, root: bytes) -> str:
    """Return the signed checkpoint of a tree."""
    return sign_note(signer, f"{signer.origin}\n{size}\n{_encode_base64(root)}\n")


def sign_note(signer: Signer, text: str) -> str:
    """Return a signed note. `text` ends with a newline."""
    signature = _key_id(signer.origin, signer.public_key) + signer.private.sign(text.encode())
    return f"{text}\n{DASH}{signer.origin} {_encode_base64(signature)}\n"


def open_checkpoint(note: str, verifier: str) -> Checkpoint:
    """Return the checkpoint of a signed note. Ignore signatures of others (witnesses). Raise `CheckpointError`."""
    checkpoint = parse_checkpoint(open_note(note, verifier))
    name, _, _ = _verifier_parts(verifier)
    if checkpoint.origin != name:
        raise CheckpointError(f"it is a checkpoint of {checkpoint.origin}, not of {name}")
    return checkpoint


def open_note(note: str, verifier: str) -> str:
    """Return the text of a signed note. Raise `CheckpointError` if the key of `verifier` did not sign it."""
    name, id, public = _verifier_parts(verifier)
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    if not gap or not any(_is_signed_by(line, text, name, id, public) for line in signatures.split("\n")):
        raise CheckpointError(f"it is not signed by {name}")
    return text


def _verifier_parts(verifier: str) -> tuple[str, bytes, bytes]:
    try:
        name, id, key = verifier.strip().split("+", 2)
        data = base64.b64decode(key, validate=True)
        if data[:1] == ED25519 and len(data) == 33 and _key_id(name, data[1:]).hex() == id:
            return name, bytes.fromhex(id), data[1:]
    except ValueError:
        pass
    raise CheckpointError(f"{verifier!r} is no Ed25519 verifier of the form <origin>+<key id>+<base64>")


def _is_signed_by(line: str, text: str, name: str, id: bytes, public: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if not line.startswith(f"{DASH}{name} "):
        return False
    try:
        encoded = line.rpartition(" ")[2]
        signature = base64.b64decode(encoded, validate=True)
        if signature[:4] != id or _encode_base64(signature) != encoded:  # its last character has unused bits
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], text.encode())
        return True
    except (ValueError, InvalidSignature):
        return False


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint in a text of three lines. Further lines are extensions. Raise `CheckpointError`."""
    try:
        origin, size, root, *_ = text.split("\n")
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError:
        raise CheckpointError("it is no checkpoint") from None
    if str(checkpoint.size) != size or checkpoint.size < 0 or len(checkpoint.root) != LENGTH or not origin:
        raise CheckpointError("it is no checkpoint")
    return checkpoint
