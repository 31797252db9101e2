"""Time-based one-time passwords (RFC 6238). The client's side shares no code with it, so each tests the other."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

from ..state.entities import SoftwareToken

_STEP = 30
# Like the service, accept codes of one step earlier or later.
_DRIFT = (0, -1, 1)


def new_software_token() -> SoftwareToken:
    """Return a token whose secret has 32 random bytes, 52 characters of base32. The service's are as long."""
    return SoftwareToken(base64.b32encode(secrets.token_bytes(32)).decode().rstrip("="))


def code_at(secret: str, step: int) -> str:
    """Return the code of a 30-second step: that of RFC 4226 with the step as its counter."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def matching_step(token: SoftwareToken, code: str, now: datetime) -> int | None:
    """Return the step of a code if it is the current one or next to it; otherwise `None`."""
    this = int(now.timestamp()) // _STEP
    for drift in _DRIFT:
        if hmac.compare_digest(code_at(token.secret, this + drift).encode(), code.encode()):
            return this + drift
    return None


def unused_code(token: SoftwareToken, now: datetime) -> str | None:
    """Return a code that is accepted now, as the user's app would show it; `None` if all of them have been used."""
    this = int(now.timestamp()) // _STEP
    step = max(this, token.last_step + 1)
    return code_at(token.secret, step) if step <= this + max(_DRIFT) else None
