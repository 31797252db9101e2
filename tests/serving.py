"""Fixtures for tests with connections: loopback servers with scripted failures, TLS, and a movable clock."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import ssl
import struct
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import AnyByteStream, SocketAttribute
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSListener, TLSStream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import CognitoError
from cognito_async._http import certificates, pool
from cognito_async._http.connections import HttpConnections
from cognito_async._http.http_client import HttpClient
from cognito_async._http.httpcore_connection import HttpcoreConnection
from cognito_async._http.options import HttpOptions
from cognito_async._local.clock import MovableClock


class Connection:
    """The server's end of one connection. It is closed when the handler returns.

    Args:
        number: the number of the connection at its server, from 1.
    """

    def __init__(self, stream: AnyByteStream, number: int) -> None:
        self._stream = stream
        self._received = BufferedByteReceiveStream(stream)
        self.number = number
        self.extra = stream.extra

    async def request(self) -> tuple[str, bytes]:
        """Return the next request: its head in lower case, and its body."""
        head = (await self._received.receive_until(b"\r\n\r\n", 65536)).decode().lower()
        length = int(head.partition("\r\ncontent-length:")[2].partition("\r\n")[0] or 0)
        return head, await self.received(length)

    async def received(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        return await self._received.receive_exactly(length) if length else b""

    async def send(self, data: bytes) -> None:
        await self._stream.send(data)

    async def cut(self) -> None:
        """Close the socket without TLS's closing message."""
        socket_stream = self._stream.transport_stream if isinstance(self._stream, TLSStream) else self._stream
        await socket_stream.aclose()

    async def reset(self) -> None:
        """Close the socket with a TCP reset, as a crashed server does."""
        raw_socket = self._stream.extra(SocketAttribute.raw_socket)
        raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self.cut()

    async def reply(self, body: bytes = b"{}", *, status: int = 200, headers: str = "") -> None:
        await self.send(
            b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s" % (status, headers.encode(), len(body), body)
        )


@pytest.fixture(params=["httpcore", "httptools"])
def connection(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with each kind of our own connections: with httpcore, and with httptools if it is installed."""
    if request.param == "httpcore":
        monkeypatch.setattr(pool, "connection_kind", lambda: HttpcoreConnection)
    else:
        pytest.importorskip("httptools")
        from cognito_async._http.httptools_connection import HttptoolsConnection

        monkeypatch.setattr(pool, "connection_kind", lambda: HttptoolsConnection)


Handler = Callable[[Connection], Awaitable[None]]
Serve = Callable[..., AbstractAsyncContextManager[str]]


@asynccontextmanager
async def listening(
    handle: Callable[[Any], Awaitable[None]], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Yield a loopback port, and call `handle(stream)` for each connection to it."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon((TLSListener(listener, tls) if tls else listener).serve, handle)
        yield listener.extra(SocketAttribute.local_port)
        # If asyncio cancels its accept while a connection arrives, it never closes the connection. So accept first.
        for _ in range(10):
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()


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
            pass  # a client may close its connection at any time

    async with listening(handle, tls=tls) as port:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"


@pytest.fixture
def serve() -> Serve:
    """`async with serve(handler) as url`: a loopback server, which calls `handler(connection)` for each connection."""
    return _serve


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Yield the TLS context of a server on 127.0.0.1. The environment trusts its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = tmp_path / "public.pem", tmp_path / "private.pem"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    certificates.ca_context.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    yield context
    certificates.ca_context.cache_clear()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(start=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@asynccontextmanager
async def _connections(clock: MovableClock, client: HttpClient | None = None) -> AsyncGenerator[HttpConnections]:
    made = HttpConnections(HttpOptions(clock, client))
    yield made
    await made.aclose()


@pytest.fixture
def connections() -> Callable[..., AbstractAsyncContextManager[HttpConnections]]:
    """`async with connections(clock, client=None) as http`: `HttpConnections` that are closed at the end."""
    return _connections


async def _failure(http: Any, request: Any, clock: MovableClock, *secrets: str) -> CognitoError:
    with pytest.raises(CognitoError) as caught:
        await http.send(request, Deadline(clock, 30))
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert error.__traceback__ is not None
    below = error.__traceback__.tb_next  # without this frame, whose variables contain the secrets
    shown = "".join(traceback.TracebackException(type(error), error, below, capture_locals=True).format())
    assert all(secret not in shown + repr(vars(error)) for secret in secrets)
    return error


@pytest.fixture
def failure() -> Callable[..., Awaitable[CognitoError]]:
    """`await failure(http, request, clock, *secrets)`: send a request that must fail, and return its error.

    The error must not show the secrets.
    """
    return _failure


@pytest.fixture
def no_leak() -> Iterator[None]:
    """Assert that the test leaves no file or socket open (on Linux)."""
    files = Path("/proc/self/fd")
    gc.collect()
    gc.freeze()  # so that later collections skip objects from before the test, of which there are a million
    before = len(os.listdir(files)) if files.exists() else 0
    yield
    gc.collect()  # an object that only the collector closes emits a warning, which fails the test
    assert not files.exists() or len(os.listdir(files)) <= before


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit a pool to one connection. If a call does not release its place, the next call cannot continue."""
    made = pool.ConnectionPool
    monkeypatch.setattr(pool, "ConnectionPool", lambda connect, clock, most: made(connect, clock, most=1))
