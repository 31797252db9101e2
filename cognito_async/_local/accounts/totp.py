"""Time-based one-time passwords by RFC 6238, written apart from the client's so that they can judge each other."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

from ..state.entities import SoftwareToken

_STEP = 30
# One step early or late is taken, as the service does.
_DRIFT = (0, -1, 1)


def new_software_token() -> SoftwareToken:
    """32 random bytes: 52 characters of base32, as long as the service's secrets."""
    return SoftwareToken(base64.b32encode(secrets.token_bytes(32)).decode().rstrip("="))


def code_at(secret: str, step: int) -> str:
    """RFC 4226 with a counter of 30-second steps."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def matching_step(token: SoftwareToken, code: str, now: datetime) -> int | None:
    """The step that a code is of, if it is of this one or a neighbour."""
    this = int(now.timestamp()) // _STEP
    for drift in _DRIFT:
        if hmac.compare_digest(code_at(token.secret, this + drift).encode(), code.encode()):
            return this + drift
    return None
