"""A call that is cancelled at each await there is: its place is free, its connection closed, the next call works."""

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
from tests.http.shapes import TRIED, Shape, said
from tests.sizes import FULL

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_leak", "connection")]

WAYS = pytest.mark.parametrize(
    ("anyio_backend", "natively"),
    [("asyncio", False), ("trio", False), ("asyncio", True)],  # trio has no other cancellation than scopes
    ids=["asyncio-scope", "trio-scope", "asyncio-task.cancel"],
)


# A large call has many awaits: every so many is tried.
_STEP = 15 if FULL else 60
CONNECTS = pytest.mark.skipif(
    tuple(map(int, version("anyio").split(".")[:2])) < (4, 16),
    reason="older anyio (4.5 does, 4.16 does not) leaves a socket open that was cancelled as it connected",
)


@types.coroutine
def stepping(work: Coroutine[Any, Any, None], number: int, cancel: Callable[[], Any]) -> Generator[Any, Any, bool]:
    """Do the work, and cancel it when it waits for the n-th time. Whether it waited as often."""
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
        except BaseException as error:  # noqa: BLE001 - it is the work's
            step = functools.partial(work.throw, error)


async def cancelled_at(number: int, work: Coroutine[Any, Any, None], *, natively: bool) -> bool:
    """Whether there was an n-th await to cancel at."""
    if natively:

        async def run() -> bool:
            task = asyncio.current_task()
            assert task
            return await stepping(work, number, task.cancel)

        with suppress(asyncio.CancelledError):
            return await asyncio.create_task(run())
        return True
    with anyio.CancelScope() as scope:
        return await stepping(work, number, scope.cancel)
    return True


class Server:
    """Answers each call with its own body, at once."""

    def __init__(
        self, serve: Any, connections: Any, clock: MovableClock, tls: ssl.SSLContext | None, shape: Shape
    ) -> None:
        self._serve, self._connections, self.clock, self._tls, self.shape = serve, connections, clock, tls, shape
        self._url = ""
        # With TLS a call has three times the awaits: at a desk every third is tried.
        self.stride = 1 if FULL or tls is None else 3
        self.headers = ""
        self.number = 0
        self.open_connections = 0

    async def handler(self, connection: Any) -> None:
        self.open_connections += 1
        try:
            while True:
                await connection.reply(said(*await connection.request()), headers=self.headers)
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


@WAYS
@pytest.mark.usefixtures("one_place")
@pytest.mark.parametrize(
    "case",
    [pytest.param("new", marks=CONNECTS), "kept", pytest.param("closed behind the reply", marks=CONNECTS)],
)
async def test_a_call(server: Server, natively: bool, case: str) -> None:
    async def work(server: Server) -> None:
        there, number = True, 0
        while there:
            number += server.stride
            server.headers = "Connection: close\r\n" if case == "closed behind the reply" else ""
            if case == "new":
                server.clock.advance(31)
            there = await cancelled_at(number, server.call(), natively=natively)
            await server.call()
        assert number > 2

    await server.run(work)


@WAYS
@CONNECTS
@pytest.mark.usefixtures("one_place")
@pytest.mark.parametrize(
    "shape", [pytest.param(shape, id=name) for name, shape in TRIED.items() if shape.method != "GET"]
)
async def test_a_large_call(server: Server, natively: bool, shape: Shape) -> None:
    assert server.shape is shape

    async def work(server: Server) -> None:
        there, number = True, 1 - _STEP
        while there:
            number += _STEP
            server.clock.advance(31)
            there = await cancelled_at(number, server.call(3_000_000), natively=natively)
            await server.call()
        assert number > 2

    await server.run(work)


@WAYS
@pytest.mark.usefixtures("one_place")
async def test_a_call_that_waits_for_a_place(server: Server, natively: bool) -> None:
    async def work(server: Server) -> None:
        there, number = True, 0
        while there:
            number += server.stride
            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(server.call)
                await anyio.lowlevel.checkpoint()
                there = await cancelled_at(number, server.call(), natively=natively)
                await server.call()
        assert number > 2

    await server.run(work)


@WAYS
async def test_the_closing_of_a_transport(server: Server, natively: bool) -> None:
    async def work(server: Server) -> None:
        there, number = True, 0
        while there:
            number += server.stride
            await open_four(server)
            there = await cancelled_at(number, server.http.aclose(), natively=natively)

    await server.run(work)


async def test_a_transport_is_closed_by_who_is_cancelled_already(server: Server) -> None:
    async def work(server: Server) -> None:
        await open_four(server)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await server.http.aclose()
        with anyio.fail_after(5):
            while server.open_connections:
                await anyio.lowlevel.checkpoint()

    await server.run(work)


async def test_a_transport_that_is_closed_while_its_first_call_is_cancelled(server: Server) -> None:
    """What the second call makes, which waited for the first, is not left behind."""

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
