"""Refresh tokens that are replaced at each use: grace period, reuse, families, and calls that must not spend one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from cognito_async import errors
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async._local.tokens import rotation
from cognito_async.local import LocalUserPool
from tests.support import make_user

from ..device_client import confirm
from ..helpers import SECRET, START, Wire, claims, keys, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NOW = int(START.timestamp())
REFRESH = "GetTokensFromRefreshToken"
REUSED = ("RefreshTokenReuseException", "Refresh Token has already been used")
REVOKED = refusal("Refresh Token has been revoked")
EXPIRED = refusal("Refresh Token has expired")
ROTATED = {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}


def rotating(grace: int = 0, **others: Any) -> AppClientSettings:
    return AppClientSettings(refresh_token_rotation=True, refresh_token_grace_period=grace, **others)


async def signed_in(client: AppClientSettings, pool: PoolSettings | None = None) -> tuple[Wire, str]:
    """Sign alice in and return her first refresh token."""
    wire = Wire(pool, client)
    await wire.signed_up()
    token: str = (await wire.tokens())["RefreshToken"]
    return wire, token


async def refreshed(wire: Wire, token: str, **more: Any) -> dict[str, Any]:
    result: dict[str, Any] = (await wire.call(REFRESH, RefreshToken=token, **more))["AuthenticationResult"]
    return result


async def next_token(wire: Wire, token: str) -> str:
    result: str = (await refreshed(wire, token))["RefreshToken"]
    return result


async def refused(wire: Wire, token: str, **more: Any) -> tuple[str, str]:
    return await wire.refused(REFRESH, RefreshToken=token, **more)


async def test_each_refresh_replaces_the_token_and_preserves_sign_in_claims() -> None:
    wire = Wire(client=rotating())
    await wire.signed_up()
    first = await wire.tokens()
    wire.clock.advance(1800)
    second = await refreshed(wire, first["RefreshToken"])
    third = await refreshed(wire, second["RefreshToken"])
    assert second.keys() == third.keys() == ROTATED
    assert len({each["RefreshToken"] for each in (first, second, third)}) == 3
    for name in ("AccessToken", "IdToken"):
        before, after = claims(first[name])[1], claims(third[name])[1]
        for kept in ("sub", "origin_jti", "auth_time", "event_id"):
            assert before[kept] == after[kept]
        assert before["jti"] != after["jti"]
        assert (after["iat"], after["exp"]) == (NOW + 1800, NOW + 5400)


async def test_replaced_token_is_refused_and_newer_ones_stay_valid() -> None:
    wire, first = await signed_in(rotating())
    second = await next_token(wire, first)
    for _ in range(2):
        assert await refused(wire, first) == REUSED
    third = await next_token(wire, second)
    assert await refused(wire, second) == REUSED
    assert await next_token(wire, third)


async def test_replaced_token_works_during_the_grace_period() -> None:
    wire, first = await signed_in(rotating(grace=10))
    wire.clock.advance(3600)
    descendants = [await next_token(wire, first)]
    wire.clock.advance(9.5)
    descendants.append(await next_token(wire, first))
    wire.clock.advance(0.5)
    assert await refused(wire, first) == REUSED
    wire.clock.advance(3600)
    assert len(set(descendants)) == 2
    for each in descendants:
        assert await next_token(wire, each)


async def test_all_tokens_of_a_family_expire_with_the_first() -> None:
    wire, token = await signed_in(rotating(grace=60, refresh_token_validity=7200))
    for _ in range(4):
        wire.clock.advance(1799)
        before, token = token, await next_token(wire, token)
    wire.clock.advance(3)
    assert await next_token(wire, before)
    assert await next_token(wire, token)
    wire.clock.advance(1)
    for each in (before, token):
        assert await refused(wire, each) == EXPIRED


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
async def test_rotation_excludes_the_older_flow(flow: str) -> None:
    wire, token = await signed_in(rotating())
    assert "ALLOW_REFRESH_TOKEN_AUTH" in wire.client.explicit_auth_flows
    message = f"{flow} flow not enabled for this client"
    assert await wire.initiate_refused(flow, REFRESH_TOKEN=token) == ("InvalidParameterException", message)
    assert await next_token(wire, token)


async def test_rotation_without_revocation_adds_claims_but_revokes_nothing() -> None:
    wire = Wire(client=rotating(enable_token_revocation=False))
    await wire.signed_up()
    first = await wire.tokens()
    second = await refreshed(wire, first["RefreshToken"])
    for name in ("AccessToken", "IdToken"):
        before, after = claims(first[name])[1], claims(second[name])[1]
        assert before["origin_jti"] == after["origin_jti"] and before["jti"] != after["jti"]
    assert (await wire.refused("RevokeToken", Token=second["RefreshToken"]))[0] == "UnsupportedOperationException"
    assert await wire.call("GetUser", AccessToken=second["AccessToken"])
    await wire.call("GlobalSignOut", AccessToken=first["AccessToken"])
    assert await refused(wire, second["RefreshToken"]) == REVOKED


@pytest.mark.parametrize("which", [0, 1, 2, 3], ids=["first", "replaced", "in its grace", "newest"])
async def test_revoking_one_token_ends_its_family_only(which: int) -> None:
    wire = Wire(client=rotating(grace=10))
    await wire.signed_up()
    family, other = [await wire.tokens()], await wire.tokens()
    for pause in (11, 11, 5):
        family.append(await refreshed(wire, family[-1]["RefreshToken"]))
        wire.clock.advance(pause)
    for _ in range(2):
        assert await wire.call("RevokeToken", Token=family[which]["RefreshToken"]) == {}
    for each in family:
        gone = await wire.refused("GetUser", AccessToken=each["AccessToken"])
        assert gone == refusal("Access Token has been revoked")
        assert await refused(wire, each["RefreshToken"]) == REVOKED
    assert await wire.call("GetUser", AccessToken=other["AccessToken"])
    assert await next_token(wire, other["RefreshToken"])


async def test_revocation_is_reported_before_expiry_before_reuse() -> None:
    wire, first = await signed_in(rotating(refresh_token_validity=3600))
    await next_token(wire, first)
    assert await refused(wire, first) == REUSED
    wire.clock.advance(3600)
    assert await refused(wire, first) == EXPIRED
    await wire.call("RevokeToken", Token=first)
    assert await refused(wire, first) == REVOKED


async def test_refused_refresh_does_not_spend_the_token() -> None:
    wire = Wire(client=rotating(secret=SECRET))
    user = await wire.signed_up()
    token = (await wire.tokens())["RefreshToken"]
    wire.service.add_client(wire.pool.id, rotating(id="other"))
    right = {"RefreshToken": token, "ClientSecret": SECRET}
    for wrong in ({"ClientSecret": "x" * 24}, {"ClientId": "other"}):
        assert (await wire.refused(REFRESH, **{**right, **wrong}))[0] == "NotAuthorizedException"
    assert (await refused(wire, token))[0] == "NotAuthorizedException"
    user.enabled = False
    assert await wire.refused(REFRESH, **right) == refusal("User is disabled.")
    user.enabled = True
    assert await wire.call(REFRESH, **right)
    assert await wire.refused(REFRESH, **right) == REUSED


async def test_failing_trigger_spends_no_token_and_is_not_called_for_a_spent_one() -> None:
    runs, fails = 0, False

    async def trigger(event: dict[str, Any]) -> None:
        nonlocal runs
        runs += 1
        if fails:
            raise PermissionError("not today")

    wire, token = await signed_in(rotating(), PoolSettings(triggers=Triggers(pre_token_generation=trigger)))
    fails = True
    assert (await refused(wire, token))[0] == "UserLambdaValidationException"
    fails = False
    assert await next_token(wire, token)
    assert runs == 3 and await refused(wire, token) == REUSED
    assert runs == 3


async def test_only_the_sessions_own_device_spends_the_token() -> None:
    wire = Wire(PoolSettings(device_tracking="ALWAYS"), rotating())
    await wire.signed_up()
    tokens = await wire.tokens()
    await confirm(wire, tokens)
    key, token = tokens["NewDeviceMetadata"]["DeviceKey"], tokens["RefreshToken"]
    for wrong in ({}, {"DeviceKey": "us-east-1_0000"}):
        assert await refused(wire, token, **wrong) == refusal("Invalid Refresh Token.")
    for _ in range(3):
        result = await refreshed(wire, token, DeviceKey=key)
        assert claims(result["AccessToken"])[1]["device_key"] == key
        assert await refused(wire, token, DeviceKey=key) == REUSED
        token = result["RefreshToken"]


async def while_the_trigger_runs(
    client: AppClientSettings, times: int, action: Callable[[Wire, str], Awaitable[Any]]
) -> tuple[Wire, list[Any]]:
    """Make concurrent refreshes, and run `action` while all wait for the trigger. Return the replies' bodies."""
    waiting, go_on = 0, anyio.Event()

    async def trigger(event: dict[str, Any]) -> None:
        nonlocal waiting
        if event["triggerSource"] == "TokenGeneration_RefreshTokens":
            waiting += 1
            await go_on.wait()

    wire, token = await signed_in(client, PoolSettings(triggers=Triggers(pre_token_generation=trigger)))
    replies: list[Any] = []

    async def refresh() -> None:
        reply = await wire.post(REFRESH, {"ClientId": wire.client.id, "RefreshToken": token})
        replies.append(reply.json())

    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
        assert waiting == times
        await action(wire, token)
        go_on.set()
    return wire, replies


async def do_nothing(wire: Wire, token: str) -> None:
    """Do nothing while concurrent refreshes wait."""


async def test_one_of_concurrent_refreshes_succeeds_without_grace() -> None:
    _, replies = await while_the_trigger_runs(rotating(), 3, do_nothing)
    assert sorted(reply.get("__type", "") for reply in replies) == ["", REUSED[0], REUSED[0]]


async def test_concurrent_refreshes_all_succeed_in_the_grace_period() -> None:
    wire, replies = await while_the_trigger_runs(rotating(grace=10), 3, do_nothing)
    tokens = {reply["AuthenticationResult"]["RefreshToken"] for reply in replies}
    assert len(tokens) == 3
    for token in tokens:
        assert await next_token(wire, token)


async def test_revocation_during_a_refresh_invalidates_its_tokens() -> None:
    async def revoke(wire: Wire, token: str) -> None:
        await wire.call("RevokeToken", Token=token)

    wire, [reply] = await while_the_trigger_runs(rotating(), 1, revoke)
    assert await refused(wire, reply["AuthenticationResult"]["RefreshToken"]) == REVOKED
    gone = await wire.refused("GetUser", AccessToken=reply["AuthenticationResult"]["AccessToken"])
    assert gone == refusal("Access Token has been revoked")


def stored_tokens(wire: Wire) -> int:
    """Return the number of refresh tokens that the pool stores for its only sign-in."""
    [sign_in] = wire.service._state.pools[wire.pool.id].token_families.values()
    return len(sign_in.refresh_tokens)


async def test_refreshes_do_not_grow_the_stored_session() -> None:
    wire, token = await signed_in(rotating(grace=10))
    for _ in range(50):
        token = await next_token(wire, token)
        wire.clock.advance(10)
        assert stored_tokens(wire) == 2
    assert await next_token(wire, token)


async def test_replaced_token_is_deleted_if_too_many_tokens_are_valid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "_MOST_VALID", 3)
    wire, first = await signed_in(rotating(grace=60))
    tokens = [await next_token(wire, first) for _ in range(3)]
    assert stored_tokens(wire) == 3 and await refused(wire, first) == REUSED
    assert await next_token(wire, tokens[-1])


async def test_without_rotation_no_token_is_stored() -> None:
    wire, token = await signed_in(AppClientSettings())
    assert "RefreshToken" not in await refreshed(wire, token)
    assert stored_tokens(wire) == 0


@pytest.mark.parametrize("seconds", [-1, 61])
def test_grace_period_has_the_services_maximum(seconds: int) -> None:
    with pytest.raises(errors.ConfigurationError, match="refresh_token_grace_period must be 0 to 60 seconds"):
        rotating(seconds)
    assert rotating(0).refresh_token_grace_period == 0 and rotating(60).refresh_token_grace_period == 60


async def test_our_client_uses_each_new_token_and_revokes_the_newest() -> None:
    local = LocalUserPool(client=rotating(), keys=keys())
    await make_user(local)
    pool = local.user_pool()
    user = (await pool.sign_in("alice", "Passw0rd!")).user
    seen = [user.tokens]
    for _ in range(3):
        seen.append(await user.refresh())
        assert user.tokens == seen[-1]
    local.clock.advance(3600)
    await user.attributes()
    seen.append(user.tokens)
    assert len({each.refresh_token for each in seen}) == 5
    stale = pool.user_from_tokens(seen[0])
    with pytest.raises(errors.SessionExpired):
        await stale.refresh()
    assert (await user.refresh()).refresh_token not in {each.refresh_token for each in seen}
    newest = user.tokens
    assert (await user.sign_out()).remote == "done"
    with pytest.raises(errors.SessionExpired):
        await pool.user_from_tokens(newest).refresh()


async def test_two_copies_of_a_session_can_refresh_in_the_grace_period() -> None:
    local = LocalUserPool(client=rotating(grace=10), keys=keys())
    await make_user(local)
    here = (await local.user_pool().sign_in("alice", "Passw0rd!")).user
    there = local.user_pool().user_from_state(here.to_state())
    for _ in range(2):
        for user in (here, there):
            await user.refresh()
        local.clock.advance(3600)
    assert here.tokens.refresh_token != there.tokens.refresh_token
