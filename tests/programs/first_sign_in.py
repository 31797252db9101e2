"""A program that creates a pool and signs in for the first time, and measures how long this blocks the event loop.

Arguments: backend, endpoint, user pool ID, client ID, username. The password comes from TEST_PASSWORD.
TEST_WITHOUT names a module that cannot be imported, such as gmpy2. Prints JSON.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from typing import Any

import anyio

if missing := os.environ.get("TEST_WITHOUT"):
    sys.modules[missing] = None  # type: ignore[assignment]

import cognito_async

STEPS: list[float] = []
OPENED: list[str] = []
_on_loop = False


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Record each file that the loop's thread opens while `_on_loop` is set."""
    if _on_loop and event == "open" and threading_ident() == LOOP_THREAD:
        OPENED.append(str(arguments[0]))


def threading_ident() -> int:
    import threading

    return threading.get_ident()


LOOP_THREAD = threading_ident()


def measure_steps_on_asyncio() -> None:
    import asyncio

    handles: Any = asyncio.Handle
    run = handles._run

    def measured(handle: Any) -> None:
        started = time.thread_time()
        run(handle)
        STEPS.append(time.thread_time() - started)

    handles._run = measured


def trio_instrument() -> Any:
    import trio

    class Steps(trio.abc.Instrument):
        def before_task_step(self, task: Any) -> None:
            self.started = time.thread_time()

        def after_task_step(self, task: Any) -> None:
            STEPS.append(time.thread_time() - self.started)

    return Steps()


async def main(*arguments: str) -> None:
    global _on_loop  # noqa: PLW0603 - an audit hook can read only globals
    endpoint, pool_id, client_id, username = arguments
    # One full garbage collection walks through all imported modules, in about 30 ms. A few allocations more or less in
    # an import decide whether it falls into what is measured here, so it happens before.
    gc.collect()
    gc.freeze()
    await anyio.lowlevel.checkpoint()
    STEPS.clear()
    _on_loop = True
    pool = cognito_async.UserPool(pool_id, client_id, endpoint=endpoint)
    result = await pool.sign_in(username, os.environ["TEST_PASSWORD"])
    _on_loop = False
    first = sorted(STEPS)
    rounds: list[tuple[float, float]] = []
    while len(rounds) < 5 and not any(late < 0.015 for late, _ in rounds):
        rounds.append(await ticker_lateness(pool, username))  # repeated, because the machine may be busy
    print(
        json.dumps(
            {
                "signed_in": result.signed_in,
                "longest_step": first[-1],
                "steps": len(first),
                "opened": OPENED,
                "ticker_p99": min(late for late, _ in rounds),
                "ticker_p99_of_own_work": max(worked for _, worked in rounds),
            }
        )
    )
    await pool.aclose()


async def ticker_lateness(pool: cognito_async.UserPool, username: str) -> tuple[float, float]:
    """Return two 99th percentiles of a 1 ms ticker while 20 users sign in, in seconds.

    The first is its delay in wall-clock time. The second is the CPU time of this thread between two ticks, which does
    not depend on other processes.
    """
    late: list[float] = []
    worked: list[float] = []

    async def tick() -> None:
        while True:
            due, before = time.perf_counter() + 0.001, time.thread_time()
            await anyio.sleep(0.001)
            late.append(time.perf_counter() - due)
            worked.append(time.thread_time() - before)

    async with anyio.create_task_group() as ticking:
        ticking.start_soon(tick)
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(pool.sign_in, username, os.environ["TEST_PASSWORD"])
        ticking.cancel_scope.cancel()
    return sorted(late)[int(len(late) * 0.99)], sorted(worked)[int(len(worked) * 0.99)]


if __name__ == "__main__":
    backend, *arguments = sys.argv[1:]
    sys.addaudithook(audit)
    if backend == "asyncio":
        measure_steps_on_asyncio()
        anyio.run(main, *arguments)
    else:
        import trio

        # Not by `anyio.run`, because older versions of anyio do not pass these options on.
        trio.run(main, *arguments, instruments=[trio_instrument()])
