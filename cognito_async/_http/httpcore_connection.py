"""A connection that uses httpcore's public class for HTTP. httpcore is installed with httpx.

This module is imported when the first connection is opened, not with the package, because httpcore imports trio.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import anyio
import httpcore
from anyio.lowlevel import checkpoint

from .failures import ConnectionLost, too_long
from .message import HttpReply, HttpRequest
from .origin import Origin, Url
from .reply_framing import ReplyFraming
from .stream import ENDED, OpenStream

# The errors that a server can cause. Any other error, such as h11's refusal of a header, is a bug in this package.
_ENDED = (httpcore.NetworkError, httpcore.RemoteProtocolError)
# h11 makes a part of each chunk. Another task may run after this many parts, which take a few milliseconds.
_PARTS = 64


class HttpcoreConnection:
    """A connection that sends one request after another on one stream."""

    def __init__(self, stream: OpenStream, origin: Origin) -> None:
        self._stream = stream
        self._wire = _Wire(stream)
        # TLS, if used, is established already, so httpcore sees a plain connection.
        self._origin = httpcore.Origin(b"http", origin.host.encode(), origin.port)
        self._connection = httpcore.AsyncHTTPConnection(self._origin, network_backend=_Opened(self._wire))
        self._host = (b"host", origin.authority.encode())
        self._url: Url | None = None
        self._target: httpcore.URL
        self.stays_open = False

    async def exchange(self, request: HttpRequest) -> HttpReply:
        self.stays_open = False
        self._wire.begin(request.max_reply_bytes)
        request.sent = True
        try:
            response = await self._connection.handle_async_request(self._converted(request))
            body, parts = self._wire.body, 0
            async for part in response.aiter_stream():
                body += part
                parts += 1
                if not parts % _PARTS:
                    await checkpoint()
        except _ENDED as error:
            kind = type(error).__name__
        else:
            await response.aclose()
            self._wire.check()
            # If more than the reply has arrived, h11 would read the rest as the reply to the next request.
            self.stays_open = self._wire.ends_with_reply and self._connection.is_idle()
            return HttpReply(response.status, self._wire.headers, bytes(body))
        raise ConnectionLost(kind, answered=self._wire.received > 0)

    def is_reusable(self) -> bool:
        return self.stays_open and self._stream.is_silent()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def drop(self) -> None:
        self._stream.drop()

    def _converted(self, request: HttpRequest) -> httpcore.Request:
        if self._url is not request.url:
            self._url = request.url
            self._target = httpcore.URL(
                scheme=b"http", host=self._origin.host, port=self._origin.port, target=request.url.target.encode()
            )
        headers = [self._host, *((name.encode(), value.encode("ascii")) for name, value in request.headers.items())]
        return httpcore.Request(request.method.encode(), self._target, headers=headers, content=request.body)


class _Wire(httpcore.AsyncNetworkStream):
    """The stream, with the interface that httpcore needs.

    It collects the pieces that httpcore writes, and sends them together when httpcore begins to read.
    """

    def __init__(self, stream: OpenStream) -> None:
        self._stream = stream
        self._written: list[bytes] = []
        self.begin(0)

    def begin(self, max_reply_bytes: int) -> None:
        """Prepare for the next reply, whose body may have at most `max_reply_bytes`."""
        self._written.clear()
        self._framing = ReplyFraming()
        self._most = max_reply_bytes
        self.body = bytearray()  # the part that h11 has found so far
        self.received = 0

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the reply."""
        return self._framing.headers

    @property
    def ends_with_reply(self) -> bool:
        """Return whether the connection stays open, and nothing has followed the reply."""
        return self._framing.keeps_connection and self.received == self._framing.length

    def check(self) -> None:
        """Refuse a body that is too long.

        Raises:
            InvalidReply: if it is.
        """
        if len(self.body) > self._most:
            raise too_long(self._most, self._framing.status)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._written.append(buffer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._written:
            with suppress(*ENDED):
                # A server may reply and close before it has read the whole request. Then sending fails, but the reply
                # is valid.
                await self._stream.send(b"".join(self._written))
            self._written.clear()
        self.check()
        try:
            data = await self._stream.receive()
        except anyio.EndOfStream:
            if self._stream.server_has_closed():
                return b""
            raise httpcore.ReadError("EndOfStream") from None
        except ENDED as error:
            raise httpcore.ReadError(type(error).__name__) from None
        self.received += len(data)
        self._framing.feed(data)
        return data

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        """Return `None`. httpcore asks for the TLS object, to find out whether HTTP/2 was negotiated; it never is."""


class _Opened(httpcore.AsyncNetworkBackend):
    """A network backend that gives httpcore the open connection instead of opening one."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return self._wire
