"""Single flight: many callers share one piece of work, which a cancelled caller cannot tear."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

from .clock import Deadline
from .errors import CallTimeout, CognitoError, TransportError
from .shield import shielded

T = TypeVar("T")


class Failure:
    """An error that many callers get, so that their tracebacks do not pile up on one object."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self._traceback = error.__traceback__

    def told(self) -> Exception:
        """Return a copy of a `CognitoError`. Any other error may not be copied: return it with its first traceback."""
        if isinstance(self.error, CognitoError):
            return copy.copy(self.error)
        return self.error.with_traceback(self._traceback)


@dataclass(slots=True, eq=False, repr=False)
class _Waiter(Generic[T]):
    take: Callable[[T], Awaitable[None]]
    failure: Failure | None = None


@dataclass(slots=True, eq=False, repr=False)
class _Flight(Generic[T]):
    done: anyio.Event
    waiters: list[_Waiter[T]] = field(default_factory=list[_Waiter[T]])
    values: list[T] = field(default_factory=list[T])  # one, if the work succeeded
    failure: Failure | None = None


class SingleFlight(Generic[T]):
    """Runs one piece of work for a key at a time on this event loop; callers that ask while it runs share its outcome.

    The work runs under a shield, and so does each caller's `take` with its outcome: a refresh token that the
    service has rotated must reach the memory and the store of every caller, cancelled or not. The caller that
    started the work therefore stays until it ends, which the work's own deadline bounds.
    """

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def run(
        self, key: str, work: Callable[[], Awaitable[T]], take: Callable[[T], Awaitable[None]], deadline: Deadline
    ) -> T:
        """Do `work`, or wait until the deadline for the same work that is running; return its value.

        Raises the work's error, or that of this caller's `take`. Each caller gets a separate error object.
        """
        waiter = _Waiter(take)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight[T](anyio.Event())
            flight.waiters.append(waiter)
            await shielded(lambda: self._fly(key, flight, work))
        else:
            flight.waiters.append(waiter)
            with deadline.scope() as scope:
                await flight.done.wait()
            if scope.cancelled_caught:
                raise CallTimeout("the same work, begun by another caller, was not done in time")
        failure = flight.failure or waiter.failure
        if failure is not None:
            raise failure.told() from None
        return flight.values[0]

    async def settled(self, key: str) -> T | None:
        """Wait until no work runs for this key; return its value if it ran and succeeded."""
        flight = self._flights.get(key)
        if flight is None:
            return None
        await flight.done.wait()
        return flight.values[0] if flight.values else None

    async def _fly(self, key: str, flight: _Flight[T], work: Callable[[], Awaitable[T]]) -> None:
        try:
            value = await work()
            flight.values.append(value)
            for waiter in flight.waiters:  # more may come while one takes
                try:
                    await waiter.take(value)
                except Exception as error:  # noqa: BLE001 - whatever it is, this caller gets it
                    waiter.failure = Failure(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller gets it
            flight.failure = Failure(error)
        except BaseException:
            flight.failure = Failure(TransportError("the work was broken off from outside; try again"))
            raise
        finally:
            del self._flights[key]
            flight.done.set()
