"""`PerLoop`: each event loop has a separate value, which is closed or dropped when the loop has ended."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
import trio

from cognito_async._core.concurrency import per_loop
from cognito_async._core.concurrency.event_loop import running_loop
from cognito_async._core.concurrency.per_loop import LoopResource, PerLoop
from tests.event_loops import RUNNERS


class Value(LoopResource):
    """A value that refers to its event loop, as a connection does, and notes what happens to it."""

    def __init__(self) -> None:
        self.ended = ""
        self.loop = running_loop()

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.ended = "closed"

    def drop(self) -> None:
        self.ended = "dropped"


class Plain:
    """A value that refers to its event loop and holds no files."""

    def __init__(self) -> None:
        self.loop = running_loop()


async def value_of(owner: PerLoop[Any]) -> Any:
    return owner.get()


@pytest.fixture(params=list(RUNNERS.values()), ids=list(RUNNERS))
def run(request: pytest.FixtureRequest) -> Callable[..., Value]:
    """Return one of the `RUNNERS`."""
    runner: Callable[..., Value] = request.param
    return runner


@pytest.fixture
def by_hand() -> Any:
    """Yield a loop that its program closes by hand, or forgets to close."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_each_loop_has_its_own_value(run: Callable[..., Value]) -> None:
    owner = PerLoop(Value)
    assert run(value_of, owner) is not run(value_of, owner)


def test_runs_of_one_loop_share_its_value() -> None:
    owner = PerLoop(Value)
    with asyncio.Runner() as runner:
        assert runner.run(value_of(owner)) is runner.run(value_of(owner))


def test_value_is_closed_when_its_loop_ends(run: Callable[..., Value]) -> None:
    assert run(value_of, PerLoop(Value)).ended == "closed"


def test_value_is_closed_when_its_loop_ends_with_an_error(anyio_backend: str) -> None:
    owner, found = PerLoop(Value), []

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

    assert run(remove, PerLoop(Value)).ended == ""


def test_plain_value_goes_with_its_loop(run: Callable[..., Any]) -> None:
    owner = PerLoop(Plain)
    value = weakref.ref(run(value_of, owner))
    gc.collect()
    assert value() is None


def test_plain_value_goes_at_the_next_use(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = PerLoop(Plain)
    value = weakref.ref(by_hand.run_until_complete(value_of(owner)))
    by_hand.close()
    asyncio.run(value_of(owner))
    gc.collect()
    assert value() is None


def test_error_of_one_value_does_not_stop_the_others(run: Callable[..., Value]) -> None:
    class Failing(Value):
        async def aclose(self) -> None:
            raise LookupError

    first, second = PerLoop(Failing), PerLoop(Value)

    async def use(owner: PerLoop[Value]) -> Value:
        first.get()
        return owner.get()

    assert run(use, second).ended == "closed"


def test_closing_has_a_time_limit(run: Callable[..., Value], monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Value):
        async def aclose(self) -> None:
            try:
                await anyio.sleep_forever()
            finally:
                self.ended = "cancelled"

    monkeypatch.setattr(per_loop, "_CLOSING_SECONDS", 0.001)
    assert run(value_of, PerLoop(Hanging)).ended == "cancelled"


def test_stopped_loop_keeps_its_value(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = PerLoop(Value)
    value = by_hand.run_until_complete(value_of(owner))
    asyncio.run(value_of(owner))
    trio.run(value_of, owner)
    assert by_hand.run_until_complete(value_of(owner)) is value
    assert value.ended == ""


def test_loop_closed_by_hand_is_dropped_at_the_next_use(
    by_hand: asyncio.AbstractEventLoop, run: Callable[..., Value]
) -> None:
    owner = PerLoop(Value)
    value = by_hand.run_until_complete(value_of(owner))
    by_hand.close()
    assert value.ended == ""
    run(value_of, PerLoop(Value))  # another object, on another loop
    assert value.ended == "dropped"


def test_living_loop_lets_go_of_a_loop_of_another_thread(anyio_backend: str) -> None:
    owner = PerLoop(Value)

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
    owner = PerLoop(Value)

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
    owner = PerLoop(Value)
    first = by_hand.run_until_complete(value_of(owner))
    by_hand.run_until_complete(by_hand.shutdown_asyncgens())
    second = by_hand.run_until_complete(value_of(owner))
    assert by_hand.run_until_complete(value_of(owner)) is second
    by_hand.close()
    asyncio.run(value_of(owner))
    assert (first.ended, second.ended) == ("closed", "dropped")


def test_first_use_after_the_generators_were_closed(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = PerLoop(Value)
    by_hand.run_until_complete(by_hand.shutdown_asyncgens())
    value = by_hand.run_until_complete(value_of(owner))  # asyncio warns, and the tests make this an error
    by_hand.close()
    asyncio.run(value_of(owner))
    assert value.ended == "dropped"


def test_value_made_while_the_loop_ends_is_closed_too(anyio_backend: str) -> None:
    owner, found = PerLoop(Value), []

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
    asyncio.run(value_of(PerLoop(Value)))
    assert first.ended == "closed"
    assert found[0].ended in {"closed", "dropped"}


@pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning")
def test_forgotten_loop_is_garbage_collected() -> None:
    owner = PerLoop(Value)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(value_of(owner))
    forgotten = weakref.ref(loop)
    del loop
    gc.collect()
    assert forgotten() is None


def test_value_is_dropped_with_its_owner(anyio_backend: str) -> None:
    async def main() -> Value:
        owner = PerLoop(Value)
        value = owner.get()
        del owner
        gc.collect()
        assert value.ended == "dropped"
        return value

    assert anyio.run(main, backend=anyio_backend).ended == "dropped"


def test_value_of_a_closed_loop_is_dropped_with_its_owner(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = PerLoop(Value)
    value = by_hand.run_until_complete(value_of(owner))
    by_hand.close()
    del owner
    gc.collect()
    assert value.ended == "dropped"


def test_asyncio_hosts_a_run_of_trio() -> None:
    owner = PerLoop(Value)

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
from cognito_async._core.concurrency.per_loop import LoopResource, PerLoop

class Value(LoopResource):
    dropped = False
    async def aclose(self):
        pass
    def drop(self):
        self.dropped = True

async def value():
    return owner.get()

owner = PerLoop(Value)
loop = asyncio.new_event_loop()
parent = loop.run_until_complete(value())
child = os.fork()
assert parent.dropped == (not child)
assert (loop.run_until_complete(value()) is parent) == bool(child)
assert not asyncio.run(value()).dropped
if child:
    assert os.waitpid(child, 0)[1] == 0
loop.close()
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_many_runs_in_many_threads_leave_nothing(run: Callable[..., Value]) -> None:
    owner = PerLoop(Value)
    started = threading.Barrier(8)

    def use() -> list[weakref.ref[Value]]:
        started.wait()
        return [weakref.ref(run(value_of, owner)) for _ in range(10)]

    with ThreadPoolExecutor(8) as threads:
        found = [value for using in [threads.submit(use) for _ in range(8)] for value in using.result()]
    gc.collect()
    assert len(found) == 80
    assert not any(value() for value in found)


def test_owner_may_go_while_its_loop_ends(run: Callable[..., Value]) -> None:
    others: list[PerLoop[Value]] = [PerLoop(Value)]

    class Forgetful(Value):
        async def aclose(self) -> None:
            others.clear()
            await super().aclose()

    first = PerLoop(Forgetful)

    async def use() -> list[Value]:
        return [first.get(), others[0].get()]

    assert all(value.ended for value in run(use))
