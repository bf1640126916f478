"""Cursors: signed text that marks where a page ended. A cursor is valid only for the question it came from."""

import hashlib
import os
import pathlib
import secrets
import tempfile
from typing import Any

import itsdangerous
import orjson

from api.http.problems import ApiProblem, make_fault


def load_secret(path: str) -> str:
    """Return the secret in the file at `path`; create it with mode 600 if missing. Raises `OSError`, `ValueError`."""
    file = pathlib.Path(path)
    if not file.exists():
        _make_secret(file)
    return _read_secret(file)


def _make_secret(file: pathlib.Path) -> None:
    """Make the file whole at once: another process that starts now reads all of it, or makes the one that both read."""
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # its mode is 600
    try:
        with os.fdopen(handle, "w") as new:
            new.write(secrets.token_hex(32) + "\n")
        try:
            os.link(name, file)
        except FileExistsError:
            return
        except OSError:  # a file system without links, where two that start together may read different ones
            os.replace(name, file)
    finally:
        pathlib.Path(name).unlink(missing_ok=True)


def _read_secret(file: pathlib.Path) -> str:
    secret = file.read_text("utf-8").strip()
    if not secret:  # a full disk leaves it so, and with an empty secret anybody could sign
        raise ValueError(f"{file} is empty; remove it, and the server makes a new one")
    return secret


def _make_signer(secret: str, question: Any) -> itsdangerous.URLSafeSerializer:
    digest = hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return itsdangerous.URLSafeSerializer(secret, salt=digest, serializer=_CompactJson)


class _CompactJson:
    """The JSON serializer of the signer, by orjson."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        return orjson.dumps(value)

    @staticmethod
    def loads(text: bytes) -> Any:
        return orjson.loads(text)


def encode(secret: str, question: Any, position: tuple[Any, ...]) -> str:
    """Return the cursor behind `position` in the answer to `question`, which is any JSON value."""
    signed_text = _make_signer(secret, question).dumps(position)
    return signed_text.decode() if isinstance(signed_text, bytes) else signed_text


def decode(secret: str, question: Any, cursor: str) -> tuple[Any, ...]:
    """Return the position that `encode` put into `cursor`. Raises the problem bad-cursor."""
    try:
        position = tuple(_make_signer(secret, question).loads(cursor))
        if encode(secret, question, position) != cursor:  # base64 ignores some bits of its last character
            raise itsdangerous.BadData("spelt differently")
        return position
    except itsdangerous.BadData:
        message = "Was changed, or belongs to a different query. Copy it from links.next."
        raise ApiProblem(
            "bad-cursor",
            "The cursor cannot be used. Copy it from links.next, or start again without it.",
            [make_fault("query", "cursor", message)],
        ) from None
