"""Endless replies are refused, and take no more memory than the longest allowed reply."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cognito_async._core.errors import InvalidReply
from cognito_async._http.failures import ConnectionLost
from cognito_async._http.message import MAX_REPLY_BYTES
from tests.http.oracle import KINDS, ORIGIN, URL, Segments, empty_request
from tests.http.shapes import Shape

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.parametrize("kind", KINDS)]

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS_REPLIES: dict[str, tuple[bytes, bytes]] = {
    "status line": (b"HTTP/1.1 200 ", b"a" * 60_000),
    "head": (b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n" * 8_000),
    "header": (b"HTTP/1.1 200 OK\r\nx: ", b"a" * 60_000),
    "interim replies": (b"", b"HTTP/1.1 103 X\r\nx-a: b\r\n\r\n" * 2_000),
    "chunk extension": (CHUNKED + b"1;a=", b"b" * 60_000),
    "chunk extensions": (CHUNKED, (b"1;a=" + b"b" * 50_000 + b"\r\na\r\n")),
    "trailer": (CHUNKED + b"0\r\nx: ", b"a" * 60_000),
    "trailers": (CHUNKED + b"0\r\n", b"x-a: %s\r\n" % (b"b" * 60_000)),
    "body": (b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 60_000),
    "lines of LF": (b"HTTP/1.1 200 OK\n\n", b"a" * 60_000),
}


class EndlessStream(Segments):
    """A stream that creates its segments on demand, without an end."""

    def __init__(self, first: bytes, then: bytes) -> None:
        super().__init__([])
        self._source: Iterator[bytes] = itertools.chain(filter(None, [first]), itertools.repeat(then))
        self.received = 0

    async def receive(self, max_bytes: int = 65536) -> bytes:
        piece = next(self._source)
        self.received += len(piece)
        return piece


@pytest.mark.parametrize(("first", "then"), ENDLESS_REPLIES.values(), ids=ENDLESS_REPLIES)
async def test_endless_reply_is_refused(kind: Callable[..., Any], first: bytes, then: bytes) -> None:
    stream = EndlessStream(first, then)
    connection = kind(stream, ORIGIN)
    tracemalloc.start()
    try:
        with pytest.raises((ConnectionLost, InvalidReply)):
            await connection.exchange(empty_request())
        assert tracemalloc.get_traced_memory()[1] < 5 * MAX_REPLY_BYTES
    finally:
        tracemalloc.stop()
    assert stream.received < MAX_REPLY_BYTES + 200_000
    assert not connection.is_reusable()


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "sized"])
@pytest.mark.parametrize(("limit", "size"), [(MAX_REPLY_BYTES, "4 MiB"), (64 * 1024, "64 KiB")])
async def test_reply_up_to_the_limit_is_accepted(
    kind: Callable[..., Any], shape: Shape, chunked: bool, limit: int, size: str
) -> None:
    for length in (limit, limit + 1):
        body = b"a" * length
        if chunked:
            sent = [CHUNKED, b"%x\r\n" % length, body, b"\r\n0\r\n\r\n"]
        else:
            sent = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length, body]
        connection = kind(Segments(sent), ORIGIN)
        request = shape.request(URL, b"", max_reply_bytes=limit)
        if length == limit:
            assert (await connection.exchange(request)).body == body
        else:
            with pytest.raises(InvalidReply, match=f"the reply is longer than {size}; "):
                await connection.exchange(request)
