"""A clock that is moved by hand, and loopback servers that misbehave as told."""

from __future__ import annotations

import ssl
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

import anyio
import pytest
from anyio.abc import AnyByteStream
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSListener

from cognito_async._ground.clock import Deadline
from cognito_async._ground.errors import CognitoError
from cognito_async._local.clock import MovableClock
from cognito_async._transport import pool
from cognito_async._transport.base import HttpClient, RpcRequest
from cognito_async._transport.http import HttpTransport
from cognito_async._transport.httpcore_connection import HttpcoreConnection
from cognito_async._transport.service_time import ServiceTime


class Connection:
    """The server's end of one connection; it is closed when the handler returns."""

    def __init__(self, stream: AnyByteStream, number: int) -> None:
        self._stream = stream
        self._received = BufferedByteReceiveStream(stream)
        self.number = number

    async def request(self) -> tuple[str, bytes]:
        """The next request: its head in lower case, and its body."""
        head = (await self._received.receive_until(b"\r\n\r\n", 65536)).decode().lower()
        length = next(line for line in head.split("\r\n") if line.startswith("content-length:")).partition(":")[2]
        return head, await self._received.receive_exactly(int(length))

    async def send(self, data: bytes) -> None:
        await self._stream.send(data)

    async def reply(self, body: bytes = b"{}", *, status: int = 200, headers: str = "") -> None:
        await self.send(
            b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s" % (status, headers.encode(), len(body), body)
        )


@pytest.fixture(params=["httpcore", "httptools"])
def connection(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own connections are of this kind, whatever is installed besides."""
    if request.param == "httpcore":
        monkeypatch.setattr(pool, "connection_kind", lambda: HttpcoreConnection)
    else:
        module = pytest.importorskip("cognito_async._transport.httptools_connection")
        monkeypatch.setattr(pool, "connection_kind", lambda: module.HttptoolsConnection)


Handler = Callable[[Connection], Awaitable[None]]
Serve = Callable[..., AbstractAsyncContextManager[str]]


@asynccontextmanager
async def _serve(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    count = 0

    async def handle(stream: AnyByteStream) -> None:
        nonlocal count
        count += 1
        try:
            async with stream:
                await handler(Connection(stream, count))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.IncompleteRead, anyio.EndOfStream, OSError):
            pass  # the client went away, as it may

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon((TLSListener(listener, tls) if tls else listener).serve, handle)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        tasks.cancel_scope.cancel()
    await listener.aclose()


@pytest.fixture
def serve() -> Serve:
    """`async with serve(handler) as url`: a server on loopback, `handler(connection)` called for each connection."""
    return _serve


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(start=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@asynccontextmanager
async def _transport(url: str, clock: MovableClock, client: HttpClient | None = None) -> AsyncGenerator[HttpTransport]:
    made = HttpTransport(url, http_client=client, service_time=ServiceTime(clock), clock=clock)
    yield made
    await made.aclose()


@pytest.fixture
def transport() -> Callable[..., AbstractAsyncContextManager[HttpTransport]]:
    """`async with transport(url, clock, client=None) as http`."""
    return _transport


async def _failure(http: HttpTransport, request: RpcRequest, clock: MovableClock) -> CognitoError:
    with pytest.raises(CognitoError) as caught:
        await http.send(request, Deadline(clock, 30))
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert all(secret not in shown + repr(vars(error)) for secret in request.secrets)
    assert error.operation == request.operation
    return error


@pytest.fixture
def failure() -> Callable[..., Awaitable[CognitoError]]:
    """`await failure(http, request, clock)`: the call's error, found to tell no secret."""
    return _failure
