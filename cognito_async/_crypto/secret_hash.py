"""SECRET_HASH, which proves that an app client knows its secret."""

from __future__ import annotations

import base64
import hashlib
import hmac

from .._core.errors import ConfigurationError
from .._core.redact import mask
from .._core.secret import Secret


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Return HMAC-SHA256 over username and client id, keyed by the client secret, in base64.

    `username` must equal USERNAME in the same request: in the first request of a sign-in, the name that the user typed,
    and in later ones, the service's canonical name.
    """
    client_secret = mask(client_secret)
    return masked_secret_hash(username, client_id, Secret.of(client_secret)).reveal()


def masked_secret_hash(username: str, client_id: str, client_secret: Secret[str]) -> Secret[str]:
    """Compute `secret_hash`, with a `Secret` as argument and as result."""
    digest = _digest(username, client_id, client_secret.reveal())
    if digest is None:
        raise ConfigurationError("secret_hash: the arguments must be three strings that UTF-8 can express")
    return digest


def _digest(username: str, client_id: str, client_secret: str) -> Secret[str] | None:
    try:
        key, message = client_secret.encode(), (username + client_id).encode()
    except (AttributeError, TypeError, UnicodeEncodeError):
        return None
    return Secret(base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode())
