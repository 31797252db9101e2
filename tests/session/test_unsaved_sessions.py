"""Tokens that the service issued while the store failed: none is lost, and a sign-out revokes the newest."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import anyio
import pytest

from cognito_async import MemoryStore, errors
from tests.session.processes import HOUR, SESSION, Failing, World

pytestmark = pytest.mark.anyio


class LosingLocks(Failing):
    """A store whose locks fail when they are released, with `loses`, or expire when the event `ends` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.written = False
        self.loses = False
        self.ends: anyio.Event | None = None

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        return self._held(super().lock(key), key)

    @asynccontextmanager
    async def _held(self, lock: AbstractAsyncContextManager[None], key: str) -> AsyncIterator[None]:
        async with lock, anyio.create_task_group() as group:
            if self.ends is not None and key == SESSION:
                group.start_soon(self._end, self.ends, group.cancel_scope)
            yield
            group.cancel_scope.cancel()
        if self.loses and key == SESSION:
            raise errors.StoreError("the lock was lost")

    async def _end(self, event: anyio.Event, scope: anyio.CancelScope) -> None:
        await event.wait()
        scope.cancel()


async def failing_refresh(world: World, store: Failing, times: int = 5) -> Any:
    """Return a user whose new refresh token is only in memory, because saving it failed."""
    _, local = await world.signed_in()
    store.failures = {"save": times}
    with pytest.raises(errors.StoreError):
        await local.refresh()
    store.failures = {}
    assert local.tokens.refresh_token == "refresh-1" and await world.stored_token() == "refresh-0"
    return local


def unwritten() -> Failing:
    """Return a store whose failing saves write nothing."""
    store = Failing()
    store.written = False
    return store


async def test_saved_tokens_are_used_although_the_lock_was_lost() -> None:
    store = LosingLocks()
    world = World(store)
    _, local = await world.signed_in()
    store.loses = True
    assert (await local.refresh()).refresh_token == "refresh-1"
    assert await world.stored_token() == "refresh-1"


async def test_unsaved_tokens_stay_in_memory_although_the_lock_was_lost() -> None:
    store = LosingLocks()
    store.loses = True
    world = World(store)
    local = await failing_refresh(world, store)
    world.clock.advance(16)
    assert (await local.session()).refresh_token == "refresh-1"
    assert await world.stored_token() == "refresh-1" and world.service.count == 1


async def test_lock_that_expires_during_the_request_loses_no_tokens() -> None:
    store = LosingLocks()
    world = World(store)
    _, local = await world.signed_in()
    store.loses, store.ends = True, anyio.Event()

    async def end_the_lock() -> None:
        assert store.ends is not None
        store.ends.set()
        await anyio.wait_all_tasks_blocked()

    world.service.before = [end_the_lock]
    assert (await local.refresh()).refresh_token == "refresh-1"
    assert await world.stored_token() == "refresh-1"


async def test_missing_reply_raises_outcome_unknown_and_not_a_lock_error() -> None:
    world = World()
    _, local = await world.signed_in()
    world.service.before = [anyio.sleep_forever]

    async def ask() -> None:
        with pytest.raises(errors.OutcomeUnknown):
            await local.refresh(timeout=5)

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        world.clock.advance(6)
    assert local.signed_in


async def test_expired_unsaved_tokens_are_refreshed() -> None:
    store = unwritten()
    world = World(store)
    local = await failing_refresh(world, store)
    world.clock.advance(HOUR + 1)
    assert (await local.session()).refresh_token == "refresh-2"
    assert await world.stored_token() == "refresh-2"


async def test_save_with_a_lost_reply_is_found_without_another_refresh() -> None:
    class Written(Failing):
        async def load(self, key: str) -> Any:
            if self.failures.get("save"):
                raise errors.StoreError("the store is gone")
            return await super().load(key)

    store = Written()
    world = World(store)
    _, local = await world.signed_in()

    async def fail_saves() -> None:
        store.failures = {"save": 5}

    world.service.before = [fail_saves]
    with pytest.raises(errors.StoreError):
        await local.refresh()
    world.clock.advance(16)
    assert (await local.session()).refresh_token == await world.stored_token() == "refresh-1"
    assert world.service.count == 1


async def test_unsaved_tokens_of_a_shared_refresh_are_refreshed_later() -> None:
    store = unwritten()
    world = World(store)
    auth, local = await world.signed_in()
    copy = auth.pool.user_from_tokens(local.tokens)
    release = anyio.Event()
    world.service.before = [release.wait]
    store.failures = {"save": 1}

    async def share() -> None:
        with pytest.raises(errors.StoreError):
            await local.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(copy.refresh)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(share)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert local.tokens.refresh_token == "refresh-1" and await world.stored_token() == "refresh-0"
    world.clock.advance(HOUR)
    assert (await local.session()).refresh_token == "refresh-2", "the store's token is spent and must not be sent"


async def test_shared_refresh_does_not_restore_a_removed_session() -> None:
    world = World()
    auth, local = await world.signed_in()
    copy = auth.pool.user_from_tokens(local.tokens)
    release = anyio.Event()
    world.service.before = [release.wait]
    async with anyio.create_task_group() as group:
        group.start_soon(copy.refresh)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(local.refresh)
        await anyio.wait_all_tasks_blocked()
        await world.store.delete(SESSION)
        release.set()
    assert await world.stored_token() is None


async def test_sign_out_revokes_an_unsaved_token() -> None:
    store = unwritten()
    world = World(store)
    local = await failing_refresh(world, store)
    world.clock.advance(120)
    assert (await local.sign_out()).remote == "done"
    assert world.service.revoked == ["refresh-1"] and await world.stored_token() is None


async def test_sign_out_revokes_a_token_that_fails_to_save_during_it() -> None:
    store = unwritten()
    world = World(store)
    _, local = await world.signed_in()
    release = anyio.Event()
    world.service.before = [release.wait]
    store.failures = {"save": 5}

    async def refresh() -> None:
        with pytest.raises(errors.StoreError):
            await local.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(local.sign_out)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert world.service.revoked == ["refresh-1"] and await world.stored_token() is None


async def test_sign_out_removes_the_record_without_its_lock() -> None:
    store = Failing()
    world = World(store)
    _, local = await world.signed_in()
    store.failures = {"lock": 1}
    assert (await local.sign_out()).remote == "done"
    assert await world.stored_token() is None


async def test_failed_save_of_the_user_list_leaves_the_older_session() -> None:
    class NoNames(MemoryStore):
        is_full = False

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            if self.is_full and key.startswith("users"):
                raise errors.StoreError("no space left")
            return await super().save(key, text, expected=expected)

    store = NoNames()
    world = World(store)
    auth, _ = await world.signed_in()
    before = await store.load(SESSION)
    store.is_full = True
    with pytest.raises(errors.StoreError):
        await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert await store.load(SESSION) == before


async def test_shared_store_error_does_not_collect_tracebacks() -> None:
    class Burning(MemoryStore):
        burns = ""

        async def load(self, key: str) -> Any:
            await anyio.lowlevel.checkpoint()
            if self.burns == "load":
                raise OSError("disk on fire")
            return await super().load(key)

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            if self.burns == "save":
                raise OSError("disk on fire")
            return await super().save(key, text, expected=expected)

    store = Burning()
    world = World(store)
    _, local = await world.signed_in()
    lengths: list[int] = []

    async def ask() -> None:
        try:
            await local.refresh()
        except OSError as error:
            frames = traceback.extract_tb(error.__traceback__)
            assert frames[-1].name in ("load", "save"), "the traceback must show its origin"
            lengths.append(len(frames))

    for store.burns in ("load", "save"):
        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(ask)
    assert len(lengths) == 200 and max(lengths) < 30
    with suppress(errors.SessionError):
        await local.sign_out()
