"""Which connection a call gets, which ones are closed, and how many there are."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cognito_async._core.clock import Deadline
from cognito_async._core.errors import ConnectFailed, OutcomeUnknown, TransportError
from cognito_async._http.failures import ConnectionLost
from cognito_async._http.message import HttpReply, HttpRequest
from cognito_async._http.origin import Url
from cognito_async._http.pool import IDLE_SECONDS, JUST_USED_SECONDS, MOST_CONNECTIONS, ConnectionPool
from cognito_async._local.clock import MovableClock
from tests.http.shapes import Shape, said

pytestmark = pytest.mark.anyio


class Fake:
    """A connection that answers with its own number, when it may."""

    def __init__(self, number: int, world: World) -> None:
        self.number, self._world = number, world
        self.looked_at = 0
        self.open = self.alive = self.stays_open = True
        self.lost: ConnectionLost | None = None

    async def exchange(self, request: HttpRequest) -> HttpReply:
        request.sent = True
        await self._world.answering.wait()
        if self.lost:
            raise self.lost
        return HttpReply(200, {}, b"%d" % self.number)

    def is_reusable(self) -> bool:
        self.looked_at += 1
        return self.alive

    async def aclose(self) -> None:
        self.open = False


class World:
    def __init__(self, clock: MovableClock, most: int = MOST_CONNECTIONS) -> None:
        self.made: list[Fake] = []
        self.answering = anyio.Event()
        self.answering.set()
        self.pool = ConnectionPool(self._connect, clock, most=most)
        self.got: dict[int, int] = {}

    async def _connect(self) -> Fake:
        self.made.append(Fake(len(self.made), self))
        return self.made[-1]

    async def call(self, number: int = 0, *, repeatable: bool = True) -> int:
        reply = await self.pool.exchange(
            HttpRequest("GET", Url.parse("http://service.test"), {}, repeatable=repeatable)
        )
        self.got[number] = int(reply.body)
        return self.got[number]

    async def at_once(self, count: int) -> None:
        """So many calls, of which none is answered before all have come."""
        self.answering = anyio.Event()
        async with anyio.create_task_group() as tasks:
            for number in range(count):
                tasks.start_soon(self.call, number)
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
            self.answering.set()

    def open(self) -> list[int]:
        return [fake.number for fake in self.made if fake.open]


async def test_the_connection_used_last_is_used_first_and_no_other_is_looked_at(clock: MovableClock) -> None:
    world = World(clock)
    await world.at_once(5)
    looked_at = [fake.looked_at for fake in world.made]
    newest = await world.call()
    assert await world.call() == newest
    assert [fake.number for fake in world.made if fake.looked_at > looked_at[fake.number]] == [newest]


async def test_tasks_that_are_ready_together_send_together(clock: MovableClock) -> None:
    """A task's work before it sends is not done between the sends of others: their server may sleep meanwhile."""
    world = World(clock)
    await world.at_once(5)
    happened: list[str] = []

    class Told(Fake):
        async def exchange(self, request: HttpRequest) -> HttpReply:
            happened.append("sends")
            return await super().exchange(request)

    for fake in world.made:
        fake.__class__ = Told

    async def call() -> None:
        happened.append("is ready")
        await world.call()

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(call)
    assert happened == ["is ready"] * 5 + ["sends"] * 5


async def test_a_call_closes_at_most_one_that_has_idled_too_long(clock: MovableClock) -> None:
    world = World(clock)
    await world.at_once(5)
    clock.advance(IDLE_SECONDS - 1)
    await world.call()
    clock.advance(2)
    for left in (4, 3, 2, 1, 1):
        await world.call()
        assert len(world.open()) == left
    assert len(world.made) == 5


async def test_a_call_that_must_not_be_repeated_gets_one_that_was_just_used(clock: MovableClock) -> None:
    world = World(clock)
    first = await world.call()
    clock.advance(JUST_USED_SECONDS)
    assert await world.call(repeatable=False) == first
    clock.advance(JUST_USED_SECONDS + 0.1)
    second = await world.call(repeatable=False)
    assert second != first
    assert world.open() == [first, second]  # it is good enough for others


async def test_one_that_the_server_does_not_keep_is_closed_at_once(clock: MovableClock) -> None:
    world = World(clock)
    await world.at_once(2)
    newest = await world.call()
    world.made[newest].stays_open = False
    assert await world.call() == newest
    assert newest not in world.open()


async def test_one_that_has_ended_is_passed_over_and_closed(clock: MovableClock) -> None:
    world = World(clock)
    await world.at_once(2)
    ended = await world.call()
    world.made[ended].alive = False
    assert await world.call() != ended
    assert ended not in world.open()


@pytest.mark.parametrize(
    ("repeatable", "answered", "repeated"), [(True, False, True), (True, True, False), (False, False, False)]
)
async def test_a_call_is_sent_again_only_if_it_may_be_and_no_byte_came(
    clock: MovableClock, repeatable: bool, answered: bool, repeated: bool
) -> None:
    world = World(clock)
    first = await world.call()
    world.made[first].lost = ConnectionLost("EndOfStream", answered=answered)
    if repeated:
        assert await world.call(repeatable=repeatable) != first
    else:
        with pytest.raises(TransportError, match=r"its reply was lost \(EndOfStream\)") as caught:
            await world.call(repeatable=repeatable)
        assert type(caught.value) is (TransportError if repeatable else OutcomeUnknown)
        assert caught.value.__context__ is None
    assert first not in world.open()


async def test_a_new_connection_that_is_lost_is_not_tried_again(clock: MovableClock) -> None:
    world = World(clock)
    world.answering = anyio.Event()
    async with anyio.create_task_group() as tasks:

        async def lose() -> None:
            with pytest.raises(TransportError):
                await world.call()

        tasks.start_soon(lose)
        while not world.made:
            await anyio.lowlevel.checkpoint()
        world.made[0].lost = ConnectionLost("EndOfStream", answered=False)
        world.answering.set()
    assert len(world.made) == 1


async def test_a_rush_has_no_more_connections_than_there_may_be(clock: MovableClock) -> None:
    world = World(clock)
    await world.at_once(3 * MOST_CONNECTIONS)
    assert len(world.made) == MOST_CONNECTIONS
    assert len(world.got) == 3 * MOST_CONNECTIONS


async def test_new_connections_for_calls_that_need_them_make_the_oldest_go(clock: MovableClock) -> None:
    world = World(clock, most=3)
    await world.at_once(3)
    oldest, *others = world.got.values()  # in the order in which they became idle
    clock.advance(JUST_USED_SECONDS + 1)
    assert await world.call(repeatable=False) == 3
    assert world.open() == sorted([*others, 3])
    assert not world.made[oldest].open


async def test_who_waits_for_a_place_gets_it_in_the_order_of_asking(clock: MovableClock) -> None:
    world = World(clock, most=1)
    world.answering = anyio.Event()
    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(world.call, number)
            await anyio.lowlevel.checkpoint()  # one after another, since trio starts tasks in any order
            await anyio.lowlevel.checkpoint()
        world.answering.set()
    assert list(world.got) == list(range(20))


async def test_what_is_in_use_when_the_pool_closes_ends_first_and_is_closed_then(clock: MovableClock) -> None:
    world = World(clock, most=2)
    await world.at_once(1)
    world.answering = anyio.Event()
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(world.call, number)
        while len(world.made) < 2:
            await anyio.lowlevel.checkpoint()
        await world.pool.aclose()
        assert len(world.open()) == 2
        world.answering.set()
    assert len(world.got) == 3
    assert world.open() == []


@pytest.mark.usefixtures("no_leak", "connection")
async def test_a_rush_of_calls_leaves_no_more_sockets_than_there_may_be(
    serve: Any, connections: Any, clock: MovableClock, shape: Shape
) -> None:

    count = 0

    async def handler(connection: Any) -> None:
        nonlocal count
        count += 1
        while True:
            await connection.reply(said(*await connection.request()))

    async def call(number: int) -> None:
        body = b"%d" % number
        assert (await http.send(shape.request(url, body), Deadline(clock, 30))).body == body

    async with serve(handler) as url, connections(clock) as http, anyio.create_task_group() as tasks:
        for number in range(300):
            tasks.start_soon(call, number)
    assert count <= MOST_CONNECTIONS


async def test_an_error_of_a_library_is_a_lost_reply_and_is_not_kept(clock: MovableClock) -> None:
    world = World(clock)
    first = await world.call()
    world.made[first].lost = ValueError("about the body")  # type: ignore[assignment]
    with pytest.raises(TransportError, match=r"its reply was lost \(ValueError\)") as caught:
        await world.call()
    assert caught.value.__context__ is None
    assert world.open() == []


async def test_an_error_of_a_library_before_anything_was_sent_is_a_failure_to_connect(clock: MovableClock) -> None:
    async def connect() -> Fake:
        raise ValueError("about the address")

    world = World(clock)
    world.pool = ConnectionPool(connect, clock)
    with pytest.raises(ConnectFailed, match=r"no connection to the service \(ValueError\)") as caught:
        await world.call()
    assert caught.value.__context__ is None
