"""Two replies to one request. The next call must not get the second one."""

from __future__ import annotations

import ssl
from typing import Any

import anyio
import pytest
from anyio.streams.tls import TLSAttribute

from cognito_async._core.clock import Deadline
from cognito_async._local.clock import MovableClock
from tests.http.shapes import Shape, content_of

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.usefixtures("no_leak", "connection")]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
EVIL = HEAD % 4 + b"evil"


class DoubleReplyServer:
    """A server that sends one reply to the first call of a connection, and two to the second."""

    def __init__(
        self, serve: Any, connections: Any, clock: MovableClock, tls: ssl.SSLContext | None, shape: Shape
    ) -> None:
        self._serve, self._connections, self._clock, self._tls, self._shape = serve, connections, clock, tls, shape
        self._url = ""
        self.connections = 0
        self.first_length = 0

    async def run(self, answer: Any) -> None:
        async def handler(connection: Any) -> None:
            self.connections += 1
            while True:
                body = content_of(*await connection.request())
                if body == b"two":
                    await answer(connection)
                else:
                    await connection.reply(body * (1 + self.first_length * (body == b"one")))

        with anyio.fail_after(30):
            async with self._serve(handler, tls=self._tls) as self._url, self._connections(self._clock) as self.http:
                assert set(await self.call(b"one")) == set(b"one")
                await self.call(b"two")
                await self.before_third_call()
                assert await self.call(b"three") == b"three"
        assert self.connections == 2

    async def call(self, body: bytes) -> bytes:
        reply = await self.http.send(self._shape.request(self._url, body), Deadline(self._clock, 30))
        answer: bytes = reply.body
        return answer

    async def before_third_call(self) -> None: ...


@pytest.fixture(params=["http", "https"])
def server(
    request: pytest.FixtureRequest, serve: Any, connections: Any, clock: MovableClock, shape: Shape
) -> DoubleReplyServer:
    tls = request.getfixturevalue("certificate") if request.param == "https" else None
    return DoubleReplyServer(serve, connections, clock, tls, shape)


async def test_second_reply_in_the_same_segment_is_not_used(server: DoubleReplyServer) -> None:
    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two" + EVIL)

    await server.run(answer)


@pytest.mark.parametrize("extra", [b"\r\n", b"x", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_connection_with_bytes_after_the_reply_is_not_reused(server: DoubleReplyServer, extra: bytes) -> None:
    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two" + extra)

    await server.run(answer)


@pytest.mark.parametrize("status", [b"204", b"304"])
async def test_connection_with_a_body_after_status_204_or_304_is_not_reused(
    server: DoubleReplyServer, status: bytes
) -> None:
    async def answer(connection: Any) -> None:
        await connection.send(b"HTTP/1.1 %s X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(EVIL), EVIL))

    await server.run(answer)


async def test_second_reply_in_a_separate_segment_is_not_used(server: DoubleReplyServer) -> None:
    arrived = anyio.Event()
    server.before_third_call = arrived.wait  # type: ignore[method-assign]

    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two")
        await connection.send(EVIL)
        arrived.set()

    await server.run(answer)


async def test_second_reply_in_a_separate_tls_record_is_not_used(server: DoubleReplyServer) -> None:
    async def answer(connection: Any) -> None:
        tls = connection.extra(TLSAttribute.ssl_object, None)
        if tls:
            tls.write(HEAD % 3 + b"two")
            await connection.send(EVIL)
        else:
            await connection.send(HEAD % 3 + b"two" + EVIL)

    await server.run(answer)


async def test_second_reply_after_a_full_read_buffer_is_not_used(server: DoubleReplyServer) -> None:
    """asyncio may have read more bytes than anyio returned. The check of the socket does not find these bytes."""
    server.first_length = 1_000_000  # so that the next read also returns many bytes

    async def answer(connection: Any) -> None:
        tls = connection.extra(TLSAttribute.ssl_object, None)
        length = 65536 - 4 * 22 if tls else 65536  # a record has an overhead of 22 bytes, and up to 16 KiB of data
        head = HEAD % (length - len(HEAD % 10000))
        reply = head + b" " * (length - len(head))
        if tls:
            tls.write(reply)
            await connection.send(EVIL)
        else:
            await connection.send(reply + EVIL)

    await server.run(answer)


async def test_second_reply_that_arrives_later_is_not_used(server: DoubleReplyServer) -> None:
    first, second = anyio.Event(), anyio.Event()

    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two")
        await first.wait()
        await connection.send(EVIL)
        second.set()

    async def between() -> None:
        first.set()
        await second.wait()

    server.before_third_call = between  # type: ignore[method-assign]
    await server.run(answer)


async def test_closed_connection_is_not_reused(server: DoubleReplyServer) -> None:
    closed = anyio.Event()

    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two")
        await connection.cut()
        closed.set()

    server.before_third_call = closed.wait  # type: ignore[method-assign]
    await server.run(answer)
