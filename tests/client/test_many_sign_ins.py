"""Many concurrent sign-ins: only as many run as the server can serve in time. The others wait and send nothing."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import UserPool, challenges, errors
from cognito_async._crypto import power, srp
from cognito_async._local.accounts import srp_server
from cognito_async._local.sign_in import srp_proof
from cognito_async.local import AppClientSettings, LocalTransport, LocalUserPool
from tests.support import make_user

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"


class CountingTransport(httpx.AsyncBaseTransport):
    """A transport that counts the sign-ins that have started and have not sent their proof yet.

    It handles one request at a time, each in `seconds`, and none before `released` is set.
    """

    def __init__(self, local: LocalUserPool, seconds: float = 0) -> None:
        self._local, self._seconds, self._lock = local, seconds, anyio.Lock()
        self._inner = LocalTransport(local.service)
        self.open = self.most_open = 0
        self.released = anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        begins = request.headers["x-amz-target"].endswith("InitiateAuth")
        if begins:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        await self.released.wait()
        async with self._lock:
            self._local.clock.advance(self._seconds)
        reply = await self._inner.handle_async_request(request)
        self.open -= 0 if begins else 1
        return reply


@pytest.fixture
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a small SRP group on both sides, for tests that need many sign-ins and no real security."""
    for module in (power, srp, srp_proof, srp_server):
        monkeypatch.setattr(module, "N", 2**127 - 1)
    monkeypatch.setattr(power, "_comb", [])


def client_of(local: LocalUserPool, transport: CountingTransport, **options: Any) -> UserPool:
    client = httpx.AsyncClient(transport=transport, trust_env=False)
    return UserPool(local.settings.id, local.client.id, http_client=client, clock=local.clock, **options)


async def test_running_sign_ins_are_limited_and_all_succeed() -> None:
    local = LocalUserPool()
    await make_user(local)
    transport = CountingTransport(local)
    pool, signed_in = client_of(local, transport, max_connections=5), list[bool]()

    async def sign_in() -> None:
        signed_in.append((await pool.sign_in("alice", PASSWORD)).signed_in)

    async with anyio.create_task_group() as group:
        for _ in range(15):
            group.start_soon(sign_in)
        while transport.open < 5:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        transport.released.set()
    assert signed_in == [True] * 15
    assert transport.most_open == 5
    assert transport.open == 0


@pytest.mark.usefixtures("small_numbers")
@pytest.mark.table
async def test_300_sign_ins_succeed_at_a_slow_server() -> None:
    local = LocalUserPool()
    await make_user(local)
    transport, signed_in = CountingTransport(local, seconds=1), list[bool]()
    pool = client_of(local, transport, timeout=None)

    async def sign_in() -> None:
        signed_in.append((await pool.sign_in("alice", PASSWORD)).signed_in)

    async with anyio.create_task_group() as group:
        for _ in range(300):
            group.start_soon(sign_in)
        while transport.open < 100:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        transport.released.set()
    assert signed_in == [True] * 300
    # Without the limit, all would start first. Their proofs would come five minutes later and be refused as too old.
    assert transport.most_open == 100


async def test_sign_in_that_waits_too_long_sends_nothing() -> None:
    local = LocalUserPool()
    await make_user(local)
    transport = CountingTransport(local)
    pool = client_of(local, transport, timeout=None, max_connections=5)
    hasty = pool.with_options(timeout=10)

    async def late() -> None:
        with pytest.raises(errors.CallTimeout, match=r"slot \(5 running, 0 waiting\)"):
            await hasty.sign_in("alice", PASSWORD)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(pool.sign_in, "alice", PASSWORD)
        while transport.open < 5:
            await anyio.lowlevel.checkpoint()
        group.start_soon(late)
        await anyio.wait_all_tasks_blocked()
        local.clock.advance(11)
        await anyio.wait_all_tasks_blocked()
        transport.released.set()
    assert transport.most_open == 5


async def test_challenge_answer_precedes_waiting_sign_ins() -> None:
    local = LocalUserPool()
    await make_user(local)
    transport = CountingTransport(local)
    transport.released.set()
    pool, order = client_of(local, transport, max_connections=5), list[str]()
    challenge = (await pool.sign_in("alice", flow="USER_AUTH")).challenge
    assert isinstance(challenge, challenges.SelectChallenge)
    transport.open, transport.released = 0, anyio.Event()

    async def sign_in() -> None:
        await pool.sign_in("alice", PASSWORD)
        order.append("sign-in")

    async def answer() -> None:
        assert (await challenge.choose_password(PASSWORD)).signed_in
        order.append("answer")

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(sign_in)
        while transport.open < 5:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        group.start_soon(answer)
        await anyio.wait_all_tasks_blocked()
        transport.released.set()
    assert order.index("answer") < 10  # first, because its `Session` can expire


async def test_silent_pool_does_not_delay_other_pools() -> None:
    local = LocalUserPool(client=AppClientSettings(id="one"))
    await make_user(local)
    transport = CountingTransport(local)
    silent = client_of(local, transport, max_connections=5)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(silent.sign_in, "alice", PASSWORD)
        while transport.open < 5:
            await anyio.lowlevel.checkpoint()
        assert (await local.user_pool().sign_in("alice", PASSWORD)).signed_in
        group.cancel_scope.cancel()
