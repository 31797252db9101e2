"""Whose turn it is to do long arithmetic on this event loop: one at a time, proofs first.

Several handshakes sliced side by side would all finish late; one after the other, the first is done
early. A proof goes before a new handshake, because its challenge is already ageing at the service.
The turn covers arithmetic only, never a round trip.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from typing import TypeVar

from anyio.lowlevel import checkpoint

from .per_loop import PerLoop
from .semaphore import Slots

T = TypeVar("T")


_turns = PerLoop(functools.partial(Slots, 1))


@asynccontextmanager
async def arithmetic_turn(*, urgent: bool) -> AsyncIterator[None]:
    """Hold the loop's one turn; `urgent` waiters are served before all others."""
    turns = _turns.get()
    await turns.take(urgent=urgent)
    try:
        yield
    finally:
        turns.give()


async def run_sliced(steps: Generator[None, None, T], *, urgent: bool) -> T:
    """Run sliced arithmetic to its end in one turn, giving way to other tasks between slices."""
    async with arithmetic_turn(urgent=urgent):
        while True:
            try:
                next(steps)
            except StopIteration as done:
                result: T = done.value
                return result
            await checkpoint()
