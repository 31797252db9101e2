"""Two parsers of replies, to compare (h11 and our connections), and strategies that generate replies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import anyio
import h11
from hypothesis import strategies as st

from cognito_async._core.errors import InvalidReply
from cognito_async._http.failures import ConnectionLost
from cognito_async._http.httpcore_connection import HttpcoreConnection
from cognito_async._http.message import HttpReply, HttpRequest, header_map
from cognito_async._http.origin import Origin
from cognito_async._http.pool import connection_kind
from tests.http.shapes import SHAPES, Shape

URL = "http://service.test"
ORIGIN = Origin("http", "service.test", 80)
KINDS: list[Callable[..., Any]] = list(
    dict.fromkeys([HttpcoreConnection, connection_kind()])
)  # both, if httptools is installed


@dataclass
class ParsedReply:
    """A complete reply, and whether the connection can be used again."""

    status_code: int
    headers: dict[str, str]
    body: bytes
    reusable: bool

    def same_reply_as(self, other: ParsedReply) -> bool:
        return (self.status_code, self.headers, self.body) == (other.status_code, other.headers, other.body)


def parse_h11(data: bytes, method: str = "POST") -> ParsedReply | None:
    """Return the reply that h11 parses if a server sends `data` and closes, or `None` if it refuses or misses a part.

    Empty lines after an interim reply are removed, because httptools skips them, and they have no meaning.
    """
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=100 * 1024)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "h"), ("content-length", "0")]))
    connection.send(h11.EndOfMessage())
    found, body = None, b""
    try:
        connection.receive_data(data)
        event = connection.next_event()
        while type(event) is not h11.EndOfMessage:
            if event is h11.NEED_DATA:
                connection.receive_data(b"")
            elif isinstance(event, h11.InformationalResponse):
                return parse_h11(connection.trailing_data[0].lstrip(b"\r\n"), method)
            elif isinstance(event, h11.Response):
                items = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
                found = ParsedReply(event.status_code, header_map(items), b"", False)
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.ConnectionClosed):
                return None
            event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    assert found is not None
    found.body = body
    found.reusable = connection.their_state is h11.DONE and not connection.trailing_data[0]
    return found


class Segments:
    """A stream whose server sends these pieces and closes."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = list(filter(None, pieces))
        self.sent = b""

    async def send(self, data: bytes) -> None:
        self.sent += data

    async def receive(self, max_bytes: int = 65536) -> bytes:
        if not self._pieces:
            raise anyio.EndOfStream
        piece = self._pieces.pop(0)
        if len(piece) > max_bytes:
            self._pieces.insert(0, piece[max_bytes:])
        return piece[:max_bytes]

    def is_silent(self) -> bool:
        return not self._pieces

    def server_has_closed(self) -> bool:
        return True

    async def aclose(self) -> None:
        pass


def empty_request(shape: Shape = SHAPES["rpc"]) -> HttpRequest:
    """Return a request without content."""
    return shape.request(URL, b"")


async def parse_ours(
    kind: Callable[..., Any], pieces: Iterable[bytes], shape: Shape = SHAPES["rpc"]
) -> ParsedReply | None:
    """Return the reply that one of our connections parses, or `None` if it refuses or misses a part."""
    connection = kind(Segments(pieces), ORIGIN)
    try:
        reply: HttpReply = await connection.exchange(empty_request(shape))
    except (ConnectionLost, InvalidReply):
        return None
    return ParsedReply(reply.status_code, dict(reply.headers), reply.body, connection.is_reusable())


TOKEN = st.text("abcXYZ019-_!#$%&'*+.^`|~", min_size=1, max_size=8).map(lambda name: "x" + name)
VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f\x85\xa0"), max_size=12)
SPACE = st.sampled_from(["", " ", "  ", "\t", " \t "])
STATUS = st.sampled_from([200, 201, 204, 304, 400, 404, 429, 500, 503, 299, 999])


@st.composite
def header_lines(draw: st.DrawFn, most: int = 4) -> str:
    lines = draw(st.lists(st.tuples(TOKEN, SPACE, VALUE, SPACE), max_size=most))
    twice = draw(st.booleans())
    lines += lines[:twice]
    return "".join(f"{name}:{before}{value}{after}\r\n" for name, before, value, after in lines)


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4)))
    coded = b""
    for begin, end in itertools.pairwise([0, *cuts, len(body)]):
        if begin < end:
            size = draw(st.sampled_from(["%x", "%X", "0%x"])) % (end - begin)
            extension = draw(st.sampled_from(["", ";a=b", ";a", ';a="b c"', ";a=b;c=d"]))
            coded += f"{size}{extension}\r\n".encode() + body[begin:end] + b"\r\n"
    trailers = draw(st.sampled_from(["", "", "X-Sum: 1\r\n", "a:\r\nb: c\r\n"]))
    return coded + f"0\r\n{trailers}\r\n".encode()


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """Draw a well-formed reply, after up to three interim ones. The server closes after it."""
    interim = draw(st.lists(st.tuples(st.sampled_from([100, 102, 103]), header_lines(1)), max_size=3))
    head = "".join(f"HTTP/1.1 {status} X\r\n{lines}\r\n" for status, lines in interim)
    version, status, body = draw(st.sampled_from(["1.1", "1.1", "1.0"])), draw(STATUS), draw(st.binary(max_size=40))
    framing = draw(st.sampled_from(["length", "length", "chunked", "close"]))
    if status in (204, 304):
        body, framing = b"", draw(st.sampled_from(["length", "close"]))
    name = draw(st.sampled_from(["Content-Length", "content-length", "CONTENT-LENGTH"]))
    framing_header = {"length": f"{name}: {len(body)}\r\n", "chunked": "Transfer-Encoding: chunked\r\n", "close": ""}[
        framing
    ]
    connection = draw(
        st.sampled_from(["", "", "Connection: close\r\n", "Connection: Keep-Alive\r\n", "connection:a,b\r\n"])
    )
    reason = draw(st.sampled_from([" OK", " Not at all", " ", ""]))
    lines = draw(header_lines()) + framing_header + connection + draw(header_lines())
    head += f"HTTP/{version} {status}{reason}\r\n{lines}\r\n"
    if framing == "chunked" and version == "1.0":
        return head.replace("Transfer-Encoding", "X-Encoding").encode("latin-1") + body
    return head.encode("latin-1") + (draw(chunked(body)) if framing == "chunked" else body)


@st.composite
def in_pieces(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> list[bytes]:
    data = draw(whole)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[begin:end] for begin, end in itertools.pairwise([0, *cuts, len(data)])]


LINE = st.sampled_from(
    [
        *(
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\n\r\n",
            b" ",
            b"\t",
            b":",
            b";",
            b",",
            b"\0",
            b"0",
            b"5",
            b"\r\n y\r\n",
            b"chunked",
        ),
        *(b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n"),
        *(b"Connection: close\r\n", b"Upgrade: x\r\n", b"chunked", b"HTTP/1.1 200 OK\r\n\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    ]
)


@st.composite
def garbled(draw: st.DrawFn) -> bytes:
    """Draw a reply with some bytes changed, lost, doubled or inserted."""
    data = draw(replies())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        end = draw(st.integers(at, min(len(data), at + 12)))
        new = draw(LINE | st.binary(min_size=1, max_size=2) | st.just(b"") | st.just(data[at:end] * 2))
        data = data[:at] + new + data[end:]
    return data
