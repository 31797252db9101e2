"""Injected clients of both libraries: used as they are, left open, and each of their errors told apart."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

from cognito_async._aws.rpc import Effect, RpcRequest
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import (
    ConfigurationError,
    ConnectFailed,
    InvalidReply,
    OutcomeUnknown,
    TransportError,
)
from cognito_async._local.clock import MovableClock

pytestmark = pytest.mark.anyio

SECRET = "correct-horse-battery"
BODY = b'{"Password": "correct-horse-battery"}'
ONCE = RpcRequest("SignUp", BODY, Effect.ONCE, secrets=(SECRET,))
REPEATABLE = RpcRequest("GetUser", BODY, Effect.REPEATABLE, secrets=(SECRET,))
EITHER = pytest.mark.parametrize(("request_", "lost"), [(ONCE, OutcomeUnknown), (REPEATABLE, TransportError)])
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


def mock(library: ModuleType, handler: Callable[[Any], Any]) -> Any:
    return library.AsyncClient(transport=library.MockTransport(handler))


UNSENT = ["ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "ProxyError"]
LOST = [
    *("ReadError", "WriteError", "CloseError", "ReadTimeout", "WriteTimeout"),
    *("RemoteProtocolError", "LocalProtocolError", "DecodingError", "TooManyRedirects"),
]


@LIBRARIES
@pytest.mark.parametrize("name", UNSENT)
async def test_an_error_of_connecting_means_that_nothing_was_sent(
    transport: Any, failure: Any, clock: MovableClock, library: ModuleType, name: str
) -> None:
    def handler(request: Any) -> Any:
        raise getattr(library, name)(f"about {request.content}", request=request)

    async with mock(library, handler) as client, transport("http://service.test", clock, client) as http:
        assert isinstance(await failure(http, ONCE, clock), ConnectFailed)


@LIBRARIES
@EITHER
@pytest.mark.parametrize("name", LOST)
async def test_every_other_error_means_that_the_reply_was_lost(
    transport: Any,
    failure: Any,
    clock: MovableClock,
    library: ModuleType,
    name: str,
    request_: RpcRequest,
    lost: type[Exception],
) -> None:
    def handler(request: Any) -> Any:
        raise getattr(library, name)(f"about {request.content}", request=request)

    async with mock(library, handler) as client, transport("http://service.test", clock, client) as http:
        assert type(await failure(http, request_, clock)) is lost


@LIBRARIES
@EITHER
@pytest.mark.parametrize("kind", [RuntimeError, OSError, ValueError, UnicodeError, TimeoutError])
async def test_an_error_that_no_http_library_knows_is_taken_as_a_lost_reply(
    transport: Any,
    failure: Any,
    clock: MovableClock,
    library: ModuleType,
    kind: type[Exception],
    request_: RpcRequest,
    lost: type[Exception],
) -> None:
    def handler(request: Any) -> Any:
        raise kind(f"about {request.content}")

    async with mock(library, handler) as client, transport("http://service.test", clock, client) as http:
        assert type(await failure(http, request_, clock)) is lost


@LIBRARIES
async def test_a_closed_client_is_a_mistake_of_the_program_and_not_of_the_network(
    transport: Any, failure: Any, clock: MovableClock, library: ModuleType
) -> None:
    client = mock(library, lambda request: library.Response(200))
    await client.aclose()
    async with transport("http://service.test", clock, client) as http:
        error = await failure(http, ONCE, clock)
    assert isinstance(error, ConfigurationError)
    assert "it is closed" in str(error)


async def test_without_httpx2_only_the_errors_of_httpx_are_looked_up(
    transport: Any, failure: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(request: Any) -> Any:
        raise httpx.ConnectError("no")

    monkeypatch.delitem(sys.modules, "httpx2")
    async with mock(httpx, handler) as client, transport("http://service.test", clock, client) as http:
        assert isinstance(await failure(http, ONCE, clock), ConnectFailed)


@LIBRARIES
async def test_what_is_no_ordinary_exception_passes(transport: Any, clock: MovableClock, library: ModuleType) -> None:
    def handler(request: Any) -> Any:
        raise KeyboardInterrupt

    async with mock(library, handler) as client, transport("http://service.test", clock, client) as http:
        with pytest.raises(KeyboardInterrupt):
            await http.send(ONCE, Deadline(clock, 30))


@LIBRARIES
async def test_a_compressed_reply_is_refused_before_the_client_unpacks_it(
    transport: Any, failure: Any, clock: MovableClock, library: ModuleType
) -> None:
    def handler(request: Any) -> Any:
        stream = library.ByteStream(gzip.compress(b" " * 1000))
        return library.Response(200, headers={"content-encoding": "gzip"}, stream=stream)

    async with mock(library, handler) as client, transport("http://service.test", clock, client) as http:
        assert isinstance(await failure(http, ONCE, clock), InvalidReply)


@LIBRARIES
async def test_an_injected_client_does_the_call_and_stays_open(
    transport: Any, clock: MovableClock, library: ModuleType
) -> None:
    bodies: list[bytes] = []

    def handler(request: Any) -> Any:
        bodies.append(request.content)
        return library.Response(200, json={"ok": True})

    async with mock(library, handler) as client:
        async with transport("http://service.test", clock, client) as http:
            assert (await http.send(ONCE, Deadline(clock, 30))).status_code == 200
        assert not client.is_closed
    assert bodies == [BODY]


@LIBRARIES
async def test_an_injected_client_that_authenticates_by_sending_twice_can_do_so(
    transport: Any, serve: Any, clock: MovableClock, library: ModuleType
) -> None:
    bodies: list[bytes] = []

    async def handler(connection: Any) -> None:
        while True:
            bodies.append((await connection.request())[1])
            status = 401 if len(bodies) == 1 else 200
            challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=MD5\r\n'
            await connection.reply(status=status, headers=challenge)

    auth = library.DigestAuth("user", "password")
    async with serve(handler) as url, library.AsyncClient(auth=auth) as client, transport(url, clock, client) as http:
        assert (await http.send(ONCE, Deadline(clock, 30))).status_code == 200
    assert bodies == [BODY, BODY]
