"""Tokens with any claims, signed with the keys that all tests share, and a server that has these keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from cognito_async import TokenVerifier
from cognito_async.local import MovableClock, SigningKeys

POOL_ID = "eu-central-1_Verified"
CLIENT_ID = "1verified2client"
REGION = "https://cognito-idp.eu-central-1.amazonaws.com"
ISSUER = f"{REGION}/{POOL_ID}"
UPDATED_ISSUER = f"https://issuer-cognito-idp.eu-central-1.amazonaws.com/{POOL_ID}"
GONE: Any = object()  # the value of a claim that is left out
clock = MovableClock(datetime(2026, 11, 1, tzinfo=UTC))  # never moved
NOW = int(clock.now().timestamp())


def access_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of alice's access token, with these changes. `__` in a name stands for `:`."""
    claims = {
        "sub": "alice-sub",
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "origin_jti": "origin",
        "event_id": "event",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
        "jti": "id",
        "username": "alice",
    }
    return _changed(claims, changes)


def id_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of alice's ID token, with these changes."""
    claims = access_claims(token_use="id", client_id=GONE, scope=GONE, username=GONE)
    return _changed({**claims, "aud": CLIENT_ID, "cognito:username": "alice", "email_verified": True}, changes)


def machine_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a machine's access token, with these changes."""
    claims = access_claims(sub=CLIENT_ID, username=GONE, origin_jti=GONE, event_id=GONE, scope="orders/read", version=2)
    return _changed(claims, changes)


def _changed(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**claims, **{name.replace("__", ":"): value for name, value in changes.items()}}
    return {name: value for name, value in merged.items() if value is not GONE}


def sign(claims: dict[str, Any]) -> str:
    """Return a token with these claims, signed with the pool's key for access tokens."""
    return SigningKeys.generate().access.sign(claims)


def sign_bytes(claims: bytes) -> str:
    """Return a token whose claims are these bytes."""
    key = SigningKeys.generate().access
    parts = [json.dumps({"kid": key.kid, "alg": "RS256"}).encode(), claims]
    signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    signature = key.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def access_token(**changes: Any) -> str:
    return sign(access_claims(**changes))


def id_token(**changes: Any) -> str:
    return sign(id_claims(**changes))


def with_kid(kid: Any) -> str:
    """Return a token whose header names this key. Its signature is wrong."""
    head = base64.urlsafe_b64encode(json.dumps({"kid": kid, "alg": "RS256"}).encode()).decode().rstrip("=")
    return f"{head}.{access_token().partition('.')[2]}"


def moving() -> MovableClock:
    """Return a clock that shows the same time, and can be moved."""
    return MovableClock(clock.now())


def key_set() -> dict[str, Any]:
    """Return the pool's public keys."""
    return SigningKeys.generate().jwks()


def jwk() -> dict[str, Any]:
    """Return the public key that verifies the tokens of `sign`."""
    return SigningKeys.generate().access.jwk()


def other_key_set() -> dict[str, Any]:
    """Return the pool's public keys without the one that verifies the tokens of `sign`."""
    return {"keys": [SigningKeys.generate().id.jwk()]}


def verifier(token_use: Any = "access", *, client_id: Any = CLIENT_ID, **options: Any) -> TokenVerifier[Any]:
    """Return a verifier of the pool's tokens that has the keys."""
    options.setdefault("clock", clock)
    made: TokenVerifier[Any] = TokenVerifier(POOL_ID, client_id=client_id, token_use=token_use, **options)
    made.add_keys(key_set())
    return made


Reply = bytes | dict[str, Any] | httpx.Response | Exception


class KeyServer(httpx.AsyncBaseTransport):
    """Has the public keys. It counts the requests, and its reply can be changed.

    Attributes:
        reply: a key set, the bytes of a body, a response, or an error of the connection.
        before: an async function that is called before each reply.
        urls: the URLs of all requests.
    """

    def __init__(self, reply: Reply | None = None, before: Callable[[], Awaitable[object]] | None = None) -> None:
        self.reply: Reply = key_set() if reply is None else reply
        self.before = before
        self.urls: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        if self.before is not None:
            await self.before()
        reply = self.reply
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)
        return httpx.Response(200, content=json.dumps(reply).encode() if isinstance(reply, dict) else reply)

    def verifier(self, **options: Any) -> TokenVerifier[Any]:
        """Return a verifier that fetches the keys here."""
        client = httpx.AsyncClient(transport=self, trust_env=False)
        options = {"clock": clock, "client_id": CLIENT_ID, "token_use": "access", "http_client": client, **options}
        return TokenVerifier(POOL_ID, **options)
