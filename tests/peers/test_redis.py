"""`RedisStore` with a real Redis: the contract, leases, and what becomes of it when Redis is not there."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import traceback
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async import errors
from cognito_async._tokens import redis_store
from cognito_async.local import LocalUserPool
from cognito_async.redis import RedisStore
from cognito_async.testing import STORE_CHECKS, StoreCheck

from .needs import needs_program
from .redis_server import RedisServer
from .running import environment, module

# A connection of coredis that was not made leaves its streams to the garbage collector.
pytestmark = [
    pytest.mark.peer,
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]

KEY = "redis-peer-key-" + "k" * 32
PASSWORD = "redis-peer-passw0rd"
TEXT = "redis-peer-s3cret-text"


@pytest.fixture(autouse=True)
def nothing_is_left_to_other_tests() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One that nobody stops."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """One of the test's own."""
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def prefix() -> str:
    """Keys that no other test has."""
    return f"{uuid.uuid4().hex}:"


@asynccontextmanager
async def client(port: int, **options: Any) -> AsyncGenerator[Any]:
    """A client as the documentation wants it, for a store whose timeout is a second."""
    settings: dict[str, Any] = {"connect_timeout": 0.2, "stream_timeout": 0.2, **options}
    async with module("coredis").Redis(host="127.0.0.1", port=port, **settings) as made:
        yield made


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("decoded", [False, True], ids=["bytes", "decoded"])
async def test_the_contract(shared: RedisServer, decoded: bool, key: str | None) -> None:
    async with client(shared.port, decode_responses=decoded) as redis:
        for check in STORE_CHECKS:
            await check(maker(redis, key=key))


def maker(redis: Any, **options: Any) -> Callable[[], RedisStore]:
    prefix = f"{uuid.uuid4().hex}:"
    return lambda: RedisStore(redis, prefix=prefix, timeout=1, **options)


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_the_contract_in_a_cluster(cluster: RedisServer, check: StoreCheck) -> None:
    coredis = module("coredis")
    async with coredis.RedisCluster("127.0.0.1", cluster.port) as redis:
        await check(maker(redis))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A cluster of one."""
    needs_program("redis-cli")
    options = "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"
    with RedisServer(tmp_path_factory.mktemp("cluster"), *options) as server:
        command = ["redis-cli", "-p", str(server.port), "cluster", "addslotsrange", "0", "16383"]
        assert subprocess.run(command, capture_output=True, check=True).stdout == b"OK\n"
        while b"cluster_state:ok" not in subprocess.run([*command[:4], "info"], capture_output=True, check=True).stdout:
            pass
        yield server


async def test_a_version_never_comes_back_also_when_redis_forgets(shared: RedisServer, prefix: str) -> None:
    async with client(shared.port) as redis:
        store = RedisStore(redis, prefix=prefix, expires_after=0.2)
        first = await store.save("a", "old", expected=0)
        record = await store.load("a")
        assert record is not None and first is not None and record.version == first > 1_000_000_000_000_000
        await anyio.sleep(0.3)
        assert await store.load("a") is None
        again = await store.save("a", "new", expected=0)
        assert again is not None and again > first
        assert await store.save("a", "late", expected=first) is None
        assert await redis.pttl(f"{prefix}record:a") > 0
        await RedisStore(redis, prefix=prefix).save("a", "for good")
        assert await redis.pttl(f"{prefix}record:a") == -1
        # A server whose clock goes wrong does not turn versions back.
        await redis.hset(f"{prefix}record:a", {"version": "9007199254740000"})
        assert await store.save("a", "later") == 9_007_199_254_740_001


async def test_whose_answer_was_lost_holds_the_lock_at_the_second_try(shared: RedisServer, prefix: str) -> None:
    async with client(shared.port) as redis:
        for token, got in (("mine", 1), ("mine", 1), ("another's", 0)):
            assert await redis.eval(redis_store._TAKE, [prefix], [token, "1000"]) == got
        assert await redis.eval(redis_store._GIVE_BACK, [prefix], ["another's"]) == 0
        assert await redis.eval(redis_store._GIVE_BACK, [prefix], ["mine"]) == 1


HOLDER = """
import sys, anyio, coredis
from cognito_async.redis import RedisStore

async def main():
    async with coredis.Redis(port=int(sys.argv[1])) as redis:
        async with RedisStore(redis, prefix=sys.argv[2], lease=float(sys.argv[3])).lock("a"):
            print("held", flush=True)
            await anyio.sleep(60)

anyio.run(main)
"""


async def test_a_lock_ends_by_itself_when_its_holder_is_killed(shared: RedisServer, prefix: str) -> None:
    lease = 1.0
    arguments = [sys.executable, "-c", HOLDER, str(shared.port), prefix, str(lease)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment()) as holder:  # noqa: ASYNC220 - its start is waited for
        try:
            assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        finally:
            holder.kill()
    async with client(shared.port) as redis:
        left = await redis.pttl(f"{prefix}lock:a")
        assert 0 < left <= lease * 1000
        begun = anyio.current_time()
        with anyio.fail_after(lease + 1):
            async with RedisStore(redis, prefix=prefix).lock("a"):
                waited = anyio.current_time() - begun
        assert left / 1000 - 0.05 < waited


COUNTER = """
import sys, anyio, coredis
from cognito_async.redis import RedisStore

async def count(store):
    for _ in range(10):
        async with store.lock("a"):
            record = await store.load("a")
            await store.save("a", str(int(record.text) + 1 if record else 1))

async def main():
    async with coredis.Redis(port=int(sys.argv[1])) as redis:
        store = RedisStore(redis, prefix=sys.argv[2])
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(count, store)

anyio.run(main, backend=sys.argv[3])
"""


async def test_processes_take_turns(shared: RedisServer, prefix: str, anyio_backend_name: str) -> None:
    arguments = [sys.executable, "-c", COUNTER, str(shared.port), prefix, anyio_backend_name]
    running = [subprocess.Popen(arguments, env=environment()) for _ in range(3)]  # noqa: ASYNC220 - nothing else runs
    try:
        assert [process.wait(20) for process in running] == [0, 0, 0]
    finally:
        for process in running:
            process.kill()
    async with client(shared.port) as redis:
        record = await RedisStore(redis, prefix=prefix).load("a")
    assert record is not None and record.text == "60"


async def test_work_is_broken_off_before_another_can_hold_its_lock(shared: RedisServer, prefix: str) -> None:
    lease = 0.5
    async with client(shared.port) as redis:
        store = RedisStore(redis, prefix=prefix, lease=lease)
        begun = anyio.current_time()
        with pytest.raises(errors.StoreError, match="lease"):
            async with store.lock("a"):
                await anyio.sleep(5)
        assert 0.4 < anyio.current_time() - begun < lease
        assert await redis.exists([f"{prefix}lock:a"]) == 0
        with anyio.move_on_after(0.1) as scope:
            async with store.lock("a"):
                await anyio.sleep(5)
        assert scope.cancelled_caught and await redis.exists([f"{prefix}lock:a"]) == 0


async def test_a_store_works_again_when_redis_comes_back(server: RedisServer) -> None:
    async with client(server.port) as redis:
        store = RedisStore(redis, timeout=1)
        for _ in range(2):
            async with store.lock("held"):
                await store.save("a", "text")
                server.stop()
                for call in (store.load("a"), store.save("a", "text"), store.delete("a")):
                    with pytest.raises(errors.StoreError, match="Redis cannot be used: ConnectionError"):
                        await call
                assert server.start()
            assert await store.load("a") is None
        await store.save("a", "text", expected=0)


@pytest.mark.parametrize("patient", [False, True], ids=["client as documented", "client without timeouts"])
async def test_a_redis_that_hangs_is_left_in_time(server: RedisServer, patient: bool) -> None:
    options = {"connect_timeout": None, "stream_timeout": None} if patient else {}
    async with client(server.port, **options) as redis, client(server.port, **options) as cold:
        store = RedisStore(redis, timeout=0.7)
        await store.save("a", "text")
        server.hang()
        for one in (store, RedisStore(cold, timeout=0.7)):
            begun = anyio.current_time()
            with pytest.raises(errors.StoreError, match=r"in time|TimeoutError|ConnectionError"):
                await one.load("a")
            assert anyio.current_time() - begun < 1
        begun = anyio.current_time()
        with anyio.move_on_after(0.1) as scope:
            await store.load("a")
        assert scope.cancelled_caught and anyio.current_time() - begun < 1
        server.go_on()
        record = await store.load("a")
        assert record is not None and record.text == "text"


async def test_a_client_as_documented_loses_no_place_while_redis_hangs(server: RedisServer) -> None:
    async with client(server.port, max_connections=2, connect_timeout=0.05, stream_timeout=0.05) as redis:
        store = RedisStore(redis, timeout=0.5)
        server.hang()
        for _ in range(3):
            with pytest.raises(errors.StoreError):
                await store.load("a")
        for _ in range(3):
            with anyio.move_on_after(0.02) as scope:  # who waits for it is cancelled, and it goes on to its own end
                await store.load("a")
            assert scope.cancel_called
        server.go_on()
        await store.save("a", "text")


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


async def test_many_callers_share_one_connection(server: RedisServer) -> None:
    assert await fifty_loads(server.port, 50) == 0
    async with client(server.port) as redis:
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


async def test_a_session_is_found_by_another_process(shared: RedisServer, prefix: str) -> None:
    async with LocalUserPool() as local, client(shared.port) as one, client(shared.port) as other:
        pool = local.user_pool()
        await pool.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
        await pool.confirm_sign_up("alice", local.outbox[-1].code)
        await pool.auth(store=RedisStore(one, prefix=prefix, key=KEY)).sign_in("alice", "Passw0rd!")
        user = await pool.auth(store=RedisStore(other, prefix=prefix, key=KEY)).current_user()
        assert (await user.attributes())["email"] == "alice@example.com"
        stored = [await other.hgetall(name) async for name in other.scan_iter(f"{prefix}*")]
        assert stored and all(set(fields) == {b"version", b"sealed"} for fields in stored)
