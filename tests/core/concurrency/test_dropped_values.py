"""`PerLoop` drops the values of loops that were closed by hand or forgotten, and those of a parent process."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable

import anyio
import pytest
import trio

from cognito_async._core.concurrency.per_loop import PerLoop
from tests.core.concurrency.values import Plain, Value, value_of


def test_plain_value_goes_at_the_next_use(by_hand: asyncio.AbstractEventLoop) -> None:
    owner = PerLoop(Plain)
    value = weakref.ref(by_hand.run_until_complete(value_of(owner)))
    by_hand.close()
    asyncio.run(value_of(owner))
    gc.collect()
    assert value() is None


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

    def run_trio() -> None:
        trio.run(value_of, owner)

    def run_asyncio() -> None:
        asyncio.run(value_of(owner))

    async def main() -> None:
        own = owner.get()
        for run in [run_trio, run_asyncio] * 4:  # loops that have ended, and are not garbage-collected yet
            await anyio.to_thread.run_sync(run)
        _, other = await anyio.to_thread.run_sync(use_in_thread)
        assert owner.get() is own
        assert (own.ended, other.ended) == ("", "dropped")

    anyio.run(main, backend=anyio_backend)


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


def test_use_looks_at_few_of_many_loops() -> None:
    class Counting(asyncio.SelectorEventLoop):
        looks = 0

        def is_closed(self) -> bool:
            Counting.looks += 1
            return super().is_closed()

    owner, loops = PerLoop(Value), [Counting() for _ in range(40)]
    values = [loop.run_until_complete(value_of(owner)) for loop in loops]

    async def use_until_dropped() -> None:
        owner.get()
        for loop in loops:
            loop.close()
        for _ in range(40):
            before = Counting.looks
            owner.get()
            assert Counting.looks - before <= 10

    asyncio.run(use_until_dropped())
    assert [value.ended for value in values] == ["dropped"] * 40
