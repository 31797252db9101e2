"""The expiry of each token, by the pool's clock."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings

from ..helpers import START, Wire, claims, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NOW = int(START.timestamp())
REFRESH = "GetTokensFromRefreshToken"
EXPIRED = refusal("Refresh Token has expired")
ROTATION = pytest.mark.parametrize("rotation", [False, True])


async def signed_in(rotation: bool) -> tuple[Wire, dict[str, Any]]:
    """Sign in alice, whose tokens have three different lifetimes."""
    client = AppClientSettings(
        access_token_validity=300,
        id_token_validity=600,
        refresh_token_validity=3600,
        refresh_token_rotation=rotation,
    )
    wire = Wire(client=client)
    await wire.signed_up()
    return wire, await wire.tokens()


@ROTATION
async def test_access_token_is_valid_up_to_its_last_second(rotation: bool) -> None:
    wire, tokens = await signed_in(rotation)
    for _ in range(2):
        assert tokens["ExpiresIn"] == 300
        wire.clock.advance(299)
        assert await wire.call("GetUser", AccessToken=tokens["AccessToken"])
        wire.clock.advance(1)
        refused = await wire.refused("GetUser", AccessToken=tokens["AccessToken"])
        assert refused == refusal("Access Token has expired")
        reply = await wire.call(REFRESH, RefreshToken=tokens["RefreshToken"])
        tokens = {**tokens, **reply["AuthenticationResult"]}


@ROTATION
async def test_claims_have_the_expiry_of_each_token(rotation: bool) -> None:
    wire, first = await signed_in(rotation)
    wire.clock.advance(1000)
    second = (await wire.call(REFRESH, RefreshToken=first["RefreshToken"]))["AuthenticationResult"]
    for tokens, start in ((first, NOW), (second, NOW + 1000)):
        for name, validity in (("AccessToken", 300), ("IdToken", 600)):
            body = claims(tokens[name])[1]
            assert (body["auth_time"], body["iat"], body["exp"]) == (NOW, start, start + validity)


@ROTATION
async def test_refresh_token_is_valid_up_to_its_last_second(rotation: bool) -> None:
    wire, tokens = await signed_in(rotation)
    wire.clock.advance(3599)
    reply = await wire.call(REFRESH, RefreshToken=tokens["RefreshToken"])
    newest = reply["AuthenticationResult"].get("RefreshToken", tokens["RefreshToken"])
    wire.clock.advance(1)
    for each in (tokens["RefreshToken"], newest):
        assert await wire.refused(REFRESH, RefreshToken=each) == EXPIRED
    # Tokens issued in its last second have their own lifetime.
    assert await wire.call("GetUser", AccessToken=reply["AuthenticationResult"]["AccessToken"])


async def test_older_flow_accepts_a_refresh_token_to_its_last_second() -> None:
    wire, tokens = await signed_in(False)
    wire.clock.advance(3599)
    assert await wire.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
    wire.clock.advance(1)
    refused = await wire.initiate_refused("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
    assert refused == EXPIRED
