"""Our connections under a client of httpx: for programs whose tools watch that client."""

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


def client_of(url: str, **options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=PooledTransport(url), **options)


async def test_a_client_with_it_makes_the_calls_of_a_user_pool_and_its_hooks_see_them(serve: Any) -> None:
    seen: list[str] = []

    async def watch(request: httpx.Request) -> None:
        seen.append(request.headers["x-amz-target"])

    async def handler(connection: Any) -> None:
        while True:
            await connection.request()
            await connection.reply(b'{"UserConfirmed": false, "UserSub": "1"}')

    async with serve(handler) as url, client_of(url, event_hooks={"request": [watch]}) as client:
        pool = UserPool("eu-central-1_A", "client", endpoint=url, http_client=client)
        assert (await pool.sign_up("alice", "Passw0rd!")).user_sub == "1"
    assert seen == ["AWSCognitoIdentityProviderService.SignUp"]


async def test_a_connection_is_used_for_one_request_after_another(serve: Any) -> None:
    async def handler(connection: Any) -> None:
        while True:
            _, body = await connection.request()
            await connection.reply(b"%d %b" % (connection.number, body))

    async with serve(handler) as url, client_of(url) as client:
        replies = [(await client.post(url, content=body)).text for body in ("a", "b")]
    assert replies == ["1 a", "1 b"]


async def test_a_body_that_comes_in_pieces_is_sent_with_its_length(serve: Any) -> None:
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        head, body = await connection.request()
        heads.append(head)
        await connection.reply(body)

    async def pieces() -> Any:
        yield b"a"
        yield b"b"

    async with serve(handler) as url, client_of(url) as client:
        assert (await client.post(url, content=pieces())).text == "ab"
    assert "\r\ncontent-length: 2" in heads[0]
    assert "transfer-encoding" not in heads[0]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "/other"), ("POST", "?query"), ("POST", "http://127.0.0.1:1/")]
)
async def test_anything_but_a_call_to_its_one_endpoint_is_refused_unsent(serve: Any, method: str, path: str) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nobody connects")

    async with serve(handler) as url, client_of(url) as client:
        with pytest.raises(httpx.UnsupportedProtocol):
            await client.request(method, path if path.startswith("http") else url + path)


ACCIDENTS: dict[str, tuple[Callable[[Any], Any], type[Exception]]] = {
    "closed without a reply": (lambda connection: connection.send(b""), httpx.RemoteProtocolError),
    "garbage": (lambda connection: connection.send(b"nothing like HTTP\r\n\r\n"), httpx.RemoteProtocolError),
    "too long": (lambda connection: connection.reply(b" " * (MAX_REPLY_BYTES + 1)), httpx.RemoteProtocolError),
    "no reply in time": (lambda connection: anyio.sleep_forever(), httpx.ReadTimeout),
}


@pytest.mark.parametrize(("accident", "error"), ACCIDENTS.values(), ids=ACCIDENTS)
async def test_what_goes_wrong_is_told_in_the_words_of_httpx(serve: Any, accident: Any, error: type[Exception]) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await accident(connection)

    limit = 0.05 if error is httpx.ReadTimeout else 30.0
    async with serve(handler) as url, client_of(url, timeout=limit) as client:
        with pytest.raises(error) as caught:
            await client.post(url, content="secret")
    assert caught.value.__context__ is None or isinstance(caught.value.__context__, error)


@pytest.mark.parametrize("name", ["x-note", "x-note: 1\r\nx-more"])
async def test_a_header_that_would_be_two_is_refused_unsent(serve: Any, name: str) -> None:
    async def handler(connection: Any) -> None:
        raise AssertionError("nothing must be sent")

    async with serve(handler) as url, client_of(url) as client:
        with pytest.raises(httpx.LocalProtocolError, match="x-note"):
            await client.post(url, content="x", headers={name: "1\r\nx-other: 2"})


async def test_nobody_there_is_an_error_of_connecting(serve: Any) -> None:
    async with serve(anyio.sleep_forever) as url:
        pass
    async with client_of(url) as client:
        with pytest.raises(httpx.ConnectError):
            await client.post(url, content="x")


async def test_no_connection_in_time_is_an_error_of_the_pool(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*args: Any, **options: Any) -> None:
        await anyio.sleep_forever()

    async with serve(anyio.sleep_forever) as url, client_of(url, timeout=0.01) as client:
        monkeypatch.setattr(anyio, "connect_tcp", never)
        with pytest.raises(httpx.PoolTimeout):
            await client.post(url, content="x")


def test_a_url_that_cannot_be_right_is_refused() -> None:
    with pytest.raises(errors.ConfigurationError, match="endpoint"):
        PooledTransport("https://user:password@host")
