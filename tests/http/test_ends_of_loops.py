"""Connections end with their event loop, however it ends, in every thread and process."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest
import trio

from cognito_async._core.clock import Clock, Deadline
from cognito_async._http.connections import HttpConnections
from cognito_async._http.message import HttpRequest
from cognito_async._http.options import HttpOptions
from cognito_async._http.origin import Url
from tests.blocking_server import BlockingServer
from tests.event_loops import OLD_ANYIO, RUNNERS, Left, collect, run_and_close_by_hand, what_is_left
from tests.sizes import FULL

# asyncio warns if the garbage collector finds an open connection. A program that closes a loop by hand, or forgets a
# loop or a pool, gets these warnings in development mode.
FORGETFUL = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(params=list(RUNNERS.values()), ids=list(RUNNERS))
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return one of the `RUNNERS`."""
    runner: Callable[..., Any] = request.param
    return runner


@pytest.fixture(autouse=True)
def collected(little_to_search: None) -> Iterator[None]:
    """Collect what a test has forgotten, so that a warning about it belongs to this test."""
    yield
    gc.collect()


def opened() -> HttpConnections:
    return HttpConnections(HttpOptions(Clock()))


async def send(http: HttpConnections, server: BlockingServer, *, times: int = 1) -> None:
    """Send requests at the same time, each on another connection."""
    async with anyio.create_task_group() as group:
        for _ in range(times):
            request = HttpRequest("POST", Url.parse(server.url), {}, b"{}")
            group.start_soon(http.send, request, Deadline(Clock(), 30))


@pytest.mark.usefixtures("connection", "no_leak")
def test_connections_are_closed_when_their_loop_ends(server: BlockingServer, run: Callable[..., Any]) -> None:
    http = opened()

    async def send_some() -> None:
        await send(http, server, times=5)

    for number in (1, 2):
        run(send_some)
        server.wait_until_closed()
        assert server.accepted <= 5 * number


@pytest.mark.usefixtures("connection", "no_leak")
def test_requests_that_end_with_their_loop_close_their_connections(anyio_backend: str, server: BlockingServer) -> None:
    server.replies.clear()

    async def leave_request() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(send, opened(), server)
            await anyio.to_thread.run_sync(server.wait_for_request)
            group.cancel_scope.cancel()

    anyio.run(leave_request, backend=anyio_backend)
    server.replies.set()
    server.wait_until_closed()


@pytest.mark.usefixtures("connection", "no_leak")
def test_task_that_asyncio_run_cancels_closes_its_connection(server: BlockingServer) -> None:
    server.replies.clear()

    async def leave_task() -> Any:
        task = asyncio.create_task(send(opened(), server))
        await anyio.to_thread.run_sync(server.wait_for_request)
        return task

    assert asyncio.run(leave_task()).cancelled()
    server.replies.set()
    server.wait_until_closed()


@FORGETFUL
@pytest.mark.usefixtures("connection")
@pytest.mark.parametrize("in_thread", [False, True], ids=["same thread", "other thread"])
def test_loop_closed_by_hand_is_dropped_at_the_next_use(
    server: BlockingServer, run: Callable[..., Any], in_thread: bool
) -> None:
    pools = opened(), opened()
    with ThreadPoolExecutor(1) as thread:
        for http in pools:
            if in_thread:
                thread.submit(run_and_close_by_hand, send, http, server).result()
            else:
                run_and_close_by_hand(send, http, server)
    with BlockingServer() as other:
        run(send, opened(), other)
    server.wait_until_closed()
    assert server.accepted == 2


@FORGETFUL
@pytest.mark.usefixtures("connection")
def test_request_of_a_loop_closed_by_hand_is_dropped_at_the_next_use(server: BlockingServer) -> None:
    server.replies.clear()
    http, tasks = opened(), []

    async def leave_task() -> None:
        tasks.append(asyncio.ensure_future(send(http, server)))
        await anyio.to_thread.run_sync(server.wait_for_request)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave_task())
    loop.close()
    server.replies.set()
    asyncio.run(send(http, server))
    server.wait_until_closed()


@pytest.mark.usefixtures("connection", "no_leak")
def test_stopped_loop_keeps_its_connection(server: BlockingServer) -> None:
    http = opened()
    loop = asyncio.new_event_loop()
    for _ in range(3):
        loop.run_until_complete(send(http, server))
        trio.run(send, http, server)
    assert server.accepted == 4
    loop.run_until_complete(http.aclose())
    loop.close()
    server.wait_until_closed()


@pytest.mark.usefixtures("connection", "no_leak")
@pytest.mark.table
def test_loop_keeps_its_connection_while_others_end(anyio_backend: str, server: BlockingServer) -> None:
    http = opened()

    def run_others() -> None:
        for run in RUNNERS.values():
            run(send, http, server)

    async def main() -> None:
        await send(http, server)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(anyio.to_thread.run_sync, run_others)
            for _ in range(20):
                await send(http, server)

    anyio.run(main, backend=anyio_backend)
    server.wait_until_closed()
    assert server.accepted == 1 + 3 * len(RUNNERS)


@pytest.mark.usefixtures("connection", "no_leak")
def test_forgotten_connections_are_closed_while_their_loop_runs(anyio_backend: str, server: BlockingServer) -> None:
    async def forget() -> None:
        await send(opened(), server, times=3)
        await anyio.to_thread.run_sync(server.wait_until_closed)

    anyio.run(forget, backend=anyio_backend)


@pytest.mark.usefixtures("connection", "no_leak")
def test_connections_that_another_thread_forgets_are_closed(anyio_backend: str, server: BlockingServer) -> None:
    pools = [opened()]

    async def forget() -> None:
        await send(pools[0], server, times=3)
        await anyio.to_thread.run_sync(pools.clear)
        await anyio.to_thread.run_sync(server.wait_until_closed)

    anyio.run(forget, backend=anyio_backend)


@FORGETFUL
@pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning")
@pytest.mark.skipif(OLD_ANYIO, reason="this anyio holds the loop")
def test_forgotten_loop_takes_its_connections_along(server: BlockingServer) -> None:
    http = opened()
    for _ in range(5):
        asyncio.new_event_loop().run_until_complete(send(http, server))
    collect()
    server.wait_until_closed()


@pytest.mark.usefixtures("no_leak")
def test_connections_through_a_proxy_end_with_their_loop(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    http = opened()
    with BlockingServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with BlockingServer() as unreached:
            run(send, http, unreached)
        proxy.wait_until_closed()
        assert (proxy.accepted, unreached.accepted) == (1, 0)


@FORGETFUL
def test_connections_through_a_proxy_are_closed_after_a_loop_closed_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    http = opened()
    with BlockingServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        run_and_close_by_hand(send, http, proxy)
        asyncio.run(send(http, proxy))
        gc.collect()
        proxy.wait_until_closed()


def test_client_of_the_program_stays_open(run: Callable[..., Any]) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=b"{}")))
    http = HttpConnections(HttpOptions(Clock(), client))
    with BlockingServer() as server:
        run(send, http, server)
        run_and_close_by_hand(send, http, server)
        run(send, http, server)
    assert not client.is_closed


@FORGETFUL
@pytest.mark.parametrize("way", ["asyncio.run", "trio.run", "closed by hand", "in four threads"])
@pytest.mark.table
def test_thousand_successive_runs_leave_nothing(server: BlockingServer, way: str) -> None:
    http = opened()

    def one_run() -> None:
        if way == "closed by hand":
            run_and_close_by_hand(send, http, server)
        elif way == "in four threads":
            threads = [threading.Thread(target=asyncio.run, args=[send(http, server)]) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            RUNNERS[way](send, http, server)

    def left() -> Left:
        asyncio.run(send(opened(), server))  # drops the connections of the last loop
        server.wait_until_closed()
        return what_is_left()

    for _ in range(10):
        one_run()
    before, runs = left(), 1000 if FULL else 15
    for _ in range(runs):
        one_run()
    left().assert_flat(before, runs)
