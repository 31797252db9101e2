"""`RedisStore` with a real Redis: the contract of a store, leases, several processes."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from cognito_async import errors
from cognito_async._stores import redis_store
from cognito_async.integrations.redis import RedisStore
from cognito_async.local import LocalUserPool
from cognito_async.testing import STORE_CHECKS, StoreCheck

from .needs import needs_program
from .redis_server import MARKS, RedisServer, client
from .running import environment, module

pytestmark = MARKS

KEY = "redis-peer-key-" + "k" * 32


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("decoded", [False, True], ids=["bytes", "decoded"])
async def test_contract(shared_redis: RedisServer, decoded: bool, key: str | None) -> None:
    async with client(shared_redis.port, decode_responses=decoded) as redis:
        for check in STORE_CHECKS:
            await check(maker(redis, key=key))


def maker(redis: Any, **options: Any) -> Callable[[], RedisStore]:
    prefix = f"{uuid.uuid4().hex}:"
    return lambda: RedisStore(redis, prefix=prefix, timeout=1, **options)


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_contract_in_a_cluster(cluster: RedisServer, check: StoreCheck) -> None:
    coredis = module("coredis")
    async with coredis.RedisCluster("127.0.0.1", cluster.port) as redis:
        await check(maker(redis))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Yield a Redis server that is a cluster by itself."""
    needs_program("redis-cli")
    options = "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"
    with RedisServer(tmp_path_factory.mktemp("cluster"), *options) as server:
        command = ["redis-cli", "-p", str(server.port), "cluster", "addslotsrange", "0", "16383"]
        assert subprocess.run(command, capture_output=True, check=True).stdout == b"OK\n"
        for _ in range(100):
            if b"cluster_state:ok" in subprocess.run([*command[:4], "info"], capture_output=True, check=True).stdout:
                break
            time.sleep(0.1)  # the cluster sends no signal when it is ready
        yield server


async def test_versions_never_repeat_after_records_expire(shared_redis: RedisServer, prefix: str) -> None:
    async with client(shared_redis.port) as redis:
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
        # A new version is larger than the last one, even if the server's clock has been set back.
        await redis.hset(f"{prefix}record:a", {"version": "9007199254740000"})
        assert await store.save("a", "later") == 9_007_199_254_740_001


async def test_lock_is_acquired_by_a_retry_after_a_lost_reply(shared_redis: RedisServer, prefix: str) -> None:
    async with client(shared_redis.port) as redis:
        for token, got in (("mine", 1), ("mine", 1), ("another's", 0)):
            assert await redis.eval(redis_store._TAKE, [prefix], [token, "1000"]) == got
        assert await redis.eval(redis_store._RELEASE, [prefix], ["another's"]) == 0
        assert await redis.eval(redis_store._RELEASE, [prefix], ["mine"]) == 1


HOLDER = """
import sys, anyio, coredis
from cognito_async.integrations.redis import RedisStore

async def main():
    async with coredis.Redis(port=int(sys.argv[1])) as redis:
        async with RedisStore(redis, prefix=sys.argv[2], lease=float(sys.argv[3])).lock("a"):
            print("held", flush=True)
            await anyio.sleep(60)

anyio.run(main)
"""


async def test_lock_of_a_killed_process_expires(shared_redis: RedisServer, prefix: str) -> None:
    lease = 1.0
    arguments = [sys.executable, "-c", HOLDER, str(shared_redis.port), prefix, str(lease)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment()) as holder:  # noqa: ASYNC220 - the test waits for its start
        try:
            assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        finally:
            holder.kill()
    async with client(shared_redis.port) as redis:
        left = await redis.pttl(f"{prefix}lock:a")
        assert 0 < left <= lease * 1000
        begun = anyio.current_time()
        with anyio.fail_after(lease + 1):
            async with RedisStore(redis, prefix=prefix).lock("a"):
                waited = anyio.current_time() - begun
        assert left / 1000 - 0.05 < waited


COUNTER = """
import sys, anyio, coredis
from cognito_async.integrations.redis import RedisStore

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


async def test_processes_hold_the_lock_one_at_a_time(
    shared_redis: RedisServer, prefix: str, anyio_backend_name: str
) -> None:
    arguments = [sys.executable, "-c", COUNTER, str(shared_redis.port), prefix, anyio_backend_name]
    running = [subprocess.Popen(arguments, env=environment()) for _ in range(3)]  # noqa: ASYNC220 - nothing else runs
    try:
        assert [process.wait(20) for process in running] == [0, 0, 0]
    finally:
        for process in running:
            process.kill()
    async with client(shared_redis.port) as redis:
        record = await RedisStore(redis, prefix=prefix).load("a")
    assert record is not None and record.text == "60"


async def test_work_is_cancelled_before_its_lock_expires(shared_redis: RedisServer, prefix: str) -> None:
    lease = 0.5
    async with client(shared_redis.port) as redis:
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


async def test_session_is_found_by_another_client(shared_redis: RedisServer, prefix: str) -> None:
    async with LocalUserPool() as local, client(shared_redis.port) as one, client(shared_redis.port) as other:
        pool = local.user_pool()
        await pool.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
        await pool.confirm_sign_up("alice", local.outbox[-1].code)
        await pool.auth(store=RedisStore(one, prefix=prefix, key=KEY)).sign_in("alice", "Passw0rd!")
        user = await pool.auth(store=RedisStore(other, prefix=prefix, key=KEY)).current_user()
        assert (await user.attributes())["email"] == "alice@example.com"
        stored = [await other.hgetall(name) async for name in other.scan_iter(f"{prefix}*")]
        assert stored and all(set(fields) == {b"version", b"sealed"} for fields in stored)
