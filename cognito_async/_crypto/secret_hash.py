"""SECRET_HASH: how an app client with a secret proves itself."""

from __future__ import annotations

import base64
import hashlib
import hmac


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Base64 of HMAC-SHA256 over username and client id, keyed by the client secret.

    `username` must be the very text that the request carries: what was typed at the start, the
    name that the service gave afterwards.
    """
    message = (username + client_id).encode()
    return base64.b64encode(hmac.new(client_secret.encode(), message, hashlib.sha256).digest()).decode()
