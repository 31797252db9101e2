"""Calls through all layers, to a server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from cognito_async._aws.identity import Credentials, StaticCredentials
from cognito_async._aws.pipeline import Pipeline, build
from cognito_async._aws.rpc import Effect, RpcRequest
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import ConnectFailed, InvalidReply, OutcomeUnknown, ServiceError, TransportError
from cognito_async._core.operation import Authorization
from cognito_async._core.options import RetryPolicy
from cognito_async._http.connections import HttpConnections
from cognito_async._http.options import HttpOptions
from cognito_async._local.clock import MovableClock
from tests.aws.locations import location_of

pytestmark = pytest.mark.anyio

ONCE = RpcRequest("SignUp", b"{}", Effect.ONCE)
REPEATABLE = RpcRequest("GetUser", b"{}", Effect.REPEATABLE)
SIGNED = RpcRequest("ListUsers", b'{"UserPoolId": "x"}', Effect.REPEATABLE, Authorization.SIGV4)
THROTTLED = b'{"__type": "TooManyRequestsException"}'


def build_pipeline(url: str, connections: HttpConnections, clock: MovableClock) -> Pipeline:
    keys = Credentials("AKIDEXAMPLE", "secret", "token")
    return build(location_of(url), connections, credentials=StaticCredentials(keys), retry=RetryPolicy(), clock=clock)


@asynccontextmanager
async def pipeline(url: str, clock: MovableClock) -> AsyncIterator[Pipeline]:
    connections = HttpConnections(HttpOptions(clock))
    yield build_pipeline(url, connections, clock)
    await connections.aclose()


async def test_throttled_call_succeeds_after_retries(serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        for _ in range(2):
            await connection.request()
            await connection.reply(THROTTLED, status=400)
        await connection.request()
        await connection.reply(b'{"ok": 1}')

    async with serve(handler) as url, pipeline(url, clock) as calls:
        assert (await calls.transport.send(ONCE, Deadline(clock, 30))).body == b'{"ok": 1}'


async def test_each_attempt_is_signed_for_its_host(
    serve: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        heads.append((await connection.request())[0])
        clock.advance(1)
        await connection.reply(THROTTLED, status=400)
        heads.append((await connection.request())[0])
        await connection.reply()

    async with serve(handler) as url, pipeline(url, clock) as calls:
        await calls.transport.send(SIGNED, Deadline(clock, 30))
    signatures = []
    for head in heads:
        sent = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        assert sent["x-amz-security-token"] == "token"
        names = ("content-type", "x-amz-target", "x-amz-date", "x-amz-security-token")
        # The server reads the head in lower case, so restore the two values with capitals.
        headers = {name: sent[name] for name in names} | {
            "x-amz-target": "AWSCognitoIdentityProviderService.ListUsers",
            "x-amz-date": sent["x-amz-date"].upper(),
        }
        request = AWSRequest(method="POST", url=f"http://{sent['host']}/", headers=headers, data=SIGNED.body)
        request.context["timestamp"] = headers["x-amz-date"]
        signer = SigV4Auth(BotocoreCredentials("AKIDEXAMPLE", "secret", "token"), "cognito-idp", "eu-central-1")
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        assert sent["authorization"].endswith(f"signature={signature}")
        signatures.append(signature)
    assert signatures[0] != signatures[1]


async def test_repeatable_call_survives_a_closed_idle_connection(serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()
        await connection.request()

    async with serve(handler) as url, pipeline(url, clock) as calls:
        await calls.transport.send(REPEATABLE, Deadline(clock, 30))
        assert (await calls.transport.send(REPEATABLE, Deadline(clock, 30))).status_code == 200
        with pytest.raises(OutcomeUnknown):
            await calls.transport.send(ONCE, Deadline(clock, 30))


async def test_repeatable_call_raises_transport_error_if_every_reply_is_lost(serve: Any, clock: MovableClock) -> None:
    connections: list[int] = []

    async def handler(connection: Any) -> None:
        await connection.request()
        connections.append(connection.number)

    async with serve(handler) as url, pipeline(url, clock) as calls:
        with pytest.raises(TransportError) as caught:
            await calls.transport.send(REPEATABLE, Deadline(clock, 30))
    assert type(caught.value) is TransportError
    assert caught.value.operation == "GetUser"
    assert len(connections) == 4


async def test_redirect_is_an_invalid_reply(serve: Any, clock: MovableClock) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(status=302, headers="Location: https://elsewhere.test/\r\n")

    async with serve(handler) as url, pipeline(url, clock) as calls:
        with pytest.raises(InvalidReply):
            await calls.transport.send(ONCE, Deadline(clock, 30))


async def test_views_share_connections_and_service_time(serve: Any, clock: MovableClock) -> None:
    used: list[int] = []

    async def handler(connection: Any) -> None:
        while True:
            await connection.request()
            used.append(connection.number)
            date = "Date: Fri, 02 Jan 2026 04:04:05 GMT\r\n"
            await connection.reply(THROTTLED, status=400, headers=date)

    async with serve(handler) as url, pipeline(url, clock) as calls:
        view = calls.transport.with_policy(RetryPolicy(max_attempts=1))
        for transport, attempts in ((view, 1), (calls.transport, 5)):
            with pytest.raises(ServiceError):
                await transport.send(ONCE, Deadline(clock, None))
            assert used == [1] * attempts
    assert calls.service_time.now() - clock.now() == timedelta(hours=1) - timedelta(seconds=clock.monotonic())


async def test_views_share_the_retry_quota(clock: MovableClock) -> None:
    attempts = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal attempts
        attempts += 1
        raise httpx.ConnectError("down")

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        calls = build_pipeline("http://service.test", HttpConnections(HttpOptions(clock, client)), clock)
        for transport in (
            calls.transport.with_policy(RetryPolicy(max_attempts=200, base_delay=0, max_delay=0)),
            calls.transport,
        ):
            with pytest.raises(ConnectFailed):
                await transport.send(ONCE, Deadline(clock, None))
    assert attempts == 1 + 500 // 10 + 1


async def test_1000_concurrent_calls_succeed(clock: MovableClock) -> None:
    done = 0

    async def handler(request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        return httpx.Response(200, json={})

    async def call() -> None:
        nonlocal done
        await calls.transport.send(ONCE, Deadline(clock, 30))
        done += 1

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        calls = build_pipeline("http://service.test", HttpConnections(HttpOptions(clock, client)), clock)
        async with anyio.create_task_group() as tasks:
            for _ in range(1000):
                tasks.start_soon(call)
    assert done == 1000
