"""Injected clients of httpx and httpx2: they are used unchanged and stay open, and their errors are converted."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

from cognito_async._aws._generated.errors import NotAuthorizedException
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import (
    CognitoError,
    ConfigurationError,
    ConnectFailed,
    InvalidReply,
    OutcomeUnknown,
    TransportError,
)
from cognito_async._local.clock import MovableClock
from tests.http.shapes import CONTENT, SECRET, Shape, content_of

pytestmark = [pytest.mark.anyio, pytest.mark.table]

URL = "http://service.test"
EITHER = pytest.mark.parametrize(("repeatable", "lost"), [(False, OutcomeUnknown), (True, TransportError)])
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
async def test_connect_errors_mean_that_nothing_was_sent(
    connections: Any, failure: Any, clock: MovableClock, shape: Shape, library: ModuleType, name: str
) -> None:
    def handler(request: Any) -> Any:
        raise getattr(library, name)(f"about {request.content} {request.url}", request=request)

    async with mock(library, handler) as client, connections(clock, client) as http:
        assert isinstance(await failure(http, shape.request(URL, CONTENT), clock, SECRET), ConnectFailed)


@LIBRARIES
@EITHER
@pytest.mark.parametrize("name", LOST)
async def test_other_errors_mean_that_the_reply_was_lost(
    connections: Any,
    failure: Any,
    clock: MovableClock,
    shape: Shape,
    library: ModuleType,
    name: str,
    repeatable: bool,
    lost: type[Exception],
) -> None:
    def handler(request: Any) -> Any:
        raise getattr(library, name)(f"about {request.content} {request.url}", request=request)

    async with mock(library, handler) as client, connections(clock, client) as http:
        assert type(await failure(http, shape.request(URL, CONTENT, repeatable=repeatable), clock, SECRET)) is lost


@LIBRARIES
@EITHER
@pytest.mark.parametrize("kind", [RuntimeError, OSError, ValueError, UnicodeError, TimeoutError])
async def test_unknown_errors_mean_that_the_reply_was_lost(
    connections: Any,
    failure: Any,
    clock: MovableClock,
    shape: Shape,
    library: ModuleType,
    kind: type[Exception],
    repeatable: bool,
    lost: type[Exception],
) -> None:
    def handler(request: Any) -> Any:
        raise kind(f"about {request.content} {request.url}")

    async with mock(library, handler) as client, connections(clock, client) as http:
        assert type(await failure(http, shape.request(URL, CONTENT, repeatable=repeatable), clock, SECRET)) is lost


@LIBRARIES
async def test_closed_client_is_a_configuration_error(
    connections: Any, failure: Any, clock: MovableClock, shape: Shape, library: ModuleType
) -> None:
    client = mock(library, lambda request: library.Response(200))
    await client.aclose()
    async with connections(clock, client) as http:
        error = await failure(http, shape.request(URL, CONTENT), clock, SECRET)
    assert isinstance(error, ConfigurationError)
    assert "it is closed" in str(error)


async def test_errors_of_httpx_work_without_httpx2(
    connections: Any, failure: Any, clock: MovableClock, shape: Shape, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(request: Any) -> Any:
        raise httpx.ConnectError("no")

    monkeypatch.delitem(sys.modules, "httpx2")
    async with mock(httpx, handler) as client, connections(clock, client) as http:
        assert isinstance(await failure(http, shape.request(URL, CONTENT), clock, SECRET), ConnectFailed)


@LIBRARIES
async def test_base_exceptions_are_not_converted(
    connections: Any, clock: MovableClock, shape: Shape, library: ModuleType
) -> None:
    def handler(request: Any) -> Any:
        raise KeyboardInterrupt

    async with mock(library, handler) as client, connections(clock, client) as http:
        with pytest.raises(KeyboardInterrupt):
            await http.send(shape.request(URL, CONTENT), Deadline(clock, 30))


@LIBRARIES
async def test_compressed_reply_is_refused_before_decompression(
    connections: Any, failure: Any, clock: MovableClock, shape: Shape, library: ModuleType
) -> None:
    def handler(request: Any) -> Any:
        stream = library.ByteStream(gzip.compress(b" " * 1000))
        return library.Response(200, headers={"content-encoding": "gzip"}, stream=stream)

    async with mock(library, handler) as client, connections(clock, client) as http:
        assert isinstance(await failure(http, shape.request(URL, CONTENT), clock, SECRET), InvalidReply)


@LIBRARIES
async def test_injected_client_sends_the_call_and_stays_open(
    connections: Any, clock: MovableClock, shape: Shape, library: ModuleType
) -> None:
    bodies: list[bytes] = []

    def handler(request: Any) -> Any:
        bodies.append(request.content or request.url.query)
        return library.Response(200, json={"ok": True})

    async with mock(library, handler) as client:
        async with connections(clock, client) as http:
            assert (await http.send(shape.request(URL, CONTENT), Deadline(clock, 30))).status_code == 200
        assert not client.is_closed
    assert bodies == [CONTENT]


@LIBRARIES
async def test_injected_client_may_send_twice_to_authenticate(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape, library: ModuleType
) -> None:
    bodies: list[bytes] = []

    async def handler(connection: Any) -> None:
        while True:
            bodies.append(content_of(*await connection.request()))
            status = 401 if len(bodies) == 1 else 200
            challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=MD5\r\n'
            await connection.reply(status=status, headers=challenge)

    auth = library.DigestAuth("user", "password")
    async with serve(handler) as url, library.AsyncClient(auth=auth) as client, connections(clock, client) as http:
        assert (await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).status_code == 200
    assert bodies == [CONTENT, CONTENT]


@LIBRARIES
async def test_request_without_content_has_length_zero(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape, library: ModuleType
) -> None:
    """Without the length, the client would send a body in chunks."""
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        while True:
            head, body = await connection.request()
            heads.append(f"{head}\r\n")
            await connection.reply(content_of(head, body))

    async with serve(handler) as url, library.AsyncClient() as client, connections(clock, client) as http:
        for _ in range(2):
            assert (await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).body == CONTENT
    length = 0 if shape.method == "GET" else len(CONTENT)
    assert all(f"\r\ncontent-length: {length}\r\n" in head and "transfer-encoding" not in head for head in heads)


@pytest.mark.parametrize(
    "error", [NotAuthorizedException("proxy login"), InvalidReply("other"), ConnectFailed("other")]
)
async def test_cognito_error_of_a_client_is_converted(
    connections: Any, failure: Any, clock: MovableClock, shape: Shape, error: CognitoError
) -> None:
    """The hooks of a client may call this package, for example to get a token for a gateway."""

    async def hook(request: httpx.Request) -> None:
        raise error

    def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError("not reached")

    transport = httpx.MockTransport(handler)
    async with (
        httpx.AsyncClient(transport=transport, event_hooks={"request": [hook]}) as client,
        connections(clock, client) as http,
    ):
        found = await failure(http, shape.request(URL, CONTENT), clock, SECRET)
    assert type(found) is ConnectFailed and found is not error and type(error).__name__ in found.message


@LIBRARIES
async def test_error_that_the_caller_is_handling_keeps_its_traceback(
    connections: Any, clock: MovableClock, shape: Shape, library: ModuleType
) -> None:
    def handler(request: Any) -> Any:
        raise library.ReadError("lost", request=request)

    async with mock(library, handler) as client, connections(clock, client) as http:
        kept = None
        try:
            raise KeyError("of the program")
        except KeyError as handled:
            with pytest.raises(OutcomeUnknown):
                await http.send(shape.request(URL, CONTENT), Deadline(clock, 30))
            kept = handled.__traceback__
        assert kept is not None


async def test_error_whose_causes_form_a_circle_is_converted(
    connections: Any, failure: Any, clock: MovableClock, shape: Shape
) -> None:
    def handler(request: Any) -> Any:
        first, second = httpx.ReadError("first", request=request), OSError("second")
        first.__cause__, second.__cause__ = second, first
        raise first

    async with mock(httpx, handler) as client, connections(clock, client) as http:
        assert isinstance(await failure(http, shape.request(URL, CONTENT), clock, SECRET), OutcomeUnknown)
