"""Whose turn it is to do long arithmetic on this event loop: one at a time, proofs first.

Several handshakes sliced side by side would all finish late; one after the other, the first is done
early. A proof goes before a new handshake, because its challenge is already ageing at the service.
The turn covers arithmetic only, never a round trip.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from anyio.lowlevel import checkpoint

from .per_loop import PerLoop

T = TypeVar("T")


class _Turns:
    def __init__(self) -> None:
        self._taken = False
        self._urgent: deque[anyio.Event] = deque()
        self._patient: deque[anyio.Event] = deque()

    async def take(self, urgent: bool) -> None:
        if not self._taken:
            self._taken = True
            return
        queue = self._urgent if urgent else self._patient
        granted = anyio.Event()
        queue.append(granted)
        try:
            await granted.wait()
        except BaseException:
            # Cancelled: leave the queue, or hand on a turn that was granted in the same moment.
            if granted.is_set():
                self.give()
            else:
                queue.remove(granted)
            raise

    def give(self) -> None:
        queue = self._urgent or self._patient
        if queue:
            queue.popleft().set()
        else:
            self._taken = False


_turns = PerLoop(_Turns)


@asynccontextmanager
async def arithmetic_turn(*, urgent: bool) -> AsyncIterator[None]:
    """Hold the loop's one turn; `urgent` waiters are served before all others."""
    turns = _turns.get()
    await turns.take(urgent)
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
