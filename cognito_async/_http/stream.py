"""Streams of bytes to one origin, over TCP or TLS, on whatever event loop runs."""

from __future__ import annotations

import functools
import select
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from socket import socket as Socket  # noqa: N812 - as every other class
from typing import Any, Self
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from .._core.value_class import record
from .message import Unsent

_DEFAULT_PORTS = {"http": 80, "https": 443}
# What reading and writing raise when the connection has ended; older anyio lets an `OSError` pass.
ENDED = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)

# As much as an event loop reads at once. asyncio would keep the rest where nobody sees that it has come.
_AT_ONCE = 256 * 1024


@record
class Origin:
    """Where requests go: a checked endpoint, taken apart once."""

    scheme: str
    host: str
    port: int
    authority: str
    target: str

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of an endpoint that `check_endpoint` or `endpoint_for` returned."""
        parts = urlsplit(url)
        host, default = parts.hostname or "", _DEFAULT_PORTS[parts.scheme]
        bracketed = f"[{host}]" if ":" in host else host
        port = parts.port or default
        authority = bracketed if port == default else f"{bracketed}:{port}"
        return cls(parts.scheme, host, port, authority, parts.path or "/")


class OpenStream:
    """An open connection, read and written as it is."""

    __slots__ = ("_has_come", "_stream", "_tls", "receive", "send")

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.send = stream.send
        self.receive = functools.partial(stream.receive, _AT_ONCE)
        socket = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - nothing of Django's
        self._tls: ssl.SSLObject | None = stream.extra(TLSAttribute.ssl_object, None)  # noqa: S610
        self._has_come = _watch(socket)

    def is_silent(self) -> bool:
        """Whether the server has sent nothing, not even the end, since the last byte that was read."""
        if self._has_come():
            return False
        if self._tls is None:
            return True
        try:
            # What was received with the reply's last bytes has left the socket, but not TLS.
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            return False
        return False

    def server_has_closed(self) -> bool:
        """Whether the end that was read is the server's word: with TLS, anybody else can cut but not close."""
        if self._tls is None:
            return True
        with suppress(ssl.SSLError):
            return not self._tls.read(1)
        return False

    async def aclose(self) -> None:
        """Close at once, without a word to the server, even where the caller is cancelled."""
        await _close(self._stream)


async def open_stream(origin: Origin, tls: ssl.SSLContext | None) -> OpenStream:
    """Connect, with TLS where a context is given.

    Raises:
        Unsent: when there is no connection, or nobody there who can be trusted.
    """
    stream: ByteStream
    try:
        stream = await anyio.connect_tcp(origin.host, origin.port)
        if tls is not None:
            stream = await _secured(stream, origin, tls)
    except Exception as error:  # noqa: BLE001 - resolvers and TLS raise many kinds
        kind = type(error.__cause__ if isinstance(error.__cause__, OSError) else error).__name__
    else:
        return OpenStream(stream)
    raise Unsent(kind)


async def _secured(stream: ByteStream, origin: Origin, tls: ssl.SSLContext) -> ByteStream:
    try:
        # Many servers end without a closing handshake, and a reply that says its length needs none.
        return await TLSStream.wrap(_UnderTLS(stream), hostname=origin.host, ssl_context=tls, standard_compatible=False)
    except BaseException:
        await _close(stream)
        raise


class _UnderTLS(ByteStream):
    """What TLS reads from: all that has come, however much TLS asks for."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._attributes: Any = stream

    async def receive(self, max_bytes: int = _AT_ONCE) -> bytes:
        return await self._stream.receive(_AT_ONCE)

    async def send(self, item: bytes) -> None:
        await self._stream.send(item)

    # TLS ends in its own way.
    async def send_eof(self) -> None: ...

    async def aclose(self) -> None:
        await self._stream.aclose()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        attributes: Mapping[Any, Callable[[], Any]] = self._attributes.extra_attributes
        return attributes


async def _close(stream: ByteStream) -> None:
    # Not `aclose_forcefully`: in older versions of anyio it would leave open what cannot be sent any more.
    with anyio.CancelScope(shield=True):
        await stream.aclose()


def _watch(socket: Socket) -> Callable[[], bool]:
    """Tells whether there is something to read in a socket, without reading it."""
    if not hasattr(select, "poll"):
        return lambda: bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return lambda: bool(poll.poll(0))
