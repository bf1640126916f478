"""Keys with which editors write: shown once, stored as a hash, compared in constant time."""

import hashlib
import hmac
import secrets
from typing import NamedTuple

from api.database.clock import utc_now
from api.database.connection import parameter_mark
from api.database.models import ApiKey
from api.database.statements import fetch_tuples, select_rows
from api.database.writing import writing

SCOPES = {
    "write": "add and correct records",
    "retract": "retract records, and change their status",
    "import": "import files",
    "release": "make releases",
    "webhook": "register webhooks",
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


def create(name: str, scopes: list[str], expires_on: str | None) -> str:
    """Create a key and return its text, of which there is no other copy. Raise `ValueError` for an unknown scope."""
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise ValueError(f"There is no scope {', '.join(unknown)}. The scopes are: {', '.join(SCOPES)}.")
    slug = f"k{secrets.token_hex(4)}"
    text = f"cst_{slug}_{secrets.token_urlsafe(32)}"
    with writing():
        ApiKey.insert(
            slug=slug,
            sha256=_hash_text(text),
            name=name,
            scopes=" ".join(scopes),
            created_at=utc_now(),
            expires_on=expires_on,
        ).execute()
    return text


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


FIELDS = (
    ApiKey.slug, ApiKey.name, ApiKey.scopes, ApiKey.created_at, ApiKey.expires_on, ApiKey.revoked_at,
    ApiKey.last_used_at,
)  # fmt: skip


def load_keys() -> list[Key]:
    return [_read_key(row) for row in fetch_tuples(ApiKey.select(*FIELDS).order_by(ApiKey.created_at, ApiKey.slug))]


def _read_key(row: tuple[str, ...]) -> Key:
    slug, name, scopes, *rest = row
    return Key(slug, name, frozenset(scopes.split()), *rest)


def revoke(slug: str) -> bool:
    """Revoke a key. Return whether there was a valid key with this id."""
    with writing():
        changed = (
            ApiKey.update(revoked_at=utc_now()).where((ApiKey.slug == slug) & ApiKey.revoked_at.is_null()).execute()
        )
    return bool(changed)


def authenticate(text: str) -> Key | None:
    """Return the key of this text; None if it is unknown, revoked or expired. Record its use, to the minute."""
    parts = text.split("_", 2)
    slug = parts[1] if len(parts) == 3 and text.isascii() and text.isprintable() else ""
    columns = ", ".join(field.column_name for field in FIELDS)
    rows = select_rows(f"SELECT sha256, {columns} FROM api_key WHERE slug = {parameter_mark()}", (slug,))
    # An unknown id costs the same comparison as a known one.
    digest = rows[0][0] if rows else _hash_text("")
    if not hmac.compare_digest(digest, _hash_text(text)) or not rows:
        return None
    key = _read_key(rows[0][1:])
    if key.revoked_at or (key.expires_on and key.expires_on < utc_now()[:10]):
        return None
    if (key.last_used_at or "")[:MINUTE] != utc_now()[:MINUTE]:
        with writing():
            ApiKey.update(last_used_at=utc_now()).where(ApiKey.slug == slug).execute()
    return key
