"""Tokens for the tests of the verifier: signed exactly as they are given, so that they can also be malformed."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cognito_async import TokenVerifier
from cognito_async.local import MovableClock

POOL_ID, CLIENT_ID = "eu-central-1_Judges", "1example23456789client"
ISSUER = f"https://cognito-idp.eu-central-1.amazonaws.com/{POOL_ID}"
UPDATED_ISSUER = f"https://issuer-cognito-idp.eu-central-1.amazonaws.com/{POOL_ID}"
# The judges have no clock that can be moved, so the tokens live around the real time, longer than any test run.
NOW = int(time.time())
Json = bytes | str | Mapping[str, Any]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def json_bytes(value: Json) -> bytes:
    """Return bytes as they are, and anything else as JSON as Cognito writes it, with escaped slashes."""
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    return text.encode()


@dataclass(frozen=True)
class Key:
    """An RSA key and its id. `kid` has the characters of the standard base64 alphabet, as at Cognito."""

    kid: str
    private: rsa.RSAPrivateKey

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        n, e = (base64url(each.to_bytes((each.bit_length() + 7) // 8)) for each in (numbers.n, numbers.e))
        return {"alg": "RS256", "e": e, "kid": self.kid, "kty": "RSA", "n": n, "use": "sig"}

    def public(self, encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
        return self.private.public_key().public_bytes(encoding, form)

    def signature(self, signed: bytes) -> bytes:
        return self.private.sign(signed, padding.PKCS1v15(), hashes.SHA256())

    def sign(self, payload: Json, header: Json | None = None) -> str:
        """Return a token with this header and payload. By default the header is that of Cognito."""
        return self.sign_parts(base64url(json_bytes(self.header() if header is None else header)), payload)

    def sign_parts(self, header: str, payload: Json | None = None, *, encoded: str = "") -> str:
        """Return a token whose header, and perhaps payload, is encoded already."""
        signed = f"{header}.{encoded if payload is None else base64url(json_bytes(payload))}"
        return f"{signed}.{base64url(self.signature(signed.encode()))}"

    def header(self, **members: Any) -> dict[str, Any]:
        return {"kid": self.kid, "alg": "RS256", **members}


@dataclass(frozen=True)
class Keys:
    """The two keys of a user pool, and one of somebody else."""

    access: Key
    id: Key
    foreign: Key

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.id.jwk, self.access.jwk]}


@functools.cache
def pool_keys() -> Keys:
    """Return the keys of the process: to make one takes 100 ms."""
    kids = (
        "k/ey+of+access+tokens/0000000000000000000000=",
        "k/ey+of+id+tokens/00000000000000000000000000=",
        "foreign=",
    )
    return Keys(*(Key(kid, rsa.generate_private_key(public_exponent=65537, key_size=2048)) for kid in kids))


def access_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a user's access token. A change to `None` removes a claim."""
    claims = {
        "sub": "6f1e2f8c-0000-4000-8000-000000000001",
        "cognito:groups": ["editors", "größe/1"],
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "origin_jti": "1c4b1d5e-0000-4000-8000-000000000002",
        "event_id": "5a0b54bd-0000-4000-8000-000000000003",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin orders/read",
        "auth_time": NOW - 600,
        "exp": NOW + 100_000,
        "iat": NOW - 60,
        "jti": "a2c7b7b2-0000-4000-8000-000000000004",
        "username": "alice",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def machine_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of an app client's own access token."""
    less = dict.fromkeys(("username", "origin_jti", "cognito:groups"))
    return access_claims(**{**less, "sub": CLIENT_ID, "scope": "orders/read", "version": 2, **changes})


def id_claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a user's ID token, such as managed login issues."""
    names = ("sub", "cognito:groups", "iss", "origin_jti", "event_id", "auth_time", "exp", "iat", "jti")
    access = access_claims()
    claims = {
        "at_hash": "b9u-_hash_of_access_tk",
        **{name: access[name] for name in names},
        "email_verified": True,
        "cognito:username": "alice",
        "aud": CLIENT_ID,
        "token_use": "id",
        "email": "alice@example.com",
        "name": "Älice 😀",
        "custom:tenant": "42",
        "identities": [{"userId": "1", "providerName": "Google", "primary": "true", "dateCreated": "1700000000000"}],
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def hs256(secret: bytes, payload: Json, header: Json) -> str:
    """Return a token with the HMAC of this secret."""
    signed = f"{base64url(json_bytes(header))}.{base64url(json_bytes(payload))}"
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def verifier(keys: Keys | None, token_use: Any = "access", **options: Any) -> TokenVerifier[Any]:
    """Return a verifier that has these keys, and can also fetch them; with `None`, no keys can be had."""

    def answer(request: httpx.Request) -> httpx.Response:
        if keys is None:
            raise httpx.ConnectError("the keys are unreachable", request=request)
        return httpx.Response(200, json=keys.jwks)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    options = {"client_id": CLIENT_ID, "http_client": client, "clock": MovableClock(), **options}
    made: TokenVerifier[Any] = TokenVerifier(POOL_ID, token_use=token_use, **options)
    if keys is not None:
        made.add_keys(keys.jwks)
    return made
