"""A refresh while another process or another object changes the session: the newest tokens are used and stored."""

from __future__ import annotations

import anyio
import pytest

from cognito_async import CognitoUser, Tokens, errors
from tests.session.processes import HOUR, SESSION, World
from tests.support import jwt

pytestmark = pytest.mark.anyio


async def test_newer_stored_tokens_are_used_after_a_reuse_error() -> None:
    """Another process was slow: its lock expired before it saved its new tokens."""
    world = World()
    _, local = await world.signed_in()
    remote = world.process().pool.user_from_tokens(local.tokens)  # without a store, and so without its lock
    world.clock.advance(HOUR)

    async def saved_by_another() -> None:
        record = await world.store.load(SESSION)
        assert record is not None
        await world.store.save(SESSION, remote.to_state())

    await remote.refresh()
    world.service.before = [saved_by_another]
    assert (await local.session()).refresh_token == "refresh-1"
    assert world.service.count == 2 and local.signed_in


async def test_expired_stored_tokens_are_refreshed_after_a_reuse_error() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = world.process().pool.user_from_tokens(local.tokens)

    async def refreshed_an_hour_ago() -> None:
        await world.store.save(SESSION, remote.to_state())

    await remote.refresh()
    world.clock.advance(HOUR)
    world.service.before = [refreshed_an_hour_ago]
    assert (await local.session()).refresh_token == "refresh-3"
    assert await world.stored_token() == "refresh-3"


async def test_reuse_error_without_newer_tokens_ends_the_session() -> None:
    world = World()
    auth, local = await world.signed_in()
    await world.process().pool.user_from_tokens(local.tokens).refresh()
    with pytest.raises(errors.SessionExpired) as caught:
        await local.refresh()
    assert caught.value.code == "RefreshTokenReuseException"
    assert await world.stored_token() is None and await auth.users() == []


async def test_record_removed_during_a_refresh_ends_the_session() -> None:
    """This can happen if the lock has expired and another process signs out."""
    world = World()
    _, local = await world.signed_in()

    async def signed_out_elsewhere() -> None:
        await world.store.delete(SESSION)

    world.service.before = [signed_out_elsewhere]
    with pytest.raises(errors.SessionExpired, match="another program"):
        await local.refresh()
    assert await world.stored_token() is None and not local.signed_in


async def test_record_changed_during_a_refresh_stays() -> None:
    world = World()
    _, local = await world.signed_in()
    other = world.process().pool.user_from_tokens(Tokens(jwt(username="alice", exp=4e9), None, "theirs"))

    async def written_elsewhere() -> None:
        await world.store.save(SESSION, other.to_state())

    world.clock.advance(HOUR)
    world.service.before = [written_elsewhere]
    assert (await local.session()).refresh_token == "theirs"
    assert await world.stored_token() == "theirs"


async def test_refused_copy_does_not_end_a_stored_session() -> None:
    """Two objects have the same spent refresh token. Only one of them has a store, which holds newer tokens."""
    world = World()
    auth, local = await world.signed_in()
    copy = auth.pool.user_from_tokens(local.tokens)
    remote = await world.process().current_user()
    world.clock.advance(HOUR)
    await remote.session()
    ends: list[str | None] = []
    release = anyio.Event()
    world.service.before = [release.wait]

    async def use_spent_copy() -> None:
        with pytest.raises(errors.SessionExpired):
            await copy.session()

    async def use_stored() -> None:
        ends.append((await local.session()).refresh_token)

    async with anyio.create_task_group() as group:
        group.start_soon(use_spent_copy)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(use_stored)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert ends == ["refresh-1"] and local.signed_in and not copy.signed_in


async def test_removed_record_does_not_end_a_copy_without_a_store() -> None:
    world = World()
    auth, local = await world.signed_in()
    copy = auth.pool.user_from_tokens(local.tokens)
    await world.store.delete(SESSION)
    world.clock.advance(HOUR)
    ends: list[str | None] = []

    async def use_removed() -> None:
        with pytest.raises(errors.SessionExpired, match="another program"):
            await local.session()

    async def use_copy() -> None:
        ends.append((await copy.session()).refresh_token)

    async with anyio.create_task_group() as group, world.store.lock(SESSION):
        group.start_soon(use_removed)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(use_copy)
        await anyio.wait_all_tasks_blocked()
    assert ends == ["refresh-1"] and copy.signed_in and not local.signed_in


@pytest.mark.parametrize("time", ["before the lock", "during the request"])
async def test_sign_in_during_a_refresh_starts_a_separate_session(time: str) -> None:
    world = World()
    auth, older = await world.signed_in()
    newer: list[CognitoUser] = []

    async def sign_in_again() -> None:
        newer.append((await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user)

    async def with_the_lock() -> None:
        async with world.store.lock(SESSION):
            await anyio.wait_all_tasks_blocked()
            await sign_in_again()

    world.service.first = "newer"
    world.service.before = [sign_in_again] if time == "during the request" else []
    async with anyio.create_task_group() as group:
        if time == "before the lock":
            group.start_soon(with_the_lock)
            await anyio.lowlevel.checkpoint()
        group.start_soon(older.refresh)
    assert older.tokens.refresh_token == "refresh-1" and newer[0].tokens.refresh_token == "newer"
    assert await world.stored_token() == "newer", "the newer session must be the stored one"
    assert (await older.sign_out()).remote == "done" and world.service.revoked == ["refresh-1"]
    assert newer[0].signed_in and await auth.current_user() is newer[0]
