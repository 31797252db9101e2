"""State that belongs to one event loop, made when a loop first asks for it and gone with the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from anyio.lowlevel import RunVar

T = TypeVar("T")

# One run variable for all owners: anyio keeps a run variable as long as its loop, so one for each
# user pool would keep the pool's state alive after the pool is gone.
_states: RunVar[WeakKeyDictionary[PerLoop[Any], Any]] = RunVar("cognito_async")


class PerLoop(Generic[T]):
    """A value per running event loop, so that one object serves successive `asyncio.run()`s and trio."""

    def __init__(self, factory: Callable[[], T]) -> None:
        self._factory = factory

    def get(self) -> T:
        """The running loop's value, made now if this loop has none yet."""
        states = self._all()
        try:
            value: T = states[self]
        except KeyError:
            value = states[self] = self._factory()
        return value

    def pop(self) -> T | None:
        """Take the running loop's value away, if there is one."""
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
