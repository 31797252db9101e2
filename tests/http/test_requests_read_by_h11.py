"""Whatever headers a call has: a server reads exactly these, and one request, or nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import h11
import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cognito_async._aws.rpc import Effect, RpcRequest
from cognito_async._core.clock import Deadline
from cognito_async._core.errors import ConfigurationError
from cognito_async._http.httpx_backend import PooledTransport
from cognito_async._http.message import BadHeader, Outgoing
from cognito_async._local.clock import MovableClock
from tests.http.oracle import KINDS, ORIGIN, Segments

pytestmark = pytest.mark.anyio

NAME = st.text("abXY-_!09", min_size=1, max_size=6).map("x".__add__) | st.text(max_size=5)
VALUE = st.text("ab \t:;,09~", max_size=8) | st.text(max_size=5) | st.sampled_from(["a\r\nb: c", "a\nb", "\r\n"])
ONLY_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(NAME, VALUE, max_size=4), st.binary(max_size=30))
@example({"a\r\nb": "c"}, b"")
@example({"a: b": "c"}, b"")
@example({"": "c"}, b"")
async def test_exactly_one_request_arrives(kind: Callable[..., Any], headers: dict[str, str], body: bytes) -> None:
    whole = headers | {"content-length": str(len(body))}
    try:
        outgoing = Outgoing(whole, body, repeatable=False)
    except BadHeader:
        return
    stream = Segments([ONLY_REPLY])
    await kind(stream, ORIGIN).exchange(outgoing)
    server = h11.Connection(h11.SERVER)
    server.receive_data(stream.sent)
    request, received = server.next_event(), b""
    while isinstance(event := server.next_event(), h11.Data):
        received += event.data
    assert isinstance(request, h11.Request) and isinstance(event, h11.EndOfMessage)
    expected = [("host", "service.test"), *((name.lower(), value) for name, value in whole.items())]
    assert [(name.decode(), value.decode()) for name, value in request.headers] == expected
    assert (request.method, request.target, received) == (b"POST", b"/", body)
    assert server.trailing_data[0] == b""


BAD = [
    ("a\r\nb", "c"),
    ("a: b", "c"),
    ("a", "b\r\nc: d"),
    ("a", "b\n"),
    ("a", " b"),
    ("", "a"),
    ("a", "\0"),
    ("ä", "b"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
async def test_a_header_that_would_be_another_is_refused(
    serve: Any, transport: Any, clock: MovableClock, name: str, value: str
) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nobody connects")

    async with serve(handler) as url, transport(url, clock) as http:
        with pytest.raises(ConfigurationError, match="no HTTP header may have"):
            await http.send(RpcRequest("X", b"", Effect.ONCE, headers={name: value}), Deadline(clock, 30))
        pooled = httpx.AsyncClient(transport=PooledTransport(url))
        async with pooled:
            request = httpx.Request("POST", url, headers=[(name.encode(), value.encode())])
            with pytest.raises(httpx.LocalProtocolError):
                await pooled.send(request)


async def test_what_httpx_is_given_is_neither_unpacked_nor_refused_for_its_letters(serve: Any) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(
            b"HTTP/1.1 200 \xe4\r\nx-name: \xe4\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
        )

    async with (
        serve(handler) as url,
        httpx.AsyncClient(transport=PooledTransport(url)) as client,
        client.stream("POST", url) as response,
    ):
        assert response.headers["x-name"] == "ä"
        assert b"".join([part async for part in response.aiter_raw()]) == b"abc"
