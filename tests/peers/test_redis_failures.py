"""`RedisStore` with a real Redis that stops, hangs, is missing, or requires another password."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import anyio
import pytest

from cognito_async import errors
from cognito_async.integrations.redis import RedisStore

from .redis_server import MARKS, Proxy, RedisServer, client
from .running import module

pytestmark = MARKS

KEY = "redis-peer-key-" + "k" * 32
PASSWORD = "redis-peer-passw0rd"
TEXT = "redis-peer-s3cret-text"


async def test_store_works_again_after_redis_returns(private_redis: RedisServer) -> None:
    async with client(private_redis.port) as redis:
        store = RedisStore(redis, timeout=1)
        for _ in range(2):
            async with store.lock("held"):
                await store.save("a", "text")
                private_redis.stop()
                for call in (store.load("a"), store.save("a", "text"), store.delete("a")):
                    with pytest.raises(errors.StoreError, match="Redis cannot be used: ConnectionError"):
                        await call
                assert private_redis.start()
            assert await store.load("a") is None
        await store.save("a", "text", expected=0)


@pytest.mark.parametrize("patient", [False, True], ids=["client as documented", "client without timeouts"])
async def test_hanging_redis_times_out(private_redis: RedisServer, patient: bool) -> None:
    options = {"connect_timeout": None, "stream_timeout": None} if patient else {}
    async with client(private_redis.port, **options) as redis, client(private_redis.port, **options) as cold:
        store = RedisStore(redis, timeout=0.7)
        await store.save("a", "text")
        private_redis.hang()
        for one in (store, RedisStore(cold, timeout=0.7)):
            begun = anyio.current_time()
            with pytest.raises(errors.StoreError, match=r"in time|TimeoutError|ConnectionError"):
                await one.load("a")
            assert anyio.current_time() - begun < 1
        begun = anyio.current_time()
        with anyio.move_on_after(0.1) as scope:
            await store.load("a")
        assert scope.cancelled_caught and anyio.current_time() - begun < 1
        private_redis.resume()
        record = await store.load("a")
        assert record is not None and record.text == "text"


async def test_documented_client_loses_no_connection_while_redis_hangs(private_redis: RedisServer) -> None:
    async with client(private_redis.port, max_connections=2, connect_timeout=0.05, stream_timeout=0.05) as redis:
        store = RedisStore(redis, timeout=0.5)
        private_redis.hang()
        for _ in range(3):
            with pytest.raises(errors.StoreError):
                await store.load("a")
        for _ in range(3):
            with anyio.move_on_after(0.02) as scope:  # cancels the caller, but not the command in the client
                await store.load("a")
            assert scope.cancel_called
        private_redis.resume()
        await store.save("a", "text")


async def test_silently_dead_connection_is_replaced(shared_redis: RedisServer, prefix: str) -> None:
    proxy = Proxy(shared_redis.port)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, proxy.serve)
        async with client(port, stream_timeout=0.1, max_idle_time=1) as redis:
            store = RedisStore(redis, prefix=prefix, timeout=0.5)
            await store.save("a", "text")
            proxy.cut()
            with pytest.raises(errors.StoreError):
                await store.load("a")
            await anyio.sleep(1)
            record = await store.load("a")
            assert record is not None and record.text == "text"
        group.cancel_scope.cancel()


async def test_many_callers_share_the_attempts_to_connect() -> None:
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
        assert failed == 50 and 1 <= connections <= 3, "the client tries to connect at most three times"
        group.cancel_scope.cancel()
    assert await fifty_loads(port, 0) == 50, "every load fails, because the port is closed"


async def test_many_callers_share_one_connection(private_redis: RedisServer) -> None:
    assert await fifty_loads(private_redis.port, 50) == 0
    async with client(private_redis.port) as redis:
        received = int((await redis.info("stats"))["total_connections_received"])
        assert received < 6, "this includes the connections of this test"


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


async def test_wrong_password_is_an_error_without_secrets(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
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
