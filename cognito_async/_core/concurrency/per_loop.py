"""State that belongs to one event loop: created on first use in a loop, and let go when the loop ends."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

import anyio

from .event_loop import running_loop

T = TypeVar("T")

# The attribute of a loop that refers to its values. A value may refer to its loop, as a connection of asyncio does. In a
# table with the loops as weak keys, such a value would keep its loop forever. As the loop owns its values, the garbage
# collector can free both together.
_ATTRIBUTE = "_values_of_cognito_async"
# Seconds that closing one value may take while the loop ends.
_CLOSING_SECONDS = 1.0


class PerLoop(Generic[T]):
    """A value for each event loop, so that one object works in successive `asyncio.run()` calls, and on trio.

    A loop's value is let go when the loop ends, or when this object is garbage-collected. The end of `asyncio.run()`
    and of a run of trio closes it first. After a bare `loop.close()`, the loop can close nothing more, so the next use
    of any `PerLoop`, on any loop, drops the value. A forked process drops the values of its parent.

    Args:
        factory: makes a value.
        close: closes a value on its loop, if that is necessary.
        drop: closes the files of a value whose loop has ended, without using the loop. Any thread may call it.
    """

    def __init__(
        self,
        factory: Callable[[], T],
        *,
        close: Callable[[T], Awaitable[None]] | None = None,
        drop: Callable[[T], None] | None = None,
    ) -> None:
        self._factory = factory
        self._close = close
        self._drop = drop

    def get(self) -> T:
        """Return the running loop's value; create it on first use."""
        values = _current().values
        try:
            value: T = values[self]
        except KeyError:
            value = values[self] = self._factory()
        return value

    def pop(self) -> T | None:
        """Remove the running loop's value and return it; `None` if the loop has none."""
        value: T | None = _current().values.pop(self, None)
        return value

    async def close(self) -> None:
        """Close the running loop's value, if it has one that needs it, even in a cancelled task. Ignore errors."""
        if self._close is not None and (value := self.pop()) is not None:
            with suppress(Exception), anyio.move_on_after(_CLOSING_SECONDS, shield=True):
                await self._close(value)

    def drop(self, value: T) -> None:
        """Close the files of a value whose loop has ended."""
        if self._drop is not None:
            self._drop(value)


class _LoopValues:
    """The values of one event loop, by their `PerLoop`."""

    __slots__ = ("__weakref__", "_end", "_loop", "has_ended", "values")

    def __init__(self, loop: Any) -> None:
        self.values: WeakKeyDictionary[PerLoop[Any], Any] = WeakKeyDictionary()
        self._loop = loop
        self.has_ended: Callable[[], bool] = getattr(loop, "is_closed", _never)
        self._end = self._wait_for_end()
        _loops[id(loop)] = self
        try:
            setattr(loop, _ATTRIBUTE, self)
        except AttributeError:
            _kept.add(self)  # trio's token has no attributes, but a run of trio always closes its generators
        _start(self._end)

    def let_go(self) -> None:
        """Drop the values, because the loop can no longer close them."""
        _kept.discard(self)
        _loops.pop(id(self._loop), None)
        values, self.values = self.values, WeakKeyDictionary()
        for owner, value in list(values.items()):
            owner.drop(value)

    async def _wait_for_end(self) -> AsyncGenerator[None]:
        """Close the values when the loop ends: `asyncio.run()` and trio close their suspended generators then."""
        try:
            yield
        finally:
            if _is_running(self._loop):  # otherwise the garbage collector closes this generator
                for owner in list(self.values):
                    await owner.close()
                _kept.discard(self)


# The values of all loops that have not ended. Each loop owns its values, except that `_kept` owns those of trio.
_loops: WeakValueDictionary[int, _LoopValues] = WeakValueDictionary()
_kept: set[_LoopValues] = set()


def _current() -> _LoopValues:
    """Return the running loop's values. Let go of the values of all loops that were closed since the last use."""
    loop = running_loop()
    found = _loops.get(id(loop))
    if found is None or len(_loops) > 1:
        _let_go_of_ended()
    return _LoopValues(loop) if found is None else found


def _let_go_of_ended(*, forked: bool = False) -> None:
    """Drop the values of the loops that were closed; of all loops if this process was just forked.

    A forked process shares the connections of its parent. Closing one would tell the server that the parent has closed
    it, or change what the parent's loop waits for. Dropping it only closes the file.
    """
    for reference in _loops.valuerefs():  # a list of its own, because other threads may add values
        values = reference()
        if values is not None and (forked or values.has_ended()):
            values.let_go()


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


def _is_running(loop: Any) -> bool:
    with suppress(RuntimeError):
        return running_loop() is loop
    return False


def _never() -> bool:
    return False


with suppress(AttributeError):  # Windows has no forks
    os.register_at_fork(after_in_child=functools.partial(_let_go_of_ended, forked=True))
