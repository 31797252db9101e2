"""A connection that is cut, reset, stalled or garbled at every byte of a call: an honest error, and nothing after it.

Each reply repeats its request's own number, so a reply that went to another's call would show. There is one place for
a connection, so one that leaked would stop the next call. Some bytes are tried by default, and more with `CI=true`;
every one with the marker `peer`, which CI runs, since that takes minutes.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import CallTimeout, CognitoError, OutcomeUnknown, TransportError
from cognito_async._http.message import HttpReply
from cognito_async._local.clock import MovableClock
from tests.http.oracle import by_h11
from tests.http.shapes import TRIED, Shape, said
from tests.sizes import FULL

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_leak", "connection", "one_place")]
# Every 31st byte, or each eighth of all: every byte on asyncio without TLS, every eighth byte elsewhere.
# A form differs from a call of the JSON protocol by a header only.
STEP = pytest.mark.parametrize(
    ("shape", "step"),
    [
        *(pytest.param(shape, (31, 0), id=f"{name}-some") for name, shape in TRIED.items()),
        *(
            pytest.param(TRIED[name], (8, first), marks=pytest.mark.peer, id=f"{name}-all-{first}")
            for name in ("rpc", "get")
            for first in range(8)
        ),
    ],
)

REPLIES: dict[str, Callable[[bytes], bytes]] = {
    "sized": lambda body: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body),
    "chunked": lambda body: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n%s\r\n%x;a=b\r\n%s\r\n0\r\n\r\n"
        % (body[:4], len(body) - 4, body[4:])
    ),
    "interim": lambda body: b"HTTP/1.1 100 Continue\r\n\r\n" + REPLIES["sized"](body),
    "until close": lambda body: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body,
}
LENGTHS = {name: len(reply(b'{"number":1000}')) for name, reply in REPLIES.items()}
EVERY = [(name, repeatable) for name in REPLIES for repeatable in (False, True)]


@pytest.fixture(params=["http", "https"])
def tls(request: pytest.FixtureRequest) -> ssl.SSLContext | None:
    return request.getfixturevalue("certificate") if request.param == "https" else None


class Victim:
    """A transport, and a server that answers as it should, but for what it is told to do with the next request."""

    def __init__(self, clock: MovableClock, shape: Shape) -> None:
        self.clock = clock
        self.shape = shape
        self.url = ""
        self.repeatable = False
        self.number = 1000  # and never more than four digits, so that all replies are equally long
        self.fault: Callable[[Any, bytes], Awaitable[None]] | None = None
        self.reading_fault: Callable[[Any], Awaitable[None]] | None = None
        self.http: Any = None
        self.thinly = False

    async def handler(self, connection: Any) -> None:
        if self.reading_fault:
            fault, self.reading_fault = self.reading_fault, None
            await fault(connection)
            return
        while True:
            body = said(*await connection.request())
            if self.fault:
                fault_, self.fault = self.fault, None
                await fault_(connection, body)
                return
            await connection.reply(body)

    async def call(self) -> tuple[bytes, HttpReply | CognitoError]:
        self.number += 1
        body = b'{"number":%d}' % self.number
        try:
            request = self.shape.request(self.url, body, repeatable=self.repeatable)
            return body, await self.http.send(request, Deadline(self.clock, 30))
        except CognitoError as error:
            return body, error

    async def must_work(self) -> None:
        self.clock.advance(31)  # so that the connection is a new one, if the last one was not broken
        body, reply = await self.call()
        assert isinstance(reply, HttpReply), reply
        assert reply.body == body

    @property
    def lost(self) -> type[CognitoError]:
        return TransportError if self.repeatable else OutcomeUnknown

    @property
    def late(self) -> type[CognitoError]:
        return CallTimeout if self.repeatable else OutcomeUnknown


@pytest.fixture
def victim(
    serve: Any, connections: Any, clock: MovableClock, tls: ssl.SSLContext | None, shape: Shape, anyio_backend_name: str
) -> Callable[..., Any]:
    """`await victim(work)`: `work(victim)` with a server, within a limit of real time."""

    async def run(work: Callable[[Victim], Awaitable[None]]) -> None:
        made = Victim(clock, shape)
        made.thinly = tls is not None or anyio_backend_name != "asyncio"
        with anyio.fail_after(100):
            async with serve(made.handler, tls=tls) as made.url, connections(clock) as made.http:
                await made.must_work()
                await work(made)

    return run


class Each:
    """Bytes of every reply, for requests that may be repeated and others."""

    def __init__(self, victim: Victim, step: tuple[int, int]) -> None:
        self._victim = victim
        self._step, self._first = step
        if victim.thinly and self._step == 8:
            self._step, self._first = 64, 8 * self._first + 3
        elif victim.thinly and not FULL:
            self._step = 64

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for offset, (name, repeatable) in enumerate(EVERY):
            self._victim.repeatable = repeatable
            for at in range((5 * offset + self._first) % self._step, LENGTHS[name], self._step):
                yield name, at


@STEP
@pytest.mark.parametrize("goodbye", [True, False], ids=["closed", "cut"])
async def test_a_reply_that_ends_early(victim: Any, tls: Any, step: tuple[int, int], goodbye: bool) -> None:
    async def work(v: Victim) -> None:
        for name, at in Each(v, step):

            async def fault(connection: Any, body: bytes, name: str = name, at: int = at) -> None:
                await connection.send(REPLIES[name](body)[:at])
                if not goodbye:
                    await connection.cut()

            v.fault = fault
            body, outcome = await v.call()
            expected = by_h11(REPLIES[name](body)[:at], v.shape.method)
            if name == "until close" and tls and not goodbye:
                expected = None  # whoever cut the connection may have cut the reply
            if at == 0 and v.repeatable:
                assert isinstance(outcome, HttpReply) and outcome.body == body, at  # by another connection
            elif expected:
                assert isinstance(outcome, HttpReply) and outcome.body == expected.body, at
            else:
                assert type(outcome) is v.lost, (at, outcome)
            await v.must_work()

    await victim(work)


@STEP
async def test_a_reply_whose_connection_is_reset(victim: Any, step: tuple[int, int]) -> None:
    async def work(v: Victim) -> None:
        for name, at in Each(v, step):

            async def fault(connection: Any, body: bytes, name: str = name, at: int = at) -> None:
                await connection.send(REPLIES[name](body)[:at])
                await connection.reset()

            v.fault = fault
            body, outcome = await v.call()
            if isinstance(outcome, HttpReply):  # a reset may overtake what came before it, and then nothing came
                assert v.repeatable
                assert outcome.body == body
            else:
                assert type(outcome) is v.lost, (at, outcome)
            await v.must_work()

    await victim(work)


@STEP
async def test_a_reply_that_stalls(victim: Any, step: tuple[int, int]) -> None:
    async def work(v: Victim) -> None:
        for name, at in Each(v, step):

            async def fault(connection: Any, body: bytes, name: str = name, at: int = at) -> None:
                await connection.send(REPLIES[name](body)[:at])
                v.clock.advance(31)
                await connection.request()

            v.fault = fault
            _, outcome = await v.call()
            assert type(outcome) is v.late, (at, outcome)
            await v.must_work()

    await victim(work)


GARBLE: list[Callable[[bytes, int], bytes]] = [
    lambda data, at: data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :],
    lambda data, at: data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :],
    lambda data, at: data[:at] + b"1" + data[at:],
    lambda data, at: data[:at] + b"\r\n" + data[at:],
    lambda data, at: data[:at] + data[at + 1 :],
]


@STEP
async def test_a_reply_that_is_garbled(victim: Any, step: tuple[int, int]) -> None:
    async def work(v: Victim) -> None:
        for name, at in Each(v, step):
            for garble in GARBLE:

                async def fault(
                    connection: Any, body: bytes, name: str = name, at: int = at, garble: Any = garble
                ) -> None:
                    await connection.send(garble(REPLIES[name](body), at))

                v.fault = fault
                body, outcome = await v.call()
                if isinstance(outcome, HttpReply):
                    expected = by_h11(garble(REPLIES[name](body), at), v.shape.method)
                    assert expected and (outcome.status_code, outcome.body) == (expected.status_code, expected.body), at
                else:
                    assert type(outcome) is v.lost, (at, outcome)
                await v.must_work()

    await victim(work)


@STEP
@pytest.mark.parametrize("how", ["closed", "reset", "stalled"])
async def test_a_request_that_is_not_read_to_its_end(victim: Any, step: tuple[int, int], how: str) -> None:
    async def work(v: Victim) -> None:
        for v.repeatable in (False, True):
            for at in range(1 + step[1], v.shape.shortest, step[0]):

                async def fault(connection: Any, at: int = at) -> None:
                    await connection.received(at)
                    if how == "reset":
                        await connection.reset()
                    elif how == "stalled":
                        v.clock.advance(31)
                        await connection.received(1000)  # until the client gives up

                v.clock.advance(31)  # so that it is a new connection
                v.reading_fault = fault
                _, outcome = await v.call()
                assert type(outcome) is (v.late if how == "stalled" else v.lost), (at, outcome)
                await v.must_work()

    await victim(work)
