"""One exchange: what is sent, what comes back, and which error stands for which accident."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest

from cognito_async._aws.rpc import Effect, RpcRequest
from cognito_async._aws.service_time import ServiceTime
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import (
    CallTimeout,
    ConfigurationError,
    ConnectFailed,
    InvalidReply,
    OutcomeUnknown,
    TransportError,
)
from cognito_async._core.redact import Masked
from cognito_async._http.connections import HttpTransport
from cognito_async._http.message import MAX_REPLY_BYTES
from cognito_async._local.clock import MovableClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("connection")]

SECRET = "correct-horse-battery"
BODY = b'{"Password": "correct-horse-battery"}'
ONCE = RpcRequest("SignUp", BODY, Effect.ONCE, secrets=(SECRET,))
REPEATABLE = RpcRequest("GetUser", BODY, Effect.REPEATABLE, secrets=(SECRET,))
EITHER = pytest.mark.parametrize(("request_", "lost"), [(ONCE, OutcomeUnknown), (REPEATABLE, TransportError)])


async def test_a_call_is_a_post_with_target_json_type_and_length_and_nothing_that_asks_for_compression(
    transport: Any, serve: Any, clock: MovableClock
) -> None:
    seen: list[tuple[str, bytes]] = []

    async def handler(connection: Any) -> None:
        seen.append(await connection.request())
        await connection.reply()

    async with serve(handler) as url, transport(url, clock) as http:
        await http.send(ONCE, Deadline(clock, 30))
    head, body = seen[0]
    assert head.startswith("post / http/1.1\r\n")
    assert "x-amz-target: awscognitoidentityproviderservice.signup\r\n" in head
    assert "content-type: application/x-amz-json-1.1\r\n" in head
    assert "accept-encoding: identity\r\n" in head
    assert "transfer-encoding" not in head
    assert "authorization" not in head
    assert body == BODY


async def test_a_reply_of_any_status_comes_back_with_lower_case_header_names(
    transport: Any, serve: Any, clock: MovableClock
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(b'{"__type":"X"}', status=400, headers="X-Amzn-RequestId: r-1\r\n")

    async with serve(handler) as url, transport(url, clock) as http:
        reply = await http.send(ONCE, Deadline(clock, 30))
    assert (reply.status_code, reply.headers["x-amzn-requestid"], reply.body) == (400, "r-1", b'{"__type":"X"}')


async def test_a_chunked_reply_is_joined(transport: Any, serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")

    async with serve(handler) as url, transport(url, clock) as http:
        assert (await http.send(ONCE, Deadline(clock, 30))).body == b"{}"


@pytest.mark.parametrize(("headers", "connections"), [("", [1, 1]), ("Connection: close\r\n", [1, 2])])
async def test_a_connection_is_kept_unless_the_server_closes_it(
    transport: Any, serve: Any, clock: MovableClock, headers: str, connections: list[int]
) -> None:
    used: list[int] = []

    async def handler(connection: Any) -> None:
        while True:
            await connection.request()
            used.append(connection.number)
            await connection.reply(headers=headers)

    async with serve(handler) as url, transport(url, clock) as http:
        await http.send(ONCE, Deadline(clock, 30))
        await http.send(ONCE, Deadline(clock, 30))
    assert used == connections


BROKEN = {
    "closes before a byte": b"",
    "dies in the head": b"HTTP/1.1 200 OK\r\nContent-",
    "dies in the body": b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"a":',
    "dies between chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "has a control byte in the status line": b"HTTP/1.1 200 O\x0bK\r\nContent-Length: 2\r\n\r\n{}",
    "garbage": b"\x00\x01\x02 nothing like HTTP\r\n\r\n",
}


@EITHER
@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
async def test_a_lost_reply_is_an_unknown_outcome_only_for_a_call_that_must_not_be_repeated(
    transport: Any,
    failure: Any,
    serve: Any,
    clock: MovableClock,
    sent: bytes,
    request_: RpcRequest,
    lost: type[Exception],
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(sent)

    async with serve(handler) as url, transport(url, clock) as http:
        assert type(await failure(http, request_, clock)) is lost


async def test_a_refused_connection_means_that_nothing_was_sent(
    transport: Any, failure: Any, serve: Any, clock: MovableClock
) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nobody connects")

    async with serve(handler) as url:
        pass
    async with transport(url, clock) as http:
        assert isinstance(await failure(http, ONCE, clock), ConnectFailed)


@pytest.mark.parametrize(("request_", "expected"), [(ONCE, OutcomeUnknown), (REPEATABLE, CallTimeout)])
async def test_a_reply_that_does_not_come_in_time(
    transport: Any, failure: Any, serve: Any, clock: MovableClock, request_: RpcRequest, expected: type[Exception]
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
        clock.advance(31)
        await anyio.sleep_forever()

    async with serve(handler) as url, transport(url, clock) as http:
        assert type(await failure(http, request_, clock)) is expected


async def test_time_that_is_over_before_anything_was_sent_is_a_timeout_for_every_call(
    transport: Any, failure: Any, clock: MovableClock
) -> None:
    class Busy:
        @asynccontextmanager
        async def stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            clock.advance(31)
            await anyio.sleep_forever()
            yield

    async with transport("http://service.test", clock, Busy()) as http:
        assert type(await failure(http, ONCE, clock)) is CallTimeout


async def test_a_call_without_a_limit_waits(transport: Any, serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        clock.advance(1e6)
        await connection.reply()

    async with serve(handler) as url, transport(url, clock) as http:
        assert (await http.send(ONCE, Deadline(clock, None))).status_code == 200


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_reply_is_bounded(transport: Any, failure: Any, serve: Any, clock: MovableClock, chunked: bool) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        if chunked:
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % length
            await connection.send(head + b" " * length + b"\r\n0\r\n\r\n")
        else:
            await connection.reply(b" " * length)

    async with serve(handler) as url, transport(url, clock) as http:
        length = MAX_REPLY_BYTES
        assert len((await http.send(ONCE, Deadline(clock, 30))).body) == length
    async with serve(handler) as url, transport(url, clock) as http:
        length = MAX_REPLY_BYTES + 1
        assert isinstance(await failure(http, ONCE, clock), InvalidReply)


async def test_a_compressed_reply_is_refused_before_it_is_unpacked(
    transport: Any, failure: Any, serve: Any, clock: MovableClock
) -> None:
    bomb = gzip.compress(b" " * (2 * MAX_REPLY_BYTES))

    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(bomb, headers="Content-Encoding: gzip\r\n")

    async with serve(handler) as url, transport(url, clock) as http:
        assert isinstance(await failure(http, ONCE, clock), InvalidReply)


@pytest.mark.parametrize("bad", ["token\r\nx-other: 1", "t\u00f6ken", "to\0ken"])
async def test_a_header_that_cannot_be_sent_is_refused_before_anything_is(
    transport: Any, failure: Any, serve: Any, clock: MovableClock, bad: str
) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nothing must be sent")

    headers = {"x-amz-security-token": Masked(bad)}
    request = RpcRequest("AdminGetUser", BODY, Effect.REPEATABLE, secrets=(bad,), headers=headers)
    async with serve(handler) as url, transport(url, clock) as http:
        error = await failure(http, request, clock)
    assert isinstance(error, ConfigurationError)
    assert "x-amz-security-token" in str(error)


async def test_a_redirect_is_not_followed(transport: Any, serve: Any, clock: MovableClock) -> None:
    requests: list[int] = []

    async def handler(connection: Any) -> None:
        await connection.request()
        requests.append(connection.number)
        await connection.reply(status=307, headers="Location: /elsewhere\r\n")

    async with serve(handler) as url, transport(url, clock) as http:
        assert (await http.send(ONCE, Deadline(clock, 30))).status_code == 307
    following = httpx.AsyncClient(follow_redirects=True)
    async with following, serve(handler) as url, transport(url, clock, following) as http:
        assert (await http.send(ONCE, Deadline(clock, 30))).status_code == 307
    assert len(requests) == 2


@pytest.mark.parametrize(("idle", "expected"), [(1.0, "lost"), (3.0, 200)])
async def test_a_connection_that_idled_is_not_used_again_because_the_server_may_close_it_meanwhile(
    transport: Any, serve: Any, clock: MovableClock, idle: float, expected: str | int
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()
        await connection.request()  # and closes as this comes: the race that no client can see

    async with serve(handler) as url, transport(url, clock) as http:
        await http.send(ONCE, Deadline(clock, 30))
        clock.advance(idle)
        try:
            outcome: str | int = (await http.send(ONCE, Deadline(clock, 30))).status_code
        except OutcomeUnknown:
            outcome = "lost"
    assert outcome == expected


async def test_after_aclose_the_next_call_makes_a_new_connection(
    transport: Any, serve: Any, clock: MovableClock
) -> None:
    used: list[int] = []

    async def handler(connection: Any) -> None:
        while True:
            await connection.request()
            used.append(connection.number)
            await connection.reply()

    async with serve(handler) as url, transport(url, clock) as http:
        await http.send(ONCE, Deadline(clock, 30))
        await http.aclose()
        await http.aclose()
        await http.send(ONCE, Deadline(clock, 30))
    assert used == [1, 2]


async def test_calls_at_once_share_one_client_and_each_has_its_own_reply(
    transport: Any, serve: Any, clock: MovableClock
) -> None:
    async def handler(connection: Any) -> None:
        while True:
            _, body = await connection.request()
            await connection.reply(body)

    async def call(number: int) -> None:
        request = RpcRequest("GetUser", b'{"n":%d}' % number, Effect.REPEATABLE)
        replies[number] = (await http.send(request, Deadline(clock, 30))).body

    replies: dict[int, bytes] = {}
    async with serve(handler) as url, transport(url, clock) as http, anyio.create_task_group() as tasks:
        for number in range(30):
            tasks.start_soon(call, number)
    assert replies == {number: b'{"n":%d}' % number for number in range(30)}


async def test_a_cancellation_passes_at_once_and_is_no_error(transport: Any, serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        scope.cancel()
        await anyio.sleep_forever()

    async with serve(handler) as url, transport(url, clock) as http:
        with anyio.CancelScope() as scope:
            await http.send(ONCE, Deadline(clock, 30))
        assert scope.cancelled_caught


async def test_a_cookie_of_one_call_does_not_travel_with_the_next(
    transport: Any, serve: Any, clock: MovableClock
) -> None:
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        while True:
            heads.append((await connection.request())[0])
            await connection.reply(headers="Set-Cookie: who=ann; Path=/\r\n")

    async with serve(handler) as url, transport(url, clock) as http:
        await http.send(ONCE, Deadline(clock, 30))
        await http.send(ONCE, Deadline(clock, 30))
    assert not any("cookie" in head for head in heads)


async def test_the_date_of_a_reply_sets_the_service_time(serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(headers="Date: Fri, 02 Jan 2026 04:04:05 GMT\r\n")

    service_time = ServiceTime(clock)
    async with serve(handler) as url:
        http = HttpTransport(url, http_client=None, service_time=service_time, clock=clock)
        await http.send(ONCE, Deadline(clock, 30))
        await http.aclose()
    assert service_time.now() - clock.now() == timedelta(hours=1)
