"""The priority semaphore: its order, its limit, and cancelled waiters."""

from __future__ import annotations

import asyncio
import random

import anyio
import anyio.lowlevel
import pytest

from cognito_async._core.concurrency.semaphore import PrioritySemaphore

pytestmark = pytest.mark.anyio


async def test_free_place_is_taken_without_yielding() -> None:
    places, others_ran = PrioritySemaphore(2), False

    async def other() -> None:
        nonlocal others_ran
        others_ran = True

    async with anyio.create_task_group() as group:
        group.start_soon(other)
        await places.acquire()
        await places.acquire()
        assert not others_ran


async def test_waiters_are_served_in_order_urgent_ones_first() -> None:
    places, served = PrioritySemaphore(1), list[str]()

    async def worker(name: str, urgent: bool) -> None:
        await places.acquire(urgent=urgent)
        served.append(name)
        await anyio.lowlevel.checkpoint()
        places.release()

    await places.acquire()
    async with anyio.create_task_group() as group:
        for name, urgent in [("a", False), ("b", False), ("c", True), ("d", True)]:
            group.start_soon(worker, name, urgent)
            await anyio.wait_all_tasks_blocked()
        assert places.waiting == 4
        places.release()
    assert served == ["c", "d", "a", "b"]
    assert places.waiting == 0


@pytest.mark.parametrize("seed", range(10))
async def test_random_cancellations_lose_and_duplicate_no_place(seed: int) -> None:
    chance = random.Random(seed)
    places, inside, most_inside, served = PrioritySemaphore(3), 0, 0, 0
    scopes: list[anyio.CancelScope] = []

    async def worker() -> None:
        nonlocal inside, most_inside, served
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            await places.acquire(urgent=chance.random() < 0.3)
            try:
                inside += 1
                most_inside = max(most_inside, inside)
                for _ in range(chance.randrange(4)):
                    await anyio.lowlevel.checkpoint()
                served += 1
            finally:
                inside -= 1
                places.release()

    async def canceller() -> None:
        while inside or places.waiting:
            chance.choice(scopes).cancel()
            for _ in range(chance.randrange(3)):
                await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for _ in range(60):
            group.start_soon(worker)
        await anyio.lowlevel.checkpoint()
        group.start_soon(canceller)
    assert 0 < served < 60
    assert most_inside == 3
    with anyio.fail_after(1):
        for _ in range(3):
            await places.acquire()


@pytest.mark.parametrize("seed", range(20))
async def test_cancelled_waiters_do_not_change_the_order(seed: int) -> None:
    chance = random.Random(seed)
    places, served = PrioritySemaphore(2), list[int]()
    urgent, patient = list[int](), list[int]()  # the workers expected in each queue
    scopes: list[anyio.CancelScope] = []

    async def worker(number: int, hurry: bool) -> None:
        with scopes[number]:
            await places.acquire(urgent=hurry)
            served.append(number)

    await places.acquire()
    await places.acquire()
    expected: list[int] = []
    async with anyio.create_task_group() as group:
        for _ in range(60):
            match chance.choice(["come", "come", "leave", "give"]):
                case "come":
                    hurry = chance.random() < 0.4
                    (urgent if hurry else patient).append(len(scopes))
                    scopes.append(anyio.CancelScope())
                    group.start_soon(worker, len(scopes) - 1, hurry)
                case "leave" if urgent or patient:
                    queue = chance.choice([each for each in (urgent, patient) if each])
                    scopes[queue.pop(chance.randrange(len(queue)))].cancel()
                case "give" if urgent or patient:
                    expected.append((urgent or patient).pop(0))
                    places.release()
                case _:
                    continue
            await let_all_run()
            assert places.waiting == len(urgent) + len(patient)
            assert served == expected
        group.cancel_scope.cancel()
    assert len(expected) > 3


async def let_all_run() -> None:
    """Yield five times, so that every task has joined or left the queue, or has noted that it was served."""
    for _ in range(5):
        await anyio.lowlevel.checkpoint()


def test_waiter_cancelled_when_granted_passes_the_place_on() -> None:
    async def main() -> None:
        places = PrioritySemaphore(1)
        await places.acquire()
        first, second = asyncio.ensure_future(places.acquire()), asyncio.ensure_future(places.acquire())
        await asyncio.sleep(0)
        places.release()
        first.cancel()
        await asyncio.wait_for(second, 1)
        assert first.cancelled()

    asyncio.run(main())
