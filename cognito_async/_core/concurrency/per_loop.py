"""State that belongs to one event loop: created on first use in a loop, and dropped when the loop ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from anyio.lowlevel import RunVar

T = TypeVar("T")

# All `PerLoop` objects share one run variable, which refers to them weakly. anyio holds a run variable until its loop
# ends, so a separate one for each user pool would outlive the pool.
_states: RunVar[WeakKeyDictionary[PerLoop[Any], Any]] = RunVar("cognito_async")


class PerLoop(Generic[T]):
    """A value for each event loop, so that one object works in successive `asyncio.run()` calls, and on trio."""

    def __init__(self, factory: Callable[[], T]) -> None:
        self._factory = factory

    def get(self) -> T:
        """Return the running loop's value; create it on first use."""
        states = self._all()
        try:
            value: T = states[self]
        except KeyError:
            value = states[self] = self._factory()
        return value

    def pop(self) -> T | None:
        """Remove the running loop's value and return it; `None` if the loop has none."""
        value: T | None = self._all().pop(self, None)
        return value

    @staticmethod
    def _all() -> WeakKeyDictionary[PerLoop[Any], Any]:
        try:
            return _states.get()
        except LookupError:
            states: WeakKeyDictionary[PerLoop[Any], Any] = WeakKeyDictionary()
            _states.set(states)
            return states
