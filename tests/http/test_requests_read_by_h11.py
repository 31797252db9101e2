"""Requests with any headers. Either the server reads exactly one request with these headers, or nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import h11
import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cognito_async._core.errors import ConfigurationError
from cognito_async._http.message import HttpRequest
from cognito_async._http.origin import Url
from cognito_async._http.pooled_transport import PooledTransport
from tests.http.oracle import KINDS, ORIGIN, Segments
from tests.sizes import examples

pytestmark = pytest.mark.anyio

NAME = st.text("abXY-_!09", min_size=1, max_size=6).map("x".__add__) | st.text(max_size=5)
VALUE = st.text("ab \t:;,09~", max_size=8) | st.text(max_size=5) | st.sampled_from(["a\r\nb: c", "a\nb", "\r\n"])
ONLY_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["DELETE", "GET", "PATCH", "POST", "PUT"]),
    st.sampled_from(["", "/", "/path", "/path?query=1&b={}", "?only"]),
    st.dictionaries(NAME, VALUE, max_size=4),
    st.binary(max_size=30),
)
@example("POST", "", {"a\r\nb": "c"}, b"")
@example("GET", "", {"a: b": "c"}, b"")
@example("POST", "", {"": "c"}, b"")
@pytest.mark.table
async def test_exactly_one_request_is_sent(
    kind: Callable[..., Any], method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    body = b"" if method in ("DELETE", "GET") else body
    sent = HttpRequest(method, Url.parse(f"http://service.test{path}"), headers, body)
    try:
        sent.check()
    except ConfigurationError:
        return
    stream = Segments([ONLY_REPLY])
    await kind(stream, ORIGIN).exchange(sent)
    server = h11.Connection(h11.SERVER)
    server.receive_data(stream.sent)
    request, received = server.next_event(), b""
    while isinstance(event := server.next_event(), h11.Data):
        received += event.data
    assert isinstance(request, h11.Request) and isinstance(event, h11.EndOfMessage)
    expected = [("host", "service.test"), *((name.lower(), value) for name, value in headers.items())]
    expected.append(("accept-encoding", "identity"))
    if method not in ("DELETE", "GET"):
        expected.append(("content-length", str(len(body))))
    assert [(name.decode(), value.decode()) for name, value in request.headers] == expected
    target = path if path.startswith("/") else f"/{path}"
    assert (request.method, request.target, received) == (method.encode(), target.encode(), body)
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
@pytest.mark.table
async def test_header_with_invalid_characters_is_refused(serve: Any, name: str, value: str) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("no client must connect")

    with pytest.raises(ConfigurationError, match="invalid in an HTTP header"):
        HttpRequest("GET", Url.parse("http://service.test"), {name: value}).check()
    async with serve(handler) as url, httpx.AsyncClient(transport=PooledTransport(url)) as pooled:
        request = httpx.Request("POST", url, headers=[(name.encode(), value.encode())])
        with pytest.raises(httpx.LocalProtocolError, match="invalid in an HTTP header"):
            await pooled.send(request)


@pytest.mark.parametrize("name", ["content-length", "Host", "TRANSFER-ENCODING"])
def test_framing_headers_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' is added by the connection"):
        HttpRequest("POST", Url.parse("http://service.test"), {name: "1"}).check()


@pytest.mark.parametrize("method", ["HEAD", "CONNECT", "OPTIONS", "TRACE", "post", "", "GET / HTTP/1.1\r\nx: y"])
def test_unsupported_methods_are_refused(method: str) -> None:
    with pytest.raises(ConfigurationError, match="the HTTP method must be one of DELETE, GET, PATCH, POST, PUT, not "):
        HttpRequest(method, Url.parse("http://service.test"), {}).check()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_methods_without_content_take_no_body(method: str) -> None:
    with pytest.raises(ConfigurationError, match=f"a {method} request must not have a body"):
        HttpRequest(method, Url.parse("http://service.test"), {}, b"x").check()


async def test_pooled_transport_returns_replies_undecoded(serve: Any) -> None:
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
