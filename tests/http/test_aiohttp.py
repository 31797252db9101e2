"""Calls through aiohttp (extra `aiohttp`), as the transport of a client of httpx. aiohttp supports asyncio only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import ConnectFailed, InvalidReply, OutcomeUnknown, TransportError
from cognito_async._http.connections import HttpConnections
from cognito_async._http.message import MAX_REPLY_BYTES
from cognito_async._local.clock import MovableClock
from tests.http.shapes import CONTENT, SECRET, Shape, content_of

httpx_aiohttp = pytest.importorskip("httpx_aiohttp")

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def aiohttp_connections(connections: Any, clock: MovableClock) -> AsyncIterator[HttpConnections]:
    client = httpx_aiohttp.HttpxAiohttpClient()
    async with client, connections(clock, client) as http:
        yield http


async def test_call_has_a_length_and_returns_its_reply(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    seen: list[tuple[str, bytes]] = []

    async def handler(connection: Any) -> None:
        while True:
            seen.append(await connection.request())
            await connection.reply(b'{"__type":"X"}', status=400, headers="X-Amzn-RequestId: r-1\r\n")

    async with serve(handler) as url, aiohttp_connections(connections, clock) as http:
        for _ in range(2):
            reply = await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
    assert (reply.status_code, reply.headers["x-amzn-requestid"], reply.body) == (400, "r-1", b'{"__type":"X"}')
    head, body = seen[0]
    assert content_of(head, body) == CONTENT
    assert all(f"\r\n{name}: {value.lower()}\r\n" in head for name, value in shape.headers.items())
    assert "transfer-encoding" not in head


@pytest.mark.parametrize(("repeatable", "lost"), [(False, OutcomeUnknown), (True, TransportError)])
@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"nothing like HTTP\r\n\r\n"])
async def test_lost_reply_is_not_a_failure_to_connect(
    connections: Any,
    failure: Any,
    serve: Any,
    clock: MovableClock,
    shape: Shape,
    sent: bytes,
    repeatable: bool,
    lost: type[Exception],
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(sent)

    async with serve(handler) as url, aiohttp_connections(connections, clock) as http:
        assert type(await failure(http, shape.request(url, CONTENT, repeatable=repeatable), clock, SECRET)) is lost


async def test_refused_connection_is_a_failure_to_connect(
    connections: Any, failure: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    async with serve(anyio.sleep_forever) as url:
        pass
    async with aiohttp_connections(connections, clock) as http:
        assert isinstance(await failure(http, shape.request(url, CONTENT), clock, SECRET), ConnectFailed)


async def test_too_long_reply_is_refused(
    connections: Any, failure: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(b" " * (MAX_REPLY_BYTES + 1))

    async with serve(handler) as url, aiohttp_connections(connections, clock) as http:
        assert isinstance(await failure(http, shape.request(url, CONTENT), clock, SECRET), InvalidReply)
