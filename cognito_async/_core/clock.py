"""Time, as everything here asks for it: one object that a test can replace and move."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import datetime, timezone

import anyio


class Clock:
    """Pass a subclass as `clock=` when a program must decide what time it is; this one is the machine's.

    All waiting and every deadline of the library goes through these four methods.
    """

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds, giving way to other tasks."""
        await anyio.sleep(seconds)

    def move_on_after(self, seconds: float) -> AbstractContextManager[anyio.CancelScope]:
        """A scope that is cancelled when that many seconds are over, as `anyio.move_on_after`."""
        return anyio.move_on_after(seconds)


class Deadline:
    """One moment that a call with all its attempts must not outlast; `None` seconds: no limit."""

    __slots__ = ("_clock", "_ends")

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._ends = None if seconds is None else clock.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative; `inf` without a limit."""
        return float("inf") if self._ends is None else max(0.0, self._ends - self._clock.monotonic())

    def scope(self, *, at_most: float = float("inf")) -> AbstractContextManager[anyio.CancelScope]:
        """A scope that is cancelled at this moment, or after `at_most` seconds; look at its `cancelled_caught`."""
        remaining = min(self.remaining(), at_most)
        return anyio.CancelScope() if remaining == float("inf") else self._clock.move_on_after(remaining)
