"""`max_connections`: every kind of connection has this limit, on the wire."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import CognitoIdentity, UserPool, errors
from cognito_async.lowlevel import PooledTransport

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.usefixtures("connection")]


class BusyServer:
    """A server that answers no request before `release` is set, and counts the connections with a request."""

    def __init__(self) -> None:
        self.busy = self.most = 0
        self.release = anyio.Event()

    async def handler(self, connection: Any) -> None:
        while True:
            await connection.request()
            self.busy += 1
            self.most = max(self.most, self.busy)
            await self.release.wait()
            self.busy -= 1
            await connection.reply()

    async def most_of(self, call: Callable[[], Coroutine[Any, Any, Any]], expected: int) -> int:
        """Make more calls at once than are expected to be sent. Return how many were sent."""
        async with anyio.create_task_group() as tasks:
            for _ in range(2 * expected):
                tasks.start_soon(call)
            while self.most < expected:
                await anyio.lowlevel.checkpoint()
            await anyio.wait_all_tasks_blocked()
            self.release.set()
        return self.most


async def test_pool_opens_at_most_that_many_connections(serve: Any) -> None:
    server = BusyServer()
    async with (
        serve(server.handler) as url,
        UserPool("local_a", "c", endpoint=url, max_connections=3) as pool,
    ):
        auth = pool.auth()  # shares the connections
        calls = iter([pool, auth.pool, pool.with_options(timeout=30)] * 10)
        assert await server.most_of(lambda: next(calls).api.global_sign_out(access_token="a"), 3) == 3


async def test_service_client_opens_at_most_that_many_connections(serve: Any) -> None:
    server = BusyServer()
    async with serve(server.handler) as url, CognitoIdentity(region="local", endpoint=url, max_connections=2) as client:
        call = lambda: client.api.unlink_identity(identity_id="i", logins={}, logins_to_remove=[])  # noqa: E731
        assert await server.most_of(call, 2) == 2


@pytest.mark.parametrize("options", [{"max_connections": 2}, {"max_connections": 120}, {}])
async def test_pooled_transport_opens_at_most_that_many_connections(serve: Any, options: dict[str, Any]) -> None:
    server, expected = BusyServer(), options.get("max_connections", 100)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serve(server.handler))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=PooledTransport(url, **options), timeout=None)
        )
        assert await server.most_of(lambda: client.post(url, content=b"{}"), expected) == expected


@pytest.mark.parametrize("value", [0, -1, 10_001, 1.0, True, None, "5"])
async def test_other_limits_are_refused(value: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="max_connections must be a whole number from 1 to 10,000"):
        PooledTransport("http://127.0.0.1:1", max_connections=value)
    with pytest.raises(errors.ConfigurationError, match="max_connections must be"):
        CognitoIdentity(region="local", max_connections=value)
