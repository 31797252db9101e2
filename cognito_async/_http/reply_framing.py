"""The heads of a reply, and the check of its framing before a parser reads it.

The parsers of our two kinds of connections disagree about unusual framing, and so do proxies and servers. Therefore all
of it is refused. Every reply that passes this check has the same content and the same end for both parsers.
"""

from __future__ import annotations

import re

from .failures import ConnectionLost
from .message import MAX_HEAD_BYTES, header_map

_MOST_HEADERS = 256
_MOST_INTERIM_REPLIES = 8
# Checking this many takes about 6 ms.
_MOST_CHUNKS = 2_000
_WITHOUT_BODY = (204, 304)
# RFC 9112 sections 4, 5 and 7.1, but without folded lines, and only with the versions that HTTP/1 has.
# Possessive quantifiers (`*+`) do not try other matches, so that a head is checked in a few microseconds.
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_TEXT = rb"[\t -~\x80-\xff]*+"
_STATUS_LINE = rb"HTTP/1\.(?P<minor>[01]) (?P<status>[1-9][0-9][0-9])(?: " + _TEXT + rb")?\r\n"
_HEADER_LINE = rb"(?:" + _TOKEN + rb":" + _TEXT + rb"\r\n)"
_HEAD = re.compile(_STATUS_LINE + _HEADER_LINE + rb"*+\r\n")
_HEADER = re.compile(r"\n([^:\r]+):([^\r]*)")  # in a head that matches `_HEAD`
_LENGTH = re.compile(r"[0-9]{1,15}")
_EXTENSION = rb";" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb"|\"[\t !#-\[\]-~]*\"))?"
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:" + _EXTENSION + rb")*\r\n")
_AFTER_CHUNK = re.compile(rb"\r\n")
_TRAILER = re.compile(rb"(?!content-length:|transfer-encoding:)" + _HEADER_LINE, re.IGNORECASE)


class ReplyFraming:
    """The framing of one reply, checked as it arrives: the heads of interim replies, its own head, and its chunks.

    Attributes:
        status: the status of the reply; `None` until its head has arrived.
        headers: the headers of the reply, by their lower-case names.
        keeps_connection: whether the connection stays open after this reply.
        length: the number of bytes of the whole reply; `None` while it is unknown. If it stays unknown, the reply ends
            with the connection.
    """

    __slots__ = (
        *("_chunks", "_interim", "_rest", "_taken"),
        *("headers", "keeps_connection", "length", "status"),
    )

    def __init__(self) -> None:
        self._rest = b""  # the received part of a head that is incomplete
        self._taken = self._interim = 0
        self._chunks: _Chunks | None = None
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.length: int | None = None
        self.keeps_connection = False

    @property
    def ends_by_itself(self) -> bool:
        """Return whether the reply states where it ends."""
        return self.length is not None or self._chunks is not None

    def feed(self, data: bytes) -> None:
        """Check received bytes. Bytes after the reply are ignored.

        Raises:
            ConnectionLost: if they cannot be the next part of a valid reply.
        """
        if self.status is None:
            data = self._after_heads(data)
        if self._chunks is not None and self.length is None:
            self.length = self._chunks.feed(data)

    def _after_heads(self, data: bytes) -> bytes:
        known = len(self._rest)
        rest = self._rest + data if known else data
        while self.status is None and (end := rest.find(b"\r\n\r\n", max(known - 3, 0))) >= 0:
            head, rest, known = rest[: end + 4], rest[end + 4 :], 0
            self._taken += len(head)
            self._read(head)
        if self.status is None:
            # A parser may see the end of the head in a lone LF.
            if len(rest) != len(rest.replace(b"\n", b"")) + rest.count(b"\r\n"):
                raise _invalid("InvalidHead")
            self._rest = rest
        if self._taken + len(self._rest) > MAX_HEAD_BYTES:
            raise _invalid("HeadTooLong")
        return rest

    def _read(self, head: bytes) -> None:
        match = _HEAD.fullmatch(head)
        if match is None or head.count(b"\n") > _MOST_HEADERS:
            raise _invalid("InvalidHead")
        headers = header_map(_HEADER.findall(head.decode("latin-1")))
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        status, is_current = int(match["status"]), match["minor"] == b"1"
        if not _is_clear(status, length, coding) or (coding is not None and not is_current):
            raise _invalid("InvalidHead")
        if status < 200:
            self._interim += 1
            # Our requests never ask for another protocol. An interim reply must neither have a body nor end the
            # connection.
            names = {"connection", "proxy-connection"}
            is_plain = status != 101 and length in (None, "0") and not headers.keys() & names
            if not is_plain or self._interim > _MOST_INTERIM_REPLIES:
                raise _invalid("InvalidHead")
            return
        self.status, self.headers = status, headers
        # A server with HTTP/1.0 closes the connection, because our requests do not ask for the opposite.
        closes = _closes(headers.get("connection")) or _closes(headers.get("proxy-connection"))
        self.keeps_connection = is_current and not closes
        if coding is not None:
            self._chunks = _Chunks(self._taken)
        elif status in _WITHOUT_BODY:
            self.length = self._taken
        elif length is not None:
            self.length = self._taken + int(length)


class _Chunks:
    """The framing of a body in chunks. `position` is the number of received bytes before it."""

    __slots__ = ("_chunks", "_framing", "_left", "_line", "_position", "_wants")

    def __init__(self, position: int) -> None:
        self._position = position
        self._framing = position  # the bytes besides the body
        self._chunks = 0
        self._line = b""  # the received part of a line that is incomplete
        self._left = 0  # bytes of the current chunk that have not arrived
        self._wants = _CHUNK

    def feed(self, data: bytes) -> int | None:
        """Check received bytes. Return the length of the whole reply once its end has arrived."""
        position = 0
        while position < len(data):
            if self._left:
                step = min(self._left, len(data) - position)
                self._left -= step
            else:
                end = data.find(b"\n", position)
                step = (end + 1 if end >= 0 else len(data)) - position
                self._line += data[position : position + step]
                self._framing += step
                if self._framing > MAX_HEAD_BYTES or self._chunks > _MOST_CHUNKS:
                    raise _invalid("TooMuchFraming")
            position += step
            self._position += step
            if self._line.endswith(b"\n") and self._is_end():
                return self._position
        return None

    def _is_end(self) -> bool:
        line, self._line = self._line, b""
        if self._wants is _TRAILER and line == b"\r\n":
            return True
        match = self._wants.fullmatch(line)
        if match is None:
            raise _invalid("InvalidChunk")
        if self._wants is _CHUNK:
            self._chunks += 1
            self._left = int(match[1], 16)
            self._wants = _AFTER_CHUNK if self._left else _TRAILER
        elif self._wants is _AFTER_CHUNK:
            self._wants = _CHUNK
        return False


def _is_clear(status: int, length: str | None, coding: str | None) -> bool:
    """Return whether the end of the body is stated at most once, in a form that all parsers read in the same way."""
    if coding is not None:
        return coding.lower() == "chunked" and length is None and status >= 200 and status not in _WITHOUT_BODY
    return length is None or _LENGTH.fullmatch(length) is not None  # a repeated one is joined by a comma


def _closes(value: str | None) -> bool:
    """Return whether a header with the options of a connection says that the server closes it."""
    return value is not None and "close" in [option.strip(" \t") for option in value.lower().split(",")]


def _invalid(kind: str) -> ConnectionLost:
    return ConnectionLost(kind, answered=True)
