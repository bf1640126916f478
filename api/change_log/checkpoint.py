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
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from api.change_log.merkle import LENGTH

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\x01"  # the algorithm's byte in signed-note
ED25519_ONLY = {ED25519: 32}  # algorithm → bytes of its public keys
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


def _key_id(name: str, public: bytes, algorithm: bytes = ED25519) -> bytes:
    """Return the key id of signed-note, which marks the signatures of a key."""
    return sha256(name.encode() + b"\n" + algorithm + public).digest()[:4]


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
    name = parse_verifier(verifier).name
    if checkpoint.origin != name:
        raise CheckpointError(f"it is a checkpoint of {checkpoint.origin}, not of {name}")
    return checkpoint


def open_note(note: str, verifier: str) -> str:
    """Return the text of a signed note. Raise `CheckpointError` if the key of `verifier` did not sign it."""
    key = parse_verifier(verifier)
    text, lines = split_note(note)
    if not any(_is_signed_by(line, text, key) for line in lines):
        raise CheckpointError(f"it is not signed by {key.name}")
    return text


def split_note(note: str) -> tuple[str, list[str]]:
    """Return the text of a note and its signature lines, which nobody has checked."""
    text, gap, signatures = note.rpartition("\n\n")
    return (f"{text}\n", signatures.split("\n")) if gap else (note, [])


class Verifier(NamedTuple):
    """A public key with the name of its holder."""

    name: str
    id: bytes  # four bytes, with which its signatures begin
    algorithm: bytes
    public: bytes

    @property
    def label(self) -> str:
        return f"{self.name}+{self.id.hex()}"


def parse_verifier(text: str, lengths: Mapping[bytes, int] = ED25519_ONLY, kind: str = "Ed25519 verifier") -> Verifier:
    """Return the key of a line. `lengths`: bytes of a public key of each allowed algorithm. Raise `CheckpointError`."""
    try:
        name, id, key = text.strip().split("+", 2)
        data = base64.b64decode(key, validate=True)
        algorithm, public = data[:1], data[1:]
        if len(public) == lengths.get(algorithm) and _key_id(name, public, algorithm).hex() == id and name:
            return Verifier(name, bytes.fromhex(id), algorithm, public)
    except ValueError:
        pass
    raise CheckpointError(f"{text!r} is no {kind} of the form <origin>+<key id>+<base64>")


def read_signature(line: str, key: Verifier) -> bytes | None:
    """Return the signature in a line of a note, without the key id. None: the line is of another key."""
    if not line.startswith(f"{DASH}{key.name} "):
        return None
    try:
        encoded = line.rpartition(" ")[2]
        signature = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    # The last character has unused bits.
    return signature[4:] if signature[:4] == key.id and _encode_base64(signature) == encoded else None


def is_ed25519_signature(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except (ValueError, InvalidSignature):
        return False


def _is_signed_by(line: str, text: str, key: Verifier) -> bool:
    signature = read_signature(line, key)
    return signature is not None and is_ed25519_signature(key.public, signature, text.encode())


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
