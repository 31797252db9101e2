"""`PerLoop`: each event loop has a separate value, which is closed when the loop ends."""

from __future__ import annotations

import asyncio
import gc
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
from cognito_async._core.concurrency.per_loop import PerLoop
from tests.core.concurrency.values import Plain, Value, value_of


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

    first, found = PerLoop(Forgetful), list[Value]()

    async def use(owner: PerLoop[Value]) -> Value:
        found.append(owner.get())
        return others[0].get()

    found.append(run(use, first))
    assert all(value.ended for value in found)


def test_older_trio_is_recognized(run: Callable[..., Value], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(trio.lowlevel, "in_trio_task", raising=False)
    assert run(value_of, PerLoop(Value)).ended == "closed"


def test_value_needs_a_running_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError):
        PerLoop(Value).get()
    monkeypatch.delitem(sys.modules, "asyncio")  # in most programs at the time of their imports
    with pytest.raises(RuntimeError):
        PerLoop(Value).get()
