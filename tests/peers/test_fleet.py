"""Several processes share one session in a real Redis while the service rotates refresh tokens."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest

from cognito_async import Auth, CognitoUser, UserPool, errors
from cognito_async.integrations.redis import RedisStore
from tests.cli.program import CODE, Served, serve
from tests.programs.fleet_worker import POINTS

from .redis_server import RedisServer
from .running import environment, module

pytestmark = [
    pytest.mark.peer,
    pytest.mark.anyio,
    # coredis leaves the streams of a failed connection to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]

PASSWORD = "Passw0rd!"
PATIENCE = 120
LEASE = 1.0
# At these points the death of a process does not end the session: either the service has not received the refresh
# request yet, or the new tokens are saved.
HARMLESS = {"before the lock", "under the lock", "before the request", "after the save", "unlocked"}


@pytest.fixture(autouse=True)
def collect_garbage() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module", params=[60, 0], ids=["grace", "no-grace"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, int]]:
    settings = tmp_path_factory.mktemp("pool") / "pool.toml"
    settings.write_text(
        f"[app_client]\nrefresh_token_rotation = true\nrefresh_token_grace_period = {request.param}\n", "utf-8"
    )
    with serve("--settings", str(settings), "--code", CODE) as pool:
        yield pool, request.param


class Fleet:
    """The processes of one service: they use one served pool, and share one session in Redis."""

    def __init__(self, served: Served, port: int, redis: Any, name: str) -> None:
        settings = served.settings
        self.name = name
        self.arguments = [served.endpoint, settings["user_pool_id"], settings["client_id"], str(port), name, str(LEASE)]
        self.pool = UserPool(settings["user_pool_id"], settings["client_id"], endpoint=served.endpoint)
        self.store = RedisStore(redis, lease=LEASE)

    def auth(self) -> Auth:
        return self.pool.auth(store=self.store, namespace=self.name)

    async def sign_in(self) -> CognitoUser:
        try:
            await self.pool.sign_up(self.name, PASSWORD, attributes={"email": f"{self.name}@example.com"})
            await self.pool.confirm_sign_up(self.name, CODE)
        except errors.UsernameExistsException:
            pass
        return (await self.auth().sign_in(self.name, PASSWORD)).user

    async def session_works(self) -> bool:
        """Return whether the session works. It does not if the service has ended it because a token was used twice."""
        try:
            user = await self.auth().current_user()
            await user.refresh()
        except errors.SessionExpired as expired:
            if expired.code != "RefreshTokenReuseException":
                raise
            return False
        assert (await user.attributes())["email"].startswith(self.name)
        return True

    def start(self, times: int, backend: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.programs.fleet_worker", backend, *self.arguments, str(times)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**environment(), **changes},
        )


@asynccontextmanager
async def open_fleet(served: Served, server: RedisServer, name: str) -> AsyncGenerator[Fleet]:
    async with module("coredis").Redis(port=server.port, connect_timeout=1, stream_timeout=1) as redis:
        made = Fleet(served, server.port, redis, name)
        async with made.pool:
            yield made


async def wait(worker: subprocess.Popen[str]) -> tuple[list[Mapping[str, Any]], str]:
    """Wait until the process ends, and return the lines of its stdout, parsed as JSON, and its stderr."""
    output, stderr = await anyio.to_thread.run_sync(lambda: worker.communicate(timeout=PATIENCE))
    return [json.loads(line) for line in output.splitlines()], stderr


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # one of the processes runs on trio
@pytest.mark.parametrize("served", [0], indirect=True, ids=["no-grace"])
async def test_session_survives_1000_refreshes_by_two_processes(
    served: tuple[Served, int], redis_server: RedisServer
) -> None:
    async with open_fleet(served[0], redis_server, "thousand") as fleet:
        before = (await fleet.sign_in()).tokens
        workers = [fleet.start(500, backend) for backend in ("asyncio", "trio")]
        for worker in workers:
            lines, stderr = await wait(worker)
            assert lines == [{"renewed": True}] * 500, (lines[-1:], stderr)
        user = await fleet.auth().current_user()
        assert user.tokens.refresh_token != before.refresh_token
        await user.refresh()
        assert (await user.attributes())["email"].startswith("thousand")
        assert (await user.sign_out()).remote == "done"


@pytest.mark.parametrize("point", POINTS)
async def test_session_after_a_process_dies_during_a_refresh(
    served: tuple[Served, int], redis_server: RedisServer, anyio_backend: str, point: str
) -> None:
    """The session survives. Without a grace period, it ends if the process dies between the request and the save."""
    pool, grace = served
    async with open_fleet(pool, redis_server, f"point-{point.replace(' ', '-')}-{anyio_backend}") as fleet:
        await fleet.sign_in()
        worker = fleet.start(1, anyio_backend, DIE_AT=point)
        lines, stderr = await wait(worker)
        assert worker.returncode == -9 and lines == [], stderr
        user = await fleet.auth().current_user()
        if grace or point in HARMLESS:
            await user.refresh()
            assert (await user.attributes())["email"].startswith("point")
            return
        with pytest.raises(errors.SessionExpired) as caught:
            await user.refresh()
        assert caught.value.code == "RefreshTokenReuseException"
        with pytest.raises(errors.NoCurrentUser):
            await fleet.auth().current_user()


async def test_killed_processes_lose_no_session_in_the_grace_period(
    served: tuple[Served, int], redis_server: RedisServer, anyio_backend: str
) -> None:
    """With a grace period, the session always works. Without one, the service may end it because of a reused token."""
    pool, grace = served
    random = Random(grace)
    async with open_fleet(pool, redis_server, f"random-{anyio_backend}-{grace}") as fleet:
        await fleet.sign_in()
        for _ in range(3):
            worker = fleet.start(10_000, anyio_backend)
            assert worker.stdout is not None
            lines = random.randint(1, 60)
            for _ in range(lines):
                await anyio.to_thread.run_sync(worker.stdout.readline)
            worker.kill()
            await wait(worker)
            if not await fleet.session_works():
                assert not grace
                await fleet.sign_in()


async def test_session_survives_a_restart_of_redis(
    served: tuple[Served, int], tmp_path: Path, anyio_backend: str
) -> None:
    with RedisServer(tmp_path, "--appendonly", "yes", "--appendfsync", "always") as server:
        async with open_fleet(served[0], server, f"outlives-{anyio_backend}-{served[1]}") as fleet:
            user = await fleet.sign_in()
            server.stop()
            assert await user.session() is user.tokens, "a valid token needs no store"
            raised: list[str] = []

            async def ask() -> None:
                try:
                    await user.refresh()
                except errors.CognitoError as error:
                    raised.append(type(error).__name__)

            with anyio.fail_after(30):
                async with anyio.create_task_group() as tasks:
                    for _ in range(200):
                        tasks.start_soon(ask)
            assert raised == ["StoreError"] * 200 and user.signed_in
            server.start()
            await user.refresh()
            assert (await (await fleet.auth().current_user()).attributes())["email"].startswith("outlives")
