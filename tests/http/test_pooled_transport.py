"""`PooledTransport`: our connections in a client of httpx, for programs that instrument the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import UserPool, errors
from cognito_async._http.message import MAX_REPLY_BYTES
from cognito_async.lowlevel import PooledTransport

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("connection")]


def make_client(url: str, **options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=PooledTransport(url), **options)


async def test_user_pool_calls_run_the_clients_hooks(serve: Any) -> None:
    seen: list[str] = []

    async def watch(request: httpx.Request) -> None:
        seen.append(request.headers["x-amz-target"])

    async def handler(connection: Any) -> None:
        while True:
            await connection.request()
            await connection.reply(b'{"UserConfirmed": false, "UserSub": "1"}')

    async with serve(handler) as url, make_client(url, event_hooks={"request": [watch]}) as client:
        pool = UserPool("eu-central-1_A", "client", endpoint=url, http_client=client)
        assert (await pool.sign_up("alice", "Passw0rd!")).user_sub == "1"
    assert seen == ["AWSCognitoIdentityProviderService.SignUp"]


async def test_connection_is_reused(serve: Any) -> None:
    async def handler(connection: Any) -> None:
        while True:
            _, body = await connection.request()
            await connection.reply(b"%d %b" % (connection.number, body))

    async with serve(handler) as url, make_client(url) as client:
        replies = [(await client.post(url, content=body)).text for body in ("a", "b")]
    assert replies == ["1 a", "1 b"]


async def test_streamed_body_is_sent_with_its_length(serve: Any) -> None:
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        head, body = await connection.request()
        heads.append(head)
        await connection.reply(body)

    async def pieces() -> Any:
        yield b"a"
        yield b"b"

    async with serve(handler) as url, make_client(url) as client:
        assert (await client.post(url, content=pieces())).text == "ab"
    assert "\r\ncontent-length: 2" in heads[0]
    assert "transfer-encoding" not in heads[0]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "/other"), ("POST", "?query"), ("POST", "http://127.0.0.1:1/")]
)
@pytest.mark.table
async def test_requests_to_other_urls_are_refused_unsent(serve: Any, method: str, path: str) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("no client must connect")

    async with serve(handler) as url, make_client(url) as client:
        with pytest.raises(httpx.UnsupportedProtocol):
            await client.request(method, path if path.startswith("http") else url + path)


FAILURES: dict[str, tuple[Callable[[Any], Any], type[Exception]]] = {
    "closed without a reply": (lambda connection: connection.send(b""), httpx.RemoteProtocolError),
    "garbage": (lambda connection: connection.send(b"nothing like HTTP\r\n\r\n"), httpx.RemoteProtocolError),
    "too long": (lambda connection: connection.reply(b" " * (MAX_REPLY_BYTES + 1)), httpx.RemoteProtocolError),
    "no reply in time": (lambda connection: anyio.sleep_forever(), httpx.ReadTimeout),
}


@pytest.mark.parametrize(("fail", "error"), FAILURES.values(), ids=FAILURES)
@pytest.mark.table
async def test_failures_raise_the_errors_of_httpx(serve: Any, fail: Any, error: type[Exception]) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await fail(connection)

    limit = 0.05 if error is httpx.ReadTimeout else 30.0
    async with serve(handler) as url, make_client(url, timeout=limit) as client:
        with pytest.raises(error) as caught:
            await client.post(url, content="secret")
    assert caught.value.__context__ is None or isinstance(caught.value.__context__, error)


@pytest.mark.parametrize("name", ["x-note", "x-note: 1\r\nx-more"])
async def test_header_with_a_line_break_is_refused_unsent(serve: Any, name: str) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nothing must be sent")

    async with serve(handler) as url, make_client(url) as client:
        with pytest.raises(httpx.LocalProtocolError, match="x-note"):
            await client.post(url, content="x", headers={name: "1\r\nx-other: 2"})


async def test_refused_connection_is_a_connect_error(serve: Any) -> None:
    async with serve(anyio.sleep_forever) as url:
        pass
    async with make_client(url) as client:
        with pytest.raises(httpx.ConnectError):
            await client.post(url, content="x")


async def test_late_connection_is_a_pool_timeout(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*args: Any, **options: Any) -> None:
        await anyio.sleep_forever()

    async with serve(anyio.sleep_forever) as url, make_client(url, timeout=0.01) as client:
        monkeypatch.setattr(anyio, "connect_tcp", never)
        with pytest.raises(httpx.PoolTimeout):
            await client.post(url, content="x")


def test_invalid_url_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="endpoint"):
        PooledTransport("https://user:password@host")
