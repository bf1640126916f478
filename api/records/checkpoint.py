"""Signed heads of the change log: C2SP tlog-checkpoint in a C2SP signed-note, by Ed25519.

A key is a file of one line, as the Go tools write it: `PRIVATE+KEY+<origin>+<key id>+<base64>`. The origin names the
log for ever and so lies with the key. Who checks needs the line `<origin>+<key id>+<base64>` only.
"""

import base64
import binascii
import functools
import os
import pathlib
import tempfile
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from api.records.merkle import LENGTH

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = b"\x01"  # the algorithm's byte in signed-note
PRIVATE = "PRIVATE+KEY+"
DASH = "\u2014 "


class Untrue(Exception):
    """Not a checkpoint, or not one that the key has signed."""


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


class Signer(NamedTuple):
    origin: str
    private: "Ed25519PrivateKey"

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def verifier(self) -> str:
        """The line by which others check what it signs."""
        return f"{self.origin}+{_key_id(self.origin, self.public).hex()}+{_base64(ED25519 + self.public)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _key_id(name: str, public: bytes) -> bytes:
    """So that a signature tells which key made it."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


@functools.lru_cache(maxsize=8)
def signer_at(path: str, origin: str) -> Signer:
    """The key in the file at `path`; where there is none, a new one for `origin` is made, with mode 600."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    file = pathlib.Path(path)
    if not file.exists():
        _write_once(file, _secret_line(Signer(origin, Ed25519PrivateKey.generate())))
    try:
        name, _, seed = file.read_text().strip().removeprefix(PRIVATE).split("+", 2)
        return Signer(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed)[1:]))
    except (ValueError, binascii.Error):
        raise Untrue(f"{path} holds no key of the form {PRIVATE}<origin>+<key id>+<base64>") from None


def _secret_line(signer: Signer) -> str:
    seed = _base64(ED25519 + signer.private.private_bytes_raw())
    return f"{PRIVATE}{signer.origin}+{_key_id(signer.origin, signer.public).hex()}+{seed}\n"


def _write_once(file: pathlib.Path, text: str) -> None:
    """The whole file or none, and the first of two processes wins."""
    handle, name = tempfile.mkstemp(dir=file.absolute().parent)  # with mode 600
    try:
        with os.fdopen(handle, "w") as made:
            made.write(text)
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)


def signed(signer: Signer, size: int, root: bytes) -> str:
    """The checkpoint of a tree of that size and root."""
    text = f"{signer.origin}\n{size}\n{_base64(root)}\n"
    signature = _key_id(signer.origin, signer.public) + signer.private.sign(text.encode())
    return f"{text}\n{DASH}{signer.origin} {_base64(signature)}\n"


def opened(note: str, verifier: str) -> Checkpoint:
    """What a signed checkpoint says. Raises `Untrue`; signatures by others (witnesses) are passed over."""
    name, id, public = _verifier_parts(verifier)
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    if not gap or not any(_signs(line, text, name, id, public) for line in signatures.split("\n")):
        raise Untrue(f"it is not signed by {name}")
    found = read(text)
    if found.origin != name:
        raise Untrue(f"it is a checkpoint of {found.origin}, not of {name}")
    return found


def _verifier_parts(verifier: str) -> tuple[str, bytes, bytes]:
    try:
        name, id, key = verifier.strip().split("+", 2)
        data = base64.b64decode(key, validate=True)
        if data[:1] == ED25519 and len(data) == 33 and _key_id(name, data[1:]).hex() == id:
            return name, bytes.fromhex(id), data[1:]
    except ValueError:
        pass
    raise Untrue(f"{verifier!r} is no Ed25519 verifier of the form <origin>+<key id>+<base64>")


def _signs(line: str, text: str, name: str, id: bytes, public: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if not line.startswith(f"{DASH}{name} "):
        return False
    try:
        told = line.rpartition(" ")[2]
        signature = base64.b64decode(told, validate=True)
        if signature[:4] != id or _base64(signature) != told:  # its last character has bits that say nothing
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], text.encode())
        return True
    except (ValueError, InvalidSignature):
        return False


def read(text: str) -> Checkpoint:
    """The three lines of a checkpoint's text; more of them are extensions. Raises `Untrue`."""
    try:
        origin, size, root, *_ = text.split("\n")
        found = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError:
        raise Untrue("it is no checkpoint") from None
    if str(found.size) != size or found.size < 0 or len(found.root) != LENGTH or not origin:
        raise Untrue("it is no checkpoint")
    return found
