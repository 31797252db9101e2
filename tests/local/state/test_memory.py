"""The memory of a served pool grows with its users and their live sessions, not with the number of calls."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.sign_in import completion
from cognito_async._local.state import expiring
from cognito_async._local.state.entities import User
from cognito_async._local.state.pools import Pool

from ..helpers import Wire, listed, refusal
from ..sign_in.test_devices import confirmed, offered

pytestmark = [pytest.mark.anyio, pytest.mark.table]
REFRESH, ACCESS = 7200, 3600
SHORT = AppClientSettings(refresh_token_validity=REFRESH, access_token_validity=ACCESS)
REVOKED, EXPIRED = refusal("Refresh Token has been revoked"), refusal("Refresh Token has expired")
ALWAYS = PoolSettings(device_tracking="ALWAYS")


@pytest.fixture(autouse=True)
def _prune_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "_PRUNE_INTERVAL", 4)


def pool_of(wire: Wire) -> Pool:
    return wire.service._state.pools[wire.pool.id]


async def refresh(wire: Wire, tokens: dict[str, Any]) -> dict[str, Any]:
    reply = await wire.call("GetTokensFromRefreshToken", RefreshToken=tokens["RefreshToken"])
    result: dict[str, Any] = reply["AuthenticationResult"]
    return result


async def refused(wire: Wire, tokens: dict[str, Any]) -> tuple[str, str]:
    return await wire.refused("GetTokensFromRefreshToken", RefreshToken=tokens["RefreshToken"])


async def test_ended_sessions_are_deleted_and_live_ones_are_not() -> None:
    wire = Wire(client=SHORT)
    await wire.signed_up()
    first = await wire.tokens()
    wire.clock.advance(REFRESH - 1)
    last = await refresh(wire, first)
    wire.clock.advance(ACCESS - 1)
    second, *_ = [await wire.tokens() for _ in range(4)]
    assert len(pool_of(wire).token_families) == 5  # the last access token of the first one is still valid
    assert await wire.call("GetUser", AccessToken=last["AccessToken"])
    wire.clock.advance(2)
    third, *_ = [await wire.tokens() for _ in range(4)]
    assert len(pool_of(wire).token_families) == 8
    assert await refused(wire, first) == EXPIRED
    assert (await refresh(wire, second))["AccessToken"] and (await refresh(wire, third))["AccessToken"]
    for _ in range(10):
        wire.clock.advance(REFRESH + ACCESS)
        await wire.tokens()
    assert len(pool_of(wire).token_families) <= 4


@pytest.mark.parametrize("end", ["RevokeToken", "GlobalSignOut", "AdminDeleteUser"])
async def test_revoked_sessions_are_deleted(end: str) -> None:
    wire = Wire()
    await wire.signed_up()
    await wire.signed_up("bob")
    other, tokens = await wire.tokens("bob"), await wire.tokens()
    if end == "RevokeToken":
        await wire.call(end, Token=tokens["RefreshToken"])
    elif end == "GlobalSignOut":
        await wire.call(end, AccessToken=tokens["AccessToken"])
    else:
        await wire.admin(end, Username="alice")
    assert len(pool_of(wire).token_families) == 1
    gone = refusal("The user has been deleted for the associated refresh token")
    assert await refused(wire, tokens) == (gone if end == "AdminDeleteUser" else REVOKED)
    assert (await refresh(wire, other))["AccessToken"]


async def test_unconfirmed_device_is_deleted_when_its_token_expires() -> None:
    wire = Wire(ALWAYS)
    user = await wire.signed_up()
    _, kept = await confirmed(wire)
    _, young = await offered(wire)
    wire.clock.advance(wire.client.access_token_validity - 1)
    await offered(wire)
    assert len(user.devices) == 3 and young["DeviceKey"] in user.devices
    wire.clock.advance(1)
    await offered(wire)
    assert len(user.devices) == 3 and kept["DeviceKey"] in user.devices and young["DeviceKey"] not in user.devices


async def test_newest_of_many_unconfirmed_devices_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "_MOST_OFFERED", 3)
    wire = Wire(ALWAYS)
    user = await wire.signed_up()
    _, kept = await confirmed(wire)
    keys = [(await offered(wire))[1]["DeviceKey"] for _ in range(5)]
    assert list(user.devices) == [kept["DeviceKey"], *keys[-3:]]


@pytest.mark.usefixtures("little_to_search")
async def test_live_session_takes_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.local.helpers.check", lambda *_: None)  # it needs memory of its own
    wire = Wire()
    await wire.signed_up()
    for _ in range(5):
        await wire.tokens()
    families = pool_of(wire).token_families
    gc.collect()
    tracemalloc.start()
    try:
        before, number = tracemalloc.get_traced_memory()[0], len(families)
        for _ in range(50):
            await wire.tokens()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown / (len(families) - number) < 1024


async def test_all_users_are_searched_for_a_contact_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(PoolSettings(username_attributes=("email",)))
    await wire.signed_up("a@example.com", email="a@example.com")
    await wire.signed_up("b@example.com", email="b@example.com")
    looked_at: list[User] = []
    is_called = Pool._is_called

    def counted(self: Pool, user: User, key: str) -> bool:
        looked_at.append(user)
        return is_called(self, user, key)

    monkeypatch.setattr(Pool, "_is_called", counted)
    for _ in range(3):
        assert await wire.tokens("b@example.com")
    assert set(looked_at) == {wire.service.find_user(wire.pool.id, "b@example.com")}


async def change_email(wire: Wire, name: str, email: str) -> None:
    attributes = listed({"email": email, "email_verified": "true"})
    await wire.admin("AdminUpdateUserAttributes", Username=name, UserAttributes=attributes)


async def test_contact_finds_only_its_current_owner() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email",)))
    alice, bob = await wire.signed_up("alice", email="old@example.com"), await wire.signed_up("bob")

    def find() -> User | None:
        return wire.service.find_user(wire.pool.id, "old@example.com")

    assert find() is alice and find() is alice
    await change_email(wire, "alice", "new@example.com")
    assert find() is None
    await change_email(wire, "bob", "old@example.com")
    assert find() is bob
    await wire.admin("AdminDeleteUser", Username="bob")
    assert find() is None


async def test_outdated_contacts_are_removed_from_the_index() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email",)))
    alice = await wire.signed_up()
    for number in range(30):
        await change_email(wire, "alice", f"{number}@example.com")
        assert wire.service.find_user(wire.pool.id, f"{number}@example.com") is alice
    assert len(pool_of(wire)._by_contact) <= 10
    await wire.admin("AdminDeleteUser", Username="alice")
    assert not pool_of(wire)._by_contact and not pool_of(wire)._contacts_of
