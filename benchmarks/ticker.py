"""The workload `ticker`: the delay of a 1 ms ticker while 20 sign-ins are always in progress, in seconds.

Our package runs complete sign-ins on the event loop. pycognito runs only handshakes, each in a worker thread.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread

from .worker import PASSWORD, USERNAME, Arguments, Figures, our_pool, run_async

CONCURRENT = 20
PERIOD = 0.001


async def measure(arguments: Arguments) -> Figures:
    """Measure for `size` seconds."""
    if arguments.contender == "pycognito":
        from .srp import pycognito

        handshake = pycognito()

        async def sign_in() -> None:
            await anyio.to_thread.run_sync(handshake, limiter=limiter)

        limiter = anyio.CapacityLimiter(CONCURRENT)
        return await lateness(sign_in, arguments.size)
    async with our_pool(arguments) as pool:

        async def sign_in() -> None:
            await pool.sign_in(USERNAME, PASSWORD)

        await sign_in()
        return await lateness(sign_in, arguments.size)


async def lateness(sign_in: Callable[[], Awaitable[None]], seconds: float) -> Figures:
    finished = 0
    late: list[float] = []
    ends = time.perf_counter() + seconds

    async def sign_in_repeatedly() -> None:
        nonlocal finished
        while time.perf_counter() < ends:
            await sign_in()
            finished += 1

    async def tick() -> None:
        while True:
            due = time.perf_counter() + PERIOD
            await anyio.sleep(PERIOD)
            late.append(time.perf_counter() - due)

    async with anyio.create_task_group() as ticking:
        ticking.start_soon(tick)
        async with anyio.create_task_group() as tasks:
            for _ in range(CONCURRENT):
                tasks.start_soon(sign_in_repeatedly)
        ticking.cancel_scope.cancel()
    return {"p99": sorted(late)[int(len(late) * 0.99)], "worst": max(late), "ticks": len(late), "sign_ins": finished}


if __name__ == "__main__":
    run_async(measure)
