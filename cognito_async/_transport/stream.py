"""Streams of bytes to one origin, over TCP or TLS, on whatever event loop runs."""

from __future__ import annotations

import select
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from socket import socket as Socket  # noqa: N812 - as every other class
from typing import Self
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute

from .exchange import Unsent

_DEFAULT_PORTS = {"http": 80, "https": 443}
# What reading and writing raise when the connection has ended; older anyio lets an `OSError` pass.
ENDED = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


@dataclass(frozen=True, slots=True)
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
        self.receive = stream.receive
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

    async def aclose(self) -> None:
        """Close at once, without a word to the server, even where the caller is cancelled."""
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(self._stream)


async def open_stream(origin: Origin, tls: ssl.SSLContext | None) -> OpenStream:
    """Connect, with TLS where a context is given.

    Raises:
        Unsent: when there is no connection, or nobody there who can be trusted.
    """
    stream: ByteStream
    try:
        if tls is None:
            stream = await anyio.connect_tcp(origin.host, origin.port)
        else:
            # Servers often end without a closing handshake; a reply's own length says whether it is whole.
            stream = await anyio.connect_tcp(origin.host, origin.port, ssl_context=tls, tls_standard_compatible=False)
    except Exception as error:  # noqa: BLE001 - resolvers and TLS raise many kinds
        kind = type(error.__cause__ if isinstance(error.__cause__, OSError) else error).__name__
    else:
        return OpenStream(stream)
    raise Unsent(kind)


def _watch(socket: Socket) -> Callable[[], bool]:
    """Tells whether there is something to read in a socket, without reading it."""
    if not hasattr(select, "poll"):
        return lambda: bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return lambda: bool(poll.poll(0))
