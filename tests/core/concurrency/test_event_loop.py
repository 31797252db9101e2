"""An event loop as other threads see it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

import anyio
import pytest

from cognito_async._core.concurrency.event_loop import EventLoop, Signal
from tests.threads import BACKENDS, forked


@pytest.mark.parametrize("backend", BACKENDS)
def test_loop_has_ended_after_its_run(backend: str) -> None:
    async def main() -> EventLoop:
        loop = EventLoop.current()
        assert not loop.has_ended and loop.token is EventLoop.current().token
        return loop

    loop = anyio.run(main, backend=backend)
    assert loop.has_ended
    called: list[bool] = []
    loop.call_soon(lambda: called.append(True))
    assert not called


def test_loop_that_stops_and_goes_on_has_not_ended() -> None:
    async def main() -> EventLoop:
        return EventLoop.current()

    own = asyncio.new_event_loop()
    loop = own.run_until_complete(main())
    assert not loop.has_ended
    own.close()
    assert loop.has_ended


def test_there_is_no_loop_outside_of_one() -> None:
    with pytest.raises(RuntimeError):
        EventLoop.current()


@pytest.mark.anyio
@pytest.mark.parametrize("fork", [True, False])
async def test_loop_of_the_parent_has_ended_in_a_forked_child(fork: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = EventLoop.current()
    called: list[bool] = []

    def child() -> None:
        loop.call_soon(lambda: called.append(True))
        assert loop.has_ended

    if fork:
        with forked(child):
            pass
    else:
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            child()
    await anyio.wait_all_tasks_blocked()
    assert not loop.has_ended and not called


def test_program_without_trio_runs_on_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        assert EventLoop.current().token is asyncio.get_running_loop()

    monkeypatch.delitem(sys.modules, "trio")
    asyncio.run(main())


@pytest.mark.anyio
async def test_signal_of_another_thread_wakes_a_task() -> None:
    signal = Signal()
    thread = threading.Thread(target=signal.set)
    thread.start()
    with anyio.fail_after(10):
        await signal.wait()
    thread.join()


@pytest.mark.parametrize("backend", BACKENDS)
def test_signal_of_an_ended_loop_may_be_set(backend: str) -> None:
    async def main() -> Signal:
        return Signal()

    anyio.run(main, backend=backend).set()
