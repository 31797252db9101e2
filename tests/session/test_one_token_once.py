"""A rotated refresh token is sent only once, even if several objects of a process have it.

If it were sent again, the service would treat its owner as a thief.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import CognitoUser, MemoryStore, errors
from cognito_async.local import MovableClock
from tests.session.processes import Rotating, World
from tests.session.token_service import Service
from tests.support import Answer, serving, tokens_reply

pytestmark = pytest.mark.anyio


class FarAway(Rotating):
    """A service whose requests take a moment to arrive and can be cancelled before that."""

    async def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        await anyio.lowlevel.checkpoint()
        if operation == "RevokeToken" and self.unavailable is None:
            self.valid.discard(body["Token"])  # the other sessions stay valid
            return {}
        return await super().__call__(operation, body)


class Held(World):
    """Two `Auth`s of one pool, and a service that can delay its replies."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        super().__init__(store)
        self.service = FarAway(self.clock)
        self.first = self.process()
        self.second = self.first.pool.auth(store=self.store)

    async def sign_in(self, refresh_token: str) -> CognitoUser:
        self.service.first = refresh_token
        return (await self.first.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user

    async def both_refresh(
        self, one: CognitoUser, other: CognitoUser, between: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint
    ) -> None:
        """Refresh both. `other` starts when the request of `one` is at the service; `between` runs before the reply."""
        asked, reply = anyio.Event(), anyio.Event()

        async def wait() -> None:
            asked.set()
            await reply.wait()

        self.service.before = [wait]
        async with anyio.create_task_group() as group:
            group.start_soon(one.refresh)
            await asked.wait()
            group.start_soon(other.refresh)
            await anyio.wait_all_tasks_blocked()
            await between()
            reply.set()


async def test_same_token_in_store_and_memory_is_sent_once() -> None:
    world = Held()
    older = await world.sign_in("older")
    elsewhere = await world.second.current_user()
    newer = await world.sign_in("newer")
    await world.both_refresh(elsewhere, older)
    assert older.tokens.refresh_token == elsewhere.tokens.refresh_token == "refresh-1"
    assert newer.tokens.refresh_token == "newer" and await world.stored_token() == "refresh-1"

    # `newer` finds refresh-1 in the store. `older`, whose session is separate, has refresh-1 in memory.
    await world.both_refresh(newer, older)
    assert world.service.count == 2, "no token must be sent twice"
    assert newer.tokens.refresh_token == older.tokens.refresh_token == await world.stored_token() == "refresh-2"


@pytest.mark.parametrize("cut", ["refused", "cancelled"])
async def test_copy_stays_valid_after_a_sign_out_that_failed(cut: str) -> None:
    world = Held()
    user = await world.sign_in("older")
    copy = world.first.pool.user_from_state(user.to_state())
    await user.refresh()
    if cut == "refused":
        world.service.unavailable = "refresh-1"
        assert (await user.sign_out()).remote == "failed"
    else:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await user.sign_out()
    assert not user.signed_in
    world.service.valid = {"refresh-1"}
    assert (await copy.refresh()).refresh_token == "refresh-1"
    assert (await copy.refresh()).refresh_token == "refresh-2"


async def test_copy_gets_no_tokens_after_a_sign_out() -> None:
    world = Held()
    user = await world.sign_in("older")
    copy = world.first.pool.user_from_state(user.to_state())
    await user.refresh()
    assert (await user.sign_out()).remote == "done"
    with pytest.raises(errors.SessionExpired):
        await copy.refresh()


async def test_tokens_of_a_copy_do_not_replace_a_newer_stored_session() -> None:
    world = Held()
    user = await world.sign_in("older")
    copy = world.first.pool.user_from_state(user.to_state())

    async def sign_in_elsewhere() -> None:
        await world.second.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")

    world.service.first = "newer"
    await world.both_refresh(copy, user, sign_in_elsewhere)
    assert copy.tokens.refresh_token == user.tokens.refresh_token == "refresh-1"
    assert await world.stored_token() == "newer"


class Lingering(MemoryStore):
    """A store in which the save of a session writes, and then waits for the event `answer`, if it is not `None`.

    With `waits`, the save also waits before it writes. With `fails`, it raises an error and writes nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.written = anyio.Event()
        self.answer: anyio.Event | None = None
        self.fails = self.waits = False

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        if self.answer is not None and key.startswith("session"):
            if self.waits:
                self.written.set()
                await self.answer.wait()
            if self.fails:
                raise errors.StoreError("the store is full")
            version = await super().save(key, text, expected=expected)
            self.written.set()
            await self.answer.wait()
            return version
        return await super().save(key, text, expected=expected)


async def test_older_object_does_not_adopt_a_session_being_saved() -> None:
    world = Held(store := Lingering())
    older = await world.sign_in("older")
    store.answer = anyio.Event()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(world.sign_in, "newer")
            await store.written.wait()
            assert await world.stored_token() == "newer"
            assert (await older.refresh()).refresh_token == "refresh-1"
            store.answer.set()
    assert world.service.valid >= {"newer", "refresh-1"} and "older" not in world.service.valid
    assert await world.stored_token() == (await world.first.current_user()).tokens.refresh_token == "newer"


@pytest.mark.parametrize("late", [False, True])
async def test_tokens_refreshed_during_a_failed_sign_in_are_saved(late: bool) -> None:
    world = Held(store := Lingering())
    older = await world.sign_in("older")
    asked, reply = anyio.Event(), anyio.Event()

    async def wait() -> None:
        asked.set()
        await reply.wait()

    async def sign_in() -> None:
        with pytest.raises(errors.StoreError, match="full"):
            await world.sign_in("newer")

    store.answer, store.fails, store.waits = anyio.Event(), True, True
    world.service.before = [wait]
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(sign_in)
            await store.written.wait()
            group.start_soon(older.refresh)
            await asked.wait()
            if not late:
                reply.set()
                while older.tokens.refresh_token != "refresh-1":
                    await anyio.lowlevel.checkpoint()
            store.answer.set()
            await anyio.wait_all_tasks_blocked()
            store.answer = None
            reply.set()
    assert older.tokens.refresh_token == "refresh-1"
    assert (await older.session()).refresh_token == "refresh-1"
    assert (await older.refresh()).refresh_token == "refresh-2" == await world.stored_token()


async def test_failed_save_of_a_sign_in_leaves_the_older_session() -> None:
    world = Held(store := Lingering())
    older = await world.sign_in("older")
    store.answer, store.fails = anyio.Event(), True
    with pytest.raises(errors.StoreError, match="full"):
        await world.sign_in("newer")
    world.service.valid, store.answer = {"older"}, None
    assert await world.first.current_user() is older
    assert (await older.refresh()).refresh_token == "refresh-1" == await world.stored_token()


async def test_lost_reply_is_retried_once_rotation_is_known_to_be_off() -> None:
    clock = MovableClock()
    service = Service(clock)
    pool, recorder = serving(service, clock=clock)
    user = pool.user_from_tokens(service.tokens())
    service.replies = [httpx.ReadError("lost"), tokens_reply(refresh_token=None), httpx.ReadError("lost")]
    with pytest.raises(errors.OutcomeUnknown):
        await user.refresh()
    assert (await user.refresh()).refresh_token == "refresh-0"
    assert (await user.refresh()).refresh_token == "refresh-1", "without rotation, a lost reply must be retried"
    assert len(recorder.calls) == 4
    service.replies = [httpx.ReadError("lost")]
    with pytest.raises(errors.OutcomeUnknown):
        await user.refresh()
    assert len(recorder.calls) == 5, "rotation is on again, so the call must not be retried"
