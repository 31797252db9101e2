"""One session, several processes and one store: two pools that share nothing but a store stand for the processes."""

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
    """A service that takes each refresh token once, and says how often it was asked."""

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

    async def kept(self) -> str | None:
        record = await MemoryStore.load(self.store, SESSION)
        return None if record is None else self.process().pool.user_from_state(record.text).tokens.refresh_token


async def test_what_another_process_has_renewed_is_taken_over() -> None:
    world = World()
    _, here = await world.signed_in()
    there = await world.process().current_user()
    world.clock.advance(HOUR)
    assert (await there.session()).refresh_token == "refresh-1"
    assert (await here.session()).refresh_token == "refresh-1"
    assert world.service.count == 1
    assert (await here.refresh()).refresh_token == "refresh-2", "whoever wants new ones gets new ones"
    assert (await there.refresh()).refresh_token == "refresh-3"
    assert await world.kept() == "refresh-3"


async def test_what_another_process_renewed_long_ago_is_renewed_from_there() -> None:
    world = World()
    _, here = await world.signed_in()
    there = await world.process().current_user()
    world.clock.advance(HOUR)
    await there.session()
    world.clock.advance(HOUR)
    assert (await here.session()).refresh_token == "refresh-2"


async def test_two_processes_at_once_make_one_request_and_lose_nothing() -> None:
    world = World()
    _, here = await world.signed_in()
    others = [await world.process().current_user() for _ in range(5)]
    world.clock.advance(HOUR)
    got: list[Tokens] = []

    async def ask(user: CognitoUser) -> None:
        got.append(await user.session())

    async with anyio.create_task_group() as group:
        for user in [here, *others] * 3:
            group.start_soon(ask, user)
    assert {tokens.refresh_token for tokens in got} == {"refresh-1"} and world.service.count == 1
    assert await world.kept() == "refresh-1"


async def test_tokens_are_saved_before_anybody_has_them() -> None:
    class Watched(MemoryStore):
        saves = 0

        async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
            await anyio.lowlevel.checkpoint()
            if key == SESSION:
                self.saves += 1
                if expected is not None:
                    assert user.tokens.refresh_token == "refresh-0"
            return await super().save(key, text, expected=expected)

    store = Watched()
    world = World(store)
    _, user = await world.signed_in()
    world.clock.advance(HOUR)
    assert (await user.session()).refresh_token == "refresh-1"
    assert store.saves == 2 and await world.kept() == "refresh-1"


async def test_a_session_that_another_process_has_ended_is_over_here_too() -> None:
    world = World()
    auth, here = await world.signed_in()
    there = await world.process().current_user()
    assert (await there.sign_out()).remote == "done"
    world.clock.advance(HOUR)
    with pytest.raises(errors.SessionExpired, match="another program has ended it"):
        await here.session()
    assert not here.signed_in and world.service.count == 0
    with pytest.raises(errors.NoCurrentUser):
        await auth.current_user()


async def test_a_sign_out_ends_what_another_process_has_renewed() -> None:
    world = World()
    _, here = await world.signed_in()
    there = await world.process().current_user()
    await there.refresh()
    assert (await here.sign_out()).remote == "done"
    assert world.service.revoked == ["refresh-1"]
    assert await world.kept() is None


@pytest.mark.parametrize("failing", [None, "refresh-anew", "refresh-0"])
async def test_a_sign_out_ends_both_its_own_session_and_the_one_that_another_process_began(failing: str | None) -> None:
    world = World()
    _, here = await world.signed_in()
    world.service.first = "refresh-anew"
    await world.signed_in()
    world.service.unavailable = failing
    outcome = await here.sign_out()
    assert outcome.remote == ("done" if failing is None else "failed")
    assert isinstance(outcome.error, type(None) if failing is None else errors.InternalErrorException)
    assert sorted(world.service.revoked) == ["refresh-0", "refresh-anew"]
    assert await world.kept() is None


async def test_a_new_sign_in_elsewhere_is_taken_over() -> None:
    world = World()
    _, here = await world.signed_in()
    world.clock.advance(HOUR)
    await world.signed_in()
    assert await here.session() is here.tokens
    assert world.service.count == 0 and here.tokens.expires_at is not None
    assert here.tokens.expires_at > world.clock.now()


async def test_who_wants_new_tokens_is_not_content_with_those_that_others_have_found() -> None:
    world = World()
    _, here = await world.signed_in()
    there = await world.process().current_user()
    world.clock.advance(HOUR)
    await there.session()
    got: list[str | None] = []

    async def refresh() -> None:
        got.append((await here.refresh()).refresh_token)

    async with anyio.create_task_group() as group, world.store.lock(SESSION):
        group.start_soon(here.session)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(refresh)
        await anyio.wait_all_tasks_blocked()
    assert got == ["refresh-2"] == [await world.kept()] and world.service.count == 2


async def test_a_record_without_a_refresh_token_that_has_expired_is_an_end() -> None:
    world = World()
    _, here = await world.signed_in()
    bare = world.process().pool.user_from_tokens(Tokens(here.tokens.access_token))
    await world.store.save(SESSION, bare.to_state())
    world.clock.advance(HOUR)
    with pytest.raises(errors.SessionExpired, match="no refresh token"):
        await here.session()
    assert not here.signed_in and await world.kept() is None


async def test_on_reuse_the_store_is_read_again_once() -> None:
    """The lock of another process had ended while it was slow, and then it wrote after all."""
    world = World()
    _, here = await world.signed_in()
    there = world.process().pool.user_from_tokens(here.tokens)  # without the store, so without its lock
    world.clock.advance(HOUR)

    async def renewed_meanwhile() -> None:
        record = await world.store.load(SESSION)
        assert record is not None
        await world.store.save(SESSION, there.to_state())

    await there.refresh()
    world.service.before = [renewed_meanwhile]
    assert (await here.session()).refresh_token == "refresh-1"
    assert world.service.count == 2 and here.signed_in


async def test_on_reuse_tokens_in_the_store_that_are_old_by_now_are_renewed() -> None:
    world = World()
    _, here = await world.signed_in()
    there = world.process().pool.user_from_tokens(here.tokens)

    async def renewed_an_hour_ago() -> None:
        await world.store.save(SESSION, there.to_state())

    await there.refresh()
    world.clock.advance(HOUR)
    world.service.before = [renewed_an_hour_ago]
    assert (await here.session()).refresh_token == "refresh-3"
    assert await world.kept() == "refresh-3"


async def test_reuse_with_nothing_newer_in_the_store_is_the_end_and_clears_it() -> None:
    world = World()
    auth, here = await world.signed_in()
    await world.process().pool.user_from_tokens(here.tokens).refresh()
    with pytest.raises(errors.SessionExpired) as caught:
        await here.refresh()
    assert caught.value.code == "RefreshTokenReuseException"
    assert await world.kept() is None and await auth.users() == []


class Failing(MemoryStore):
    """Fails at what it is told, so many times."""

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
            await super().save(key, text, expected=expected)  # only the answer is lost
        self._pass("save")
        return await super().save(key, text, expected=expected)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        self._pass("lock")
        return super().lock(key)


@pytest.mark.parametrize("written", [True, False])
async def test_a_store_that_is_away_for_a_moment_loses_no_tokens(written: bool) -> None:
    store = Failing()
    store.written = written
    world = World(store)
    _, here = await world.signed_in()
    store.failures = {"save": 3}
    assert (await here.refresh()).refresh_token == "refresh-1"
    assert await world.kept() == "refresh-1" and world.service.count == 1


async def test_tokens_that_could_not_be_saved_are_saved_by_the_next_who_asks() -> None:
    store = Failing()
    store.written = False
    world = World(store)
    _, here = await world.signed_in()
    world.clock.advance(HOUR)
    store.failures = {"save": 100}
    with pytest.raises(errors.StoreError):
        await here.session()
    assert here.tokens.refresh_token == "refresh-1" and await world.kept() == "refresh-0"
    world.clock.advance(16)
    assert (await here.session()).refresh_token == "refresh-1", "a valid token is not withheld for the store's sake"
    store.failures = {}
    world.clock.advance(16)
    assert (await here.session()).refresh_token == "refresh-1"
    assert await world.kept() == "refresh-1" and world.service.count == 1
    store.failures = {"save": 100}
    await here.session()
    assert store.failures == {"save": 100}, "nothing is left to be saved"


async def test_unsaved_tokens_give_way_to_what_others_have_saved() -> None:
    store = Failing()
    store.written = False
    world = World(store)
    _, here = await world.signed_in()
    world.clock.advance(HOUR)
    store.failures = {"save": 100}
    with pytest.raises(errors.StoreError):
        await here.session()
    store.failures = {}
    await world.signed_in()
    world.clock.advance(16)
    assert (await here.session()).refresh_token == "refresh-0"


@pytest.mark.parametrize("method", ["load", "lock"])
async def test_a_store_that_is_gone_is_no_sign_out(method: str) -> None:
    store = Failing()
    world = World(store)
    _, here = await world.signed_in()
    before = here.tokens
    world.clock.advance(HOUR - 30)
    store.failures = {method: 2}
    assert await here.session() is before
    world.clock.advance(31)
    with pytest.raises(errors.StoreError):
        await here.session()
    assert here.signed_in and world.service.count == 0
    assert (await here.session()).refresh_token == "refresh-1"


async def test_a_record_that_went_while_tokens_were_fetched_is_an_end() -> None:
    """Its lock had ended, and another process signed out."""
    world = World()
    _, here = await world.signed_in()

    async def signed_out_elsewhere() -> None:
        await world.store.delete(SESSION)

    world.service.before = [signed_out_elsewhere]
    with pytest.raises(errors.SessionExpired, match="another program"):
        await here.refresh()
    assert await world.kept() is None and not here.signed_in


async def test_a_record_that_changed_while_tokens_were_fetched_stays() -> None:
    world = World()
    _, here = await world.signed_in()
    other = world.process().pool.user_from_tokens(Tokens(jwt(username="alice", exp=4e9), None, "theirs"))

    async def written_elsewhere() -> None:
        await world.store.save(SESSION, other.to_state())

    world.clock.advance(HOUR)
    world.service.before = [written_elsewhere]
    assert (await here.session()).refresh_token == "theirs"
    assert await world.kept() == "theirs"


async def test_a_lock_that_another_process_holds_is_waited_for_until_the_time_is_over() -> None:
    world = World()
    _, here = await world.signed_in()
    world.clock.advance(HOUR)
    told: list[errors.CognitoError] = []

    async def ask() -> None:
        with pytest.raises(errors.CallTimeout, match="lock") as caught:
            await here.session(timeout=5)
        told.append(caught.value)

    async with world.store.lock(SESSION), anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        world.clock.advance(6)
    assert told and here.signed_in and world.service.count == 0


@pytest.mark.parametrize("timeout", [5, None])
async def test_a_sign_out_does_not_wait_for_ever_for_a_lock(timeout: float | None) -> None:
    world = World()
    _, here = await world.signed_in()

    @asynccontextmanager
    async def ending() -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: here.sign_out(timeout=timeout))
            await anyio.wait_all_tasks_blocked()
            yield

    async with world.store.lock(SESSION), ending():
        world.clock.advance(61)
    assert await world.kept() is None and not here.signed_in


async def test_what_one_store_says_is_nothing_to_another() -> None:
    """Two programs in one process with a copy of a session each: one is spent, the other's store is newer."""
    world = World()
    auth, here = await world.signed_in()
    copy = auth.pool.user_from_tokens(here.tokens)
    there = await world.process().current_user()
    world.clock.advance(HOUR)
    await there.session()
    ends: list[str | None] = []
    release = anyio.Event()
    world.service.before = [release.wait]

    async def spent() -> None:
        with pytest.raises(errors.SessionExpired):
            await copy.session()

    async def kept() -> None:
        ends.append((await here.session()).refresh_token)

    async with anyio.create_task_group() as group:
        group.start_soon(spent)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(kept)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert ends == ["refresh-1"] and here.signed_in and not copy.signed_in


async def test_what_has_gone_from_a_store_is_no_end_of_a_copy_outside() -> None:
    world = World()
    auth, here = await world.signed_in()
    copy = auth.pool.user_from_tokens(here.tokens)
    await world.store.delete(SESSION)
    world.clock.advance(HOUR)
    ends: list[str | None] = []

    async def ended() -> None:
        with pytest.raises(errors.SessionExpired, match="another program"):
            await here.session()

    async def goes_on() -> None:
        ends.append((await copy.session()).refresh_token)

    async with anyio.create_task_group() as group, world.store.lock(SESSION):
        group.start_soon(ended)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(goes_on)
        await anyio.wait_all_tasks_blocked()
    assert ends == ["refresh-1"] and copy.signed_in and not here.signed_in


@pytest.mark.parametrize("seed", range(8 if FULL else 3))
async def test_two_hundred_waiters_cancelled_at_random_lose_nothing(seed: int) -> None:
    """In two processes, each with a store that gives way at every step."""

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
    _, here = await world.signed_in()
    there = await world.process().current_user()
    world.service.before = [give_way] * 10
    world.clock.advance(HOUR)
    got: list[Tokens] = []

    async def ask(user: CognitoUser, scope: anyio.CancelScope) -> None:
        with scope:
            got.append(await user.session())

    scopes = [anyio.CancelScope() for _ in range(200)]
    async with anyio.create_task_group() as group:
        for scope in scopes:
            group.start_soon(ask, random.choice([here, there]), scope)
        while any(not scope.cancel_called for scope in scopes):
            await anyio.lowlevel.checkpoint()
            for scope in random.sample(scopes, 20):
                scope.cancel()
    newest = f"refresh-{world.service.count}"
    assert world.service.count == 1 and world.service.valid == {newest}
    assert {tokens.refresh_token for tokens in got} <= {newest}
    assert await world.kept() == newest
    assert (await here.session()).refresh_token == (await there.session()).refresh_token == newest


@pytest.mark.parametrize("moment", ["before the lock", "during the request"])
async def test_who_signs_in_again_while_the_older_session_is_renewed_has_a_session_apart(moment: str) -> None:
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
    world.service.before = [sign_in_again] if moment == "during the request" else []
    async with anyio.create_task_group() as group:
        if moment == "before the lock":
            group.start_soon(with_the_lock)
            await anyio.lowlevel.checkpoint()
        group.start_soon(older.refresh)
    assert older.tokens.refresh_token == "refresh-1" and newer[0].tokens.refresh_token == "newer"
    assert await world.kept() == "newer", "the newer session is the one that is kept"
    assert (await older.sign_out()).remote == "done" and world.service.revoked == ["refresh-1"]
    assert newer[0].signed_in and await auth.current_user() is newer[0]


async def test_namespaces_keep_people_apart_in_one_store() -> None:
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
