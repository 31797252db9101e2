"""`RedisStore` without Redis: what it makes of answers, failures and silence. With Redis: tests/peers/test_redis.py."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any, cast

import anyio
import pytest

import cognito_async
from cognito_async import errors
from cognito_async._stores import redis_store
from cognito_async.integrations.redis import RedisStore
from cognito_async.testing import STORE_CHECKS, StoreCheck

from .fake_redis import FakeRedis

pytestmark = pytest.mark.anyio

KEY = "Mark3r-key-" + "k" * 32
SECRET = "Mark3r-token"
RECORD, LOCK = b"cognito_async:record:a", b"cognito_async:lock:a"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_store, "_SHORTEST_WAIT", 0.001)
    monkeypatch.setattr(redis_store, "_LONGEST_WAIT", 0.002)


@pytest.fixture
def fake() -> FakeRedis:
    return FakeRedis()


def store_on(fake: FakeRedis, **options: Any) -> RedisStore:
    return RedisStore(cast("Any", fake), **options)


async def never(command: str) -> None:
    await anyio.sleep_forever()


def failing(*commands: str) -> Any:
    async def fail(command: str) -> None:
        if command in commands:
            raise ConnectionResetError(f"redis://user:{KEY}@host said {SECRET}")

    return fail


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_the_contract(check: StoreCheck, key: str | None, fake: FakeRedis) -> None:
    await check(lambda: store_on(fake, key=key))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"key": "short"}, "the store key"),
        ({"lease": 0}, "lease is a number of seconds"),
        ({"timeout": -1}, "timeout is a number of seconds"),
        ({"timeout": "5"}, "timeout is a number of seconds"),
        ({"expires_after": float("inf")}, "expires_after is a number of seconds"),
    ],
)
def test_arguments_that_cannot_be_right_are_refused(fake: FakeRedis, options: Any, said: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=said):
        store_on(fake, **options)


def test_a_store_shows_its_prefix_alone(fake: FakeRedis) -> None:
    store = store_on(fake, prefix="mine:", key=KEY)
    assert repr(store) == "RedisStore(prefix='mine:')"
    assert "Mark3r" not in repr(vars(store))


def test_the_client_is_not_imported() -> None:
    assert not any(name in vars(redis_store) for name in ("coredis", "Redis"))


async def test_a_sealed_record_is_opened_by_its_key_in_its_place_alone(fake: FakeRedis) -> None:
    sealed = store_on(fake, key=KEY)
    await sealed.save("a", SECRET)
    assert SECRET.encode() not in fake.hashes[RECORD]["sealed"]
    fake.hashes[b"cognito_async:record:b"] = fake.hashes[RECORD]
    for store, key, said in (
        (store_on(fake, key="other" + KEY), "a", "sealed with another key"),
        (sealed, "b", "sealed with another key, or has been altered"),
        (store_on(fake), "a", "give the store its key"),
    ):
        with pytest.raises(errors.ConfigurationError, match=said):
            await store.load(key)


async def test_what_is_not_sealed_or_no_record_is_refused(fake: FakeRedis) -> None:
    await store_on(fake).save("a", "text")
    with pytest.raises(errors.ConfigurationError, match="is not sealed"):
        await store_on(fake, key=KEY).load("a")
    for fields in ({"version": b"1", "text": b"\xff"}, {"version": b"one", "text": b"text"}):
        fake.hashes[RECORD] = fields
        with pytest.raises(errors.ConfigurationError, match="none of this library"):
            await store_on(fake).load("a")


async def test_redis_is_told_when_to_forget(fake: FakeRedis) -> None:
    await store_on(fake).save("b", "text")
    await store_on(fake, expires_after=1.5).save("a", "text")
    assert fake.lives == {RECORD: 1500}


async def use(store: RedisStore) -> None:
    await store.save("a", SECRET)
    await store.load("a")
    await store.delete("a")
    async with store.lock("a"):
        pass


@pytest.mark.parametrize("command", ["exists", "save", "hmget", "delete", "take"])
async def test_a_failure_is_a_store_error_that_shows_nothing(fake: FakeRedis, command: str) -> None:
    store = store_on(fake, key=KEY)
    fake.before = failing(command)
    with pytest.raises(errors.StoreError, match="cannot be used: ConnectionResetError") as caught:
        await use(store)
    assert fake.asked[-1] == command or fake.asked[-3:] == [command, "exists", "give back"]
    assert caught.value.__context__ is None and caught.value.__cause__ is None
    assert "Mark3r" not in str(caught.value) + shown(caught.value)


def shown(error: BaseException) -> str:
    """The package's frames with their locals."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    inside = [repr(frame.locals) for frame in frames if frame.filename.startswith(cognito_async.__path__[0])]
    assert inside
    return "".join(inside)


async def test_the_text_of_a_record_that_cannot_be_opened_does_not_show(fake: FakeRedis) -> None:
    await store_on(fake).save("a", SECRET)
    fake.hashes[RECORD]["text"] += b"\xff"
    with pytest.raises(errors.ConfigurationError) as caught:
        await store_on(fake).load("a")
    assert SECRET not in shown(caught.value)


async def test_a_redis_that_is_silent_is_left_in_time(fake: FakeRedis) -> None:
    store = store_on(fake, timeout=0.02)
    fake.before = never
    with anyio.fail_after(5):
        for call in (store.load("a"), store.save("a", "text"), store.delete("a")):
            with pytest.raises(errors.StoreError, match="did not answer in time"):
                await call
        with pytest.raises(errors.StoreError, match="did not answer in time"):
            async with store.lock("a"):
                raise AssertionError("the lock was not got")
    fake.before = failing()
    await store.save("a", "text")
    fake.before = never
    with pytest.raises(errors.StoreError, match="did not answer in time"):
        await store.load("a")


async def test_one_task_looks_whether_redis_is_there_and_all_share_what_it_finds(fake: FakeRedis) -> None:
    store = store_on(fake)
    found: list[str] = []
    goes_on = anyio.Event()

    async def refused(command: str) -> None:
        await goes_on.wait()
        raise ConnectionRefusedError

    async def load() -> None:
        try:
            await store.load("a")
            found.append("answer")
        except errors.StoreError as error:
            found.append(str(error))

    async def fifty() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(load)
            await anyio.wait_all_tasks_blocked()
            goes_on.set()

    fake.before = refused
    await fifty()
    assert found == ["Redis cannot be used: ConnectionRefusedError"] * 50 and fake.asked == ["exists"]
    found.clear()
    fake.before = failing()
    await fifty()
    assert found == ["answer"] * 50 and fake.asked == ["exists"] * 2 + ["hmget"] * 50
    await load()
    assert fake.asked[-2:] == ["hmget"] * 2, "once Redis is found nobody looks again"


class Connecting:
    """A connection that is half made, until it goes on."""

    def __init__(self, fake: FakeRedis) -> None:
        fake.before = self._wait
        self.begun, self.goes_on = anyio.Event(), anyio.Event()
        self.made: list[str] = []

    async def _wait(self, command: str) -> None:
        self.begun.set()
        await self.goes_on.wait()
        await anyio.lowlevel.checkpoint()
        self.made.append(command)


@pytest.mark.parametrize("fails", ["nothing", "exists"])
async def test_a_cancelled_call_leaves_no_connection_half_made(fake: FakeRedis, fails: str) -> None:
    connecting = Connecting(fake)
    fake.after = failing(fails)
    async with anyio.create_task_group() as group:
        group.start_soon(store_on(fake).load, "a")
        await connecting.begun.wait()
        group.cancel_scope.cancel()
        connecting.goes_on.set()
    assert connecting.made == fake.asked == ["exists"]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_nor_does_one_that_asyncio_cancels(fake: FakeRedis) -> None:
    connecting = Connecting(fake)
    call = asyncio.create_task(store_on(fake).load("a"))
    await connecting.begun.wait()
    call.cancel()
    connecting.goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert connecting.made == ["exists"]


async def test_work_is_broken_off_before_its_lease_ends(fake: FakeRedis) -> None:
    store = store_on(fake, lease=0.02)
    with pytest.raises(errors.StoreError, match=r"the lease of a lock, 0\.02 seconds, ended before the work"):
        async with store.lock("a"):
            await anyio.sleep_forever()
    assert fake.locks == {}


async def test_the_lease_counts_from_before_it_was_asked_for(fake: FakeRedis) -> None:
    async def slow(command: str) -> None:
        if command == "take":
            await anyio.sleep(0.02)

    async def work() -> None:
        async with store_on(fake, lease=0.02).lock("a"):
            await anyio.lowlevel.checkpoint()
            raise AssertionError("there was no time left")

    fake.after = slow
    with pytest.raises(errors.StoreError, match="lease"):
        await work()


async def test_work_that_ends_without_waiting_is_not_undone_by_its_lease(fake: FakeRedis) -> None:
    async with store_on(fake, lease=0.01).lock("a"):
        ends = anyio.current_time() + 0.02
        while anyio.current_time() < ends:
            pass


async def test_what_the_work_raises_wins_over_its_lease(fake: FakeRedis) -> None:
    async def work() -> None:
        async with store_on(fake, lease=0.02).lock("a"):
            try:
                await anyio.sleep_forever()
            finally:
                raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await work()
    assert fake.locks == {}


async def test_a_cancellation_from_outside_wins_over_a_lease(fake: FakeRedis) -> None:
    with anyio.move_on_after(0.02) as scope:
        async with store_on(fake, lease=0.02 / 0.9).lock("a"):
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.05)  # both have ended when the work can be broken off
            await anyio.sleep_forever()
    assert scope.cancelled_caught and fake.locks == {}


async def test_a_lock_is_given_back_where_nobody_knows_whether_it_was_got(fake: FakeRedis) -> None:
    store = store_on(fake)
    await store.load("a")

    async def answer_is_lost(command: str) -> None:
        if command == "take":
            raise ConnectionResetError

    async def answer_is_slow(command: str) -> None:
        if command == "take":
            await anyio.sleep_forever()

    fake.after = answer_is_lost
    with pytest.raises(errors.StoreError):
        async with store.lock("a"):
            raise AssertionError("the lock was not got")
    assert "take" in fake.asked and fake.locks == {}
    fake.after = answer_is_slow
    with anyio.move_on_after(0.02) as scope:
        async with store.lock("a"):
            raise AssertionError("the lock was not got")
    assert scope.cancelled_caught and fake.locks == {}


async def test_a_lock_that_cannot_be_given_back_is_left_to_its_lease(fake: FakeRedis) -> None:
    fake.before = failing("give back")
    async with store_on(fake).lock("a"):
        pass
    assert LOCK in fake.locks


async def test_the_lock_of_another_stays(fake: FakeRedis) -> None:
    async with store_on(fake).lock("a"):
        fake.locks[LOCK] = b"the next one's, after the lease"
    assert fake.locks == {LOCK: b"the next one's, after the lease"}
    with anyio.move_on_after(0.02) as scope:
        async with store_on(fake).lock("a"):
            raise AssertionError("the lock was held")
    assert scope.cancelled_caught and fake.asked.count("take") > 2 and LOCK in fake.locks


def test_what_is_no_client_is_refused_at_once() -> None:
    for client in ("redis://localhost", None, object()):
        with pytest.raises(errors.ConfigurationError, match="coredis client"):
            RedisStore(client)  # type: ignore[arg-type]
