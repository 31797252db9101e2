"""The signing of calls: which ones, with which credentials, and at which time."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async._aws.credentials.chain import resolve
from cognito_async._aws.identity import Credentials, CredentialsProvider, StaticCredentials
from cognito_async._aws.rpc import Effect, RpcReply, RpcRequest
from cognito_async._aws.service_time import ServiceTime
from cognito_async._aws.signing import SigningTransport
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import CallTimeout, CredentialsError
from cognito_async._core.operation import Authorization
from cognito_async._core.secret import Secret, opened
from cognito_async._local.clock import MovableClock
from cognito_async.local import LocalUserPool
from tests.aws.locations import location_of

pytestmark = pytest.mark.anyio

SIGNED = RpcRequest("ListUsers", b"{}", Effect.REPEATABLE, Authorization.SIGV4)
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "token/of+temporary==")


class Inner:
    def __init__(self) -> None:
        self.requests: list[RpcRequest] = []

    async def send(self, request: RpcRequest, deadline: Deadline) -> RpcReply:
        self.requests.append(request)
        return RpcReply(200, {}, b"{}")


def signing(inner: Inner, provider: CredentialsProvider, service_time: ServiceTime) -> SigningTransport:
    return SigningTransport(
        inner,
        location=location_of("http://127.0.0.1:9229"),
        service="cognito-idp",
        credentials=provider,
        service_time=service_time,
    )


async def forbidden() -> Credentials:
    raise AssertionError("an unsigned call needs no credentials")


async def test_unsigned_call_needs_no_credentials(clock: MovableClock) -> None:
    inner, request = Inner(), RpcRequest("SignUp", b"{}", Effect.ONCE)
    await signing(inner, forbidden, ServiceTime(clock)).send(request, Deadline(clock, 30))
    assert inner.requests == [request]


async def test_signed_call_has_signature_and_its_own_headers(clock: MovableClock) -> None:
    inner = Inner()
    request = RpcRequest("ListUsers", b"{}", Effect.REPEATABLE, Authorization.SIGV4, headers={"x-own": "1"})
    await signing(inner, StaticCredentials(KEYS), ServiceTime(clock)).send(request, Deadline(clock, 30))
    headers = inner.requests[0].headers
    assert headers["x-own"] == "1"
    assert headers["x-amz-date"] == "20260102T030405Z"
    assert headers["x-amz-security-token"] == Secret("token/of+temporary==")
    assert opened(headers["authorization"]).startswith(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-central-1/cognito-idp/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target;x-own, Signature="
    )
    assert "token/of" not in repr(inner.requests[0]) + repr(headers)


@pytest.mark.parametrize(
    "endpoint", ["HTTP://LocalHost", "http://localhost:", "http://localhost:080/", "http://[::1]:09229"]
)
async def test_signature_is_valid_whatever_the_spelling_of_the_endpoint(endpoint: str) -> None:
    local = LocalUserPool()
    async with local.user_pool(endpoint=endpoint) as pool:
        await pool.admin.create_user("alice")
        assert (await pool.api.admin_get_user(username="alice")).username == "alice"


async def test_each_attempt_is_signed_with_current_time_and_credentials(
    clock: MovableClock,
) -> None:
    keys = [Credentials("AKIDFIRST", "secret-one"), Credentials("AKIDSECOND", "secret-two")]

    async def rotating() -> Credentials:
        return keys.pop(0)

    inner, service_time = Inner(), ServiceTime(clock)
    transport = signing(inner, rotating, service_time)
    await transport.send(SIGNED, Deadline(clock, 30))
    service_time.observe("Fri, 02 Jan 2026 04:04:05 GMT")
    clock.advance(5)
    await transport.send(SIGNED, Deadline(clock, 30))
    assert [request.headers["x-amz-date"] for request in inner.requests] == ["20260102T030405Z", "20260102T040410Z"]
    assert "AKIDFIRST" in opened(inner.requests[0].headers["authorization"])
    assert "AKIDSECOND" in opened(inner.requests[1].headers["authorization"])
    assert "authorization" not in SIGNED.headers


async def none() -> Any:
    return None


async def broken() -> Credentials:
    raise RuntimeError("a text with secret-key-1234")


async def absent() -> Credentials:
    raise CredentialsError("there are none")


@pytest.mark.parametrize("provider", [none, broken, absent])
async def test_call_without_usable_credentials_is_not_sent(clock: MovableClock, provider: CredentialsProvider) -> None:
    inner = Inner()
    with pytest.raises(CredentialsError) as caught:
        await signing(inner, resolve(provider, clock), ServiceTime(clock)).send(SIGNED, Deadline(clock, 30))
    assert caught.value.operation == "ListUsers"
    assert caught.value.__context__ is None
    assert "secret-key-1234" not in str(caught.value)
    assert inner.requests == []


async def test_slow_credentials_time_out(clock: MovableClock) -> None:
    async def slow() -> Credentials:
        clock.advance(31)
        await anyio.sleep_forever()
        return KEYS

    inner = Inner()
    with pytest.raises(CallTimeout) as caught:
        await signing(inner, slow, ServiceTime(clock)).send(SIGNED, Deadline(clock, 30))
    assert (caught.value.operation, inner.requests) == ("ListUsers", [])


async def test_wait_for_credentials_can_be_cancelled(clock: MovableClock) -> None:
    async def slow() -> Credentials:
        scope.cancel()
        await anyio.sleep_forever()
        return KEYS

    with anyio.CancelScope() as scope:
        await signing(Inner(), slow, ServiceTime(clock)).send(SIGNED, Deadline(clock, 30))
    assert scope.cancelled_caught
