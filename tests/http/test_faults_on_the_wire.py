"""Connections cut, reset, stalled or garbled at each byte of a call. They raise the right error; later calls work.

Each reply repeats the number in its request, which reveals a reply that reaches another call. The pool has one place,
so that a leaked connection would block the next call. By default only some bytes are tried, and more with `CI=true`.
The marker `peer`, which CI runs, tries all of them, which takes minutes.
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
from tests.http.oracle import parse_h11
from tests.http.shapes import TRIED, Shape, content_of
from tests.sizes import FULL

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.usefixtures("no_leak", "connection", "one_place")]
# By default, each 31st byte is tried, and each 64th without CI=true. With the marker, eight runs together try each byte
# on asyncio without TLS, and each eighth byte otherwise. They leave out forms, which differ from calls of the JSON
# protocol by one header only.
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


class Scenario:
    """A client and a server, which replies correctly unless a fault is set for the next request."""

    def __init__(self, clock: MovableClock, shape: Shape) -> None:
        self.clock = clock
        self.shape = shape
        self.url = ""
        self.repeatable = False
        self.number = 1000  # always four digits, so that all replies have the same length
        self.fault: Callable[[Any, bytes], Awaitable[None]] | None = None
        self.reading_fault: Callable[[Any], Awaitable[None]] | None = None
        self.http: Any = None
        self.sparse = False

    async def handler(self, connection: Any) -> None:
        if self.reading_fault:
            fault, self.reading_fault = self.reading_fault, None
            await fault(connection)
            return
        while True:
            body = content_of(*await connection.request())
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

    async def check_next_call(self) -> None:
        self.clock.advance(31)  # so that the call opens a new connection
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
def run_scenario(
    serve: Any, connections: Any, clock: MovableClock, tls: ssl.SSLContext | None, shape: Shape, anyio_backend_name: str
) -> Callable[..., Any]:
    """Return a function, so that `await run_scenario(work)` calls `work(scenario)` with a server and a time limit."""

    async def run(work: Callable[[Scenario], Awaitable[None]]) -> None:
        scenario = Scenario(clock, shape)
        scenario.sparse = tls is not None or anyio_backend_name != "asyncio"
        with anyio.fail_after(100):
            async with serve(scenario.handler, tls=tls) as scenario.url, connections(clock) as scenario.http:
                await scenario.check_next_call()
                await work(scenario)

    return run


class ByteOffsets:
    """Pairs of a reply's name and the offset of one of its bytes. Iterating also sets the scenario's `repeatable`."""

    def __init__(self, scenario: Scenario, step: tuple[int, int]) -> None:
        self._scenario = scenario
        self._step, self._first = step
        if scenario.sparse and self._step == 8:
            self._step, self._first = 64, 8 * self._first + 3
        elif not FULL:
            self._step = 64

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for offset, (name, repeatable) in enumerate(EVERY):
            self._scenario.repeatable = repeatable
            for at in range((5 * offset + self._first) % self._step, LENGTHS[name], self._step):
                yield name, at


@STEP
@pytest.mark.parametrize("graceful", [True, False], ids=["closed", "cut"])
async def test_incomplete_reply_is_lost_or_parsed_like_h11(
    run_scenario: Any, tls: Any, step: tuple[int, int], graceful: bool
) -> None:
    async def work(v: Scenario) -> None:
        for name, at in ByteOffsets(v, step):

            async def fault(connection: Any, body: bytes, name: str = name, at: int = at) -> None:
                await connection.send(REPLIES[name](body)[:at])
                if not graceful:
                    await connection.cut()

            v.fault = fault
            body, outcome = await v.call()
            expected = parse_h11(REPLIES[name](body)[:at], v.shape.method)
            if name == "until close" and tls and not graceful:
                expected = None  # a third party may have cut the reply
            if at == 0 and v.repeatable:
                assert isinstance(outcome, HttpReply) and outcome.body == body, at  # resent on a new connection
            elif expected:
                assert isinstance(outcome, HttpReply) and outcome.body == expected.body, at
            else:
                assert type(outcome) is v.lost, (at, outcome)
            await v.check_next_call()

    await run_scenario(work)


@STEP
async def test_reset_during_a_reply_raises_unless_the_call_is_resent(run_scenario: Any, step: tuple[int, int]) -> None:
    async def work(v: Scenario) -> None:
        for name, at in ByteOffsets(v, step):

            async def fault(connection: Any, body: bytes, name: str = name, at: int = at) -> None:
                await connection.send(REPLIES[name](body)[:at])
                await connection.reset()

            v.fault = fault
            body, outcome = await v.call()
            if isinstance(outcome, HttpReply):  # resent, because a reset can discard bytes that arrived before it
                assert v.repeatable
                assert outcome.body == body
            else:
                assert type(outcome) is v.lost, (at, outcome)
            await v.check_next_call()

    await run_scenario(work)


@STEP
async def test_stalled_reply_times_out_and_the_next_call_works(run_scenario: Any, step: tuple[int, int]) -> None:
    async def work(v: Scenario) -> None:
        for name, at in ByteOffsets(v, step):

            async def fault(connection: Any, body: bytes, name: str = name, at: int = at) -> None:
                await connection.send(REPLIES[name](body)[:at])
                v.clock.advance(31)
                await connection.request()

            v.fault = fault
            _, outcome = await v.call()
            assert type(outcome) is v.late, (at, outcome)
            await v.check_next_call()

    await run_scenario(work)


GARBLE: list[Callable[[bytes, int], bytes]] = [
    lambda data, at: data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :],
    lambda data, at: data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :],
    lambda data, at: data[:at] + b"1" + data[at:],
    lambda data, at: data[:at] + b"\r\n" + data[at:],
    lambda data, at: data[:at] + data[at + 1 :],
]


@STEP
async def test_garbled_reply_is_lost_or_parsed_like_h11(run_scenario: Any, step: tuple[int, int]) -> None:
    async def work(v: Scenario) -> None:
        for name, at in ByteOffsets(v, step):
            for garble in GARBLE:

                async def fault(
                    connection: Any, body: bytes, name: str = name, at: int = at, garble: Any = garble
                ) -> None:
                    await connection.send(garble(REPLIES[name](body), at))

                v.fault = fault
                body, outcome = await v.call()
                if isinstance(outcome, HttpReply):
                    expected = parse_h11(garble(REPLIES[name](body), at), v.shape.method)
                    assert expected and (outcome.status_code, outcome.body) == (expected.status_code, expected.body), at
                else:
                    assert type(outcome) is v.lost, (at, outcome)
                await v.check_next_call()

    await run_scenario(work)


@STEP
@pytest.mark.parametrize("how", ["closed", "reset", "stalled"])
async def test_request_not_read_completely_raises_and_the_next_call_works(
    run_scenario: Any, step: tuple[int, int], how: str
) -> None:
    async def work(v: Scenario) -> None:
        for v.repeatable in (False, True):
            for at in range(1 + step[1], v.shape.shortest, step[0] if FULL else max(step[0], 64)):

                async def fault(connection: Any, at: int = at) -> None:
                    await connection.received(at)
                    if how == "reset":
                        await connection.reset()
                    elif how == "stalled":
                        v.clock.advance(31)
                        await connection.received(1000)  # until the client gives up

                v.clock.advance(31)  # so that the call opens a new connection
                v.reading_fault = fault
                _, outcome = await v.call()
                assert type(outcome) is (v.late if how == "stalled" else v.lost), (at, outcome)
                await v.check_next_call()

    await run_scenario(work)
