"""The secrets of these tests: long random strings, so that a piece of one does not occur anywhere by chance."""

from __future__ import annotations

import base64
import hashlib

from cognito_async import DeviceSecret, Tokens
from tests.support import BINDING, DEVICE_KEY, jwt


def marker(name: str, length: int = 120) -> str:
    """Return `length` letters and digits, made from the name. The default is more than any tool shows of a string."""
    digests = b"".join(hashlib.sha512(f"{name} {number}".encode()).digest() for number in range(4))
    return base64.b64encode(digests, altchars=b"xX").decode().rstrip("=")[:length]


PASSWORD = "Aa1!" + marker("password")
WEAK = marker("a weak password")
SURROGATE = marker("a password that cannot be sent") + "\udc80!"
SECRET = marker("client secret", 60)
KEY = marker("key of a state")
CODE = marker("code")
METADATA = marker("client metadata")
ENCODED_DATA = marker("encoded data of a user context")
SESSION = marker("Session of a challenge")
TOTP_SECRET = base64.b32encode(hashlib.sha512(b"TOTP secret").digest()[:60]).decode()
ACCESS_KEY = marker("secret access key")
SESSION_TOKEN = marker("session token of AWS")
ID_TOKEN, REFRESH_TOKEN = marker("ID token"), marker("refresh token")
JTI = marker("jti")
TOKENS = Tokens(jwt(mark=JTI, username="alice", exp=4_000_000_000), ID_TOKEN, REFRESH_TOKEN)
EXPIRED = Tokens(jwt(mark=JTI, username="alice", exp=1), ID_TOKEN, REFRESH_TOKEN)
DEVICE = DeviceSecret(BINDING, "alice", DEVICE_KEY, "-grpKey", marker("password of a device"))
ALWAYS = {PASSWORD, SURROGATE[:-2], SECRET, KEY, METADATA, ENCODED_DATA}


def tokens_of(tokens: Tokens) -> set[str]:
    """Return the tokens that are set."""
    return {token for name, token in tokens.reveal().items() if name.endswith("_token") and token}
