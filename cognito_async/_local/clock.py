"""A clock that tests and demonstrations move by hand."""

from __future__ import annotations

import functools
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta, timezone

import anyio
import anyio.lowlevel

from .._core.clock import Clock
from .._core.concurrency.event_loop import EventLoop, is_running
from .._core.concurrency.guard import guard
from .._core.errors import ConfigurationError
from .._core.outside import is_number


class MovableClock(Clock):
    """A clock that you move, so that a code expires or a lockout ends without a wait. Pass it as `clock=`.

    Args:
        start: the time that the clock shows until `advance` or `sleep` moves it, as an aware datetime. By default,
            the clock runs: it shows the machine's time plus the seconds by which it was moved.

    A `move_on_after` scope expires only when the clock is moved, even if the clock runs. A slow machine therefore
    causes no timeout. Any thread can move the clock.
    """

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ConfigurationError("start must be an aware datetime, such as datetime.now(timezone.utc)")
        self._start = start and start.astimezone(timezone.utc)
        self._moved = 0.0
        self._scopes: dict[anyio.CancelScope, tuple[float, EventLoop]] = {}

    def now(self) -> datetime:
        return (self._start or super().now()) + timedelta(seconds=self._moved)

    def monotonic(self) -> float:
        return self._moved if self._start else super().monotonic() + self._moved

    def advance(self, seconds: float) -> None:
        """Move the clock forward by `seconds`, and cancel the `move_on_after` scopes that have expired."""
        if not is_number(seconds, 0, 2**53):
            raise ConfigurationError("a clock can only be moved forward: pass a number of seconds that is not negative")
        with guard:
            self._moved += seconds
            expired = [(scope, loop) for scope, (ends, loop) in self._scopes.items() if ends <= self._moved]
        for scope, loop in expired:
            if is_running(loop.token):
                scope.cancel()
            else:
                loop.call_soon(functools.partial(self._cancel, scope))

    def _cancel(self, scope: anyio.CancelScope) -> None:
        """Cancel a scope, unless it has ended before its event loop could call this."""
        if scope in self._scopes:
            scope.cancel()

    async def sleep(self, seconds: float) -> None:
        """Do not wait: move the clock by `seconds`, and let other tasks run."""
        self.advance(max(0.0, seconds))
        await anyio.lowlevel.checkpoint()

    def move_on_after(self, seconds: float) -> AbstractContextManager[anyio.CancelScope]:
        return self._scope(self._moved + seconds)

    @contextmanager
    def _scope(self, ends: float) -> Generator[anyio.CancelScope]:
        with anyio.CancelScope() as scope:
            with guard:
                self._scopes[scope] = ends, EventLoop.current()
            try:
                self.advance(0)
                yield scope
            finally:
                with guard:
                    del self._scopes[scope]
