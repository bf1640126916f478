"""Cursors: where a page ended, as signed text that goes only with the question it came from."""

import hashlib
import os
import pathlib
import secrets
from typing import Any

import itsdangerous
import orjson

from api.problems import ApiProblem, fault


def secret_of(path: str) -> str:
    """The secret in the file at `path`, made with mode 600 when missing. Raises `OSError`, `ValueError`."""
    file = pathlib.Path(path)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    with os.fdopen(handle, "w") as made:
        made.write(secrets.token_hex(32) + "\n")
    return _read(file)


def _read(file: pathlib.Path) -> str:
    found = file.read_text("utf-8").strip()
    if not found:  # as a full disk leaves it; anybody could sign with it
        raise ValueError(f"{file} is empty: remove it, and a new one is made")
    return found


def _signer(secret: str, question: Any) -> itsdangerous.URLSafeSerializer:
    digest = hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return itsdangerous.URLSafeSerializer(secret, salt=digest, serializer=_Compact)


class _Compact:
    """JSON by orjson, for the signer."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        return orjson.dumps(value)

    @staticmethod
    def loads(text: bytes) -> Any:
        return orjson.loads(text)


def write(secret: str, question: Any, position: tuple[Any, ...]) -> str:
    """The cursor behind `position` in the answer to `question` (anything JSON can hold)."""
    made = _signer(secret, question).dumps(position)
    return made.decode() if isinstance(made, bytes) else made


def read(secret: str, question: Any, cursor: str) -> tuple[Any, ...]:
    """The position that `write` made into `cursor`. Raises the problem bad-cursor."""
    try:
        position = tuple(_signer(secret, question).loads(cursor))
        if write(secret, question, position) != cursor:  # base64 leaves bits of its last character unused
            raise itsdangerous.BadData("another spelling")
        return position
    except itsdangerous.BadData:
        message = "Was changed, or belongs to another question. Take it from links.next."
        raise ApiProblem("bad-cursor", "The cursor cannot be used.", [fault("query", "cursor", message)]) from None
