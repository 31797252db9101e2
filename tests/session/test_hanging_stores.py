"""A store, a lock or a refresh that hangs: callers wait up to a limit, and a sign-out still reaches the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import pytest

from cognito_async import CognitoUser, MemoryStore, SignOutResult, errors
from tests.session.processes import HOUR, SESSION, World

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def test_hanging_lock_or_refresh_leaves_time_for_the_revocation() -> None:
    for hangs in ("lock", "refresh"):
        world = World()
        _, local = await world.signed_in()
        results: list[SignOutResult] = []
        gone = anyio.Event()

        async def sign_out(local: CognitoUser = local, results: list[SignOutResult] = results) -> None:
            results.append(await local.sign_out(timeout=20))

        async def refresh(local: CognitoUser = local) -> None:
            with pytest.raises(errors.SessionExpired):
                await local.refresh()

        async with anyio.create_task_group() as group:
            if hangs == "refresh":
                world.service.before = [gone.wait]
                group.start_soon(refresh)
                await anyio.wait_all_tasks_blocked()
            async with world.store.lock(SESSION) if hangs == "lock" else AsyncExitStack():
                group.start_soon(sign_out)
                for _ in range(15):
                    await anyio.wait_all_tasks_blocked()
                    world.clock.advance(1)
                await anyio.wait_all_tasks_blocked()
            assert results == [SignOutResult(remote="done")], hangs
            gone.set()
        assert await world.stored_token() is None and world.service.revoked == ["refresh-0"]


@pytest.mark.parametrize(
    ("call", "method", "seconds"),
    [
        ("session", "load", 5),
        ("session", "save", 15),
        ("refresh", "save", 15),
        ("sign_out", "load", 15),
        ("sign_out", "delete", 15),
    ],
)
async def test_hanging_store_blocks_a_caller_only_until_its_limit(call: str, method: str, seconds: int) -> None:
    class Hanging(MemoryStore):
        hangs = False

        async def load(self, key: str) -> Any:
            await self._pass("load")
            return await super().load(key)

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            await self._pass("save")
            return await super().save(key, text, expected=expected)

        async def delete(self, key: str) -> None:
            await self._pass("delete")
            await super().delete(key)

        async def _pass(self, name: str) -> None:
            if self.hangs and name == method:
                await anyio.sleep_forever()

    store = Hanging()
    world = World(store)
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    store.hangs = True
    ended: list[bool] = []

    async def ask() -> None:
        with pytest.raises((errors.StoreError, errors.CallTimeout)):
            await getattr(local, call)(timeout=5)
        ended.append(True)

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        for _ in range(seconds + 1):
            await anyio.wait_all_tasks_blocked()
            world.clock.advance(1)
        await anyio.wait_all_tasks_blocked()
        assert ended, "the call must have ended"
        group.cancel_scope.cancel()


async def test_waiting_for_the_lock_of_another_process_times_out() -> None:
    world = World()
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    raised: list[errors.CognitoError] = []

    async def ask() -> None:
        with pytest.raises(errors.CallTimeout, match="lock") as caught:
            await local.session(timeout=5)
        raised.append(caught.value)

    async with world.store.lock(SESSION), anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        world.clock.advance(6)
    assert raised and local.signed_in and world.service.count == 0


@pytest.mark.parametrize("timeout", [5, None])
async def test_sign_out_limits_its_wait_for_a_lock(timeout: float | None) -> None:
    world = World()
    _, local = await world.signed_in()

    @asynccontextmanager
    async def ending() -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: local.sign_out(timeout=timeout))
            await anyio.wait_all_tasks_blocked()
            yield

    async with world.store.lock(SESSION), ending():
        world.clock.advance(61)
    assert await world.stored_token() is None and not local.signed_in
