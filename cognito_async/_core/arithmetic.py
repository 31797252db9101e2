"""A lock for long arithmetic on one event loop: one computation at a time, proofs first.

Handshakes that share the CPU would all finish late; one at a time, the first finishes early. A proof takes precedence
over a new handshake, because its challenge at the service expires. The lock covers arithmetic only, never a round trip.
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
    """Run sliced arithmetic under the lock and return its result. Other tasks run between the slices."""
    async with arithmetic_lock(urgent=urgent):
        while True:
            try:
                next(steps)
            except StopIteration as done:
                result: T = done.value
                return result
            await checkpoint()
