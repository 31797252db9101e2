"""A lock with which several event loops and threads can run coroutines that were written for one event loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, Generic, TypeVar

from .guard import BlockingLock

T = TypeVar("T")


class StepLock:
    """A lock that makes each step of a coroutine atomic: its work between two suspensions.

    On one event loop, no other task runs during a step. With this lock, no other thread does either. A coroutine does
    not hold the lock while it waits. `run_outside` is for parts of it that are not ours, such as a function of the
    user: they may do anything, even wait for another holder of the lock.
    """

    def __init__(self) -> None:
        self._lock = BlockingLock()

    def __enter__(self) -> None:
        self._lock.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._release()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, and hold the lock in each of its steps."""
        return await _Steps(work, self._lock.__enter__, self._release)

    async def run_outside(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine within `run`, and release the lock in each of its steps."""
        return await _Steps(work, self._release, self._lock.__enter__)

    def _release(self) -> None:
        self._lock.__exit__(None, None, None)


class _Steps(Generic[T]):
    """The steps of a coroutine, with a call before and after each."""

    def __init__(self, work: Coroutine[Any, Any, T], before: Callable[[], object], after: Callable[[], object]) -> None:
        self._work = work
        self._before = before
        self._after = after

    def __await__(self) -> Generator[Any, Any, T]:
        sent: Any = None
        thrown: BaseException | None = None
        try:
            while True:
                self._before()
                try:
                    awaited = self._work.send(sent) if thrown is None else self._work.throw(thrown)
                except StopIteration as done:
                    result: T = done.value
                    return result
                finally:
                    sent = thrown = None  # otherwise an error and this frame would form a reference cycle
                    self._after()
                try:
                    sent = yield awaited
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - such as a cancellation: it belongs to the coroutine
                    thrown = error
        finally:
            # The garbage collector closes an abandoned coroutine, perhaps in the middle of a step of the same thread.
            # Therefore this does not take the lock.
            self._work.close()
