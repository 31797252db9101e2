"""The workload `crowd`: CPU and memory per sign-in, of many sign-ins at the same time in one process.

It fails if one of the sign-ins fails.
"""

from __future__ import annotations

import time

import anyio

from .worker import PASSWORD, USERNAME, Arguments, Figures, memory, our_pool, run_async


async def measure(arguments: Arguments) -> Figures:
    """Measure `concurrent` sign-ins at the same time, or only a share of them: `size` is the share, from 0 to 1."""
    count = max(1, int(float(arguments["concurrent"]) * arguments.size))
    signed_in = 0
    async with our_pool(arguments) as pool:
        await pool.sign_in(USERNAME, PASSWORD)

        async def sign_in() -> None:
            nonlocal signed_in
            result = await pool.sign_in(USERNAME, PASSWORD)
            signed_in += result.signed_in

        before, memory_before, started = time.process_time(), memory("VmRSS"), time.perf_counter()
        async with anyio.create_task_group() as crowd:
            for _ in range(count):
                crowd.start_soon(sign_in)
        cpu, wall = time.process_time() - before, time.perf_counter() - started
    assert signed_in == count
    peak = memory("VmHWM")
    return {
        "cpu": cpu / count,
        "wall": wall,
        "users": count,
        "peak": peak,
        "peak_each": (peak - memory_before) / count,
    }


if __name__ == "__main__":
    run_async(measure)
