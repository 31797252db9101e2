"""Streams of bytes to one origin, over TCP or TLS, on any event loop."""

from __future__ import annotations

import functools
import os
import select
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from socket import socket as Socket  # noqa: N812 - a class, so named like one
from typing import Any

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from .._core.concurrency.event_loop import EventLoop, is_running
from .failures import not_connected
from .origin import Origin

# Errors of reading and writing after the connection has ended. Older versions of anyio raise a plain `OSError`.
ENDED = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)

# At least as many bytes as an event loop reads at once. asyncio would buffer the rest, where `is_silent` does not see
# it.
_READ_SIZE = 256 * 1024


class OpenStream:
    """An open connection to a server. `send` sends bytes, and `receive` returns the next received ones."""

    __slots__ = ("_has_input", "_loop", "_socket", "_stream", "_tls", "receive", "send")

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._loop = EventLoop.current()
        self.send = stream.send
        self.receive = functools.partial(stream.receive, _READ_SIZE)
        self._socket = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - not Django's `extra`
        self._tls: ssl.SSLObject | None = stream.extra(TLSAttribute.ssl_object, None)  # noqa: S610
        self._has_input = _watch(self._socket)

    def is_silent(self) -> bool:
        """Return whether the server has sent neither further bytes nor EOF."""
        if self._has_input():
            return False
        if self._tls is None:
            return True
        try:
            # Bytes that arrived together with the end of the reply are no longer in the socket, but in the TLS buffer.
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            return False
        return False

    def server_has_closed(self) -> bool:
        """Return, after the end of the stream, whether the server closed the connection.

        With TLS, a third party can cut the connection, but cannot close it as the server does. Without TLS, the two
        look the same, so the result is always `True`.
        """
        if self._tls is None:
            return True
        with suppress(ssl.SSLError):
            return not self._tls.read(1)
        return False

    async def aclose(self) -> None:
        """Close immediately, without a message to the server, even if the caller is cancelled."""
        await _close(self._stream)

    def drop(self) -> None:
        """Close at once, without a message to the server. Any thread may call this, and the loop may have ended."""
        loop = self._loop
        if loop.is_of_parent:
            # The parent process still uses the socket, so this process only gives up its copy. The file's number stays
            # in use until the garbage collector finds the stream, because the loop may confuse it with a later file.
            with suppress(OSError), Path(os.devnull).open("rb") as nothing:
                os.dup2(nothing.fileno(), self._socket.fileno(), inheritable=False)
        elif is_running(loop.token):
            closing = self._stream.aclose()
            with suppress(StopIteration):
                closing.send(None)  # anyio closes the socket before it waits
            closing.close()
        elif loop.has_ended:
            # asyncio shows only a wrapper of the socket, which has no `close`. asyncio's own object would close the
            # socket when the garbage collector finds it, which may be much later.
            with suppress(AttributeError, TypeError):  # the wrapper of another implementation of asyncio
                getattr(self._socket, "_sock", self._socket).close()
        else:
            loop.call_soon(self.drop)


async def open_stream(origin: Origin, tls: ssl.SSLContext | None) -> OpenStream:
    """Connect, with TLS if a context is given.

    Raises:
        ConnectFailed: if connecting fails, or the server's certificate is not trusted.
    """
    stream: ByteStream
    try:
        stream = await anyio.connect_tcp(origin.host, origin.port)
        if tls is not None:
            stream = await _wrap_tls(stream, origin, tls)
    except Exception as error:  # noqa: BLE001 - resolvers and TLS raise many kinds of errors
        kind = type(error.__cause__ if isinstance(error.__cause__, OSError) else error).__name__
    else:
        return OpenStream(stream)
    raise not_connected(kind)


async def _wrap_tls(stream: ByteStream, origin: Origin, tls: ssl.SSLContext) -> ByteStream:
    try:
        # Many servers close without TLS's closing handshake, which a reply with a length does not need.
        return await TLSStream.wrap(_UnderTLS(stream), hostname=origin.host, ssl_context=tls, standard_compatible=False)
    except BaseException:
        await _close(stream)
        raise


class _UnderTLS(ByteStream):
    """The stream below TLS. Each read takes all bytes that have arrived, even if TLS asks for fewer."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._attributes: Any = stream

    async def receive(self, max_bytes: int = _READ_SIZE) -> bytes:
        return await self._stream.receive(_READ_SIZE)

    async def send(self, item: bytes) -> None:
        await self._stream.send(item)

    # Unused: TLS has its own message for the end of a stream.
    async def send_eof(self) -> None: ...

    async def aclose(self) -> None:
        await self._stream.aclose()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        attributes: Mapping[Any, Callable[[], Any]] = self._attributes.extra_attributes
        return attributes


async def _close(stream: ByteStream) -> None:
    # Not `aclose_forcefully`: in older versions of anyio it leaves a stream open that has unsent bytes.
    with anyio.CancelScope(shield=True):
        await stream.aclose()


def _watch(socket: Socket) -> Callable[[], bool]:
    """Return a function that checks whether a socket has bytes to read, without reading them."""
    if not hasattr(select, "poll"):
        return lambda: bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return lambda: bool(poll.poll(0))
