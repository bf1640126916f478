"""Signatures of Standard Webhooks: HMAC-SHA256 over id, timestamp and body.

The secret of a webhook is derived from the secret of the server and the id, so that no database and no backup has it.
"""

import base64
import hashlib
import hmac

PREFIX = "whsec_"


def derive_secret(server_secret: str, slug: str) -> str:
    """Return the secret of a webhook, as its receiver stores it: `whsec_…`."""
    digest = hmac.new(server_secret.encode(), f"webhook\n{slug}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(digest).decode()


def sign_message(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the header fields of a signed message."""
    content = f"{message_id}.{timestamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
