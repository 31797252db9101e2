"""A connection with the parser of httptools (extra `fast`), for the one shape of call that there is."""

from __future__ import annotations

from contextlib import suppress

import anyio
import httptools

from .base import RpcReply
from .exchange import MAX_HEAD_BYTES, MAX_REPLY_BYTES, Lost, Outgoing, header_map, too_long
from .stream import ENDED, OpenStream, Origin

_MOST_INTERIM_REPLIES = 8


class HttptoolsConnection:
    """One request after another on one stream: a head, a sized body, a reply."""

    def __init__(self, stream: OpenStream, origin: Origin) -> None:
        self._stream = stream
        self._begin = f"POST {origin.target} HTTP/1.1\r\nhost: {origin.authority}\r\n"
        # One for all replies: parser and reply hold each other, which is no garbage to make with every call.
        self._reply = _Reply()
        self._kept = False

    async def exchange(self, outgoing: Outgoing) -> RpcReply:
        self._kept = False
        outgoing.sent = True
        reply = self._reply
        reply.begin()
        with suppress(*ENDED):
            # A server may refuse before it has read all, and close; its reply is a reply.
            await self._stream.send(self._written(outgoing))
        while not reply.complete:
            try:
                reply.feed(await self._stream.receive())
            except anyio.EndOfStream:
                reply.end()
            except ENDED as error:
                raise Lost(type(error).__name__, answered=reply.received > 0) from None
        self._kept = reply.keeps_connection
        return reply.take()

    def is_reusable(self) -> bool:
        return self._kept and self._stream.is_silent()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _written(self, outgoing: Outgoing) -> bytes:
        lines = "".join([f"{name}: {value}\r\n" for name, value in outgoing.headers.items()])
        return f"{self._begin}{lines}\r\n".encode("ascii") + outgoing.body


class _Reply:
    """What the parser has told of a reply so far; none of it shows in a traceback."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        """Expect a reply. The parser does so by itself, behind a whole one that keeps the connection."""
        self._head: list[tuple[bytes, bytes]] = []
        self._head_is_over = False
        self._interim = 0
        self._chunks: list[bytes] = []
        self._length = 0
        self.received = 0
        self.complete = self.keeps_connection = False
        self.status_code = 0

    def take(self) -> RpcReply:
        """The whole reply, which is not kept here."""
        reply = RpcReply(self.status_code, header_map(self._head), b"".join(self._chunks))
        self.begin()
        return reply

    def feed(self, data: bytes) -> None:
        """Parse what was received. Raises `Lost` for what is no reply, `Unusable` for one that is too long."""
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:
                raise Lost(type(error).__name__, answered=True) from None
            self.keeps_connection = False  # the reply is whole, and something follows that nobody asked for
        if self._length > MAX_REPLY_BYTES or self.received > MAX_REPLY_BYTES + MAX_HEAD_BYTES:
            raise too_long(self.status_code or None)
        if not self._head_is_over and self.received > MAX_HEAD_BYTES:
            raise Lost("HeadTooLong", answered=True)

    def end(self) -> None:
        """The server has closed: that is the end of a reply which says no length."""
        headers = header_map(self._head)
        if not self._head_is_over or "content-length" in headers or "transfer-encoding" in headers:
            raise Lost("EndOfStream", answered=self.received > 0)
        self.complete = True

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self.complete:
            self.keeps_connection = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_is_over:  # else a trailer, or of a reply that nobody asked for
            self._head.append((name, value))

    def on_headers_complete(self) -> None:
        if not self.complete:
            self._head_is_over = True
            self.status_code = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self._chunks.append(body)
            self._length += len(body)

    def on_message_complete(self) -> None:
        if self.complete:
            return
        if self.status_code >= 200:
            self.complete = True
            self.keeps_connection = self._parser.should_keep_alive()
            return
        self._interim += 1
        if self._interim > _MOST_INTERIM_REPLIES:
            raise ValueError("too many interim replies")  # which the parser passes on as its own error
        self._head.clear()
        self._head_is_over = False
