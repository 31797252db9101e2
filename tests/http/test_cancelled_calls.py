"""Calls cancelled at each await: their place becomes free, their connection is closed, and the next call works."""

from __future__ import annotations

import asyncio
import functools
import ssl
import types
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import anyio
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._local.clock import MovableClock
from tests.http.shapes import TRIED, Shape, content_of
from tests.sizes import FULL

pytestmark = [pytest.mark.anyio, pytest.mark.table, pytest.mark.usefixtures("no_leak", "connection")]

CANCELLATIONS = pytest.mark.parametrize(
    ("anyio_backend", "by_task"),
    [("asyncio", False), ("trio", False), ("asyncio", True)],  # trio cancels by scopes only
    ids=["asyncio-scope", "trio-scope", "asyncio-task.cancel"],
)


# A large call has many awaits, so it is cancelled only at each 15th or 60th.
_STEP = 15 if FULL else 60
CONNECTS = pytest.mark.skipif(
    tuple(map(int, version("anyio").split(".")[:2])) < (4, 16),
    reason="older anyio (4.5, but not 4.16) leaves the socket open if connecting is cancelled",
)


@types.coroutine
def run_cancelled(work: Coroutine[Any, Any, None], number: int, cancel: Callable[[], Any]) -> Generator[Any, Any, bool]:
    """Run the work, and cancel it at its n-th await. Return whether it reached that await."""
    seen = 0
    step = functools.partial(work.send, None)
    while True:
        try:
            waits_for = step()
        except StopIteration:
            return seen >= number
        seen += 1
        if seen == number:
            cancel()
        try:
            step = functools.partial(work.send, (yield waits_for))
        except BaseException as error:  # noqa: BLE001 - passed on to the work
            step = functools.partial(work.throw, error)


async def cancelled_at(number: int, work: Coroutine[Any, Any, None], *, by_task: bool) -> bool:
    """Cancel the work at its n-th await. Return whether it reached that await."""
    if by_task:

        async def run() -> bool:
            task = asyncio.current_task()
            assert task
            return await run_cancelled(work, number, task.cancel)

        with suppress(asyncio.CancelledError):
            return await asyncio.create_task(run())
        return True
    with anyio.CancelScope() as scope:
        return await run_cancelled(work, number, scope.cancel)
    return True


class Server:
    """A server that replies to each call with its own body."""

    def __init__(
        self, serve: Any, connections: Any, clock: MovableClock, tls: ssl.SSLContext | None, shape: Shape
    ) -> None:
        self._serve, self._connections, self.clock, self._tls, self.shape = serve, connections, clock, tls, shape
        self._url = ""
        # Without `CI=true` every second await is tried, and every fifth with TLS, where a call has three times as many.
        self.stride = 1 if FULL else 2 if tls is None else 5
        self.headers = ""
        self.number = 0
        self.open_connections = 0

    async def handler(self, connection: Any) -> None:
        self.open_connections += 1
        try:
            while True:
                await connection.reply(content_of(*await connection.request()), headers=self.headers)
        finally:
            self.open_connections -= 1

    async def run(self, work: Callable[[Server], Coroutine[Any, Any, None]]) -> None:
        with anyio.fail_after(60):
            async with (
                self._serve(self.handler, tls=self._tls) as self._url,
                self._connections(self.clock) as self.http,
            ):
                await self.call()
                await work(self)

    async def call(self, padding: int = 0) -> None:
        self.number += 1
        body = b'{"number":%d}' % self.number + b"." * padding
        reply = await self.http.send(self.shape.request(self._url, body), Deadline(self.clock, 30))
        assert reply.body == body


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, serve: Any, connections: Any, clock: MovableClock, shape: Shape) -> Server:
    tls = request.getfixturevalue("certificate") if request.param == "https" else None
    return Server(serve, connections, clock, tls, shape)


@CANCELLATIONS
@pytest.mark.usefixtures("one_place")
@pytest.mark.parametrize(
    "case",
    [pytest.param("new", marks=CONNECTS), "reused", pytest.param("closed after the reply", marks=CONNECTS)],
)
async def test_cancelled_call_frees_its_place_for_the_next(server: Server, by_task: bool, case: str) -> None:
    async def work(server: Server) -> None:
        reached, number = True, 0
        while reached:
            number += server.stride
            server.headers = "Connection: close\r\n" if case == "closed after the reply" else ""
            if case == "new":
                server.clock.advance(31)
            reached = await cancelled_at(number, server.call(), by_task=by_task)
            await server.call()
        assert number > 2

    await server.run(work)


@CANCELLATIONS
@CONNECTS
@pytest.mark.usefixtures("one_place")
@pytest.mark.parametrize(
    "shape", [pytest.param(shape, id=name) for name, shape in TRIED.items() if shape.method != "GET"]
)
async def test_cancelled_large_call_frees_its_place_for_the_next(server: Server, by_task: bool, shape: Shape) -> None:
    assert server.shape is shape

    async def work(server: Server) -> None:
        reached, number = True, 1 - _STEP
        while reached:
            number += _STEP
            server.clock.advance(31)
            reached = await cancelled_at(number, server.call(3_000_000), by_task=by_task)
            await server.call()
        assert number > 2

    await server.run(work)


@CANCELLATIONS
@pytest.mark.usefixtures("one_place")
async def test_cancelled_wait_for_a_connection_frees_its_place(server: Server, by_task: bool) -> None:
    async def work(server: Server) -> None:
        reached, number = True, 0
        while reached:
            number += server.stride
            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(server.call)
                await anyio.lowlevel.checkpoint()
                reached = await cancelled_at(number, server.call(), by_task=by_task)
                await server.call()
        assert number > 2

    await server.run(work)


@CANCELLATIONS
async def test_cancelled_aclose_leaves_no_connection_open(server: Server, by_task: bool) -> None:
    async def work(server: Server) -> None:
        reached, number = True, 0
        while reached:
            number += server.stride
            await open_four(server)
            reached = await cancelled_at(number, server.http.aclose(), by_task=by_task)

    await server.run(work)


async def test_aclose_works_in_a_cancelled_scope(server: Server) -> None:
    async def work(server: Server) -> None:
        await open_four(server)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await server.http.aclose()
        with anyio.fail_after(5):
            while server.open_connections:
                await anyio.lowlevel.checkpoint()

    await server.run(work)


async def test_aclose_during_a_cancelled_first_call_leaves_no_connection_open(server: Server) -> None:
    """The connection of a second call, which waited for the first, is closed too."""

    async def work(server: Server) -> None:
        await server.http.aclose()
        async with anyio.create_task_group() as tasks:
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as first:
                    first.start_soon(server.call)
                    await anyio.lowlevel.checkpoint()
                    tasks.start_soon(server.call)
                    await anyio.lowlevel.checkpoint()
                    scope.cancel()
            await server.http.aclose()

    await server.run(work)


async def open_four(server: Server) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(server.call)
