"""Two replies to one request: the second is never the next call's."""

from __future__ import annotations

import ssl
from typing import Any

import anyio
import pytest
from anyio.streams.tls import TLSAttribute

from cognito_async._core.clock import Deadline
from cognito_async._local.clock import MovableClock
from tests.http.shapes import Shape, said

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_leak", "connection")]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
EVIL = HEAD % 4 + b"evil"


class Twice:
    """A server that answers the first call of a connection as it should, and the second one twice."""

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
                body = said(*await connection.request())
                if body == b"two":
                    await answer(connection)
                else:
                    await connection.reply(body * (1 + self.first_length * (body == b"one")))

        with anyio.fail_after(30):
            async with self._serve(handler, tls=self._tls) as self._url, self._connections(self._clock) as self.http:
                assert set(await self.call(b"one")) == set(b"one")
                await self.call(b"two")
                await self.before_the_third()
                assert await self.call(b"three") == b"three"
        assert self.connections == 2

    async def call(self, body: bytes) -> bytes:
        reply = await self.http.send(self._shape.request(self._url, body), Deadline(self._clock, 30))
        answer: bytes = reply.body
        return answer

    async def before_the_third(self) -> None: ...


@pytest.fixture(params=["http", "https"])
def twice(request: pytest.FixtureRequest, serve: Any, connections: Any, clock: MovableClock, shape: Shape) -> Twice:
    tls = request.getfixturevalue("certificate") if request.param == "https" else None
    return Twice(serve, connections, clock, tls, shape)


async def test_in_one_segment(twice: Twice) -> None:
    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two" + EVIL)

    await twice.run(answer)


@pytest.mark.parametrize("extra", [b"\r\n", b"x", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_what_follows_need_not_be_a_reply(twice: Twice, extra: bytes) -> None:
    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two" + extra)

    await twice.run(answer)


@pytest.mark.parametrize("status", [b"204", b"304"])
async def test_the_length_of_a_body_that_does_not_come(twice: Twice, status: bytes) -> None:
    async def answer(connection: Any) -> None:
        await connection.send(b"HTTP/1.1 %s X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(EVIL), EVIL))

    await twice.run(answer)


async def test_in_two_segments_and_two_records(twice: Twice) -> None:
    there = anyio.Event()
    twice.before_the_third = there.wait  # type: ignore[method-assign]

    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two")
        await connection.send(EVIL)
        there.set()

    await twice.run(answer)


async def test_in_one_segment_and_two_records(twice: Twice) -> None:
    async def answer(connection: Any) -> None:
        tls = connection.extra(TLSAttribute.ssl_object, None)
        if tls:
            tls.write(HEAD % 3 + b"two")
            await connection.send(EVIL)
        else:
            await connection.send(HEAD % 3 + b"two" + EVIL)

    await twice.run(answer)


async def test_behind_as_many_bytes_as_anyio_gives_at_once(twice: Twice) -> None:
    """What asyncio has read beyond them is in no socket."""
    twice.first_length = 1_000_000  # so that the system, too, gives that much at once

    async def answer(connection: Any) -> None:
        tls = connection.extra(TLSAttribute.ssl_object, None)
        length = 65536 - 4 * 22 if tls else 65536  # a record has 22 bytes of its own, and up to 16 KiB of others
        head = HEAD % (length - len(HEAD % 10000))
        reply = head + b" " * (length - len(head))
        if tls:
            tls.write(reply)
            await connection.send(EVIL)
        else:
            await connection.send(reply + EVIL)

    await twice.run(answer)


async def test_long_after_the_first(twice: Twice) -> None:
    first, second = anyio.Event(), anyio.Event()

    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two")
        await first.wait()
        await connection.send(EVIL)
        second.set()

    async def between() -> None:
        first.set()
        await second.wait()

    twice.before_the_third = between  # type: ignore[method-assign]
    await twice.run(answer)


async def test_a_server_that_closes_is_seen(twice: Twice) -> None:
    closed = anyio.Event()

    async def answer(connection: Any) -> None:
        await connection.send(HEAD % 3 + b"two")
        await connection.cut()
        closed.set()

    twice.before_the_third = closed.wait  # type: ignore[method-assign]
    await twice.run(answer)
