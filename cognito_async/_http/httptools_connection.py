"""A connection with the parser of httptools (extra `fast`)."""

from __future__ import annotations

import re
from contextlib import suppress

import anyio
import httptools

from .failures import ConnectionLost, too_long
from .message import MAX_HEAD_BYTES, HttpReply, HttpRequest, header_map
from .origin import Origin
from .stream import ENDED, OpenStream

_MOST_INTERIM_REPLIES = 8
_LINE_END = b"\r\n"
# Control characters that a status line must not contain, but that httptools accepts.
_CONTROL = re.compile(rb"[\x00\x0b\x0c\x7f]")


class HttptoolsConnection:
    """A connection that sends one request after another on one stream."""

    def __init__(self, stream: OpenStream, origin: Origin) -> None:
        self._stream = stream
        self._host = f"HTTP/1.1\r\nhost: {origin.authority}\r\n"
        # Used for all replies. It and its parser form a reference cycle, so a new one for each reply would stay in
        # memory until the garbage collector runs.
        self._reply = _Reply()
        self.stays_open = False

    async def exchange(self, request: HttpRequest) -> HttpReply:
        self.stays_open = False
        request.sent = True
        reply = self._reply
        reply.max_bytes = request.max_reply_bytes
        with suppress(*ENDED):
            # A server may reply and close before it has read the whole request. Then sending fails, but the reply is
            # valid.
            await self._stream.send(self._written(request))
        while not reply.complete:
            try:
                reply.feed(await self._stream.receive())
            except anyio.EndOfStream:
                reply.end(closed=self._stream.server_has_closed())
            except ENDED as error:
                raise ConnectionLost(type(error).__name__, answered=reply.received > 0) from None
        self.stays_open = reply.keeps_connection
        return reply.take()

    def is_reusable(self) -> bool:
        return self.stays_open and self._stream.is_silent()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def drop(self) -> None:
        self._stream.drop()

    def _written(self, request: HttpRequest) -> bytes:
        lines = "".join([f"{name}: {value}\r\n" for name, value in request.headers.items()])
        return f"{request.method} {request.url.target} {self._host}{lines}\r\n".encode("ascii") + request.body


class _Reply:
    """The part of a reply that the parser has reported so far.

    Its `repr` does not show the reply, so neither do tracebacks that print local variables.
    """

    max_bytes = 0

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        """Prepare for a reply. The parser is not reset: after a complete reply, it expects the next one by itself."""
        self._head: list[tuple[bytes, bytes]] = []
        self._headers: dict[str, str] | None = None  # of the final reply; `None` until all have arrived
        self._interim = 0
        self._body = bytearray()
        self._line_ends = 0  # the number of CR and LF bytes at the end of the received data
        self.received = 0
        self.complete = self.keeps_connection = False
        self.status_code = 0

    def take(self) -> HttpReply:
        """Return the complete reply and prepare for the next one."""
        reply = HttpReply(self.status_code, self._headers or {}, bytes(self._body))
        self.begin()
        return reply

    def feed(self, data: bytes) -> None:
        """Parse received bytes.

        Raises:
            ConnectionLost: if they are not a part of a valid reply.
            InvalidReply: if the reply is too long.
        """
        if not self.received and data[0] in _LINE_END:
            raise ConnectionLost("NoStatusLine", answered=True)  # the parser would skip this empty line
        self.received += len(data)
        text = data.rstrip(_LINE_END)
        self._line_ends = len(data) - len(text) + (0 if text else self._line_ends)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:
                raise ConnectionLost(type(error).__name__, answered=True) from None
            self.keeps_connection = False  # the reply is complete, and unrequested bytes follow
        if self.keeps_connection and self._line_ends != self._own_line_ends():
            self.keeps_connection = False  # an unrequested empty line follows, which the parser skips
        if len(self._body) > self.max_bytes or self.received > self.max_bytes + MAX_HEAD_BYTES:
            raise too_long(self.max_bytes, self.status_code or None)
        if self._headers is None and self.received > MAX_HEAD_BYTES:
            raise ConnectionLost("HeadTooLong", answered=True)

    def end(self, *, closed: bool) -> None:
        """Handle the end of the stream.

        A reply that states no length is complete now if the server `closed` the connection. Otherwise it counts as
        incomplete, because a third party may have cut the connection.

        Raises:
            ConnectionLost: if the reply is incomplete.
        """
        headers = self._headers
        if not closed or headers is None or "content-length" in headers or "transfer-encoding" in headers:
            raise ConnectionLost("EndOfStream", answered=self.received > 0)
        self.complete = True

    def _own_line_ends(self) -> int:
        """Return the number of CR and LF bytes with which the complete reply ends.

        If the received data ends with more of them, an unrequested empty line follows the reply.
        """
        end = b"\r\n\r\n" if "transfer-encoding" in (self._headers or ()) else b"\r\n\r\n" + self._body
        return len(end) - len(end.rstrip(_LINE_END))

    # The parser's callbacks. The parser converts exceptions that they raise to its own errors.

    def on_message_begin(self) -> None:
        if self.complete:
            self.keeps_connection = False

    def on_status(self, reason: bytes) -> None:
        if _CONTROL.search(reason):
            raise ValueError("the status line contains a control character")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headers is None:  # otherwise the header is a trailer, or belongs to an unrequested reply
            self._head.append((name, value))

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status_code = self._parser.get_status_code()
        self._headers = header_map(self._head)
        if self._headers.get("transfer-encoding", "chunked").lower() != "chunked":
            raise ValueError("the transfer-encoding must be chunked, because the request accepts no other")

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self._body += body

    def on_message_complete(self) -> None:
        if self.complete:
            return
        if self.status_code >= 200:
            self.complete = True
            # A server with HTTP/1.0 closes the connection, because our requests do not ask it to keep it open.
            self.keeps_connection = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
            return
        self._interim += 1
        if self._interim > _MOST_INTERIM_REPLIES:
            raise ValueError("too many interim replies")
        self._head.clear()
        self._headers = None
