"""`RedisStore` on a fake Redis that replies, fails or is silent. A real Redis is used in tests/peers/test_redis.py."""

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

pytestmark = [pytest.mark.anyio, pytest.mark.table]

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
            raise ConnectionResetError(f"redis://user:{KEY}@host message {SECRET}")

    return fail


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_redis_store_fulfils_the_contract(check: StoreCheck, key: str | None, fake: FakeRedis) -> None:
    await check(lambda: store_on(fake, key=key))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key": "short"}, "the store key"),
        ({"lease": 0}, "lease must be a number of seconds"),
        ({"timeout": -1}, "timeout must be a number of seconds"),
        ({"timeout": "5"}, "timeout must be a number of seconds"),
        ({"expires_after": float("inf")}, "expires_after must be a number of seconds"),
        ({"prefix": None}, "prefix must be a str, not NoneType"),
        ({"prefix": b"app:"}, "prefix must be a str, not bytes"),
    ],
)
def test_invalid_arguments_are_refused(fake: FakeRedis, options: Any, message: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=message):
        store_on(fake, **options)


def test_repr_shows_only_the_prefix(fake: FakeRedis) -> None:
    store = store_on(fake, prefix="mine:", key=KEY)
    assert repr(store) == "RedisStore(prefix='mine:')"
    assert "Mark3r" not in repr(vars(store))


def test_client_package_is_not_imported() -> None:
    assert not any(name in vars(redis_store) for name in ("coredis", "Redis"))


async def test_encrypted_record_opens_only_with_its_key_and_name(fake: FakeRedis) -> None:
    encrypted = store_on(fake, key=KEY)
    await encrypted.save("a", SECRET)
    assert SECRET.encode() not in fake.hashes[RECORD]["sealed"]
    fake.hashes[b"cognito_async:record:b"] = fake.hashes[RECORD]
    for store, key, message in (
        (store_on(fake, key="other" + KEY), "a", "encrypted with another key"),
        (encrypted, "b", "encrypted with another key, or altered"),
        (store_on(fake), "a", "pass the store's key"),
    ):
        with pytest.raises(errors.ConfigurationError, match=message):
            await store.load(key)


async def test_unencrypted_or_foreign_records_are_refused(fake: FakeRedis) -> None:
    await store_on(fake).save("a", "text")
    with pytest.raises(errors.ConfigurationError, match="is not encrypted"):
        await store_on(fake, key=KEY).load("a")
    for fields in ({"version": b"1", "text": b"\xff"}, {"version": b"one", "text": b"text"}):
        fake.hashes[RECORD] = fields
        with pytest.raises(errors.ConfigurationError, match="foreign data"):
            await store_on(fake).load("a")


async def test_expiry_of_records_is_set_in_redis(fake: FakeRedis) -> None:
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
async def test_client_failure_is_a_store_error_without_secrets(fake: FakeRedis, command: str) -> None:
    store = store_on(fake, key=KEY)
    fake.before = failing(command)
    with pytest.raises(errors.StoreError, match="cannot be used: ConnectionResetError") as caught:
        await use(store)
    assert fake.asked[-1] == command or fake.asked[-3:] == [command, "exists", "release"]
    assert caught.value.__context__ is None and caught.value.__cause__ is None
    assert "Mark3r" not in str(caught.value) + shown(caught.value)


def shown(error: BaseException) -> str:
    """Return the locals of the package's frames in the traceback."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    inside = [repr(frame.locals) for frame in frames if frame.filename.startswith(cognito_async.__path__[0])]
    assert inside
    return "".join(inside)


async def test_text_of_an_unreadable_record_is_hidden(fake: FakeRedis) -> None:
    await store_on(fake).save("a", SECRET)
    fake.hashes[RECORD]["text"] += b"\xff"
    with pytest.raises(errors.ConfigurationError) as caught:
        await store_on(fake).load("a")
    assert SECRET not in shown(caught.value)


async def test_silent_redis_times_out(fake: FakeRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_on(fake, timeout=0.02)
    fake.before = never
    with anyio.fail_after(60):
        for call in (store.load("a"), store.save("a", "text"), store.delete("a")):
            with pytest.raises(errors.StoreError, match="did not answer in time"):
                await call
        with pytest.raises(errors.StoreError, match="did not answer in time"):
            async with store.lock("a"):
                raise AssertionError("the lock was not available")
    fake.before = failing()
    with monkeypatch.context() as patch:
        patch.setattr(store._redis, "_timeout", 60.0)  # on a busy machine, 0.02 seconds may pass between two steps
        await store.save("a", "text")
    fake.before = never
    with pytest.raises(errors.StoreError, match="did not answer in time"):
        await store.load("a")


async def test_one_task_checks_the_connection_for_all(fake: FakeRedis) -> None:
    store = store_on(fake)
    found: list[str] = []
    proceed = anyio.Event()

    async def refused(command: str) -> None:
        await proceed.wait()
        raise ConnectionRefusedError

    async def load() -> None:
        try:
            await store.load("a")
            found.append("reply")
        except errors.StoreError as error:
            found.append(str(error))

    async def load_50_times() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(load)
            await anyio.wait_all_tasks_blocked()
            proceed.set()

    fake.before = refused
    await load_50_times()
    assert found == ["Redis cannot be used: ConnectionRefusedError"] * 50 and fake.asked == ["exists"]
    found.clear()
    fake.before = failing()
    await load_50_times()
    assert found == ["reply"] * 50 and fake.asked == ["exists"] * 2 + ["hmget"] * 50
    await load()
    assert fake.asked[-2:] == ["hmget"] * 2, "once Redis has replied, no task must check again"


class Connecting:
    """A connection that stays incomplete until `proceed` is set."""

    def __init__(self, fake: FakeRedis) -> None:
        fake.before = self._wait
        self.begun, self.proceed = anyio.Event(), anyio.Event()
        self.made: list[str] = []

    async def _wait(self, command: str) -> None:
        self.begun.set()
        await self.proceed.wait()
        await anyio.lowlevel.checkpoint()
        self.made.append(command)


@pytest.mark.parametrize("fails", ["nothing", "exists"])
async def test_cancelled_call_completes_its_connection(fake: FakeRedis, fails: str) -> None:
    connecting = Connecting(fake)
    fake.after = failing(fails)
    async with anyio.create_task_group() as group:
        group.start_soon(store_on(fake).load, "a")
        await connecting.begun.wait()
        group.cancel_scope.cancel()
        connecting.proceed.set()
    assert connecting.made == fake.asked == ["exists"]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_call_cancelled_by_asyncio_completes_its_connection(fake: FakeRedis) -> None:
    connecting = Connecting(fake)
    call = asyncio.create_task(store_on(fake).load("a"))
    await connecting.begun.wait()
    call.cancel()
    connecting.proceed.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert connecting.made == ["exists"]


async def test_work_is_cancelled_before_its_lease_ends(fake: FakeRedis) -> None:
    store = store_on(fake, lease=0.02)
    with pytest.raises(errors.StoreError, match=r"the lease of a lock \(0\.02 seconds\) ended before the work"):
        async with store.lock("a"):
            await anyio.sleep_forever()
    assert fake.locks == {}


async def test_lease_counts_from_the_start_of_the_command(fake: FakeRedis) -> None:
    async def slow(command: str) -> None:
        if command == "take":
            await anyio.sleep(0.02)

    async def work() -> None:
        async with store_on(fake, lease=0.02).lock("a"):
            await anyio.lowlevel.checkpoint()
            raise AssertionError("the lease has ended")

    fake.after = slow
    with pytest.raises(errors.StoreError, match="lease"):
        await work()


async def test_work_that_never_waits_survives_the_end_of_its_lease(fake: FakeRedis) -> None:
    async with store_on(fake, lease=0.01).lock("a"):
        ends = anyio.current_time() + 0.02
        while anyio.current_time() < ends:
            pass


async def test_error_of_the_work_takes_precedence_over_the_lease(fake: FakeRedis) -> None:
    async def work() -> None:
        async with store_on(fake, lease=0.02).lock("a"):
            try:
                await anyio.sleep_forever()
            finally:
                raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await work()
    assert fake.locks == {}


async def test_outer_cancellation_takes_precedence_over_the_lease(fake: FakeRedis) -> None:
    with anyio.move_on_after(0.02) as scope:
        async with store_on(fake, lease=0.02 / 0.9).lock("a"):
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.05)  # the lease and the timeout end before the work can be cancelled
            await anyio.sleep_forever()
    assert scope.cancelled_caught and fake.locks == {}


async def test_lock_is_released_after_an_unknown_outcome(fake: FakeRedis) -> None:
    store = store_on(fake)
    await store.load("a")

    async def reply_is_lost(command: str) -> None:
        if command == "take":
            raise ConnectionResetError

    async def reply_is_slow(command: str) -> None:
        if command == "take":
            await anyio.sleep_forever()

    fake.after = reply_is_lost
    with pytest.raises(errors.StoreError):
        async with store.lock("a"):
            raise AssertionError("taking the lock must fail")
    assert "take" in fake.asked and fake.locks == {}
    fake.after = reply_is_slow
    with anyio.move_on_after(0.02) as scope:
        async with store.lock("a"):
            raise AssertionError("taking the lock must hang")
    assert scope.cancelled_caught and fake.locks == {}


async def test_lock_that_cannot_be_released_ends_with_its_lease(fake: FakeRedis) -> None:
    fake.before = failing("release")
    async with store_on(fake).lock("a"):
        pass
    assert LOCK in fake.locks


async def test_lock_of_another_holder_stays(fake: FakeRedis) -> None:
    async with store_on(fake).lock("a"):
        fake.locks[LOCK] = b"the next holder, after the lease"
    assert fake.locks == {LOCK: b"the next holder, after the lease"}
    fake.asked.clear()

    async def cancel_the_third_attempt(command: str) -> None:
        if fake.asked.count("take") == 3:
            scope.cancel()

    fake.after = cancel_the_third_attempt
    with anyio.move_on_after(60) as scope:
        async with store_on(fake).lock("a"):
            raise AssertionError("the lock was held")
    assert scope.cancelled_caught and fake.asked.count("take") == 3
    assert fake.locks == {LOCK: b"the next holder, after the lease"}


def test_invalid_client_is_refused() -> None:
    for client in ("redis://localhost", None, object()):
        with pytest.raises(errors.ConfigurationError, match="coredis client"):
            RedisStore(client)  # type: ignore[arg-type]
