"""The error for each kind of failed exchange: a lost, late or refused reply, or no connection."""

from __future__ import annotations

import functools
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import (
    CallTimeout,
    ConnectFailed,
    InvalidReply,
    OutcomeUnknown,
    TransportError,
)
from cognito_async._http.message import MAX_REPLY_BYTES
from cognito_async._local.clock import MovableClock
from tests.http.shapes import CONTENT, SECRET, Shape

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.usefixtures("connection")]

URL = "http://service.test"
EITHER = pytest.mark.parametrize(("repeatable", "lost"), [(False, OutcomeUnknown), (True, TransportError)])


BROKEN_REPLIES = {
    "closes before a byte": b"",
    "dies in the head": b"HTTP/1.1 200 OK\r\nContent-",
    "dies in the body": b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a":',
    "dies between chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "has a control byte in the status line": b"HTTP/1.1 200 O\x0bK\r\nContent-Length: 2\r\n\r\n{}",
    "garbage": b"\x00\x01\x02 nothing like HTTP\r\n\r\n",
}


@EITHER
@pytest.mark.parametrize("sent", BROKEN_REPLIES.values(), ids=BROKEN_REPLIES)
async def test_lost_reply_error_depends_on_repeatability(
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

    async with serve(handler) as url, connections(clock) as http:
        assert type(await failure(http, shape.request(url, CONTENT, repeatable=repeatable), clock, SECRET)) is lost


async def test_refused_connection_is_a_failure_to_connect(
    connections: Any, failure: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("no client must connect")

    async with serve(handler) as url:
        pass
    async with connections(clock) as http:
        assert isinstance(await failure(http, shape.request(url, CONTENT), clock, SECRET), ConnectFailed)


@pytest.mark.parametrize(("repeatable", "expected"), [(False, OutcomeUnknown), (True, CallTimeout)])
async def test_late_reply_error_depends_on_repeatability(
    connections: Any,
    failure: Any,
    serve: Any,
    clock: MovableClock,
    shape: Shape,
    repeatable: bool,
    expected: type[Exception],
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
        clock.advance(31)
        await anyio.sleep_forever()

    async with serve(handler) as url, connections(clock) as http:
        assert type(await failure(http, shape.request(url, CONTENT, repeatable=repeatable), clock, SECRET)) is expected


async def test_deadline_that_ends_before_sending_is_always_a_timeout(
    connections: Any, failure: Any, clock: MovableClock, shape: Shape
) -> None:
    class BusyClient:
        @asynccontextmanager
        async def stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            clock.advance(31)
            await anyio.sleep_forever()
            yield

    async with connections(clock, BusyClient()) as http:
        assert type(await failure(http, shape.request(URL, CONTENT), clock, SECRET)) is CallTimeout


@pytest.mark.parametrize("chunked", [True, False])
async def test_too_long_reply_is_refused(
    connections: Any, failure: Any, serve: Any, clock: MovableClock, shape: Shape, chunked: bool
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        if chunked:
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % length
            await connection.send(head + b" " * length + b"\r\n0\r\n\r\n")
        else:
            await connection.reply(b" " * length)

    async with serve(handler) as url, connections(clock) as http:
        length = MAX_REPLY_BYTES
        assert len((await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).body) == length
    async with serve(handler) as url, connections(clock) as http:
        length = MAX_REPLY_BYTES + 1
        assert isinstance(await failure(http, shape.request(url, CONTENT), clock, SECRET), InvalidReply)


@functools.cache
def bomb() -> bytes:
    """Return a compressed body that is too long when it is decompressed."""
    return gzip.compress(b" " * (2 * MAX_REPLY_BYTES))


async def test_compressed_reply_is_refused_before_decompression(
    connections: Any, failure: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(bomb(), headers="Content-Encoding: gzip\r\n")

    async with serve(handler) as url, connections(clock) as http:
        assert isinstance(await failure(http, shape.request(url, CONTENT), clock, SECRET), InvalidReply)
