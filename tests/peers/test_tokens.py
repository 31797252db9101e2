"""PyJWT verifies our local pool's tokens with the pool's discovery document and keys, as a service would."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from cognito_async import Tokens

from .conftest import CODE
from .running import AppClient, module

pytestmark = [pytest.mark.anyio, pytest.mark.peer]
PASSWORD = "Passw0rd!"


def document(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as reply:
        return json.load(reply)


async def tokens_of(client: AppClient, name: str) -> Tokens:
    async with client.pool() as pool:
        await pool.sign_up(name, PASSWORD, attributes={"email": "alice@example.com"})
        await pool.confirm_sign_up(name, CODE)
        user = (await pool.sign_in(name, PASSWORD)).user
        return await user.refresh()


async def test_verifier_finds_the_keys_and_accepts_both_tokens(served: AppClient, name: str) -> None:
    tokens = await tokens_of(served, name)
    jwt = module("jwt")
    issuer = f"{served.endpoint}/{served.user_pool_id}"
    discovered = document(f"{issuer}/.well-known/openid-configuration")
    assert discovered["issuer"] == issuer
    keys = jwt.PyJWKClient(discovered["jwks_uri"], timeout=10)
    required = {"require": ["exp", "iat", "iss", "sub", "jti", "auth_time", "token_use", "origin_jti", "event_id"]}

    def verified(token: str, audience: str | None) -> Any:
        key = keys.get_signing_key_from_jwt(token)
        assert jwt.get_unverified_header(token) == {"kid": key.key_id, "alg": "RS256"}
        return jwt.decode(
            token, key, algorithms=["RS256"], issuer=issuer, audience=audience, options={**required, "strict_aud": True}
        )

    access = verified(tokens.access_token, None)
    assert (access["token_use"], access["client_id"], access["username"]) == ("access", served.client_id, name)
    assert access["scope"] == "aws.cognito.signin.user.admin" and "aud" not in access
    assert tokens.id_token is not None
    identity = verified(tokens.id_token, served.client_id)
    assert (identity["token_use"], identity["cognito:username"]) == ("id", name)
    assert (identity["email"], identity["email_verified"]) == ("alice@example.com", True)
    for claim in ("sub", "origin_jti", "event_id", "auth_time"):
        assert access[claim] == identity[claim]
    assert access["jti"] != identity["jti"]
    assert tokens.expires_at is not None and tokens.expires_at.timestamp() == access["exp"]


async def test_verifier_refuses_altered_and_foreign_tokens(
    served: AppClient, served_with_secret: AppClient, name: str
) -> None:
    tokens = await tokens_of(served, name)
    jwt = module("jwt")
    issuer = f"{served.endpoint}/{served.user_pool_id}"
    keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json", timeout=10)
    access, identity = tokens.access_token, tokens.id_token or ""
    key = keys.get_signing_key_from_jwt(identity)
    head, claims, signature = identity.split(".")
    spoilt = jwt.utils.base64url_encode(
        jwt.utils.base64url_decode(claims.encode()).replace(b"alice@", b"bobby@")
    ).decode()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{spoilt}.{signature}", key, algorithms=["RS256"], audience=served.client_id)
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(identity, key, algorithms=["RS256"], audience="another-client")
    # One of the pool's two keys signs access tokens, the other ID tokens. Another pool has other keys.
    other = keys.get_signing_key_from_jwt(access)
    assert other.key_id != key.key_id
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(identity, other, algorithms=["RS256"], audience=served.client_id)
    elsewhere = f"{served_with_secret.endpoint}/{served_with_secret.user_pool_id}/.well-known/jwks.json"
    with pytest.raises(jwt.PyJWKClientError):
        jwt.PyJWKClient(elsewhere, timeout=10).get_signing_key_from_jwt(identity)


async def test_key_document_has_two_public_keys_only(served: AppClient) -> None:
    keys = document(f"{served.endpoint}/{served.user_pool_id}/.well-known/jwks.json")["keys"]
    assert [(key["kty"], key["alg"], key["use"], key["e"]) for key in keys] == [("RSA", "RS256", "sig", "AQAB")] * 2
    assert all(key.keys() == {"kty", "alg", "use", "e", "n", "kid"} for key in keys)
