"""The connection pool: which connection a call gets, which ones it closes, and how many it opens."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import ConnectFailed, OutcomeUnknown, TransportError
from cognito_async._http.failures import ConnectionLost, not_connected
from cognito_async._http.message import HttpReply, HttpRequest
from cognito_async._http.options import MOST_CONNECTIONS
from cognito_async._http.origin import Url
from cognito_async._http.pool import IDLE_SECONDS, JUST_USED_SECONDS, ConnectionPool
from cognito_async._local.clock import MovableClock
from tests.http.shapes import Shape, content_of

pytestmark = pytest.mark.anyio


class FakeConnection:
    """A connection that replies with its own number, once `replying` is set."""

    def __init__(self, number: int, setup: PoolSetup) -> None:
        self.number, self._setup = number, setup
        self.checks = 0
        self.is_open = self.alive = self.stays_open = True
        self.lost: ConnectionLost | None = None

    async def exchange(self, request: HttpRequest) -> HttpReply:
        request.sent = True
        await self._setup.replying.wait()
        if self.lost:
            raise self.lost
        return HttpReply(200, {}, b"%d" % self.number)

    def is_reusable(self) -> bool:
        self.checks += 1
        return self.alive

    async def aclose(self) -> None:
        self.is_open = False

    def drop(self) -> None:
        self.is_open = False


class PoolSetup:
    def __init__(self, clock: MovableClock, most: int = MOST_CONNECTIONS) -> None:
        self.connections: list[FakeConnection] = []
        self.replying = anyio.Event()
        self.replying.set()
        self.pool = ConnectionPool(self._connect, clock, most=most)
        self.numbers: dict[int, int] = {}
        self.refused = False

    async def _connect(self) -> FakeConnection:
        if self.refused:
            raise not_connected("ConnectionRefusedError")
        self.connections.append(FakeConnection(len(self.connections), self))
        return self.connections[-1]

    async def call(self, number: int = 0, *, repeatable: bool = True) -> int:
        reply = await self.pool.exchange(
            HttpRequest("GET", Url.parse("http://service.test"), {}, repeatable=repeatable)
        )
        self.numbers[number] = int(reply.body)
        return self.numbers[number]

    async def call_concurrently(self, count: int) -> None:
        """Make `count` calls. None gets a reply before all have started."""
        self.replying = anyio.Event()
        async with anyio.create_task_group() as tasks:
            for number in range(count):
                tasks.start_soon(self.call, number)
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
            self.replying.set()

    def open_numbers(self) -> list[int]:
        return [fake.number for fake in self.connections if fake.is_open]


async def test_most_recently_used_connection_is_used_first(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    await setup.call_concurrently(5)
    checks = [fake.checks for fake in setup.connections]
    newest = await setup.call()
    assert await setup.call() == newest
    assert [fake.number for fake in setup.connections if fake.checks > checks[fake.number]] == [newest]


async def test_ready_tasks_send_together(clock: MovableClock) -> None:
    """If a task worked between two sends of others, a local server would go to sleep after each request."""
    setup = PoolSetup(clock)
    await setup.call_concurrently(5)
    happened: list[str] = []

    class Recording(FakeConnection):
        async def exchange(self, request: HttpRequest) -> HttpReply:
            happened.append("sends")
            return await super().exchange(request)

    for fake in setup.connections:
        fake.__class__ = Recording

    async def call() -> None:
        happened.append("is ready")
        await setup.call()

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(call)
    assert happened == ["is ready"] * 5 + ["sends"] * 5


async def test_each_call_closes_at_most_one_idle_connection(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    await setup.call_concurrently(5)
    clock.advance(IDLE_SECONDS - 1)
    await setup.call()
    clock.advance(2)
    for left in (4, 3, 2, 1, 1):
        await setup.call()
        assert len(setup.open_numbers()) == left
    assert len(setup.connections) == 5


async def test_unrepeatable_call_needs_a_just_used_connection(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    first = await setup.call()
    clock.advance(JUST_USED_SECONDS)
    assert await setup.call(repeatable=False) == first
    clock.advance(JUST_USED_SECONDS + 0.1)
    second = await setup.call(repeatable=False)
    assert second != first
    assert setup.open_numbers() == [first, second]  # the first remains for repeatable calls


async def test_connection_that_the_server_will_close_is_closed(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    await setup.call_concurrently(2)
    newest = await setup.call()
    setup.connections[newest].stays_open = False
    assert await setup.call() == newest
    assert newest not in setup.open_numbers()


async def test_ended_connection_is_skipped_and_closed(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    await setup.call_concurrently(2)
    ended = await setup.call()
    setup.connections[ended].alive = False
    assert await setup.call() != ended
    assert ended not in setup.open_numbers()


@pytest.mark.parametrize(
    ("repeatable", "answered", "repeated"), [(True, False, True), (True, True, False), (False, False, False)]
)
async def test_call_is_resent_if_repeatable_and_no_byte_arrived(
    clock: MovableClock, repeatable: bool, answered: bool, repeated: bool
) -> None:
    setup = PoolSetup(clock)
    first = await setup.call()
    setup.connections[first].lost = ConnectionLost("EndOfStream", answered=answered)
    if repeated:
        assert await setup.call(repeatable=repeatable) != first
    else:
        with pytest.raises(TransportError, match=r"its reply was lost \(EndOfStream\)") as caught:
            await setup.call(repeatable=repeatable)
        assert type(caught.value) is (TransportError if repeatable else OutcomeUnknown)
        assert caught.value.__context__ is None
    assert first not in setup.open_numbers()


async def test_lost_reply_is_reported_if_the_call_cannot_be_resent(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    first = await setup.call()
    setup.connections[first].lost = ConnectionLost("EndOfStream", answered=False)
    setup.refused = True
    with pytest.raises(TransportError, match=r"its reply was lost \(EndOfStream\)") as caught:
        await setup.call()
    assert type(caught.value) is TransportError and caught.value.__context__ is None
    with pytest.raises(ConnectFailed):
        await setup.call()


async def test_loss_of_a_new_connection_is_not_retried(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    setup.replying = anyio.Event()
    async with anyio.create_task_group() as tasks:

        async def lose() -> None:
            with pytest.raises(TransportError):
                await setup.call()

        tasks.start_soon(lose)
        while not setup.connections:
            await anyio.lowlevel.checkpoint()
        setup.connections[0].lost = ConnectionLost("EndOfStream", answered=False)
        setup.replying.set()
    assert len(setup.connections) == 1


async def test_burst_of_calls_stays_within_the_connection_limit(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    await setup.call_concurrently(3 * MOST_CONNECTIONS)
    assert len(setup.connections) == MOST_CONNECTIONS
    assert len(setup.numbers) == 3 * MOST_CONNECTIONS


async def test_new_connection_replaces_the_longest_idle_one(clock: MovableClock) -> None:
    setup = PoolSetup(clock, most=3)
    await setup.call_concurrently(3)
    oldest, *others = setup.numbers.values()  # in the order in which they became idle
    clock.advance(JUST_USED_SECONDS + 1)
    assert await setup.call(repeatable=False) == 3
    assert setup.open_numbers() == sorted([*others, 3])
    assert not setup.connections[oldest].is_open


async def test_waiting_calls_are_served_in_order(clock: MovableClock) -> None:
    setup = PoolSetup(clock, most=1)
    setup.replying = anyio.Event()
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(setup.call, number)
            await anyio.lowlevel.checkpoint()  # one by one, because trio starts tasks in any order
            await anyio.lowlevel.checkpoint()
        setup.replying.set()
    assert list(setup.numbers) == list(range(20))


async def test_connections_in_use_are_closed_after_their_call(clock: MovableClock) -> None:
    setup = PoolSetup(clock, most=2)
    await setup.call_concurrently(1)
    setup.replying = anyio.Event()
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(setup.call, number)
        while len(setup.connections) < 2:
            await anyio.lowlevel.checkpoint()
        await setup.pool.aclose()
        assert len(setup.open_numbers()) == 2
        setup.replying.set()
    assert len(setup.numbers) == 3
    assert setup.open_numbers() == []


@pytest.mark.usefixtures("no_leak", "connection")
async def test_burst_of_real_calls_stays_within_the_limit(
    serve: Any, connections: Any, clock: MovableClock, shape: Shape
) -> None:

    count = 0

    async def handler(connection: Any) -> None:
        nonlocal count
        count += 1
        while True:
            await connection.reply(content_of(*await connection.request()))

    async def call(number: int) -> None:
        body = b"%d" % number
        assert (await http.send(shape.request(url, body), Deadline(clock, 30))).body == body

    async with serve(handler) as url, connections(clock) as http, anyio.create_task_group() as tasks:
        for number in range(300):
            tasks.start_soon(call, number)
    assert count <= MOST_CONNECTIONS


async def test_unexpected_error_during_a_call_is_a_lost_reply(clock: MovableClock) -> None:
    setup = PoolSetup(clock)
    first = await setup.call()
    setup.connections[first].lost = ValueError("about the body")  # type: ignore[assignment]
    with pytest.raises(TransportError, match=r"its reply was lost \(ValueError\)") as caught:
        await setup.call()
    assert caught.value.__context__ is None
    assert setup.open_numbers() == []


async def test_unexpected_error_before_sending_is_a_failure_to_connect(clock: MovableClock) -> None:
    async def connect() -> FakeConnection:
        raise ValueError("about the address")

    setup = PoolSetup(clock)
    setup.pool = ConnectionPool(connect, clock)
    with pytest.raises(ConnectFailed, match=r"no connection to the service \(ValueError\)") as caught:
        await setup.call()
    assert caught.value.__context__ is None
