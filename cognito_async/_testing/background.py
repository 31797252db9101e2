"""One event loop in a thread of its own: for coroutines that sync code has to run, and for served pools."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from .._core.concurrency.guard import BlockingLock

T = TypeVar("T")

# Seconds that the end of the process waits for the end of the loop.
_ENDING_SECONDS = 5.0


class _Background:
    """The thread and its loop. `portal` calls functions in the loop."""

    def __init__(self) -> None:
        self._process = os.getpid()
        started: Future[BlockingPortal] = Future()
        # A daemon, because Python waits for all other threads before it calls what `atexit` has registered.
        self._thread = threading.Thread(target=_run, args=(started,), name="cognito_async local pool", daemon=True)
        self._thread.start()
        self.portal = started.result()
        atexit.register(self._end)

    @property
    def is_of_parent(self) -> bool:
        """Return whether the thread runs in the parent of this process, which was forked."""
        return self._process != os.getpid()

    @property
    def is_current(self) -> bool:
        """Return whether the caller runs in the thread."""
        return threading.current_thread() is self._thread

    def _end(self) -> None:
        if not self.is_of_parent:
            self.portal.call(self.portal.stop, True)
            self._thread.join(_ENDING_SECONDS)


def _run(started: Future[BlockingPortal]) -> None:
    async def serve() -> None:
        async with BlockingPortal() as portal:
            started.set_result(portal)
            await portal.sleep_until_stopped()

    anyio.run(serve)


_starting = BlockingLock()
_running: list[_Background] = []


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
            return portal.call(function, *arguments)
    return background.portal.call(function, *arguments)


def _background() -> _Background:
    with _starting:
        if not _running or _running[0].is_of_parent:
            _running[:] = [_Background()]
        return _running[0]
