"""One event loop in a separate thread, for coroutines that sync code runs, and for served pools."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from .._core.concurrency.event_loop import Signal
from .._core.concurrency.guard import BlockingLock, at_fork

T = TypeVar("T")

# Seconds that the end of the process waits for the end of the loop.
_ENDING_SECONDS = 5.0


class _Background:
    """The thread and its loop. `portal` calls functions in the loop."""

    def __init__(self) -> None:
        started: Future[tuple[BlockingPortal, Signal]] = Future()
        # A daemon, because Python waits for all other threads before it calls what `atexit` has registered.
        self._thread = threading.Thread(target=_run, args=(started,), name="cognito_async local pool", daemon=True)
        self._thread.start()
        self.portal, self._ending = started.result()

    @property
    def is_current(self) -> bool:
        """Return whether the caller runs in the thread."""
        return threading.current_thread() is self._thread

    def end(self) -> None:
        # Not by the portal, which waits for the loop: an async handler that blocks it would keep the process alive.
        self._ending.set()
        self._thread.join(_ENDING_SECONDS)


def _run(started: Future[tuple[BlockingPortal, Signal]]) -> None:
    async def serve() -> None:
        async with BlockingPortal() as portal:
            ending = Signal()
            started.set_result((portal, ending))
            await ending.wait()
            await portal.stop(cancel_remaining=True)

    anyio.run(serve)


_starting = BlockingLock()
_running: list[_Background] = []  # at most one
# The thread does not run in a forked process, which starts its own.
at_fork(after_in_child=_running.clear)


def background_portal() -> BlockingPortal:
    """Return the portal to the background loop of this process. The first call starts the loop."""
    return _background().portal


def run_in_background(function: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """Run an async function in the background loop, while the calling thread waits for its result.

    The caller may run in any event loop, which this blocks.
    """
    background = _background()
    if background.is_current:  # such as a trigger that the loop itself runs: it cannot wait for itself
        with start_blocking_portal() as portal:
            outcome: Future[T] = portal.call(_outcome, function, arguments)
    else:
        outcome = background.portal.call(_outcome, function, arguments)
    return outcome.result()


async def _outcome(function: Callable[..., Awaitable[T]], arguments: tuple[object, ...]) -> Future[T]:
    """Return the result of a function, or its error, which the caller raises.

    An error that is no `Exception` would end the loop, such as that of `pytest.fail` in a trigger.
    """
    outcome = Future[T]()
    try:
        outcome.set_result(await function(*arguments))
    except BaseException as error:  # noqa: BLE001 - the caller raises it
        outcome.set_exception(error)
    return outcome


def _background() -> _Background:
    with _starting:
        if not _running:
            _running.append(_Background())
        return _running[0]


@atexit.register
def end_background() -> None:
    """End the background loop. The next call starts a new one."""
    while _running:
        _running.pop().end()
