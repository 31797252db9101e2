"""The clock of the library, which a test can replace and move, and the deadlines that it measures."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import datetime, timezone

import anyio


class Clock:
    """The machine's clock. To control the time in a test, pass a subclass as `clock=`.

    Every wait and every deadline of a call uses these four methods, except short waits for other threads and processes.
    """

    def now(self) -> datetime:
        """Return the date and time, in UTC, as a `datetime` with a time zone."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Return the seconds since an arbitrary start. They never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for this many seconds, while other tasks run."""
        await anyio.sleep(seconds)

    def move_on_after(self, seconds: float) -> AbstractContextManager[anyio.CancelScope]:
        """Return a scope that is cancelled after this time, like `anyio.move_on_after`."""
        return anyio.move_on_after(seconds)


class Deadline:
    """The time at which a call must end, retries included. If `seconds` is `None`, there is no limit."""

    __slots__ = ("_clock", "_ends")

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._ends = None if seconds is None else clock.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never negative; `inf` without a limit."""
        return float("inf") if self._ends is None else max(0.0, self._ends - self._clock.monotonic())

    def scope(self, *, at_most: float = float("inf")) -> AbstractContextManager[anyio.CancelScope]:
        """Return a scope that is cancelled at the deadline, or after `at_most` seconds if that is earlier.

        After the scope, its `cancelled_caught` says whether the time was up.
        """
        remaining = min(self.remaining(), at_most)
        return anyio.CancelScope() if remaining == float("inf") else self._clock.move_on_after(remaining)
