"""`PerLoop`: each event loop has a value of its own, which is closed or dropped when the loop has ended."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
import trio

from cognito_async._core.concurrency import per_loop
from cognito_async._core.concurrency.event_loop import running_loop
from cognito_async._core.concurrency.per_loop import PerLoop


class Value:
    """A value that refers to its event loop, as a connection does, and notes what happens to it."""

    def __init__(self) -> None:
        self.ended = ""
        self.loop = running_loop()

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.ended = "closed"

    def drop(self) -> None:
        self.ended = "dropped"


def values() -> PerLoop[Value]:
    return PerLoop(Value, close=Value.aclose, drop=Value.drop)


async def value_of(owner: PerLoop[Value]) -> Value:
    return owner.get()


def run_with_runner(work: Callable[[PerLoop[Value]], Awaitable[Value]], owner: PerLoop[Value]) -> Value:
    with asyncio.Runner() as runner:
        assert runner.run(value_of(owner)) is runner.run(value_of(owner)), "one loop has one value"
        return runner.run(work(owner))  # type: ignore[arg-type]


def run_and_shut_down(work: Callable[[PerLoop[Value]], Awaitable[Value]], owner: PerLoop[Value]) -> Value:
    loop = asyncio.new_event_loop()
    value = loop.run_until_complete(work(owner))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    return value


RUNNERS: dict[str, Callable[..., Value]] = {
    "asyncio.run": lambda work, owner: asyncio.run(work(owner)),
    "asyncio.run in debug mode": lambda work, owner: asyncio.run(work(owner), debug=True),
    "asyncio.Runner": run_with_runner,
    "shutdown_asyncgens": run_and_shut_down,
    "anyio on asyncio": anyio.run,
    "trio.run": trio.run,
}


@pytest.fixture(params=list(RUNNERS.values()), ids=list(RUNNERS))
def run(request: pytest.FixtureRequest) -> Callable[..., Value]:
    """Return a function that runs an async function on a new event loop, and ends the loop in the proper way."""
    runner: Callable[..., Value] = request.param
    return runner


@pytest.fixture
def by_hand() -> Any:
    """Yield a loop that its program closes by hand, or forgets to close."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_each_loop_has_its_own_value(run: Callable[..., Value]) -> None:
    owner = values()
    assert run(value_of, owner) is not run(value_of, owner)


def test_value_is_closed_when_its_loop_ends(run: Callable[..., Value]) -> None:
    assert run(value_of, values()).ended == "closed"


def test_value_is_closed_when_its_loop_ends_with_an_error(anyio_backend: str) -> None:
    owner, found = values(), []

    async def fail() -> None:
        found.append(owner.get())
        raise LookupError

    with pytest.raises(LookupError):
        anyio.run(fail, backend=anyio_backend)
    assert [value.ended for value in found] == ["closed"]


def test_removed_value_is_not_closed(run: Callable[..., Value]) -> None:
    async def remove(owner: PerLoop[Value]) -> Value:
        value = owner.get()
        assert owner.pop() is value
        assert owner.pop() is None
        return value

    assert run(remove, values()).ended == ""


def test_value_without_actions_goes_with_its_loop(run: Callable[..., Value]) -> None:
    value = weakref.ref(run(value_of, PerLoop(Value)))
    gc.collect()
    assert value() is None


def test_value_without_actions_goes_at_the_next_use(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = PerLoop(Value)
    value = weakref.ref(by_hand.run_until_complete(value_of(owner)))
    by_hand.close()
    asyncio.run(value_of(owner))
    gc.collect()
    assert value() is None


def test_error_of_one_value_does_not_stop_the_others(run: Callable[..., Value]) -> None:
    async def fail(value: object) -> None:
        raise LookupError

    first, second = PerLoop(Value, close=fail), values()

    async def use(owner: PerLoop[Value]) -> Value:
        first.get()
        return owner.get()

    assert run(use, second).ended == "closed"


def test_closing_has_a_time_limit(run: Callable[..., Value], monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(value: Value) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            value.ended = "cancelled"

    monkeypatch.setattr(per_loop, "_CLOSING_SECONDS", 0.001)
    assert run(value_of, PerLoop(Value, close=hang)).ended == "cancelled"


def test_stopped_loop_keeps_its_value(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = values()
    value = by_hand.run_until_complete(value_of(owner))
    asyncio.run(value_of(owner))
    trio.run(value_of, owner)
    assert by_hand.run_until_complete(value_of(owner)) is value
    assert value.ended == ""


def test_loop_closed_by_hand_is_let_go_at_the_next_use(
    by_hand: asyncio.AbstractEventLoop, run: Callable[..., Value]
) -> None:
    owner = values()
    value = by_hand.run_until_complete(value_of(owner))
    by_hand.close()
    assert value.ended == ""
    run(value_of, values())  # another object, on another loop
    assert value.ended == "dropped"


def test_living_loop_lets_go_of_a_loop_of_another_thread(anyio_backend: str) -> None:
    owner = values()

    def use_in_thread() -> tuple[asyncio.AbstractEventLoop, Value]:
        loop = asyncio.new_event_loop()
        value = loop.run_until_complete(value_of(owner))
        loop.close()
        return loop, value

    async def main() -> None:
        own = owner.get()
        _, other = await anyio.to_thread.run_sync(use_in_thread)
        assert owner.get() is own
        assert (own.ended, other.ended) == ("", "dropped")

    anyio.run(main, backend=anyio_backend)


def test_loop_lives_while_others_end_in_other_threads(run: Callable[..., Value], anyio_backend: str) -> None:
    owner = values()

    async def main() -> Value:
        own = owner.get()

        def end_others() -> None:
            for _ in range(20):
                assert run(value_of, owner).ended == "closed"

        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(anyio.to_thread.run_sync, end_others)
        assert owner.get() is own
        assert own.ended == ""
        return own

    assert anyio.run(main, backend=anyio_backend).ended == "closed"


def test_loop_is_used_again_after_its_generators_were_closed(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = values()
    first = by_hand.run_until_complete(value_of(owner))
    by_hand.run_until_complete(by_hand.shutdown_asyncgens())
    second = by_hand.run_until_complete(value_of(owner))
    assert by_hand.run_until_complete(value_of(owner)) is second
    by_hand.close()
    asyncio.run(value_of(owner))
    assert (first.ended, second.ended) == ("closed", "dropped")


def test_first_use_after_the_generators_were_closed(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = values()
    by_hand.run_until_complete(by_hand.shutdown_asyncgens())
    value = by_hand.run_until_complete(value_of(owner))  # asyncio's warning, here an error, does not reach the caller
    by_hand.close()
    asyncio.run(value_of(owner))
    assert value.ended == "dropped"


def test_value_made_while_the_loop_ends_is_closed_too(anyio_backend: str) -> None:
    owner, found = values(), []

    async def use_late() -> Any:
        try:
            yield
        finally:
            found.append(owner.get())

    async def main() -> Value:
        generator = use_late()
        await anext(generator)
        kept.append(generator)
        return owner.get()

    kept: list[Any] = []
    first = anyio.run(main, backend=anyio_backend)
    asyncio.run(value_of(values()))
    assert first.ended == "closed"
    assert found[0].ended in {"closed", "dropped"}


@pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning")
def test_forgotten_loop_is_garbage_collected() -> None:
    owner = values()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(value_of(owner))
    forgotten = weakref.ref(loop)
    del loop
    gc.collect()
    assert forgotten() is None


def test_value_goes_with_its_owner(anyio_backend: str) -> None:
    async def main() -> None:
        owner = values()
        value = weakref.ref(owner.get())
        del owner
        gc.collect()
        assert value() is None

    anyio.run(main, backend=anyio_backend)


def test_asyncio_hosts_a_run_of_trio() -> None:
    owner = values()

    async def host() -> tuple[Value, Value]:
        finished, found = asyncio.Event(), []

        async def guest() -> None:
            found.append(owner.get())

        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=asyncio.get_running_loop().call_soon_threadsafe,
            done_callback=lambda _: finished.set(),
        )
        await finished.wait()
        assert found[0].ended == "closed"
        return owner.get(), found[0]

    of_asyncio, of_trio = asyncio.run(host())
    assert of_asyncio is not of_trio
    assert of_asyncio.ended == "closed"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_process_drops_the_values_of_its_parent() -> None:
    program = """
import asyncio, os, sys
from cognito_async._core.concurrency.per_loop import PerLoop

async def value():
    return owner.get()

dropped = []
owner = PerLoop(lambda: os.getpid(), drop=dropped.append)
loop = asyncio.new_event_loop()
parent = loop.run_until_complete(value())
child = os.fork()
assert dropped == ([] if child else [parent])
assert loop.run_until_complete(value()) == os.getpid()
assert asyncio.run(value()) == os.getpid()
if child:
    assert os.waitpid(child, 0)[1] == 0
loop.close()
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_many_runs_in_many_threads_leave_nothing(run: Callable[..., Value]) -> None:
    owner = values()
    started = threading.Barrier(8)

    def use() -> list[weakref.ref[Value]]:
        started.wait()
        return [weakref.ref(run(value_of, owner)) for _ in range(10)]

    with ThreadPoolExecutor(8) as threads:
        found = [value for using in [threads.submit(use) for _ in range(8)] for value in using.result()]
    gc.collect()
    assert len(found) == 80
    assert not any(value() for value in found)
