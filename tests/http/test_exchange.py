"""One exchange: the request, the reply, and the connection that they use."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import InvalidReply, OutcomeUnknown
from cognito_async._local.clock import MovableClock
from tests.http.shapes import CONTENT, SECRET, Shape, content_of

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.usefixtures("connection")]


async def test_request_has_headers_and_length_and_asks_for_no_compression(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        head, body = await connection.request()
        heads.append(f"{head}\r\n")
        await connection.reply(content_of(head, body))

    async with serve(handler) as url, connections(clock) as http:
        assert (await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).body == CONTENT
    [head] = heads
    assert head.startswith(f"get /?{CONTENT.decode()} http/1.1\r\n" if shape.method == "GET" else "post / http/1.1\r\n")
    assert all(f"\r\n{name}: {value.lower()}\r\n" in head for name, value in shape.headers.items())
    assert head.count("\r\naccept-encoding: identity\r\n") == 1
    assert head.count("\r\ncontent-length: ") == (shape.method != "GET")
    assert "transfer-encoding" not in head


async def test_reply_of_any_status_is_returned_with_lower_case_header_names(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply(b'{"__type":"X"}', status=400, headers="X-Amzn-RequestId: r-1\r\n")

    async with serve(handler) as url, connections(clock) as http:
        reply = await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
    assert (reply.status_code, reply.headers["x-amzn-requestid"], reply.body) == (400, "r-1", b'{"__type":"X"}')


async def test_chunked_reply_is_joined(connections: Any, serve: Any, clock: MovableClock, shape: Shape) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")

    async with serve(handler) as url, connections(clock) as http:
        assert (await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).body == b"{}"


@pytest.mark.parametrize(("headers", "expected"), [("", [1, 1]), ("Connection: close\r\n", [1, 2])])
async def test_connection_is_reused_unless_the_server_closes_it(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape, headers: str, expected: list[int]
) -> None:
    used: list[int] = []

    async def handler(connection: Any) -> None:
        while True:
            await connection.request()
            used.append(connection.number)
            await connection.reply(headers=headers)

    async with serve(handler) as url, connections(clock) as http:
        await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
        await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
    assert used == expected


async def test_call_without_a_limit_waits(connections: Any, serve: Any, clock: MovableClock, shape: Shape) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        clock.advance(1e6)
        await connection.reply()

    async with serve(handler) as url, connections(clock) as http:
        assert (await http.send(shape.request(url, CONTENT), Deadline(clock, None))).status_code == 200


async def test_redirect_is_not_followed(connections: Any, serve: Any, clock: MovableClock, shape: Shape) -> None:
    requests: list[int] = []

    async def handler(connection: Any) -> None:
        await connection.request()
        requests.append(connection.number)
        await connection.reply(status=307, headers="Location: /elsewhere\r\n")

    async with serve(handler) as url, connections(clock) as http:
        assert (await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).status_code == 307
    following = httpx.AsyncClient(follow_redirects=True)
    async with following, serve(handler) as url, connections(clock, following) as http:
        assert (await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).status_code == 307
    assert len(requests) == 2


@pytest.mark.parametrize(("idle", "expected"), [(1.0, "lost"), (3.0, 200)])
async def test_unrepeatable_call_reuses_only_connections_used_within_two_seconds(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape, idle: float, expected: str | int
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()
        await connection.request()  # close when it arrives, which a client cannot know before it sends

    async with serve(handler) as url, connections(clock) as http:
        await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
        clock.advance(idle)
        try:
            outcome: str | int = (await http.send(shape.request(url, CONTENT), Deadline(clock, 30))).status_code
        except OutcomeUnknown:
            outcome = "lost"
    assert outcome == expected


async def test_call_after_aclose_opens_a_new_connection(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    used: list[int] = []

    async def handler(connection: Any) -> None:
        while True:
            await connection.request()
            used.append(connection.number)
            await connection.reply()

    async with serve(handler) as url, connections(clock) as http:
        await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
        await http.aclose()
        await http.aclose()
        await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
    assert used == [1, 2]


async def test_concurrent_calls_get_their_own_replies(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    async def handler(connection: Any) -> None:
        while True:
            await connection.reply(content_of(*await connection.request()))

    async def call(number: int) -> None:
        request = shape.request(url, b'{"n":%d}' % number, repeatable=True)
        replies[number] = (await http.send(request, Deadline(clock, 30))).body

    replies: dict[int, bytes] = {}
    async with serve(handler) as url, connections(clock) as http, anyio.create_task_group() as tasks:
        for number in range(30):
            tasks.start_soon(call, number)
    assert replies == {number: b'{"n":%d}' % number for number in range(30)}


async def test_cancellation_is_immediate(connections: Any, serve: Any, clock: MovableClock, shape: Shape) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        scope.cancel()
        await anyio.sleep_forever()

    async with serve(handler) as url, connections(clock) as http:
        with anyio.CancelScope() as scope:
            await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
        assert scope.cancelled_caught


async def test_cookies_are_not_sent_with_the_next_call(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    heads: list[str] = []

    async def handler(connection: Any) -> None:
        while True:
            heads.append((await connection.request())[0])
            await connection.reply(headers="Set-Cookie: who=ann; Path=/\r\n")

    async with serve(handler) as url, connections(clock) as http:
        await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
        await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
    assert not any("cookie" in head for head in heads)


async def test_each_origin_has_its_own_connections(
    connections: Any, failure: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    used: list[tuple[str, int]] = []

    def answer(name: str) -> Any:
        async def handler(connection: Any) -> None:
            while True:
                await connection.request()
                used.append((name, connection.number))
                await connection.reply(b" " * 1000)

        return handler

    async with serve(answer("one")) as one, serve(answer("other")) as other, connections(clock) as http:
        for url in (one, other, one, other):
            await http.send(shape.request(url, CONTENT), Deadline(clock, 30))
        await http.send(shape.request(one, CONTENT, max_reply_bytes=1000), Deadline(clock, 30))
        error = await failure(http, shape.request(one, CONTENT, max_reply_bytes=999), clock, SECRET)
    assert isinstance(error, InvalidReply)
    assert used == [("one", 1), ("other", 1), ("one", 1), ("other", 1), ("one", 1), ("one", 1)]


async def test_open_may_be_called_twice_before_the_first_request(
    connections: Any, serve: Any, clock: MovableClock, shape: Shape
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()

    async with serve(handler) as url, connections(clock) as http:
        request = shape.request(url, CONTENT)
        await http.open(request.url.origin)
        await http.open(request.url.origin)
        assert (await http.send(request, Deadline(clock, 30))).status_code == 200
