"""A witness on the loopback interface (C2SP tlog-witness). Of our code it has the check of a proof alone."""

import base64
import contextlib
import http.server
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from api.change_log.merkle import proves_consistency

DASH = "\u2014"


class Cosigner:
    """The key of a witness: `kind` 4 is Ed25519, 6 is ML-DSA-44."""

    def __init__(self, name: str, kind: int = 4) -> None:
        self.name, self.kind = name, bytes([kind])
        self.private: Any = Ed25519PrivateKey.generate() if kind == 4 else MLDSA44PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()
        self.id = sha256(name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    def cosign(self, text: str, seconds: int = 1_700_000_000) -> str:
        """Return the signature line under the text of a checkpoint."""
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        if self.kind == b"\x06":
            origin, size, root = text.split("\n")[:3]
            parts = [b"subtree/v1\n\0", *map(_prefix_length, [self.name])]
            parts += [seconds.to_bytes(8), _prefix_length(origin), bytes(8), int(size).to_bytes(8)]
            message = b"".join([*parts, base64.b64decode(root)])
        signed = self.id + seconds.to_bytes(8) + self.private.sign(message)
        return f"{DASH} {self.name} {base64.b64encode(signed).decode()}\n"


def _prefix_length(text: str) -> bytes:
    return bytes([len(text.encode())]) + text.encode()


class Witness(http.server.ThreadingHTTPServer):
    """It remembers the last size and root of one log. `requests` has the old size and status of each request."""

    def __init__(self, cosigner: Cosigner, log_key: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.cosigner, self.log_key = cosigner, log_key
        self.size, self.root = 0, b""
        self.requests: list[tuple[int, int]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{self.cosigner.name}/"

    def judge(self, path: str, body: str) -> tuple[int, str]:
        head, _, note = body.partition("\n\n")
        old, *lines = head.split("\n")
        before, proof = int(old.removeprefix("old ")), list(map(base64.b64decode, lines))
        status, answer = self._judge(path, before, proof, note)
        self.requests.append((before, status))
        return status, answer

    def _judge(self, path: str, before: int, proof: list[bytes], note: str) -> tuple[int, str]:
        text, _, signatures = note.partition("\n\n")
        origin, size, root = text.split("\n")
        if path != f"/{self.cosigner.name}/add-checkpoint" or origin != self.log_key.split("+")[0]:
            return 404, ""
        try:
            signature = base64.b64decode(signatures.split("\n")[0].split(" ")[-1])[4:]
            public = base64.b64decode(self.log_key.split("+", 2)[2])[1:]
            Ed25519PublicKey.from_public_bytes(public).verify(signature, f"{text}\n".encode())
        except InvalidSignature:
            return 403, ""
        if before != self.size:
            return 409, f"{self.size}\n"
        new = base64.b64decode(root)
        if before and not proves_consistency(before, int(size), self.root, new, proof) or not before and proof:
            return 422, ""
        self.size, self.root = int(size), new
        return 200, self.cosigner.cosign(f"{text}\n", int(time.time()))


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Witness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status, answer = self.server.judge(self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer.encode())))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *ignored: Any) -> None:
        pass


@contextlib.contextmanager
def watching(cosigner: Cosigner, log_key: str) -> Iterator[Witness]:
    """Run a witness that knows one log."""
    with Witness(cosigner, log_key) as witness:
        thread = threading.Thread(target=witness.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield witness
        finally:
            witness.shutdown()
            thread.join()
