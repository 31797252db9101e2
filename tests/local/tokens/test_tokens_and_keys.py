from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute

from ..helpers import PASSWORD, START, Wire, claims

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NOW = int(START.timestamp())
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_LocalPool"


async def public_keys(wire: Wire) -> dict[str, rsa.RSAPublicKey]:
    document = (await wire.http.get(f"/{wire.pool.id}/.well-known/jwks.json")).json()
    found: dict[str, rsa.RSAPublicKey] = {}
    for key in document["keys"]:
        assert (key["alg"], key["kty"], key["use"], key["e"]) == ("RS256", "RSA", "sig", "AQAB")
        modulus, exponent = (
            int.from_bytes(base64.urlsafe_b64decode(key[name] + "=" * (-len(key[name]) % 4)), "big") for name in "ne"
        )
        found[key["kid"]] = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    return found


async def test_access_tokens_have_every_documented_claim() -> None:
    wire = Wire()
    user = await wire.signed_up()
    token = (await wire.tokens())["AccessToken"]
    head, body = claims(token)
    assert head == {"kid": head["kid"], "alg": "RS256"} and head["kid"].endswith("=")
    claims(token, (await public_keys(wire))[head["kid"]])
    assert body == {
        "sub": user.sub,
        "iss": ISSUER,
        "client_id": wire.client.id,
        "origin_jti": body["origin_jti"],
        "event_id": body["event_id"],
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": NOW,
        "iat": NOW,
        "exp": NOW + 3600,
        "jti": body["jti"],
        "username": "alice",
    }
    assert body["jti"] != body["origin_jti"]


async def test_id_tokens_have_every_documented_claim() -> None:
    wire = Wire(PoolSettings(custom_attributes=(CustomAttribute("size", "Number"),)))
    user = await wire.signed_up("alice", PASSWORD, email="f@example.com", **{"custom:size": "44"})
    tokens = await wire.tokens()
    head, body = claims(tokens["IdToken"])
    claims(tokens["IdToken"], (await public_keys(wire))[head["kid"]])
    access_head, access = claims(tokens["AccessToken"])
    assert head["kid"] != access_head["kid"]
    assert body == {
        "sub": user.sub,
        "email": "f@example.com",
        "email_verified": True,
        "custom:size": "44",
        "iss": ISSUER,
        "aud": wire.client.id,
        "cognito:username": "alice",
        "origin_jti": access["origin_jti"],
        "event_id": access["event_id"],
        "token_use": "id",
        "auth_time": NOW,
        "iat": NOW,
        "exp": NOW + 3600,
        "jti": body["jti"],
    }
