"""Single flight: many callers, one piece of work that a cancelled caller cannot tear."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

from .._ground.errors import TransportError

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    landed: anyio.Event = field(default_factory=anyio.Event)
    value: T | None = None
    error: Exception | None = None


class SingleFlight(Generic[T]):
    """Runs one piece of work for a key at a time on this event loop; whoever asks meanwhile shares its outcome.

    The work runs in a child task under a shield: a refresh token that the service has rotated must
    reach memory and store although the caller was cancelled in the middle. An inline shield would not
    do, because asyncio's own `task.cancel()` does not know of it. The caller who started the work
    therefore stays until it ends, which the work's own deadline bounds.
    """

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def run(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, or wait for the same work that is under way; each caller gets the value or the error."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight()
            async with anyio.create_task_group() as group:
                group.start_soon(self._fly, key, flight, work)
        else:
            await flight.landed.wait()
        return _outcome(flight)

    async def settled(self, key: str) -> T | None:
        """Wait until no work is under way for this key; its value, if there was any and it succeeded."""
        flight = self._flights.get(key)
        if flight is None:
            return None
        await flight.landed.wait()
        return flight.value

    async def _fly(self, key: str, flight: _Flight[T], work: Callable[[], Awaitable[T]]) -> None:
        try:
            with anyio.CancelScope(shield=True):
                flight.value = await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller gets it
            flight.error = error
        except BaseException:
            flight.error = TransportError("the work was broken off from outside; try again")
            raise
        finally:
            del self._flights[key]
            flight.landed.set()


def _outcome(flight: _Flight[T]) -> T:
    if flight.error is not None:
        # Each caller raises an error of its own: tracebacks of many tasks do not pile up on one object.
        raise copy.copy(flight.error) from None
    return flight.value  # type: ignore[return-value]
