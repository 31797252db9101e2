"""A session that several threads use, each in an event loop of its own: one refresh for all of them."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import CognitoUser, MemoryStore, RetryPolicy, Tokens, UserPool, errors
from cognito_async.local import MovableClock
from cognito_async.lowlevel import Clock
from tests.sizes import FULL
from tests.support import CLIENT_ID, POOL_ID, Answer, Recorder, adopt, jwt, located, refusal, tokens_reply
from tests.threads import PATIENCE, abandon, run_in_threads

THREADS, RENEWALS = 16, 200 if FULL else 20


class Strict:
    """A service that rotates refresh tokens and has no grace period: a spent one ends the session.

    Requests of threads in `lost` never arrive.
    """

    def __init__(self) -> None:
        self.valid = "refresh-0"
        self.spent: list[str] = []
        self.lost = threading.local()
        self.arrived = threading.Event()
        self.release = threading.Event()
        self._lock = threading.Lock()

    async def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        assert operation == "GetTokensFromRefreshToken"
        self.arrived.set()
        if getattr(self.lost, "all", False):
            await anyio.sleep_forever()
        for _ in range(random.randrange(3)):
            await anyio.lowlevel.checkpoint()
        with self._lock:
            token = body["RefreshToken"]
            self.spent.append(token)
            if token != self.valid:
                return refusal("RefreshTokenReuseException", "The refresh token was used before.")
            self.valid = f"refresh-{len(self.spent)}"
            new = self.valid
        for _ in range(random.randrange(3)):
            await anyio.lowlevel.checkpoint()
        return tokens_reply(refresh_token=new, number=new)

    @property
    def doubled(self) -> int:
        return len(self.spent) - len(set(self.spent))


def tokens(seconds_left: int = 10) -> Tokens:
    """Return tokens that are due for a refresh."""
    return Tokens(jwt(username="alice", exp=int(time.time()) + seconds_left), None, "refresh-0")


def pool_of(service: Strict, clock: Clock | None = None) -> UserPool:
    client = httpx.AsyncClient(transport=Recorder(service), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, retry=RetryPolicy(max_attempts=1), clock=clock)
    return located(pool)


@pytest.fixture(autouse=True)
def switch_threads_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def sessions_of(users: list[CognitoUser]) -> list[Callable[[], Awaitable[Tokens]]]:
    return [user.session for user in users]


def test_threads_share_the_refresh_of_one_user() -> None:
    service = Strict()
    user = pool_of(service).user_from_tokens(tokens())
    got = run_in_threads(*sessions_of([user] * 4))
    assert service.spent == ["refresh-0"] and len(set(map(id, got))) == 1
    assert user.tokens.refresh_token == service.valid


def test_threads_share_the_refresh_of_copies_of_one_session() -> None:
    service = Strict()
    pool = pool_of(service)
    state = pool.user_from_tokens(tokens()).to_state()
    users = [pool.user_from_state(state) for _ in range(4)]
    run_in_threads(*sessions_of(users))
    assert service.spent == ["refresh-0"]
    assert [user.tokens.refresh_token for user in users] == [service.valid] * 4


def test_pools_of_one_app_client_share_the_refresh_of_copies() -> None:
    service = Strict()
    first = pool_of(service)
    client = first._client.config.http_client
    state = first.user_from_tokens(tokens()).to_state()
    pools = [first, *(UserPool(POOL_ID, CLIENT_ID, http_client=client) for _ in range(3))]
    run_in_threads(*sessions_of([pool.user_from_state(state) for pool in pools]))
    assert service.spent == ["refresh-0"]


def test_pools_with_other_connections_refresh_alone() -> None:
    """A client of one test must not get the tokens of another test's service."""
    services = Strict(), Strict()
    users = [pool_of(service).user_from_tokens(tokens()) for service in services]
    run_in_threads(*sessions_of(users))
    assert [service.spent for service in services] == [["refresh-0"]] * 2


def test_threads_with_an_auth_each_share_the_refresh_in_a_store() -> None:
    service, store = Strict(), MemoryStore()

    async def sign_in() -> None:
        pool = pool_of(service)
        await adopt(pool.auth(store=store), pool.user_from_tokens(tokens()))

    async def visit() -> str | None:
        auth = pool_of(service).auth(store=store)
        user = await auth.current_user()
        return (await user.session()).refresh_token

    run_in_threads(sign_in)
    assert run_in_threads(*[visit] * 6) == [service.valid] * 6
    assert service.spent == ["refresh-0"]


def test_threads_share_one_auth_and_its_events() -> None:
    service = Strict()
    auth = pool_of(service).auth()
    heard: list[str] = []
    auth.on_event(lambda event: heard.append(event.name))

    async def sign_in() -> None:
        await adopt(auth, auth.pool.user_from_tokens(tokens()))

    async def visit() -> str | None:
        with auth.events() as events:
            await anyio.to_thread.run_sync(listening.wait, PATIENCE)  # until all streams are open
            user = await auth.current_user()
            await user.session()
            async for event in events:
                return event.name
        raise AssertionError("the stream has ended")

    listening = threading.Barrier(6)
    run_in_threads(sign_in)
    assert run_in_threads(*[visit] * 6) == ["token_refresh"] * 6
    assert service.spent == ["refresh-0"] and heard == ["token_refresh"]


def test_failing_store_of_the_leader_does_not_stop_the_others() -> None:
    class Broken(MemoryStore):
        async def load(self, key: str) -> Any:
            if key.startswith("session"):
                service.arrived.set()
                assert await anyio.to_thread.run_sync(service.release.wait, PATIENCE)
                raise errors.StoreError("the disk is gone")
            return await super().load(key)

    service = Strict()
    pool = pool_of(service)
    broken, copy = pool.user_from_tokens(tokens()), pool.user_from_tokens(tokens())

    async def lead() -> str:
        await adopt(pool.auth(store=Broken()), broken)
        with pytest.raises(errors.StoreError, match="the disk is gone"):
            await broken.refresh()
        return "refused"

    async def follow() -> str | None:
        assert await anyio.to_thread.run_sync(service.arrived.wait, PATIENCE)
        async with anyio.create_task_group() as group:
            group.start_soon(announce)
            return (await copy.refresh()).refresh_token
        raise AssertionError("unreachable")

    async def announce() -> None:
        await anyio.wait_all_tasks_blocked()
        service.release.set()

    assert run_in_threads(lead, follow) == ["refused", service.valid]
    assert broken.signed_in and service.spent == ["refresh-0"]


def test_impatient_leader_does_not_stop_the_others() -> None:
    service = Strict()
    pool = pool_of(service)
    user = pool.user_from_tokens(tokens())

    class Slow(MemoryStore):
        async def load(self, key: str) -> Any:
            if key.startswith("session") and not service.release.is_set():
                service.arrived.set()
                await anyio.sleep_forever()
            return await super().load(key)

    auth = pool.auth(store=Slow())

    async def lead() -> None:
        await adopt(auth, user)
        with pytest.raises(errors.CallTimeout):
            await user.refresh(timeout=0.1)
        service.arrived.set()  # also if the time was over before the call reached the store

    async def follow() -> str | None:
        assert await anyio.to_thread.run_sync(service.arrived.wait, PATIENCE)
        service.release.set()
        return (await user.refresh(timeout=PATIENCE)).refresh_token

    assert run_in_threads(lead, follow) == [None, service.valid]


class Storm:
    """Threads that renew one session all the time, are cancelled now and then, and close their loops in the middle."""

    def __init__(self) -> None:
        self.service = Strict()
        self.pool = pool_of(self.service, clock=MovableClock(datetime.now(UTC)))
        self.user = self.pool.user_from_tokens(tokens())
        self.state = self.user.to_state()
        self.auth = self.pool.auth()
        self.errors: list[errors.CognitoError] = []
        self.served = 0

    async def prepare(self) -> None:
        await adopt(self.auth, self.pool.user_from_tokens(tokens()))

    async def renew(self, number: int) -> None:
        """Renew the session by the shared object, a new copy, or the current user of the shared `Auth`."""
        users = [self.user, self.user, self.pool.user_from_state(self.state)]
        user = users[number % 4] if number % 4 < 3 else await self.auth.current_user()
        try:
            await user.refresh()
            self.served += 1
        except errors.CognitoError as error:
            self.errors.append(error)

    def worker(self, number: int) -> Callable[[], Awaitable[None]]:
        chance = random.Random(number)

        async def main() -> None:
            for _ in range(RENEWALS):
                with anyio.move_on_after(chance.choice([0, 0.0005, 0.002, PATIENCE])):
                    await self.renew(chance.randrange(4))

        return main

    def closing_worker(self, number: int) -> None:
        """Renew on loops that are closed before the request arrives at the service."""
        chance = random.Random(number)
        self.service.lost.all = True
        for _ in range(RENEWALS // 4):
            begun = threading.Event()
            threading.Timer(chance.random() / 100, begun.set).start()
            abandon(self.renew(chance.randrange(4)), begun)()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the tasks of closed loops cannot end
def test_no_renewal_is_lost_or_doubled_in_a_storm() -> None:
    storm = Storm()
    run_in_threads(storm.prepare)
    closing = [threading.Thread(target=storm.closing_worker, args=(number,), daemon=True) for number in range(2)]
    for thread in closing:
        thread.start()
    run_in_threads(*map(storm.worker, range(THREADS)))
    for thread in closing:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in closing)
    assert not storm.errors and not storm.service.doubled and storm.served > RENEWALS
    assert storm.user.signed_in

    async def last() -> list[str | None]:
        users = [storm.user, await storm.auth.current_user(), storm.pool.user_from_state(storm.state)]
        return [(await user.refresh()).refresh_token for user in users]

    (final,) = run_in_threads(last)
    assert final[-1] == storm.service.valid and not storm.service.doubled


def test_event_streams_and_pauses_of_several_threads_do_not_disturb_each_other() -> None:
    pool = pool_of(Strict())
    events, refreshes = pool.auth()._events, pool._users.sessions.refreshes

    async def emit() -> None:
        for number in range(1000):
            events.emit("token_refresh", None)
            refreshes.pause(f"session {number % 300}", errors.StoreError("the disk is gone"))

    async def listen() -> None:
        streams = deque[object](maxlen=100)
        for _ in range(3000):
            streams.append(events.stream())

    run_in_threads(emit, listen, emit, listen)
