"""One attempt of a call of AWS's JSON protocol: its request and its errors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest

from cognito_async._aws.rpc import Effect, RpcRequest
from cognito_async._aws.service_time import ServiceTime
from cognito_async._aws.transport import RpcTransport
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import (
    CallTimeout,
    ConfigurationError,
    ConnectFailed,
    InvalidReply,
    OutcomeUnknown,
    TransportError,
)
from cognito_async._core.secret import Secret
from cognito_async._local.clock import MovableClock
from tests.aws.locations import location_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("connection")]

SECRET = "correct-horse-battery"
BODY = b'{"Password": "correct-horse-battery"}'
ONCE = RpcRequest("SignUp", BODY, Effect.ONCE, secrets=(SECRET,))
REPEATABLE = RpcRequest("GetUser", BODY, Effect.REPEATABLE, secrets=(SECRET,))


async def test_call_is_an_uncompressed_json_post_with_a_target(transport: Any, serve: Any, clock: MovableClock) -> None:
    seen: list[tuple[str, bytes]] = []

    async def handler(connection: Any) -> None:
        seen.append(await connection.request())
        await connection.reply(b'{"__type":"X"}', status=400, headers="X-Amzn-RequestId: r-1\r\n")

    async with serve(handler) as url, transport(url, clock) as http:
        reply = await http.send(ONCE, Deadline(clock, 30))
    head, body = seen[0]
    assert head.startswith("post / http/1.1\r\n")
    assert "x-amz-target: awscognitoidentityproviderservice.signup\r\n" in head
    assert "content-type: application/x-amz-json-1.1\r\n" in head
    assert "accept-encoding: identity\r\n" in head
    assert "transfer-encoding" not in head
    assert "authorization" not in head
    assert body == BODY
    assert (reply.status_code, reply.headers["x-amzn-requestid"], reply.body) == (400, "r-1", b'{"__type":"X"}')


@pytest.mark.parametrize(("request_", "lost"), [(ONCE, OutcomeUnknown), (REPEATABLE, TransportError)])
async def test_lost_reply_error_depends_on_repeatability(
    transport: Any, failure: Any, serve: Any, clock: MovableClock, request_: RpcRequest, lost: type[Exception]
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()

    async with serve(handler) as url, transport(url, clock) as http:
        error = await failure(http, request_, clock, SECRET)
    assert (type(error), error.operation) == (lost, request_.operation)


@pytest.mark.parametrize(("request_", "late"), [(ONCE, OutcomeUnknown), (REPEATABLE, CallTimeout)])
async def test_late_reply_error_depends_on_repeatability(
    transport: Any, failure: Any, serve: Any, clock: MovableClock, request_: RpcRequest, late: type[Exception]
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        clock.advance(31)
        await anyio.sleep_forever()

    async with serve(handler) as url, transport(url, clock) as http:
        error = await failure(http, request_, clock, SECRET)
    assert (type(error), error.operation) == (late, request_.operation)


async def test_transport_errors_name_the_operation(
    transport: Any, failure: Any, serve: Any, clock: MovableClock
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx")

    async with serve(handler) as url, transport(url, clock) as http:
        error = await failure(http, ONCE, clock, SECRET)
        assert (type(error), error.operation, error.status_code) == (InvalidReply, "SignUp", 200)
    async with transport(url, clock) as http:
        error = await failure(http, ONCE, clock, SECRET)
        assert (type(error), error.operation) == (ConnectFailed, "SignUp")


@pytest.mark.parametrize("bad", ["token\r\nx-other: 1", "t\u00f6ken", "to\0ken"])
@pytest.mark.table
async def test_invalid_header_is_refused_unsent(
    transport: Any, failure: Any, serve: Any, clock: MovableClock, bad: str
) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nothing must be sent")

    headers = {"x-amz-security-token": Secret(bad)}
    request = RpcRequest("AdminGetUser", BODY, Effect.REPEATABLE, secrets=(bad,), headers=headers)
    async with serve(handler) as url, transport(url, clock) as http:
        error = await failure(http, request, clock, bad, SECRET)
    assert isinstance(error, ConfigurationError)
    assert error.operation == "AdminGetUser"
    assert "x-amz-security-token" in str(error)


async def test_injected_client_sends_the_call(transport: Any, clock: MovableClock) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client,
        transport("http://service.test/prefix", clock, client) as http,
    ):
        await http.send(ONCE, Deadline(clock, 30))
    [request] = seen
    assert (request.method, str(request.url), request.content) == ("POST", "http://service.test/prefix", BODY)


async def test_date_of_a_reply_sets_the_service_time(connections: Any, serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(headers="Date: Fri, 02 Jan 2026 04:04:05 GMT\r\n")

    service_time = ServiceTime(clock)
    async with serve(handler) as url, connections(clock) as http:
        await RpcTransport(http, location_of(url), service_time).send(ONCE, Deadline(clock, 30))
    assert service_time.now() - clock.now() == timedelta(hours=1)
