"""`RedisStore` with a real Redis that is stopped, hangs, is not there, or wants another password."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import anyio
import pytest

from cognito_async import errors
from cognito_async.integrations.redis import RedisStore

from .redis_server import MARKS, RedisServer, Wire, client
from .running import module

pytestmark = MARKS

KEY = "redis-peer-key-" + "k" * 32
PASSWORD = "redis-peer-passw0rd"
TEXT = "redis-peer-s3cret-text"


async def test_a_store_works_again_when_redis_comes_back(redis_alone: RedisServer) -> None:
    async with client(redis_alone.port) as redis:
        store = RedisStore(redis, timeout=1)
        for _ in range(2):
            async with store.lock("held"):
                await store.save("a", "text")
                redis_alone.stop()
                for call in (store.load("a"), store.save("a", "text"), store.delete("a")):
                    with pytest.raises(errors.StoreError, match="Redis cannot be used: ConnectionError"):
                        await call
                assert redis_alone.start()
            assert await store.load("a") is None
        await store.save("a", "text", expected=0)


@pytest.mark.parametrize("patient", [False, True], ids=["client as documented", "client without timeouts"])
async def test_a_redis_that_hangs_is_left_in_time(redis_alone: RedisServer, patient: bool) -> None:
    options = {"connect_timeout": None, "stream_timeout": None} if patient else {}
    async with client(redis_alone.port, **options) as redis, client(redis_alone.port, **options) as cold:
        store = RedisStore(redis, timeout=0.7)
        await store.save("a", "text")
        redis_alone.hang()
        for one in (store, RedisStore(cold, timeout=0.7)):
            begun = anyio.current_time()
            with pytest.raises(errors.StoreError, match=r"in time|TimeoutError|ConnectionError"):
                await one.load("a")
            assert anyio.current_time() - begun < 1
        begun = anyio.current_time()
        with anyio.move_on_after(0.1) as scope:
            await store.load("a")
        assert scope.cancelled_caught and anyio.current_time() - begun < 1
        redis_alone.go_on()
        record = await store.load("a")
        assert record is not None and record.text == "text"


async def test_a_client_as_documented_loses_no_place_while_redis_hangs(redis_alone: RedisServer) -> None:
    async with client(redis_alone.port, max_connections=2, connect_timeout=0.05, stream_timeout=0.05) as redis:
        store = RedisStore(redis, timeout=0.5)
        redis_alone.hang()
        for _ in range(3):
            with pytest.raises(errors.StoreError):
                await store.load("a")
        for _ in range(3):
            with anyio.move_on_after(0.02) as scope:  # who waits for it is cancelled, and it goes on to its own end
                await store.load("a")
            assert scope.cancel_called
        redis_alone.go_on()
        await store.save("a", "text")


async def test_a_connection_that_has_died_without_a_word_is_left(redis_for_all: RedisServer, prefix: str) -> None:
    wire = Wire(redis_for_all.port)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, wire.serve)
        async with client(port, stream_timeout=0.1, max_idle_time=1) as redis:
            store = RedisStore(redis, prefix=prefix, timeout=0.5)
            await store.save("a", "text")
            wire.cut()
            with pytest.raises(errors.StoreError):
                await store.load("a")
            await anyio.sleep(1)
            record = await store.load("a")
            assert record is not None and record.text == "text"
        group.cancel_scope.cancel()


async def test_many_callers_do_not_run_at_a_redis_that_is_gone() -> None:
    connections = 0

    async def hang_up(stream: anyio.abc.ByteStream) -> None:
        nonlocal connections
        connections += 1
        await stream.aclose()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, hang_up)
        failed = await fifty_loads(port, 0)
        assert failed == 50 and 1 <= connections <= 3, "the client tries three times"
        group.cancel_scope.cancel()
    assert await fifty_loads(port, 0) == 50, "nobody listens any more"


async def test_many_callers_share_one_connection(redis_alone: RedisServer) -> None:
    assert await fifty_loads(redis_alone.port, 50) == 0
    async with client(redis_alone.port) as redis:
        assert int((await redis.info("stats"))["total_connections_received"]) < 6, "with those of this test"


async def fifty_loads(port: int, expected: int) -> int:
    failed = 0

    async def load(store: RedisStore) -> None:
        nonlocal failed
        try:
            await store.load("a")
        except errors.StoreError:
            failed += 1

    with anyio.fail_after(2):
        async with client(port) as redis:
            store = RedisStore(redis, timeout=1)
            async with anyio.create_task_group() as group:
                for _ in range(50):
                    group.start_soon(load, store)
    return failed


async def test_a_wrong_password_is_told_without_showing_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RedisServer(tmp_path, "--requirepass", PASSWORD) as server:
        coredis = module("coredis")
        wrong = "wr0ng-" + PASSWORD
        async with coredis.Redis.from_url(f"redis://:{wrong}@127.0.0.1:{server.port}") as redis:
            store = RedisStore(redis, key=KEY)
            with pytest.raises(errors.StoreError, match="AuthenticationFailureError") as caught:
                await store.save("a", TEXT)
        async with coredis.Redis.from_url(f"redis://127.0.0.1:{server.port}") as redis:
            with pytest.raises(errors.StoreError, match="AuthenticationRequiredError"):
                await RedisStore(redis).load("a")
        async with coredis.Redis.from_url(f"redis://:{PASSWORD}@127.0.0.1:{server.port}") as redis:
            await RedisStore(redis, key=KEY).save("a", TEXT)
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(store)) + caplog.text
    for secret in (PASSWORD, KEY, TEXT):
        assert secret not in shown
    assert caught.value.__context__ is None
