"""A connection with the parser of httptools (extra `fast`), for the one shape of call that there is."""

from __future__ import annotations

import re
from contextlib import suppress

import anyio
import httptools

from .._aws.rpc import RpcReply
from .._core.secret import opened
from .message import MAX_HEAD_BYTES, MAX_REPLY_BYTES, Lost, Outgoing, header_map, too_long
from .stream import ENDED, OpenStream, Origin

_MOST_INTERIM_REPLIES = 8
_LINE_END = b"\r\n"
# What a status line may not have, and this parser would let pass.
_CONTROL = re.compile(rb"[\x00\x0b\x0c\x7f]")


class HttptoolsConnection:
    """One request after another on one stream: a head, a sized body, a reply."""

    def __init__(self, stream: OpenStream, origin: Origin) -> None:
        self._stream = stream
        self._begin = f"POST {origin.target} HTTP/1.1\r\nhost: {origin.authority}\r\n"
        # One for all replies: parser and reply hold each other, which is no garbage to make with every call.
        self._reply = _Reply()
        self.is_kept = False

    async def exchange(self, outgoing: Outgoing) -> RpcReply:
        self.is_kept = False
        outgoing.sent = True
        reply = self._reply
        with suppress(*ENDED):
            # A server may refuse before it has read all, and close; its reply is a reply.
            await self._stream.send(self._written(outgoing))
        while not reply.complete:
            try:
                reply.feed(await self._stream.receive())
            except anyio.EndOfStream:
                reply.end(closed=self._stream.server_has_closed())
            except ENDED as error:
                raise Lost(type(error).__name__, answered=reply.received > 0) from None
        self.is_kept = reply.keeps_connection
        return reply.take()

    def is_reusable(self) -> bool:
        return self.is_kept and self._stream.is_silent()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _written(self, outgoing: Outgoing) -> bytes:
        lines = "".join([f"{name}: {opened(value)}\r\n" for name, value in outgoing.headers.items()])
        return f"{self._begin}{lines}\r\n".encode("ascii") + outgoing.body


class _Reply:
    """What the parser has told of a reply so far; none of it shows in a traceback."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        """Expect a reply. The parser does so by itself, behind a whole one that keeps the connection."""
        self._head: list[tuple[bytes, bytes]] = []
        self._headers: dict[str, str] | None = None  # of the reply itself, when they are whole
        self._interim = 0
        self._body = bytearray()
        self._line_ends = 0  # how many of the last bytes are CR or LF
        self.received = 0
        self.complete = self.keeps_connection = False
        self.status_code = 0

    def take(self) -> RpcReply:
        """The whole reply, which is not kept here; another one may come."""
        reply = RpcReply(self.status_code, self._headers or {}, bytes(self._body))
        self.begin()
        return reply

    def feed(self, data: bytes) -> None:
        """Parse what was received. Raises `Lost` for what is no reply, `Unusable` for one that is too long."""
        if not self.received and data[0] in _LINE_END:
            raise Lost("NoStatusLine", answered=True)  # the parser would pass over it
        self.received += len(data)
        text = data.rstrip(_LINE_END)
        self._line_ends = len(data) - len(text) + (0 if text else self._line_ends)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:
                raise Lost(type(error).__name__, answered=True) from None
            self.keeps_connection = False  # the reply is whole, and something follows that nobody asked for
        if self.keeps_connection and self._line_ends != self._own_line_ends():
            self.keeps_connection = False  # so it is with an empty line, which the parser passes over
        if len(self._body) > MAX_REPLY_BYTES or self.received > MAX_REPLY_BYTES + MAX_HEAD_BYTES:
            raise too_long(self.status_code or None)
        if self._headers is None and self.received > MAX_HEAD_BYTES:
            raise Lost("HeadTooLong", answered=True)

    def end(self, *, closed: bool) -> None:
        """Nothing more comes: that is the end of a reply which says no length, if it was the server that closed."""
        headers = self._headers
        if not closed or headers is None or "content-length" in headers or "transfer-encoding" in headers:
            raise Lost("EndOfStream", answered=self.received > 0)
        self.complete = True

    def _own_line_ends(self) -> int:
        """How many of the last bytes are CR or LF where nothing follows: of the body, or of an empty line."""
        end = b"\r\n\r\n" if "transfer-encoding" in (self._headers or ()) else b"\r\n\r\n" + self._body
        return len(end) - len(end.rstrip(_LINE_END))

    # What the parser calls. It passes on what is raised here as an error of its own.

    def on_message_begin(self) -> None:
        if self.complete:
            self.keeps_connection = False

    def on_status(self, reason: bytes) -> None:
        if _CONTROL.search(reason):
            raise ValueError("no text")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headers is None:  # else a trailer, or of a reply that nobody asked for
            self._head.append((name, value))

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status_code = self._parser.get_status_code()
        self._headers = header_map(self._head)
        if self._headers.get("transfer-encoding", "chunked").lower() != "chunked":
            raise ValueError("a coding that was not asked for")

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self._body += body

    def on_message_complete(self) -> None:
        if self.complete:
            return
        if self.status_code >= 200:
            self.complete = True
            # Older versions of HTTP keep a connection by agreement only, and there is none.
            self.keeps_connection = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
            return
        self._interim += 1
        if self._interim > _MOST_INTERIM_REPLIES:
            raise ValueError("too many interim replies")
        self._head.clear()
        self._headers = None
