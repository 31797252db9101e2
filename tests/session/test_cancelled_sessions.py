"""Calls cancelled at any await: tokens are not lost, sessions are not half stored, sign-outs are final."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cognito_async import Auth, CognitoUser, MemoryStore, Tokens, errors
from cognito_async._stores.store import Record
from tests.session.processes import HOUR, World
from tests.sizes import FULL

pytestmark = pytest.mark.anyio

CANCELLATIONS = pytest.mark.parametrize(
    ("anyio_backend", "natively"),
    [("asyncio", False), ("trio", False), ("asyncio", True)],  # trio cancels by scopes only
    ids=["asyncio-scope", "trio-scope", "asyncio-task.cancel"],
)


class Stepping(MemoryStore):
    """A store that lets other tasks run before and after each operation. It sets `reached` at the step `stop_at`."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.stop_at = 0
        self.reached = anyio.Event()

    async def step(self) -> None:
        self.seen += 1
        if self.seen == self.stop_at:
            self.reached.set()
        for _ in range(4):
            await anyio.lowlevel.checkpoint()

    async def load(self, key: str) -> Record | None:
        await self.step()
        found = await super().load(key)
        await self.step()
        return found

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        await self.step()
        version = await super().save(key, text, expected=expected)
        await self.step()
        return version

    async def delete(self, key: str) -> None:
        await self.step()
        await super().delete(key)
        await self.step()


class Cancelled:
    """A world in which one call is cancelled at its n-th step."""

    def __init__(self, number: int) -> None:
        self.store = Stepping()
        self.world = World(self.store)
        self.number = number
        self.events: list[str] = []

    async def call(self, auth: Auth, work: Callable[[], Awaitable[Any]], *, natively: bool) -> bool:
        """Run the call and cancel it at its n-th step; return whether it reached that step."""
        auth.on_event(lambda event: self.events.append(event.name))
        self.world.service.before = [self.store.step]
        self.store.seen, self.store.stop_at = 0, self.number
        if natively:
            await self._natively(work)
        else:
            await self._by_scope(work)
        return self.store.reached.is_set()

    async def _natively(self, work: Callable[[], Awaitable[Any]]) -> None:
        async def run() -> None:
            await work()

        task = asyncio.create_task(run())
        while not self.store.reached.is_set() and not task.done():
            await anyio.lowlevel.checkpoint()
        task.cancel()
        await asyncio.wait([task])

    async def _by_scope(self, work: Callable[[], Awaitable[Any]]) -> None:
        async with anyio.create_task_group() as group:

            async def run() -> None:
                await work()
                group.cancel_scope.cancel()

            group.start_soon(run)
            await self.store.reached.wait()
            group.cancel_scope.cancel()


@CANCELLATIONS
async def test_cancelled_refresh_loses_no_tokens(natively: bool) -> None:
    number, reached = 1, True
    while reached:
        cancelled = Cancelled(number)
        world = cancelled.world
        auth, user = await world.signed_in()
        world.clock.advance(HOUR)
        reached = await cancelled.call(auth, user.session, natively=natively)
        newest = f"refresh-{world.service.count}"
        assert user.tokens.refresh_token == await world.stored_token() == newest, f"lost at step {number}"
        assert (await user.session()).refresh_token == "refresh-1" and world.service.count == 1
        number += 1
    assert number > 5


@CANCELLATIONS
async def test_cancelled_sign_out_ends_the_session_in_memory_and_store(natively: bool) -> None:
    number, reached = 1, True
    while reached:
        cancelled = Cancelled(number)
        world = cancelled.world
        auth, user = await world.signed_in()
        reached = await cancelled.call(auth, user.sign_out, natively=natively)
        assert not user.signed_in and await world.stored_token() is None, f"not ended when cancelled at step {number}"
        assert cancelled.events == ["sign_out"]
        assert await auth.users() == []
        with pytest.raises(errors.NoCurrentUser):
            await auth.current_user()
        number += 1
    assert number > 5


@CANCELLATIONS
async def test_cancelled_sign_in_is_complete_or_absent(natively: bool) -> None:
    number, reached = 1, True
    while reached:
        cancelled = Cancelled(number)
        world = cancelled.world
        auth = world.process()

        async def sign_in(auth: Auth = auth) -> None:
            await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")

        reached = await cancelled.call(auth, sign_in, natively=natively)
        users = await auth.users()
        assert bool(users) == (await world.stored_token() is not None) == (cancelled.events == ["sign_in"]), (
            f"half a sign-in when cancelled at step {number}"
        )
        with suppress(errors.NoCurrentUser):
            assert [await auth.current_user()] == users
        assert (await world.process().users() != []) == bool(users)
        number += 1
    assert number > 5


@pytest.mark.parametrize("seed", range(8 if FULL else 3))
async def test_200_waiters_cancelled_at_random_lose_no_tokens(seed: int) -> None:
    """The waiters are in two processes, whose store lets other tasks run at every step."""

    class GivingWay(MemoryStore):
        async def load(self, key: str) -> Any:
            await give_way()
            return await super().load(key)

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            await give_way()
            version = await super().save(key, text, expected=expected)
            await give_way()
            return version

    async def give_way() -> None:
        for _ in range(random.randint(0, 3)):
            await anyio.lowlevel.checkpoint()

    random = Random(seed)
    world = World(GivingWay())
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    world.service.before = [give_way] * 10
    world.clock.advance(HOUR)
    got: list[Tokens] = []

    async def ask(user: CognitoUser, scope: anyio.CancelScope) -> None:
        with scope:
            got.append(await user.session())

    scopes = [anyio.CancelScope() for _ in range(200)]
    async with anyio.create_task_group() as group:
        for scope in scopes:
            group.start_soon(ask, random.choice([local, remote]), scope)
        while any(not scope.cancel_called for scope in scopes):
            await anyio.lowlevel.checkpoint()
            for scope in random.sample(scopes, 20):
                scope.cancel()
    newest = f"refresh-{world.service.count}"
    assert world.service.count == 1 and world.service.valid == {newest}
    assert {tokens.refresh_token for tokens in got} <= {newest}
    assert await world.stored_token() == newest
    assert (await local.session()).refresh_token == (await remote.session()).refresh_token == newest
