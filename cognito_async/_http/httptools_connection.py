"""A connection with the parser of httptools (extra `fast`)."""

from __future__ import annotations

from contextlib import suppress

import anyio
import httptools

from .failures import ConnectionLost, too_long
from .message import HttpReply, HttpRequest
from .origin import Origin
from .reply_framing import ReplyFraming
from .stream import ENDED, OpenStream


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
        self._framing = ReplyFraming()
        self._body = bytearray()
        self.received = 0
        self.complete = self.keeps_connection = False

    def take(self) -> HttpReply:
        """Return the complete reply and prepare for the next one."""
        framing, body = self._framing, bytes(self._body)
        self.begin()
        return HttpReply(framing.status or 0, framing.headers, body)

    def feed(self, data: bytes) -> None:
        """Parse received bytes.

        Raises:
            ConnectionLost: if they are not a part of a valid reply.
            InvalidReply: if the reply is too long.
        """
        self.received += len(data)
        self._framing.feed(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:
                raise ConnectionLost(type(error).__name__, answered=True) from None
        if len(self._body) > self.max_bytes:
            raise too_long(self.max_bytes, self._framing.status)
        if not self._framing.keeps_connection or self.received != self._framing.length:
            self.keeps_connection = False  # the server closes it, or has sent something that was not requested

    def end(self, *, closed: bool) -> None:
        """Handle the end of the stream.

        A reply that states no length is complete now if the server `closed` the connection. Otherwise it counts as
        incomplete, because a third party may have cut the connection.

        Raises:
            ConnectionLost: if the reply is incomplete.
        """
        if not closed or self._framing.status is None or self._framing.ends_by_itself:
            raise ConnectionLost("EndOfStream", answered=self.received > 0)
        self.complete = True

    # The parser's callbacks. The parser converts exceptions that they raise to its own errors.

    def on_body(self, body: bytes) -> None:
        if not self.complete:
            self._body += body

    def on_message_complete(self) -> None:
        if not self.complete and self._parser.get_status_code() >= 200:  # otherwise it is an interim reply
            self.complete, self.keeps_connection = True, self._parser.should_keep_alive()
