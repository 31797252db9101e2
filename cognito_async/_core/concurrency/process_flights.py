"""Work that the event loops of a process share: for each key, one of them does it, and the others wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

from ..clock import Deadline
from ..errors import CallTimeout
from .event_loop import LOOK_SECONDS, EventLoop, Signal
from .failure import Failure
from .guard import guard

T = TypeVar("T")


@dataclass(slots=True, eq=False, repr=False)
class _Flight(Generic[T]):
    leader: EventLoop
    waiters: list[Signal] = field(default_factory=list[Signal])
    has_landed: bool = False
    values: list[T] = field(default_factory=list[T])  # the value of the work, if it succeeded
    failure: Failure | None = None


class ProcessFlights(Generic[T]):
    """Shared work of all event loops in this process. They may run in different threads, on asyncio and on trio.

    The loop that starts the work is its leader. If the leader is cancelled, or its loop ends before the work does,
    another loop starts the work again. So does a loop with time left, if the leader had less and ran out of it.
    """

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def run(self, key: str, work: Callable[[], Awaitable[T]], deadline: Deadline) -> T:
        """Run `work`, or wait for another event loop that runs the work of this key. Return the value of the work.

        Args:
            key: identifies the work.
            work: an async function that returns the value.
            deadline: the end of the wait for another event loop. `work` itself must have a deadline of its own.

        Raises:
            CallTimeout: if the running work does not end before the deadline.
            Exception: the error of the work.
        """
        while True:
            flight, signal = self._join(key)
            if signal is None:
                return await self._lead(key, flight, work)
            with deadline.scope() as scope:
                await _wait(flight, signal)
            if scope.cancelled_caught:
                raise CallTimeout("timed out waiting for another caller that does the same work")
            if flight.failure is not None and not flight.failure.leaves_time(deadline):
                raise flight.failure.as_exception() from None
            if flight.values:
                return flight.values[0]

    def is_running(self, key: str) -> bool:
        """Return whether an event loop runs the work of this key."""
        flight = self._flights.get(key)
        return flight is not None and not flight.leader.has_ended

    async def wait_for_running(self, key: str) -> T | None:
        """Wait for the work that is running under this key. Return its value, or `None` if it failed or none runs."""
        flight, signal = self._flights.get(key), Signal()
        if flight is None:
            return None
        with guard:
            flight.waiters.append(signal)
        await _wait(flight, signal)
        return flight.values[0] if flight.values else None

    def _join(self, key: str) -> tuple[_Flight[T], Signal | None]:
        """Return the flight of this key, with a signal for its end; without one if the caller must lead it."""
        found, new, signal = self._flights.get(key), _Flight[T](EventLoop.current()), Signal()
        is_over = found is None or found.leader.has_ended
        with guard:
            flight = self._flights.get(key)
            if flight is None or (flight is found and is_over):
                self._flights[key] = new
                return new, None
            flight.waiters.append(signal)
            return flight, signal

    async def _lead(self, key: str, flight: _Flight[T], work: Callable[[], Awaitable[T]]) -> T:
        try:
            value = await work()
            flight.values.append(value)
            return value
        except Exception as error:
            if not flight.leader.has_ended:  # otherwise the error comes from closing the coroutine of a closed loop
                flight.failure = Failure(error)
            raise
        finally:
            with guard:
                if self._flights.get(key) is flight:
                    del self._flights[key]
                flight.has_landed = True
                waiters = list(flight.waiters)
            for signal in waiters:
                signal.set()


async def _wait(flight: _Flight[T], signal: Signal) -> None:
    """Wait until the flight has landed, or its leader's loop has ended."""
    while not flight.has_landed and not flight.leader.has_ended:
        with anyio.move_on_after(LOOK_SECONDS):
            await signal.wait()
