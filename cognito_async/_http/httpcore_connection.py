"""A connection that uses httpcore's public class for HTTP. httpcore is installed with httpx.

This module is imported when the first connection is opened, not with the package, because httpcore imports trio.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import anyio
import httpcore

from .failures import ConnectionLost, too_long
from .message import MAX_HEAD_BYTES, HttpReply, HttpRequest, header_map
from .origin import Origin, Url
from .stream import ENDED, OpenStream

# The errors that a server can cause. Any other error, such as h11's refusal of a header, is a bug in this package.
_ENDED = (httpcore.NetworkError, httpcore.RemoteProtocolError)
# The end of a head, as h11 finds it: each line may end with LF instead of CR LF.
_END_OF_HEAD = re.compile(rb"\n\r?\n")


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
            self._wire.answered = True
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
        except _ENDED as error:
            kind = type(error).__name__
        else:
            await response.aclose()
            if len(body) > request.max_reply_bytes:
                raise too_long(request.max_reply_bytes, response.status)
            # If more than the body followed the head, h11 would read the rest as the reply to the next request.
            self.stays_open = self._wire.body_length == len(body) and self._connection.is_idle()
            return HttpReply(response.status, header_map(response.headers), bytes(body))
        if self._wire.is_too_long:
            raise too_long(request.max_reply_bytes, None)
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
        self._head = b""
        self._head_length: int | None = None
        self._most = max_reply_bytes + MAX_HEAD_BYTES
        self.received = 0
        self.answered = False  # becomes true after the head of the final reply, not of an interim one

    @property
    def is_too_long(self) -> bool:
        """Return whether more bytes have been received than the longest allowed reply has."""
        return self.received > self._most

    @property
    def body_length(self) -> int | None:
        """Return the number of bytes received after the head; `None` until the end of the head is found."""
        return None if self._head_length is None else self.received - self._head_length

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._written.append(buffer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._written:
            with suppress(*ENDED):
                # A server may reply and close before it has read the whole request. Then sending fails, but the reply
                # is valid.
                await self._stream.send(b"".join(self._written))
            self._written.clear()
        if not self.answered and self.received > MAX_HEAD_BYTES:
            raise httpcore.ReadError("HeadTooLong")
        try:
            data = await self._stream.receive()
        except anyio.EndOfStream:
            if self._stream.server_has_closed():
                return b""
            raise httpcore.ReadError("EndOfStream") from None
        except ENDED as error:
            raise httpcore.ReadError(type(error).__name__) from None
        self.received += len(data)
        if self.is_too_long:
            raise httpcore.ReadError("ReplyTooLong")
        if self._head_length is None:
            self._head += data
            end = _END_OF_HEAD.search(self._head)
            if end:
                self._head_length, self._head = end.end(), b""
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
