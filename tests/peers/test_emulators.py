"""Our verifier and the tokens of emulators. `pool.verifier()` needs no options: it fetches the keys from the emulator.

ministack and moto call themselves Cognito in `iss`, and cognito-local uses its own address. A `TokenVerifier` without a
`UserPool` needs `jwks_url` for all of them, and `issuer` for cognito-local.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cognito_async import AccessClaims, Tokens, TokenVerifier, errors

from .conftest import CODE
from .running import AppClient

pytestmark = [pytest.mark.anyio, pytest.mark.peer]
PASSWORD = "Passw0rd!"


@pytest.fixture(params=["ministack", "moto", "cognito_local"])
def client(request: pytest.FixtureRequest, connect: Callable[..., Any]) -> AppClient:
    endpoint: str = request.getfixturevalue(request.param)
    administrator = connect(endpoint)
    pool_id = administrator.create_user_pool(
        PoolName="tokens", AutoVerifiedAttributes=["email"], UsernameAttributes=["email"]
    )["UserPool"]["Id"]
    made = administrator.create_user_pool_client(
        UserPoolId=pool_id, ClientName="tokens", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]
    return AppClient(endpoint, pool_id, made["ClientId"])


@pytest.fixture
def email(name: str) -> str:
    return f"{name}@example.com"


async def tokens_of(client: AppClient, email: str) -> Tokens:
    async with client.pool() as pool:
        await pool.sign_up(email, PASSWORD, attributes={"email": email})
        await pool.confirm_sign_up(email, CODE)
        return (await pool.sign_in(email, PASSWORD, flow="USER_PASSWORD_AUTH")).tokens


async def test_tokens_of_emulators_are_verified(client: AppClient, email: str) -> None:
    tokens = await tokens_of(client, email)
    assert tokens.id_token is not None
    async with client.pool() as pool:
        access = await pool.verifier().verify(tokens.access_token)
        assert isinstance(access, AccessClaims) and access.client_id == client.client_id
        identity = await pool.verifier("id").verify(tokens.id_token)
        assert (identity.sub, identity.email, identity.aud) == (access.sub, email, client.client_id)
        assert pool.verifier().verify_nowait(tokens.access_token) == access  # the keys are there now


async def test_verifier_without_a_pool_needs_issuer_and_address_of_the_keys(client: AppClient, email: str) -> None:
    tokens = await tokens_of(client, email)
    issuer = tokens.unverified_access_claims["iss"]
    keys = f"{client.endpoint}/{client.user_pool_id}/.well-known/jwks.json"
    async with httpx.AsyncClient(trust_env=False) as http:

        def verifier(**options: Any) -> TokenVerifier[Any]:
            return TokenVerifier(
                client.user_pool_id, client_id=client.client_id, token_use="access", http_client=http, **options
            )

        assert (await verifier(issuer=issuer, jwks_url=keys).verify(tokens.access_token)).iss == issuer
        with pytest.raises(errors.WrongIssuer):
            await verifier(issuer=f"{issuer}2", jwks_url=keys).verify(tokens.access_token)


async def test_changed_tokens_of_emulators_are_refused(client: AppClient, email: str) -> None:
    tokens, other = await tokens_of(client, email), await tokens_of(client, f"other-{email}")
    header, payload, signature = tokens.access_token.split(".")
    claims = {**tokens.unverified_access_claims, "username": "root"}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    foreign_signature = other.access_token.rpartition(".")[2]
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    async with client.pool() as pool, client.pool() as elsewhere:
        verifier = pool.verifier()
        for token in (
            f"{header}.{forged}.{signature}",
            f"{header}.{payload}.{foreign_signature}",
            f"{header}.{payload}.",
            f"{unsigned}.{forged}.",
            tokens.access_token + "=",
        ):
            with pytest.raises(errors.InvalidToken):
                await verifier.verify(token)
        with pytest.raises(errors.WrongTokenUse):
            await verifier.verify(tokens.id_token or "")
        with pytest.raises(errors.WrongClient):
            await elsewhere.verifier(client_id="another-client").verify(tokens.access_token)
