"""Threads with event loops of their own, for tests of what a process shares."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
import anyio.lowlevel

BACKENDS = ("asyncio", "trio")
PATIENCE = 60.0


def run_in_threads(*functions: Callable[[], Awaitable[Any]], backends: tuple[str, ...] = BACKENDS) -> list[Any]:
    """Run each async function in a thread of its own, the backends in turn. Return the results, or raise an error."""
    outcomes: list[Any] = [None] * len(functions)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            outcomes[number] = anyio.run(functions[number], backend=backends[number % len(backends)])
        except BaseException as failure:  # noqa: BLE001 - raised below, in the test's thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(functions))]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE + 10  # so that a limit inside the functions is reported first
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if failures:
        raise failures[0]
    assert not any(thread.is_alive() for thread in threads), "a thread does not end"
    return outcomes


async def until(condition: Callable[[], object]) -> None:
    """Let other tasks and threads run until the condition is true. Fail after `PATIENCE` seconds."""
    with anyio.fail_after(PATIENCE):
        while not condition():
            await anyio.lowlevel.checkpoint()


def abandon(work: Coroutine[Any, Any, Any], begun: threading.Event) -> Callable[[], None]:
    """Run the work on an asyncio loop of this thread, and close the loop in the middle, once `begun` is set.

    Return a function that closes the tasks left over, as garbage collection does at some time.
    """
    loop = asyncio.new_event_loop()
    loop.create_task(work)  # noqa: RUF006 - it is in `left`

    async def until_begun() -> None:
        assert await asyncio.to_thread(begun.wait, PATIENCE)

    loop.run_until_complete(until_begun())
    loop.run_until_complete(loop.shutdown_default_executor())
    left = asyncio.all_tasks(loop)
    loop.close()

    def collect() -> None:
        for task in left:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(RuntimeError):  # some coroutines await at their end, which the closed loop refuses
                task.get_coro().close()

    return collect


@contextmanager
def forked(child: Callable[[], object]) -> Iterator[None]:
    """Fork, and run `child` in the forked process. Its exit status is 0 if it returns, and checked after the block."""
    with warnings.catch_warnings():  # newer Pythons warn of a fork in a process with several threads
        warnings.simplefilter("ignore", DeprecationWarning)
        number = os.fork()
    if not number:
        status = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(round(PATIENCE))  # ends a child that hangs
            child()
            status = 0
        except BaseException:  # noqa: BLE001 - of another process, whose test sees only the status
            traceback.print_exc()
        finally:
            os._exit(status)
    try:
        yield
    finally:
        status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    assert status == 0
