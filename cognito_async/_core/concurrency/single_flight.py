"""Single flight: concurrent callers share one piece of work, which completes even if they are cancelled."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

from ..clock import Deadline
from ..errors import CallTimeout, CognitoError, TransportError
from .shield import shielded

T = TypeVar("T")


class Failure:
    """An error that several callers raise. If all raised one object, its traceback would grow with each of them."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self._traceback = error.__traceback__

    def as_exception(self) -> Exception:
        """Return the error for one caller.

        This is a copy of a `CognitoError`. Other errors may not support copying, so for them this is the same object
        with its first traceback.
        """
        if isinstance(self.error, CognitoError):
            return copy.copy(self.error)
        return self.error.with_traceback(self._traceback)


@dataclass(slots=True, eq=False, repr=False)
class _Waiter(Generic[T]):
    take: Callable[[T], Awaitable[None]]
    failure: Failure | None = None


@dataclass(slots=True, eq=False, repr=False)
class _SharedWork(Generic[T]):
    done: anyio.Event
    waiters: list[_Waiter[T]] = field(default_factory=list[_Waiter[T]])
    values: list[T] = field(default_factory=list[T])  # the value of the work, if it succeeded
    failure: Failure | None = None


class SingleFlight(Generic[T]):
    """Shared work on one event loop: for each key, one piece of work runs at a time. Its callers share the outcome.

    The work and each caller's `take` run under a shield, because a refresh token that the service has rotated must
    reach the memory and the store of every caller, even of a cancelled one. Therefore the caller that started the work
    waits for its end even if that caller is cancelled. The work's own deadline limits this wait.
    """

    def __init__(self) -> None:
        self._running: dict[str, _SharedWork[T]] = {}

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
        waiter = _Waiter(take)
        shared = self._running.get(key)
        if shared is None:
            shared = self._running[key] = _SharedWork[T](anyio.Event())
            shared.waiters.append(waiter)
            await shielded(lambda: self._execute(key, shared, work))
        else:
            shared.waiters.append(waiter)
            with deadline.scope() as scope:
                await shared.done.wait()
            if scope.cancelled_caught:
                raise CallTimeout("timed out waiting for another caller that does the same work")
        failure = shared.failure or waiter.failure
        if failure is not None:
            raise failure.as_exception() from None
        return shared.values[0]

    async def wait_for_running(self, key: str) -> T | None:
        """Wait for the work that is running under this key. Return its value, or `None` if it failed or none runs."""
        shared = self._running.get(key)
        if shared is None:
            return None
        await shared.done.wait()
        return shared.values[0] if shared.values else None

    async def _execute(self, key: str, shared: _SharedWork[T], work: Callable[[], Awaitable[T]]) -> None:
        try:
            value = await work()
            shared.values.append(value)
            for waiter in shared.waiters:  # includes waiters that are added while one takes the value
                try:
                    await waiter.take(value)
                except Exception as error:  # noqa: BLE001 - this caller raises it, whatever it is
                    waiter.failure = Failure(error)
        except Exception as error:  # noqa: BLE001 - every caller raises it, whatever it is
            shared.failure = Failure(error)
        except BaseException:
            shared.failure = Failure(TransportError("the shared work was cancelled; try again"))
            raise
        finally:
            del self._running[key]
            shared.done.set()
