"""One session of several processes with one store. A pool represents each process; the pools share only the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import Auth, CognitoUser, MemoryStore, RetryPolicy, Tokens, UserPool, errors
from cognito_async._stores.store import record_key
from cognito_async.local import MovableClock
from tests.sizes import FULL
from tests.support import BINDING, CLIENT_ID, POOL_ID, Answer, Recorder, jwt, refusal, tokens_reply

pytestmark = pytest.mark.anyio

HOUR = 3600
SESSION = record_key("session", BINDING, "alice")


class Rotating:
    """A service that accepts each refresh token once and counts the refreshes."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.first = "refresh-0"
        self.valid = {self.first}
        self.revoked: list[str] = []
        self.unavailable: str | None = None
        self.count = 0
        self.before: list[Any] = []

    async def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        now = int(self.clock.now().timestamp())
        times = {"iat": now, "exp": now + HOUR}
        if operation == "InitiateAuth":
            self.valid.add(self.first)
            return tokens_reply(refresh_token=self.first, origin_jti=self.first, **times)
        if operation == "RevokeToken":
            self.revoked.append(body["Token"])
            self.valid.clear()
            return {} if body["Token"] != self.unavailable else refusal("InternalErrorException", "Try again later.")
        self.count += 1
        if self.before:
            await self.before.pop(0)()
        if body["RefreshToken"] not in self.valid:
            return refusal("RefreshTokenReuseException", "The refresh token was used before.")
        self.valid = {*self.valid, f"refresh-{self.count}"} - {body["RefreshToken"]}
        return tokens_reply(refresh_token=f"refresh-{self.count}", origin_jti=self.first, **times)


class World:
    """A clock, a service and a store that several processes share."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.clock = MovableClock()
        self.service = Rotating(self.clock)
        self.store = store if store is not None else MemoryStore()

    def process(self, **options: Any) -> Auth:
        client = httpx.AsyncClient(transport=Recorder(self.service), trust_env=False)
        pool = UserPool(
            POOL_ID, CLIENT_ID, http_client=client, clock=self.clock, retry=RetryPolicy(max_attempts=1), **options
        )
        return pool.auth(store=self.store)

    async def signed_in(self) -> tuple[Auth, CognitoUser]:
        auth = self.process()
        return auth, (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user

    async def stored_token(self) -> str | None:
        record = await MemoryStore.load(self.store, SESSION)
        return None if record is None else self.process().pool.user_from_state(record.text).tokens.refresh_token


async def test_tokens_refreshed_by_another_process_are_used() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    world.clock.advance(HOUR)
    assert (await remote.session()).refresh_token == "refresh-1"
    assert (await local.session()).refresh_token == "refresh-1"
    assert world.service.count == 1
    assert (await local.refresh()).refresh_token == "refresh-2", "`refresh` must always get new tokens"
    assert (await remote.refresh()).refresh_token == "refresh-3"
    assert await world.stored_token() == "refresh-3"


async def test_expired_tokens_of_another_process_are_refreshed() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    world.clock.advance(HOUR)
    await remote.session()
    world.clock.advance(HOUR)
    assert (await local.session()).refresh_token == "refresh-2"


async def test_concurrent_processes_share_one_refresh() -> None:
    world = World()
    _, local = await world.signed_in()
    others = [await world.process().current_user() for _ in range(5)]
    world.clock.advance(HOUR)
    got: list[Tokens] = []

    async def ask(user: CognitoUser) -> None:
        got.append(await user.session())

    async with anyio.create_task_group() as group:
        for user in [local, *others] * 3:
            group.start_soon(ask, user)
    assert {tokens.refresh_token for tokens in got} == {"refresh-1"} and world.service.count == 1
    assert await world.stored_token() == "refresh-1"


async def test_tokens_are_saved_before_callers_get_them() -> None:
    class CountingStore(MemoryStore):
        saves = 0

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            await anyio.lowlevel.checkpoint()
            if key == SESSION:
                self.saves += 1
                if expected is not None:
                    assert user.tokens.refresh_token == "refresh-0"
            return await super().save(key, text, expected=expected)

    store = CountingStore()
    world = World(store)
    _, user = await world.signed_in()
    world.clock.advance(HOUR)
    assert (await user.session()).refresh_token == "refresh-1"
    assert store.saves == 2 and await world.stored_token() == "refresh-1"


async def test_session_ended_by_another_process_ends_locally() -> None:
    world = World()
    auth, local = await world.signed_in()
    remote = await world.process().current_user()
    assert (await remote.sign_out()).remote == "done"
    world.clock.advance(HOUR)
    with pytest.raises(errors.SessionExpired, match="another program removed this session"):
        await local.session()
    assert not local.signed_in and world.service.count == 0
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()


async def test_sign_out_revokes_tokens_refreshed_by_another_process() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    await remote.refresh()
    assert (await local.sign_out()).remote == "done"
    assert world.service.revoked == ["refresh-1"]
    assert await world.stored_token() is None


@pytest.mark.parametrize("failing", [None, "refresh-again", "refresh-0"])
async def test_sign_out_ends_both_local_and_stored_session(failing: str | None) -> None:
    world = World()
    _, local = await world.signed_in()
    world.service.first = "refresh-again"
    await world.signed_in()
    world.service.unavailable = failing
    outcome = await local.sign_out()
    assert outcome.remote == ("done" if failing is None else "failed")
    assert isinstance(outcome.error, type(None) if failing is None else errors.InternalErrorException)
    assert sorted(world.service.revoked) == ["refresh-0", "refresh-again"]
    assert await world.stored_token() is None


async def test_newer_sign_in_of_another_process_is_used() -> None:
    world = World()
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    await world.signed_in()
    assert await local.session() is local.tokens
    assert world.service.count == 0 and local.tokens.expires_at is not None
    assert local.tokens.expires_at > world.clock.now()


async def test_forced_refresh_ignores_tokens_found_in_the_store() -> None:
    world = World()
    _, local = await world.signed_in()
    remote = await world.process().current_user()
    world.clock.advance(HOUR)
    await remote.session()
    got: list[str | None] = []

    async def refresh() -> None:
        got.append((await local.refresh()).refresh_token)

    async with anyio.create_task_group() as group, world.store.lock(SESSION):
        group.start_soon(local.session)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
    assert got == ["refresh-2"] == [await world.stored_token()] and world.service.count == 2


async def test_expired_record_without_refresh_token_ends_the_session() -> None:
    world = World()
    _, local = await world.signed_in()
    bare = world.process().pool.user_from_tokens(Tokens(local.tokens.access_token))
    await world.store.save(SESSION, bare.to_state())
    world.clock.advance(HOUR)
    with pytest.raises(errors.SessionExpired, match="no refresh token"):
        await local.session()
    assert not local.signed_in and await world.stored_token() is None


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


class Failing(MemoryStore):
    """A store whose methods fail as many times as `failures` says. With `written`, a failing save writes its text."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, int] = {}
        self.written = True

    def _pass(self, method: str) -> None:
        left = self.failures.get(method, 0)
        if left:
            self.failures[method] = left - 1
            raise errors.StoreError("the store is gone")

    async def load(self, key: str) -> Any:
        self._pass("load")
        return await super().load(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        if self.failures.get("save") and self.written:
            await super().save(key, text, expected=expected)  # only the reply is lost
        self._pass("save")
        return await super().save(key, text, expected=expected)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        self._pass("lock")
        return super().lock(key)


@pytest.mark.parametrize("written", [True, False])
async def test_short_outage_of_the_store_loses_no_tokens(written: bool) -> None:
    store = Failing()
    store.written = written
    world = World(store)
    _, local = await world.signed_in()
    store.failures = {"save": 3}
    assert (await local.refresh()).refresh_token == "refresh-1"
    assert await world.stored_token() == "refresh-1" and world.service.count == 1


async def test_next_call_saves_unsaved_tokens() -> None:
    store = Failing()
    store.written = False
    world = World(store)
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    store.failures = {"save": 100}
    with pytest.raises(errors.StoreError):
        await local.session()
    assert local.tokens.refresh_token == "refresh-1" and await world.stored_token() == "refresh-0"
    world.clock.advance(16)
    assert (await local.session()).refresh_token == "refresh-1", "a failing store must not withhold a valid token"
    store.failures = {}
    world.clock.advance(16)
    assert (await local.session()).refresh_token == "refresh-1"
    assert await world.stored_token() == "refresh-1" and world.service.count == 1
    store.failures = {"save": 100}
    await local.session()
    assert store.failures == {"save": 100}, "no unsaved tokens must be left"


async def test_newer_stored_session_replaces_unsaved_tokens() -> None:
    store = Failing()
    store.written = False
    world = World(store)
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    store.failures = {"save": 100}
    with pytest.raises(errors.StoreError):
        await local.session()
    store.failures = {}
    await world.signed_in()
    world.clock.advance(16)
    assert (await local.session()).refresh_token == "refresh-0"


@pytest.mark.parametrize("method", ["load", "lock"])
async def test_failing_store_does_not_end_the_session(method: str) -> None:
    store = Failing()
    world = World(store)
    _, local = await world.signed_in()
    before = local.tokens
    world.clock.advance(HOUR - 30)
    store.failures = {method: 2}
    assert await local.session() is before
    world.clock.advance(31)
    with pytest.raises(errors.StoreError):
        await local.session()
    assert local.signed_in and world.service.count == 0
    assert (await local.session()).refresh_token == "refresh-1"


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


async def test_namespaces_separate_users_in_one_store() -> None:
    world = World()
    pool = world.process().pool
    first, second = (pool.auth(store=world.store, namespace=name) for name in ("browser/1", "browser/2"))
    await first.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    with pytest.raises(errors.NoCurrentUser):
        await second.current_user()
    with pytest.raises(errors.NoCurrentUser):
        await pool.auth(store=world.store).current_user()
    again = pool.auth(store=world.store, namespace="browser/1")
    assert (await again.current_user()).username == "alice"
    with pytest.raises(errors.ConfigurationError, match="namespace"):
        pool.auth(store=world.store, namespace="")
