"""Measures the longest step of an event loop, as CPU time of its thread, which a busy machine does not increase."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import trio
import trio.abc


class LongestStep(trio.abc.Instrument):
    """The longest time, in seconds, that the loop did not run another task."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._started = 0.0

    def before_task_step(self, task: object) -> None:
        self._started = time.thread_time()

    def after_task_step(self, task: object) -> None:
        self.seconds = max(self.seconds, time.thread_time() - self._started)

    def read(self) -> float:
        """Return the duration of the longest step, the running one included."""
        return max(self.seconds, time.thread_time() - self._started)

    def restart(self) -> None:
        """Forget the steps so far, and the running one."""
        self._started, self.seconds = time.thread_time(), 0.0


def run_measured(backend: str, program: Callable[[LongestStep], Awaitable[None]]) -> None:
    """Run a program on an event loop that measures its steps."""
    longest = LongestStep()
    if backend == "trio":
        trio.run(program, longest, instruments=[longest])
        return
    run = asyncio.events.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        longest.before_task_step(None)
        run(handle)
        longest.after_task_step(None)

    async def main() -> None:
        await program(longest)

    asyncio.events.Handle._run = measured  # type: ignore[method-assign, assignment]
    try:
        asyncio.run(main())
    finally:
        asyncio.events.Handle._run = run  # type: ignore[method-assign]
