from __future__ import annotations

import pytest

from cognito_async._local import AppClientSettings

from .helpers import Wire, claims, keys, refusal

pytestmark = pytest.mark.anyio


def forged(name: str, token: str) -> str:
    head, body, signature = token.split(".")
    return {
        "nonsense": "x",
        "not json": f"{head}.{body[:-9]}.{signature}",
        "not an object": f"{head}.W10.{signature}",
        "no base64": f"A.{body}.{signature}",
        "wrong signature": f"{head}.{body}.{signature[::-1]}",
        "no signature": f"{head}.{body}.",
    }[name]


@pytest.mark.parametrize("name", ["nonsense", "not json", "not an object", "no base64"])
async def test_what_is_no_access_token(name: str) -> None:
    wire = Wire()
    await wire.signed_up()
    token = forged(name, (await wire.tokens())["AccessToken"])
    assert await wire.refused("GetUser", AccessToken=token) == refusal("Invalid Access Token")


@pytest.mark.parametrize("name", ["wrong signature", "no signature"])
async def test_an_access_token_that_somebody_else_signed(name: str) -> None:
    wire = Wire()
    await wire.signed_up()
    token = forged(name, (await wire.tokens())["AccessToken"])
    unverified = refusal("Could not verify signature for Access Token")
    assert await wire.refused("GetUser", AccessToken=token) == unverified
    foreign = keys().access.sign({"token_use": "access", "iss": "https://example.com"})
    assert await wire.refused("GetUser", AccessToken=foreign) == unverified


async def test_an_id_token_is_no_access_token() -> None:
    wire = Wire()
    await wire.signed_up()
    tokens = await wire.tokens()
    assert await wire.refused("GetUser", AccessToken=tokens["IdToken"]) == refusal("Invalid Access Token")


async def test_an_access_token_expires_and_a_disabled_user_has_none() -> None:
    wire = Wire(client=AppClientSettings(access_token_validity=300))
    user = await wire.signed_up()
    tokens = await wire.tokens()
    assert tokens["ExpiresIn"] == 300
    user.enabled = False
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == refusal("User is disabled.")
    wire.clock.advance(300)
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == refusal("Access Token has expired")


async def test_an_access_token_needs_the_scope() -> None:
    wire = Wire()
    await wire.signed_up()
    body = claims((await wire.tokens())["AccessToken"])[1]
    token = keys().access.sign({**body, "scope": "openid"})
    missing = refusal("Access Token does not have required scopes")
    assert await wire.refused("GetUser", AccessToken=token) == missing
