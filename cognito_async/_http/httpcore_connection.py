"""A connection by httpcore's public class, which is there wherever httpx is.

httpcore is imported by the call that opens a loop's connections, not with the package: it brings trio along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import anyio
import httpcore

from .._aws.rpc import RpcReply
from .._core.secret import opened
from .message import MAX_HEAD_BYTES, MAX_REPLY_BYTES, Lost, Outgoing, header_map, too_long
from .stream import ENDED, OpenStream, Origin

# What a server can cause. Anything else, such as a header that h11 refuses, is a mistake of ours.
_ENDED = (httpcore.NetworkError, httpcore.RemoteProtocolError)
# Where a head ends for h11, which takes LF for CR LF.
_END_OF_HEAD = re.compile(rb"\n\r?\n")


class HttpcoreConnection:
    """One request after another on one stream."""

    def __init__(self, stream: OpenStream, origin: Origin) -> None:
        self._stream = stream
        self._wire = _Wire(stream)
        # TLS, where there is any, stands already, so for httpcore this is plain.
        self._url = httpcore.URL(
            scheme=b"http", host=origin.host.encode(), port=origin.port, target=origin.target.encode()
        )
        self._connection = httpcore.AsyncHTTPConnection(self._url.origin, network_backend=_Opened(self._wire))
        self._host = (b"host", origin.authority.encode())
        self.is_kept = False

    async def exchange(self, outgoing: Outgoing) -> RpcReply:
        self.is_kept = False
        self._wire.begin()
        outgoing.sent = True
        headers = [
            self._host,
            *((name.encode(), opened(value).encode("ascii")) for name, value in outgoing.headers.items()),
        ]
        request = httpcore.Request(b"POST", self._url, headers=headers, content=outgoing.body)
        try:
            response = await self._connection.handle_async_request(request)
            self._wire.answered = True
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
        except _ENDED as error:
            raise Lost(type(error).__name__, answered=self._wire.received > 0) from None
        await response.aclose()
        if len(body) > MAX_REPLY_BYTES:
            raise too_long(response.status)
        # Where only the body came behind the first head, h11 has nothing left to take for the next reply.
        self.is_kept = self._wire.body_length == len(body) and self._connection.is_idle()
        return RpcReply(response.status, header_map(response.headers), bytes(body))

    def is_reusable(self) -> bool:
        return self.is_kept and self._stream.is_silent()

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Wire(httpcore.AsyncNetworkStream):
    """The stream as httpcore wants to have it: what it writes in pieces leaves in one, when it begins to read."""

    def __init__(self, stream: OpenStream) -> None:
        self._stream = stream
        self._written: list[bytes] = []
        self.begin()

    def begin(self) -> None:
        """Count anew, for the next reply."""
        self._written.clear()
        self._head = b""
        self._head_length: int | None = None
        self.received = 0
        self.answered = False  # becomes true behind the head of a reply that is no interim one

    @property
    def body_length(self) -> int | None:
        """How many bytes have been read behind the head; `None` while its end is not found."""
        return None if self._head_length is None else self.received - self._head_length

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._written.append(buffer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._written:
            with suppress(*ENDED):
                # A server may refuse before it has read all, and close; its reply is a reply.
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
        if self.received > MAX_REPLY_BYTES + MAX_HEAD_BYTES:
            raise too_long(None)
        if self._head_length is None:
            self._head += data
            end = _END_OF_HEAD.search(self._head)
            if end:
                self._head_length, self._head = end.end(), b""
        return data

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        """Nothing: httpcore would ask for TLS, to see whether HTTP/2 was agreed on."""


class _Opened(httpcore.AsyncNetworkBackend):
    """Gives httpcore the connection that is open already."""

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
