"""Run in a process of its own: make a pool and sign in for the first time, and measure what the event loop felt.

Arguments: backend, endpoint, user pool id, client id, user name. The password comes from the environment, and the name
of a module that shall not be found. Prints JSON.
"""

from __future__ import annotations

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
    """Note each file that is opened between two checkpoints on the loop's own thread."""
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
    global _on_loop  # noqa: PLW0603 - the audit hook sees nothing else
    endpoint, pool_id, client_id, username = arguments
    await anyio.lowlevel.checkpoint()
    STEPS.clear()
    _on_loop = True
    pool = cognito_async.UserPool(pool_id, client_id, endpoint=endpoint)
    result = await pool.sign_in(username, os.environ["TEST_PASSWORD"])
    _on_loop = False
    first = sorted(STEPS)
    rounds: list[tuple[float, float]] = []
    while len(rounds) < 5 and not any(late < 0.015 for late, _ in rounds):
        rounds.append(await ticker_lateness(pool, username))  # the machine may be busy with other things
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
    """The 99th percentile of how late a 1 ms ticker comes while 20 people sign in, in seconds.

    Once on the wall, and once in the time that this thread itself worked between two ticks, which other
    processes cannot spoil.
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

        # Not by anyio, whose older versions lose the options on the way.
        trio.run(main, *arguments, instruments=[trio_instrument()])
