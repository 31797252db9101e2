"""Sign-outs at the same time as another sign-out, as a refresh, and after a failure of the store."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import anyio
import httpx
import pytest

from cognito_async import Auth, CognitoUser, MemoryStore, Record, UserPool, errors
from cognito_async.local import AppClientSettings, LocalTransport, LocalUserPool
from tests.support import make_user

pytestmark = pytest.mark.anyio
HOUR = 3600


class FailingStore(MemoryStore):
    is_down = False

    async def load(self, key: str) -> Record | None:
        self._check()
        return await super().load(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        self._check()
        return await super().save(key, text, expected=expected)

    async def delete(self, key: str) -> None:
        self._check()
        await super().delete(key)

    def _check(self) -> None:
        if self.is_down:
            raise ConnectionError("the store is down")


class World:
    """Two processes of one user with one store, and a third process that checks whether a session has ended."""

    def __init__(self) -> None:
        self.local = LocalUserPool(client=AppClientSettings(refresh_token_rotation=True))
        self.store = FailingStore()
        self.sent: list[str] = []
        self.held = anyio.Event()  # set when the reply to a refresh waits for `release`
        self.release: anyio.Event | None = None
        self.mine, self.theirs = self.auth(), self.auth()

    def session_lock(self) -> AbstractAsyncContextManager[None]:
        """Return the lock that another process holds while it refreshes the session."""
        (key,) = (key for key in self.store._records if key.startswith("session"))
        return self.store.lock(key)

    def pool(self) -> UserPool:
        world = self

        class Transport(LocalTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                operation = request.headers["x-amz-target"].rpartition(".")[2]
                world.sent.append(operation)
                reply = await super().handle_async_request(request)
                if world.release is not None and operation == "GetTokensFromRefreshToken":
                    world.held.set()
                    await world.release.wait()
                return reply

        client = httpx.AsyncClient(transport=Transport(self.local.service))
        return self.local.user_pool(http_client=client)

    def auth(self) -> Auth:
        return self.pool().auth(store=self.store)

    async def sign_in(self, auth: Auth) -> str:
        """Sign alice in, and return a copy of the session."""
        return (await auth.sign_in("alice", "Passw0rd!")).user.to_state()

    async def sign_out_impatiently(self, user: CognitoUser) -> str:
        """Sign a user out. Advance the clock until the sign-out no longer waits for a refresh or a lock."""
        remotes: list[str] = []

        async def sign_out() -> None:
            remotes.append((await user.sign_out(timeout=10)).remote)

        async with anyio.create_task_group() as group:
            group.start_soon(sign_out)
            while not remotes:
                await anyio.wait_all_tasks_blocked()
                self.local.clock.advance(1)
        return remotes[0]

    async def sign_in_and_fail_to_sign_out(self) -> None:
        """Sign alice in and out. The sign-out cannot remove her session from the store."""
        await self.sign_in(self.mine)
        self.store.is_down = True
        with pytest.raises(ConnectionError):
            await self.mine.sign_out()
        self.store.is_down = False

    async def has_ended(self, state: str) -> bool:
        try:
            await self.pool().user_from_state(state).refresh()
        except errors.SessionExpired:
            return True
        return False


@pytest.fixture
async def world() -> World:
    made = World()
    await make_user(made.local)
    return made


@pytest.mark.parametrize("seconds", [0, HOUR + 1])
async def test_sign_out_everywhere_reaches_the_service_although_the_store_is_down(world: World, seconds: int) -> None:
    state = await world.sign_in(world.mine)
    world.local.clock.advance(seconds)
    world.store.is_down = True
    with pytest.raises(ConnectionError, match="the store is down"):
        await world.mine.sign_out(global_=True)
    assert "GlobalSignOut" in world.sent and await world.has_ended(state)


async def test_repeated_sign_out_ends_a_newer_sign_in_of_another_process(world: World) -> None:
    await world.sign_in_and_fail_to_sign_out()
    newer = await world.sign_in(world.theirs)
    assert (await world.mine.sign_out()).remote == "done"
    assert await world.has_ended(newer) and not await world.theirs.users()


async def test_repeated_sign_out_of_the_same_sign_in_calls_nothing(world: World) -> None:
    await world.sign_in_and_fail_to_sign_out()
    world.sent.clear()
    assert (await world.mine.sign_out()).remote == "none"
    assert not world.sent and not await world.mine.users()


async def test_two_sign_outs_at_once_end_the_sign_ins_of_both_processes(world: World) -> None:
    older = await world.sign_in(world.mine)
    user = await world.mine.current_user()
    newer = await world.sign_in(world.theirs)
    remotes: list[str] = []

    async def sign_out() -> None:
        remotes.append((await user.sign_out()).remote)

    async with anyio.create_task_group() as group, world.session_lock():
        for _ in range(2):
            group.start_soon(sign_out)
            await anyio.wait_all_tasks_blocked()
    assert sorted(remotes) == ["done", "none"]
    assert await world.has_ended(older) and await world.has_ended(newer)


async def test_refresh_that_waits_for_the_store_longer_than_the_sign_out_is_not_sent(world: World) -> None:
    await world.sign_in(world.mine)
    user = await world.mine.current_user()
    world.sent.clear()

    async def refresh() -> None:
        with pytest.raises(errors.NotSignedIn, match="signed out during the call"):
            await user.refresh(timeout=None)

    async with anyio.create_task_group() as group, world.session_lock():
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
        assert await world.sign_out_impatiently(user) == "done"
    assert world.sent == ["RevokeToken"]


@pytest.mark.parametrize("name", ["attributes", "step_up"])
async def test_call_whose_refresh_outlasts_the_sign_out_is_not_sent(world: World, name: str) -> None:
    pool = world.pool()
    user = (await pool.sign_in("alice", "Passw0rd!")).user
    world.local.clock.advance(HOUR - 30)
    world.sent.clear()
    world.release = anyio.Event()

    async def call() -> None:
        with pytest.raises(errors.NotSignedIn, match="signed out during the call"):
            await (user.attributes(timeout=None) if name == "attributes" else user.step_up(["urn:high"], timeout=None))

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await world.held.wait()
        assert await world.sign_out_impatiently(user) == "done"
        world.release.set()
    assert world.sent == ["GetTokensFromRefreshToken", "RevokeToken"]
