"""Keys with which editors write: shown once, kept as a hash, compared in constant time."""

import datetime
import hashlib
import hmac
import secrets
from typing import NamedTuple

from api.db import tuples, writing
from api.models import ApiKey

SCOPES = {
    "write": "add and correct records",
    "retract": "retract records, and say by their status whether they stand",
    "import": "import files",
    "release": "make releases",
    "admin": "everything, and redaction",
}


class Key(NamedTuple):
    slug: str
    name: str
    scopes: frozenset[str]
    created_at: str
    expires_on: str | None
    revoked_at: str | None
    last_used_at: str | None

    def may(self, scope: str) -> bool:
        return scope in self.scopes or "admin" in self.scopes


MINUTE = len("2026-01-31T12:00")


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def create(name: str, scopes: list[str], expires_on: str | None) -> str:
    """A new key; the text that is returned is the only copy. Raises `ValueError` for a scope that does not exist."""
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise ValueError(f"no scope is called {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    slug = f"k{secrets.token_hex(4)}"
    text = f"cst_{slug}_{secrets.token_urlsafe(32)}"
    with writing():
        ApiKey.insert(
            slug=slug,
            sha256=_digest(text),
            name=name,
            scopes=" ".join(scopes),
            created_at=now(),
            expires_on=expires_on,
        ).execute()
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


FIELDS = (
    ApiKey.slug, ApiKey.name, ApiKey.scopes, ApiKey.created_at, ApiKey.expires_on, ApiKey.revoked_at,
    ApiKey.last_used_at,
)  # fmt: skip


def listed() -> list[Key]:
    return [_key(row) for row in tuples(ApiKey.select(*FIELDS).order_by(ApiKey.created_at, ApiKey.slug))]


def _key(row: tuple[str, ...]) -> Key:
    slug, name, scopes, *rest = row
    return Key(slug, name, frozenset(scopes.split()), *rest)


def revoke(slug: str) -> bool:
    """Whether there was such a key to revoke."""
    with writing():
        changed = ApiKey.update(revoked_at=now()).where((ApiKey.slug == slug) & ApiKey.revoked_at.is_null()).execute()
    return bool(changed)


def authenticate(text: str) -> Key | None:
    """The key of this text, unless it is unknown, revoked or expired; its use is recorded, to the minute."""
    parts = text.split("_", 2)
    slug = parts[1] if len(parts) == 3 and text.isascii() and text.isprintable() else ""
    found = tuples(ApiKey.select(ApiKey.sha256, *FIELDS).where(ApiKey.slug == slug))
    # An unknown id costs the same comparison as a known one.
    digest = found[0][0] if found else _digest("")
    if not hmac.compare_digest(digest, _digest(text)) or not found:
        return None
    key = _key(found[0][1:])
    if key.revoked_at or (key.expires_on and key.expires_on < now()[:10]):
        return None
    if (key.last_used_at or "")[:MINUTE] != now()[:MINUTE]:
        with writing():
            ApiKey.update(last_used_at=now()).where(ApiKey.slug == slug).execute()
    return key
