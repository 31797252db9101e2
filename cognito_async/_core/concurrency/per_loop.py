"""State that belongs to one event loop: created on first use in a loop, and dropped when the loop ends."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary, ref

import anyio

from .event_loop import is_running, running_loop
from .guard import at_fork

T = TypeVar("T")

# The attribute of a loop that refers to its values. A value may refer to its loop, as a connection of asyncio does. A
# table with the loops as weak keys would then keep both forever. When the loop owns its values, the garbage collector
# can free both together.
_ATTRIBUTE = "_values_of_cognito_async"
# The number of loops that each use looks at, in turn, to see whether they were closed. A look takes 0.1 µs.
_LOOKS = 4
# Seconds that closing one value may take while the loop ends.
_CLOSING_SECONDS = 1.0


class LoopResource(ABC):
    """A value of a `PerLoop` that holds files."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the files. The loop calls this when it ends."""

    @abstractmethod
    def drop(self) -> None:
        """Close the files at once. Any thread may call this, and the loop may have ended. It raises no error."""


class PerLoop(Generic[T]):
    """A value for each event loop, so that one object works in successive `asyncio.run()` calls, and on trio.

    The end of `asyncio.run()` or of a run of trio closes a value that is a `LoopResource`. A bare `loop.close()` closes
    nothing, so the next use of any `PerLoop`, on any loop, drops the value; or, in a process with many loops, one of
    the next uses. A value is also dropped when its `PerLoop` is garbage-collected, and in a forked process.

    Args:
        factory: makes a value.
    """

    def __init__(self, factory: Callable[[], T]) -> None:
        self._factory = factory

    def get(self) -> T:
        """Return the running loop's value; create it on first use."""
        values = _current()
        try:
            value: T = values.by_owner[ref(self)]
        except KeyError:
            value = self._factory()
            values.add(self, value)
        return value

    def pop(self) -> T | None:
        """Remove the running loop's value and return it; `None` if the loop has none."""
        value: T | None = _current().by_owner.pop(ref(self), None)
        return value


class _LoopValues:
    """The values of one event loop. The loop owns this object. trio's token cannot, so `_trio_runs` owns those of trio.

    Attributes:
        by_owner: the values of all `PerLoop` objects.
        has_ended: returns whether the loop was closed.
    """

    __slots__ = ("__weakref__", "_end", "_loop", "by_owner", "has_ended")

    def __init__(self, loop: Any) -> None:
        self.by_owner: dict[ref[Any], Any] = {}
        self.has_ended: Callable[[], bool] = getattr(loop, "is_closed", _never)
        self._loop = loop
        _loops[id(loop)] = self
        _turns.append(ref(self))
        try:
            setattr(loop, _ATTRIBUTE, self)
        except AttributeError:
            _trio_runs.add(self)  # trio's token takes no attributes, but a run of trio always closes its generators
        self._end = self._wait_for_end()
        _start(self._end)

    def add(self, owner: PerLoop[Any], value: Any) -> None:
        """Add the value of an owner. It goes when the owner does."""
        self.by_owner[ref(owner, self._drop)] = value

    def drop_all(self) -> None:
        """Drop all values, because the loop can no longer close them."""
        _trio_runs.discard(self)
        _loops.pop(id(self._loop), None)
        for owner in list(self.by_owner):
            self._drop(owner)

    def _drop(self, owner: ref[Any]) -> None:
        value = self.by_owner.pop(owner, None)
        if isinstance(value, LoopResource):
            value.drop()

    async def _wait_for_end(self) -> AsyncGenerator[None]:
        """Close the values when the loop ends: `asyncio.run()` and trio close their suspended generators then."""
        try:
            yield
        finally:
            if is_running(self._loop):  # otherwise the garbage collector closes this generator
                for owner in list(self.by_owner):
                    value = self.by_owner.get(owner)
                    if isinstance(value, LoopResource):
                        self.by_owner.pop(owner, None)
                        with suppress(Exception), anyio.move_on_after(_CLOSING_SECONDS, shield=True):
                            await value.aclose()
                if self in _trio_runs:
                    self.drop_all()


_loops: WeakValueDictionary[int, _LoopValues] = WeakValueDictionary()
_turns: deque[ref[_LoopValues]] = deque()  # those of all loops; the next to look at is first
_trio_runs: set[_LoopValues] = set()


def _current() -> _LoopValues:
    """Return the running loop's values. If the loop is new, look at all other loops, otherwise at a few."""
    loop = running_loop()
    found = _loops.get(id(loop))
    if found is None:
        _drop(_ended(len(_turns)))
        return _LoopValues(loop)
    if len(_loops) > 1:
        _drop(_ended(min(_LOOKS, len(_turns))))
    return found


def _ended(looks: int) -> Iterator[_LoopValues]:
    """Look at this many loops, in turn. Yield the values of those that were closed."""
    with suppress(IndexError):  # other threads look at them
        for _ in range(looks):
            reference = _turns.popleft()
            values = reference()
            if values is not None and values.has_ended():
                yield values
            elif values is not None:
                _turns.append(reference)


def _drop(dropped: Iterable[_LoopValues]) -> None:
    for values in dropped:
        values.drop_all()


def _start(generator: AsyncGenerator[None]) -> None:
    """Run a generator to its `yield`. The loop notes the generator, to close it when the loop ends.

    The generator gets no finalizer, because that would refer to the loop, and would close the generator on it.
    """
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(finalizer=None)
    try:
        # asyncio warns if the loop has already closed its generators. Then nothing is closed before `loop.close()`.
        with suppress(StopIteration, ResourceWarning):
            generator.asend(None).send(None)
    finally:
        sys.set_asyncgen_hooks(*hooks)


def _never() -> bool:
    return False


# A forked process shares the connections of its parent. Closing one could end it for the parent too.
at_fork(after_in_child=lambda: _drop(list(_loops.values())))
