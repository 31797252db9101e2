"""Locks that exclude the tasks of all event loops of a process."""

from __future__ import annotations

import random
import threading
from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
import pytest

from cognito_async._core.concurrency.event_loop import EventLoop
from cognito_async._core.concurrency.process_locks import ProcessLocks
from tests.sizes import FULL
from tests.threads import PATIENCE, abandon, forked, run_in_threads, until

ROUNDS = 200 if FULL else 40


def test_one_task_of_all_threads_holds_a_lock_at_a_time() -> None:
    locks, counts = ProcessLocks(), {"a": 0, "b": 0}
    patient, finished = list[int](), list[int]()

    def worker(seed: int) -> Callable[[], Awaitable[None]]:
        chance = random.Random(seed)

        async def once() -> None:
            key, patience = chance.choice("ab"), chance.choice([0, 0.0005, 0.002, PATIENCE])
            patient.extend([1] * (patience == PATIENCE))
            with anyio.move_on_after(patience):
                async with locks.lock(key):
                    before = counts[key]
                    for _ in range(chance.randrange(4)):
                        await anyio.lowlevel.checkpoint()
                        assert counts[key] == before
                    counts[key] = before + 1
                    finished.append(1)

        async def main() -> None:
            for _ in range(ROUNDS):
                async with anyio.create_task_group() as group:
                    group.start_soon(once)
                    group.start_soon(once)

        return main

    run_in_threads(*map(worker, range(8)))
    assert len(patient) <= len(finished) == sum(counts.values())
    assert not locks._locks, "a lock that nobody holds takes no memory"


@pytest.mark.anyio
async def test_waiters_get_the_lock_in_order_and_cancelled_ones_leave_the_queue() -> None:
    locks, order = ProcessLocks(), list[str]()

    async def want(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            async with locks.lock("key"):
                order.append(name)

    scopes = {name: anyio.CancelScope() for name in "abcd"}
    async with anyio.create_task_group() as group, locks.lock("key"):
        for name, scope in scopes.items():
            group.start_soon(want, name, scope)
            await anyio.wait_all_tasks_blocked()
        scopes["b"].cancel()
        await anyio.wait_all_tasks_blocked()
        assert not order
    assert order == ["a", "c", "d"]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_lock_of_a_loop_that_was_closed_goes_to_the_next_task(backend: str) -> None:
    locks, held = ProcessLocks(), threading.Event()
    waiting = threading.Event()

    async def wait() -> str:
        assert await anyio.to_thread.run_sync(held.wait, PATIENCE)
        waiting.set()
        async with locks.lock("key"):
            await anyio.to_thread.run_sync(thread.join)
            collect[0]()  # must not release this lock
            assert locks._locks
            return "got it"

    async def hold() -> None:
        async with locks.lock("key"):
            held.set()
            await anyio.to_thread.run_sync(waiting.wait, PATIENCE)
            begun.set()
            await anyio.sleep_forever()

    begun = threading.Event()
    collect: list[Callable[[], None]] = []
    thread = threading.Thread(target=lambda: collect.append(abandon(hold(), begun)))
    thread.start()
    assert run_in_threads(wait, backends=(backend,)) == ["got it"]
    assert not locks._locks


def test_lock_passes_over_waiters_of_closed_loops() -> None:
    locks, queued = ProcessLocks(), threading.Event()

    async def want() -> None:
        async with locks.lock("key"):
            raise AssertionError("the loop of this task is closed")

    async def main() -> None:
        async with locks.lock("key"):
            thread = threading.Thread(target=lambda: collect.append(abandon(want(), queued)))
            thread.start()
            await until(lambda: locks._locks["key"].waiting)
            queued.set()
            await anyio.to_thread.run_sync(thread.join)
        async with locks.lock("key"):
            pass

    collect: list[Callable[[], None]] = []
    run_in_threads(main)
    collect[0]()
    assert not locks._locks


@pytest.mark.anyio
@pytest.mark.parametrize("dead_waiters", [0, 2])
@pytest.mark.table
async def test_tasks_of_a_closed_loop_are_collected_in_the_middle_of_a_step(
    dead_waiters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks, done = ProcessLocks(), list[int]()
    held, queued = threading.Event(), threading.Event()

    async def want() -> None:
        async with locks.lock("key"):
            held.set()
            await anyio.sleep_forever()

    async def want_all() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(1 + dead_waiters):
                group.start_soon(want)

    async def use(number: int) -> None:
        async with locks.lock("key"):
            done.append(number)
            await anyio.wait_all_tasks_blocked()
            assert done[-1] == number, "two tasks hold the lock"

    has_ended: Callable[[EventLoop], bool] = EventLoop.has_ended.__get__

    def collecting(loop: EventLoop) -> bool:
        ended = has_ended(loop)
        if ended and collect:
            collect.pop()()
        return ended

    monkeypatch.setattr(EventLoop, "has_ended", property(collecting))
    collect: list[Callable[[], None]] = []
    thread = threading.Thread(target=lambda: collect.append(abandon(want_all(), queued)))
    thread.start()
    assert await anyio.to_thread.run_sync(held.wait, PATIENCE)
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(use, number)
            while len(locks._locks["key"].waiting) < dead_waiters + 3:
                await anyio.lowlevel.checkpoint()
            queued.set()
            await anyio.to_thread.run_sync(thread.join)
    assert not collect and sorted(done) == [0, 1, 2] and not locks._locks


def test_lock_is_free_in_a_forked_child() -> None:
    locks = ProcessLocks()

    async def take() -> None:
        with anyio.fail_after(PATIENCE):
            async with locks.lock("key"):
                pass

    async def main() -> None:
        async with locks.lock("key"):
            with forked(lambda: run_in_threads(take, take)):
                pass

    anyio.run(main)
