"""Single flight: concurrent callers share one piece of work, which completes even if they are cancelled."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

import anyio

from ..clock import Deadline
from ..errors import CallTimeout, TransportError
from .failure import Failure
from .per_loop import PerLoop
from .process_flights import ProcessFlights
from .shield import shielded

T = TypeVar("T")


@dataclass(slots=True, eq=False, repr=False)
class _Waiter(Generic[T]):
    take: Callable[[T], Awaitable[None]]
    failure: Failure | None = None


@dataclass(slots=True, eq=False, repr=False)
class _SharedWork(Generic[T]):
    done: anyio.Event
    waiters: deque[_Waiter[T]] = field(default_factory=deque[_Waiter[T]])  # those that have not taken the value
    values: list[T] = field(default_factory=list[T])  # the value of the work, if it succeeded
    failure: Failure | None = None

    async def hand_out(self, value: T) -> None:
        """Let all waiters take the value, also those that are added while one takes it."""
        while self.waiters:
            waiter = self.waiters.popleft()
            try:
                await waiter.take(value)
            except Exception as error:  # noqa: BLE001 - this caller raises it, whatever it is
                waiter.failure = Failure(error)


class SingleFlight(Generic[T]):
    """Shared work of one process: for each key, one piece of work runs at a time. Its callers share the outcome.

    The work and each caller's `take` run under a shield, because a refresh token that the service has rotated must
    reach the memory and the store of every caller, even of a cancelled one. Therefore the first caller of each event
    loop waits for the end of the work even if that caller is cancelled. Deadlines limit this wait. If the first caller
    of a loop runs out of time while another loop works, the callers of its loop do not take the value. Each `take` runs
    on its caller's event loop, because a store may belong to that loop.
    """

    def __init__(self) -> None:
        self._running: PerLoop[dict[str, _SharedWork[T]]] = PerLoop(dict)
        self._flights: ProcessFlights[T] = ProcessFlights()

    async def run(
        self, key: str, work: Callable[[], Awaitable[T]], take: Callable[[T], Awaitable[None]], deadline: Deadline
    ) -> T:
        """Run `work`, or wait for the work that already runs under the same key. Return the value of the work.

        Args:
            key: identifies the work. Calls with the same key share it.
            work: an async function that returns the value.
            take: an async function that receives the value before any caller continues, such as to save it.
            deadline: the end of the wait for another caller's work. `work` itself must have a deadline of its own.

        Raises:
            CallTimeout: if the running work does not end before the deadline.
            Exception: the error of the work, or of this caller's `take`. Each caller gets a copy of a `CognitoError`.
        """
        while True:
            waiter, running = _Waiter(take), self._running.get()
            shared = running.get(key)
            leads = shared is None
            if shared is None:
                shared = running[key] = _SharedWork[T](anyio.Event())
                shared.waiters.append(waiter)
                await shielded(partial(self._execute, running, key, work, deadline))
            else:
                shared.waiters.append(waiter)
                with deadline.scope() as scope:
                    await shared.done.wait()
                if scope.cancelled_caught:
                    raise CallTimeout("timed out waiting for another caller that does the same work")
            failure = shared.failure or waiter.failure
            if failure is None:
                return shared.values[0]
            if leads or failure is waiter.failure or not failure.leaves_time(deadline):
                raise failure.as_exception() from None

    async def wait_for_running(self, key: str) -> T | None:
        """Wait for the work that is running under this key. Return its value, or `None` if it failed or none runs."""
        shared = self._running.get().get(key)
        if shared is None:
            return await self._flights.wait_for_running(key)
        await shared.done.wait()
        return shared.values[0] if shared.values else None

    async def _execute(
        self, running: dict[str, _SharedWork[T]], key: str, work: Callable[[], Awaitable[T]], deadline: Deadline
    ) -> None:
        shared = running[key]

        async def lead() -> T:
            value = await work()
            await shared.hand_out(value)  # before another loop can start the work again
            return value

        try:
            value = await self._flights.run(key, lead, deadline)
            await shared.hand_out(value)
            shared.values.append(value)
        except Exception as error:  # noqa: BLE001 - every caller raises it, whatever it is
            shared.failure = Failure(error)
        except BaseException:
            shared.failure = Failure(TransportError("the shared work was cancelled; try again"))
            raise
        finally:
            del running[key]
            shared.done.set()
