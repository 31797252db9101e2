"""The lock for SRP arithmetic on one event loop: one computation runs at a time, and password proofs run first.

If several handshakes shared the CPU, all of them would finish late. One after the other, the first finishes early. A
proof takes precedence over a new handshake, because the challenge that it answers expires at the service. A handshake
holds the lock while it computes, never while it waits for a reply.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from typing import TypeVar

from anyio.lowlevel import checkpoint

from .per_loop import PerLoop
from .semaphore import PrioritySemaphore

T = TypeVar("T")


_locks = PerLoop(functools.partial(PrioritySemaphore, 1))


@asynccontextmanager
async def arithmetic_lock(*, urgent: bool) -> AsyncIterator[None]:
    """Hold the event loop's lock. `urgent` waiters are served before all others."""
    lock = _locks.get()
    await lock.acquire(urgent=urgent)
    try:
        yield
    finally:
        lock.release()


async def run_sliced(steps: Generator[None, None, T], *, urgent: bool) -> T:
    """Run `steps`, arithmetic in slices, under the lock. Return the result. Other tasks run between the slices."""
    async with arithmetic_lock(urgent=urgent):
        while True:
            try:
                next(steps)
            except StopIteration as done:
                result: T = done.value
                return result
            await checkpoint()
