"""Both kinds of connections read any reply in the same way, or both refuse it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from cognito_async._http.httpcore_connection import HttpcoreConnection
from tests.http.oracle import KINDS, ParsedReply, parse_ours
from tests.sizes import examples

pytestmark = [pytest.mark.anyio, pytest.mark.table]

OK, END = b"HTTP/1.1 200 OK\r\n", b"\r\n"
SIZED = OK + b"Content-Length: 5\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ODD_REPLIES = {
    "many interim replies": b"HTTP/1.1 103 X\r\n\r\n" * 3000 + SIZED + b"\r\nhello",
    "interim reply with a body": b"HTTP/1.1 100 X\r\nContent-Length: 5\r\n\r\nhello" + SIZED + b"\r\nhello",
    "interim reply that closes": b"HTTP/1.1 100 X\r\nConnection: close\r\n\r\n" + SIZED + b"\r\nhello",
    "another protocol": b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + SIZED + b"\r\nhello",
    "length and chunks": SIZED + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "two lengths": SIZED + b"Content-Length: 5\r\n\r\nhello",
    "list of lengths": OK + b"Content-Length: 5, 5\r\n\r\nhello",
    "signed length": OK + b"Content-Length: +5\r\n\r\nhello",
    "length of 16 digits": OK + b"Content-Length: 0000000000000005\r\n\r\nhello",
    "two codings": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "unknown coding": OK + b"Transfer-Encoding: identity\r\n\r\nhello",
    "chunks in HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"5\r\nhello\r\n0\r\n\r\n",
    "chunks with 204": CHUNKED.replace(b"200", b"204") + b"0\r\n\r\n",
    "HTTP/2.0": SIZED.replace(b"1.1", b"2.0") + b"\r\nhello",
    "HTTP/1.2": SIZED.replace(b"1.1", b"1.2") + b"\r\nhello",
    "HTTP/0.9": b"hello",
    "ICY": SIZED.replace(b"HTTP/1.1", b"ICY") + b"\r\nhello",
    "status of four digits": SIZED.replace(b"200", b"2000") + b"\r\nhello",
    "status 099": SIZED.replace(b"200", b"099") + b"\r\nhello",
    "lone LF": (SIZED + b"\r\nhello").replace(b"\r\n", b"\n"),
    "one lone LF": OK + b"X: y\nContent-Length: 5\r\n\r\nhello",
    "lone CR": OK + b"X: a\rb\r\nContent-Length: 5\r\n\r\nhello",
    "folded header": OK + b"X: y\r\n z\r\nContent-Length: 5\r\n\r\nhello",
    "space before colon": OK + b"Content-Length : 5\r\n\r\nhello",
    "header without a name": SIZED + b": x\r\n\r\nhello",
    "line without a colon": SIZED + b"x\r\n\r\nhello",
    "control character": SIZED + b"X: \x01\r\n\r\nhello",
    "control character in the status line": SIZED.replace(b"OK", b"O\x0bK") + b"\r\nhello",
    "empty line first": b"\r\n" + SIZED + b"\r\nhello",
    "many headers": OK + b"a:\r\n" * 300 + b"Content-Length: 5\r\n\r\nhello",
    "long head": OK + b"x: %s\r\n" % (b"y" * 70_000) + b"Content-Length: 5\r\n\r\nhello",
    "megabyte of trailers": CHUNKED + b"5\r\nhello\r\n0\r\n" + b"x: y\r\n" * 200_000 + END,
    "trailer with a length": CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n",
    "trailer with a coding": CHUNKED + b"5\r\nhello\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n",
    "trailer with a lone LF": CHUNKED + b"5\r\nhello\r\n0\r\nx: y\nz: a\r\n\r\n",
    "many chunks": CHUNKED + b"1\r\na\r\n" * 100_000 + b"0\r\n\r\n",
    "chunk size of 9 digits": CHUNKED + b"000000005\r\nhello\r\n0\r\n\r\n",
    "chunk size with 0x": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "chunk size with a space": CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n",
    "control character in an extension": CHUNKED + b"5;\0\r\nhello\r\n0\r\n\r\n",
    "open quotation in an extension": CHUNKED + b'5;a="\r\nhello\r\n0\r\n\r\n',
    "chunk with a lone LF": CHUNKED + b"5\nhello\r\n0\r\n\r\n",
    "chunk that is too long": CHUNKED + b"5\r\nhelloX\r\n0\r\n\r\n",
    "chunk without an end": CHUNKED + b"5\r\nhello",
}
PARTS = [
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",", b"\0", b"0", b"5", b"\xff", b"\r\n\r\n", b"hello", OK),
    *(b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 100 C\r\n\r\n", b"HTTP/1.1 204 N\r\n", b"HTTP/1.1 304 N\r\n"),
    *(b"HTTP/1.1 999 \r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Content-Length:5,5\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"transfer-encoding:Chunked \r\n", b"Transfer-Encoding: gzip, chunked\r\n"),
    *(b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Connection: Close , x\r\n", b"Upgrade: h2c\r\n"),
    *(b"Proxy-Connection: close\r\n", b"X: y\r\n", b" folded\r\n", b"X : y\r\n", b": y\r\n", b"X: \x80\r\n"),
    *(b"5\r\nhello\r\n", b"0\r\n\r\n", b"0\r\nT: x\r\n\r\n", b"5;ext\r\nhello\r\n", b'5;a="b;c"\r\nhello\r\n'),
    *(b"5 \r\nhello\r\n", b"05\r\nhello\r\n", b"5\nhello\n", b"5\r\nhelloX\r\n", b"-5\r\nhello\r\n", b"00\r\n\r\n"),
    *(b"0\r\n X: y\r\n\r\n", b"0\r\nbad\r\n\r\n", b"0;x=y\r\n\r\n", b"5;\xff\r\nhello\r\n", b"5;a\rb\r\nhello\r\n"),
]
REPLIES = [
    [OK, b"Content-Length: 5\r\n", END, b"hello"],
    [OK, b"Transfer-Encoding: chunked\r\n", END, b"5\r\nhello\r\n", b"0\r\n\r\n"],
    [b"HTTP/1.1 100 C\r\n", END, b"HTTP/1.1 400 Bad\r\n", b"X: y\r\n", END, b"hello"],
    [b"HTTP/1.1 204 No\r\n", END],
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ODD_REPLIES)
async def test_odd_reply_is_refused(kind: Callable[..., Any], name: str) -> None:
    assert await parse_ours(kind, [ODD_REPLIES[name]]) is None


def mutated(seed: int) -> list[bytes]:
    """Return a reply with some parts changed, in pieces."""
    choose = random.Random(seed)
    parts = list(choose.choice(REPLIES))
    for _ in range(choose.choice([0, 1, 1, 2, 2, 3, 4])):
        at = choose.randrange(len(parts)) if parts else 0
        match choose.randrange(4):
            case 0:
                parts.insert(at, choose.choice(PARTS))
            case 1:
                parts[at : at + 1] = []
            case 2:
                parts[at : at + 1] = [choose.choice(PARTS)]
            case _ if parts and parts[at]:
                byte = choose.randrange(len(parts[at]))
                length = choose.choice([0, 1])
                new = bytes([choose.choice(b"\r\n \t:;,\0x05aA\xff\x7f")])
                parts[at] = parts[at][:byte] + new + parts[at][byte + length :]
    data = b"".join(parts)
    cuts = sorted(choose.randrange(len(data) + 1) for _ in range(choose.choice([0, 0, 1, 2, 5])))
    return [data[begin:end] for begin, end in itertools.pairwise([0, *cuts, len(data)])]


def normal(reply: ParsedReply | None) -> ParsedReply | None:
    if reply is not None and "transfer-encoding" in reply.headers:
        reply.headers["transfer-encoding"] = reply.headers["transfer-encoding"].lower()  # as h11 does
    return reply


@pytest.mark.skipif(len(KINDS) == 1, reason="needs the extra `fast`")
async def test_both_parsers_read_mutated_replies_in_the_same_way() -> None:
    accepted = 0
    for seed in range(examples(20_000)):
        pieces = mutated(seed)
        expected, found = [normal(await parse_ours(kind, pieces)) for kind in (HttpcoreConnection, KINDS[-1])]
        assert expected == found, pieces
        accepted += found is not None
    assert accepted > examples(20_000) // 10
