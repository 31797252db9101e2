"""`max_connections`: every kind of connection has this limit, on the wire."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import CognitoIdentity, UserPool, errors
from cognito_async.lowlevel import PooledTransport
from tests.threads import until

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.usefixtures("connection")]


class BusyServer:
    """A server that answers no request before `release` is set, and counts the connections."""

    def __init__(self) -> None:
        self.opened = self.requests = 0
        self.release = anyio.Event()

    async def handler(self, connection: Any) -> None:
        self.opened += 1
        while True:
            await connection.request()
            self.requests += 1
            await self.release.wait()
            await connection.reply()

    async def opened_by(self, call: Callable[[], Coroutine[Any, Any, Any]], expected: int) -> int:
        """Make more calls at once than connections are expected. Return how many connections all calls opened."""
        async with anyio.create_task_group() as tasks:
            for _ in range(2 * expected):
                tasks.start_soon(call)
            await until(lambda: self.requests >= expected)
            await anyio.wait_all_tasks_blocked()
            self.release.set()
        return self.opened


async def test_pool_opens_at_most_that_many_connections(serve: Any) -> None:
    server = BusyServer()
    async with (
        serve(server.handler) as url,
        UserPool("local_a", "c", endpoint=url, max_connections=3) as pool,
    ):
        auth = pool.auth()  # shares the connections
        calls = iter([pool, auth.pool, pool.with_options(timeout=30)] * 10)
        assert await server.opened_by(lambda: next(calls).api.global_sign_out(access_token="a"), 3) == 3


async def test_service_client_opens_at_most_that_many_connections(serve: Any) -> None:
    server = BusyServer()
    async with serve(server.handler) as url, CognitoIdentity(region="local", endpoint=url, max_connections=2) as client:
        call = lambda: client.api.unlink_identity(identity_id="i", logins={}, logins_to_remove=[])  # noqa: E731
        assert await server.opened_by(call, 2) == 2


@pytest.mark.parametrize("options", [{"max_connections": 2}, {"max_connections": 120}, {}])
async def test_pooled_transport_opens_at_most_that_many_connections(serve: Any, options: dict[str, Any]) -> None:
    server, expected = BusyServer(), options.get("max_connections", 100)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serve(server.handler))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=PooledTransport(url, **options), timeout=None)
        )
        assert await server.opened_by(lambda: client.post(url, content=b"{}"), expected) == expected


@pytest.mark.parametrize("value", [0, -1, 10_001, 1.0, True, None, "5"])
async def test_other_limits_are_refused(value: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="max_connections must be a whole number from 1 to 10,000"):
        PooledTransport("http://127.0.0.1:1", max_connections=value)
    with pytest.raises(errors.ConfigurationError, match="max_connections must be"):
        CognitoIdentity(region="local", max_connections=value)


async def test_proxy_gets_at_most_that_many_connections(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = BusyServer()
    async with serve(server.handler) as url:
        monkeypatch.setenv("HTTP_PROXY", url)
        async with UserPool("local_a", "c", endpoint="http://service.test", max_connections=3) as pool:
            assert await server.opened_by(lambda: pool.api.global_sign_out(access_token="a"), 3) == 3
