"""Tokens that the service gave out while the store was away: none is lost, and a sign-out ends the newest."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import anyio
import pytest

from cognito_async import MemoryStore, errors
from tests.session.test_shared_sessions import HOUR, SESSION, Failing, World

pytestmark = pytest.mark.anyio


class LosingLocks(Failing):
    """Its locks cannot be given back, or end while they are held."""

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

    async def _end(self, moment: anyio.Event, scope: anyio.CancelScope) -> None:
        await moment.wait()
        scope.cancel()


async def failing_refresh(world: World, store: Failing, times: int = 5) -> Any:
    """Alice, with a new token that is nowhere but in memory."""
    _, here = await world.signed_in()
    store.failures = {"save": times}
    with pytest.raises(errors.StoreError):
        await here.refresh()
    store.failures = {}
    assert here.tokens.refresh_token == "refresh-1" and await world.kept() == "refresh-0"
    return here


def unwritten() -> Failing:
    store = Failing()
    store.written = False
    return store


async def test_saved_tokens_are_used_although_the_lock_was_lost() -> None:
    store = LosingLocks()
    world = World(store)
    _, here = await world.signed_in()
    store.loses = True
    assert (await here.refresh()).refresh_token == "refresh-1"
    assert await world.kept() == "refresh-1"


async def test_unsaved_tokens_stay_in_memory_although_the_lock_was_lost() -> None:
    store = LosingLocks()
    store.loses = True
    world = World(store)
    here = await failing_refresh(world, store)
    world.clock.advance(16)
    assert (await here.session()).refresh_token == "refresh-1"
    assert await world.kept() == "refresh-1" and world.service.count == 1


async def test_lock_that_expires_during_the_request_loses_no_tokens() -> None:
    store = LosingLocks()
    world = World(store)
    _, here = await world.signed_in()
    store.loses, store.ends = True, anyio.Event()

    async def the_lock_ends() -> None:
        assert store.ends is not None
        store.ends.set()
        await anyio.wait_all_tasks_blocked()

    world.service.before = [the_lock_ends]
    assert (await here.refresh()).refresh_token == "refresh-1"
    assert await world.kept() == "refresh-1"


async def test_missing_reply_is_reported_instead_of_the_lock() -> None:
    world = World()
    _, here = await world.signed_in()
    world.service.before = [anyio.sleep_forever]

    async def ask() -> None:
        with pytest.raises(errors.OutcomeUnknown):
            await here.refresh(timeout=5)

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        world.clock.advance(6)
    assert here.signed_in


async def test_expired_unsaved_tokens_are_refreshed() -> None:
    store = unwritten()
    world = World(store)
    here = await failing_refresh(world, store)
    world.clock.advance(HOUR + 1)
    assert (await here.session()).refresh_token == "refresh-2"
    assert await world.kept() == "refresh-2"


async def test_save_without_reply_is_found_without_another_refresh() -> None:
    class Written(Failing):
        async def load(self, key: str) -> Any:
            if self.failures.get("save"):
                raise errors.StoreError("the store is gone")
            return await super().load(key)

    store = Written()
    world = World(store)
    _, here = await world.signed_in()

    async def away() -> None:
        store.failures = {"save": 5}

    world.service.before = [away]
    with pytest.raises(errors.StoreError):
        await here.refresh()
    world.clock.advance(16)
    assert (await here.session()).refresh_token == await world.kept() == "refresh-1"
    assert world.service.count == 1


async def test_unsaved_tokens_of_a_shared_refresh_are_refreshed_later() -> None:
    store = unwritten()
    world = World(store)
    auth, here = await world.signed_in()
    copy = auth.pool.user_from_tokens(here.tokens)
    release = anyio.Event()
    world.service.before = [release.wait]
    store.failures = {"save": 1}

    async def share() -> None:
        with pytest.raises(errors.StoreError):
            await here.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(copy.refresh)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(share)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert here.tokens.refresh_token == "refresh-1" and await world.kept() == "refresh-0"
    world.clock.advance(HOUR)
    assert (await here.session()).refresh_token == "refresh-2", "not the spent one of the store"


async def test_shared_refresh_does_not_restore_a_removed_session() -> None:
    world = World()
    auth, here = await world.signed_in()
    copy = auth.pool.user_from_tokens(here.tokens)
    release = anyio.Event()
    world.service.before = [release.wait]
    async with anyio.create_task_group() as group:
        group.start_soon(copy.refresh)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(here.refresh)
        await anyio.wait_all_tasks_blocked()
        await world.store.delete(SESSION)
        release.set()
    assert await world.kept() is None


async def test_sign_out_revokes_an_unsaved_token() -> None:
    store = unwritten()
    world = World(store)
    here = await failing_refresh(world, store)
    world.clock.advance(120)
    assert (await here.sign_out()).remote == "done"
    assert world.service.revoked == ["refresh-1"] and await world.kept() is None


async def test_sign_out_revokes_a_token_that_fails_to_save_during_it() -> None:
    store = unwritten()
    world = World(store)
    _, here = await world.signed_in()
    release = anyio.Event()
    world.service.before = [release.wait]
    store.failures = {"save": 5}

    async def refresh() -> None:
        with pytest.raises(errors.StoreError):
            await here.refresh()

    async with anyio.create_task_group() as group:
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(here.sign_out)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert world.service.revoked == ["refresh-1"] and await world.kept() is None


async def test_sign_out_removes_the_record_without_its_lock() -> None:
    store = Failing()
    world = World(store)
    _, here = await world.signed_in()
    store.failures = {"lock": 1}
    assert (await here.sign_out()).remote == "done"
    assert await world.kept() is None


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
    _, here = await world.signed_in()
    lengths: list[int] = []

    async def ask() -> None:
        try:
            await here.refresh()
        except OSError as error:
            frames = traceback.extract_tb(error.__traceback__)
            assert frames[-1].name in ("load", "save"), "it says where it comes from"
            lengths.append(len(frames))

    for store.burns in ("load", "save"):
        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(ask)
    assert len(lengths) == 200 and max(lengths) < 30
    with suppress(errors.SessionError):
        await here.sign_out()
